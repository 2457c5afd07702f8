"""Prices beyond the floor: what customers do at a rate, the corridor a rate must lie in, the value it adds."""

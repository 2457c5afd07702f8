"""Sums over the whole bank, made in the engine: counts and yuan that add up over branches, never rates.

Measures in `microlib.metrics` turn them into PARs, vintages and default rates with their intervals.
"""

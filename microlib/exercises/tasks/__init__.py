"""The exercises, by theme: each draws data from a seed, solves it with the library, knows the usual mistakes."""

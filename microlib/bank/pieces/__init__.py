"""Sums of the whole bank that add up, made in the engine out of month ends; the measures turn them into rates."""

"""Figures: each function takes a result frame and the words and returns a matplotlib figure with labelled axes."""

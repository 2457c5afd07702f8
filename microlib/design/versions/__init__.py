"""A product through time: proposals, what changed between two versions and why, and an earlier version restored."""

"""A product tried with other settings on a branch, in the time that a slider takes, and kept as a proposal."""

"""A design's steps in order: opportunity, evidence, log; a later step waits for the earlier one's result."""

"""The demo bank: made from a seed, synthetic throughout, with planted truths that only tests read."""

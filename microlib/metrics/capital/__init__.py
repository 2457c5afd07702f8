"""Capital for names that fail together: limit losses, Basel weights, granularity, infection, simulation."""

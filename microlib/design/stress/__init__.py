"""Named stress on a product's lines: losses, coverage, tornado, frontier, and what would lose a year's margin."""

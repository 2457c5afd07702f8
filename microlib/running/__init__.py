"""From one notebook and one branch to one report; many of them, with a manifest and an index."""

"""Campaigns, leads, win-back and managers' months of the demo bank, drawn from lives that are already lived."""

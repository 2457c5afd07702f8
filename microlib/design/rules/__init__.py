"""Rules that a product must keep, checked by computation; and an access rule tried on what was decided before."""

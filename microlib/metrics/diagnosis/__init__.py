"""Where a branch stands: whom it serves, who left, what was asked for and not given, what moved beyond noise."""

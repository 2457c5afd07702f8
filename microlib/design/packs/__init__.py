"""A whole design of one product for one branch, computed once, and the folder that a committee signs from."""

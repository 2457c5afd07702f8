"""The pre-mortem: how the product may fail, what that costs, and the stop rules it becomes."""

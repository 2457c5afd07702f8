"""Can and will they pay: what a business needs and can carry, checks of what it says, and a second axis for will."""

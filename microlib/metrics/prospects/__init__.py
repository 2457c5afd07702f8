"""Who might become a customer, on what sign, and whether we may speak to them."""

"""What core enterprises owe and how they pay: days, deductions, double claims, where the money arrives, tiers."""

"""What follows from a campaign: what is kept of it, the next test, who calls whom, and what is paid for."""

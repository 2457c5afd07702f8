"""Projects that a loan builds: cash by month through works and ramp-up, coverage, break-even, the hole to be funded."""

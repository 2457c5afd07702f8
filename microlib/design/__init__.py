"""What could be: limits, price, true cost, volumes and term sheets, computed from written terms and measured frames."""

"""What head office sees above the reports: all branches, what they share, and the pages that show them."""

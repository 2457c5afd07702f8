"""From a product to its market: what managers can do, who is asked for how much, what is paid, and what comes when."""

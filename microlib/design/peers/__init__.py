"""Our product beside those of peers: true cost by use, who is better at what, and what we may claim."""

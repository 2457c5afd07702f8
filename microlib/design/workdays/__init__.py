"""A product manager's week: what is due, what a meeting is told, who answers for what."""

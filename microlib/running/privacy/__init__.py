"""What may not leave: personal identifiers in anything that a report writes."""

"""What stands behind a secured loan: how far it covers, what a sale would bring, and who valued it."""

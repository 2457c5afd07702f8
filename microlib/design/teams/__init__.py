"""Teams that design one product on the same data: a room of its own for each, and their designs side by side."""

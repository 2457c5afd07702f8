"""What a product really is: its realised terms, who takes it, what it replaces, how fast and how freely it serves."""

"""The decision at the end of each page of the risk review, and the number that would overturn it."""

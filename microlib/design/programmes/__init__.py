"""A programme's budget shared among many: caps as rows, a linear program, shadow prices, conflicts named."""

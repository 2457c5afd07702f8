"""The exercises: each module draws its data from a seed, solves it with the library, and knows the usual mistakes."""

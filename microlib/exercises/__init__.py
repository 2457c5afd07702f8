"""Exercises that check themselves: data drawn from a seed, keys computed by the library, mistakes named."""

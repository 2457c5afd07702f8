"""What an analyst learns: the names of `import microlib as ml`, each checked by one contract."""

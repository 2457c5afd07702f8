"""Levels 1 and 2 together: what borrowers do, and how they are bound."""

from microlib.contracts.tables import behaviour, structure

TABLES = (*behaviour.TABLES, *structure.TABLES)

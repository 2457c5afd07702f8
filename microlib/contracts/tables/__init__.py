"""All tables of a bank by name, in the order in which they may be loaded.

A table stands after those that it refers to. Levels: 0 ledger, 1 behaviour, 2 structure and conduct, 3
business evidence, 4 marketing and management. Each level's tables are declared in a module of its own.
"""

from __future__ import annotations

from microlib.contracts.tables import behaviour, evidence, ledger, marketing, structure

TABLES = {table.name: table for group in (ledger, behaviour, structure, evidence, marketing) for table in group.TABLES}

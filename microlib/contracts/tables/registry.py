"""All tables by name, in the order in which they may be loaded: a table stands after those it refers to."""

from microlib.contracts.tables import behaviour, evidence, ledger, structure

TABLES = {table.name: table for table in (*ledger.TABLES, *behaviour.TABLES, *structure.TABLES, *evidence.TABLES)}

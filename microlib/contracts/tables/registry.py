"""All tables by name, in the order in which they may be loaded: a table stands after those it refers to."""

from microlib.contracts.tables import dealings, evidence, ledger, marketing

TABLES = {table.name: table for group in (ledger, dealings, evidence, marketing) for table in group.TABLES}

"""All tables by name, in the order in which they may be loaded: a table stands after those it refers to."""

from microlib.contracts.tables import behaviour, evidence, ledger, services, structure

FAMILIES = (ledger, behaviour, structure, services, evidence)
TABLES = {table.name: table for family in FAMILIES for table in family.TABLES}

"""All tables by name, in the order in which they may be loaded: a table stands after those it refers to."""

from microlib.contracts.columns import Table
from microlib.contracts.tables import behaviour, evidence, ledger, parties, structure

TABLES: dict[str, Table] = {
    table.name: table
    for table in (*parties.TABLES, *ledger.TABLES, *behaviour.TABLES, *structure.TABLES, *evidence.TABLES)
}

"""Tables and columns that the contracts have gained since a store was made: added empty, nothing is taken away."""

from __future__ import annotations

from microlib.contracts.columns import Table
from microlib.contracts.tables.registry import TABLES
from microlib.files import text_hash

ENGINE_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


def contracts_mark() -> str:
    """Return a short text that changes whenever a table or a column is declared anew.

    Examples
    --------
    >>> len(contracts_mark())
    16
    """
    declared = [f"{name}.{column.name} {column.engine_type}" for name in TABLES for column in TABLES[name].columns]
    return text_hash("\n".join(declared))[:16]


def creating(table: Table) -> str:
    """Return the statement that makes a contract's table, empty."""
    columns = [_declared(column.name, column.engine_type) for column in table.columns]
    return f"CREATE TABLE {table.name} ({', '.join([*columns, 'as_of DATE', 'file_id INTEGER'])})"


def adding(columns: dict[str, list[str]]) -> list[str]:
    """Return the statements that add what the contracts declare and a store lacks.

    Parameters
    ----------
    columns : dict
        The store's tables with their columns.

    Examples
    --------
    >>> held = {name: table.names for name, table in TABLES.items()}
    >>> adding(held), adding({**held, "branches": TABLES["branches"].names[1:]})
    ([], ['ALTER TABLE branches ADD COLUMN "branch_id" VARCHAR'])
    """
    made = [creating(table) for name, table in TABLES.items() if name not in columns]
    added = [
        f"ALTER TABLE {name} ADD COLUMN {_declared(column.name, column.engine_type)}"
        for name, table in TABLES.items() if name in columns
        for column in table.columns if column.name not in columns[name]
    ]  # fmt: skip
    return [*made, *added]


def _declared(name: str, kind: str) -> str:
    return f'"{name}" {ENGINE_TYPES[kind]}'

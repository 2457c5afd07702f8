"""Chores leave results in memory that any report would work out, and nothing else."""

from microlib.bank import statements
from microlib.contracts.tables.registry import TABLES
from microlib.reporting import entries
from microlib.running.warm import chores


def test_chores_prepare_every_statement_and_every_catalogue():
    statements.branch_statement.cache_clear()
    entries.entries.cache_clear()
    for chore in list(chores.chores())[:-1]:
        chore()
    assert statements.branch_statement.cache_info().currsize == len(TABLES)
    before = entries.entries.cache_info().misses
    for kind in ("columns", "codes", "sentences", "marks", "captions", "notes", "units"):
        entries.entries(kind)
    assert entries.entries.cache_info().misses == before

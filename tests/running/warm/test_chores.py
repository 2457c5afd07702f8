"""Chores leave results in memory that any report would work out, and nothing else."""

from microlib.bank import statements
from microlib.contracts.tables.registry import TABLES
from microlib.reporting import entries
from microlib.reporting.verdicts import registry
from microlib.running.warm import chores


def test_chores_prepare_every_statement_catalogue_and_verdict():
    statements.branch_statement.cache_clear()
    entries.entries.cache_clear()
    registry.verdicts.cache_clear()
    for chore in list(chores.chores())[:-1]:
        chore()
    assert statements.branch_statement.cache_info().currsize == len(TABLES)
    assert registry.verdicts.cache_info().currsize == 1
    before = entries.entries.cache_info().misses
    for kind in ("columns", "codes", "sentences", "marks", "captions", "notes", "units"):
        entries.entries(kind)
    assert entries.entries.cache_info().misses == before

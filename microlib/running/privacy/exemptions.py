"""What looks like a number of a person and is none: typed numbers of the results, keys that the bank declares."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from microlib.bank.stores import Store, open_store
from microlib.contracts.tables.registry import TABLES
from microlib.errors import WorkbenchError
from microlib.homes import Home

#: numbers of fewer digits are never taken for a person's
FEWEST_DIGITS = 11
#: names of branches, products, core enterprises, campaigns and venues, which reports tell
NAMED = ("name", "venue_name")


def exempt_words(words: Collection[str], *, results: Path, home: Home) -> set[str]:
    """Return those of `words` that are exactly a recorded number, a key of the bank or a public name of it.

    Parameters
    ----------
    words : collection of str
    results : Path
        The folder of result tables.
    home : Home
        Whose bank it is; a bank that cannot be read exempts nothing.
    """
    wanted = set(words)
    typed = {text for path in results.glob("*.parquet") for text in _typed_numbers(pd.read_parquet(path))}
    left = wanted - typed
    return (wanted & typed) | (_keys(left, home) if left else set())


def _typed_numbers(frame: pd.DataFrame) -> set[str]:
    """Return the long whole numbers in a table's columns of numbers, as text."""
    columns = [frame[name].dropna() for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    values = {value for column in columns for value in column[column.abs() >= 10 ** (FEWEST_DIGITS - 1)]}
    return {f"{value:.0f}" for value in values}


def _keys(words: set[str], home: Home) -> set[str]:
    try:
        with open_store(home) as store:
            return {word for table in store.tables for word in _keys_of(store, table, words)}
    except WorkbenchError:
        return set()


def _keys_of(store: Store, table: str, words: set[str]) -> set[str]:
    """Return the words that stand in a declared column of keys or of public names of one table."""
    columns = TABLES[table].columns
    names = [column.name for column in columns if column.kind == "key" or column.name in NAMED]
    found = set()
    for name in names:
        sql = f"SELECT DISTINCT {name} FROM {table} WHERE list_contains(?, {name})"
        found |= {key for (key,) in store.rows(sql, [sorted(words)])}
    return found

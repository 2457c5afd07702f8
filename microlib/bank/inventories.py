"""What a bank holds, table by table, and what each missing table would unlock."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from microlib.bank.stores import Store, open_store
from microlib.contracts.unlocks import UNLOCKS
from microlib.homes import Home, find_home

PER_TABLE = (
    "SELECT table_name, sum(rows_count) AS rows_count, min(as_of) AS first_as_of, max(as_of) AS last_as_of,"
    " count(DISTINCT name) AS files_count FROM files"
    " WHERE superseded_by IS NULL AND as_of <= ? GROUP BY table_name"
)


def bank_inventory(home: str | Path | Home, *, as_of: date) -> pd.DataFrame:
    """Return what the bank holds at a date, one row for every table there is a contract for.

    Parameters
    ----------
    home : path
        The folder that holds ``data/bank.duckdb``, or one with a demo bank below it.
    as_of : date
        Files of later dates do not count.

    Returns
    -------
    DataFrame
        In contract order: ``table``, ``table_zh``, ``level`` (0 ledger only … 4
        marketing), ``is_held``, ``rows_count`` (of all snapshots and events together),
        ``files_count``, ``first_as_of``, ``last_as_of`` (dates, missing when not held),
        ``unlocks_zh``, ``unlocks_en``: what the reports can say with it.
    """
    place = home if isinstance(home, Home) else find_home(home)
    with open_store(place) as store:
        held = store.con.con.execute(PER_TABLE, [as_of]).df().set_index("table_name")
        contracts = pd.DataFrame([_line(store, name) for name in store.names])
    counted = contracts.join(held, on="table")
    counts = counted[["rows_count", "files_count"]].fillna(0).astype("int64")
    dates = counted[["first_as_of", "last_as_of"]].astype("datetime64[s]")
    known = counted.assign(is_held=counts["rows_count"] > 0, **counts, **dates)
    return known[[*COLUMNS]]


COLUMNS = (
    "table",
    "table_zh",
    "level",
    "is_held",
    "rows_count",
    "files_count",
    "first_as_of",
    "last_as_of",
    "unlocks_zh",
    "unlocks_en",
)


def _line(store: Store, name: str) -> dict:
    contract, (zh, en) = store.contract(name), UNLOCKS[name]
    return {"table": name, "table_zh": contract.zh, "level": contract.level, "unlocks_zh": zh, "unlocks_en": en}

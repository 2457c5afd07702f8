"""A folder of month-end ledgers (台账) whose headers drift: the only history that many branches have."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from microlib.bank import histories, intakes, loads, stores
from microlib.bank.ingest import IngestOptions, failures_kept
from microlib.errors import BadData
from microlib.homes import Home


@dataclass(frozen=True)
class LedgerSummary:
    """What became of a folder of ledgers.

    Parameters
    ----------
    load : LoadSummary
        What was loaded, and what was noticed.
    months : tuple of str
        The months that the folder holds.
    exits : DataFrame
        One row per loan that left: ``loan_id, month`` of the first ledger without it, ``status``,
        ``evidence``, ``last_balance_yuan``.
    drift : DataFrame
        One row per column and header: ``table, column, header, first_month, last_month, months_count``.
    """

    load: loads.LoadSummary = field(repr=False)
    months: tuple[str, ...]
    exits: pd.DataFrame = field(repr=False)
    drift: pd.DataFrame = field(repr=False)

    @property
    def unknown_count(self) -> int:
        """How many loans left without anything saying why; they are never assumed settled."""
        return int((self.exits["status"] == "unknown").sum())

    @property
    def drifted(self) -> pd.DataFrame:
        """The columns that bore more than one header."""
        many = self.drift.groupby(["table", "column"])["header"].transform("size") > 1
        return self.drift[many]


def ingest_ledgers(
    home: str | Path,
    folder: str | Path,
    *,
    mapping: str | Path,
    as_of: date | None = None,
    options: IngestOptions = IngestOptions(),  # noqa: B008
) -> LedgerSummary:
    """Build ``loan_months`` from a folder of dated ledgers, and the loans and customers behind them.

    A loan that is in one ledger and in none after it has left. It is settled, written off or
    transferred when something says so: a list of exits in the same folder, its last status, or
    a last balance of zero. Otherwise it is ``unknown``, with no date of closing. A loan that
    left stays in ``loans`` as it was last seen, with balance zero, and has one more row in
    ``loan_months`` for the first month without it.

    Parameters
    ----------
    home : path
        The folder that holds, or will hold, ``data/bank.duckdb``.
    folder : path
        Ledgers whose names bear their months (台账202605.xlsx, 2026年5月.csv) and lists of exits.
    mapping : str or path
        A mapping with a table ``loans``; its ``[[exits]]`` name the lists.
    as_of : date, optional
        Leave out ledgers after this date; by default none.
    options : IngestOptions

    Returns
    -------
    LedgerSummary

    Raises
    ------
    BadConfig
        If the mapping, the key or the bank cannot be used.
    BadData
        If the folder holds no dated ledger, or two of one month, or if anything in them is wrong.
    """
    place = Home(Path(home))
    source = intakes.read_source(place, mapping)
    ledgers, lists = intakes.folder_files(Path(folder), source=source, as_of=as_of)
    with failures_kept(place, Path(folder).name), stores.open_store(place, writable=True) as store:
        months = [histories.LedgerMonth(f"{day:%Y-%m}", day, intakes.read_file(store, path, day, source=source))
                  for path, day in ledgers]  # fmt: skip
        _refuse_without_loans(months, Path(folder))
        staged, exits = _staged(store, months, lists, source=source, origin=Path(folder).name)
        mark = intakes.folder_mark(Path(folder), [path for path, _ in ledgers] + list(lists), source)
        summary = loads.load_staged(store, staged, files=[mark], replace=options.replace)
        intakes.note_source(store)
    return LedgerSummary(summary, tuple(month.name for month in months), exits, histories.header_drift(months))


def _refuse_without_loans(months: list[histories.LedgerMonth], folder: Path) -> None:
    intakes.refuse_unshaped([receipt for month in months for receipt in month.receipts])
    bare = [month.name for month in months if not any(receipt.table == "loans" for receipt in month.receipts)]
    if bare:
        raise BadData(f"no loans came out of the ledger of {bare[0]}", where=str(folder),
                      fix="give the mapping a [[tables]] with table = \"loans\" for it")  # fmt: skip


def _staged(store, months, lists, *, source, origin):
    """Stand the history ready; what was noticed in each ledger goes with its table."""
    con = store.con.con
    exits_read = intakes.read_exits(store, lists, source=source, as_of=months[-1].as_of)
    del exits_read
    relations = histories.build_history(con, months)
    exits = histories.read_exits(con)
    return intakes.staged_history(store, months, relations, origin=origin), exits

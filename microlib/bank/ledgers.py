"""A folder of month-end ledgers (台账) whose headers drift: the only history that many branches have."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from microlib.bank import folders, histories, loads, sessions
from microlib.errors import BadData

DEFAULTS = sessions.IngestOptions()


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
    options: sessions.IngestOptions = DEFAULTS,
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
    source = sessions.read_source(home, mapping)
    place = folders.find_ledgers(folder, source.mapping.exits, as_of=as_of)
    with sessions.open_session(home, mapping=mapping, name=place.path.name) as session:
        months = [_read_month(session, path, day) for path, day in place.ledgers]
        _refuse_without_loans(months, place.path)
        folders.read_exit_lists(session, place)
        relations = histories.build_history(session.store.con.con, months)
        exits = histories.read_exits(session.store.con.con)
        staged = _staged(session, months, relations, place=place, exits=exits)
        marks = [folders.folder_mark(session, place)]
        summary = loads.load_staged(session.store, staged, files=marks, replace=options.replace)
    return LedgerSummary(summary, tuple(month.name for month in months), exits, histories.header_drift(months))


def _read_month(session: sessions.Session, path: Path, day: date) -> histories.LedgerMonth:
    name = f"ledger_{day:%Y%m}"
    return histories.LedgerMonth(f"{day:%Y-%m}", day, folders.intakes.read_file(session, path, as_of=day, name=name))


def _refuse_without_loans(months: list[histories.LedgerMonth], folder: Path) -> None:
    folders.intakes.refuse_unshaped([receipt for month in months for receipt in month.receipts])
    bare = [month.name for month in months if not any(receipt.table == "loans" for receipt in month.receipts)]
    if bare:
        fix = 'give the mapping a [[tables]] with table = "loans" for it'
        raise BadData(f"no loans came out of the ledger of {bare[0]}", where=str(folder), fix=fix)


def _staged(
    session: sessions.Session,
    months: list[histories.LedgerMonth],
    relations: dict[str, str],
    *,
    place: folders.Folder,
    exits: pd.DataFrame,
) -> list[loads.Staged]:
    """Stand the history ready, each table with what was noticed of it in any month."""
    problems = {table: [] for table in relations}
    for receipt in (receipt for month in months for receipt in month.receipts):
        problems[receipt.table] += receipt.problems
    common = {"file": place.path.name, "table": "loan_months"}
    problems["loan_months"] += [common | fault for fault in histories.history_problems(months, exits)]
    derived = {each.table: each.entry for month in months for each in month.receipts if each.entry.unless_known}
    kept = [table for table in relations if table not in derived or _has_news(session, derived[table], relations)]
    frames = {table: folders.intakes.failure_frame(problems[table]) for table in kept}
    return [loads.Staged(table, relations[table], place.path.name, place.as_of, frames[table]) for table in kept]


def _has_news(session: sessions.Session, entry: object, relations: dict[str, str]) -> bool:
    """Take out of a derived table what other sources have told the bank; say whether anything is left."""
    relation, key = relations[entry.table], ", ".join(entry.contract.key)
    known = folders.intakes.known_sql(session, entry.table, key)
    session.store.rows(f"DELETE FROM {relation} WHERE ({key}) IN ({known})")
    return bool(session.store.rows(f"SELECT count(*) FROM {relation}")[0][0])

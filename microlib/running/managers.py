"""A manager's own sheet: what matures, what turns bad, what warns, for his customers alone; keys, never names."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from nbformat import v4

from microlib.bank import slices
from microlib.metrics import maturities
from microlib.reporting.report import open_report
from microlib.running import exports

#: loans listed: those that mature within so many days
DUE_DAYS = 30
DUE = ["loan_id", "customer_id", "maturity_date", "balance_yuan", "overdue_days", "repayment_source_confirmed"]


@dataclass(frozen=True)
class OwnBook:
    """What one manager's customers owe: the branch's book as he may see it."""

    branch_id: str
    name: str
    as_of: date
    is_synthetic: bool
    loans: pd.DataFrame
    schedules: pd.DataFrame

    def has(self, table: str) -> bool:
        """Return whether he has rows of a table."""
        return table in ("loans", "schedules") and len(self[table]) > 0

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return his rows of a table."""
        return {"loans": self.loans, "schedules": self.schedules}[table]


def manager_pages(home: Path, *, branch: str, as_of: date, lang: str = "zh") -> Iterator[tuple[str, str]]:
    """Yield the key of each manager of a branch with a live loan, and his sheet as an offline page.

    Parameters
    ----------
    home : Path
    branch : str
    as_of : date
    lang : str
    """
    book = slices.read_branch(home, branch=branch, as_of=as_of)
    loans, schedules = book["loans"], book["schedules"]
    live = loans[(loans["balance_yuan"] > 0) & loans["rm_id"].notna()]
    job = exports.Job(
        Path("my_customers.ipynb"), home=Path(home), as_of=as_of.isoformat(), branch=branch, lang=lang,
        branch_name=book.name, is_synthetic=book.is_synthetic,
    )  # fmt: skip
    for key, own in live.groupby(live["rm_id"].astype("str"), sort=True):
        dues = schedules[schedules["loan_id"].isin(own["loan_id"])]
        mine = OwnBook(branch, book.name, as_of, book.is_synthetic, own.reset_index(drop=True), dues)
        yield str(key), exports.report_page(_sheet(mine, str(key), lang), job=job)


def _sheet(book: OwnBook, key: str, lang: str):
    """Return the sheet as an executed notebook, which any format is made of."""
    report = open_report(book, lang=lang, out="")
    left = (pd.to_datetime(book.loans["maturity_date"]) - pd.Timestamp(book.as_of)).dt.days
    due = book.loans[left.between(1, DUE_DAYS)].sort_values("maturity_date")[DUE]
    crossing = report.compute(maturities.crossing_loans, "loans", as_of=book.as_of)
    alerts = report.compute(maturities.warnings, "loans", "schedules", optional=["schedules"], as_of=book.as_of)
    title = html.escape(f"{report.words.entry('captions', 'my_title')} {key}")
    shown = [
        report.table("my_maturing", report.compute(maturities.maturing, "loans", as_of=book.as_of)),
        report.table("my_due", due, rows=100),
        report.table("my_crossing", crossing, rows=100),
        report.table("my_warnings", alerts),
    ]
    parts = [f"<h1>{title}</h1>", *(each.page for each in shown)]
    return v4.new_notebook(cells=[v4.new_code_cell(outputs=[v4.new_output("display_data", data={"text/html": part})])
                                  for part in parts])  # fmt: skip

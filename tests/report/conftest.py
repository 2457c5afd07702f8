"""A small book that looks like a branch's slice, and reports opened on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from microlib.contracts.tables import TABLES
from microlib.report.report import Report, open_report


class SmallBook:
    """Duck-typed slice of one branch."""

    branch_id, name, as_of, is_synthetic = "0755", "城东支行", dt.date(2026, 6, 30), True

    def __init__(self, **frames: pd.DataFrame) -> None:
        self.frames = frames

    def has(self, table: str) -> bool:
        return table in self.frames and len(self.frames[table]) > 0

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.frames.get(table, pd.DataFrame(columns=TABLES[table].names))


@pytest.fixture
def loans() -> pd.DataFrame:
    return pd.DataFrame({"loan_id": ["L1", "L2"], "balance_yuan": [1_000_000.005, 250_000.0]})


@pytest.fixture
def book(loans: pd.DataFrame) -> SmallBook:
    return SmallBook(loans=loans)


@pytest.fixture
def opened(book: SmallBook) -> Callable[..., Report]:
    """Open a report on the small book; Chinese and unwritten unless told otherwise."""
    return lambda lang="zh", out="": open_report(book, lang=lang, out=out)

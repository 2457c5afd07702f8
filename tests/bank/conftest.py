"""A small bank to load, break and read: two branches, four customers, five loans."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from microlib.bank.ingest.load import load_frames
from microlib.errors import BadData

AS_OF = date(2026, 6, 30)


def _days(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)).astype("datetime64[s]"))


def small_frames() -> dict[str, pd.DataFrame]:
    """Return fresh frames of the small bank."""
    loans = pd.DataFrame(
        {
            "loan_id": ["L1", "L2", "L3", "L4", "L5"],
            "customer_id": ["C1", "C1", "C2", "C3", "C4"],
            "branch_id": ["0755", "0755", "0755", "0021", "0021"],
            "disbursed_date": _days("2025-01-10", "2025-06-01", "2025-09-01", "2025-03-01", "2025-04-01"),
            "maturity_date": _days("2026-09-10", "2026-07-01", "2026-09-01", "2027-03-01", "2027-04-01"),
            "amount_yuan": [100_000.0, 200_000.0, 300_000.0, 400_000.0, 500_000.0],
            "balance_yuan": [80_000.0, 200_000.0, 300_000.0, 100_000.0, 500_000.0],
            "yearly_rate": [0.05, 0.052, 0.06, 0.045, 0.05],
            "overdue_days": [0, 0, 95, 0, 35],
            "class5": ["normal", "normal", "substandard", "normal", "special_mention"],
            "status": ["normal", "normal", "overdue", "normal", "overdue"],
        }
    )
    return {
        "branches": pd.DataFrame({"branch_id": ["0021", "0755"], "name": ["east", "south"]}),
        "customers": pd.DataFrame(
            {
                "customer_id": ["C1", "C2", "C3", "C4"],
                "branch_id": ["0755", "0755", "0021", "0021"],
                "kind": ["company", "sole_trader", "company", "farm_household"],
                "industry_code": ["F5174", "F5281", "C3311", None],
            }
        ),
        "loans": loans,
    }


@pytest.fixture(scope="session")
def small_bank() -> dict[str, pd.DataFrame]:
    """Frames of the small bank; to be read only."""
    return small_frames()


@pytest.fixture
def frames() -> dict[str, pd.DataFrame]:
    """Frames of the small bank, to be changed at will."""
    return small_frames()


@pytest.fixture(scope="session")
def kept_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the small bank, loaded once; to be read only."""
    home = tmp_path_factory.mktemp("small_bank")
    load_frames(home, small_frames(), as_of=AS_OF, name="june.xlsx")
    return home


@pytest.fixture
def bank(kept_bank: Path, tmp_path: Path) -> Path:
    """The home of the small bank, loaded as of 2026-06-30 from ``june.xlsx``; a copy for each test."""
    return Path(shutil.copytree(kept_bank, tmp_path / "home"))


@pytest.fixture
def findings_of(bank: Path) -> Callable[..., pd.DataFrame]:
    """Load frames into the small bank and return what was found, blocked or not."""

    def load(**frames: pd.DataFrame) -> pd.DataFrame:
        try:
            return load_frames(bank, frames, as_of=AS_OF, name="new.csv").findings
        except BadData as refusal:
            return refusal.failures

    return load

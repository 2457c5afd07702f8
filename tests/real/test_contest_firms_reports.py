"""Both reports on 123 real firms with invoices and no loans: what can be said is said, the rest says what it needs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import check_complete, run_reports

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("MICROLIB_REAL_DATA", ROOT.parent / "shared" / "data")) / "cumcm2020c"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.is_dir(), reason="the real data are not here: set MICROLIB_REAL_DATA"),
]


@pytest.fixture(scope="module")
def folder(loaded: tuple) -> Path:
    """The branch's reports."""
    run = run_reports(plan_reports(Home(loaded[0]), RunOptions(products=("online_invoice_credit",))))
    check_complete(run)
    return next(path for path in run.folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _table(folder: Path, report: str, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / report / "zh" / "results" / f"{name}.parquet")


def test_every_report_is_made(folder: Path) -> None:
    made = sorted(path.name.partition("--")[0] for path in folder.iterdir() if path.is_dir())
    assert made == sorted(path.stem for path in (ROOT / "notebooks" / "reports").glob("*.ipynb"))


def test_defaults_are_27_of_123_with_an_interval(folder: Path) -> None:
    facts = json.loads((folder / "2_segment_analysis" / "zh" / "results" / "facts.json").read_text(encoding="utf8"))
    rates = [fact for name, fact in facts.items() if name.startswith("default_rates.") and fact.get("low") is not None]
    assert rates
    assert rates[0]["value"] == pytest.approx(27 / 123)
    assert rates[0]["low"] < 27 / 123 < rates[0]["high"]


def test_ratings_show_that_the_worst_is_the_outcome_itself(folder: Path) -> None:
    rows = _table(folder, "2_segment_analysis", "default_by_rating").set_index("rating")
    assert rows["default_share"].to_dict() == pytest.approx({"A": 0.0, "B": 1 / 38, "C": 2 / 34, "D": 1.0})


def test_pages_without_loans_say_which_table_they_need(folder: Path) -> None:
    waiting = _table(folder, "2_segment_analysis", "not_computed")
    assert "loans" in set(waiting["needs"])


def test_limits_rest_on_invoices(folder: Path) -> None:
    counts = _table(folder, "6_product_design--online_invoice_credit", "binding_counts")
    assert counts.loc[counts["reason"] == "sized", "customers_count"].sum() > 0


def test_any_two_papers_of_the_real_book_say_the_same(folder: Path, script: Callable[[str], ModuleType]) -> None:
    papers = script("laws/papers.py")
    place = folder.parent
    assert papers.contradictions(place) == papers.pushes(place) == papers.differing_figures(place) == []

"""What the demo bank hides is found again by the measures of quality and of page 1."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from microlib.bank import slices
from microlib.metrics.maturities import crossing_loans, maturing
from microlib.metrics.renewals import stressed_renewals

AS_OF = "2026-06-30"


@pytest.fixture(scope="module")
def truth(demo_home):
    return json.loads((demo_home / "truth.json").read_text(encoding="utf8"))


@pytest.fixture(scope="module")
def books(demo_home, truth):
    return [slices.read_branch(demo_home, branch=branch, as_of=AS_OF) for branch in truth["branches"]]


def test_renewals_that_hide_arrears_are_found_and_compliant_ones_left_alone(books, truth):
    found = pd.concat([stressed_renewals(book["loans"], book["loan_months"], as_of=AS_OF) for book in books])
    hiding = truth["renewals_hiding_arrears"]
    told = set(hiding["all"]) - set(hiding["rolled_without_cash"])  # those need a DSCR
    live, stressed = set(found.loan_id), set(found.loc[found.state == "stressed", "loan_id"])
    assert len(stressed & set(hiding["all"])) >= 0.95 * len(stressed)
    assert len(stressed & told) >= 0.95 * len(told & live)
    assert len(stressed & set(truth["renewals_compliant"])) <= 0.01 * len(live)


def test_rollovers_without_known_coverage_are_left_open(books, truth):
    found = pd.concat([stressed_renewals(book["loans"], book["loan_months"], as_of=AS_OF) for book in books])
    rolled = found[found.loan_id.isin(truth["rolled_over_with_cash"])]
    assert len(rolled) and set(rolled.state) == {"unknown"}


def test_every_loan_that_crosses_90_days_is_listed_with_its_day(books, truth):
    found = pd.concat([crossing_loans(book["loans"], as_of=AS_OF) for book in books])
    days = dict(zip(found.loan_id, found.crossing_date.dt.strftime("%Y-%m-%d"), strict=True))
    assert days == truth["crossing_90_before_next_month_end"]


def test_what_matures_is_counted_exactly(books, truth):
    found = pd.concat([maturing(book["loans"], as_of=AS_OF) for book in books]).groupby("horizon_days").sum()
    for days in (30, 60, 90):
        row, unsure = found.loc[days], len(truth[f"maturing_{days}_unconfirmed"])
        assert row.loans_count == len(truth[f"maturing_{days}"])
        assert row.unconfirmed_loans_count + row.unknown_loans_count == unsure

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook, MissingTable
from microlib.metrics.pars import four_pars, portfolio_at_risk
from microlib.metrics.renewals import stressed_renewals

AS_OF = "2026-06-30"
balances = st.lists(st.tuples(st.floats(1, 1e6), st.integers(0, 120)), min_size=1, max_size=30)


@pytest.fixture
def x17(ledger, month_ends):
    """Balance 1,000; late 22; stressed renewals 36; written off 9; a year ago 820."""
    loans = ledger(
        6,
        balance_yuan=[22.0, 36.0, 0.0, 942.0, 0.0, 0.0],
        overdue_days=[45, 0, 0, 0, 0, 0],
        status=["overdue", "normal", "settled", "normal", "written_off", "settled"],
        amount_yuan=[22.0, 36.0, 36.0, 942.0, 9.0, 753.0],
        issue_type=["new", "refinance", "new", "new", "new", "new"],
        previous_loan_id=[None, "L0002", None, None, None, None],
        disbursed_date=["2025-01-05", "2026-01-05", "2025-01-05", "2026-03-01", "2024-01-05", "2024-05-01"],
        first_overdue_date=["2026-05-16", None, "2025-11-20", None, None, None],
        written_off_date=[None, None, None, None, "2026-02-01", None],
        written_off_yuan=[None, None, None, None, 9.0, None],
    )
    months = month_ends(["L0000", "L0002", "L0004", "L0005"], ["2025-06"] * 4, balance_yuan=[22.0, 36.0, 9.0, 753.0])
    return loans, months


def _four(loans, months, **options):
    renewals = stressed_renewals(loans, months, as_of=AS_OF)
    return four_pars(loans, months, renewals=renewals, as_of=AS_OF, **options)


def test_the_four_pars_of_exercise_x17(x17):
    """Corrections, key X17: 2.20 / 5.80 / 3.07 / 6.64 / 2.68 / 7.07 percent, two digits."""
    shares = _four(*x17).set_index("measure").share * 100
    assert shares.to_list() == pytest.approx([2.20, 5.80, 3.07, 6.64, 2.68, 7.07], abs=0.0051)


def test_a_late_stressed_renewal_is_counted_once(x17):
    loans, months = x17
    loans = loans.assign(overdue_days=[45, 40, 0, 0, 0, 0])
    shares = _four(loans, months).set_index("measure").share
    assert shares["par30_plain"] == shares["par30_adjusted"] == pytest.approx(0.058)


def test_a_lagged_share_counts_only_debts_that_existed_then(x17):
    loans, months = x17
    loans = loans.assign(
        disbursed_date=loans["disbursed_date"].mask(loans["loan_id"] == "L0000", pd.Timestamp("2026-02-02"))
    )
    shares = _four(loans, months).set_index("measure").share
    assert shares["par30_plain_lagged"] == 0.0
    assert shares["par30_adjusted_lagged"] == pytest.approx(36 / 820)


def test_a_ledger_alone_says_what_it_cannot(x17):
    found = four_pars(x17[0], as_of=AS_OF).set_index("measure")
    assert found.loc["par30_plain", "share"] == pytest.approx(0.022)
    assert found.loc["par30_plain_with_exits", "share"] == pytest.approx(31 / 1009)
    assert found.loc["par30_adjusted", "reason"] == "needs_renewals"
    assert found.loc["par30_adjusted_lagged", "reason"] == "needs_loan_months"
    assert found.loc["par30_plain_lagged", ["share", "share_low", "hit_yuan"]].isna().all()


def test_months_that_start_too_late_are_no_year_ago(x17, month_ends):
    found = four_pars(x17[0], month_ends(["L0000"], ["2026-01"]), as_of=AS_OF).set_index("measure")
    assert found.loc["par30_plain_lagged", "reason"] == "needs_loan_months"


def test_a_branch_that_was_empty_a_year_ago_has_no_base(ledger, month_ends):
    months = month_ends(["L0000", "L0000"], ["2025-06", "2025-07"], balance_yuan=[0.0, 100.0])
    found = four_pars(ledger(2), months, as_of=AS_OF).set_index("measure")
    assert found.loc["par30_plain_lagged", "reason"] == "no_base"


def test_loans_gone_from_the_ledger_count_a_year_ago(ledger, month_ends):
    months = month_ends(["L0000", "GONE"], ["2025-06"] * 2, balance_yuan=[100.0, 300.0])
    found = four_pars(ledger(1, overdue_days=31), months, as_of=AS_OF).set_index("measure")
    assert found.loc["par30_plain_lagged", "share"] == pytest.approx(0.25)


def test_groups_are_measured_apart_and_add_up(ledger):
    loans = ledger(4, segment=["a", "a", "b", "b"], overdue_days=[0, 31, 0, 0], balance_yuan=[1.0, 3.0, 2.0, 2.0])
    found = portfolio_at_risk(loans, days=(30,), within="segment").set_index("segment")
    assert found.share.to_dict() == {"a": 0.75, "b": 0.0}
    assert found.hit_yuan.sum() / found.base_yuan.sum() == portfolio_at_risk(loans, days=(30,)).share.item()


def test_the_cut_is_strict(ledger):
    found = portfolio_at_risk(ledger(2, overdue_days=[30, 31]), days=(30,))
    assert found.share.item() == 0.5


@settings(max_examples=25, deadline=None)
@given(balances, st.floats(0.01, 1000))
def test_scale_and_order_do_not_matter(rows, factor):
    loans = _plain(rows)
    scaled = loans.assign(balance_yuan=loans["balance_yuan"] * factor)[::-1]
    mine, other = portfolio_at_risk(loans), portfolio_at_risk(scaled)
    columns = ["share", "share_low", "share_high"]
    assert mine[columns].to_numpy() == pytest.approx(other[columns].to_numpy(), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(balances)
def test_splitting_a_loan_in_two_changes_neither_share_nor_range(rows):
    loans = _plain(rows)
    halves = loans.assign(balance_yuan=loans["balance_yuan"] / 2)
    split = pd.concat([halves, halves.assign(loan_id=halves["loan_id"] + "b")], ignore_index=True)
    columns = ["share", "share_low", "share_high"]
    mine, other = portfolio_at_risk(loans)[columns], portfolio_at_risk(split)[columns]
    assert mine.to_numpy() == pytest.approx(other.to_numpy(), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(balances)
def test_shares_fall_with_the_cut_and_stay_in_range(rows):
    found = portfolio_at_risk(_plain(rows), days=(0, 30, 60, 90))
    assert found.share.is_monotonic_decreasing
    assert (found.share_low <= found.share).all() and (found.share <= found.share_high).all()
    assert found.share_low.ge(0).all() and found.share_high.le(1 + 1e-12).all()


def _plain(rows):
    frame = pd.DataFrame(rows, columns=["balance_yuan", "overdue_days"])
    names = [f"{i:03d}" for i in range(len(frame))]
    return frame.assign(loan_id=names, customer_id=names, status="normal")


def test_input_is_left_alone(x17, unchanged):
    with unchanged(*x17):
        _four(*x17, within="branch_id")


def test_a_book_without_a_live_loan_is_refused(ledger):
    with pytest.raises(EmptyBook, match="no loan has a balance"):
        four_pars(ledger(2, balance_yuan=0.0), as_of=AS_OF)
    with pytest.raises(EmptyBook, match="no loan has a balance"):
        portfolio_at_risk(ledger(0))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0])
def test_a_balance_that_is_none_is_refused(ledger, wrong):
    with pytest.raises(BadData, match="balance_yuan is missing, infinite or negative in 1 rows") as refusal:
        portfolio_at_risk(ledger(2, balance_yuan=[1.0, wrong]))
    assert refusal.value.failures["loan_id"].to_list() == ["L0001"]


def test_a_loan_that_stands_twice_is_refused(ledger, month_ends):
    with pytest.raises(BadData, match="a loan stands twice in the ledger"):
        portfolio_at_risk(ledger(2, loan_id=["L1", "L1"]))
    with pytest.raises(BadData, match="a loan stands twice in 2025-06"):
        four_pars(ledger(1), month_ends(["L0000"] * 2, ["2025-06"] * 2), as_of=AS_OF)


def test_a_missing_column_is_named(ledger):
    with pytest.raises(MissingTable, match="the loans lack overdue_days"):
        portfolio_at_risk(ledger(2).drop(columns="overdue_days"))


def test_one_loan_all_bad_is_a_stated_value(ledger):
    row = portfolio_at_risk(ledger(1, overdue_days=200), days=(30,)).iloc[0]
    assert row["share"] == 1.0 and row["share_high"] == 1.0 and row["share_low"] < 0.05

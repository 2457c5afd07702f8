"""Days to pay: closed forms, what censoring changes, the demo bank's cores, laws and refusals."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.bank.branch import read_branch
from microlib.errors import EmptyBook, NotManaged
from microlib.metrics.payables import (
    _half,
    _product,
    days_to_pay,
    half_years,
    managed_payables,
    paid_within,
    payable_lives,
    payment_delays,
    payment_trends,
)

DAY = date(2026, 6, 30)


def lives(days, paid=True, months=("2026-01",), core="H1"):
    count = len(days)
    return pd.DataFrame({"core_id": core, "customer_id": "C1", "month": [months[i % len(months)] for i in range(count)],
                         "days": days, "is_paid": paid, "due_days": 30.0, "net_yuan": 1.0})  # fmt: skip


def test_the_textbook_curve_of_freireich():
    """Kaplan-Meier median of the 6-MP arm is 23 weeks (Cox 1972, table 1)."""
    weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = days_to_pay(lives(weeks, [True] * 9 + [False] * 12)).iloc[0]
    assert (found.median_days, found.unpaid_count) == (23, 12)


def test_days_late_are_the_textbook_curve_past_the_agreed_day():
    """The 6-MP arm again, every bill agreed on day 5: its median of 23 is 18 days late."""
    weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    bills = lives(weeks, [True] * 9 + [False] * 12).assign(due_days=5.0)
    assert payment_delays(bills)[["delay_days", "is_reached"]].iloc[0].tolist() == [18, True]
    waiting = lives([60, 90, 40], [False, False, True])
    assert payment_delays(waiting)[["delay_days", "is_reached"]].iloc[0].tolist() == [60, False]  # at least so late
    assert payment_delays(lives([10, 20, 25])).iloc[0]["delay_days"] == 0


def test_without_censoring_the_share_within_a_term_is_the_plain_share():
    found = paid_within(lives([10, 20, 30, 40]), terms=pd.Series({"H1": 30})).iloc[0]
    assert found.within_share == 0.75 and found.within_low <= 0.75 <= found.within_high


def test_what_waits_unpaid_makes_a_core_slower_than_its_paid_ones_say():
    found = days_to_pay(lives([30, 35, 90, 95, 99], [True, True, False, False, False])).iloc[0]
    assert np.isnan(found.median_days) and found.paid_only_days == 32.5


def test_a_core_to_which_no_term_applies_has_no_share():
    found = paid_within(lives([10]), terms=pd.Series({"H1": np.nan})).iloc[0]
    assert np.isnan(found.within_share) and found.within_share_count == 1


def test_the_late_core_of_the_demo_bank_is_found_and_the_steady_one_is_not(demo_home):
    book = read_branch(demo_home, branch="0755", as_of=DAY)
    owed = managed_payables(book["core_payables"], book["core_enterprises"], branch="0755")
    trend = payment_trends(payable_lives(owed, as_of=DAY), as_of=DAY, notable_days=10).set_index("core_id")
    assert trend["trend"].to_dict() == {"H01": "steady", "H02": "later"}
    found = days_to_pay(payable_lives(owed, as_of=DAY, months=12)).set_index("core_id")
    assert abs(found.median_days["H01"] - 46) <= 2 and found.median_low["H02"] > 100


def test_a_branch_that_does_not_manage_the_core_is_not_told_its_record(demo_home):
    book = read_branch(demo_home, branch="0010", as_of=DAY)
    with pytest.raises(NotManaged):
        managed_payables(book["core_payables"], book["core_enterprises"], branch="0010")


def test_half_years_end_with_the_date_and_leave_out_what_is_half_unpaid():
    rows = pd.concat([lives([40] * 6, months=["2026-02"]), lives([10] * 6, False, months=["2025-09"])])
    assert half_years(rows, as_of=DAY)["period"].tolist() == ["2026-01"]


def test_nothing_is_altered_and_order_does_not_matter(unchanged):
    rows = lives([5, 9, 30, 60], months=["2026-01", "2026-02"])
    with unchanged(rows):
        found = days_to_pay(rows)
    pd.testing.assert_frame_equal(found, days_to_pay(rows.iloc[::-1]))


def test_no_payable_is_refused():
    with pytest.raises(EmptyBook, match="no payable"):
        days_to_pay(lives([1]).head(0))


def test_a_share_alike_in_all_months_still_has_a_range():
    months = [f"2026-{month:02d}" for month in range(1, 7)]
    found = paid_within(lives([90] * 60, months=months), terms=pd.Series({"H1": 60})).iloc[0]
    assert found.within_share == 0.0 and found.within_low == 0.0
    assert found.within_high > 0.3, "six months are six trials, however many payables they hold"


def test_days_1_to_24_are_half_paid_on_day_12():
    """The product of twelve fractions is a half within rounding."""
    assert days_to_pay(lives(list(range(1, 25)))).iloc[0].median_days == 12


def test_the_median_is_the_plain_one_where_nothing_is_open():
    """Seed 4, 500 books of 1 to 60 payables: the smallest day by which half is paid, from the sorted days."""
    dice = np.random.default_rng(4)
    for _ in range(500):
        days = dice.integers(0, 90, int(dice.integers(1, 61)))
        ends = np.bincount(days, minlength=90).astype(float)[None]
        curve = _product(ends, ends[:, ::-1].cumsum(axis=1)[:, ::-1])
        assert _half(curve)[0] == np.sort(days)[(len(days) + 1) // 2 - 1]


def test_a_payment_before_delivery_is_on_day_0_and_the_order_of_rows_is_none():
    rows = lives([-3, 5, 20, 30, 40, 41], months=("2026-02", "2026-01", "2026-03"))
    found = days_to_pay(rows)
    assert found["median_days"].item() == 20
    pd.testing.assert_frame_equal(found, days_to_pay(rows.sample(frac=1, random_state=2)))
    assert paid_within(rows, terms=pd.Series({"H1": -5})).iloc[0].within_share == pytest.approx(1 / 6)


@pytest.mark.parametrize(("months", "is_told"), [(1, False), (4, False), (12, True)])
def test_a_few_months_of_delivery_bound_no_median(months, is_told):
    names = [str(month) for month in pd.period_range("2025-01", periods=months, freq="M")]
    lives = pd.DataFrame({"core_id": "H1", "month": names * 3, "is_paid": True, "net_yuan": 1.0})
    lives["days"] = [30 + place % 7 for place in range(len(lives))]
    found = days_to_pay(lives).iloc[0]
    assert found[["median_low", "median_high"]].notna().all() == is_told and found["median_days"] > 0

"""The peak week: planted seasons within one week, closed forms, laws, refusals."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.bank.demo.seasons import CROPS, FESTIVAL_LEAD_DAYS, SEASONS
from microlib.bank.slices import read_branch
from microlib.errors import BadData
from microlib.metrics.peak_weeks import daily_sales, peak_weeks
from microlib.metrics.season_fits import TooShort

AS_OF = date(2026, 6, 30)


def daily(busy, *, firms=12, since="2023-07-01", height=6.0):
    """Even amounts, higher where `busy` says so."""
    days = pd.Series(pd.date_range(since, AS_OF))
    amounts = np.where(busy(days), height, 1.0)
    one = pd.DataFrame({"segment": "g", "day": days, "amount_yuan": amounts})
    return pd.concat([one.assign(customer_id=f"C{i}") for i in range(firms)], ignore_index=True)


def spring(days):
    return days.dt.dayofyear.between(80, 90)


# planted


@pytest.mark.parametrize("branch", ["0755", "0021"])
def test_the_markets_of_the_demo_bank_peak_seven_weeks_before_the_festival(demo_home, branch):
    book = read_branch(demo_home, branch=branch, as_of=AS_OF)
    venue = {"0755": "V01", "0021": "V02"}[branch]
    traders = book["customers"].loc[book["customers"]["venue_id"] == venue, ["customer_id"]].assign(segment=venue)
    found = peak_weeks(daily_sales(book["invoices"], traders), as_of=AS_OF, align="lunar").iloc[0]
    assert abs(found.peak_day + FESTIVAL_LEAD_DAYS) <= 7 and found.stability_share > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_crops_and_markets_of_other_worlds_peak_within_a_week(seed, invoiced):
    world = invoiced(branches=12, seed=seed, scale=0.3)
    people = world.notes["people"]
    members = pd.DataFrame({"customer_id": people.customer_id, "segment": [SEASONS[i] for i in people.season_number]})
    rows = daily_sales(world.frames["invoices"], members)
    enough = rows.groupby("segment")["customer_id"].nunique() >= 10
    crops = [name for name in CROPS if enough.get(name, False)]
    festival = peak_weeks(rows[rows["segment"] == "festival"], as_of=AS_OF, align="lunar")
    assert abs(festival["peak_day"].item() + FESTIVAL_LEAD_DAYS) <= 7
    for crop in crops:
        found = peak_weeks(rows[rows["segment"] == crop], as_of=AS_OF)["peak_day"].item()
        assert abs(found - CROPS[crop][0]) <= 7, crop


# closed form


def test_the_middle_of_the_busy_days_is_the_peak():
    found = peak_weeks(daily(spring), as_of=AS_OF).iloc[0]
    assert (found.peak_day, found.peak_low, found.peak_high, found.stability_share) == (85, 85, 85, 1)
    assert (str(found.next_peak_date.date()), found.next_peak_week) == ("2027-03-26", "2027-W12")


def test_a_festival_that_moves_is_sharp_by_the_lunar_year_only():
    def before(days):
        return days.isin(pd.to_datetime(["2024-01-31", "2025-01-19", "2026-02-07"]))  # ten days before each

    lunar, solar = (
        peak_weeks(daily(before, height=50.0), as_of=AS_OF, align=way).iloc[0] for way in ("lunar", "calendar")
    )
    assert lunar.peak_day == -10 and lunar.peak_ratio > solar.peak_ratio
    assert str(lunar.next_peak_date.date()) == "2027-01-27"


def test_two_equal_peaks_are_not_stable():
    def twice(days):
        return days.dt.dayofyear.between(80, 90) | days.dt.dayofyear.between(260, 270)

    rows = daily(twice, firms=30)
    kept = np.random.default_rng(2).random(len(rows)) < 0.05
    assert peak_weeks(rows[kept], as_of=AS_OF)["stability_share"].item() < 0.9


def test_half_a_year_seen_once_more_does_not_look_busy():
    found = peak_weeks(daily(spring, since="2024-01-01", height=1.5), as_of=AS_OF).iloc[0]
    assert found.peak_day == 85


# laws


def test_size_of_a_firm_and_order_of_rows_change_nothing(unchanged):
    rows = daily(spring)
    larger = rows.assign(amount_yuan=rows["amount_yuan"].where(rows["customer_id"] != "C3", rows["amount_yuan"] * 1e6))
    with unchanged(rows):
        one = peak_weeks(rows, as_of=AS_OF)
    pd.testing.assert_frame_equal(one, peak_weeks(larger, as_of=AS_OF))


def test_sales_by_the_day_leave_voids_returns_and_purchases_out():
    rows = pd.DataFrame({"side": ["sale", "sale", "sale", "purchase"], "status": ["valid", "valid", "void", "valid"]})
    rows = rows.assign(customer_id="C1", net_yuan=[5.0, -1.0, 2.0, 3.0], issued_date=pd.Timestamp("2026-01-05"))
    members = pd.DataFrame({"customer_id": ["C1", "C1"], "segment": ["a", "b"]})
    assert daily_sales(rows, members)[["segment", "amount_yuan"]].values.tolist() == [["a", 5], ["b", 5]]


# refusals


def test_short_or_few_or_nothing_shows_no_week():
    with pytest.raises(TooShort, match="days are too few"):
        peak_weeks(daily(spring, since="2025-01-01"), as_of=AS_OF)
    with pytest.raises(TooShort, match="9 firms"):
        peak_weeks(daily(spring, firms=9), as_of=AS_OF)
    with pytest.raises(TooShort, match="0 days"):
        peak_weeks(daily(spring).iloc[:0], as_of=AS_OF)


@pytest.mark.parametrize("wrong", [{"align": "week"}, {"draws": 10}])
def test_options_that_mean_nothing_are_refused(wrong):
    with pytest.raises(BadData, match="alignment"):
        peak_weeks(daily(spring), as_of=AS_OF, **wrong)

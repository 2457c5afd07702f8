"""Seasons: vectors of the reference, closed forms, planted peaks, laws, refusals."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.calendars import spring_festival
from microlib.errors import BadData, EmptyBook
from microlib.metrics.rhythm import monthly_flows, monthly_lending, monthly_sales
from microlib.stats.seasonality import (
    TooShort,
    credit_seasons,
    cut_months,
    festival_weights,
    lunar_positions,
    partial_edges,
    season_strength,
    seasonal_index,
)


def months(count):
    return [str(month) for month in pd.period_range(end="2026-06", periods=count, freq="M")]


def season_series(values, name="farm"):
    values = np.asarray(values, dtype=float)
    return pd.DataFrame({"segment": name, "month": months(len(values)), "amount_yuan": values})


def waves(count, height, noise=0.0, seed=0):
    calendar_month = np.array([int(month[5:]) for month in months(count)])
    rng = np.random.default_rng(seed)
    return 100 + height * np.cos(2 * np.pi * (calendar_month - 9) / 12) + noise * rng.normal(size=count)


def vector_f1(height, noise):
    state, drawn = 12345, []
    for _ in range(60):
        state = (1103515245 * state + 12345) % 2**31
        drawn.append(state / 2**31 - 0.5)
    steps = np.arange(60)
    return 100 + 0.5 * steps + height * np.sin(2 * np.pi * steps / 12) + noise * np.array(drawn)


@pytest.mark.parametrize(
    ("height", "noise", "expected"),
    [(10, 0, (1, 1)), (10, 8, (0.973057, 0.964509)), (2, 8, (None, 0.698459)), (0, 8, (None, 0.466621))],
)
def test_strengths_of_the_vector(height, noise, expected):
    """TV-F1, statsmodels STL(period=12, seasonal=7); the last line is noise alone."""
    found = season_strength(vector_f1(height, noise))
    assert all(value == pytest.approx(want, abs=1e-5) for value, want in zip(found, expected, strict=True) if want)


@pytest.mark.parametrize("count", [24, 36, 60])
def test_a_season_on_a_trend_is_recovered_exactly(count):
    values = waves(count, 20) + 0.5 * np.arange(count)
    found = seasonal_index(season_series(values))
    wanted = 1 + 20 * np.cos(2 * np.pi * (np.arange(1, 13) - 9) / 12) / values.mean()
    assert found["index_ratio"].to_numpy() == pytest.approx(wanted, abs=1e-9)
    assert found["index_low"].to_numpy() == pytest.approx(wanted, abs=1e-9)


def test_a_flat_series_has_no_season():
    found = credit_seasons(season_series([100.0] * 36)).iloc[0]
    assert found.peak_ratio == pytest.approx(1) and found.p_value > 0.05


def test_demand_that_moves_with_the_festival_is_flat_but_for_the_festival():
    values = 100 + 200 * festival_weights(months(60))
    lunar = credit_seasons(season_series(values), align="lunar").iloc[0]
    calendar = seasonal_index(season_series(values))
    assert lunar.peak_month in (-1, 0) and lunar.p_value == pytest.approx(0.002)
    assert (calendar["index_high"] - calendar["index_low"]).max() < 1e-9


def test_a_peak_at_one_lunar_month_is_found_exactly():
    values = np.where(lunar_positions(months(60)) == -2, 300.0, 100.0)
    found = credit_seasons(season_series(values), align="lunar").iloc[0]
    assert (found.peak_month, found.stability_share) == (-2, 1)


def test_lunar_months_count_from_the_month_of_the_festival():
    for year in range(2019, 2028):
        assert lunar_positions([f"{spring_festival(year):%Y-%m}"]).tolist() == [0]
    assert set(lunar_positions(months(120))) == set(range(-6, 6))


def test_the_weights_of_a_winter_add_up_to_one():
    for year in range(2019, 2028):
        winter = [f"{year - 1}-12", f"{year}-01", f"{year}-02"]
        assert festival_weights(winter).sum() == pytest.approx(1)


def test_noise_is_called_a_season_no_oftener_than_it_should_be():
    p_values = [
        credit_seasons(season_series(waves(36, 0, 10, seed)), draws=199)["p_value"].item() for seed in range(120)
    ]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.10


@pytest.mark.parametrize("count", [36, 60])
def test_a_planted_peak_is_found_in_noise(count):
    peaks = [credit_seasons(season_series(waves(count, 40, 8, seed)), draws=199).iloc[0] for seed in range(10)]
    assert all(peak.p_value < 0.05 and abs(peak.peak_month - 9) <= 1 for peak in peaks)


def test_strength_is_stated_from_forty_eight_months_only():
    assert np.isnan(credit_seasons(season_series(waves(47, 20, 1)))["season_strength"].item())
    assert credit_seasons(season_series(waves(48, 20, 1)))[["method", "season_strength"]].iloc[0].tolist() == [
        "stl", pytest.approx(1, abs=0.05),
    ]  # fmt: skip


def test_scale_and_row_order_change_nothing():
    rows = season_series(waves(36, 20, 5))
    scaled = rows.assign(amount_yuan=rows["amount_yuan"] * 1e4).sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(seasonal_index(rows), seasonal_index(scaled))


def test_a_segment_is_measured_alike_alone_and_beside_others():
    rows, other = season_series(waves(36, 20, 5)), season_series(waves(36, 5, 5, 1), "market")
    together = credit_seasons(pd.concat([other, rows])).set_index("segment").loc[["farm"]].reset_index()
    pd.testing.assert_frame_equal(credit_seasons(rows), together)


def test_the_index_averages_one_and_lies_in_its_band(unchanged):
    rows = season_series(waves(40, 20, 5))
    with unchanged(rows):
        found = seasonal_index(rows)
    assert found["index_ratio"].mean() == pytest.approx(1)
    assert (found["index_low"] <= found["index_ratio"]).all() and (found["index_ratio"] <= found["index_high"]).all()


def test_answers_are_repeatable():
    rows = season_series(waves(40, 20, 5))
    pd.testing.assert_frame_equal(credit_seasons(rows), credit_seasons(rows))


def test_only_new_money_is_lending():
    loans = pd.DataFrame({
        "customer_id": "C1", "amount_yuan": 1.0, "disbursed_date": pd.Timestamp("2026-01-05"),
        "issue_type": ["new", "refinance", "renewal_without_principal", "extension", "transferred_in", None, None],
        "previous_loan_id": [None] * 6 + ["L1"],
    })  # fmt: skip
    assert monthly_lending(loans)[["amount_yuan", "events_count"]].iloc[0].tolist() == [2, 2]


def test_months_without_an_event_are_zero_for_every_segment():
    flows = pd.DataFrame({"customer_id": ["C1", "C2"], "month": ["2026-01", "2026-03"], "inflow_yuan": [5.0, 7.0]})
    members = pd.DataFrame({"customer_id": ["C1", "C2", "C2"], "segment": ["farm", "farm", "market"]})
    found = monthly_flows(flows, members, until="2026-04").set_index(["segment", "month"])["amount_yuan"]
    assert found.loc["farm"].tolist() == [5, 0, 7, 0] and found.loc["market"].tolist() == [0, 0, 7, 0]


def test_nothing_sold_gives_an_empty_series():
    rows = pd.DataFrame({"customer_id": ["C1"], "side": ["purchase"], "status": ["valid"], "net_yuan": [1.0],
                         "issued_date": pd.to_datetime(["2026-01-01"])})  # fmt: skip
    assert monthly_sales(rows).empty


def test_under_twenty_four_months_is_refused_by_name():
    with pytest.raises(TooShort, match="23 months"):
        credit_seasons(season_series(waves(23, 20)))
    with pytest.raises(TooShort, match="47 months"):
        season_strength(waves(47, 20))


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (season_series([0.0] * 36), EmptyBook, "no amount in farm"),
        (season_series([1.0] * 36).iloc[:0], EmptyBook, "no month"),
        (season_series([1.0] * 36).drop(index=7), BadData, "missing"),
        (season_series([1.0] * 35 + [np.nan]), BadData, "missing"),
        (pd.concat([season_series([1.0] * 36)] * 2), BadData, "stands twice"),
    ],
)
def test_series_with_holes_or_nothing_are_refused(rows, error, message):
    with pytest.raises(error, match=message):
        seasonal_index(rows)


def test_an_unknown_alignment_and_too_few_draws_are_refused():
    with pytest.raises(BadData, match="alignment"):
        seasonal_index(season_series(waves(36, 2)), align="solar")
    with pytest.raises(BadData, match="draws"):
        credit_seasons(season_series(waves(36, 2)), draws=20)


def test_a_file_cut_by_the_day_shows_the_season_of_its_whole_months():
    """10,000 rows a month and more in January; 487 and 686 rows in the months in which the file begins and ends."""
    whole = season_series(waves(39, 0.0, noise=0.6, seed=3) + 10.0 * (np.arange(39) % 12 == 6))
    cut = whole.copy()
    cut.loc[[0, 38], "amount_yuan"] *= 0.05
    found, expected = credit_seasons(cut), credit_seasons(whole.iloc[1:-1])
    assert found["left_out_months"].tolist() == ["2023-04 2026-06"]
    told = found.drop(columns="left_out_months")
    pd.testing.assert_frame_equal(told, expected.drop(columns="left_out_months"))
    assert found["p_value"].iloc[0] < 0.05 and seasonal_index(cut)["left_out_months"].unique().tolist() == [
        "2023-04 2026-06"
    ]


def test_a_weak_edge_and_a_short_series_are_whole():
    assert partial_edges(pd.Series([60.0, *[100.0] * 12, 60.0])) == []
    assert partial_edges(pd.Series([1.0, 100.0, 100.0])) == []
    assert partial_edges(pd.Series([0.0, *[0.0, 100.0] * 8, 0.0])) == []  # a month of nothing is usual here


def test_an_edge_is_held_against_the_year_next_to_it():
    """A book that doubles each year: its last month holds a tenth of the year's least and more than the first ever."""
    growing = pd.Series([1.0, *2.0 ** (np.arange(1, 40) / 12), 0.9])
    assert partial_edges(growing) == [40]
    assert partial_edges(growing.iloc[::-1].reset_index(drop=True)) == [0]


@pytest.mark.parametrize(
    ("last", "cut"), [("2026-06-30", []), ("2026-06-29", []), ("2026-06-25", ["2026-06"]), ("2026-06-03", ["2026-06"])]
)
def test_a_file_is_cut_where_it_is_silent_for_longer_than_ever(last, cut):
    """Trade on every second day: two days of silence are usual, five are the end of the file."""
    days = pd.Series(pd.date_range("2025-01-01", last, freq="2D"))
    assert cut_months(days.sample(frac=1, random_state=1)) == cut
    assert cut_months(pd.Series(pd.to_datetime(["2025-01-02", "2025-08-01", "2026-02-20"]))) == []


def test_a_month_three_quarters_filled_is_no_month_of_a_season():
    """Sales on every day from the fifth of a month to the twenty-first of another: level alone would keep the last."""
    days = pd.date_range("2023-07-05", "2026-06-21")
    rows = {"customer_id": "C1", "side": "sale", "status": "valid", "issued_date": days, "net_yuan": 100.0}
    monthly = monthly_sales(pd.DataFrame(rows))
    assert monthly.loc[monthly["is_cut"], "month"].tolist() == ["2023-07", "2026-06"]
    found = seasonal_index(monthly)
    assert found["left_out_months"].unique().tolist() == ["2023-07 2026-06"]
    assert found["months_count"].unique().tolist() == [34]


def test_a_series_without_a_season_has_no_strength():
    assert season_strength([5.0] * 60) == season_strength([0.1] * 60) == (0.0, 0.0)


def test_a_month_that_is_not_over_is_none_of_the_series():
    loans = pd.DataFrame({"customer_id": "C1", "amount_yuan": [1e5, 2e5], "issue_type": "new"})
    loans["disbursed_date"] = pd.to_datetime(["2026-05-05", "2026-06-10"])
    assert monthly_lending(loans, as_of=date(2026, 6, 15))["month"].tolist() == ["2026-05"]
    assert monthly_lending(loans, as_of=date(2026, 6, 30))["month"].tolist() == ["2026-05", "2026-06"]

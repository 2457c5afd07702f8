"""A change is one that noise would not make.

Forecasts: ranges that hold as often as they say, scores that cannot be flattered, refusals.
Limits of a funnel plot, and shares expected of a mix.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from microlib.errors import BadData, EmptyBook
from microlib.stats.forecast import (
    READING_COLUMNS,
    Z,
    count_limits,
    due_forecasts,
    expected_shares,
    figure_changes,
    forecast_record,
    funnel_limits,
    funnel_standings,
    loan_forecasts,
    monthly_new_loans,
    replayed_forecasts,
    score_forecasts,
)
from microlib.stats.intervals import rate_interval


def readings(*rows):
    return pd.DataFrame(rows, columns=READING_COLUMNS, dtype="float64")


def test_newcombes_first_example_of_method_10():
    """Newcombe (1998), Table II, contrast (a): 56/70 - 48/80 with Wilson limits gives 0.0524 to 0.3339."""
    limits = rate_interval(pd.Series([48, 56]), pd.Series([80, 70]), method="wilson").to_numpy()
    found = figure_changes(readings([limits[0][2], *limits[0][3:5], limits[1][2], *limits[1][3:5]])).iloc[0]
    assert (found["change_low"], found["change_high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_symmetric_limits_of_equal_width_add_in_quadrature():
    found = figure_changes(readings([10, 7, 13, 20, 16, 24])).iloc[0]
    assert (found["change_low"], found["change_high"]) == (10 - 5, 10 + 5)
    assert found["strength"] == 2


def test_it_is_beyond_just_where_its_interval_leaves_out_zero():
    found = figure_changes(readings([0, -3, 3, 4.9, 0.9, 8.9], [0, -3, 3, 5.1, 1.1, 9.1]))
    assert found["is_beyond"].tolist() == [False, True]
    assert (found["is_beyond"] == (found["change_low"] * found["change_high"] > 0)).all()


def test_going_back_is_the_same_change_with_the_other_sign():
    there, back = readings([0.02, 0.01, 0.04, 0.05, 0.03, 0.08]), readings([0.05, 0.03, 0.08, 0.02, 0.01, 0.04])
    one, two = figure_changes(there).iloc[0], figure_changes(back).iloc[0]
    assert one["change"] == -two["change"]
    assert one["strength"] == pytest.approx(two["strength"])


def test_without_limits_the_tolerance_decides():
    nan = np.nan
    found = figure_changes(readings([100, nan, nan, 104, nan, nan], [100, nan, nan, 106, nan, nan]))
    assert found["is_beyond"].tolist() == [False, True]


def test_what_stayed_the_same_is_never_a_change(unchanged):
    frame = readings([0, 0, 0, 0, 0, 0], [5, np.nan, np.nan, 5, np.nan, np.nan])
    with unchanged(frame):
        assert not figure_changes(frame, tolerance_share=0.0)["is_beyond"].any()


def test_a_figure_read_once_is_refused():
    with pytest.raises(BadData, match="lacks a reading"):
        figure_changes(readings([np.nan, 1, 2, 3, 4, 5]))
    with pytest.raises(BadData, match="is none"):
        figure_changes(readings(), tolerance_share=-1)


def test_a_small_count_has_the_published_score_limits_and_a_large_one_none():
    """Barker (2002): the score limits solve (n - m)^2 = z^2 m, so each is z standard deviations from the count."""
    counts = pd.Series([0, 3, 25, 100, np.nan])
    found = count_limits(counts)
    for end in ("low", "high"):
        assert ((counts - found[end]) ** 2)[:3].tolist() == pytest.approx((Z**2 * found[end])[:3].tolist())
    assert found.iloc[3:].isna().all(axis=None)
    with pytest.raises(BadData, match="negative"):
        count_limits(pd.Series([-1]))


def _counts(values) -> pd.Series:
    return pd.Series(values, index=pd.period_range("2021-01", periods=len(values), freq="M"))


def test_ranges_hold_as_often_as_they_say() -> None:
    dice = np.random.default_rng(8)
    held = [replayed_forecasts(_counts(dice.poisson(60, 40)))["is_inside"].mean() for _ in range(40)]
    assert np.mean(held) == pytest.approx(0.8, abs=0.05)


def test_a_forecast_is_scored_only_when_its_month_is_known() -> None:
    counts = _counts([50] * 24)
    made = loan_forecasts(counts.iloc[:22], ahead=3)
    scored = score_forecasts(made, counts)
    assert len(scored) == 2
    assert (scored["error_count"] == 0).all()


def test_a_rising_book_leans_and_the_record_says_so() -> None:
    record = forecast_record(replayed_forecasts(_counts(np.arange(20, 60) * 3))).iloc[0]
    assert record["bias_ratio"] > 0.1
    assert not record["is_honest"]


def test_replays_know_nothing_of_later_months() -> None:
    counts = _counts(np.arange(30) + 10)
    early = replayed_forecasts(counts).iloc[0]
    changed = replayed_forecasts(_counts([*counts.iloc[:20], *[999] * 10])).iloc[0]
    assert early["expected_count"] == changed["expected_count"]


def test_kept_forecasts_are_scored_before_replayed_ones() -> None:
    counts = _counts([50] * 24)
    kept = loan_forecasts(counts.iloc[:21], ahead=3).assign(report_date=pd.Timestamp("2022-09-30"))
    replayed = replayed_forecasts(counts)
    assert len(due_forecasts(replayed, kept, counts)) == 3
    assert due_forecasts(replayed, kept.iloc[:0], counts) is replayed
    later = loan_forecasts(counts, ahead=1)
    assert due_forecasts(replayed, later, counts) is replayed


def test_short_histories_and_empty_ledgers_are_refused() -> None:
    with pytest.raises(EmptyBook, match="12 are needed"):
        loan_forecasts(_counts([5] * 11))
    with pytest.raises(EmptyBook, match="no new loan"):
        monthly_new_loans(pd.DataFrame({"disbursed_date": pd.to_datetime([])}), as_of="2026-06-30")
    with pytest.raises(EmptyBook, match="fallen due"):
        forecast_record(score_forecasts(loan_forecasts(_counts([5] * 12)), _counts([5] * 12)))


def test_for_many_cases_the_limits_are_the_normal_ones():
    found = funnel_limits([1_000_000], target=0.05, levels=[0.95]).iloc[0]
    half = norm.ppf(0.975) * np.sqrt(0.05 * 0.95 / 1_000_000)
    assert found["low_share"] == pytest.approx(0.05 - half, abs=3e-6)  # two cases in a million
    assert found["high_share"] == pytest.approx(0.05 + half, abs=3e-6)


def test_the_limit_lies_between_the_whole_cases_that_bracket_its_probability():
    found = funnel_limits([137], target=0.07, levels=[0.95]).iloc[0]
    reached = binom.ppf(0.975, 137, 0.07)
    assert reached / 137 <= found["high_share"] <= (reached + 1) / 137


@pytest.mark.parametrize("cases", [5, 20, 60, 400])
@pytest.mark.parametrize("target", [0.02, 0.05, 0.3, 0.9])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_no_more_than_the_nominal_share_lies_outside_by_chance(cases, target, level):
    """Exact: the binomial probability of every count whose share lies outside the limits."""
    found = funnel_limits([cases], target=target, levels=[level]).iloc[0]
    counts = np.arange(cases + 1)
    outside = (counts / cases < found["low_share"]) | (counts / cases > found["high_share"])
    missed = binom.pmf(counts[outside], cases, target).sum()
    assert missed <= 1 - level + 1e-12
    assert cases < 400 or missed >= (1 - level) / 4


def test_outer_limits_contain_inner_ones_and_all_contain_the_target():
    found = funnel_limits([30, 100, 500], target=0.05)
    inner, outer = (found[found["level"] == level].reset_index() for level in (0.95, 0.998))
    assert (outer["low_share"] <= inner["low_share"]).all() and (outer["high_share"] >= inner["high_share"]).all()
    assert ((inner["low_share"] < 0.05) & (inner["high_share"] > 0.05)).all()


def test_a_branch_without_cases_is_refused():
    with pytest.raises(BadData, match="cases and a share"):
        funnel_limits([0], target=0.05)


PIECES = pd.DataFrame({"b": ["x", "x", "y", "y"], "t": ["p", "q", "p", "q"], "hit": [1.0, 4.0, 3.0, 4.0],
                       "base": [10.0, 90.0, 90.0, 10.0]})  # fmt: skip


def test_expected_yuan_add_up_to_the_bank_s_own():
    expected = expected_shares(PIECES, within="b", across="t", hit="hit", base="base")["expected_share"]
    assert (expected * PIECES.groupby("b")["base"].sum()).sum() == pytest.approx(PIECES["hit"].sum())


def test_a_branch_with_the_bank_s_own_mix_expects_the_bank_s_share():
    same = PIECES.assign(base=50.0)
    expected = expected_shares(same, within="b", across="t", hit="hit", base="base")["expected_share"]
    assert expected.to_list() == pytest.approx([12 / 200, 12 / 200])


def test_a_bank_without_balance_is_refused():
    with pytest.raises(EmptyBook):
        expected_shares(PIECES.assign(base=0.0), within="b", across="t", hit="hit", base="base")


def test_months_four_times_as_wide_as_chance_fall_within_four_of_five_times():
    """Negative binomial, mean 30, variance 120, after twelve months: 79 % with the normal quantile."""
    months = np.random.default_rng(6).negative_binomial(10, 0.25, (400, 13))
    index = pd.period_range("2025-07", periods=12, freq="M")
    told = pd.concat([loan_forecasts(pd.Series(row[:-1], index=index), ahead=1) for row in months])
    low, high = told["expected_low_count"].round(), told["expected_high_count"].round()
    assert ((low <= months[:, -1]) & (months[:, -1] <= high)).mean() >= 0.80


def test_the_funnel_marks_those_that_chance_does_not_explain():
    rows = pd.DataFrame({
        "branch_id": ["a", "b", "c"], "share": [0.05, 0.20, 0.09], "hit_yuan": [50.0, 20.0, 9.0],
        "balance_yuan": [1000.0, 100.0, 100.0], "base_effective_count": [900.0, 200.0, 12.0],
    })  # fmt: skip
    assert funnel_standings(rows)["standing"].to_list() == ["inside", "beyond_998", "inside"]

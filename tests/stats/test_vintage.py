"""Ends added up by somebody else give the vintage that loans give.

Where a vintage curve may be read to.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.stats.vintage import (
    PARTS,
    share_limits,
    supported_months,
    vintage_counts,
    vintage_curve,
    vintage_grid,
    weighted_variance,
)


def _share(weights, month, kind, moment=0.0, which=0):
    """Share of bad at the end, with one weight of one loan moved: for a derivative by hand."""
    weights = weights.copy()
    weights[which] += moment
    share, alive = 0.0, 1.0
    for now in range(month.max() + 1):
        at_risk = weights[month >= now].sum()
        bad, left = (weights[(month == now) & (kind == name)].sum() / at_risk for name in (0, 1))
        share, alive = share + alive * bad, alive * (1 - bad - left)
    return share


def test_the_variance_is_the_sum_of_squared_influences():
    """Infinitesimal jackknife: V = sum over loans of (w dF/dw)^2, derivatives taken numerically."""
    generator = np.random.default_rng(2)
    weights, month, kind = generator.uniform(1, 9, 40), generator.integers(0, 5, 40), generator.integers(0, 3, 40)
    month[:3], kind[:3] = 5, [0, 1, 2]
    moved = [[_share(weights, month, kind, step, i) for i in range(40)] for step in (1e-6, -1e-6)]
    slopes = np.subtract(*moved) / 2e-6
    sums = [[weights[(month >= t)].sum() for t in range(6)], [(weights[month >= t] ** 2).sum() for t in range(6)]]
    ends = [[weights[(month == t) & (kind == k)].sum() for t in range(6)] for k in (0, 1)]
    squares = [[(weights[(month == t) & (kind == k)] ** 2).sum() for t in range(6)] for k in (0, 1)]
    at_risk = np.array([sums[0]])
    bad, other = (np.array([row]) / at_risk for row in ends)
    trio = (np.array([sums[1]]), np.array([squares[0]]), np.array([squares[1]]))
    found = weighted_variance(trio, at_risk, bad=bad, other=other)[0, -1]
    assert found == pytest.approx(float((weights**2 * np.square(slopes)).sum()), rel=1e-6)


def test_limits_of_nothing_and_of_everything_mirror_each_other():
    share = np.array([[0.0, 1.0]])
    low, high = share_limits(share, 0 * share, effective=np.array([[40.0, 40.0]]), level=0.95)
    assert high[0, 0] == pytest.approx(1 - low[0, 1]) and low[0, 0] == 0 and high[0, 1] == 1


def outcomes(rows):
    frame = pd.DataFrame(rows, columns=["cohort", "outcome", "month_on_book", "amount_yuan"])
    return frame.assign(amount_yuan=frame["amount_yuan"].astype(float))


def ends(frame):
    counted = frame.assign(loans_count=1, amount_square=frame["amount_yuan"] ** 2)
    names = ["loans_count", "amount_yuan", "amount_square"]
    return counted.groupby(["cohort", "month_on_book", "outcome"], as_index=False)[names].sum()


cases = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(PARTS), st.integers(0, 9), st.integers(1, 999)), min_size=1
)


@settings(deadline=None, max_examples=40)
@given(cases)
def test_sums_of_loans_give_what_loans_give(rows):
    loans = outcomes(rows)
    pd.testing.assert_frame_equal(vintage_grid(ends(loans), within="cohort"), vintage_counts(loans, within="cohort"))
    stacked = pd.concat([ends(loans.iloc[::2]), ends(loans.iloc[1::2])])
    pd.testing.assert_frame_equal(vintage_grid(stacked), vintage_counts(loans))


def test_everybody_is_at_risk_at_first_and_ends_once(unchanged):
    given_ends = ends(outcomes([("a", "bad", 1, 5), ("a", "open", 3, 7), ("a", "settled", 0, 2)]))
    with unchanged(given_ends):
        grid = vintage_grid(given_ends)
    assert grid["at_risk_yuan"].tolist() == [14, 12, 7, 7] and grid["at_risk_count"].tolist() == [3, 2, 1, 1]


def test_ends_that_are_none_are_refused():
    good = ends(outcomes([("a", "bad", 1, 5)]))
    with pytest.raises(EmptyBook):
        vintage_grid(good.iloc[:0])
    with pytest.raises(BadData, match="unknown"):
        vintage_grid(good.assign(outcome="gone"))
    with pytest.raises(BadData, match="missing or negative"):
        vintage_grid(good.assign(amount_yuan=np.nan))


CURVE = pd.DataFrame({"month_on_book": [0, 1, 2], "at_risk_count": [50, 30, 29]})


def test_the_curve_ends_where_too_few_loans_are_left():
    assert supported_months(CURVE)["month_on_book"].to_list() == [0, 1]


def test_a_small_branch_keeps_its_whole_curve():
    assert len(supported_months(CURVE.assign(at_risk_count=5))) == 3


def test_the_frame_is_not_altered(unchanged):
    with unchanged(CURVE):
        supported_months(CURVE)


OUTCOMES = ["bad", "settled", "renewed", "transferred", "open"]
stories = st.lists(st.tuples(st.sampled_from(OUTCOMES), st.integers(0, 12), st.floats(1, 1e6)), min_size=1, max_size=40)


def _frame(rows):
    return pd.DataFrame(rows, columns=["outcome", "month_on_book", "amount_yuan"])


def _x18(exits):
    rows = [("bad", 3, 1.0), *[("bad", 6, 1.0)] * 2, ("bad", 9, 1.0), *[("open", 9, 1.0)] * 51]
    return _frame([*rows, *[(exits, 5, 1.0)] * 20, *[(exits, 8, 1.0)] * 25])


def _curve(rows, **options):
    return vintage_curve(vintage_counts(_frame(rows)), **options)


def test_loans_not_yet_observed_give_kaplan_meier():
    """Corrections, key X18: 5.36 % when the 45 are not yet observed; both curves agree then."""
    row = vintage_curve(vintage_counts(_x18("open"))).iloc[-1]
    assert (row.bad_share, row.km_share) == pytest.approx((0.0536, 0.0536), abs=5e-5)


@pytest.mark.parametrize("exits", ["settled", "renewed"])
def test_loans_settled_or_renewed_give_aalen_johansen(exits):
    """Corrections, key X18: 4.00 % when the same 45 were settled or renewed; Kaplan-Meier still says 5.36 %."""
    row = vintage_curve(vintage_counts(_x18(exits))).iloc[-1]
    assert (row.bad_share, row.km_share) == pytest.approx((0.04, 0.0536), abs=5e-5)


def test_without_censoring_the_share_is_simply_what_went_bad():
    rows = [("bad", 2, 30.0), ("settled", 1, 50.0), ("renewed", 4, 20.0)]
    assert _curve(rows).bad_share.iloc[-1] == pytest.approx(0.30)


def test_the_range_is_greenwoods_on_equal_loans_without_other_exits():
    """Kalbfleisch and Prentice, 1.4: Var S = S^2 sum d / (Y (Y - d)), on the log(-log) scale."""
    row = vintage_curve(vintage_counts(_x18("open"))).iloc[-1]
    survival = 1 - row.bad_share
    spread = np.sqrt(sum(d / (y * (y - d)) for d, y in [(1, 100), (2, 79), (1, 52)])) / abs(np.log(survival))
    low, high = (1 - survival ** np.exp(sign * 1.959964 * spread) for sign in (-1, 1))
    assert (row.bad_share_low, row.bad_share_high) == pytest.approx((low, high), abs=1e-6)


def test_without_censoring_the_variance_is_the_binomials():
    """With every story complete the share is a proportion: its log(-log) range follows from p(1 - p)/n."""
    rows = [("bad", i % 6, 1.0) for i in range(30)] + [("settled", i % 9, 1.0) for i in range(70)]
    row = _curve(rows).iloc[-1]
    spread = np.sqrt(0.3 * 0.7 / 100) / (0.7 * abs(np.log(0.7)))
    assert row.bad_share_high == pytest.approx(1 - 0.7 ** np.exp(1.959964 * spread), abs=1e-9)


def test_ranges_cover_the_true_share():
    """Simulated: 3 % a month go bad, 5 % settle, 4 % leave observation; nominal 95 %."""
    truth = sum(0.03 * 0.92**month for month in range(12))
    generator, hits = np.random.default_rng(9), 0
    for _ in range(200):
        draws = generator.random((150, 12))
        ends = np.select([draws < 0.03, draws < 0.08, draws < 0.12], [0, 1, 4], -1)
        first = np.where((ends >= 0).any(axis=1), (ends >= 0).argmax(axis=1), 11)
        kinds = np.where(ends[np.arange(150), first] < 0, 4, ends[np.arange(150), first])
        row = _curve([(OUTCOMES[kind], month, 1.0) for kind, month in zip(kinds, first, strict=True)]).iloc[-1]
        hits += row.bad_share_low <= truth <= row.bad_share_high
    assert hits / 200 > 0.90


@settings(max_examples=60, deadline=None)
@given(stories)
def test_shares_sum_to_one_and_only_rise(rows):
    found = _curve(rows)
    parts = found[["bad_share", "settled_share", "renewed_share", "transferred_share", "alive_share"]]
    assert parts.sum(axis="columns").to_numpy() == pytest.approx(1.0)
    assert (np.diff(found.bad_share) >= -1e-12).all() and (np.diff(found.km_share) >= -1e-12).all()
    assert (found.km_share >= found.bad_share - 1e-12).all()


@settings(max_examples=60, deadline=None)
@given(stories)
def test_ranges_hold_the_share_between_zero_and_one(rows):
    found = _curve(rows)
    for name in ("bad_share", "km_share"):
        assert (found[f"{name}_low"] <= found[name] + 1e-9).all() and (
            found[f"{name}_high"] >= found[name] - 1e-9
        ).all()
        assert found[f"{name}_low"].ge(0).all() and found[f"{name}_high"].le(1).all()


@settings(max_examples=40, deadline=None)
@given(stories, st.floats(0.01, 100))
def test_scale_and_order_do_not_matter(rows, factor):
    other = _frame(rows)[::-1].assign(amount_yuan=lambda frame: frame["amount_yuan"] * factor)
    columns = ["bad_share", "bad_share_low", "bad_share_high", "km_share"]
    again = vintage_curve(vintage_counts(other))
    assert _curve(rows)[columns].to_numpy() == pytest.approx(again[columns].to_numpy(), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(stories, stories)
def test_pieces_of_two_books_add_up_to_those_of_both(first, second):
    both = vintage_counts(_frame([*first, *second]))
    parts = [vintage_counts(_frame(rows)).set_index("month_on_book") for rows in (first, second)]
    added = parts[0].add(parts[1], fill_value=0)
    assert added.to_numpy() == pytest.approx(both.set_index("month_on_book").to_numpy(), rel=1e-9)


def test_cohorts_are_measured_as_if_alone():
    rows = _x18("settled").assign(cohort="a")
    late = _frame([("bad", 1, 5.0), ("open", 3, 5.0)]).assign(cohort="b")
    found = vintage_curve(vintage_counts(pd.concat([rows, late]), within="cohort"), within="cohort")
    alone = vintage_curve(vintage_counts(late))
    assert found[found.cohort == "b"].bad_share.head(4).to_list() == alone.bad_share.to_list()
    assert len(found) == 20


def test_nothing_bad_yet_is_not_sure_to_stay_so():
    row = _curve([("open", 3, 1.0)] * 40).iloc[0]
    assert row.bad_share == row.bad_share_low == 0 and row.bad_share_high == pytest.approx(0.0881, abs=1e-4)


def test_input_is_left_alone(unchanged):
    rows = _x18("settled")
    pieces = vintage_counts(rows)
    with unchanged(rows, pieces):
        vintage_counts(rows)
        vintage_curve(pieces)


def test_a_book_of_one_loan_all_bad_is_a_stated_value():
    row = _curve([("bad", 0, 9.0)]).iloc[0]
    assert row.bad_share == row.km_share == row.bad_share_high == 1.0


def test_no_observed_loan_is_refused():
    with pytest.raises(EmptyBook, match="no loan was made within the months seen"):
        vintage_counts(_frame([("not_observed", 0, 1.0)]))


@pytest.mark.parametrize(
    "row", [("bad", 0, 0.0), ("bad", 0, np.nan), ("bad", 0, -1.0), ("bad", 0, np.inf), ("lost", 0, 1.0)]
)
def test_rows_that_cannot_be_weighed_are_refused(row):
    with pytest.raises(BadData, match="not above zero|outcome is unknown"):
        vintage_counts(_frame([row]))


def test_pieces_with_a_gap_or_too_many_ends_are_refused():
    pieces = vintage_counts(_x18("open"))
    with pytest.raises(BadData, match="do not run 0, 1, 2"):
        vintage_curve(pieces.drop(index=4))
    with pytest.raises(BadData, match="more ends in a month"):
        vintage_curve(pieces.assign(settled_yuan=pieces["at_risk_yuan"] + 1))


def test_500_random_cohorts_give_aalen_johansen_and_kaplan_meier_loan_by_loan():
    """Seed 23: weighted loans with ties, exits and censoring; both estimators by their products, month after month."""
    dice = np.random.default_rng(23)
    size = dice.integers(1, 25, 500)
    rows = pd.DataFrame(
        {
            "cohort": np.repeat(np.arange(500), size),
            "outcome": dice.choice(["bad", "settled", "renewed", "open"], size.sum()),
            "month_on_book": dice.integers(0, 9, size.sum()),
            "amount_yuan": 10.0 ** dice.uniform(0, 6, size.sum()),
        }
    )
    curve = vintage_curve(vintage_counts(rows, within="cohort"), within="cohort")
    last = curve.groupby("cohort").tail(1).set_index("cohort")
    found = last[["bad_share", "km_share"]].to_numpy()
    ends = np.cumsum(size)
    kinds, months, amounts = (rows[name].to_numpy() for name in ("outcome", "month_on_book", "amount_yuan"))
    for cohort, (end, count) in enumerate(zip(ends, size, strict=True)):
        kind, month, yuan = (each[end - count : end] for each in (kinds, months, amounts))
        share, alive, good = 0.0, 1.0, 1.0
        for now in range(month.max() + 1):
            at_risk, here = yuan[month >= now].sum(), month == now
            bad = yuan[here & (kind == "bad")].sum() / at_risk
            left = yuan[here & (kind != "bad") & (kind != "open")].sum() / at_risk
            share, alive, good = share + alive * bad, alive * (1 - bad - left), good * (1 - bad)
        np.testing.assert_allclose(found[cohort], [share, 1 - good], atol=1e-12)


def test_small_loans_gone_bad_leave_a_share_no_surer_than_a_large_one():
    """Ten of 550 yuan are bad: one loan of ten, or ten loans of one, in a book of fifty of each."""
    loans = pd.DataFrame({"amount_yuan": [1.0] * 50 + [10.0] * 50, "outcome": "open", "month_on_book": 3})
    spread = []
    for bad in ([50], range(10)):
        ends = loans.assign(outcome=["bad" if place in bad else "open" for place in range(100)])
        last = vintage_curve(vintage_counts(ends)).iloc[-1]
        assert last["bad_share"] == pytest.approx(10 / 550)
        spread.append(last["bad_share_high"] - last["bad_share_low"])
    assert spread[1] > 0.9 * spread[0]

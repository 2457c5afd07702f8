from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.outcomes import vintage
from microlib.metrics.vintages import vintage_curve, vintage_pieces

OUTCOMES = ["bad", "settled", "renewed", "transferred", "open"]
stories = st.lists(st.tuples(st.sampled_from(OUTCOMES), st.integers(0, 12), st.floats(1, 1e6)), min_size=1, max_size=40)


def _frame(rows):
    return pd.DataFrame(rows, columns=["outcome", "month_on_book", "amount_yuan"])


def _x18(exits):
    rows = [("bad", 3, 1.0), *[("bad", 6, 1.0)] * 2, ("bad", 9, 1.0), *[("open", 9, 1.0)] * 51]
    return _frame([*rows, *[(exits, 5, 1.0)] * 20, *[(exits, 8, 1.0)] * 25])


def _curve(rows, **options):
    return vintage_curve(vintage_pieces(_frame(rows)), **options)


def test_loans_not_yet_observed_give_kaplan_meier():
    """Corrections, key X18: 5.36 % when the 45 are not yet observed; both curves agree then."""
    row = vintage_curve(vintage_pieces(_x18("open"))).iloc[-1]
    assert (row.bad_share, row.km_share) == pytest.approx((0.0536, 0.0536), abs=5e-5)


@pytest.mark.parametrize("exits", ["settled", "renewed"])
def test_loans_settled_or_renewed_give_aalen_johansen(exits):
    """Corrections, key X18: 4.00 % when the same 45 were settled or renewed; Kaplan-Meier still says 5.36 %."""
    row = vintage_curve(vintage_pieces(_x18(exits))).iloc[-1]
    assert (row.bad_share, row.km_share) == pytest.approx((0.04, 0.0536), abs=5e-5)


def test_without_censoring_the_share_is_simply_what_went_bad():
    rows = [("bad", 2, 30.0), ("settled", 1, 50.0), ("renewed", 4, 20.0)]
    assert _curve(rows).bad_share.iloc[-1] == pytest.approx(0.30)


def test_the_range_is_greenwoods_on_equal_loans_without_other_exits():
    """Kalbfleisch and Prentice, 1.4: Var S = S^2 sum d / (Y (Y - d)), on the log(-log) scale."""
    row = vintage_curve(vintage_pieces(_x18("open"))).iloc[-1]
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
    again = vintage_curve(vintage_pieces(other))
    assert _curve(rows)[columns].to_numpy() == pytest.approx(again[columns].to_numpy(), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(stories, stories)
def test_pieces_of_two_books_add_up_to_those_of_both(first, second):
    both = vintage_pieces(_frame([*first, *second]))
    parts = [vintage_pieces(_frame(rows)).set_index("month_on_book") for rows in (first, second)]
    added = parts[0].add(parts[1], fill_value=0)
    assert added.to_numpy() == pytest.approx(both.set_index("month_on_book").to_numpy(), rel=1e-9)


def test_cohorts_are_measured_as_if_alone():
    rows = _x18("settled").assign(cohort="a")
    late = _frame([("bad", 1, 5.0), ("open", 3, 5.0)]).assign(cohort="b")
    found = vintage_curve(vintage_pieces(pd.concat([rows, late]), within="cohort"), within="cohort")
    alone = vintage_curve(vintage_pieces(late))
    assert found[found.cohort == "b"].bad_share.head(4).to_list() == alone.bad_share.to_list()
    assert len(found) == 20


def test_nothing_bad_yet_is_not_sure_to_stay_so():
    row = _curve([("open", 3, 1.0)] * 40).iloc[0]
    assert row.bad_share == row.bad_share_low == 0 and row.bad_share_high == pytest.approx(0.0881, abs=1e-4)


def test_input_is_left_alone(unchanged):
    rows = _x18("settled")
    pieces = vintage_pieces(rows)
    with unchanged(rows, pieces):
        vintage_pieces(rows)
        vintage_curve(pieces)


def test_a_book_of_one_loan_all_bad_is_a_stated_value():
    row = _curve([("bad", 0, 9.0)]).iloc[0]
    assert row.bad_share == row.km_share == row.bad_share_high == 1.0


def test_no_observed_loan_is_refused(ledger, month_ends):
    with pytest.raises(EmptyBook, match="no loan was made within the months seen"):
        vintage_pieces(_frame([("not_observed", 0, 1.0)]))
    with pytest.raises(EmptyBook, match="no loan was made"):
        vintage(ledger(1), month_ends(["L0000"], ["2026-01"]), as_of="2026-06-30")


@pytest.mark.parametrize(
    "row", [("bad", 0, 0.0), ("bad", 0, np.nan), ("bad", 0, -1.0), ("bad", 0, np.inf), ("lost", 0, 1.0)]
)
def test_rows_that_cannot_be_weighed_are_refused(row):
    with pytest.raises(BadData, match="not above zero|outcome is unknown"):
        vintage_pieces(_frame([row]))


def test_pieces_with_a_gap_or_too_many_ends_are_refused():
    pieces = vintage_pieces(_x18("open"))
    with pytest.raises(BadData, match="do not run 0, 1, 2"):
        vintage_curve(pieces.drop(index=4))
    with pytest.raises(BadData, match="more ends in a month"):
        vintage_curve(pieces.assign(settled_yuan=pieces["at_risk_yuan"] + 1))

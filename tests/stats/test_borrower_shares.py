from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.stats.borrower_shares import borrower_shares, resampled_sums
from microlib.stats.intervals import rate_interval

LATE = {"late": ("hit", "base")}


def _book(borrowers, *, loans=1, hits=0, seed=3):
    """Borrowers with equal debts in several loans; the first `hits` are late."""
    ids = np.repeat([f"C{i:04d}" for i in range(borrowers)], loans)
    late = np.repeat(np.arange(borrowers) < hits, loans)
    base = np.ones(len(ids))
    return pd.DataFrame({"customer_id": ids, "hit": late * base, "base": base})


def test_equal_debts_with_few_hits_give_the_exact_binomial_range():
    found = borrower_shares(_book(60, hits=3), measures=LATE, within=None).iloc[0]
    exact = rate_interval(3, 60, method="clopper_pearson").iloc[0]
    assert (found.share_low, found.share_high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert found.interval == "effective_count"


def test_equal_debts_with_many_hits_give_a_bootstrap_near_the_binomial():
    found = borrower_shares(_book(400, hits=80), measures=LATE, within=None).iloc[0]
    assert found.interval == "bootstrap"
    assert (found.share_low, found.share_high) == pytest.approx((0.162, 0.240), abs=0.006)


def test_resampling_borrowers_is_wider_than_resampling_loans():
    """Handbook 6: groups of loans that fail together carry less evidence than they count."""
    whole = _book(60, loans=6, hits=20)
    alone = whole.assign(customer_id=[f"L{i}" for i in range(len(whole))])
    grouped, single = (borrower_shares(book, measures=LATE, within=None).iloc[0] for book in (whole, alone))
    assert grouped.share_high - grouped.share_low > 2 * (single.share_high - single.share_low)


def test_connected_customers_count_as_one_borrower():
    book = _book(60, hits=20).assign(group_id=[None] * 30 + ["G1"] * 30)
    found = borrower_shares(book, measures=LATE, within=None).iloc[0]
    assert found.base_customers_count == 31


def test_ranges_cover_the_true_share():
    """Simulated: unequal debts, true share 20 %, 150 borrowers; nominal 95 %, stated on the method page."""
    generator, hits = np.random.default_rng(5), 0
    for _ in range(120):
        base = generator.lognormal(0, 1, size=150)
        late = generator.random(150) < 0.2
        book = pd.DataFrame({"customer_id": np.arange(150).astype(str), "hit": base * late, "base": base})
        row = borrower_shares(book, measures=LATE, within=None).iloc[0]
        hits += row.share_low <= 0.2 <= row.share_high
    assert hits / 120 > 0.86


def test_the_same_book_gives_the_same_range_twice():
    book = _book(200, hits=40)
    first, second = (borrower_shares(book, measures=LATE, within=None) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_a_group_is_measured_the_same_alone_as_among_others():
    book = _book(100, hits=30).assign(segment="a")
    both = pd.concat([book, _book(50, hits=20).assign(segment="b")], ignore_index=True)
    alone, among = (borrower_shares(frame, measures=LATE, within="segment").iloc[0] for frame in (book, both))
    assert alone.to_list() == among.to_list()


def test_resampled_sums_keep_the_total_on_average():
    sums = resampled_sums(np.arange(50.0)[:, None], resamples=4000)
    assert sums.mean() == pytest.approx(np.arange(50.0).sum(), rel=0.02)


def test_nothing_below_the_line_is_said_not_computed():
    book = _book(5).assign(base=0.0)
    row = borrower_shares(book, measures=LATE, within=None).iloc[0]
    assert np.isnan(row.share) and row.reason == "no_base"


def test_no_rows_give_no_groups():
    assert borrower_shares(_book(0).assign(segment="a"), measures=LATE, within="segment").empty


def test_input_is_left_alone(unchanged):
    book = _book(30, hits=12)
    with unchanged(book):
        borrower_shares(book, measures=LATE, within=None)


@pytest.mark.parametrize("kind", ["int32", "int64", "float32"])
def test_whole_yuan_of_a_large_book_give_the_range_that_fractions_give(kind):
    parts = pd.DataFrame({"customer_id": ["a", "b", "c"], "late": [0, 2e9, 0], "all": [2e9, 2e9, 2e9]})
    measures = {"par30": ("late", "all")}
    whole = borrower_shares(parts.astype({"late": kind, "all": kind}), measures=measures, within=None)
    pd.testing.assert_frame_equal(whole, borrower_shares(parts, measures=measures, within=None), rtol=1e-6)

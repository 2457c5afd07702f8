from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.stats.borrower_shares import borrower_shares, ledger_shares, resampled_sums, share_interval
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
    assert found.base_effective_count == pytest.approx(60)


def test_unequal_debts_are_worth_as_many_borrowers_as_kish_says():
    """Two debts of 3 and 1: (3 + 1)^2 / (9 + 1) = 1.6 borrowers; none late, so 1 - 0.025^(1 / 1.6)."""
    book = pd.DataFrame({"customer_id": ["a", "b"], "hit": [0.0, 0.0], "base": [3.0, 1.0]})
    found = borrower_shares(book, measures=LATE, within=None).iloc[0]
    assert found.base_effective_count == pytest.approx(1.6)
    assert found.share_high == pytest.approx(1 - 0.025 ** (1 / 1.6))


def test_ten_bad_are_not_judged_more_kindly_than_nine():
    """A real book of 300 borrowers was found good with ten bad ones and open with nine: the method had changed."""
    bounds = [borrower_shares(_book(300, hits=bad), measures=LATE, within=None).share_high.item() for bad in range(20)]
    assert (np.diff(bounds) > 0).all() and bounds[9] < bounds[10]


SIZES = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40)


@settings(deadline=None, max_examples=60)
@given(SIZES, st.randoms(use_true_random=False), st.floats(0.001, 1e7))
def test_one_more_late_debt_never_lowers_a_limit(sizes, random, fresh):
    """Whichever present debt goes late, and a new one of any size, unless so few are known that 3/4 may be late."""
    base = np.array(sizes)
    late = np.array([random.random() < 0.3 for _ in sizes])
    more = [late | (np.arange(len(base)) == each) for each in np.flatnonzero(~late)]
    now = _limits(base, late)
    for marks in more:
        assert (_limits(base, marks) >= now - 1e-9).all()
    if now[1] < 0.75:
        assert _limits(np.append(base, fresh), np.append(late, True))[1] >= now[1] - 1e-9


def _limits(base, late):
    sums = (pd.Series([value]) for value in ((base * late).sum(), base.sum(), (base**2).sum()))
    return share_interval(*sums)[["share_low", "share_high"]].to_numpy()[0]


def test_borrowers_carry_less_evidence_than_their_loans():
    """Handbook 6: groups of loans that fail together carry less evidence than they count."""
    whole = _book(60, loans=6, hits=20)
    alone = whole.assign(customer_id=[f"L{i}" for i in range(len(whole))])
    grouped, single = (borrower_shares(book, measures=LATE, within=None).iloc[0] for book in (whole, alone))
    assert grouped.share_high - grouped.share_low > 2 * (single.share_high - single.share_low)


def test_connected_customers_count_as_one_borrower():
    book = _book(60, hits=20).assign(group_id=[None] * 30 + ["G1"] * 30)
    found = borrower_shares(book, measures=LATE, within=None).iloc[0]
    assert found.base_customers_count == 31


@pytest.mark.parametrize("spread", [0.0, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("borrowers", [30, 100, 300])
def test_ranges_cover_the_true_share(spread, borrowers):
    """Simulated: lognormal debts, true share 1 to 20 %; nominal 95 %, the truth seldom above the upper limit."""
    generator = np.random.default_rng(5)
    for truth in (0.01, 0.05, 0.2):
        base = generator.lognormal(0, spread, size=(1500, borrowers))
        late = generator.random(base.shape) < truth
        sums = (pd.Series(each.sum(axis=1)) for each in (base * late, base, base**2))
        found = share_interval(*sums)
        assert found.share_low.le(truth).mul(found.share_high.ge(truth)).mean() >= 0.94
        assert found.share_high.lt(truth).mean() <= 0.04


def test_a_ratio_of_the_ledger_has_no_range_and_the_same_numbers():
    book = _book(100, hits=30).assign(segment="a")
    plain = ledger_shares(book, measures=LATE, within="segment")
    pd.testing.assert_frame_equal(plain, borrower_shares(book, measures=LATE, within="segment")[plain.columns])
    assert not {"share_low", "share_high"} & set(plain)


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

"""Loans side by side under one approver's limit, and crowds under a limit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.connections.bunchings import limit_bunching
from microlib.metrics.connections.splits import needed_levels, split_clusters, split_loans

BRANCHES = pd.DataFrame({"branch_id": ["0755", "0021"], "authority_limit_yuan": [5e5, 8e5]})
AUTHORITY = {"branch_head": 1e6, "credit_officer": 3e6, "head_office": 1e7}
PAIRS = pd.DataFrame({"customer_id_a": ["C0"], "customer_id_b": ["C1"], "status": "to_check",
                      "evidence": "account+phone"})  # fmt: skip


def members(count):
    return pd.DataFrame({"connected_id": "C0", "customer_id": [f"C{n}" for n in range(count)], "members_count": count})


def loans(amounts, dates, **columns):
    count = len(amounts)
    frame = {"loan_id": [f"L{n}" for n in range(count)], "customer_id": [f"C{n}" for n in range(count)]}
    frame |= {"branch_id": "0755", "amount_yuan": amounts, "balance_yuan": amounts, "overdue_days": 0}
    return pd.DataFrame({**frame, "disbursed_date": pd.to_datetime(dates), **columns})


def found(book, **options):
    return split_loans(members(len(book)), book, BRANCHES, **options)


# published


def test_six_loans_of_495_000_are_2_970_000():
    """The handbook's own example of a split-loan cluster."""
    book = loans([495_000.0] * 6, pd.date_range("2025-11-05", periods=6, freq="9D"))
    cluster = split_clusters(found(book), PAIRS, authority=AUTHORITY).iloc[0]
    assert (cluster.sum_yuan, cluster.loans_count, cluster.near_limit_count) == (2_970_000, 6, 6)
    assert (cluster.needed_level, cluster.days_count, cluster.status) == ("credit_officer", 45, "to_check")


# closed form


def test_the_window_with_the_largest_sum_is_taken():
    book = loans([4e5, 3e5, 4e5, 4e5], ["2025-01-01", "2025-02-01", "2025-12-01", "2026-01-01"])
    assert found(book)["loan_id"].tolist() == ["L2", "L3"]


def test_loans_a_window_apart_are_not_side_by_side():
    dates = ["2025-01-01", "2025-04-02"]
    assert found(loans([4e5, 4e5], dates)).empty
    assert len(found(loans([4e5, 4e5], dates), window_days=91)) == 2


def test_a_sum_within_the_limit_is_no_matter():
    assert found(loans([2e5, 3e5], ["2025-01-01", "2025-01-02"])).empty


def test_one_borrower_alone_is_no_cluster():
    book = loans([4e5, 4e5], ["2025-01-01", "2025-01-02"], customer_id="C0")
    assert found(book).empty


def test_a_loan_above_the_limit_went_to_the_right_desk_already():
    book = loans([6e5, 4e5], ["2025-01-01", "2025-01-02"])
    assert found(book).empty


def test_each_loan_is_held_against_its_own_branch():
    book = loans([6e5, 4e5], ["2025-01-01", "2025-01-02"], branch_id=["0021", "0755"])
    cluster = split_clusters(found(book), PAIRS, authority=AUTHORITY).iloc[0]
    assert (cluster.limit_yuan, cluster.branches_count, cluster.limit_ratio) == (8e5, 2, 1.25)


def test_settled_loans_are_past():
    book = loans([4e5, 4e5], ["2025-01-01", "2025-01-02"], balance_yuan=[4e5, 0.0])
    assert found(book).empty


def test_the_level_is_the_lowest_that_covers_the_sum():
    sums = pd.Series([1e6, 1_000_001.0, 1e7, 1e7 + 1])
    expected = ["branch_head", "credit_officer", "head_office", "above_all_levels"]
    assert needed_levels(sums, authority=AUTHORITY).tolist() == expected


# laws


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(1e4, 6e5), st.integers(0, 400)), min_size=1, max_size=12))
def test_a_cluster_always_exceeds_a_limit_that_no_loan_of_it_does(rows):
    amounts, days = zip(*rows, strict=True)
    dates = [pd.Timestamp("2025-01-01") + pd.Timedelta(days=day) for day in days]
    split = found(loans(list(amounts), dates))
    assert (split["amount_yuan"] <= split["limit_yuan"]).all()
    assert split.empty or split["amount_yuan"].sum() > 5e5
    assert split.empty or (split["disbursed_date"].max() - split["disbursed_date"].min()).days <= 90


def test_row_order_changes_nothing(unchanged):
    book = loans([4e5, 3e5, 2e5], ["2025-01-01", "2025-01-01", "2025-02-01"])
    with unchanged(book, BRANCHES):
        pd.testing.assert_frame_equal(found(book), found(book.iloc[::-1]))


# refusals and degenerate input


def test_branches_without_limits_are_refused():
    with pytest.raises(BadData, match="approval limit"):
        split_loans(members(2), loans([1.0], ["2025-01-01"]), BRANCHES.assign(authority_limit_yuan=np.nan))


def test_no_authority_is_refused():
    with pytest.raises(BadData, match="no level of authority"):
        split_clusters(found(loans([1.0], ["2025-01-01"])), PAIRS, authority={})


def test_no_group_gives_no_cluster():
    split = split_loans(members(0), loans([4e5], ["2025-01-01"]), BRANCHES)
    assert split.empty and split_clusters(split, PAIRS.iloc[:0], authority=AUTHORITY).empty


# bunching


def bunching(amounts, **options):
    return limit_bunching(pd.DataFrame({"amount_yuan": amounts}), limits=[100.0], **options).iloc[0]


def test_six_of_nine_where_a_quarter_is_expected():
    """P(Bin(9, 1/4) >= 6) = (84 x 27 + 36 x 9 + 9 x 3 + 1) / 4^9 = 2620 / 262144."""
    row = bunching([96.0] * 6 + [82.0, 87.0, 92.0])
    assert (row.below_count, row.under_count, row.expected_count) == (6, 3, 1.0)
    assert row.chance_share == pytest.approx(2620 / 262_144)


def test_bands_are_open_at_the_limit_and_closed_below():
    row = bunching([80.0, 80.01, 95.0, 95.01, 99.99, 100.0, 100.01, 115.0, 115.01])
    assert (row.below_count, row.under_count, row.at_limit_count, row.above_count) == (2, 2, 1, 2)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_amounts_that_grow_rarer_seldom_look_like_a_crowd(seed):
    amounts = 80.0 + 20.0 * np.random.default_rng(seed).beta(1, 1.3, 400)
    assert bunching(amounts).chance_share > 1e-5


@settings(deadline=None)
@given(st.lists(st.floats(1.0, 200.0), min_size=1, max_size=50), st.floats(0.5, 1000.0))
def test_the_share_lies_in_its_interval(amounts, scale):
    row = bunching(amounts)
    assert np.isnan(row.below_share) or row.below_low <= row.below_share <= row.below_high


def test_nothing_near_the_limit_says_nothing():
    row = bunching([10.0, 300.0])
    assert row.below_count == 0 and np.isnan(row.chance_share) and np.isnan(row.below_high)


def test_no_loans_say_nothing():
    assert np.isnan(bunching([]).chance_share)


@pytest.mark.parametrize("amount", [np.nan, np.inf, 0.0, -1.0])
def test_amounts_that_are_none_are_refused(amount):
    with pytest.raises(BadData, match="not positive"):
        bunching([50.0, amount])


@pytest.mark.parametrize("options", [{"width_share": 0.3}, {"width_share": 0.0}])
def test_a_width_out_of_range_is_refused(options):
    with pytest.raises(BadData, match="width"):
        bunching([50.0], **options)

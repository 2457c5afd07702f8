"""Bad borrowers by group, and default rates where a customer file records them.

Bounds of small groups, as independent trials and as members of one source.
"""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.contracts.segment import read_segments
from microlib.design.terms import read_policy
from microlib.errors import BadData, EmptyBook
from microlib.metrics.defaults import bad_borrowers, bank_prior, default_rates, default_shares, shared_bounds

LOANS = pd.DataFrame({
    "loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C1", "C2"], "balance_yuan": [1.0, 2.0, 3.0],
    "overdue_days": [0, 0, 91], "status": ["normal"] * 3, "class5": ["normal", "loss", "special_mention"],
    "segment": ["a", "a", "b"],
})  # fmt: skip
CUSTOMERS = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3"], "rating": ["A", "B", "B"], "is_defaulted": [False, True, None]
})  # fmt: skip


def test_the_published_pool_has_its_rate_and_range():
    pool = pd.DataFrame({"is_defaulted": [True] * 27 + [False] * 96})
    found = default_rates(pool).iloc[0]
    assert (found["bad_count"], found["default_share_count"]) == (27, 123)
    assert found["default_share"] == pytest.approx(0.2195, abs=1e-4)
    assert found["default_share_low"] == pytest.approx(0.153, abs=1e-3)


def test_a_borrower_is_bad_once_by_class_or_by_days():
    assert bad_borrowers(LOANS, within="segment")[["bad_count", "total_count"]].to_numpy().tolist() == [[1, 1], [1, 1]]


def test_an_unknown_default_is_counted_apart():
    found = default_rates(CUSTOMERS, within="rating")
    assert found["unknown_count"].to_list() == [0, 1]


def test_groups_of_a_pool_carry_no_balance():
    members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "pool", "is_primary": True})
    found = default_shares(CUSTOMERS, members).iloc[0]
    assert (found["segment"], found["bad_count"], found["share_count"]) == ("pool", 1, 2)
    assert pd.isna(found["base_yuan"])


def test_the_banks_cells_give_a_prior_between_their_rates():
    pieces = pd.DataFrame({"customers_count": [100, 200, 300, 400], "bad_count": [1, 6, 3, 12]})
    assert 0.01 < bank_prior(pieces).mean < 0.04


def test_nothing_known_is_refused():
    with pytest.raises(EmptyBook, match="no customer's default"):
        default_rates(CUSTOMERS.assign(is_defaulted=None))


def test_frames_are_not_altered(unchanged):
    with unchanged(LOANS, CUSTOMERS):
        bad_borrowers(LOANS, within="segment")
        default_rates(CUSTOMERS, within="rating")


@pytest.fixture(scope="module")
def terms(root):
    return {
        "segments": read_segments(root / "data" / "segments"),
        "stress": read_policy(root, as_of="2026-06-30").stress,
    }


@pytest.mark.parametrize(
    ("segment", "bad", "total", "alone", "shared"),
    [
        ("hospital_suppliers", 0, 40, 0.072, 0.171),
        ("hardware_market", 0, 40, 0.072, 0.127),
        ("hospital_suppliers", 3, 60, 0.124, 0.284),
        ("hardware_market", 3, 60, 0.124, 0.220),
    ],
)
def test_the_published_bounds_by_correlation(terms, segment, bad, total, alone, shared):
    cells = pd.DataFrame({"segment": [segment], "bad_count": [bad], "total_count": [total]})
    found = shared_bounds(cells, **terms).iloc[0]
    assert found["upper_share"] == pytest.approx(alone, abs=5e-4)
    assert found["correlated_upper_share"] == pytest.approx(shared, abs=5e-4)


def test_a_group_without_a_common_source_has_one_bound(terms):
    cells = pd.DataFrame({"segment": ["invoiced_firms"], "bad_count": [1], "total_count": [50]})
    assert pd.isna(shared_bounds(cells, **terms)["correlated_upper_share"].iloc[0])


def test_every_kind_of_source_of_the_shipped_groups_has_a_correlation(terms):
    cells = pd.DataFrame({"segment": [each.code for each in terms["segments"]], "bad_count": 0, "total_count": 30})
    assert len(shared_bounds(cells, **terms)) == len(terms["segments"])


def test_a_kind_of_source_without_a_correlation_is_refused(terms):
    cells = pd.DataFrame({"segment": ["hospital_suppliers"], "bad_count": [0], "total_count": [40]})
    bare = terms["stress"].model_copy(update={"correlation": {}})
    with pytest.raises(BadData, match="no correlation for core"):
        shared_bounds(cells, segments=terms["segments"], stress=bare)


def test_the_frame_is_not_altered(terms, unchanged):
    cells = pd.DataFrame({"segment": ["hospital_suppliers"], "bad_count": [0], "total_count": [40]})
    with unchanged(cells):
        shared_bounds(cells, **terms)

"""Bad borrowers by group, and default rates where a customer file records them."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.borrower_defaults import bad_borrowers, bank_prior, default_rates, default_shares

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

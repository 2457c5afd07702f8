"""Penetration of rosters and the two-list estimate: answer keys, closed forms, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.populations import penetration, roster_matches, two_list_estimate, venue_populations


def roster(source="office", **columns):
    frame = {"venue_id": "V1", "venue_name": "m", "kind": "market", "list_source": source}
    frame |= {"customer_id": None, "uscc_hash": None, "phone_hash": None, "list_date": pd.Timestamp("2026-05-31")}
    return pd.DataFrame({"member_number": ["1", "2", "3", "4"], **frame, **columns})


CUSTOMERS = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3", "C4"],
    "uscc_hash": ["u1", "u2", None, None], "phone_hash": ["p1", "p2", "p9", "p9"],
})  # fmt: skip


def test_two_lists_of_the_answer_key():
    """answer_keys.txt and X10: lists of 620 and 410 with 268 on both give 948 (898 - 998)."""
    found = two_list_estimate(620, 410, 268).iloc[0]
    assert found[["population_count", "population_low", "population_high"]].round().tolist() == [948, 898, 998]
    assert found.seen_count == 762


def test_equal_lists_describe_the_whole_market():
    found = two_list_estimate(50, 50, 50).iloc[0]
    assert (found.population_count, found.population_low, found.population_high) == (50, 50, 50)


def test_the_estimate_covers_the_truth():
    rng, hits = np.random.default_rng(2), 0
    for _ in range(300):
        first, second = rng.random(900) < 0.6, rng.random(900) < 0.4
        found = two_list_estimate(first.sum(), second.sum(), (first & second).sum()).iloc[0]
        hits += found.population_low <= 900 <= found.population_high
    assert hits >= 276


def test_members_are_found_by_number_then_code_then_phone():
    rows = roster(
        customer_id=["C2", None, None, None], uscc_hash=[None, "u1", None, None], phone_hash=["p1", "p2", "p2", "p9"]
    )
    found = roster_matches(rows, CUSTOMERS)
    assert found["customer_id"].fillna("-").tolist() == ["C2", "C1", "C2", "-"]
    assert found["matched_by"].fillna("-").tolist() == ["customer_id", "uscc_hash", "phone_hash", "-"]


def test_only_a_balance_makes_a_borrower():
    rows = roster(customer_id=["C1", "C2", "C3", None])
    loans = pd.DataFrame({"customer_id": ["C1", "C2"], "balance_yuan": [1e5, 0.0]})
    found = penetration(rows, CUSTOMERS, loans).iloc[0]
    assert (found.members_count, found.customers_count, found.borrowers_count, found.prospects_count) == (4, 3, 1, 3)
    assert found.penetration_low < found.penetration_share == 0.25 < found.penetration_high


def test_each_list_of_a_venue_has_its_own_line():
    loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [1e5]})
    found = penetration(pd.concat([roster(), roster("tax")]), CUSTOMERS, loans)
    assert found["list_source"].tolist() == ["office", "tax"]


def test_two_lists_of_a_venue_are_matched_by_any_identifier():
    rows = pd.concat([
        roster(phone_hash=["a", "b", "c", None], uscc_hash=[None, None, None, "x"]),
        roster("tax", phone_hash=["a", "z", None, "q"], uscc_hash=[None, None, "x", None]),
    ])  # fmt: skip
    found = venue_populations(rows).iloc[0]
    assert (found.first_count, found.second_count, found.both_count) == (4, 4, 2)


def test_a_venue_with_one_list_has_no_estimate():
    assert venue_populations(roster()).empty


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_the_estimate_never_falls_below_what_was_seen(first, second, data):
    both = data.draw(st.integers(0, min(first, second)))
    found = two_list_estimate(first, second, both).iloc[0]
    assert first + second - both <= found.population_low <= found.population_high
    assert found.population_count == pytest.approx(two_list_estimate(second, first, both)["population_count"].item())


def test_the_frames_given_are_not_altered(unchanged):
    rows, loans = roster(), pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [1e5]})
    with unchanged(rows, CUSTOMERS, loans):
        penetration(rows, CUSTOMERS, loans), venue_populations(rows)


def test_impossible_lists_are_refused():
    with pytest.raises(BadData, match="cannot stand"):
        two_list_estimate(10, 5, 6)
    with pytest.raises(EmptyBook, match="nobody"):
        two_list_estimate(0, 5, 0)
    with pytest.raises(EmptyBook, match="no roster"):
        penetration(roster().iloc[:0], CUSTOMERS, pd.DataFrame({"customer_id": [], "balance_yuan": []}))

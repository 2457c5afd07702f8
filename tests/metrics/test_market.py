"""Nobody is contacted without a basis, in arrears, or twice in a month.

Signs come from who does not borrow now.
Firms on a list whom we do not serve are counted, not named.
Penetration of rosters and the two-list estimate: answer keys, closed forms, laws, refusals.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.market import (
    contact_counts,
    contact_rules,
    lately_contacted,
    need_signals,
    penetration,
    roster_matches,
    roster_noncustomers,
    supplier_noncustomers,
    two_list_estimate,
    venue_populations,
)

TODAY = date(2026, 6, 30)


def ruled(lately=None, **changed):
    customers = pd.DataFrame({"customer_id": ["C1", "C2"], "consents_marketing": [True, True], "is_defaulted": False})
    loans = pd.DataFrame({"customer_id": ["C2"], "overdue_days": [12], "class5": "normal", "status": "overdue"})
    return contact_rules(
        customers[["customer_id"]], customers.assign(**changed), loans.assign(balance_yuan=1e5), lately
    )


def test_arrears_keep_a_customer_off_the_list():
    assert ruled()["contact"].tolist() == ["may_be_contacted", "in_arrears"]


def test_unknown_consent_is_none():
    assert ruled(consents_marketing=None)["contact"].tolist() == ["no_basis", "no_basis"]


def test_a_contact_of_last_week_asks_for_rest():
    leads = pd.DataFrame({"lead_id": ["D1", "D2"], "customer_id": ["C1", "C2"]})
    touches = pd.DataFrame({"lead_id": ["D1", "D2"], "touched_at": pd.to_datetime(["2026-06-25", "2026-05-01"])})
    lately = lately_contacted(touches, leads, as_of=TODAY)
    assert lately["customer_id"].tolist() == ["C1"]
    assert ruled(lately)["contact"].iloc[0] == "contacted_lately"


def test_counts_hold_each_customer_once():
    found = contact_counts(pd.concat([ruled(), ruled()]))
    assert found["customers_count"].sum() == 2
    assert found["customers_share"].sum() == 1


MONTHS = [str(pd.Period("2026-06") - back) for back in range(23, -1, -1)]


def customers(count=3):
    return pd.DataFrame({"customer_id": [f"C{number}" for number in range(1, count + 1)], "rm_id": "R1"})


def loans():
    return pd.DataFrame({
        "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "amount_yuan": [5e4, 9e4], "balance_yuan": [0.0, 9e4],
        "status": ["settled", "normal"], "overdue_days": 0, "closed_date": pd.to_datetime(["2026-03-01", None]),
    })  # fmt: skip


def flows(inflow, outflow, who="C3"):
    return pd.DataFrame({"customer_id": who, "month": MONTHS, "inflow_yuan": inflow, "outflow_yuan": outflow})


def test_who_borrows_now_gives_no_sign():
    found = need_signals(customers(), loans(), flows(100.0, 150.0, who="C2"), as_of=TODAY)
    assert found["customer_id"].tolist() == ["C1"]


def test_a_gap_and_its_depth_are_seen():
    found = need_signals(customers(), loans(), flows(100.0, [200.0] + [100.0] * 23), as_of=TODAY)
    gap = found[found["signal"] == "cash_gap"].iloc[0]
    assert (gap["customer_id"], gap["signal_yuan"]) == ("C3", 100.0)


def test_sales_that_grew_by_half_are_seen_and_by_a_tenth_not():
    more = need_signals(customers(), loans(), flows([100.0] * 12 + [150.0] * 12, 0.0), as_of=TODAY)
    same = need_signals(customers(), loans(), flows([100.0] * 12 + [110.0] * 12, 0.0), as_of=TODAY)
    assert more[more["signal"] == "growing_sales"]["signal_yuan"].tolist() == [600.0]
    assert "growing_sales" not in set(same["signal"])


def test_sales_that_grew_by_the_file_alone_are_no_sign():
    """Seen for half of the year before only; or a month of the file that is not over, with twice the usual in it."""
    late = flows(100.0, 0.0).iloc[6:]
    begun = need_signals(customers(), loans(), late, as_of=TODAY)
    half = need_signals(customers(), loans(), flows([100.0] * 23 + [1_000.0], 0.0), as_of=date(2026, 6, 15))
    assert "growing_sales" not in {*begun["signal"], *half["signal"]}


def test_a_loan_that_ended_long_ago_is_no_sign():
    old = loans().assign(closed_date=pd.to_datetime(["2024-03-01", None]))
    assert need_signals(customers(), old, as_of=TODAY).empty


def test_a_negative_growth_is_refused():
    with pytest.raises(BadData, match="is none"):
        need_signals(customers(), loans(), as_of=TODAY, growth_share=-1)


def test_members_are_known_or_strangers():
    rosters = pd.DataFrame({"venue_id": "V1", "list_source": "office", "member_number": ["1", "2", "3"],
                            "uscc_hash": ["x", "y", None]})  # fmt: skip
    customers = pd.DataFrame({"customer_id": ["C1"], "uscc_hash": ["x"]})
    found = roster_noncustomers(rosters, customers).iloc[0]
    assert (found["members_count"], found["known_count"], found["strangers_count"]) == (3, 1, 2)


def test_a_supplier_known_by_one_payable_is_known():
    paid = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", None, None], "supplier_hash": ["a", "a", "b"],
                         "amount_yuan": [1.0, 2.0, 4.0]})  # fmt: skip
    found = supplier_noncustomers(paid).iloc[0]
    assert (found["members_count"], found["known_count"], found["strangers_yuan"]) == (2, 1, 4.0)


def test_no_name_stands_in_the_counts():
    paid = pd.DataFrame({"core_id": "H1", "customer_id": [None], "supplier_hash": ["secret"], "amount_yuan": [1.0]})
    assert "secret" not in supplier_noncustomers(paid).to_csv()


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
    found = two_list_estimate(620, 410, 268, method="normal").iloc[0]
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


@pytest.mark.parametrize(
    ("size", "first", "second"), [(300, 0.3, 0.3), (100, 0.3, 0.3), (300, 0.2, 0.2), (50, 0.9, 0.9)]
)
def test_short_lists_of_a_small_market_are_covered_as_often(size, first, second):
    """The normal range covers 92.6, 88, 89 and 93 % here; exact: every outcome that carries weight, by its chance."""
    dice = np.random.default_rng(1)
    chances = [first * second, first * (1 - second), (1 - first) * second, (1 - first) * (1 - second)]
    counts, times = np.unique(dice.multinomial(size, chances, size=1500)[:, :3], axis=0, return_counts=True)
    hits = 0
    for (both, one, other), many in zip(counts, times, strict=True):
        found = two_list_estimate(both + one, both + other, both).iloc[0]
        hits += many * (found["population_low"] <= size <= found["population_high"])
    assert hits / 1500 >= 0.94


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

"""Connected groups from coded links.

Links that the ledger itself holds.
What one link proves.
"""

from __future__ import annotations

from datetime import date

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.connections import (
    CodedLinks,
    LinkRules,
    coded_groups,
    evidence_of,
    holder_counts,
    link_weights,
    linked_labels,
    shared_links,
)

#: one kind; two holders .9, three .4, four and more nothing
TABLE = np.array([[0.0, 0.0, 0.9, 0.4, 0.0]])
LINKS = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15), st.integers(0, 8)), min_size=1, max_size=40)


def coded(rows, customers=16):
    rows = sorted({(min(a, b), max(a, b), v) for a, b, v in rows if a != b})
    first, second, values = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return CodedLinks(first, second, np.zeros(len(rows), np.int64), values, customers)


def slowly(links, threshold):
    """The same definition by dictionaries and repeated merging."""
    rows = list(zip(links.first, links.second, links.values, strict=True))
    holders = {v: {x for a, b, w in rows if w == v for x in (a, b)} for _, _, v in rows}
    spared = {}
    for a, b, v in rows:
        spared[a, b] = spared.get((a, b), 1.0) * (1 - TABLE[0, min(len(holders[v]), 4)])
    group = list(range(links.customers))
    for (a, b), left in spared.items():
        if 1 - left >= threshold - 1e-9:
            group = [group[a] if g == group[b] else g for g in group]
    return group


def same_partition(one, two):
    return pd.Series(list(zip(one, two, strict=True))).nunique() == len(set(one)) == len(set(two))


def test_all_pairs_and_one_against_the_others_count_the_same_holders():
    star, pairs = [(0, n, 0) for n in (1, 2, 3)], [(a, b, 0) for a in range(4) for b in range(a)]
    assert holder_counts(coded(star)).tolist() == holder_counts(coded(pairs)).tolist() == [4]


def test_nine_hundred_stalls_at_one_address_are_nine_hundred_groups():
    hub = coded([(0, n, 0) for n in range(1, 900)], customers=900)
    assert len(set(coded_groups(hub, weights=TABLE, threshold=0.5))) == 900


def test_two_weak_signs_make_a_strong_one():
    """1 - .6 x .6 = .64; one alone, .4, is under the threshold."""
    weak = [(0, 1, 0), (1, 2, 0), (0, 1, 1), (1, 3, 1)]
    assert coded_groups(coded(weak, 4), weights=TABLE, threshold=0.5).tolist() == [0, 0, 1, 2]


def test_strongly_connected_asks_for_a_way_back():
    first, second = np.array([0, 1, 2]), np.array([1, 0, 0])
    assert len(set(linked_labels(first, second, count=3))) == 1
    assert len(set(linked_labels(first, second, count=3, strong=True))) == 2


def test_evidence_adds_up_to_at_least_one_holds():
    assert 1 - np.exp(-evidence_of(np.array([0.3, 0.5])).sum()) == pytest.approx(1 - 0.7 * 0.5)


@settings(deadline=None, max_examples=80)
@given(LINKS, st.sampled_from([0.3, 0.5, 0.7, 0.95]))
def test_groups_are_those_of_the_definition(rows, threshold):
    links = coded(rows)
    found = coded_groups(links, weights=TABLE, threshold=threshold) if len(links.values) else list(range(16))
    assert same_partition(found, slowly(links, threshold))


@settings(deadline=None, max_examples=30)
@given(LINKS, st.randoms(use_true_random=False))
def test_the_order_of_links_and_of_their_ends_changes_nothing(rows, dice):
    turned = [(b, a, v) if dice.random() < 0.5 else (a, b, v) for a, b, v in dice.sample(rows, len(rows))]
    links = coded(rows)
    if not len(links.values):
        return
    again = coded(turned)
    swapped = CodedLinks(again.second, again.first, again.kinds, again.values, again.customers)
    one, two = (coded_groups(each, weights=TABLE, threshold=0.5) for each in (links, swapped))
    assert same_partition(one, two)


@settings(deadline=None, max_examples=30)
@given(LINKS)
def test_a_higher_threshold_never_joins(rows):
    links = coded(rows)
    if not len(links.values):
        return
    low, high = (coded_groups(links, weights=TABLE, threshold=cut) for cut in (0.3, 0.8))
    assert pd.Series(low).groupby(high).nunique().eq(1).all()


CUSTOMERS = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3", "C4"], "phone_hash": ["p", "p", "q", None], "address_hash": ["a", "b", "a", None],
})  # fmt: skip
LOANS = pd.DataFrame({
    "loan_id": ["L1", "L2", "L3", "L4"], "customer_id": ["C1", "C2", "C3", "C3"], "balance_yuan": [1.0, 1.0, 0.0, 1.0],
})  # fmt: skip


def pairs(frame):
    return {tuple(row) for row in frame[["customer_id_a", "customer_id_b", "link_type"]].to_numpy()}


def test_phones_and_addresses_of_two_customers_are_links():
    assert pairs(shared_links(CUSTOMERS)) == {("C1", "C2", "phone"), ("C1", "C3", "address")}


def test_a_guarantor_of_two_borrowers_links_them_while_both_owe():
    given = pd.DataFrame({"loan_id": ["L1", "L2", "L3"], "guarantor_id": "G"})
    found = shared_links(CUSTOMERS[["customer_id"]], LOANS, given)
    assert pairs(found) == {("C1", "C2", "guarantee")}


def test_collateral_under_loans_of_two_borrowers_links_them_and_of_one_does_not():
    pledged = pd.DataFrame({"loan_id": ["L1", "L4", "L2"], "collateral_id": ["K", "K", "J"]})
    found = shared_links(CUSTOMERS[["customer_id"]], LOANS, None, pledged)
    assert pairs(found) == {("C1", "C3", "shared_collateral")}


def test_a_value_of_a_thousand_is_listed_once_per_holder_not_per_pair():
    market = pd.DataFrame({"customer_id": [f"C{n:04d}" for n in range(1000)], "address_hash": "market"})
    assert len(shared_links(market)) == 999


def test_no_customers_give_no_links(unchanged):
    with unchanged(CUSTOMERS, LOANS):
        assert shared_links(CUSTOMERS.iloc[:0], LOANS).empty


AS_OF = date(2026, 6, 30)


def links(*rows, **columns):
    """Rows of (one, other, kind, value)."""
    frame = pd.DataFrame(rows, columns=["customer_id_a", "customer_id_b", "link_type", "value_hash"])
    ordinary = {"strength_share": np.nan, "source": "system", "seen_date": pd.Timestamp("2026-01-05")}
    return frame.assign(**{**ordinary, **columns})


def star(count, kind="phone"):
    return links(*[("C000", f"C{n:03d}", kind, "v") for n in range(1, count)])


def weights(frame, **rules):
    return link_weights(frame, as_of=AS_OF, rules=LinkRules(**rules))


def test_two_holders_of_a_phone_count_in_full_and_more_count_less():
    """.6, then .6 / (1 + ln(n / 2))."""
    found = [weights(star(n))["weight_share"].iloc[0] for n in (2, 4, 20, 21)]
    assert found == pytest.approx([0.6, 0.6 / (1 + np.log(2)), 0.6 / (1 + np.log(10)), 0.0])


def test_a_controller_of_many_is_not_weaker_evidence_until_it_is_a_filler():
    found = [weights(star(n, "controller")) for n in (2, 100, 201)]
    assert [frame["weight_share"].iloc[0] for frame in found] == pytest.approx([0.95, 0.95, 0.0])
    assert set(found[2]["left_out"]) == {"too_common"}


def test_a_source_that_doubts_lowers_the_weight():
    assert weights(star(2).assign(strength_share=0.5))["weight_share"].item() == pytest.approx(0.3)


def test_a_link_out_of_the_window_does_not_count_and_one_without_a_date_does():
    old = links(("A", "B", "phone", "v"), ("A", "C", "phone", "w"))
    found = weights(old.assign(seen_date=pd.to_datetime(["2024-06-29", None])))
    assert found["left_out"].tolist() == ["out_of_window", ""]
    assert found["weight_share"].tolist() == pytest.approx([0.0, 0.6])


def test_values_without_a_hash_are_each_their_own():
    frame = links(("A", "B", "phone", None), ("A", "C", "phone", None))
    assert weights(frame)["holders_count"].tolist() == [2, 2]


def test_one_value_under_two_kinds_is_two_values():
    frame = links(("A", "B", "phone", "v"), ("C", "D", "address", "v"))
    assert weights(frame)["holders_count"].tolist() == [2, 2]


def test_holders_are_counted_over_links_and_shared_values_together():
    shared = links(("C", "D", "phone", "v"))[["customer_id_a", "customer_id_b", "link_type", "value_hash", "source"]]
    found = link_weights(links(("A", "B", "phone", "v")), shared, as_of=AS_OF)
    assert found["holders_count"].tolist() == [4, 4]


def test_the_table_for_coded_links_holds_the_same_weights():
    rules = LinkRules()
    table = rules.table(["phone", "controller"])
    assert table[0, [2, 4, 21]] == pytest.approx([0.6, 0.6 / (1 + np.log(2)), 0.0])
    assert table[1, [2, 200, 201]] == pytest.approx([0.95, 0.95, 0.0])


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 60), st.sampled_from(["phone", "account", "controller", "spouse", "address"]))
def test_a_commoner_value_never_proves_more(count, kind):
    few, more = (weights(star(n, kind))["weight_share"].iloc[0] for n in (count, count + 1))
    assert 0.0 <= more <= few <= 1.0


def test_the_order_of_rows_and_ends_changes_nothing(unchanged):
    frame = links(("A", "B", "phone", "v"), ("B", "C", "phone", "v"), ("A", "C", "kin", "w"))
    ends = {"customer_id_a": "customer_id_b", "customer_id_b": "customer_id_a"}
    with unchanged(frame):
        pd.testing.assert_frame_equal(weights(frame), weights(frame.rename(columns=ends).iloc[::-1]))


def test_a_customer_is_not_linked_to_himself():
    assert weights(links(("A", "A", "phone", "v"))).empty


def test_no_links_give_no_rows():
    assert weights(links()).empty


def test_an_unknown_kind_is_refused():
    with pytest.raises(BadData, match="no weight for links of kind rumour"):
        weights(links(("A", "B", "rumour", "v")))


@pytest.mark.parametrize("strength", [-0.1, 90.0, np.inf])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(BadData, match="not in 0 .. 1"):
        weights(star(2).assign(strength_share=strength))


def test_a_link_without_a_customer_is_refused():
    with pytest.raises(BadData, match="lack a customer"):
        weights(links(("A", None, "phone", "v")))


def test_parts_of_500_random_graphs_are_those_of_networkx():
    """Seed 29: weak and strong parts of directed graphs of up to 15 points, loops and doubled edges among them."""
    dice = np.random.default_rng(29)
    for _ in range(500):
        count = int(dice.integers(1, 16))
        first, second = dice.integers(0, count, (2, int(dice.integers(0, 2 * count))))
        graph = nx.DiGraph(list(zip(first.tolist(), second.tolist(), strict=True)))
        graph.add_nodes_from(range(count))
        parts = {False: nx.weakly_connected_components(graph), True: nx.strongly_connected_components(graph)}
        for strong, theirs in parts.items():
            labels = linked_labels(first, second, count=count, strong=strong)
            ours = {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}
            assert ours == {frozenset(part) for part in theirs}

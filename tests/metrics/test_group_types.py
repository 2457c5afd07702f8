"""Evidence for the five group types: the demo bank's groups, closed forms, chance, refusals."""

from math import comb

import numpy as np
import pandas as pd
import pytest

from microlib.bank.slices import read_branch
from microlib.contracts.segments import GROUP_TYPES, read_segments
from microlib.errors import BadData, EmptyBook
from microlib.metrics.evidences import customer_evidence
from microlib.metrics.group_types import FACTORS, group_labels, main_enhancers, peak_months, type_evidence
from microlib.metrics.segments import assign_segments


def population(values, members):
    """One factor over a population; the first so many are the group."""
    factors = pd.DataFrame({"customer_id": [f"C{i}" for i in range(len(values))], "venue_id": values})
    return factors.head(members)[["customer_id"]].assign(segment="g"), factors


def measured(values, members, **options):
    return type_evidence(*population(values, members), **options).iloc[0]


# planted


def test_markets_are_places_suppliers_are_derived_and_the_chamber_is_a_channel(demo_home, root):
    book = read_branch(demo_home, branch="0755", as_of="2026-06-30")
    evidence = customer_evidence(
        book["customers"], book["loans"], None, book["venue_rosters"], book["core_enterprises"]
    )
    members = assign_segments(evidence, segments=read_segments(root / "data" / "segments"))
    factors = evidence.merge(main_enhancers(book["loans"], book["guarantees"]), on="customer_id", how="left")
    labels = group_labels(type_evidence(members, factors)).set_index("segment")["group_types"]
    wanted = {"hardware_market": "shared_place", "hospital_suppliers": "derived", "chamber_members": "channel"}
    assert {name: labels[name] for name in wanted} == wanted


# closed form


def test_lift_is_the_chance_of_a_shared_value_over_that_of_everybody():
    found = measured(["a"] * 4 + ["b"] * 2 + ["a"] * 2 + [None] * 12, 6)
    assert found.pair_share == pytest.approx((comb(4, 2) + comb(2, 2)) / comb(6, 2))
    assert found.population_pair_share == pytest.approx((comb(6, 2) + comb(2, 2)) / comb(20, 2))
    assert found.lift_ratio == pytest.approx(found.pair_share / found.population_pair_share)
    assert (found.top_value, found.top_count, found.known_count) == ("a", 4, 6)
    assert found.coverage_share == pytest.approx(4 / 6) and found.coverage_low < 4 / 6 < found.coverage_high


def test_balances_of_the_top_value_are_a_share_of_the_groups():
    members, factors = population(["a", "a", "b"] + [None] * 20, 3)
    found = type_evidence(members, factors.assign(balance_yuan=[10.0, 20.0, 70.0] + [0.0] * 20)).iloc[0]
    assert found.balance_share == 0.3


def test_everybody_alike_is_no_evidence():
    found = measured(["a"] * 40, 10)
    assert (found.lift_ratio, found.p_value, found.is_evident) == (1, 1, False)


def test_one_member_or_none_known_has_no_likeness():
    assert np.isnan(measured(["a", "a", "b"], 1).lift_ratio)
    found = measured([None] * 5 + ["a"] * 5, 5)
    assert (found.lift_ratio, found.p_value, found.known_count) == (0, 1, 0) and pd.isna(found.top_value)


def test_several_types_may_hold_at_once():
    members, factors = population(["a"] * 10 + [None] * 90, 10)
    found = type_evidence(members, factors.assign(channel=["x"] * 10 + [None] * 90))
    assert group_labels(found)["group_types"].item() == "shared_place+channel"


def test_the_enhancer_of_the_largest_part_and_the_month_of_the_largest_mean():
    loans = pd.DataFrame(
        {"loan_id": ["1", "2", "3"], "customer_id": ["C1", "C1", "C2"], "balance_yuan": [1.0, 1.0, 0.0]}
    )
    vouched = pd.DataFrame({"loan_id": ["1", "1", "2", "3"], "guarantor_id": ["G1", "G2", "G1", "G1"],
                            "amount_yuan": [3.0, 5.0, 3.0, 9.0]})  # fmt: skip
    assert main_enhancers(loans, vouched).values.tolist() == [["C1", "G1"]]
    flows = pd.DataFrame(
        {"customer_id": "C1", "month": ["2025-02", "2026-02", "2026-03"], "inflow_yuan": [9.0, 1.0, 6.0]}
    )
    assert peak_months(flows)["peak_month"].tolist() == ["03"]


# laws


def test_groups_drawn_at_random_are_evident_as_rarely_as_the_p_value_says():
    rng, low = np.random.default_rng(8), 0
    values = rng.choice(list("abcdefghij"), 400)
    for _ in range(200):
        members, factors = population(rng.permutation(values), 30)
        low += type_evidence(members, factors, draws=199)["p_value"].item() < 0.05
    assert low <= 0.09 * 200


def test_names_and_order_change_nothing_and_nothing_is_altered(unchanged):
    members, factors = population(["a"] * 6 + ["b"] * 4 + [None] * 30, 8)
    with unchanged(members, factors):
        one = type_evidence(members, factors)
    renamed = factors.assign(venue_id=factors["venue_id"].map({"a": "x", "b": "y"})).sample(frac=1, random_state=1)
    other = type_evidence(members.iloc[::-1], renamed)
    pd.testing.assert_frame_equal(one.drop(columns="top_value"), other.drop(columns="top_value"))


def test_every_factor_speaks_for_one_of_the_five():
    assert set(FACTORS.values()) == set(GROUP_TYPES)


# refusals


def test_what_shows_no_likeness_is_refused():
    members, factors = population(["a"] * 5, 3)
    with pytest.raises(BadData, match="twice"):
        type_evidence(members, pd.concat([factors, factors]))
    with pytest.raises(BadData, match="no factor"):
        type_evidence(members, factors[["customer_id"]])
    with pytest.raises(BadData, match="draws"):
        type_evidence(members, factors, draws=10)
    with pytest.raises(EmptyBook, match="no member"):
        type_evidence(members.assign(customer_id="nobody"), factors)

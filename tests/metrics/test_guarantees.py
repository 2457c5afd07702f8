"""Guarantee circles, areas, burdens and covers."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.guarantees import (
    first_round_covers,
    guarantee_areas,
    guarantee_burdens,
    guarantee_circles,
    guarantee_cycles,
    guarantee_edges,
    guarantee_stars,
    mutual_guarantees,
)

ARROWS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30)


def edges(*arrows):
    rows = [(one, two, 1e5, 1) for one, two in arrows]
    return pd.DataFrame(rows, columns=["guarantor_id", "borrower_id", "guaranteed_yuan", "loans_count"])


REFERENCE = edges(
    *[arrow.split(">") for arrow in ["A>B", "B>A", "B>C", "C>D", "D>B", "E>D", "F>G", "H>I", "I>J", "J>H"]]
)


def book(**worth):
    """L1 of C1 (400,000) guaranteed by G1 and C2, L2 of C2 (200,000) by C1."""
    guarantees = pd.DataFrame({
        "loan_id": ["L1", "L1", "L2"], "guarantor_id": ["G1", "C2", "C1"], "amount_yuan": [4e5, 1e5, 3e5],
        "net_worth_yuan": [worth.get("g1", 1e5), worth.get("c2", 5e4), worth.get("c1", 1e6)],
    })  # fmt: skip
    loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": [4e5, 2e5]})
    return guarantees, loans


# published


def test_circles_of_the_reference_graph():
    """TV-D6: strongly connected {A,B,C,D} and {H,I,J}."""
    found = guarantee_circles(REFERENCE).set_index("circle_id")
    assert found["shape"].to_dict() == {"A": "web", "H": "ring"}
    assert found["mutual_count"].to_dict() == {"A": 1, "H": 0}


def test_cycles_and_mutual_pairs_of_the_reference_graph():
    """TV-D6: simple cycles {A,B}, {B,C,D}, {H,I,J}; mutual (A,B)."""
    assert guarantee_cycles(REFERENCE)["cycle"].tolist() == ["A>B", "B>C>D", "H>I>J"]
    assert mutual_guarantees(REFERENCE)[["customer_id_a", "customer_id_b"]].to_numpy().tolist() == [["A", "B"]]


def test_areas_of_the_reference_graph():
    """TV-D6: weakly connected {A..E}, {F,G}, {H,I,J}."""
    found = guarantee_areas(REFERENCE).set_index("area_id")
    assert found["members_count"].to_dict() == {"A": 5, "F": 2, "H": 3}
    assert found["shape"].to_dict() == {"A": "mixed", "F": "pair", "H": "circle"}
    assert found["chain"].to_dict() == {"A": "E>A", "F": "F>G", "H": "H"}


# closed form


@pytest.mark.parametrize(
    ("arrows", "shape", "chain"),
    [
        (["MA", "MB", "MC"], "star", 1),
        (["AM", "BM", "CM"], "fan", 1),
        (["AB", "BC", "CD"], "chain", 3),
        (["AB", "BC", "CA"], "circle", 0),
        (["AB", "BA"], "circle", 0),
        (["AB", "BC", "CD", "AE"], "mixed", 3),
        (["AB", "BA", "BC", "XA"], "mixed", 2),
    ],
)
def test_shapes_and_longest_chains(arrows, shape, chain):
    found = guarantee_areas(edges(*arrows)).iloc[0]
    assert (found["shape"], found["chain_count"]) == (shape, chain)


def test_a_guarantee_counts_up_to_the_balance_that_is_left():
    guarantees, loans = book()
    loans = loans.assign(balance_yuan=[5e4, 0.0])
    found = guarantee_edges(guarantees, loans).set_index("guarantor_id")["guaranteed_yuan"]
    assert found.to_dict() == {"C2": 5e4, "G1": 5e4}


def test_nobody_stands_for_themselves():
    guarantees, loans = book()
    assert guarantee_edges(guarantees.assign(guarantor_id=["C1", "C1", "C2"]), loans).empty


def test_a_star_is_three_borrowers():
    found = guarantee_stars(edges("MA", "MB", "MC", "NA", "NB"))
    assert found["guarantor_id"].tolist() == ["M"]
    assert guarantee_stars(edges("MA", "MB"), least_borrowers=2)["guaranteed_yuan"].tolist() == [2e5]


def test_burdens_set_guarantees_against_worth():
    found = guarantee_burdens(*book()).set_index("guarantor_id")
    assert found["burden_ratio"].to_dict() == {"G1": 4.0, "C2": 2.0, "C1": 0.2}
    assert found["is_over"].to_dict() == {"G1": True, "C2": True, "C1": False}
    assert found.loc["C1", ["given_yuan", "received_yuan", "own_debt_yuan"]].tolist() == [2e5, 5e5, 4e5]


def test_unknown_worth_is_not_taken_as_fine_and_none_is_too_little():
    found = guarantee_burdens(*book(g1=np.nan, c2=-1.0)).set_index("guarantor_id")
    assert pd.isna(found.loc["G1", "is_over"]) and np.isnan(found.loc["G1", "burden_ratio"])
    assert found.loc["C2", "burden_ratio"] == np.inf and found.loc["C2", "is_over"]


def test_the_smallest_worth_on_file_counts():
    guarantees, loans = book()
    twice = guarantees.assign(guarantor_id="G1", net_worth_yuan=[1e6, 2e5, 3e5])
    row = guarantee_burdens(twice, loans).iloc[0]
    assert (row.net_worth_yuan, row.worth_count) == (2e5, 3)


def test_the_first_round_pays_what_guarantors_own_and_breaks_those_who_owe_more():
    """C1 fails: G1 pays 100,000 of 400,000, C2 50,000 of 100,000; both are broken, C2 owes us 200,000."""
    found = first_round_covers(*book()).set_index("borrower_id")
    row = found.loc["C1"]
    assert (row.covered_yuan, row.cover_share, row.broken_count, row.exposed_yuan) == (1.5e5, 0.375, 2, 2e5)
    assert found.loc["C2", ["cover_share", "broken_count"]].tolist() == [1.0, 0.0]


def test_a_guarantor_of_unknown_worth_covers_nothing_and_is_counted():
    row = first_round_covers(*book(g1=np.nan)).set_index("borrower_id").loc["C1"]
    assert (row.unknown_count, row.covered_yuan, row.broken_count) == (1, 5e4, 1)


# laws


def drawn(arrows):
    return edges(*{(f"C{a}", f"C{b}") for a, b in arrows if a != b})


@settings(deadline=None, max_examples=40)
@given(ARROWS)
def test_circles_and_cycles_are_those_of_an_independent_library(arrows):
    frame = drawn(arrows)
    graph = nx.DiGraph(list(zip(frame["guarantor_id"], frame["borrower_id"], strict=True)))
    ours = set(guarantee_circles(frame)[["circle_id", "members_count"]].itertuples(index=False, name=None))
    parts = (part for part in nx.strongly_connected_components(graph) if len(part) > 1)
    assert ours == {(min(part), len(part)) for part in parts}
    if len(arrows) <= 16:
        theirs = {frozenset(cycle) for cycle in nx.simple_cycles(graph, length_bound=4)}
        assert {frozenset(cycle.split(">")) for cycle in guarantee_cycles(frame, longest=4)["cycle"]} == theirs


@settings(deadline=None, max_examples=40)
@given(ARROWS)
def test_areas_hold_every_guarantee_once_and_their_chain_is_the_longest(arrows):
    frame = drawn(arrows)
    graph = nx.DiGraph(list(zip(frame["guarantor_id"], frame["borrower_id"], strict=True)))
    found = guarantee_areas(frame)
    assert found["guaranteed_yuan"].sum() == pytest.approx(frame["guaranteed_yuan"].sum())
    assert sorted(found["members_count"]) == sorted(len(part) for part in nx.weakly_connected_components(graph))
    shrunk = nx.condensation(graph) if len(graph) else graph
    assert found["chain_count"].max() == nx.dag_longest_path_length(shrunk) if len(graph) else found.empty


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0.0, 1e6), min_size=3, max_size=3), st.floats(1.0, 10.0))
def test_richer_guarantors_never_cover_less(worth, times):
    names = dict(zip(("g1", "c2", "c1"), worth, strict=True))
    poor, rich = (first_round_covers(*book(**{k: v * x for k, v in names.items()})) for x in (1.0, times))
    one, two = (frame.set_index("borrower_id")["cover_share"].sort_index() for frame in (poor, rich))
    assert (two >= one - 1e-12).all() and two.between(0.0, 1.0).all()


def test_the_frames_given_are_not_altered(unchanged):
    guarantees, loans = book()
    with unchanged(guarantees, loans, REFERENCE):
        guarantee_burdens(guarantees, loans), first_round_covers(guarantees, loans)
        guarantee_areas(REFERENCE), guarantee_circles(REFERENCE), guarantee_cycles(REFERENCE)


# refusals and degenerate input


def test_too_dense_a_circle_is_refused():
    names = [f"C{n:02d}" for n in range(14)]
    with pytest.raises(BadData, match="more than 10,000 cycles"):
        guarantee_cycles(edges(*[(a, b) for a in names for b in names if a != b]))


def test_a_ratio_of_nothing_is_refused():
    with pytest.raises(BadData, match="not above zero"):
        guarantee_burdens(*book(), most_ratio=0.0)


def test_without_guarantees_there_is_nothing_to_find():
    guarantees, loans = book()
    none = guarantee_edges(guarantees.iloc[:0], loans)
    for measure in (guarantee_circles, guarantee_areas, guarantee_cycles, guarantee_stars):
        assert measure(none).empty
    assert guarantee_burdens(guarantees.iloc[:0], loans).empty and first_round_covers(guarantees.iloc[:0], loans).empty

"""Truths planted in the demo bank: the split borrower found, innocent look-alikes never accused, the ring found."""

import json
from types import SimpleNamespace

import pytest

from microlib.bank.demo import ties
from microlib.bank.demo.worlds import AS_OF
from microlib.bank.slices import read_branch
from microlib.metrics.connections.checklists import link_checklist
from microlib.metrics.connections.groups import connected_groups
from microlib.metrics.connections.guarantee_circles import circle_members, guarantee_circles
from microlib.metrics.connections.guarantee_edges import guarantee_cycles, guarantee_edges, guarantee_stars
from microlib.metrics.connections.reasons import common_values, explained_links
from microlib.metrics.connections.shared_values import shared_links
from microlib.metrics.connections.splits import split_loans
from microlib.metrics.connections.weights import link_weights


def connected(book, customer_links):
    shared = shared_links(book["customers"], book["loans"], book["guarantees"], book["collateral_links"])
    weighted = link_weights(customer_links, shared, as_of=AS_OF)
    links = explained_links(weighted, book["customers"], book["loans"], book["guarantees"])
    pairs = link_checklist(links, book["customers"])
    members = connected_groups(pairs, unexplained=True)
    split = split_loans(members, book["loans"], book["branches"])
    return SimpleNamespace(links=links, pairs=pairs, found=set(split["customer_id"]))


def innocent(truth):
    named = truth["innocent_lookalikes"].values()
    return {who for group in named for one in group for who in (one if isinstance(one, list) else [one])}


def accused(result):
    pairs = result.pairs[result.pairs["status"] != "ruled_out"]
    return set(pairs["customer_id_a"]) | set(pairs["customer_id_b"])


@pytest.fixture(scope="module")
def demo(demo_home):
    truth = json.loads((demo_home / "truth.json").read_text(encoding="utf-8"))
    return read_branch(demo_home, branch="0755", as_of="2026-06-30"), truth


@pytest.mark.parametrize("seed", range(1, 11))
def test_the_split_group_is_found_and_no_innocent_is_accused(seed, lived):
    """Two branches, a twentieth of their customers; precision and recall at least .9 on each seed."""
    world = lived(seed)
    for stage in ties.STAGES:
        stage(world)
    result = connected(world.frames, world.frames["customer_links"])
    planted = set(world.truth["split_groups"][0]["customer_ids"])
    assert len(result.found & planted) >= 0.9 * max(len(planted), len(result.found))
    assert not accused(result) & innocent(world.truth)


@pytest.mark.parametrize("changes", [{}, {"strength_share": float("nan")}])
def test_the_whole_branch_gives_the_same_answer_even_without_strengths(demo, changes):
    book, truth = demo
    result = connected(book, book["customer_links"].assign(**changes))
    assert result.found == set(truth["split_groups"][0]["customer_ids"])
    assert not accused(result) & innocent(truth)


def test_the_group_is_found_without_the_company_behind_it(demo):
    book, truth = demo
    links = book["customer_links"]
    result = connected(book, links[links["link_type"] != "controller"])
    assert result.found == set(truth["split_groups"][0]["customer_ids"])


def test_every_common_value_of_the_branch_is_explained(demo):
    common = common_values(connected(demo[0], demo[0]["customer_links"]).links)
    reasons = {"accountant_phone", "shared_agent", "market_as_guarantor"}
    assert set(common["reason_code"]) == reasons and set(common["status"]) == {"ruled_out"}


def test_the_guarantee_ring_with_its_mutual_pair_is_the_only_circle(demo):
    book, truth = demo
    edges = guarantee_edges(book["guarantees"], book["loans"])
    ring = truth["guarantee_ring"]["customer_ids"]
    assert sorted(circle_members(edges)["customer_id"]) == sorted(ring)
    assert guarantee_circles(edges)["mutual_count"].tolist() == [1]
    assert guarantee_cycles(edges)["members_count"].tolist() == [2, 4]


def test_the_market_is_the_largest_star(demo):
    book, truth = demo
    stars = guarantee_stars(guarantee_edges(book["guarantees"], book["loans"]))
    assert stars["guarantor_id"].iloc[0] == truth["market_as_guarantor"]["guarantor_id"]

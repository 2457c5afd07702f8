"""Truths planted in the demo bank: the split borrower found, innocent look-alikes never accused, the ring found.

Truths planted in the demo bank: papers never used, who passes online, how lines are drawn.
Truths planted in the demo bank: who belongs where, who depends on whom, whose season is whose, market sizes.
What the demo bank hides is found again by the measures of quality and of page 1.
"""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from microlib.bank.branch import read_branch
from microlib.contracts.segment import read_segments
from microlib.demo.build import stages
from microlib.demo.world import AS_OF
from microlib.metrics.arrears import loans_turning_bad, maturing, stressed_renewals
from microlib.metrics.connections import connected_groups, link_weights, shared_links
from microlib.metrics.guarantees import (
    guarantee_circles,
    guarantee_cycles,
    guarantee_edges,
    guarantee_stars,
)
from microlib.metrics.income import income_shares, yearly_incomes
from microlib.metrics.links import common_values, explained_links, link_checklist, split_loans
from microlib.metrics.market import venue_populations
from microlib.metrics.rhythm import bank_rhythms, monthly_flows, monthly_lending, without_push
from microlib.metrics.segments import assign_segments, customer_evidence
from microlib.metrics.service import line_uses, online_passes, paper_uses, stage_times, swap_set
from microlib.stats.seasonality import credit_seasons


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
    for stage in stages("structure"):
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
    found = guarantee_circles(edges)
    assert found[["circle_id", "members_count", "mutual_count"]].to_numpy().tolist() == [[min(ring), len(ring), 1]]
    assert guarantee_cycles(edges)["members_count"].tolist() == [2, 4]


def test_the_market_is_the_largest_star(demo):
    book, truth = demo
    stars = guarantee_stars(guarantee_edges(book["guarantees"], book["loans"]))
    assert stars["guarantor_id"].iloc[0] == truth["market_as_guarantor"]["guarantor_id"]


@pytest.fixture(scope="module")
def planted(demo_home):
    book = read_branch(demo_home, branch="0755", as_of="2026-06-30")
    return SimpleNamespace(book=book, truth=json.loads((demo_home / "truth.json").read_text(encoding="utf-8")))


def test_the_papers_that_never_change_a_decision_are_the_ones_to_drop(planted):
    found = paper_uses(planted.book["application_documents"], most_share=0.01).set_index("document")
    assert set(found.index[found["finding"] == "drop"]) == set(planted.truth["services"]["never_used"])


def test_every_papers_planted_use_lies_in_its_bounds_but_for_chance(planted):
    found = paper_uses(planted.book["application_documents"], most_share=0.01).set_index("document")
    decided = planted.book["applications"]["decision"].isin(["approved", "partly_approved", "refused"]).mean()
    rate = found.index.map(planted.truth["services"]["documents"]) * decided
    inside = (found["changed_low"] - 1e-9 <= rate) & (rate <= found["changed_high"] + 1e-9)
    assert inside.sum() >= len(found) - 2


def test_the_online_pass_rate_is_the_planted_one(planted):
    people = planted.book["online_screens"].merge(planted.book["customers"][["customer_id", "venue_id"]])
    truth = planted.truth["services"]["online"]
    stall = online_passes(people[people["venue_id"].notna()]).iloc[0]
    assert stall["pass_low"] <= truth["shy_pass_share"] <= stall["pass_high"]


def test_those_the_check_refused_do_no_worse_offline(planted):
    found = swap_set(planted.book["online_screens"], planted.book["loans"], online_products=("P01",)).iloc[0]
    assert found["difference_low"] < 0 < found["difference_high"]


def test_whole_year_lines_show_the_pattern_they_were_given(planted):
    found = line_uses(planted.book["facility_months"], planted.book["loans"], as_of=planted.book.as_of)
    whole = found[found["months_count"] == 12]
    truth = whole["facility_id"].map(planted.truth["line_patterns"])
    assert len(whole) > 20 and (whole["pattern"] == truth).mean() > 0.95


def test_the_slow_branch_promises_twice_as_many_days_for_the_survey(demo_home, planted):
    slow = read_branch(demo_home, branch=planted.truth["slow_branch"]["branch_id"], as_of="2026-06-30")
    both = [stage_times(book["applications"]).set_index("stage") for book in (slow, planted.book)]
    assert both[0].loc["survey", "promise_days_low"] > both[1].loc["survey", "promise_days_high"] * 1.5


PLANTED = {
    "hardware_market": ["hardware_market"], "decoration_trades": ["decoration"],
    "hospital_suppliers": ["hospital_one", "hospital_two"], "chamber_members": ["chamber"],
}  # fmt: skip


@pytest.fixture(scope="module")
def planted_group_truth(demo_home):
    return json.loads((demo_home / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def branch(demo_home, root):
    book = read_branch(demo_home, branch="0755", as_of="2026-06-30")
    incomes = yearly_incomes(book["customers"], book["invoices"], book["flow_months"], as_of=book.as_of)
    shares = income_shares(book["core_payables"], incomes, as_of=book.as_of)
    evidence = customer_evidence(
        book["customers"], book["loans"], shares, book["venue_rosters"], book["core_enterprises"]
    )
    segments = read_segments(root / "data" / "segments")
    members = assign_segments(evidence, segments=segments)
    families = {segment.code: segment.family for segment in segments}
    return SimpleNamespace(book=book, shares=shares, members=members, families=families)


@pytest.mark.parametrize("segment", PLANTED)
def test_members_are_found_and_strangers_are_not(branch, planted_group_truth, segment):
    ours = set(branch.book["customers"]["customer_id"])
    planted = {who for name in PLANTED[segment] for who in planted_group_truth["groups"][name]["customer_ids"]} & ours
    found = set(branch.members.loc[branch.members["segment"] == segment, "customer_id"])
    assert len(found & planted) >= 0.9 * len(planted)
    assert segment == "chamber_members" or len(found & planted) >= 0.9 * len(found)


def test_customers_who_depend_on_a_hospital_are_found_and_no_other(branch, planted_group_truth):
    known = branch.shares[branch.shares["core_id"].eq("H01") & branch.shares["income_share"].notna()]
    found = set(known.loc[known["income_share"] >= 0.5, "customer_id"])
    planted = set(planted_group_truth["dependence"]["H01"]["dependent_ids"]) & set(known["customer_id"])
    assert len(found & planted) >= 0.9 * len(found) and len(found & planted) >= 0.9 * len(planted)


def test_the_banks_rhythm_is_told_from_the_seasons_of_the_groups(branch):
    lending = monthly_lending(branch.book["loans"], branch.members, until="2026-06")
    flows = credit_seasons(monthly_flows(branch.book["flow_months"], branch.members))
    raw, clean = credit_seasons(lending), credit_seasons(without_push(lending))
    reasons = bank_rhythms(raw, clean, flows, families=branch.families).set_index("segment")["reason"]
    assert reasons[["hospital_suppliers", "chamber_members"]].eq("bank_rhythm").all()
    assert reasons[["hardware_market", "decoration_trades"]].eq("own_season").all()
    assert clean.set_index("segment").loc["hardware_market", "peak_month"] == 12


def test_the_market_of_two_lists_has_its_true_size(branch, planted_group_truth):
    found = venue_populations(branch.book["venue_rosters"]).set_index("venue_id").loc["V01"]
    assert found.both_count == planted_group_truth["venue_populations"]["V01"]["both_count"]
    assert (
        found.population_low
        <= planted_group_truth["venue_populations"]["V01"]["members_count"]
        <= found.population_high
    )


PLANTED_TRUTH_AS_OF = "2026-06-30"


@pytest.fixture(scope="module")
def planted_truth_truth(demo_home):
    return json.loads((demo_home / "truth.json").read_text(encoding="utf8"))


@pytest.fixture(scope="module")
def books(demo_home, planted_truth_truth):
    return [
        read_branch(demo_home, branch=branch, as_of=PLANTED_TRUTH_AS_OF) for branch in planted_truth_truth["branches"]
    ]


def test_renewals_that_hide_arrears_are_found_and_compliant_ones_left_alone(books, planted_truth_truth):
    found = pd.concat(
        [stressed_renewals(book["loans"], book["loan_months"], as_of=PLANTED_TRUTH_AS_OF) for book in books]
    )
    hiding = planted_truth_truth["renewals_hiding_arrears"]
    told = set(hiding["all"]) - set(hiding["rolled_without_cash"])  # those need a DSCR
    live, stressed = set(found.loan_id), set(found.loc[found.state == "stressed", "loan_id"])
    assert len(stressed & set(hiding["all"])) >= 0.95 * len(stressed)
    assert len(stressed & told) >= 0.95 * len(told & live)
    assert len(stressed & set(planted_truth_truth["renewals_compliant"])) <= 0.01 * len(live)


def test_rollovers_without_known_coverage_are_left_open(books, planted_truth_truth):
    found = pd.concat(
        [stressed_renewals(book["loans"], book["loan_months"], as_of=PLANTED_TRUTH_AS_OF) for book in books]
    )
    rolled = found[found.loan_id.isin(planted_truth_truth["rolled_over_with_cash"])]
    assert len(rolled) and set(rolled.state) == {"unknown"}


def test_every_loan_that_crosses_90_days_is_listed_with_its_day(books, planted_truth_truth):
    found = pd.concat([loans_turning_bad(book["loans"], as_of=PLANTED_TRUTH_AS_OF) for book in books])
    days = dict(zip(found.loan_id, found.crossing_date.dt.strftime("%Y-%m-%d"), strict=True))
    assert days == planted_truth_truth["crossing_90_before_next_month_end"]


def test_what_matures_is_counted_exactly(books, planted_truth_truth):
    parts = pd.concat([maturing(book["loans"], as_of=PLANTED_TRUTH_AS_OF) for book in books])
    found = parts.groupby("horizon_days").sum(numeric_only=True)
    for days in (30, 60, 90):
        row, unsure = found.loc[days], len(planted_truth_truth[f"maturing_{days}_unconfirmed"])
        assert row.loans_count == len(planted_truth_truth[f"maturing_{days}"])
        assert row.unconfirmed_loans_count + row.unknown_loans_count == unsure

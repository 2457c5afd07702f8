"""Truths planted in the demo bank: who belongs where, who depends on whom, whose season is whose, market sizes."""

import json
from types import SimpleNamespace

import pytest

from microlib.bank.slices import read_branch
from microlib.contracts.segments import read_segments
from microlib.metrics.evidences import customer_evidence
from microlib.metrics.incomes import income_shares, yearly_incomes
from microlib.metrics.monthly_amounts import monthly_flows, monthly_lending
from microlib.metrics.populations import venue_populations
from microlib.metrics.rhythms import bank_rhythms, without_push
from microlib.metrics.seasons import credit_seasons
from microlib.metrics.segments import assign_segments

PLANTED = {
    "hardware_market": ["hardware_market"], "decoration_trades": ["decoration"],
    "hospital_suppliers": ["hospital_one", "hospital_two"], "chamber_members": ["chamber"],
}  # fmt: skip


@pytest.fixture(scope="module")
def truth(demo_home):
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
def test_members_are_found_and_strangers_are_not(branch, truth, segment):
    ours = set(branch.book["customers"]["customer_id"])
    planted = {who for name in PLANTED[segment] for who in truth["groups"][name]["customer_ids"]} & ours
    found = set(branch.members.loc[branch.members["segment"] == segment, "customer_id"])
    assert len(found & planted) >= 0.9 * len(planted)
    assert segment == "chamber_members" or len(found & planted) >= 0.9 * len(found)


def test_customers_who_depend_on_a_hospital_are_found_and_no_other(branch, truth):
    known = branch.shares[branch.shares["core_id"].eq("H01") & branch.shares["income_share"].notna()]
    found = set(known.loc[known["income_share"] >= 0.5, "customer_id"])
    planted = set(truth["dependence"]["H01"]["dependent_ids"]) & set(known["customer_id"])
    assert len(found & planted) >= 0.9 * len(found) and len(found & planted) >= 0.9 * len(planted)


def test_the_banks_rhythm_is_told_from_the_seasons_of_the_groups(branch):
    lending = monthly_lending(branch.book["loans"], branch.members, until="2026-06")
    flows = credit_seasons(monthly_flows(branch.book["flow_months"], branch.members))
    raw, clean = credit_seasons(lending), credit_seasons(without_push(lending))
    reasons = bank_rhythms(raw, clean, flows, families=branch.families).set_index("segment")["reason"]
    assert reasons[["hospital_suppliers", "chamber_members"]].eq("bank_rhythm").all()
    assert reasons[["hardware_market", "decoration_trades"]].eq("own_season").all()
    assert clean.set_index("segment").loc["hardware_market", "peak_month"] == 12


def test_the_market_of_two_lists_has_its_true_size(branch, truth):
    found = venue_populations(branch.book["venue_rosters"]).set_index("venue_id").loc["V01"]
    assert found.both_count == truth["venue_populations"]["V01"]["both_count"]
    assert found.population_low <= truth["venue_populations"]["V01"]["members_count"] <= found.population_high

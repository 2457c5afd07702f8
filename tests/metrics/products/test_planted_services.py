"""Truths planted in the demo bank: papers never used, who passes online, how lines are drawn."""

import json
from types import SimpleNamespace

import pytest

from microlib.bank.slices import read_branch
from microlib.metrics.products.line_uses import line_uses
from microlib.metrics.products.papers import paper_uses
from microlib.metrics.products.screens import online_passes, swap_set
from microlib.metrics.products.stage_times import stage_times


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

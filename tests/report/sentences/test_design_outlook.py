"""What the later pages of a product's report say: the sentence follows the result, never the other way."""

import pandas as pd
import pytest

from microlib.report.sentences import design_outlook
from microlib.report.sentences.design_outlook import (
    breaking_points,
    checklist,
    checklist_open,
    programme,
    rate_steps,
    rules_waiting,
    scenarios,
    selling_points,
    versions,
)
from microlib.report.words import Words


def said(sentences):
    found = sentences if isinstance(sentences, list) else [sentences]
    for each in found:
        assert all(Words(lang).sentence(each.key, **each.values) for lang in ("zh", "en"))
    return [each.key for each in found]


def test_a_change_without_a_reason_is_told_and_a_wording_counts_once() -> None:
    log = pd.DataFrame({"version": [2]})
    rows = [("a.said.zh", "neutral", ""), ("a.said.en", "neutral", ""), ("limit.cap_yuan", "widens", "x")]
    changes = pd.DataFrame(rows, columns=["place", "effect", "reason_zh"]).assign(against="v1")
    found = versions(log, changes=changes)
    assert said(found) == ["version_unexplained"]
    assert (found.values["changes_count"], found.values["unexplained_count"]) == (2, 1)
    assert said(versions(log, changes=changes.head(0))) == ["version_first"]


@pytest.mark.parametrize(("loss", "margins", "key"), [(0.0, 0.0, "stress_none"), (1e6, 2.0, "stress_worst"),
                                                      (1e6, float("nan"), "stress_worst_no_margin")])  # fmt: skip
def test_the_worst_scenario_is_said_with_or_without_a_margin(loss, margins, key) -> None:
    rows = [("base", 0.0), ("core_fails", loss), ("worst_together", loss)]
    found = pd.DataFrame(rows, columns=["scenario", "loss_high_yuan"]).assign(
        state="computed", lines_count=5, short_count=2, loss_low_yuan=0.0, margins_ratio=margins, unknown_count=0
    )
    assert said(scenarios(found)) == [key]


def test_what_breaks_is_told_in_its_own_unit() -> None:
    rows = [("a", "income_share", "breaks", 0.2), ("b", "months", "breaks", 1.5), ("c", "rate_rise", "holds", None)]
    found = pd.DataFrame(rows, columns=["driver", "varies", "state", "breaking_value"]).assign(margin_yuan=5e5)
    assert said(breaking_points(found)) == ["year_margin", "breaks_share", "breaks_months", "breaks_holds"]


@pytest.mark.parametrize(
    ("moved", "key"), [(0.1, "programme_heavier"), (-0.1, "programme_lighter"), (0.0, "programme_steady")]
)
def test_the_heaviest_source_rises_falls_or_stays(moved, key) -> None:
    totals = pd.DataFrame({"customers_count": [3], "allocated_yuan": [1e6], "profit_yuan": [1e4]})
    spread = pd.DataFrame({"source_id": ["H1"], "before_share": [0.5], "after_share": [0.5 + moved],
                           "moved_share": [moved]})  # fmt: skip
    assert said(programme(totals, rules=pd.DataFrame(), spread=spread)) == [key]


def test_only_an_advantage_over_real_peers_is_a_claim() -> None:
    rows = [("used_rate", "best", True), ("approval_days", "best", False), ("fees_yuan", "behind", False)]
    points = pd.DataFrame(rows, columns=["measure", "finding", "is_allowed"])
    assert said(selling_points(points)) == ["claims", "claims_shape", "claims_behind"]
    assert said(selling_points(points.iloc[2:])) == ["claims_none", "claims_behind"]


def test_a_discount_ends_at_the_floor() -> None:
    steps = pd.DataFrame({"step_points": [0], "margin_rate": [0.00083], "yearly_rate": [0.0435], "eva_yuan": [8e3]})
    found = rate_steps(steps)
    assert found.key == "discount" and found.values["room_points"] == 8
    assert said(rate_steps(steps.assign(margin_rate=-0.001))) == ["discount_none"]


def test_a_broken_rule_stands_in_the_title_and_an_open_one_is_no_green_light() -> None:
    rules = pd.DataFrame({"id": ["R01", "R02"], "state": ["fail", "unknown"], "evidence": ["x", "person"]})
    assert said(design_outlook.rules(rules)) == ["rules_broken"]
    assert said(design_outlook.rules(rules.iloc[1:])) == ["rules_kept"]
    assert said(rules_waiting(rules)) == ["rules_by_hand"]


def test_what_blocks_is_named_by_who_must_act() -> None:
    items = pd.DataFrame({"item": ["a", "b", "c"], "answer": ["no", "open", "yes"], "blocks": [True, True, False]})
    assert said(checklist(items)) == ["checklist_blocked"]
    assert said(checklist_open(items)) == ["checklist_no", "checklist_open"]
    assert said(checklist_open(items.iloc[2:])) == ["checklist_ready"]

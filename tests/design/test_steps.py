"""Design steps in order: a later one waits for the earlier one's result; the log cannot be edited unseen."""

import shutil

import pandas as pd
import pytest

from microlib.design.steps import (
    Decision,
    log_path,
    opportunity_sheet,
    opportunity_verdicts,
    read_log,
    record_decision,
    unserved_needs,
)
from microlib.design.supply import read_supply_policy
from microlib.errors import BadConfig, BadData

DAY = "2026-06-30"


@pytest.fixture
def home(root, tmp_path):
    """A home with steps and the results of two reports."""
    shutil.copytree(root / "data" / "policies", tmp_path / "data" / "policies")
    for report, table in (("4_supply_chain", "opportunity_verdicts"), ("2_segment_analysis", "segment_sizes")):
        folder = tmp_path / "reports" / DAY / "0755" / report / "zh" / "results"
        folder.mkdir(parents=True)
        (folder / f"{table}.csv").write_text("x\n1\n", encoding="utf8")
    return tmp_path


def decided(home, step, action="do", reason="因为"):
    return record_decision(home, Decision("hospital_supplier", "0755", step, action, reason), as_of=DAY)


def test_a_decision_is_recorded_with_its_evidence(home):
    log = decided(home, "opportunity")
    row = decided(home, "groups").iloc[-1]
    assert log["evidence_state"].tolist() == ["as_recorded"]
    assert (row.number, row.step) == (2, "groups") and row.evidence_path.endswith("segment_sizes.csv")


def test_a_later_step_waits_for_the_earlier_ones_result(home):
    with pytest.raises(BadConfig, match="groups waits for the result of opportunity") as refused:
        decided(home, "groups")
    assert "microlib design step" in refused.value.fix
    assert not log_path(home, product="hospital_supplier", branch="0755").exists()


def test_what_was_decided_against_goes_no_further(home):
    decided(home, "opportunity", "stop")
    with pytest.raises(BadConfig, match="was decided as stop"):
        decided(home, "groups")


def test_evidence_that_has_changed_must_be_decided_anew(home):
    row = decided(home, "opportunity").iloc[0]
    (home / row.evidence_path).write_text("x\n2\n", encoding="utf8")
    with pytest.raises(BadConfig, match="evidence of opportunity is changed"):
        decided(home, "groups")
    decided(home, "opportunity")
    assert len(decided(home, "groups")) == 3


def test_a_report_that_was_not_run_is_named_with_its_command(home):
    shutil.rmtree(home / "reports")
    with pytest.raises(BadConfig, match="4_supply_chain was not run") as refused:
        decided(home, "opportunity")
    assert "microlib report --branch 0755 --as-of 2026-06-30 4_supply_chain" in refused.value.fix


def test_an_edited_log_is_refused_by_its_line(home):
    decided(home, "opportunity")
    decided(home, "groups")
    path = log_path(home, product="hospital_supplier", branch="0755")
    path.write_text(path.read_text(encoding="utf8").replace("因为", "改了", 1), encoding="utf8")
    with pytest.raises(BadData, match="line 2 does not follow"):
        read_log(home, product="hospital_supplier", branch="0755")


@pytest.mark.parametrize(
    ("step", "action", "reason"), [("opportunity", "go", "x"), ("opportunity", "do", " "), ("oportunity", "do", "x")]
)
def test_a_decision_that_says_nothing_is_refused(home, step, action, reason):
    with pytest.raises(BadConfig):
        decided(home, step, action, reason)


def test_an_empty_log_is_a_log(home):
    assert read_log(home, product="market_stall", branch="0755").empty


def test_a_scene_is_worth_a_design_only_on_its_whole_range(root):
    policy = read_supply_policy(root, as_of=DAY)
    needs = pd.DataFrame({"core_id": ["a", "b"], "need_low_yuan": [1e9, 1e5], "need_high_yuan": [2e9, 2e5]})
    sheet = opportunity_sheet(needs, margins={"mean": 0.01, "upper": 0.006}, policy=policy)
    assert opportunity_verdicts(sheet).set_index("core_id")["action"].to_dict() == {"a": "do", "b": "stop"}
    held = opportunity_verdicts(sheet, closed=["a"], designed=["a", "b"]).set_index("core_id")["action"]
    assert held.to_dict() == {"a": "closed", "b": "designed"}


def test_the_low_case_wins_less_than_the_high_one_whatever_the_margin(root):
    policy = read_supply_policy(root, as_of=DAY)
    needs = pd.DataFrame({"core_id": ["a"], "need_low_yuan": [1e6], "need_high_yuan": [2e6]})
    for upper in (0.006, -0.006):
        sheet = opportunity_sheet(needs, margins={"mean": 0.01, "upper": upper}, policy=policy).set_index("case")
        assert sheet["win_share"].to_dict() == {"low": policy.win_low, "high": policy.win_high}
        assert sheet.loc["low", "won_yuan"] < sheet.loc["high", "won_yuan"]
        assert sheet.loc["low", "result_yuan"] < sheet.loc["high", "result_yuan"]


def test_a_need_counts_borrowers_never_and_the_unknown_only_in_the_high_case():
    listed = pd.DataFrame({"core_id": "H1", "customer_id": ["a", "b", None], "delivered_yuan": [9e6, 3.6e6, 3.6e6]})
    listed["stands"] = ["borrower", "customer", "unknown"]
    held = pd.DataFrame({"base_yuan": [5e5]}, index=["b"])
    found = unserved_needs(listed, held, days=pd.Series({"H1": 90.0}), advance=pd.Series({"H1": 0.5})).iloc[0]
    assert (found.suppliers_count, found.need_low_yuan, found.need_high_yuan) == (2, 250_000, 700_000)

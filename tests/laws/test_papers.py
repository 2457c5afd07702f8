"""Any two papers of a branch say the same: no matter has two states, no figure of one name two values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def papers(script: Callable[[str], ModuleType]) -> ModuleType:
    """The script that holds papers against each other."""
    return script("laws/papers.py")


def written(folder: Path, report: str, rows: list[tuple[str, str, str]], **facts: float) -> None:
    """Write what one report of branch 0001 decides and tells."""
    results = folder / "0001" / report / "zh" / "results"
    results.mkdir(parents=True)
    pd.DataFrame(rows, columns=["segment", "action", "step"]).to_parquet(results / "decisions.parquet")
    told = {name: {"value": value, "unit": "yuan"} for name, value in facts.items()}
    (results / "facts.json").write_text(json.dumps(told), encoding="utf-8")


def test_two_voices_on_one_matter_are_heard(papers: ModuleType, tmp_path: Path) -> None:
    written(
        tmp_path, "1_a", [("market", "do", "pilot_in_budget"), ("H02", "stop", "stop_behind_core")], balance_yuan=5.0
    )
    written(tmp_path, "2_b", [("market", "wait", "keep_group"), ("H02", "stop", "stop_behind_core")], balance_yuan=6.0)
    assert papers.contradictions(tmp_path) == ["0001 market: 1_a: do pilot_in_budget; 2_b: wait keep_group"]
    assert papers.differing_figures(tmp_path) == ["0001 balance_yuan: 1_a 5.0; 2_b 6.0"]


def test_tasks_within_the_branch_are_matters_of_their_own(papers: ModuleType, tmp_path: Path) -> None:
    written(tmp_path, "1_a", [("whole_branch", "do", "collect_before_crossing")])
    written(tmp_path, "2_b", [("whole_branch", "wait", "keep_branch")])
    assert papers.contradictions(tmp_path) == []


def test_a_branch_that_may_not_grow_is_pushed_by_no_paper(papers: ModuleType, tmp_path: Path) -> None:
    written(tmp_path, "1_a", [("whole_branch", "wait", "look_at_largest")])
    written(tmp_path, "7_b", [("whole_branch", "do", "close_shortfall"), ("whole_branch", "do", "look_at_tasks")])
    assert papers.pushes(tmp_path) == ["0001: 7_b whole_branch close_shortfall"]


def registered(folder: Path, rows: list[tuple[str, str, str, str, float]], **tables: pd.DataFrame) -> Path:
    """Write the register of branch 0001, and other results of its diagnosis."""
    results = folder / "0001" / "1_branch_diagnosis" / "zh" / "results"
    results.mkdir(parents=True, exist_ok=True)
    names = ["segment", "kind", "state", "step", "amount_yuan"]
    register = pd.DataFrame(rows, columns=names).assign(action="wait")
    for name, frame in {"judgements": register, **tables}.items():
        frame.to_parquet(results / f"{name}.parquet")
    return folder


def test_nothing_is_done_for_what_the_register_holds(papers: ModuleType, tmp_path: Path) -> None:
    registered(
        tmp_path, [("P05", "product", "keep", "mend_rule_first", 1.0), ("P06", "product", "keep", "keep_selling", 1.0)]
    )
    written(tmp_path, "5_a", [("P05", "do", "try_within_budget"), ("P06", "do", "try_within_budget")])
    assert papers.done_though_held(tmp_path) == ["0001 P05: 5_a try_within_budget, and the register holds it"]


def test_a_product_has_one_size_in_its_report_and_in_the_register(papers: ModuleType, tmp_path: Path) -> None:
    registered(tmp_path, [("offer.stall", "offer", "approve", "start_pilot", 9e6)])
    results = tmp_path / "0001" / "6_product_design--stall" / "zh" / "results"
    results.mkdir(parents=True)
    own = pd.DataFrame({"action": ["wait"], "segment": ["stall"], "step": ["start_pilot"], "amount_yuan": [9e6]})
    own.to_parquet(results / "decisions.parquet")
    volume = pd.DataFrame({"case": ["low", "high"], "volume_yuan": [3e6, 9e6]})
    volume.to_parquet(results / "expected_volume.parquet")
    assert papers.differing_offers(tmp_path) == []
    volume.assign(volume_yuan=[3e6, 2e7]).to_parquet(results / "expected_volume.parquet")
    own.assign(step="reprice_first").to_parquet(results / "decisions.parquet")
    assert len(papers.differing_offers(tmp_path)) == 2


def test_sources_are_confirmed_before_the_first_of_them_falls_due(papers: ModuleType, tmp_path: Path) -> None:
    due = pd.DataFrame({"horizon_days": [30], "first_unsure_date": pd.to_datetime(["2026-07-03"])})
    asked = pd.DataFrame({"step": ["confirm_repayment_sources"], "due_date": pd.to_datetime(["2026-07-02"])})
    registered(tmp_path, [], maturing=due, actions=asked)
    assert papers.late_confirmations(tmp_path) == []
    registered(tmp_path, [], maturing=due, actions=asked.assign(due_date=pd.Timestamp("2026-07-14")))
    assert papers.late_confirmations(tmp_path) == ["0001: confirmed by 2026-07-14, the first is due 2026-07-03"]


def test_the_smallest_branch_s_papers_say_the_same(papers: ModuleType, smallest_run: Any) -> None:
    folder = Path(smallest_run.folder)
    assert len(papers.stated(folder)["report"].unique()) > 1
    assert papers.contradictions(folder) == papers.pushes(folder) == papers.differing_figures(folder) == []

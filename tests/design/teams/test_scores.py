"""Measures of teams: read out of designs, led by whoever is better, never summed."""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design.teams import contests, scores


def design(cap: float, apr: float, named: int):
    """A design of three members who need 100, 200 and 300."""
    need = pd.Series([100.0, 200.0, 300.0])
    line = need.clip(upper=cap)
    return {
        "rules": pd.DataFrame({"state": ["pass", "fail", "unknown"]}),
        "stop_rules": pd.DataFrame({"state": ["holds", "fires"]}),
        "limits": pd.DataFrame({"need_cap_yuan": need, "limit_yuan": line,
                                "reason": ["sized", "sized", "below_floor"]}),
        "screened": pd.DataFrame({"outcome": ["eligible", "not_served", "not_served"]}),
        "scenarios": pd.DataFrame({"state": ["computed", "computed", "not_applicable"], "combines": ["", "a b", ""],
                                   "loss_high_share": [0.1, 0.9, 0.95], "loss_high_yuan": [0.1 * line.sum()] * 3}),
        "cost": pd.DataFrame({"scope": ["borrower", "all_payers"], "apr_rate": [apr, 0.2]}),
        "not_served": pd.DataFrame({"refer_zh": ["x", None], "customers_count": [named, 5]}),
    }  # fmt: skip


def test_measures_of_a_design() -> None:
    found = scores.design_scores(design(200.0, 0.05, 2))
    assert (found["rules_broken_count"], found["rules_open_count"], found["stop_rules_broken_count"]) == (1, 1, 1)
    assert found["served_share"] == pytest.approx(500 / 600)
    assert found["stressed_loss_share"] == 0.1  # of a single scenario that could be computed
    assert found["apr_rate"] == 0.05
    assert (found["unserved_count"], found["told_share"]) == (3, pytest.approx(2 / 3))


def test_each_measure_has_its_own_leader_and_there_is_no_winner() -> None:
    compared = scores.compare_designs({"red": design(300.0, 0.06, 3), "blue": design(100.0, 0.05, 1)})
    leads = compared.set_index("measure")["leads"]
    assert leads[["served_share", "told_share"]].to_list() == ["red", "red"]
    assert leads[["apr_rate", "stressed_loss_yuan"]].to_list() == ["blue", "blue"]
    assert leads["rules_broken_count"] == "" and not scores.is_dominated(compared)
    assert contests.score_lines(compared)[-1].startswith("no overall winner")


def test_a_design_that_is_better_in_everything_is_said_to_be() -> None:
    worse = design(300.0, 0.06, 3) | {"stop_rules": pd.DataFrame({"state": ["fires", "fires"]})}
    compared = scores.compare_designs({"red": design(300.0, 0.05, 3), "blue": worse})
    assert scores.is_dominated(compared)


def test_a_result_that_could_not_be_had_leaves_its_measure_missing() -> None:
    found = scores.design_scores({"limits": ValueError("nobody"), "rules": None})
    assert all(pd.isna(value) for value in found.values())
    compared = scores.compare_designs({"red": {}, "blue": design(300.0, 0.05, 3)})
    assert set(compared["leads"]) == {""}

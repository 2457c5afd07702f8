"""Rooms of teams: their own terms on the bank's tables, nobody else touched.

Measures of teams: read out of designs, led by whoever is better, never summed.
"""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design.teams import (
    check_same,
    compare_designs,
    design_scores,
    find_room,
    is_dominated,
    make_room,
    product_of,
    score_lines,
)
from microlib.design.terms import list_products, read_product
from microlib.errors import BadConfig
from microlib.home import Home


@pytest.fixture
def home(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bank.duckdb").write_bytes(b"bank")
    return Home(tmp_path)


def test_a_room_holds_one_product_and_leads_to_the_bank(home) -> None:
    make_room(home, team="red", product="market_stall")
    room = find_room(home, "red")
    assert product_of(room) == "market_stall" and "market_stall" in list_products(room)
    assert room.bank.is_symlink() and room.bank.read_bytes() == b"bank"


def test_a_change_in_one_room_is_seen_there_only(home) -> None:
    file = make_room(home, team="red", product="market_stall")
    make_room(home, team="blue", product="market_stall")
    file.write_text(file.read_text("utf-8").replace("cap_yuan = 500_000", "cap_yuan = 300_000"), "utf-8")
    caps = [read_product(place, product="market_stall", as_of="2026-06-30").limit.cap_yuan
            for place in (find_room(home, "red"), find_room(home, "blue"), home)]  # fmt: skip
    assert caps == [300_000, 500_000, 500_000]


def test_what_makes_no_room_is_refused(home) -> None:
    with pytest.raises(BadConfig, match="no name for a team"):
        make_room(home, team="../x", product="market_stall")
    with pytest.raises(BadConfig, match="no product nothing"):
        make_room(home, team="red", product="nothing")
    make_room(home, team="red", product="market_stall")
    with pytest.raises(BadConfig, match="has a room already"):
        make_room(home, team="red", product="market_stall")
    with pytest.raises(BadConfig, match="team green has no room"):
        find_room(home, "green")


def test_teams_of_different_products_are_not_compared() -> None:
    with pytest.raises(BadConfig, match="different products"):
        check_same({"red": "market_stall", "blue": "hospital_supplier"})


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
    found = design_scores(design(200.0, 0.05, 2))
    assert (found["rules_broken_count"], found["rules_open_count"], found["stop_rules_broken_count"]) == (1, 1, 1)
    assert found["served_share"] == pytest.approx(500 / 600)
    assert found["stressed_loss_share"] == 0.1  # of a single scenario that could be computed
    assert found["apr_rate"] == 0.05
    assert (found["unserved_count"], found["told_share"]) == (3, pytest.approx(2 / 3))


def test_each_measure_has_its_own_leader_and_there_is_no_winner() -> None:
    compared = compare_designs({"red": design(300.0, 0.06, 3), "blue": design(100.0, 0.05, 1)})
    leads = compared.set_index("measure")["leads"]
    assert leads[["served_share", "told_share"]].to_list() == ["red", "red"]
    assert leads[["apr_rate", "stressed_loss_yuan"]].to_list() == ["blue", "blue"]
    assert leads["rules_broken_count"] == "" and not is_dominated(compared)
    assert score_lines(compared)[-1].startswith("no overall winner")


def test_a_design_that_is_better_in_everything_is_said_to_be() -> None:
    worse = design(300.0, 0.06, 3) | {"stop_rules": pd.DataFrame({"state": ["fires", "fires"]})}
    compared = compare_designs({"red": design(300.0, 0.05, 3), "blue": worse})
    assert is_dominated(compared)


def test_a_result_that_could_not_be_had_leaves_its_measure_missing() -> None:
    found = design_scores({"limits": ValueError("nobody"), "rules": None})
    assert all(pd.isna(value) for value in found.values())
    compared = compare_designs({"red": {}, "blue": design(300.0, 0.05, 3)})
    assert set(compared["leads"]) == {""}

"""Allocation: closed forms, duals, laws, the floor of a line, and rules that cannot be kept.

Conflicts: each set contradicts itself, and no rule of it can be spared.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from microlib.design.allocation import (
    COLUMNS,
    InfeasibleProgramme,
    allocate_budget,
    cap_each,
    conflicting_rules,
    least_source_loss,
    programme_caps,
    rule_matrix,
    volume_floor,
)
from microlib.errors import BadConfig, BadData, EmptyBook


def budget(yuan) -> pd.DataFrame:
    return pd.DataFrame([("budget", "programme", "", "at_most", float(yuan))], columns=COLUMNS)


def firms(seed=1, count=60) -> pd.DataFrame:
    drawn = np.random.default_rng(seed)
    return pd.DataFrame({
        "limit_yuan": drawn.integers(10, 100, count) * 1e4, "profit_rate": drawn.uniform(-0.01, 0.03, count),
        "source_id": drawn.choice(["H1", "H2", "H3", ""], count), "segment": drawn.choice(["a", "b"], count),
        "stop_loss_share": 0.39,
    })  # fmt: skip


def test_a_budget_alone_goes_to_the_best_first() -> None:
    four = pd.DataFrame({"limit_yuan": [100.0] * 4, "profit_rate": [0.01, 0.04, 0.03, 0.02]})
    found = allocate_budget(four, rules=budget(250))
    assert found.lines["allocated_yuan"].to_list() == [0, 100, 100, 50]
    assert found.rules["shadow_rate"].item() == pytest.approx(0.02)  # one more yuan goes to the third best
    assert found.totals["profit_yuan"].item() == pytest.approx(8)
    assert found.lines["bound_by"].to_list() == ["budget", "limit", "limit", "budget"]


def test_what_would_lose_is_not_lent() -> None:
    found = allocate_budget(firms(), rules=budget(1e9))
    assert (found.lines.loc[found.lines["profit_rate"] < 0, "allocated_yuan"] == 0).all()
    assert (found.lines.loc[found.lines["profit_rate"] > 0, "bound_by"] == "limit").all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), total=st.floats(1e6, 3e7), cap=st.floats(5e5, 1e7))
def test_no_rule_is_broken_and_prices_pay_for_the_profit(seed, total, cap) -> None:
    """Strong duality: caps at their prices and own limits at theirs make up the profit."""
    book = firms(seed)
    rules = pd.concat(
        [budget(total), cap_each(book, scope="source", yuan=cap), cap_each(book, scope="segment", yuan=2 * cap)]
    )
    found = allocate_budget(book, rules=rules.reset_index(drop=True))
    assert (found.rules["room_yuan"] >= -0.5).all() and (found.rules["shadow_rate"] >= -1e-9).all()
    assert (found.lines["allocated_yuan"] <= book["limit_yuan"] + 0.01).all()
    priced = np.zeros(len(book))
    for rule in found.rules.itertuples():
        of = {"programme": np.ones(len(book), dtype=bool)}.get(rule.scope)
        of = (book["source_id" if rule.scope == "source" else "segment"] == rule.key).to_numpy() if of is None else of
        priced += rule.shadow_rate * of
    own = np.clip(book["profit_rate"] - priced, 0, None) * book["limit_yuan"]
    worth = (found.rules["shadow_rate"] * found.rules["yuan"]).sum() + own.sum()
    assert found.totals["profit_yuan"].item() == pytest.approx(worth, rel=1e-6, abs=1)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), more=st.floats(0, 5e6))
def test_a_wider_cap_never_earns_less(seed, more) -> None:
    book = firms(seed)
    earned = [allocate_budget(book, rules=budget(yuan)).totals["profit_yuan"].item() for yuan in (5e6, 5e6 + more)]
    assert earned[1] >= earned[0] - 0.5


def test_row_order_does_not_matter_and_no_frame_is_altered(unchanged) -> None:
    book, rules = firms(), budget(8e6)
    with unchanged(book, rules):
        found = allocate_budget(book, rules=rules)
    turned = allocate_budget(book.sample(frac=1, random_state=2), rules=rules)
    assert turned.lines["allocated_yuan"].sort_index().to_list() == found.lines["allocated_yuan"].to_list()


def test_a_line_under_the_floor_is_not_made() -> None:
    """230 to lend, lines from 50: 100, 80 and 50 earn 7.4, more than 100 and 100 with 30 left."""
    four = pd.DataFrame({"limit_yuan": [100.0, 100, 100, 40], "profit_rate": [0.04, 0.03, 0.02, 0.01]})
    found = allocate_budget(four, rules=budget(230), floor_yuan=50)
    assert found.lines["allocated_yuan"].to_list() == [100, 80, 50, 0]
    assert found.totals[["profit_yuan", "bound_yuan"]].iloc[0].to_list() == pytest.approx([7.4, 7.6])
    assert found.lines["bound_by"].to_list() == ["limit", "budget", "budget", "floor"]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), total=st.floats(1e6, 1e7))
def test_every_line_made_reaches_the_floor(seed, total) -> None:
    book = firms(seed)
    found = allocate_budget(book, rules=budget(total), floor_yuan=4e5)
    made = found.lines.loc[found.lines["allocated_yuan"] > 0, "allocated_yuan"]
    assert (made >= 4e5 - 0.01).all() and made.sum() <= total + 0.5
    assert 0 < found.totals["profit_yuan"].item() <= found.totals["bound_yuan"].item() + 0.5


def test_a_volume_that_only_small_lines_reach_is_refused() -> None:
    two = pd.DataFrame({"limit_yuan": [60.0, 60], "profit_rate": 0.01})
    rules = pd.concat([budget(70), volume_floor(70)], ignore_index=True)
    assert allocate_budget(two, rules=rules).totals["allocated_yuan"].item() == 70
    with pytest.raises(BadConfig, match="no lines of 61 yuan or more"):
        allocate_budget(two, rules=rules, floor_yuan=61)


def test_the_worst_source_is_levelled() -> None:
    """Three sources alike and 90 to lend: 30 each, and the worst loses 0.39 of it."""
    six = pd.DataFrame({"limit_yuan": 50.0, "profit_rate": 0.01, "stop_loss_share": 0.39, "source_id": list("aabbcc")})
    found = least_source_loss(six, rules=budget(1000), volume_yuan=90)
    assert found.lines.groupby("source_id")["allocated_yuan"].sum().to_list() == pytest.approx([30, 30, 30])
    assert found.totals["worst_loss_yuan"].item() == pytest.approx(11.7)


def test_the_volume_asked_is_lent_and_no_more() -> None:
    """Random books, seed 5: without a source, or without a loss, lending more costs nothing; it is not asked for."""
    dice = np.random.default_rng(5)
    for _ in range(60):
        count = int(dice.integers(2, 8))
        book = pd.DataFrame(
            {"limit_yuan": dice.integers(1, 20, count) * 1e4, "profit_rate": dice.uniform(-0.01, 0.03, count)}
        )
        book["stop_loss_share"], book["source_id"] = dice.choice([0.0, 0.4], count), dice.choice(["", "a", "b"], count)
        volume = float(dice.uniform(0.1, 1.0)) * book["limit_yuan"].sum()
        found = least_source_loss(book, rules=budget(1e9), volume_yuan=volume)
        assert found.totals["allocated_yuan"].item() == pytest.approx(volume, abs=0.01 * count)


def test_nobody_to_lend_to_is_refused() -> None:
    with pytest.raises(EmptyBook, match="no candidate"):
        allocate_budget(firms().iloc[:0], rules=budget(1e6))
    with pytest.raises(EmptyBook, match="no candidate"):
        least_source_loss(firms().iloc[:0], rules=budget(1e6), volume_yuan=1.0)


def test_an_infeasible_programme_names_the_rules_in_conflict() -> None:
    book = firms()
    rules = pd.concat([budget(1e6), volume_floor(3e6), cap_each(book, scope="segment", yuan=1e8)], ignore_index=True)
    with pytest.raises(InfeasibleProgramme, match="contradict each other by 2,000,000 yuan") as refused:
        allocate_budget(book, rules=rules)
    assert refused.value.conflicts["rule"].to_list() == ["budget", "volume_floor"]
    assert refused.value.gap_yuan == pytest.approx(2e6) and refused.value.exit_code == 3


def test_a_volume_out_of_reach_is_refused_by_the_other_aim_too() -> None:
    with pytest.raises(InfeasibleProgramme, match="customer_limits"):
        least_source_loss(firms(), rules=budget(1e12), volume_yuan=1e11)


@pytest.mark.parametrize("column", ["limit_yuan", "profit_rate"])
def test_a_missing_figure_is_refused(column) -> None:
    with pytest.raises(BadData, match=f"{column} is missing"):
        allocate_budget(firms().assign(**{column: np.nan}), rules=budget(1e6))


BOOK = pd.DataFrame({
    "limit_yuan": [100.0] * 8, "source_id": list("aabbccdd"), "segment": list("xxxxyyyy"), "profit_rate": 0.01,
})  # fmt: skip


def rules_of(*parts) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)


def test_a_gap_of_300_is_said() -> None:
    """X16's 5,000 case: capacity 4,700, asked 5,000."""
    three = pd.DataFrame({"limit_yuan": [1800.0, 1700.0, 1200.0]})
    found = conflicting_rules(three, rules=volume_floor(5000))
    assert found["rule"].to_list() == ["volume_floor", "customer_limits"] and set(found["gap_yuan"]) == {300.0}


def test_only_the_caps_that_matter_are_named() -> None:
    rules = rules_of(
        cap_each(BOOK, scope="source", yuan=50), cap_each(BOOK, scope="segment", yuan=1e6),
        volume_floor(150, scope="segment", key="x"),
    )  # fmt: skip
    found = conflicting_rules(BOOK, rules=rules)
    assert list(zip(found["rule"], found["key"], strict=True)) == [
        ("source_cap", "a"), ("source_cap", "b"), ("volume_floor", "x"),
    ]  # fmt: skip
    assert set(found["gap_yuan"]) == {50.0}


def test_rules_that_can_be_kept_conflict_with_nothing() -> None:
    rules = rules_of(cap_each(BOOK, scope="source", yuan=50), volume_floor(200))
    assert conflicting_rules(BOOK, rules=rules).empty
    assert conflicting_rules(BOOK, rules=cap_each(BOOK, scope="source", yuan=0)).empty


CAPS = st.lists(st.integers(0, 250), min_size=4, max_size=4)
PARTS = st.lists(st.integers(0, 450), min_size=2, max_size=2)


@settings(max_examples=25, deadline=None)
@given(caps=CAPS, parts=PARTS, total=st.integers(0, 900))
def test_every_set_is_irreducible(caps, parts, total) -> None:
    """The set contradicts itself; without any one of its rules it does not."""
    capped = [("source_cap", "source", key, "at_most", float(yuan)) for key, yuan in zip("abcd", caps, strict=True)]
    floors = [volume_floor(yuan, scope="segment", key=key) for key, yuan in zip("xy", parts, strict=True)]
    rules = rules_of(pd.DataFrame(capped, columns=COLUMNS), *floors, volume_floor(total))
    found = conflicting_rules(BOOK, rules=rules)
    named = found[found["rule"] != "customer_limits"]
    assert not len(found) or len(conflicting_rules(BOOK, rules=named))
    wide = BOOK if (found["rule"] == "customer_limits").any() else BOOK.assign(limit_yuan=1e9)
    for row in named.index:
        assert conflicting_rules(wide, rules=named.drop(index=row)).empty


def test_caps_of_policy_and_headroom(policy) -> None:
    book = BOOK.assign(source_headroom_yuan=[30.0] * 6 + [None] * 2, group_key="", group_headroom_yuan=1.0)
    found = programme_caps(book, policy=policy.limits, budget_yuan=500)
    assert found["rule"].to_list() == ["programme_cap", "budget", *["source_cap"] * 3]
    assert found["yuan"].iloc[0] == policy.limits.programme_cap_yuan


def test_rules_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(BadConfig, match="scope = town"):
        conflicting_rules(BOOK, rules=volume_floor(1, scope="town", key="x"))
    with pytest.raises(BadConfig, match="missing or negative"):
        conflicting_rules(BOOK, rules=volume_floor(-1))
    with pytest.raises(BadData, match="no column group_key"):
        conflicting_rules(BOOK, rules=volume_floor(1, scope="group", key="x"))


def test_random_programmes_earn_what_a_program_with_yes_or_no_lines_earns() -> None:
    """Seed 16, 100, in the soak 500; amounts finer than a fen; to a millionth of a yuan, no cap passed by any fen."""
    draw = np.random.default_rng(16)
    for _ in range(500 if "MICROLIB_SOAK" in os.environ else 100):
        count = int(draw.integers(2, 7))
        book = pd.DataFrame({"limit_yuan": draw.uniform(1e4, 1e6, count),
                             "profit_rate": np.round(draw.uniform(-0.01, 0.04, count), int(draw.choice([3, 6]))),
                             "source_id": draw.choice(list("abc"), count)})  # fmt: skip
        total = pd.DataFrame({"rule": "budget", "scope": "programme", "key": "", "side": "at_most",
                              "yuan": [float(draw.uniform(1e5, 3e6))]})  # fmt: skip
        rules = pd.concat([total, cap_each(book, scope="source", yuan=float(draw.uniform(1e5, 1e6)))])
        floor, rules = float(draw.choice([0, 5e4, 2e5])), rules.reset_index(drop=True)
        found = allocate_budget(book, rules=rules, floor_yuan=floor)
        limits, caps = (np.floor(each["limit_yuan" if each is book else "yuan"] * 100) / 100 for each in (book, rules))
        table, none, whole = rule_matrix(book, rules).toarray(), np.zeros((len(rules), count)), np.eye(count)
        held = [LinearConstraint(np.hstack([table, none]), ub=caps),
                LinearConstraint(np.hstack([whole, -np.diag(limits)]), ub=0),
                LinearConstraint(np.hstack([whole, -floor * whole]), lb=0)]  # fmt: skip
        bounds = Bounds(0, np.r_[limits, np.ones(count)])
        best = milp(np.r_[-book["profit_rate"], np.zeros(count)], constraints=held, bounds=bounds,
                    integrality=np.repeat([0, 1], count), options={"mip_rel_gap": 0})  # fmt: skip
        assert found.totals["profit_yuan"].item() == pytest.approx(-best.fun, abs=1e-6)
        assert (table @ found.lines["allocated_yuan"].to_numpy() <= rules["yuan"] + 1e-9).all()

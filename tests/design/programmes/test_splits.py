"""Plainer splits: what they are, what they keep, and how they compare."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.design.programmes.allocations import allocate_budget
from microlib.design.programmes.caps import COLUMNS, cap_each, volume_floor
from microlib.design.programmes.splits import compare_splits, split_by_grade, split_in_proportion
from microlib.errors import BadConfig

BOOK = pd.DataFrame({
    "limit_yuan": [50.0, 100, 100, 30], "profit_rate": [0.03, 0.02, 0.01, -0.01], "grade": list("AABC"),
    "source_id": list("hhkk"),
})  # fmt: skip
BUDGET = pd.DataFrame([("budget", "programme", "", "at_most", 180.0)], columns=COLUMNS)
ONES = pd.Series(1.0, index=BOOK.index)


def test_an_equal_split_fills_the_small_and_shares_the_rest() -> None:
    assert split_in_proportion(BOOK, weights=ONES, rules=BUDGET).to_list() == [50, 50, 50, 30]


def test_a_cap_of_a_part_scales_that_part() -> None:
    rules = pd.concat([BUDGET, cap_each(BOOK, scope="source", yuan=60)], ignore_index=True)
    found = split_in_proportion(BOOK, weights=ONES, rules=rules)
    assert found.groupby(BOOK["source_id"]).sum().to_list() == pytest.approx([60, 60], abs=0.02)


def test_lines_under_the_floor_are_not_made_and_free_their_money() -> None:
    found = split_in_proportion(BOOK, weights=ONES, rules=BUDGET, floor_yuan=40)
    assert found.to_list() == pytest.approx([50, 65, 65, 0], abs=0.01)


def test_grades_are_served_in_turn() -> None:
    assert split_by_grade(BOOK, grades=["A", "B"], rules=BUDGET).to_list() == pytest.approx([50, 100, 30, 0], abs=0.01)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), total=st.floats(1e6, 2e7), cap=st.floats(5e5, 1e7))
def test_no_split_breaks_a_rule_or_earns_more_than_the_program(seed, total, cap) -> None:
    drawn = np.random.default_rng(seed)
    book = pd.DataFrame({"limit_yuan": drawn.uniform(1e5, 1e6, 30), "profit_rate": drawn.uniform(0.001, 0.03, 30),
                         "source_id": drawn.choice(list("abc"), 30)})  # fmt: skip
    rules = pd.concat([BUDGET.assign(yuan=total), cap_each(book, scope="source", yuan=cap)], ignore_index=True)
    best = allocate_budget(book, rules=rules)
    plain = split_in_proportion(book, weights=pd.Series(1.0, index=book.index), rules=rules)
    drawn_rates = pd.DataFrame([book["profit_rate"]] * 3)
    found = compare_splits(book, splits={"best": best.lines["allocated_yuan"], "equal": plain}, drawn_rates=drawn_rates,
                           rules=rules)  # fmt: skip
    assert (found["rules_broken_count"] == 0).all() and found["behind_yuan"].iloc[1] >= -1


def test_without_doubt_about_profit_the_interval_is_a_point() -> None:
    equal = split_in_proportion(BOOK, weights=ONES, rules=BUDGET)
    found = compare_splits(BOOK, splits={"equal": equal}, drawn_rates=pd.DataFrame([BOOK["profit_rate"]] * 2)).iloc[0]
    assert found["profit_low_yuan"] == pytest.approx(found["profit_yuan"]) == pytest.approx(found["profit_high_yuan"])


def test_a_floor_of_volume_is_refused() -> None:
    with pytest.raises(BadConfig, match="keeps caps only"):
        split_in_proportion(BOOK, weights=ONES, rules=volume_floor(100))

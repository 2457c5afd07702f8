"""A pilot's budget: stop rules kept as caps of what is lent, the book before and after, plainer ways, the wish.

Plainer splits: what they are, what they keep, and how they compare.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.design.allocation import COLUMNS, allocate_budget, cap_each, volume_floor
from microlib.design.programme import (
    allocate_pilot,
    allocation_outcomes,
    bearable_lines,
    compare_splits,
    pilot_feasibility,
    pilot_rules,
    shares_hold,
    source_spread,
    split_in_proportion,
)
from microlib.errors import BadConfig


@pytest.fixture
def able():
    """Ten lines on two hospitals, the heavier one better paid."""
    return pd.DataFrame({
        "customer_id": [f"C{n}" for n in range(10)], "segment": "hospital_suppliers",
        "source_id": ["H1"] * 6 + ["H2"] * 4, "group_key": "", "limit_yuan": 2_000_000.0,
        "profit_rate": [0.02] * 6 + [0.01] * 4, "stop_loss_share": 0.39, "source_headroom_yuan": 5e7,
        "group_headroom_yuan": float("nan"),
    })  # fmt: skip


@pytest.fixture
def asked(able):
    return able[["customer_id", "source_id", "group_key"]].assign(
        balance_yuan=1_000_000.0, kept_yuan=0.0, turnover_yuan=range(1, 11)
    )


def test_no_stop_rule_on_a_share_fires_on_the_first_day(able, hospital, policy) -> None:
    found, _ = allocate_pilot(able, product=hospital, policy=policy)
    sums = found.lines.groupby("source_id")["allocated_yuan"].sum()
    assert sums.max() <= bearable_lines(policy) + 1e-6
    assert sums.sum() > 0.99 * hospital.volumes.pilot_yuan and shares_hold(found.lines, product=hospital)


def test_a_product_on_one_source_may_lend_what_its_stop_may_cost(able, hospital, policy) -> None:
    """5,000,000 may be lost at .6 x .65 of the lines: 12.82 m of them, and not nothing."""
    one = able.assign(source_id="H1")
    found, rules = allocate_pilot(one, product=hospital, policy=policy)
    assert "one_hospital_too_heavy" in set(rules["rule"])
    assert found.totals["allocated_yuan"].item() == pytest.approx(5e6 / (0.6 * 0.65), rel=1e-3)


def test_the_book_after_is_what_stays_and_what_is_lent(able, asked, hospital, policy, unchanged) -> None:
    found, _ = allocate_pilot(able, product=hospital, policy=policy)
    with unchanged(asked):
        spread = source_spread(found.lines, asked, across="source_id")
    untouched = asked["customer_id"].map(found.lines.set_index("customer_id")["allocated_yuan"]) == 0
    whole = found.lines["allocated_yuan"].sum() + asked.loc[untouched, "balance_yuan"].sum()
    assert spread["after_yuan"].sum() == pytest.approx(whole)
    assert spread[["before_share", "after_share"]].sum().to_list() == pytest.approx([1.0, 1.0])


def test_no_plainer_way_earns_more_and_the_cautious_one_loses_least(able, asked, hospital, policy) -> None:
    found, rules = allocate_pilot(able, product=hospital, policy=policy)
    terms = {"rules": rules, "product": hospital, "upper_rate": able["profit_rate"] - 0.005}
    told = allocation_outcomes(found, asked, **terms)["ways"].set_index("split")
    assert told["profit_yuan"].idxmax() == "most_profit"
    assert told["worst_loss_yuan"].min() == pytest.approx(told.loc["least_source_loss", "worst_loss_yuan"])
    assert (told["rules_broken_count"] == 0).all() and (told["profit_upper_yuan"] < told["profit_yuan"]).all()


def test_a_pilot_that_demand_does_not_fill_names_the_customers_own_limits(able, hospital, policy) -> None:
    few = able.head(3)
    rules = pilot_rules(few, product=hospital, policy=policy)
    conflict = pilot_feasibility(few, rules=rules)
    assert {"volume_floor", "customer_limits"} <= set(conflict["rule"])
    assert conflict["gap_yuan"].iloc[0] == pytest.approx(hospital.volumes.pilot_yuan - 6_000_000)


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

"""A pilot's budget: stop rules kept as caps of what is lent, the book before and after, plainer ways, the wish."""

import pandas as pd
import pytest

from microlib.design.programmes import outcomes, pilots, spreads, stop_caps, wishes


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
    found, _ = pilots.allocate_pilot(able, product=hospital, policy=policy)
    sums = found.lines.groupby("source_id")["allocated_yuan"].sum()
    assert sums.max() / sums.sum() <= 0.6 + 1e-6
    assert sums.sum() > 0.99 * hospital.volumes.pilot_yuan and stop_caps.shares_hold(found.lines, product=hospital)


def test_one_source_cannot_keep_a_share_and_is_not_capped_to_nothing(able, hospital, policy) -> None:
    one = able.assign(source_id="H1")
    found, rules = pilots.allocate_pilot(one, product=hospital, policy=policy)
    assert "one_hospital_too_heavy" not in set(rules["rule"])
    assert found.totals["allocated_yuan"].item() == pytest.approx(hospital.volumes.pilot_yuan)


def test_the_book_after_is_what_stays_and_what_is_lent(able, asked, hospital, policy, unchanged) -> None:
    found, _ = pilots.allocate_pilot(able, product=hospital, policy=policy)
    with unchanged(asked):
        spread = spreads.source_spread(found.lines, asked, across="source_id")
    untouched = asked["customer_id"].map(found.lines.set_index("customer_id")["allocated_yuan"]) == 0
    whole = found.lines["allocated_yuan"].sum() + asked.loc[untouched, "balance_yuan"].sum()
    assert spread["after_yuan"].sum() == pytest.approx(whole)
    assert spread[["before_share", "after_share"]].sum().to_list() == pytest.approx([1.0, 1.0])


def test_no_plainer_way_earns_more_and_the_cautious_one_loses_least(able, asked, hospital, policy) -> None:
    found, rules = pilots.allocate_pilot(able, product=hospital, policy=policy)
    terms = {"rules": rules, "product": hospital, "upper_rate": able["profit_rate"] - 0.005}
    told = outcomes.allocation_outcomes(found, asked, **terms)["ways"].set_index("split")
    assert told["profit_yuan"].idxmax() == "most_profit"
    assert told["worst_loss_yuan"].min() == pytest.approx(told.loc["least_source_loss", "worst_loss_yuan"])
    assert (told["rules_broken_count"] == 0).all() and (told["profit_upper_yuan"] < told["profit_yuan"]).all()


def test_a_pilot_that_demand_does_not_fill_names_the_customers_own_limits(able, hospital, policy) -> None:
    few = able.head(3)
    rules = wishes.pilot_rules(few, product=hospital, policy=policy)
    conflict = wishes.pilot_wish(few, rules=rules, product=hospital)
    assert {"volume_floor", "customer_limits"} <= set(conflict["rule"])
    assert conflict["gap_yuan"].iloc[0] == pytest.approx(hospital.volumes.pilot_yuan - 6_000_000)

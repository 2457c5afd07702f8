"""Sentences on access, limits, price, cost, volume and stop rules."""

import pandas as pd

FLOORS = pd.DataFrame(
    {
        "pd_case": ["mean", "mean", "upper"],
        "amount_yuan": [500_000.0, 50_000.0, 500_000.0],
        "ftp_rate": 0.0205, "opex_rate": 0.0095, "loss_rate": 0.0076, "capital_rate": 0.0079,
        "floor_taxed_rate": [0.0455, 0.06, 0.0559], "yearly_rate": 0.05,
        "margin_rate": [0.0045, -0.01, -0.0059], "bound_by": "ftp",
    }
)  # fmt: skip


def test_the_floor_is_said_at_mean_and_upper_default_rate(told):
    text = told("price_floors", FLOORS, quantiles=pd.DataFrame({"p50_yuan": [410_000.0]}))
    assert "5.00 %" in text and "4.55 %" in text and "5.59 %" in text and "小规模试点" in text


def test_without_lines_the_middle_size_is_taken(told):
    three = pd.concat([FLOORS, FLOORS.tail(1).assign(amount_yuan=9e5)])
    assert "单笔 50.0 万元" in told("price_floors", three)


def test_the_parts_of_the_floor_are_named(told):
    assert "资金转移价格 2.05 %" in told("price_parts", FLOORS)


def test_the_size_that_loses_is_named(told):
    assert "单笔 5.0 万元及以下覆盖不了下限" in told("floor_by_size", FLOORS)


def test_the_cost_is_said_simple_and_compound(told):
    cost = pd.DataFrame(
        {
            "scope": ["borrower", "all_payers"], "amount_yuan": 1e6, "term_months": 12, "apr_rate": 0.0523,
            "eir_rate": 0.0536, "total_cost_yuan": 52_000.0, "fees_yuan": 10_000.0,
        }
    )  # fmt: skip
    assert "5.23 %（单利，APR），5.36 %（复利，EIR）" in told("product_cost", cost)


def test_the_rule_that_stops_most_is_named(told):
    steps = pd.DataFrame(
        {
            "step": [0, 1, 2], "rule": ["all", "young", "late"], "remaining_count": [100, 70, 60],
            "failing_count": [0, 30, 10], "remaining_share": [1.0, 0.7, 0.6],
        }
    )  # fmt: skip
    assert "挡住最多的一条是“young”，30 户" in told("access_waterfall", steps)


def test_the_cap_that_binds_most_lines_is_named(told):
    counts = pd.DataFrame(
        {
            "reason": ["sized", "sized", "below_floor"], "bound_by": ["repayment", "need", "repayment"],
            "customers_count": [12, 5, 3], "limit_yuan": [6e6, 2e6, 0.0],
        }
    )  # fmt: skip
    assert "最常见的约束是还款能力（12 户）；3 户低于产品起点被拒绝" in told("binding_counts", counts)


def test_volume_and_loss_are_ranges(told):
    bounds = {"customers_count": [5, 9], "bound_by": ["take_up", "pilot_yuan"]}
    volume = pd.DataFrame(bounds | {"volume_yuan": [1e6, 2e6], "loss_yuan": [1e4, 3e4]})
    assert "100.0 万元至 200.0 万元" in told("expected_volume", volume)


def test_an_unknown_figure_is_asked_for(told):
    rules = pd.DataFrame({"rule": ["a", "b"], "state": ["holds", "unknown"], "action": ["cut_limits"] * 2})
    assert "另有 1 条缺数据" in told("stop_rules", rules)


def test_rules_that_fire_name_the_action(told):
    rules = pd.DataFrame({"rule": ["a"], "state": ["fires"], "action": ["cut_limits"]})
    assert "压降额度" in told("stop_rules", rules)

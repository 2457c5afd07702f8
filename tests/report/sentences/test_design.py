"""Sentences of the product's page and of its lines.

Sentences on access, limits, price, cost, volume and stop rules.
"""

from __future__ import annotations

import pandas as pd
import pytest

DESIGN_FLOORS = pd.DataFrame({
    "pd_case": ["mean", "upper"], "yearly_rate": 0.0435, "amount_yuan": 5e5, "floor_taxed_rate": [0.0427, 0.0439],
    "margin_rate": [0.00083, -0.00043], "floor_points": [127, 140], "asked_points": 135,
})  # fmt: skip
LINES = pd.DataFrame({
    "reason": ["sized", "sized", "below_floor"], "limit_yuan": [4e5, 2e5, 0.0], "is_final": False,
    "bound_by": ["source", "source", "need"],
})  # fmt: skip


def test_the_margin_is_said_in_basis_points(told):
    assert "高 +8.3 基点" in told("design_price", DESIGN_FLOORS) and "比保本利率" in told("design_price", DESIGN_FLOORS)


@pytest.mark.parametrize(("margins", "said"), [((0.01, 0.002), "高于定价下限"), ((-0.01, -0.02), "低于定价下限")])
def test_the_price_is_judged_at_both_default_rates(told, margins, said):
    assert said in told("design_price", DESIGN_FLOORS.assign(margin_rate=margins))


def test_limits_on_own_debt_say_so_in_the_title(told):
    assert told("own_limits", LINES).startswith("仅含本行及自报负债，额度待核实：2 户共 60.0 万元")
    assert "own and self-reported debt only" in told("own_limits", LINES, lang="en")


def test_final_limits_need_no_reservation(told):
    assert told("own_limits", LINES.assign(is_final=True)).startswith("2 户定额共 60.0 万元")


def test_those_whom_no_table_shows_are_asked_in_person(told):
    listed = pd.DataFrame({"exclusion": ["traders", "young"], "customers_count": pd.Series([None, 3], dtype="Int64")})
    assert "traders（表里看不出，面谈时核）→ traders" in told("not_served", listed)
    assert "young（3 户）" in told("not_served", listed)


def test_a_revolving_line_says_how_long_it_is_used(told):
    cost = pd.DataFrame({
        "scope": ["borrower"], "amount_yuan": [3e5], "term_months": [12], "total_cost_yuan": [7000.5],
        "fees_yuan": [0.0], "apr_rate": [0.056], "eir_rate": [0.0575],
    })  # fmt: skip
    assert "用 5 个月：客户总成本 7,000.50 元" in told("design_cost", cost, used_months=5)
    assert "借 30.0 万元、12 个月" in told("design_cost", cost, used_months=None)


@pytest.mark.parametrize(
    ("measure", "value", "said"),
    [("par30_share", 0.04, "低于 4.0 %"), ("payment_delay_days", 60.0, "低于 60 天"), ("sized_count", 3.0, "低于 3 户"),
     ("break_even_yuan", 4e5, "低于 40.0 万元"), ("floor_margin_rate", 0.0, "降到零以下")],
)  # fmt: skip
def test_the_overturning_number_bears_its_unit(told, measure, value, said):
    row = {"action": "do", "step": "start_pilot", "overturning_measure": measure, "overturning_side": "below"}
    assert said in told("design_overturning", pd.DataFrame([{**row, "overturning_value": value}]))


def test_lines_at_a_loss_are_counted_with_the_size_that_pays(told):
    row = {"sized_count": 79, "losing_count": 39, "losing_yuan": 1e6, "shortfall_yuan": 2e4, "break_even_yuan": 4e5}
    assert "39 户（100.0 万元）低于" in told("margin_summary", pd.DataFrame([row]))
    assert "没有一个金额够本" in told("margin_summary", pd.DataFrame([{**row, "break_even_yuan": None}]))


def test_a_renewal_is_never_a_source(told):
    row = {"tested_months": 36, "is_notional": True, "sized_count": 3, "coverage_ratio": 1.5,
           "maturity_coverage_ratio": 0.8, "short_count": 2, "short_share": 0.6, "wanted_count": 4,
           "beyond_count": 3, "cut_yuan": 1e6, "cut_share": 0.25}  # fmt: skip
    assert "续贷不算还款来源" in told("coverage_summary", pd.DataFrame([row]))
    assert "3 户定额中 2 户" in told("repaid_at_maturity", pd.DataFrame([row]))
    capped = {**row, "short_count": 0, "maturity_coverage_ratio": 1.0}
    assert "4 户想要的额度中 3 户" in told("repaid_at_maturity", pd.DataFrame([capped]))
    within = {**capped, "beyond_count": 0}
    assert "都还得上" in told("repaid_at_maturity", pd.DataFrame([within]))
    assert "无法判断" in told("repaid_at_maturity", pd.DataFrame([{**within, "sized_count": 0}]))


@pytest.mark.parametrize("basis", ["cohort", "stock", "default_marks", "none"])
def test_the_past_says_where_it_comes_from(told, basis):
    row = {"basis": basis, "bad_count": 1, "total_count": 40, "shrunk_rate": 0.02, "shrunk_upper": 0.03,
           "prior_rate": 0.018, "prior_weight_share": 0.9}  # fmt: skip
    assert "单侧 80.0 % 上界 3.00 %" in told("own_experience", pd.DataFrame([row]), level=0.8)


def test_unverified_values_are_counted(told):
    values = pd.DataFrame({"status": ["unverified", "verified"]})
    assert "2 个政策值中 1 个尚未核实" in told("policy_values", values)
    assert "都已核实" in told("policy_values", values.assign(status="verified"))


PRODUCT_FLOORS = pd.DataFrame(
    {
        "pd_case": ["mean", "mean", "upper"],
        "amount_yuan": [500_000.0, 50_000.0, 500_000.0],
        "ftp_rate": 0.0205, "opex_rate": 0.0095, "loss_rate": 0.0076, "capital_rate": 0.0079,
        "floor_taxed_rate": [0.0455, 0.06, 0.0559], "yearly_rate": 0.05,
        "margin_rate": [0.0045, -0.01, -0.0059], "bound_by": "ftp",
    }
)  # fmt: skip


def test_the_floor_is_said_at_mean_and_upper_default_rate(told):
    text = told("price_floors", PRODUCT_FLOORS, quantiles=pd.DataFrame({"p50_yuan": [410_000.0]}))
    assert "5.00 %" in text and "4.55 %" in text and "5.59 %" in text and "小规模试点" in text


def test_without_lines_the_middle_size_is_taken(told):
    three = pd.concat([PRODUCT_FLOORS, PRODUCT_FLOORS.tail(1).assign(amount_yuan=9e5)])
    assert "单笔 50.0 万元" in told("price_floors", three)


def test_the_parts_of_the_floor_are_named(told):
    assert "资金转移价格 2.05 %" in told("price_parts", PRODUCT_FLOORS)


def test_the_size_that_loses_is_named(told):
    assert "单笔 5.0 万元及以下覆盖不了下限" in told("floor_by_size", PRODUCT_FLOORS)


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
    said = told("expected_volume", volume)
    assert "试点规模 200.0 万元（预计办理 5 至 9 户，额度 100.0 万元起）" in said


def test_an_unknown_figure_is_asked_for(told):
    rules = pd.DataFrame({"rule": ["a", "b"], "state": ["holds", "unknown"], "action": ["cut_limits"] * 2})
    assert "另有 1 条缺数据" in told("stop_rules", rules)


def test_rules_that_fire_name_the_action(told):
    rules = pd.DataFrame({"rule": ["a"], "state": ["fires"], "action": ["cut_limits"]})
    assert "压降额度" in told("stop_rules", rules)

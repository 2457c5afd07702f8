"""Sentences on sources of repayment."""

import pandas as pd

from microlib.contracts.policies import StressPolicy
from microlib.metrics import concentrations, sources

SHARES = {"pd_low": 0.2, "pd_high": 0.4, "lgd_low": 0.4, "lgd_high": 0.6, "dependence_share": 0.5}
STRESS = StressPolicy(stop_days=90, coverage_months=12, correlation={}, **SHARES)
MEMBERS = pd.DataFrame(
    {
        "source_kind": "core", "source_id": "H1", "customer_id": ["C1", "C2"],
        "income_share": [0.8, 0.6], "balance_yuan": [3e5, 2e5],
    }
)  # fmt: skip
CASH = pd.DataFrame(
    {
        "customer_id": ["C1", "C2"], "buffer_yuan": [1e4, 9e5], "inflow_month_yuan": [1e5, 1e5],
        "outflow_month_yuan": [9e4, 9e4], "fixed_month_yuan": [3e4, 3e4], "debt_service_yuan": [1.2e5, 8e4],
    }
)  # fmt: skip


def test_without_flows_only_the_affected_balance_is_said(told):
    text = told("affected_balances", sources.affected_balances(MEMBERS, stress=STRESS))
    assert "H1：2 户、50.0 万元" in text


def test_the_loss_is_a_range(told):
    text = told("loss_if_stopped", sources.loss_if_stopped(MEMBERS, CASH, stress=STRESS))
    assert "1 户 30.0 万元现金断档" in text and "预计损失 2.4 万元至 7.2 万元" in text


def test_borrowers_without_flows_are_counted(told):
    losses = sources.loss_if_stopped(MEMBERS, CASH.head(1), stress=STRESS)
    assert "1 户次 20.0 万元没有流水" in told("untested_sources", losses)


def test_an_unknown_share_is_not_taken_for_dependence(told):
    unknown = MEMBERS.assign(income_share=float("nan"))
    assert "占比未知的以 H1 最多" in told("affected_balances", sources.affected_balances(unknown, stress=STRESS))


def test_a_source_over_its_cap_is_named(told):
    found = sources.source_headroom(sources.affected_balances(MEMBERS, stress=STRESS), cap_yuan=400_000)
    assert "敞口 50.0 万元，上限 40.0 万元" in told("source_headroom", found)


def test_no_common_source_is_said_plainly(told):
    assert "没有发现多户共用" in told("affected_balances", sources.affected_balances(MEMBERS.iloc[:0], stress=STRESS))


def test_the_concentration_is_told_in_equal_parts(told):
    loans = pd.DataFrame({"branch_id": "0755", "industry_code": ["a", "b"], "balance_yuan": [1.0, 1.0]})
    text = told("concentration", concentrations.concentration(loans, within="branch_id", across="industry_code"))
    assert "2 个部分相当于 2.00 个等额部分" in text

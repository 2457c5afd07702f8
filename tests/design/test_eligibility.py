"""Access rules as a waterfall: every applicant counted once, missing evidence never guessed.

Missing evidence, examples of lines, coverage.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.design.eligibility import (
    access_waterfall,
    coverage_summary,
    limit_examples,
    missing_evidence,
    not_served_list,
    screen_applicants,
    waiting_list,
)
from microlib.design.limits import size_limits
from microlib.errors import BadData


@pytest.fixture
def mixed(applicants):
    """Make C01 young, C02 in arrears and young, and hide the receivable of C03."""
    applicants.loc[[0, 1], "business_months"] = 6.0
    applicants.loc[1, "overdue_days"] = 10
    applicants.loc[2, "receivable_yuan"] = np.nan
    return applicants


def test_the_first_failing_rule_is_named(mixed, hospital) -> None:
    found = screen_applicants(mixed, product=hospital).set_index("customer_id")
    assert found.loc[["C01", "C02"], "failed_rule"].to_list() == ["young_business"] * 2
    assert found.loc["C03", ["outcome", "unverified_rules"]].to_list() == ["to_be_verified", "no_receivable"]
    assert (found["outcome"] == "eligible").sum() == 9


def test_the_waterfall_loses_nobody(mixed, hospital) -> None:
    steps = access_waterfall(mixed, product=hospital)
    parts = steps[["passing_count", "failing_count", "unverified_count"]].sum(axis="columns")
    assert (parts == steps["entering_count"]).all()
    assert (steps["entering_count"].iloc[1:].to_numpy() == steps["remaining_count"].iloc[:-1].to_numpy()).all()
    assert steps["remaining_count"].iloc[-1] == 10


def test_a_rule_alone_counts_those_an_earlier_rule_took(mixed, hospital) -> None:
    steps = access_waterfall(mixed, product=hospital).set_index("rule")
    assert steps.loc["in_arrears", ["failing_count", "failing_alone_count"]].to_list() == [0, 1]


def test_the_waterfall_and_the_outcomes_agree(mixed, hospital) -> None:
    steps = access_waterfall(mixed, product=hospital)
    outcomes = screen_applicants(mixed, product=hospital)["outcome"]
    assert (outcomes == "not_served").sum() == steps["failing_count"].sum()


def test_those_not_served_are_told_where_to_go(mixed, hospital) -> None:
    screened = screen_applicants(mixed, product=hospital)
    listed = not_served_list(screened, product=hospital).set_index("exclusion")
    assert listed.loc["under_two_years", "customers_count"] == 2
    assert listed.loc["traders_without_delivery"].isna()["customers_count"]
    assert listed["refer_zh"].str.len().gt(0).all() and listed["refer_en"].str.len().gt(0).all()


def test_a_failed_rule_that_no_exclusion_names_is_listed_too(applicants, hospital) -> None:
    applicants.loc[0, "overdue_days"] = 5
    screened = screen_applicants(applicants, product=hospital)
    assert "in_arrears" in not_served_list(screened, product=hospital)["exclusion"].to_list()


def test_no_input_is_altered(mixed, hospital, unchanged) -> None:
    with unchanged(mixed):
        access_waterfall(screen_applicants(mixed, product=hospital), product=hospital)


def test_an_absent_column_is_refused(applicants, hospital) -> None:
    with pytest.raises(BadData, match="no column overdue_days for rule in_arrears"):
        screen_applicants(applicants.drop(columns="overdue_days"), product=hospital)


def test_missing_evidence_names_the_table_that_brings_it(applicants, hospital, policy) -> None:
    asked = applicants.assign(cash_month_yuan=float("nan"), source_share=None).astype({"source_share": "float64"})
    screened = screen_applicants(asked, product=hospital)
    lines = size_limits(screened, product=hospital, policy=policy.limits)
    found = missing_evidence(lines, screened, product=hospital).set_index("gap")
    assert found.loc["repayment", ["part", "table_name"]].to_list() == ["limits", "flow_months invoices"]
    assert found.loc["no_core", ["part", "table_name", "customers_count"]].to_list() == ["access", "core_payables", 12]


def test_nothing_missing_gives_an_empty_list(applicants, hospital, policy) -> None:
    screened = screen_applicants(applicants, product=hospital)
    lines = size_limits(screened, product=hospital, policy=policy.limits)
    assert missing_evidence(lines, screened, product=hospital).empty


def test_examples_show_every_kind_before_a_second_of_one(applicants, hospital, policy) -> None:
    lines = size_limits(applicants, product=hospital, policy=policy.limits)
    kinds = lines.groupby(["reason", "bound_by"]).ngroups
    found = limit_examples(lines, most=kinds)
    assert not found.duplicated(["reason", "bound_by"]).any() and len(found) == kinds
    assert not {"name", "phone"} & set(found.columns)


def test_a_bullet_loan_is_tested_over_the_notional_months(hospital, stall, policy) -> None:
    columns = ("reason", "coverage_ratio", "maturity_coverage_ratio", "limit_yuan", "need_cap_yuan", "missing")
    none = pd.DataFrame({name: [] for name in columns})
    bullet = coverage_summary(none, product=hospital, policy=policy.limits).iloc[0]
    spread = coverage_summary(none, product=stall, policy=policy.limits).iloc[0]
    assert (bullet["tested_months"], bullet["is_notional"]) == (policy.limits.notional_months, True)
    assert (spread["tested_months"], spread["is_notional"]) == (stall.max_term_months, False)


def test_what_cash_cannot_repay_at_the_end_is_counted_before_and_after_the_cap(applicants, hospital, policy) -> None:
    lean = applicants.assign(cash_month_yuan=applicants.index * 10_000.0 + 90_000, turnover_yuan=9e6)
    lean = lean.assign(receivable_yuan=9e6, debt_service_yuan=0.0)
    lines = size_limits(lean, product=hospital, policy=policy.limits)
    capped = coverage_summary(lines, product=hospital, policy=policy.limits).iloc[0]
    rule = hospital.repayment.model_copy(update={"beyond_cash": "instalments"})
    free = hospital.model_copy(update={"repayment": rule})
    loose = size_limits(lean, product=free, policy=policy.limits)
    spread = coverage_summary(loose, product=free, policy=policy.limits).iloc[0]
    assert capped["short_count"] == 0 < capped["beyond_count"] == spread["short_count"]
    assert capped["wanted_yuan"] == loose["limit_yuan"].sum() == spread["wanted_yuan"]
    assert capped["cut_yuan"] == loose["limit_yuan"].sum() - lines["limit_yuan"].sum() > 0
    assert (loose.loc[loose["maturity_coverage_ratio"] < 1, "repaid_by"] == "instalments").all()


def test_the_waiting_list_names_customers_by_number_only(applicants, hospital, policy) -> None:
    asked = applicants.assign(cash_month_yuan=applicants["cash_month_yuan"].where(applicants.index > 1))
    screened = screen_applicants(asked, product=hospital)
    found = waiting_list(size_limits(screened, product=hospital, policy=policy.limits), screened)
    assert found["customer_id"].to_list() == ["C02", "C01"] and set(found["missing"]) == {"repayment"}

"""Missing evidence, examples of lines, coverage."""

from __future__ import annotations

import pandas as pd

from microlib.design import eligibility, gaps, limits


def test_missing_evidence_names_the_table_that_brings_it(applicants, hospital, policy) -> None:
    asked = applicants.assign(cash_month_yuan=float("nan"), source_share=None).astype({"source_share": "float64"})
    screened = eligibility.screen_applicants(asked, product=hospital)
    lines = limits.size_limits(screened, product=hospital, policy=policy.limits)
    found = gaps.missing_evidence(lines, screened, product=hospital).set_index("gap")
    assert found.loc["repayment", ["part", "table_name"]].to_list() == ["limits", "flow_months invoices"]
    assert found.loc["no_core", ["part", "table_name", "customers_count"]].to_list() == ["access", "core_payables", 12]


def test_nothing_missing_gives_an_empty_list(applicants, hospital, policy) -> None:
    screened = eligibility.screen_applicants(applicants, product=hospital)
    lines = limits.size_limits(screened, product=hospital, policy=policy.limits)
    assert gaps.missing_evidence(lines, screened, product=hospital).empty


def test_examples_show_every_kind_before_a_second_of_one(applicants, hospital, policy) -> None:
    lines = limits.size_limits(applicants, product=hospital, policy=policy.limits)
    kinds = lines.groupby(["reason", "bound_by"]).ngroups
    found = gaps.limit_examples(lines, most=kinds)
    assert not found.duplicated(["reason", "bound_by"]).any() and len(found) == kinds
    assert not {"name", "phone"} & set(found.columns)


def test_a_bullet_loan_is_tested_over_the_notional_months(hospital, stall, policy) -> None:
    none = pd.DataFrame({"reason": [], "coverage_ratio": [], "maturity_coverage_ratio": []})
    bullet = gaps.coverage_summary(none, product=hospital, policy=policy.limits).iloc[0]
    spread = gaps.coverage_summary(none, product=stall, policy=policy.limits).iloc[0]
    assert (bullet["tested_months"], bullet["is_notional"]) == (policy.limits.notional_months, True)
    assert (spread["tested_months"], spread["is_notional"]) == (stall.max_term_months, False)


def test_the_waiting_list_names_customers_by_number_only(applicants, hospital, policy) -> None:
    asked = applicants.assign(cash_month_yuan=applicants["cash_month_yuan"].where(applicants.index > 1))
    screened = eligibility.screen_applicants(asked, product=hospital)
    found = gaps.waiting_list(limits.size_limits(screened, product=hospital, policy=policy.limits), screened)
    assert found["customer_id"].to_list() == ["C02", "C01"] and set(found["missing"]) == {"repayment"}

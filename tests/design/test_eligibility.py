"""Access rules as a waterfall: every applicant counted once, missing evidence never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from microlib.design import eligibility
from microlib.errors import BadData


@pytest.fixture
def mixed(applicants):
    """Make C01 young, C02 in arrears and young, and hide the receivable of C03."""
    applicants.loc[[0, 1], "business_months"] = 6.0
    applicants.loc[1, "overdue_days"] = 10
    applicants.loc[2, "receivable_yuan"] = np.nan
    return applicants


def test_the_first_failing_rule_is_named(mixed, hospital) -> None:
    found = eligibility.screen_applicants(mixed, product=hospital).set_index("customer_id")
    assert found.loc[["C01", "C02"], "failed_rule"].to_list() == ["young_business"] * 2
    assert found.loc["C03", ["outcome", "unverified_rules"]].to_list() == ["to_be_verified", "no_receivable"]
    assert (found["outcome"] == "eligible").sum() == 9


def test_the_waterfall_loses_nobody(mixed, hospital) -> None:
    steps = eligibility.access_waterfall(mixed, product=hospital)
    parts = steps[["passing_count", "failing_count", "unverified_count"]].sum(axis="columns")
    assert (parts == steps["entering_count"]).all()
    assert (steps["entering_count"].iloc[1:].to_numpy() == steps["remaining_count"].iloc[:-1].to_numpy()).all()
    assert steps["remaining_count"].iloc[-1] == 10


def test_a_rule_alone_counts_those_an_earlier_rule_took(mixed, hospital) -> None:
    steps = eligibility.access_waterfall(mixed, product=hospital).set_index("rule")
    assert steps.loc["in_arrears", ["failing_count", "failing_alone_count"]].to_list() == [0, 1]


def test_the_waterfall_and_the_outcomes_agree(mixed, hospital) -> None:
    steps = eligibility.access_waterfall(mixed, product=hospital)
    outcomes = eligibility.screen_applicants(mixed, product=hospital)["outcome"]
    assert (outcomes == "not_served").sum() == steps["failing_count"].sum()


def test_those_not_served_are_told_where_to_go(mixed, hospital) -> None:
    screened = eligibility.screen_applicants(mixed, product=hospital)
    listed = eligibility.not_served_list(screened, product=hospital).set_index("exclusion")
    assert listed.loc["under_two_years", "customers_count"] == 2
    assert listed.loc["traders_without_delivery"].isna()["customers_count"]
    assert listed["refer_zh"].str.len().gt(0).all() and listed["refer_en"].str.len().gt(0).all()


def test_a_failed_rule_that_no_exclusion_names_is_listed_too(applicants, hospital) -> None:
    applicants.loc[0, "overdue_days"] = 5
    screened = eligibility.screen_applicants(applicants, product=hospital)
    assert "in_arrears" in eligibility.not_served_list(screened, product=hospital)["exclusion"].to_list()


def test_no_input_is_altered(mixed, hospital, unchanged) -> None:
    with unchanged(mixed):
        eligibility.access_waterfall(eligibility.screen_applicants(mixed, product=hospital), product=hospital)


def test_an_absent_column_is_refused(applicants, hospital) -> None:
    with pytest.raises(BadData, match="no column overdue_days for rule in_arrears"):
        eligibility.screen_applicants(applicants.drop(columns="overdue_days"), product=hospital)

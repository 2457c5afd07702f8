"""Limits: the smallest of six caps, monotone in every input, refused under the floor, never guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microlib.design import limits

INPUTS = ("turnover_yuan", "cash_month_yuan", "receivable_yuan", "group_headroom_yuan", "source_headroom_yuan")
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _by_customer(applicants, hospital, policy) -> pd.DataFrame:
    return limits.size_limits(applicants, product=hospital, policy=policy.limits).set_index("customer_id")


def test_a_bullet_loan_is_capped_on_notional_amortisation(applicants, hospital, policy) -> None:
    """1,000,000 at 4.2 % with 20,000 a month covers interest 5.7 times and 36 equal instalments 0.68 times."""
    known = limits.service_coverage(20_000, amount_yuan=1_000_000, yearly_rate=0.042, months=36)
    assert round(known, 2) == 0.68
    assert limits.tested_months(hospital, policy.limits) == 36


def test_the_limit_is_the_smallest_component_rounded_down(applicants, hospital, policy) -> None:
    found = _by_customer(applicants, hospital, policy)
    caps = found[[f"{cap}_cap_yuan" for cap in limits.CAPS]]
    assert np.allclose(found["at_most_yuan"], caps.min(axis="columns"), atol=0.01)
    sized = found[found["reason"] == "sized"]
    assert (sized["limit_yuan"] == np.floor(sized["at_most_yuan"] / 10_000) * 10_000).all()
    assert (caps.to_numpy()[range(12), [limits.CAPS.index(cap) for cap in found["bound_by"]]] == caps.min(axis=1)).all()


def test_a_source_is_shared_in_proportion_and_not_exceeded(applicants, hospital, policy) -> None:
    tight = applicants.assign(source_headroom_yuan=2_000_000.0)
    found = _by_customer(tight, hospital, policy)
    assert 0 < found["limit_yuan"].sum() <= 2_000_000
    assert (found.loc[found["reason"] == "sized", "bound_by"] == "source").all()


def test_a_group_is_shared_among_its_members(applicants, hospital, policy) -> None:
    pair = applicants.assign(group_key=["A", *["B"] * 11], group_headroom_yuan=1_500_000.0)
    found = _by_customer(pair, hospital, policy)
    assert found.loc[found["group_key"] == "B", "limit_yuan"].sum() <= 1_500_000


@SLOW
@given(row=st.integers(0, 11), column=st.sampled_from(INPUTS), factor=st.floats(1.0, 20.0))
def test_a_limit_never_falls_when_an_input_rises(applicants, hospital, policy, row, column, factor) -> None:
    crowded = applicants.assign(source_headroom_yuan=3_000_000.0)
    before = _by_customer(crowded, hospital, policy)["limit_yuan"].iloc[row]
    crowded.loc[row if column != "source_headroom_yuan" else slice(None), column] *= factor
    assert _by_customer(crowded, hospital, policy)["limit_yuan"].iloc[row] >= before


@SLOW
@given(row=st.integers(0, 11), service=st.floats(0, 1e5), kept=st.floats(0, 1e6))
def test_a_limit_never_rises_with_other_debt(applicants, hospital, policy, row, service, kept) -> None:
    before = _by_customer(applicants, hospital, policy)["limit_yuan"].iloc[row]
    indebted = applicants.copy()
    indebted.loc[row, ["debt_service_yuan", "kept_yuan"]] = [service, kept]
    assert _by_customer(indebted, hospital, policy)["limit_yuan"].iloc[row] <= before


def test_a_result_under_the_floor_is_refused_not_lifted(applicants, hospital, policy) -> None:
    found = _by_customer(applicants.assign(receivable_yuan=120_000.0), hospital, policy)
    assert set(found["reason"]) == {"below_floor"} and (found["limit_yuan"] == 0).all()
    assert set(found["bound_by"]) == {"collateral"}


def test_missing_evidence_is_to_be_verified_and_takes_nothing_from_others(applicants, hospital, policy) -> None:
    crowded = applicants.assign(source_headroom_yuan=3_000_000.0, balance_yuan=0.0)
    crowded.loc[11, "cash_month_yuan"] = np.nan
    found = _by_customer(crowded, hospital, policy)
    assert found["reason"].iloc[11] == "to_be_verified" and found["missing"].iloc[11] == "repayment"
    assert found["limit_yuan"].iloc[11] == 0 < found["at_most_yuan"].iloc[11]
    alone = _by_customer(crowded.iloc[:11], hospital, policy)
    pd.testing.assert_series_equal(found["limit_yuan"].iloc[:11], alone["limit_yuan"])


def test_present_loans_of_those_who_get_no_line_stay_with_the_source(applicants, hospital, policy) -> None:
    owing = applicants.assign(source_headroom_yuan=2_000_000.0, outcome=["not_served"] * 2 + ["eligible"] * 10)
    owing.loc[[0, 1], "balance_yuan"] = 250_000.0
    found = _by_customer(owing, hospital, policy)
    assert 1_300_000 <= found["limit_yuan"].sum() <= 1_500_000  # rounding and the floor take the rest


def test_a_limit_is_not_final_while_other_banks_debt_is_unknown(applicants, hospital, policy) -> None:
    assert not _by_customer(applicants, hospital, policy)["is_final"].any()
    known = applicants.assign(debt_is_complete=True)
    assert _by_customer(known, hospital, policy)["is_final"].any()


def test_those_not_served_are_left_out_and_row_order_does_not_matter(applicants, hospital, policy) -> None:
    screened = applicants.assign(outcome=["not_served", *["eligible"] * 11])
    found = limits.size_limits(screened, product=hospital, policy=policy.limits)
    shuffled = limits.size_limits(screened.sample(frac=1, random_state=1), product=hospital, policy=policy.limits)
    assert len(found) == 11
    pd.testing.assert_frame_equal(found, shuffled)


def test_no_input_is_altered_and_an_empty_frame_gives_an_empty_one(applicants, hospital, policy, unchanged) -> None:
    with unchanged(applicants):
        _by_customer(applicants, hospital, policy)
    assert _by_customer(applicants.iloc[:0], hospital, policy).empty


def test_binding_counts_add_up_to_all_who_were_sized_or_not(applicants, hospital, policy) -> None:
    found = limits.size_limits(applicants, product=hospital, policy=policy.limits)
    counts = limits.binding_counts(found)
    assert counts["customers_count"].sum() == 12 and counts["customers_share"].sum() == pytest.approx(1)
    assert limits.limit_quantiles(found)["sized_count"].item() == (found["reason"] == "sized").sum()


def test_authority_is_the_lowest_level_that_covers_the_line(applicants, hospital, policy) -> None:
    found = _by_customer(applicants, hospital, policy)
    sized = found[found["limit_yuan"] > 0]
    small = sized["limit_yuan"] <= policy.limits.authority["branch_head"]
    assert (sized.loc[small, "authority"] == "branch_head").all() and (
        sized.loc[~small, "authority"] != "branch_head"
    ).all()

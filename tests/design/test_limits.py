"""Needs by the method a product names, and the borrowing base its receivables make.

Limits: the smallest of seven caps, monotone in every input, refused under the floor, never guessed.
The short methods, against published examples and answer keys.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microlib.contracts.product import NeedRule
from microlib.design.applicants import haircut_value, months_tested
from microlib.design.business_evidence import assigned_base, borrowing_base, supplier_receivables
from microlib.design.limits import (
    CAPS,
    binding_counts,
    budget_loan,
    limit_quantiles,
    order_loan,
    product_need,
    size_limits,
    tax_multiple,
    turnover_need,
)
from microlib.metrics.capacity import service_coverage

ONE = pd.DataFrame({"kept_yuan": [0.0]})


def need_of(product, evidence, **rule) -> float:
    sized = product.model_copy(update={"size": NeedRule(**rule)})
    return product_need(ONE.assign(**evidence), product=sized).item()


def test_methods_as_printed(hospital) -> None:
    """TV-A6: 115; TV-A7's bank part: 20,000; TV-A12: 84."""
    taxes = {"vat_yuan": 10.0, "income_tax_yuan": 5.0}
    assert need_of(hospital, taxes, method="tax_multiple", vat_multiple=7, income_multiple=9) == 115
    assert need_of(hospital, {"turnover_yuan": 1e5}, method="sales_share", sales_share=0.2) == 20_000
    assert need_of(hospital, {"budget_yuan": 120.0}, method="budget", own_share=0.3) == pytest.approx(84)


def test_takings_and_orders(hospital) -> None:
    assert need_of(hospital, {"pos_month_yuan": 5e4}, method="pos_multiple", pos_multiple=3) == 150_000
    order = {"order_yuan": 1e6, "order_paid_share": 0.2, "order_cost_yuan": 5e5}
    assert need_of(hospital, order, method="orders", advance_share=0.7) == 500_000


@given(st.floats(1, 1e7), st.floats(0, 1), st.floats(0, 1e7), st.floats(0.5, 0.8), st.floats(1, 2))
def test_an_order_loan_rises_with_the_order_and_never_passes_its_cost(order, paid, cost, advance, factor) -> None:
    frame = pd.DataFrame({"order_yuan": [order, order * factor], "order_paid_share": paid, "order_cost_yuan": cost})
    small, large = order_loan(frame, advance_share=advance)
    assert small <= large <= cost


@pytest.mark.parametrize(
    "rule",
    [{"method": "tax_multiple", "vat_multiple": 7, "income_multiple": 9}, {"method": "budget", "own_share": 0.3},
     {"method": "orders", "advance_share": 0.7}, {"method": "pos_multiple", "pos_multiple": 2}],
)  # fmt: skip
def test_evidence_that_is_absent_leaves_the_need_missing(hospital, rule) -> None:
    assert np.isnan(need_of(hospital, {}, **rule))


@pytest.mark.parametrize(("method", "lacks"), [("tax_multiple", "vat_multiple"), ("budget", "own_share")])
def test_a_method_without_its_terms_is_refused(method, lacks) -> None:
    with pytest.raises(ValueError, match=f"needs {lacks}"):
        NeedRule(method=method)


def test_one_debtor_counts_up_to_its_cap() -> None:
    """TV-A11's debtors 400, 300, 180: counted 620, so 83 % of them are 514.6."""
    day = pd.Timestamp("2026-05-01")
    owed = pd.DataFrame({
        "customer_id": "C1", "core_id": ["H1", "H2", "H3"], "amount_yuan": [400.0, 300, 180], "delivered_date": day,
        "due_date": day + pd.Timedelta(days=61), "paid_date": pd.NaT, "deducted_yuan": 0.0, "retention_yuan": 0.0,
    })  # fmt: skip
    found = supplier_receivables(owed, as_of=pd.Timestamp("2026-06-30"), overdue_days=90, debtor_cap_share=0.25)
    assert found[["receivable_yuan", "base_yuan"]].iloc[0].to_list() == [880, 620]
    plain = borrowing_base(pd.Series([400.0, 300, 180]), debtor_cap_share=0.25, advance_share=0.83)
    assert found["base_yuan"].item() * 0.83 == pytest.approx(plain["base_yuan"].item()) == pytest.approx(514.6)


def test_a_borrowers_own_deductions_count_where_the_terms_say_so(hospital) -> None:
    frame = pd.DataFrame({"base_yuan": [1e6] * 3, "dilution_share": [0.10, 0.01, np.nan]})
    observed = hospital.limit.model_copy(update={"dilution": "observed"})
    assert assigned_base(frame, rule=observed).to_list() == pytest.approx([630_000, 679_000, 679_000])
    assert assigned_base(frame, rule=hospital.limit).to_list() == pytest.approx([679_000] * 3)


INPUTS = ("turnover_yuan", "cash_month_yuan", "receivable_yuan", "group_headroom_yuan", "source_headroom_yuan")
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _by_customer(applicants, hospital, policy) -> pd.DataFrame:
    return size_limits(applicants, product=hospital, policy=policy.limits).set_index("customer_id")


def test_a_bullet_loan_is_capped_on_notional_amortisation(applicants, hospital, policy) -> None:
    """1,000,000 at 4.2 % with 20,000 a month covers interest 5.7 times and 36 equal instalments 0.68 times."""
    known = service_coverage(20_000, amount_yuan=1_000_000, yearly_rate=0.042, months=36)
    assert round(known, 2) == 0.68
    assert months_tested(hospital, policy.limits) == 36


def test_the_limit_is_the_smallest_component_rounded_down(applicants, hospital, policy) -> None:
    found = _by_customer(applicants, hospital, policy)
    caps = found[[f"{cap}_cap_yuan" for cap in CAPS]]
    assert np.allclose(found["at_most_yuan"], caps.min(axis="columns"), atol=0.01)
    sized = found[found["reason"] == "sized"]
    assert (sized["limit_yuan"] == np.floor(sized["at_most_yuan"] / 10_000) * 10_000).all()
    assert (caps.to_numpy()[range(12), [CAPS.index(cap) for cap in found["bound_by"]]] == caps.min(axis=1)).all()


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
    found = _by_customer(applicants.assign(receivable_yuan=110_000.0), hospital, policy)
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


def test_what_is_certain_is_refused_though_evidence_lacks(applicants, hospital, policy) -> None:
    """A receivable that carries 62,000 under a floor of 100,000 is refused, whatever the cash would say."""
    small = applicants.assign(receivable_yuan=91_310.0, cash_month_yuan=np.nan)
    found = _by_customer(small, hospital, policy)
    assert set(found["reason"]) == {"below_floor"} and (found["at_most_yuan"] < 62_001).all()
    assert (found["missing"] == "repayment").all()


def test_the_cap_at_maturity_is_what_saved_up_cash_repays(applicants, hospital, policy) -> None:
    """12 months of 7,000 a head and 4.35 % interest: 84,000 / 1.0435 of it is principal."""
    found = _by_customer(applicants, hospital, policy)
    assert found["maturity_cap_yuan"].to_list() == pytest.approx([84_000 / 1.0435 * size for size in range(1, 13)])
    sized = found[found["reason"] == "sized"]
    assert (sized["maturity_coverage_ratio"] >= 1).all() and (sized["repaid_by"] == "own_way").all()


PAYER = st.lists(
    st.tuples(st.integers(1, 200), st.integers(0, 250), st.booleans(), st.floats(1e4, 1e6)), min_size=2, max_size=12
)


@SLOW
@given(bills=PAYER, slower=st.integers(1, 120))
def test_a_payer_that_slows_never_raises_a_limit(applicants, hospital, policy, bills, slower) -> None:
    """Bills that have fallen due are paid later, or not at all yet: what may be lent on them only falls."""
    today = pd.Timestamp("2026-06-30")
    ages, waits, paid, amounts = (pd.Series(values) for values in zip(*bills, strict=True))
    owed = pd.DataFrame({
        "customer_id": "C01", "core_id": "H01", "delivered_date": today - pd.to_timedelta(ages, "D"),
        "amount_yuan": amounts, "deducted_yuan": 0.0, "retention_yuan": 0.0,
    })  # fmt: skip
    owed["due_date"] = owed["delivered_date"] + pd.Timedelta(days=60)
    owed["paid_date"] = (owed["due_date"] + pd.to_timedelta(waits, "D")).where(paid & (owed["due_date"] <= today))
    later = owed.assign(paid_date=owed["paid_date"] + pd.Timedelta(days=slower))
    rows = [supplier_receivables(each, as_of=today, overdue_days=90).loc["C01"] for each in (owed, later)]
    asked = applicants.head(1)
    lines = [
        _by_customer(asked.assign(**row[["base_yuan", "receivable_yuan"]]), hospital, policy)["limit_yuan"].item()
        for row in rows
    ]
    assert lines[1] <= lines[0] and rows[1]["base_yuan"] <= rows[0]["base_yuan"] + 1e-6


def test_a_limit_is_not_final_while_other_banks_debt_is_unknown(applicants, hospital, policy) -> None:
    assert not _by_customer(applicants, hospital, policy)["is_final"].any()
    known = applicants.assign(debt_is_complete=True)
    assert _by_customer(known, hospital, policy)["is_final"].any()


def test_those_not_served_are_left_out_and_row_order_does_not_matter(applicants, hospital, policy) -> None:
    screened = applicants.assign(outcome=["not_served", *["eligible"] * 11])
    found = size_limits(screened, product=hospital, policy=policy.limits)
    shuffled = size_limits(screened.sample(frac=1, random_state=1), product=hospital, policy=policy.limits)
    assert len(found) == 11
    pd.testing.assert_frame_equal(found, shuffled)


def test_no_input_is_altered_and_an_empty_frame_gives_an_empty_one(applicants, hospital, policy, unchanged) -> None:
    with unchanged(applicants):
        _by_customer(applicants, hospital, policy)
    assert _by_customer(applicants.iloc[:0], hospital, policy).empty


def test_binding_counts_add_up_to_all_who_were_sized_or_not(applicants, hospital, policy) -> None:
    found = size_limits(applicants, product=hospital, policy=policy.limits)
    counts = binding_counts(found)
    assert counts["customers_count"].sum() == 12 and counts["customers_share"].sum() == pytest.approx(1)
    assert limit_quantiles(found)["sized_count"].item() == (found["reason"] == "sized").sum()


def test_authority_is_the_lowest_level_that_covers_the_line(applicants, hospital, policy) -> None:
    found = _by_customer(applicants, hospital, policy)
    sized = found[found["limit_yuan"] > 0]
    small = sized["limit_yuan"] <= policy.limits.authority["branch_head"]
    assert (sized.loc[small, "authority"] == "branch_head").all() and (
        sized.loc[~small, "authority"] != "branch_head"
    ).all()


def test_short_methods_as_printed() -> None:
    """TV-A5: an unlisted kind counts nothing, 21,400; TV-A6: 115; TV-A7: 25,000 less 5,000; TV-A12: 84."""
    items = pd.DataFrame({"kind": list("abcdef"), "value_yuan": [10_000, 5_000, 8_500, 12_000, 6_000, 6_000]})
    cuts = {"a": 0.7, "b": 0.6, "d": 0.5, "e": 0.4, "f": 0.5}
    assert haircut_value(items, haircuts=cuts).sum() == pytest.approx(21_400)
    assert tax_multiple(pd.DataFrame({"vat_yuan": [10], "income_tax_yuan": [5]})).item() == 115
    assert turnover_need(pd.Series([100_000.0]))["need_yuan"].item() == 20_000
    assert budget_loan(pd.Series([120.0]), own_share=0.30).item() == pytest.approx(84)

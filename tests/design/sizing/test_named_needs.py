"""Needs by the method a product names, and the borrowing base its receivables make."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.contracts.need_rules import NeedRule
from microlib.design.receivables import assigned_base, borrowing_base, supplier_receivables
from microlib.design.sizing.named_needs import order_loan, product_need
from microlib.design.sizing.need_evidences import with_need_evidence

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
        "due_date": day + pd.Timedelta(days=60), "paid_date": pd.NaT, "deducted_yuan": 0.0, "retention_yuan": 0.0,
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


def test_takings_are_read_from_card_and_code_flows(book, policy, unchanged) -> None:
    applicants = pd.DataFrame({"customer_id": ["C1", "C2"]})
    with unchanged(applicants, book["flow_months"]):
        found = with_need_evidence(applicants, book, policy=policy.limits)
    assert 300_000 < found["pos_month_yuan"].iloc[0] < 530_000 and found.iloc[1, 1:].isna().all()

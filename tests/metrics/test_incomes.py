"""Yearly incomes and the share of one payer: closed forms, laws, degenerate input."""

from datetime import date

import pandas as pd
import pytest

from microlib.metrics.incomes import income_shares, yearly_incomes

AS_OF = date(2026, 6, 30)


def customers(**columns):
    frame = {"customer_id": ["C1", "C2"], "annual_sales_yuan": [5e5, None], "sales_source": ["tax", None]}
    return pd.DataFrame(frame | columns)


def invoices(*rows):
    columns = ["customer_id", "side", "status", "issued_date", "gross_yuan"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(issued_date=pd.to_datetime(frame["issued_date"]))


FLOWS = pd.DataFrame({"customer_id": "C2", "month": ["2025-06", "2025-07", "2026-06"], "inflow_yuan": [9e9, 1e5, 2e5]})


def test_invoices_go_before_a_tax_declaration_and_returns_are_deducted():
    rows = invoices(("C1", "sale", "valid", "2026-01-05", 8e5), ("C1", "sale", "valid", "2026-02-05", -1e5))
    found = yearly_incomes(customers(), rows, as_of=AS_OF).iloc[0]
    assert (found.income_yuan, found.income_source, found.income_months_count) == (7e5, "invoices", 2)


def test_void_purchased_earlier_and_later_invoices_do_not_count():
    rows = invoices(
        ("C1", "sale", "void", "2026-01-05", 8e5), ("C1", "purchase", "valid", "2026-01-05", 8e5),
        ("C1", "sale", "valid", "2025-06-30", 8e5), ("C1", "sale", "valid", "2026-07-01", 8e5),
    )  # fmt: skip
    assert yearly_incomes(customers(), rows, as_of=AS_OF)["income_source"].tolist() == ["tax"]


def test_flows_of_exactly_twelve_months_are_added_up():
    found = yearly_incomes(customers(), None, FLOWS, as_of=AS_OF).set_index("customer_id").loc["C2"]
    assert (found.income_yuan, found.income_source) == (3e5, "flows")


def test_the_order_of_preference_is_the_callers():
    flows = FLOWS.assign(customer_id="C1")
    found = yearly_incomes(customers(), None, flows, as_of=AS_OF, order=("declared", "flows"))
    assert found["income_source"].tolist() == ["tax"]


def test_a_customer_without_evidence_has_no_row():
    assert yearly_incomes(customers(annual_sales_yuan=[None, None]), as_of=AS_OF).empty


def test_customers_of_another_branch_are_left_out():
    flows = FLOWS.assign(customer_id="C9")
    assert "C9" not in set(yearly_incomes(customers(), None, flows, as_of=AS_OF)["customer_id"])


def payables(*rows):
    columns = ["core_id", "customer_id", "delivered_date", "amount_yuan", "deducted_yuan"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(delivered_date=pd.to_datetime(frame["delivered_date"]))


INCOMES = pd.DataFrame({"customer_id": ["C1"], "income_yuan": [1e6], "income_source": ["flows"]})


def test_deductions_are_taken_off_and_a_share_never_exceeds_one():
    rows = payables(("H1", "C1", "2026-01-01", 6e5, 1e5), ("H2", "C1", "2026-01-01", 3e6, None))
    shares = income_shares(rows, INCOMES, as_of=AS_OF).set_index("core_id")["income_share"]
    assert shares.to_dict() == {"H1": 0.5, "H2": 1.0}


def test_an_unknown_income_gives_an_unknown_share():
    shares = income_shares(payables(("H1", "C2", "2026-01-01", 6e5, 0.0)), INCOMES, as_of=AS_OF)
    assert shares.set_index("customer_id")["income_share"].isna().all()
    assert shares.set_index("customer_id").loc["C1", "income_source"] == "flows"


def test_splitting_a_payable_changes_no_share():
    whole = payables(("H1", "C1", "2026-01-01", 6e5, 0.0))
    halves = pd.concat([whole.assign(amount_yuan=3e5)] * 2)
    pd.testing.assert_frame_equal(*(income_shares(rows, INCOMES, as_of=AS_OF) for rows in (whole, halves)))


def test_payables_of_older_deliveries_and_unknown_suppliers_do_not_count():
    rows = payables(("H1", "C1", "2025-06-30", 6e5, 0.0), ("H1", None, "2026-01-01", 6e5, 0.0))
    assert income_shares(rows, INCOMES, as_of=AS_OF)["paid_yuan"].tolist() == [0.0]


def test_empty_tables_give_empty_results_with_all_columns():
    shares = income_shares(payables(), INCOMES.iloc[:0], as_of=AS_OF)
    assert shares.empty and "income_share" in shares


def test_the_frames_given_are_not_altered(unchanged):
    rows, owed = invoices(("C1", "sale", "valid", "2026-01-05", 8e5)), payables(("H1", "C1", "2026-01-01", 6e5, 0.0))
    people = customers()
    with unchanged(people, rows, FLOWS, owed, INCOMES):
        yearly_incomes(people, rows, FLOWS, as_of=AS_OF)
        income_shares(owed, INCOMES, as_of=AS_OF)


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_scaling_both_sides_changes_no_share(factor):
    rows = payables(("H1", "C1", "2026-01-01", 4e5 * factor, 0.0))
    incomes = INCOMES.assign(income_yuan=1e6 * factor)
    assert income_shares(rows, incomes, as_of=AS_OF)["income_share"].tolist() == pytest.approx([0.4])

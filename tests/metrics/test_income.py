"""Debt service, the year of cash, and the depth and length of the cash gap.

Yearly incomes and the share of one payer: closed forms, laws, degenerate input.
What the members of a segment are like: closed forms and degenerate input.
"""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.design.schedules import Loan, repayment_schedule
from microlib.metrics.capacity import monthly_payment
from microlib.metrics.income import (
    cash_gaps,
    cash_positions,
    debt_services,
    evidence_available,
    income_shares,
    income_sources,
    segment_profiles,
    yearly_incomes,
)
from microlib.stats.grouping import payments_left

AS_OF = date(2026, 6, 30)
MONTHS = [str(month) for month in pd.period_range("2024-07", "2026-06", freq="M")]


def loan(**columns):
    row = {"customer_id": "C1", "balance_yuan": 1_000_000.0, "yearly_rate": 0.042, "repayment": "interest_only"}
    return pd.DataFrame([row | {"maturity_date": pd.Timestamp("2027-06-30")} | columns])


def flows(net, *, months=MONTHS):
    net = np.asarray(net, dtype=float)
    frame = {"customer_id": "C1", "month": months[-len(net) :], "channel": "corporate_account"}
    return pd.DataFrame({**frame, "inflow_yuan": 100 + net, "outflow_yuan": 100.0, "min_balance_yuan": 10.0})


def test_a_bullet_loan_is_taken_as_repaid_in_thirty_six_parts():
    """corrections.md: 1,000,000 at 4.2 % with 20,000 a month has DSCR 0.68 amortised, 5.7 on interest."""
    due = debt_services(loan(), as_of=AS_OF, notional_months=36)["debt_service_yuan"].item()
    assert 240_000 / due == pytest.approx(0.68, abs=0.005)
    assert pytest.approx(5.7, abs=0.02) == 20_000 / (1_000_000 * 0.042 / 12)


def test_an_instalment_loan_is_due_in_the_months_it_has_left():
    rows = loan(repayment="equal_instalment", maturity_date=pd.Timestamp("2028-06-29"))
    due = debt_services(rows, as_of=AS_OF, notional_months=36)["debt_service_yuan"].item()
    assert due == pytest.approx(12 * monthly_payment(1e6, yearly_rate=0.042, months=24), rel=1e-12)


@pytest.mark.parametrize(("maturity", "payments"), [("2027-06-30", 12), ("2027-07-01", 13), ("2027-07-12", 13)])
def test_payments_left_are_whole_ones(maturity, payments):
    """13 payments are left from 30 June 2026 to 12 July 2027: 77,000 each, not 12.4 of them."""
    rows = loan(repayment="equal_instalment", maturity_date=pd.Timestamp(maturity))
    due = debt_services(rows, as_of=AS_OF, notional_months=36)["debt_service_yuan"].item()
    assert due == pytest.approx(12 * monthly_payment(1e6, yearly_rate=0.042, months=payments), rel=1e-12)


def test_payments_left_are_those_of_the_schedule():
    for start, day in itertools.product((date(2025, 1, 31), date(2025, 3, 15)), (date(2025, 4, 30), date(2025, 6, 15))):
        due = repayment_schedule(Loan(1e5, 0.05, 18, start=start))["due_date"]
        ends = pd.Series(pd.to_datetime([due.iloc[-1]]))
        assert payments_left(ends, as_of=day).item() == (pd.to_datetime(due) > pd.Timestamp(day)).sum()


@pytest.mark.parametrize("column", ["yearly_rate", "maturity_date", "balance_yuan"])
def test_a_service_of_which_a_part_is_unknown_is_unknown(column):
    rows = pd.concat([loan(repayment="equal_instalment"), loan(repayment="equal_instalment", **{column: None})])
    rows = rows.astype({"yearly_rate": "float64", "maturity_date": "datetime64[s]", "balance_yuan": "float64"})
    found = debt_services(rows, as_of=AS_OF, notional_months=36)
    assert found["debt_service_yuan"].isna().item()
    assert cash_positions(flows([1.0] * 12), rows, as_of=AS_OF, notional_months=36).empty


def test_a_closed_loan_without_a_balance_is_not_unknown():
    rows = pd.concat([loan(status="normal"), loan(status="settled", balance_yuan=np.nan)])
    assert debt_services(rows, as_of=AS_OF, notional_months=36)["debt_service_yuan"].notna().item()


def test_no_more_than_the_balance_falls_due():
    rows = loan(repayment="equal_principal", maturity_date=pd.Timestamp("2026-07-15"))
    assert debt_services(rows, as_of=AS_OF, notional_months=36)["debt_service_yuan"].item() == pytest.approx(1_003_500)


def test_settled_loans_owe_nothing():
    assert debt_services(loan(balance_yuan=0.0), as_of=AS_OF, notional_months=36).empty


def test_channels_of_a_month_are_added_up():
    wallet = flows([0] * 12).assign(channel="wallet")
    found = cash_positions(pd.concat([flows([0] * 12), wallet]), loan(), as_of=AS_OF, notional_months=36).iloc[0]
    assert (found.inflow_month_yuan, found.flow_months_count, found.buffer_yuan) == (200, 12, 20)


def test_costs_that_run_on_are_the_lowest_month_unless_policy_says_otherwise():
    rows = flows([0] * 12).assign(outflow_yuan=[80.0] + [120.0] * 11)
    lowest = cash_positions(rows, loan(), as_of=AS_OF, notional_months=36)["fixed_month_yuan"].item()
    said = cash_positions(rows, loan(), as_of=AS_OF, notional_months=36, fixed_share=0.3)["fixed_month_yuan"].item()
    assert (lowest, said) == (80.0, pytest.approx(0.3 * (80 + 11 * 120) / 12))


def test_the_gap_is_the_deepest_fall_and_lasts_until_it_is_refilled():
    found = cash_gaps(flows([30, -20, -30, 10, 60]), as_of=AS_OF).iloc[0]
    assert (found.gap_yuan, found.gap_months_count, found.gap_is_open) == (50, 4, False)


def test_a_gap_that_is_not_refilled_is_open():
    found = cash_gaps(flows([30, -20, -30, 10]), as_of=AS_OF).iloc[0]
    assert (found.gap_yuan, found.gap_months_count, found.gap_is_open) == (50, 3, True)


def test_a_firm_that_never_falls_back_has_no_gap():
    found = cash_gaps(flows([5, 0, 5]), as_of=AS_OF).iloc[0]
    assert (found.gap_yuan, found.gap_months_count, found.gap_is_open) == (0, 0, False)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-90, 90), min_size=1, max_size=24))
def test_the_gap_is_found_as_a_plain_search_finds_it(net):
    height = np.cumsum([0, *net])
    deepest = max(height[: t + 1].max() - height[t] for t in range(len(height)))
    assert cash_gaps(flows(net), as_of=AS_OF)["gap_yuan"].item() == pytest.approx(deepest)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(-90, 90), min_size=2, max_size=24), st.floats(0.1, 50))
def test_scale_scales_the_gap_and_keeps_its_length(net, factor):
    plain, scaled = cash_gaps(flows(net), as_of=AS_OF).iloc[0], flows(net)
    scaled = scaled.assign(inflow_yuan=scaled["inflow_yuan"] * factor, outflow_yuan=scaled["outflow_yuan"] * factor)
    assert cash_gaps(scaled, as_of=AS_OF)["gap_yuan"].item() == pytest.approx(plain.gap_yuan * factor)


def test_no_flows_give_no_row_and_nothing_is_altered(unchanged):
    rows, owed = flows([1, 2]), loan()
    with unchanged(rows, owed):
        assert cash_gaps(rows.iloc[:0], as_of=AS_OF).empty
        assert cash_positions(rows.iloc[:0], owed, as_of=AS_OF, notional_months=36).empty


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


INCOME_INCOMES = pd.DataFrame({"customer_id": ["C1"], "income_yuan": [1e6], "income_source": ["flows"]})


def test_deductions_are_taken_off_and_a_share_never_exceeds_one():
    rows = payables(("H1", "C1", "2026-01-01", 6e5, 1e5), ("H2", "C1", "2026-01-01", 3e6, None))
    shares = income_shares(rows, INCOME_INCOMES, as_of=AS_OF).set_index("core_id")["income_share"]
    assert shares.to_dict() == {"H1": 0.5, "H2": 1.0}


def test_an_unknown_income_gives_an_unknown_share():
    shares = income_shares(payables(("H1", "C2", "2026-01-01", 6e5, 0.0)), INCOME_INCOMES, as_of=AS_OF)
    assert shares.set_index("customer_id")["income_share"].isna().all()
    assert shares.set_index("customer_id").loc["C1", "income_source"] == "flows"


def test_splitting_a_payable_changes_no_share():
    whole = payables(("H1", "C1", "2026-01-01", 6e5, 0.0))
    halves = pd.concat([whole.assign(amount_yuan=3e5)] * 2)
    pd.testing.assert_frame_equal(*(income_shares(rows, INCOME_INCOMES, as_of=AS_OF) for rows in (whole, halves)))


def test_payables_of_older_deliveries_and_unknown_suppliers_do_not_count():
    rows = payables(("H1", "C1", "2025-06-30", 6e5, 0.0), ("H1", None, "2026-01-01", 6e5, 0.0))
    assert income_shares(rows, INCOME_INCOMES, as_of=AS_OF)["paid_yuan"].tolist() == [0.0]


def test_empty_tables_give_empty_results_with_all_columns():
    shares = income_shares(payables(), INCOME_INCOMES.iloc[:0], as_of=AS_OF)
    assert shares.empty and "income_share" in shares


def test_the_frames_given_are_not_altered(unchanged):
    rows, owed = invoices(("C1", "sale", "valid", "2026-01-05", 8e5)), payables(("H1", "C1", "2026-01-01", 6e5, 0.0))
    people = customers()
    with unchanged(people, rows, FLOWS, owed, INCOME_INCOMES):
        yearly_incomes(people, rows, FLOWS, as_of=AS_OF)
        income_shares(owed, INCOME_INCOMES, as_of=AS_OF)


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_scaling_both_sides_changes_no_share(factor):
    rows = payables(("H1", "C1", "2026-01-01", 4e5 * factor, 0.0))
    incomes = INCOME_INCOMES.assign(income_yuan=1e6 * factor)
    assert income_shares(rows, incomes, as_of=AS_OF)["income_share"].tolist() == pytest.approx([0.4])


MEMBERS = pd.DataFrame({"customer_id": [f"C{n}" for n in range(11)], "segment": "farm"})
CUSTOMERS = pd.DataFrame({
    "customer_id": MEMBERS["customer_id"], "employees_count": range(11), "established_date": pd.Timestamp("2016-07-02"),
})  # fmt: skip
PROFILE_INCOMES = pd.DataFrame({
    "customer_id": MEMBERS["customer_id"], "income_yuan": [n * 1e5 for n in range(11)], "income_source": "flows",
})  # fmt: skip


def profile(**options):
    return segment_profiles(MEMBERS, CUSTOMERS, PROFILE_INCOMES, as_of=AS_OF, **options).set_index("measure")


def test_fifths_of_eleven_even_steps_are_the_second_fifth_and_eighth():
    assert profile().loc["income_yuan", ["p20", "p50", "p80"]].tolist() == pytest.approx([2e5, 5e5, 8e5])


def test_years_in_business_are_counted_to_the_date_of_the_report():
    assert profile().loc["business_years", "p50"] == pytest.approx(10, abs=0.05)


def test_gaps_join_when_there_are_flows():
    gaps = pd.DataFrame({"customer_id": ["C1", "C2"], "gap_yuan": [1e4, 3e4], "gap_months_count": [2, 4]})
    found = segment_profiles(MEMBERS, CUSTOMERS, PROFILE_INCOMES, gaps, as_of=AS_OF).set_index("measure")
    assert found.loc["gap_yuan", ["known_count", "counted_count", "p50"]].tolist() == [2, 2, 2e4]
    most = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "gap_yuan": [0.0, 0, 3e4], "gap_months_count": [0, 0, 4]})
    found = segment_profiles(MEMBERS, CUSTOMERS, PROFILE_INCOMES, most, as_of=AS_OF).set_index("measure")
    assert found.loc["gap_yuan", ["known_count", "counted_count", "p50"]].tolist() == [3, 1, 3e4]
    assert found.loc["gap_months_count", "p50"] == 4
    assert "gap_yuan" not in profile().index


def test_figures_nobody_has_are_missing_with_a_count_of_none():
    found = segment_profiles(MEMBERS, CUSTOMERS, PROFILE_INCOMES.iloc[:0], as_of=AS_OF).set_index("measure")
    assert found.loc["income_yuan", "known_count"] == 0 and pd.isna(found.loc["income_yuan", "p50"])


def test_a_member_of_two_segments_stands_in_both():
    both = pd.concat([MEMBERS, MEMBERS.assign(segment="chamber")])
    found = segment_profiles(both, CUSTOMERS, PROFILE_INCOMES, as_of=AS_OF)
    assert found["segment"].value_counts().to_dict() == {"farm": 3, "chamber": 3}


def test_shares_of_income_sources_add_up_to_one():
    found = income_sources(MEMBERS, PROFILE_INCOMES.iloc[:4])
    assert found["income_source"].tolist() == ["flows", "unknown"] and found["members_share"].sum() == pytest.approx(1)


def test_evidence_counts_members_once_and_lists_only_what_was_given():
    rows = pd.DataFrame({"customer_id": ["C1", "C1", "C99", None]})
    found = evidence_available(MEMBERS, flow_months=rows)
    assert found[["table_name", "seen_count", "members_count"]].to_numpy().tolist() == [["flow_months", 1, 11]]


def test_no_members_give_empty_tables_and_nothing_is_altered(unchanged):
    nobody = MEMBERS.iloc[:0]
    with unchanged(nobody, CUSTOMERS, PROFILE_INCOMES):
        assert segment_profiles(nobody, CUSTOMERS, PROFILE_INCOMES, as_of=AS_OF).empty
        assert income_sources(nobody, PROFILE_INCOMES).empty and evidence_available(nobody, PROFILE_INCOMES).empty


def test_a_month_half_gone_is_none_of_the_twelve():
    """100 a month to June 2026 and 40 of it so far: on 15 June the year ends with May, by every source."""
    months = [str(month) for month in pd.period_range("2024-07", "2026-06", freq="M")]
    flows = pd.DataFrame({"customer_id": "C1", "month": months, "inflow_yuan": [100.0] * 23 + [40.0]})
    sold = {"customer_id": "C1", "side": "sale", "status": "valid", "issued_date": pd.to_datetime(months)}
    invoices = pd.DataFrame({**sold, "gross_yuan": flows["inflow_yuan"]})
    owner = pd.DataFrame({"customer_id": ["C1"], "annual_sales_yuan": [9.0], "sales_source": ["declared"]})
    for tables in ({"flow_months": flows}, {"invoices": invoices}):
        found = yearly_incomes(owner, **tables, as_of=date(2026, 6, 15)).iloc[0]
        assert (found["income_yuan"], found["income_months_count"]) == (1200.0, 12)
    cash = flows.assign(outflow_yuan=[50.0] * 23 + [500.0], min_balance_yuan=10.0)
    assert cash_gaps(cash, as_of=date(2026, 6, 15))["gap_yuan"].tolist() == [0.0]
    assert cash_gaps(cash, as_of=date(2026, 6, 30))["gap_yuan"].tolist() == [460.0]
    owed = {"customer_id": ["C1"], "balance_yuan": [9.0], "yearly_rate": [0.0], "repayment": ["bullet"]}
    owed = pd.DataFrame({**owed, "maturity_date": pd.to_datetime(["2027-06-30"])})
    found = cash_positions(cash, owed, as_of=date(2026, 6, 15), notional_months=36).iloc[0]
    assert (found["outflow_month_yuan"], found["flow_months_count"]) == (50.0, 12)

"""Debt service, the year of cash, and the depth and length of the cash gap."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.metrics.cash_positions import cash_gaps, cash_positions, debt_services

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
    assert due == pytest.approx(12 * 43_515, rel=2e-3)


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

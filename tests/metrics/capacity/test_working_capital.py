"""Working capital, against published examples and the answer key; laws, refusals."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.capacity.working_capital import turnover_days, working_capital, working_capital_need


def _firm(**values) -> pd.DataFrame:
    return pd.DataFrame(
        {"own_yuan": [0.0], "loans_yuan": [0.0], "other_yuan": [0.0]} | {k: [v] for k, v in values.items()}
    )


def test_an_agricultural_bank_examination_question() -> None:
    """TV-A1: sales 25,000, cycle 295 days, working capital 20,158.33, new loan 6,958.33 (万元)."""
    found = working_capital_need(_firm(
        sales_yuan=25_000.0, margin_share=0.18, growth_share=0.2, inventory_days=210, receivable_days=195,
        payable_days=110, own_yuan=2_200.0, loans_yuan=11_000.0,
    )).iloc[0]  # fmt: skip
    assert (found["cycle_days"], round(found["turns_count"], 9)) == (295, 1.220338983)
    assert found["working_capital_yuan"] == pytest.approx(20_158.3333, abs=1e-4)
    assert found["need_yuan"] == pytest.approx(6_958.3333, abs=1e-4)


def test_days_from_a_balance_sheet() -> None:
    """TV-A2: printed days 21.66, 19.33, 0.019, 34.64, 1.41 and working capital 7,188.82."""
    balances = pd.DataFrame({
        "sales_yuan": [20_315.74], "cost_yuan": [19_178.09], "receivable_start_yuan": [893.7],
        "receivable_end_yuan": [1_551.16], "inventory_start_yuan": [713.09], "inventory_end_yuan": [1_346.22],
        "payable_start_yuan": [1.0], "payable_end_yuan": [1.0], "prepaid_start_yuan": [1_880.64],
        "prepaid_end_yuan": [1_810.14], "advance_start_yuan": [133.91], "advance_end_yuan": [25.19],
    })  # fmt: skip
    days = turnover_days(balances)
    assert days.iloc[0].round(2).to_list() == [19.33, 21.66, 0.02, 34.64, 1.41]
    firm = days.assign(sales_yuan=20_315.74, margin_share=903.12 / 20_315.74, growth_share=36_500 / 20_315.74 - 1,
                       own_yuan=0.0, loans_yuan=0.0, other_yuan=0.0)  # fmt: skip
    assert working_capital_need(firm)["working_capital_yuan"].iloc[0] == pytest.approx(7_188.82, abs=0.005)


def test_a_firm_that_its_suppliers_fund_needs_nothing() -> None:
    """TV-A3: turns -0.18, so the need is 0 and flagged."""
    found = working_capital_need(_firm(
        sales_yuan=13_564_455.78, margin_share=1_284_133.53 / 13_564_455.78, growth_share=0.1, inventory_days=21.29,
        receivable_days=225.50, prepaid_days=243.52, payable_days=1_836.14, advance_days=661.57,
    )).iloc[0]  # fmt: skip
    assert found["need_yuan"] == 0 and found["is_negative_cycle"] and pd.isna(found["turns_count"])
    assert found["reason"] == "negative_cash_cycle"


def test_the_exercise_of_the_course() -> None:
    """X09: 296.85 and 126.85 (万元)."""
    found = working_capital_need(_firm(
        sales_yuan=1_200.0, margin_share=0.12, growth_share=0.1, inventory_days=92, own_yuan=90.0, loans_yuan=60.0,
        other_yuan=20.0,
    )).iloc[0]  # fmt: skip
    assert (round(found["working_capital_yuan"], 2), round(found["need_yuan"], 2)) == (296.85, 126.85)


@given(st.floats(0, 1e8), st.floats(-400, 900), st.floats(0, 0.9), st.floats(1, 50))
def test_working_capital_scales_with_sales_and_days(sales, days, margin, scale):
    shares = {"margin_share": margin, "growth_share": 0.1}
    once = working_capital(sales, **shares, cycle_days=days)
    assert working_capital(sales * scale, **shares, cycle_days=days) == pytest.approx(once * scale)
    assert working_capital(sales, **shares, cycle_days=days * scale) == pytest.approx(once * scale)


def test_unknown_inputs_stay_unknown_and_nothing_is_altered(unchanged):
    known = _firm(sales_yuan=100.0, margin_share=0.2, growth_share=0.0, inventory_days=90)
    firms = pd.concat([known.assign(margin_share=float("nan")), known])
    with unchanged(firms):
        found = working_capital_need(firms)
    assert found["need_yuan"].isna().tolist() == [True, False] and found["reason"].tolist() == ["", ""]


def test_an_input_of_the_formula_that_is_absent_is_refused() -> None:
    with pytest.raises(BadData, match="no column margin_share"):
        working_capital_need(_firm(sales_yuan=1.0, growth_share=0.0))


def test_a_firm_without_sales_has_no_turnover_days() -> None:
    with pytest.raises(BadData, match="must be positive"):
        turnover_days(pd.DataFrame({"sales_yuan": [0.0], "cost_yuan": [1.0]}))

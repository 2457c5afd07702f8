"""Working capital and the short methods, against published examples and answer keys."""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design import capacities, collaterals, needs
from microlib.errors import BadData


def _firm(**values) -> pd.DataFrame:
    return pd.DataFrame(
        {"own_yuan": [0.0], "loans_yuan": [0.0], "other_yuan": [0.0]} | {k: [v] for k, v in values.items()}
    )


def test_an_agricultural_bank_examination_question() -> None:
    """TV-A1: sales 25,000, cycle 295 days, working capital 20,158.33, new loan 6,958.33 (万元)."""
    found = needs.working_capital_need(_firm(
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
    days = needs.turnover_days(balances)
    assert days.iloc[0].round(2).to_list() == [19.33, 21.66, 0.02, 34.64, 1.41]
    firm = days.assign(sales_yuan=20_315.74, margin_share=903.12 / 20_315.74, growth_share=36_500 / 20_315.74 - 1,
                       own_yuan=0.0, loans_yuan=0.0, other_yuan=0.0)  # fmt: skip
    assert needs.working_capital_need(firm)["working_capital_yuan"].iloc[0] == pytest.approx(7_188.82, abs=0.005)


def test_a_firm_that_its_suppliers_fund_needs_nothing() -> None:
    """TV-A3: turns -0.18, so the need is 0 and flagged."""
    found = needs.working_capital_need(_firm(
        sales_yuan=13_564_455.78, margin_share=1_284_133.53 / 13_564_455.78, growth_share=0.1, inventory_days=21.29,
        receivable_days=225.50, prepaid_days=243.52, payable_days=1_836.14, advance_days=661.57,
    )).iloc[0]  # fmt: skip
    assert found["need_yuan"] == 0 and found["is_negative_cycle"] and pd.isna(found["turns_count"])


def test_the_exercise_of_the_course() -> None:
    """X09: 296.85 and 126.85 (万元)."""
    found = needs.working_capital_need(_firm(
        sales_yuan=1_200.0, margin_share=0.12, growth_share=0.1, inventory_days=92, own_yuan=90.0, loans_yuan=60.0,
        other_yuan=20.0,
    )).iloc[0]  # fmt: skip
    assert (round(found["working_capital_yuan"], 2), round(found["need_yuan"], 2)) == (296.85, 126.85)


def test_short_methods_as_printed() -> None:
    """TV-A5: an unlisted kind counts nothing, 21,400; TV-A6: 115; TV-A7: 25,000 less 5,000; TV-A12: 84."""
    items = pd.DataFrame({"kind": list("abcdef"), "value_yuan": [10_000, 5_000, 8_500, 12_000, 6_000, 6_000]})
    cuts = {"a": 0.7, "b": 0.6, "d": 0.5, "e": 0.4, "f": 0.5}
    assert collaterals.haircut_value(items, haircuts=cuts).sum() == pytest.approx(21_400)
    assert needs.tax_multiple(pd.DataFrame({"vat_yuan": [10], "income_tax_yuan": [5]})).item() == 115
    assert needs.turnover_need(pd.Series([100_000.0]))["need_yuan"].item() == 20_000
    assert needs.budget_loan(pd.Series([120.0]), own_share=0.30).item() == pytest.approx(84)


def test_loans_that_a_payment_carries() -> None:
    """TV-A8, TV-A9 (a page that prints 19,328 is wrong), TV-A10."""
    assert capacities.loan_capacity(200_000 / 12, yearly_rate=0.06, months=120) == pytest.approx(
        1_501_224.2221, abs=1e-4
    )
    assert capacities.monthly_payment(1e6, yearly_rate=0.05, months=120) == pytest.approx(10_606.551524, abs=1e-6)
    carried = [capacities.loan_capacity(8_400, yearly_rate=0.084, months=months) for months in (12, 24, 36)]
    assert [round(amount, 2) for amount in carried] == [96_359.58, 184_981.51, 266_487.14]


def test_a_loan_without_interest_is_its_payments() -> None:
    assert capacities.loan_capacity(100.0, yearly_rate=0.0, months=12) == 1_200


def test_an_input_of_the_formula_that_is_absent_is_refused() -> None:
    with pytest.raises(BadData, match="no column margin_share"):
        needs.working_capital_need(_firm(sales_yuan=1.0, growth_share=0.0))


def test_a_firm_without_sales_has_no_turnover_days() -> None:
    with pytest.raises(BadData, match="must be positive"):
        needs.turnover_days(pd.DataFrame({"sales_yuan": [0.0], "cost_yuan": [1.0]}))

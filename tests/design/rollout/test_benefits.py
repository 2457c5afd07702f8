"""A benefit is computed from the customer's own loan, and is the least he saves."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.rollout.benefits import customer_benefits, use_saving, used_months

TODAY = date(2026, 6, 30)
MONTHS = [str(month) for month in pd.period_range("2025-07", "2026-06", freq="M")]


def loans(rate=0.042, amount=1_000_000.0):
    day = pd.to_datetime(["2025-05-01"])
    return pd.DataFrame({"customer_id": ["C1"], "amount_yuan": amount, "yearly_rate": rate, "guarantee": "guarantee",
                         "disbursed_date": day})  # fmt: skip


def flows(short=5):
    low = [0.0] * short + [2_000_000.0] * (12 - short)
    return pd.DataFrame({"customer_id": "C1", "month": MONTHS, "min_balance_yuan": low})


def products(**more):
    base = {"product_id": ["P1", "P2"], "is_revolving": [True, False], "min_amount_yuan": 0.0, "max_amount_yuan": 5e6,
            "max_yearly_rate": [0.048, 0.041], "status": "live", "kind": "standard", "secured": "credit"}  # fmt: skip
    return pd.DataFrame({**base, **more})


def best(**more):
    given = {"loans": loans(), "flow_months": flows(), "products": products()} | more
    return customer_benefits(loans()[["customer_id"]], *given.values(), as_of=TODAY)


def test_worked_example_of_five_months_use():
    """One million used 5 of 12 months at 4.8 % costs 20,000, all year at 4.2 % 42,000: 22,000 saved."""
    assert use_saving(1_000_000, 5, term_rate=0.042, line_rate=0.048) == pytest.approx(22_000)


def test_break_even_of_the_worked_example_is_ten_and_a_half_months():
    assert use_saving(1_000_000, 10.5, term_rate=0.042, line_rate=0.048) == pytest.approx(0)


def test_the_larger_benefit_is_named():
    found = best().iloc[0]
    assert (found["benefit"], found["product_id"], found["benefit_yuan"]) == ("pay_for_days_used", "P1", 22_000.0)


def test_used_all_year_a_line_is_not_spoken_of():
    found = best(flow_months=flows(short=12)).iloc[0]
    assert (found["benefit"], found["benefit_yuan"]) == ("lower_rate", 1_000.0)


def test_unknown_use_says_nothing_of_a_line():
    assert best(flow_months=flows().iloc[:6]).iloc[0]["benefit"] == "lower_rate"


def test_a_product_that_does_not_take_the_amount_is_no_benefit():
    assert best(products=products(max_amount_yuan=5e5)).empty


def test_a_dearer_product_is_no_benefit():
    assert best(products=products(max_yearly_rate=[0.2, 0.05])).empty


def test_months_below_the_loan_are_months_of_use():
    assert used_months(loans(), flows(short=7), as_of=TODAY).to_dict() == {"C1": 7}


@pytest.mark.parametrize("more", [{"secured": "mortgage"}, {"kind": "nonstandard"}, {"status": "retired"}])
def test_what_the_customer_cannot_have_is_no_benefit(more):
    assert best(products=products(**more)).empty

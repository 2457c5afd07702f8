"""Equal instalments, against published examples; closed forms, laws."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.metrics.capacity import annuities


def test_loans_that_a_payment_carries() -> None:
    """TV-A8, TV-A9 (a page that prints 19,328 is wrong), TV-A10."""
    assert annuities.loan_capacity(200_000 / 12, yearly_rate=0.06, months=120) == pytest.approx(
        1_501_224.2221, abs=1e-4
    )
    assert annuities.monthly_payment(1e6, yearly_rate=0.05, months=120) == pytest.approx(10_606.551524, abs=1e-6)
    carried = [annuities.loan_capacity(8_400, yearly_rate=0.084, months=months) for months in (12, 24, 36)]
    assert [round(amount, 2) for amount in carried] == [96_359.58, 184_981.51, 266_487.14]


def test_a_loan_without_interest_is_its_payments() -> None:
    assert annuities.loan_capacity(100.0, yearly_rate=0.0, months=12) == 1_200


def test_a_month_of_cash_covers_interest_and_not_repayment():
    """Corrections, repayment capacity: 1,000,000 at 4.2 % with 20,000 a month covers .68 times over 36 months."""
    found = annuities.service_coverage(20_000, amount_yuan=1e6, yearly_rate=0.042, months=36)
    assert (round(found, 2), round(20_000 / (1e6 * 0.042 / 12), 1)) == (0.68, 5.7)


@given(st.floats(1, 1e7), st.floats(0, 0.36), st.integers(1, 360))
def test_the_loan_of_a_payment_is_the_payment_of_the_loan(amount, rate, months):
    payment = annuities.monthly_payment(amount, yearly_rate=rate, months=months)
    assert annuities.loan_capacity(payment, yearly_rate=rate, months=months) == pytest.approx(amount)
    assert amount / months <= payment * (1 + 1e-6) and payment <= amount * (1 / months + rate / 12) * (1 + 1e-6)


def test_columns_give_columns(unchanged):
    firms = pd.DataFrame({"amount_yuan": [1200.0, 2400.0], "rate": [0.0, 0.12]}, index=["a", "b"])
    with unchanged(firms):
        found = annuities.monthly_payment(firms["amount_yuan"], yearly_rate=firms["rate"], months=12)
    assert found.round(2).to_dict() == {"a": 100.0, "b": 213.24}

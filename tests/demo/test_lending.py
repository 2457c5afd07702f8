"""The ledger's arithmetic: balances and due dates by repayment method."""

import numpy as np
import pytest

from microlib.demo.lending import EQUAL_INSTALMENT, EQUAL_PRINCIPAL, INTEREST_ONLY, SEASONAL, Ledger


@pytest.fixture
def ledger() -> Ledger:
    book = Ledger()
    methods = [INTEREST_ONLY, EQUAL_INSTALMENT, EQUAL_PRINCIPAL, SEASONAL]
    book.open({
        "person": np.arange(4), "amount": np.full(4, 120_000.0), "rate": np.full(4, 0.06), "term": np.full(4, 12),
        "method": np.array(methods), "opened_month": np.full(4, 3), "due_day": np.full(4, 15),
    })  # fmt: skip
    return book


def test_an_annuity_of_twelve_months_leaves_what_the_closed_form_says(ledger: Ledger) -> None:
    payment = 120_000 * 0.005 / (1 - 1.005**-12)
    after_one = 120_000 * 1.005 - payment
    assert ledger.balance(np.array([1]), np.array([1]))[0] == pytest.approx(after_one, abs=0.01)


def test_equal_principal_falls_in_a_straight_line(ledger: Ledger) -> None:
    assert ledger.balance(np.full(3, 2), np.array([0, 6, 12])).tolist() == [120_000, 60_000, 0]


def test_a_crop_loan_owes_nothing_before_its_harvest(ledger: Ledger) -> None:
    assert ledger.owed_terms(np.arange(4), 14).tolist() == [11, 11, 11, 0]
    assert ledger.owed_terms(np.arange(4), 15).tolist() == [12, 12, 12, 12]


def test_a_ledger_grows_past_its_first_room() -> None:
    book = Ledger()
    for _ in range(3):
        book.open({"person": np.arange(1000), "amount": np.arange(1000.0)})
    assert book.size == 3000
    assert book["amount"][-1] == 999
    assert book["root"].tolist() == list(range(3000))

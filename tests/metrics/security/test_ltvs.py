"""Loan to value now and shocked: closed forms, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.security.ltvs import loan_to_value, ltv_bands


def book(balances, links, values):
    """Loans L0 .., items K0 .., links (loan, item, secured)."""
    loans = pd.DataFrame({"loan_id": [f"L{i}" for i in range(len(balances))], "customer_id": "C1"})
    loans = loans.assign(balance_yuan=np.array(balances, float), status="normal")
    rows = pd.DataFrame(
        [(f"L{a}", f"K{b}", float(c)) for a, b, c in links], columns=["loan_id", "collateral_id", "secured_yuan"]
    )
    items = pd.DataFrame(
        {"collateral_id": [f"K{i}" for i in range(len(values))], "value_yuan": np.array(values, float)}
    )
    return loans, rows, items


def test_seventy_of_a_hundred_is_seven_eighths_after_a_fall_of_a_fifth():
    found = loan_to_value(*book([70], [(0, 0, 70)], [100]), fall_shares=(0.0, 0.2, 0.3))
    assert found["ltv_share"].tolist() == pytest.approx([0.7, 0.875, 1.0])
    assert found["break_even_fall_share"].tolist() == pytest.approx([0.3] * 3)


def test_an_item_of_two_loans_is_divided_by_what_each_secures():
    found = loan_to_value(*book([30, 30], [(0, 0, 30), (1, 0, 60)], [90]), fall_shares=(0.0,))
    assert found["value_yuan"].tolist() == [30, 60] and found["ltv_share"].tolist() == [1, 0.5]


def test_a_loan_of_two_items_has_both():
    found = loan_to_value(*book([60], [(0, 0, 30), (0, 1, 30)], [50, 70]), fall_shares=(0.5,)).iloc[0]
    assert (found.value_yuan, found.ltv_share, found.uncovered_yuan) == (60, 1, 0)


def test_settled_loans_hold_nothing_and_second_charges_are_marked():
    loans, links, items = book([50, 0], [(0, 0, 50), (1, 0, 50)], [100])
    found = loan_to_value(loans, links, items.assign(registration_order="second"), fall_shares=(0.0,))
    assert found[["loan_id", "value_yuan", "is_second"]].values.tolist() == [["L0", 100, True]]


def test_bands_hold_their_upper_end():
    ltvs = loan_to_value(*book([50, 60, 130], [(0, 0, 1), (1, 1, 1), (2, 2, 1)], [100] * 3), fall_shares=(0.0,))
    found = ltv_bands(ltvs, cuts=(0.5, 1.0))
    assert found["loans_count"].tolist() == [1, 1, 1] and found["uncovered_yuan"].tolist() == [0, 0, 30]
    assert found["balance_share"].sum() == pytest.approx(1)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(1, 1000), min_size=2, max_size=5),
    st.lists(st.integers(1, 1000), min_size=2, max_size=5),
    st.floats(0, 0.9),
)
def test_no_value_counts_twice_and_a_fall_never_helps(balances, values, fall):
    links = [(a, b, 1 + a + b) for a in range(len(balances)) for b in range(len(values))]
    found = loan_to_value(*book(balances, links, values), fall_shares=(0.0, fall))
    now, then = found[::2], found[1::2]
    assert now["value_yuan"].sum() == pytest.approx(sum(values))
    assert (then["ltv_share"].to_numpy() >= now["ltv_share"].to_numpy() - 1e-12).all()


def test_nothing_is_altered(unchanged):
    given_frames = book([70], [(0, 0, 70)], [100])
    with unchanged(*given_frames):
        ltv_bands(loan_to_value(*given_frames))


def test_what_cannot_be_set_against_value_is_refused():
    loans, links, items = book([70], [(0, 0, 70)], [100])
    with pytest.raises(BadData, match="fall"):
        loan_to_value(loans, links, items, fall_shares=(20,))
    with pytest.raises(BadData, match="twice"):
        loan_to_value(loans, links, pd.concat([items, items]))
    with pytest.raises(BadData, match="above zero"):
        loan_to_value(loans, links, items.assign(value_yuan=0.0))
    with pytest.raises(EmptyBook, match="no live loan"):
        loan_to_value(loans.assign(status="settled"), links, items)

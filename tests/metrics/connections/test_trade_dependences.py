"""Customers who live off one counterparty."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.connections.trade_dependences import dependent_customers

AS_OF = date(2026, 6, 30)


def invoices(amounts, counterparties, **columns):
    frame = {"customer_id": "C1", "side": "sale", "status": "valid", "counterparty_hash": counterparties}
    frame |= {"gross_yuan": amounts, "issued_date": pd.Timestamp("2026-03-01")}
    return pd.DataFrame({**frame, **columns}, index=range(len(amounts)))


def test_half_is_dependent_and_less_is_not():
    assert dependent_customers(invoices([50.0, 30.0, 20.0], list("abc")), as_of=AS_OF)["trade_share"].tolist() == [0.5]
    assert dependent_customers(invoices([49.0, 31.0, 20.0], list("abc")), as_of=AS_OF).empty


def test_sales_and_purchases_are_two_questions():
    rows = invoices([60.0, 40.0, 90.0, 10.0], ["a", "b", "c", "d"], side=["sale", "sale", "purchase", "purchase"])
    found = dependent_customers(rows, as_of=AS_OF).set_index("side")["counterparty_id"]
    assert found.to_dict() == {"sale": "a", "purchase": "c"}


def test_returns_voids_and_old_invoices_do_not_count():
    rows = invoices(
        [60.0, -40.0, 20.0, 500.0, 500.0], ["a", "a", "b", "c", "d"], status=["valid"] * 3 + ["void", "valid"],
        issued_date=pd.to_datetime(["2026-03-01"] * 4 + ["2025-06-30"]),
    )  # fmt: skip
    found = dependent_customers(rows, as_of=AS_OF)
    assert found[["counterparty_id", "trade_share"]].to_numpy().tolist() == [["a", 0.5], ["b", 0.5]]


def test_a_counterparty_that_is_our_customer_is_named():
    customers = pd.DataFrame({"customer_id": ["C1", "C9"], "uscc_hash": ["x", "a"]})
    found = dependent_customers(invoices([9.0], ["a"]), None, customers, as_of=AS_OF).iloc[0]
    assert (found.counterparty_id, found.counterparty_kind) == ("C9", "customer")


def test_payables_of_a_core_count_and_unknown_shares_do_not():
    shares = pd.DataFrame({
        "customer_id": ["C1", "C2", "C3"], "core_id": ["H1", "H1", None], "paid_yuan": [6e5, 1e5, 0.0],
        "income_yuan": [1e6, None, 2e5], "income_share": [0.6, None, None],
    })  # fmt: skip
    found = dependent_customers(invoices([], []), shares, as_of=AS_OF)
    assert found[["customer_id", "counterparty_id", "basis"]].to_numpy().tolist() == [["C1", "H1", "payables"]]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=8), st.floats(0.5, 1.0))
def test_nobody_depends_for_more_than_all_and_at_most_two_hold_half(amounts, least):
    rows = invoices(amounts, [f"k{n}" for n in range(len(amounts))])
    found = dependent_customers(rows, as_of=AS_OF, dependence_share=least)
    assert found["trade_share"].between(least - 1e-9, 1.0 + 1e-9).all() and len(found) <= 2


def test_the_frames_given_are_not_altered(unchanged):
    rows = invoices([50.0, 50.0], ["a", "b"])
    with unchanged(rows):
        dependent_customers(rows, as_of=AS_OF)


@pytest.mark.parametrize("share", [0.0, 1.1, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(BadData, match="not in 0 .. 1"):
        dependent_customers(invoices([1.0], ["a"]), as_of=AS_OF, dependence_share=share)


def test_no_invoices_give_no_rows():
    assert dependent_customers(invoices([], []), as_of=AS_OF).empty

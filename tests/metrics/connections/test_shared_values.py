"""Links that the ledger itself holds."""

import pandas as pd

from microlib.metrics.connections.shared_values import shared_links

CUSTOMERS = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3", "C4"], "phone_hash": ["p", "p", "q", None], "address_hash": ["a", "b", "a", None],
})  # fmt: skip
LOANS = pd.DataFrame({
    "loan_id": ["L1", "L2", "L3", "L4"], "customer_id": ["C1", "C2", "C3", "C3"], "balance_yuan": [1.0, 1.0, 0.0, 1.0],
})  # fmt: skip


def pairs(frame):
    return {tuple(row) for row in frame[["customer_id_a", "customer_id_b", "link_type"]].to_numpy()}


def test_phones_and_addresses_of_two_customers_are_links():
    assert pairs(shared_links(CUSTOMERS)) == {("C1", "C2", "phone"), ("C1", "C3", "address")}


def test_a_guarantor_of_two_borrowers_links_them_while_both_owe():
    given = pd.DataFrame({"loan_id": ["L1", "L2", "L3"], "guarantor_id": "G"})
    found = shared_links(CUSTOMERS[["customer_id"]], LOANS, given)
    assert pairs(found) == {("C1", "C2", "guarantee")}


def test_collateral_under_loans_of_two_borrowers_links_them_and_of_one_does_not():
    pledged = pd.DataFrame({"loan_id": ["L1", "L4", "L2"], "collateral_id": ["K", "K", "J"]})
    found = shared_links(CUSTOMERS[["customer_id"]], LOANS, None, pledged)
    assert pairs(found) == {("C1", "C3", "shared_collateral")}


def test_a_value_of_a_thousand_is_listed_once_per_holder_not_per_pair():
    market = pd.DataFrame({"customer_id": [f"C{n:04d}" for n in range(1000)], "address_hash": "market"})
    assert len(shared_links(market)) == 999


def test_no_customers_give_no_links(unchanged):
    with unchanged(CUSTOMERS, LOANS):
        assert shared_links(CUSTOMERS.iloc[:0], LOANS).empty

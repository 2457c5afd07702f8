from __future__ import annotations

from microlib.metrics.chains import debt_chains


def test_principal_repaid_breaks_the_chain(ledger):
    loans = ledger(
        3,
        amount_yuan=[100.0, 60.0, 60.0],
        issue_type=["new", "refinance", "refinance"],
        previous_loan_id=[None, "L0000", "L0001"],
    )
    assert debt_chains(loans).rollovers_count.to_list() == [0, 0, 1]


def test_a_chain_that_bites_its_tail_ends(ledger):
    loans = ledger(2, issue_type="refinance", previous_loan_id=["L0001", "L0000"])
    assert debt_chains(loans).rollovers_count.between(1, 61).all()


def test_a_debt_begins_with_the_first_loan_of_its_chain(ledger):
    loans = ledger(
        3,
        issue_type=["refinance", "new", "refinance"],
        previous_loan_id=["L0002", None, "L0001"],
        disbursed_date=["2026-01-05", "2024-01-05", "2025-01-05"],
    )
    found = debt_chains(loans)
    assert found.began_date.astype(str).to_list() == ["2024-01-05"] * 3
    assert found.rollovers_count.to_list() == [2, 0, 1]


def test_an_extension_in_place_counts_once_each(ledger):
    assert debt_chains(ledger(2, extensions_count=[2, None])).rollovers_count.to_list() == [2, 0]


def test_input_is_left_alone(ledger, unchanged):
    loans = ledger(2, issue_type="refinance", previous_loan_id=[None, "L0000"])
    with unchanged(loans):
        debt_chains(loans)

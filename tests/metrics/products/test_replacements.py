"""Loans that only take the place of another of our own."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products.replacements import replacements


def _loans(ledger, gap, **more):
    given = {"customer_id": "C1", "product_id": ["P1", "P2"], "issue_type": "new", "amount_yuan": [60.0, 100.0],
             "disbursed_date": ["2024-01-01", str(pd.Timestamp("2026-01-01") + pd.Timedelta(days=gap))[:10]],
             "closed_date": ["2026-01-01", None]}  # fmt: skip
    return ledger(2, **{**given, **more})


@pytest.mark.parametrize(("gap", "hit"), [(-30, 1), (30, 1), (31, 0), (-31, 0)])
def test_thirty_days_on_either_side_count_and_no_more(ledger, gap, hit):
    found = replacements(_loans(ledger, gap), days=30).set_index("product_id").loc["P2"]
    assert found["replaced_count"] == hit


def test_only_what_goes_beyond_the_old_loan_is_new_money(ledger):
    found = replacements(_loans(ledger, 3), days=30).set_index("product_id").loc["P2"]
    assert (found["replaced_yuan"], found["net_new_yuan"], found["main_from_id"]) == (100.0, 40.0, "P1")


def test_the_same_product_and_a_renewal_replace_nothing(ledger):
    same = replacements(_loans(ledger, 3, product_id="P1"), days=30)
    renewed = replacements(_loans(ledger, 3, issue_type=["new", "refinance"]), days=30)
    assert same["replaced_count"].sum() == 0 and renewed["new_count"].sum() == 1


def test_without_new_loans_there_is_nothing_to_replace(ledger):
    with pytest.raises(EmptyBook, match="no new loan"):
        replacements(_loans(ledger, 3), days=30, since="2030-01-01")

"""Tenor against need, and maturities met only by the next loan."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products.tenors import refinanced_ends, refinanced_principal, tenor_mismatch


def _gaps(months):
    names = [f"C{i:04d}" for i in range(len(months))]
    return pd.DataFrame({"customer_id": names, "gap_months_count": months, "gap_is_open": False})


def test_a_tenor_as_long_as_the_gap_is_long_enough(ledger):
    loans = ledger(3, product_id="P1", disbursed_date="2026-01-01", maturity_date="2026-07-01")
    found = tenor_mismatch(loans, _gaps([5, 6, 7])).iloc[0]
    assert (found["known_count"], found["short_count"]) == (3, 1)


def test_a_borrower_whose_flows_are_unknown_is_left_out_of_the_share(ledger):
    found = tenor_mismatch(ledger(4, product_id="P1"), _gaps([40])).iloc[0]
    assert (found["loans_count"], found["known_count"], found["short_share"]) == (4, 1, 1.0)


def test_without_flows_there_is_no_mismatch(ledger):
    with pytest.raises(EmptyBook, match="flows"):
        tenor_mismatch(ledger(2, product_id="P1"), _gaps([]))


def test_an_ended_loan_counts_as_renewed_when_a_later_one_names_it(ledger):
    loans = ledger(3, product_id="P1", previous_loan_id=[None, None, "L0000"],
                   closed_date=["2026-03-01", "2026-04-01", None])  # fmt: skip
    found = refinanced_ends(loans, as_of="2026-06-30").iloc[0]
    assert (found["ended_count"], found["renewed_count"]) == (2, 1)


def test_what_ended_before_the_year_is_left_out(ledger):
    with pytest.raises(EmptyBook, match="no loan ended"):
        refinanced_ends(ledger(1, product_id="P1", closed_date=["2020-01-01"]), as_of="2026-06-30")


def test_principal_of_unknown_source_is_counted_and_not_assumed(ledger):
    paid = pd.DataFrame({"loan_id": ["L0000"] * 2, "paid_date": pd.to_datetime(["2026-01-01"] * 2),
                         "principal_yuan": [40.0, 60.0], "source": ["renewal", None]})  # fmt: skip
    found = refinanced_principal(paid, ledger(1, product_id="P1"), as_of="2026-06-30").set_index("measure")
    assert found.loc["from_renewal", ["share", "unknown_yuan"]].tolist() == [0.4, 60.0]

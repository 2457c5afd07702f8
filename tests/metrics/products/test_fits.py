"""Need against terms: who is covered whole, and by which one term the others fail."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products import fits

SHELF = pd.DataFrame({"product_id": ["P1", "P2"], "min_amount_yuan": [1e4, 3e5], "max_amount_yuan": [5e5, 5e6],
                      "max_term_months": [12, 60], "secured": ["credit", "mortgage"], "kind": "standard",
                      "status": "live"})  # fmt: skip


def _needs(**more):
    given = {"customer_id": ["C1", "C2", "C3"], "segment": "m", "need_yuan": [4e5, 8e5, 8e5], "need_months_count": 5,
             "has_security": [False, True, False]}  # fmt: skip
    return pd.DataFrame({**given, **more})


def test_a_need_is_covered_only_when_every_term_of_one_product_is_met():
    found = fits.need_coverage(fits.term_fits(_needs(), SHELF, pd.Series({"P1": "bullet"}))).iloc[0]
    assert (found["covered_count"], found["uncovered_yuan"], found["one_term_count"]) == (2, 8e5, 1)


def test_a_larger_cap_never_covers_fewer():
    before = fits.need_coverage(fits.term_fits(_needs(), SHELF, pd.Series(dtype=str)))["covered_count"]
    wider = SHELF.assign(max_amount_yuan=9e6)
    assert (fits.need_coverage(fits.term_fits(_needs(), wider, pd.Series(dtype=str)))["covered_count"] >= before).all()


def test_instalments_do_not_fit_a_season():
    found = fits.term_fits(_needs(), SHELF, pd.Series({"P1": "equal_instalment"}))
    assert not found.loc[found["product_id"] == "P1", "rhythm"].any()
    free = fits.term_fits(_needs(need_months_count=0), SHELF, pd.Series({"P1": "equal_instalment"}))
    assert free["rhythm"].all()


def test_the_larger_of_asked_and_gap_is_the_need():
    members = pd.DataFrame({"customer_id": ["C1"], "segment": "m", "is_primary": True})
    asked = pd.DataFrame({"customer_id": ["C1"], "asked_yuan": [5e4], "submitted_at": [pd.Timestamp("2026-01-01")]})
    gaps = pd.DataFrame({"customer_id": ["C1", "C2"], "gap_yuan": [9e4, 2e4], "gap_months_count": [4, 2]})
    found = fits.customer_needs(members, asked, gaps)
    assert found[["need_yuan", "need_months_count"]].values.tolist() == [[9e4, 4], [2e4, 2]]


def test_a_retired_product_is_not_on_the_shelf():
    with pytest.raises(EmptyBook, match="standard"):
        fits.standard_products(SHELF.assign(status="retired"))


def test_who_gave_a_guarantor_before_may_give_security_again(ledger):
    loans = ledger(3, guarantee=["credit", "guarantee", None])
    assert fits.secured_customers(loans).tolist() == ["C0001"]

"""Products that are only names: Gower distance of realised terms, Jaccard overlap of customers."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products.overlaps import product_overlaps, realised_terms

DISTANCE = {"most_distance": 0.1, "least_shared": 0.8}


def _two(ledger, **second):
    first = ledger(
        10, product_id="P1", repayment="bullet", guarantee="credit", yearly_rate=list(np.linspace(0.04, 0.06, 10))
    )
    other = first.assign(product_id="P2", loan_id=first["loan_id"] + "x", **second)
    return pd.concat([first, other], ignore_index=True)


def test_two_products_of_the_same_terms_are_only_names(ledger):
    found = product_overlaps(_two(ledger), **DISTANCE).iloc[0]
    assert found["terms_distance"] == 0 and found["finding"] == "name_only"


def test_terms_that_differ_in_everything_are_at_distance_one(ledger):
    gone = pd.Timestamp("2036-01-10")
    loans = _two(ledger, amount_yuan=9e9, maturity_date=gone, yearly_rate=0.3, repayment="seasonal", guarantee="pledge")
    found = product_overlaps(loans, **DISTANCE).iloc[0]
    assert found["terms_distance"] == pytest.approx(1.0, abs=0.03) and found["same_terms"] == ""


def test_one_of_two_ways_of_repaying_is_half_a_difference(ledger):
    ways = ["bullet"] * 5 + ["seasonal"] * 5
    found = product_overlaps(_two(ledger, repayment=ways), **DISTANCE).iloc[0]
    assert found["terms_distance"] == pytest.approx(0.5 / 5)


def test_overlap_counts_everyone_who_ever_borrowed(ledger):
    names = [f"C{i:04d}" for i in range(8)] + ["X1", "X2"]
    found = product_overlaps(_two(ledger, customer_id=names, repayment="seasonal"), **DISTANCE).iloc[0]
    assert (found["shared_count"], found["jaccard_share"], found["contained_share"]) == (8, 8 / 12, 0.8)
    assert found["finding"] == "merge"


def test_neither_order_of_rows_nor_scale_of_balance_moves_it(ledger, unchanged):
    loans = _two(ledger, repayment="seasonal", amount_yuan=list(np.linspace(50, 500, 10)))
    with unchanged(loans):
        found = product_overlaps(loans, **DISTANCE)
    mixed = loans.sample(frac=1, random_state=1).assign(balance_yuan=loans["balance_yuan"] * 7)
    pd.testing.assert_frame_equal(found, product_overlaps(mixed, **DISTANCE))


def test_one_product_has_nothing_to_overlap_with(ledger):
    with pytest.raises(EmptyBook, match="fewer than two"):
        product_overlaps(ledger(3, product_id="P1"), **DISTANCE)


def test_realised_terms_name_the_commonest_way_of_repaying(ledger):
    found = realised_terms(ledger(4, product_id="P1", repayment=["bullet", "bullet", "bullet", "seasonal"]))
    assert found[["repayment", "repayment_share"]].values.tolist() == [["bullet", 0.75]]


def test_without_products_there_are_no_terms(ledger):
    with pytest.raises(EmptyBook, match="names its product"):
        realised_terms(ledger(3))

"""The product tree: leaves add up to the book, branches to the leaves."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products.trees import branch_sums, product_tree

SHELF = pd.DataFrame({"product_id": ["P1", "P2"], "secured": ["credit", "mortgage"], "is_online": [True, False],
                      "is_revolving": [True, False], "kind": "standard"})  # fmt: skip


def _loans(ledger, **more):
    given = {"product_id": ["P1", "P1", "P2"], "balance_yuan": [10.0, 30.0, 60.0], "yearly_rate": [0.02, 0.06, 0.04],
             "issue_type": "new", "disbursed_date": "2026-01-10"}  # fmt: skip
    return ledger(3, **{**given, **more})


def test_leaves_add_up_to_the_book_and_branches_to_the_leaves(ledger):
    tree = product_tree(_loans(ledger), SHELF, as_of="2026-06-30")
    assert tree["balance_share"].sum() == branch_sums(tree)["balance_share"].sum() == 1


def test_the_rate_of_a_leaf_is_weighed_by_balance(ledger):
    tree = product_tree(_loans(ledger), SHELF, as_of="2026-06-30").set_index("product_id")
    assert tree.loc["P1", "yearly_rate"] == pytest.approx(0.05)


def test_a_product_that_only_sold_stands_in_the_tree_without_a_rate(ledger):
    tree = product_tree(_loans(ledger, balance_yuan=[0.0, 0.0, 9.0]), SHELF, as_of="2026-06-30").set_index("product_id")
    assert tree.loc["P1", ["new_count", "balance_yuan"]].tolist() == [2, 0] and pd.isna(tree.loc["P1", "yearly_rate"])


def test_renewals_are_no_new_lending(ledger):
    tree = product_tree(_loans(ledger, issue_type="refinance"), SHELF, as_of="2026-06-30")
    assert tree["new_count"].sum() == 0


def test_a_ledger_without_products_has_no_tree(ledger):
    with pytest.raises(EmptyBook, match="names its product"):
        product_tree(_loans(ledger, product_id=None), SHELF, as_of="2026-06-30")

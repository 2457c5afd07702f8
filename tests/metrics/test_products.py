"""Products that are only names: Gower distance of realised terms, Jaccard overlap of customers.

Loans that only take the place of another of our own.
From asking to the money, and what applications are lost to.
Tenor against need, and maturities met only by the next loan.
The product tree: leaves add up to the book, branches to the leaves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products import (
    branch_sums,
    loss_reasons,
    product_overlaps,
    product_tree,
    realised_terms,
    refinanced_ends,
    refinanced_principal,
    replacements,
    take_up,
    tenor_mismatch,
)

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


def _replacement_loans(ledger, gap, **more):
    given = {"customer_id": "C1", "product_id": ["P1", "P2"], "issue_type": "new", "amount_yuan": [60.0, 100.0],
             "disbursed_date": ["2024-01-01", str(pd.Timestamp("2026-01-01") + pd.Timedelta(days=gap))[:10]],
             "closed_date": ["2026-01-01", None]}  # fmt: skip
    return ledger(2, **{**given, **more})


@pytest.mark.parametrize(("gap", "hit"), [(-30, 1), (30, 1), (31, 0), (-31, 0)])
def test_thirty_days_on_either_side_count_and_no_more(ledger, gap, hit):
    found = replacements(_replacement_loans(ledger, gap), days=30).set_index("product_id").loc["P2"]
    assert found["replaced_count"] == hit


def test_only_what_goes_beyond_the_old_loan_is_new_money(ledger):
    found = replacements(_replacement_loans(ledger, 3), days=30).set_index("product_id").loc["P2"]
    assert (found["replaced_yuan"], found["net_new_yuan"], found["main_from_id"]) == (100.0, 40.0, "P1")


def test_the_same_product_and_a_renewal_replace_nothing(ledger):
    same = replacements(_replacement_loans(ledger, 3, product_id="P1"), days=30)
    renewed = replacements(_replacement_loans(ledger, 3, issue_type=["new", "refinance"]), days=30)
    assert same["replaced_count"].sum() == 0 and renewed["new_count"].sum() == 1


def test_without_new_loans_there_is_nothing_to_replace(ledger):
    with pytest.raises(EmptyBook, match="no new loan"):
        replacements(_replacement_loans(ledger, 3), days=30, since="2030-01-01")


ASKED = pd.DataFrame({
    "product_id": ["P1"] * 4 + [None],
    "decision": ["approved", "refused", "withdrawn", "pending", "refused"],
    "reason_code": [None, "high_debt", "customer_withdrew", None, None],
    "disbursed_at": pd.to_datetime(["2026-01-05", None, None, None, None]),
    "asked_yuan": 10.0, "granted_yuan": [10.0, 0.0, 0.0, 0.0, 0.0],
})  # fmt: skip


def test_withdrawn_and_pending_do_not_count_against_the_pass_rate():
    found = take_up(ASKED).set_index("product_id").loc["P1"]
    assert (found["pass_share"], found["pass_share_count"], found["pending_count"]) == (0.5, 2, 1)


def test_states_of_applications_add_up_to_all():
    found = take_up(ASKED, within=None).iloc[0]
    parts = ["granted_count", "refused_count", "withdrawn_count", "pending_count"]
    assert found[parts].sum() == found["asked_count"] == 5


def test_an_application_without_a_product_is_a_group_of_its_own():
    assert take_up(ASKED)["product_id"].tolist() == ["P1", "unknown"]


def test_shares_of_reasons_add_up_to_one_within_each_group():
    found = loss_reasons(ASKED, within="product_id")
    assert found.groupby("product_id")["lost_share"].sum().round(12).tolist() == [1.0, 1.0]


def test_a_reason_that_nobody_wrote_down_is_unknown_not_absent():
    assert "unknown" in loss_reasons(ASKED)["reason_code"].tolist()


def test_without_a_loss_there_is_no_reason():
    with pytest.raises(EmptyBook, match="refused or withdrawn"):
        loss_reasons(ASKED.head(1))


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


SHELF = pd.DataFrame({"product_id": ["P1", "P2"], "secured": ["credit", "mortgage"], "is_online": [True, False],
                      "is_revolving": [True, False], "kind": "standard"})  # fmt: skip


def _tree_loans(ledger, **more):
    given = {"product_id": ["P1", "P1", "P2"], "balance_yuan": [10.0, 30.0, 60.0], "yearly_rate": [0.02, 0.06, 0.04],
             "issue_type": "new", "disbursed_date": "2026-01-10"}  # fmt: skip
    return ledger(3, **{**given, **more})


def test_leaves_add_up_to_the_book_and_branches_to_the_leaves(ledger):
    tree = product_tree(_tree_loans(ledger), SHELF, as_of="2026-06-30")
    assert tree["balance_share"].sum() == branch_sums(tree)["balance_share"].sum() == 1


def test_the_rate_of_a_leaf_is_weighed_by_balance(ledger):
    tree = product_tree(_tree_loans(ledger), SHELF, as_of="2026-06-30").set_index("product_id")
    assert tree.loc["P1", "yearly_rate"] == pytest.approx(0.05)


def test_a_product_that_only_sold_stands_in_the_tree_without_a_rate(ledger):
    tree = product_tree(_tree_loans(ledger, balance_yuan=[0.0, 0.0, 9.0]), SHELF, as_of="2026-06-30").set_index(
        "product_id"
    )
    assert tree.loc["P1", ["new_count", "balance_yuan"]].tolist() == [2, 0] and pd.isna(tree.loc["P1", "yearly_rate"])


def test_renewals_are_no_new_lending(ledger):
    tree = product_tree(_tree_loans(ledger, issue_type="refinance"), SHELF, as_of="2026-06-30")
    assert tree["new_count"].sum() == 0


def test_a_ledger_without_products_has_no_tree(ledger):
    with pytest.raises(EmptyBook, match="names its product"):
        product_tree(_tree_loans(ledger, product_id=None), SHELF, as_of="2026-06-30")

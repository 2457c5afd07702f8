"""Signs in the use of funds are found where they were planted, and refunds are none."""

import pandas as pd
import pytest

from microlib.errors import MissingTable
from microlib.metrics.reviewing import uses

WAY = {"threshold_yuan": 5e5, "window_days": 10, "return_share": 0.5}


@pytest.fixture(scope="module")
def signs(planted):
    return uses.use_signs(planted["payments"], planted["loans"], **WAY)


@pytest.mark.parametrize(
    ("sign", "truth"),
    [("returned", "returned_to_borrower"), ("off_purpose", "off_purpose"),
     ("split_under_threshold", "split_under_threshold"), ("shared_payee", "one_payee_for_many")],
)  # fmt: skip
def test_planted_uses_are_found_and_nothing_else(signs, world, sign, truth):
    assert set(signs.loan_id[signs[sign]]) == set(world.truth["use_of_funds"][truth])


def test_goods_sent_back_are_no_sign(signs, world):
    refunded = set(world.truth["use_of_funds"]["refunds_innocent"]) - set(
        world.truth["use_of_funds"]["returned_to_borrower"]
    )
    assert not signs.returned[signs.loan_id.isin(refunded)].any()


def test_money_that_comes_back_after_the_window_is_no_sign():
    paid = pd.DataFrame({
        "loan_id": "L1", "paid_date": pd.to_datetime(["2026-01-05"]), "amount_yuan": 1e5, "method": "own",
        "payee_hash": "s", "payee_kind": "supplier", "memo_code": "goods", "returned_yuan": 9e4,
        "returned_date": pd.to_datetime(["2026-01-16"]),
    })  # fmt: skip
    loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": "C", "rm_id": "R", "product_id": "P", "amount_yuan": 1e5,
                          "balance_yuan": 1e5})  # fmt: skip
    late = uses.use_signs(paid, loans, **WAY)
    soon = uses.use_signs(paid, loans, **(WAY | {"window_days": 11}))
    assert (late.returned.item(), soon.returned.item()) == (False, True)


def test_the_summary_counts_a_loan_of_two_signs_once(signs):
    counts = uses.use_summary(signs).set_index("sign").loans_count
    assert counts["any_sign"] == (signs.signs != "").sum() <= counts.drop("any_sign").sum()


def test_without_payments_nothing_is_said(planted):
    with pytest.raises(MissingTable):
        uses.use_signs(planted["payments"].iloc[:0], planted["loans"], **WAY)

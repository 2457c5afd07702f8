"""From asking to the money, and what applications are lost to."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products.takeups import loss_reasons, take_up

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

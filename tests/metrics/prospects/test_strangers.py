"""Firms on a list whom we do not serve are counted, not named."""

import pandas as pd

from microlib.metrics.prospects.strangers import roster_strangers, supplier_strangers


def test_members_are_known_or_strangers():
    rosters = pd.DataFrame({"venue_id": "V1", "list_source": "office", "member_number": ["1", "2", "3"],
                            "uscc_hash": ["x", "y", None]})  # fmt: skip
    customers = pd.DataFrame({"customer_id": ["C1"], "uscc_hash": ["x"]})
    found = roster_strangers(rosters, customers).iloc[0]
    assert (found["members_count"], found["known_count"], found["strangers_count"]) == (3, 1, 2)


def test_a_supplier_known_by_one_payable_is_known():
    paid = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", None, None], "supplier_hash": ["a", "a", "b"],
                         "amount_yuan": [1.0, 2.0, 4.0]})  # fmt: skip
    found = supplier_strangers(paid).iloc[0]
    assert (found["members_count"], found["known_count"], found["strangers_yuan"]) == (2, 1, 4.0)


def test_no_name_stands_in_the_counts():
    paid = pd.DataFrame({"core_id": "H1", "customer_id": [None], "supplier_hash": ["secret"], "amount_yuan": [1.0]})
    assert "secret" not in supplier_strangers(paid).to_csv()

"""Referrals: the published cost, growth that ends, and concentration that asks a question."""

import pandas as pd
import pytest

from microlib.metrics.campaigns.referrals import cost_per_added, growth_path, referral_effects, referrer_concentration


def test_the_published_cost_and_path_are_found_again() -> None:
    assert cost_per_added(30, 800, 0.4) == pytest.approx(1333.3333)
    assert growth_path(1000, 0.45, rounds=3) == pytest.approx([1000, 1450, 1652.5, 1743.625])
    assert growth_path(1000, 0.45, rounds=60)[-1] == pytest.approx(1818.181818)


def test_rewarded_members_are_compared_with_those_held_out() -> None:
    head = pd.DataFrame({"campaign_id": ["M"], "goal": "referral", "reward_cost_yuan": 24_000.0,
                         "launch_date": pd.Timestamp("2026-01-01"),
                         "closing_date": pd.Timestamp("2026-03-31")})  # fmt: skip
    ids = [f"C{i}" for i in range(200)]
    members = pd.DataFrame({"campaign_id": "M", "customer_id": ids, "arm": ["treated"] * 100 + ["control"] * 100})
    leads = pd.DataFrame({"referrer_customer_id": ids[:30] + ids[100:112], "loan_id": "L",
                          "created_date": pd.Timestamp("2026-02-01")})  # fmt: skip
    row = referral_effects(head, members, leads).iloc[0]
    assert row["anyway_share"] == pytest.approx(0.4)
    assert row["cost_per_added_yuan"] == pytest.approx(1333.3333)


def test_one_with_tied_clients_is_looked_at_and_others_are_not() -> None:
    leads = pd.DataFrame({"referrer_customer_id": ["A"] * 3 + list("BCDEFGHIJKLMN"), "loan_id": "L",
                          "customer_id": [f"X{i}" for i in range(16)]})  # fmt: skip
    links = pd.DataFrame({"customer_id_a": ["A", "A"], "customer_id_b": ["X0", "X1"], "link_type": "accountant"})
    found = referrer_concentration(leads, links).set_index("referrer_customer_id")
    assert found.index[found["is_to_check"]].to_list() == ["A"]
    assert not referrer_concentration(leads)["is_to_check"].any()

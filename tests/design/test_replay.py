"""An access rule tried on the past: only what was known then, good customers counted beside the bad."""

import pandas as pd
import pytest

from microlib.design.replay import (
    past_applications,
    refusing_rules,
    replay_access,
    replay_products,
    rule_names,
    rule_overlap,
    separating_rules,
)
from microlib.errors import EmptyBook


def _past(bad_refused: int, refused: int, bad_kept: int, kept: int) -> pd.DataFrame:
    young = [True] * refused + [False] * kept
    bad = [True] * bad_refused + [False] * (refused - bad_refused) + [True] * bad_kept + [False] * (kept - bad_kept)
    return pd.DataFrame({
        "application_id": [f"A{number}" for number in range(refused + kept)], "is_granted": True,
        "is_bad": pd.array(bad, dtype="boolean"), "granted_yuan": 100_000.0,
        "business_months": [6.0 if each else 60.0 for each in young], "is_npl": False, "overdue_days": 0.0,
    })  # fmt: skip


def _with_history(book):
    """Loan L1 turns bad three months after it is paid out; the second application comes while it is 40 days late."""
    days = pd.to_datetime(["2025-02-10", "2025-08-20"])
    asked = {"application_id": ["A1", "A2"], "customer_id": ["C1", "C1"], "product_id": None, "submitted_at": days,
             "disbursed_at": pd.to_datetime(["2025-03-01", None]), "decision": ["approved", "refused"],
             "granted_yuan": [5e5, 0.0]}  # fmt: skip
    history = {"loan_id": "L1", "month": ["2025-01", "2025-06", "2025-07", "2025-10"], "balance_yuan": 5e5,
               "overdue_days": [0, 10, 40, 120], "class5": "normal"}  # fmt: skip
    book["loans"] = book["loans"].assign(disbursed_date=pd.Timestamp("2025-03-01"))
    book["applications"], book["loan_months"] = pd.DataFrame(asked), pd.DataFrame(history)
    return book


def test_counts_ratio_and_lost_good_customers(stall, unchanged):
    """9 of 120 against 7 of 900: ratio 9.64, Koopman 3.77 to 24.46; 111 good customers for 9 bad ones."""
    past = _past(9, 120, 7, 900)
    with unchanged(past):
        row = replay_access(past, product=stall).set_index("rule").loc["young_business"]
    assert [round(row[name], 2) for name in ("ratio", "ratio_low", "ratio_high")] == [9.64, 3.77, 24.46]
    assert (row["refused_good_count"], row["refused_yuan"], row["finding"]) == (111, 12_000_000, "separates")
    assert row["good_per_bad"] == pytest.approx(111 / 9)


def test_a_rule_that_splits_by_chance_or_refuses_nobody_says_so(stall):
    chance = replay_access(_past(2, 100, 18, 900), product=stall).set_index("rule")["finding"]
    assert chance["young_business"] == "cannot_say" and chance["in_arrears"] == "refuses_nobody"
    assert chance["not_on_a_venue"] == chance["many_links"] == "not_replayed"


def test_all_rules_together_refuse_at_least_what_each_does(stall):
    found = replay_access(_past(9, 120, 7, 900), product=stall).set_index("rule")
    assert (found.loc["all", "refused_count"] >= found["refused_count"].drop("all")).all()
    assert (found[["kept_count", "refused_count", "unknown_count"]].sum(axis="columns") == 1020).all()


def test_overlap_counts_who_is_refused_twice(stall):
    past = _past(9, 120, 7, 900).assign(overdue_days=[5.0] * 30 + [0.0] * 990)
    pair = rule_overlap(past, product=stall).set_index(["rule", "other"]).loc[("in_arrears", "young_business")]
    assert (pair["failing_count"], pair["both_count"], pair["both_share"], pair["only_count"]) == (30, 30, 1.0, 0)


def test_a_past_without_outcome_is_refused(stall):
    with pytest.raises(EmptyBook, match="no granted application has a known outcome"):
        replay_access(_past(1, 2, 1, 2).assign(is_granted=False), product=stall)


def test_only_what_stood_in_the_tables_before_the_application_counts(book):
    found = past_applications(_with_history(book)).set_index("application_id")
    assert found.loc["A1", "overdue_days"] == 0 and found.loc["A2", "overdue_days"] == 40
    assert bool(found.loc["A1", "is_bad"]) and pd.isna(found.loc["A2", "is_bad"])
    assert found.loc["A1", "business_months"] == 117


def test_one_bad_loan_decides_nothing(stall):
    """1 of 2 against 1 of 167: the ratio's interval lies above one, and still one loan is no rule."""
    row = replay_access(_past(1, 2, 1, 167), product=stall).set_index("rule").loc["young_business"]
    assert row["ratio_low"] > 1 and row["finding"] == "cannot_say"


def test_a_rule_is_replayed_on_its_own_groups_alone(stall, hospital):
    """A stall's rule sees the stalls' loans only: 9 of 120 young ones, whatever others lend to did."""
    own = _past(9, 120, 7, 900).assign(segment=stall.segments[0])
    others = _past(50, 60, 0, 500).assign(segment="nobody's")
    found = replay_products(pd.concat([own, others], ignore_index=True), products=[stall, hospital])
    assert set(found["product"]) == {stall.code} and found["observed_count"].max() == len(own)
    first = separating_rules(found).iloc[0]
    assert (first["rule"], first["refused_bad_count"]) == (f"{stall.code}.young_business", 9)
    assert set(refusing_rules(found)["rule"]) == {"all", first["rule"]} and first["rule"] in rule_names([stall])


def test_no_product_and_no_outcome_are_told_apart(stall):
    with pytest.raises(EmptyBook, match="no product is made"):
        replay_products(_past(9, 120, 7, 900).assign(segment="x"), products=[])
    with pytest.raises(EmptyBook, match="known outcome"):
        replay_products(_past(9, 120, 7, 900).assign(segment="x"), products=[stall])

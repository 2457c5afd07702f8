"""Legal terms, control ladder, lines under a core's cap, coverage and pilot, the joint list, two books."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.design.scenes import joint_counterparties, joint_counts, shared_margins
from microlib.design.supply import (
    control_levels,
    core_caps,
    early_payment_values,
    evidence_waterfall,
    ladder_summary,
    legal_terms,
    outside_suppliers,
    pilot_sizes,
    programme_coverage,
    read_supply_policy,
    supplier_counts,
    supplier_lines,
    two_books,
)

DAY = date(2026, 6, 30)
ROOM = {"core_id": ["H1"], "proposed_cap_yuan": [8_000_000.0], "direct_yuan": [0.0], "others_yuan": [0.0]}
HELD = pd.DataFrame({"source_kind": "core", "source_id": "H1", "customer_id": ["S1"], "balance_yuan": [1e6]})


@pytest.fixture(scope="module")
def policy(root):
    return read_supply_policy(root, as_of=DAY)


def owed(**columns):
    rows = {"payable_id": ["Y1", "Y2", "Y3"], "core_id": "H1", "customer_id": ["C1", "C2", None],
            "supplier_hash": ["h1", "h2", "h3"], "delivered_date": pd.to_datetime("2026-03-01"),
            "amount_yuan": [60.0, 30.0, 10.0],
            "acknowledged_date": pd.to_datetime(["2026-03-09", None, None])}  # fmt: skip
    return pd.DataFrame(rows | columns)


@pytest.mark.parametrize(
    ("ownership", "size", "contract", "days", "basis"),
    [
        ("public_institution", "large", 60, 60, "public_by_contract"),
        ("public_institution", "medium", 90, 60, "public_by_contract"),
        ("public_institution", "small", 20, 30, "public_body"),
        ("state_owned", "large", 90, 60, "large_firm"),
        ("private", "small", 30, np.nan, "not_applicable"),
        ("private", "unknown", 30, np.nan, "unknown"),
    ],
)
def test_the_legal_term_follows_who_the_core_is(policy, ownership, size, contract, days, basis):
    core = pd.DataFrame({"core_id": ["X"], "kind": "hospital", "size": size, "ownership": ownership,
                         "contract_terms_days": contract})  # fmt: skip
    found = legal_terms(core, policy=policy).iloc[0]
    assert found.legal_basis == basis and (found.legal_days == days or np.isnan(days) and np.isnan(found.legal_days))


def test_four_suppliers_share_a_cores_cap_as_the_key_says(policy):
    """420 / 260 / 900 / 150 under single cap 300 and core cap 800 (wan): 267.6 / 162.2 / 281.5 / 88.7."""
    ids = ["S1", "S2", "S3", "S4"]
    levels = pd.DataFrame({"core_id": "H1", "customer_id": ids, "control_level": "acknowledged"})
    money = pd.DataFrame(
        {"base_yuan": [4.2e6, 2.6e6, 9e6, 1.5e6], "dilution_share": [0.03, 0.05, 0.02, 0.1]}, index=ids
    )
    shares = pd.DataFrame({"core_id": "H1", "customer_id": ids, "income_share": 0.4})
    found = supplier_lines(levels, money, shares, HELD, caps=pd.DataFrame(ROOM), policy=policy).set_index("customer_id")
    assert (found["limit_yuan"][ids] / 1e4).round(1).tolist() == [267.6, 162.2, 281.5, 88.7]
    assert set(found["bound_by"]) == {"source"}


def test_who_hangs_on_one_core_is_advanced_less(policy):
    levels = pd.DataFrame({"core_id": "H1", "customer_id": ["S1", "S2"], "control_level": "registered"})
    money = pd.DataFrame({"base_yuan": 1e6, "dilution_share": 0.0}, index=["S1", "S2"])
    shares = pd.DataFrame({"core_id": "H1", "customer_id": ["S1", "S2"], "income_share": [0.9, np.nan]})
    found = supplier_lines(levels, money, shares, HELD, caps=pd.DataFrame(ROOM), policy=policy).set_index("customer_id")
    assert found["limit_yuan"].to_dict() == pytest.approx({"S1": 480_000, "S2": 600_000})


def test_lines_share_what_other_branches_and_suppliers_without_a_line_leave(policy):
    """Of a cap of 800 other branches hold 300, a supplier without a line 100: 400 is left."""
    levels = pd.DataFrame({"core_id": "H1", "customer_id": ["S1", "S2"], "control_level": "acknowledged"})
    money = pd.DataFrame({"base_yuan": 9e6, "dilution_share": 0.0}, index=["S1", "S2"])
    shares = pd.DataFrame({"core_id": "H1", "customer_id": ["S1", "S2"], "income_share": 0.4})
    caps = pd.DataFrame({**ROOM, "others_yuan": [3e6]})
    held = pd.concat([HELD, HELD.assign(customer_id="S9")])
    found = supplier_lines(levels, money, shares, held, caps=caps, policy=policy)
    assert found["limit_yuan"].sum() == pytest.approx(4e6)


def test_a_rung_counts_only_if_it_holds_for_all(policy):
    loans = pd.DataFrame({"loan_id": ["L1", "L1", "L2"], "payable_id": ["Y1", "Y2", "Y3"],
                          "notified_date": pd.to_datetime("2026-01-01"),
                          "registered_date": pd.to_datetime(["2026-01-02", None, "2026-01-02"])})  # fmt: skip
    rows = owed(customer_id=["C1", "C1", "C2"], acknowledged_date=pd.to_datetime([None, None, "2026-03-09"]))
    held = pd.DataFrame({"core_id": ["H1"], "measure": "captured", "share_low": 0.5})
    found = control_levels(loans, rows, held, policy=policy)
    assert found["control_level"].tolist() == ["notified", "acknowledged"]
    assert ladder_summary(found, policy=policy)["advance_share"].tolist() == [0.7, 0.5]


def test_coverage_counts_whom_the_programme_leaves_outside(unchanged):
    cores = pd.DataFrame({"core_id": ["H1"], "acknowledgement": ["written"], "programme": ["p"]})
    rows = owed()
    with unchanged(rows, cores):
        found = programme_coverage(rows, cores, as_of=DAY).iloc[0]
    assert (found.suppliers_count, found.covered_count, found.outside_count, found.outside_yuan) == (3, 1, 2, 40)
    assert outside_suppliers(rows, as_of=DAY)["customer_id"].tolist() == ["C2"]


def test_each_rule_of_evidence_takes_its_own_away(policy):
    outside = pd.DataFrame({"customer_id": list("abcde")})
    gaps = pd.DataFrame({"customer_id": list("bcde"), "running_gap_share": [0.5, 0.1, 0.1, 0.1]})
    strengths = pd.DataFrame({"customer_id": ["d"], "standing": ["hangs_on_core"]})
    loans = pd.DataFrame({"customer_id": ["c"], "overdue_days": [9]})
    found = evidence_waterfall(outside, gaps, strengths, loans, policy=policy)
    assert found["remaining_count"].tolist() == [5, 4, 3, 2, 1]


def test_a_pilot_too_small_to_learn_from_says_so(policy):
    rates = pd.DataFrame({"shrunk_rate": [0.01], "shrunk_upper": [0.02]})
    sized = [
        pilot_sizes(rates, typical_yuan=3e5, lgd_share=0.4, passing_count=n, policy=policy).iloc[0] for n in (9, 900)
    ]
    assert [row.bound_by for row in sized] == ["too_small", "budget"]
    assert sized[1].pilot_count == sized[1].budget_count >= sized[1].needed_count


def test_exposure_is_seen_whole_and_bounded_by_what_the_core_buys(policy):
    rows = pd.DataFrame({"source_kind": "core", "source_id": ["H1"], "direct_yuan": 10.0, "balance_yuan": 25.0,
                         "exposure_yuan": 35.0, "cap_yuan": 100.0, "affected_yuan": 20.0, "others_yuan": 0.0,
                         "others_payables_yuan": 0.0, "exits_yuan": 0.0})  # fmt: skip
    found = core_caps(rows, owed(), as_of=DAY, policy=policy).iloc[0]
    assert (found.proposed_cap_yuan, found.proposed_state) == (10 + policy.payables_share * 90, "near")
    joint = rows.assign(exposure_yuan=60.0, others_yuan=25.0, others_payables_yuan=60.0)
    found = core_caps(joint, owed(), as_of=DAY, policy=policy).iloc[0]
    assert (found.proposed_headroom_yuan, found.proposed_state) == (10 + policy.payables_share * 150 - 60, "over")
    assert two_books(rows, lgd_share=0.5)[["corporate_yuan", "small_yuan"]].iloc[0].tolist() == [10, 25]


def test_a_core_that_keeps_the_law_saves_nobody_anything(policy):
    days = pd.DataFrame({"core_id": ["H1"], "median_days": [46.0]})
    terms = pd.DataFrame({"core_id": ["H1"], "legal_days": [60.0], "contract_days": [60.0]})
    assert early_payment_values(owed(), days, terms, as_of=DAY, policy=policy)["value_high_yuan"].tolist() == [0]
    cores = pd.DataFrame({"core_id": ["H1"], "kind": ["hospital"]})
    assert supplier_counts(owed(), cores, as_of=DAY)["customers_count"].tolist() == [3]


def test_the_joint_list_says_on_what_ground_each_is_called_on():
    customers = pd.DataFrame({"customer_id": ["C1", "C2"], "rm_id": "R1", "consents_marketing": [False, True],
                              "deposits_avg_12m_yuan": [5.0, 5.0]})  # fmt: skip
    loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [7.0]})
    cores = pd.DataFrame({"core_id": ["H1"], "manager_rm_id": ["R9"]})
    found = joint_counterparties(owed(), cores, customers, loans, as_of=DAY)
    assert found["stands"].tolist() == ["borrower", "account", "unknown"]
    assert found["lawful_basis"].tolist() == ["contract", "consent", "ask_core"]
    assert joint_counts(found)["reachable_count"].tolist() == [1, 1, 0]


def test_both_lines_share_a_loss_as_they_share_a_margin(policy):
    lines = pd.DataFrame({"core_id": ["H1", "H1"], "limit_yuan": [5e5, 5e5]})
    found = shared_margins(lines, margins={"mean": 0.01, "upper": -0.01}, policy=policy)
    assert np.allclose(found["corporate_yuan"] + found["small_yuan"], found["margin_yuan"])
    assert (found["corporate_yuan"] / found["margin_yuan"]).round(6).tolist() == [policy.corporate_share] * 2

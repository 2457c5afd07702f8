"""Landlords, channels and seasons as sources.

Who hangs on which source, what is hit if it stops, what is lost, and the room under its cap.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.contracts.policy import StressPolicy
from microlib.metrics.loans import with_exits
from microlib.metrics.sources import (
    affected_balances,
    exposures_elsewhere,
    loss_if_stopped,
    source_exits,
    source_exposures,
    source_headroom,
    source_members,
    stopped_coverages,
)

STRESS = StressPolicy(
    stop_days=90, coverage_months=12, dependence_share=0.5, pd_low=0.3, pd_high=0.6, lgd_low=0.4, lgd_high=0.65,
    correlation={},
)  # fmt: skip


def test_a_failed_season_is_lost_for_the_year():
    """(0 + 12 x 20,000 - 12 x 0.4 x (100,000 - 50,000)) / 200,000 = 0; three months of stop would leave 0.9."""
    rows = pd.DataFrame({"source_kind": ["season", "core"], "customer_id": "C1", "income_share": 0.4})
    cash = pd.DataFrame({"customer_id": ["C1"], "buffer_yuan": 0.0, "inflow_month_yuan": 1e5, "outflow_month_yuan": 8e4,
                         "fixed_month_yuan": 3e4, "debt_service_yuan": 2e5})  # fmt: skip
    assert stopped_coverages(rows, cash, stress=STRESS).tolist() == pytest.approx([0.0, 0.9])


SOURCE_LOANS = pd.DataFrame({
    "loan_id": ["L1", "L2", "L3", "L4"], "customer_id": ["C1", "C2", "C3", "C4"],
    "balance_yuan": [4e5, 3e5, 2e5, 0.0], "core_id": ["H1", None, "H1", "H1"],
})  # fmt: skip
SHARES = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3"], "core_id": ["H1", "H1", None], "paid_yuan": [6e5, 2e5, 0.0],
    "income_share": [0.6, 0.2, None],
})  # fmt: skip


def members(shares, balances=None):
    count = len(shares)
    frame = {"source_kind": "core", "source_id": "H1", "customer_id": [f"C{n}" for n in range(count)]}
    return pd.DataFrame({**frame, "income_share": shares, "balance_yuan": balances or [1e5] * count})


def cash(count, **columns):
    frame = {"customer_id": [f"C{n}" for n in range(count)], "buffer_yuan": 0.0, "inflow_month_yuan": 1e5}
    frame |= {"outflow_month_yuan": 8e4, "fixed_month_yuan": 3e4, "debt_service_yuan": 2e5}
    return pd.DataFrame(frame | columns)


def test_a_tag_without_payables_is_a_member_of_unknown_share():
    found = source_members(SOURCE_LOANS, SHARES).set_index("customer_id")
    assert found["share_basis"].to_dict() == {"C1": "payables", "C2": "payables", "C3": "loan_tag"}
    assert found["income_share"].isna().to_dict() == {"C1": False, "C2": False, "C3": True}


def test_a_stall_lives_by_its_market_and_a_village_stops_nobody():
    evidence = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "venue_id": ["V1", "V2", "V3"],
                             "venue_kind": ["market", "village", None]})  # fmt: skip
    found = source_members(SOURCE_LOANS.drop(columns="core_id"), None, evidence).set_index("source_id")
    assert found["income_share"].fillna(-1).to_dict() == {"V1": 1.0, "V3": -1.0}


def test_only_a_guarantor_of_two_borrowers_is_a_common_source():
    given_ = pd.DataFrame(
        {"loan_id": ["L1", "L2", "L3"], "guarantor_id": ["G1", "G1", "G2"], "amount_yuan": [2e5, 9e5, 9e5]}
    )
    found = source_members(SOURCE_LOANS.drop(columns="core_id"), None, None, given_)
    assert found[["source_id", "customer_id", "income_share"]].to_numpy().tolist() == [
        ["G1", "C1", 0.5],
        ["G1", "C2", 1.0],
    ]


def test_affected_is_half_or_more_and_unknown_is_counted_apart():
    found = affected_balances(members([0.5, 0.499, np.nan], [4e5, 2e5, 1e5]), stress=STRESS).iloc[0]
    assert (found.borrowers_count, found.balance_yuan) == (3, 7e5)
    assert (found.affected_count, found.affected_yuan, found.unknown_count, found.unknown_yuan) == (1, 4e5, 1, 1e5)


def test_coverage_is_buffer_plus_the_year_less_three_months_of_lost_margin():
    """(50,000 + 12 x 20,000 - 3 x 0.6 x (100,000 - 50,000)) / 200,000 = 1.0"""
    found = stopped_coverages(members([0.6]), cash(1, buffer_yuan=5e4), stress=STRESS)
    assert found.tolist() == pytest.approx([1.0])


def test_the_loss_is_the_balance_out_of_cash_times_pd_times_lgd():
    found = loss_if_stopped(members([0.6, 0.6]), cash(2, buffer_yuan=[4.9e4, 5.1e4]), stress=STRESS).iloc[0]
    assert (found.gap_count, found.gap_yuan) == (1, 1e5)
    assert (found.loss_low_yuan, found.loss_high_yuan) == (
        pytest.approx(1e5 * 0.3 * 0.4),
        pytest.approx(1e5 * 0.6 * 0.65),
    )


def test_affected_borrowers_without_flows_are_untested_and_in_no_loss():
    found = loss_if_stopped(members([0.6, 0.6]), cash(1), stress=STRESS).iloc[0]
    assert (found.gap_count, found.untested_count, found.untested_yuan) == (1, 1, 1e5)


def test_a_borrower_that_does_not_depend_is_not_hit():
    found = loss_if_stopped(members([0.3]), cash(1, debt_service_yuan=9e9), stress=STRESS).iloc[0]
    assert (found.affected_count, found.gap_count, found.loss_high_yuan) == (0, 0, 0)


def test_a_guarantor_takes_no_income_away():
    rows = members([1.0]).assign(source_kind="guarantor")
    assert stopped_coverages(rows, cash(1), stress=STRESS).tolist() == pytest.approx([1.2])


def test_headroom_sets_direct_exposure_and_suppliers_against_one_cap():
    balances = affected_balances(
        pd.concat([members([0.6]), members([1.0]).assign(source_kind="venue", source_id="V1")]), stress=STRESS
    )
    cores = pd.DataFrame({"core_id": ["H1"], "cap_yuan": [1e6], "direct_exposure_yuan": [9.5e5]})
    found = source_headroom(balances, cores, cap_yuan=3e5).set_index("source_id")
    assert found["headroom_yuan"].to_dict() == {"H1": pytest.approx(-5e4), "V1": pytest.approx(2e5)}
    assert found["cap_basis"].to_dict() == {"H1": "own", "V1": "policy"}


def branches(counts, balances, largest):
    codes = ["0755", "0010", "0995"][: len(counts)]
    rows = {"branch_id": codes, "customers_count": counts, "balance_yuan": balances, "largest_yuan": largest}
    return pd.DataFrame({"source_kind": "core", "source_id": "H1", "payables_yuan": 1e6} | rows)


POLICY = {"fewest": 5, "dominance_share": 0.7}


@pytest.mark.parametrize(
    ("counts", "balances", "largest", "state", "others"),
    [
        ([9, 6, 2], [9e5, 3e5, 1e5], [1e5, 1e5, 5e4], "told", 4e5),  # eight elsewhere, none with most of it
        ([9, 2], [9e5, 1.2e5], [1e5, 8e4], "held_back", 1.5e5),  # two could be made out: steps of 5 % of the cap
        ([9, 6], [9e5, 4e5], [1e5, 3e5], "held_back", 4e5),  # one has three quarters
        ([9], [9e5], [1e5], "none", 0.0),
    ],
)
def test_other_branches_are_one_number_and_coarse_where_few_stand_behind_it(counts, balances, largest, state, others):
    told = exposures_elsewhere(branches(counts, balances, largest), branch="0755", **POLICY)
    own = pd.DataFrame({"source_kind": ["core"], "source_id": "H1", "balance_yuan": 9e5})
    cores = pd.DataFrame({"core_id": ["H1"], "cap_yuan": [1e6], "direct_exposure_yuan": [0.0]})
    found = source_headroom(own, cores, elsewhere=told, cap_yuan=9e9, step_share=0.05).iloc[0]
    assert (found.others_state, found.others_yuan) == (state, pytest.approx(others))
    assert found.others_yuan >= sum(balances[1:])  # never more room than there is
    assert found.headroom_yuan == pytest.approx(1e6 - 9e5 - others)
    assert not {"branch_id", "customer_id"} & set(told.columns)


def test_a_person_who_guarantees_has_no_room():
    balances = pd.DataFrame({"source_kind": "guarantor", "source_id": ["G1", "M1"], "balance_yuan": 1e5})
    given_ = pd.DataFrame({"guarantor_id": ["G1", "M1"], "kind": ["person", "company"]})
    found = source_headroom(balances, guarantees=given_, cap_yuan=3e5).set_index("source_id")
    assert found["state"].to_dict() == {"G1": "no_cap", "M1": "within"}
    assert np.isnan(found.loc["G1", "headroom_yuan"]) and found.loc["M1", "headroom_yuan"] == 2e5


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["H1", "H2", None]), st.integers(0, 9)), max_size=12))
def test_the_whole_s_exposure_is_the_sum_of_its_parts(rows):
    frame = pd.DataFrame(rows, columns=["part", "core_id", "balance_yuan"]).astype({"balance_yuan": "float64"})
    names = [f"C{place}" for place in range(len(frame))]
    loans = frame.assign(loan_id=names, customer_id=names, overdue_days=0, core_id=frame["core_id"].astype("str"))
    keys = ["source_kind", "source_id"]
    whole = source_exposures(source_members(loans), loans)
    parts = [source_exposures(source_members(part), part) for _, part in loans.groupby("part")]
    sums = ["customers_count", "loans_count", "balance_yuan"]
    added = pd.concat([whole.iloc[:0], *parts]).groupby(keys)[sums].sum()
    pd.testing.assert_frame_equal(added, whole.set_index(keys)[sums], check_dtype=False)
    assert whole["balance_yuan"].sum() == loans.loc[loans["core_id"].notna(), "balance_yuan"].sum()


def test_headroom_without_a_table_of_cores_uses_the_policy_cap():
    found = source_headroom(affected_balances(members([0.6]), stress=STRESS), cap_yuan=3e5).iloc[0]
    assert (found.exposure_yuan, found.headroom_yuan) == (1e5, 2e5)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.floats(0, 1), st.none()), min_size=1, max_size=12))
def test_affected_and_unknown_never_exceed_the_whole(shares):
    found = affected_balances(members(shares), stress=STRESS).iloc[0]
    assert 0 <= found.affected_yuan + found.unknown_yuan <= found.balance_yuan + 1e-6


@settings(deadline=None, max_examples=30)
@given(st.floats(0.5, 1), st.floats(0.5, 1))
def test_a_larger_share_never_leaves_more_cash(one, other):
    low, high = sorted((one, other))
    left = [stopped_coverages(members([share]), cash(1), stress=STRESS).item() for share in (low, high)]
    assert left[0] >= left[1]


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(4)))
def test_row_order_changes_nothing(order):
    rows = members([0.6, 0.2, None, 0.9], [1e5, 2e5, 3e5, 4e5])
    straight, shuffled = (loss_if_stopped(each, cash(4), stress=STRESS) for each in (rows, rows.iloc[order]))
    pd.testing.assert_frame_equal(straight, shuffled)


def test_splitting_a_loan_changes_no_balance():
    halves = pd.concat([SOURCE_LOANS.assign(balance_yuan=SOURCE_LOANS["balance_yuan"] / 2)] * 2)
    pd.testing.assert_frame_equal(source_members(SOURCE_LOANS, SHARES), source_members(halves, SHARES))


def test_source_the_frames_given_are_not_altered(unchanged):
    rows, money = members([0.6, np.nan]), cash(2)
    with unchanged(SOURCE_LOANS, SHARES, rows, money):
        source_members(SOURCE_LOANS, SHARES)
        source_headroom(loss_if_stopped(rows, money, stress=STRESS), cap_yuan=1e6)


def test_a_ledger_without_sources_gives_an_empty_table():
    empty = source_members(SOURCE_LOANS.drop(columns="core_id"))
    assert empty.empty and affected_balances(empty, stress=STRESS).empty


def test_guarantors_of_one_borrower_each_give_no_row():
    alone = pd.DataFrame({"loan_id": ["L1"], "guarantor_id": ["G1"], "amount_yuan": [2e5]})
    assert source_members(SOURCE_LOANS.drop(columns="core_id"), None, None, alone).empty


def test_a_write_off_frees_no_room_under_a_cap():
    """Two of three suppliers stand at 9 of a cap of 10; the third's 2, written off, leaves the source over it."""
    loans = pd.DataFrame({"loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C2", "C3"], "core_id": "H1",
                          "balance_yuan": [5e6, 4e6, 0.0], "overdue_days": 0})  # fmt: skip
    left = pd.DataFrame({"loan_id": ["L3"], "exit_yuan": [2e6]})
    members = source_members(loans)
    exits = source_exits(source_members(with_exits(loans, left)), members)
    balances = affected_balances(members, stress=STRESS).merge(exits)
    found = source_headroom(balances, cap_yuan=1e7).iloc[0]
    assert (found["exposure_yuan"], found["headroom_yuan"], found["state"]) == (1.1e7, -1e6, "over")
    whole = source_exposures(members, loans, None, exits).iloc[0]
    assert (whole["balance_yuan"], whole["exits_yuan"]) == (9e6, 2e6)


def test_a_guarantor_of_many_is_worth_no_more_than_he_owns():
    balances = pd.DataFrame(
        {
            "source_kind": "guarantor",
            "source_id": ["M1", "M2", "G1"],
            "borrowers_count": [54, 2, 9],
            "balance_yuan": 1.7e7,
        }
    )
    owned = pd.DataFrame({"guarantor_id": ["M1", "M1", "M2", "G1"], "net_worth_yuan": [9e6, 8e6, 1e5, 1e6],
                          "kind": ["company", "company", "company", "person"]})  # fmt: skip
    told = {"guarantees": owned, "cap_yuan": 1e8, "worth_ratio": 1.0, "fewest_count": 5}
    found = source_headroom(balances, **told).set_index("source_id")
    assert found["cap_yuan"].to_dict() == {"M1": 8e6, "M2": 1e8, "G1": 1e6}
    assert found["state"].to_dict() == {"M1": "over", "M2": "within", "G1": "over"}
    assert found.loc["M1", ["cap_basis", "used_share"]].to_list() == ["worth", pytest.approx(2.125)]
    unknown = source_headroom(balances, **{**told, "guarantees": owned.assign(net_worth_yuan=np.nan)})
    assert unknown["cap_basis"].to_list() == ["policy", "policy", "none"]

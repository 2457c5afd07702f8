"""Innocent reasons, the list of links to look into, and the groups they make.

Loans side by side under one approver's limit, and crowds under a limit.
Customers who live off one counterparty.
"""

from __future__ import annotations

from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.connections import connected_groups, group_exposures, link_weights
from microlib.metrics.links import (
    common_values,
    explained_links,
    limit_bunching,
    link_checklist,
    needed_levels,
    split_clusters,
    split_loans,
)

AS_OF = date(2026, 6, 30)
NAMES = ["customer_id_a", "customer_id_b", "link_type", "value_hash"]


def people(*ids, kind="sole_trader", **columns):
    return pd.DataFrame({"customer_id": list(ids), "kind": kind, "venue_id": None, "group_id": None, **columns})


def borrowed(customers, channel="branch"):
    """Everybody here through this channel, and thirty strangers through the branch."""
    ours = pd.DataFrame({"customer_id": customers["customer_id"], "channel": channel})
    others = pd.DataFrame({"customer_id": [f"Z{n}" for n in range(30)], "channel": "branch"})
    return pd.concat([ours, others]).assign(balance_yuan=1e5)


def listed(rows, customers, channel="branch", **tables):
    found = link_weights(pd.DataFrame(rows, columns=NAMES), as_of=AS_OF)
    found = explained_links(found, customers, borrowed(customers, channel), **tables)
    return found, link_checklist(found, customers)


def web(ids, kind, value):
    return [(a, b, kind, value) for place, a in enumerate(ids) for b in ids[place + 1 :]]


def test_an_owner_and_one_company_are_one_exposure_and_ruled_out():
    customers = people("P", "F", kind=["owner_of_small_firm", "company"])
    rows = [("P", "F", "legal_representative", "x"), ("P", "F", "phone", "p"), ("P", "F", "account", "k")]
    found = listed(rows, customers)[1].iloc[0]
    assert (found.status, found.reason_codes, found.counts_as_one) == ("ruled_out", "owner_and_own_company", True)


def test_an_owner_of_two_borrowing_companies_is_looked_into():
    customers = people("P", "F", "G", kind=["person", "company", "company"])
    rows = [("P", "F", "legal_representative", "x"), ("P", "G", "legal_representative", "x")]
    assert listed(rows, customers)[1]["status"].tolist() == ["to_check", "to_check"]


def test_a_couple_with_two_stalls_is_one_exposure_and_ruled_out():
    rows = [("A", "B", "spouse", "x"), ("A", "B", "address", "y"), ("A", "B", "phone", "z")]
    found = listed(rows, people("A", "B"))[1].iloc[0]
    assert (found.status, found.reason_codes, found.counts_as_one) == ("ruled_out", "couple_with_two_stalls", True)


def test_a_couple_whose_loans_reach_one_account_is_looked_into():
    rows = [("A", "B", "spouse", "x"), ("A", "B", "account", "y")]
    found = listed(rows, people("A", "B"))[1].iloc[0]
    assert (found.status, found.evidence, found.unexplained_share) == ("to_check", "spouse+account", 0.85)


@pytest.mark.parametrize("count", [3, 5, 40])
def test_clients_of_one_accountant_are_no_group_however_few(count):
    ids = [f"C{n:02d}" for n in range(count)]
    rows = web(ids, "phone", "p") + web(ids, "device", "d") + [("ACC", who, "accountant", "x") for who in ids]
    found, pairs = listed(rows, people(*ids, "ACC", kind="company"))
    assert connected_groups(pairs).empty and not (pairs["status"] != "ruled_out").any()
    assert set(found.loc[found["link_type"] == "phone", "value_reason"]) == {"accountant_phone"}


def test_companies_registered_at_one_address_are_no_group():
    ids = [f"C{n:02d}" for n in range(60)]
    found, pairs = listed(web(ids, "registered_address", "a") + web(ids, "address", "a"), people(*ids, kind="company"))
    assert pairs.empty
    assert common_values(found)["reason_code"].tolist() == ["shared_registered_address"] * 2


def test_clients_of_one_agent_are_no_group():
    ids = [f"C{n:02d}" for n in range(6)]
    rows = web(ids, "device", "d") + web(ids, "phone", "p") + web(ids, "mailbox", "m")
    pairs = listed(rows, people(*ids), channel="agent_7")[1]
    assert set(pairs["reason_codes"]) == {"shared_agent"} and not pairs["counts_as_one"].any()
    assert listed(rows, people(*ids))[1]["status"].eq("to_check").all()


def test_an_agent_does_not_explain_a_common_account():
    ids = ["A", "B", "C"]
    pairs = listed(web(ids, "device", "d") + web(ids, "account", "k"), people(*ids), channel="agent_7")[1]
    assert set(pairs["status"]) == {"to_check"}


def test_a_market_that_stands_for_its_stalls_links_nobody():
    ids = [f"C{n:02d}" for n in range(5)]
    rows, market = web(ids, "guarantee", "M01"), people(*ids, venue_id="V01")
    assert set(listed(rows, market)[0]["value_reason"]) == {"market_as_guarantor"}
    given = pd.DataFrame({"guarantor_id": ["M01"], "kind": ["company"]})
    cores = pd.DataFrame({"core_id": ["M01"]})
    found = listed(rows, people(*ids), guarantees=given, core_enterprises=cores)[0]
    assert set(found["value_reason"]) == {"market_as_guarantor"}


def test_nine_hundred_stalls_at_one_address_link_nobody_and_say_why():
    ids = [f"C{n:03d}" for n in range(900)]
    rows = [(ids[0], who, "address", "market") for who in ids[1:]]
    found, pairs = listed(rows, people(*ids, venue_id="V01"))
    assert pairs.empty and connected_groups(pairs).empty
    row = common_values(found).iloc[0]
    assert (row.holders_count, row.reason_code, row.status) == (900, "market_address", "ruled_out")


def test_a_common_value_that_nothing_explains_is_looked_into():
    ids = [f"C{n:02d}" for n in range(30)]
    found = listed(web(ids, "device", "d"), people(*ids))[0]
    assert common_values(found)["status"].tolist() == ["to_check"]


def test_a_pair_that_the_bank_keeps_as_one_group_is_confirmed():
    rows = [("A", "B", "controller", "x")]
    assert listed(rows, people("A", "B", group_id="G1"))[1]["status"].tolist() == ["confirmed"]
    assert listed(rows, people("A", "B", group_id=["G1", "G2"]))[1]["status"].tolist() == ["to_check"]


def test_two_signs_of_one_kind_are_one_sign():
    once = listed([("A", "B", "phone", "x")], people("A", "B"))[1]
    twice = listed([("A", "B", "phone", "x"), ("A", "B", "phone", "y")], people("A", "B"))[1]
    assert once["evidence_share"].tolist() == twice["evidence_share"].tolist() == [0.6]


def test_no_accusing_word_is_ever_a_code():
    rows = [("A", "B", "spouse", "x"), ("A", "C", "account", "y"), ("C", "D", "controller", "z")]
    pairs = listed(rows, people("A", "B", "C", "D"))[1]
    assert set(pairs["status"]) <= {"to_check", "ruled_out", "confirmed"}


def test_the_list_and_the_frames_given(unchanged):
    customers, rows = people("A", "B"), pd.DataFrame([("A", "B", "phone", "x")], columns=NAMES)
    weighted, loans = link_weights(rows, as_of=AS_OF), borrowed(customers)
    with unchanged(customers, rows, weighted, loans):
        found = explained_links(weighted, customers, loans)
        with unchanged(found):
            connected_groups(link_checklist(found, customers))


def test_a_chain_of_pairs_is_one_group_and_its_balance_meets_one_cap():
    pairs = listed([("A", "B", "controller", "x"), ("B", "C", "controller", "y")], people("A", "B", "C"))[1]
    members = connected_groups(pairs)
    loans = pd.DataFrame(
        {"customer_id": ["A", "C", "Z"], "loan_id": ["L1", "L2", "L3"], "balance_yuan": [3e6, 4e6, 9e6]}
    )
    found = group_exposures(members, loans, pairs, cap_yuan=5e6).iloc[0]
    assert (found.members_count, found.borrowers_count, found.links_count) == (3, 2, 2)
    assert (found.balance_yuan, found.headroom_yuan, found.status) == (7e6, -2e6, "to_check")


def test_no_links_make_no_list_no_group_and_no_exposure():
    found, pairs = listed([], people("A", "B"))
    members = connected_groups(pairs)
    loans = pd.DataFrame({"customer_id": ["A"], "loan_id": ["L1"], "balance_yuan": [1e5]})
    assert pairs.empty and members.empty and common_values(found).empty
    assert group_exposures(members, loans, pairs, cap_yuan=1.0).empty


BRANCHES = pd.DataFrame({"branch_id": ["0755", "0021"], "authority_limit_yuan": [5e5, 8e5]})
AUTHORITY = {"branch_head": 1e6, "credit_officer": 3e6, "head_office": 1e7}
PAIRS = pd.DataFrame({"customer_id_a": ["C0"], "customer_id_b": ["C1"], "status": "to_check",
                      "evidence": "account+phone"})  # fmt: skip


def members(count):
    return pd.DataFrame({"connected_id": "C0", "customer_id": [f"C{n}" for n in range(count)], "members_count": count})


def loans(amounts, dates, **columns):
    count = len(amounts)
    frame = {"loan_id": [f"L{n}" for n in range(count)], "customer_id": [f"C{n}" for n in range(count)]}
    frame |= {"branch_id": "0755", "amount_yuan": amounts, "balance_yuan": amounts, "overdue_days": 0}
    return pd.DataFrame({**frame, "disbursed_date": pd.to_datetime(dates), **columns})


def found(book, **options):
    return split_loans(members(len(book)), book, BRANCHES, **options)


def test_six_loans_of_495_000_are_2_970_000():
    """The handbook's own example of a split-loan cluster."""
    book = loans([495_000.0] * 6, pd.date_range("2025-11-05", periods=6, freq="9D"))
    cluster = split_clusters(found(book), PAIRS, authority=AUTHORITY).iloc[0]
    assert (cluster.sum_yuan, cluster.loans_count, cluster.near_limit_count) == (2_970_000, 6, 6)
    assert (cluster.needed_level, cluster.days_count, cluster.status) == ("credit_officer", 45, "to_check")


def test_the_window_with_the_largest_sum_is_taken():
    book = loans([4e5, 3e5, 4e5, 4e5], ["2025-01-01", "2025-02-01", "2025-12-01", "2026-01-01"])
    assert found(book)["loan_id"].tolist() == ["L2", "L3"]


def test_a_heavier_window_of_one_member_alone_hides_no_split():
    """The two loans of 2026 together exceed the limit; two of January 2025 are as heavy, but one borrower's."""
    dates = ["2025-01-05", "2025-01-15", "2025-01-25", "2026-01-01", "2026-01-02"]
    book = loans([4.9e5] * 5, dates, customer_id=["C0", "C0", "C0", "C0", "C1"])
    assert split_loans(members(2), book, BRANCHES)["loan_id"].tolist() == ["L3", "L4"]


def test_every_split_that_trying_all_sets_of_loans_finds_is_found():
    dice = np.random.default_rng(7)
    for _ in range(60):
        count = int(dice.integers(2, 7))
        days = pd.Timestamp("2025-01-01") + pd.to_timedelta(dice.integers(0, 300, count), unit="D")
        who = dice.choice(["C0", "C1", "C2"], count)
        book = loans(dice.integers(10, 60, count) * 1e4, days, customer_id=who)
        book["branch_id"] = dice.choice(["0755", "0021"], count)
        held = book.assign(limit_yuan=book["branch_id"].map(BRANCHES.set_index("branch_id")["authority_limit_yuan"]))
        held = held[held["amount_yuan"] <= held["limit_yuan"]]
        sets = [held.iloc[list(rows)] for size in range(2, count + 1) for rows in combinations(range(len(held)), size)]
        splits = [
            each["amount_yuan"].sum()
            for each in sets
            if each["customer_id"].nunique() > 1
            and (each["disbursed_date"].max() - each["disbursed_date"].min()).days <= 90
            and each["amount_yuan"].sum() > each["limit_yuan"].max()
        ]
        split = split_loans(members(3), book, BRANCHES)
        assert split["amount_yuan"].sum() == max(splits, default=0.0)


def test_loans_a_window_apart_are_not_side_by_side():
    dates = ["2025-01-01", "2025-04-02"]
    assert found(loans([4e5, 4e5], dates)).empty
    assert len(found(loans([4e5, 4e5], dates), window_days=91)) == 2


def test_a_sum_within_the_limit_is_no_matter():
    assert found(loans([2e5, 3e5], ["2025-01-01", "2025-01-02"])).empty


def test_one_borrower_alone_is_no_cluster():
    book = loans([4e5, 4e5], ["2025-01-01", "2025-01-02"], customer_id="C0")
    assert found(book).empty


def test_a_loan_above_the_limit_went_to_the_right_desk_already():
    book = loans([6e5, 4e5], ["2025-01-01", "2025-01-02"])
    assert found(book).empty


def test_each_loan_is_held_against_its_own_branch():
    book = loans([6e5, 4e5], ["2025-01-01", "2025-01-02"], branch_id=["0021", "0755"])
    cluster = split_clusters(found(book), PAIRS, authority=AUTHORITY).iloc[0]
    assert (cluster.limit_yuan, cluster.branches_count, cluster.limit_ratio) == (8e5, 2, 1.25)


def test_settled_loans_are_past():
    book = loans([4e5, 4e5], ["2025-01-01", "2025-01-02"], balance_yuan=[4e5, 0.0])
    assert found(book).empty


def test_the_level_is_the_lowest_that_covers_the_sum():
    sums = pd.Series([1e6, 1_000_001.0, 1e7, 1e7 + 1])
    expected = ["branch_head", "credit_officer", "head_office", "above_all_levels"]
    assert needed_levels(sums, authority=AUTHORITY).tolist() == expected


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(1e4, 6e5), st.integers(0, 400)), min_size=1, max_size=12))
def test_a_cluster_always_exceeds_a_limit_that_no_loan_of_it_does(rows):
    amounts, days = zip(*rows, strict=True)
    dates = [pd.Timestamp("2025-01-01") + pd.Timedelta(days=day) for day in days]
    split = found(loans(list(amounts), dates))
    assert (split["amount_yuan"] <= split["limit_yuan"]).all()
    assert split.empty or split["amount_yuan"].sum() > 5e5
    assert split.empty or (split["disbursed_date"].max() - split["disbursed_date"].min()).days <= 90


def test_row_order_changes_nothing(unchanged):
    book = loans([4e5, 3e5, 2e5], ["2025-01-01", "2025-01-01", "2025-02-01"])
    with unchanged(book, BRANCHES):
        pd.testing.assert_frame_equal(found(book), found(book.iloc[::-1]))


def test_branches_without_limits_are_refused():
    with pytest.raises(BadData, match="approval limit"):
        split_loans(members(2), loans([1.0], ["2025-01-01"]), BRANCHES.assign(authority_limit_yuan=np.nan))


def test_no_authority_is_refused():
    with pytest.raises(BadData, match="no level of authority"):
        split_clusters(found(loans([1.0], ["2025-01-01"])), PAIRS, authority={})


def test_no_group_gives_no_cluster():
    split = split_loans(members(0), loans([4e5], ["2025-01-01"]), BRANCHES)
    assert split.empty and split_clusters(split, PAIRS.iloc[:0], authority=AUTHORITY).empty


def bunching(amounts, **options):
    return limit_bunching(pd.DataFrame({"amount_yuan": amounts}), limits=[100.0], **options).iloc[0]


def test_six_of_nine_where_a_quarter_is_expected():
    """P(Bin(9, 1/4) >= 6) = (84 x 27 + 36 x 9 + 9 x 3 + 1) / 4^9 = 2620 / 262144."""
    row = bunching([96.0] * 6 + [82.0, 87.0, 92.0])
    assert (row.below_count, row.under_count, row.expected_count) == (6, 3, 1.0)
    assert row.chance_share == pytest.approx(2620 / 262_144)


def test_bands_are_open_at_the_limit_and_closed_below():
    row = bunching([80.0, 80.01, 95.0, 95.01, 99.99, 100.0, 100.01, 115.0, 115.01])
    assert (row.below_count, row.under_count, row.at_limit_count, row.above_count) == (2, 2, 1, 2)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_amounts_that_grow_rarer_seldom_look_like_a_crowd(seed):
    amounts = 80.0 + 20.0 * np.random.default_rng(seed).beta(1, 1.3, 400)
    assert bunching(amounts).chance_share > 1e-5


@settings(deadline=None)
@given(st.lists(st.floats(1.0, 200.0), min_size=1, max_size=50), st.floats(0.5, 1000.0))
def test_the_share_lies_in_its_interval(amounts, scale):
    row = bunching(amounts)
    assert np.isnan(row.below_share) or row.below_low <= row.below_share <= row.below_high


def test_nothing_near_the_limit_says_nothing():
    row = bunching([10.0, 300.0])
    assert row.below_count == 0 and np.isnan(row.chance_share) and np.isnan(row.below_high)


def test_no_loans_say_nothing():
    assert np.isnan(bunching([]).chance_share)


@pytest.mark.parametrize("amount", [np.nan, np.inf, 0.0, -1.0])
def test_amounts_that_are_none_are_refused(amount):
    with pytest.raises(BadData, match="not positive"):
        bunching([50.0, amount])


@pytest.mark.parametrize("options", [{"width_share": 0.3}, {"width_share": 0.0}])
def test_a_width_out_of_range_is_refused(options):
    with pytest.raises(BadData, match="width"):
        bunching([50.0], **options)

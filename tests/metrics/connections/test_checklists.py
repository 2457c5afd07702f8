"""Innocent reasons, the list of links to look into, and the groups they make."""

from datetime import date

import pandas as pd
import pytest

from microlib.metrics.connections.checklists import link_checklist
from microlib.metrics.connections.groups import connected_groups, group_exposures
from microlib.metrics.connections.reasons import common_values, explained_links
from microlib.metrics.connections.weights import link_weights

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


# the usual innocent reasons


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


# status and evidence


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


# groups


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

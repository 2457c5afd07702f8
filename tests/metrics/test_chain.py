"""Twin payables, excess claims, receipts turned away, the chain: the demo bank's truths, and its innocents."""

import json
from datetime import date

import pandas as pd
import pytest

from microlib.bank.branch import read_branch
from microlib.errors import EmptyBook
from microlib.metrics.chain import (
    chain_tiers,
    financed_payables,
    standing_counts,
    strengths_without_core,
    trade_edges,
    twin_payables,
)
from microlib.metrics.payables import capture_rates, dilutions, diverted_receipts

DAY = date(2026, 6, 30)
BRANCHES = ("0755", "0021", "0010", "0028")


@pytest.fixture(scope="module")
def truth(demo_home):
    return json.loads((demo_home / "truth.json").read_text(encoding="utf8"))


@pytest.fixture(scope="module")
def books(demo_home):
    return [read_branch(demo_home, branch=branch, as_of=DAY) for branch in BRANCHES]


def test_every_planted_twin_is_open_and_every_look_alike_ruled_out(books, truth):
    found = pd.concat([twin_payables(book["core_payables"], as_of=DAY) for book in books])
    pairs = {state: set(rows["other_payable_id"]) for state, rows in found.groupby("state")}
    planted = truth["duplicate_payables"]
    assert pairs["open"] == {pair[1] for pair in planted["pairs"]}
    assert {pair[1] for pair in planted["look_alike_pairs"]} <= pairs["ruled_out"]


def test_only_payables_beyond_worth_are_open(books, truth):
    found = pd.concat([financed_payables(book["payable_loans"], book["core_payables"]) for book in books])
    planted = truth["payables_financed_beyond_worth"]
    assert set(found.loc[found["state"] == "open", "payable_id"]) == set(planted["payable_ids"])
    reasons = found.set_index("payable_id").loc[planted["split_payable_ids"], "reason"]
    assert set(reasons) == {"shared_within_worth"}


def test_money_turned_away_is_found_and_money_moved_here_is_not_accused(books, truth):
    found = pd.concat([diverted_receipts(book["core_receipts"], as_of=DAY) for book in books])
    opened = set(found.loc[found["state"] == "open", "customer_id"])
    planted = truth["receipts_turned_away"]
    assert opened == set(planted["diverted_ids"])
    assert not opened & set(planted["moved_here_ids"])


def test_capture_counts_unknown_accounts_apart():
    rows = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", "C2"], "amount_yuan": [60.0, 40.0]})
    rows = rows.assign(received_date=pd.Timestamp("2026-05-01"), account=["controlled", "unknown"])
    found = capture_rates(rows, as_of=DAY, months=12).iloc[0]
    assert (found.share, found.unknown_yuan) == (1.0, 40.0)
    with pytest.raises(EmptyBook):
        capture_rates(rows, as_of=date(2024, 1, 31), months=12)


def test_dilution_knows_no_scale(books, unchanged):
    rows = books[0]["core_payables"]
    with unchanged(rows):
        found = dilutions(rows, as_of=DAY)
    bigger = dilutions(
        rows.assign(amount_yuan=rows["amount_yuan"] * 2, deducted_yuan=rows["deducted_yuan"] * 2), as_of=DAY
    )
    pd.testing.assert_series_equal(found["share"], bigger["share"])
    late = found[found["measure"] == "disputed"].set_index("core_id")["share"]
    assert late["H02"] > late["H01"]


def test_tiers_follow_the_goods_and_nobody_stands_twice():
    edges = pd.DataFrame({"buyer_id": ["H1", "H1", "a", "b"], "seller_id": ["a", "b", "b", "c"], "amount_yuan": 1.0,
                          "basis": ["payables", "payables", "invoices", "invoices"]})  # fmt: skip
    loans = pd.DataFrame({"customer_id": ["a", "c"], "balance_yuan": [5.0, 7.0]})
    found = chain_tiers(edges, loans, customers=pd.DataFrame({"customer_id": ["a", "b", "c"]}))
    assert found[["tier", "suppliers_count", "balance_yuan"]].to_numpy().tolist() == [[1, 2, 5], [2, 1, 7]]


def test_invoices_lead_to_sellers_we_know_by_number():
    owed = pd.DataFrame({"core_id": ["H1"], "customer_id": ["C1"], "supplier_hash": None, "amount_yuan": 9.0,
                         "delivered_date": pd.to_datetime(["2026-03-01"])})  # fmt: skip
    bought = pd.DataFrame({"customer_id": ["C1"], "side": "purchase", "status": "valid", "counterparty_hash": "h2",
                           "issued_date": pd.to_datetime(["2026-03-02"]), "gross_yuan": 4.0})  # fmt: skip
    edges = trade_edges(owed, bought, pd.DataFrame({"customer_id": ["C2"], "uscc_hash": ["h2"]}), as_of=DAY)
    assert edges[["buyer_id", "seller_id"]].to_numpy().tolist() == [["C1", "C2"], ["H1", "C1"]]


def test_a_supplier_without_flows_is_unknown_not_weak():
    shares = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", "C2"], "income_share": [0.9, 0.1]})
    cash = pd.DataFrame({name: pd.Series(dtype=float) for name in
                         ("customer_id", "inflow_month_yuan", "outflow_month_yuan", "fixed_month_yuan",
                          "debt_service_yuan")}).astype({"customer_id": "str"})  # fmt: skip
    loans = pd.DataFrame({"customer_id": ["C1", "C2"], "balance_yuan": [3.0, 1.0]})
    found = strengths_without_core(shares, cash, loans, dependence_share=0.5, least_ratio=1.0)
    assert found["standing"].tolist() == ["dependent_unknown", "unknown"]
    assert standing_counts(found)["suppliers_share"].tolist() == [0.75, 0.25]

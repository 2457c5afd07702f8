"""Peers: the course's five offers to the printed digits, who is beaten, what may be claimed, what is refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from microlib.contracts.peers import read_usages
from microlib.contracts.product import Fee
from microlib.design.cost import Retained, loan_flows, true_cost
from microlib.design.peers import (
    Offer,
    compare_offers,
    dominated_offers,
    own_offer,
    peer_offers,
    peers_known,
    read_peers,
    selling_points,
    use_cost,
)
from microlib.design.schedules import Loan
from microlib.design.terms import read_product
from microlib.errors import BadConfig, BadData

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def peers(root):
    return peer_offers(read_peers(root / "data/peers/peers.csv", as_of=DAY))


@pytest.fixture(scope="module")
def uses(root):
    return read_usages(root / "data/peers/usages.toml")


@pytest.fixture
def line(home):
    return own_offer(read_product(home, product="online_invoice_credit", as_of=DAY), as_of=DAY)


def test_the_offers_of_the_exercise_cost_what_the_key_prints(peers, uses):
    """A 4.20, A' 5.23, B 4.41, C 7.66, D 5.95 %; 42,000, 52,000, 23,977, 42,000, 47,600 yuan."""
    found = compare_offers(peers[:5], uses[:1], amount_yuan=1_000_000)
    assert found["apr_rate"].round(4).to_list() == [0.0420, 0.0523, 0.0441, 0.0766, 0.0595]
    assert found["cost_yuan"].round().to_list() == [42_000, 52_000, 23_977, 42_000, 47_600]


def test_money_kept_back_or_paid_off_early_covers_less_of_the_need(peers, uses):
    found = compare_offers(peers, uses[:1], amount_yuan=1_000_000).set_index("offer_id")["covered_share"]
    assert found["Q01"] == found["Q06"] == 1 and found["Q05"] == pytest.approx(0.8)
    assert found["Q04"] == pytest.approx(13 / 24)


def test_an_offer_with_a_deposit_costs_what_the_same_loan_costs(peers, uses):
    """One function: `cost.true_cost` of the loan's own flows."""
    offer = replace(
        peers[0], repayment="equal_instalment", yearly_rate=0.06, retained=(0.2, 0.015), fees=(), months=(1, 24)
    )
    usage = uses[0].model_copy(update={"term_months": 24, "used_months": tuple(range(1, 25))})
    found = use_cost(offer, usage, amount_yuan=100_000)
    true = true_cost(loan_flows(Loan(100_000, 0.06, 24), retained=Retained(0.2, 0.015))).iloc[0]
    assert found["apr_rate"] == true["apr_rate"] == pytest.approx(0.08678, abs=5e-6)
    assert found["cost_yuan"] == pytest.approx(true["total_cost_yuan"], abs=0.005)


def test_a_fee_on_the_balance_follows_the_balance(peers, uses):
    said = {"zh": "x", "en": "x"}
    fee = Fee(code="cover", said=said, payer="borrower", basis="balance", rate=0.012, when="monthly")
    offer = replace(peers[0], repayment="equal_principal", yearly_rate=0.0, fees=(fee,), retained=(0.0, 0.0))
    found = use_cost(offer, uses[0], amount_yuan=120_000)
    assert uses[0].term_months == 12 and found["fees_yuan"] == pytest.approx(sum(range(10, 130, 10)))


def test_dominance_is_never_mutual_and_an_unknown_figure_rules_it_out(peers, uses):
    dearer = replace(peers[0], offer_id="Q00", yearly_rate=peers[0].yearly_rate + 0.01)
    matrix = compare_offers((dearer, *peers), uses, amount_yuan=500_000)
    pairs = dominated_offers(matrix)
    beaten = {(row.usage, row.offer_id, row.beats_id) for row in pairs.itertuples()}
    assert ("whole_year", "Q01", "Q00") in beaten and not beaten & {
        (usage, worse, better) for usage, better, worse in beaten
    }
    hidden = matrix.assign(approval_days=matrix["approval_days"].where(matrix["offer_id"] != "Q01"))
    assert "Q01" not in set(dominated_offers(hidden)[["offer_id", "beats_id"]].to_numpy().ravel())


def test_only_a_computed_advantage_over_real_peers_may_be_claimed(peers, uses, line):
    cheap = replace(line, yearly_rate=0.03)
    real = tuple(replace(peer, is_synthetic=False) for peer in peers)
    for rivals, allowed in ((peers, False), (real, True)):
        points = selling_points(compare_offers((cheap, *rivals), uses, amount_yuan=500_000))
        best = points[(points["measure"] == "used_rate") & (points["usage"] == "whole_year")].iloc[0]
        assert (best["finding"], best["is_allowed"]) == ("best", allowed) and best["advantage_value"] > 0
    dear = selling_points(compare_offers((line, *real), uses, amount_yuan=500_000))
    dear = dear[dear["finding"] != "not_offered"]
    assert set(dear.loc[dear["measure"] == "used_rate", "finding"]) == {"behind"}
    assert set(dear.loc[dear["measure"] == "approval_days", "finding"]) == {"unknown"}


def test_an_offer_too_small_or_too_long_is_not_available(peers, uses):
    found = compare_offers(peers, uses, amount_yuan=2_000_000).set_index(["usage", "offer_id"])
    assert found.loc[("whole_year", "Q01"), "refused_by"] == "amount"
    assert found.loc[("one_quarter", "Q03"), "refused_by"] == "term"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("source", "", r"row 2, peers\.source: a value is missing"),
        ("seen_date", "", r"row 2, peers\.seen_date: a value is missing"),
        ("seen_by", "", r"row 2, peers\.seen_by: a value is missing"),
        ("seen_date", "2026-07-01", r"row 2, peers\.seen_date = 2026-07-01: the date is after"),
        ("fee_payer", "customer", r"row 2, peers\.fee_payer = customer: the code is unknown"),
        ("yearly_rate", "4.2", r"row 2, peers\.yearly_rate = 4\.2: the value is out of its range"),
        ("offer_id", "Q01", r"peers\.offer_id: the key stands more than once"),
    ],
)
def test_a_row_without_source_or_date_seen_is_refused(root, tmp_path, column, value, message):
    frame = pd.read_csv(root / "data/peers/peers.csv", dtype="str", keep_default_na=False)
    frame.loc[1, column] = value
    frame.to_csv(tmp_path / "peers.csv", index=False)
    with pytest.raises(BadData, match=message) as caught:
        read_peers(tmp_path / "peers.csv", as_of=DAY)
    assert len(caught.value.failures) and caught.value.where.endswith("peers.csv")


def test_a_use_outside_its_term_is_refused(tmp_path):
    said = '{ zh = "一", en = "one" }'
    (tmp_path / "usages.toml").write_text(
        f'[[usages]]\ncode = "x"\nsaid = {said}\nterm_months = 3\nused_months = [4]\n', encoding="utf-8"
    )
    with pytest.raises(BadConfig, match="usage x: used_months stand once each and within 3 months"):
        read_usages(tmp_path / "usages.toml")


def test_what_was_seen_later_was_not_known_then():
    assert peers_known("data/peers/peers.csv", as_of=date(2020, 2, 21)).empty
    assert len(peers_known("data/peers/peers.csv", as_of=date(2026, 6, 30)))


def plain(months, repayment="bullet", fees=()):
    return Offer("A", "x", "x", False, True, None, repayment, 0.06, months, 1e6, False, fees)


def test_five_months_of_need_are_not_paid_for_twelve_where_shorter_terms_exist(uses):
    """6 % for five months of five used costs 6 %; taken for twelve, 6 % x 12 / 5 = 14.4 %; from six on, 7.2 %."""
    five = next(use for use in uses if use.code == "five_months")
    rates = [use_cost(plain(months), five, amount_yuan=1e5)["used_rate"] for months in ((3, 24), (12, 24), (6, 24))]
    assert rates == pytest.approx([0.06, 0.144, 0.072])


def test_two_loans_are_taken_for_two_seasons_unless_their_fees_cost_more(uses):
    """Two months twice at 6 %, three months at least: 6 x 6 / 4 = 9 %; 1.5 % at each start: 9 + 9, one: 18 + 4.5."""
    twice = next(use for use in uses if use.code == "two_peaks")
    assert use_cost(plain((3, 24)), twice, amount_yuan=1e5)["used_rate"] == pytest.approx(0.09)
    said = {"zh": "手续费", "en": "fee"}
    fee = Fee(code="upfront_fee", said=said, payer="borrower", basis="amount", rate=0.015, when="at_start")
    found = use_cost(plain((3, 24), fees=(fee,)), twice, amount_yuan=1e5)
    assert (found["loans_count"], round(found["used_rate"], 4)) == (2.0, 0.18)
    dear = use_cost(plain((3, 24), fees=(fee.model_copy(update={"rate": Decimal("0.05")}),)), twice, amount_yuan=1e5)
    assert (dear["loans_count"], round(dear["used_rate"], 4)) == (1.0, 0.33)


def test_a_short_loan_serves_what_its_longest_term_could_not(uses):
    five = next(use for use in uses if use.code == "five_months")
    assert use_cost(plain((1, 6)), five, amount_yuan=1e5)["used_rate"] == pytest.approx(0.06)
    with pytest.raises(BadConfig, match="no term for five_months"):
        use_cost(plain((1, 3)), five, amount_yuan=1e5)

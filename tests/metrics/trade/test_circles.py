"""Rings of invoices: closed forms, every ring against brute force, laws, refusals."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.discriminations import back_test
from microlib.metrics.trade.circles import circle_indicators, invoice_circles, invoice_edges

DAY = pd.Timestamp("2026-01-05")


def edges(**trades):
    rows = [(pair[0], pair[1], float(yuan), DAY, DAY) for pair, yuan in trades.items()]
    return pd.DataFrame(rows, columns=["seller", "buyer", "gross_yuan", "first_date", "last_date"])


def invoices(rows):
    names = ["customer_id", "side", "counterparty_hash", "gross_yuan"]
    return pd.DataFrame(rows, columns=names).assign(status="valid", issued_date=DAY)


CUSTOMERS = pd.DataFrame({"customer_id": ["A", "B", "C"], "uscc_hash": ["ha", "hb", "hc"]})


# closed form


def test_two_firms_net_to_gross_is_the_printed_ratio():
    """Reference D3: 1 - |in - out| / (in + out)."""
    found = invoice_circles(edges(AB=100, BA=80)).iloc[0]
    assert (found.firms, found.firms_count, found.circulated_yuan) == ("A>B", 2, 80)
    assert found.circular_share == pytest.approx(1 - 20 / 180)


def test_an_even_ring_of_four_is_wholly_circular():
    found = invoice_circles(edges(AB=50, BC=50, CD=50, DA=50))
    assert found[["firms", "circular_share", "gross_yuan"]].values.tolist() == [["A>B>C>D", 1.0, 200.0]]


def test_trade_that_runs_one_way_has_no_ring():
    assert invoice_circles(edges(AB=1, BC=1, AC=1, CD=1)).empty


def test_small_edges_are_left_out_on_demand_and_rings_stop_at_their_longest():
    trades = edges(AB=100, BC=100, CA=5)
    assert invoice_circles(trades, least_yuan=6).empty and invoice_circles(trades, longest=2).empty


def test_one_trade_in_two_books_counts_once():
    rows = invoices([["A", "sale", "hb", 90], ["B", "purchase", "ha", 70], ["B", "sale", "z", 10]])
    found = invoice_edges(rows, CUSTOMERS)
    assert found[["seller", "buyer", "gross_yuan"]].values.tolist() == [["A", "B", 90], ["B", "z", 10]]


def test_a_ring_through_a_stranger_is_seen_from_both_sides_of_it():
    rows = invoices([["A", "sale", "hb", 50], ["B", "sale", "stranger", 50], ["A", "purchase", "stranger", 40]])
    assert invoice_circles(invoice_edges(rows, CUSTOMERS))["firms"].tolist() == ["A>B>stranger"]


def test_voids_returns_and_sales_to_oneself_make_no_edge():
    rows = invoices([["A", "sale", "hb", 90], ["A", "sale", "ha", 10], ["B", "sale", "hc", -5]])
    assert invoice_edges(rows.assign(status=["void", "valid", "valid"]), CUSTOMERS).empty


def test_a_code_that_two_customers_share_names_nobody():
    shared = CUSTOMERS.assign(uscc_hash=["ha", "hb", "hb"])
    assert invoice_edges(invoices([["A", "sale", "hb", 90]]), shared)["buyer"].tolist() == ["hb"]


# laws


@settings(deadline=None, max_examples=40)
@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1]), min_size=1))
def test_every_ring_is_found_once(pairs):
    trades = edges(**{"ABCDEF"[one] + "ABCDEF"[two]: 1 + one for one, two in pairs})
    wanted = set()
    for length in (2, 3, 4):
        for ring in permutations(range(6), length):
            if ring[0] == min(ring) and all((ring[k], ring[(k + 1) % length]) in pairs for k in range(length)):
                wanted.add(">".join("ABCDEF"[firm] for firm in ring))
    found = invoice_circles(trades)["firms"].tolist()
    assert set(found) == wanted and len(found) == len(wanted)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(1, 1e6), min_size=3, max_size=3), st.floats(0.01, 100))
def test_the_share_is_a_share_and_knows_no_scale(amounts, scale):
    one, other = (invoice_circles(edges(AB=a * by, BC=b * by, CA=c * by)).iloc[0] for by in (1, scale)
                  for a, b, c in [amounts])  # fmt: skip
    assert 0 < one.circular_share <= 1 + 1e-12
    assert one.circular_share == pytest.approx(other.circular_share)


def test_each_firm_gets_its_row_and_may_be_back_tested(unchanged):
    trades = edges(AB=100, BA=80, BC=20)
    with unchanged(trades):
        found = circle_indicators(invoice_circles(trades), trades)
    assert found["circles_count"].tolist() == [1, 1, 0] and found["circulated_share"].tolist() == [0.8, 0.8, 0.0]
    people = pd.DataFrame({"customer_id": ["A", "B", "C"], "is_defaulted": [True, True, False]})
    assert back_test(found, people).set_index("indicator").loc["circles_count", "auc"] == 1


# refusals and nothing


def test_no_trade_has_no_ring():
    assert invoice_circles(edges()).empty and circle_indicators(invoice_circles(edges()), edges()).empty


@pytest.mark.parametrize("yuan", [0, -1, np.nan, np.inf])
def test_an_amount_that_is_none_is_refused(yuan):
    with pytest.raises(BadData, match="above zero"):
        invoice_circles(edges(AB=yuan))


def test_rings_of_five_are_refused():
    with pytest.raises(BadData, match="two to four"):
        invoice_circles(edges(AB=1), longest=5)

"""Books that hold the same invoices: planted pairs, closed forms, laws, degenerate books."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.bank.slices import read_branch
from microlib.metrics.trade.twin_books import twin_books, twin_indicators

DAYS = pd.date_range("2025-01-01", periods=200)


def book(customer, count=40, *, start=0, **columns):
    numbers = np.arange(start, start + count)
    frame = {"side": "sale", "counterparty_hash": "x", "customer_id": customer} | columns
    frame |= {"invoice_number": numbers.astype(str), "issued_date": DAYS[numbers], "net_yuan": 100.0 + numbers}
    return pd.DataFrame(frame)


def pairs_of(found):
    return {frozenset(pair) for pair in found[["customer_id_a", "customer_id_b"]].to_numpy().tolist()}


# planted


def test_the_demo_bank_shows_its_twins_and_no_other(demo_home):
    planted = json.loads((demo_home / "truth.json").read_text(encoding="utf8"))["twin_invoice_books"]["pairs"]
    books = [read_branch(demo_home, branch=branch, as_of="2026-06-30")["invoices"] for branch in ("0755", "0021")]
    found = twin_books(pd.concat(books, ignore_index=True))
    assert pairs_of(found) == {frozenset(pair) for pair in planted} and len(found) == 2


@pytest.mark.parametrize("seed", range(10))
def test_ten_worlds_show_their_twins_and_no_other(seed, invoiced):
    world = invoiced(branches=2, seed=seed, scale=0.1)
    planted = {frozenset(pair) for pair in world.truth["twin_invoice_books"]["pairs"]}
    assert pairs_of(twin_books(world.frames["invoices"])) == planted and planted


# closed form


def test_what_is_shared_is_measured_on_the_smaller_book():
    found = twin_books(pd.concat([book("C1", 40), book("C2", 20, start=22)]), least_share=0.0).iloc[0]
    assert (found.shared_count, found.invoices_count_a, found.invoices_count_b) == (18, 40, 20)
    assert (found.shared_share, found.same_number_count) == (0.9, 18)
    assert found.shared_yuan == sum(100.0 + number for number in range(22, 40))


def test_a_repeated_invoice_is_shared_as_often_as_both_hold_it():
    twice = pd.concat([book("C1"), book("C1")])
    assert twin_books(pd.concat([twice, book("C2")])).iloc[0].shared_count == 40


def test_other_numbers_do_not_hide_a_twin():
    found = twin_books(pd.concat([book("C1"), book("C2").assign(invoice_number="other")])).iloc[0]
    assert (found.shared_count, found.same_number_count, found.state) == (40, 0, "pending")


# innocent


@pytest.mark.parametrize("column", [{"side": "purchase"}, {"counterparty_hash": "y"}])
def test_the_two_ends_of_one_trade_are_no_twins(column):
    assert twin_books(pd.concat([book("C1"), book("C2", **column)])).empty


def test_a_short_book_that_agrees_is_not_enough():
    assert twin_books(pd.concat([book("C1", 9), book("C2", 9)])).empty


def test_a_fee_that_everybody_pays_is_left_aside():
    fees = pd.concat([book(f"C{number}") for number in range(21)])
    assert twin_books(fees).empty


# laws


@settings(deadline=None, max_examples=25)
@given(st.integers(10, 60), st.integers(10, 60), st.integers(0, 60), st.randoms(use_true_random=False))
def test_names_and_order_change_nothing(first, second, start, random):
    both = pd.concat([book("C1", first), book("C2", second, start=start)], ignore_index=True)
    swapped = both.assign(customer_id=both["customer_id"].map({"C1": "C9", "C2": "C0"}))
    shuffled = swapped.sample(frac=1, random_state=random.randrange(2**31))
    one, other = (twin_books(rows, least_share=0.0, least_count=1) for rows in (both, shuffled))
    assert (
        one[["shared_count", "shared_share"]].to_numpy().tolist()
        == other[["shared_count", "shared_share"]].to_numpy().tolist()
    )
    assert (one["shared_share"] <= 1).all()


def test_input_is_not_altered_and_every_firm_gets_its_row(unchanged):
    both = pd.concat([book("C1"), book("C2"), book("C3", 5, start=100)], ignore_index=True)
    with unchanged(both):
        found = twin_indicators(twin_books(both), both)
    assert found.values.tolist() == [["C1", 1, 1.0], ["C2", 1, 1.0], ["C3", 0, 0.0]]


def test_no_invoice_has_no_twin():
    assert twin_books(book("C1", 0)).empty

"""Rings of invoices: closed forms, every ring against brute force, laws, refusals.

First digits: published counts, the size of the test by simulation, laws, refusals.
Thresholds of the three flows: closed forms and the law that few tell nothing.
Orders, invoices and cash: closed forms, the demo bank's suppliers, laws, refusals.
Books that hold the same invoices: planted pairs, closed forms, laws, degenerate books.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.bank.branch import read_branch
from microlib.demo.world import masked
from microlib.errors import BadData, EmptyBook, NoInvoiceNumbers
from microlib.metrics.trade import (
    EXPECTED,
    digit_fit,
    first_digits,
    flow_gaps,
    invoiced_rows,
    ordered_rows,
    received_rows,
    three_flows,
    threshold_tests,
    twin_books,
)

DAY = pd.Timestamp("2026-01-05")


def invoices(rows):
    names = ["customer_id", "side", "counterparty_hash", "gross_yuan"]
    return pd.DataFrame(rows, columns=names).assign(status="valid", issued_date=DAY)


def fibonacci(count):
    numbers = [1, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return pd.Series([float(number) for number in numbers])


def test_a_thousand_fibonacci_numbers():
    """TV-D5: counts 301 177 125 96 80 67 56 53 45, MAD .000819877, chi square .169462."""
    counts = np.bincount(first_digits(fibonacci(1000)))[1:].tolist()
    found = digit_fit(fibonacci(1000)).iloc[0]
    assert counts == [301, 177, 125, 96, 80, 67, 56, 53, 45]
    assert found.mad_share == pytest.approx(0.000819876935644333, abs=1e-12)
    assert found.chi_square == pytest.approx(0.169462, abs=5e-7)


def test_a_thousand_powers_of_two():
    """TV-D5: counts 301 176 125 97 79 69 56 52 45, MAD .000678209."""
    powers = pd.Series([2.0**k for k in range(1000)])
    assert np.bincount(first_digits(powers))[1:].tolist() == [301, 176, 125, 97, 79, 69, 56, 52, 45]
    assert digit_fit(powers)["mad_share"].item() == pytest.approx(0.000678209, abs=5e-10)


def test_all_numbers_to_9999():
    """TV-D5: MAD .059717."""
    found = digit_fit(pd.Series(np.arange(1.0, 10_000))).iloc[0]
    assert found.mad_share == pytest.approx(0.059717, abs=5e-7) and found.mad_p_value < 1e-9 and found.is_applicable


def test_the_law_as_printed():
    printed = [0.30103, 0.17609, 0.12494, 0.09691, 0.07918, 0.06695, 0.05799, 0.05115, 0.04576]
    assert EXPECTED.round(5).tolist() == printed


@pytest.mark.parametrize("count", [100, 1_000, 10_000])
def test_mean_and_deviation_of_the_mad_are_those_of_honest_amounts(count):
    drawn = np.random.default_rng(7).multinomial(count, EXPECTED, size=4_000) / count
    mads = np.abs(drawn - EXPECTED).mean(axis=1)
    found = digit_fit(pd.Series(np.repeat(np.arange(1.0, 10), [300, 176, 125, 97, 79, 67, 58, 52, 46]))).iloc[0]
    scale = np.sqrt(found.amounts_count / count)
    deviation = (found.mad_share - found.expected_mad_share) / found.mad_z
    assert mads.mean() == pytest.approx(found.expected_mad_share * scale, rel=0.02)
    assert mads.std() == pytest.approx(deviation * scale, rel=0.05)


def test_a_fixed_limit_refuses_honest_small_books_where_the_test_does_not():
    amounts = pd.Series(10 ** np.random.default_rng(3).uniform(0, 4, 150))
    found = digit_fit(amounts).iloc[0]
    assert found.mad_share > 0.015 and found.mad_p_value > 0.05 and not found.is_applicable


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=60), st.sampled_from([0.01, 0.1, 10.0, 1000.0]))
def test_digits_are_those_written_whatever_the_unit_and_sign(numbers, unit):
    written = [int(str(number)[0]) for number in numbers]
    assert first_digits(pd.Series(numbers, dtype=float) * unit).tolist() == written
    assert first_digits(-pd.Series(numbers, dtype=float)).tolist() == written


def test_nothing_and_no_number_are_refused():
    with pytest.raises(EmptyBook, match="zero"):
        digit_fit(pd.Series([0.0, 0.0]))
    with pytest.raises(BadData, match="missing or infinite"):
        digit_fit(pd.Series([1.0, np.nan]))


def gaps(count):
    return pd.DataFrame({"customer_id": [f"C{i}" for i in range(count)],
                         "running_gap_share": np.linspace(0, 1, count)})  # fmt: skip


def test_a_line_that_divides_good_from_bad_separates():
    known = gaps(40)
    bad = pd.Series((known["running_gap_share"] > 0.5).to_numpy(), index=known["customer_id"])
    found = threshold_tests(known, bad, thresholds=[0.5]).iloc[0]
    assert (found.verdict, found.bad_rate, found.failing_bad_rate) == ("separates", 0, 1)


def test_the_same_gaps_the_other_way_round_mislead():
    known = gaps(40)
    bad = pd.Series((known["running_gap_share"] < 0.5).to_numpy(), index=known["customer_id"])
    assert threshold_tests(known, bad, thresholds=[0.5])["verdict"].iloc[0] == "misleads"


def test_few_on_one_side_tell_nothing():
    known = gaps(12)
    bad = pd.Series((known["running_gap_share"] > 0.9).to_numpy(), index=known["customer_id"])
    assert set(threshold_tests(known, bad, thresholds=[0.05, 0.95])["verdict"]) == {"unclear"}


def test_nobody_with_an_outcome_is_refused():
    with pytest.raises(EmptyBook, match="nobody"):
        threshold_tests(gaps(3), pd.Series({"x": True}), thresholds=[0.2])


def rows(*amounts, who="C1", core="H1", first="2026-01"):
    days = pd.period_range(first, periods=len(amounts), freq="M").to_timestamp()
    return pd.DataFrame({"customer_id": who, "core_id": core, "day": days, "amount_yuan": np.array(amounts, float)})


def test_flows_that_agree_have_no_gap():
    found = three_flows(rows(5, 7), rows(5, 7), rows(5, 7), period="month")
    assert (found[["gap_share", "running_gap_share"]] == 0).all().all()


def test_payment_a_month_late_is_a_gap_of_the_month_and_a_small_one_of_the_whole():
    found = three_flows(rows(10, 10, 10), rows(10, 10, 10), rows(0, 10, 10), period="month")
    assert found["gap_share"].tolist() == [1, 0, 0] and found["running_gap_share"].tolist() == [1, 0.5, 1 / 3]
    assert set(found["smallest"]) == {"received"}


def test_orders_without_an_invoice_are_named():
    found = three_flows(rows(10), rows(), rows(10)).iloc[0]
    assert (found.smallest, found.gap_share, found.period) == ("invoiced", 1, "2026Q1")


def test_a_month_without_anything_keeps_its_row():
    found = three_flows(rows(4, 0, 4).iloc[[0, 2]], rows(4), rows(4), period="month")
    assert found["period"].tolist() == ["2026-01", "2026-02", "2026-03"] and np.isnan(found["gap_share"][1])


def test_payables_give_orders_and_cash():
    payables = pd.DataFrame({
        "customer_id": ["C1", None], "core_id": "H1", "amount_yuan": [100.0, 9.0], "deducted_yuan": [10.0, np.nan],
        "delivered_date": pd.to_datetime(["2026-01-05"] * 2), "paid_date": pd.to_datetime([None, "2026-02-01"]),
    })  # fmt: skip
    assert ordered_rows(payables)["amount_yuan"].tolist() == [90] and received_rows(payables).empty


def test_one_row_a_customer_for_the_back_test():
    flows = three_flows(rows(10, 10), rows(10, 10), rows(10), period="month")
    found = flow_gaps(flows).iloc[0]
    assert (found.pairs_count, found.periods_count, found.gap_share, found.unpaid_share) == (1, 2, 0.5, 0.5)


def test_suppliers_of_the_demo_bank_are_paid_what_they_delivered(demo_home):
    book = read_branch(demo_home, branch="0755", as_of="2026-06-30")
    cores = pd.DataFrame({"core_id": ["H01"], "counterparty_hash": [masked("示例信用代码H01")]})
    payables = book["core_payables"][book["core_payables"]["core_id"] == "H01"]
    invoiced = invoiced_rows(book["invoices"], cores)
    flows = three_flows(ordered_rows(payables), invoiced, received_rows(payables), period="year")
    last = flows.drop_duplicates(["customer_id", "core_id"], keep="last")
    assert len(invoiced) and (last["running_received_yuan"] <= last["running_ordered_yuan"] + 0.01).all()
    assert (1 - last["running_received_yuan"].sum() / last["running_ordered_yuan"].sum()) < 0.1


amounts = st.lists(st.integers(0, 1000), min_size=1, max_size=8)


@settings(deadline=None, max_examples=30)
@given(amounts, amounts, amounts, st.sampled_from([0.01, 3.0]))
def test_gaps_are_shares_that_know_no_scale_and_totals_are_kept(one, two, three, scale):
    flows = [rows(*each) for each in (one, two, three)]
    found = three_flows(*flows, period="month")
    bigger = three_flows(*[each.assign(amount_yuan=each["amount_yuan"] * scale) for each in flows], period="month")
    assert found["gap_share"].dropna().between(0, 1).all()
    assert np.allclose(found["running_gap_share"], bigger["running_gap_share"], equal_nan=True)
    assert found[["ordered_yuan", "invoiced_yuan", "received_yuan"]].sum().tolist() == [sum(one), sum(two), sum(three)]


def test_pairs_stand_apart_and_nothing_is_altered(unchanged):
    both = pd.concat([rows(1, 2), rows(5, who="C0")], ignore_index=True)
    with unchanged(both):
        found = three_flows(both, both, both, period="year")
    assert found[["customer_id", "ordered_yuan"]].values.tolist() == [["C0", 5], ["C1", 3]]


def test_what_cannot_be_set_side_by_side_is_refused():
    with pytest.raises(BadData, match="period"):
        three_flows(rows(1), rows(1), rows(1), period="week")
    with pytest.raises(BadData, match="missing or infinite"):
        three_flows(rows(np.nan), rows(1), rows(1))
    with pytest.raises(EmptyBook, match="neither"):
        three_flows(rows(), rows(), rows())


DAYS = pd.date_range("2025-01-01", periods=200)


def book(customer, count=40, *, start=0, **columns):
    numbers = np.arange(start, start + count)
    frame = {"side": "sale", "counterparty_hash": "x", "customer_id": customer} | columns
    frame |= {"invoice_number": numbers.astype(str), "issued_date": DAYS[numbers], "net_yuan": 100.0 + numbers}
    return pd.DataFrame(frame)


def pairs_of(found):
    return {frozenset(pair) for pair in found[["customer_id_a", "customer_id_b"]].to_numpy().tolist()}


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


def test_the_two_ends_of_one_trade_are_no_twins():
    assert twin_books(pd.concat([book("C1"), book("C2", side="purchase")])).empty


def test_books_that_code_counterparties_their_own_way_are_twins_by_number_day_and_fen():
    """Of real applicants the code never agrees, number, day and amount do in 74 to 100 % of the smaller book."""
    found = twin_books(pd.concat([book("C1", counterparty_hash="A1"), book("C2", counterparty_hash="Z9")]))
    assert found[["shared_count", "invoices_count_b", "same_number_count"]].to_numpy().tolist() == [[40, 40, 40]]


def test_neither_number_nor_counterparty_in_common_is_no_twin():
    other = book("C2", counterparty_hash="Z9").assign(invoice_number=lambda rows: "9" + rows["invoice_number"])
    assert twin_books(pd.concat([book("C1"), other, book("C3", counterparty_hash="Z8", start=90)])).empty


@pytest.mark.parametrize("number", [None, "", " "])
def test_where_numbers_are_missing_the_check_says_that_it_cannot_see(number):
    apart = pd.concat([book("C1", counterparty_hash="A1"), book("C2", counterparty_hash="Z9")])
    with pytest.raises(NoInvoiceNumbers, match="cannot be recognised"):
        twin_books(apart.assign(invoice_number=number))
    assert len(twin_books(apart.assign(invoice_number=number, counterparty_hash="x"))) == 1


def test_a_row_without_day_or_amount_stands_in_no_other_book():
    rows = pd.concat([book("C1"), book("C2")], ignore_index=True)
    rows.loc[0, "issued_date"], rows.loc[1, "net_yuan"] = pd.NaT, np.nan
    assert twin_books(rows)[["shared_count", "invoices_count_a"]].to_numpy().tolist() == [[38, 38]]


def test_a_short_book_that_agrees_is_not_enough():
    assert twin_books(pd.concat([book("C1", 9), book("C2", 9)])).empty


def test_a_fee_that_everybody_pays_is_left_aside():
    fees = pd.concat([book(f"C{number}") for number in range(21)])
    assert twin_books(fees).empty


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


def test_no_invoice_has_no_twin():
    assert twin_books(book("C1", 0)).empty

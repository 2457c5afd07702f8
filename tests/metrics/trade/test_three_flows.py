"""Orders, invoices and cash: closed forms, the demo bank's suppliers, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.bank.demo.masks import masked
from microlib.bank.slices import read_branch
from microlib.errors import BadData, EmptyBook
from microlib.metrics.trade.three_flows import flow_gaps, invoiced_rows, ordered_rows, received_rows, three_flows


def rows(*amounts, who="C1", core="H1", first="2026-01"):
    days = pd.period_range(first, periods=len(amounts), freq="M").to_timestamp()
    return pd.DataFrame({"customer_id": who, "core_id": core, "day": days, "amount_yuan": np.array(amounts, float)})


# closed form


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


# the demo bank


def test_suppliers_of_the_demo_bank_are_paid_what_they_delivered(demo_home):
    book = read_branch(demo_home, branch="0755", as_of="2026-06-30")
    cores = pd.DataFrame({"core_id": ["H01"], "counterparty_hash": [masked("示例信用代码H01")]})
    payables = book["core_payables"][book["core_payables"]["core_id"] == "H01"]
    invoiced = invoiced_rows(book["invoices"], cores)
    flows = three_flows(ordered_rows(payables), invoiced, received_rows(payables), period="year")
    last = flows.drop_duplicates(["customer_id", "core_id"], keep="last")
    assert len(invoiced) and (last["running_received_yuan"] <= last["running_ordered_yuan"] + 0.01).all()
    assert (1 - last["running_received_yuan"].sum() / last["running_ordered_yuan"].sum()) < 0.1


# laws


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


# refusals


def test_what_cannot_be_set_side_by_side_is_refused():
    with pytest.raises(BadData, match="period"):
        three_flows(rows(1), rows(1), rows(1), period="week")
    with pytest.raises(BadData, match="missing or infinite"):
        three_flows(rows(np.nan), rows(1), rows(1))
    with pytest.raises(EmptyBook, match="neither"):
        three_flows(rows(), rows(), rows())

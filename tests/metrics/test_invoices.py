"""A pool's invoices: totals and fifths.

Invoice indicators and counterparties: closed forms, laws, refusals (published values: tests/real).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.invoices import (
    counterparty_changes,
    counterparty_shares,
    input_output,
    invoice_fifths,
    invoice_indicators,
    pool_totals,
)

INVOICES = pd.DataFrame({
    "customer_id": ["C1", "C1", "C2", "C2"], "side": ["sale", "sale", "sale", "purchase"],
    "status": ["valid", "void", "valid", "valid"], "net_yuan": [100.0, 900.0, -40.0, 7.0],
    "issued_date": pd.to_datetime(["2026-01-05", "2026-02-05", "2026-03-05", "2026-03-06"]),
})  # fmt: skip


def test_voids_count_but_carry_no_amount():
    sale = pool_totals(INVOICES).set_index("side").loc["sale"]
    assert (sale["invoices_count"], sale["void_count"], sale["net_yuan"]) == (3, 1, 60.0)


def test_negatives_are_a_share_of_the_valid():
    assert pool_totals(INVOICES).set_index("side").loc["sale", "negative_share"] == 0.5


def test_fifths_of_five_firms_are_the_second_middle_and_fourth():
    found = invoice_fifths(pd.DataFrame({"void_share": [0.0, 0.1, 0.2, 0.3, 0.4]}), side="sale").iloc[0]
    assert found[["p20", "p50", "p80"]].astype(float).to_list() == pytest.approx([0.08, 0.2, 0.32])


def test_a_figure_that_a_firm_lacks_is_not_counted():
    found = invoice_fifths(pd.DataFrame({"retention_share": [0.5, None]}), side="sale").iloc[0]
    assert found["known_count"] == 1


def test_an_empty_pool_is_refused():
    with pytest.raises(EmptyBook):
        pool_totals(INVOICES.iloc[:0])
    with pytest.raises(EmptyBook):
        invoice_fifths(pd.DataFrame({"void_share": []}), side="sale")


def test_the_frame_is_not_altered(unchanged):
    with unchanged(INVOICES):
        pool_totals(INVOICES)


AS_OF = date(2026, 6, 30)


def invoices(days, net, **columns):
    net = np.asarray(net, dtype=float)
    frame = {"customer_id": "C1", "side": "sale", "status": "valid", "counterparty_hash": "a"} | columns
    frame |= {"issued_date": pd.to_datetime(days), "net_yuan": net, "tax_yuan": net * 0.13, "gross_yuan": net * 1.13}
    return pd.DataFrame(frame)


def measured(rows, **options):
    return invoice_indicators(rows, as_of=AS_OF, **options).iloc[0]


def test_void_is_a_share_of_all_and_negative_of_the_valid():
    rows = invoices(["2026-01-05"] * 4, [10, -5, 20, 30], status=["valid", "valid", "valid", "void"])
    found = measured(rows)
    assert (found.void_count, found.void_share, found.negative_count) == (1, 0.25, 1)
    assert found.negative_share == pytest.approx(1 / 3)


def test_every_rate_stands_within_its_interval():
    found = measured(invoices(["2026-01-05"] * 4, [10, -5, 20, 30]))
    assert 0 < found.negative_low < found.negative_share < found.negative_high < 1
    assert (found.void_low, found.void_share) == (0, 0)


def test_totals_deduct_returns_and_leave_voids_out():
    rows = invoices(["2026-01-05"] * 3, [100, -40, 999], status=["valid", "valid", "void"])
    assert measured(rows)[["net_yuan", "gross_yuan"]].tolist() == pytest.approx([60, 67.8])


def test_the_gap_is_the_longest_run_of_months_between_first_and_last():
    found = measured(invoices(["2025-01-31", "2025-02-01", "2025-07-15", "2025-09-01"], [1] * 4))
    assert (found.first_month, found.last_month, found.months_count, found.gap_months) == ("2025-01", "2025-09", 4, 4)


def test_the_burst_sets_three_months_against_the_year_before_them():
    months = [str(month) for month in pd.period_range("2025-04", "2026-06", freq="M")]
    rows = invoices([f"{month}-10" for month in months], [100.0] * 12 + [300.0] * 3)
    assert measured(rows).burst_ratio == pytest.approx(3)


def test_a_firm_without_an_earlier_year_has_no_burst():
    assert pd.isna(measured(invoices(["2026-06-01"], [5])).burst_ratio)


def test_round_amounts_are_gross_and_top_amounts_net():
    rows = invoices(["2026-06-01"] * 4, [9_600, 10_000, 98_000, 50])
    rows["gross_yuan"] = [12_000.0, 10_000.5, 3_000.0, 56.5]
    assert measured(rows)[["round_share", "top_amount_share"]].tolist() == [0.5, 0.5]


def test_purchases_are_measured_on_demand_and_set_against_sales():
    rows = pd.concat([invoices(["2026-06-01"], [200]), invoices(["2026-06-01"], [150], side="purchase")])
    assert measured(rows, side="purchase").net_yuan == 150
    assert input_output(rows)["input_output_ratio"].tolist() == [0.75]


def test_purchases_without_sales_have_no_ratio():
    assert input_output(invoices(["2026-06-01"], [150], side="purchase"))["input_output_ratio"].isna().all()


def test_counterparties_whose_returns_exceed_sales_are_no_counterparties():
    rows = invoices(["2026-06-01"] * 4, [60, -80, 30, 10], counterparty_hash=["a", "a", "b", "c"])
    found = counterparty_shares(rows).iloc[0]
    assert (found.counterparties_count, found.counterparty_hhi, found.top1_share) == (2, pytest.approx(0.625), 0.75)


def test_who_stayed_and_who_is_new():
    days = ["2024-05-01", "2025-05-01", "2025-06-01", "2026-05-01", "2026-05-01", "2026-05-01"]
    rows = invoices(days, [1, 1, 1, 2, 3, 5], counterparty_hash=["old", "a", "b", "a", "old", "new"])
    found = counterparty_changes(rows, as_of=AS_OF).iloc[0]
    assert (found.earlier_count, found.retained_count, found.retention_share) == (2, 1, 0.5)
    assert found.novelty_share == 0.5


def test_a_young_firm_has_neither_retention_nor_novelty():
    found = counterparty_changes(invoices(["2026-05-01"], [1]), as_of=AS_OF).iloc[0]
    assert pd.isna(found.retention_share) and pd.isna(found.novelty_share)


def test_a_firm_with_nothing_but_voids_keeps_its_row():
    found = measured(invoices(["2026-06-01"], [5], status="void"))
    assert found.void_share == 1 and pd.isna(found.negative_share) and pd.isna(found.counterparty_hhi)


amounts = st.lists(st.integers(-500, 5000).filter(bool), min_size=1, max_size=15)


@settings(deadline=None, max_examples=25)
@given(amounts, st.randoms(use_true_random=False))
def test_row_order_changes_nothing(net, random):
    rows = invoices(["2026-05-01"] * len(net), net, counterparty_hash=[str(value % 3) for value in net])
    shuffled = rows.sample(frac=1, random_state=random.randrange(2**31))
    pd.testing.assert_frame_equal(*(invoice_indicators(each, as_of=AS_OF) for each in (rows, shuffled)))


@settings(deadline=None, max_examples=25)
@given(amounts)
def test_shares_stay_between_zero_and_one(net):
    found = measured(invoices(["2026-05-01"] * len(net), net))
    shares = found[[name for name in found.index if name.endswith("_share")]].dropna().astype(float)
    assert shares.between(0, 1).all()


def test_later_invoices_are_left_out_and_nothing_is_altered(unchanged):
    rows = invoices(["2026-06-01", "2026-07-01"], [1, 1])
    with unchanged(rows):
        assert measured(rows).invoices_count == 1
        input_output(rows)


def test_an_unknown_side_and_an_empty_side_are_refused():
    rows = invoices(["2026-06-01"], [1])
    with pytest.raises(BadData, match="side"):
        invoice_indicators(rows, side="both")
    with pytest.raises(BadData, match="no purchase invoice"):
        invoice_indicators(rows, side="purchase")

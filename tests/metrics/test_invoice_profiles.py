"""A pool's invoices: totals and fifths."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.invoice_profiles import invoice_fifths, pool_totals

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

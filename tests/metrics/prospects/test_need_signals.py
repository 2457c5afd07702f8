"""Signs come from who does not borrow now."""

from datetime import date

import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.prospects.need_signals import need_signals

TODAY = date(2026, 6, 30)
MONTHS = [str(pd.Period("2026-06") - back) for back in range(23, -1, -1)]


def customers(count=3):
    return pd.DataFrame({"customer_id": [f"C{number}" for number in range(1, count + 1)], "rm_id": "R1"})


def loans():
    return pd.DataFrame({
        "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "amount_yuan": [5e4, 9e4], "balance_yuan": [0.0, 9e4],
        "status": ["settled", "normal"], "overdue_days": 0, "closed_date": pd.to_datetime(["2026-03-01", None]),
    })  # fmt: skip


def flows(inflow, outflow, who="C3"):
    return pd.DataFrame({"customer_id": who, "month": MONTHS, "inflow_yuan": inflow, "outflow_yuan": outflow})


def test_who_borrows_now_gives_no_sign():
    found = need_signals(customers(), loans(), flows(100.0, 150.0, who="C2"), as_of=TODAY)
    assert found["customer_id"].tolist() == ["C1"]


def test_a_gap_and_its_depth_are_seen():
    found = need_signals(customers(), loans(), flows(100.0, [200.0] + [100.0] * 23), as_of=TODAY)
    gap = found[found["signal"] == "cash_gap"].iloc[0]
    assert (gap["customer_id"], gap["signal_yuan"]) == ("C3", 100.0)


def test_sales_that_grew_by_half_are_seen_and_by_a_tenth_not():
    more = need_signals(customers(), loans(), flows([100.0] * 12 + [150.0] * 12, 0.0), as_of=TODAY)
    same = need_signals(customers(), loans(), flows([100.0] * 12 + [110.0] * 12, 0.0), as_of=TODAY)
    assert more[more["signal"] == "growing_sales"]["signal_yuan"].tolist() == [600.0]
    assert "growing_sales" not in set(same["signal"])


def test_a_loan_that_ended_long_ago_is_no_sign():
    old = loans().assign(closed_date=pd.to_datetime(["2024-03-01", None]))
    assert need_signals(customers(), old, as_of=TODAY).empty


def test_a_negative_growth_is_refused():
    with pytest.raises(BadData, match="is none"):
        need_signals(customers(), loans(), as_of=TODAY, growth_share=-1)

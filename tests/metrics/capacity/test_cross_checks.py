"""Cross-checks of margin, sales, receivables and stock: published cases, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.capacity.cross_checks import (
    check_statements,
    expected_stock,
    open_receivables,
    product_margins,
    takings_rate,
)


def lines(price, cost, share):
    frame = {"price_yuan": price, "cost_yuan": cost, "sales_share": share}
    return pd.DataFrame({"customer_id": "C1"} | {name: np.array(value, float) for name, value in frame.items()})


def stated(stated, *checked, item="sales"):
    rows = pd.DataFrame({"source": [f"source{number}" for number in range(len(checked))], "checked": checked})
    return rows.assign(customer_id="C1", item=item, stated=float(stated))


def test_the_taxi_of_the_examination():
    """TV-D2: (166 - 80 + 100) / 6 x 12 = 372 a day."""
    assert takings_rate(166, float_yuan=80, spent_yuan=100, hours_worked=6, hours_day=12) == 372


def test_receivables_of_the_sheet():
    """TV-D3: 73,500 at 70 percent and at 35 percent: 77,175, stated 69,800."""
    sales = pd.Series([73_500.0, 73_500.0])
    assert open_receivables(sales, credit_share=0.7, open_share=pd.Series([1.0, 0.5])) == 77_175
    assert check_statements(stated(69_800, 77_175.0))["deviation_share"].item() == pytest.approx(-0.10566, abs=1e-5)


def test_margins_are_weighed_by_sales():
    found = product_margins(lines([10, 10], [7, 9], [0.6, 0.2])).iloc[0]
    assert (found.goods_count, found.covered_share) == (2, pytest.approx(0.8))
    assert found.margin_share == pytest.approx((0.6 * 0.3 + 0.2 * 0.1) / 0.8)


def test_stock_is_what_came_in_less_the_cost_of_what_went_out():
    assert expected_stock(100, bought_yuan=0, sold_yuan=100, margin_share=1.0) == 100


def test_two_sources_confirm_and_one_does_not():
    one, two = check_statements(stated(100, 95.0)), check_statements(stated(100, 95.0, 91.0, 50.0))
    assert (one["is_confirmed"].item(), two["is_confirmed"].item()) == (False, True)
    assert two[["checks_count", "agreeing_count", "lower"]].to_numpy().tolist() == [[3, 2, 50]]


@given(st.floats(1, 1e7), st.lists(st.floats(0, 1e7), min_size=1, max_size=6), st.floats(0.01, 100))
def test_no_unit_changes_a_deviation_and_the_lower_is_no_more_than_stated(amount, checks, scale):
    one = check_statements(stated(amount, *checks)).iloc[0]
    other = check_statements(stated(amount * scale, *[check * scale for check in checks])).iloc[0]
    assert one.deviation_share == pytest.approx(other.deviation_share, rel=1e-6, abs=1e-9)
    assert one.lower <= amount and 0 <= one.agreeing_count <= one.checks_count


def test_nothing_is_altered(unchanged):
    frames = lines([10], [7], [1]), stated(100, 95.0)
    with unchanged(*frames):
        product_margins(frames[0]), check_statements(frames[1])


def test_a_source_may_not_confirm_itself():
    with pytest.raises(BadData, match="twice"):
        check_statements(stated(100, 95.0, 96.0).assign(source="till"))


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(BadData, match="above zero"):
        check_statements(stated(0, 1.0))
    with pytest.raises(BadData, match="price"):
        product_margins(lines([0], [1], [1]))
    with pytest.raises(EmptyBook, match="part of sales"):
        product_margins(lines([10], [7], [0]))
    with pytest.raises(BadData, match="hours"):
        takings_rate(1, float_yuan=0, spent_yuan=0, hours_worked=13, hours_day=12)
    with pytest.raises(BadData, match="share"):
        open_receivables(pd.Series([1.0]), credit_share=70, open_share=pd.Series([1.0]))

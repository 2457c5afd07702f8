"""Coverage of debt service: the hotel's answer key, closed forms, laws, refusals."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.capacity.coverages import cash_quantiles, debt_coverages

AS_OF = date(2026, 6, 30)
MONTHS = [str(month) for month in pd.period_range("2024-07", "2026-06", freq="M")]


def flows(inflows, outflows=0.0, months=MONTHS):
    months = list(months)[: len(inflows)]
    return pd.DataFrame({"customer_id": "C1", "month": months, "inflow_yuan": inflows, "outflow_yuan": outflows})


def covered(cash, service, hidden=None):
    frame = pd.DataFrame({"customer_id": ["C1"], "cash_p50_yuan": [float(cash)], "cash_p25_yuan": [float(cash)]})
    services = {"customer_id": ["C1"], "service_month_yuan": [float(service)], "hidden_month_yuan": [hidden]}
    return debt_coverages(frame, pd.DataFrame(services)).iloc[0]


# published


@pytest.mark.parametrize(
    ("cash", "plain", "hidden"),
    [(102_502, 1.62, 1.12), (70_210, 1.11, 0.77), (79_252, 1.25, 0.86), (50_189, 0.79, 0.55), (15_314, 0.24, 0.17)],
)
def test_the_hotel_of_the_course(cash, plain, hidden):
    """Answer key: instalment 63,411, hidden debt 28,244 a month; base, emptier, cheaper, both, ramp."""
    found = covered(cash, 63_411, 28_244.0)
    assert (round(found.dscr_p50, 2), round(found.dscr_p50_hidden, 2)) == (plain, hidden)


# closed form


def test_half_the_months_lie_under_the_usual_one_and_a_quarter_under_the_poor_one():
    found = cash_quantiles(flows(np.arange(1.0, 25.0)), as_of=AS_OF).iloc[0]
    assert (found.months_count, found.cash_p50_yuan, found.cash_p25_yuan) == (24, 12.5, 6.75)
    assert found.cash_p25_low < found.cash_p25_yuan < found.cash_p25_high < found.cash_p50_high


def test_cash_is_what_is_left_of_inflow_or_a_share_of_it():
    rows = flows([100.0] * 24, 60.0)
    assert cash_quantiles(rows, as_of=AS_OF)["cash_p50_yuan"].item() == 40
    assert cash_quantiles(rows, as_of=AS_OF, cash_share=0.2)["cash_p50_yuan"].item() == 20


def test_months_before_the_first_are_unknown_and_holes_after_it_are_nothing():
    rows = flows([10.0] * 24).iloc[8:].drop(index=[20, 21, 22, 23])
    found = cash_quantiles(rows, as_of=AS_OF).iloc[0]
    assert (found.months_count, found.cash_p50_yuan, found.cash_p25_yuan) == (16, 10, 7.5)


def test_channels_are_added_up_and_old_months_left_out():
    rows = pd.concat([flows([5.0] * 24).assign(channel=name) for name in ("pos", "wallet")])
    old = flows([9e9], months=["2020-01"]).assign(channel="pos")
    assert cash_quantiles(pd.concat([rows, old]), as_of=AS_OF)["cash_p50_yuan"].item() == 10


def test_the_range_holds_the_true_quantile_as_often_as_it_says():
    rng, hits = np.random.default_rng(4), 0
    for _ in range(300):
        found = cash_quantiles(flows(rng.exponential(size=24)), as_of=AS_OF).iloc[0]
        hits += found.cash_p25_low <= -np.log(0.75) <= found.cash_p25_high
    assert hits >= 0.88 * 300


def test_unknown_hidden_debt_is_not_taken_for_none():
    found = covered(10, 5)
    assert found.dscr_p50 == 2 and np.isnan(found.dscr_p50_hidden) and not found.is_hidden_known


def test_no_debt_has_no_coverage():
    assert np.isnan(covered(10, 0, 0.0).dscr_p50)


# laws


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-1e5, 1e5), min_size=12, max_size=24), st.floats(1, 1e4), st.floats(0, 1e4))
def test_a_poor_month_covers_no_more_and_hidden_debt_never_helps(cash, service, hidden):
    cash = cash_quantiles(flows(cash, months=MONTHS[-len(cash) :]), as_of=AS_OF)
    services = pd.DataFrame({"customer_id": ["C1"], "service_month_yuan": [service], "hidden_month_yuan": [hidden]})
    found = debt_coverages(cash, services).iloc[0]
    assert found.dscr_p25 <= found.dscr_p50
    assert abs(found.dscr_p25_hidden) <= abs(found.dscr_p25) + 1e-9


def test_nothing_is_altered(unchanged):
    rows = flows([10.0] * 24)
    with unchanged(rows):
        cash_quantiles(rows, as_of=AS_OF)


# refusals


def test_too_few_months_give_a_reason_and_no_amount():
    found = cash_quantiles(flows([10.0] * 11, months=MONTHS[-11:]), as_of=AS_OF).iloc[0]
    assert found.reason == "too_few_months" and np.isnan(found.cash_p25_yuan)
    assert cash_quantiles(flows([]), as_of=AS_OF).empty


def test_flows_that_cannot_be_added_are_refused():
    with pytest.raises(BadData, match="twice"):
        cash_quantiles(pd.concat([flows([1.0]), flows([1.0])]), as_of=AS_OF)
    with pytest.raises(BadData, match="missing or infinite"):
        cash_quantiles(flows([np.nan]), as_of=AS_OF)


@pytest.mark.parametrize("service", [np.nan, -1.0, np.inf])
def test_a_service_that_is_none_is_refused(service):
    with pytest.raises(BadData, match="debt service"):
        covered(1, service)

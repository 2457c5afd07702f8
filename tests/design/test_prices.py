"""The price floor: the keys of the course and of the corrections, and what it obeys."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from microlib.design import prices
from microlib.errors import BadConfig, BadData

COURSE = prices.Parts(0.0205, 0.0095, 0.019, 0.40, 0.105 * 0.75, 0.10)
RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.01, 0.02]})


@pytest.mark.parametrize(("pd_rate", "floor"), [(0.008, 4.11), (0.019, 4.55), (0.045, 5.59)])
def test_the_floor_by_default_rate(pd_rate, floor) -> None:
    """X21: 4.11, 4.55, 5.59 percent."""
    assert round(prices.floor_rate(replace(COURSE, pd_rate=pd_rate)) * 100, 2) == pytest.approx(floor, abs=0.0051)


def test_the_floor_with_capital_credit_and_with_tax() -> None:
    """4.39 percent with the capital benefit and no tax, 4.65 with 25 percent tax."""
    credited = replace(COURSE, capital_funding_credit=True)
    assert round(prices.floor_rate(credited), 4) == 0.0439
    assert round(prices.floor_rate(replace(credited, tax_rate=0.25)), 4) == 0.0465


def test_a_risk_price_as_printed() -> None:
    """TV-A13: 5.07175 percent without tax, 5.38675 with; then RAROC is exactly the hurdle."""
    parts = prices.Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.0, True)
    taxed = replace(parts, tax_rate=0.25)
    assert prices.floor_rate(parts) == pytest.approx(0.0507175, abs=1e-9)
    assert prices.floor_rate(taxed) == pytest.approx(0.0538675, abs=1e-9)
    assert prices.risk_adjusted_return(taxed, yearly_rate=0.0538675) == pytest.approx(0.12, abs=1e-12)


def test_at_its_floor_any_loan_earns_its_hurdle(hospital, policy) -> None:
    floors = prices.price_floors(RATES, product=hospital, policy=policy.pricing)
    for row in floors.itertuples():
        parts = prices.Parts.of(policy.pricing, opex_rate=row.opex_rate, pd_rate=row.pd_rate, secured="pledge")
        assert prices.risk_adjusted_return(parts, yearly_rate=row.floor_rate) == pytest.approx(0.10)


def test_the_parts_sum_to_the_floor_and_small_loans_cost_more(hospital, policy) -> None:
    floors = prices.price_floors(RATES, product=hospital, policy=policy.pricing)
    parts = floors[["ftp_rate", "opex_rate", "loss_rate", "capital_rate"]].sum(axis="columns")
    assert parts.to_numpy() == pytest.approx(floors["floor_rate"].to_numpy())
    for _, case in floors.groupby("pd_case"):
        assert case.sort_values("amount_yuan")["floor_rate"].is_monotonic_decreasing


def test_the_upper_default_rate_gives_the_higher_floor(stall, policy) -> None:
    floors = prices.price_floors(RATES, product=stall, policy=policy.pricing, sizes=(200_000,))
    assert floors["floor_rate"].diff().iloc[1] == pytest.approx(0.01 * 0.45)


def test_value_added_tax_leaves_the_bank_the_same(policy) -> None:
    taxed = policy.pricing.model_copy(update={"value_added_tax": True})
    rate = prices.taxed_rate(0.0455, taxed)
    tax = rate / 1.06 * 0.06
    assert rate - tax * 1.12 == pytest.approx(0.0455)
    assert prices.taxed_rate(0.0455, policy.pricing) == 0.0455


def test_a_quote_is_rounded_to_the_banks_side() -> None:
    assert [prices.quote_points(rate, lpr_rate=0.03) for rate in (0.0435, 0.04351, 0.028)] == [135, 136, -20]


def test_cases_come_from_one_row_of_shrunk_rates() -> None:
    shrunk = pd.DataFrame({"shrunk_rate": [0.0142], "shrunk_upper": [0.02]})
    assert prices.default_rate_cases(shrunk)["pd_rate"].to_list() == [0.0142, 0.02]
    with pytest.raises(BadData, match="2 rows of rates"):
        prices.default_rate_cases(pd.concat([shrunk, shrunk]))


def test_a_default_rate_in_percent_is_refused(hospital, policy, unchanged) -> None:
    wrong = RATES.assign(pd_rate=[1.4, 2.0])
    with unchanged(wrong), pytest.raises(BadData, match="outside 0 to 1"):
        prices.price_floors(wrong, product=hospital, policy=policy.pricing)


def test_a_security_or_channel_without_a_price_is_refused(hospital, policy) -> None:
    bare = policy.pricing.model_copy(update={"lgd": {"credit": 0.45}})
    with pytest.raises(BadConfig, match="lgd has no pledge"):
        prices.price_floors(RATES, product=hospital, policy=bare)
    closed = policy.pricing.model_copy(update={"opex_loan_yuan": {"online": 600}})
    with pytest.raises(BadConfig, match="no channel branch"):
        prices.price_floors(RATES, product=hospital, policy=closed)

"""Lines against the floor of their own size; the switches of the formula.

The price floor: the keys of the course and of the corrections, and what it obeys.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from microlib.design.prices import (
    Parts,
    default_rate_cases,
    floor_rate,
    line_margins,
    margin_summary,
    price_floors,
    quote_points,
    risk_adjusted_return,
    switch_cases,
    taxed_rate,
    typical_floors,
)
from microlib.errors import BadConfig, BadData

LINE_MARGIN_RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.019, 0.023]})


@pytest.fixture
def lines() -> pd.DataFrame:
    return pd.DataFrame({
        "customer_id": ["C1", "C2", "C3"], "reason": ["sized", "sized", "below_floor"],
        "limit_yuan": [100_000.0, 1_000_000.0, 0.0],
    })  # fmt: skip


def test_each_line_meets_the_floor_of_its_own_size(lines, hospital, policy) -> None:
    found = line_margins(lines, default_rates=LINE_MARGIN_RATES, product=hospital, policy=policy.pricing)
    floors = price_floors(LINE_MARGIN_RATES.head(1), product=hospital, policy=policy.pricing, sizes=(1e5, 1e6))
    assert found["margin_rate"].to_list() == floors["margin_rate"].to_list()
    assert found["margin_yuan"].iloc[1] == pytest.approx(found["margin_rate"].iloc[1] * 1e6 * 0.80)


def test_small_lines_lose_and_large_ones_pay(lines, hospital, policy) -> None:
    found = line_margins(lines, default_rates=LINE_MARGIN_RATES, product=hospital, policy=policy.pricing)
    row = margin_summary(found).iloc[0]
    assert row[["losing_count", "break_even_yuan"]].to_list() == [1, 1e6] and row["shortfall_yuan"] > 0


def test_without_a_line_nothing_is_lost(lines, hospital, policy) -> None:
    none = lines.assign(reason="to_be_verified")
    found = line_margins(none, default_rates=LINE_MARGIN_RATES, product=hospital, policy=policy.pricing)
    row = margin_summary(found).iloc[0]
    assert row["shortfall_yuan"] == 0 and pd.isna(row["break_even_yuan"])


def test_the_switches_give_the_published_floors(hospital, policy) -> None:
    """4.55 % simple, 4.39 % with the capital benefit, 4.65 % with income tax: the differences of the key."""
    given = {"product": hospital, "policy": policy.pricing, "amount_yuan": 500_000.0}
    found = switch_cases(LINE_MARGIN_RATES, **given).set_index("switch")["floor_rate"]
    assert found["capital_credited"] - found["plain"] == pytest.approx(0.0439 - 0.0455, abs=1e-4)
    assert found["income_taxed"] - found["capital_credited"] == pytest.approx(0.0465 - 0.0439, abs=1e-4)


def test_the_policys_own_case_is_marked_once(hospital, policy) -> None:
    given = {"product": hospital, "policy": policy.pricing, "amount_yuan": 500_000.0}
    found = switch_cases(LINE_MARGIN_RATES, **given)
    assert found.loc[found["is_policy"], "switch"].to_list() == ["income_taxed"]
    own = typical_floors(LINE_MARGIN_RATES, **given).iloc[0]
    assert found.loc[found["is_policy"], "floor_rate"].item() == own["floor_rate"]


COURSE = Parts(0.0205, 0.0095, 0.019, 0.40, 0.105 * 0.75, 0.10)
PRICE_RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.01, 0.02]})


@pytest.mark.parametrize(("pd_rate", "floor"), [(0.008, 4.11), (0.019, 4.55), (0.045, 5.59)])
def test_the_floor_by_default_rate(pd_rate, floor) -> None:
    """X21: 4.11, 4.55, 5.59 percent."""
    assert round(floor_rate(replace(COURSE, pd_rate=pd_rate)) * 100, 2) == pytest.approx(floor, abs=0.0051)


def test_the_floor_with_capital_credit_and_with_tax() -> None:
    """4.39 percent with the capital benefit and no tax, 4.65 with 25 percent tax."""
    credited = replace(COURSE, capital_funding_credit=True)
    assert round(floor_rate(credited), 4) == 0.0439
    assert round(floor_rate(replace(credited, tax_rate=0.25)), 4) == 0.0465


def test_a_risk_price_as_printed() -> None:
    """TV-A13: 5.07175 percent without tax, 5.38675 with; then RAROC is exactly the hurdle."""
    parts = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.0, True)
    taxed = replace(parts, tax_rate=0.25)
    assert floor_rate(parts) == pytest.approx(0.0507175, abs=1e-9)
    assert floor_rate(taxed) == pytest.approx(0.0538675, abs=1e-9)
    assert risk_adjusted_return(taxed, yearly_rate=0.0538675) == pytest.approx(0.12, abs=1e-12)


def test_at_its_floor_any_loan_earns_its_hurdle(hospital, policy) -> None:
    floors = price_floors(PRICE_RATES, product=hospital, policy=policy.pricing)
    for row in floors.itertuples():
        parts = Parts.of(policy.pricing, opex_rate=row.opex_rate, pd_rate=row.pd_rate, secured="pledge")
        assert risk_adjusted_return(parts, yearly_rate=row.floor_rate) == pytest.approx(0.10)


def test_the_parts_sum_to_the_floor_and_small_loans_cost_more(hospital, policy) -> None:
    floors = price_floors(PRICE_RATES, product=hospital, policy=policy.pricing)
    parts = floors[["ftp_rate", "opex_rate", "loss_rate", "capital_rate"]].sum(axis="columns")
    assert parts.to_numpy() == pytest.approx(floors["floor_rate"].to_numpy())
    for _, case in floors.groupby("pd_case"):
        assert case.sort_values("amount_yuan")["floor_rate"].is_monotonic_decreasing


def test_the_upper_default_rate_gives_the_higher_floor(stall, policy) -> None:
    floors = price_floors(PRICE_RATES, product=stall, policy=policy.pricing, sizes=(200_000,))
    assert floors["floor_rate"].diff().iloc[1] == pytest.approx(0.01 * 0.45)


def test_value_added_tax_leaves_the_bank_the_same(policy) -> None:
    taxed = policy.pricing.model_copy(update={"value_added_tax": True})
    rate = taxed_rate(0.0455, taxed)
    tax = rate / 1.06 * 0.06
    assert rate - tax * 1.12 == pytest.approx(0.0455)
    assert taxed_rate(0.0455, policy.pricing) == 0.0455


def test_a_quote_is_rounded_to_the_banks_side() -> None:
    assert [quote_points(rate, lpr_rate=0.03) for rate in (0.0435, 0.04351, 0.028)] == [135, 136, -20]


def test_cases_come_from_one_row_of_shrunk_rates() -> None:
    shrunk = pd.DataFrame({"shrunk_rate": [0.0142], "shrunk_upper": [0.02]})
    assert default_rate_cases(shrunk)["pd_rate"].to_list() == [0.0142, 0.02]
    with pytest.raises(BadData, match="2 rows of rates"):
        default_rate_cases(pd.concat([shrunk, shrunk]))


def test_a_default_rate_in_percent_is_refused(hospital, policy, unchanged) -> None:
    wrong = PRICE_RATES.assign(pd_rate=[1.4, 2.0])
    with unchanged(wrong), pytest.raises(BadData, match="outside 0 to 1"):
        price_floors(wrong, product=hospital, policy=policy.pricing)


def test_a_security_or_channel_without_a_price_is_refused(hospital, policy) -> None:
    bare = policy.pricing.model_copy(update={"lgd": {"credit": 0.45}})
    with pytest.raises(BadConfig, match="lgd has no pledge"):
        price_floors(PRICE_RATES, product=hospital, policy=bare)
    closed = policy.pricing.model_copy(update={"opex_loan_yuan": {"online": 600}})
    with pytest.raises(BadConfig, match="no channel branch"):
        price_floors(PRICE_RATES, product=hospital, policy=closed)

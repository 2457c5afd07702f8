"""Lines against the floor of their own size; the switches of the formula."""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design import line_margins, prices

RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.019, 0.023]})


@pytest.fixture
def lines() -> pd.DataFrame:
    return pd.DataFrame({
        "customer_id": ["C1", "C2", "C3"], "reason": ["sized", "sized", "below_floor"],
        "limit_yuan": [100_000.0, 1_000_000.0, 0.0],
    })  # fmt: skip


def test_each_line_meets_the_floor_of_its_own_size(lines, hospital, policy) -> None:
    found = line_margins.line_margins(lines, default_rates=RATES, product=hospital, policy=policy.pricing)
    floors = prices.price_floors(RATES.head(1), product=hospital, policy=policy.pricing, sizes=(1e5, 1e6))
    assert found["margin_rate"].to_list() == floors["margin_rate"].to_list()
    assert found["margin_yuan"].iloc[1] == pytest.approx(found["margin_rate"].iloc[1] * 1e6 * 0.80)


def test_small_lines_lose_and_large_ones_pay(lines, hospital, policy) -> None:
    found = line_margins.line_margins(lines, default_rates=RATES, product=hospital, policy=policy.pricing)
    row = line_margins.margin_summary(found).iloc[0]
    assert row[["losing_count", "break_even_yuan"]].to_list() == [1, 1e6] and row["shortfall_yuan"] > 0


def test_without_a_line_nothing_is_lost(lines, hospital, policy) -> None:
    none = lines.assign(reason="to_be_verified")
    found = line_margins.line_margins(none, default_rates=RATES, product=hospital, policy=policy.pricing)
    row = line_margins.margin_summary(found).iloc[0]
    assert row["shortfall_yuan"] == 0 and pd.isna(row["break_even_yuan"])


def test_the_switches_give_the_published_floors(hospital, policy) -> None:
    """4.55 % simple, 4.39 % with the capital benefit, 4.65 % with income tax: the differences of the key."""
    given = {"product": hospital, "policy": policy.pricing, "amount_yuan": 500_000.0}
    found = line_margins.switch_cases(RATES, **given).set_index("switch")["floor_rate"]
    assert found["capital_credited"] - found["plain"] == pytest.approx(0.0439 - 0.0455, abs=1e-4)
    assert found["income_taxed"] - found["capital_credited"] == pytest.approx(0.0465 - 0.0439, abs=1e-4)


def test_the_policys_own_case_is_marked_once(hospital, policy) -> None:
    given = {"product": hospital, "policy": policy.pricing, "amount_yuan": 500_000.0}
    found = line_margins.switch_cases(RATES, **given)
    assert found.loc[found["is_policy"], "switch"].to_list() == ["income_taxed"]
    own = line_margins.typical_floors(RATES, **given).iloc[0]
    assert found.loc[found["is_policy"], "floor_rate"].item() == own["floor_rate"]

"""What the committee is asked: fired rules first, then the pilot, small lines, evidence."""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design import pilots
from tests.design.conftest import AS_OF


@pytest.fixture
def results() -> dict[str, pd.DataFrame]:
    volume = pd.DataFrame({
        "case": ["low", "high"], "customers_count": [5, 9], "volume_yuan": [1e6, 2e6], "balance_yuan": [8e5, 1.6e6],
        "sized_count": [20, 20], "sized_yuan": [8e6, 8e6],
    })  # fmt: skip
    return pilots.pilot_results(
        limits=pd.DataFrame({"reason": ["sized", "to_be_verified"], "existing_yuan": [1e5, 3e5]}),
        volume=volume,
        floors=pd.DataFrame({"pd_case": ["mean", "upper"], "margin_rate": [0.002, -0.001]}),
        stops=pd.DataFrame({
            "rule": ["late"], "watched": ["worst_source_share"], "test": ["above"], "trigger_value": [0.6],
            "state": ["holds"], "action": ["cut_limits"],
        }),
        margins=pd.DataFrame({
            "losing_count": [2], "losing_yuan": [3e5], "shortfall_yuan": [900.0], "break_even_yuan": [4e5],
        }),
    )  # fmt: skip


def decided(results, hospital, policy, **figures) -> pd.DataFrame:
    return pilots.pilot_decisions(results, figures=figures, product=hospital, policy=policy.decisions, as_of=AS_OF)


def test_a_paying_pilot_is_started_and_its_waiting_costs_the_margin(results, hospital, policy) -> None:
    found = decided(results, hospital, policy)
    assert found["step"].to_list() == ["start_pilot", "stop_small_lines", "complete_evidence"]
    assert found["waiting_cost_yuan"].iloc[0] == pytest.approx(8e5 * 0.002)
    assert set(found["segment"]) == {"hospital_supplier"}


def test_a_fired_rule_comes_first_and_no_pilot_beside_it(results, hospital, policy) -> None:
    stopped = {**results, "stops": results["stops"].assign(state="fires")}
    found = decided(stopped, hospital, policy, worst_source_loss_yuan=5e5)
    assert found["step"].to_list() == ["late", "stop_small_lines", "complete_evidence"]
    assert found.loc[0, ["action", "overturning_side", "waiting_cost_yuan"]].to_list() == ["do", "below", 5e5]


def test_a_price_under_the_floor_waits(results, hospital, policy) -> None:
    short = {**results, "floors": results["floors"].assign(margin_rate=-0.001)}
    assert decided(short, hospital, policy)["step"].iloc[0] == "reprice_first"


@pytest.mark.parametrize(("sized", "step"), [(0, "gather_evidence"), (1, "too_few")])
def test_without_a_customer_the_pilot_waits(results, hospital, policy, sized, step) -> None:
    none = results["volume"].assign(customers_count=0, volume_yuan=0.0, sized_count=sized)
    assert decided({**results, "volume": none}, hospital, policy)["step"].iloc[0] == step
    assert "complete_evidence" not in set(decided({**results, "volume": none}, hospital, policy)["step"])


def test_no_more_than_three_are_proposed(results, hospital, policy) -> None:
    stops = pd.concat([results["stops"].assign(state="fires")] * 4, ignore_index=True)
    assert len(decided({**results, "stops": stops}, hospital, policy)) == 3


def test_the_loss_of_a_source_is_scaled_to_the_pilot() -> None:
    sources = pd.DataFrame({"limit_yuan": [4e6], "loss_low_yuan": [1e5], "loss_high_yuan": [1e6]})
    volume = pd.DataFrame({"case": ["high"], "volume_yuan": [0.0], "sized_yuan": [0.0]})
    assert pilots.pilot_sources(sources, volume=volume)["loss_high_yuan"].item() == 0

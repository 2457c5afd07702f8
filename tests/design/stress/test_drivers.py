"""Drivers: the tornado's order, and the one point at which a year's margin is lost."""

from __future__ import annotations

import pytest

from microlib.design.stress import drivers, losses, shocks
from microlib.errors import EmptyBook


def test_below_the_breaking_point_the_margin_stands_and_at_it_it_is_lost(stressed, stresses, policy) -> None:
    found = drivers.breaking_points(stressed, stresses=stresses, policy=policy.stress).set_index("driver")
    broken = found[found["state"] == "breaks"]
    assert len(broken)
    for driver in [each for each in stresses.drivers if each.code in broken.index]:
        most = driver.model_copy(update={driver.varies: driver.most})
        members, _ = losses.aim_at_worst(stressed, most, policy=policy.stress, fixed=stresses.fixed_cost_share)
        value = broken.loc[driver.code, "breaking_value"]
        lost = [
            shocks.strike(
                stressed, [(driver.model_copy(update={driver.varies: at}), members)],
                policy=policy.stress, fixed_cost_share=stresses.fixed_cost_share,
            )["loss_high_yuan"].sum()
            for at in (value * (1 - 1e-6), value)
        ]  # fmt: skip
        assert lost[0] < broken.loc[driver.code, "margin_yuan"] <= lost[1]


def test_a_closed_form_of_one_line(stressed, stresses, policy) -> None:
    """One line breaks when sales fall so far that its coverage is 1: x = (1 - 1/q) f / (f + phi)."""
    one = stressed.iloc[:1]
    calm = shocks.strike(one, [], policy=policy.stress, fixed_cost_share=stresses.fixed_cost_share)
    found = drivers.breaking_points(one, stresses=stresses, policy=policy.stress).set_index("driver")
    expected = (1 - 1 / calm["coverage_ratio"].item()) * 0.10 / 0.15
    assert found.loc["sales_drop", "breaking_value"] == pytest.approx(expected, abs=1e-6)


def test_what_cannot_break_it_holds_and_what_reaches_nobody_is_said(stressed, stresses, policy) -> None:
    found = drivers.breaking_points(stressed, stresses=stresses, policy=policy.stress).set_index("driver")["state"]
    assert found["market_closed"] == "not_applicable" and found["rate_rise"] == "holds"
    rich = stressed.assign(margin_yuan=1e9)
    assert "breaks" not in set(drivers.breaking_points(rich, stresses=stresses, policy=policy.stress)["state"])


def test_the_tornado_is_widest_first_and_the_severe_end_costs_more(stressed, stresses, policy) -> None:
    found = drivers.driver_tornado(stressed, stresses=stresses, policy=policy.stress)
    assert found["swing_yuan"].is_monotonic_decreasing and (found["swing_yuan"] >= 0).all()
    assert set(found["driver"]) == {driver.code for driver in stresses.drivers}


def test_without_a_margin_there_is_nothing_to_lose(stressed, stresses, policy) -> None:
    with pytest.raises(EmptyBook, match="no year's margin"):
        drivers.breaking_points(stressed.assign(margin_yuan=-1.0), stresses=stresses, policy=policy.stress)

"""The corridor: floor, peers, the borrower's alternative; and the value a rate adds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.design.prices import Parts, floor_rate
from microlib.design.pricing import corridors, margins, uncertainties, values
from microlib.errors import BadData

FLOORS = pd.DataFrame({
    "pd_case": ["mean", "upper"] * 2, "amount_yuan": [1e5, 1e5, 3e5, 3e5],
    "floor_taxed_rate": [0.06, 0.065, 0.045, 0.05], "yearly_rate": 0.0585,
})  # fmt: skip
PEERS = pd.DataFrame({"eir_rate": [0.05, 0.06, 0.07]})
PRINTED = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.25, True)


def test_value_is_nothing_at_the_floor_and_a_basis_point_is_worth_its_tax() -> None:
    """TV-A13: RAROC is 12 % at 5.38675 %, so EVA is 0 there."""
    assert values.economic_value(PRINTED, yearly_rate=0.0538675, balance_yuan=1e6) == pytest.approx(0, abs=1e-6)
    point = values.economic_value(PRINTED, yearly_rate=0.0539675, balance_yuan=1e6)
    assert point == pytest.approx(1e6 * 0.0001 * 0.75)


@given(st.floats(0, 0.2), st.floats(0.001, 0.2))
def test_value_and_margin_share_their_sign(pd_rate, rate) -> None:
    parts = replace(PRINTED, pd_rate=pd_rate)
    row = values.value_by_rate(parts, rates=[rate], balance_yuan=1e6).iloc[0]
    assert row["eva_yuan"] == pytest.approx(0.75e6 * (rate - floor_rate(parts)), abs=1e-4)


def test_a_corridor_by_size() -> None:
    found = corridors.price_corridor(FLOORS, peers=PEERS, alternative_rate=0.12)
    assert found["state"].to_list() == ["under_floor", "inside"]
    assert found["ceiling_rate"].to_list() == [0.065, 0.065] and set(found["ceiling_by"]) == {"peers"}
    assert found["room_rate"].to_list() == pytest.approx([0.005, 0.02])


@pytest.mark.parametrize(
    ("alternative", "state"), [(0.05, "over_ceiling"), (0.04, "closed"), (None, "inside"), (0.2, "inside")]
)
def test_what_the_borrower_could_do_instead(alternative, state) -> None:
    found = corridors.price_corridor(FLOORS, peers=PEERS, alternative_rate=alternative)
    assert found["state"].iloc[1] == state


def test_without_peers_or_alternative_the_ceiling_is_unknown(unchanged) -> None:
    with unchanged(FLOORS):
        found = corridors.price_corridor(FLOORS, peers=PEERS.iloc[:0])
    assert found["state"].to_list() == ["under_floor", "unknown"] and found["ceiling_rate"].isna().all()


def test_a_cost_in_percent_and_a_missing_floor_are_refused() -> None:
    with pytest.raises(BadData, match="outside 0 to 1"):
        corridors.price_corridor(FLOORS, peers=pd.DataFrame({"eir_rate": [5.5]}))
    with pytest.raises(BadData, match="no floor at the mean"):
        corridors.price_corridor(FLOORS[FLOORS["pd_case"] == "upper"], peers=PEERS)


def test_profit_of_a_line_is_its_margin_over_the_floor(hospital, policy) -> None:
    from microlib.design.prices import price_floors

    rates = pd.DataFrame({"pd_case": ["mean"], "pd_rate": [0.01]})
    floors = price_floors(rates, product=hospital, policy=policy.pricing)
    found = margins.yearly_margins(floors["amount_yuan"], product=hospital, policy=policy.pricing, pd_rate=0.01)
    drawn = float(hospital.volumes.used_share)
    assert np.allclose(found["profit_rate"], drawn * (floors["yearly_rate"] - floors["floor_rate"]))


def test_draws_are_the_posterior_and_do_not_change() -> None:
    """Beta(b + 1/2, n - b + 1/2) has the mean (b + 1/2)/(n + 1)."""
    counts = pd.DataFrame({"grade": ["A", "B"], "total_count": [27, 38], "bad_count": [0, 1]})
    drawn = uncertainties.draw_default_rates(counts, draws_count=20_000)
    means = uncertainties.mean_default_rates(counts)["pd_rate"]
    assert drawn.mean().to_list() == pytest.approx(means.to_list(), abs=0.001)
    pd.testing.assert_frame_equal(drawn, uncertainties.draw_default_rates(counts, draws_count=20_000))
    with pytest.raises(BadData, match="a count is missing"):
        uncertainties.draw_default_rates(counts.assign(bad_count=99))

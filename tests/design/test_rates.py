"""A bank's own table of churn: read with its place named, priced for the grades that a branch has, absent said so.

Prices that know of churn: closed forms, laws of the monotone curve, refusals.
The corridor: floor, peers, the borrower's alternative; and the value a rate adds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.design.prices import Parts, floor_rate
from microlib.design.rates import (
    NoChurns,
    best_rates,
    churn_prices,
    draw_default_rates,
    economic_value,
    mean_default_rates,
    price_corridor,
    priced_rates,
    read_churns,
    smooth_churn,
    value_by_rate,
    yearly_margins,
)
from microlib.errors import BadData, EmptyBook


@pytest.fixture
def table(tmp_path):
    rows = [("A", rate / 1000, (rate - 40) / 110) for rate in range(40, 151)]
    pd.DataFrame(rows, columns=["grade", "yearly_rate", "churn_share"]).to_csv(tmp_path / "churns.csv", index=False)
    return tmp_path


def test_a_home_without_the_table_says_which_file(tmp_path) -> None:
    with pytest.raises(NoChurns, match="no table of churn by rate") as caught:
        read_churns(tmp_path)
    assert caught.value.where.endswith("churns.csv") and str(tmp_path) not in str(caught.value)


def test_a_cell_that_is_no_number_is_named_with_its_row(tmp_path) -> None:
    (tmp_path / "churns.csv").write_text("grade,yearly_rate,churn_share\nA,0.04,0\nA,4%,0.1\n", encoding="utf-8")
    with pytest.raises(BadData, match="row 2: 4%, 0.1"):
        read_churns(tmp_path)


def test_without_default_the_best_rate_of_a_straight_line_is_its_middle(table) -> None:
    """Closed form: with churn rising evenly from 4 to 15 percent and cost 2 percent, the best rate is 8.5 percent."""
    good = pd.DataFrame({"rating": ["A"] * 4000, "is_defaulted": [False] * 4000})
    found = churn_prices(read_churns(table), customers=good, cost_rate=0.02, lgd_share=0.0)
    assert found["yearly_rate"].item() == pytest.approx(0.085) and found["total_count"].item() == 4000


def test_a_branch_without_those_grades_is_refused(table) -> None:
    others = pd.DataFrame({"rating": ["Z"], "is_defaulted": [False]})
    with pytest.raises(EmptyBook, match="no customer has a grade of the churn table"):
        churn_prices(read_churns(table), customers=others, cost_rate=0.02, lgd_share=0.4)


GRID = np.linspace(0.04, 0.15, 1101)
LINE = pd.DataFrame({"grade": "A", "yearly_rate": GRID, "churn_share": (GRID - 0.04) / 0.11})


def rates(pd_rate, **columns):
    return pd.DataFrame({"grade": ["A"], "pd_rate": [pd_rate]} | columns)


@pytest.mark.parametrize(("pd_rate", "cost"), [(0.0, 0.0), (0.0, 0.02), (0.02, 0.01), (0.05, 0.02)])
def test_the_best_rate_on_a_straight_line(pd_rate, cost) -> None:
    """(0.15 - r)((1 - p) r - p - k) is largest at (0.15 + (p + k)/(1 - p)) / 2."""
    best = best_rates(LINE, default_rates=rates(pd_rate), cost_rate=cost).iloc[0]
    assert best["yearly_rate"] == pytest.approx((0.15 + (pd_rate + cost) / (1 - pd_rate)) / 2, abs=1e-4)
    assert best["bound_by"] == "profit" and best["near_low_rate"] < best["yearly_rate"] < best["near_high_rate"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_the_smooth_curve_rises_keeps_the_mean_and_is_its_own(seen) -> None:
    table = pd.DataFrame({"grade": "A", "yearly_rate": np.arange(len(seen)) / 100, "churn_share": seen})
    found = smooth_churn(table)
    assert (found["churn_share"].diff().dropna() >= -1e-12).all()
    assert found["churn_share"].mean() == pytest.approx(np.mean(seen), abs=1e-9)
    again = smooth_churn(found)["churn_share"]
    assert np.allclose(again, found["churn_share"])


def test_a_monotone_table_is_not_moved_and_row_order_does_not_matter(unchanged) -> None:
    shuffled = LINE.sample(frac=1, random_state=3)
    with unchanged(LINE, shuffled):
        found = smooth_churn(shuffled)
    assert found["moved_share"].abs().max() == 0
    pd.testing.assert_frame_equal(found, smooth_churn(LINE))


def test_higher_losses_never_lower_the_rate() -> None:
    found = [best_rates(LINE, default_rates=rates(each))["yearly_rate"].item() for each in (0, 0.01, 0.03, 0.06)]
    assert found == sorted(found)


def test_a_corridor_binds_and_says_so() -> None:
    best = best_rates(LINE, default_rates=rates(0.0), high_rate=0.06).iloc[0]
    assert best["yearly_rate"] == pytest.approx(0.06) and best["bound_by"] == "high_end"
    assert not best_rates(LINE, default_rates=rates(0.5)).iloc[0]["is_lent"]


def test_loss_given_default_counts_where_it_is_given() -> None:
    half = priced_rates(LINE, default_rates=rates(0.1, lgd_share=[0.5])).iloc[0]
    assert half["margin_rate"] == pytest.approx(0.9 * 0.04 - 0.05)


@pytest.mark.parametrize(
    ("table", "message"),
    [(LINE.drop(columns="grade"), "no column grade"), (LINE.assign(yearly_rate=GRID * 100), "outside 0 to 1"),
     (pd.concat([LINE, LINE]), "one rate twice")],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_refused(table, message) -> None:
    with pytest.raises(BadData, match=message):
        smooth_churn(table)


def test_a_grade_without_a_default_rate_and_an_empty_corridor_are_refused() -> None:
    with pytest.raises(BadData, match="no default rate for grade A"):
        best_rates(LINE, default_rates=rates(0.1).assign(grade="B"))
    with pytest.raises(BadData, match="no rate of the table lies between"):
        best_rates(LINE, default_rates=rates(0.1), low_rate=0.2, high_rate=0.3)


FLOORS = pd.DataFrame({
    "pd_case": ["mean", "upper"] * 2, "amount_yuan": [1e5, 1e5, 3e5, 3e5],
    "floor_taxed_rate": [0.06, 0.065, 0.045, 0.05], "yearly_rate": 0.0585,
})  # fmt: skip
PEERS = pd.DataFrame({"eir_rate": [0.05, 0.06, 0.07]})
PRINTED = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.25, True)


def test_value_is_nothing_at_the_floor_and_a_basis_point_is_worth_its_tax() -> None:
    """TV-A13: RAROC is 12 % at 5.38675 %, so EVA is 0 there."""
    assert economic_value(PRINTED, yearly_rate=0.0538675, balance_yuan=1e6) == pytest.approx(0, abs=1e-6)
    point = economic_value(PRINTED, yearly_rate=0.0539675, balance_yuan=1e6)
    assert point == pytest.approx(1e6 * 0.0001 * 0.75)


@given(st.floats(0, 0.2), st.floats(0.001, 0.2))
def test_value_and_margin_share_their_sign(pd_rate, rate) -> None:
    parts = replace(PRINTED, pd_rate=pd_rate)
    row = value_by_rate(parts, rates=[rate], balance_yuan=1e6).iloc[0]
    assert row["eva_yuan"] == pytest.approx(0.75e6 * (rate - floor_rate(parts)), abs=1e-4)


def test_a_corridor_by_size() -> None:
    found = price_corridor(FLOORS, peers=PEERS, alternative_rate=0.12)
    assert found["state"].to_list() == ["under_floor", "inside"]
    assert found["ceiling_rate"].to_list() == [0.065, 0.065] and set(found["ceiling_by"]) == {"peers"}
    assert found["room_rate"].to_list() == pytest.approx([0.005, 0.02])


@pytest.mark.parametrize(
    ("alternative", "state"), [(0.05, "over_ceiling"), (0.04, "closed"), (None, "inside"), (0.2, "inside")]
)
def test_what_the_borrower_could_do_instead(alternative, state) -> None:
    found = price_corridor(FLOORS, peers=PEERS, alternative_rate=alternative)
    assert found["state"].iloc[1] == state


def test_without_peers_or_alternative_the_ceiling_is_unknown(unchanged) -> None:
    with unchanged(FLOORS):
        found = price_corridor(FLOORS, peers=PEERS.iloc[:0])
    assert found["state"].to_list() == ["under_floor", "unknown"] and found["ceiling_rate"].isna().all()


def test_a_cost_in_percent_and_a_missing_floor_are_refused() -> None:
    with pytest.raises(BadData, match="outside 0 to 1"):
        price_corridor(FLOORS, peers=pd.DataFrame({"eir_rate": [5.5]}))
    with pytest.raises(BadData, match="no floor at the mean"):
        price_corridor(FLOORS[FLOORS["pd_case"] == "upper"], peers=PEERS)


def test_profit_of_a_line_is_its_margin_over_the_floor(hospital, policy) -> None:
    from microlib.design.prices import price_floors

    rates = pd.DataFrame({"pd_case": ["mean"], "pd_rate": [0.01]})
    floors = price_floors(rates, product=hospital, policy=policy.pricing)
    found = yearly_margins(floors["amount_yuan"], product=hospital, policy=policy.pricing, pd_rate=0.01)
    drawn = float(hospital.volumes.used_share)
    assert np.allclose(found["profit_rate"], drawn * (floors["yearly_rate"] - floors["floor_rate"]))


def test_draws_are_the_posterior_and_do_not_change() -> None:
    """Beta(b + 1/2, n - b + 1/2) has the mean (b + 1/2)/(n + 1)."""
    counts = pd.DataFrame({"grade": ["A", "B"], "total_count": [27, 38], "bad_count": [0, 1]})
    drawn = draw_default_rates(counts, draws_count=20_000)
    means = mean_default_rates(counts)["pd_rate"]
    assert drawn.mean().to_list() == pytest.approx(means.to_list(), abs=0.001)
    pd.testing.assert_frame_equal(drawn, draw_default_rates(counts, draws_count=20_000))
    with pytest.raises(BadData, match="a count is missing"):
        draw_default_rates(counts.assign(bad_count=99))

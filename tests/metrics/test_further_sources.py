"""Landlords, channels and seasons as sources."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microlib.contracts.policies import StressPolicy
from microlib.metrics.further_sources import further_members
from microlib.metrics.sources import affected_balances, stopped_coverages

AS_OF = date(2026, 6, 30)
STRESS = StressPolicy(
    stop_days=90, coverage_months=12, dependence_share=0.5, pd_low=0.3, pd_high=0.6, lgd_low=0.4, lgd_high=0.65,
    correlation={},
)  # fmt: skip
LOANS = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "balance_yuan": [4e5, 3e5, 0.0], "channel": ["a", None, "a"]})
ROSTERS = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3", "C1"], "kind": ["market", "market", "market", "village"],
    "landlord_hash": ["x", "x", "x", "y"],
})  # fmt: skip


def flows(inflows, customer="C1"):
    months = [str(month) for month in pd.period_range("2024-07", periods=len(inflows), freq="M")]
    return pd.DataFrame({"customer_id": customer, "month": months, "inflow_yuan": inflows})


def season(inflows):
    found = further_members(LOANS[["customer_id", "balance_yuan"]], None, flows(inflows), as_of=AS_OF)
    return found[["source_id", "income_share"]].to_numpy().tolist()


def test_a_landlord_of_stalls_holds_all_their_takings_and_a_village_has_none():
    found = further_members(LOANS[["customer_id", "balance_yuan"]], ROSTERS, as_of=AS_OF)
    assert found[["source_id", "customer_id", "income_share"]].to_numpy().tolist() == [
        ["x", "C1", 1.0],
        ["x", "C2", 1.0],
    ]


def test_a_channel_brings_customers_not_income():
    found = further_members(LOANS, as_of=AS_OF)
    row = affected_balances(found, stress=STRESS).iloc[0]
    assert (row.source_kind, row.affected_yuan, row.unknown_yuan) == ("channel", 0.0, 4e5)


def test_the_season_may_run_over_the_turn_of_the_year():
    """Months from July on; November to January take 6 of 15 parts in each of two years."""
    assert season(([1.0] * 4 + [2.0, 2.0, 2.0] + [1.0] * 5) * 2) == [["11-01", 0.4]]


def test_an_even_year_holds_a_quarter_in_any_season():
    assert season([1.0] * 24)[0][1] == pytest.approx(0.25)


def test_a_failed_season_is_lost_for_the_year():
    """(0 + 12 x 20,000 - 12 x 0.4 x (100,000 - 50,000)) / 200,000 = 0; three months of stop would leave 0.9."""
    rows = pd.DataFrame({"source_kind": ["season", "core"], "customer_id": "C1", "income_share": 0.4})
    cash = pd.DataFrame({"customer_id": ["C1"], "buffer_yuan": 0.0, "inflow_month_yuan": 1e5, "outflow_month_yuan": 8e4,
                         "fixed_month_yuan": 3e4, "debt_service_yuan": 2e5})  # fmt: skip
    assert stopped_coverages(rows, cash, stress=STRESS).tolist() == pytest.approx([0.0, 0.9])


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(1.0, 1e6), min_size=24, max_size=24), st.floats(0.1, 100.0))
@example([*[1.0] * 23, 81_917.0], 0.1)
def test_the_best_season_holds_a_quarter_at_least_and_scale_does_not_move_it(inflows, scale):
    (name, share), (again, other) = season(inflows)[0], season(list(np.array(inflows) * scale))[0]
    assert name == again and 0.25 - 1e-9 <= share <= 1.0 and share == pytest.approx(other)


@pytest.mark.parametrize("inflows", [[1.0] * 23, [0.0] * 24, []])
def test_a_short_or_empty_record_shows_no_season(inflows):
    assert season(inflows) == []


def test_the_frames_given_are_not_altered(unchanged):
    money = flows([1.0] * 24)
    with unchanged(LOANS, ROSTERS, money):
        further_members(LOANS, ROSTERS, money, as_of=AS_OF)


def test_no_loans_have_no_sources():
    assert further_members(LOANS.iloc[:0], ROSTERS, flows([1.0] * 24), as_of=AS_OF).empty

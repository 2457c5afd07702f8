"""Decisions are made on the interval, name their owner and date, and are never more than three."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from microlib.design import decisions
from microlib.design.policies import read_policy

AS_OF = date(2026, 6, 30)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def policy() -> object:
    return read_policy(ROOT, as_of="2026-06-30")


def _rates(low: float, high: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": ["market"],
            "share": [(low + high) / 2],
            "share_low": [low],
            "share_high": [high],
            "base_yuan": [1e6],
        }
    )


@pytest.mark.parametrize(("low", "high", "action"), [(0.0, 0.03, "do"), (0.02, 0.09, "wait"), (0.06, 0.2, "stop")])
def test_a_segment_is_judged_on_its_whole_interval(policy, low: float, high: float, action: str) -> None:
    found = decisions.segment_decisions(_rates(low, high), policy=policy, as_of=AS_OF)
    assert found["action"].tolist() == [action]


def test_not_stopping_costs_balance_times_share_times_lgd(policy) -> None:
    found = decisions.segment_decisions(_rates(0.1, 0.3), policy=policy, as_of=AS_OF)
    assert found["waiting_cost_yuan"].item() == pytest.approx(1e6 * 0.2 * float(policy.stress.lgd_high))


def test_a_source_over_its_cap_is_stopped_by_the_excess(policy) -> None:
    rooms = pd.DataFrame({"source_id": ["H1", "H2"], "headroom_yuan": [-5e5, 1e5], "loss_high_yuan": [2e5, 1e5]})
    found = decisions.source_decisions(rooms, policy=policy, as_of=AS_OF)
    assert found[["segment", "amount_yuan", "waiting_cost_yuan"]].to_numpy().tolist() == [["H1", 5e5, 2e5]]


def test_what_crosses_is_due_before_the_first_crossing(policy) -> None:
    crossing = pd.DataFrame({"balance_yuan": [1e5, 2e5], "crossing_date": pd.to_datetime(["2026-07-20", "2026-07-09"])})
    maturing = pd.DataFrame(
        {
            "horizon_days": [30, 60],
            "balance_yuan": [1e6, 2e6],
            "unconfirmed_yuan": [0.0, 1e5],
            "unknown_yuan": [0.0, 0.0],
        }
    )
    found = decisions.maturity_decisions(crossing, maturing, policy=policy, as_of=AS_OF)
    assert found[["amount_yuan", "due_date"]].to_numpy().tolist() == [[3e5, pd.Timestamp("2026-07-09")]]


def test_at_most_three_are_chosen_and_each_action_comes_first_once(policy) -> None:
    rates = pd.concat([_rates(0.06, 0.2).assign(segment=name) for name in "abcd"] + [_rates(0.02, 0.09)])
    chosen = decisions.choose_decisions(decisions.segment_decisions(rates, policy=policy, as_of=AS_OF))
    assert chosen["action"].tolist() == ["stop", "wait", "stop"]


def test_nothing_to_decide_is_an_empty_frame_with_the_columns() -> None:
    assert decisions.choose_decisions().columns.tolist() == list(decisions.COLUMNS)

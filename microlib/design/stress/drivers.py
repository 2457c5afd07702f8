"""One quantity turned at a time: the tornado, and how far each must turn before a year's margin is lost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from microlib.contracts.policies import StressPolicy
from microlib.contracts.scenarios import Driver, StressBook
from microlib.design.stress.losses import aim_at_worst
from microlib.design.stress.shocks import strike
from microlib.errors import NoMargin

#: halvings of the range: to a ten-millionth of it
HALVINGS = 24


def driver_tornado(lines: pd.DataFrame, *, stresses: StressBook, policy: StressPolicy) -> pd.DataFrame:
    """Turn each driver from its mild to its severe value, all else as it is, widest swing first.

    Answers "which one thing matters most to this product?"

    Parameters
    ----------
    lines : DataFrame
        Result of `lines.stress_lines`. Not modified.
    stresses : StressBook
    policy : StressPolicy

    Returns
    -------
    DataFrame
        One row per driver: ``driver, varies, low_value, high_value``, ``loss_at_low_yuan, loss_at_high_yuan`` (high
        case), ``swing_yuan``, ``short_at_low_count, short_at_high_count``, ``hit_count``, ``unknown_count``; a driver
        that reaches nobody has swing 0 and ``hit_count`` 0
    """
    rows = []
    for driver in stresses.drivers:
        turn = _turned(lines, driver, stresses=stresses, policy=policy)
        low, high = turn(driver.low), turn(driver.high)
        rows.append({
            "driver": driver.code, "varies": driver.varies, "low_value": driver.low, "high_value": driver.high,
            "loss_at_low_yuan": low["loss"], "loss_at_high_yuan": high["loss"],
            "swing_yuan": high["loss"] - low["loss"], "short_at_low_count": low["short"],
            "short_at_high_count": high["short"], "hit_count": high["hit"], "unknown_count": high["unknown"],
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values("swing_yuan", ascending=False, kind="stable", ignore_index=True)


def breaking_points(lines: pd.DataFrame, *, stresses: StressBook, policy: StressPolicy) -> pd.DataFrame:
    r"""Find how far each driver must turn, alone, before the high loss reaches a year's margin (reverse stress).

    Answers "what must happen for this product to lose what it earns in a year?"

    .. math:: v^* = \min \{ v \le v_{most} : loss_{high}(v) \ge margin \}

    The loss rises or stays as a driver turns, so halving the range finds the one point.

    Returns
    -------
    DataFrame
        One row per driver, as written: ``driver, varies, most_value``; ``state`` (``breaks``, ``holds``: not even the
        most does, ``broken``: the loss is there already, ``not_applicable``, ``unknown``); ``breaking_value`` (missing
        unless it breaks), ``short_count``, ``loss_yuan`` (there, or at the most), ``margin_yuan``, ``unknown_count``

    Raises
    ------
    NoMargin
        If no line was sized, or the lines earn no margin that could be lost.
    """
    margin = float(lines["margin_yuan"].sum()) if len(lines) else 0.0
    if not margin > 0:
        raise NoMargin("there is no year's margin to lose", where="stress", fix="mend the price first: see the floor")
    return pd.DataFrame([_break(lines, driver, margin, stresses, policy) for driver in stresses.drivers])


def _break(lines: pd.DataFrame, driver: Driver, margin: float, stresses: StressBook, policy: StressPolicy) -> dict:
    turn = _turned(lines, driver, stresses=stresses, policy=policy)
    start, end = turn(0.0), turn(driver.most)
    state = "breaks" if end["loss"] >= margin else "holds"
    state = "broken" if start["loss"] >= margin else state
    state = "unknown" if end["hit"] and end["hit"] == end["unknown"] else state
    state = state if end["hit"] else "not_applicable"
    low, high = 0.0, driver.most
    for _ in range(HALVINGS if state == "breaks" else 0):
        middle = (low + high) / 2
        loss = turn(middle)["loss"]
        low, high = (low, middle) if loss >= margin else (middle, high)
    there = turn(high)
    return {
        "driver": driver.code, "varies": driver.varies, "most_value": driver.most, "state": state,
        "breaking_value": high if state == "breaks" else np.nan, "short_count": there["short"],
        "loss_yuan": there["loss"], "margin_yuan": margin, "unknown_count": there["unknown"],
    }  # fmt: skip


def _turned(
    lines: pd.DataFrame, driver: Driver, *, stresses: StressBook, policy: StressPolicy
) -> Callable[[float], dict]:
    """Return what a driver does at any value, on the source that its most would cost most."""
    fixed = stresses.fixed_cost_share
    most = driver.model_copy(update={driver.varies: driver.most})
    members, _ = aim_at_worst(lines, most, policy=policy, fixed=fixed)

    def at(value: float) -> dict:
        turned = driver.model_copy(update={driver.varies: value})
        found = strike(lines, [(turned, members)], policy=policy, fixed_cost_share=fixed)
        return {
            "loss": float(found["loss_high_yuan"].sum()), "short": int(found["is_short"].sum()),
            "hit": int(found["is_hit"].sum()), "unknown": int(found["is_unknown"].sum()),
        }  # fmt: skip

    return at

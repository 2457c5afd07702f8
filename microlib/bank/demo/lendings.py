"""Sixty months of lending, lived one after the other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.draws import make_planted_draws
from microlib.bank.demo.ledgers import LIVE, Ledger
from microlib.bank.demo.months import live_month
from microlib.bank.demo.worlds import MONTHS, PANEL_FROM, REPAID_FROM, World, month_ends


def live_through(world: World) -> None:
    """Run the months and note the ledger, the month-ends and the payments."""
    dice = world.dice("lendings")
    world.notes["luck"] = _sources_luck(world)
    make_planted_draws(world)
    ledger, panels, payments = Ledger(), [], []
    world.notes["ledger"] = ledger
    for month in range(len(MONTHS)):
        before = ledger.live()
        paid = live_month(world, month, dice)
        if month >= PANEL_FROM:
            panels.append(_month_rows(ledger, np.union1d(before, ledger.live()), month))
        if month >= REPAID_FROM:
            payments.extend(pd.DataFrame(part) for part in paid)
    world.notes["panel"] = pd.concat(panels, ignore_index=True)
    world.notes["payments"] = pd.concat(payments, ignore_index=True)


def _sources_luck(world: World) -> np.ndarray:
    """Common luck of each group by month: strong where members share a source, mild elsewhere."""
    people = world.notes["people"]
    shares = people.groupby("group_number").core_id.first() != ""
    dice = world.dice("luck")
    shocks = dice.normal(size=(14, len(MONTHS)))
    state = np.zeros_like(shocks)
    for month in range(1, len(MONTHS)):
        state[:, month] = 0.8 * state[:, month - 1] + 0.6 * shocks[:, month]
    spread = np.full((14, 1), 0.2)
    spread[shares[shares].index] = 0.8
    return np.exp(spread * state - spread**2 / 2)


def _month_rows(ledger: Ledger, rows: np.ndarray, month: int) -> pd.DataFrame:
    live = ledger["status"][rows] == LIVE
    balance = np.where(live, ledger.balance(rows, ledger["paid_terms"][rows]), 0.0)
    late = (month_ends(np.array([month]))[0] - ledger["overdue_from"][rows]).astype(float)
    overdue = np.where(live, np.nan_to_num(np.where(late < 0, 0, late)), 0).astype(int)
    return pd.DataFrame({"row": rows, "month": month, "balance_yuan": balance, "overdue_days": overdue,
                         "state": ledger["status"][rows], "watch": ledger["watch"][rows]})  # fmt: skip

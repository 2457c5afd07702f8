"""Month-end balances, repayments and the schedules of running loans, for branches that deliver them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.ledgers import LIVE, SEASONAL
from microlib.bank.demo.loans import STATES, class_of
from microlib.bank.demo.worlds import MONTHS, World


def make_behaviours(world: World) -> None:
    """Write loan_months, repayments and schedules."""
    shown = _shown_loans(world)
    world.keep("loan_months", _loan_months(world, shown))
    world.keep("repayments", _repayments(world, shown))
    world.keep("schedules", _schedules(world, shown))


def _shown_loans(world: World) -> np.ndarray:
    """For each ledger row, whether its branch delivers more than the ledger."""
    levels = world.notes["places"].set_index("branch_id").level
    return (world.frames["loans"].branch_id.map(levels) >= 1).to_numpy()


def _loan_months(world: World, shown: np.ndarray) -> pd.DataFrame:
    panel = world.notes["panel"]
    panel = panel[shown[panel["row"]]].reset_index(drop=True)
    days = panel.overdue_days.to_numpy()
    rate = world.notes["ledger"]["rate"][panel["row"]]
    lost = (panel.state > 1).to_numpy()
    return pd.DataFrame({
        "loan_id": world.frames["loans"].loan_id.to_numpy()[panel["row"]],
        "month": MONTHS.astype(str)[panel.month],
        "balance_yuan": panel.balance_yuan,
        "overdue_days": days,
        "class5": np.where(lost, "loss", class_of(days, panel.watch.to_numpy() & (panel.state == LIVE))),
        "status": np.where(days > 0, "overdue", STATES[panel.state]),
        "yearly_rate": rate,
    })  # fmt: skip


def _repayments(world: World, shown: np.ndarray) -> pd.DataFrame:
    paid = world.notes["payments"]
    paid = paid[shown[paid["row"]] & (paid.principal + paid.interest > 0)].sort_values(["row", "date"], kind="stable")
    frame = pd.DataFrame({
        "loan_id": world.frames["loans"].loan_id.to_numpy()[paid["row"]],
        "paid_date": paid.date.to_numpy(),
        "principal_yuan": paid.principal.to_numpy(),
        "interest_yuan": paid.interest.to_numpy(),
        "source": paid.source.to_numpy(),
    })  # fmt: skip
    return frame.assign(fee_yuan=0.0, sequence_number=frame.groupby(["loan_id", "paid_date"]).cumcount() + 1)


def _schedules(world: World, shown: np.ndarray) -> pd.DataFrame:
    ledger = world.notes["ledger"]
    rows = ledger.live()
    rows = rows[shown[rows]]
    single = ledger["method"][rows] == SEASONAL
    counts = np.where(single, 1, ledger["term"][rows])
    row = np.repeat(rows, counts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    crop = np.repeat(single, counts)
    before = ledger.balance(row, np.where(crop, 0, number - 1))
    after = ledger.balance(row, np.where(crop, ledger["term"][row], number))
    months = np.where(crop, ledger["term"][row], 1)
    return pd.DataFrame({
        "loan_id": world.frames["loans"].loan_id.to_numpy()[row],
        "term_number": number,
        "due_date": ledger.due_date(row, number),
        "principal_yuan": np.round(before - after, 2),
        "interest_yuan": np.round(before * ledger["rate"][row] / 12 * months, 2),
        "fee_yuan": 0.0,
    })  # fmt: skip

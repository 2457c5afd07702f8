"""What managers were credited with, month by month: honest ones, hoarders at the pay step, and month-end rushers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World

MONTHS = pd.period_range("2024-07", "2026-06", freq="M")
PAY_STEP = 3  # credited loans a month from which the bonus is paid
BASE_PAY_YUAN, LOAN_PAY_YUAN, STEP_PAY_YUAN = 6_000.0, 300.0, 1_800.0
GAMING_FROM = 15  # only branches with this many managers hold the planted ones
PLANTED = 3  # of each kind, in each such branch


def make_manager_months(world: World) -> None:
    """Write the months of every manager of the branches that deliver marketing data."""
    dice = world.dice("rm_months")
    desks = _desks(world)
    kinds = _planted(desks, dice)
    counts, amounts, late = _lent(world, desks)
    counts, amounts = _hoarded(counts, amounts, [name for name, kind in kinds.items() if kind == "hoards"])
    rushed = late.index.get_level_values("rm_id").isin([name for name, kind in kinds.items() if kind == "rushes"])
    late = np.where(rushed, dice.binomial(counts.astype(int), 0.75), np.minimum(late, counts))
    frame = pd.DataFrame({"loans_count": counts, "amount_yuan": amounts, "late_loans_count": late}).reset_index()
    frame = _worked(frame.merge(desks, on="rm_id"), world, dice)
    world.keep("rm_months", frame)
    world.truth["gaming"] = {
        "hoarders": sorted(name for name, kind in kinds.items() if kind == "hoards"),
        "rushers": sorted(name for name, kind in kinds.items() if kind == "rushes"), "pay_step_count": PAY_STEP,
    }  # fmt: skip


def _desks(world: World) -> pd.DataFrame:
    levels = world.notes["places"].set_index("branch_id").level
    rms = world.frames["rms"]
    return rms[rms.branch_id.map(levels).ge(3)][["rm_id", "branch_id", "hours_month_count", "selling_share"]]


def _planted(desks: pd.DataFrame, dice: np.random.Generator) -> dict[str, str]:
    kinds = {}
    for _, own in desks.groupby("branch_id"):
        if len(own) >= GAMING_FROM:
            chosen = dice.permutation(own.rm_id.to_numpy())[: 2 * PLANTED]
            kinds |= dict.fromkeys(chosen[:PLANTED], "hoards") | dict.fromkeys(chosen[PLANTED:], "rushes")
    return kinds


def _lent(world: World, desks: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return count, amount and count of the last three days of each manager's months, from the ledger."""
    loans = world.frames["loans"]
    loans = loans[loans.issue_type.eq("new") & loans.rm_id.isin(desks.rm_id)]
    month = loans.disbursed_date.dt.to_period("M")
    left = (loans.disbursed_date + pd.offsets.MonthEnd(0) - loans.disbursed_date).dt.days
    every = pd.MultiIndex.from_product([sorted(desks.rm_id), MONTHS], names=["rm_id", "period"])
    by = [loans.rm_id, month.rename("period")]
    parts = (loans.groupby(by).size(), loans.groupby(by).amount_yuan.sum(), (left < 3).groupby(by).sum())
    return tuple(part.reindex(every, fill_value=0) for part in parts)


def _hoarded(counts: pd.Series, amounts: pd.Series, names: list) -> tuple[pd.Series, pd.Series]:
    """Hold loans back until the step is reached, then have exactly so many credited."""
    counts, amounts = counts.copy(), amounts.copy()
    for name in names:
        kept, drawer, worth = [], 0, 0.0
        for count, amount in zip(counts[name], amounts[name], strict=True):
            drawer, worth = drawer + count, worth + amount
            shown = PAY_STEP if drawer >= PAY_STEP else 0
            part = worth * shown / drawer if shown else 0.0
            kept.append((shown, part))
            drawer, worth = drawer - shown, worth - part
        counts.loc[name], amounts.loc[name] = [list(column) for column in zip(*kept, strict=True)]
    return counts, amounts


def _worked(frame: pd.DataFrame, world: World, dice: np.random.Generator) -> pd.DataFrame:
    n = len(frame)
    leave = dice.binomial(20, 0.04, n)
    hours = frame.hours_month_count * frame.selling_share * (1 - leave / 22)
    asked = world.frames["applications"]
    applied = asked.groupby([asked.rm_id, asked.submitted_at.dt.to_period("M").rename("period")]).size()
    late = _overdue(world)
    keys = pd.MultiIndex.from_frame(frame[["rm_id", "period"]])
    pay = BASE_PAY_YUAN + LOAN_PAY_YUAN * frame.loans_count + STEP_PAY_YUAN * (frame.loans_count >= PAY_STEP)
    return frame.assign(
        month=frame.period.astype(str), leave_days=leave,
        visits_count=dice.poisson(np.maximum(hours / 3.2, 1)), calls_count=dice.poisson(np.maximum(hours * 1.4, 1)),
        applications_count=applied.reindex(keys).fillna(0).to_numpy(dtype=int),
        overdue30_yuan=late.reindex(keys).fillna(0.0).to_numpy(), pay_yuan=pay.astype(float),
        fee_yuan=(frame.amount_yuan * 0.0004).round(0), net_income_yuan=(frame.amount_yuan * 0.021).round(0),
    )  # fmt: skip


def _overdue(world: World) -> pd.Series:
    months = world.frames["loan_months"]
    months = months[months.overdue_days > 30]
    owner = world.frames["loans"].set_index("loan_id").rm_id
    period = pd.PeriodIndex(months.month, freq="M").rename("period")
    return months.balance_yuan.groupby([months.loan_id.map(owner).rename("rm_id").to_numpy(), period]).sum()

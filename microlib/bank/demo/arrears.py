"""Truths about lateness: what crosses 90 days, what is newly late, which renewals hide arrears and which do not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, MONTHS, World

NEXT_MONTH_END = pd.Timestamp("2026-07-31")
#: renewals from here on have 180 days of month-ends before them
JUDGED_FROM = pd.Timestamp("2024-01-31")


def warning_truths(world: World) -> dict:
    """List what the first page must warn of, loan by loan; strict cut: day 91 is the first bad one."""
    loans = world.frames["loans"]
    live = loans[loans.balance_yuan > 0]
    days = (live.maturity_date - pd.Timestamp(AS_OF)).dt.days
    crossing = live[live.overdue_days.between(1, 90)]
    on = crossing.first_overdue_date + pd.Timedelta(days=91)
    crossing = crossing.assign(on=on.dt.strftime("%Y-%m-%d"))[on <= NEXT_MONTH_END]
    fresh = live[live.overdue_days.between(1, 30)]
    unconfirmed = ~live.repayment_source_confirmed.fillna(False).astype(bool)
    soon = {f"maturing_{n}": live.loan_id[days.between(1, n)].tolist() for n in (30, 60, 90)}
    unsure = {
        f"maturing_{n}_unconfirmed": live.loan_id[days.between(1, n) & unconfirmed].tolist() for n in (30, 60, 90)
    }
    return soon | unsure | {
        "crossing_90_before_next_month_end": dict(zip(crossing.loan_id, crossing.on, strict=True)),
        "newly_overdue": fresh.loan_id[~fresh.loan_id.isin(_late_at(world, 58))].tolist(),
        "unpaid_interest": live.loan_id[live.overdue_interest_yuan > 0].tolist(),
        "first_payment_missed": _first_missed(world),
    }  # fmt: skip


def renewal_truths(world: World) -> dict:
    """Sort the renewals that can be judged: arrears before, rolled over without cash, neither."""
    loans, ledger = world.frames["loans"], world.notes["ledger"]
    levels = world.notes["places"].set_index("branch_id").level
    renewal = (loans.issue_type != "new") & (loans.disbursed_date >= JUDGED_FROM)
    rows = np.flatnonzero(renewal & (loans.branch_id.map(levels) >= 1))
    why = {
        "overdue": _troubled(world, rows, "late"),
        "class": _troubled(world, rows, "watch"),
        "raised_for_interest": ledger["strained"][rows]
        & (ledger["amount"][rows] > ledger["amount"][ledger["previous"][rows]]),
        "rolled_without_cash": _rolled(world, rows, "perennial_weak"),
    }
    hides = np.logical_or.reduce(list(why.values()))
    ids = loans.loan_id.to_numpy()[rows]
    return {
        "renewals_hiding_arrears": {name: ids[flags].tolist() for name, flags in why.items()}
        | {"all": ids[hides].tolist()},
        "renewals_compliant": ids[~hides].tolist(),
        "rolled_over_with_cash": ids[_rolled(world, rows, "perennial_strong")].tolist(),
        "rolled_over_unplanted": ids[(ledger["rollovers"][rows] >= 3) & ~_planted(world, rows)].tolist(),
        "renewals_judged": {"from": str(JUDGED_FROM.date()), "at": "month-ends 0 to 180 days before the renewal"},
    }


def _late_at(world: World, month: int) -> pd.Series:
    panel = world.notes["panel"]
    rows = panel["row"][(panel.month == month) & (panel.overdue_days > 0)]
    return world.frames["loans"].loan_id.iloc[rows]


def _first_missed(world: World) -> list[str]:
    """Running loans whose very first payment is still owed, disbursed within the last twelve months."""
    ledger, loans = world.notes["ledger"], world.frames["loans"]
    owing = ledger["first_missed"] & (ledger["paid_terms"] == 0) & (loans.overdue_days > 0)
    return loans.loan_id[owing & (loans.disbursed_date > pd.Timestamp("2025-06-30"))].tolist()


def _troubled(world: World, rows: np.ndarray, what: str) -> np.ndarray:
    """Whether the loan renewed was late, or watched, at a month-end of the 180 days before the renewal."""
    panel, ledger = world.notes["panel"], world.notes["ledger"]
    ends = (MONTHS + 1).astype("datetime64[D]") - 1
    # another class than overdue days alone would give counts as class; overdue days up to 7 stay normal
    sign = panel.overdue_days > 0 if what == "late" else (panel.overdue_days > 7) | panel.watch
    marks = panel.loc[sign, ["row", "month"]]
    found = pd.DataFrame({"row": ledger["previous"][rows], "on": ledger["opened"][rows], "place": np.arange(len(rows))})
    found = found.merge(marks, on="row")
    before = (found.on.to_numpy().astype("datetime64[D]") - ends[found.month]).astype(int)
    return np.isin(np.arange(len(rows)), found.place[(before >= 0) & (before <= 180)])


def _planted(world: World, rows: np.ndarray) -> np.ndarray:
    casts = world.notes["casts"]
    perennial = np.concatenate([casts["perennial_weak"], casts["perennial_strong"]])
    return np.isin(world.notes["ledger"]["person"][rows], perennial)


def _rolled(world: World, rows: np.ndarray, part: str) -> np.ndarray:
    """Whether the loan is at least the third rollover of a planted perennial renewer."""
    ledger = world.notes["ledger"]
    planted = np.isin(ledger["person"][rows], world.notes["casts"][part])
    return planted & (ledger["rollovers"][rows] >= 3)

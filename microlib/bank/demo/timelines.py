"""Office hours, papers and devices of applications; and the ones in 0755 whose order of steps deserves a look."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.masks import masked, masked_all
from microlib.bank.demo.worlds import World
from microlib.calendars import is_working_day

PLACE = "0755"
LAST = "2026-06-30 18:00"
MOMENTS = ("submitted_at", "documents_complete_at", "surveyed_at", "decided_at", "signed_at")
REQUIRED = {"P05": 7, "P03": 6, "P04": 6}  # papers that a product asks for; others ask for three
#: how many of each oddity
EARLY, HASTY, CROWD, SHORT = 9, 8, 10, 10
ODD_APPROVER = "S0755_2"
#: part of the branch's bad loans of the window that one desk decided; the mix is that of anybody
ODD_SHARE = 0.8


def make_timelines(world: World) -> None:
    """Complete the applications: steps within office hours, papers, devices, their loans; then plant what is odd."""
    dice = world.dice("timelines")
    frame = _with_loans(world.frames["applications"], world.frames["loans"])
    frame = _in_office(_with_steps(frame, dice))
    frame["documents_required_count"] = frame.product_id.map(REQUIRED).fillna(3).astype(int)
    frame["documents_count"] = np.maximum(frame.documents_count, frame.documents_required_count)
    frame["device_hash"] = _devices(world, frame)
    ours = np.flatnonzero((frame.branch_id == PLACE) & frame.loan_id.notna())
    truth = _plant_moments(frame, ours, dice) | _plant_papers(frame, ours, dice)
    truth["disbursed_before_registration"] = _plant_registration(world, dice)
    truth["odd_approver"] = _plant_approver(world, frame, ours, dice)
    world.keep("applications", frame)
    world.truth["timelines"] = truth


def _with_loans(asked: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    new = loans[loans.issue_type == "new"].drop_duplicates(["customer_id", "disbursed_date", "amount_yuan"])
    index = pd.MultiIndex.from_frame(new[["customer_id", "disbursed_date", "amount_yuan"]])
    day = asked.disbursed_at.dt.normalize()
    wanted = pd.MultiIndex.from_arrays([asked.customer_id, day, asked.granted_yuan])
    return asked.assign(loan_id=pd.Series(new.loan_id.to_numpy(), index=index).reindex(wanted).to_numpy())


def _with_steps(frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    part = dice.random((2, len(frame)))
    complete = frame.submitted_at + (frame.surveyed_at - frame.submitted_at) * part[0]
    signed = frame.decided_at + (frame.disbursed_at - frame.decided_at) * part[1]
    return frame.assign(documents_complete_at=complete, signed_at=signed)


def _in_office(frame: pd.DataFrame) -> pd.DataFrame:
    """Move every step into the office hours of its own day, or of the working day before; their order stays."""
    moved = {}
    for name in MOMENTS:
        day = frame[name].dt.normalize()
        open_day = day.map({each: _working(each) for each in day.dropna().unique()})
        part = (frame[name] - day) / pd.Timedelta(days=1)
        closed = (day - open_day).dt.days
        minutes = np.where(closed > 0, 1020 + 6 * (closed - 1 + part), 540 + 480 * part)
        office = open_day + pd.to_timedelta(np.round(minutes), unit="min")
        moved[name] = office.where(frame.disbursed_at.isna() | (office < frame.disbursed_at), frame.disbursed_at)
    soonest = moved["submitted_at"] + pd.Timedelta(minutes=45)
    slow = {name: moved[name].where(moved[name] > soonest, soonest) for name in MOMENTS[3:]}
    last = frame.disbursed_at.fillna(pd.Timestamp(LAST))
    return frame.assign(
        **moved | {name: each.where(each < last, last).where(moved[name].notna()) for name, each in slow.items()}
    )


def _working(day: pd.Timestamp) -> pd.Timestamp:
    """Return the day, or the working day before it."""
    while not is_working_day(day.date()):
        day -= pd.Timedelta(days=1)
    return day


def _devices(world: World, frame: pd.DataFrame) -> pd.Series:
    people, casts = world.notes["people"], world.notes["casts"]
    own = pd.Series(masked_all("示例设备" + people.customer_id), index=people.customer_id.to_numpy())
    own[people.customer_id[casts["agent_client"]].to_numpy()] = masked("示例代办设备A07")
    own[people.customer_id[casts["split_borrower"]].to_numpy()] = masked("示例设备split")
    return frame.customer_id.map(own)


def _plant_moments(frame: pd.DataFrame, ours: np.ndarray, dice: np.random.Generator) -> dict:
    """Some decided minutes after they were asked, at night; one manager with many decisions on one day."""
    hasty = np.sort(dice.choice(ours, min(HASTY, len(ours)), replace=False))
    night = frame.disbursed_at.iloc[hasty].dt.normalize() - pd.Timedelta(hours=2)
    for name, minutes in zip(MOMENTS, (0, 1, 2, 3, 5), strict=True):
        frame.loc[hasty, name] = night + pd.Timedelta(minutes=minutes)
    rest = np.setdiff1d(ours, hasty)
    busiest = frame.rm_id.iloc[rest].value_counts().index[0]
    of_one = rest[(frame.rm_id.iloc[rest] == busiest).to_numpy()]
    crowd = of_one[np.argsort(frame.disbursed_at.iloc[of_one].to_numpy(), kind="stable")][-CROWD:]
    day = frame.disbursed_at.iloc[crowd].min().normalize() - pd.Timedelta(days=1)
    day = _working(day)
    frame.loc[crowd, "decided_at"] = day + pd.to_timedelta(600 + 20 * np.arange(len(crowd)), unit="min")
    for name in ("submitted_at", "documents_complete_at", "surveyed_at"):
        frame.loc[crowd, name] = np.minimum(frame[name].iloc[crowd], day - pd.Timedelta(hours=8))
    frame.loc[crowd, "signed_at"] = np.maximum(frame.signed_at.iloc[crowd], frame.decided_at.iloc[crowd])
    ids = frame.application_id
    return {"decided_at_night": ids.iloc[hasty].tolist(), "decided_in_minutes": ids.iloc[hasty].tolist(),
            "many_in_a_day": {"rm_id": busiest, "day": str(day.date()), "ids": ids.iloc[crowd].tolist()}}  # fmt: skip


def _plant_papers(frame: pd.DataFrame, ours: np.ndarray, dice: np.random.Generator) -> dict:
    short = np.sort(dice.choice(ours, min(SHORT, len(ours)), replace=False))
    frame.loc[short, "documents_count"] = frame.documents_required_count.iloc[short] - 2
    return {"papers_missing": frame.application_id.iloc[short].tolist()}


def _plant_registration(world: World, dice: np.random.Generator) -> list[str]:
    """Let some pledges of the branch be registered days after the money was out."""
    pledges, links = world.frames["collateral"], world.frames["collateral_links"].set_index("collateral_id").loan_id
    loans = world.frames["loans"].set_index("loan_id")
    loan = pledges.collateral_id.map(links)
    recent = (loan.map(loans.branch_id) == PLACE) & (loan.map(loans.disbursed_date) >= pd.Timestamp("2024-07-01"))
    rows = np.flatnonzero(recent)
    rows = np.sort(dice.choice(rows, min(EARLY, len(rows)), replace=False))
    late = loan.iloc[rows].map(loans.disbursed_date) + pd.to_timedelta(dice.integers(3, 21, len(rows)), unit="D")
    pledges.loc[rows, "registered_date"] = late.clip(upper=pd.Timestamp(world.as_of))
    return loan.iloc[rows].tolist()


def _plant_approver(world: World, frame: pd.DataFrame, ours: np.ndarray, dice: np.random.Generator) -> str:
    loans = world.frames["loans"].set_index("loan_id")
    loan = frame.loan_id.iloc[ours]
    bad = (loan.map(loans.overdue_days) > 90) | loan.map(loans.status).isin(["written_off", "transferred"])
    rows = ours[bad.to_numpy() & (dice.random(len(ours)) < ODD_SHARE)]
    frame.loc[rows, "approver_id"] = ODD_APPROVER
    return ODD_APPROVER

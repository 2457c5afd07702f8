"""Demo conduct: timelines of applications, use of funds and site visits, with planted signs in branch 0755."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.calendars import is_working_day
from microlib.demo.structure import SPLIT_PAYEE
from microlib.demo.world import AS_OF, World, masked, masked_all, pick

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
    return {
        "decided_at_night": ids.iloc[hasty].tolist(),
        "decided_in_minutes": ids.iloc[hasty].tolist(),
        "many_in_a_day": {"rm_id": busiest, "day": str(day.date()), "ids": ids.iloc[crowd].tolist()},
    }


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


SINCE = pd.Timestamp("2024-07-01")
THRESHOLD = 500_000  # above it the law wants the seller paid
NAMES = 3_000
FITTING = {
    "medical_stock": {"supplier": 0.95, "platform": 0.05},
    "stock": {"supplier": 0.9, "landlord": 0.1},
    "project_material": {"supplier": 0.75, "contractor": 0.2, "employee": 0.05},
    "crop": {"supplier": 1.0},
    "equipment": {"supplier": 1.0},
    "turnover": {"supplier": 0.75, "landlord": 0.1, "employee": 0.1, "platform": 0.05},
}
MEMOS = {"supplier": "goods", "contractor": "works", "landlord": "rent", "employee": "wages", "platform": "goods"}
#: how many loans of each planted kind, and of the innocent refunds
SPLIT, RETURNED, PROPERTY, REFUNDED = 12, 12, 9, 60
FAILED = 7  # of those whose money came back, how many went bad


def make_payments(world: World) -> None:
    """Write the payments of new loans since mid-2024 and say which are not what they seem."""
    dice = world.dice("payments_out")
    loans = world.frames["loans"]
    levels = loans.branch_id.map(world.notes["places"].set_index("branch_id").level)
    chosen = loans[(levels >= 2) & (loans.disbursed_date >= SINCE) & (loans.issue_type == "new")]
    chosen = chosen.reset_index(drop=True)
    frame = _plain(chosen, dice)
    frame = _with_refunds(frame, dice)
    casts = _casts(world, chosen, dice)
    frame = frame[~frame.loan_id.isin([*casts["split"], *casts["split_borrower"]])]
    frame = pd.concat([frame, _pieces(chosen, casts["split"], dice), _gathered(chosen, casts["split_borrower"])])
    frame = _returning(frame.reset_index(drop=True), casts["returned"], dice)
    frame = _elsewhere(frame, casts["property"], dice)
    frame = frame.sort_values(["loan_id", "paid_date", "payee_hash"], kind="stable", ignore_index=True)
    frame["sequence_number"] = frame.groupby("loan_id").cumcount() + 1
    world.keep("payments", frame[frame.paid_date <= pd.Timestamp(AS_OF)])
    world.truth["use_of_funds"] = {
        "split_under_threshold": casts["split"],
        "returned_to_borrower": casts["returned"],
        "off_purpose": casts["property"],
        "one_payee_for_many": casts["split_borrower"],
        "refunds_innocent": frame.loan_id[frame.returned_yuan.between(1, 0.1 * frame.amount_yuan)].tolist(),
        "branch_id": PLACE,
    }


def _plain(loans: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    counts = 1 + dice.poisson(0.9, len(loans))
    row = np.repeat(np.arange(len(loans)), counts)
    weight = dice.gamma(2.0, 1.0, len(row)) + 0.2
    share = weight / np.bincount(row, weights=weight)[row]
    own = loans.iloc[row].reset_index(drop=True)
    kind = np.empty(len(own), dtype=object)
    for purpose, kinds in FITTING.items():
        of_purpose = np.flatnonzero(own.purpose == purpose)
        kind[of_purpose] = pick(dice, kinds, len(of_purpose))
    amount = (own.amount_yuan * share).round(2)
    first = np.r_[True, row[1:] != row[:-1]]
    rest = own.amount_yuan - amount.groupby(row).transform("sum")
    days = pd.to_timedelta(dice.geometric(0.3, len(own)) - 1, "D")
    names = masked_all(f"示例收款方{number}" for number in range(NAMES))
    return pd.DataFrame(
        {
            "loan_id": own.loan_id,
            "paid_date": own.disbursed_date + days,
            "amount_yuan": (amount + rest * first).round(2),
            "method": np.where((amount > THRESHOLD) | (dice.random(len(own)) < 0.35), "entrusted", "own"),
            "payee_hash": names[(NAMES * dice.random(len(own)) ** 1.6).astype(int)],
            "payee_kind": kind,
            "is_related": False,
            "memo_code": pd.Series(kind).map(MEMOS),
        }
    )


def _with_refunds(frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Goods sent back: small sums, weeks later; no more than that."""
    rows = np.sort(dice.choice(len(frame), min(REFUNDED, len(frame)), replace=False))
    returned = frame.amount_yuan.iloc[rows] * dice.uniform(0.02, 0.08, len(rows))
    frame.loc[rows, "returned_yuan"] = returned.round(2)
    days = pd.to_timedelta(dice.integers(20, 60, len(rows)), unit="D")
    frame.loc[rows, "returned_date"] = (frame.paid_date.iloc[rows] + days).clip(upper=pd.Timestamp(AS_OF))
    return frame


def _casts(world: World, loans: pd.DataFrame, dice: np.random.Generator) -> dict[str, list[str]]:
    six = set(world.truth["split_groups"][0]["customer_ids"])
    ours = loans[(loans.branch_id == PLACE) & ~loans.customer_id.isin(six)]
    large = dice.permutation(ours.loan_id[ours.amount_yuan.between(900_000, 1_600_000)])[:SPLIT].tolist()
    others = ours[~ours.loan_id.isin(large)]
    bad = dice.permutation(others.loan_id[(others.overdue_days > 90) | (others.status == "written_off")])
    others = dice.permutation(others.loan_id[~others.loan_id.isin(bad)]).tolist()
    rest = [*bad[:FAILED], *others]
    members = loans.loan_id[loans.customer_id.isin(six)].tolist()
    return {
        "split": sorted(large),
        "returned": sorted(rest[:RETURNED]),
        "split_borrower": members,
        "property": sorted(rest[RETURNED : RETURNED + PROPERTY]),
    }


def _pieces(loans: pd.DataFrame, ids: list[str], dice: np.random.Generator) -> pd.DataFrame:
    """Pay a large draw on the borrower's own order, in pieces just under the threshold, within days, to one payee."""
    rows = []
    for loan in loans[loans.loan_id.isin(ids)].itertuples():
        left, place = loan.amount_yuan, 0
        while left > 0:
            piece = min(left, float(dice.integers(480, 500)) * 1_000)
            rows.append((loan.loan_id, loan.disbursed_date + pd.Timedelta(days=place), piece))
            left, place = round(left - piece, 2), place + 1
    frame = pd.DataFrame(rows, columns=["loan_id", "paid_date", "amount_yuan"])
    payee = [masked(f"示例拆付收款方{name}") for name in frame.loan_id]
    return frame.assign(method="own", payee_hash=payee, payee_kind="supplier", is_related=False, memo_code="goods")


def _gathered(loans: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """All draws of the split borrower reach one account."""
    own = loans[loans.loan_id.isin(ids)]
    return pd.DataFrame(
        {
            "loan_id": own.loan_id,
            "paid_date": own.disbursed_date,
            "amount_yuan": own.amount_yuan,
            "method": "own",
            "payee_hash": masked(SPLIT_PAYEE),
            "payee_kind": "supplier",
            "is_related": False,
            "memo_code": "goods",
        }
    )


def _returning(frame: pd.DataFrame, ids: list[str], dice: np.random.Generator) -> pd.DataFrame:
    """Let most of what was paid come back to an account of the borrower within days."""
    rows = np.flatnonzero(frame.loan_id.isin(ids))
    share = dice.uniform(0.82, 0.98, len(rows))
    frame.loc[rows, "returned_yuan"] = (frame.amount_yuan.iloc[rows] * share).round(2)
    days = pd.to_timedelta(dice.integers(2, 10, len(rows)), unit="D")
    frame.loc[rows, "returned_date"] = (frame.paid_date.iloc[rows] + days).clip(upper=pd.Timestamp(AS_OF))
    return frame


def _elsewhere(frame: pd.DataFrame, ids: list[str], dice: np.random.Generator) -> pd.DataFrame:
    """Let the money of some loans go to sellers of homes and to brokers."""
    rows = np.flatnonzero(frame.loan_id.isin(ids))
    kind = pick(dice, {"property_seller": 0.6, "securities_broker": 0.4}, len(rows))
    frame.loc[rows, "payee_kind"] = kind
    frame.loc[rows, "memo_code"] = np.where(kind == "property_seller", "property", "investment")
    return frame


VISITED = 0.3
HIDING = 16
#: purposes that are a project with a budget
PROJECTS = ("project_material", "equipment")
YEARS = 3.0


def make_site_checks(world: World) -> None:
    """Write the visits and say behind whose books stands a debt that nobody declared."""
    dice = world.dice("site_checks")
    seen = _visited(world, dice)
    frame = pd.concat([seen, _goods(seen, dice), _equity(seen, dice)], axis=1)
    frame = pd.concat([frame, _own_funds(frame, dice)], axis=1)
    frame = _hide(world, frame, dice)
    world.keep("site_checks", frame.sort_values(["customer_id", "checked_date"]))


def _visited(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """One visit before a loan: a part of all, and every one of the level that delivers."""
    loans, people = world.frames["loans"], world.notes["people"].set_index("customer_id")
    new = loans[
        (loans.issue_type == "new") & (loans.disbursed_date >= SINCE) & (loans.customer_id.map(people.level) >= 2)
    ]
    chosen = new[(dice.random(len(new)) < VISITED) | (new.branch_id == "0995")].reset_index(drop=True)
    before = pd.to_timedelta(dice.integers(4, 15, len(chosen)), unit="D")
    frame = chosen[["customer_id", "rm_id", "branch_id", "amount_yuan", "purpose", "loan_id"]]
    frame = frame.assign(checked_date=chosen.disbursed_date - before)
    frame = frame.drop_duplicates(["customer_id", "checked_date"]).reset_index(drop=True)
    own = people.loc[frame.customer_id]
    return frame.assign(sales_yuan=own.sales_yuan.to_numpy(), margin=own.margin.to_numpy())


def _goods(seen: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    n, month = len(seen), seen.sales_yuan / 12
    days = 20 + dice.poisson(30, n)
    asked = dice.random((3, n)) < np.array([[0.85], [0.9], [0.75]])
    return pd.DataFrame(
        {
            "references_asked": asked[0],
            "products_seen": asked[1],
            "pledge_seen": asked[2],
            "electricity_kwh": (month / 160 * dice.uniform(0.7, 1.3, n)).round(0),
            "water_m3": (month / 8_000 * dice.uniform(0.6, 1.5, n)).round(1),
            "tax_sales_yuan": (seen.sales_yuan * dice.uniform(0.72, 1.0, n)).round(-2),
            "stock_days_count": days,
            "stock_yuan": (seen.sales_yuan * (1 - seen.margin) / 360 * days * dice.uniform(0.85, 1.15, n)).round(-2),
            "orders_yuan": (month * dice.gamma(2, 0.8, n)).round(-2),
        }
    )


def _equity(seen: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Three years of profit, less what the family took, stands in the owner's worth to a few percent."""
    n = len(seen)
    opening = (seen.sales_yuan * dice.uniform(0.15, 0.4, n)).round(-3)
    profit = (seen.sales_yuan * seen.margin * YEARS * dice.uniform(0.8, 1.1, n)).round(-3)
    taken = (profit * dice.uniform(0.35, 0.6, n)).round(-3)
    put = np.where(dice.random(n) < 0.15, (seen.sales_yuan * 0.05).round(-3), 0.0)
    worth = (opening + profit + put - taken) * (1 + dice.normal(0, 0.015, n))
    return pd.DataFrame(
        {
            "opening_worth_yuan": opening,
            "profit_yuan": profit,
            "injected_yuan": put,
            "withdrawn_yuan": taken,
            "net_worth_yuan": worth.round(-3),
        }
    )


def _own_funds(frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """A project's budget, the owner's part of it and how that was shown; no project, no budget."""
    n = len(frame)
    project = frame.purpose.isin(PROJECTS)
    budget = frame.amount_yuan / dice.uniform(0.5, 0.7, n)
    own = budget - frame.amount_yuan * dice.uniform(0.9, 1.0, n)
    proof = pick(dice, {"flows": 0.65, "invoices": 0.25, "none": 0.1}, n)
    borrowed = np.where(dice.random(n) < 0.04, own * 0.2, 0.0)
    debt = np.where(dice.random(n) < 0.3, frame.amount_yuan * dice.uniform(0.1, 0.6, n), 0.0)
    columns = {
        "project_yuan": budget.round(-3),
        "own_funds_yuan": own.round(-3),
        "own_funds_borrowed_yuan": np.round(np.where(proof == "none", np.nan, borrowed), -3),
    }
    found = pd.DataFrame(columns).where(np.repeat(project.to_numpy()[:, None], 3, axis=1))
    return found.assign(
        own_funds_evidence=np.where(project, proof, None),
        declared_debt_yuan=debt.round(-3),
        declared_debt_month_yuan=(debt / 24 * 1.08).round(-1),
    )


def _hide(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Let some owners of 0755 owe what they did not say: it lacks in their worth, and most of the own part is lent."""
    loans = world.frames["loans"].set_index("loan_id")
    last = frame.sort_values("checked_date").drop_duplicates("customer_id", keep="last")
    ours = last[(last.branch_id == PLACE) & (last.purpose == "project_material")]
    bad = (ours.loan_id.map(loans.overdue_days) > 90) | ours.loan_id.map(loans.status).eq("written_off")
    people = world.notes["people"].set_index("customer_id")
    shows = ours.customer_id.map(people.consents_flows).to_numpy()
    others = [dice.permutation(ours.index[~bad.to_numpy() & each].to_numpy(copy=True)) for each in (shows, ~shows)]
    order = np.concatenate([ours.index[bad].to_numpy(), *others])
    rows = np.sort(order[:HIDING])
    hidden = (frame.net_worth_yuan.loc[rows] * dice.uniform(0.25, 0.4, len(rows))).round(-3)
    own = frame.own_funds_yuan.loc[rows]
    frame.loc[rows, "net_worth_yuan"] -= hidden
    frame.loc[rows, "declared_debt_yuan"] = 0.0
    frame.loc[rows, "declared_debt_month_yuan"] = 0.0
    frame.loc[rows, "own_funds_evidence"] = "flows"
    frame.loc[rows, "own_funds_borrowed_yuan"] = (own * 0.6).round(-3)
    ids = frame.customer_id.loc[rows]
    world.truth["hidden_debt"] = {
        "customer_ids": ids.tolist(),
        "branch_id": PLACE,
        "hidden_yuan": dict(zip(ids, hidden, strict=True)),
    }
    return frame

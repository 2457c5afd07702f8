"""What a report must find in the demo bank: truths read off the finished tables, control totals, service tables.

Only tests read the truths. They are computed from the ledger by definition, not copied from what was
planted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.tables.behaviour import DOCUMENTS
from microlib.demo.branches import CROPS, FESTIVAL_LEAD_DAYS
from microlib.demo.world import AS_OF, HISTORY_MONTHS, PANEL_FROM, World, numbered, read_settings

#: paper -> how often it is asked for, and how often it then changes the decision
ASKED = {
    "identity": (1.0, 0.004),
    "licence": (1.0, 0.008),
    "lease": (0.75, 0.02),
    "account_statements": (0.9, 0.16),
    "invoices": (0.55, 0.09),
    "tax_returns": (0.6, 0.07),
    "financial_statements": (0.7, 0.0),
    "contracts": (0.35, 0.05),
    "collateral_papers": (0.25, 0.2),
    "utility_bills": (0.5, 0.0),
    "kin_consent": (0.6, 0.01),
    "guarantor_papers": (0.3, 0.06),
}
MANDATORY = ("identity", "licence", "kin_consent")
#: groups that the online check knows little of pass it less often, though their loans are no worse
PASSING, SHY = 0.66, 0.24
SHY_GROUPS = ("hardware_market", "garment_market", "chamber", "decoration")
COVERED = 0.6  # part of the need that an online limit covers, in the middle
#: how a revolving line is drawn: share of lines, months of use a year, use then and else
PATTERNS = {"seasonal": (0.5, 5, 0.92, 0.08), "steady": (0.35, 12, 0.9, 0.9), "sleeping": (0.15, 0, 0.05, 0.05)}


def make_services(world: World) -> None:
    """Write the papers of every application, the online checks of two years, and the use of revolving lines."""
    world.keep("application_documents", _papers(world))
    world.keep("online_screens", _screens(world))
    world.keep("facility_months", _uses(world))
    world.truth["services"] = {
        "documents": {name: rate for name, (_, rate) in ASKED.items()},
        "never_used": [name for name, (_, rate) in ASKED.items() if rate == 0],
        "online": {"pass_share": PASSING, "shy_pass_share": SHY, "shy_groups": list(SHY_GROUPS), "covered": COVERED},
    }


def _papers(world: World) -> pd.DataFrame:
    dice, asked = world.dice("papers"), world.frames["applications"]
    names = DOCUMENTS.split()
    chance, change = (np.array([ASKED[name][part] for name in names]) for part in (0, 1))
    row, paper = np.nonzero(dice.random((len(asked), len(names))) < chance)
    decided = asked.decision.isin(["approved", "partly_approved", "refused"]).to_numpy()[row]
    return pd.DataFrame(
        {
            "application_id": asked.application_id.to_numpy()[row],
            "customer_id": asked.customer_id.to_numpy()[row],
            "document": np.array(names, dtype=object)[paper],
            "is_mandatory": np.isin(np.array(names), MANDATORY)[paper],
            "waited_days": dice.gamma(1.2, 1.5, len(row)).round(1),
            "changed_decision": decided & (dice.random(len(row)) < change[paper]),
        }
    )


def _screens(world: World) -> pd.DataFrame:
    dice, people = world.dice("screens"), world.notes["people"]
    seen = people[(people.level >= 2) & people.borrows & (dice.random(len(people)) < 0.45)]
    n, shy = len(seen), seen.group.isin(SHY_GROUPS).to_numpy()
    passes = dice.random(n) < np.where(shy, SHY, PASSING)
    needed = (seen.amount_median_yuan.to_numpy() * np.exp(dice.normal(0, 0.3, n))).round(-4).clip(10_000)
    covered = np.exp(dice.normal(np.log(COVERED), 0.35, n)).clip(0.05, 1.5)
    day = pd.Timestamp("2024-07-01") + pd.to_timedelta(dice.integers(0, 700 * 24 * 60, n), unit="min")
    return pd.DataFrame(
        {
            "screen_id": numbered("O", range(1, n + 1), 6),
            "customer_id": seen.customer_id.to_numpy(),
            "product_id": "P01",
            "screened_at": day,
            "decision_seconds": dice.gamma(4.0, 6.0, n).round(1),
            "decision": np.where(passes, "approved", "refused"),
            "granted_yuan": np.where(passes, (needed * covered).round(-4).clip(10_000), 0.0),
            "needed_yuan": needed,
            "reason_code": np.where(passes, None, np.where(shy, "thin_file", "model_score")),
        }
    )


def _uses(world: World) -> pd.DataFrame:
    """Spread each revolving line's month-end balance over the month by how its owner draws."""
    dice, lines = world.dice("line_uses"), world.frames["facilities"]
    people = world.notes["people"]
    tells = lines.customer_id.isin(people.customer_id[people.level >= 1])
    lines = lines[tells & lines.is_revolving.fillna(False).astype(bool)].reset_index(drop=True)
    kind = dice.choice(len(PATTERNS), len(lines), p=[share for share, *_ in PATTERNS.values()])
    shape = np.array([numbers for _, *numbers in PATTERNS.values()])[kind]
    first, months = dice.integers(0, 12, len(lines)), np.arange(PANEL_FROM, len(HISTORY_MONTHS))
    into = (months[None, :] - first[:, None]) % 12
    part = np.where(into < shape[:, :1], shape[:, 1:2], shape[:, 2:]) * dice.uniform(0.92, 1.08, into.shape)
    begins = HISTORY_MONTHS[months][None, :] >= lines.start_date.to_numpy().astype("datetime64[M]")[:, None]
    ended = HISTORY_MONTHS[months][None, :] <= lines.expiry_date.to_numpy().astype("datetime64[M]")[:, None]
    row, column = np.nonzero(begins & ended)
    limit, used = lines.approved_yuan.to_numpy()[row], part[row, column].clip(0, 1)
    world.truth["line_patterns"] = dict(zip(lines.facility_id, np.array(list(PATTERNS))[kind].tolist(), strict=True))
    return pd.DataFrame(
        {
            "facility_id": lines.facility_id.to_numpy()[row],
            "customer_id": lines.customer_id.to_numpy()[row],
            "month": HISTORY_MONTHS[months][column].astype(str),
            "limit_yuan": limit,
            "used_yuan": (limit * used).round(2),
            "draws_count": dice.poisson(1 + 2 * used),
            "returns_count": dice.poisson(1 + used),
        }
    )


MISMATCH = 0.003


def make_totals(world: World) -> None:
    """Write control totals that tie to the fen, but for the branch planted to be off by 0.3 percent."""
    loans, places = world.frames["loans"], world.notes["places"]
    live = loans[loans.balance_yuan > 0]
    totals = (
        pd.DataFrame(
            {
                "customers_count": live.groupby("branch_id").customer_id.nunique(),
                "balance_yuan": live.groupby("branch_id").balance_yuan.sum(),
                "overdue_yuan": live[live.overdue_days > 0].groupby("branch_id").balance_yuan.sum(),
            }
        )
        .reindex(places.branch_id)
        .fillna(0.0)
    )
    off = places.branch_id[places.trait == "mismatch"].tolist()
    totals.loc[off, "balance_yuan"] *= 1 + MISMATCH
    world.keep("control_totals", totals.round(2).reset_index())
    world.truth["control_totals"] = {"mismatched_branches": off, "balance_share_off": MISMATCH}


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
    return (
        soon
        | unsure
        | {
            "crossing_90_before_next_month_end": dict(zip(crossing.loan_id, crossing.on, strict=True)),
            "newly_overdue": fresh.loan_id[~fresh.loan_id.isin(_late_at(world, 58))].tolist(),
            "unpaid_interest": live.loan_id[live.overdue_interest_yuan > 0].tolist(),
            "first_payment_missed": _first_missed(world),
        }
    )


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
    ends = (HISTORY_MONTHS + 1).astype("datetime64[D]") - 1
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


def make_truths(world: World) -> None:
    """Complete the truth with everything that is read from the finished tables."""
    world.truth |= warning_truths(world) | renewal_truths(world)
    world.truth["groups"] = _groups(world)
    world.truth["seasons"] = _seasons()
    world.truth["dependence"] = _dependence(world)
    world.truth["branches"] = _branches(world)
    first = world.notes["casts"]["first_payment_missed"]
    world.truth["planted_first_payment_customers"] = world.notes["people"].customer_id[first].tolist()
    world.truth["small_ticket"] = {"at_most_yuan": 300_000, "about_share": 0.6}


def _groups(world: World) -> dict:
    people = world.notes["people"]
    settings = read_settings("groups")
    members = people.groupby("group").customer_id.apply(list)
    return {
        name: {
            "customer_ids": members[name],
            "yearly_pd": settings[name]["yearly_pd"],
            "branch_ids": sorted(people.branch_id[people.group == name].unique()),
        }
        for name in settings
        if name in members
    }


def _seasons() -> dict:
    festival = {
        "rule": "need peaks this many days before the Spring Festival, in draw-downs, flows and invoices alike",
        "lead_days": FESTIVAL_LEAD_DAYS,
        "groups": ["hardware_market", "garment_market"],
    }
    crops = {crop: {"peak_day_of_year": peak[0]} for crop, peak in CROPS.items()}
    rhythm = {
        "rule": "the bank pushes 1-20 January and the last ten days of each quarter",
        "rhythm_only_groups": ["hospital_one", "chamber"],
    }
    return {"festival": festival, "crops": crops, "building_days_of_year": [95, 262], "bank_rhythm": rhythm}


def _dependence(world: World) -> dict:
    """Each supplier's income share from his source over the last twelve months; unknown where nothing shows it."""
    people = world.notes["people"]
    own = people[(people.core_id != "") & (people.level >= 3)]
    known = own.dependence_band != "unknown"
    return {
        core: {
            "share_by_customer": dict(zip(part.customer_id, part.dependence_share, strict=True)),
            "dependent_ids": part.customer_id[known & (part.dependence_share >= 0.5)].tolist(),
            "independent_ids": part.customer_id[known & (part.dependence_share < 0.5)].tolist(),
            "unknown_ids": part.customer_id[~known[part.index]].tolist(),
        }
        for core, part in own.groupby("core_id")
    }


def _branches(world: World) -> dict:
    places = world.notes["places"]
    loans = world.frames["loans"]
    counts = (
        pd.DataFrame(
            {
                "customers_count": world.notes["people"].groupby("branch_id").size(),
                "loans_count": loans.groupby("branch_id").size(),
                "overdue_count": (loans.overdue_days > 0).groupby(loans.branch_id).sum(),
            }
        )
        .reindex(places.branch_id)
        .fillna(0)
        .astype(int)
    )
    traits = places.set_index("branch_id")[["level", "trait"]]
    return counts.join(traits).to_dict("index")

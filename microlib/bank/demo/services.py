"""How the bank served, for the branches that deliver it: papers asked for, online checks, use of revolving lines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import MONTHS, PANEL_FROM, World, numbered
from microlib.contracts.tables.services import DOCUMENTS

#: paper -> how often it is asked for, and how often it then changes the decision
ASKED = {
    "identity": (1.0, 0.004), "licence": (1.0, 0.008), "lease": (0.75, 0.02), "account_statements": (0.9, 0.16),
    "invoices": (0.55, 0.09), "tax_returns": (0.6, 0.07), "financial_statements": (0.7, 0.0),
    "contracts": (0.35, 0.05), "collateral_papers": (0.25, 0.2), "utility_bills": (0.5, 0.0),
    "kin_consent": (0.6, 0.01), "guarantor_papers": (0.3, 0.06),
}  # fmt: skip
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
    return pd.DataFrame({
        "application_id": asked.application_id.to_numpy()[row],
        "customer_id": asked.customer_id.to_numpy()[row],
        "document": np.array(names, dtype=object)[paper],
        "is_mandatory": np.isin(np.array(names), MANDATORY)[paper],
        "waited_days": dice.gamma(1.2, 1.5, len(row)).round(1),
        "changed_decision": decided & (dice.random(len(row)) < change[paper]),
    })  # fmt: skip


def _screens(world: World) -> pd.DataFrame:
    dice, people = world.dice("screens"), world.notes["people"]
    seen = people[(people.level >= 2) & people.borrows & (dice.random(len(people)) < 0.45)]
    n, shy = len(seen), seen.group.isin(SHY_GROUPS).to_numpy()
    passes = dice.random(n) < np.where(shy, SHY, PASSING)
    needed = (seen.amount_median_yuan.to_numpy() * np.exp(dice.normal(0, 0.3, n))).round(-4).clip(10_000)
    covered = np.exp(dice.normal(np.log(COVERED), 0.35, n)).clip(0.05, 1.5)
    day = pd.Timestamp("2024-07-01") + pd.to_timedelta(dice.integers(0, 700 * 24 * 60, n), unit="min")
    return pd.DataFrame({
        "screen_id": numbered("O", range(1, n + 1), 6), "customer_id": seen.customer_id.to_numpy(), "product_id": "P01",
        "screened_at": day, "decision_seconds": dice.gamma(4.0, 6.0, n).round(1),
        "decision": np.where(passes, "approved", "refused"),
        "granted_yuan": np.where(passes, (needed * covered).round(-4).clip(10_000), 0.0), "needed_yuan": needed,
        "reason_code": np.where(passes, None, np.where(shy, "thin_file", "model_score")),
    })  # fmt: skip


def _uses(world: World) -> pd.DataFrame:
    """Spread each revolving line's month-end balance over the month by how its owner draws."""
    dice, lines = world.dice("line_uses"), world.frames["facilities"]
    people = world.notes["people"]
    tells = lines.customer_id.isin(people.customer_id[people.level >= 1])
    lines = lines[tells & lines.is_revolving.fillna(False).astype(bool)].reset_index(drop=True)
    kind = dice.choice(len(PATTERNS), len(lines), p=[share for share, *_ in PATTERNS.values()])
    shape = np.array([numbers for _, *numbers in PATTERNS.values()])[kind]
    first, months = dice.integers(0, 12, len(lines)), np.arange(PANEL_FROM, len(MONTHS))
    into = (months[None, :] - first[:, None]) % 12
    part = np.where(into < shape[:, :1], shape[:, 1:2], shape[:, 2:]) * dice.uniform(0.92, 1.08, into.shape)
    begins = MONTHS[months][None, :] >= lines.start_date.to_numpy().astype("datetime64[M]")[:, None]
    ended = MONTHS[months][None, :] <= lines.expiry_date.to_numpy().astype("datetime64[M]")[:, None]
    row, column = np.nonzero(begins & ended)
    limit, used = lines.approved_yuan.to_numpy()[row], part[row, column].clip(0, 1)
    world.truth["line_patterns"] = dict(zip(lines.facility_id, np.array(list(PATTERNS))[kind].tolist(), strict=True))
    return pd.DataFrame({
        "facility_id": lines.facility_id.to_numpy()[row], "customer_id": lines.customer_id.to_numpy()[row],
        "month": MONTHS[months][column].astype(str), "limit_yuan": limit, "used_yuan": (limit * used).round(2),
        "draws_count": dice.poisson(1 + 2 * used), "returns_count": dice.poisson(1 + used),
    })  # fmt: skip

"""Leads from every source to the end of the funnel, with the contacts they took."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, World, numbered, pick

SINCE = pd.Timestamp("2025-07-01")
END = pd.Timestamp(AS_OF)
#: managers of this branch lose more of those reached before they are interested
WEAK_BRANCH, WEAK_STAGE = "0571", "interested"
ENDS = {"open": 0.2, "reached": 0.35, "interested": 0.2, "lost": 0.25}
WEAK_ENDS = {"open": 0.15, "reached": 0.6, "interested": 0.05, "lost": 0.2}
CALLED_ENDS = {"reached": 0.45, "interested": 0.28, "applied": 0.05, "lost": 0.22}
REASONS = {"price": 0.35, "limit": 0.2, "no_need": 0.2, "speed": 0.1, "documents": 0.1, "unknown": 0.05}
SOURCES = {"branch": "walk_in", "market_office": "roster", "village": "roster", "chamber": "roster",
           "core_enterprise": "core_supplier"}  # fmt: skip
DECIDED = {"approved": "lent", "partly_approved": "lent", "refused": "lost", "withdrawn": "lost", "pending": "applied"}


def make_leads(world: World) -> None:
    """Write a year of leads: those that asked for a loan, those that did not, and those on lists of strangers."""
    dice = world.dice("leads")
    parts = [_asked(world, dice), _silent(world, dice), _strangers(world, dice), _campaign(world), _referred(world)]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    frame = frame.sort_values(["created_date", "branch_id"], kind="stable", ignore_index=True)
    cost = {"campaign": 35.0, "roster": 12.0, "referral": 60.0}
    frame = frame.assign(lead_id=numbered("D", range(1, len(frame) + 1), 6), cost_yuan=frame.lead_source.map(cost))
    world.keep("leads", frame)
    world.truth["funnel"] = {"weak_branch": WEAK_BRANCH, "weak_stage": WEAK_STAGE}


def _asked(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """A lead behind each application of the year, with the loan where one was paid out."""
    asked = world.frames["applications"].drop(columns="loan_id")
    levels = world.notes["places"].set_index("branch_id").level
    asked = asked[(asked.submitted_at >= SINCE) & asked.branch_id.map(levels).ge(3)].reset_index(drop=True)
    loans = world.frames["loans"]
    paid = loans.assign(day=loans.disbursed_date).drop_duplicates(["customer_id", "day"])[
        ["customer_id", "day", "loan_id"]
    ]
    rows = asked.assign(day=asked.disbursed_at.dt.normalize()).merge(paid, on=["customer_id", "day"], how="left")
    lent = rows.loan_id.notna()
    reason = rows.reason_code.map({"documents_missing": "documents", "customer_withdrew": "speed"}).fillna(
        "refused_before"
    )
    status = np.where(lent, "lent", rows.decision.map(DECIDED).replace("lent", "approved"))
    before = pd.to_timedelta(dice.integers(1, 25, len(rows)), "D")
    return rows[["branch_id", "customer_id", "rm_id", "channel", "application_id", "loan_id"]].assign(
        lead_source=rows.channel.map(SOURCES).fillna("existing_customer"), lead_status=status,
        loss_reason=reason.where(status == "lost"), contact_basis="existing_contract",
        created_date=(rows.submitted_at.dt.normalize() - before),
    )  # fmt: skip


def _silent(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """Customers who were spoken to and asked for nothing; every fourteenth without a basis of contact."""
    people, levels = world.frames["customers"], world.notes["places"].set_index("branch_id").level
    own = people[people.branch_id.map(levels).ge(3)]
    rows = own.iloc[np.sort(dice.permutation(len(own))[: int(0.45 * len(own))])]
    weak = (rows.branch_id == WEAK_BRANCH).to_numpy()
    status = np.where(weak, pick(dice, WEAK_ENDS, len(rows)), pick(dice, ENDS, len(rows)))
    consents = rows.consents_marketing.fillna(False).astype(bool)
    basis = np.where(consents, "consent", np.where(dice.random(len(rows)) < 0.85, "existing_contract", "none"))
    return rows[["branch_id", "customer_id", "rm_id"]].assign(
        lead_source="existing_customer", channel="branch", lead_status=status, contact_basis=basis,
        loss_reason=np.where(status == "lost", pick(dice, REASONS, len(rows)), None),
        created_date=SINCE + pd.to_timedelta(dice.integers(0, 330, len(rows)), "D"),
    )  # fmt: skip


def _strangers(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """Members of the rosters whom the bank does not know, worked by the managers of the branch nearby."""
    rosters, homes = world.frames["venue_rosters"], {"V01": "0755", "V02": "0021", "V03": "0755", "V04": "0021"}
    rows = rosters[rosters.customer_id.isna()] if len(rosters) else rosters
    rows = rows.iloc[::3][["venue_id", "member_number"]].reset_index(drop=True)
    rows = rows.assign(branch_id=rows.venue_id.map(homes)).drop_duplicates(["venue_id", "member_number"])
    desks = world.frames["rms"].groupby("branch_id").rm_id.apply(list)
    rows = rows[rows.branch_id.isin(desks.index)]
    status = pick(dice, {"open": 0.5, "reached": 0.3, "interested": 0.08, "lost": 0.12}, len(rows))
    return rows.assign(
        rm_id=[desks[branch][int(dice.integers(len(desks[branch])))] for branch in rows.branch_id],
        lead_source="roster", channel="market_office", lead_status=status, contact_basis="public_list",
        loss_reason=np.where(status == "lost", "no_need", None),
        created_date=END - pd.to_timedelta(dice.integers(1, 29, len(rows)), "D"),
    )  # fmt: skip


def _campaign(world: World) -> pd.DataFrame:
    """A lead for each member of a campaign who was contacted within the year."""
    dice = world.dice("campaign_leads")
    rows = world.frames["campaign_members"]
    heads = world.frames["campaigns"].set_index("campaign_id")
    rows = rows[rows.contacted_date.ge(SINCE) & rows.campaign_id.map(heads.goal).eq("new_loan")]
    managers = world.frames["customers"].set_index("customer_id").rm_id
    silent = pick(dice, CALLED_ENDS, len(rows))
    status = np.where(rows.loan_id.notna(), "lent", silent)
    return rows[["branch_id", "customer_id", "campaign_id", "contact_basis", "loan_id"]].assign(
        lead_source="campaign", channel="branch", rm_id=rows.customer_id.map(managers),
        lead_status=status, created_date=rows.contacted_date,
        loss_reason=np.where(status == "lost", pick(dice, REASONS, len(rows)), None),
    )  # fmt: skip


def _referred(world: World) -> pd.DataFrame:
    rows = world.notes["referred"]
    return rows[["customer_id", "loan_id", "referrer_customer_id", "rm_id"]].assign(
        branch_id="0755", campaign_id=np.where(rows.arm == "treated", "M2511_0755", None), lead_source="referral",
        channel="referral", lead_status="lent", contact_basis="referral",
        created_date=rows.disbursed_date - pd.Timedelta(days=12),
    )  # fmt: skip

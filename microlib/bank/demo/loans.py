"""The loans table: the ledger as it stands at the as-of date."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.ledgers import LIVE, Ledger
from microlib.bank.demo.worlds import AS_OF, World, numbered

REPAYMENTS = np.array(["interest_only", "equal_instalment", "equal_principal", "seasonal"], dtype=object)
STATES = np.array(["normal", "settled", "written_off", "transferred"], dtype=object)


def make_loans(world: World) -> None:
    """Write the loans table from the ledger."""
    ledger = world.notes["ledger"]
    dice = world.dice("loans")
    people = world.notes["people"].iloc[ledger["person"]].reset_index(drop=True)
    frame = pd.concat([_identity(ledger, people), _terms(world, ledger, people, dice), _standing(ledger)], axis=1)
    frame["repayment_source_confirmed"] = _confirmations(frame, dice)
    world.keep("loans", frame)


def class_of(overdue_days: np.ndarray, watch: np.ndarray) -> np.ndarray:
    """Sort into the five classes by strict cuts: 90 days is special mention, 91 substandard.

    Examples
    --------
    >>> class_of(np.array([0, 7, 90, 91, 271, 361]), np.zeros(6, bool)).tolist()
    ['normal', 'normal', 'special_mention', 'substandard', 'doubtful', 'loss']
    """
    cuts = [overdue_days > 360, overdue_days > 270, overdue_days > 90, (overdue_days > 7) | watch]
    return np.select(cuts, ["loss", "doubtful", "substandard", "special_mention"], "normal").astype(object)


def _identity(ledger: Ledger, people: pd.DataFrame) -> pd.DataFrame:
    rows = np.arange(ledger.size)
    ids = numbered("L", rows + 1, 8)
    previous = np.where(ledger["previous"] >= 0, ids[ledger["previous"]], None)
    return people[["customer_id", "branch_id", "rm_id"]].assign(
        loan_id=ids,
        contract_id=numbered("HT", rows + 1, 7),
        facility_id=numbered("F", ledger["root"] + 1, 6),
        product_id=ledger["product"],
        previous_loan_id=previous,
        issue_type=ledger["issue"],
        extensions_count=ledger["extensions"],
    )


def _terms(world: World, ledger: Ledger, people: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    offers = world.notes["offers"].loc[ledger["product"]].reset_index(drop=True)
    industry, supplied = people.industry_code, offers.channel.eq("core_enterprise")
    spoken_of = dice.random(ledger.size) < 0.85
    frame = pd.DataFrame({
        "disbursed_date": ledger["opened"],
        "maturity_date": ledger.maturity(np.arange(ledger.size)),
        "amount_yuan": ledger["amount"],
        "yearly_rate": ledger["rate"],
        "rate_type": np.where(dice.random(ledger.size) < 0.85, "lpr", "fixed"),
        "repayment": REPAYMENTS[ledger["method"]],
        "guarantee": offers.secured,
        "purpose": people.purpose,
        "use_industry_code": np.where(dice.random(ledger.size) < 0.03, "F5211", industry),
        "core_id": people.core_id.where(supplied & spoken_of & (people.core_id != "")),
        "venue_id": people.venue_id.where((people.venue_id != "") & offers.channel.isin(["market_office", "village"])),
        "channel": np.where(people.channel_text != "", people.channel_text, offers.channel),
    })  # fmt: skip
    frame["is_inclusive"] = people.kind.ne("person") & (frame.amount_yuan <= 10_000_000)
    frame["is_agricultural"] = industry.str.startswith("A") | industry.isin(["F5166", "F5167"])
    return frame


def _standing(ledger: Ledger) -> pd.DataFrame:
    rows = np.arange(ledger.size)
    live = ledger["status"] == LIVE
    balance = np.where(live, ledger.balance(rows, ledger["paid_terms"]), 0.0)
    late = live & (ledger["missed"] > 0)
    owed = ledger.owed_terms(rows, 59)
    days = np.where(late, (np.datetime64(AS_OF) - ledger["overdue_from"]).astype(int), 0)
    interest = balance * ledger["rate"] / 12 * (owed - ledger["paid_terms"])
    lost = ledger["lost"] > 0
    return pd.DataFrame({
        "closed_date": ledger["closed"],
        "balance_yuan": balance,
        "overdue_days": days,
        "overdue_principal_yuan": np.where(late, np.round(balance - ledger.balance(rows, owed), 2), 0.0),
        "overdue_interest_yuan": np.where(late, np.round(interest, 2), 0.0),
        "first_overdue_date": np.where(late, ledger["overdue_from"], np.datetime64("NaT")),
        "class5": np.where(lost, "loss", class_of(days, ledger["watch"] & live)),
        "status": np.where(days > 0, "overdue", STATES[ledger["status"]]),
        "written_off_date": np.where(ledger["status"] == 2, ledger["closed"], np.datetime64("NaT")),
        "written_off_yuan": np.where(ledger["status"] == 2, ledger["lost"], 0.0),
    })  # fmt: skip


def _confirmations(frame: pd.DataFrame, dice: np.random.Generator) -> np.ndarray:
    """Say for loans that mature within 90 days whether the source of repayment is confirmed; some nobody asked."""
    days = (frame.maturity_date - pd.Timestamp(AS_OF)).dt.days
    soon = (frame.balance_yuan > 0) & days.between(0, 90)
    answer = dice.choice(np.array([True, False, None], dtype=object), len(frame), p=[0.55, 0.2, 0.25])
    return np.where(soon, answer, None)

"""Demo ledger at its as-of date: loans, facilities, month-end balances, repayments, schedules."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.demo.lending import LIVE, SEASONAL, Ledger
from microlib.demo.world import AS_OF, HISTORY_MONTHS, World, numbered

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
    frame = pd.DataFrame(
        {
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
            "venue_id": people.venue_id.where(
                (people.venue_id != "") & offers.channel.isin(["market_office", "village"])
            ),
            "channel": np.where(people.channel_text != "", people.channel_text, offers.channel),
        }
    )
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
    return pd.DataFrame(
        {
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
        }
    )


def _confirmations(frame: pd.DataFrame, dice: np.random.Generator) -> np.ndarray:
    """Say for loans that mature within 90 days whether the source of repayment is confirmed; some nobody asked."""
    days = (frame.maturity_date - pd.Timestamp(AS_OF)).dt.days
    soon = (frame.balance_yuan > 0) & days.between(0, 90)
    answer = dice.choice(np.array([True, False, None], dtype=object), len(frame), p=[0.55, 0.2, 0.25])
    return np.where(soon, answer, None)


HEADROOM = np.array([1.0, 1.1, 1.25, 1.5])


def make_facilities(world: World) -> None:
    """Write one facility for each first loan and all its renewals."""
    loans = world.frames["loans"]
    dice = world.dice("facilities")
    chains = loans.groupby("facility_id", sort=True).agg(
        customer_id=("customer_id", "first"),
        branch_id=("branch_id", "first"),
        product_id=("product_id", "first"),
        guarantee=("guarantee", "first"),
        largest_yuan=("amount_yuan", "max"),
        start_date=("disbursed_date", "min"),
        expiry_date=("maturity_date", "max"),
        balance_yuan=("balance_yuan", "sum"),
        overdue_days=("overdue_days", "max"),
    )
    frame = chains.reset_index()
    headroom = HEADROOM[dice.integers(0, len(HEADROOM), len(frame))]
    exact = frame.largest_yuan.to_numpy() == 495_000
    approved = np.where(exact, frame.largest_yuan, np.ceil(frame.largest_yuan * headroom / 10_000) * 10_000)
    world.keep("facilities", _decided(frame.assign(approved_yuan=approved), world, dice))


def _decided(frame: pd.DataFrame, world: World, dice: np.random.Generator) -> pd.DataFrame:
    limits = world.notes["places"].set_index("branch_id").authority_limit_yuan
    in_branch = frame.approved_yuan <= frame.branch_id.map(limits)
    desk = dice.integers(1, 4, len(frame)).astype(str)
    expired = (frame.expiry_date <= pd.Timestamp(AS_OF)) & (frame.balance_yuan == 0)
    closed = (frame.balance_yuan == 0) & ~expired & (dice.random(len(frame)) < 0.5)
    states = [expired, closed, frame.overdue_days > 90]
    return frame.assign(
        is_revolving=frame.product_id == "P01",
        is_secured=frame.guarantee.isin(["mortgage", "pledge", "mixed"]),
        authority_level=np.where(in_branch, "branch", "head_office"),
        approver_id=np.where(in_branch, "S" + frame.branch_id + "_" + desk, "S_head_" + desk),
        status=np.select(states, ["expired", "cancelled", "frozen"], "active"),
    )


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
    return pd.DataFrame(
        {
            "loan_id": world.frames["loans"].loan_id.to_numpy()[panel["row"]],
            "month": HISTORY_MONTHS.astype(str)[panel.month],
            "balance_yuan": panel.balance_yuan,
            "overdue_days": days,
            "class5": np.where(lost, "loss", class_of(days, panel.watch.to_numpy() & (panel.state == LIVE))),
            "status": np.where(days > 0, "overdue", STATES[panel.state]),
            "yearly_rate": rate,
        }
    )


def _repayments(world: World, shown: np.ndarray) -> pd.DataFrame:
    paid = world.notes["payments"]
    paid = paid[shown[paid["row"]] & (paid.principal + paid.interest > 0)].sort_values(["row", "date"], kind="stable")
    frame = pd.DataFrame(
        {
            "loan_id": world.frames["loans"].loan_id.to_numpy()[paid["row"]],
            "paid_date": paid.date.to_numpy(),
            "principal_yuan": paid.principal.to_numpy(),
            "interest_yuan": paid.interest.to_numpy(),
            "source": paid.source.to_numpy(),
        }
    )
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
    return pd.DataFrame(
        {
            "loan_id": world.frames["loans"].loan_id.to_numpy()[row],
            "term_number": number,
            "due_date": ledger.due_date(row, number),
            "principal_yuan": np.round(before - after, 2),
            "interest_yuan": np.round(before * ledger["rate"][row] / 12 * months, 2),
            "fee_yuan": 0.0,
        }
    )

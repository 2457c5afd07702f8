"""How loans end in one month: settled, renewed (with and without arrears before), early, written off, passed on."""

from __future__ import annotations

import numpy as np

from microlib.bank.demo.ledgers import INTEREST_ONLY, SETTLED, TRANSFERRED, WRITTEN_OFF, Ledger
from microlib.bank.demo.worlds import World, month_ends, pick

EARLY = 0.007
STRAINED_RENEWAL = 0.40
WRITE_OFF_AFTER = 13
PLAIN_RENEWALS = {"renewal_without_principal": 0.85, "refinance": 0.15}
STRAINED_RENEWALS = {"refinance": 0.5, "extension": 0.3, "restructure": 0.2}


def end_month(world: World, ledger: Ledger, month: int, dice: np.random.Generator, *, paid: dict) -> list[dict]:
    """End what ends in a month; return the month's payments with what each was paid from."""
    done = ledger["paid_terms"][paid["row"]] >= ledger["term"][paid["row"]]
    ended = paid["row"][done]
    ledger["status"][ended], ledger["closed"][ended] = SETTLED, paid["date"][done]
    renewed = ended[_renews(world, ledger, ended, dice)]
    _renew(ledger, renewed, month, dice, kinds=PLAIN_RENEWALS)
    source = np.where(np.isin(paid["row"], renewed), "renewal", "scheduled").astype(object)
    others = [_leave_early(ledger, month, dice), _renew_in_arrears(ledger, month, dice)]
    _write_off(ledger, month, dice)
    return [paid | {"source": source}, *others]


def _renews(world: World, ledger: Ledger, rows: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    people = world.notes["people"]
    person = ledger["person"][rows]
    wants = dice.random(len(rows)) < people.renewal_share.to_numpy()[person]
    wants |= people.is_perennial.to_numpy()[person]
    return wants & (ledger["method"][rows] == INTEREST_ONLY)


def _renew(ledger: Ledger, rows: np.ndarray, month: int, dice: np.random.Generator, *, kinds: dict) -> None:
    strained = kinds is STRAINED_RENEWALS
    issue = pick(dice, kinds, len(rows))
    owed = ledger["amount"][rows]
    interest = np.round(owed * ledger["rate"][rows] / 12 * np.maximum(1, ledger["missed"][rows]), -2)
    factor = np.where(dice.random(len(rows)) < 0.8, 1.0, np.where(dice.random(len(rows)) < 0.7, 0.9, 1.1))
    covers = dice.random(len(rows)) < 0.4
    factor = np.where(ledger["fails_at"][rows] < 0, 1.0, factor)
    amount = np.where(covers, owed + interest, owed) if strained else np.round(owed * factor, -3)
    opened = ledger["closed"][rows]
    values = {name: ledger[name][rows] for name in ("person", "term", "rate", "method", "product", "root")}
    ledger.open(values | {
        "opened": opened, "opened_month": np.full(len(rows), month), "amount": amount, "issue": issue,
        "due_day": np.minimum((opened - opened.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1, 28),
        "previous": rows, "rollovers": ledger["rollovers"][rows] + 1, "strained": np.full(len(rows), strained),
        "extensions": ledger["extensions"][rows] + (issue == "extension"), "watch": np.full(len(rows), strained),
        "fails_at": np.minimum(ledger["fails_at"][rows], 0),
    })  # fmt: skip


def _leave_early(ledger: Ledger, month: int, dice: np.random.Generator) -> dict:
    rows = ledger.live()
    young = month - ledger["opened_month"][rows] < 2
    leaves = (dice.random(len(rows)) < EARLY) & (ledger["missed"][rows] == 0) & (ledger["fails_at"][rows] == 0) & ~young
    rows = rows[leaves]
    source = pick(dice, {"voluntary": 0.6, "other_bank": 0.4}, len(rows))
    return _close(ledger, rows, np.full(len(rows), month_ends(np.array([month]))[0]), source)


def _renew_in_arrears(ledger: Ledger, month: int, dice: np.random.Generator) -> dict:
    rows = ledger.live()
    at_term = (month - ledger["opened_month"][rows] == ledger["term"][rows]) & (ledger["missed"][rows] > 0)
    chosen = at_term & (ledger["method"][rows] == INTEREST_ONLY) & (dice.random(len(rows)) < STRAINED_RENEWAL)
    rows = rows[chosen & (ledger["fails_at"][rows] == 0)]
    closed = np.minimum(ledger.maturity(rows) + 2, month_ends(np.array([month]))[0])
    paid = _close(ledger, rows, closed, np.full(len(rows), "renewal", dtype=object))
    _renew(ledger, rows, month, dice, kinds=STRAINED_RENEWALS)
    ledger["missed"][rows] = 0
    return paid


def _close(ledger: Ledger, rows: np.ndarray, day: np.ndarray, source: np.ndarray) -> dict:
    balance = ledger.balance(rows, ledger["paid_terms"][rows])
    interest = np.round(balance * ledger["rate"][rows] / 12 * np.maximum(1, ledger["missed"][rows]), 2)
    ledger["paid_terms"][rows] = ledger["term"][rows]
    ledger["status"][rows], ledger["closed"][rows] = SETTLED, day
    return {"row": rows, "date": day, "principal": balance, "interest": interest, "source": source}


def _write_off(ledger: Ledger, month: int, dice: np.random.Generator) -> None:
    rows = ledger.live()
    rows = rows[(ledger["missed"][rows] >= WRITE_OFF_AFTER) & (dice.random(len(rows)) < 0.25)]
    kept = np.where(dice.random(len(rows)) < 0.9, WRITTEN_OFF, TRANSFERRED)
    ledger["lost"][rows] = ledger.balance(rows, ledger["paid_terms"][rows])
    ledger["status"][rows] = kept
    ledger["closed"][rows] = month_ends(np.array([month]))[0]

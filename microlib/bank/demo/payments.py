"""One month of paying: who pays, who misses, who catches up, who falls further behind."""

from __future__ import annotations

import numpy as np

from microlib.bank.demo.ledgers import NEVER, NEVER_LATE, Ledger
from microlib.bank.demo.worlds import World, dates_at, month_ends

#: chance in a month to pay everything, or one term, by months already missed (none, 1, 2, 3, more)
CURE = np.array([0.0, 0.62, 0.36, 0.18, 0.03])
PAY_ONE = np.array([0.0, 0.10, 0.14, 0.10, 0.02])
#: how many of the loans that miss once end more than 90 days late, near enough
REACHES_90 = 0.12


def pay_month(world: World, ledger: Ledger, month: int, dice: np.random.Generator) -> dict[str, np.ndarray]:
    """Let every running loan pay or miss in one month; return the rows that paid, with dates and sums."""
    rows = ledger.live()
    owed = ledger.owed_terms(rows, month)
    late, due = ledger["missed"][rows] > 0, owed > ledger["paid_terms"][rows]
    falls = ~late & due & (dice.random(len(rows)) < _hazard(world, ledger, rows, month))
    bucket = np.minimum(ledger["missed"][rows], len(CURE) - 1)
    lucky = np.where(ledger["fails_at"][rows] > 0, 1.0, dice.random(len(rows)))
    cures = late & (lucky < CURE[bucket])
    matured = owed >= ledger["term"][rows]
    pays_one = late & ~cures & ~matured & (lucky < CURE[bucket] + PAY_ONE[bucket])
    terms = np.where((due & ~late & ~falls) | cures, owed, ledger["paid_terms"][rows] + pays_one)
    paid = _paid(ledger, rows, terms, month, dice)
    _mark_missed(ledger, rows, falls, late & ~cures & ~pays_one)
    ledger["missed"][rows[cures]] = 0
    behind = rows[ledger["missed"][rows] > 0]
    ledger["overdue_from"][rows] = NEVER
    ledger["overdue_from"][behind] = ledger.due_date(behind, ledger["paid_terms"][behind] + 1)
    return paid


def _paid(ledger: Ledger, rows: np.ndarray, terms: np.ndarray, month: int, dice: np.random.Generator) -> dict:
    before = ledger["paid_terms"][rows]
    paying = np.flatnonzero(terms > before)
    rows, terms, before = rows[paying], terms[paying], before[paying]
    balance = ledger.balance(rows, before)
    lag = np.where(dice.random(len(rows)) < 0.08, dice.integers(1, 6, len(rows)), 0)
    due = dates_at(np.full(len(rows), month), ledger["due_day"][rows])
    day = np.minimum(due + lag, month_ends(np.array([month]))[0])
    ledger["paid_terms"][rows] = terms
    return {
        "row": rows,
        "date": day,
        "principal": np.round(balance - ledger.balance(rows, terms), 2),
        "interest": np.round(balance * ledger["rate"][rows] / 12 * (terms - before), 2),
    }


def _mark_missed(ledger: Ledger, rows: np.ndarray, falls: np.ndarray, worsens: np.ndarray) -> None:
    ledger["missed"][rows] += falls | worsens
    first = rows[falls & (ledger["paid_terms"][rows] == 0)]
    ledger["first_missed"][first] = True


def _hazard(world: World, ledger: Ledger, rows: np.ndarray, month: int) -> np.ndarray:
    """Chance to miss this month's payment: group, person, the source's luck, and the loan's age (a hump)."""
    people = world.notes["people"]
    person = ledger["person"][rows]
    age = month - ledger["opened_month"][rows]
    hump = 0.25 + 1.3 * age / 9 * np.exp(1 - age / 9)
    base = people.yearly_pd.to_numpy()[person] / 12 / REACHES_90
    luck = world.notes["luck"][people.group_number.to_numpy()[person], month]
    last = np.where(age == ledger["term"][rows], 2.5, 1.0) * np.where(ledger["strained"][rows], 5.0, 1.0)
    hazard = np.minimum(base * people.frailty.to_numpy()[person] * hump * luck * last, 0.6)
    fails_at = ledger["fails_at"][rows]
    planted = np.where(fails_at > 0, (age >= fails_at).astype(float), 0.0)
    return np.where(fails_at == NEVER_LATE, 0.0, np.where(fails_at > 0, planted, hazard))

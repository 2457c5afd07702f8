"""New lending of one month: who asks, on which day, and the draws that were planted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.ledgers import EQUAL_INSTALMENT, INTEREST_ONLY, NEVER_LATE, Ledger
from microlib.bank.demo.offers import offered_terms
from microlib.bank.demo.worlds import DAYS, MONTHS, World, dates_at

#: chance that somebody without a loan asks for one in a quiet month
ASKS = 0.062


def draw_month(world: World, ledger: Ledger, month: int, dice: np.random.Generator) -> None:
    """Open this month's new loans: the natural ones, then the planted ones."""
    persons = _askers(world, ledger, month, dice)
    terms = offered_terms(world, persons, month, dice)
    opened = _days(world, persons, month, dice)
    watch = dice.random(len(persons)) < 0.006
    people = world.notes["people"]
    safe = np.where(people.is_perennial.to_numpy()[persons], NEVER_LATE, 0)
    _open(ledger, opened, month, terms | {"person": persons, "watch": watch, "fails_at": safe})
    planted = world.notes["planted_draws"]
    planted = planted[planted.month == month]
    if len(planted):
        values = {name: planted[name].to_numpy() for name in planted.columns}
        opened = dates_at(values["month"], values["day"])
        _open(ledger, opened, month, values)


def _open(ledger: Ledger, opened: np.ndarray, month: int, values: dict) -> None:
    day = (opened - opened.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1
    fixed = {"opened": opened, "opened_month": np.full(len(opened), month), "due_day": np.minimum(day, 28)}
    ledger.open({name: value for name, value in values.items() if name not in ("month", "day")} | fixed)


def _askers(world: World, ledger: Ledger, month: int, dice: np.random.Generator) -> np.ndarray:
    people = world.notes["people"]
    busy = np.zeros(len(people), dtype=bool)
    busy[ledger["person"][ledger.live()]] = True
    bad = ledger["missed"] > 2
    busy[ledger["person"][bad]] = True
    weight = world.notes["draw_weight"][people.group_number, people.season_number, month]
    eager = np.where(month - people.start_month.to_numpy() <= 6, 2.5, 1.0)
    chance = np.minimum(ASKS * eager * weight, 0.9)
    chance = np.where(people.is_perennial & (people.start_month <= month), 1.0, chance)
    asks = dice.random(len(people)) < chance
    return np.flatnonzero(asks & ~busy & people.borrows.to_numpy() & (people.start_month.to_numpy() <= month))


def _days(world: World, persons: np.ndarray, month: int, dice: np.random.Generator) -> np.ndarray:
    """Draw each one's day from the product of his own need and the bank's push."""
    start, end = np.searchsorted(DAYS, [MONTHS[month], MONTHS[month] + 1])
    people = world.notes["people"][["season_number", "group_number"]].iloc[persons]
    weight = world.notes["daily_need"][people.season_number, start:end]
    weight = weight * world.notes["daily_push"][people.group_number, start:end]
    reached = weight.cumsum(axis=1) / weight.sum(axis=1, keepdims=True)
    return DAYS[start] + (dice.random((len(persons), 1)) > reached).sum(axis=1)


def make_planted_draws(world: World) -> None:
    """Note the draws that must happen: the split borrower's six, the small branch's twelve, missed first payments."""
    casts, people = world.notes["casts"], world.notes["people"]
    twelve = np.flatnonzero(people.trait == "twelve")[:12]
    split = [(p, 52 + i // 3, 5 + 3 * i, 495_000.0, NEVER_LATE) for i, p in enumerate(casts["split_borrower"])]
    small = [(p, 49 + i % 10, 4 + 2 * i, 60_000.0 + 20_000 * i, NEVER_LATE) for i, p in enumerate(twelve)]
    first = [(p, 51 + i // 2, 8 + i, 1e5 + 1e4 * i, 1) for i, p in enumerate(casts["first_payment_missed"])]
    frame = pd.DataFrame([*split, *small, *first], columns=["person", "month", "day", "amount", "fails_at"])
    frame["method"] = np.where(frame.fails_at == 1, EQUAL_INSTALMENT, INTEREST_ONLY)
    frame.loc[frame.person.isin(twelve[:1]), "fails_at"] = 8
    world.notes["planted_draws"] = frame.assign(product="P10", term=12, rate=0.0565)

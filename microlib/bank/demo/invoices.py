"""Invoices of customers who let the bank look: books that are plain, odd, or written twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.invoice_books import occurrence_numbers, sort_books, write_twins
from microlib.bank.demo.masks import masked, masked_all
from microlib.bank.demo.worlds import DAYS, MONTHS, World

MARKET_OF_NAMES = 5_000  # counterparties that nobody's own customer list holds
NEIGHBOURS = 18  # counterparties of one customer
LINES = {"sale": 1.0, "purchase": 0.6}  # purchases are fewer and larger


def make_invoices(world: World) -> None:
    """Write the invoices and say which books are odd."""
    people, dice = world.notes["people"], world.dice("invoices")
    chosen = np.flatnonzero(people.consents_invoices & (people.level >= 3))
    sides = [_side(world, chosen, side, dice) for side in LINES]
    frame = write_twins(world, pd.concat(sides, ignore_index=True), dice)
    frame = occurrence_numbers(_with_repeats(world, sort_books(frame), dice))
    world.keep("invoices", frame.assign(customer_id=people.customer_id.to_numpy()[frame.person]))


def _side(world: World, chosen: np.ndarray, side: str, dice: np.random.Generator) -> pd.DataFrame:
    people, sales = world.notes["people"], world.notes["sales"][chosen]
    size = np.sqrt(people.sales_yuan.to_numpy()[chosen] / 2_500_000)[:, None]
    lines = dice.poisson(np.clip(2.8 * size * LINES[side] * sales / sales.mean(axis=1, keepdims=True), 0.3, 9))
    cell = np.repeat(np.arange(lines.size), lines.ravel())
    weight = dice.gamma(1.5, 1.0, len(cell))
    volume = sales if side == "sale" else sales * (0.85 - people.margin.to_numpy()[chosen][:, None])
    net = volume.ravel()[cell] * weight / np.bincount(cell, weights=weight, minlength=lines.size)[cell]
    person, month = chosen[cell // len(MONTHS)], cell % len(MONTHS)
    frame = pd.DataFrame({"person": person, "side": side, "issued_date": _days(world, person, month, dice)})
    frame["counterparty_hash"] = _counterparties(world, person, side, dice)
    return _priced(people, frame.assign(net_yuan=net.round(2)), dice)


def _days(world: World, person: np.ndarray, month: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    """Draw days inside the months after each one's daily need."""
    edges = np.append(np.searchsorted(DAYS, MONTHS.astype("datetime64[D]")), len(DAYS))
    season = world.notes["people"].season_number.to_numpy()[person]
    day = np.zeros(len(person), dtype=int)
    for number, need in enumerate(world.notes["daily_need"]):
        of_season = np.flatnonzero(season == number)
        reached = np.append(0.0, need.cumsum())
        low, high = reached[edges[month[of_season]]], reached[edges[month[of_season] + 1]]
        target = low + dice.random(len(of_season)) * (high - low)
        day[of_season] = np.searchsorted(reached, target, side="right") - 1
    return DAYS[np.clip(day, edges[month], edges[month + 1] - 1)]


def _counterparties(world: World, person: np.ndarray, side: str, dice: np.random.Generator) -> np.ndarray:
    """Draw from each one's own neighbours, the first ones far more often; suppliers sell to their source."""
    people = world.notes["people"]
    names = masked_all(f"示例{side}方{i}" for i in range(MARKET_OF_NAMES))
    neighbours = dice.integers(0, MARKET_OF_NAMES, (len(people), NEIGHBOURS))
    rank = (NEIGHBOURS * dice.random(len(person)) ** 2.4).astype(int)
    chosen = names[neighbours[person, rank]]
    if side == "purchase":
        return chosen
    core = people.core_id.to_numpy()[person]
    to_core = dice.random(len(person)) < people.dependence_share.to_numpy()[person]
    sources = {name: masked(f"示例信用代码{name}") for name in pd.unique(core)}
    return np.where(to_core, pd.Series(core).map(sources).to_numpy(), chosen)


def _priced(people: pd.DataFrame, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    role = people.role.to_numpy()[frame.person]
    draws = dice.random((2, len(frame)))
    negative = draws[0] < np.where(role == "invoice_negatives", 0.16, 0.012)
    void = draws[1] < np.where(role == "invoice_voids", 0.2, 0.02)
    net = np.where(negative, -0.4 * frame.net_yuan, frame.net_yuan).round(2)
    rate = np.where(people.kind.to_numpy()[frame.person] == "company", 0.13, 0.01)
    tax = np.round(net * rate, 2)
    frame = frame.assign(net_yuan=net, tax_yuan=tax, gross_yuan=np.round(net + tax, 2))
    return frame.assign(status=np.where(void, "void", "valid"), category=np.where(rate > 0.1, "goods", "small_scale"))


def _with_repeats(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Repeat a handful of rows under their own number: rare, and no crime."""
    twins = np.concatenate([world.notes["casts"]["twin_0755"], world.notes["casts"]["twin_0021"]])
    rows = np.flatnonzero(~frame.person.isin(twins).to_numpy())
    rows = np.sort(dice.choice(rows, size=min(8, len(rows)), replace=False))
    repeated = frame.iloc[rows]
    ids = world.notes["people"].customer_id.to_numpy()[repeated.person]
    world.truth["repeated_invoices"] = [
        list(key) for key in zip(ids, repeated.side, repeated.invoice_number, strict=True)
    ]
    return pd.concat([frame, repeated], ignore_index=True)

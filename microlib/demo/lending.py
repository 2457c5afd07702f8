"""Sixty months of demo lending, lived month by month: payments, endings and renewals, new lending.

`live_through` runs all months; `Ledger` holds the loans as arrays, one row a loan. Planted draws are made
here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.demo.branches import offered_terms
from microlib.demo.world import DAYS, HISTORY_MONTHS, PANEL_FROM, REPAID_FROM, World, dates_at, month_ends, pick

LIVE, SETTLED, WRITTEN_OFF, TRANSFERRED = 0, 1, 2, 3
INTEREST_ONLY, EQUAL_INSTALMENT, EQUAL_PRINCIPAL, SEASONAL = 0, 1, 2, 3
NEVER_LATE = -1
NEVER = np.datetime64("NaT")
FIELDS = {
    "person": "int64",
    "opened": "datetime64[D]",
    "opened_month": "int64",
    "due_day": "int64",
    "term": "int64",
    "amount": "float64",
    "rate": "float64",
    "method": "int64",
    "product": "object",
    "issue": "object",
    "previous": "int64",
    "root": "int64",
    "rollovers": "int64",
    "extensions": "int64",
    "paid_terms": "int64",
    "missed": "int64",
    "overdue_from": "datetime64[D]",
    "status": "int64",
    "closed": "datetime64[D]",
    "lost": "float64",
    "watch": "bool",
    "strained": "bool",
    "fails_at": "int64",
    "first_missed": "bool",
}
FILL = {"previous": -1, "root": -1, "overdue_from": NEVER, "closed": NEVER, "issue": "new"}


class Ledger:
    """Loans of the demo bank as growing columns.

    Examples
    --------
    >>> ledger = Ledger()
    >>> rows = ledger.open({"person": np.array([4, 5]), "amount": np.array([1e5, 2e5])})
    >>> ledger.size, ledger["person"].tolist()
    (2, [4, 5])
    """

    def __init__(self) -> None:
        self.size = 0
        self._columns = {name: np.empty(1024, dtype=kind) for name, kind in FIELDS.items()}

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[name][: self.size]

    def open(self, values: dict[str, np.ndarray]) -> np.ndarray:
        """Append loans and return their row numbers."""
        count = len(values["person"])
        rows = np.arange(self.size, self.size + count)
        while self.size + count > len(self._columns["person"]):
            self._columns = {name: np.concatenate([old, np.empty_like(old)]) for name, old in self._columns.items()}
        self.size += count
        for name in FIELDS:
            self[name][rows] = values.get(name, FILL.get(name, 0))
        fresh = rows[self["root"][rows] < 0]
        self["root"][fresh] = fresh
        return rows

    def live(self) -> np.ndarray:
        """Row numbers of the loans that run."""
        return np.flatnonzero(self["status"] == LIVE)

    def owed_terms(self, rows: np.ndarray, month: int) -> np.ndarray:
        """How many terms have fallen due by the end of a month."""
        age = month - self["opened_month"][rows]
        term = self["term"][rows]
        return np.where(self["method"][rows] == SEASONAL, np.where(age >= term, term, 0), np.minimum(age, term))

    def balance(self, rows: np.ndarray, terms: np.ndarray) -> np.ndarray:
        """Principal still out after so many paid terms, to the fen."""
        term, monthly = self["term"][rows], self["rate"][rows] / 12
        growth = (1 + monthly) ** term
        instalment = (growth - (1 + monthly) ** terms) / (growth - 1)
        method = self["method"][rows]
        share = np.where(
            method == EQUAL_INSTALMENT, instalment, np.where(method == EQUAL_PRINCIPAL, 1 - terms / term, 1.0)
        )
        return np.round(self["amount"][rows] * np.where(terms >= term, 0.0, share), 2)

    def due_date(self, rows: np.ndarray, terms: np.ndarray) -> np.ndarray:
        """The date on which a term falls due; a crop loan knows only its last one."""
        terms = np.where(self["method"][rows] == SEASONAL, self["term"][rows], terms)
        return dates_at(self["opened_month"][rows] + terms, self["due_day"][rows])

    def maturity(self, rows: np.ndarray) -> np.ndarray:
        """The date on which the last term falls due."""
        return self.due_date(rows, self["term"][rows])


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
    start, end = np.searchsorted(DAYS, [HISTORY_MONTHS[month], HISTORY_MONTHS[month] + 1])
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
    ledger.open(
        values
        | {
            "opened": opened,
            "opened_month": np.full(len(rows), month),
            "amount": amount,
            "issue": issue,
            "due_day": np.minimum(
                (opened - opened.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1, 28
            ),
            "previous": rows,
            "rollovers": ledger["rollovers"][rows] + 1,
            "strained": np.full(len(rows), strained),
            "extensions": ledger["extensions"][rows] + (issue == "extension"),
            "watch": np.full(len(rows), strained),
            "fails_at": np.minimum(ledger["fails_at"][rows], 0),
        }
    )


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


def live_month(world: World, month: int, dice: np.random.Generator) -> list[dict]:
    """Let one month pass over the world's ledger; return its payments."""
    ledger = world.notes["ledger"]
    paid = pay_month(world, ledger, month, dice)
    paid = end_month(world, ledger, month, dice, paid=paid)
    draw_month(world, ledger, month, dice)
    return paid


def live_through(world: World) -> None:
    """Run the months and note the ledger, the month-ends and the payments."""
    dice = world.dice("lendings")
    world.notes["luck"] = _sources_luck(world)
    make_planted_draws(world)
    ledger, panels, payments = Ledger(), [], []
    world.notes["ledger"] = ledger
    for month in range(len(HISTORY_MONTHS)):
        before = ledger.live()
        paid = live_month(world, month, dice)
        if month >= PANEL_FROM:
            panels.append(_month_rows(ledger, np.union1d(before, ledger.live()), month))
        if month >= REPAID_FROM:
            payments.extend(pd.DataFrame(part) for part in paid)
    world.notes["panel"] = pd.concat(panels, ignore_index=True)
    world.notes["payments"] = pd.concat(payments, ignore_index=True)


def _sources_luck(world: World) -> np.ndarray:
    """Common luck of each group by month: strong where members share a source, mild elsewhere."""
    people = world.notes["people"]
    shares = people.groupby("group_number").core_id.first() != ""
    dice = world.dice("luck")
    shocks = dice.normal(size=(14, len(HISTORY_MONTHS)))
    state = np.zeros_like(shocks)
    for month in range(1, len(HISTORY_MONTHS)):
        state[:, month] = 0.8 * state[:, month - 1] + 0.6 * shocks[:, month]
    spread = np.full((14, 1), 0.2)
    spread[shares[shares].index] = 0.8
    return np.exp(spread * state - spread**2 / 2)


def _month_rows(ledger: Ledger, rows: np.ndarray, month: int) -> pd.DataFrame:
    live = ledger["status"][rows] == LIVE
    balance = np.where(live, ledger.balance(rows, ledger["paid_terms"][rows]), 0.0)
    late = (month_ends(np.array([month]))[0] - ledger["overdue_from"][rows]).astype(float)
    overdue = np.where(live, np.nan_to_num(np.where(late < 0, 0, late)), 0).astype(int)
    return pd.DataFrame(
        {
            "row": rows,
            "month": month,
            "balance_yuan": balance,
            "overdue_days": overdue,
            "state": ledger["status"][rows],
            "watch": ledger["watch"][rows],
        }
    )

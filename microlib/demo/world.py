"""The demo bank while it is made: calendar, seeded dice, frames, planted truths, pseudonyms, monthly sales."""

from __future__ import annotations

import json
import tomllib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from microlib.bank.pseudonyms import DEMO_KEY, pseudonym
from microlib.contracts.tables import TABLES

AS_OF = date(2026, 6, 30)
HISTORY_MONTHS = np.arange("2021-07", "2026-07", dtype="datetime64[M]")
DAYS = np.arange("2021-07-01", "2026-07-01", dtype="datetime64[D]")
PANEL_FROM = 24  # first month with month-end balances
REPAID_FROM = 36  # first month with repayment rows


@dataclass
class World:
    """What the stages of the making hand to one another.

    Parameters
    ----------
    seed : int
        The same seed gives the same bank, row by row.
    branches : int
        How many branches; the twelve written ones first, then ordinary ones after their pattern.
    scale : float
        Share of every branch's customers that is made; 1 but in quick tests.
    frames : dict of DataFrame
        The tables of the bank, in the contract's columns.
    notes : dict
        Working tables that are no part of the bank.
    truth : dict
        What was planted, by name; only tests read it.
    """

    seed: int
    branches: int = 12
    scale: float = 1.0
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: dict = field(default_factory=dict)
    truth: dict = field(default_factory=dict)

    @property
    def as_of(self) -> date:
        """The date at which the bank stands."""
        return AS_OF

    def dice(self, stage: str) -> np.random.Generator:
        """Return the stage's own generator, so that a change in one stage leaves the others alone."""
        return np.random.default_rng([self.seed, zlib.crc32(stage.encode())])

    def keep(self, table: str, frame: pd.DataFrame) -> None:
        """Keep a finished table in the columns and types of its contract."""
        contract = TABLES[table]
        whole = frame.reindex(columns=contract.names).reset_index(drop=True)
        self.frames[table] = whole.astype({column.name: column.frame_type for column in contract.columns})

    def write_truth(self, path: Path) -> None:
        """Write what was planted as one JSON file; only tests read it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.truth, ensure_ascii=False, indent=1, sort_keys=True, default=lambda value: value.item())
        path.write_text(text + "\n", encoding="utf-8")


@cache
def read_settings(name: str) -> dict:
    """Read one of the generator's own tables of settings (``places``, ``groups``, ``products``); not to be altered."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


def dates_at(month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return dates from month numbers (0 is 2021-07) and days of the month.

    Examples
    --------
    >>> dates_at(np.array([0, 59]), np.array([1, 30])).astype(str).tolist()
    ['2021-07-01', '2026-06-30']
    """
    return (HISTORY_MONTHS[0] + np.asarray(month, dtype="int64")).astype("datetime64[D]") + (
        np.asarray(day, "int64") - 1
    )


def month_ends(month: np.ndarray) -> np.ndarray:
    """Return the last days of months by number (0 is 2021-07)."""
    return dates_at(np.asarray(month, dtype="int64") + 1, 1) - 1


def numbered(prefix: str, numbers: np.ndarray, width: int) -> np.ndarray:
    """Return keys such as ``C000001`` for numbers.

    Examples
    --------
    >>> numbered("C", [7], 6).tolist()
    ['C000007']
    """
    return np.array([f"{prefix}{number:0{width}d}" for number in numbers], dtype=object)


def pick(dice: np.random.Generator, options: dict | list | tuple, size: int) -> np.ndarray:
    """Draw options with their weights (a dict) or evenly (a sequence)."""
    names = np.array(list(options), dtype=object)
    weights = np.array(list(options.values()), dtype=float) if isinstance(options, dict) else np.ones(len(names))
    return names[dice.choice(len(names), size=size, p=weights / weights.sum())]


def masked(text: str) -> str:
    """Return the 64-digit pseudonym of one invented identifier.

    Examples
    --------
    >>> len(masked("示例电话000001"))
    64
    """
    return pseudonym(text, key=DEMO_KEY)


def masked_all(texts: Iterable[str]) -> np.ndarray:
    """Return pseudonyms of many identifiers; an empty text stays missing."""
    return np.array([masked(text) if text else None for text in texts], dtype=object)


def make_sales(world: World) -> None:
    """Note a matrix of sales, one row a customer, one column a month; the last twelve add up to a year's sales."""
    people, dice = world.notes["people"], world.dice("sales")
    shape = (len(people), len(HISTORY_MONTHS))
    growth = np.exp(np.outer(dice.normal(0.05, 0.08, shape[0]), (np.arange(shape[1]) - 54) / 12))
    need = world.notes["monthly_need"][people.season_number]
    sales = need * growth * np.exp(dice.normal(0, 0.15, shape))
    sales *= (people.sales_yuan.to_numpy() / sales[:, -12:].sum(axis=1))[:, None]
    world.notes["sales"] = sales
    levels = world.notes["places"].set_index("branch_id").level
    people["level"] = people.branch_id.map(levels)


def monthly_frame(world: World, chosen: np.ndarray) -> pd.DataFrame:
    """Return one row per chosen customer and month: ``person, month, sales_yuan``."""
    months = len(HISTORY_MONTHS)
    return pd.DataFrame(
        {
            "person": np.repeat(chosen, months),
            "month": np.tile(np.arange(months), len(chosen)),
            "sales_yuan": world.notes["sales"][chosen].ravel(),
        }
    )

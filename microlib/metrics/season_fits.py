"""The season fitted to several monthly series at once: trend, moving festival, twelve effects, and its chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics.festivals import POSITIONS, festival_weights, lunar_positions, month_number
from microlib.units import MONTHS_PER_YEAR

#: fewer months than this say nothing about a year
SHORT = 24
ALIGNMENTS = ("calendar", "lunar")
SEED = 20260630


class TooShort(BadData):
    """A season was asked of a series too short to show one."""


@dataclass(frozen=True)
class Fit:
    """A season fitted to several series at once.

    Parameters
    ----------
    names : list of str
        Segments, one per column of the arrays.
    months : list of str
    slots : tuple of int
        Calendar months 1 .. 12, or months from the festival -6 .. 5.
    values : ndarray
        Months x segments, each segment relative to its own mean.
    effects : ndarray
        Slots x segments, adding up to zero; the index is one plus the effect.
    reader : ndarray
        Slots x months: what turns a series into effects.
    trend : ndarray
        Months x segments: the fit without season, for the test of no season.
    fitted : ndarray
        Months x segments: the whole fit.
    width : int
        Parameters of the whole fit.
    """

    names: list[str]
    months: list[str]
    slots: tuple[int, ...]
    values: np.ndarray
    effects: np.ndarray
    reader: np.ndarray
    trend: np.ndarray
    fitted: np.ndarray
    width: int


def month_table(monthly: pd.DataFrame) -> pd.DataFrame:
    """Turn the long series into months x segments, refusing holes and nothing."""
    if monthly.duplicated(["segment", "month"]).any():
        raise BadData("a month stands twice in a segment", fix="add rows of one month up first")
    table = monthly.pivot(index="month", columns="segment", values="amount_yuan").sort_index()
    if table.empty:
        raise EmptyBook("there is no month to read a season from", fix="leave the season out")
    numbers = [month_number(month) for month in table.index]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))) or not np.isfinite(table.to_numpy()).all():
        raise BadData("months or amounts are missing", fix="take the series from monthly_amounts: it has no holes")
    empty = table.columns[table.sum() <= 0]
    if len(empty):
        raise EmptyBook(f"no amount in {', '.join(map(str, empty))}", fix="leave segments without amounts out")
    return table


def fitted_season(monthly: pd.DataFrame, align: str) -> Fit:
    """Fit trend, moving festival and twelve effects to every segment at once (see `seasons.seasonal_index`)."""
    if align not in ALIGNMENTS:
        raise BadData(f"alignment is {align!r}", fix="use calendar or lunar")
    table = month_table(monthly)
    if len(table) < SHORT:
        raise TooShort(f"{len(table)} months are too few for a season", fix=f"load {SHORT} months or more")
    months, values = list(table.index), (table / table.mean()).to_numpy()
    slots = tuple(range(1, MONTHS_PER_YEAR + 1)) if align == "calendar" else POSITIONS
    where = np.array([int(month[5:]) for month in months]) if align == "calendar" else lunar_positions(months)
    season = (where[:, None] == np.array(slots)[None, :]).astype("float64")
    plain = [np.ones(len(months)), np.arange(len(months)) / MONTHS_PER_YEAR]
    moving = _moving(months, season) if align == "calendar" else None
    base = np.column_stack(plain if moving is None else [*plain, moving])
    design = np.column_stack([base, season[:, 1:] - season[:, :1]])
    reader = np.linalg.pinv(design)
    reader = np.vstack([-reader[base.shape[1] :].sum(axis=0), reader[base.shape[1] :]])
    return Fit(
        names=list(table.columns), months=months, slots=slots, values=values, effects=reader @ values, reader=reader,
        trend=base @ np.linalg.pinv(base) @ values, fitted=design @ np.linalg.pinv(design) @ values,
        width=design.shape[1],
    )  # fmt: skip


def _moving(months: list[str], season: np.ndarray) -> np.ndarray | None:
    """Return the festival's weight less its mean in each calendar month; nothing if it never moved."""
    weight = festival_weights(months)
    centred = weight - season @ ((season.T @ weight) / season.sum(axis=0))
    return centred if np.abs(centred).max() > 0.05 else None


def redrawn(fit: Fit, draws: int) -> np.ndarray:
    """Return draws x slots x segments of effects, the residuals of whole months redrawn with replacement."""
    if draws < 100:
        raise BadData(f"{draws} draws say nothing about tails", fix="ask for at least 100")
    count = len(fit.months)
    rest = (fit.values - fit.fitted) * np.sqrt(count / (count - fit.width))
    picked = np.random.default_rng(SEED).integers(0, count, size=(draws, count))
    return fit.effects + np.einsum("mt,dts->dms", fit.reader, rest[picked])


def permuted(fit: Fit, draws: int) -> np.ndarray:
    """Return each segment's share of permutations of the months whose effects vary at least as much."""
    rest = fit.values - fit.trend
    observed = ((fit.reader @ rest) ** 2).sum(axis=0)
    rng = np.random.default_rng(SEED)
    order = rng.permuted(np.tile(np.arange(len(rest)), (draws, 1)), axis=1)
    varied = (np.einsum("mt,dts->dms", fit.reader, rest[order]) ** 2).sum(axis=1)
    return (1 + (varied >= observed * (1 - 1e-12)).sum(axis=0)) / (1 + draws)

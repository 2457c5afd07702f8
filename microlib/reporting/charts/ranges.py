"""Ranges: dots with intervals, a fan of monthly amounts, a seasonal index with its band."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.charts.axes import (
    BAND,
    COLOURS,
    blank,
    labels,
    legend_above,
    name_rows,
    page_values,
    quarter_ticks,
    rows_height,
)
from microlib.reporting.tables import siblings


def interval_dots(
    frame: pd.DataFrame, *, words: Words, label: str, value: str, appetite: float | None = None
) -> Figure:
    """Draw one row per code: the rate as a dot, its interval as a line, the appetite as an upright.

    Parameters
    ----------
    frame : DataFrame
        One row per code, with the bounds of `value` beside it. Not modified.
    words : Words
    label, value : str
        Columns of codes and of the rate.
    appetite : float, optional
        The rate that the bank tolerates (fraction).
    """
    figure, axes = blank(words, x=value, y=label, height=rows_height(len(frame)))
    parts = siblings(value, list(frame.columns))
    low, high = (page_values(frame.rename(columns={parts[end]: value, value: "_"}), value) for end in ("low", "high"))
    rows, middle = range(len(frame)), page_values(frame, value)
    axes.hlines(rows, low, high, color=COLOURS[0], linewidth=2)
    axes.plot(middle, rows, "o", color=COLOURS[0], markeredgecolor="white", markersize=7)
    if appetite is not None:
        axes.axvline(appetite * 100, color=COLOURS[1], linestyle="--", label=words.mark("appetite", value=appetite))
        legend_above(axes)
    name_rows(axes, labels(frame, label, words))
    axes.set_xlim(left=min(0.0, float(low.min()) if len(low) else 0.0))
    return figure


def monthly_fan(frame: pd.DataFrame, *, words: Words, low: str, middle: str, high: str) -> Figure:
    """Draw the middle of members' monthly amounts and the band from the lower to the upper bound.

    Parameters
    ----------
    frame : DataFrame
        One row per ``month``, ascending. Not modified.
    words : Words
    low, middle, high : str
        Columns, e.g. the P20, P50 and P80 of turnover.
    """
    figure, axes = blank(words, x="month", y=middle)
    places = range(len(frame))
    band = words.mark("band", low=words.column(low), high=words.column(high))
    axes.fill_between(places, page_values(frame, low), page_values(frame, high), color=BAND, alpha=0.35, label=band)
    axes.plot(places, page_values(frame, middle), color=COLOURS[0], label=words.column(middle))
    quarter_ticks(axes, list(frame["month"]))
    axes.set_ylim(bottom=0)
    legend_above(axes)
    return figure


def seasonal_index(
    frame: pd.DataFrame, *, words: Words, value: str, peak: int | None = None, launch: int | None = None
) -> Figure:
    """Draw an index by calendar month with its band, the peak month and the month in which to start.

    Parameters
    ----------
    frame : DataFrame
        Twelve rows, ``month_of_year`` 1 .. 12, with bounds of `value` beside it. Not modified.
    words : Words
    value : str
        Column of the index (1 is an average month).
    peak, launch : int, optional
        Calendar months to mark.
    """
    figure, axes = blank(words, x="month_of_year", y=value)
    parts = siblings(value, list(frame.columns), any_unit=True)
    if parts:
        band = words.mark("interval")
        axes.fill_between(frame["month_of_year"], frame[parts["low"]], frame[parts["high"]],
                          color=BAND, alpha=0.35, label=band)  # fmt: skip
    axes.plot(frame["month_of_year"], frame[value], "-o", color=COLOURS[0], label=words.column(value))
    axes.axhline(1.0, color="#555555", linewidth=0.8)
    for month, mark, colour, line in ((peak, "peak", COLOURS[1], "--"), (launch, "launch", COLOURS[2], "-.")):
        if month is not None:
            axes.axvline(month, color=colour, linestyle=line, label=words.mark(mark))
    axes.set_xticks(range(1, 13), [words.code("month_of_year", month) for month in range(1, 13)], fontsize=7)
    axes.set_ylim(bottom=0)
    legend_above(axes)
    return figure

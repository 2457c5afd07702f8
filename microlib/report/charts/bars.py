"""Bars and the roll-rate map: ranked amounts, counts by code, groups side by side, waterfall, parts of a price."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from microlib.report.figures import COLOURS, HATCHES, blank, labels, legend_above, name_rows, page_values, rows_height
from microlib.report.tables import cell
from microlib.report.words import BLANK, FEWEST, Words

#: rows drawn where each has one bar, and where it has several
MOST, MOST_GROUPS = 12, 8


def ranked_bars(frame: pd.DataFrame, *, words: Words, label: str | Sequence[str], values: Sequence[str]) -> Figure:
    """Draw one row per code, with one bar per column of `values`; the frame's order is kept.

    Parameters
    ----------
    frame : DataFrame
        One row per thing, largest first; the first twelve (eight) are drawn. Not modified.
    words : Words
    label : str or sequence of str
        Column or columns of codes that name a row.
    values : sequence of str
        Columns of one unit, widest first (balance touched, balance without cash, loss).
    """
    frame = frame.head(MOST if len(values) == 1 else MOST_GROUPS)
    named = [label] if isinstance(label, str) else list(label)
    figure, axes = blank(words, x=values[0], y=named[-1], height=1.4 + len(frame) * (0.18 + 0.16 * len(values)))
    thick = 0.8 / len(values)
    for number, name in enumerate(values):
        places = [row - 0.4 + thick * (number + 0.5) for row in range(len(frame))]
        bars = axes.barh(places, page_values(frame, name), thick * 0.92, label=words.column(name), **_fill(number))
        axes.bar_label(bars, [cell(value, name, words) for value in frame[name]], padding=3, fontsize=7)
    names = zip(*(labels(frame, name, words) for name in named), strict=True)
    name_rows(axes, [" · ".join(parts) for parts in names])
    axes.margins(x=0.14)
    if len(values) > 1:
        axes.set_xlabel(words.unit(values[0]))
        legend_above(figure)
    return figure


def grouped_bars(frame: pd.DataFrame, *, words: Words, label: str, values: Sequence[str]) -> Figure:
    """Draw upright bars, one group per code and one bar per column of `values`; each bar carries its number."""
    figure, axes = blank(words, x=label, y=values[0])
    thick = 0.8 / len(values)
    for number, name in enumerate(values):
        places = [group - 0.4 + thick * (number + 0.5) for group in range(len(frame))]
        bars = axes.bar(places, page_values(frame, name), thick * 0.92, label=words.column(name), **_fill(number))
        axes.bar_label(bars, [cell(value, name, words) for value in frame[name]], padding=2, fontsize=7)
    is_number = pd.api.types.is_float_dtype(frame[label])
    named = [cell(value, label, words) for value in frame[label]] if is_number else labels(frame, label, words)
    axes.set_xticks(range(len(frame)), named)
    axes.grid(False, axis="x")
    axes.margins(y=0.2)
    if len(values) > 1:
        axes.set_ylabel(words.unit(values[0]))
        legend_above(figure)
    return figure


def stacked_bars(
    frame: pd.DataFrame, *, words: Words, label: Sequence[str], values: Sequence[str], mark: str = ""
) -> Figure:
    """Draw one lying bar per row, made of its parts, with the total at its end and a mark where the row has one.

    Parameters
    ----------
    frame : DataFrame
        One row per bar. Not modified.
    words : Words
    label : sequence of str
        Columns that name a row together.
    values : sequence of str
        Columns of the parts, one unit, in order.
    mark : str
        Column of a value to mark in every bar (the rate asked).
    """
    figure, axes = blank(words, x=values[0], y=label[0], height=rows_height(len(frame)) + 0.3 * len(frame))
    left, rows = pd.Series(0.0, index=frame.index), range(len(frame))
    for number, name in enumerate(values):
        widths = page_values(frame, name)
        bars = axes.barh(rows, widths, 0.6, left=left, label=words.column(name), **_fill(number))
        _inside(axes, bars, [cell(size, name, words) for size in frame[name]], widths)
        left = left + widths
    for row, total in enumerate(frame[list(values)].sum(axis="columns")):
        corner = {"xytext": (0, 1), "textcoords": "offset points", "ha": "right", "va": "bottom", "fontsize": 8}
        axes.annotate(f"= {cell(total, values[0], words)}", (left.iloc[row], row - 0.3), **corner)
    if mark:
        axes.plot(
            page_values(frame, mark),
            [row + 0.36 for row in rows],
            "^",
            color="black",
            markersize=7,
            zorder=5,
            label=words.column(mark),
        )
    names = zip(*(_told(frame, name, words) for name in label), strict=True)
    name_rows(axes, [" ".join(parts) for parts in names])
    axes.set_xlabel(words.unit(values[0]))
    axes.margins(x=0.12)
    legend_above(figure)
    return figure


def waterfall(frame: pd.DataFrame, *, words: Words, label: str, left: str, lost: str) -> Figure:
    """Draw how many remain after each step and how many that step takes away, top to bottom.

    Parameters
    ----------
    frame : DataFrame
        One row per step in order; the first row's `lost` is 0. Not modified.
    words : Words
    label, left, lost : str
        Columns: the step, how many remain after it, how many it took.
    """
    figure, axes = blank(words, x=left, y=label, height=rows_height(len(frame)))
    rows, remain, taken = range(len(frame)), page_values(frame, left), page_values(frame, lost)
    axes.barh(rows, remain, 0.62, label=words.column(left), **_fill(0))
    axes.barh(rows, taken, 0.62, left=remain, label=words.column(lost), **_fill(1))
    for row in rows:
        text = cell(frame[left].iloc[row], left, words)
        gone = f" (−{cell(frame[lost].iloc[row], lost, words)})" if taken.iloc[row] else ""
        end = remain.iloc[row] + taken.iloc[row]
        axes.annotate(text + gone, (end, row), (4, 0), textcoords="offset points", va="center", fontsize=7)
    name_rows(axes, labels(frame, label, words))
    axes.margins(x=0.16)
    legend_above(figure)
    return figure


def _told(frame: pd.DataFrame, name: str, words: Words) -> list[str]:
    unit = words.unit(name)
    return [f"{cell(value, name, words)} {unit}".strip() for value in frame[name]]


def _fill(number: int) -> dict:
    return {"color": COLOURS[number % 6], "hatch": HATCHES[number % 6], "edgecolor": "white", "linewidth": 0.4}


def _inside(axes: Axes, bars, texts: list[str], widths: pd.Series) -> None:
    """Write a part's size into it where there is room."""
    widest = float(widths.max() or 0)
    shown = [text if size > 0.25 * widest and size > 0 else "" for text, size in zip(texts, widths, strict=True)]
    ground = {"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.15", "alpha": 0.85}
    axes.bar_label(bars, shown, label_type="center", fontsize=7, bbox=ground)


#: share above which the number in a cell is written in white
DARK = 0.45


def roll_map(frame: pd.DataFrame, *, words: Words) -> Figure:
    """Draw monthly moves between states of arrears.

    A state that fewer loans than ``FEWEST`` were seen to leave has dashes: its smoothed rates are the prior.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.migration.roll_rates`. Not modified.
    words : Words
    """
    told = frame.assign(rate=frame["smoothed_rate"].where(frame["from_count"] >= FEWEST))
    table = told.pivot(index="from_state", columns="to_state", values="rate")
    states = [name for name in dict.fromkeys(frame["to_state"]) if name in table.columns]
    table = table.reindex(index=[name for name in states if name in table.index], columns=states)
    figure, axes = blank(words, x="to_state", y="from_state", height=3.4)
    axes.imshow(table.to_numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, values in enumerate(table.to_numpy()):
        for column, rate in enumerate(values):
            colour = "white" if rate > DARK else "#222222"
            said = BLANK if np.isnan(rate) else f"{100 * rate:.1f}"
            axes.annotate(said, (column, row), ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(states)), [words.code("to_state", name) for name in states])
    axes.set_yticks(range(len(table)), [words.code("from_state", name) for name in table.index])
    axes.grid(False)
    return figure

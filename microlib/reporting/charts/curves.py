"""Curves over months on book: the cumulative bad share, counted two ways."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.cells import siblings
from microlib.reporting.charts.axes import BAND, COLOURS, LINES, MARKS, blank, legend_above, page_values


def vintage_curves(frame: pd.DataFrame, *, words: Words, age: str, values: Sequence[str]) -> Figure:
    """Draw cumulative bad shares by age: the headline with its band, the others beside it.

    Parameters
    ----------
    frame : DataFrame
        One row per age, ascending. Not modified.
    words : Words
    age : str
        Column of months on book.
    values : sequence of str
        Columns of shares, the headline first.
    """
    figure, axes = blank(words, x=age, y=values[0])
    bounds = siblings(values[0], list(frame.columns))
    if bounds:
        low, high = frame[bounds["low"]] * 100, frame[bounds["high"]] * 100
        axes.fill_between(frame[age], low, high, step="post", color=BAND, alpha=0.35, label=words.mark("interval"))
    for number, name in enumerate(values):
        style = {"color": COLOURS[number], "linestyle": LINES[number], "marker": MARKS[number], "markevery": 3}
        axes.step(frame[age], page_values(frame, name), where="post", label=words.column(name), markersize=4, **style)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    legend_above(figure)
    return figure

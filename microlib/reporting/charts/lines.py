"""Lines over numbered months: several amounts side by side, with the line of zero."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from microlib.reporting.catalogues import Words
from microlib.reporting.charts.axes import COLOURS, LINES, MARKS, blank, legend_above, page_values


def month_lines(frame: pd.DataFrame, *, words: Words, month: str, values: Sequence[str], height: str = "") -> Figure:
    """Draw one line per column over months counted from the start; zero is drawn so that holes are seen.

    Parameters
    ----------
    frame : DataFrame
        One row per month, ascending. Not modified.
    words : Words
    month : str
        Column that numbers the months.
    values : sequence of str
        Columns of one unit.
    height : str
        Column whose label names the vertical axis; by default the first of `values`.
    """
    figure, axes = blank(words, x=month, y=values[0])
    axes.axhline(0, color="#444444", linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    apart = 6 if len(frame) > 12 else 1
    for number, name in enumerate(values):
        style = {"color": COLOURS[number % len(COLOURS)], "linestyle": LINES[number % len(LINES)]}
        axes.plot(frame[month], page_values(frame, name), marker=MARKS[number % len(MARKS)], markevery=apart,
                  markersize=4, label=words.column(name), **style)  # fmt: skip
    axes.set_ylabel(words.header(height or values[0]))
    axes.margins(x=0.01)
    legend_above(figure)
    return figure

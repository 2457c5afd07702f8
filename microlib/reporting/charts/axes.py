"""Blank axes with labels and units, and the colours and marks that all figures share."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.cells import scaled, unnumbered
from microlib.reporting.displays import width

#: blue, vermilion, green, orange, purple, grey: colour-blind readers tell them apart, print does by hatch and mark
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#7f7f7f")
HATCHES = ("", "///", "...", "xxx", "\\\\\\", "++")
MARKS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
BAND = "#56B4E9"
#: sizes in inches: of a figure's width, of a legend's mark, of half a Chinese sign in a legend
WIDTH_INCHES, ENTRY_INCHES, SIGN_INCHES = 7.2, 0.55, 0.06


def blank(words: Words, *, x: str, y: str, height: float = 3.2) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes, labelled with the headers of two columns."""
    figure = Figure(figsize=(WIDTH_INCHES, height))
    axes = figure.add_subplot()
    axes.set_xlabel(unnumbered(words.header(x)))
    axes.set_ylabel(unnumbered(words.header(y)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.6g}")
    return figure, axes


def page_values(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column in the unit of the page: 万元, percent."""
    return frame[column].astype("float64") * scaled(column)


def labels(frame: pd.DataFrame, column: str, words: Words) -> list[str]:
    """Return a column's codes in words."""
    return [words.code(column, value) for value in frame[column]]


def rows_height(rows: int) -> float:
    """Return the height (inches) of a figure with one line per row."""
    return max(2.2, 1.4 + 0.34 * rows)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a horizontal figure, the first on top; lines run across only."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(False, axis="y")


def quarter_ticks(axes: Axes, months: Sequence[str]) -> None:
    """Name every third month (every sixth beyond three years) on the horizontal axis."""
    step = 3 if len(months) <= 36 else 6
    axes.set_xticks(range(0, len(months), step), list(months)[::step], rotation=30, ha="right")


def legend_above(figure: Figure) -> None:
    """Explain every mark of the figure once, in as many columns as fit; `pictures.finished` finds it its place."""
    found = {text: mark for axes in figure.axes for mark, text in zip(*axes.get_legend_handles_labels(), strict=True)}
    sizes = sorted((ENTRY_INCHES + SIGN_INCHES * width(text) for text in found), reverse=True)
    columns = max((n for n in range(1, len(found) + 1) if sum(sizes[:n]) <= WIDTH_INCHES - 0.3), default=1)
    figure.legend(found.values(), found.keys(), ncols=columns, loc="upper left", borderaxespad=0.0, columnspacing=1.2)

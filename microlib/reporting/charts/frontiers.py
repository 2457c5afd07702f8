"""Frontiers: alternatives as dots on two aims, those that nothing beats outright marked."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.cells import cell
from microlib.reporting.charts.axes import COLOURS, blank, legend_above, page_values


def frontier_dots(frame: pd.DataFrame, *, words: Words, x: str, y: str, label: str) -> Figure:
    """Draw one dot per alternative; today's is a square, those on the frontier are filled, one is named per place.

    Parameters
    ----------
    frame : DataFrame
        One row per alternative, today's first, with ``is_frontier``. Not modified.
    words : Words
    x, y : str
        Columns of the two aims.
    label : str
        Column of codes that names a dot.
    """
    figure, axes = blank(words, x=x, y=y, height=3.8)
    across, up, front = page_values(frame, x), page_values(frame, y), frame["is_frontier"].astype(bool)
    axes.plot(across[~front], up[~front], "o", color="white", markeredgecolor=COLOURS[5], markersize=6,
              label=words.code("dot", "beaten"))  # fmt: skip
    axes.plot(across[front], up[front], "o", color=COLOURS[0], markersize=6, label=words.code("dot", "front"))
    axes.plot(across.iloc[:1], up.iloc[:1], "s", color=COLOURS[1], markersize=8, label=words.code("dot", "today"))
    named = frame[front].drop_duplicates(subset=[label], keep="last")
    for place, row in named.iterrows():
        text = f"{words.code(label, row[label])} {_value(row, label, words)}".strip()
        axes.annotate(text, (across[place], up[place]), (4, 4), textcoords="offset points", fontsize=7)
    axes.margins(x=0.16, y=0.14)
    legend_above(figure)
    return figure


def _value(row: pd.Series, label: str, words: Words) -> str:
    if row.get("new_code"):
        return words.code("new_code", row["new_code"])
    return "" if pd.isna(row.get("value")) else f"{cell(row['value'], row[label], words)} {words.unit(row[label])}"

"""Frontiers: alternatives as dots on two aims, those that nothing beats outright marked."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.cells import cell
from microlib.reporting.charts.axes import COLOURS, blank, legend_above, page_values

#: parts of either axis within which two names would touch
NEAR = (0.3, 0.07)


def frontier_dots(frame: pd.DataFrame, *, words: Words, x: str, y: str, label: str) -> Figure:
    """Draw one dot per alternative: today's a square, those on the frontier filled, and named where there is room.

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
    for place in _apart(across, up, front):
        row = frame.loc[place]
        text = f"{words.code(label, row[label])} {_value(row, label, words)}".strip()
        axes.annotate(text, (across[place], up[place]), (5, 3), textcoords="offset points", fontsize=7)
    axes.margins(x=0.16, y=0.14)
    legend_above(figure)
    return figure


def _apart(across: pd.Series, up: pd.Series, front: pd.Series) -> list:
    """Choose the dots on the frontier that can be named without writing over another name, today's left out."""
    wide, high = float(across.max() - across.min()) or 1.0, float(up.max() - up.min()) or 1.0
    kept = [across.index[0]]
    for place in up[front].sort_values(ascending=False).index:
        gaps = [(abs(across[place] - across[old]) / wide, abs(up[place] - up[old]) / high) for old in kept]
        if all(aside > NEAR[0] or above > NEAR[1] for aside, above in gaps):
            kept.append(place)
    return kept[1:]


def _value(row: pd.Series, label: str, words: Words) -> str:
    if row.get("new_code"):
        return words.code("new_code", row["new_code"])
    return "" if pd.isna(row.get("value")) else f"{cell(row['value'], row[label], words)} {words.unit(row[label])}"

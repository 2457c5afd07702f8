"""A picture of tied customers: every group a ring of points, common values as grey points of their own."""

from __future__ import annotations

from math import ceil, cos, pi, sin, sqrt

import pandas as pd
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.charts.axes import COLOURS, WIDTH_INCHES, legend_above

STATES = {"to_check": (COLOURS[1], "-"), "confirmed": (COLOURS[0], "--"), "ruled_out": (COLOURS[5], ":")}
GREY = "#b5b5b5"


def ties(frame: pd.DataFrame, *, words: Words) -> Figure:
    """Draw each group as a ring of its members with a line per tie, and what many hold in grey.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.connections.networks.network`. Not modified.
    words : Words
    """
    groups = list(frame["connected_id"].drop_duplicates())
    across = max(1, ceil(sqrt(1.8 * len(groups))))
    down = ceil(len(groups) / across)
    figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 1.15 * down))
    axes = figure.add_subplot()
    axes.set_axis_off()
    for place, name in enumerate(groups):
        middle = (place % across, -(place // across))
        _ring(axes, frame[frame["connected_id"] == name], middle, words)
    axes.set_xlim(-0.6, across - 0.4)
    axes.set_ylim(-down + 0.4, 0.6)
    legend_above(figure)
    return figure


def _ring(axes, rows: pd.DataFrame, middle: tuple[float, float], words: Words) -> None:
    """Draw one group around its middle."""
    if (rows["status"] == "left_out").all():
        row = rows.iloc[0]
        axes.plot(*middle, "o", color=GREY, markersize=11, label=words.code("status", "left_out"))
        text = f"{words.code('link_type', row['node_a'])} {int(row['holders_count'])}"
        axes.annotate(text, middle, (0, -13), textcoords="offset points", ha="center", fontsize=7, color="#555555")
        return
    names = sorted({*rows["node_a"], *rows["node_b"]})
    reach = 0.14 + 0.024 * min(len(names), 10)
    turn = [2 * pi * place / len(names) for place in range(len(names))]
    spots = {name: (middle[0] + reach * cos(angle), middle[1] + reach * sin(angle))
             for name, angle in zip(names, turn, strict=True)}  # fmt: skip
    for row in rows.itertuples():
        colour, line = STATES[row.status]
        ends = list(zip(spots[row.node_a], spots[row.node_b], strict=True))
        axes.plot(*ends, color=colour, linestyle=line, linewidth=1.1, label=words.code("status", row.status))
    axes.plot(*zip(*spots.values(), strict=True), "o", color=COLOURS[0], markersize=4.5, markeredgecolor="white")

"""Lines of all customers from the largest down, today and as tried: where a cap cuts and what it leaves."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.charts.axes import COLOURS, LINES, blank, legend_above, page_values


def line_curves(frame: pd.DataFrame, *, words: Words, setting: str) -> Figure:
    """Draw each setting's lines in falling order.

    Parameters
    ----------
    frame : DataFrame
        `setting` (code) and ``limit_yuan``, one row per customer and setting. Not modified.
    words : Words
    setting : str
        Column that names the setting.
    """
    figure, axes = blank(words, x="customer_rank", y="limit_yuan")
    for number, (name, part) in enumerate(frame.groupby(setting, sort=False)):
        values = page_values(part, "limit_yuan").sort_values(ascending=False).to_numpy()
        style = {"color": COLOURS[number], "linestyle": LINES[number], "linewidth": 1.8}
        axes.step(range(1, len(values) + 1), values, where="mid", label=words.code(setting, name), **style)
    axes.set_ylim(bottom=0)
    legend_above(figure)
    return figure

"""A square of rates: from which state to which, darker for more, each cell with its number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.charts.axes import blank
from microlib.reporting.formats import BLANK, FEWEST

#: share above which the number in a cell is written in white
DARK = 0.45


def roll_map(frame: pd.DataFrame, *, words: Words) -> Figure:
    """Draw monthly moves between states of arrears.

    A state that fewer loans than ``FEWEST`` were seen to leave has dashes: its smoothed rates are the prior.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.migrations.roll_rates`. Not modified.
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

"""A plan's cumulated path with its band, what has come so far, and the range in which it will end."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.charts.axes import BAND, COLOURS, blank, legend_above, quarter_ticks


def progress_band(frame: pd.DataFrame, *, words: Words, month: str) -> Figure:
    """Draw the cumulated plan with its band, the actual path, and the forecast of the end with its range.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.selling.progresses.plan_progress`, one row per month. Not modified.
    words : Words
    month : str
        Column of months.
    """
    figure, axes = blank(words, x=month, y="actual_total")
    places = range(len(frame))
    low, high = (frame[name].astype("float64") for name in ("band_low", "band_high"))
    axes.fill_between(places, low, high, color=BAND, label=words.column("band"))
    axes.plot(places, frame["planned_total"], color="#444444", linestyle="--", label=words.column("planned_total"))
    axes.plot(places, frame["actual_total"], color=COLOURS[0], marker="o", label=words.column("actual_total"))
    come = frame[frame["end_forecast"].notna()]
    if len(come) and len(come) < len(frame):
        last, end = come.iloc[-1], len(frame) - 1
        reach = [[last["end_forecast"] - last["end_low"]], [last["end_high"] - last["end_forecast"]]]
        axes.errorbar([end], [last["end_forecast"]], yerr=reach, fmt="s", color=COLOURS[1], capsize=4,
                      label=words.column("end_forecast"))  # fmt: skip
    quarter_ticks(axes, frame[month].astype("str").tolist())
    legend_above(figure)
    return figure

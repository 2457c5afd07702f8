"""Points on two axes: a funnel of persons or desks, and a map of groups with their ranges."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from microlib.metrics.funnel_limits import funnel_limits
from microlib.reporting.catalogues import Words
from microlib.reporting.charts.axes import COLOURS, LINES, MARKS, blank, legend_above, page_values

PLACES = {"above_action": (1, "^"), "above_warning": (3, "D"), "inside": (0, "o"), "below": (2, "v")}


def funnel_plot(frame: pd.DataFrame, *, words: Words, value: str = "adjusted_share") -> Figure:
    """Draw each person's adjusted share over their number of loans, between the 95 % and the 99.8 % limits.

    The curves are those of the branch's own mix, smooth; a point's mark and colour rest on the person's own mix.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.reviewing.funnels.funnel`. Not modified.
    words : Words
    value : str
        Column on the upright axis.
    """
    figure, axes = blank(words, x="loans_count", y=value, height=3.6)
    least, most = int(frame["loans_count"].min()), int(frame["loans_count"].max())
    limits = funnel_limits(range(max(1, least - 1), most + 2), target=float(frame["branch_share"].iloc[0]))
    for place, ((_, part), mark) in enumerate(zip(limits.groupby("level"), ("limit95", "limit998"), strict=True)):
        for name, label in (("low_share", words.mark(mark)), ("high_share", None)):
            style = {"color": COLOURS[5], "linestyle": LINES[place + 1], "label": label}
            axes.plot(part["cases_count"], page_values(part, name), **style)
    axes.axhline(100 * frame["branch_share"].iloc[0], color="#333333", linewidth=0.8, label=words.mark("branch_rate"))
    for place, part in frame.groupby("funnel_place", sort=True):
        colour, mark = PLACES[place]
        axes.plot(part["loans_count"], page_values(part, value), mark, color=COLOURS[colour], markeredgecolor="white",
                  markersize=7, linestyle="", label=words.code("funnel_place", place))  # fmt: skip
    axes.set_ylim(bottom=0)
    legend_above(figure)
    return figure


def two_axes_map(frame: pd.DataFrame, *, words: Words, able: str, late: str, cut: float) -> Figure:
    """Draw groups by the share that can pay (across) and the share late though able (up), with both ranges.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.reviewing.axes.two_axes`; groups without a share late though able are left out. Not modified.
    words : Words
    able, late : str
        Columns of the two shares.
    cut : float
        Share late though able above which a group's will is in question.
    """
    figure, axes = blank(words, x=able, y=late, height=4.0)
    rows = frame.dropna(subset=[able, late]).reset_index(drop=True)
    for number, (_, row) in enumerate(rows.iterrows()):
        colour, x, y = COLOURS[number % len(COLOURS)], 100 * row[able], 100 * row[late]
        across = [[x - 100 * row["able_low"]], [100 * row["able_high"] - x]]
        up = [[y - 100 * row["able_late_low"]], [100 * row["able_late_high"] - y]]
        axes.errorbar(x, y, xerr=across, yerr=up, fmt=MARKS[number % len(MARKS)], color=colour, markersize=7,
                      elinewidth=1, label=words.code("segment", row["segment"]))  # fmt: skip
    axes.axhline(100 * cut, color=COLOURS[1], linestyle="--", linewidth=0.9)
    axes.axvline(50, color=COLOURS[1], linestyle="--", linewidth=0.9)
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    legend_above(figure)
    return figure

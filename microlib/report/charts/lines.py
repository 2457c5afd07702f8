"""Lines and ranges: vintage curves, monthly amounts, seasonal index with band, sized lines, plan progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from microlib.report.figures import (
    BAND,
    COLOURS,
    LINES,
    MARKS,
    WIDTH_INCHES,
    blank,
    labels,
    legend_above,
    name_rows,
    page_values,
    quarter_ticks,
    rows_height,
)
from microlib.report.tables import siblings
from microlib.report.words import Words


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
        axes.plot(
            frame[month],
            page_values(frame, name),
            marker=MARKS[number % len(MARKS)],
            markevery=apart,
            markersize=4,
            label=words.column(name),
            **style,
        )
    axes.set_ylabel(words.header(height or values[0]))
    axes.margins(x=0.01)
    legend_above(figure)
    return figure


def named_lines(frame: pd.DataFrame, *, words: Words, month: str, values: Sequence[str]) -> Figure:
    """Draw one line per share over the months, each named at its end; every line begins at zero.

    Parameters
    ----------
    frame : DataFrame
        One row per month, ascending. Not modified.
    words : Words
    month : str
        Column of months, ``YYYY-MM``.
    values : sequence of str
        Columns of one unit.
    """
    figure, axes = blank(words, x=month, y=values[0], height=2.3)
    last, ends = len(frame) - 1, {name: float(page_values(frame, name).iloc[-1]) for name in values}
    top = max(float(page_values(frame, name).max()) for name in values) or 1.0
    places = _apart(ends, 0.15 * top)
    for number, name in enumerate(values):
        style = {"color": COLOURS[number], "linestyle": LINES[number], "linewidth": 1.8}
        axes.plot(range(len(frame)), page_values(frame, name), label=words.column(name), **style)
        axes.plot([last], [ends[name]], MARKS[number], color=COLOURS[number], markersize=5)
        label = f"{words.column(name)} {ends[name]:.1f}"
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        place = (last + 0.02 * len(frame), places[name])
        axes.text(*place, label, color=COLOURS[number], va="center", fontsize=8, bbox=ground)
    axes.set_ylim(-0.06 * top, 1.1 * top)
    axes.set_xlim(0, max(last, 1) * 1.24)
    axes.set_ylabel(words.unit(values[0]))
    quarter_ticks(axes, frame[month].astype("str").tolist())
    return figure


def _apart(ends: Mapping[str, float], least: float) -> dict[str, float]:
    """Return where labels stand so that two of them are `least` apart, in the order of what they name."""
    found, floor = {}, float("-inf")
    for name in sorted(ends, key=lambda each: ends[each]):
        found[name] = floor = max(ends[name], floor + least)
    return found


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


def progress_band(frame: pd.DataFrame, *, words: Words, month: str) -> Figure:
    """Draw the cumulated plan with its band, the actual path, and the forecast of the end with its range.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.selling.plan_progress`, one row per month. Not modified.
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
        axes.errorbar(
            [end],
            [last["end_forecast"]],
            yerr=reach,
            fmt="s",
            color=COLOURS[1],
            capsize=4,
            label=words.column("end_forecast"),
        )
    quarter_ticks(axes, frame[month].astype("str").tolist())
    legend_above(figure)
    return figure


PANELS = 4
#: reasons for which a segment has no peak of its own
WITHOUT_PEAK = ("bank_rhythm", "no_clear_season")


def interval_dots(
    frame: pd.DataFrame, *, words: Words, label: str, value: str, appetite: float | None = None
) -> Figure:
    """Draw one row per code: the rate as a dot, its interval as a line, the appetite as an upright.

    Parameters
    ----------
    frame : DataFrame
        One row per code, with the bounds of `value` beside it. Not modified.
    words : Words
    label, value : str
        Columns of codes and of the rate.
    appetite : float, optional
        The rate that the bank tolerates (fraction).
    """
    figure, axes = blank(words, x=value, y=label, height=rows_height(len(frame)))
    parts = siblings(value, list(frame.columns))
    low, high = (page_values(frame.rename(columns={parts[end]: value, value: "_"}), value) for end in ("low", "high"))
    rows, middle = range(len(frame)), page_values(frame, value)
    axes.hlines(rows, low, high, color=COLOURS[0], linewidth=2)
    axes.plot(middle, rows, "o", color=COLOURS[0], markeredgecolor="white", markersize=7)
    if appetite is not None:
        axes.axvline(appetite * 100, color=COLOURS[1], linestyle="--", label=words.mark("appetite", value=appetite))
        legend_above(figure)
    name_rows(axes, labels(frame, label, words))
    axes.set_xlim(left=min(float(low.min()), -0.02 * float(high.max())) if len(frame) else 0.0)
    return figure


def seasonal_index(
    frame: pd.DataFrame, *, words: Words, rhythms: pd.DataFrame | None = None, launches: pd.DataFrame | None = None
) -> Figure:
    """Draw each segment's index by calendar month with its band, its peak and the week in which to begin.

    Parameters
    ----------
    frame : DataFrame
        ``segment, calendar_month, index_ratio, index_low, index_high`` (1 is an average month); four segments are
        drawn, those with a season of their own before the others. Not modified.
    words : Words
    rhythms : DataFrame, optional
        ``segment, peak_month, reason``: a peak is marked, in its own colour where it is the bank's own rhythm.
    launches : DataFrame, optional
        ``segment, launch_date``.
    """
    names = _drawn(frame, rhythms)
    rows = (len(names) + 1) // 2 if len(names) > 1 else 1
    figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 2.4 * rows))
    panels = figure.subplots(rows, 2 if len(names) > 1 else 1, squeeze=False, sharey=True).ravel()
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    for axes, name in zip(panels, names, strict=False):
        _month_line(axes, frame[frame["segment"] == name], words)
        _marks(axes, (rhythms, launches), name, words)
        axes.set_title(words.code("segment", name), fontsize=9, loc="left")
    top = float(frame.loc[frame["segment"].isin(names), ["index_ratio", "index_high"]].max().max())
    panels[0].set_ylim(0, 1.05 * top)
    legend_above(figure)
    return figure


def _drawn(frame: pd.DataFrame, rhythms: pd.DataFrame | None) -> list[str]:
    """Return the segments that have a panel: those of whose own peak the text speaks come first."""
    told = rhythms if rhythms is not None else pd.DataFrame(columns=["segment", "reason"])
    own = set(told.loc[~told["reason"].isin(WITHOUT_PEAK), "segment"])
    return sorted(frame["segment"].unique(), key=lambda name: name not in own)[:PANELS]


def _month_line(axes: Axes, frame: pd.DataFrame, words: Words) -> None:
    months = frame["calendar_month"]
    band = {"color": BAND, "alpha": 0.35, "label": words.mark("band_of_months")}
    axes.fill_between(months, frame["index_low"].clip(lower=0), frame["index_high"], **band)
    axes.plot(months, frame["index_ratio"], "-o", color=COLOURS[0], markersize=4, label=words.column("index_ratio"))
    axes.axhline(1.0, color="#555555", linewidth=0.8)
    axes.set_xticks(range(1, 13))
    axes.set_xlabel(words.column("calendar_month"), fontsize=8)
    axes.set_ylabel(words.header("index_ratio"), fontsize=8)


def _marks(axes: Axes, marks: tuple[pd.DataFrame | None, pd.DataFrame | None], name: str, words: Words) -> None:
    rhythms, launches = (None if each is None else each[each["segment"] == name] for each in marks)
    if rhythms is not None and len(rhythms) and rhythms["reason"].iloc[0] != "no_clear_season":
        kind = rhythms["reason"].iloc[0]
        colour, line = (COLOURS[5], ":") if kind == "bank_rhythm" else (COLOURS[1], "--")
        own = kind != "bank_rhythm" or "raw_peak_month" not in rhythms.columns
        month = rhythms["peak_month" if own else "raw_peak_month"].iloc[0]
        axes.axvline(month, color=colour, linestyle=line, label=words.mark(f"peak_{kind}"))
    if launches is not None and len(launches) and launches["launch_date"].notna().iloc[0]:
        day = pd.Timestamp(launches["launch_date"].iloc[0])
        place = day.month + (day.day - 1) / day.days_in_month
        axes.axvline(place, color=COLOURS[2], linestyle="-.", label=words.mark("launch"))

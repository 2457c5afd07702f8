"""Points and graphs: funnel plot, map of groups, efficient frontier, connected groups, tiers of a chain."""

from __future__ import annotations

from math import ceil, cos, pi, sin, sqrt

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from microlib.report.figures import (
    COLOURS,
    LINES,
    MARKS,
    WIDTH_INCHES,
    blank,
    labels,
    legend_above,
    name_rows,
    page_values,
)
from microlib.report.tables import cell
from microlib.report.words import Words
from microlib.stats.forecast import funnel_limits

PLACES = {"above_action": (1, "^"), "above_warning": (3, "D"), "inside": (0, "o"), "below": (2, "v")}


def funnel_plot(frame: pd.DataFrame, *, words: Words, value: str = "adjusted_share") -> Figure:
    """Draw each person's adjusted share over their number of loans, between the 95 % and the 99.8 % limits.

    The curves are those of the branch's own mix, smooth; a point's mark and colour rest on the person's own mix.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.loan_failures.funnel`. Not modified.
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
        axes.plot(
            part["loans_count"],
            page_values(part, value),
            mark,
            color=COLOURS[colour],
            markeredgecolor="white",
            markersize=7,
            linestyle="",
            label=words.code("funnel_place", place),
        )
    axes.set_ylim(bottom=0)
    legend_above(figure)
    return figure


def two_axes_map(frame: pd.DataFrame, *, words: Words, able: str, late: str, cut: float) -> Figure:
    """Draw groups by the share that can pay (across) and the share late though able (up), with both ranges.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.conduct.two_axes`; groups without a share late though able are left out. Not modified.
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
        axes.errorbar(
            x,
            y,
            xerr=across,
            yerr=up,
            fmt=MARKS[number % len(MARKS)],
            color=colour,
            markersize=7,
            elinewidth=1,
            label=words.code("segment", row["segment"]),
        )
    axes.axhline(100 * cut, color=COLOURS[1], linestyle="--", linewidth=0.9)
    axes.axvline(50, color=COLOURS[1], linestyle="--", linewidth=0.9)
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    legend_above(figure)
    return figure


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
    axes.plot(
        across[~front],
        up[~front],
        "o",
        color="white",
        markeredgecolor=COLOURS[5],
        markersize=6,
        label=words.code("dot", "beaten"),
    )
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


STATES = {"to_check": (COLOURS[1], "-"), "confirmed": (COLOURS[0], "--"), "ruled_out": (COLOURS[5], ":")}
GREY = "#b5b5b5"


def ties(frame: pd.DataFrame, *, words: Words) -> Figure:
    """Draw each group as a ring of its members with a line per tie, and what many hold in grey.

    Parameters
    ----------
    frame : DataFrame
        Result of `metrics.connections.network`. Not modified.
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
    spots = {
        name: (middle[0] + reach * cos(angle), middle[1] + reach * sin(angle))
        for name, angle in zip(names, turn, strict=True)
    }
    for row in rows.itertuples():
        colour, line = STATES[row.status]
        ends = list(zip(spots[row.node_a], spots[row.node_b], strict=True))
        axes.plot(*ends, color=colour, linestyle=line, linewidth=1.1, label=words.code("status", row.status))
    axes.plot(*zip(*spots.values(), strict=True), "o", color=COLOURS[0], markersize=4.5, markeredgecolor="white")


BOX = {"boxstyle": "round,pad=0.45", "facecolor": "white", "linewidth": 1.2}


def tier_flow(frame: pd.DataFrame, *, words: Words) -> Figure:
    """Draw each core with its tiers to the right: how many suppliers, how many ours, what they owe; arrows carry goods.

    Parameters
    ----------
    frame : DataFrame
        ``core_id, tier, suppliers_count, customers_count, flow_yuan, balance_yuan``. Not modified.
    words : Words
    """
    cores = list(frame["core_id"].drop_duplicates())
    figure, axes = blank(words, x="tier", y="core_id", height=1.3 + 1.05 * len(cores))
    for place, core in enumerate(cores):
        axes.text(
            0,
            place,
            words.mark("core_itself"),
            ha="center",
            va="center",
            fontsize=8,
            bbox=BOX | {"edgecolor": COLOURS[1]},
        )
        for _, row in frame[frame["core_id"] == core].iterrows():
            _tier(axes, row, place, words)
    name_rows(axes, labels(frame.drop_duplicates("core_id"), "core_id", words))
    deepest = int(frame["tier"].max())
    axes.set_xticks(range(deepest + 1), [words.mark("tier_of", tier=tier) for tier in range(deepest + 1)])
    axes.set_xlim(-0.4, deepest + 0.5)
    axes.grid(False)
    return figure


def median_lines(frame: pd.DataFrame, *, words: Words, terms: pd.DataFrame | None = None) -> Figure:
    """Draw each core's median days to pay by half-year of delivery, with ranges, and its legal term.

    Parameters
    ----------
    frame : DataFrame
        ``core_id, period, median_days, median_low, median_high``. Not modified.
    words : Words
    terms : DataFrame, optional
        ``core_id, legal_days``; missing where none applies.
    """
    figure, axes = blank(words, x="period", y="median_days")
    periods = sorted(frame["period"].unique())
    for number, (core, rows) in enumerate(frame.groupby("core_id", sort=True)):
        places = [periods.index(period) for period in rows["period"]]
        high = rows["median_high"].fillna(rows["median_days"])
        style = {"color": COLOURS[number % 6], "linestyle": LINES[number % 6], "marker": MARKS[number % 6]}
        axes.plot(places, rows["median_days"], label=words.code("core_id", core), **style)
        axes.fill_between(places, rows["median_low"], high, color=COLOURS[number % 6], alpha=0.15)
    legal = set() if terms is None else set(terms.loc[terms["core_id"].isin(frame["core_id"]), "legal_days"].dropna())
    for days in sorted(legal):
        axes.axhline(
            days, color="#555555", linewidth=0.9, linestyle=":", label=words.mark("legal_term", legal_days=days)
        )
    axes.set_xticks(range(len(periods)), periods)
    axes.set_ylim(bottom=0)
    legend_above(figure)
    return figure


def _tier(axes: Axes, row: pd.Series, place: int, words: Words) -> None:
    tier = int(row["tier"])
    told = {name: cell(row[name], name, words) for name in ("suppliers_count", "customers_count", "balance_yuan")}
    axes.text(
        tier,
        place,
        words.mark("tier_box", **told),
        ha="center",
        va="center",
        fontsize=7.5,
        bbox=BOX | {"edgecolor": COLOURS[0]},
    )
    arrow = {"arrowstyle": "-|>", "color": "#555555", "shrinkA": 2, "shrinkB": 2}
    axes.annotate("", (tier - 0.72, place), (tier - 0.34, place), arrowprops=arrow)
    flow = words.mark("tier_flow", flow_yuan=row["flow_yuan"])
    axes.text(tier - 0.53, place - 0.16, flow, ha="center", va="bottom", fontsize=7)

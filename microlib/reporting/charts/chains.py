"""Figures of a supply chain: the tiers behind each core, and days to pay by half-year."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.cells import cell
from microlib.reporting.charts.axes import COLOURS, LINES, MARKS, blank, labels, legend_above, name_rows

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
        axes.text(0, place, words.mark("core_itself"), ha="center", va="center", fontsize=8,
                  bbox=BOX | {"edgecolor": COLOURS[1]})  # fmt: skip
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
    axes.text(tier, place, words.mark("tier_box", **told), ha="center", va="center", fontsize=7.5,
              bbox=BOX | {"edgecolor": COLOURS[0]})  # fmt: skip
    arrow = {"arrowstyle": "-|>", "color": "#555555", "shrinkA": 2, "shrinkB": 2}
    axes.annotate("", (tier - 0.72, place), (tier - 0.34, place), arrowprops=arrow)
    flow = words.mark("tier_flow", flow_yuan=row["flow_yuan"])
    axes.text(tier - 0.53, place - 0.16, flow, ha="center", va="bottom", fontsize=7)

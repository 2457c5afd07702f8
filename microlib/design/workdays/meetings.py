"""Meeting one-pagers (会前一页纸): five figures, one ask, three likely questions, each with where its answer stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from microlib.errors import BadConfig


class Reading(NamedTuple):
    """Where a figure is read: the result table, its column, and the row (column and code; the first row else)."""

    page: str
    column: str
    row: tuple[str, str] | None = None


FIGURES = {
    "balance_yuan": Reading("book_size", "balance_yuan"),
    "customers_count": Reading("book_size", "customers_count"),
    "par30_adjusted_share": Reading("four_pars", "share", ("measure", "par30_adjusted")),
    "npl_share": Reading("committee_ratios", "share", ("measure", "npl")),
    "maturing_yuan": Reading("maturing", "balance_yuan"),
    "unconfirmed_yuan": Reading("maturing", "unconfirmed_yuan"),
    "crossing_yuan": Reading("warnings", "balance_yuan", ("warning", "crossing_90")),
    "new_overdue_yuan": Reading("warnings", "balance_yuan", ("warning", "new_overdue")),
    "left_share": Reading("departures", "left_share"),
    "refused_yuan": Reading("unmet_demand", "unmet_yuan", ("way", "refused")),
    "late_served_share": Reading("unmet_demand", "way_share", ("way", "late")),
    "first_share": Reading("scorecard", "first_share"),
    "yearly_rate": Reading("scorecard", "yearly_rate"),
    "promise_days": Reading("stage_times", "promise_days", ("stage", "whole_way")),
}
#: audience -> its five figures, the page its ask rests on, its three likely questions
AUDIENCES = {
    "branch_head": (("balance_yuan", "crossing_yuan", "unconfirmed_yuan", "refused_yuan", "left_share"),
                    ("why_left", "what_if_nothing", "who_does_it")),
    "risk_desk": (("npl_share", "par30_adjusted_share", "crossing_yuan", "new_overdue_yuan", "maturing_yuan"),
                  ("is_it_noise", "which_renewals", "which_source")),
    "rm_team": (("maturing_yuan", "unconfirmed_yuan", "new_overdue_yuan", "late_served_share", "promise_days"),
                ("whom_first", "what_to_ask", "how_long")),
}  # fmt: skip
#: question -> the result table on which its answer stands
ANSWERS = {
    "why_left": "departures", "what_if_nothing": "decisions", "who_does_it": "actions", "is_it_noise": "book_changes",
    "which_renewals": "four_pars", "which_source": "source_headroom", "whom_first": "crossing_loans",
    "what_to_ask": "maturing", "how_long": "stage_times",
}  # fmt: skip


def meeting_figures(results: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Read every figure that a meeting may be told off the result tables that were computed.

    Parameters
    ----------
    results : mapping
        Result table -> frame; what was not computed is left out. Not modified.

    Returns
    -------
    DataFrame
        One row per figure found: ``figure`` (a column's name, which says the unit), ``value, value_low, value_high``
        (missing without a range), ``value_count``, ``page`` (the result table), ``page_column``

    Examples
    --------
    >>> size = pd.DataFrame({"balance_yuan": [9e6], "customers_count": [12]})
    >>> meeting_figures({"book_size": size})[["figure", "value", "page"]].values.tolist()
    [['balance_yuan', 9000000.0, 'book_size'], ['customers_count', 12.0, 'book_size']]
    """
    rows = [_read(figure, reading, results) for figure, reading in FIGURES.items()]
    columns = ["figure", "value", "value_low", "value_high", "value_count", "page", "page_column"]
    return pd.DataFrame([row for row in rows if row is not None], columns=columns)


def meeting_sheet(figures: pd.DataFrame, *, audience: str) -> pd.DataFrame:
    """Keep the figures of one audience within the bank, in its order.

    Raises
    ------
    BadConfig
        If the audience is none of ``branch_head, risk_desk, rm_team``. Those outside get a leaflet, not this sheet.
    """
    wanted = _audience(audience)[0]
    rank = figures["figure"].map({name: place for place, name in enumerate(wanted)})
    return figures.assign(rank=rank).dropna(subset=["rank"]).sort_values("rank").drop(columns="rank")


def likely_questions(*, audience: str) -> pd.DataFrame:
    """List three questions that an audience is likely to ask, and the result table on which each answer stands.

    Examples
    --------
    >>> likely_questions(audience="risk_desk")["page"].tolist()
    ['book_changes', 'four_pars', 'source_headroom']
    """
    asked = _audience(audience)[1]
    return pd.DataFrame({"question": list(asked), "page": [ANSWERS[name] for name in asked]})


def _audience(audience: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if audience not in AUDIENCES:
        fix = f"use one of {', '.join(AUDIENCES)}; whoever is outside gets report.leaflet"
        raise BadConfig(f"nobody within the bank is called {audience!r}", where="meeting", fix=fix)
    return AUDIENCES[audience]


def _read(figure: str, reading: Reading, results: Mapping[str, pd.DataFrame]) -> tuple | None:
    frame = results.get(reading.page)
    if not isinstance(frame, pd.DataFrame) or reading.column not in frame:
        return None
    rows = frame if reading.row is None else frame[frame[reading.row[0]] == reading.row[1]]
    if rows.empty or pd.isna(rows.iloc[0][reading.column]):
        return None
    row, stem = rows.iloc[0], reading.column.rpartition("_")[0]
    named = {end: [f"{reading.column}_{end}", f"{stem}_{end}"] for end in ("low", "high")}
    low, high = (next((float(row[name]) for name in names if name in row), float("nan")) for names in named.values())
    counts = [f"{reading.column}_count", "base_customers_count"]
    count = next((float(row[name]) for name in counts if name in row), float("nan"))
    return figure, float(row[reading.column]), low, high, count, reading.page, reading.column

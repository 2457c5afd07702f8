"""What the overview shows of the whole bank: what to look at first, the funnel, shared sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from microlib.design.attentions import attention_list
from microlib.reporting import formats
from microlib.running.overviews import branch_tables, funnels

__all__ = ["branch_tables", "sights"]

#: sources that the page lists; the rest is counted
MOST = 20
#: where no overview was gathered
NOTHING = {"attention": [], "sources": [], "more_sources": 0, "is_gathered": False}


def sights(
    rows: list[dict[str, Any]], overview: Mapping[str, pd.DataFrame], *, quality: Any, group_cap_yuan: float
) -> dict[str, Any]:
    """Return what the index's template wants of the whole bank; empty where no overview was gathered.

    Parameters
    ----------
    rows : list of dict
        The table of branches; each row's sign is set here.
    overview : mapping
    quality : QualityPolicy
    group_cap_yuan : float
    """
    due = overview.get("readings", pd.DataFrame())
    readings = [{**each, "reading_date": formats.day(each["reading_date"])} for each in due.to_dict("records")]
    if "branches" not in overview:
        return {**NOTHING, "readings": readings, "funnel_rows": pd.DataFrame()}
    bank, sources = branch_tables.judged_branches(rows, overview), overview["sources"]
    against = bank.set_index("branch_id")["against_expected"].to_dict()
    for row in rows:
        row["sign"] = "" if row["is_small"] else branch_tables.SIGNS[against.get(row["code"], "unknown")]
    judged = bank[~bank["is_small"].astype("bool")]
    first = attention_list(judged, sources, appetite_share=quality.appetite_share, group_cap_yuan=group_cap_yuan)
    return {
        "readings": readings,
        "attention": [_matter(each) for each in first.itertuples()],
        "sources": [_source(each) for each in sources.head(MOST).itertuples()],
        "more_sources": max(len(sources) - MOST, 0),
        "funnel_rows": funnels.placed(bank),
        "is_gathered": True,
    }


def _matter(row: Any) -> dict[str, Any]:
    is_share = row.kind == "share_above_appetite"
    told = formats.interval(formats.Rate(row.value, row.low, row.high), "zh") if is_share else formats.wan(row.value)
    limit = f"{formats.percent(row.limit)} %" if is_share else formats.wan(row.limit)
    money = formats.wan(row.money_yuan)
    return {"kind": row.kind, "subject": row.subject, "branches": row.branch_ids.split(), "money": money,
            "money_yuan": row.money_yuan, "value": told, "limit": limit}  # fmt: skip


def _source(row: Any) -> dict[str, Any]:
    return {
        "kind": row.kind, "key": row.source_id, "branches": row.branch_ids.split(), "customers": row.customers_count,
        "loans": row.loans_count, "balance": formats.wan(row.balance_yuan), "overdue": formats.wan(row.overdue_30_yuan),
        "cap": formats.BLANK if pd.isna(row.cap_yuan) else formats.wan(row.cap_yuan), "balance_yuan": row.balance_yuan,
    }  # fmt: skip

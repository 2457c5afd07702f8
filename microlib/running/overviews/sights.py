"""What the overview shows of the whole bank: what to look at first, the funnel, shared sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from microlib.design import attentions
from microlib.reporting import formats
from microlib.running.overviews import branch_tables, funnels

__all__ = ["branch_tables", "sights"]

#: sources that the page lists; the rest is counted
MOST = 20
#: where no overview was gathered
NOTHING = {"attention": [], "sources": [], "more_sources": 0, "is_gathered": False}


def sights(
    rows: list[dict[str, Any]], overview: Mapping[str, pd.DataFrame], *, policy: Any, more: pd.DataFrame
) -> dict[str, Any]:
    """Return what the index's template wants of the whole bank; empty where no overview was gathered.

    Parameters
    ----------
    rows : list of dict
        The table of branches; each row's sign is set here.
    overview : mapping
    policy : Policy
    more : DataFrame
        As `concerns.further_matters`; told even where no overview was gathered.
    """
    due = overview.get("readings", pd.DataFrame())
    readings = [{**each, "reading_date": formats.day(each["reading_date"])} for each in due.to_dict("records")]
    if "branches" not in overview:
        told = [_matter(each) for each in more.head(attentions.MOST).itertuples()]
        return {**NOTHING, "attention": told, "readings": readings, "funnel_rows": pd.DataFrame()}
    bank, sources = branch_tables.judged_branches(rows, overview), overview["sources"]
    against = bank.set_index("branch_id")["against_expected"].to_dict()
    for row in rows:
        row["sign"] = "" if row["is_small"] else branch_tables.SIGNS[against.get(row["code"], "unknown")]
    judged = bank[~bank["is_small"].astype("bool")]
    limits = {"appetite_share": policy.quality.appetite_share, "group_cap_yuan": policy.limits.group_cap_yuan}
    first = attentions.attention_list(judged, sources, more=more, **limits)
    return {
        "readings": readings,
        "attention": [_matter(each) for each in first.itertuples()],
        "sources": [_source(each) for each in sources.head(MOST).itertuples()],
        "more_sources": max(len(sources) - MOST, 0),
        "funnel_rows": funnels.placed(bank),
        "is_gathered": True,
    }


def _matter(row: Any) -> dict[str, Any]:
    """Return a row's texts: shares in percent, money in wan, days and levels as they are; no money, a dash."""
    tells = {"share_above_appetite": _share, "payer_later": _days, "data_level": _level}
    usual = _left if row.kind.endswith(("_ended", "_ending")) else _amount
    value, limit = tells.get(row.kind, usual)(row)
    has_money = pd.notna(row.money_yuan)
    return {"kind": row.kind, "subject": row.subject, "branches": row.branch_ids.split(),
            "money": formats.wan(row.money_yuan) if has_money else formats.BLANK,
            "money_yuan": row.money_yuan if has_money else "", "value": value, "limit": limit}  # fmt: skip


def _share(row: Any) -> tuple[str, str]:
    return formats.interval(formats.Rate(row.value, row.low, row.high), "zh"), f"{formats.percent(row.limit)} %"


def _amount(row: Any) -> tuple[str, str]:
    return formats.wan(row.value), formats.wan(row.limit)


def _days(row: Any) -> tuple[str, str]:
    high = f"{row.high:+.0f}" if pd.notna(row.high) else "…"
    return f"{row.value:+.0f} 天（{row.low:+.0f}–{high}）", f"{row.limit:+.0f} 天"


def _left(row: Any) -> tuple[str, str]:
    return (f"已过 {-row.value:.0f} 天" if row.value < 0 else f"剩 {row.value:.0f} 天"), formats.BLANK


def _level(row: Any) -> tuple[str, str]:
    return f"L{row.value:.0f}", f"L{row.limit:.0f}"


def _source(row: Any) -> dict[str, Any]:
    return {
        "kind": row.kind, "key": row.source_id, "branches": row.branch_ids.split(), "customers": row.customers_count,
        "loans": row.loans_count, "balance": formats.wan(row.balance_yuan), "overdue": formats.wan(row.overdue_30_yuan),
        "cap": formats.BLANK if pd.isna(row.cap_yuan) else formats.wan(row.cap_yuan), "balance_yuan": row.balance_yuan,
    }  # fmt: skip

"""What the book is: its size, its largest source, the defaults that a customer file records."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, rate_of, sentence


def book_size(size: pd.DataFrame) -> Sentence:
    """Say borrowers, loans and balance (`metrics.book_sizes.book_size`)."""
    row = size.iloc[0]
    if row["customers_count"] == 0:
        return sentence("book_empty")
    names = ("customers_count", "loans_count", "balance_yuan", "average_yuan")
    return sentence("book_size", **{name: row[name] for name in names})


def top_source(top: pd.DataFrame) -> Sentence:
    """Name the source on which most of the book hangs (`metrics.book_sizes.top_source`)."""
    if top.empty:
        return sentence("top_source_none")
    names = ("source_kind", "source_id", "borrowers_count", "balance_yuan", "top_source_share")
    return sentence("top_source", **{name: top.iloc[0][name] for name in names})


def book_spread(spread: pd.DataFrame) -> Sentence:
    """Say over how many parts the book is spread, and what the largest hold (`metrics.book_sizes.book_spread`)."""
    row = spread.iloc[0]
    names = ("across", "parts_count", "effective_parts", "largest_share", "cr10_share")
    return sentence("book_spread", **{name: row[name] for name in names})


def default_rates(rates: pd.DataFrame) -> Sentence:
    """Say the default share of all customers whose file says so (`metrics.borrower_defaults.default_rates`)."""
    row = rates.iloc[0]
    if is_blank(row["default_share"]):
        return sentence("defaults_unknown")
    return sentence("default_rates", default_share=rate_of(row, "default_share"), bad_count=row["bad_count"])


def default_rates_by(rates: pd.DataFrame, *, within: str) -> Sentence:
    """Name the groups with the highest and the lowest default share, and whether their intervals part."""
    known = rates[rates["default_share"].notna()]
    if len(known) < 2:
        return sentence("defaults_not_compared")
    worst, best = known.loc[known["default_share"].idxmax()], known.loc[known["default_share"].idxmin()]
    key = "defaults_differ" if worst["default_share_low"] > best["default_share_high"] else "defaults_overlap"
    values = {"worst_share": rate_of(worst, "default_share"), "best_share": rate_of(best, "default_share")}
    return sentence(key, worst_group=str(worst[within]), best_group=str(best[within]), **values)


def pool_totals(totals: pd.DataFrame) -> list[Sentence]:
    """Say voids and returns of either side of a pool's invoices (`metrics.invoice_profiles.pool_totals`)."""
    names = ("side", "firms_count", "invoices_count", "void_share", "negative_share")
    return [sentence("pool_totals", **{name: row[name] for name in names}) for _, row in totals.iterrows()]


def actions(listed: pd.DataFrame) -> Sentence:
    """Say how many actions are due, and the first of them (`design.actions.list_actions`)."""
    if listed.empty:
        return sentence("actions_none")
    first = {name: listed.iloc[0][name] for name in ("due_date", "segment", "step", "owner")}
    return sentence("actions", actions_count=len(listed), **first)


VERDICTS = {
    "book_size": book_size,
    "top_source": top_source,
    "book_spread": book_spread,
    "default_rates": default_rates,
    "default_rates_by": default_rates_by,
    "pool_totals": pool_totals,
    "actions": actions,
}

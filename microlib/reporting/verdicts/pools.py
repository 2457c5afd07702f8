"""What the pages on invoices, sources and actions say: a pool of firms, the largest source, the list to be worked."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, rate_of, sentence


def pool_totals(totals: pd.DataFrame) -> list[Sentence]:
    """Say how many firms show invoices, and what part is void or returned (`metrics.invoice_profiles.pool_totals`)."""
    names = ("side", "firms_count", "invoices_count", "void_share", "negative_share")
    return [sentence("pool", **{name: row[name] for name in names}) for _, row in totals.iterrows()]


def invoice_fifths(fifths: pd.DataFrame) -> list[Sentence]:
    """Say how far the middle firm hangs on its largest counterparty, and how long it went without an invoice."""
    rows = {(row["side"], row["measure"]): row for _, row in fifths.iterrows()}
    said = [_reliance(side, rows) for side in fifths["side"].unique() if (side, "top1_share") in rows]
    gap = rows.get(("sale", "gap_months"))
    if gap is not None and not is_blank(gap["p80"]):
        said.append(sentence("pool_gaps", middle_count=gap["p50"], high_count=gap["p80"]))
    return said


def _reliance(side: str, rows: dict) -> Sentence:
    top = rows[(side, "top1_share")]
    number = rows[(side, "effective_counterparties")]["p50"]
    return sentence(f"pool_{side}", top1_share=top["p50"], high_share=top["p80"], effective_count=number)


def default_rates(rates: pd.DataFrame) -> Sentence:
    """Say how many of those known have defaulted, with the interval (`metrics.borrower_defaults.default_rates`)."""
    row = rates.iloc[0]
    return sentence("defaults", bad_count=row["bad_count"], default_share=rate_of(row, "default_share"))


def back_test(tests: pd.DataFrame) -> Sentence:
    """Name the indicators that told the defaulted from the others (`metrics.discriminations.back_test`)."""
    clear = tests[tests["direction"] != "unclear"]
    if clear.empty:
        return sentence("indicators_unclear", indicators_count=len(tests))
    distance = (clear["auc"] - 0.5).abs()
    best = clear.loc[distance.idxmax()]
    names = ("indicator", "auc", "auc_low", "auc_high", "direction")
    return sentence("indicators", indicators_count=len(tests), clear_count=len(clear),
                    **{name: best[name] for name in names})  # fmt: skip


def top_source(top: pd.DataFrame) -> Sentence:
    """Name the source on which most of the book hangs (`metrics.book_sizes.top_source`)."""
    if top.empty:
        return sentence("sources_none")
    row = top.iloc[0]
    names = ("source_kind", "source_id", "borrowers_count", "balance_yuan", "top_source_share")
    return sentence("top_source", **{name: row[name] for name in names})


def book_spread(spread: pd.DataFrame) -> Sentence:
    """Say over how many borrowers the book is spread, and what the largest hold (`metrics.book_sizes.book_spread`)."""
    row = spread.iloc[0]
    names = ("parts_count", "effective_parts", "largest_share", "cr10_share")
    return sentence("book_spread", **{name: row[name] for name in names})


def actions(listed: pd.DataFrame) -> Sentence:
    """Say how many things are on the list, and by when the first is due (`design.actions.list_actions`)."""
    if listed.empty:
        return sentence("decisions_none")
    return sentence("actions", actions_count=len(listed), first_date=listed["due_date"].min(),
                    people_count=listed["owner"].nunique())  # fmt: skip


def overturning(chosen: pd.DataFrame) -> Sentence:
    """Say in one line which number would overturn the first decision (哪个数字会推翻这个结论)."""
    if chosen.empty:
        return sentence("overturn_none")
    row = chosen.iloc[0]
    measure, value = str(row["overturning_measure"]), row["overturning_value"]
    unit = "share" if "share" in measure else "yuan"
    values = {"action": row["action"], "segment": row["segment"], "overturning_measure": measure}
    if unit == "yuan" and abs(value) <= 1:
        return sentence(f"overturn_{row['overturning_side']}_zero", **values)
    return sentence(f"overturn_{row['overturning_side']}_{unit}", **values, **{f"overturning_{unit}": value})


VERDICTS = {
    "pool_totals": pool_totals,
    "invoice_fifths": invoice_fifths,
    "default_rates": default_rates,
    "back_test": back_test,
    "top_source": top_source,
    "book_spread": book_spread,
    "actions": actions,
    "overturning": overturning,
}

"""Sentences on how products serve: days to the money, papers, tenor, lines, online checks."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, rate_of, sentence


def stage_times(times: pd.DataFrame) -> Sentence:
    """Say the promise that can be kept, and which stage takes longest (`products.stage_times`)."""
    whole = times[times["stage"] == "whole_way"]
    parts = times[times["stage"] != "whole_way"]
    slowest = parts.loc[parts["promise_days"].idxmax()]
    if whole.empty:
        return sentence("times_unfinished", stage=slowest["stage"], days=slowest["promise_days"])
    row = whole.iloc[0]
    values = {"cases_count": row["cases_count"], "median_days": row["median_days"], "promise_days": row["promise_days"]}
    key = "times_few" if pd.isna(row["promise_days_high"]) else "times"
    return sentence(key, stage=slowest["stage"], low_days=row["promise_days_low"], high_days=row["promise_days_high"],
                    **values)  # fmt: skip


def paper_uses(uses: pd.DataFrame, *, saved: pd.DataFrame) -> Sentence:
    """Name the papers that could go, and the days that would save (`products.papers`)."""
    dropped = list(uses.loc[uses["finding"] == "drop", "document"])
    if not dropped:
        return sentence("papers_none", papers_count=saved.iloc[0]["papers_count"])
    names = ("papers_count", "dropped_count", "saved_days")
    return sentence("papers", document=dropped, **{name: saved.iloc[0][name] for name in names})


def tenor_mismatch(found: pd.DataFrame) -> Sentence:
    """Say how many loans fall due before the borrower's gap is over (`products.tenors`)."""
    values = {name: found[name].sum() for name in ("known_count", "short_count", "long_need_count")}
    return sentence("tenors_short" if values["short_count"] else "tenors_fit", **values)


def refinanced_ends(found: pd.DataFrame) -> Sentence:
    """Name the product whose maturities hang most on renewal (`products.tenors`)."""
    worst = found.loc[found["renewed_share"].idxmax()]
    if worst["renewed_count"] == 0:
        return sentence("renewed_none", ended_count=found["ended_count"].sum())
    return sentence("renewed", product_id=worst["product_id"], renewed_share=rate_of(worst, "renewed_share"))


def line_patterns(patterns: pd.DataFrame) -> Sentence:
    """Say how lines are drawn and what that saved (`products.line_uses`)."""
    named = patterns.set_index("pattern")
    count = {f"{name}_count": int(named["lines_count"].get(name, 0)) for name in ("seasonal", "steady", "sleeping")}
    seasonal = float(named["saved_line_yuan"].get("seasonal", float("nan")))
    key = "lines" if count["seasonal_count"] else "lines_steady"
    extra = {"saved_line_yuan": seasonal} if count["seasonal_count"] else {}
    return sentence(key, lines_count=patterns["lines_count"].sum(), saved_yuan=patterns["saved_yuan"].sum(), **count,
                    **extra)  # fmt: skip


def idle_interest(found: pd.DataFrame) -> Sentence:
    """Say how much interest was paid on money that lay idle (`products.line_uses`)."""
    share = found["idle_yuan"].sum() / found["interest_yuan"].sum()
    top = found.loc[found["idle_share"].idxmax()]
    return sentence("idle", known_count=found["known_count"].sum(), idle_yuan=found["idle_yuan"].sum(), all_share=share,
                    product_id=top["product_id"], idle_share=top["idle_share"])  # fmt: skip


def online_passes(passes: pd.DataFrame) -> Sentence:
    """Say who passes the online check most and least, and how far the line reaches (`products.screens`)."""
    best, worst = passes.loc[passes["pass_share"].idxmax()], passes.loc[passes["pass_share"].idxmin()]
    granted, needed = passes["granted_yuan"].sum(), passes["needed_yuan"].sum()
    cover = granted / needed if needed > 0 else float("nan")
    values = {"checked_count": passes["checked_count"].sum(), "covered_share": cover}
    if len(passes) == 1:
        return sentence("online_one", pass_share=rate_of(best, "pass_share"), **values)
    ends = {"best_share": rate_of(best, "pass_share"), "worst_share": rate_of(worst, "pass_share")}
    return sentence("online", segment=best["segment"], other_segment=worst["segment"], **ends, **values)


def swap_set(found: pd.DataFrame) -> Sentence:
    """Say whether those whom the check refused did worse offline (`products.screens`)."""
    refused = found[found["decision"] == "refused"].iloc[0]
    values = {"borrowers_count": refused["borrowers_count"], "bad_count": refused["bad_count"]}
    if pd.isna(refused["difference"]):
        return sentence("swap_untold", **values)
    low, high = refused["difference_low"], refused["difference_high"]
    key = "swap_worse" if low > 0 else "swap_better" if high < 0 else "swap_alike"
    return sentence(key, low_share=low, high_share=high, **values)


VERDICTS = {
    "stage_times": stage_times,
    "paper_uses": paper_uses,
    "tenor_mismatch": tenor_mismatch,
    "refinanced_ends": refinanced_ends,
    "line_patterns": line_patterns,
    "idle_interest": idle_interest,
    "online_passes": online_passes,
    "swap_set": swap_set,
}

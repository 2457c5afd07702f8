"""Sentences on the product shelf: tree, margins, take-up, fit, peers, time to the money, papers, line use."""

from __future__ import annotations

import pandas as pd

from microlib.report.sentences import Sentence, rate_of, sentence


def group_labels(labels: pd.DataFrame) -> list[Sentence]:
    """Name the groups whose type is evident, and those of which nothing binds the members (`group_types`)."""
    evident, loose = labels[labels["types_count"] > 0], labels[labels["types_count"] == 0]
    said = [
        sentence("types_evident", segment=row["segment"], group_type=row["group_types"].split("+"))
        for _, row in evident.iterrows()
    ]
    return [*said, sentence("types_unclear", segment=list(loose["segment"]))] if len(loose) else said


def product_overlaps(pairs: pd.DataFrame) -> Sentence:
    """Name the pairs of products that are only names (`products`)."""
    names, merged = (pairs[pairs["finding"] == finding] for finding in ("name_only", "merge"))
    if names.empty and merged.empty:
        return sentence("overlaps_none", pairs_count=len(pairs)) if len(pairs) else sentence("overlaps_unknown")
    row = (names if len(names) else merged).iloc[0]
    key = "overlaps_names" if len(names) else "overlaps_merge"
    return sentence(key, pairs_count=len(names) or len(merged), product_id=row["product_id"], other_id=row["other_id"])


def product_tree(tree: pd.DataFrame) -> Sentence:
    """Name the product that carries most of the book (`products`)."""
    row = tree.loc[tree["balance_yuan"].idxmax()]
    names = ("product_id", "balance_yuan", "balance_share")
    return sentence("tree", products_count=len(tree), **{name: row[name] for name in names})


def product_margins(margins: pd.DataFrame, judged: pd.DataFrame) -> list[Sentence]:
    """Say which products earn, are thin, or lose (`lineup`); one that the register stops is praised for no margin.

    Parameters
    ----------
    margins : DataFrame
        Result of `lineup.product_margins`.
    judged : DataFrame
        Result of `design.judgement.product_judgements`.
    """
    keys = {"earns": "margins_earns", "thin": "margins_thin", "loses": "margins_loses", "stopped": "margins_stopped"}
    gone = margins["product_id"].isin(judged.loc[judged["state"] == "stop", "segment"])
    found = margins["margin_finding"].mask(gone & (margins["margin_finding"] != "loses"), "stopped")
    by = {key: list(margins.loc[found == name, "product_id"]) for name, key in keys.items()}
    said = [sentence(key, product_id=products) for key, products in by.items() if products]
    return [sentence("margins_sum", margin_yuan=margins["margin_yuan"].sum()), *said]


def take_up(rates: pd.DataFrame) -> Sentence:
    """Name the products that pass most and least often (`products`)."""
    known = rates[rates["pass_share"].notna()]
    if len(known) < 2:
        return sentence(
            "take_up_one", asked_count=rates["asked_count"].sum(), granted_count=rates["granted_count"].sum()
        )
    best, worst = known.loc[known["pass_share"].idxmax()], known.loc[known["pass_share"].idxmin()]
    values = {"best_share": rate_of(best, "pass_share"), "worst_share": rate_of(worst, "pass_share")}
    return sentence("take_up", product_id=best["product_id"], other_id=worst["product_id"], **values)


def replacements(found: pd.DataFrame) -> Sentence:
    """Name the product that most often takes the place of another of our own (`products.replacements`)."""
    if not found["new_count"].sum():
        return sentence("replacements_unknown")
    worst = found.loc[found["replaced_share"].idxmax()]
    if worst["replaced_count"] == 0:
        return sentence("replacements_none", new_count=found["new_count"].sum())
    return sentence(
        "replacements",
        product_id=worst["product_id"],
        main_from_id=worst["main_from_id"],
        replaced_share=rate_of(worst, "replaced_share"),
        net_new_yuan=found["net_new_yuan"].sum(),
        new_yuan=found["new_yuan"].sum(),
    )


def need_coverage(coverage: pd.DataFrame) -> list[Sentence]:
    """Say which group the shelf covers least, and what keeps most of the uncovered away (`service`)."""
    sums = {name: coverage[name].sum() for name in ("needing_count", "covered_count", "uncovered_yuan")}
    total = sentence("coverage_all", **sums)
    named = coverage[coverage["segment"] != "unassigned"]
    if named.empty or (named["covered_share"] == 1).all():
        return [total]
    worst = named.loc[named["covered_share"].idxmin()]
    said = sentence("coverage_least", segment=worst["segment"], covered_share=rate_of(worst, "covered_share"))
    if pd.isna(worst["main_missing"]):
        return [total, said]
    return [
        total,
        said,
        sentence("coverage_missing", main_missing=worst["main_missing"], one_term_count=worst["one_term_count"]),
    ]


def cost_matrix(matrix: pd.DataFrame) -> Sentence:
    """Say under how many uses ours is the cheaper one (`lineup`)."""
    known = matrix[matrix["gap_rate"].notna()]
    if known.empty:
        return sentence("costs_not_compared", uses_count=len(matrix))
    cheaper = known[known["gap_rate"] < 0]
    worst = known.loc[known["gap_rate"].idxmax()]
    values = {"uses_count": len(known), "cheaper_count": len(cheaper), "product_id": worst["product_id"]}
    return sentence("costs", usage=worst["usage"], gap_rate=worst["gap_rate"], **values)


def shelf_claims(claims: pd.DataFrame) -> Sentence:
    """Say how many advantages are computed over real peers, and may be told (`lineup`)."""
    allowed = claims[claims["is_allowed"]]
    if allowed.empty:
        better = int((claims["finding"] == "best").sum())
        return sentence("shelf_claims_none", better_count=better)
    return sentence("shelf_claims", claims_count=len(allowed), product_id=sorted(allowed["product_id"].unique()))


def what_if(best: pd.DataFrame) -> Sentence:
    """Say how many changes of one term are worth trying, and which reaches most (`lineup.best_changes`)."""
    if best.empty:
        return sentence("what_if_none")
    names = ("product_id", "quantity", "more_count", "more_margin_yuan", "more_loss_yuan")
    most = best.loc[best["more_count"].idxmax()]
    return sentence("what_if", changes_count=len(best), **{name: most[name] for name in names})


def scene_cards(cards: pd.DataFrame) -> Sentence:
    """Name the group with the largest volume of an ordinary year (`lineup`)."""
    known = cards[cards["volume_high_yuan"].notna()]
    if known.empty:
        is_bare = len(cards) > 0 and (cards["next_step"] == "mend_product_first").all()
        return sentence("scenes_bare" if is_bare else "scenes_none", groups_count=len(cards))
    row = known.iloc[0]
    names = ("segment", "free_count", "volume_low_yuan", "volume_high_yuan", "next_step")
    return sentence("scenes", groups_count=len(cards), **{name: row[name] for name in names})


def stage_times(times: pd.DataFrame) -> Sentence:
    """Say the promise that can be kept, and which stage takes longest (`service.stage_times`)."""
    whole = times[times["stage"] == "whole_way"]
    parts = times[times["stage"] != "whole_way"]
    slowest = parts.loc[parts["promise_days"].idxmax()]
    if whole.empty:
        return sentence("times_unfinished", stage=slowest["stage"], days=slowest["promise_days"])
    row = whole.iloc[0]
    values = {"cases_count": row["cases_count"], "median_days": row["median_days"], "promise_days": row["promise_days"]}
    key = "times_few" if pd.isna(row["promise_days_high"]) else "times"
    return sentence(
        key, stage=slowest["stage"], low_days=row["promise_days_low"], high_days=row["promise_days_high"], **values
    )


def paper_uses(uses: pd.DataFrame, *, saved: pd.DataFrame) -> Sentence:
    """Name the papers that could go, and the days that would save (`service`)."""
    dropped = list(uses.loc[uses["finding"] == "drop", "document"])
    if not dropped:
        return sentence("papers_none", papers_count=saved.iloc[0]["papers_count"])
    names = ("papers_count", "dropped_count", "saved_days")
    return sentence("papers", document=dropped, **{name: saved.iloc[0][name] for name in names})


def tenor_mismatch(found: pd.DataFrame) -> Sentence:
    """Say how many loans fall due before the borrower's gap is over (`products`)."""
    values = {name: found[name].sum() for name in ("known_count", "short_count", "long_need_count")}
    return sentence("tenors_short" if values["short_count"] else "tenors_fit", **values)


def refinanced_ends(found: pd.DataFrame) -> Sentence:
    """Name the product whose maturities hang most on renewal (`products`)."""
    if not found["ended_count"].sum():
        return sentence("renewed_unknown")
    worst = found.loc[found["renewed_share"].idxmax()]
    if worst["renewed_count"] == 0:
        return sentence("renewed_none", ended_count=found["ended_count"].sum())
    return sentence("renewed", product_id=worst["product_id"], renewed_share=rate_of(worst, "renewed_share"))


def line_patterns(patterns: pd.DataFrame) -> Sentence:
    """Say how lines are drawn and what that saved (`service.line_uses`)."""
    named = patterns.set_index("pattern")
    count = {f"{name}_count": int(named["lines_count"].get(name, 0)) for name in ("seasonal", "steady", "sleeping")}
    seasonal = float(named["saved_line_yuan"].get("seasonal", float("nan")))
    key = "lines" if count["seasonal_count"] else "lines_steady"
    extra = {"saved_line_yuan": seasonal} if count["seasonal_count"] else {}
    return sentence(
        key, lines_count=patterns["lines_count"].sum(), saved_yuan=patterns["saved_yuan"].sum(), **count, **extra
    )


def idle_interest(found: pd.DataFrame) -> Sentence:
    """Say how much interest was paid on money that lay idle (`service.line_uses`)."""
    share = found["idle_yuan"].sum() / found["interest_yuan"].sum()
    top = found.loc[found["idle_share"].idxmax()]
    return sentence(
        "idle",
        known_count=found["known_count"].sum(),
        idle_yuan=found["idle_yuan"].sum(),
        all_share=share,
        product_id=top["product_id"],
        idle_share=top["idle_share"],
    )


def online_passes(passes: pd.DataFrame) -> Sentence:
    """Say who passes the online check most and least, and how far the line reaches (`service`)."""
    best, worst = passes.loc[passes["pass_share"].idxmax()], passes.loc[passes["pass_share"].idxmin()]
    granted, needed = passes["granted_yuan"].sum(), passes["needed_yuan"].sum()
    cover = granted / needed if needed > 0 else float("nan")
    values = {"checked_count": passes["checked_count"].sum(), "covered_share": cover}
    if len(passes) == 1:
        return sentence("online_one", pass_share=rate_of(best, "pass_share"), **values)
    ends = {"best_share": rate_of(best, "pass_share"), "worst_share": rate_of(worst, "pass_share")}
    return sentence("online", segment=best["segment"], other_segment=worst["segment"], **ends, **values)


def swap_set(found: pd.DataFrame) -> Sentence:
    """Say whether those whom the check refused did worse offline (`service`)."""
    refused = found[found["decision"] == "refused"].iloc[0]
    values = {"borrowers_count": refused["borrowers_count"], "bad_count": refused["bad_count"]}
    if pd.isna(refused["difference"]):
        return sentence("swap_untold", **values)
    low, high = refused["difference_low"], refused["difference_high"]
    key = "swap_worse" if low > 0 else "swap_better" if high < 0 else "swap_alike"
    return sentence(key, low_share=low, high_share=high, **values)


VERDICTS = {
    "group_labels": group_labels,
    "product_overlaps": product_overlaps,
    "product_tree": product_tree,
    "product_margins": product_margins,
    "take_up": take_up,
    "replacements": replacements,
    "need_coverage": need_coverage,
    "shelf_costs": cost_matrix,
    "shelf_claims": shelf_claims,
    "best_changes": what_if,
    "scene_cards": scene_cards,
    "stage_times": stage_times,
    "paper_uses": paper_uses,
    "tenor_mismatch": tenor_mismatch,
    "refinanced_ends": refinanced_ends,
    "line_patterns": line_patterns,
    "idle_interest": idle_interest,
    "online_passes": online_passes,
    "swap_set": swap_set,
}

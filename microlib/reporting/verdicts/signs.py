"""What signs a risk review finds: uses, own funds, drivers, timelines, links, collateral, guarantees, people."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.formats import Rate
from microlib.reporting.verdicts.sentences import Sentence, sentence


def use_summary(summary: pd.DataFrame) -> Sentence:
    """Say how many loans show a sign in their use of funds (`reviewing.uses.use_summary`)."""
    rows = summary.set_index("sign")
    whole = rows.loc["any_sign"]
    if whole["loans_count"] == 0:
        return sentence("uses_none", known_count=whole["known_count"])
    counts = {f"{name}_count": int(rows.loc[name, "loans_count"]) for name in rows.index.drop("any_sign")}
    return sentence("uses_some", loans_count=whole["loans_count"], known_count=whole["known_count"],
                    balance_yuan=whole["balance_yuan"], **counts)  # fmt: skip


def cycle_needs(needs: pd.DataFrame) -> Sentence:
    """Say for how many visited customers the debt is above the money of several cycles."""
    above = needs[needs["is_above_need"]]
    return sentence("cycle_needs", customers_count=len(needs), above_count=len(above),
                    balance_yuan=above["balance_yuan"].sum(), need_ratio=needs["need_ratio"].median())  # fmt: skip


def unexplained_equity(equity: pd.DataFrame) -> Sentence:
    """Say for how many visited customers the worth is not explained by their own story."""
    open_ones = equity[~equity["is_explained"]]
    if open_ones.empty:
        return sentence("equity_explained", tested_count=len(equity))
    return sentence("equity_open", tested_count=len(equity), open_count=len(open_ones),
                    hidden_yuan=open_ones["hidden_yuan"].sum())  # fmt: skip


def own_parts(parts: pd.DataFrame) -> Sentence:
    """Say how many projects fall short of the own part asked."""
    short = parts[~parts["is_met"]]
    return sentence("own_parts", projects_count=len(parts), short_count=len(short),
                    borrowed_count=int((parts["borrowed_yuan"] > 0).sum()),
                    shortfall_yuan=short["shortfall_yuan"].sum())  # fmt: skip


def hidden_coverages(coverages: pd.DataFrame) -> Sentence:
    """Say how many cover their debt without the hidden part and not with it (`capacity.coverages`)."""
    known = coverages[coverages["is_hidden_known"] & (coverages["hidden_month_yuan"] > 0)]
    if known.empty:
        return sentence("hidden_none")
    turned = known[(known["dscr_p25"] >= 1) & (known["dscr_p25_hidden"] < 1)]
    return sentence("hidden_turns", customers_count=len(known), turned_count=len(turned),
                    dscr_p25=known["dscr_p25"].median(), dscr_p25_hidden=known["dscr_p25_hidden"].median())  # fmt: skip


def elasticities(found: pd.DataFrame) -> Sentence:
    """Name the series that sales follow with its range, or say that none can be told."""
    follows = found[found["finding"].isin(["follows", "runs_against"])]
    if found.empty:
        return sentence("drivers_none")
    if follows.empty:
        short = int(found["finding"].isin(["too_short", "too_few"]).sum())
        return sentence("drivers_cannot_say", series_count=len(found), short_count=short)
    row = follows.iloc[0]
    names = (
        "series_id",
        "elasticity",
        "elasticity_low",
        "elasticity_high",
        "months_count",
        "balance_share",
        "scenario_share",
    )
    fall = Rate(row["fall_share"], row["fall_low"], row["fall_high"])
    return sentence("drivers_follow", fall_share=fall, **{name: row[name] for name in names})


def funnel(found: pd.DataFrame) -> Sentence:
    """Say how many lie outside the action limit (head office only)."""
    outside = found[found["funnel_place"] == "above_action"]
    warned = found[found["funnel_place"] == "above_warning"]
    key = "funnel_outside" if len(outside) else "funnel_inside"
    return sentence(key, persons_count=len(found), outside_count=len(outside), warned_count=len(warned))


def timeline_summary(summary: pd.DataFrame) -> Sentence:
    """Say how many files have steps out of order, by the commonest check."""
    some = summary[summary["files_count"] > 0]
    looked = int(summary["looked_count"].max())
    if some.empty:
        return sentence("timelines_none", looked_count=looked)
    row = some.loc[some["files_count"].idxmax()]
    return sentence("timelines_some", looked_count=looked, check=row["check"], files_count=row["files_count"],
                    kinds_count=len(some))  # fmt: skip


def linked_groups(groups: pd.DataFrame, common: pd.DataFrame) -> Sentence:
    """Say how many groups are to be looked into, and how many were ruled out."""
    counts = groups["status"].value_counts()
    open_ones = groups[groups["status"] == "to_check"]
    key = "links_to_check" if len(open_ones) else "links_none_open"
    return sentence(key, to_check_count=len(open_ones), balance_yuan=open_ones["balance_yuan"].sum(),
                    ruled_out_count=int(counts.get("ruled_out", 0)), confirmed_count=int(counts.get("confirmed", 0)),
                    common_count=len(common))  # fmt: skip


def side_by_side(clusters: pd.DataFrame) -> Sentence:
    """Say how many connected groups hold loans side by side above one approver's authority."""
    if clusters.empty:
        return sentence("side_by_side_none")
    row = clusters.iloc[0]
    return sentence("side_by_side", groups_count=len(clusters), loans_count=row["loans_count"],
                    sum_yuan=row["sum_yuan"], limit_yuan=row["limit_yuan"],
                    needed_level=row["needed_level"])  # fmt: skip


def twin_books(pairs: pd.DataFrame) -> Sentence:
    """Say how many pairs of books hold the same invoices (发票高度雷同，待核)."""
    return sentence("twins_some" if len(pairs) else "twins_none", pairs_count=len(pairs))


def replayed_access(replays: pd.DataFrame) -> Sentence:
    """Say which access rule separates the bad from the good on past approvals."""
    apart = replays[(replays["finding"] == "separates") & (replays["rule"] != "all")]
    if apart.empty:
        return sentence("access_cannot_say", observed_count=int(replays["observed_count"].max()))
    row = apart.sort_values(["refused_bad_count", "ratio"], ascending=False).iloc[0]
    names = ("rule", "refused_count", "refused_bad_count", "refused_good_count", "ratio", "ratio_low", "ratio_high")
    return sentence("access_separates", **{name: row[name] for name in names})


def appraisers(found: pd.DataFrame) -> Sentence:
    """Say whether somebody values higher than others on like items (head office only)."""
    high = found[found["is_high"]]
    if high.empty:
        return sentence("appraisers_level", persons_count=len(found))
    row = high.iloc[0]
    bias = Rate(row["shrunk_bias_share"], row["shrunk_bias_low"], row["shrunk_bias_high"], row["items_count"])
    return sentence("appraisers_high", appraiser_id=row["appraiser_id"], bias_share=bias)


def value_shocks(shocks: pd.DataFrame) -> Sentence:
    """Say how much debt is open today and after the worst fall tried."""
    first, last = shocks.loc[shocks["fall_share"].idxmin()], shocks.loc[shocks["fall_share"].idxmax()]
    return sentence("value_shocks", balance_yuan=first["balance_yuan"], open_yuan=first["uncovered_yuan"],
                    fall_share=last["fall_share"], worst_yuan=last["uncovered_yuan"],
                    lgd_share=last["lgd_share"])  # fmt: skip


def realised_values(sold: pd.DataFrame) -> Sentence:
    """Say what sold pledges brought of their appraisal."""
    row = sold.loc[sold["items_count"].idxmax()]
    rate = Rate(row["realised_share"], row["realised_low"], row["realised_high"], row["items_count"])
    return sentence("realised_values", kind=row["kind"], realised_share=rate)


def guarantee_motifs(motifs: pd.DataFrame, covers: pd.DataFrame, *, least: float) -> Sentence:
    """Say the shapes of guarantees and what the first call would leave open."""
    counts = motifs.set_index("motif")["motifs_count"]
    weak = covers[covers["cover_share"] < least]
    values = {f"{name}_count": int(counts.get(name, 0)) for name in ("mutual", "circle", "star", "chain")}
    return sentence("guarantee_shapes", weak_count=len(weak), borrowers_count=len(covers),
                    open_yuan=(weak["guaranteed_balance_yuan"] - weak["covered_yuan"]).sum(), **values)  # fmt: skip


VERDICTS = {
    "use_summary": use_summary, "cycle_needs": cycle_needs, "unexplained_equity": unexplained_equity,
    "own_parts": own_parts, "hidden_coverages": hidden_coverages, "elasticities": elasticities, "funnel": funnel,
    "timeline_summary": timeline_summary, "linked_groups": linked_groups, "side_by_side": side_by_side,
    "twin_books": twin_books, "replayed_access": replayed_access, "appraisers": appraisers,
    "value_shocks": value_shocks, "realised_values": realised_values, "guarantee_motifs": guarantee_motifs,
}  # fmt: skip

"""Sentences on customer groups (客群): sizes, quality, profile, penetration, season, invoice pool, conclusion."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.product import Product
from microlib.design.decisions import WHOLE_BRANCH
from microlib.design.judgement import LossBudget, withheld
from microlib.report.sentences import Sentence, rate_of, sentence
from microlib.report.tables import turn_of
from microlib.report.words import Rate, is_blank


def segment_sizes(sizes: pd.DataFrame) -> Sentence:
    """Name the largest groups and their balance (`metrics.segments.segment_sizes`)."""
    if sizes.empty:
        return sentence("segments_none")
    first = sizes.iloc[0]
    if is_blank(first["balance_share"]):
        largest = sizes.sort_values(["customers_count", "segment"], ascending=[False, True]).iloc[0]
        return sentence(
            "segments_without_loans",
            segments_count=len(sizes),
            segment=largest["segment"],
            customers_count=largest["customers_count"],
        )
    return sentence(
        "segments",
        segments_count=len(sizes),
        segment=first["segment"],
        balance_share=first["balance_share"],
        customers_count=first["customers_count"],
    )


def unassigned_share(unassigned: pd.DataFrame, *, most: float | None = None) -> Sentence:
    """Say what share of customers and balance no rule explains, and whether the rules want work."""
    row = unassigned.iloc[0]
    values = {
        "unassigned_count": row["unassigned_count"],
        "unassigned_share": row["unassigned_share"],
        "unassigned_yuan": row["unassigned_yuan"],
    }
    if most is not None and row["unassigned_share"] > float(most):
        return sentence("unassigned_many", **values, most_share=float(most))
    return sentence("unassigned", **values)


def overlap_matrix(matrix: pd.DataFrame) -> Sentence:
    """Name the two groups that share most customers (`metrics.segments.overlap_matrix`)."""
    counts = matrix.set_index("segment").stack()
    apart = counts[[one < other for one, other in counts.index]]
    if apart.empty or apart.max() == 0:
        return sentence("overlap_none")
    one, other = apart.idxmax()
    return sentence("overlap", segment=one, other_segment=other, customers_count=apart.max())


def segment_profile(profiles: pd.DataFrame, *, segment: str) -> list[Sentence]:
    """Say one group's yearly income and cash gap by fifths (`metrics.income.segment_profiles`)."""
    rows = {row["measure"]: row for _, row in profiles[profiles["segment"] == segment].iterrows()}
    income, gap = rows.get("income_yuan"), rows.get("gap_yuan")
    said = [_fifths("profile_income", "profile_income_unknown", income, segment)]
    if gap is not None and gap["known_count"]:
        months = rows["gap_months_count"]["p50"] if "gap_months_count" in rows else None
        gaps = {name: gap[name] for name in ("p20", "p50", "p80", "known_count", "counted_count")}
        key = "profile_gap" if gap["counted_count"] else "profile_gap_none"
        said.append(sentence(key, **gaps, gap_months_count=months))
    return said


def _fifths(key: str, unknown: str, row: pd.Series | None, segment: str) -> Sentence:
    if row is None or is_blank(row["p50"]):
        return sentence(unknown, segment=segment)
    names = ("p20", "p50", "p80", "known_count", "members_count")
    return sentence(key, segment=segment, **{name: row[name] for name in names})


def evidence_available(evidence: pd.DataFrame, *, segment: str) -> Sentence:
    """Name the best and the thinnest evidence on one group (`metrics.income.evidence_available`)."""
    rows = evidence[evidence["segment"] == segment]
    if rows.empty:
        return sentence("evidence_none", segment=segment)
    best, thin = rows.loc[rows["seen_share"].idxmax()], rows.loc[rows["seen_share"].idxmin()]
    return sentence(
        "evidence",
        segment=segment,
        table=best["table_name"],
        seen_share=best["seen_share"],
        thin_table=thin["table_name"],
        thin_share=thin["seen_share"],
    )


#: where a group's whole interval lies -> what is said of it
STANDINGS = {"inside": "judged_inside", "outside": "judged_outside", "open": "judged_open"}


def segments_judged(judged: pd.DataFrame) -> list[Sentence]:
    """Say in words the state of each group, the best first (`design.judgement.segment_judgements`)."""
    if judged.empty:
        return [sentence("judged_none")]
    by = {state: list(judged.loc[judged["state"] == state, "segment"]) for state in STATES}
    more = {"pilot": {"due_date": judged.loc[judged["state"] == "pilot", "due_date"].min()}} if by["pilot"] else {}
    said = [sentence(f"judged_{state}", segment=codes, **more.get(state, {})) for state, codes in by.items() if codes]
    held = judged[judged["but_for"] != ""]
    return said + [
        sentence("judged_but_for", segment=row.segment, source_id=row.but_for.split()) for row in held.itertuples()
    ]


#: state of a designed product -> what is said of those that have it
OFFERS = {
    "approve": "offers_approve",
    "revise": "offers_revise",
    "not_now": "offers_not_now",
    "unknown": "offers_unknown",
}


#: states of a designed product that somebody is to change by a day
MENDED = ("revise",)


def pilot_offers(offers: pd.DataFrame) -> list[Sentence]:
    """Say which designed products may be piloted now, which must change first, and for which groups there is none."""
    states = offers["state"].fillna("none")
    said = []
    for state, key in OFFERS.items():
        rows = offers[states == state]
        codes = list(rows["product"].drop_duplicates())
        due = {"due_date": rows["due_date"].min()} if state in MENDED else {}
        said += [sentence(key, product=codes, **due)] if codes else []
    bare = list(offers.loc[states == "none", "segment"])
    said += [sentence("offers_none", segment=bare)] if bare else []
    # what is lent by until a product is approved
    wait = offers[~offers["segment"].isin(offers.loc[states == "approve", "segment"])].drop_duplicates("segment")
    sold = wait.dropna(subset=["product_id"])
    said += [
        sentence("offers_shelf", segment=row.segment, product_id=row.product_id.split()) for row in sold.itertuples()
    ]
    nothing = list(wait.loc[wait["product_id"].isna(), "segment"])
    return [*said, *([sentence("offers_nothing", segment=nothing)] if nothing else [])]


def branch_state(judged: pd.DataFrame, *, appetite: float) -> Sentence:
    """Say first of all how the branch stands against its appetite, and on what figure (`Branch.branch_judgement`)."""
    row = judged.iloc[0]
    told = {"measure": row["measure"], "share": rate_of(row, "share"), "appetite_share": appetite}
    if row["state"] == "unknown":
        return sentence("branch_unknown")
    closed = row["state"] == "over" and row["step"] == "stop_new_lending"
    return sentence("branch_closed" if closed else f"branch_{row['state']}", **told)


def pilot_losses(judged: pd.DataFrame, budget: LossBudget) -> list[Sentence]:
    """Say what each pilot may lose in a year, and what all of them may together (`design.judgement.LossBudget`)."""
    pilots = judged[judged["state"] == "pilot"]
    if pd.isna(budget.profit_yuan):
        return [sentence("pilot_losses_unknown")]
    if pilots.empty:
        return []
    together = budget.yuan * len(pilots)
    known = pd.notna(budget.realised_yuan)
    told = {"lost_yuan": budget.lost_yuan, "realised_yuan": budget.realised_yuan} if known else {}
    return [
        sentence(
            "pilot_losses" if known else "pilot_losses_expected",
            **told,
            pilots_count=len(pilots),
            pilots_yuan=pilots["amount_yuan"].sum(),
            budget_yuan=budget.yuan,
            together_yuan=together,
            profit_yuan=budget.profit_yuan,
            profit_share=together / budget.profit_yuan,
        )
    ]


def register(judged: pd.DataFrame) -> Sentence:
    """Count the register's states (`design.branch.Branch.judgements`)."""
    if judged.empty:
        return sentence("register_none")
    action, state = judged["action"], judged["state"]
    return sentence(
        "register",
        judged_count=len(judged),
        stop_count=(action == "stop").sum(),
        open_count=state.isin(["expand", "pilot", "approve"]).sum(),
        kept_count=state.isin(["keep", "near_cap", "watch", "within", "usable", "revise", "not_now"]).sum(),
        unknown_count=(state == "unknown").sum(),
    )


def followed(rows: pd.DataFrame) -> Sentence:
    """Say what became of the last report's judgements (`design.judgement.followed_judgements`)."""
    if rows.empty:
        return sentence("followed_none")
    found = rows["finding"]
    counts = {f"{name}_count": (found == name).sum() for name in ("worse", "better", "same")}
    return sentence("followed", report_date=rows["report_date"].iloc[0], followed_count=len(rows), **counts)


def segment_quality(rates: pd.DataFrame) -> Sentence:
    """Name the group with the highest adjusted PAR30, with its interval, and say how many groups there are."""
    if rates.empty:
        return sentence("judged_none")
    worst = rates.loc[rates["share"].idxmax()]
    if worst["share"] == 0:
        return sentence("segments_clean", segments_count=len(rates))
    rate = rate_of(worst, "share")._replace(count=worst["base_customers_count"])
    return sentence("segment_quality", segments_count=len(rates), segment=worst["segment"], rate_share=rate)


def segment_profiles(profiles: pd.DataFrame) -> list[Sentence]:
    """Say income and cash gap of every group given (`metrics.income.segment_profiles`)."""
    if profiles.empty:
        return [sentence("segments_none")]
    return [said for segment in profiles["segment"].unique() for said in segment_profile(profiles, segment=segment)]


def leading_groups(profiles: pd.DataFrame) -> Sentence:
    """Name the groups that matter, and between which amounts their middle incomes lie."""
    incomes = profiles[(profiles["measure"] == "income_yuan") & profiles["p50"].notna()]
    if profiles.empty:
        return sentence("leading_none")
    if incomes.empty:
        return sentence("leading_unknown", segment=list(profiles["segment"].unique()))
    if len(incomes) == 1:
        return sentence("leading_one", segment=incomes["segment"].iloc[0], middle_yuan=incomes["p50"].iloc[0])
    values = {"low_yuan": incomes["p50"].min(), "high_yuan": incomes["p50"].max()}
    return sentence("leading_groups", segment=list(incomes["segment"]), **values)


def reason_counts(rules: pd.DataFrame) -> Sentence:
    """Say how many rules there are and which brings in most (`metrics.segments.reason_counts`)."""
    first = rules.loc[rules["customers_count"].idxmax()]
    silent = int((rules["customers_count"] == 0).sum())
    if first["customers_count"] == 0:
        return sentence("rules_idle", rules_count=len(rules))
    return sentence(
        "rules",
        rules_count=len(rules),
        silent_count=silent,
        segment=first["segment"],
        customers_count=first["customers_count"],
    )


#: what was counted -> what is said of it; on which side of what was expected -> what is said
FOLLOWED = {"cohort": "shrunk_cohort", "stock": "shrunk_stock", "ended": "shrunk_ended"}
CAME = {"above": "came_above", "below": "came_below"}


def shrunk_rates(cells: pd.DataFrame) -> list[Sentence]:
    """Say where each group's default rate lies once the bank's experience counts (`metrics.defaults.drawn_rates`)."""
    if cells.empty:
        return [sentence("judged_none")]
    worst = cells.sort_values(["shrunk_upper", "segment"], ascending=[False, True]).iloc[0]
    names = ("segment", "bad_count", "total_count", "shrunk_rate", "shrunk_upper", "prior_rate")
    said = [sentence(FOLLOWED.get(worst["basis"], "shrunk_stock"), **{name: worst[name] for name in names})]
    lost = int(cells["unknown_count"].sum())
    if lost:
        said.append(sentence("shrunk_lost", unknown_count=lost))
    few = list(cells.loc[~cells["is_rankable"].astype(bool), "segment"])
    return [*said, sentence("not_rankable", segment=few)] if few else said


def told_and_came(rates: pd.DataFrame) -> list[Sentence]:
    """Say whether the default rates that could be told a year ago came true (`metrics.defaults.backtest_rates`)."""
    totals = rates[["bad_count", "total_count"]].sum()
    told = float((rates["told_rate"] * rates["total_count"]).sum())
    said = [sentence("told_and_came", expected_count=round(told), **totals)]
    by = {told: list(rates.loc[rates["finding"] == key, "segment"]) for key, told in CAME.items()}
    said += [sentence(key, segment=groups) for key, groups in by.items() if groups]
    return said if len(said) > 1 else [*said, sentence("came_true")]


def penetration(rosters: pd.DataFrame) -> Sentence:
    """Name the largest roster and the part of it that borrows (`metrics.market.penetration`)."""
    if rosters.empty:
        return sentence("rosters_none")
    row = rosters.loc[rosters["members_count"].idxmax()]
    rate = Rate(row["penetration_share"], row["penetration_low"], row["penetration_high"], row["members_count"])
    return sentence(
        "penetration", venue_name=row["venue_name"], penetration_share=rate, prospects_count=row["prospects_count"]
    )


def venue_populations(populations: pd.DataFrame) -> Sentence:
    """Say how large the best-described venue is by two lists, with its interval."""
    if populations.empty:
        return sentence("two_lists_none")
    row = populations.loc[populations["seen_count"].idxmax()]
    names = ("venue_name", "seen_count", "population_count", "population_low", "population_high")
    return sentence("two_lists", **{name: row[name] for name in names})


NEVER = "no_clear_season"


def bank_rhythms(rhythms: pd.DataFrame, index: pd.DataFrame | None = None) -> list[Sentence]:
    """Say which groups have a season of their own and which only follow the bank (`metrics.rhythm.bank_rhythms`).

    With the months' index (`stats.seasonality.seasonal_index`) every month within the peak's own range is named, too.
    """
    by = {reason: rows for reason, rows in rhythms.groupby("reason", sort=False)}
    own, bank, none = (by.get(reason, rhythms.iloc[:0]) for reason in ("own_season", "bank_rhythm", NEVER))
    names = ("segment", "peak_month", "peak_ratio", "peak_low", "peak_high")
    said = []
    for _, row in own.iterrows():
        alike = _alike(row, index)
        values = {name: row[name] for name in names}
        said.append(
            sentence("season_own_alike", month_of_year=alike, **values) if alike else sentence("season_own", **values)
        )
    if len(bank):
        months = sorted(int(month) for month in bank["raw_peak_month"].unique())
        said.append(sentence("season_bank", segment=list(bank["segment"]), month_of_year=months))
    if len(none):
        said.append(sentence("season_none", segment=list(none["segment"])))
    left_out = sorted({month for text in rhythms.get("left_out_months", []) for month in text.split()})
    if left_out:
        said.append(sentence("season_edges", left_out_months=", ".join(left_out)))
    return said


def _alike(row: pd.Series, index: pd.DataFrame | None) -> list[int]:
    """Months that the figure shows as high as the peak: at or above the low end of its range, there or in words."""
    own = pd.DataFrame() if index is None else index[index["segment"] == row["segment"]].set_index("calendar_month")
    if row["peak_month"] not in own.index:
        return []
    least = min(row["peak_low"], own.loc[row["peak_month"], "index_low"])
    high = own.index[own["index_ratio"] >= least]
    return sorted(int(month) for month in high if month != row["peak_month"])


def season_title(rhythms: pd.DataFrame) -> Sentence:
    """Say in one heading how many groups have a season, and whether the bank's own rhythm shows."""
    counts = rhythms["reason"].value_counts()
    own, bank = int(counts.get("own_season", 0)), int(counts.get("bank_rhythm", 0))
    if bank:
        return sentence("season_title_bank", own_count=own, bank_count=bank)
    return sentence(
        "season_title" if own else "season_title_none",
        segments_count=len(rhythms),
        **({"own_count": own} if own else {}),
    )


def launch_week(launches: pd.DataFrame, decided: pd.DataFrame | None = None) -> list[Sentence]:
    """Say in which week each group's campaign must begin (`metrics.rhythm.launch_week`).

    With the groups' decisions a group that is stopped has no launch, and one that waits until after its launch week is
    told so: the week and the decision are one plan.
    """
    due = launches[launches["launch_week"].notna()].sort_values("launch_date")
    if due.empty:
        return [sentence("launch_none")]
    names = ("segment", "launch_week", "launch_date", "peak_month_name")
    held = {} if decided is None else decided.drop_duplicates("segment").set_index("segment").to_dict("index")
    said = []
    for _, row in due.iterrows():
        values, found = {name: row[name] for name in names}, held.get(row["segment"], {})
        action = found.get("action")
        late = action == "wait" and row["launch_date"] <= found["due_date"]
        key = "launch_stopped" if action == "stop" else "launch_waits" if late else "launch"
        said.append(sentence(key, **values, **({"due_date": found["due_date"]} if late else {})))
    return said


#: the order in which decisions are told
TURNS = {"stop": 0, "do": 1, "wait": 2}
SIDES = {"sale": "pool_sale", "purchase": "pool_purchase"}


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
    return sentence(SIDES[side], top1_share=top["p50"], high_share=top["p80"], effective_count=number)


def back_test(tests: pd.DataFrame) -> Sentence:
    """Name the indicators that told the defaulted from the others (`stats.discrimination.back_test`)."""
    clear = tests[tests["direction"] != "unclear"]
    if clear.empty:
        return sentence("indicators_unclear", indicators_count=len(tests))
    distance = (clear["auc"] - 0.5).abs()
    best = clear.loc[distance.idxmax()]
    names = ("indicator", "auc", "auc_low", "auc_high", "direction")
    return sentence(
        "indicators", indicators_count=len(tests), clear_count=len(clear), **{name: best[name] for name in names}
    )


def overturning(chosen: pd.DataFrame) -> Sentence:
    """Say in one line which number would overturn the first decision (哪个数字会推翻这个结论)."""
    if chosen.empty:
        return sentence("overturn_none")
    row = chosen.iloc[chosen["action"].map(TURNS).argmin()]
    return sentence("overturn", action=row["action"], segment=row["segment"], overturning=turn_of(row))


ACTIONS = ("stop", "do", "wait")
#: states of a group, the best first
STATES = ("expand", "pilot", "keep", "stop", "unknown")


def decisions(chosen: pd.DataFrame) -> list[Sentence]:
    """Name in one heading what is decided, by action; the cards below tell the rest (`decisions.DECISION_COLUMNS`)."""
    if chosen.empty:
        return [sentence("decisions_none")]
    return [said for action in ACTIONS for said in _decided(chosen[chosen["action"] == action], action)]


def _decided(rows: pd.DataFrame, action: str) -> list[Sentence]:
    """Name the matters of an action together; what concerns the branch as a whole is told by what is done."""
    whole = rows["segment"] == WHOLE_BRANCH
    named = list(rows.loc[~whole, "segment"].drop_duplicates())
    several = [sentence(f"decisions_{action}", segment=named)] if len(named) > 1 else []
    alone = rows[whole] if several else rows
    return [*several, *(_decision(row) for _, row in alone.iterrows())]


def _decision(row: pd.Series) -> Sentence:
    told = {"segment": row["segment"], "step": row["step"]}
    if pd.isna(row["amount_yuan"]):
        return sentence(f"decision_{row['action']}_open", **told)
    return sentence(f"decision_{row['action']}", **told, amount_yuan=row["amount_yuan"])


def product_conclusion(judged: pd.DataFrame, *, conditions: pd.DataFrame, volume: pd.DataFrame) -> Sentence:
    """Say a designed product's state, and the conditions that do not hold.

    Parameters
    ----------
    judged, conditions : DataFrame
        Results of `design.judgement.offer_judgement` and `design.approval.judged_conditions`.
    volume : DataFrame
        Result of `design.volume.expected_volume`.
    """
    row = judged.iloc[0]
    if row["state"] == "approve":
        low, high = volume.iloc[0], volume.iloc[-1]
        return sentence(
            "product_approve",
            amount_yuan=row["amount_yuan"],
            low_yuan=low["volume_yuan"],
            high_loss_yuan=high["loss_yuan"],
            needed_months=row["needed_months"],
        )
    failing = list(conditions.loc[conditions["answer"] != "yes", "condition"])
    return sentence(f"product_{row['state']}", step=row["step"], condition=failing)


def standard_cover(conditions: pd.DataFrame, product: Product, nearest: pd.DataFrame) -> list[Sentence]:
    """Say how far standard products meet the need, and the written reason for a product of its own beside them.

    Parameters
    ----------
    conditions : DataFrame
        Result of `design.approval.judged_conditions`.
    product : Product
        Its ``unserved`` is the reason.
    nearest : DataFrame
        Result of `design.approval.nearest_product`.
    """
    row = conditions[conditions["condition"] == "no_standard_product"].iloc[0]
    values = {"reasoned_share": row["limit"]}
    known = pd.notna(row["value"])
    cover = sentence("cover_told", met_share=row["value"], **values) if known else sentence("cover_unknown", **values)
    if product.unserved is None:
        return [cover, sentence("reason_missing")]
    told = [cover, sentence("reason_told", unserved=product.code)]
    for row in nearest[~nearest["is_named"]].to_dict("records"):
        told.append(sentence("reason_unnamed", product_id=row["product_id"], balance_share=row["balance_share"]))
    return told


#: kind of what is not sold -> what is said of it, and what names it
CLOSED = {
    "segment": ("closed_segment", "segment"),
    "product": ("closed_product", "product_id"),
    "source": ("closed_source", "source_id"),
}


def closed_for_sale(judged: pd.DataFrame) -> list[Sentence]:
    """Name the groups, products and sources that the register stops, and the products that nobody new is offered."""
    gone = judged[judged["state"] == "stop"]
    codes = {kind: list(gone.loc[gone["kind"] == kind, "segment"]) for kind in CLOSED}
    told = [(*CLOSED[kind], those) for kind, those in codes.items() if those]
    said = [sentence(key, **{name: those}) for key, name, those in told]
    products = judged[judged["kind"] == "product"]
    held = [code for code in withheld(products) if code not in codes["product"]]
    said = said or [sentence("closed_none")]
    return [*said, sentence("withheld_product", product_id=held)] if held else said


def shared_source_bound(bounds: pd.DataFrame) -> list[Sentence]:
    """Say the upper bound of a group's bad rate, as independent trials and as members of one source.

    Parameters
    ----------
    bounds : DataFrame
        One row per group: ``segment, bad_count, total_count, upper_share`` and, where its members share a source,
        ``correlated_upper_share`` with ``correlation``.
    """
    said = [_bound(row) for _, row in bounds.iterrows()]
    shared = bounds["correlated_upper_share"].notna().any()
    return [*said, sentence("never_stopped")] if shared else said


def _bound(row: pd.Series) -> Sentence:
    names = ["segment", "bad_count", "total_count", "upper_share"]
    shared = pd.notna(row["correlated_upper_share"])
    values = {name: row[name] for name in [*names, *(["correlated_upper_share"] if shared else [])]}
    return sentence("bound_shared" if shared else "bound_alone", **values)


VERDICTS = {
    "segment_sizes": segment_sizes,
    "unassigned_share": unassigned_share,
    "overlap_matrix": overlap_matrix,
    "segment_profile": segment_profile,
    "evidence_available": evidence_available,
    "segments_judged": segments_judged,
    "branch_state": branch_state,
    "judgements": register,
    "pilot_offers": pilot_offers,
    "pilot_losses": pilot_losses,
    "followed": followed,
    "segment_quality": segment_quality,
    "segment_profiles": segment_profiles,
    "leading_groups": leading_groups,
    "reason_counts": reason_counts,
    "shrunk_rates": shrunk_rates,
    "told_and_came": told_and_came,
    "penetration": penetration,
    "venue_populations": venue_populations,
    "bank_rhythms": bank_rhythms,
    "season_title": season_title,
    "launch_week": launch_week,
    "invoice_fifths": invoice_fifths,
    "back_test": back_test,
    "overturning": overturning,
    "decisions": decisions,
    "product_conclusion": product_conclusion,
    "standard_cover": standard_cover,
    "closed_for_sale": closed_for_sale,
    "shared_source_bound": shared_source_bound,
}

"""Sentences on supply chains: reach, days to pay, caps, claims, control, matching, joint list, scenes."""

from __future__ import annotations

import pandas as pd

from microlib.report.sentences import Sentence, rate_of, sentence
from microlib.report.words import Rate, is_blank

#: state or measure -> its sentence
CAPS = {"over": "caps_over", "near": "caps_near", "within": "caps_within"}
DILUTED = {"dilution": "diluted_dilution", "disputed": "diluted_disputed"}


def chain_reach(reach: pd.DataFrame) -> Sentence:
    """Say how many suppliers of cores are ours and what they owe, or that there is no core (`chain`)."""
    row = reach.iloc[0]
    if row["cores_count"] == 0:
        return sentence("chain_none")
    names = ("cores_count", "managed_count", "suppliers_count", "borrowers_count", "balance_yuan", "book_share")
    return sentence("chain_reach", **{name: row[name] for name in names})


def chain_tiers(tiers: pd.DataFrame) -> Sentence:
    """Name the core whose first tier owes us most."""
    first = tiers[tiers["tier"] == 1]
    row = first.loc[first["balance_yuan"].idxmax()]
    names = ("core_id", "suppliers_count", "customers_count", "borrowers_count", "balance_yuan")
    return sentence("chain_tiers", **{name: row[name] for name in names})


def chain_decision(tiers: pd.DataFrame, open_tiers: pd.DataFrame) -> Sentence:
    """Say how much of the second tier we know, and what to do about it; nothing is begun where no core is open."""
    second = tiers[tiers["tier"] == 2]
    return sentence(
        "chain_decision_stopped" if open_tiers.empty else "chain_decision",
        seen_count=second["suppliers_count"].sum(),
        known_count=second["customers_count"].sum(),
    )


def payment_days(trends: pd.DataFrame, days: pd.DataFrame, judged: pd.DataFrame) -> Sentence:
    """Name the core stopped for its days to pay, else the one that pays later than a year ago, else the slowest.

    Parameters
    ----------
    trends, days : DataFrame
        Results of `payables.payment_trends` and `payables.days_to_pay`.
    judged : DataFrame
        Result of `design.judgement.source_judgements`.
    """
    beyond = judged[(judged["measure"] == "median_days") & judged["segment"].isin(trends["core_id"])]
    if len(beyond):
        row = beyond.loc[beyond["overturning_now"].idxmax()]
        trend = trends[trends["core_id"] == row["segment"]].iloc[0]
        told = {"median_low_days": row["overturning_now"], "slow_days": row["overturning_value"]}
        told |= {"core_id": row["segment"], "median_days": trend["median_days"]}
        if trend["trend"] != "later":
            return sentence("payment_beyond", **told)
        names = ("change_days", "change_low_days", "change_high_days")
        return sentence("payment_beyond_later", **told, **{name: trend[name] for name in names})
    later = trends[trends["trend"] == "later"]
    if len(later):
        row = later.loc[later["change_days"].idxmax()]
        names = ("core_id", "median_days", "change_days", "change_low_days", "change_high_days")
        return sentence("payment_later", **{name: row[name] for name in names})
    known = days.dropna(subset=["median_days"])
    if known.empty:
        return sentence("payment_unknown", unpaid_count=days["unpaid_count"].sum())
    row = known.loc[known["median_days"].idxmax()]
    unclear = trends.loc[trends["trend"] == "unclear", "core_id"].to_list()
    key = "payment_unclear" if unclear else "payment_steady"
    told = {"core_id": row["core_id"], "median_days": row["median_days"]}
    return sentence(key, **told)


def payment_terms(terms: pd.DataFrame, within: pd.DataFrame) -> list[Sentence]:
    """Say per core what contract and law ask, and which part is paid within the legal term."""
    rows = within.merge(terms, on="core_id")
    return [_term(row) for _, row in rows.iterrows()]


def _term(row: pd.Series) -> Sentence:
    base = {"core_id": row["core_id"], "contract_days": row["contract_days"], "legal_basis": row["legal_basis"]}
    if is_blank(row["legal_days"]):
        return sentence("term_not_applicable", **base)
    key = "term_kept" if is_blank(row["beyond_days"]) else "term_beyond"
    more = {} if key == "term_kept" else {"beyond_days": row["beyond_days"]}
    return sentence(key, **base, **more, legal_days=row["legal_days"], within_share=rate_of(row, "within_share"))


def payment_decision(trends: pd.DataFrame, judged: pd.DataFrame) -> Sentence:
    """Say which of the cores whose payments are told here the register stops for paying later, and what lifts it."""
    later = judged[(judged["step"] == "stop_behind_core") & judged["segment"].isin(trends["core_id"])]
    if later.empty:
        return sentence("payment_decision_go")
    first = later.iloc[0]
    told = {"overturning_measure": first["overturning_measure"], "days_count": first["overturning_value"]}
    return sentence("payment_decision_stop", core_id=later["segment"].to_list(), **told)


def core_caps(caps: pd.DataFrame) -> Sentence:
    """Say which core is over or near the cap that its payables support (`supply.core_caps`)."""
    row = caps.iloc[0]
    names = (
        *("core_id", "exposure_yuan", "direct_yuan", "balance_yuan", "exits_yuan", "others_yuan"),
        *("proposed_cap_yuan", "proposed_headroom_yuan"),
    )
    return sentence(CAPS[row["proposed_state"]], **{name: row[name] for name in names})


#: step of the register -> what is said of the cores that it holds
CAP_STEPS = {
    "stop_new_lending": "caps_decision_stop",
    "stop_behind_core": "caps_decision_slow",
    "ask_joint_room": "caps_decision_near",
}
#: what a core's days to pay are stopped by -> what is said: that they became more, or that they are too many
SLOW_REASONS = {"change_days": "caps_decision_slow", "median_days": "caps_decision_beyond"}


def caps_decision(caps: pd.DataFrame, judged: pd.DataFrame) -> list[Sentence]:
    """Say behind which cores the register stops new lending, for want of room or for paying later, and what of others.

    Parameters
    ----------
    caps : DataFrame
        Result of `supply.core_caps`.
    judged : DataFrame
        Result of `design.judgement.source_judgements`.
    """
    cores = judged[judged["segment"].isin(caps["core_id"])]
    said_of = cores["step"].map(CAP_STEPS)
    said_of = said_of.mask(
        cores["step"] == "stop_behind_core", cores["measure"].map(SLOW_REASONS).fillna("caps_decision_slow")
    )
    told = {key: list(cores.loc[said_of == key, "segment"]) for key in [*CAP_STEPS.values(), "caps_decision_beyond"]}
    said = [sentence(key, core_id=codes) for key, codes in told.items() if codes]
    if not said:
        return [sentence("caps_decision_go")]
    rest = set(caps["core_id"]) - {code for codes in told.values() for code in codes}
    return [*said, sentence("caps_decision_rest")] if rest else said


def two_books(books: pd.DataFrame) -> Sentence:
    """Say what the default of the largest core costs in both books, counted once."""
    row = books.loc[(books["corporate_yuan"] + books["small_yuan"]).idxmax()]
    names = ["core_id", "corporate_yuan", "small_yuan", "affected_yuan"]
    if is_blank(row["loss_high_yuan"]):
        return sentence("books_unknown", **{name: row[name] for name in names})
    return sentence("books", **{name: row[name] for name in [*names, "loss_low_yuan", "loss_high_yuan"]})


def core_news(cores: pd.DataFrame) -> Sentence:
    """Name cores with public bad news on file."""
    told = cores[cores["bad_news_date"].notna()]
    if told.empty:
        return sentence("news_none", cores_count=len(cores))
    return sentence("news", core_id=told["core_id"].to_list(), last_date=told["bad_news_date"].max())


def dilutions(shares: pd.DataFrame) -> list[Sentence]:
    """Say the largest deduction and the largest dispute over cores (`payables`)."""
    found = []
    for measure, key in DILUTED.items():
        rows = shares[(shares["measure"] == measure)].dropna(subset=["share"])
        if len(rows):
            row = rows.loc[rows["share"].idxmax()]
            found.append(sentence(key, core_id=row["core_id"], share=_rate(row)))
    return found or [sentence("diluted_unknown")]


def claims(twins: pd.DataFrame, financed: pd.DataFrame) -> Sentence:
    """Say how many pairs and payables are to be looked into, and how many were ruled out."""
    counts = {
        name: (int((rows["state"] == "open").sum()), len(rows))
        for name, rows in (("twins", twins), ("claims", financed))
    }
    values = {
        "twins_count": counts["twins"][0],
        "claims_count": counts["claims"][0],
        "ruled_out_count": counts["twins"][1] - counts["twins"][0],
        "financed_count": counts["claims"][1],
        "excess_yuan": float(financed["excess_yuan"].sum()),
    }
    return sentence("payables_open" if counts["twins"][0] + counts["claims"][0] else "payables_clear", **values)


def claims_decision(twins: pd.DataFrame, financed: pd.DataFrame) -> Sentence:
    """Say what to do before the next payment out."""
    is_open = (twins["state"] == "open").any() or (financed["state"] == "open").any()
    return sentence("claims_decision_check" if is_open else "claims_decision_go")


def captures(rates: pd.DataFrame) -> Sentence:
    """Say the weakest capture rate over cores (`payables`)."""
    rows = rates[rates["measure"] == "captured"].dropna(subset=["share"])
    if rows.empty:
        return sentence("captures_unknown")
    row = rows.loc[rows["share_low"].idxmin()]
    return sentence("captures", core_id=row["core_id"], share=_rate(row))


def diverted_receipts(turned: pd.DataFrame) -> Sentence:
    """Say how many suppliers' receipts arrived elsewhere, and how many only moved to another account here."""
    open_rows = turned[turned["state"] == "open"]
    moved = int((turned["reason"] == "moved_here").sum())
    values = {"customers_count": open_rows["customer_id"].nunique(), "moved_count": moved}
    if open_rows.empty:
        return sentence("turned_none_open", **values)
    return sentence("turned_open", **values, elsewhere_yuan=open_rows["elsewhere_yuan"].sum())


def control_decision(ladder: pd.DataFrame) -> Sentence:
    """Say how many suppliers stand on rungs that carry no or the full advance; nothing is lent behind stopped cores."""
    if ladder.empty:
        return sentence("control_decision_stopped")
    low = ladder.loc[ladder["advance_share"] == 0, "suppliers_count"].sum()
    top = ladder.loc[ladder["control_level"] == "acknowledged", "suppliers_count"].sum()
    return sentence("control_decision", low_count=low, top_count=top, suppliers_count=ladder["suppliers_count"].sum())


def _rate(row: pd.Series) -> Rate:
    return Rate(row["share"], row["share_low"], row["share_high"], row["base_customers_count"])


#: verdict or what binds -> its sentence
MATCHES = {"separates": "match_separates", "misleads": "match_misleads", "unclear": "match_unclear"}
PILOTS = {"evidence": "pilot_evidence", "budget": "pilot_budget", "too_small": "pilot_too_small"}


def strengths(counts: pd.DataFrame) -> Sentence:
    """Say how many borrowers would not carry their debt without their core (`chain`)."""
    sums = counts.groupby("standing")[["borrowers_count", "balance_yuan"]].sum()
    hanging = sums.loc["hangs_on_core"] if "hangs_on_core" in sums.index else None
    unknown = sums.reindex(["dependent_unknown", "unknown"]).fillna(0).sum()
    told = {"unknown_count": unknown["borrowers_count"], "unknown_yuan": unknown["balance_yuan"]}
    if hanging is None:
        return sentence("strengths_none", **told)
    return sentence(
        "strengths", borrowers_count=hanging["borrowers_count"], balance_yuan=hanging["balance_yuan"], **told
    )


def strengths_decision(counts: pd.DataFrame) -> Sentence:
    """Say under what lending to those who hang on a core stands."""
    alone = counts.loc[counts["standing"] == "stands_alone", "borrowers_count"].sum()
    return sentence("strengths_decision", borrowers_count=alone)


def match_thresholds(tests: pd.DataFrame, *, gap_share: float) -> Sentence:
    """Say whether the line in use tells bad from good on the past (`trade`)."""
    row = tests.loc[(tests["threshold_share"] - gap_share).abs().idxmin()]
    bad = Rate(row["bad_rate"], row["bad_low"], row["bad_high"], row["passing_count"])
    told = {name: row[name] for name in ("threshold_share", "passing_share", "passing_count", "failing_count")}
    return sentence(MATCHES[row["verdict"]], **told, bad_rate=bad)


def match_decision(tests: pd.DataFrame) -> Sentence:
    """Say which line to use from here on."""
    telling = tests[tests["verdict"] == "separates"]
    if telling.empty:
        return sentence("match_decision_keep")
    return sentence("match_decision_use", threshold_share=telling.iloc[0]["threshold_share"])


def supplier_lines(lines: pd.DataFrame) -> Sentence:
    """Say what suppliers' lines add up to, and what bound them (`supply.supplier_lines`)."""
    if lines.empty:
        return sentence("supplier_lines_stopped")
    given = lines[lines["limit_yuan"] > 0]
    bound = int((lines["bound_by"] == "source").sum())
    return sentence(
        "supplier_lines" if len(given) else "supplier_lines_none",
        suppliers_count=len(lines),
        sized_count=len(given),
        limit_yuan=given["limit_yuan"].sum(),
        source_count=bound,
    )


def lines_decision(lines: pd.DataFrame) -> list[Sentence]:
    """Say what would raise most lines; nothing where there is no line to use."""
    bound = lines["bound_by"].value_counts()
    return [sentence("lines_decision", bound_by=bound.index[0])] if len(bound) else []


def coverage(covered: pd.DataFrame) -> Sentence:
    """Say how many suppliers no confirmed programme reaches (`supply`)."""
    outside = covered["outside_count"].sum()
    if outside == 0:
        return sentence("chain_covered", suppliers_count=covered["suppliers_count"].sum())
    return sentence(
        "chain_coverage",
        outside_count=outside,
        suppliers_count=covered["suppliers_count"].sum(),
        outside_yuan=covered["outside_yuan"].sum(),
    )


def evidence_left(steps: pd.DataFrame) -> Sentence:
    """Say how many outside programmes pass on evidence, and what took most away."""
    rest = steps.iloc[1:]
    worst = rest.loc[rest["failing_count"].idxmax()]
    return sentence(
        "evidence_left",
        entering_count=steps.iloc[0]["remaining_count"],
        remaining_count=steps.iloc[-1]["remaining_count"],
        rule=worst["rule"],
        failing_count=worst["failing_count"],
    )


def pilot_sizes(pilot: pd.DataFrame) -> Sentence:
    """Say how large the pilot may be and at which default it stops."""
    row = pilot.iloc[0]
    names = ("pilot_count", "pilot_yuan", "stop_count", "needed_count", "passing_count")
    return sentence(PILOTS[row["bound_by"]], **{name: row[name] for name in names})


def early_values(values: pd.DataFrame) -> Sentence:
    """Name the core whose suppliers would gain most from earlier payment (`supply`)."""
    known = values.dropna(subset=["value_high_yuan"])
    if known.empty or known["value_high_yuan"].max() <= 0:
        return sentence("early_none")
    row = known.loc[known["value_high_yuan"].idxmax()]
    names = ("core_id", "saved_days", "target_days", "value_low_yuan", "value_high_yuan")
    return sentence("early_value", **{name: row[name] for name in names})


def joint_counts(counts: pd.DataFrame) -> Sentence:
    """Say how many counterparties are borrowers, other customers, unknown, and whom we may approach."""
    sums = (
        counts.groupby("stands")["counterparties_count"].sum().reindex(["borrower", "account", "customer", "unknown"])
    )
    named = {f"{name}_count": int(value) for name, value in sums.fillna(0).items()}
    free = counts[counts["stands"].isin(["account", "customer"])]
    return sentence("joint_counts", **named, reachable_count=free["reachable_count"].sum())


def shared_margins(shared: pd.DataFrame) -> Sentence:
    """Say what both lines of business would earn together, low and high, and who books what; nothing without lines."""
    if shared.empty:
        return sentence("shared_margins_none")
    sums = shared.groupby("case")[["margin_yuan", "corporate_yuan", "small_yuan"]].sum()
    low, high = sums.loc["low"], sums.loc["high"]
    return sentence(
        "shared_margins",
        low_yuan=low["margin_yuan"],
        high_yuan=high["margin_yuan"],
        corporate_yuan=high["corporate_yuan"],
        small_yuan=high["small_yuan"],
    )


def joint_decision(caps: pd.DataFrame, direct: pd.DataFrame) -> list[Sentence]:
    """Say who watches the core, under which one cap, and which cores' own lines stop with those of their suppliers.

    Parameters
    ----------
    caps : DataFrame
        Result of `supply.core_caps`.
    direct : DataFrame
        Result of `supply.direct_decisions`.
    """
    row = caps.iloc[0]
    names = ("core_id", "cap_yuan", "proposed_cap_yuan")
    said = [sentence("joint_decision", **{name: row[name] for name in names})]
    stops = [
        sentence("joint_decision_direct", core_id=each.segment, direct_yuan=each.amount_yuan, due_date=each.due_date)
        for each in direct.itertuples()
    ]
    return [*said, *stops]


def scene(points: pd.DataFrame, *, part: str = "answer") -> Sentence:
    """Say how many points of a scene are past their line, and for which source most are; or what is decided."""
    if part == "decision":
        return scene_decision(points)
    failing = points[points["state"] == "past"]
    open_count = int(points["state"].isin(["ask", "unknown"]).sum())
    if failing.empty:
        return sentence("scene_holds", open_count=open_count, points_count=len(points))
    worst = failing["source_id"].value_counts(sort=True).index[0]
    return sentence(
        "scene_fails", failing_count=len(failing), points_count=len(points), source_id=worst, open_count=open_count
    )


def scene_decision(points: pd.DataFrame) -> Sentence:
    """Say what is done first, and that each point's own line overturns it."""
    failing = points[points["state"] == "past"]
    if failing.empty:
        return sentence("scene_decision_go")
    return sentence("scene_decision_fix", point=failing["point"].drop_duplicates().to_list())


def opportunity(verdicts: pd.DataFrame) -> Sentence:
    """Say which scenes are worth a design on their whole range (`steps`)."""
    worth = verdicts.loc[verdicts["action"] == "do", "core_id"].to_list()
    if worth:
        row = verdicts[verdicts["action"] == "do"].iloc[0]
        return sentence(
            "opportunity_do", core_id=worth, low_yuan=row["result_low_yuan"], high_yuan=row["result_high_yuan"]
        )
    open_ones = verdicts[verdicts["action"] != "closed"]
    if open_ones.empty:
        return sentence("opportunity_closed", core_id=verdicts["core_id"].to_list())
    asked = open_ones[open_ones["action"] != "designed"]
    if asked.empty:
        row = open_ones.loc[open_ones["result_high_yuan"].idxmax()]
        told = {"low_yuan": row["result_low_yuan"], "high_yuan": row["result_high_yuan"]}
        return sentence("opportunity_designed", core_id=open_ones["core_id"].to_list(), **told)
    row = asked.loc[asked["result_high_yuan"].idxmax()]
    key = "opportunity_wait" if row["action"] == "wait" else "opportunity_stop"
    return sentence(key, core_id=row["core_id"], low_yuan=row["result_low_yuan"], high_yuan=row["result_high_yuan"])


def opportunity_decision(verdicts: pd.DataFrame) -> Sentence:
    """Say the need at which the best scene earns its cost."""
    known = verdicts[verdicts["action"] != "closed"].dropna(subset=["break_even_yuan"])
    if known.empty:
        return sentence("opportunity_never")
    row = known.loc[known["break_even_yuan"].idxmin()]
    return sentence("opportunity_turn", core_id=row["core_id"], break_even_yuan=row["break_even_yuan"])


def design_log(log: pd.DataFrame) -> Sentence:
    """Say how far a product's design has come by its log (`steps`)."""
    if log.empty:
        return sentence("design_log_none")
    row = log.iloc[-1]
    stale = int((log.drop_duplicates("step", keep="last")["evidence_state"] != "as_recorded").sum())
    return sentence(
        "design_log", steps_count=log["step"].nunique(), step=row["step"], action=row["action"], stale_count=stale
    )


VERDICTS = {
    "chain_reach": chain_reach,
    "chain_tiers": chain_tiers,
    "chain_decision": chain_decision,
    "payment_days": payment_days,
    "payment_terms": payment_terms,
    "payment_decision": payment_decision,
    "core_caps": core_caps,
    "caps_decision": caps_decision,
    "two_books": two_books,
    "core_news": core_news,
    "dilutions": dilutions,
    "claims": claims,
    "claims_decision": claims_decision,
    "captures": captures,
    "turned_receipts": diverted_receipts,
    "control_decision": control_decision,
    "strengths": strengths,
    "strengths_decision": strengths_decision,
    "match_thresholds": match_thresholds,
    "match_decision": match_decision,
    "supplier_lines": supplier_lines,
    "lines_decision": lines_decision,
    "coverage": coverage,
    "evidence_left": evidence_left,
    "pilot_sizes": pilot_sizes,
    "early_values": early_values,
    "joint_counts": joint_counts,
    "shared_margins": shared_margins,
    "joint_decision": joint_decision,
    "scene_hospital": scene,
    "scene_infrastructure": scene,
    "scene_market": scene,
    "opportunity": opportunity,
    "opportunity_decision": opportunity_decision,
    "design_log": design_log,
}

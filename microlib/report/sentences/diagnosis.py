"""Sentences on a branch: whom it serves, unmet demand, departures and win-back, scorecard, the week."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from microlib.design.decisions import QUIET
from microlib.report.sentences import Sentence, rate_of, sentence

LOST_BELOW = 0.05


def customer_cuts(cuts: pd.DataFrame) -> Sentence:
    """Say customers and how many of them borrow, and the trade with the largest balance (`diagnosis`)."""
    first = cuts[cuts["cut"] == cuts["cut"].iloc[0]]
    whole = {"customers_count": first["customers_count"].sum(), "borrowers_count": first["borrowers_count"].sum()}
    trades = cuts[cuts["cut"] == "trade"]
    if trades.empty:
        return sentence("cuts_plain", **whole)
    return sentence("cuts", **whole, trade=trades.iloc[0]["part"], balance_share=trades.iloc[0]["balance_share"])


def departures(left: pd.DataFrame) -> Sentence:
    """Say how many of last year's borrowers have no loan now, and how they went (`departures`)."""
    row = left.iloc[0]
    names = ("base_count", "left_count", "settled_count", "failed_count", "untold_count")
    return sentence("departures", left_share=rate_of(row, "left_share"), **{name: row[name] for name in names})


def returns(curve: pd.DataFrame) -> Sentence:
    """Say after how many months away fewer than five in a hundred return within the next year, as far as seen."""
    lost = curve[curve["later_share"] < LOST_BELOW]
    year = curve[curve["away_months"] == 12].iloc[0]
    seen = int(curve.loc[curve["at_risk_count"] > 0, "away_months"].max())
    known = curve.loc[curve["later_share"].notna(), "away_months"]
    if known.empty or seen < 12:
        last = curve[curve["away_months"] == seen].iloc[0]
        return sentence("returns_short", away_months=seen, returned_share=last["returned_share"])
    if lost.empty:
        return sentence("returns_go_on", returned_share=year["returned_share"], away_months=known.max())
    return sentence("returns_cease", returned_share=year["returned_share"], away_months=lost.iloc[0]["away_months"])


def unmet_demand(ways: pd.DataFrame) -> Sentence:
    """Say how much was asked for and not given, and what came late (`diagnosis`)."""
    named = ways.set_index("way")
    values = {"all_count": ways["all_count"].iloc[0], "unmet_yuan": ways["unmet_yuan"].sum()}
    for way in ("refused", "cut", "withdrawn", "late"):
        values[f"{way}_count"] = named.loc[way, "way_count"]
    return sentence("unmet_demand", **values, refused_yuan=named.loc["refused", "unmet_yuan"])


def loss_reasons(reasons: pd.DataFrame) -> Sentence:
    """Name the reason that most applications were lost to (`products.loss_reasons`)."""
    top = reasons.groupby("reason_code", sort=False)[["lost_count", "lost_yuan"]].sum().reset_index()
    top = top.sort_values(["lost_count", "reason_code"], ascending=[False, True])
    known = top[top["reason_code"] != "unknown"]
    if known.empty:
        return sentence("losses_unknown", lost_count=top["lost_count"].sum())
    names = ("reason_code", "lost_count", "lost_yuan")
    return sentence("loss_reasons", all_count=top["lost_count"].sum(), **{n: known.iloc[0][n] for n in names})


def book_changes(changed: pd.DataFrame) -> Sentence:
    """Name the figures that moved beyond noise since the last reading (`diagnosis`, `changes`)."""
    moved = changed[changed["is_beyond"]]
    if moved.empty:
        return sentence("changes_none", figures_count=len(changed)) if len(changed) else sentence("changes_unknown")
    return sentence("changes", figure=list(moved["figure"]), figures_count=len(changed))


def scorecard(card: pd.DataFrame) -> Sentence:
    """Say the inclusive-finance scorecard (`diagnosis`)."""
    row = card.iloc[0]
    names = ("balance_yuan", "borrowers_count", "yearly_rate", "unknown_count", "beyond_count", "beyond_yuan")
    rates = ("first_share", "unsecured_share", "renewed_share")
    return sentence("scorecard", **{n: row[n] for n in names}, **{n: rate_of(row, n) for n in rates})


def definition(parts: pd.DataFrame) -> Sentence:
    """Say whether the definition behind the scorecard has been confirmed by a named person."""
    open_parts = parts[parts["status"] != "verified"]
    key = "definition_open" if len(open_parts) else "definition_confirmed"
    return sentence(key, parts_count=len(parts), open_count=len(open_parts))


def week_list(listed: pd.DataFrame) -> Sentence:
    """Say how many lines the week has, and which comes first (`workdays`)."""
    if listed.empty:
        return sentence("week_empty")
    dated = listed[listed["due_date"].notna()]
    if dated.empty:
        return sentence("week_undated", items_count=len(listed))
    first = dated.iloc[0]
    return sentence("week", items_count=len(listed), due_date=first["due_date"], item=first["item"])


def product_results(results: pd.DataFrame) -> Sentence:
    """Say which product earned and which lost most in the year (`lineup.product_results`)."""
    lost = results.loc[results["lost_yuan"].idxmax()]
    known = results[results["margin_yuan"].notna()]
    if known.empty:
        return sentence("results_no_margin", products_count=len(results), lost_yuan=results["lost_yuan"].sum())
    best = known.loc[known["margin_yuan"].idxmax()]
    values = {
        "product_id": best["product_id"],
        "margin_yuan": best["margin_yuan"],
        "after_loss_yuan": best["after_loss_yuan"],
    }
    if lost["lost_yuan"] == 0:
        return sentence("results_no_loss", products_count=len(results), **values)
    return sentence(
        "results", products_count=len(results), other_id=lost["product_id"], lost_yuan=lost["lost_yuan"], **values
    )


def duties(table: pd.DataFrame, *, subjects: pd.DataFrame) -> list[Sentence]:
    """Say how many items each have one who signs, how many are done and signed by one role, and what nobody holds."""
    count = int((table["duty"] == "one_hand").sum())
    loose = list(subjects.loc[~subjects["held"], "duty_subject"])
    said = [sentence("duties", items_count=len(table), one_hand_count=count)]
    return [*said, sentence("duties_loose", duty_subject=loose)] if loose else said


def artefacts(counts: pd.DataFrame) -> Sentence:
    """Say that counting is off, or how many files there are."""
    return sentence("artefacts", files_count=counts["files_count"].sum()) if len(counts) else sentence("artefacts_off")


def meeting(figures: pd.DataFrame, *, audience: str) -> Sentence:
    """Open a meeting's page: for whom, and how many figures could be read."""
    return sentence("meeting", audience=audience, figures_count=len(figures))


def meeting_ask(chosen: pd.DataFrame, *, audience: str) -> Sentence:
    """Say the one thing that is asked of the audience: the first decision of page one."""
    if chosen.empty:
        return sentence("ask_none", audience=audience)
    names = ("segment", "step", "amount_yuan", "due_date")
    return sentence("ask", audience=audience, **{name: chosen.iloc[0][name] for name in names})


def churn_rules(rules: pd.DataFrame) -> Sentence:
    """Say from which day on a customer may be called lost, by the best rule; or that no rule allows it."""
    cut = rules.dropna(subset=["cut_days"])
    plain = rules.iloc[0]
    values = {"rule": plain["rule"], "false_share": plain["false_share"], "spells_count": plain["spells_count"]}
    if cut.empty:
        return sentence("churn_no_cut", **values)
    row = cut.loc[cut["called_lost_count"].idxmax()]
    values |= {"cut_rule": row["rule"], "cut_days": row["cut_days"], "called_lost_count": row["called_lost_count"]}
    return sentence("churn_cut", later_share=rate_of(row, "later_share"), **values)


def leaving_reasons(reasons: pd.DataFrame) -> Sentence:
    """Name the first reason, and whether it is told apart from the second."""
    first = reasons.iloc[0]
    if len(reasons) < 2:
        return sentence("reasons_one", loss_reason=first["loss_reason"], reason_share=rate_of(first, "reason_share"))
    key = "reasons" if first["is_distinct"] else "reasons_close"
    return sentence(
        key,
        loss_reason=[first["loss_reason"]],
        reason_share=rate_of(first, "reason_share"),
        second_reason=[reasons["loss_reason"].iloc[1]],
    )


def win_back_effects(effects: pd.DataFrame) -> list[Sentence]:
    """Say for each goal what was gained beyond the hold-out."""
    return [_gained(row) for _, row in effects.iterrows()]


def _gained(row: pd.Series) -> Sentence:
    if pd.isna(row["lift_low"]):
        return sentence("regained_no_hold_out", goal=row["goal"], treated_share=rate_of(row, "treated_share"))
    names = ("goal", "treated_share", "control_share", "lift_share", "lift_low", "lift_high")
    return sentence(
        "held_regained" if row["lift_low"] > 0 else "held_regained_open", **{name: row[name] for name in names}
    )


def payout_rules(payouts: pd.DataFrame) -> Sentence:
    """Set paying for all who came back beside paying for those added."""
    rows = payouts.set_index(["goal", "payout"])
    goal = payouts["goal"].iloc[0]
    every, added = rows.loc[(goal, "all_back")], rows.loc[(goal, "added_only")]
    return sentence(
        "payouts",
        goal=goal,
        paid_count=every["paid_count"],
        added_count=added["paid_count"],
        paid_yuan=every["paid_yuan"],
        added_yuan=added["paid_yuan"],
    )


def assignment_loads(loads: pd.DataFrame, pack: pd.DataFrame, agreed: pd.DataFrame) -> Sentence:
    """Say how many customers are assigned, how many are left over, and how many are not called for want of consent."""
    desks = loads[loads["rm_id"] != "unassigned"]
    left = int(loads.loc[loads["rm_id"] == "unassigned", "assigned_count"].sum())
    managers, known = int((desks["assigned_count"] > 0).sum()), int(desks["known_count"].sum())
    return sentence(
        "assigned",
        customers_count=int(desks["assigned_count"].sum()),
        left_count=left,
        managers_count=managers,
        known_count=known,
        barred_count=len(pack) - len(agreed),
    )


def expected_lift(expected: pd.DataFrame) -> Sentence:
    """Say what lift earlier readings let a plan expect."""
    row = expected.iloc[0]
    if not row["campaigns_count"]:
        return sentence("expected_none")
    names = ("campaigns_count", "lift_share", "lift_low", "lift_high")
    return sentence("expected", **{name: row[name] for name in names})


def forecast_record(record: pd.DataFrame) -> Sentence:
    """Say how often the ranges held, and which way the forecasts lean."""
    row = record.iloc[0]
    key = "forecasts_honest" if row["is_honest"] else "forecasts_off"
    return sentence(
        key,
        forecasts_count=row["forecasts_count"],
        inside_count=row["inside_count"],
        level_share=row["level_share"],
        bias_ratio=row["bias_ratio"],
    )


def loan_forecasts(forecasts: pd.DataFrame) -> Sentence:
    """Say the forecast of the next month."""
    row = forecasts.iloc[0]
    names = ("due_date", "expected_count", "expected_low_count", "expected_high_count", "level_share")
    return sentence("forecast_next", **{name: row[name] for name in names})


def next_tests(tests: pd.DataFrame) -> Sentence:
    """Say what the campaign that comes next needs."""
    planned = tests[tests["state"].str.startswith("plan_")]
    if planned.empty:
        return sentence("next_none")
    row = planned.iloc[0]
    names = ("campaign_id", "planned_members_count", "needed_members_count", "branches_count")
    small = row["step"] == "pool_branches" and pd.notna(row["needed_members_count"])
    return sentence("next_small" if small else "next_state", step=row["step"], **{name: row[name] for name in names})


def brief_decisions(chosen: pd.DataFrame) -> Sentence:
    """Count page one's decisions by what they ask for, and say the earliest day."""
    if chosen.empty:
        return sentence("decisions_none")
    counts = {f"{action}_count": int((chosen["action"] == action).sum()) for action in ("stop", "do", "wait")}
    first = chosen.loc[chosen["due_date"].idxmin()]
    if chosen["due_date"].nunique() == 1:
        return sentence("brief_decisions_same", chosen_count=len(chosen), due_date=first["due_date"], **counts)
    values = {**counts, "segment": first["segment"], "due_date": first["due_date"]}
    return sentence("brief_decisions", chosen_count=len(chosen), **values)


def other_stops(judged: pd.DataFrame, chosen: pd.DataFrame, listed: pd.DataFrame | None = None) -> list[Sentence]:
    """Name what is stopped and what is to be done beside what stands on page one.

    Parameters
    ----------
    judged : DataFrame
        The register (`Branch.judgements`).
    chosen : DataFrame
        What stands on page one.
    listed : DataFrame, optional
        All that is proposed (`design.decisions.list_actions`): of it what is to be done.
    """
    shown = set(zip(chosen["segment"], chosen["step"], strict=True))
    stops = judged[(judged["action"] == "stop") & ~judged["step"].isin(QUIET)]
    rest = [row.segment for row in stops.itertuples() if (row.segment, row.step) not in shown]
    said = [sentence("other_stops", stop_count=len(rest), segment=rest)] if rest else []
    tasks = judged.iloc[:0] if listed is None else listed[listed["action"] == "do"]
    left = [row.step for row in tasks.itertuples() if (row.segment, row.step) not in shown]
    return [*said, sentence("other_tasks", do_count=len(left), step=list(dict.fromkeys(left)))] if left else said


def slowing_payers(judged: pd.DataFrame) -> list[Sentence]:
    """Name the sources stopped for their days to pay, grown or too many, with the balance that hangs on them."""
    if judged.empty:
        return []
    values = {"source_id": list(judged["segment"]), "due_date": judged["due_date"].min()}
    return [sentence("payers_slow", amount_yuan=judged["amount_yuan"].sum(), **values)]


def known_launches(launches: pd.DataFrame) -> list[Sentence]:
    """Say the next season that is known, and the day on which its campaign begins at the latest."""
    if launches.empty:
        return []
    row = launches.sort_values("launch_date").iloc[0]
    names = ("segment", "launch_date", "peak_month_name")
    return [sentence("season_next", **{name: row[name] for name in names})]


def left_out_reports(size: pd.DataFrame, *, fewest: int, reports: Sequence[str]) -> list[Sentence]:
    """Say which reports a branch of few loans does not get (``decisions.full_reports_count``); nothing where it does.

    Parameters
    ----------
    size : DataFrame
        Result of `book.book_size`.
    fewest : int
        Loans from which a branch gets every report.
    reports : sequence of str
        Those that need so many.
    """
    loans = size.iloc[0]["loans_count"]
    if not 0 < loans < fewest:
        return []
    return [sentence("reports_left_out", loans_count=loans, fewest_count=fewest, report=list(reports))]


VERDICTS = {
    "brief_decisions": brief_decisions,
    "other_stops": other_stops,
    "slowing_payers": slowing_payers,
    "known_launches": known_launches,
    "left_out_reports": left_out_reports,
    "customer_cuts": customer_cuts,
    "departures": departures,
    "returns": returns,
    "unmet_demand": unmet_demand,
    "loss_reasons": loss_reasons,
    "book_changes": book_changes,
    "scorecard": scorecard,
    "definition": definition,
    "week_list": week_list,
    "product_results": product_results,
    "duty_table": duties,
    "artefacts": artefacts,
    "meeting": meeting,
    "meeting_ask": meeting_ask,
    "churn_rules": churn_rules,
    "leaving_reasons": leaving_reasons,
    "win_back_effects": win_back_effects,
    "payout_rules": payout_rules,
    "assignment_loads": assignment_loads,
    "expected_lift": expected_lift,
    "forecast_record": forecast_record,
    "loan_forecasts": loan_forecasts,
    "next_tests": next_tests,
}

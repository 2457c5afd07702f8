"""What a risk review decides: on why loans failed, and on signs in use, funds, timelines, links, collateral."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from microlib.contracts.policy import Policy
from microlib.design.decisions import WHOLE_BRANCH, decision_frame
from microlib.design.replay import separating_rules
from microlib.stats.grouping import one_row

#: a decision without an amount or a cost of waiting
NONE = float("nan")


def page_row(
    action: str,
    step: str,
    overturning: tuple[str, str, float],
    *,
    money: tuple[float, float] = (NONE, NONE),
    owner: str = "risk_head",
) -> dict:
    """Return one decision without its date.

    Parameters
    ----------
    action : str
        ``do``, ``stop`` or ``wait``.
    step : str
        Code of what is done.
    overturning : tuple
        Measure, side (``above``, ``below``) and value at which the decision no longer stands.
    money : tuple
        Amount concerned and cost of not doing it (yuan).
    owner : str
    """
    measure, side, value = overturning
    return {
        "action": action,
        "segment": WHOLE_BRANCH,
        "step": step,
        "amount_yuan": money[0],
        "owner": owner,
        "waiting_cost_yuan": money[1],
        "overturning_measure": measure,
        "overturning_side": side,
        "overturning_value": float(value),
    }


def dated(row: dict, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Return one decision as a frame of `decisions.DECISION_COLUMNS`, due as policy says for its action."""
    days = {
        "do": policy.decisions.confirm_days,
        "stop": policy.decisions.stop_days,
        "wait": policy.decisions.design_days,
    }
    due = pd.Timestamp(as_of + timedelta(days=int(days[row["action"]])))
    return decision_frame([row | {"due_date": due}])


def _cleared(policy: Policy) -> tuple[str, str, float]:
    """Return what would overturn a list to be looked into: that what was looked into turns out in order.

    So far as fewer than the appetite of them are real, the list is no better than the book; that all of them were
    looked into is the end of the task and says nothing about it.
    """
    return "cleared_share", "above", 1 - float(policy.quality.appetite_share)


#: reviews of bad loans and a kappa from which reasons may be ranked
ENOUGH_REVIEWS = 30


def time_decision(times: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Say whether early failure asks for a better check before lending (`loan_failures.times_to_bad`)."""
    whole = one_row(times, "times", **({"segment": "all"} if "segment" in times else {}))
    early = whole["early_share"] > 1 / 3 and whole["bad_count"] >= ENOUGH_REVIEWS
    few = whole["bad_count"] < ENOUGH_REVIEWS
    step = "gather_evidence" if few else "check_before_lending" if early else "visit_before_middle"
    turned = (
        ("bad_loans_count", "above", ENOUGH_REVIEWS - 1)
        if few
        else ("early_share", "below" if early else "above", 1 / 3)
    )
    return dated(page_row("wait" if few else "do", step, turned), policy=policy, as_of=as_of)


def reason_decision(pareto: pd.DataFrame, agreement: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Act on the first reason where two coders agree and reviews are enough; else code more (`loan_failures`)."""
    first = one_row(pareto, "pareto")
    kappa, reviewed = one_row(agreement, "agreement")["kappa_low"], first["reviewed_count"]
    lost = float(first["realised_loss_yuan"])
    if reviewed < ENOUGH_REVIEWS:
        row = page_row("wait", "review_more_bad_loans", ("reviewed_count", "above", ENOUGH_REVIEWS - 1))
    elif not kappa >= 0.4:
        row = page_row("wait", "code_reasons_again", ("kappa_low", "above", 0.4))
    else:
        second = float(pareto["reason_share"].iloc[1]) if len(pareto) > 1 else 0.0
        row = page_row("do", "mend_first_reason", ("first_reason_share", "below", second), money=(lost, lost))
    return dated(row, policy=policy, as_of=as_of)


def control_decision(replays: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Make the control compulsory that stops most loss among those that separate; else wait (`controls`)."""
    good = replays[replays["finding"] == "separates"]
    if good.empty:
        row = page_row("wait", "gather_evidence", ("ratio_low", "above", 1.0))
    else:
        best = good.iloc[good["lost_yuan"].argmax()]
        lost = float(best["lost_yuan"])
        row = page_row("do", f"require_{best['control_step']}", ("ratio_low", "below", 1.0), money=(lost, lost))
    return dated(row, policy=policy, as_of=as_of)


def rule_decision(checked: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Stop where a rule fails; have the rest confirmed where none does (`design.rules.check_portfolio`).

    The amount is what is owed on the loans that break a rule, one that breaks two in both. What would overturn the stop
    is not that it was carried out, but that the rules, once confirmed, turn out not to ask for this. Where no rule's
    table is held nothing was checked, and the tables are asked for.
    """
    states = checked["state"]
    fails, unknown = int((states == "fail").sum()), int((states == "unknown").sum())
    open_ones = unknown + int((states == "unverified_pass").sum())
    if fails:
        owed = float(checked.loc[states == "fail", "balance_yuan"].sum(min_count=1))
        turned = ("disproved_rules_count", "above", fails - 1)
        row = page_row("stop", "mend_failed_rules", turned, money=(owed, NONE), owner="head_office")
    elif unknown == len(checked):
        row = page_row("wait", "answer_rules", ("answered_rules_count", "above", 0), owner="head_office")
    elif open_ones:
        row = page_row("wait", "confirm_rules", ("open_rules_count", "below", 1), owner="head_office")
    else:
        row = page_row("do", "keep_rules", ("failed_rules_count", "above", 0), owner="head_office")
    return dated(row, policy=policy, as_of=as_of)


#: state of a rule that was checked -> action, step, measure that overturns it, side, value
RULE_CHOICES = {
    "fail": ("stop", "mend_failed_rules", "disproved_rules_count", "above", 0.0),
    "unknown": ("wait", "answer_rules", "answered_rules_count", "above", 0.0),
    "unverified_pass": ("wait", "confirm_rules", "open_rules_count", "below", 1.0),
    "pass": ("do", "keep_rules", "failed_rules_count", "above", 0.0),
}


def rule_choices(checked: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose for each rule that was checked what its state asks for (`design.rules.check_portfolio`).

    Answers "which of our rules do our own books break, and which does nobody know?" ``segment`` is the rule's number;
    the amount is what is owed on the loans that break it.
    """
    rows = []
    for row in checked.itertuples():
        state = "unknown" if pd.isna(row.state) else row.state
        action, step, *turned = RULE_CHOICES[state]
        money = (float(row.balance_yuan) if state == "fail" else NONE, NONE)
        made = page_row(action, step, tuple(turned), money=money, owner="head_office") | {"segment": row.id}
        rows.append(dated(made, policy=policy, as_of=as_of))
    return pd.concat(rows, ignore_index=True) if rows else decision_frame([])


def axes_decision(axes: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Choose the product feature that the worst quadrant asks for (`conduct.two_axes`)."""
    found, late = set(axes["quadrant"]), float(policy.review.late_share)
    if "able_unwilling" in found or "unable_unwilling" in found:
        row = page_row("do", "lock_collections", ("able_late_low", "below", late), owner="product_manager")
    elif "unable_willing" in found:
        row = page_row("do", "match_tenor_to_cash", ("able_high", "above", 0.5), owner="product_manager")
    elif found <= {"cannot_say"}:
        row = page_row("wait", "gather_evidence", ("able_late_high", "below", late), owner="product_manager")
    else:
        row = page_row("do", "keep_terms", ("able_late_low", "above", late), owner="product_manager")
    return dated(row, policy=policy, as_of=as_of)


def replay_decision(replays: pd.DataFrame, exceptions: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Stop waiving the rule that separates best in its own group; else wait (`replay.replay_products`)."""
    apart = separating_rules(replays)
    if len(apart):
        row = page_row(
            "stop",
            "stop_waiving_rules",
            ("ratio_low", "below", 1.0),
            money=(float(apart["refused_yuan"].iloc[0]), NONE),
            owner="head_office",
        )
    else:
        count = float(len(exceptions))
        row = page_row(
            "wait",
            "gather_evidence",
            ("ratio_low", "above", 1.0),
            owner="head_office" if count else "risk_head",
        )
    return dated(row, policy=policy, as_of=as_of)


def use_decision(summary: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Ask for the papers of loans with a sign; without one keep the sampling (`conduct.use_summary`)."""
    whole = one_row(summary, "summary", sign="any_sign")
    owed = float(whole["balance_yuan"])
    row = page_row("do", "ask_for_papers_of_use", _cleared(policy), money=(owed, NONE), owner="micro_manager")
    none = page_row("wait", "keep_sampling_uses", ("use_signs_count", "above", 0), owner="micro_manager")
    unknown = page_row("wait", "gather_evidence", ("use_signs_count", "above", 0), owner="micro_manager")
    none = none if whole.get("known_count", 0) else unknown
    return dated(row if whole["loans_count"] else none, policy=policy, as_of=as_of)


def equity_decision(equity: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Have debts confirmed where worth is not explained (`conduct.unexplained_equity`)."""
    open_ones = ~equity["is_explained"]
    owed = float(equity.loc[open_ones, "hidden_yuan"].sum())
    turned = ("deviation_share", "below", float(policy.review.equity_tolerance_share))
    row = page_row("do", "prove_own_funds_and_debts", turned, money=(owed, NONE), owner="micro_manager")
    step = "keep_visiting" if len(equity) else "gather_evidence"
    none = page_row("wait", step, ("unexplained_count", "above", 0), owner="micro_manager")
    return dated(row if open_ones.any() else none, policy=policy, as_of=as_of)


def driver_decision(found: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Set a trigger on the series that sales follow; else none (`conduct.elasticities`)."""
    follows = found[found["finding"].isin(["follows", "runs_against"])]
    if follows.empty:
        row = page_row("wait", "no_trigger_yet", ("elasticity_low", "above", 0.0), owner="product_manager")
    else:
        owed = float(follows["balance_yuan"].max())
        row = page_row(
            "do", "set_outside_trigger", ("elasticity_low", "below", 0.0), money=(owed, NONE), owner="product_manager"
        )
    return dated(row, policy=policy, as_of=as_of)


def funnel_decision(funnel: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Take a sample of the files of whoever lies outside the action limit (`loan_failures.funnel`)."""
    if funnel.empty:
        few = page_row("wait", "gather_evidence", ("bad_loans_count", "above", 0), owner="head_office")
        return dated(few, policy=policy, as_of=as_of)
    outside = (funnel["funnel_place"] == "above_action").any()
    row = page_row(
        "do",
        "review_sample_of_files",
        ("adjusted_share", "below", float(funnel["high998"].iloc[0])),
        owner="head_office",
    )
    none = page_row(
        "wait", "no_sample_needed", ("adjusted_share", "above", float(funnel["high998"].max())), owner="head_office"
    )
    return dated(row if outside else none, policy=policy, as_of=as_of)


def timeline_decision(summary: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Open the files whose steps are out of order; without any keep the sampling (`conduct`)."""
    files = int(summary["files_count"].sum())
    row = page_row("do", "open_files", _cleared(policy))
    looked = int(summary["looked_count"].max()) if len(summary) else 0
    step = "keep_sampling_files" if looked else "gather_evidence"
    none = page_row("wait", step, ("files_count", "above", 0))
    return dated(row if files else none, policy=policy, as_of=as_of)


def link_decision(groups: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Have groups looked into whose links nobody has explained (`connections.group_exposures`)."""
    open_ones = groups[(groups["status"] == "to_check") & (groups["balance_yuan"] > 0)]
    owed = float(open_ones["balance_yuan"].sum())
    row = page_row("do", "look_into_links", _cleared(policy), money=(owed, NONE))
    none = page_row("wait", "keep_link_checks", ("groups_to_check_count", "above", 0))
    return dated(row if len(open_ones) else none, policy=policy, as_of=as_of)


def collateral_decision(shocks: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Value again where sales as they were made leave debt open after a fall (`collateral.value_shocks`).

    The amount is what the worst fall leaves open, the cost of waiting what is open at today's values. Without sales on
    file nothing open is no all clear: they are to be recorded first.
    """
    one_row(shocks, "shocks")
    first, worst = shocks.iloc[shocks["fall_share"].argmin()], shocks.iloc[shocks["fall_share"].argmax()]
    open_yuan, now = float(worst["sold_open_yuan"]), float(first["sold_open_yuan"])
    turned = ("sold_open_yuan", "below", 1.0)
    row = page_row("do", "second_valuation", turned, money=(open_yuan, now))
    none = page_row("wait", "keep_haircuts", ("sold_open_yuan", "above", 0.0))
    unknown = page_row("wait", "record_sales", ("sales_count", "above", 1.0))
    few = pd.isna(worst["sold_open_low_yuan"])
    return dated(row if open_yuan > 0 else unknown if few else none, policy=policy, as_of=as_of)


def guarantee_decision(covers: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Replace guarantees that one call would not pay (`guarantees.first_round_covers`)."""
    least = float(policy.review.worst_cover_share)
    weak = covers[covers["cover_share"] < least]
    owed = float((weak["guaranteed_balance_yuan"] - weak["covered_yuan"]).sum())
    row = page_row("do", "replace_weak_guarantees", ("cover_share", "above", least), money=(owed, NONE))
    none = page_row("wait", "keep_guarantees", ("cover_share", "below", least))
    return dated(row if len(weak) else none, policy=policy, as_of=as_of)

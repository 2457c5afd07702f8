"""Decisions on signs: use of funds, own funds, outside drivers, timelines, links, collateral, guarantees, people."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.design.reviewing.rows import NONE, dated, page_row


def use_decision(summary: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Ask for the papers of loans with a sign; without one keep the sampling (`reviewing.uses.use_summary`)."""
    whole = summary.set_index("sign").loc["any_sign"]
    signs = ("use_signs_count", "below", 1)
    owed = float(whole["balance_yuan"])
    row = page_row("do", "ask_for_papers_of_use", signs, money=(owed, NONE), owner="micro_manager")
    none = page_row("wait", "keep_sampling_uses", ("use_signs_count", "above", 0), owner="micro_manager")
    return dated(row if whole["loans_count"] else none, policy=policy, as_of=as_of)


def equity_decision(equity: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Have debts confirmed where worth is not explained (`reviewing.visits.unexplained_equity`)."""
    open_ones = ~equity["is_explained"]
    owed = float(equity.loc[open_ones, "hidden_yuan"].sum())
    turned = ("deviation_share", "below", float(policy.review.equity_tolerance_share))
    row = page_row("do", "prove_own_funds_and_debts", turned, money=(owed, NONE), owner="micro_manager")
    none = page_row("wait", "keep_visiting", ("unexplained_count", "above", 0), owner="micro_manager")
    return dated(row if open_ones.any() else none, policy=policy, as_of=as_of)


def driver_decision(found: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Set a trigger on the series that sales follow; else none (`reviewing.elasticities.elasticities`)."""
    follows = found[found["finding"].isin(["follows", "runs_against"])]
    if follows.empty:
        row = page_row("wait", "no_trigger_yet", ("elasticity_low", "above", 0.0), owner="product_manager")
    else:
        owed = float(follows["balance_yuan"].max())
        row = page_row("do", "set_outside_trigger", ("elasticity_low", "below", 0.0), money=(owed, NONE),
                       owner="product_manager")  # fmt: skip
    return dated(row, policy=policy, as_of=as_of)


def funnel_decision(funnel: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Take a sample of the files of whoever lies outside the action limit (`reviewing.funnels.funnel`)."""
    outside = (funnel["funnel_place"] == "above_action").any()
    row = page_row("do", "review_sample_of_files", ("adjusted_share", "below", float(funnel["high998"].iloc[0])),
                   owner="head_office")  # fmt: skip
    none = page_row("wait", "no_sample_needed", ("adjusted_share", "above", float(funnel["high998"].max())),
                    owner="head_office")  # fmt: skip
    return dated(row if outside else none, policy=policy, as_of=as_of)


def timeline_decision(summary: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Open the files whose steps are out of order; without any keep the sampling (`reviewing.timelines`)."""
    files = int(summary["files_count"].sum())
    row = page_row("do", "open_files", ("files_count", "below", 1))
    none = page_row("wait", "keep_sampling_files", ("files_count", "above", 0))
    return dated(row if files else none, policy=policy, as_of=as_of)


def link_decision(groups: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Have groups looked into whose links nobody has explained (`connections.groups.group_exposures`)."""
    open_ones = groups[(groups["status"] == "to_check") & (groups["balance_yuan"] > 0)]
    owed = float(open_ones["balance_yuan"].sum())
    row = page_row("do", "look_into_links", ("groups_to_check_count", "below", 1), money=(owed, NONE))
    none = page_row("wait", "keep_link_checks", ("groups_to_check_count", "above", 0))
    return dated(row if len(open_ones) else none, policy=policy, as_of=as_of)


def collateral_decision(shocks: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Cut what may be lent on collateral where a fall leaves debt open (`reviewing.shocks.value_shocks`)."""
    worst = shocks.loc[shocks["fall_share"].idxmax()]
    open_yuan = float(worst["uncovered_yuan"])
    row = page_row("do", "second_valuation", ("uncovered_yuan", "below", 1.0), money=(open_yuan, open_yuan))
    none = page_row("wait", "keep_haircuts", ("uncovered_yuan", "above", 0.0))
    return dated(row if open_yuan > 0 else none, policy=policy, as_of=as_of)


def guarantee_decision(covers: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Replace guarantees that one call would not pay (`connections.guarantee_burdens.first_round_covers`)."""
    least = float(policy.review.worst_cover_share)
    weak = covers[covers["cover_share"] < least]
    owed = float((weak["guaranteed_balance_yuan"] - weak["covered_yuan"]).sum())
    row = page_row("do", "replace_weak_guarantees", ("cover_share", "above", least), money=(owed, NONE))
    none = page_row("wait", "keep_guarantees", ("cover_share", "below", least))
    return dated(row if len(weak) else none, policy=policy, as_of=as_of)

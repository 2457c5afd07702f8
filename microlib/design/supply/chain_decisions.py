"""What the chain asks for: stop behind a core that pays later, look into claims, design a scene or leave it."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.design.decisions import decision_frame

STEPS = {"do": "design_product", "stop": "leave_scene", "wait": "gather_evidence"}


def core_decisions(trends: pd.DataFrame, books: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose to stop new lending behind every core whose payments come later on the whole range of the change.

    Parameters
    ----------
    trends : DataFrame
        Result of `payment_trends.payment_trends`. Not modified.
    books : DataFrame
        Result of `core_caps.two_books`: amount and cost.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.COLUMNS``, one row per core; ``segment`` is the core.
    """
    late = trends[trends["trend"] == "later"].merge(books, on="core_id", how="left")
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.stop_days))
    rows = [
        ("stop", row.core_id, "stop_behind_core", row.small_yuan, "risk_head", due, row.suppliers_loss_yuan,
         "change_days", "below", 0.0)
        for row in late.itertuples()
    ]  # fmt: skip
    return decision_frame(rows)


def claim_decisions(
    twins: pd.DataFrame, financed: pd.DataFrame, turned: pd.DataFrame, *, policy: Policy, as_of: date
) -> pd.DataFrame:
    """Propose to look into what is open: twin payables, payables beyond worth, receipts that arrived elsewhere.

    Parameters
    ----------
    twins, financed, turned : DataFrame
        Results of `claims.twin_payables`, `claims.financed_payables`, `captures.turned_receipts`. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.COLUMNS``, at most one row: the sum of what is open, the cost what is claimed beyond worth.
    """
    open_twins, open_claims, open_turns = (rows[rows["state"] == "open"] for rows in (twins, financed, turned))
    amount = open_twins["amount_yuan"].sum() + open_claims["excess_yuan"].sum() + open_turns["elsewhere_yuan"].sum()
    if amount <= 0:
        return decision_frame([])
    cost = float(open_twins["amount_yuan"].sum() + open_claims["excess_yuan"].sum())
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.confirm_days))
    return decision_frame([("do", "whole_branch", "look_into_claims", amount, "micro_manager", due, cost,
                    "open_claims_yuan", "below", 1.0)])  # fmt: skip


def opportunity_decisions(verdicts: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose per scene, on its whole range: design a product, leave it, or gather evidence first.

    Parameters
    ----------
    verdicts : DataFrame
        Result of `opportunities.opportunity_verdicts`. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.COLUMNS``; the amount is the need at which the scene earns its cost, the cost of waiting the result
        of the low case where it is above zero, else unknown.
    """
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.design_days))
    rows = [
        (row.action, row.core_id, STEPS[row.action], row.break_even_yuan, "product_manager", due,
         row.result_low_yuan if row.action == "do" else float("nan"), *_turning(row.action))
        for row in verdicts.itertuples()
    ]  # fmt: skip
    return decision_frame(rows)


def _turning(action: str) -> tuple[str, str, float]:
    """Return what would overturn: the low result for those worth doing or not yet told, the high one for the rest."""
    if action == "do":
        return "result_low_yuan", "below", 0.0
    return ("result_high_yuan", "above", 0.0) if action == "stop" else ("result_low_yuan", "above", 0.0)

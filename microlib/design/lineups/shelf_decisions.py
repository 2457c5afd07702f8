"""What the shelf asks for: products to stop or price anew, and the one term worth trying."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.design.decisions import COLUMNS, decision_frame, segment_decisions


def quality_decisions(rates: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose per product, on the interval: stop new lending, or wait for evidence; nothing where quality is good.

    Parameters
    ----------
    rates : DataFrame
        `memberships.only_measure` of `pars.four_pars` within ``product_id``. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.COLUMNS``; ``segment`` holds the product.
    """
    found = segment_decisions(rates.rename(columns={"product_id": "segment"}), policy=policy, as_of=as_of)
    return found[found["action"] != "do"].reset_index(drop=True)


def margin_decisions(margins: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose to price anew every product that is sold under its floor.

    Parameters
    ----------
    margins : DataFrame
        Result of `margins.product_margins`. Not modified.
    policy : Policy
        ``decisions.design_days``.
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.COLUMNS``; the cost of not doing it is a year's shortfall.
    """
    losing = margins[margins["margin_finding"] == "loses"]
    return _rows(losing.assign(
        action="stop", segment=losing["product_id"], step="reprice_product", amount_yuan=losing["balance_yuan"],
        owner="product_manager", waiting_cost_yuan=-losing["margin_yuan"], overturning_measure="margin_rate",
        overturning_side="above",
    ), policy=policy, as_of=as_of)  # fmt: skip


def change_decisions(best: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose to try the one change of a term that reaches more customers at no lower margin.

    Parameters
    ----------
    best : DataFrame
        Result of `what_ifs.best_changes`. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.COLUMNS``; the amount is what could be lent in all, the cost of not doing it unknown: a ceiling of
        demand is no margin forgone.
    """
    return _rows(best.assign(
        action="do", segment=best["product_id"], step="try_one_term", amount_yuan=best["more_lent_yuan"],
        owner="product_manager", waiting_cost_yuan=float("nan"), overturning_measure="margin_rate",
        overturning_side="below",
    ), policy=policy, as_of=as_of)  # fmt: skip


def _rows(frame: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.design_days))
    return decision_frame(frame.assign(due_date=due, overturning_value=0.0)[list(COLUMNS)].to_dict("records"))

"""What a rule of pay for customers won back costs, and what is left when only those beyond the hold-out count."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.outreach_cases import Recall


def recall_pay(effects: pd.DataFrame, *, rule: Recall) -> pd.DataFrame:
    """Hold the pay for customers who are back and alive against the margin of those who were added.

    Parameters
    ----------
    effects : DataFrame
        Result of `metrics.churn.win_backs.win_back_effects`. Not modified.
    rule : Recall

    Returns
    -------
    DataFrame
        One row: ``paid_count`` (back and alive), ``pay_yuan, offer_yuan``, ``added_count`` with ``added_low_count``,
        ``result_yuan`` and ``low_result_yuan``: margin of those added, at the estimate and at the low end, less pay and
        offers.

    Examples
    --------
    >>> rule = Recall(pay_a_customer_yuan=800, margin_a_customer_yuan=6200)
    >>> effects = pd.DataFrame({"alive_count": [50], "offer_cost_yuan": [10_000.], "added_count": [30.],
    ...                         "added_low_count": [10.]})
    >>> recall_pay(effects, rule=rule)[["result_yuan", "low_result_yuan"]].iloc[0].to_list()
    [136000.0, 12000.0]
    """
    paid, offers = float(effects["alive_count"].sum()), float(effects["offer_cost_yuan"].sum())
    pay = paid * rule.pay_a_customer_yuan
    added = {name: float(effects[name].sum(min_count=len(effects))) for name in ("added_count", "added_low_count")}
    margins = {name: count * rule.margin_a_customer_yuan - pay - offers for name, count in added.items()}
    return pd.DataFrame({
        "paid_count": [paid], "pay_yuan": [pay], "offer_yuan": [offers],
        **{name: [value] for name, value in added.items()},
        "result_yuan": [margins["added_count"]], "low_result_yuan": [margins["added_low_count"]],
    })  # fmt: skip

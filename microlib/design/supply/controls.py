"""The control ladder (控制等级): how firmly we hold a supplier's money from its core, and what we advance on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.receivables import supplier_limits
from microlib.design.supply.supply_policies import SupplyPolicy

LADDER = ("none", "collected", "notified", "registered", "acknowledged")
PAIR = ["core_id", "customer_id"]


def control_levels(
    payable_loans: pd.DataFrame, core_payables: pd.DataFrame, captures: pd.DataFrame, *, policy: SupplyPolicy
) -> pd.DataFrame:
    """Find how far up the ladder each supplier with a loan stands; a rung counts only if it holds for all its loans.

    Parameters
    ----------
    payable_loans : DataFrame[payable_loans]
        Uses ``payable_id, notified_date, registered_date``. Not modified.
    core_payables : DataFrame[core_payables]
        Uses ``payable_id, core_id, customer_id, acknowledged_date``.
    captures : DataFrame
        Result of `captures.capture_rates` within ``pair_id`` or ``core_id``: measure ``captured``.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core and supplier with a loan on payables: ``payables_count``; ``notified_share, registered_share,
        acknowledged_share`` (of them); ``captured_low`` (lower bound of the core's capture rate, missing without
        receipts); ``control_level``: the highest of ``acknowledged`` (all registered, at least half acknowledged),
        ``registered`` (all registered), ``notified`` (all notified), ``collected`` (capture bound past policy) and
        ``none``.
    """
    rows = payable_loans.merge(core_payables[["payable_id", *PAIR, "acknowledged_date"]], on="payable_id")
    marks = rows[PAIR].assign(
        payables_count=1, notified_share=rows["notified_date"].notna(),
        registered_share=rows["registered_date"].notna(), acknowledged_share=rows["acknowledged_date"].notna(),
    )  # fmt: skip
    shares = {name: (name, "mean") for name in ("notified_share", "registered_share", "acknowledged_share")}
    found = marks.groupby(PAIR, as_index=False, observed=True).agg(payables_count=("payables_count", "sum"), **shares)
    held = captures[captures["measure"] == "captured"].set_index("core_id")["share_low"]
    found["captured_low"] = found["core_id"].map(held).astype("float64")
    registered = found["registered_share"] == 1
    rungs = [registered & (found["acknowledged_share"] >= 0.5), registered, found["notified_share"] == 1,
             found["captured_low"] >= policy.least_capture_share]  # fmt: skip
    return found.assign(control_level=np.select(rungs, LADDER[:0:-1], "none"))


def ladder_summary(levels: pd.DataFrame, *, policy: SupplyPolicy) -> pd.DataFrame:
    """Count suppliers on each rung of each core's ladder, with the advance that the policy gives there.

    Returns
    -------
    DataFrame
        ``core_id, control_level`` (from the top), ``suppliers_count, payables_count, advance_share``.
    """
    found = levels.groupby(["core_id", "control_level"], as_index=False, observed=True).agg(
        suppliers_count=("customer_id", "nunique"), payables_count=("payables_count", "sum")
    )
    found["advance_share"] = found["control_level"].map(policy.advance).astype("float64")
    order = found["control_level"].map({level: -rank for rank, level in enumerate(LADDER)})
    return found.assign(order=order).sort_values(["core_id", "order"]).drop(columns="order").reset_index(drop=True)


def supplier_lines(
    levels: pd.DataFrame, receivables: pd.DataFrame, shares: pd.DataFrame, *, caps: pd.DataFrame, policy: SupplyPolicy
) -> pd.DataFrame:
    r"""Size each supplier's line on its core: advance by rung, dependence, a cap for each and the core's headroom.

    .. math:: L_s = \min\left(a_s (1 - d_s) R_s,\; c\right) \cdot \min\left(1, \frac{H}{\sum_s \cdot}\right)

    with :math:`R_s` receivables, :math:`d_s` dilution, :math:`a_s` the rung's advance, less for a supplier above the
    policy's dependence, c the cap of one and H what the core's cap leaves beside its own loans.

    Parameters
    ----------
    levels : DataFrame
        Result of `control_levels`. Not modified, nor is any other frame.
    receivables : DataFrame
        Result of `receivables.supplier_receivables`, by customer: ``base_yuan, dilution_share``.
    shares : DataFrame
        Result of `incomes.income_shares`.
    caps : DataFrame
        Result of `core_caps.core_caps`: ``core_id, proposed_cap_yuan, direct_yuan``.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core and supplier: ``control_level, payable_yuan, dilution_share, income_share, advance_share,
        advance_yuan, single_yuan, limit_yuan, bound_by`` (``collateral``, ``product``, ``source``).
    """
    rows = levels.merge(receivables[["base_yuan", "dilution_share"]], left_on="customer_id", right_index=True)
    rows = rows.merge(shares[[*PAIR, "income_share"]], on=PAIR, how="left").rename(
        columns={"base_yuan": "payable_yuan"}
    )
    rows["dilution_share"] = rows["dilution_share"].fillna(0.0)
    heavy = rows["income_share"] > policy.dependence_share
    rows["advance_share"] = rows["control_level"].map(policy.advance).astype("float64") * np.where(
        heavy, policy.dependence_factor, 1.0
    )
    room = (caps["proposed_cap_yuan"] - caps["direct_yuan"]).clip(lower=0.0).set_axis(caps["core_id"])
    parts = [_capped(part, float(room.get(core, np.inf)), policy) for core, part in rows.groupby("core_id", sort=True)]
    found = pd.concat(parts) if parts else rows.assign(advance_yuan=0.0, single_yuan=0.0, limit_yuan=0.0, bound_by="")
    order = [*PAIR, "control_level", "payable_yuan", "dilution_share", "income_share", "advance_share", "advance_yuan",
             "single_yuan", "limit_yuan", "bound_by"]  # fmt: skip
    return found.sort_values(["core_id", "limit_yuan", "customer_id"], ascending=[True, False, True])[
        order
    ].reset_index(drop=True)


def _capped(part: pd.DataFrame, room: float, policy: SupplyPolicy) -> pd.DataFrame:
    lines = supplier_limits(part, advance_share=part["advance_share"], single_cap_yuan=float(policy.single_cap_yuan),
                            core_cap_yuan=room)  # fmt: skip
    return part.join(lines)

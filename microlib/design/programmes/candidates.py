"""Who could share a programme's budget: sized lines with what each earns, and what its source costs if it stops."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.contracts.products import Product
from microlib.design.pricing.margins import yearly_margins

KEYS = ["customer_id", "source_headroom_yuan", "group_headroom_yuan"]


def programme_candidates(
    limits: pd.DataFrame, *, applicants: pd.DataFrame, product: Product, policy: Policy, pd_rate: float
) -> pd.DataFrame:
    """Gather the lines that were sized, ready to be allocated.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    applicants : DataFrame
        Result of `applicants.applicant_frame`, for headrooms. Not modified.
    product : Product
    policy : Policy
        Pricing for profit, stress for the loss if a source stops (its high case).
    pd_rate : float
        Default rate of a year, at the mean.

    Returns
    -------
    DataFrame
        One row per sized line: ``customer_id, segment, source_id, group_key, limit_yuan, profit_rate`` (per yuan of
        the line, after loss and capital), ``stop_loss_share, source_headroom_yuan, group_headroom_yuan``.
    """
    sized = limits[limits["reason"] == "sized"].reset_index(drop=True)
    margins = yearly_margins(sized["limit_yuan"], product=product, policy=policy.pricing, pd_rate=pd_rate)
    names = [name for name in ("customer_id", "segment", "source_id", "group_key", "limit_yuan") if name in sized]
    found = sized[names].assign(
        profit_rate=margins["profit_rate"], stop_loss_share=policy.stress.pd_high * policy.stress.lgd_high
    )
    return found.merge(applicants[KEYS], on="customer_id", how="left")

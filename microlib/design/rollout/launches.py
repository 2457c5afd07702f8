"""When a branch begins: the week counted back from the season of its own lending, the bank's pushes taken out."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.policies import DecisionsPolicy
from microlib.metrics.rhythms import bank_rhythms, launch_week, without_push
from microlib.metrics.seasons import credit_seasons


def branch_launch(lending: pd.DataFrame, *, policy: DecisionsPolicy, as_of: date) -> pd.DataFrame:
    """Say whether the branch's lending has a season of its own, and in which week to begin for it.

    Parameters
    ----------
    lending : DataFrame
        ``segment, month, amount_yuan`` of new lending (`metrics.monthly_amounts.monthly_lending`). Not modified.
    policy : DecisionsPolicy
        The two lead times.
    as_of : date

    Returns
    -------
    DataFrame
        One row per segment: columns of `metrics.rhythms.bank_rhythms` with ``peak_month_name, launch_date,
        launch_week`` (missing where the season is not the branch's own)

    Raises
    ------
    TooShort
        Under 24 months.
    """
    raw, clean = credit_seasons(lending), credit_seasons(without_push(lending))
    found = bank_rhythms(raw, clean, families={})
    lead = {"approval_lead_days": policy.approval_lead_days, "campaign_lead_days": policy.campaign_lead_days}
    week = launch_week(found, as_of=as_of, **lead)
    columns = ["reason", "peak_month", "peak_ratio", "peak_low", "peak_high", "stability_share", "p_value"]
    return pd.concat([found[columns], week.drop(columns=["segment", "reason"])], axis="columns")

"""The register of effects: what each campaign showed, kept run by run, and what a later plan may take from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

COLUMNS = ["campaign_id", "branch_id", "goal", "product_id", "venue_id", "design", "launch_date", "closing_date",
           "basis", "reading", "is_causal", "lift_share", "lift_low", "lift_high", "lift_share_count", "cost_yuan",
           "cost_per_added_yuan", "read_date"]  # fmt: skip


def effects_register(
    readings: pd.DataFrame, campaigns: pd.DataFrame, costs: pd.DataFrame, *, as_of: object
) -> pd.DataFrame:
    """Write one line per campaign for the register: what was tried, what it cost, what may be said of it.

    Parameters
    ----------
    readings : DataFrame
        Of `metrics.campaigns.readings.campaign_readings`. Not modified.
    campaigns : DataFrame[campaigns]
    costs : DataFrame
        Of `metrics.campaigns.effects.costs_per_added`.
    as_of : date
        The day of the reading.

    Returns
    -------
    DataFrame
        `COLUMNS`. A campaign of which nothing may be said stands there too: unknown is a result; its lift and its cost
        per added loan are missing.
    """
    heads = campaigns[["campaign_id", "branch_id", "goal", "product_id", "venue_id", "launch_date", "closing_date"]]
    rows = readings.merge(heads, on="campaign_id").merge(
        costs[["campaign_id", "cost_yuan", "cost_per_added_yuan"]], on="campaign_id", how="left"
    )
    told = rows["is_causal"]
    kept = rows.assign(read_date=pd.Timestamp(as_of), cost_per_added_yuan=rows["cost_per_added_yuan"].where(told))
    return kept[COLUMNS]


def joined_register(register: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Put this reading's lines under those of earlier reports (`reporting.earlier.earlier_results`).

    Examples
    --------
    >>> now = pd.DataFrame({"campaign_id": ["M"], "reading": ["lifted"]})
    >>> len(joined_register(now, pd.DataFrame({"report_date": []})))
    1
    """
    parts = [part.reindex(columns=register.columns) for part in (past, register) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else register


def newest_effects(register: pd.DataFrame) -> pd.DataFrame:
    """Return of each campaign its last reading, over all the runs that the register was put together from.

    Examples
    --------
    >>> twice = pd.DataFrame({"campaign_id": ["M", "M"], "branch_id": "0755", "reading": ["unfinished", "lifted"],
    ...                       "read_date": pd.to_datetime(["2026-03-31", "2026-06-30"])})
    >>> newest_effects(twice).reading.to_list()
    ['lifted']
    """
    ordered = register.sort_values("read_date", kind="stable")
    return ordered.drop_duplicates(["branch_id", "campaign_id"], keep="last").reset_index(drop=True)


def expected_lift(register: pd.DataFrame, *, goal: str = "new_loan", level: float = 0.95) -> pd.DataFrame:
    r"""Say what lift the readings of the register let a next campaign expect (random effects, DerSimonian and Laird).

    Only readings against a hold-out enter. The range is that of the next campaign's true lift:
    :math:`\hat\mu \pm z\sqrt{\mathrm{Var}(\hat\mu) + \tau^2}`.

    Parameters
    ----------
    register : DataFrame
        `COLUMNS`; the last reading of each campaign counts. Not modified.
    goal : str
        Campaigns of this goal.
    level : float
        Two-sided.

    Returns
    -------
    DataFrame
        One row: ``campaigns_count, lift_share, lift_low, lift_high, between_share`` (tau). All but the count are
        missing with no reading; with one, the range is that reading's.

    References
    ----------
    .. [1] DerSimonian, R., Laird, N. (1986). Controlled Clinical Trials 7, 177-188.

    Examples
    --------
    >>> one = pd.DataFrame({"campaign_id": ["M"], "branch_id": "0755", "goal": "new_loan", "is_causal": True,
    ...     "lift_share": 0.08, "lift_low": 0.04, "lift_high": 0.12, "read_date": pd.Timestamp("2026-06-30")})
    >>> expected_lift(one)[["lift_low", "lift_high"]].round(3).iloc[0].to_list()
    [0.04, 0.12]
    """
    rows = newest_effects(register)
    rows = rows[rows["is_causal"] & rows["goal"].eq(goal)]
    names = ["lift_share", "lift_low", "lift_high", "between_share"]
    if rows.empty:
        return pd.DataFrame([{"campaigns_count": 0} | dict.fromkeys(names, np.nan)])
    z = float(ndtri((1 + level) / 2))
    lift, error = rows["lift_share"].to_numpy(), (rows["lift_high"] - rows["lift_low"]).to_numpy() / 2 / 1.959964
    weight = 1 / error**2
    middle = (weight * lift).sum() / weight.sum()
    excess = (weight * (lift - middle) ** 2).sum() - (len(lift) - 1)
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(excess / spread, 0.0) if spread > 0 else 0.0
    weight = 1 / (error**2 + between)
    middle = (weight * lift).sum() / weight.sum()
    reach = z * np.sqrt(1 / weight.sum() + between)
    values = (middle, middle - reach, middle + reach, np.sqrt(between))
    return pd.DataFrame([{"campaigns_count": len(lift)} | dict(zip(names, values, strict=True))])

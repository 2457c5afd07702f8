"""Whether arms are what was agreed: their sizes against the planned share, and what members were like before."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaincc, ndtri

PAST_DAYS = 365


def sample_ratio(outcomes: pd.DataFrame, campaigns: pd.DataFrame, *, alarm: float = 0.001) -> pd.DataFrame:
    r"""Test whether the arms have the sizes that the planned share makes likely (sample-ratio test).

    .. math:: \chi^2 = \sum_a \frac{(n_a - N s_a)^2}{N s_a}, \quad p = P(\chi^2_1 \ge \chi^2)

    A small p says that somebody moved members after the draw; the effect is then not read.

    Parameters
    ----------
    outcomes : DataFrame
        ``campaign_id, arm``. Not modified.
    campaigns : DataFrame[campaigns]
        ``campaign_id, holdout_share, design``.
    alarm : float
        p under which the arms are not those that were drawn.

    Returns
    -------
    DataFrame
        One row per campaign with members: ``treated_count, control_count, planned_control_count, ratio_p`` (missing
        without a hold-out or where whole clusters were drawn), ``is_ratio_kept`` (missing there too).

    Examples
    --------
    >>> arms = pd.DataFrame({"campaign_id": "M", "arm": ["treated"] * 271 + ["control"] * 129})
    >>> plan = pd.DataFrame({"campaign_id": ["M"], "holdout_share": [0.5], "design": ["hold_out"]})
    >>> bool(sample_ratio(arms, plan).is_ratio_kept.item())
    False
    """
    counts = outcomes.groupby("campaign_id", sort=False)["arm"].agg(
        treated_count=lambda arm: int(arm.eq("treated").sum()), control_count=lambda arm: int(arm.eq("control").sum())
    )
    rows = counts.join(campaigns.set_index("campaign_id")[["holdout_share", "design"]])
    drawn = (rows["holdout_share"] > 0) & (rows["holdout_share"] < 1) & rows["design"].isin(["hold_out", "waves"])
    share = rows["holdout_share"].where(drawn).astype(float)
    total = rows["treated_count"] + rows["control_count"]
    gap = rows["control_count"] - total * share
    p = gammaincc(0.5, gap**2 / (total * share * (1 - share)) / 2)
    kept = pd.Series(p >= alarm, index=rows.index).astype("boolean").where(drawn)
    found = rows[["treated_count", "control_count"]].assign(
        planned_control_count=total * share, ratio_p=p, is_ratio_kept=kept
    )
    return found.reset_index()


def member_history(outcomes: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Add to each member what was known of him before the launch.

    Parameters
    ----------
    outcomes : DataFrame
        Of `outcomes.campaign_outcomes`. Not modified.
    customers : DataFrame[customers]
        ``annual_sales_yuan, deposits_avg_12m_yuan``.
    loans : DataFrame[loans]

    Returns
    -------
    DataFrame
        The rows of `outcomes` with ``past_loans_count, past_yuan`` (draws of the 365 days before launch),
        ``annual_sales_yuan, deposits_avg_12m_yuan`` (missing where unknown).
    """
    keys = outcomes[["campaign_id", "customer_id", "launch_date"]].drop_duplicates()
    pairs = keys.merge(loans[["customer_id", "disbursed_date", "amount_yuan"]], on="customer_id")
    since = pairs["launch_date"] - pd.Timedelta(days=PAST_DAYS)
    past = pairs[pairs["disbursed_date"].between(since, pairs["launch_date"], inclusive="left")]
    sums = past.groupby(["campaign_id", "customer_id"])["amount_yuan"].agg(past_loans_count="size", past_yuan="sum")
    found = outcomes.merge(sums.reset_index(), on=["campaign_id", "customer_id"], how="left")
    found[["past_loans_count", "past_yuan"]] = found[["past_loans_count", "past_yuan"]].fillna(0.0)
    known = [name for name in ("annual_sales_yuan", "deposits_avg_12m_yuan") if name in customers]
    return found.merge(customers[["customer_id", *known]], on="customer_id", how="left")


def arm_balance(history: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Compare the arms in what was known before the launch: standardised differences with their range.

    .. math:: d = (\bar x_1 - \bar x_0)/\sqrt{(s_1^2 + s_0^2)/2}, \quad d \pm z\sqrt{1/n_1 + 1/n_0}

    Parameters
    ----------
    history : DataFrame
        Of `member_history`. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        Per campaign with two arms and ``trait``: ``treated_mean, control_mean, difference_ratio`` (standard
        deviations) with ``difference_low, difference_high``, ``is_balanced`` (the range holds zero).

    Examples
    --------
    >>> both = pd.DataFrame({"campaign_id": "M", "arm": ["treated", "control"] * 2, "past_yuan": [1.0, 1.0, 3.0, 3.0]})
    >>> arm_balance(both)[["difference_ratio", "is_balanced"]].astype(float).iloc[0].to_list()
    [0.0, 1.0]
    """
    names = [name for name in ("past_loans_count", "past_yuan", "annual_sales_yuan", "deposits_avg_12m_yuan")
             if name in history]  # fmt: skip
    rows = []
    for campaign, part in history.groupby("campaign_id", sort=False):
        for name in names:
            one, two = (part.loc[part["arm"] == arm, name].dropna().astype(float) for arm in ("treated", "control"))
            if min(len(one), len(two)) >= 2:
                rows.append({"campaign_id": campaign, "trait": name, **_difference(one, two, level)})
    columns = ["campaign_id", "trait", "treated_mean", "control_mean", "difference_ratio", "difference_low",
               "difference_high", "is_balanced"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _difference(one: pd.Series, two: pd.Series, level: float) -> dict:
    spread = float(np.sqrt((one.var() + two.var()) / 2))
    gap = (one.mean() - two.mean()) / spread if spread else 0.0
    reach = float(ndtri((1 + level) / 2) * np.sqrt(1 / len(one) + 1 / len(two)))
    range_of = {"difference_low": gap - reach, "difference_high": gap + reach, "is_balanced": abs(gap) <= reach}
    return {"treated_mean": one.mean(), "control_mean": two.mean(), "difference_ratio": gap} | range_of

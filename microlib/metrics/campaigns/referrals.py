"""Customers who bring customers: what the reward added, what each added loan cost, and who brings too many."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.contracts.needs import measure
from microlib.errors import NeverTried

TIES = ("accountant", "phone", "account", "controller", "registered_address", "device", "address", "shareholder")


def cost_per_added(referred: float, reward_yuan: float, anyway_share: float) -> float:
    """Return what one added referral cost when a share of those rewarded would have come anyway.

    Examples
    --------
    >>> round(cost_per_added(30, 800, 0.4), 2)
    1333.33
    """
    return referred * reward_yuan / (referred * (1 - anyway_share))


def growth_path(start: float, factor: float, *, rounds: int) -> list[float]:
    r"""Return how many customers there are after each round when everybody refers once: :math:`N_0\sum_i K^i`.

    Examples
    --------
    >>> [round(each, 3) for each in growth_path(1000, 0.45, rounds=3)]
    [1000.0, 1450.0, 1652.5, 1743.625]
    """
    return (start * np.cumsum(factor ** np.arange(rounds + 1.0))).tolist()


def referral_effects(
    campaigns: pd.DataFrame, campaign_members: pd.DataFrame, leads: pd.DataFrame, *, level: float = 0.95
) -> pd.DataFrame:
    r"""Compare how many borrowers the rewarded brought with how many those without the reward brought.

    Each member gives a count; the lift is the difference of means with Welch's normal range:
    :math:`\bar x_1-\bar x_0 \pm z\sqrt{s_1^2/n_1+s_0^2/n_0}`.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        Those whose goal is ``referral``. Not modified.
    campaign_members : DataFrame[campaign_members]
        The customers asked to refer, and those held out.
    leads : DataFrame[leads]
        ``referrer_customer_id, loan_id, created_date``: a referral counts when it ended in a loan within the window.

    Returns
    -------
    DataFrame
        One row per campaign: ``campaign_id, treated_count, control_count, referred_count`` (of the rewarded),
        ``control_referred_count, treated_mean, control_mean, lift_mean, lift_low, lift_high``, ``anyway_share``
        (of those rewarded, how many would have come: missing above 1 or without a hold-out),
        ``added_count, reward_yuan, cost_per_loan_yuan, cost_per_added_yuan`` (missing where nothing was added).

    Raises
    ------
    NeverTried
        If there is no referral campaign with members.
    """
    heads = campaigns[campaigns["goal"].eq("referral")].set_index("campaign_id")
    members = campaign_members[campaign_members["campaign_id"].isin(heads.index)]
    if members.empty:
        raise NeverTried("no referral campaign has members")
    members = members.join(heads[["launch_date", "closing_date"]], on="campaign_id")
    brought = leads.loc[leads["referrer_customer_id"].notna() & leads["loan_id"].notna()]
    pairs = members.merge(
        brought[["referrer_customer_id", "created_date"]], left_on="customer_id", right_on="referrer_customer_id"
    )
    early = pairs["launch_date"] - pd.Timedelta(days=30)
    inside = pairs[pairs["created_date"].between(early, pairs["closing_date"])]
    counts = inside.groupby(["campaign_id", "customer_id"]).size().rename("brought_count")
    rows = members.join(counts, on=["campaign_id", "customer_id"]).fillna({"brought_count": 0})
    cost = heads[["reward_cost_yuan"]].sum(axis=1)
    return pd.DataFrame([_one(name, part, float(cost[name]), level) for name, part in rows.groupby("campaign_id")])


@measure(optional=("customer_links",))
def referrer_concentration(
    leads: pd.DataFrame, customer_links: pd.DataFrame | None = None, *, most_share: float = 0.2
) -> pd.DataFrame:
    """List who brought how many, how many of them are tied to him, and whom to look at before paying.

    Parameters
    ----------
    leads : DataFrame[leads]
        Not modified.
    customer_links : DataFrame[customer_links], optional
        Ties of the kinds `TIES` between referrer and referred count.
    most_share : float
        One referrer with more than this share of all referred loans is to be looked at; so is one of three or more
        of whose referrals half are tied to him.

    Returns
    -------
    DataFrame
        One row per referrer, most first: ``referrer_customer_id, leads_count, loans_count, loans_share, linked_count``
        (missing without links), ``is_to_check``. A mark asks a question; it accuses nobody.

    Raises
    ------
    NeverTried
        If no lead names a referrer.

    Examples
    --------
    >>> rows = pd.DataFrame({"referrer_customer_id": ["A", "A", "B"], "customer_id": ["C1", "C2", "C3"],
    ...                      "loan_id": ["L1", "L2", None]})
    >>> referrer_concentration(rows).iloc[0][["loans_count", "is_to_check"]].astype(int).to_list()
    [2, 1]
    """
    own = leads[leads["referrer_customer_id"].notna()]
    if own.empty:
        raise NeverTried("no lead names a referrer", fix="record who referred whom")
    lent = own["loan_id"].notna()
    found = pd.DataFrame({"referrer_customer_id": own["referrer_customer_id"], "leads_count": 1, "loans_count": lent})
    linked = _tied(own, customer_links)
    found["linked_count"] = linked
    sums = found.groupby("referrer_customer_id").sum(min_count=1)
    sums["loans_share"] = sums["loans_count"] / max(int(lent.sum()), 1)
    tied = (sums["leads_count"] >= 3) & (sums["linked_count"] / sums["leads_count"] >= 0.5)
    sums["is_to_check"] = (sums["loans_share"] > most_share) | tied.fillna(False)
    columns = ["leads_count", "loans_count", "loans_share", "linked_count", "is_to_check"]
    return sums.sort_values(["loans_count", "leads_count"], ascending=False, kind="stable")[columns].reset_index()


def _tied(own: pd.DataFrame, links: pd.DataFrame | None) -> pd.Series:
    if links is None or links.empty:
        return pd.Series(np.nan, index=own.index)
    ties = links[links["link_type"].isin(TIES)]
    pairs = {frozenset(pair) for pair in zip(ties["customer_id_a"], ties["customer_id_b"], strict=True)}
    both = zip(own["referrer_customer_id"], own["customer_id"], strict=True)
    return pd.Series([float(frozenset(pair) in pairs) for pair in both], index=own.index)


def _one(campaign: str, part: pd.DataFrame, cost: float, level: float) -> dict:
    one, two = (part.loc[part["arm"] == arm, "brought_count"].astype(float) for arm in ("treated", "control"))
    row = {"campaign_id": campaign, "treated_count": len(one), "control_count": len(two),
           "referred_count": int(one.sum()), "control_referred_count": int(two.sum()), "reward_yuan": cost,
           "treated_mean": one.mean(), "control_mean": two.mean(),
           "cost_per_loan_yuan": cost / max(one.sum(), 1)}  # fmt: skip
    if min(len(one), len(two)) < 2:
        return row
    gap = one.mean() - two.mean()
    reach = float(ndtri((1 + level) / 2) * np.sqrt(one.var() / len(one) + two.var() / len(two)))
    anyway = two.mean() / one.mean() if one.mean() > 0 else float("nan")
    return row | {
        "lift_mean": gap, "lift_low": gap - reach, "lift_high": gap + reach,
        "anyway_share": anyway if anyway <= 1 else float("nan"), "added_count": gap * len(one),
        "cost_per_added_yuan": cost / (gap * len(one)) if gap > 0 else float("nan"),
    }  # fmt: skip

"""Where nobody was held out: members against others alike, before and after; weaker, and said so."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from microlib.errors import EmptyBook, ShortHistory

WINDOWS = 4
FEWEST = 10


def difference_in_differences(treated_before: float, treated_after: float, before: float, after: float) -> float:
    """Return the change of the treated less the change of the others.

    References
    ----------
    .. [1] Card, D., Krueger, A. (1994). American Economic Review 84(4), 772-793: 2.75 from the printed means.

    Examples
    --------
    >>> difference_in_differences(25, 38, 24, 29), round(difference_in_differences(20.44, 21.03, 23.33, 21.17), 2)
    (8, 2.75)
    """
    return (treated_after - treated_before) - (after - before)


def compared_customers(
    campaign: pd.Series, members: pd.Series, customers: pd.DataFrame, loans: pd.DataFrame
) -> pd.DataFrame:
    """Lay out who borrowed in each window before and in the campaign's, of members and of others without a loan.

    Parameters
    ----------
    campaign : Series
        ``launch_date, closing_date``. Not modified.
    members : Series
        Customer numbers of the list.
    customers : DataFrame[customers]
    loans : DataFrame[loans]

    Returns
    -------
    DataFrame
        One row per customer: ``customer_id, rm_id, is_member, cell`` (kind, size, draws in the year before), and
        ``window_-4 .. window_-1, window_0``: 1 where he took a new loan in the window, all of the campaign's length;
        ``weight`` (members 1; others so that each cell counts as among the members, 0 where no member is like them).

    Raises
    ------
    EmptyBook
        If fewer than 10 members or others are left.
    ShortHistory
        If the ledger does not reach back over the windows before.
    """
    start, length = campaign["launch_date"], campaign["closing_date"] - campaign["launch_date"] + pd.Timedelta(days=1)
    if loans.empty or loans["disbursed_date"].min() > start - WINDOWS * length:
        raise ShortHistory(f"the ledger does not hold {WINDOWS} windows before {start.date()}", where="loans")
    busy = loans.loc[(loans["disbursed_date"] < start) & ~(loans["closed_date"] < start), "customer_id"]
    people = customers[~customers["customer_id"].isin(busy)].reset_index(drop=True)
    new = loans[loans["issue_type"].eq("new")]
    windows = (new["disbursed_date"] - start) // length
    frame = people[["customer_id", "rm_id"]].assign(is_member=people["customer_id"].isin(members))
    for place in range(-WINDOWS, 1):
        frame[f"window_{place}"] = people["customer_id"].isin(new.loc[windows == place, "customer_id"]).astype(float)
    past = frame[[f"window_{place}" for place in range(-WINDOWS, 0)]].sum(axis=1).clip(upper=2).astype(int)
    frame["cell"] = people["kind"].astype(str) + " " + people["size"].astype(str) + " " + past.astype(str)
    return _weighted(frame)


def matched_difference(compared: pd.DataFrame, *, few: int = 10, level: float = 0.95) -> pd.DataFrame:
    r"""Estimate what was more than among customers alike, when nobody was held out (matched difference in differences).

    Each customer gives :math:`\Delta = y_0 - \bar y_{before}`; the estimate is the weighted mean over members less that
    over others; its error is summed by manager (clusters), its range t with one less than their number. The same with
    each customer's slope over the windows before tells whether the two moved alike before.

    Parameters
    ----------
    compared : DataFrame
        Of `compared_customers`. Not modified.
    few : int
        With fewer managers the range is flagged.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row: ``members_count, others_count, unmatched_count`` (members without anybody alike),
        ``members_share, others_share`` (borrowed in the window), ``difference_share, difference_low,
        difference_high``, ``clusters_count``, ``trend_share, trend_low, trend_high`` (per window), ``is_parallel``
        (its range holds zero), ``inference``: ``matched`` or ``matched_few_clusters``.

    Notes
    -----
    Weaker than a hold-out: whoever chose the members may have known who would borrow.

    Raises
    ------
    EmptyBook
        If nobody can be matched.
    """
    used = compared[compared["weight"] > 0]
    member = used["is_member"].to_numpy()
    if min(member.sum(), (~member).sum()) < FEWEST:
        raise EmptyBook(f"fewer than {FEWEST} customers can be compared", where="customers")
    before = used[[f"window_{place}" for place in range(-WINDOWS, 0)]].to_numpy()
    change = used["window_0"].to_numpy() - before.mean(axis=1)
    turn = np.arange(WINDOWS) - (WINDOWS - 1) / 2
    slope = before @ turn / (turn**2).sum()
    gap, low, high = _clustered(used, change, level)
    trend, trend_low, trend_high = _clustered(used, slope, level)
    shares = [np.average(used["window_0"][each], weights=used["weight"][each]) for each in (member, ~member)]
    clusters = int(used["rm_id"].nunique())
    return pd.DataFrame([{
        "members_count": int(member.sum()), "others_count": int((~member).sum()),
        "unmatched_count": int((compared["is_member"] & (compared["weight"] == 0)).sum()),
        "members_share": shares[0], "others_share": shares[1],
        "difference_share": gap, "difference_low": low, "difference_high": high, "clusters_count": clusters,
        "trend_share": trend, "trend_low": trend_low, "trend_high": trend_high,
        "is_parallel": bool(trend_low <= 0 <= trend_high),
        "inference": "matched" if clusters >= few else "matched_few_clusters",
    }])  # fmt: skip


def matched_effects(
    campaigns: pd.DataFrame, outcomes: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame, *, few: int = 10
) -> pd.DataFrame:
    """Estimate every campaign without a hold-out against customers alike; those that cannot be are listed with why.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        Those of design ``none`` are looked at. Not modified.
    outcomes : DataFrame
        Of `outcomes.campaign_outcomes`.
    customers, loans : DataFrame
    few : int
        As `matched_difference`.

    Returns
    -------
    DataFrame
        ``campaign_id`` and the columns of `matched_difference`; ``inference`` is ``too_few`` or ``short_history``
        where no estimate is possible.
    """
    rows = []
    others = outcomes[["customer_id", "campaign_id", "launch_date", "closing_date"]]
    for campaign in campaigns[campaigns["design"].eq("none")].to_dict("records"):
        members = others.loc[others["campaign_id"] == campaign["campaign_id"], "customer_id"]
        meets = (others["launch_date"] <= campaign["closing_date"]) & (
            others["closing_date"] >= campaign["launch_date"]
        )
        elsewhere = others.loc[meets & ~others["customer_id"].isin(members), "customer_id"]
        free = customers[~customers["customer_id"].isin(elsewhere)]
        if len(members):
            rows.append(_one(campaign, members, free, loans).assign(campaign_id=campaign["campaign_id"]))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"campaign_id": [], "inference": []})


def _one(campaign: dict, members: pd.Series, customers: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    try:
        return matched_difference(compared_customers(pd.Series(campaign), members, customers, loans))
    except ShortHistory:
        return pd.DataFrame([{"members_count": len(members), "inference": "short_history"}])
    except EmptyBook:
        return pd.DataFrame([{"members_count": len(members), "inference": "too_few"}])


def _weighted(frame: pd.DataFrame) -> pd.DataFrame:
    inside = frame["is_member"].groupby(frame["cell"]).transform("sum")
    outside = (~frame["is_member"]).groupby(frame["cell"]).transform("sum")
    weight = np.where(frame["is_member"], outside > 0, inside / outside.clip(lower=1))
    if frame["is_member"].sum() < FEWEST or (~frame["is_member"]).sum() < FEWEST:
        raise EmptyBook(f"fewer than {FEWEST} customers without a loan on one of the sides", where="customers")
    return frame.assign(weight=weight.astype(float))


def _clustered(used: pd.DataFrame, values: np.ndarray, level: float) -> tuple[float, float, float]:
    member, weight = used["is_member"].to_numpy(), used["weight"].to_numpy()
    means = [np.average(values[each], weights=weight[each]) for each in (member, ~member)]
    part = np.where(member, weight / weight[member].sum(), -weight / weight[~member].sum())
    rest = part * (values - np.where(member, *means))
    sums = pd.Series(rest).groupby(used["rm_id"].fillna("").to_numpy()).sum()
    clusters = max(len(sums), 2)
    error = float(np.sqrt((sums**2).sum() * clusters / (clusters - 1)))
    gap = means[0] - means[1]
    reach = float(stdtrit(clusters - 1, (1 + level) / 2)) * error
    return gap, gap - reach, gap + reach

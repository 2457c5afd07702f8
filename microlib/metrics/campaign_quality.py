"""Beyond the lift: difference in differences without a hold-out, loan quality by age, referrals.

`matched_effects` is weaker evidence than a hold-out and says so. `campaign_quality` follows the loans for
3, 6 and 12 months; `referral_effects` counts what a reward added.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook, NeverTried, ShortHistory
from microlib.stats.grouping import Day, checked_level, looked_up, told_apart
from microlib.stats.intervals import rate_interval

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
    checked_level(level)
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
    return pd.DataFrame(
        [
            {
                "members_count": int(member.sum()),
                "others_count": int((~member).sum()),
                "unmatched_count": int((compared["is_member"] & (compared["weight"] == 0)).sum()),
                "members_share": shares[0],
                "others_share": shares[1],
                "difference_share": gap,
                "difference_low": low,
                "difference_high": high,
                "clusters_count": clusters,
                "trend_share": trend,
                "trend_low": trend_low,
                "trend_high": trend_high,
                "is_parallel": bool(trend_low <= 0 <= trend_high),
                "inference": "matched" if clusters >= few else "matched_few_clusters",
            }
        ]
    )


def matched_effects(
    campaigns: pd.DataFrame, outcomes: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame
) -> pd.DataFrame:
    """Estimate every campaign without a hold-out against customers alike; those that cannot be are listed with why.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        Those of design ``none`` are looked at. Not modified.
    outcomes : DataFrame
        Of `campaign_effect.campaign_outcomes`.
    customers, loans : DataFrame

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
            rows.append(
                _campaign_difference(campaign, members, free, loans).assign(campaign_id=campaign["campaign_id"])
            )
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"campaign_id": [], "inference": []})


def _campaign_difference(
    campaign: dict, members: pd.Series, customers: pd.DataFrame, loans: pd.DataFrame
) -> pd.DataFrame:
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
    gap = means[0] - means[1]
    if (clusters := len(sums)) < 2:  # one manager's customers show nothing of how managers differ
        return gap, np.nan, np.nan
    error = float(np.sqrt((sums**2).sum() * clusters / (clusters - 1)))
    reach = float(stdtrit(clusters - 1, (1 + level) / 2)) * error
    return gap, gap - reach, gap + reach


AGES = (3, 6, 12)


def campaign_quality(
    outcomes: pd.DataFrame, loans: pd.DataFrame, loan_months: pd.DataFrame, *, as_of: Day, cut_days: int = 30
) -> pd.DataFrame:
    """Measure how many of each campaign's loans had ever been late by more than so many days at a given age.

    Parameters
    ----------
    outcomes : DataFrame
        Of `campaign_effect.campaign_outcomes`. Not modified.
    loans : DataFrame[loans]
        ``loan_id, disbursed_date, issue_type``: other new loans of the same weeks stand beside the campaign's.
    loan_months : DataFrame[loan_months]
        ``loan_id, month, overdue_days``.
    as_of : date
        A loan counts at an age only once it has reached it.
    cut_days : int
        Late by more than this counts.

    Returns
    -------
    DataFrame
        Per campaign, ``group`` (``treated``, ``control``, ``others``: other new loans of the branch in the window) and
        ``age_months`` (3, 6, 12): ``loans_count``, ``observed_count``, ``waiting_count`` (too young),
        ``unknown_count`` (old enough, but without a month end, or with one that does not say how late), ``bad_count``,
        ``bad_share, bad_low, bad_high`` (fraction; missing where nothing has reached the age), ``bad_share_count``.

    Examples
    --------
    >>> people = pd.DataFrame({"campaign_id": ["M"], "arm": ["treated"], "loan_id": ["L1"],
    ...     "launch_date": pd.to_datetime(["2026-01-01"]), "closing_date": pd.to_datetime(["2026-02-28"])})
    >>> book = pd.DataFrame({"loan_id": ["L1"], "disbursed_date": pd.to_datetime(["2026-01-10"]), "issue_type": "new"})
    >>> months = pd.DataFrame({"loan_id": ["L1"], "month": ["2026-03"], "overdue_days": [40]})
    >>> campaign_quality(people, book, months, as_of="2026-06-30").bad_count.to_list()
    [1, 0, 0]
    """
    if outcomes.empty:
        raise EmptyBook("no campaign has members", where="campaign_members", fix="load the campaigns' lists")
    grouped = pd.concat([_members(outcomes), _others(outcomes, loans)], ignore_index=True)
    dated = grouped.merge(loans[["loan_id", "disbursed_date"]], on="loan_id")
    opened = dated["disbursed_date"].dt.year * 12 + dated["disbursed_date"].dt.month
    end = pd.Timestamp(as_of)
    dated = dated.assign(opened=opened, reached=end.year * 12 + end.month - opened)
    place = loan_months["month"].str[:4].astype(int) * 12 + loan_months["month"].str[5:].astype(int)
    days, who = loan_months["overdue_days"], loan_months["loan_id"]
    for name, rows in (("late_at", days > cut_days), ("blind_at", days.isna()), ("known_at", days.notna())):
        rows = rows.fillna(False).to_numpy(dtype=bool)
        dated[name] = looked_up(dated["loan_id"], place[rows].groupby(who[rows]).min()) - dated["opened"]
    return pd.concat([_at_age(dated, age) for age in AGES], ignore_index=True).sort_values(
        ["campaign_id", "group", "age_months"], kind="stable", ignore_index=True
    )


def reached_ages(quality: pd.DataFrame) -> pd.DataFrame:
    """Return the lines whose age some loan has reached, the contacted arm and other loans only.

    Examples
    --------
    >>> rows = pd.DataFrame({"group": ["treated", "control"], "observed_count": [3, 3]})
    >>> len(reached_ages(rows))
    1
    """
    kept = quality["group"].ne("control") & (quality["observed_count"] > 0)
    return quality[kept].reset_index(drop=True)


def _members(outcomes: pd.DataFrame) -> pd.DataFrame:
    taken = outcomes[outcomes["loan_id"].notna()]
    return taken[["campaign_id", "loan_id"]].assign(group=taken["arm"])


def _others(outcomes: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    heads = outcomes.drop_duplicates("campaign_id")[["campaign_id", "launch_date", "closing_date"]]
    new = loans[loans["issue_type"].eq("new")]
    parts = [
        new.loc[new["disbursed_date"].between(head.launch_date, head.closing_date), ["loan_id"]].assign(
            campaign_id=head.campaign_id, group="others"
        )
        for head in heads.itertuples()
    ]
    rows = pd.concat(parts, ignore_index=True)
    own = outcomes.loc[outcomes["loan_id"].notna(), ["campaign_id", "loan_id"]].assign(own=True)
    return rows.merge(own, on=["campaign_id", "loan_id"], how="left").query("own.isna()")[list(rows.columns)]


def _at_age(dated: pd.DataFrame, age: int) -> pd.DataFrame:
    reached, bad = dated["reached"] >= age, dated["late_at"] <= age
    seen = reached & (bad | (~(dated["blind_at"] <= age) & (dated["known_at"] <= age)))
    marks = dated[["campaign_id", "group"]].assign(
        loans_count=1, observed_count=seen, waiting_count=~reached, unknown_count=reached & ~seen, bad_count=seen & bad
    )
    found = marks.groupby(["campaign_id", "group"]).sum().astype(int).reset_index()
    rate = rate_interval(found["bad_count"], found["observed_count"].clip(lower=1)).where(found["observed_count"] > 0)
    return found.assign(
        age_months=age,
        bad_share=rate["rate"],
        bad_low=rate["low"],
        bad_high=rate["high"],
        bad_share_count=found["observed_count"].astype(float),
    )


TIES = ("accountant", "phone", "account", "controller", "registered_address", "device", "address", "shareholder")


def referral_effects(
    campaigns: pd.DataFrame, campaign_members: pd.DataFrame, leads: pd.DataFrame, *, level: float = 0.95
) -> pd.DataFrame:
    r"""Compare how many borrowers the rewarded brought with how many those without the reward brought.

    Each member gives a count; the lift is the difference of means with Welch's range:
    :math:`\bar x_1-\bar x_0 \pm t\sqrt{s_1^2/n_1+s_0^2/n_0}`. Where nobody brought anybody, each arm may hold
    :math:`-\ln(\alpha/2)` all the same.

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
    checked_level(level)
    told_apart(campaigns, key=["campaign_id"], table="campaigns")
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
    return pd.DataFrame(
        [_referral_effect(name, part, float(cost[name]), level) for name, part in rows.groupby("campaign_id")]
    )


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


def _referral_effect(campaign: str, part: pd.DataFrame, cost: float, level: float) -> dict:
    one, two = (part.loc[part["arm"] == arm, "brought_count"].astype(float) for arm in ("treated", "control"))
    row = {
        "campaign_id": campaign,
        "treated_count": len(one),
        "control_count": len(two),
        "referred_count": int(one.sum()),
        "control_referred_count": int(two.sum()),
        "reward_yuan": cost,
        "treated_mean": one.mean(),
        "control_mean": two.mean(),
        "cost_per_loan_yuan": cost / max(one.sum(), 1),
    }
    if min(len(one), len(two)) < 2:
        return row
    gap = one.mean() - two.mean()
    parts = one.var() / len(one), two.var() / len(two)
    error = sum(parts)
    free = error**2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(two) - 1)) if error > 0 else 1.0
    reach = float(stdtrit(free, (1 + level) / 2) * np.sqrt(error))
    none = -np.log((1 - level) / 2) if one.sum() + two.sum() == 0 else 0.0
    anyway = two.mean() / one.mean() if one.mean() > 0 else float("nan")
    return row | {
        "lift_mean": gap,
        "lift_low": gap - reach - none / len(two),
        "lift_high": gap + reach + none / len(one),
        "anyway_share": anyway if anyway <= 1 else float("nan"),
        "added_count": gap * len(one),
        "cost_per_added_yuan": cost / (gap * len(one)) if gap > 0 else float("nan"),
    }

"""Before a campaign: sample size, power, detectable lift, break-even, and whether arms are balanced.

`campaign_plans` reads registered campaigns; `sample_ratio` and `arm_balance` check the draw once it is
made.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaincc, ndtr, ndtri

from microlib.errors import BadData, EmptyBook, NeverTried
from microlib.stats.grouping import checked_level
from microlib.stats.intervals import rate_interval

STEPS = 60


def arm_size(base: float, lift: float, *, power: float = 0.8, level: float = 0.95) -> int:
    r"""Return how many members each of two equal arms needs to show a lift.

    With :math:`p_2 = p_1 + d`, :math:`\bar p` their mean, :math:`z_\alpha = \Phi^{-1}(1 - \alpha/2)`:

    .. math:: n = \lceil (z_\alpha\sqrt{2\bar p(1-\bar p)} + z_\beta\sqrt{p_1q_1+p_2q_2})^2 / d^2 \rceil

    Parameters
    ----------
    base : float
        Share that borrows without the campaign (fraction, 0 .. 1).
    lift : float
        Smallest lift worth knowing (fraction); ``base + lift`` stays within 0 .. 1.
    power, level : float
        Chance of seeing it when it is there; two-sided confidence.

    Raises
    ------
    BadData
        If the shares leave 0 .. 1 or the lift is zero.

    Examples
    --------
    >>> arm_size(0.03, 0.03)
    749
    """
    checked_level(level)
    checked_level(power, name="power")
    if not (0 <= base <= 1 and 0 <= base + lift <= 1 and lift):
        raise BadData(
            f"a base of {base} with a lift of {lift} is no pair of shares", fix="give fractions, 0.03 for 3 %"
        )
    other, middle = base + lift, base + lift / 2
    spread = ndtri((1 + level) / 2) * np.sqrt(2 * middle * (1 - middle))
    spread += ndtri(power) * np.sqrt(base * (1 - base) + other * (1 - other))
    return int(np.ceil((spread / lift) ** 2 - 1e-9))


def power_of(base: float, lift: float, *, treated: int, control: int, level: float = 0.95) -> float:
    """Return the chance that arms of these sizes show a lift that is there (normal approximation, 0 .. 1).

    Examples
    --------
    >>> round(power_of(0.03, 0.03, treated=749, control=749), 2)
    0.8
    """
    checked_level(level)
    if min(treated, control) <= 0:
        return 0.0
    other = base + lift
    pooled = (treated * other + control * base) / (treated + control)
    null = np.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
    real = np.sqrt(other * (1 - other) / treated + base * (1 - base) / control)
    if null == 0:  # nobody borrows, or everybody, in both arms: no sample shows anything
        return 0.0
    return float(ndtr((abs(lift) - ndtri((1 + level) / 2) * null) / max(real, 1e-12)))


def detectable_lift(base: float, *, treated: int, control: int, power: float = 0.8, level: float = 0.95) -> float:
    """Return the smallest lift that arms of these sizes show with the wanted power; missing where none up to 1 does.

    Parameters
    ----------
    base : float
        Share that borrows without the campaign (fraction).
    treated, control : int
        Members of the two arms.
    power, level : float
        As `arm_size`.

    Examples
    --------
    >>> round(detectable_lift(0.03, treated=749, control=749), 3)
    0.03
    """
    checked_level(level)
    checked_level(power, name="power")
    low, high = 0.0, 1.0 - base
    if power_of(base, high, treated=treated, control=control, level=level) < power:
        return float("nan")
    for _ in range(STEPS):
        middle = (low + high) / 2
        enough = power_of(base, middle, treated=treated, control=control, level=level) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high


def break_even_loans(cost_yuan: float, margin_yuan: float) -> float:
    """Return how many added loans earn the campaign's cost back: cost over the margin of one loan's whole life.

    Examples
    --------
    >>> round(break_even_loans(38_000, 6_200), 3)
    6.129
    """
    if not margin_yuan > 0:
        raise BadData(f"a margin of {margin_yuan} yuan per loan earns nothing back", fix="give the margin of one loan")
    return cost_yuan / margin_yuan


def natural_shares(campaigns: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Measure how many customers without a loan borrowed anyway in the same weeks a year before each campaign.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        ``campaign_id, launch_date, closing_date``. Not modified.
    customers : DataFrame[customers]
    loans : DataFrame[loans]

    Returns
    -------
    DataFrame
        One row per campaign: ``campaign_id, natural_share, natural_low, natural_high`` (fraction, Jeffreys 95 %),
        ``natural_share_count`` (customers without a loan then).

    Raises
    ------
    EmptyBook
        If there is no campaign.

    Examples
    --------
    >>> plan = pd.DataFrame({"campaign_id": ["M"], "launch_date": pd.to_datetime(["2026-03-01"]),
    ...                      "closing_date": pd.to_datetime(["2026-05-31"])})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "disbursed_date": pd.to_datetime(["2025-04-01"]),
    ...                       "closed_date": pd.to_datetime(["2026-01-01"]), "issue_type": ["new"]})
    >>> natural_shares(plan, pd.DataFrame({"customer_id": ["C1", "C2"]}), loans).natural_share.item()
    0.5
    """
    if campaigns.empty:
        raise EmptyBook("there is no campaign", where="campaigns", fix="register the campaign first")
    rows = [_natural(row, customers, loans) for row in campaigns.itertuples()]
    found = rate_interval(pd.Series([k for k, _ in rows]), pd.Series([max(n, 1) for _, n in rows]))
    names = {"rate": "natural_share", "low": "natural_low", "high": "natural_high"}
    counts = pd.Series([float(n) for _, n in rows])
    shares = found.rename(columns=names)[list(names.values())].where(counts > 0)
    keys = campaigns[["campaign_id"]].reset_index(drop=True)
    return pd.concat([keys, shares], axis=1).assign(natural_share_count=counts)


def _natural(row: tuple, customers: pd.DataFrame, loans: pd.DataFrame) -> tuple[int, int]:
    year = pd.DateOffset(years=1)
    start, end = row.launch_date - year, row.closing_date - year
    busy = loans[(loans["disbursed_date"] < start) & ~(loans["closed_date"] < start)]["customer_id"]
    free = customers.loc[~customers["customer_id"].isin(busy), "customer_id"]
    new = loans[loans["disbursed_date"].between(start, end) & loans["issue_type"].eq("new")]["customer_id"]
    return int(free.isin(new).sum()), len(free)


COSTS = ("gifts_cost_yuan", "staff_cost_yuan", "media_cost_yuan", "reward_cost_yuan")


def total_costs(campaigns: pd.DataFrame) -> pd.Series:
    """Return what each campaign costs in all (yuan), by ``campaign_id``; a line that is missing counts as nothing."""
    lines = [name for name in COSTS if name in campaigns]
    return campaigns.set_index("campaign_id")[lines].fillna(0.0).sum(axis=1).rename("cost_yuan")


def campaign_plans(campaigns: pd.DataFrame, natural: pd.DataFrame, *, power: float, level: float) -> pd.DataFrame:
    """Say of each campaign what its list can show, what it needs to break even, and whether it may be read at all.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        Not modified.
    natural : DataFrame
        Of `natural_shares`.
    power, level : float
        From policy.

    Raises
    ------
    NeverTried
        If no lending campaign is registered.

    Returns
    -------
    DataFrame
        One row per campaign: ``campaign_id, launch_date, closing_date, design, planned_members_count``,
        ``planned_treated_count, planned_control_count, natural_share`` (with range and count),
        ``planned_lift_share`` (what the plan's loans of the contacted arm ask for beyond it),
        ``detectable_lift_share``, ``power_share``,
        ``needed_arm_count``, ``cost_yuan, break_even_count, break_even_lift_share``, ``is_registered_before``,
        ``plan_state``: ``readable``, ``process_only`` (power too low), ``no_hold_out``, ``unknown`` (no base).

    Examples
    --------
    >>> plan = pd.DataFrame({"campaign_id": ["M"], "design": ["hold_out"], "holdout_share": [0.5],
    ...                      "planned_members_count": [1500], "planned_loans_count": [45],
    ...                      "gifts_cost_yuan": [38000.0], "margin_per_loan_yuan": [6200.0],
    ...                      "launch_date": pd.to_datetime(["2026-08-01"]),
    ...                      "closing_date": pd.to_datetime(["2026-10-31"]),
    ...                      "registered_date": pd.to_datetime(["2026-07-01"])})
    >>> natural = pd.DataFrame({"campaign_id": ["M"], "natural_share": [0.03]})
    >>> row = campaign_plans(plan, natural, power=0.8, level=0.95).iloc[0]
    >>> int(row.needed_arm_count), float(row.break_even_count.round(3)), row.plan_state
    (749, 6.129, 'readable')
    """
    checked_level(level)
    checked_level(power, name="power")
    lending = campaigns if "goal" not in campaigns else campaigns[campaigns["goal"].eq("new_loan")]
    if lending.empty:
        raise NeverTried("no lending campaign is registered")
    rows = lending.merge(natural, on="campaign_id", how="left")
    found = pd.DataFrame([_planned(row, power=power, level=level) for row in rows.to_dict("records")])
    costs = rows["campaign_id"].map(total_costs(campaigns))
    margin = rows["margin_per_loan_yuan"].where(rows["margin_per_loan_yuan"] > 0)
    kept = ["campaign_id", "launch_date", "closing_date", "design", "planned_members_count"]
    kept += [name for name in natural.columns if name != "campaign_id"]
    whole = pd.concat([rows[kept], found], axis=1).assign(cost_yuan=costs, break_even_count=costs / margin)
    treated = whole["planned_treated_count"].where(whole["planned_treated_count"] > 0)
    return whole.assign(
        break_even_lift_share=whole["break_even_count"] / treated,
        is_registered_before=rows["registered_date"] < rows["launch_date"],
    )


def _planned(row: dict, *, power: float, level: float) -> dict:
    size = 0.0 if pd.isna(row["planned_members_count"]) else float(row["planned_members_count"])
    share = row["holdout_share"]
    held = 0.0 if pd.isna(share) or row["design"] == "none" else float(share)
    control = round(size * held)
    arms = {"treated": int(size - control), "control": control}
    counts = {"planned_treated_count": arms["treated"], "planned_control_count": control}
    base = row["natural_share"]
    blank = dict.fromkeys(["planned_lift_share", "detectable_lift_share", "power_share", "needed_arm_count"])
    if pd.isna(base) or pd.isna(row["planned_loans_count"]) or not arms["treated"]:
        return counts | blank | {"plan_state": "unknown"}
    lift = min(max(row["planned_loans_count"] / arms["treated"] - base, 0.0), 1 - base)
    if not control:
        return counts | blank | {"planned_lift_share": lift, "plan_state": "no_hold_out"}
    reached = power_of(base, lift, **arms, level=level) if lift else 0.0
    return counts | {
        "planned_lift_share": lift,
        "power_share": reached,
        "detectable_lift_share": detectable_lift(base, **arms, power=power, level=level),
        "needed_arm_count": arm_size(base, lift, power=power, level=level) if lift else None,
        "plan_state": "readable" if reached >= power - 0.005 else "process_only",
    }


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
        Of `campaign_effect.campaign_outcomes`. Not modified.
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
        deviations; missing with its range where the two means differ and no arm varies) with ``difference_low,
        difference_high``, ``is_balanced`` (the range holds zero).

    Examples
    --------
    >>> both = pd.DataFrame({"campaign_id": "M", "arm": ["treated", "control"] * 2, "past_yuan": [1.0, 1.0, 3.0, 3.0]})
    >>> arm_balance(both)[["difference_ratio", "is_balanced"]].astype(float).iloc[0].to_list()
    [0.0, 1.0]
    """
    checked_level(level)
    names = [
        name
        for name in ("past_loans_count", "past_yuan", "annual_sales_yuan", "deposits_avg_12m_yuan")
        if name in history
    ]
    rows = []
    for campaign, part in history.groupby("campaign_id", sort=False):
        for name in names:
            one, two = (part.loc[part["arm"] == arm, name].dropna().astype(float) for arm in ("treated", "control"))
            if min(len(one), len(two)) >= 2:
                rows.append({"campaign_id": campaign, "trait": name, **_difference(one, two, level)})
    columns = [
        "campaign_id",
        "trait",
        "treated_mean",
        "control_mean",
        "difference_ratio",
        "difference_low",
        "difference_high",
        "is_balanced",
    ]
    return pd.DataFrame(rows, columns=columns)


def _difference(one: pd.Series, two: pd.Series, level: float) -> dict:
    spread = float(np.sqrt((one.var() + two.var()) / 2))
    apart = one.mean() - two.mean()
    gap = apart / spread if spread else (np.nan if apart else 0.0)
    reach = float(ndtri((1 + level) / 2) * np.sqrt(1 / len(one) + 1 / len(two)))
    range_of = {"difference_low": gap - reach, "difference_high": gap + reach, "is_balanced": abs(gap) <= reach}
    return {"treated_mean": one.mean(), "control_mean": two.mean(), "difference_ratio": gap} | range_of

"""What did a campaign cause: lift against the hold-out, its range, cost per added loan, what may be said.

Outcomes come from the ledger, never from a list's claims. `campaign_effects` compares arms,
`cluster_effects` drawn clusters, `pooled_effect` strata over branches, `adjusted_effects` uses history
(CUPED). `campaign_readings` says which of them is readable. Before launch: `campaign_plan`; no hold-out:
`campaign_quality`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaincc, gammaln, stdtrit

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook, FewBranches, NeverTried
from microlib.stats.grouping import Day, checked_level, paired, told_apart
from microlib.stats.intervals import rate_difference, rate_interval

ARMS = ("treated", "control")
KEPT = ["campaign_id", "customer_id", "branch_id", "arm", "wave", "cluster_id", "contacted_date", "contact_basis"]


def campaign_outcomes(
    campaigns: pd.DataFrame, campaign_members: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day
) -> pd.DataFrame:
    """Read from the ledger which members took a new loan between launch and close, in both arms alike.

    A manager reports the deals of those he called; nobody reports for the hold-out. So the ledger is read for both.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        ``campaign_id, launch_date, closing_date``; of ``goal`` ``new_loan`` where it is told. Not modified.
    campaign_members : DataFrame[campaign_members]
    loans : DataFrame[loans]
        ``customer_id, loan_id, disbursed_date, amount_yuan, issue_type``: only ``new`` counts, where it is told.
    as_of : date
        Loans after it are not known.

    Returns
    -------
    DataFrame
        One row per member, in the list's order: ``campaign_id, customer_id, branch_id, arm, wave, cluster_id,
        contacted_date, contact_basis``; ``launch_date, closing_date``; ``has_borrowed, is_contacted, is_claimed,
        is_over`` (flags; the last: the window has closed), ``loan_id, outcome_date, outcome_yuan``.

    Raises
    ------
    NeverTried
        If no lending campaign has members.

    Examples
    --------
    >>> heads = pd.DataFrame({"campaign_id": ["M"], "launch_date": pd.to_datetime(["2026-01-01"]),
    ...                       "closing_date": pd.to_datetime(["2026-03-31"])})
    >>> members = pd.DataFrame({"campaign_id": "M", "customer_id": ["C1", "C2"], "arm": ["treated", "control"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "loan_id": ["L1", "L2"], "amount_yuan": [1.0, 1.0],
    ...                       "disbursed_date": pd.to_datetime(["2026-02-01", "2026-04-01"]), "issue_type": "new"})
    >>> campaign_outcomes(heads, members, loans, as_of="2026-06-30").has_borrowed.to_list()
    [True, False]
    """
    lending = campaigns if "goal" not in campaigns else campaigns[campaigns["goal"].eq("new_loan")]
    listed = campaign_members[campaign_members["campaign_id"].isin(lending["campaign_id"])]
    if listed.empty:
        raise NeverTried("no lending campaign has a list", fix="load the campaigns' lists")
    members = listed.reindex(columns=[*KEPT, "loan_id"]).rename(columns={"loan_id": "claimed_id"})
    members = members.merge(campaigns[["campaign_id", "launch_date", "closing_date"]], on="campaign_id", how="left")
    fresh = loans if "issue_type" not in loans else loans[loans["issue_type"].isna() | loans["issue_type"].eq("new")]
    fresh = fresh[["customer_id", "loan_id", "disbursed_date", "amount_yuan"]]
    pairs = members[["campaign_id", "customer_id", "launch_date", "closing_date"]].merge(fresh, on="customer_id")
    known = pairs["disbursed_date"] <= pd.Timestamp(as_of)
    pairs = pairs[known & pairs["disbursed_date"].between(pairs["launch_date"], pairs["closing_date"])]
    first = pairs.sort_values(["disbursed_date", "loan_id"]).drop_duplicates(["campaign_id", "customer_id"])
    first = first.rename(columns={"disbursed_date": "outcome_date", "amount_yuan": "outcome_yuan"})
    found = members.merge(
        first[["campaign_id", "customer_id", "loan_id", "outcome_date", "outcome_yuan"]],
        on=["campaign_id", "customer_id"],
        how="left",
    )
    contacted = pd.to_datetime(found["contacted_date"])
    return found.assign(
        has_borrowed=found["loan_id"].notna(),
        is_claimed=found["claimed_id"].notna(),
        is_contacted=contacted.notna() & (contacted <= found["closing_date"]),
        is_over=found["closing_date"] <= pd.Timestamp(as_of),
    ).drop(columns="claimed_id")


@measure(optional=("leads",))
def funnel_against_plan(campaigns: pd.DataFrame, outcomes: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    """Set the way of those who were contacted, from list to loan, against the plan.

    Every stage counts the same members: who borrowed had applied, and who applied was interested, whether or not a lead
    says so, so that no stage holds more than the one before it. Who borrowed without a contact on record is in the
    effect (`campaign_effects`), not on this way.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        Its ``planned_*_count``. Not modified.
    outcomes : DataFrame
        Of `campaign_outcomes`.
    leads : DataFrame[leads]
        ``campaign_id, customer_id, lead_status, application_id``; empty where nobody kept leads: the two stages between
        are missing then.

    Returns
    -------
    DataFrame
        Per campaign five rows ``stage`` (``members, reached, interested, applied, loans``): ``planned_count``,
        ``actual_count``, ``reached_plan_ratio``. Stages after the list are of the contacted arm, planned and actual.

    Examples
    --------
    >>> heads = pd.DataFrame({"campaign_id": ["M"], "planned_members_count": [2], "planned_loans_count": [1]})
    >>> people = pd.DataFrame({"campaign_id": "M", "customer_id": ["C1", "C2"], "arm": ["treated"] * 2,
    ...                        "is_contacted": True, "has_borrowed": [True, False]})
    >>> leads = pd.DataFrame({"campaign_id": [], "customer_id": [], "lead_status": [], "application_id": []})
    >>> funnel_against_plan(heads, people, leads).actual_count.to_list()
    [2.0, 2.0, nan, nan, 1.0]
    """
    campaigns = campaigns[campaigns["campaign_id"].isin(outcomes["campaign_id"])]
    came = outcomes[(outcomes["arm"] == "treated") & outcomes["is_contacted"]]
    came = came.assign(**_lead_stages(came, leads))
    sums = came.groupby("campaign_id")[["is_interested", "has_applied", "has_borrowed"]].sum()
    kept = pd.Series(sums.index.isin(leads["campaign_id"]), index=sums.index)
    actual = pd.DataFrame(
        {
            "members": outcomes.groupby("campaign_id").size(),
            "reached": came.groupby("campaign_id").size(),
            "interested": sums["is_interested"].where(kept),
            "applied": sums["has_applied"].where(kept),
            "loans": sums["has_borrowed"],
        }
    ).reindex(campaigns["campaign_id"].unique())
    rows = actual.rename_axis("campaign_id").reset_index()
    rows = rows.melt("campaign_id", var_name="stage", value_name="actual_count")
    plan = campaigns.set_index("campaign_id").reindex(columns=[f"planned_{name}_count" for name in actual])
    plan.columns = list(actual)
    wanted = plan.reset_index().melt("campaign_id", var_name="stage", value_name="planned_count")
    found = wanted.merge(rows, on=["campaign_id", "stage"])
    found = found.assign(order=found["stage"].map({name: place for place, name in enumerate(actual)}))
    found = found.sort_values(["campaign_id", "order"], kind="stable").drop(columns="order")
    counts = found[["planned_count", "actual_count"]].astype(float)
    return found.assign(**counts, reached_plan_ratio=counts["actual_count"] / counts["planned_count"]).reset_index(
        drop=True
    )


def _lead_stages(came: pd.DataFrame, leads: pd.DataFrame) -> dict[str, np.ndarray]:
    """How far each member came by the furthest of his leads; a loan is beyond all of them."""
    own = leads[leads["customer_id"].notna()]
    asked = own["application_id"].notna() | own["lead_status"].isin(("applied", "approved", "lent"))
    eager = asked | own["lead_status"].eq("interested")
    pairs = pd.MultiIndex.from_frame(came[["campaign_id", "customer_id"]])
    held = {name: pairs.isin(_pairs(own[mask])) for name, mask in (("is_interested", eager), ("has_applied", asked))}
    return {name: mask | came["has_borrowed"].to_numpy(dtype=bool) for name, mask in held.items()}


def _pairs(leads: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(leads[["campaign_id", "customer_id"]])


def list_quality(outcomes: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Count what is wrong with a campaign's list: contacts without a basis, repeats, hold-outs that were called.

    Parameters
    ----------
    outcomes : DataFrame
        Of `campaign_outcomes`. Not modified.
    customers : DataFrame[customers]
        ``customer_id, consents_marketing``.

    Returns
    -------
    DataFrame
        One row per campaign: ``members_count``, ``consented_count, consented_share``, ``no_basis_count`` (contacted
        though neither consent nor another basis is on file), ``not_reached_count`` (contacted arm),
        ``called_control_count`` (hold-out contacted before the close), ``claimed_count``, ``unclaimed_count``
        (borrowed in the contacted arm, nobody claimed it), ``unfounded_count`` (claimed, no new loan in the window),
        ``known_elsewhere_count`` (member of more than one campaign whose windows overlap).

    Examples
    --------
    >>> people = pd.DataFrame({"campaign_id": "M", "customer_id": ["C1", "C2"], "arm": ["treated", "control"],
    ...     "contact_basis": ["none", "consent"], "is_contacted": [True, True], "is_claimed": [False, False],
    ...     "has_borrowed": [True, False], "launch_date": pd.Timestamp("2026-01-01"),
    ...     "closing_date": pd.Timestamp("2026-02-01")})
    >>> consents = pd.DataFrame({"customer_id": ["C1", "C2"], "consents_marketing": [None, True]})
    >>> list_quality(people, consents)[["no_basis_count", "called_control_count"]].iloc[0].to_list()
    [1, 1]
    """
    told_apart(customers, key=["customer_id"], table="customers")
    consent = customers.set_index("customer_id")["consents_marketing"].astype("boolean")
    treated, control = (outcomes["arm"].eq(arm) for arm in ARMS)
    called, missed = (outcomes["is_contacted"].eq(is_so) for is_so in (True, False))
    based = outcomes["contact_basis"].notna() & outcomes["contact_basis"].ne("none")
    marks = pd.DataFrame(
        {
            "campaign_id": outcomes["campaign_id"],
            "members_count": 1,
            "consented_count": outcomes["customer_id"].map(consent).fillna(False).astype(bool),
            "no_basis_count": called & ~based,
            "not_reached_count": treated & missed,
            "called_control_count": control & called,
            "claimed_count": outcomes["is_claimed"].eq(True),
            "unclaimed_count": treated & outcomes["has_borrowed"].eq(True) & outcomes["is_claimed"].eq(False),
            "unfounded_count": outcomes["is_claimed"].eq(True) & outcomes["has_borrowed"].eq(False),
            "known_elsewhere_count": _overlapping(outcomes),
        }
    )
    found = marks.groupby("campaign_id", sort=False).sum().astype(int)
    return found.assign(consented_share=found["consented_count"] / found["members_count"]).reset_index()


def _overlapping(outcomes: pd.DataFrame) -> pd.Series:
    """Whether a member stands on another campaign's list whose window overlaps."""
    keys = outcomes[["customer_id", "campaign_id", "launch_date", "closing_date"]].reset_index()
    pairs = keys.merge(keys, on="customer_id", suffixes=("", "_other"))
    other = pairs["campaign_id"] != pairs["campaign_id_other"]
    meets = (pairs["launch_date"] <= pairs["closing_date_other"]) & (
        pairs["launch_date_other"] <= pairs["closing_date"]
    )
    return pd.Series(outcomes.index.isin(pairs.loc[other & meets, "index"]), index=outcomes.index)


def arm_counts(outcomes: pd.DataFrame, *, within: str = "campaign_id") -> pd.DataFrame:
    """Count members and borrowers of both arms: sums that may be added up.

    Parameters
    ----------
    outcomes : DataFrame
        ``arm, has_borrowed`` and the column `within`. Not modified.
    within : str
        What the counts are kept apart by.

    Returns
    -------
    DataFrame
        One row per value of `within`, in order of appearance: ``treated_count, control_count, treated_loans_count,
        control_loans_count`` and ``unknown_count``: members whose arm or outcome is not known are in neither arm.

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign_id": "M", "arm": ["treated", "control"], "has_borrowed": [True, False]})
    >>> arm_counts(rows).set_index("campaign_id").to_numpy().tolist()
    [[1, 1, 1, 0, 0]]
    """
    known = outcomes["arm"].isin(ARMS) & outcomes["has_borrowed"].notna()
    treated, control = (known & outcomes["arm"].eq(arm) for arm in ARMS)
    borrowed = known & outcomes["has_borrowed"].astype("boolean").fillna(False).astype(bool)
    marks = pd.DataFrame(
        {
            within: outcomes[within],
            "treated_count": treated,
            "control_count": control,
            "treated_loans_count": treated & borrowed,
            "control_loans_count": control & borrowed,
            "unknown_count": ~known,
        }
    )
    return marks.groupby(within, sort=False).sum().astype(int).reset_index()


def campaign_effects(counts: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Measure the lift of each campaign whose hold-out was drawn by lot, with Newcombe's range.

    The lift is :math:`k_1/n_1 - k_0/n_0`; the added loans are :math:`n_1` times the lift and its limits.

    Parameters
    ----------
    counts : DataFrame
        Of `arm_counts`, further columns are kept. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        The rows of `counts` with ``treated_share, control_share`` (each with ``_low, _high`` by Wilson and ``_count``),
        ``lift_share, lift_low, lift_high, fisher_p``, ``added_count, added_low_count, added_high_count`` (loans of the
        contacted arm beyond what the hold-out says). Everything that needs a hold-out is missing without one.

    References
    ----------
    .. [1] Newcombe, R. G. (1998). Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> both = pd.DataFrame({"treated_count": [400], "treated_loans_count": [24],
    ...                      "control_count": [100], "control_loans_count": [3]})
    >>> campaign_effects(both)[["lift_share", "lift_low", "lift_high", "fisher_p"]].round(4).iloc[0].to_list()
    [0.03, -0.0279, 0.064, 0.3243]
    """
    found = counts.reset_index(drop=True)
    for arm in ("treated", "control"):
        rate = _rates(found, arm, level)
        found = found.assign(**{f"{arm}_share{end}": rate[name] for end, name in ENDS.items()})
    both = found[(found["treated_count"] > 0) & (found["control_count"] > 0)]
    pairs = [
        pd.DataFrame({"bad_count": both[f"{arm}_loans_count"], "total_count": both[f"{arm}_count"]})
        for arm in ("treated", "control")
    ]
    gap = rate_difference(*pairs, level=level) if len(both) else pd.DataFrame(columns=["difference", "low", "high"])
    names = {"difference": "lift_share", "low": "lift_low", "high": "lift_high"}
    lifts = gap.rename(columns=names)[list(names.values())].astype(float).reindex(found.index)
    added = {"added_count": "lift_share", "added_low_count": "lift_low", "added_high_count": "lift_high"}
    fishers = pd.Series([fisher_p(*row) for row in both[FISHER].to_numpy(dtype=int)], index=both.index, dtype=float)
    return found.assign(
        **lifts, fisher_p=fishers, **{name: lifts[lift] * found["treated_count"] for name, lift in added.items()}
    )


ENDS = {"": "rate", "_low": "low", "_high": "high", "_count": "total_count"}
FISHER = ["treated_loans_count", "treated_count", "control_loans_count", "control_count"]


def fisher_p(first: int, first_total: int, second: int, second_total: int) -> float:
    """Return Fisher's exact two-sided p of two shares: the tables no likelier than the one seen, given its margins.

    Examples
    --------
    >>> round(fisher_p(24, 400, 3, 100), 6)
    0.324277
    """
    both, total = first + second, first_total + second_total
    cases = np.arange(max(0, both - second_total), min(both, first_total) + 1)
    parts = [_log_choose(first_total, cases), _log_choose(second_total, both - cases), -_log_choose(total, both)]
    chances = np.exp(sum(parts))
    seen = chances[cases == first].item()
    return float(min(1.0, chances[chances <= seen * (1 + 1e-7)].sum()))


def costs_per_added(effects: pd.DataFrame, costs: pd.Series) -> pd.DataFrame:
    """Say what each added loan cost, with the range that the lift's range gives.

    Parameters
    ----------
    effects : DataFrame
        Of `campaign_effects`, with ``campaign_id``. Not modified.
    costs : Series
        Yuan by ``campaign_id`` (`campaign_plan.total_costs`).

    Returns
    -------
    DataFrame
        ``campaign_id, cost_yuan, loans_count`` (of the contacted arm), ``cost_per_loan_yuan`` (the naive one),
        ``added_count, added_low_count, added_high_count``, ``cost_per_added_yuan, cost_per_added_low_yuan,
        cost_per_added_high_yuan``: missing where the number of added loans is not above zero there: no upper limit.

    Examples
    --------
    >>> both = campaign_effects(pd.DataFrame({"campaign_id": ["M"], "treated_count": [400], "control_count": [100],
    ...     "treated_loans_count": [24], "control_loans_count": [3]}))
    >>> found = costs_per_added(both, pd.Series({"M": 38_000.0}))
    >>> found[["cost_per_loan_yuan", "cost_per_added_yuan"]].iloc[0].round(1).to_list()
    [1583.3, 3166.7]
    """
    cost = effects["campaign_id"].map(costs).astype(float)
    added = effects[["added_count", "added_low_count", "added_high_count"]]
    per = added.rdiv(cost, axis=0).where(added > 1e-9)
    loans = effects["treated_loans_count"]
    return effects[["campaign_id"]].assign(
        cost_yuan=cost,
        loans_count=loans,
        cost_per_loan_yuan=cost / loans.where(loans > 0),
        **added,
        cost_per_added_yuan=per["added_count"],
        cost_per_added_low_yuan=per["added_high_count"],
        cost_per_added_high_yuan=per["added_low_count"],
    )


def readable_costs(costs: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    """Take out what a reading does not allow: without one against a hold-out nobody knows what was added.

    Parameters
    ----------
    costs : DataFrame
        Of `costs_per_added`. Not modified.
    readings : DataFrame
        Of `campaign_readings`: ``campaign_id, is_causal``.

    Returns
    -------
    DataFrame
        The rows of `costs`; ``added_*`` and ``cost_per_added_*`` are missing where ``is_causal`` is not true.
    """
    told = costs["campaign_id"].map(readings.set_index("campaign_id")["is_causal"]).fillna(False).astype(bool)
    names = [name for name in costs if name.startswith(("added_", "cost_per_added_"))]
    return costs.assign(**{name: costs[name].where(told) for name in names})


def _rates(counts: pd.DataFrame, arm: str, level: float) -> pd.DataFrame:
    total = counts[f"{arm}_count"]
    found = rate_interval(counts[f"{arm}_loans_count"], total.clip(lower=1), method="wilson", level=level)
    return found.assign(total_count=total.astype(float)).where(total > 0)


def _log_choose(total: int | np.ndarray, part: np.ndarray | int) -> np.ndarray:
    return gammaln(total + 1) - gammaln(np.asarray(part) + 1) - gammaln(total - np.asarray(part) + 1)


def cluster_effects(outcomes: pd.DataFrame, *, few: int = 10, level: float = 0.95) -> pd.DataFrame:
    r"""Compare clusters of both arms by their own shares; with one market there is nothing to compare.

    Each cluster gives one share; the lift is the difference of the arms' means, its range Welch's t with
    Satterthwaite's degrees of freedom. The design effect is :math:`1 + (\bar m - 1)\,\mathrm{ICC}` (by the analysis of
    variance within arms).

    Parameters
    ----------
    outcomes : DataFrame
        Of `campaign_outcomes`; campaigns whose members all bear a ``cluster_id``. Not
        modified.
    few : int
        With fewer clusters in an arm the range is flagged: t ranges are then too narrow.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per such campaign: ``campaign_id, treated_clusters_count, control_clusters_count, members_count``,
        ``lift_share, lift_low, lift_high`` (range missing where the clusters of both arms are all alike),
        ``icc_share, design_effect_ratio, effective_count``, ``inference``: ``cluster``, ``few_clusters``,
        ``one_cluster`` (an arm holds one: the point without a range), ``none`` (an arm holds none: no inference is
        possible).

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign_id": "M", "cluster_id": "V01", "arm": "treated", "has_borrowed": [True, False]})
    >>> cluster_effects(rows).inference.item()
    'none'
    """
    checked_level(level)
    columns = [
        "campaign_id",
        "treated_clusters_count",
        "control_clusters_count",
        "members_count",
        "lift_share",
        "lift_low",
        "lift_high",
        "icc_share",
        "design_effect_ratio",
        "effective_count",
        "inference",
    ]
    whole = outcomes.groupby("campaign_id")["cluster_id"].transform(lambda each: each.notna().all())
    parts = outcomes[whole.astype(bool)].groupby("campaign_id", sort=False)
    rows = [{"campaign_id": campaign, **_compared(part, few, level)} for campaign, part in parts]
    return pd.DataFrame(rows, columns=columns)


def _compared(part: pd.DataFrame, few: int, level: float) -> dict:
    part = part[part["arm"].isin(ARMS) & part["has_borrowed"].notna()]
    borrowed = part["has_borrowed"].astype(float)
    shares = borrowed.groupby([part["arm"], part["cluster_id"]]).agg(["mean", "size"]).reset_index()
    one, two = (shares.loc[shares["arm"] == arm, "mean"] for arm in ("treated", "control"))
    counts = {"treated_clusters_count": len(one), "control_clusters_count": len(two), "members_count": len(part)}
    if not len(one) or not len(two):
        return counts | {"inference": "none"}
    gap = float(one.mean() - two.mean())
    if min(len(one), len(two)) < 2:
        return counts | {"lift_share": gap, "inference": "one_cluster"}
    return (
        counts
        | {"lift_share": gap, **_range(one, two, gap, level), **_likeness(part, shares)}
        | {"inference": "cluster" if min(len(one), len(two)) >= few else "few_clusters"}
    )


def _range(one: pd.Series, two: pd.Series, gap: float, level: float) -> dict:
    first, second = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
    error = first + second
    if error <= 0:  # clusters that are all alike do not show how far they may differ
        return {"lift_low": np.nan, "lift_high": np.nan}
    freedom = error**2 / (first**2 / (len(one) - 1) + second**2 / (len(two) - 1))
    reach = float(stdtrit(freedom, (1 + level) / 2) * np.sqrt(error))
    return {"lift_low": gap - reach, "lift_high": gap + reach}


def _likeness(part: pd.DataFrame, shares: pd.DataFrame) -> dict:
    """Intraclass correlation within arms, and what it leaves of the members' number."""
    sizes, means = shares["size"].to_numpy(dtype=float), shares["mean"].to_numpy()
    of_arm = shares.groupby("arm")
    middle = of_arm["mean"].transform("mean").to_numpy()
    total, clusters, arms = sizes.sum(), len(shares), of_arm.ngroups
    between = (sizes * (means - middle) ** 2).sum() / max(clusters - arms, 1)
    within = (sizes * means * (1 - means)).sum() / max(total - clusters, 1)
    usual = (total - (sizes**2).sum() / total) / max(clusters - 1, 1)
    icc = (between - within) / (between + (usual - 1) * within) if between + (usual - 1) * within > 0 else 0.0
    icc = float(np.clip(icc, 0.0, 1.0))
    effect = 1 + (total / clusters - 1) * icc
    return {"icc_share": icc, "design_effect_ratio": effect, "effective_count": len(part) / effect}


def pooled_effect(counts: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Pool the lifts of strata that each drew their own hold-out (Mantel-Haenszel risk difference).

    With :math:`w_i = n_{1i}n_{0i}/N_i`, :math:`v_i = w_i/\sum w`: :math:`\Delta = \sum v_i p_{1i} - \sum v_i p_{0i}`.
    Each arm's weighted share has Wilson's limits on its effective number :math:`1/\sum v_i^2 n_i^{-1}`, and the two are
    joined as by Newcombe: with one stratum it is `rate_difference`, and without any event it is not sure of nought.
    Members are never thrown together across strata: a branch with many hold-outs and much demand would lie.

    Parameters
    ----------
    counts : DataFrame
        One row per stratum: ``treated_count, treated_loans_count, control_count, control_loans_count``. Strata with an
        empty arm say nothing and are left out. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row: ``strata_count, treated_count, control_count, lift_share, lift_low, lift_high``, ``added_count``,
        ``heterogeneity_p`` (Cochran's Q on the strata's lifts; small: they differ; missing with one stratum).

    Raises
    ------
    EmptyBook
        If no stratum has both arms.

    References
    ----------
    .. [1] Greenland, S., Robins, J. (1985). Biometrics 41, 55-68: the estimate.
    .. [2] Yan, X., Su, X. G. (2010). Stratified Wilson and Newcombe confidence intervals for multiple binomial
       proportions. Statistics in Biopharmaceutical Research 2, 329-335: the idea of the range.

    Examples
    --------
    >>> both = pd.DataFrame({"treated_count": [400], "treated_loans_count": [24],
    ...                      "control_count": [100], "control_loans_count": [3]})
    >>> pooled_effect(both).lift_share.round(4).item()
    0.03
    """
    rows = counts[(counts["treated_count"] > 0) & (counts["control_count"] > 0)]
    if rows.empty:
        raise EmptyBook("no branch has both arms", where="campaign_members")
    n1, n0 = (rows[f"{arm}_count"].to_numpy(dtype=float) for arm in ("treated", "control"))
    k1, k0 = (rows[f"{arm}_loans_count"].to_numpy(dtype=float) for arm in ("treated", "control"))
    weight = n1 * n0 / (n1 + n0)
    part = weight / weight.sum()
    sides = []
    for cases, trials in ((k1, n1), (k0, n0)):
        effective = 1.0 / (part**2 / trials).sum()
        share = min(1.0, (part * cases / trials).sum())
        sides.append(pd.DataFrame({"bad_count": [share * effective], "total_count": [effective]}))
    lift, low, high = rate_difference(*sides, level=level).iloc[0, :3].astype(float)
    return pd.DataFrame(
        [
            {
                "strata_count": len(rows),
                "treated_count": int(n1.sum()),
                "control_count": int(n0.sum()),
                "lift_share": lift,
                "lift_low": low,
                "lift_high": high,
                "added_count": lift * n1.sum(),
                "heterogeneity_p": _heterogeneity(k1 / n1 - k0 / n0, k1, n1, k0, n0),
            }
        ]
    )


def _heterogeneity(lifts: np.ndarray, k1: np.ndarray, n1: np.ndarray, k0: np.ndarray, n0: np.ndarray) -> float:
    """P of Cochran's Q; half a case is added to each share so that no stratum is taken for exact."""
    if len(lifts) < 2:
        return float("nan")
    p1, p0 = (k1 + 0.5) / (n1 + 1), (k0 + 0.5) / (n0 + 1)
    sure = 1 / (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    middle = (sure * lifts).sum() / sure.sum()
    return float(gammaincc((len(lifts) - 1) / 2, (sure * (lifts - middle) ** 2).sum() / 2))


#: of two branches each knows the other's part: the sum less its own
OWN_AND_ANOTHER = 2


def programme_effects(
    counts: pd.DataFrame, campaigns: pd.DataFrame | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Pool every programme over its branches.

    What a branch is told of the programmes that it takes part in leaves out those of fewer than three branches: less
    its own numbers, the pooled ones are those of the other.

    Parameters
    ----------
    counts : DataFrame
        ``programme_id, branch_id`` and the counts of `pooled_effect`. Not modified.
    campaigns : DataFrame[campaigns], optional
        Those of one branch: only programmes that these take part in, told to that branch.

    Returns
    -------
    DataFrame
        One row per programme: ``programme_id`` and the columns of `pooled_effect`.

    Raises
    ------
    NeverTried
        If no programme was run with a hold-out.
    FewBranches
        If those that were are of too few branches to be told to one of them.

    Examples
    --------
    >>> arms = {"treated_count": 200, "treated_loans_count": 12, "control_count": 50, "control_loans_count": 2}
    >>> three = pd.DataFrame([{"programme_id": "P1", "branch_id": code, **arms} for code in ("0755", "0021", "0010")])
    >>> programme_effects(three, three)[["programme_id", "strata_count", "treated_count"]].to_dict("records")
    [{'programme_id': 'P1', 'strata_count': 3, 'treated_count': 600}]
    """
    taking = counts["programme_id"] if campaigns is None else campaigns["programme_id"].dropna()
    counts = counts[counts["programme_id"].isin(taking)]
    parts = [
        pooled_effect(part, level=level).assign(programme_id=programme)
        for programme, part in counts.groupby("programme_id", sort=True)
        if ((part["treated_count"] > 0) & (part["control_count"] > 0)).any()
    ]
    if not parts:
        raise NeverTried("no programme was run with a hold-out")
    found = pd.concat(parts, ignore_index=True)
    told = found if campaigns is None else found[found["strata_count"] > OWN_AND_ANOTHER].reset_index(drop=True)
    if told.empty:
        fix = "ask head office, which sees every branch's arms, or run the programme in three branches or more"
        raise FewBranches("every programme is of fewer than three branches", where="campaigns", fix=fix)
    return told


def adjusted_difference(
    values: pd.Series, history: pd.Series, is_treated: pd.Series, *, level: float = 0.95
) -> pd.DataFrame:
    r"""Compare two arms after taking out what a trait from before the launch explains (CUPED).

    .. math:: \theta = \mathrm{cov}(X, Y)/\mathrm{var}(X), \quad Y^* = Y - \theta(X - \bar X)

    The variance falls to :math:`1 - \rho^2` of what it was. Only a trait from before the launch may be used. Outcomes
    of 0 and 1 have the range of their raw difference (Newcombe), moved to the adjusted one and narrowed by
    :math:`\sqrt{1 - \rho^2}`; others Welch's t.

    Parameters
    ----------
    values : Series
        Outcome of each member, 0/1 or any number. Not modified.
    history : Series
        The trait from before; the labels of `values`.
    is_treated : Series
        Flag; the labels of `values`. A member of whom one of the three is missing is left out and counted.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row: ``theta_ratio, raw_difference, adjusted_difference, adjusted_low, adjusted_high``,
        ``variance_ratio`` (1 - squared correlation), ``members_count, unknown_count``. Theta is 0 where the trait does
        not vary.

    Raises
    ------
    BadData
        If the three do not bear the same labels.
    EmptyBook
        If fewer than two members of an arm are known.

    References
    ----------
    .. [1] Deng, A., Xu, Y., Kohavi, R., Walker, T. (2013). WSDM '13, 123-132.

    Examples
    --------
    >>> x = pd.Series([10, 12, 8, 15, 9, 11, 14, 7, 13, 10])
    >>> y = pd.Series([11, 14, 9, 17, 10, 13, 17, 9, 15, 12])
    >>> adjusted_difference(y, x, pd.Series([False] * 5 + [True] * 5)).adjusted_difference.round(6).item()
    0.7711
    """
    checked_level(level)
    rows = pd.DataFrame({"y": values, "x": paired(values, history), "arm": paired(values, is_treated)})
    known = rows.dropna()
    y, x, treated = known["y"].to_numpy(float), known["x"].to_numpy(float), known["arm"].to_numpy(bool)
    if min(treated.sum(), (~treated).sum()) < 2:
        raise EmptyBook("an arm has fewer than two members whose trait and outcome are known", where="campaign_members")
    spread = np.var(x, ddof=1)
    theta = float(np.cov(x, y)[0, 1] / spread) if spread > 0 else 0.0
    rest = y - theta * (x - x.mean())
    one, two = rest[treated], rest[~treated]
    gap = float(one.mean() - two.mean())
    whole = np.var(y, ddof=1)
    left = float(np.var(rest, ddof=1) / whole) if whole > 0 else 1.0
    if np.isin(y, (0.0, 1.0)).all():
        sides = [
            pd.DataFrame({"bad_count": [each.sum()], "total_count": [len(each)]}) for each in (y[treated], y[~treated])
        ]
        raw, low, high = rate_difference(*sides, level=level).iloc[0, :3].astype(float)
        limits = {"lift_low": gap + (low - raw) * np.sqrt(left), "lift_high": gap + (high - raw) * np.sqrt(left)}
    else:
        limits = _range(pd.Series(one), pd.Series(two), gap, level)
    return pd.DataFrame(
        [
            {
                "theta_ratio": theta,
                "raw_difference": float(y[treated].mean() - y[~treated].mean()),
                "adjusted_difference": gap,
                "adjusted_low": limits["lift_low"],
                "adjusted_high": limits["lift_high"],
                "variance_ratio": left,
                "members_count": len(y),
                "unknown_count": len(rows) - len(y),
            }
        ]
    )


def adjusted_effects(history: pd.DataFrame, *, trait: str = "past_loans_count", level: float = 0.95) -> pd.DataFrame:
    """Adjust the lift of every campaign with two arms by one trait of its members' history.

    Parameters
    ----------
    history : DataFrame
        Of `campaign_plan.member_history`. Not modified.
    trait : str
        Column known before the launch; members without it are left out.

    Returns
    -------
    DataFrame
        One row per campaign with at least two members in each arm: ``campaign_id, trait`` and the columns of
        `adjusted_difference`.

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign_id": "M", "arm": ["treated", "control"] * 2, "past_loans_count": [0, 0, 1, 1],
    ...                      "has_borrowed": [True, False, True, False]})
    >>> adjusted_effects(rows).adjusted_difference.item()
    1.0
    """
    rows = []
    known = history[history["arm"].isin(ARMS)].dropna(subset=[trait, "has_borrowed"])
    for campaign, part in known.groupby("campaign_id", sort=False):
        treated = part["arm"].eq("treated")
        if min(treated.sum(), (~treated).sum()) >= 2:
            found = adjusted_difference(part["has_borrowed"].astype(float), part[trait], treated, level=level)
            rows.append(found.assign(campaign_id=campaign, trait=trait))
    columns = [
        "campaign_id",
        "trait",
        "theta_ratio",
        "raw_difference",
        "adjusted_difference",
        "adjusted_low",
        "adjusted_high",
        "variance_ratio",
        "members_count",
    ]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


#: readings that compare with members held out by lot; only of these may a sentence say that the campaign did something
HELD_OUT = ("lifted", "lowered", "not_distinguished")
CLUSTERED = ("cluster", "few_clusters", "one_cluster", "none")


def campaign_readings(
    effects: pd.DataFrame, plans: pd.DataFrame, ratio: pd.DataFrame, *others: pd.DataFrame, as_of: Day, fewest: int = 20
) -> pd.DataFrame:
    """Decide for each campaign what its numbers allow to be said, before anybody looks at the lift.

    The order of the questions: is the window over; was anybody held out; were whole clusters drawn, and how many; are
    the arms those that were drawn; are they large enough for the planned lift; does the range leave zero out.

    Parameters
    ----------
    effects : DataFrame
        Of `campaign_effects`, with ``campaign_id``. Not modified.
    plans : DataFrame
        Of `campaign_plan.campaign_plans`: ``closing_date, design, plan_state, needed_arm_count,
        detectable_lift_share``.
    ratio : DataFrame
        Of `campaign_plan.sample_ratio`.
    *others : DataFrame
        Of `cluster_effects` and `campaign_quality.matched_effects`; empty where there are none.
    as_of : date
        A window that closes later is not read.
    fewest : int
        An arm with fewer members is not read.

    Returns
    -------
    DataFrame
        One row per campaign with members: ``campaign_id, design, basis`` (``hold_out, cluster, matched, none``),
        ``reading`` (``unfinished, all_borrowed, too_few, no_inference, ratio_broken, process_only, matched_more,
        matched_less, matched_open``, or one of `HELD_OUT`), ``lift_share, lift_low, lift_high`` (of the basis),
        ``lift_share_count`` (members read), ``is_causal`` (the reading is one of `HELD_OUT`), ``needed_arm_count``,
        ``detectable_lift_share``.
    """
    names = ["closing_date", "design", "plan_state", "needed_arm_count", "detectable_lift_share"]
    rows = effects.merge(plans[["campaign_id", *names]], on="campaign_id", how="left")
    rows = rows.merge(ratio[["campaign_id", "is_ratio_kept"]], on="campaign_id", how="left")
    known = {row["campaign_id"]: row for frame in others for row in frame.to_dict("records")}
    read = [
        _read(row, known.get(row["campaign_id"]), fewest)
        if row["closing_date"] <= pd.Timestamp(as_of)
        else _said("none", "unfinished")
        for row in rows.to_dict("records")
    ]
    found = pd.concat([rows[["campaign_id", "design"]], pd.DataFrame(read)], axis=1)
    return found.assign(
        is_causal=found["reading"].isin(HELD_OUT),
        lift_share_count=(rows["treated_count"] + rows["control_count"]).astype(float),
        needed_arm_count=rows["needed_arm_count"].astype(float),
        detectable_lift_share=rows["detectable_lift_share"].astype(float),
    )


def readable(found: pd.DataFrame) -> pd.DataFrame:
    """Return the campaigns of which there is a difference to draw, those against a hold-out first.

    Raises
    ------
    EmptyBook
        If there is none.

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign_id": ["A", "B"], "lift_share": [0.1, None], "is_causal": [True, False]})
    >>> readable(rows).campaign_id.to_list()
    ['A']
    """
    kept = found.dropna(subset=["lift_share"]).sort_values("is_causal", ascending=False, kind="stable")
    if kept.empty:
        raise EmptyBook("no campaign shows a difference that may be read")
    return kept.reset_index(drop=True)


def weaker_evidence(clusters: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    """Lay what clusters and customers alike allow side by side.

    Parameters
    ----------
    clusters, matched : DataFrame
        Of `cluster_effects` and `campaign_quality.matched_effects`. Not modified.

    Returns
    -------
    DataFrame
        ``campaign_id, inference, members_count, compared_count`` (clusters of both arms; customers alike),
        ``lift_share, lift_low, lift_high``.

    Raises
    ------
    NeverTried
        If every campaign drew its members one by one.
    """
    one = clusters.assign(compared_count=clusters["treated_clusters_count"] + clusters["control_clusters_count"])
    names = {"others_count": "compared_count", "difference_share": "lift_share"}
    two = matched.rename(columns=names | {f"difference_{end}": f"lift_{end}" for end in ("low", "high")})
    columns = ["campaign_id", "inference", "members_count", "compared_count", "lift_share", "lift_low", "lift_high"]
    parts = [part.reindex(columns=columns) for part in (one, two) if len(part)]
    if not parts:
        raise NeverTried("every campaign drew its members one by one")
    return pd.concat(parts, ignore_index=True)


def _read(row: dict, other: dict | None, fewest: int) -> dict:
    borrowed = row["treated_loans_count"] + row["control_loans_count"]
    if borrowed == row["treated_count"] + row["control_count"]:
        return _said("none", "all_borrowed")
    if other is not None and other["inference"] in CLUSTERED:
        if other["inference"] in ("none", "one_cluster"):
            return _said("none", "no_inference")
        return _judged("cluster", other) if row["plan_state"] == "readable" else _said("cluster", "process_only")
    if row["control_count"] == 0:
        return _matched(other)
    if min(row["treated_count"], row["control_count"]) < fewest:
        return _said("none", "too_few")
    if row["is_ratio_kept"] is not pd.NA and row["is_ratio_kept"] is not None and not row["is_ratio_kept"]:
        return _said("none", "ratio_broken")
    if row["plan_state"] != "readable":
        return _said("hold_out", "process_only")
    return _judged("hold_out", row)


def _judged(basis: str, row: dict) -> dict:
    reading = "lifted" if row["lift_low"] > 0 else "lowered" if row["lift_high"] < 0 else "not_distinguished"
    return _said(basis, reading, row["lift_share"], row["lift_low"], row["lift_high"])


def _matched(other: dict | None) -> dict:
    if other is None or not str(other["inference"]).startswith("matched"):
        return _said("none", "no_inference")
    lift, low, high = (other[f"difference_{end}"] for end in ("share", "low", "high"))
    reading = "matched_more" if low > 0 else "matched_less" if high < 0 else "matched_open"
    return _said("matched", reading if other["is_parallel"] else "matched_open", lift, low, high)


def _said(basis: str, reading: str, *lift: float) -> dict:
    values = lift or (np.nan, np.nan, np.nan)
    return {"basis": basis, "reading": reading} | dict(
        zip(("lift_share", "lift_low", "lift_high"), values, strict=True)
    )

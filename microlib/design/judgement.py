"""One judgement per matter: the state of a branch, its groups, sources and products, each from those below it.

States are one lattice. A source of repayment is ``usable``, ``near_cap`` or ``stop``; a group or a product on the shelf
``expand``, ``pilot``, ``keep`` or ``stop``; the branch as a whole ``within``, ``watch`` or ``over`` its appetite; a
product designed for a branch ``approve``, ``revise`` or ``not_now``; campaigns, rules and the target have three states
each (`LISTED_STATES`). What cannot be judged is ``unknown``, which is never good. A group is no better than the source
that carries it, a designed product no better than its groups, its sources and its conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from microlib.contracts.policy import Policy, StressPolicy
from microlib.contracts.segment import Segment
from microlib.design.decisions import DECISION_COLUMNS, WHOLE_BRANCH
from microlib.errors import BadData
from microlib.metrics.loans import RISK_DAYS
from microlib.metrics.quality import JUDGED
from microlib.stats.capital import vasicek_rate
from microlib.stats.grouping import one_row, told_apart, year_before
from microlib.stats.intervals import rate_interval, upper_bound

#: what a judgement rests on, beside the columns of a decision
EVIDENCE = {
    "kind": "str",
    "state": "str",
    "measure": "str",
    "share": "float64",
    "share_low": "float64",
    "share_high": "float64",
    "share_count": "float64",
    "hanging_count": "float64",
    "held_by": "str",
    "but_for": "str",
    "evidence_table": "str",
    "settled_by": "str",
    "settling_cost_yuan": "float64",
    "needed_count": "float64",
    "needed_months": "float64",
    "overturning_now": "float64",
}
COLUMNS = [*DECISION_COLUMNS, *EVIDENCE]
#: states from the worst to the best; unknown stands apart and is treated as keep
GROUP_STATES = ("stop", "keep", "pilot", "expand")
SOURCE_STATES = ("stop", "near_cap", "usable")
OFFER_STATES = ("not_now", "revise", "approve")
BRANCH_STATES = ("over", "watch", "within")
#: kind -> state by what is proposed, from the worst to the best
LISTED_STATES = {
    "campaign": {"stop": "drop", "wait": "unread", "do": "repeat"},
    "rule": {"stop": "violated", "wait": "unconfirmed", "do": "obeyed"},
    "target": {"stop": "beyond", "wait": "open", "do": "reachable"},
}
#: first part of a measure's code -> table that it is read from
TABLES_READ = {
    "par30": "loans",
    "default": "loan_months",
    "cap": "loans",
    "change": "core_payables",
    "median": "core_payables",
    "lift": "campaign_members",
    "open": "campaign_members",
    "asked": "targets",
}
#: state -> what it asks for on a card
ACTIONS = {
    "stop": "stop",
    "keep": "wait",
    "unknown": "wait",
    "pilot": "do",
    "expand": "do",
    "near_cap": "wait",
    "usable": "do",
    "over": "stop",
    "watch": "wait",
    "within": "do",
    "approve": "do",
    "revise": "wait",
    "not_now": "wait",
    **{state: action for states in LISTED_STATES.values() for action, state in states.items()},
}
#: shares without which nothing may expand: with what left as bad debt, plain and with stressed renewals, and who turns
#: bad within a year
REQUIRED = ("par30_plain_with_exits", "par30_adjusted_with_exits", "default_rate")
#: states of a group in which something new may be lent to it
OPEN_STATES = ("pilot", "expand")
#: counts of loans looked at when asking after how many a pilot can be judged; behind one source few will do
MOST_LOANS = 5_000
LOOKED_AT = np.unique(np.geomspace(1, MOST_LOANS, 60).astype("int64"))


def group_evidence(
    pars: pd.DataFrame | None = None,
    rates: pd.DataFrame | None = None,
    *,
    marks: pd.DataFrame | None = None,
    within: str | None,
) -> pd.DataFrame:
    """Put every share that speaks for or against a group under each other.

    Parameters
    ----------
    pars : DataFrame, optional
        Result of `quality.four_pars`, its measures `quality.JUDGED`. Not modified.
    rates : DataFrame, optional
        Result of `shrinkage.shrink_rates` by the same groups, or of `defaults.default_counts`: the default rate. A
        group of which nobody was followed has none: others' experience is no evidence of its own. Its range is that of
        the group's own count (Clopper-Pearson, 95 %), which no other group moves; only the middle listens to the bank,
        within that range.
        Not modified.
    marks : DataFrame, optional
        Result of `defaults.default_shares`, for customers whose loans stand elsewhere. Not modified.
    within : str or None
        Column that names the group; None for the branch as a whole.

    Returns
    -------
    DataFrame
        ``segment, measure, share, share_low, share_high, share_count``; a share that could not be computed is
        missing. ``measure`` of a default rate is ``default_rate``.

    Examples
    --------
    >>> rates = pd.DataFrame({"segment": ["a"], "bad_count": [0], "total_count": [73], "shrunk_rate": [0.02]})
    >>> group_evidence(rates=rates, within="segment").round(3)[["measure", "share", "share_high"]].values.tolist()
    [['default_rate', 0.02, 0.049]]
    """
    names = ["segment", "measure", "share", "share_low", "share_high", "share_count"]
    parts = []
    if pars is not None:
        # a renewal that could not be judged may be stressed: the upper end counts it so
        unknown = pars["unknown_yuan"].fillna(0.0) if "unknown_yuan" in pars else 0.0
        worst = (pars["hit_yuan"] + unknown) / pars["base_yuan"] if "hit_yuan" in pars else pars["share_high"]
        high = np.fmax(pars["share_high"], worst).where(pars["share"].notna())
        parts.append(pars.assign(share_high=high).rename(columns={"base_customers_count": "share_count"}))
    if marks is not None:
        parts.append(marks.assign(measure="default_rate"))
    if rates is not None:
        parts.append(_own_rates(rates).assign(measure="default_rate"))
    named = [part.assign(segment=part[within].astype("str") if within else WHOLE_BRANCH)[names] for part in parts]
    found = pd.concat(named, ignore_index=True) if named else pd.DataFrame(columns=names)
    return found.astype(dict.fromkeys(names[2:], "float64"))


def _own_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Give default rates the range of the group's own count; where nobody was followed they are missing."""
    followed = rates["total_count"] > 0
    counts = rates.loc[followed, ["bad_count", "total_count"]]
    own = pd.DataFrame(columns=["rate", "low", "high"], dtype="float64")
    if len(counts):
        own = rate_interval(counts["bad_count"], counts["total_count"], method="clopper_pearson")
    own = own.reindex(rates.index)
    middle = (rates["shrunk_rate"] if "shrunk_rate" in rates else own["rate"]).where(followed)
    return rates.assign(
        share=middle.clip(own["low"], own["high"]),
        share_low=own["low"],
        share_high=own["high"],
        share_count=rates["total_count"],
    )


def group_states(evidence: pd.DataFrame, *, appetite: float, required: Sequence[str] = REQUIRED) -> pd.DataFrame:
    r"""Judge each group by all its shares together, never by one.

    Answers "may more be lent to this group, a trial amount, no more than today, or nothing?" With the shares
    :math:`s_m` of a group, their ranges :math:`[l_m, h_m]` and the appetite :math:`a`:

    - ``stop`` where some :math:`l_m > a`: by one measure at least it is certainly worse than the bank tolerates
    - ``expand`` where all required measures are known and every :math:`h_m \le a`
    - ``keep`` where some :math:`s_m > a`, though not certainly
    - ``pilot`` for the others: probably within the appetite, not yet certainly
    - ``unknown`` where no share is known

    One more bad loan raises every :math:`s_m, l_m, h_m`, so a state never rises on worse data.

    Parameters
    ----------
    evidence : DataFrame
        Result of `group_evidence`. Not modified.
    appetite : float
        ``quality.appetite_share`` (fraction).
    required : sequence of str
        Measures without which nothing expands.

    Returns
    -------
    DataFrame
        One row per group, ascending: ``segment, state``; ``measure, share, share_low, share_high, share_count`` of
        the share that decided: the worst on the side that counts.

    Examples
    --------
    >>> evidence = pd.DataFrame({"segment": ["a", "a", "b"],
    ...     "measure": ["par30_plain", "par30_adjusted", "par30_plain"],
    ...     "share": [0.01, 0.09, 0.0], "share_low": [0.0, 0.06, 0.0], "share_high": [0.03, 0.13, 0.066],
    ...     "share_count": [80, 80, 73]})
    >>> group_states(evidence, appetite=0.05)[["segment", "state", "measure"]].values.tolist()
    [['a', 'stop', 'par30_adjusted'], ['b', 'pilot', 'par30_plain']]
    """
    rows, order = [], {name: place for place, name in enumerate(JUDGED)}
    places = evidence["measure"].map(order).astype("float64")
    listed = evidence.assign(place=places).sort_values(["place", "measure"], kind="stable").drop(columns="place")
    for segment, shares in listed.reset_index(drop=True).groupby("segment", sort=True, observed=True):
        known = shares.dropna(subset=["share", "share_low", "share_high"])
        state, decisive = _state(known, appetite=appetite, required=required)
        worst = known.loc[known[decisive].idxmax()] if len(known) else pd.Series(dtype="object")
        rows.append(
            (
                segment,
                state,
                worst.get("measure", ""),
                worst.get("share", np.nan),
                worst.get("share_low", np.nan),
                worst.get("share_high", np.nan),
                worst.get("share_count", np.nan),
            )
        )
    names = ["segment", "state", "measure", "share", "share_low", "share_high", "share_count"]
    return pd.DataFrame(rows, columns=names).astype({name: EVIDENCE.get(name, "str") for name in names})


def _state(known: pd.DataFrame, *, appetite: float, required: Sequence[str]) -> tuple[str, str]:
    """Return a group's state and the column whose largest value decided it."""
    if known.empty:
        return "unknown", "share"
    if (known["share_low"] > appetite).any():
        return "stop", "share_low"
    if set(required) <= set(known["measure"]) and (known["share_high"] <= appetite).all():
        return "expand", "share_high"
    return ("keep", "share") if (known["share"] > appetite).any() else ("pilot", "share_high")


def pilot_room(
    upper: pd.Series, *, budget_yuan: float, lgd_share: float, correlation: pd.Series | float = 0.0, level: float = 0.8
) -> pd.Series:
    r"""Return how much may be lent on trial so that even at the upper default rate the loss stays in the budget.

    .. math:: V = \frac{L}{\bar p_\rho \cdot LGD}, \qquad
        \bar p_\rho = \Phi\!\Big(\frac{\Phi^{-1}(\bar p) + \sqrt\rho\, z_\gamma}{\sqrt{1-\rho}}\Big)

    Borrowers who live off one source do not fail one by one: :math:`\bar p_\rho` is the rate of a year that is as bad
    as :math:`\gamma` of years (`capital.vasicek_rate`).

    Parameters
    ----------
    upper : Series
        Upper bound :math:`\bar p` of the yearly default rate (fraction); missing stays missing.
    budget_yuan : float
        What one pilot may lose in a year (:math:`L`); nothing may be lent where it is zero or below.
    lgd_share : float
        Loss given default.
    correlation : Series or float
        Asset correlation :math:`\rho` of the group's members (``stress.correlation`` of what they share); 0 where they
        share nothing.
    level : float
        :math:`\gamma`, ``quality.price_level``.

    Examples
    --------
    >>> pilot_room(pd.Series([0.05, 0.10]), budget_yuan=1e5, lgd_share=0.5).to_list()
    [4000000.0, 2000000.0]
    >>> pilot_room(pd.Series([0.05]), budget_yuan=1e5, lgd_share=0.5, correlation=0.2).round(-4).to_list()
    [2560000.0]
    """
    return max(budget_yuan, 0.0) / (bad_year_rate(upper, correlation=correlation, level=level) * lgd_share)


def bad_year_rate(upper: pd.Series, *, correlation: pd.Series | float, level: float) -> pd.Series:
    r"""Return :math:`\bar p_\rho` of `pilot_room`: the upper default rate in a year as bad as `level` of years.

    Examples
    --------
    >>> bad_year_rate(pd.Series([0.05, 0.05]), correlation=pd.Series([0.0, 0.2]), level=0.8).round(4).to_list()
    [0.05, 0.0781]
    """
    rate = upper.astype("float64")
    rho = pd.Series(correlation, index=rate.index).astype("float64").fillna(0.0)
    hit = (rho > 0) & (rate > 0) & (rate < 1)
    bad_year = vasicek_rate(rate[hit], correlation=rho[hit], level=level) if hit.any() else rate[hit]
    return rate.mask(hit, bad_year)


def needed_loans(mean: float, *, appetite: float, level: float, correlation: float = 0.0) -> float:
    """Return after how many loans a pilot that goes as expected is proven to lie within the appetite.

    The smallest n whose one-sided upper bound, at the expected count of bad loans (rounded up), is not above the
    appetite; missing where the expectation itself is not below it, or where no number of loans would do: one good year
    of one source does not prove the next.

    Parameters
    ----------
    mean : float
        Expected default rate (fraction).
    appetite, level : float
        ``quality.appetite_share`` and ``quality.upper_level``.
    correlation : float
        Asset correlation of the group's members; with one the count is looked for among sixty, from 1 to 5,000.

    Examples
    --------
    >>> needed_loans(0.0, appetite=0.05, level=0.95), needed_loans(0.06, appetite=0.05, level=0.95)
    (59.0, nan)
    >>> needed_loans(0.02, appetite=0.05, level=0.95, correlation=0.2)
    nan
    """
    if not mean < appetite:
        return float("nan")
    counts = LOOKED_AT if correlation > 0 else np.arange(1, MOST_LOANS + 1)
    bounds = upper_bound(np.ceil(mean * counts - 1e-9), counts, level=level, correlation=correlation).to_numpy()
    proven = counts[bounds <= appetite]
    return float(proven[0]) if len(proven) else float("nan")


@dataclass(frozen=True)
class LossBudget:
    """What pilots of a branch may cost: a policy's share of what the branch earns in a year.

    Parameters
    ----------
    profit_yuan : float
        Earned in a year after cost of funds, work and expected loss; missing where it is not known.
    margin_rate : float
        What a yuan lent earns in a year over its floor, on average; missing where it is not known.
    share : float
        ``decisions.loss_budget_share``: part of the profit that one pilot may lose.
    lgd_share : float
        ``stress.lgd_high``.
    lost_yuan : float
        What was written off or sold bad in the year, in full: what was recovered of it since is not known.
    realised_yuan : float
        The profit with that in place of the expected loss; told beside it: one year's write-offs are no expectation.
    """

    profit_yuan: float
    margin_rate: float
    share: float
    lgd_share: float
    lost_yuan: float = float("nan")
    realised_yuan: float = float("nan")

    @classmethod
    def of(
        cls,
        margins: pd.DataFrame | None,
        pars: pd.DataFrame | None = None,
        *,
        policy: Policy,
        lost_yuan: float = float("nan"),
    ) -> LossBudget:
        """Read the year's expected profit off the products' margins (`lineup.product_margins`), on what performs.

        A late loan earns nothing, and one that left bad or late still costs what its product loses, so that a bad loan
        never raises the budget; where a product with a balance has no margin (no rate, no security known) the profit is
        not known.

        Parameters
        ----------
        margins : DataFrame, optional
            Not modified.
        pars : DataFrame, optional
            Result of `quality.four_pars` by product, its measures `quality.JUDGED`: what of each balance is late or
            left. Not modified.
        policy : Policy
        lost_yuan : float
            What left bad in the year (`loans.bad_exits`).

        Examples
        --------
        >>> from microlib.design.terms import read_policy
        >>> margins = pd.DataFrame({"product_id": ["P1"], "balance_yuan": [1e8], "margin_rate": [0.01],
        ...                         "capital_rate": [0.009]})
        >>> budget = LossBudget.of(margins, policy=read_policy(".", as_of=date(2026, 6, 30)))
        >>> round(budget.profit_yuan)
        1900000
        """
        terms = {"share": float(policy.decisions.loss_budget_share), "lgd_share": float(policy.stress.lgd_high)}
        if margins is None or margins.empty:
            return cls(float("nan"), float("nan"), **terms)
        known = margins.set_index("product_id")
        performing = whole = known["balance_yuan"]
        if pars is not None:
            told = pars["measure"].drop_duplicates().isin(["par30_plain_with_exits"]).any()
            name = "par30_plain_with_exits" if told else "par30_plain"
            own = pars[pars["measure"] == name].set_index("product_id")
            if set(own.index[own["base_yuan"] > own["hit_yuan"]]) - set(known.index):
                return cls(float("nan"), float("nan"), **terms)
            held = own[["hit_yuan", "base_yuan"]].reindex(known.index)
            whole = held["base_yuan"].fillna(whole)
            performing = (whole - held["hit_yuan"].fillna(0.0)).clip(lower=0.0)
        earns = known["margin_rate"] + known["capital_rate"]
        base = performing.where(earns > 0, whole)
        earned = float((earns * base).sum())
        expected = float((known["loss_rate"] * base).sum(skipna=False)) if "loss_rate" in known else float("nan")
        over = float((performing * known["margin_rate"]).sum())
        lent = float(performing.sum())
        told = {"lost_yuan": lost_yuan, "realised_yuan": earned + expected - lost_yuan}
        return cls(earned, over / lent if lent else float("nan"), **terms, **told)

    @property
    def yuan(self) -> float:
        """What one pilot may lose in a year."""
        return self.profit_yuan * self.share


def segment_judgements(
    evidence: pd.DataFrame,
    rates: pd.DataFrame | None = None,
    *,
    balances: pd.Series,
    lent: pd.Series | None = None,
    averages: pd.Series | None = None,
    sources: pd.DataFrame | None = None,
    carried: pd.DataFrame | None = None,
    correlations: Mapping[str, float] | None = None,
    budget: LossBudget,
    policy: Policy,
    as_of: date,
) -> pd.DataFrame:
    """Judge every group of a branch once; all papers show this.

    Parameters
    ----------
    evidence : DataFrame
        Result of `group_evidence`. Not modified, nor is any other.
    rates : DataFrame, optional
        ``segment, shrunk_rate, shrunk_upper``: what a pilot is sized on; without it none is.
    balances : Series
        Balance of each group by its code (yuan).
    lent : Series, optional
        What was lent to each group in a year (yuan, `lent_in_year`): what a stop keeps from being lent again.
    averages : Series, optional
        Average loan of each group (yuan): more loans than its pilot pays for are not asked for as proof.
    sources : DataFrame, optional
        Result of `source_judgements`.
    carried : DataFrame, optional
        Result of `carrying_sources`: which source carries which group.
    correlations : mapping, optional
        Group -> asset correlation of its members (`shared_correlations`); without it they are taken as independent.
    budget : LossBudget
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        One row per group, `COLUMNS`. The amount of a pilot is what the loss budget allows, its cost of waiting what
        that would earn over the floor in a year; that of a group that may grow is ``decisions.growth_share`` of its
        balance; the cost of not stopping is what another year's lending would lose (`stop_cost`). Where no budget can
        be told, or it allows less than ``decisions.pilot_fewest_count`` loans of ``decisions.pilot_loan_yuan``, the
        group is kept as it is. ``held_by`` names the source or the budget that holds a group down, ``but_for`` the
        stopped sources on which some borrowers of an open group hang: nothing new is lent to those. What settles a
        pilot costs its expected loss and the work on as many loans as are needed (``decisions.evidence_cost_yuan``).
    """
    appetite = float(policy.quality.appetite_share)
    found = group_states(evidence, appetite=appetite)
    names = ["segment", "shrunk_rate", "shrunk_upper"]
    told = pd.DataFrame(columns=names) if rates is None else told_apart(rates, key=["segment"], table="rates")
    known = told[names].set_index("segment").astype("float64")
    held = found["segment"].map(balances).astype("float64").fillna(0.0)
    decided = policy.decisions
    shared = found["segment"].map(correlations if correlations is not None else {}).astype("float64").fillna(0.0)
    room = pilot_room(
        found["segment"].map(known["shrunk_upper"]),
        budget_yuan=budget.yuan,
        lgd_share=budget.lgd_share,
        correlation=shared,
        level=float(policy.quality.price_level),
    )
    least = float(decided.carrying_share)
    found = _held_down(found, carried, sources, ceilings=CEILINGS, least_share=least)
    too_small = ~(room >= decided.pilot_fewest_count * float(decided.pilot_loan_yuan))
    is_small = (found["state"] == "pilot") & too_small
    found["held_by"] = found["held_by"].mask(is_small & (found["held_by"] == ""), "loss_budget")
    found["state"] = found["state"].mask(is_small, "keep")
    found["but_for"] = found["segment"].map(_stopped_behind(carried, sources)).where(found["state"].isin(OPEN_STATES))
    amount = held.mask(found["state"] == "pilot", room)
    amount = amount.mask(found["state"] == "expand", held * float(decided.growth_share))
    mean = found["segment"].map(known["shrunk_rate"]).astype("float64")  # of no group too
    level = float(policy.quality.upper_level)
    needed = [
        needed_loans(rate, appetite=appetite, level=level, correlation=rho)
        for rate, rho in zip(mean, shared, strict=True)
    ]
    trial = found["state"].isin(["pilot", "keep"])
    loan = found["segment"].map(averages if averages is not None else {}).astype("float64")
    beyond = (found["state"] == "pilot") & (pd.Series(needed, index=found.index, dtype="float64") * loan > room)
    cost = stop_cost(found, lent, policy=policy)
    cost = cost.mask((found["state"] == "pilot") & (budget.margin_rate > 0), room * budget.margin_rate)
    judged = _judged(
        found.assign(
            kind="segment",
            amount_yuan=amount,
            waiting_cost_yuan=cost,
            needed_count=pd.Series(needed, index=found.index, dtype="float64").where(trial & ~beyond),
            needed_months=pd.Series(float(decided.judging_months), index=found.index).where(trial),
        ),
        steps=GROUP_STEPS,
        appetite=appetite,
        policy=policy,
        as_of=as_of,
    )
    # a pilot whose own loans cannot prove it is judged together with the same group of other branches; one that hangs
    # on one source together with other years and other sources
    settled = judged["settled_by"].mask(beyond.to_numpy(), "pooled_branches")
    unproven = (found["state"] == "pilot") & (shared > 0) & pd.isna(pd.Series(needed, index=found.index))
    settled = settled.mask(unproven.to_numpy(), "other_years")
    fees = settled.map(decided.evidence_cost_yuan).astype("float64")
    trial_cost = (room * mean * float(policy.stress.lgd_high)).where(found["state"] == "pilot").to_numpy()
    loans = np.fmax(judged["needed_count"].fillna(decided.pilot_fewest_count), 1.0)
    cost = fees.mask((judged["state"] == "pilot").to_numpy(), fees * loans + trial_cost)
    return judged.assign(settled_by=settled, settling_cost_yuan=cost)


def _stopped_behind(carried: pd.DataFrame | None, sources: pd.DataFrame | None) -> dict[str, str]:
    """Return for each group the stopped sources on which some of its borrowers hang."""
    if carried is None or sources is None:
        return {}
    rows = carried[carried["source_id"].isin(stopped(sources)) & (carried["carried_share"] > 0)]
    return {group: " ".join(sorted(set(codes))) for group, codes in rows.groupby("segment")["source_id"]}


def lent_in_year(loans: pd.DataFrame, *, within: str, as_of: date) -> pd.Series:
    """Return what was lent in the twelve months before a date, by group; renewals count, for they are lent again.

    Parameters
    ----------
    loans : DataFrame
        ``disbursed_date, amount_yuan`` and the column `within`. Not modified.
    within : str
        Column that names the group.
    as_of : date

    Examples
    --------
    >>> loans = pd.DataFrame({"segment": ["a", "a"], "amount_yuan": [5e5, 7e5],
    ...                       "disbursed_date": pd.to_datetime(["2025-03-01", "2026-03-01"])})
    >>> lent_in_year(loans, within="segment", as_of=date(2026, 6, 30)).to_dict()
    {'a': 700000.0}
    """
    day = pd.Timestamp(as_of)
    fresh = loans[(loans["disbursed_date"] > pd.Timestamp(year_before(as_of))) & (loans["disbursed_date"] <= day)]
    return fresh.groupby(within, observed=True)["amount_yuan"].sum().astype("float64")


def stop_cost(found: pd.DataFrame, lent: pd.Series | None, *, policy: Policy) -> pd.Series:
    r"""Return what another year's lending would lose where it is not stopped; missing elsewhere.

    .. math:: C = A \cdot s \cdot LGD

    Parameters
    ----------
    found : DataFrame
        ``segment, state, share`` (s). Not modified.
    lent : Series, optional
        What was lent in a year, by ``segment`` (A).
    policy : Policy
        ``stress.lgd_high``.

    Examples
    --------
    >>> from microlib.design.terms import read_policy
    >>> found = pd.DataFrame({"segment": ["a", "b"], "state": ["stop", "keep"], "share": [0.1, 0.1]})
    >>> stop_cost(found, pd.Series({"a": 1e6, "b": 1e6}), policy=read_policy(".", as_of=date(2026, 6, 30))).to_list()
    [65000.0, nan]
    """
    year = found["segment"].map(lent if lent is not None else {}).astype("float64")
    return (year * found["share"].astype("float64") * float(policy.stress.lgd_high)).where(found["state"] == "stop")


#: steps of a product that goes on as it is but is offered to nobody new
WITHHELD = ("look_at_largest", "reprice_product", "mend_rule_first", "cannot_judge")


def withheld(judged: pd.DataFrame) -> pd.Series:
    """Return the codes of what nobody new is offered: stopped, or kept until its arrears or its price are seen to.

    Examples
    --------
    >>> withheld(pd.DataFrame({"segment": ["P1", "P2", "P3"], "state": ["stop", "keep", "keep"],
    ...                        "step": ["stop_new_lending", "look_at_largest", "keep_selling"]})).to_list()
    ['P1', 'P2']
    """
    return judged.loc[(judged["state"] == "stop") | judged["step"].isin(WITHHELD), "segment"]


def open_groups(judged: pd.DataFrame) -> pd.Series:
    """Return the codes of the groups that may take new loans.

    Examples
    --------
    >>> open_groups(pd.DataFrame({"segment": ["a", "b", "c"], "state": ["pilot", "stop", "expand"]})).to_list()
    ['a', 'c']
    """
    return judged.loc[judged["state"].isin(OPEN_STATES), "segment"]


def not_lent(judged: pd.DataFrame) -> pd.Series:
    """Return the codes of what nothing more is lent by: stopped, or not at its price before it is priced anew.

    Examples
    --------
    >>> not_lent(pd.DataFrame({"segment": ["P1", "P2", "P3"], "state": ["stop", "keep", "keep"],
    ...                        "step": ["stop_new_lending", "reprice_product", "keep_selling"]})).to_list()
    ['P1', 'P2']
    """
    return judged.loc[(judged["state"] == "stop") | (judged["step"] == "reprice_product"), "segment"]


#: steps by which a branch as a whole is told not to grow
NO_GROWTH = ("look_at_largest", "grow_only_where_sound", "stop_new_lending")


def branch_judgement(
    evidence: pd.DataFrame,
    *,
    balance_yuan: float,
    lent: pd.Series | None = None,
    groups: pd.DataFrame | None = None,
    policy: Policy,
    as_of: date,
) -> pd.DataFrame:
    """Judge the branch as a whole by the same rule as its groups.

    ``within`` the appetite where a group would expand, ``over`` it where a group would be stopped (no growth then
    but in groups that may grow; where none may, nothing new at all), ``watch`` between.

    Parameters
    ----------
    evidence : DataFrame
        Result of `group_evidence` with ``within=None``. Not modified.
    balance_yuan : float
    lent : Series, optional
        What the branch lent in a year, under `WHOLE_BRANCH`.
    groups : DataFrame, optional
        Result of `segment_judgements`. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        One row, `COLUMNS`.
    """
    appetite = float(policy.quality.appetite_share)
    found = group_states(evidence, appetite=appetite)
    found = found.assign(
        waiting_cost_yuan=stop_cost(found, lent, policy=policy),
        state=found["state"].replace({"expand": "within", "pilot": "watch", "keep": "watch", "stop": "over"}),
        kind="branch",
        amount_yuan=balance_yuan,
        held_by="",
    )
    judged = _judged(found, steps=BRANCH_STEPS, appetite=appetite, policy=policy, as_of=as_of)
    closed = groups is not None and len(groups) > 0 and not groups["state"].isin(OPEN_STATES).any()
    if closed:
        judged["step"] = judged["step"].replace("grow_only_where_sound", "stop_new_lending")
    return judged


def product_judgements(
    evidence: pd.DataFrame,
    margins: pd.DataFrame | None = None,
    *,
    groups: pd.DataFrame | None = None,
    served: pd.DataFrame | None = None,
    broken: pd.DataFrame | None = None,
    balances: pd.Series,
    lent: pd.Series | None = None,
    policy: Policy,
    as_of: date,
) -> pd.DataFrame:
    """Judge every product on the shelf once: by its loans, its margin and the rules that its loans break.

    Quality comes first: ``stop`` and ``keep`` are those of `group_states`. A product that loses on the floor is to be
    priced anew before anything grows (``keep``, step ``reprice_product``). Without margins the floor is not judged.
    One whose own loans break a rule is offered to nobody new until that is mended (``keep``, ``mend_rule_first``).
    A product is no better than the group that most of its balance is lent to: stopped with it, kept with it.

    Parameters
    ----------
    evidence : DataFrame
        Result of `group_evidence` by product. Not modified, nor is any other.
    margins : DataFrame, optional
        Result of `lineup.product_margins`.
    groups : DataFrame, optional
        Result of `segment_judgements`.
    served : DataFrame, optional
        ``segment`` (the product), ``source_id`` (the group), ``carried_share`` of its balance (`served_groups`).
    broken : DataFrame, optional
        Result of `rules.breaking_products`: ``product_id, rule``.
    balances : Series
        Balance of each product by its code (yuan).
    lent : Series, optional
        What was lent by each product in a year (`lent_in_year`).
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        One row per product, `COLUMNS`; ``segment`` holds the product.
    """
    appetite = float(policy.quality.appetite_share)
    found = group_states(evidence, appetite=appetite).assign(kind="product")
    ceilings = {"stop": "stop", "keep": "keep", "unknown": "keep"}
    least = float(policy.decisions.carrying_share)
    found = _held_down(found, served, groups, ceilings=ceilings, least_share=least)
    held = found["segment"].map(balances).astype("float64")
    names = ["product_id", "margin_finding", "margin_yuan", "margin_rate"]
    known = (pd.DataFrame() if margins is None else margins).reindex(columns=names)
    known = told_apart(known, key=["product_id"], table="margins").set_index("product_id")
    losing = found["segment"].map(known["margin_finding"]).eq("loses") & (found["state"] != "stop")
    cost = -found["segment"].map(known["margin_yuan"]).astype("float64").where(losing)
    # a product on the shelf is no trial: what is probably sound goes on as it is
    breaks = found["segment"].map(_rules_broken(broken)).astype(object).fillna("")
    held_up = (breaks != "") & (found["state"] != "stop")
    state = found["state"].mask(losing | held_up | (found["state"] == "pilot"), "keep")
    made = found.assign(state=state, amount_yuan=held, waiting_cost_yuan=cost)
    judged = _judged(made, steps=PRODUCT_STEPS, appetite=appetite, policy=policy, as_of=as_of)
    turned = {"step": "reprice_product", "overturning_side": "above", "overturning_measure": "margin_rate"}
    judged.loc[losing.to_numpy(), [*turned, "overturning_value"]] = [*turned.values(), 0.0]
    margins = judged["segment"].map(known["margin_rate"]).astype("float64")
    judged["overturning_now"] = judged["overturning_now"].mask(losing.to_numpy(), margins)
    if groups is not None:
        judged = _with_theirs(judged, groups.set_index("segment"), judged["held_by"])
    waits = (judged["step"] == "keep_selling") & (breaks != "").to_numpy()
    mending = ("mend_rule_first", "failed_rules_count", "below", 1.0, "rule_text")
    judged.loc[waits, MENDED] = list(mending)
    judged["overturning_now"] = judged["overturning_now"].mask(waits, breaks.str.split().str.len().astype("float64"))
    judged["held_by"] = judged["held_by"].mask(waits, breaks)
    # a stop costs what it does at the share that is told
    cost = judged["waiting_cost_yuan"].fillna(stop_cost(judged, lent, policy=policy))
    return judged.assign(waiting_cost_yuan=cost)


MENDED = ["step", "overturning_measure", "overturning_side", "overturning_value", "settled_by"]


def _rules_broken(broken: pd.DataFrame | None) -> dict[str, str]:
    """Return the rules that each product's own loans break, as one text."""
    if broken is None or broken.empty:
        return {}
    told = told_apart(broken, known=["product_id", "rule"], table="broken")
    return told.groupby("product_id")["rule"].agg(lambda codes: " ".join(sorted(set(codes)))).to_dict()


def _with_theirs(judged: pd.DataFrame, parents: pd.DataFrame, carrier: pd.Series) -> pd.DataFrame:
    """Tell the evidence of what a judgement follows, and what would overturn that, in place of its own."""
    theirs = parents.reindex(carrier)[INHERITED].set_axis(judged.index)
    known = theirs["measure"].notna()
    return judged.assign(**{name: judged[name].mask(known, theirs[name]) for name in INHERITED})


#: between the codes of a product and of a group where both together are judged
TIMES = "×"
#: what a product within a group follows from its product or its group
INHERITED = [
    *("measure", "share", "share_low", "share_high", "share_count", "settled_by", "settling_cost_yuan", "needed_count"),
    *("needed_months", "overturning_measure", "overturning_side", "overturning_value", "overturning_now"),
    "evidence_table",
]


def offered_loans(grouped: pd.DataFrame) -> pd.DataFrame:
    """Name for every loan the product and the group that it was lent to, where both are known.

    Parameters
    ----------
    grouped : DataFrame
        Loans with ``product_id`` and ``segment`` (`segments.primary_loans`). Not modified.

    Examples
    --------
    >>> loans = pd.DataFrame({"product_id": ["P1", "P1"], "segment": ["stalls", None]})
    >>> offered_loans(loans)["offering"].to_list()
    ['P1×stalls']
    """
    code = offering_code(grouped["product_id"], grouped["segment"])
    return grouped.assign(offering=code)[code.notna()]


def offering_code(products: pd.Series, groups: pd.Series) -> pd.Series:
    """Return product and group, row by row, as the one code under which both together are judged.

    Examples
    --------
    >>> offering_code(pd.Series(["P1", None]), pd.Series(["stalls", "stalls"])).to_list()
    ['P1×stalls', nan]
    """
    return (products.astype("str") + TIMES + groups.astype("str")).where(products.notna() & groups.notna())


def offered_to(rows: pd.DataFrame, members: pd.DataFrame | None) -> pd.Series:
    """Return for each row the product and its customer's primary group as one code (`offering_code`), where known.

    Parameters
    ----------
    rows : DataFrame
        ``customer_id, product_id``. Not modified.
    members : DataFrame, optional
        ``customer_id, segment, is_primary``. Not modified.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["C1"], "product_id": ["P1"]})
    >>> offered_to(rows, pd.DataFrame({"customer_id": ["C1"], "segment": ["stalls"], "is_primary": [True]})).to_list()
    ['P1×stalls']
    """
    if members is None:
        return pd.Series(index=rows.index, dtype="str")
    primary = members[members["is_primary"]].drop_duplicates("customer_id").set_index("customer_id")["segment"]
    return offering_code(rows["product_id"], rows["customer_id"].map(primary))


def offering_judgements(
    evidence: pd.DataFrame,
    *,
    products: pd.DataFrame,
    groups: pd.DataFrame,
    balances: pd.Series,
    lent: pd.Series | None = None,
    policy: Policy,
    as_of: date,
) -> pd.DataFrame:
    """Judge every product within every group that it is lent to: never better than either of them.

    Answers "may more of this product be lent to this group?" The state is the worse one of product and group; loans of
    the two together that are themselves beyond the appetite hold it lower: certainly (``stop``), or probably
    (``keep``). A product within a group that has too few loans of its own to say so follows the two.

    Parameters
    ----------
    evidence : DataFrame
        Result of `group_evidence` by ``offering`` (`offered_loans`). Not modified, nor is any other.
    products : DataFrame
        Result of `product_judgements`.
    groups : DataFrame
        Result of `segment_judgements`.
    balances : Series
        Balance by ``offering`` (yuan).
    lent : Series, optional
        What was lent in a year by ``offering`` (`lent_in_year`).
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        One row per product and group, `COLUMNS`; ``segment`` holds both codes, ``×`` between them. ``held_by`` is the
        product or the group whose state it has; then evidence and what would overturn it are theirs too, and the step
        ``follows_below`` asks nobody for anything more.

    Examples
    --------
    >>> from microlib.design.terms import read_policy
    >>> day = date(2026, 6, 30)
    >>> evidence = pd.DataFrame({"segment": ["P1×stalls"], "measure": ["default_rate"], "share": [0.02],
    ...                          "share_low": [0.0], "share_high": [0.09], "share_count": [60.0]})
    >>> product, group = (judgement_frame(pd.DataFrame({"segment": [code], "state": [state]}))
    ...                   for code, state in (("P1", "keep"), ("stalls", "stop")))
    >>> found = offering_judgements(evidence, products=product, groups=group, balances=pd.Series({"P1×stalls": 1e6}),
    ...                             policy=read_policy(".", as_of=day), as_of=day)
    >>> found[["segment", "state", "held_by", "step"]].values.tolist()
    [['P1×stalls', 'stop', 'stalls', 'follows_below']]
    """
    appetite = float(policy.quality.appetite_share)
    found = group_states(evidence, appetite=appetite).assign(kind="offering", held_by="")
    if found.empty:
        return judgement_frame()
    best = len(GROUP_STATES) - 1
    own = found["state"].map({"stop": 0, "keep": 1, "unknown": 1}).fillna(best).to_numpy()
    parents = pd.concat([groups, products]).drop_duplicates("segment").set_index("segment")
    rank = parents["state"].map({**dict(zip(GROUP_STATES, range(best + 1), strict=True)), "unknown": 1})
    codes = found["segment"].str.split(TIMES, n=1, expand=True)
    ranks = pd.DataFrame({place: codes[place].map(rank).fillna(1) for place in (1, 0)})  # the group first
    below = ranks.min(axis="columns").to_numpy()
    follows = (below <= own) & (below < best)
    carrier = codes[1].where(ranks[1] <= ranks[0], codes[0])
    held = found["segment"].map(balances).astype("float64").fillna(0.0)
    found["state"] = [GROUP_STATES[int(place)] for place in np.minimum(own, below)]
    found["held_by"] = carrier.where(follows, "")
    cost = stop_cost(found, lent, policy=policy).where(~follows)
    made = found.assign(amount_yuan=held, waiting_cost_yuan=cost)
    judged = _judged(made, steps=OFFERING_STEPS, appetite=appetite, policy=policy, as_of=as_of)
    judged = _with_theirs(judged, parents, carrier.where(follows, ""))
    return judgement_frame(judged.assign(step=judged["step"].mask(follows, "follows_below")))


def shared_correlations(segments: Iterable[Segment], *, stress: StressPolicy) -> dict[str, float]:
    """Return for each group how its members move together: the policy's correlation of the source that they share.

    Examples
    --------
    >>> shared_correlations([], stress=None)
    {}
    """
    return {each.code: float(stress.correlation.get(each.shared_source, 0.0)) for each in segments}


def carrying_sources(grouped: pd.DataFrame, members: pd.DataFrame, *, dependence_share: float) -> pd.DataFrame:
    """Say which source carries a group: the part of the group's balance whose borrowers hang on it.

    Parameters
    ----------
    grouped : DataFrame
        Loans with ``segment`` (`segments.primary_loans`). Not modified.
    members : DataFrame
        Result of `sources.source_members`. Not modified.
    dependence_share : float
        ``stress.dependence_share``: a borrower with this part of its income from a source hangs on it; one whose part
        is unknown counts too.

    Returns
    -------
    DataFrame
        ``segment, source_id, carried_share`` (fraction of the group's balance), the largest first.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "a", "balance_yuan": [3e5, 1e5]})
    >>> members = pd.DataFrame({"source_id": ["H1"], "customer_id": ["C1"], "income_share": [0.8]})
    >>> carrying_sources(loans, members, dependence_share=0.5)["carried_share"].to_list()
    [0.75]
    """
    hanging = members[members["income_share"].isna() | (members["income_share"] >= dependence_share)]
    pairs = hanging[["customer_id", "source_id"]].drop_duplicates()
    live = grouped[grouped["balance_yuan"] > 0]
    owed = live.groupby(["segment", "customer_id"], observed=True)["balance_yuan"].sum()
    rows = owed.reset_index().merge(pairs, on="customer_id")
    # what is late outside all sources lightens none of them
    counted = live[live["customer_id"].isin(pairs["customer_id"]) | ~_is_late(live)]
    whole = counted.groupby("segment", observed=True)["balance_yuan"].sum()
    found = rows.groupby(["segment", "source_id"], as_index=False, observed=True)["balance_yuan"].sum()
    found = found.assign(carried_share=found["balance_yuan"] / found["segment"].map(whole).astype("float64"))
    order = found.sort_values(["carried_share", "segment", "source_id"], ascending=[False, True, True])
    return order[["segment", "source_id", "carried_share"]].reset_index(drop=True)


#: state of a carrying source -> the best state that its group may have
CEILINGS = {"stop": "keep", "near_cap": "pilot"}


def _is_late(loans: pd.DataFrame) -> pd.Series:
    if "overdue_days" not in loans:
        return pd.Series(False, index=loans.index)
    return loans["overdue_days"] > RISK_DAYS


def served_groups(grouped: pd.DataFrame) -> pd.DataFrame:
    """Say which part of a product's balance is lent to which primary group.

    Parameters
    ----------
    grouped : DataFrame
        All loans with ``product_id``, ``balance_yuan`` and ``segment`` (missing outside all groups). Not modified.

    Returns
    -------
    DataFrame
        ``segment`` (the product), ``source_id`` (the group), ``carried_share``, as `carrying_sources` names them.

    Examples
    --------
    >>> loans = pd.DataFrame({"product_id": "P1", "segment": ["a", None], "balance_yuan": [3.0, 1.0]})
    >>> served_groups(loans).values.tolist()
    [['P1', 'a', 0.75]]
    """
    live = grouped[(grouped["balance_yuan"] > 0) & grouped["product_id"].notna()]
    live = live[live["segment"].notna() | ~_is_late(live)]
    whole = live.groupby("product_id", observed=True)["balance_yuan"].sum().astype("float64")
    parts = live.groupby(["product_id", "segment"], as_index=False, observed=True)["balance_yuan"].sum()
    shares = parts["balance_yuan"] / parts["product_id"].map(whole).astype("float64")
    named = parts.rename(columns={"product_id": "segment", "segment": "source_id"})
    return named.assign(carried_share=shares)[["segment", "source_id", "carried_share"]]


def _held_down(
    found: pd.DataFrame,
    carried: pd.DataFrame | None,
    below: pd.DataFrame | None,
    *,
    ceilings: Mapping[str, str],
    least_share: float,
) -> pd.DataFrame:
    """Hold a matter down to what the judgement that carries it allows."""
    found = found.assign(held_by="")
    if carried is None or below is None or carried.empty or below.empty:
        return found
    states = told_apart(below, key=["segment"], table="groups").set_index("segment")["state"]
    rows = carried[carried["carried_share"] >= least_share]
    for row in rows.assign(ceiling=rows["source_id"].map(states).map(ceilings)).dropna().itertuples():
        best = GROUP_STATES.index(row.ceiling)
        over = (found["segment"] == row.segment) & found["state"].isin(GROUP_STATES[best + 1 :])
        found["state"] = found["state"].mask(over, row.ceiling)
        found["held_by"] = found["held_by"].mask(over, row.source_id)
    return found


#: what a source is judged by -> what overturns that
SOURCE_TURNS = {
    "cap_used_share": "headroom_yuan",
    "change_days": "change_low_days",
    "median_days": "median_low_days",
}


def source_judgements(
    headrooms: pd.DataFrame,
    trends: pd.DataFrame | None = None,
    *,
    notable_days: float = 0.0,
    slow_days: float | None = None,
    policy: Policy,
    as_of: date,
) -> pd.DataFrame:
    """Judge every common source of repayment: ``stop`` over its cap or paying late, ``near_cap``, else ``usable``.

    A core pays late that pays later than it did, or whose median days to pay are beyond the bank's level on their whole
    range: who stays as slow for a year is no better for that.

    Parameters
    ----------
    headrooms : DataFrame
        Result of `sources.source_headroom`: the whole bank's exposure against the cap; ``loss_high_yuan`` where the
        stop was computed. Not modified.
    trends : DataFrame, optional
        Result of `payables.payment_trends`: a core whose payments come later on the whole range of the change is
        stopped. Not modified.
    notable_days : float
        ``supply.notable_days``: the days under which the lower end of the change lifts the stop.
    slow_days : float, optional
        ``supply.slow_days``: the level; without it only the change is looked at.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        One row per source with a cap, `COLUMNS`; ``segment`` is the source. ``measure`` is ``headroom_yuan``,
        ``cap_used_share``, ``change_days`` or ``median_days``. A core of which payments cannot be told is judged by
        its exposure, and ``settled_by`` names the payables that are missing. One number lifts a stop, the same in all
        papers: headroom above zero; a median whose lower end is at the level; or a change whose lower end is under the
        notable days.
    """
    rows = headrooms[headrooms["state"] != "no_cap"].reset_index(drop=True)
    used = rows["used_share"]
    late = pd.DataFrame(columns=["core_id"]).set_index("core_id")
    if trends is not None:
        beyond = trends.get("median_low_days", pd.Series(np.nan, trends.index)) > (slow_days or np.inf)
        late = trends.assign(beyond=beyond)[(trends["trend"] == "later") | beyond]
        late = late.drop_duplicates("core_id").set_index("core_id")
    slow = rows["source_id"].isin(late.index)
    over, near = rows["state"] == "over", rows["state"] == "near"
    state = pd.Series("usable", index=rows.index).mask(near, "near_cap").mask(over | slow, "stop")
    step = pd.Series("within_cap", index=rows.index).mask(near, "ask_joint_room")
    step = step.mask(slow, "stop_behind_core").mask(over, "stop_new_lending")
    level = rows["source_id"].map(late["beyond"] if len(late) else {}).eq(True) & ~over
    measure = pd.Series("cap_used_share", index=rows.index).mask(slow & ~over, "change_days").mask(level, "median_days")
    amount = rows["balance_yuan"].mask(over, -rows["headroom_yuan"]).mask(near & ~over & ~slow, rows["headroom_yuan"])
    waits = slow & ~over
    turned = {
        "overturning_measure": measure.map(SOURCE_TURNS),
        "overturning_side": pd.Series("below", index=rows.index).mask(over, "above"),
        "overturning_value": pd.Series(0.0, index=rows.index).mask(waits, float(notable_days)).mask(level, slow_days),
    }
    slower, longer = (
        pd.Series(late.get(name, pd.Series(dtype="float64")).reindex(rows["source_id"]).to_numpy(), rows.index)
        for name in ("change_low_days", "median_low_days")
    )
    turned["overturning_now"] = rows["headroom_yuan"].astype("float64").mask(waits, slower).mask(level, longer)
    told = [] if trends is None else trends.loc[trends["trend"] != "unclear", "core_id"]
    kinds = rows["source_kind"] if "source_kind" in rows else pd.Series("", index=rows.index)
    unseen = (kinds == "core") & ~rows["source_id"].isin(told) & ~level  # a median beyond the level is known
    settled = pd.Series("", index=rows.index).mask(unseen, "core_payables")
    made = rows[["source_id"]].assign(
        segment=rows["source_id"],
        kind="source",
        state=state,
        step=step,
        measure=measure,
        share=used.where(over | ~slow),
        hanging_count=rows["borrowers_count"],
        amount_yuan=amount,
        waiting_cost_yuan=rows.get("loss_high_yuan", pd.Series(index=rows.index, dtype="float64")).where(over | slow),
        held_by="",
        settled_by=settled,
        settling_cost_yuan=settled.map(policy.decisions.evidence_cost_yuan).astype("float64"),
        owner="risk_head",
        **turned,
    )
    days = pd.Series(policy.decisions.confirm_days, index=rows.index).mask(over | slow, policy.decisions.stop_days)
    return judgement_frame(made.assign(action=made["state"].map(ACTIONS), due_date=_dates(days, as_of)))


#: state -> step, owner and what would settle it
GROUP_STEPS = {
    "expand": ("grow_group", "branch_head", ""),
    "pilot": ("pilot_in_budget", "product_manager", "pilot_outcome"),
    "keep": ("keep_group", "product_manager", "month_ends"),
    "stop": ("stop_new_lending", "risk_head", ""),
    "unknown": ("cannot_judge", "product_manager", "missing_tables"),
}
BRANCH_STEPS = {
    "within": ("keep_branch", "branch_head", ""),
    "watch": ("keep_branch", "branch_head", "month_ends"),
    "over": ("grow_only_where_sound", "risk_head", ""),
    "unknown": ("cannot_judge", "branch_head", "missing_tables"),
}
PRODUCT_STEPS = {
    "expand": ("keep_selling", "product_manager", ""),
    "keep": ("keep_selling", "product_manager", "month_ends"),
    "stop": ("stop_new_lending", "risk_head", ""),
    "unknown": ("cannot_judge", "product_manager", "missing_tables"),
}
OFFERING_STEPS = {
    "expand": ("follows_below", "product_manager", ""),
    "pilot": ("follows_below", "product_manager", "pilot_outcome"),
    "keep": ("keep_selling", "product_manager", "month_ends"),
    "stop": ("stop_new_lending", "risk_head", ""),
}
#: state -> side of the appetite on which the range's end overturns it
TURNS = {
    "expand": ("share_high", "above"),
    "within": ("share_high", "above"),
    "pilot": ("share_low", "above"),
    "keep": ("share", "below"),
    "watch": ("share_low", "above"),
    "stop": ("share_low", "below"),
    "over": ("share_low", "below"),
    "unknown": ("share", "below"),
}


def _judged(
    found: pd.DataFrame,
    *,
    steps: Mapping[str, tuple[str, str, str]],
    appetite: float,
    policy: Policy,
    as_of: date,
) -> pd.DataFrame:
    state = found["state"]
    # what is kept though its share is within the appetite is overturned by worse news, not by better
    turned = state.mask((state == "keep") & (found["share"] <= appetite), "pilot")
    step = state.map({name: step for name, (step, _, _) in steps.items()})
    step = step.mask(state.isin(["keep", "watch"]) & (found["share"] > appetite), "look_at_largest")
    days = pd.Series(policy.decisions.design_days, index=found.index).mask(
        state.isin(["stop", "over"]), policy.decisions.stop_days
    )
    settled = state.map({name: paper for name, (_, _, paper) in steps.items()})
    end = turned.map({name: end for name, (end, _) in TURNS.items()})
    return judgement_frame(
        found.assign(
            action=state.map(ACTIONS),
            step=step,
            owner=state.map({name: owner for name, (_, owner, _) in steps.items()}),
            settled_by=settled,
            settling_cost_yuan=settled.map(policy.decisions.evidence_cost_yuan).astype("float64"),
            due_date=_dates(days, as_of),
            overturning_measure=_turning(found["measure"], end),
            overturning_side=turned.map({name: side for name, (_, side) in TURNS.items()}),
            overturning_value=appetite,
            overturning_now=_end_now(found, end),
        )
    )


def _end_now(found: pd.DataFrame, end: pd.Series) -> pd.Series:
    """Return where the end of the range that would overturn a judgement stands today."""
    now = pd.Series(np.nan, index=found.index)
    for name in end.dropna().unique():
        now = now.mask(end == name, found[name].astype("float64"))
    return now


def _turning(measure: pd.Series, end: pd.Series) -> pd.Series:
    """Name the end of the range that overturns by the measure that decided: a default rate is no share past due."""
    own = end.str.replace("share", "default_rate", n=1, regex=False)
    return end.mask(measure == "default_rate", own)


def _dates(days: pd.Series, as_of: date) -> pd.Series:
    return days.map(lambda count: pd.Timestamp(as_of + timedelta(days=int(count)))).astype("datetime64[s]")


def judgement_frame(rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return judgements with `COLUMNS` and their types; columns that are not given are missing.

    Examples
    --------
    >>> judgement_frame().shape
    (0, 26)
    """
    frame = (pd.DataFrame() if rows is None else rows).reindex(columns=COLUMNS)
    read = frame["measure"].astype(object).fillna("").str.split("_").str[0].map(TABLES_READ)
    frame = frame.assign(
        evidence_table=frame["evidence_table"].astype(object).where(frame["evidence_table"].notna(), read)
    )
    money = ("amount_yuan", "waiting_cost_yuan", "overturning_value")
    texts = [name for name in DECISION_COLUMNS if name not in (*money, "due_date")]
    blank = [*texts, *(name for name, kind in EVIDENCE.items() if kind == "str")]
    kinds = {**dict.fromkeys(texts, "str"), **dict.fromkeys(money, "float64"), "due_date": "datetime64[s]", **EVIDENCE}
    return frame.assign(**{name: frame[name].astype(object).fillna("") for name in blank}).astype(kinds)


def listed_judgements(
    decided: pd.DataFrame, *, kind: str, evidence: pd.DataFrame | None = None, policy: Policy
) -> pd.DataFrame:
    """Take what is proposed for each campaign, rule or target into the register, with its state and its evidence.

    Parameters
    ----------
    decided : DataFrame
        ``decisions.DECISION_COLUMNS``, one row a matter. Not modified, nor is the other.
    kind : str
        ``campaign``, ``rule`` or ``target``: a state of `LISTED_STATES` follows from the action.
    evidence : DataFrame, optional
        ``segment``, and of ``measure, share, share_low, share_high, share_count, held_by, settled_by`` what is known.
    policy : Policy
        ``decisions.evidence_cost_yuan``.

    Returns
    -------
    DataFrame
        `COLUMNS`, in the order given.

    Examples
    --------
    >>> from microlib.design.terms import read_policy
    >>> policy = read_policy(".", as_of=date(2026, 6, 30))
    >>> decided = pd.DataFrame({"segment": ["M1"], "action": ["wait"], "step": ["hold_out_next"]})
    >>> listed_judgements(decided, kind="campaign", policy=policy)[["kind", "state"]].values.tolist()
    [['campaign', 'unread']]
    """
    made = decided.assign(kind=kind, state=decided["action"].map(LISTED_STATES[kind]))
    if evidence is not None:
        made = made.merge(evidence, on="segment", how="left")
    settled = made["settled_by"] if "settled_by" in made else pd.Series("", index=made.index)
    cost = settled.map(policy.decisions.evidence_cost_yuan).astype("float64")
    return judgement_frame(made.assign(settling_cost_yuan=cost))


#: kind -> its place on a page of the register
TOLD_ORDER = {
    kind: place
    for place, kind in enumerate(
        ("branch", "segment", "offer", "source", "product", "offering", "target", "rule", "campaign")
    )
}


def told_judgements(judgements: pd.DataFrame, *, fewest: int) -> pd.DataFrame:
    """Keep what a page shows of the register, groups and what is designed for them first; sources left out are named.

    Left out are usable sources behind fewer borrowers than `fewest`, and what follows from its product or its group
    without a judgement of its own (`offering_judgements`).

    Parameters
    ----------
    judgements : DataFrame
        `COLUMNS`. Not modified.
    fewest : int
        ``quality.minimum_peers_count``.

    Examples
    --------
    >>> told_judgements(judgement_frame(), fewest=5).empty
    True
    """
    small = (judgements["state"] == "usable") & ~(judgements["hanging_count"] >= fewest)
    kept = judgements[~small & (judgements["step"] != "follows_below")]
    kept = kept.assign(held_by=(kept["held_by"] + " " + kept["but_for"]).str.strip())
    place = kept["kind"].map(TOLD_ORDER).astype("float64")
    turn = place * 2 + (kept["action"] != "stop").astype("float64")  # of each kind what is stopped first
    return kept.iloc[turn.to_numpy().argsort(kind="stable")].reset_index(drop=True)


#: condition of a designed product -> its state where the condition does not hold, and what is done then
CONDITIONS = {
    "segment_is_open": ("not_now", "segment_not_open"),
    "somebody_is_sized": ("not_now", "gather_evidence"),
    "no_standard_product": ("not_now", "use_standard_product"),
    "stop_rules_hold": ("not_now", "stop_rule_fires"),
    "sources_are_usable": ("revise", "lower_source_share"),
    "price_is_above_floor": ("revise", "reprice_first"),
    "principal_is_repaid": ("revise", "repay_in_parts"),
    "checklist_holds": ("revise", "settle_checklist"),
}
CONDITION_COLUMNS = ["condition", "answer", "value", "limit", "blocked_by"]


def offer_judgement(
    conditions: pd.DataFrame,
    volume: pd.DataFrame,
    *,
    room_yuan: float,
    margin_rate: float,
    product: str,
    policy: Policy,
    as_of: date,
) -> pd.DataFrame:
    """Judge a product designed for a branch by its conditions, never better than what it stands on.

    Answers "may the pilot start, must terms change first, or is it not the time?" ``approve`` where every condition is
    answered yes; else the state of the worst one that is not, and its step. A condition that cannot be answered is no
    yes.

    Parameters
    ----------
    conditions : DataFrame
        `CONDITION_COLUMNS`: ``condition`` of `CONDITIONS`, ``answer`` yes, no or unknown, ``blocked_by`` (codes). Not
        modified.
    volume : DataFrame
        Result of `volume.expected_volume`: the low and the high case of the pilot. Not modified.
    room_yuan : float
        What the loss budget leaves its groups (`segment_judgements`); missing where there is no such bound.
    margin_rate : float
        Rate over the floor at the mean default rate.
    product : str
        Its code.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        One row, `COLUMNS`. The amount is the high case of the pilot, at most the room; the cost of waiting is the
        margin that the low case would earn in a year.

    Examples
    --------
    >>> from microlib.design.terms import read_policy
    >>> day = date(2026, 6, 30)
    >>> answers = {**dict.fromkeys(CONDITIONS, "yes"), "price_is_above_floor": "no"}
    >>> conditions = pd.DataFrame({"condition": list(answers), "answer": list(answers.values()), "value": None,
    ...                            "limit": None, "blocked_by": ""})
    >>> volume = pd.DataFrame({"case": ["low", "high"], "volume_yuan": [1e6, 2e6], "balance_yuan": [8e5, 1.6e6]})
    >>> found = offer_judgement(conditions, volume, room_yuan=5e6, margin_rate=-0.01, product="stall",
    ...                         policy=read_policy(".", as_of=day), as_of=day)
    >>> found[["state", "step"]].values.tolist()
    [['revise', 'reprice_first']]
    """
    low, high = (one_row(volume, "volume", case=case) for case in ("low", "high"))
    if conditions["condition"].duplicated().any():
        raise BadData("a condition is answered twice", where="conditions", fix="give each condition one answer")
    asked = conditions.set_index("condition").reindex(CONDITIONS)
    conditions = asked.assign(answer=asked["answer"].fillna("unknown"), blocked_by=asked["blocked_by"].fillna(""))
    conditions = conditions.rename_axis("condition").reset_index()
    failing = conditions[conditions["answer"] != "yes"]
    state, step, bound = "approve", "start_pilot", ""
    turned = {"overturning_measure": "floor_margin_rate", "overturning_side": "below", "overturning_value": 0.0}
    if len(failing):
        worst = failing.iloc[0]  # conditions stand from the worst down
        state, step = CONDITIONS[worst["condition"]]
        step = step if worst["answer"] == "no" else "cannot_judge"
        bound = worst["blocked_by"]
        turned = {
            "overturning_measure": "failing_conditions_count",
            "overturning_side": "below",
            "overturning_value": 1.0,
        }
    amount = float(np.fmin(high["volume_yuan"], room_yuan))
    days = policy.decisions.design_days
    row = {
        "action": ACTIONS[state],
        "segment": product,
        "step": step,
        "amount_yuan": amount,
        "owner": "branch_head" if state == "approve" else "product_manager",
        "waiting_cost_yuan": low["balance_yuan"] * margin_rate if state == "approve" else np.nan,
        "kind": "offer",
        "state": state,
        "measure": "failing_conditions_count",
        "held_by": bound,
        "settled_by": "pilot_outcome" if state == "approve" else "",
        "needed_months": float(policy.decisions.judging_months),
        **turned,
    }
    made = pd.DataFrame([row]).assign(due_date=pd.Timestamp(as_of + timedelta(days=days)))
    return judgement_frame(made)


#: before the code of a designed product in the register: a product is often called as its group
DESIGNED = "offer."
#: steps of a designed product that is held up by a group, a source or a product of the register
NAMING_STEPS = ("segment_not_open", "lower_source_share", "use_standard_product")


def registered_offer(judged: pd.DataFrame | None, *, product: str, policy: Policy, as_of: date) -> pd.DataFrame:
    """Return the judgement of a designed product as the branch's register holds it.

    Parameters
    ----------
    judged : DataFrame or None
        Result of `offer_judgement`; None where the product could not be worked out here: then it is not known. Not
        modified.
    product : str
        Its code; in the register it stands behind `DESIGNED`, and is held by what the register names, if at all: rules
        and items that hold it up stand in its own report.
    policy : Policy
    as_of : date

    Examples
    --------
    >>> from microlib.design.terms import read_policy
    >>> policy = read_policy(".", as_of=date(2026, 6, 30))
    >>> found = registered_offer(None, product="stall", policy=policy, as_of=date(2026, 6, 30))
    >>> found[["segment", "state"]].values.tolist()
    [['offer.stall', 'unknown']]
    """
    if judged is None:
        due = pd.Timestamp(as_of + timedelta(days=policy.decisions.design_days))
        row = {"action": "wait", "step": "cannot_judge", "kind": "offer", "state": "unknown", "due_date": due}
        judged = judgement_frame(pd.DataFrame([{**row, "owner": "product_manager", "settled_by": "missing_tables"}]))
    named = judged["step"].isin(NAMING_STEPS)
    return judged.assign(segment=f"{DESIGNED}{product}", held_by=judged["held_by"].where(named, ""))


#: every state's rank: what became better, what worse
RANKS = {
    **{state: rank for rank, state in enumerate(GROUP_STATES)},
    **{state: rank for rank, state in enumerate(SOURCE_STATES)},
    **{state: rank for rank, state in enumerate(OFFER_STATES)},
    **{state: rank for rank, state in enumerate(BRANCH_STATES)},
    **{state: rank for states in LISTED_STATES.values() for rank, state in enumerate(states.values())},
}
FOLLOWED = ["kind", "segment", "report_date", "was_state", "state", "was_share", "share", "was_due_date", "finding"]


def stopped(judgements: pd.DataFrame) -> pd.Series:
    """Return the codes of the groups, sources or products that a judgement stops.

    Examples
    --------
    >>> stopped(pd.DataFrame({"segment": ["hospital", "stalls"], "state": ["stop", "pilot"]})).to_list()
    ['hospital']
    """
    return judgements.loc[judgements["state"] == "stop", "segment"]


def closed_places(hanging: pd.DataFrame, closed: Iterable[str], *, least_share: float) -> list[str]:
    """Return the places and payers at which nothing new is sold: most who are known there belong to what is stopped.

    Parameters
    ----------
    hanging : DataFrame
        ``source_id, customer_id``: who has a stall where, who is paid by whom. Not modified.
    closed : iterable of str
        Customers of stopped groups.
    least_share : float
        ``decisions.carrying_share``: from this part of its customers on a place is closed with them.

    Examples
    --------
    >>> pairs = pd.DataFrame({"source_id": ["V1", "V1", "V2"], "customer_id": ["C1", "C2", "C3"]})
    >>> closed_places(pairs, ["C1", "C2"], least_share=0.5)
    ['V1']
    """
    known = hanging.dropna().drop_duplicates()
    share = known["customer_id"].isin(list(closed)).groupby(known["source_id"].astype("str")).mean()
    return sorted(share.index[share >= least_share])


def followed_judgements(judgements: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Say what became of the last report's judgements: better, worse, the same, or no longer there.

    Parameters
    ----------
    judgements : DataFrame
        `COLUMNS`, today's. Not modified.
    past : DataFrame
        Those of earlier reports below one another, with ``report_date`` (`report.results.earlier_results`); the newest
        date counts. Not modified.

    Returns
    -------
    DataFrame
        `FOLLOWED`, one row per judgement of then, what became worse first; ``finding`` is ``worse``, ``better``,
        ``same``, ``gone`` or ``unknown`` (not to be judged then or now). Empty where there is no earlier report.

    Examples
    --------
    >>> now = judgement_frame(pd.DataFrame({"kind": ["segment"], "segment": ["a"], "state": ["stop"], "share": [0.09]}))
    >>> past = now.assign(state="pilot", share=0.02, report_date=pd.Timestamp("2026-05-31"))
    >>> followed_judgements(now, past)[["segment", "was_state", "state", "finding"]].values.tolist()
    [['a', 'pilot', 'stop', 'worse']]
    """
    if past.empty or "state" not in past:
        return pd.DataFrame(columns=FOLLOWED)
    last = past[past["report_date"] == past["report_date"].max()].drop_duplicates(["kind", "segment"])
    then = last.rename(columns={"state": "was_state", "share": "was_share", "due_date": "was_due_date"})
    now = judgements[["kind", "segment", "state", "share"]]
    rows = then.drop(columns=[name for name in now if name in then and name not in ("kind", "segment")]).merge(
        now, on=["kind", "segment"], how="left"
    )
    change = rows["state"].map(RANKS) - rows["was_state"].map(RANKS)
    finding = pd.Series("unknown", index=rows.index).mask(change < 0, "worse").mask(change > 0, "better")
    finding = finding.mask(change == 0, "same").mask(rows["state"].isna(), "gone")
    order = finding.map({"worse": 0, "gone": 1, "unknown": 2, "better": 3, "same": 4})
    rows = rows.assign(finding=finding, order=order).sort_values(["order", "kind", "segment"], kind="stable")
    return rows[FOLLOWED].reset_index(drop=True)

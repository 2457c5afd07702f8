"""Single sources of repayment (单一风险源): who hangs on a core, market, guarantor; loss if it stops.

`source_members` says who hangs on what, `affected_balances` and `loss_if_stopped` what it costs. Exposure is one
quantity: `source_exposures` adds members up, and what left bad within a year (`source_exits`), for a branch and for the
whole bank alike; `exposures_elsewhere` tells a branch what all others have on its sources, `source_headroom` what the
caps leave of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.contracts.policy import StressPolicy
from microlib.stats.grouping import told_apart
from microlib.units import MONTHS_PER_YEAR

KEYS = ["source_kind", "source_id"]
MEMBERS = {
    "source_kind": "str",
    "source_id": "str",
    "customer_id": "str",
    "income_share": "float64",
    "share_basis": "str",
    "balance_yuan": "float64",
}
#: places whose closing stops a member's takings; a village or a chamber is no such place
PREMISES = ("market", "park", "street")
DAYS_PER_MONTH = 30


@measure(optional=("guarantees",))
def source_members(
    loans: pd.DataFrame,
    shares: pd.DataFrame | None = None,
    evidence: pd.DataFrame | None = None,
    guarantees: pd.DataFrame | None = None,
    common: Iterable[str] = (),
) -> pd.DataFrame:
    r"""List which borrower hangs on which source, and by what share of its income.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan, core_id``; borrowers are customers with a balance. Not modified.
    shares : DataFrame, optional
        Result of `income.income_shares`.
    evidence : DataFrame, optional
        Result of `segments.customer_evidence`; gives the venue.
    guarantees : DataFrame[guarantees], optional
        Only guarantors of two borrowers or more are a common source.
    common : iterable of str, optional
        Guarantors who stand behind several borrowers in the whole bank, though perhaps behind one here.

    Returns
    -------
    DataFrame
        One row per source and borrower, by both

        - ``source_kind`` (core, venue, guarantor), ``source_id``, ``customer_id``
        - ``income_share`` (fraction, missing when unknown): for a core its payments over yearly income; for premises
          1, all takings happen there; for a guarantor the guaranteed part of the balance, which is not income
        - ``share_basis``: payables, loan_tag (the loan names the core, the share is unknown), premises, guarantee
        - ``balance_yuan``: the borrower's whole balance, to each source in full

    Notes
    -----
    A borrower with two sources stands under both: balances of sources do not add up to the book.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [2e5], "core_id": ["H1"]})
    >>> source_members(loans)[["source_id", "share_basis", "balance_yuan"]].to_numpy().tolist()
    [['H1', 'loan_tag', 200000.0]]
    """
    live = loans[loans["balance_yuan"] > 0]
    pieces = [_cores(live, shares), _venues(evidence), _guarantors(live, guarantees, frozenset(common))]
    held = [piece for piece in pieces if len(piece)]
    members = pd.concat(held) if held else pd.DataFrame(columns=list(MEMBERS))
    balance = live["balance_yuan"].astype("float64").groupby(live["customer_id"], observed=True).sum()
    members = members.assign(balance_yuan=members["customer_id"].map(balance))
    members = members[members["balance_yuan"] > 0].sort_values([*KEYS, "customer_id"])
    return members[list(MEMBERS)].astype(MEMBERS).reset_index(drop=True)


def _cores(live: pd.DataFrame, shares: pd.DataFrame | None) -> pd.DataFrame:
    pieces = []
    if shares is not None and len(shares):
        paid = shares[shares["core_id"].notna() & (shares["paid_yuan"] > 0)]
        pieces.append(paid[["customer_id", "core_id", "income_share"]].assign(share_basis="payables"))
    if "core_id" in live:
        tagged = live[live["core_id"].notna()][["customer_id", "core_id"]].drop_duplicates()
        pieces.append(tagged.assign(income_share=np.nan, share_basis="loan_tag"))
    if not pieces:
        return pd.DataFrame(columns=list(MEMBERS))
    rows = pd.concat(pieces).drop_duplicates(["customer_id", "core_id"])
    return rows.rename(columns={"core_id": "source_id"}).assign(source_kind="core")


def _venues(evidence: pd.DataFrame | None) -> pd.DataFrame:
    if evidence is None:
        return pd.DataFrame(columns=list(MEMBERS))
    placed = evidence[
        evidence["venue_id"].notna() & (evidence["venue_kind"].isin(PREMISES) | evidence["venue_kind"].isna())
    ]
    share = np.where(placed["venue_kind"].notna(), 1.0, np.nan)
    rows = placed[["customer_id", "venue_id"]].rename(columns={"venue_id": "source_id"})
    return rows.assign(source_kind="venue", income_share=share, share_basis="premises")


def _guarantors(live: pd.DataFrame, guarantees: pd.DataFrame | None, common: frozenset[str]) -> pd.DataFrame:
    if guarantees is None or guarantees.empty:
        return pd.DataFrame(columns=list(MEMBERS))
    rows = guarantees[["loan_id", "guarantor_id", "amount_yuan"]].merge(
        live[["loan_id", "customer_id", "balance_yuan"]], on="loan_id"
    )
    rows["covered_yuan"] = np.minimum(rows["amount_yuan"], rows["balance_yuan"])
    held = rows.groupby(["customer_id", "guarantor_id"], as_index=False, observed=True)["covered_yuan"].sum()
    many = held.groupby("guarantor_id")["customer_id"].transform("nunique") > 1
    held = held[many | held["guarantor_id"].isin(common)]
    whole = live["balance_yuan"].astype("float64").groupby(live["customer_id"], observed=True).sum()
    share = (held["covered_yuan"] / held["customer_id"].map(whole).astype("float64")).clip(0.0, 1.0)
    rows = held[["customer_id", "guarantor_id"]].rename(columns={"guarantor_id": "source_id"})
    return rows.assign(source_kind="guarantor", income_share=share, share_basis="guarantee")


def affected_balances(members: pd.DataFrame, *, stress: StressPolicy) -> pd.DataFrame:
    r"""Add up the balance of borrowers who depend on each source (受影响余额); unknown shares are counted apart.

    .. math:: A_q = \sum_{c:\, s_{cq} \ge s^*} B_c

    where :math:`s_{cq}` is borrower c's income share from source q, :math:`s^*` the policy's dependence share
    (0.5) and :math:`B_c` the balance.

    Parameters
    ----------
    members : DataFrame
        Result of `source_members`. Not modified.
    stress : StressPolicy
        Uses ``dependence_share``.

    Returns
    -------
    DataFrame
        One row per source, largest balance first: ``source_kind, source_id, borrowers_count, balance_yuan,
        affected_count, affected_yuan, unknown_count, unknown_yuan``. Empty when no borrower has a known source.

    Examples
    --------
    >>> members = pd.DataFrame({"source_kind": "core", "source_id": "H1", "customer_id": ["C1", "C2", "C3"],
    ...                         "income_share": [0.5, 0.2, np.nan], "balance_yuan": [3e5, 2e5, 1e5]})
    >>> stress = StressPolicy(stop_days=90, coverage_months=12, dependence_share=0.5, pd_low=0.2, pd_high=0.4,
    ...                       lgd_low=0.4, lgd_high=0.6, correlation={})
    >>> affected_balances(members, stress=stress)[["affected_yuan", "unknown_yuan"]].iloc[0].tolist()
    [300000.0, 100000.0]
    """
    return _totals(_marked(members, stress), ["affected", "unknown"])


def loss_if_stopped(members: pd.DataFrame, cash: pd.DataFrame, *, stress: StressPolicy) -> pd.DataFrame:
    r"""Estimate the loss if each source pays nothing for ninety days (断供90天预计损失).

    A borrower runs out of cash (现金断档) when coverage over twelve months falls below one:

    .. math::

        \kappa_c = \frac{b + 12\,(i - o) - m\, s\, \big(i - (o - f)\big)}{D}, \qquad
        L = \sum_{c \text{ affected},\, \kappa_c < 1} B_c \times PD \times LGD

    with buffer b, monthly inflow i, outflow o, of which f runs on, yearly debt service D, income share s and m
    months of stop: income falls away with the costs that move with it, fixed costs stay. A season that fails is
    gone for the year: m is 12 there, s the season's share of it.

    Parameters
    ----------
    members : DataFrame
        Result of `source_members`. Not modified.
    cash : DataFrame
        Result of `income.cash_positions`.
    stress : StressPolicy
        Uses ``stop_days, coverage_months, dependence_share, pd_low, pd_high, lgd_low, lgd_high``.

    Returns
    -------
    DataFrame
        The columns of `affected_balances`, and of the affected

        - ``gap_count, gap_yuan``: borrowers out of cash and their balance
        - ``untested_count, untested_yuan``: affected borrowers without cash flows on file, in no loss
        - ``loss_low_yuan, loss_high_yuan``: the gap's balance times PD and LGD, low and high

    Notes
    -----
    Without account flows only `affected_balances` can be said. A guarantor pays no income: for it the test asks
    whether the borrowers stand without help. PD and LGD are policy, not measured; history in which the source never
    stopped says nothing about its stop.

    Examples
    --------
    >>> members = pd.DataFrame({"source_kind": "core", "source_id": "H1", "customer_id": ["C1", "C2"],
    ...                         "income_share": [0.8, 0.6], "balance_yuan": [3e5, 2e5]})
    >>> cash = pd.DataFrame({"customer_id": ["C1", "C2"], "buffer_yuan": [1e4, 9e5], "inflow_month_yuan": [1e5, 1e5],
    ...     "outflow_month_yuan": [9e4, 9e4], "fixed_month_yuan": [3e4, 3e4], "debt_service_yuan": [1.2e5, 8e4]})
    >>> stress = StressPolicy(stop_days=90, coverage_months=12, dependence_share=0.5, pd_low=0.2, pd_high=0.4,
    ...                       lgd_low=0.4, lgd_high=0.6, correlation={})
    >>> loss_if_stopped(members, cash, stress=stress)[["gap_yuan", "loss_low_yuan", "loss_high_yuan"]].iloc[0].tolist()
    [300000.0, 24000.0, 72000.0]
    """
    marked = _marked(members, stress)
    coverage = stopped_coverages(marked, cash, stress=stress)
    marked["gap"] = marked["affected"] & (coverage < 1.0)
    marked["untested"] = marked["affected"] & coverage.isna()
    losses = _totals(marked, ["affected", "unknown", "gap", "untested"])
    losses["loss_low_yuan"] = losses["gap_yuan"] * stress.pd_low * stress.lgd_low
    losses["loss_high_yuan"] = losses["gap_yuan"] * stress.pd_high * stress.lgd_high
    return losses


def stopped_coverages(members: pd.DataFrame, cash: pd.DataFrame, *, stress: StressPolicy) -> pd.Series:
    """Return each member's coverage if its source stops (see `loss_if_stopped`); missing without cash flows."""
    told_apart(cash, key=["customer_id"], table="cash")
    year = members[["customer_id"]].merge(cash, on="customer_id", how="left")
    share = np.where(members["source_kind"] == "guarantor", 0.0, members["income_share"])
    season = members["source_kind"].to_numpy() == "season"
    stopped = np.where(season, MONTHS_PER_YEAR, stress.stop_days / DAYS_PER_MONTH)
    inflow, outflow = year["inflow_month_yuan"], year["outflow_month_yuan"]
    lost = stopped * share * (inflow - (outflow - year["fixed_month_yuan"]))
    left = year["buffer_yuan"] + stress.coverage_months * (inflow - outflow) - lost
    due = year["debt_service_yuan"] * stress.coverage_months / MONTHS_PER_YEAR
    return pd.Series((left / due).to_numpy(), index=members.index, name="coverage_ratio")


EXPOSURES = {
    "source_kind": "str",
    "source_id": "str",
    "customers_count": "int64",
    "loans_count": "int64",
    "balance_yuan": "float64",
    "exits_yuan": "float64",
    "overdue_30_yuan": "float64",
    "largest_yuan": "float64",
    "payables_yuan": "float64",
}
LATE_DAYS = 30


def source_exits(claims: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    r"""Add up what left bad or late within a year of those who hang on each source.

    Answers "may the room that a write-off leaves under a cap be lent again?" It may not: the source that did not repay
    has used it. So :math:`W_q` counts against the cap of source q for a year beside the balance.

    Parameters
    ----------
    claims : DataFrame
        `source_members` of the ledger with what left (`loans.with_exits`). Not modified, nor is the other.
    members : DataFrame
        `source_members` of the ledger as it stands.

    Returns
    -------
    DataFrame
        ``source_kind, source_id, exits_yuan``, one row per source of `claims`, by both keys.

    Examples
    --------
    >>> whole = pd.DataFrame({"source_kind": "core", "source_id": "H1", "balance_yuan": [3e5, 2e5]})
    >>> source_exits(whole, whole.head(1))["exits_yuan"].to_list()
    [200000.0]
    """
    owed, held = (rows.groupby(KEYS, observed=True)["balance_yuan"].sum() for rows in (claims, members))
    left = owed.astype("float64") - held.astype("float64").reindex(owed.index).fillna(0.0)
    return left.clip(lower=0.0).round(2).rename("exits_yuan").reset_index().sort_values(KEYS, ignore_index=True)


def source_exposures(
    members: pd.DataFrame,
    loans: pd.DataFrame,
    shares: pd.DataFrame | None = None,
    exits: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Add up what hangs on each source (来源敞口): the one definition of exposure, for a branch as for the bank.

    .. math:: E_q = \sum_{c \in q} B_c + W_q, \qquad E_q^{bank} = \sum_{branches} E_q

    A borrower's whole balance counts, to each of its sources in full, and what left bad within a year beside it.

    Parameters
    ----------
    members : DataFrame
        Result of `source_members`. Not modified, nor is any other frame.
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan, overdue_days``; those with a balance count.
    shares : DataFrame, optional
        Result of `income.income_shares`: what each core came to owe customers in a year, borrowers or not.
    exits : DataFrame, optional
        Result of `source_exits`.

    Returns
    -------
    DataFrame
        One row per source, by both keys: ``source_kind, source_id``; ``customers_count, loans_count, balance_yuan``,
        ``exits_yuan`` (left bad within a year), ``overdue_30_yuan`` (more than 30 days late) of those who hang on it;
        ``largest_yuan`` (balance of the largest borrower); ``payables_yuan`` (a year's, of cores). A core that pays
        customers without a loan has a row of zeros.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": [2e5, 1e5],
    ...                       "overdue_days": [0, 40], "core_id": "H1"})
    >>> found = source_exposures(source_members(loans), loans)
    >>> found[["customers_count", "balance_yuan", "overdue_30_yuan", "largest_yuan"]].iloc[0].tolist()
    [2.0, 300000.0, 100000.0, 200000.0]
    """
    live = loans[loans["balance_yuan"] > 0]
    late = live["balance_yuan"].astype("float64").where(live["overdue_days"] > LATE_DAYS, 0.0)
    own = pd.DataFrame({"customer_id": live["customer_id"].astype("str"), "loans_count": 1, "overdue_30_yuan": late})
    rows = members[[*KEYS, "customer_id", "balance_yuan"]].merge(
        own.groupby("customer_id", as_index=False, observed=True).sum(), on="customer_id"
    )
    rows = rows.assign(customers_count=1, largest_yuan=rows["balance_yuan"])
    how = {"largest_yuan": "max"} | dict.fromkeys(
        ("customers_count", "loans_count", "balance_yuan", "overdue_30_yuan"), "sum"
    )
    found = rows.groupby(KEYS, observed=True).agg(how)
    if exits is not None:
        left = exits[exits["exits_yuan"] > 0].astype(dict.fromkeys(KEYS, "str"))
        found = found.join(left.set_index(KEYS)["exits_yuan"], how="outer")
    found = found.reindex(columns=[*how, "exits_yuan"])
    paid = pd.Series(dtype="float64") if shares is None else shares.groupby("core_id", observed=True)["paid_yuan"].sum()
    paid.index = pd.MultiIndex.from_product([["core"], paid.index.astype("str")], names=KEYS)
    joined = found.join(paid[paid > 0].rename("payables_yuan"), how="outer").fillna(0.0)
    return joined.reset_index().sort_values(KEYS)[list(EXPOSURES)].astype(EXPOSURES).reset_index(drop=True)


ELSEWHERE = ["source_kind", "source_id", "others_yuan", "others_payables_yuan", "others_state"]


def exposures_elsewhere(exposures: pd.DataFrame, *, branch: str, fewest: int, dominance_share: float) -> pd.DataFrame:
    """Tell a branch what all other branches have on its sources: one number, no branch and no customer.

    Parameters
    ----------
    exposures : DataFrame
        Results of `source_exposures` of all branches below one another, with ``branch_id``. Not modified.
    branch : str
        Whose sources are told.
    fewest : int
        Fewer borrowers elsewhere than this could be made out (policy, ``quality.minimum_peers_count``).
    dominance_share : float
        So could one who has more than this part of it (``quality.dominance_share``).

    Returns
    -------
    DataFrame
        One row per source of the branch: ``others_yuan`` (balance, and what left bad within a year),
        ``others_payables_yuan`` (0 where held back),
        ``others_state``: ``none``, ``told``, or ``held_back`` (borrowers could be made out: `source_headroom` tells it
        in coarse steps only).

    Examples
    --------
    >>> rows = pd.DataFrame({"source_kind": "core", "source_id": "H1", "branch_id": ["0755", "0995"],
    ...     "customers_count": [9, 6], "balance_yuan": [9e6, 6e6], "largest_yuan": [2e6, 1e6], "payables_yuan": 0.0})
    >>> exposures_elsewhere(rows, branch="0755", fewest=5, dominance_share=0.7)[["others_yuan", "others_state"]
    ...     ].to_numpy().tolist()
    [[6000000.0, 'told']]
    """
    mine = exposures["branch_id"] == branch
    sums = {"customers_count": "sum", "balance_yuan": "sum", "payables_yuan": "sum", "largest_yuan": "max"}
    left = exposures.get("exits_yuan", 0.0)
    owed = exposures.assign(balance_yuan=exposures["balance_yuan"] + left)
    others = owed[~mine].groupby(KEYS, observed=True).agg(sums).reset_index()
    found = exposures.loc[mine, KEYS].merge(others, on=KEYS, how="left")
    found = found.fillna(dict.fromkeys(sums, 0.0)).sort_values(KEYS)
    few = (found["customers_count"] < fewest) | (found["largest_yuan"] > dominance_share * found["balance_yuan"])
    state = np.select([found["balance_yuan"] <= 0, few], ["none", "held_back"], "told")
    found = found.assign(others_state=pd.Series(state, index=found.index, dtype="str"))
    payables = found["payables_yuan"].where(found["others_state"] == "told", 0.0)
    found = found.assign(others_yuan=found["balance_yuan"], others_payables_yuan=payables)
    return found[ELSEWHERE].reset_index(drop=True)


#: from this part of its cap on a source is near it
NEAR_SHARE = 0.9


@measure(optional=("core_enterprises", "guarantees"))
def source_headroom(
    balances: pd.DataFrame,
    core_enterprises: pd.DataFrame | None = None,
    guarantees: pd.DataFrame | None = None,
    elsewhere: pd.DataFrame | None = None,
    *,
    cap_yuan: float,
    step_share: float = 0.0,
    worth_ratio: float | None = None,
    fewest_count: int = 0,
) -> pd.DataFrame:
    r"""Set the whole bank's exposure to each source against its cap; what is left is left for all branches together.

    .. math:: H = C - (D + B_{own} + W_{own} + B_{others})

    with :math:`W` what left bad within a year (`source_exits`): writing off frees no room.

    Parameters
    ----------
    balances : DataFrame
        Result of `affected_balances` or `loss_if_stopped`, of one branch; ``exits_yuan`` where something left bad. Not
        modified, nor is any other frame.
    core_enterprises : DataFrame[core_enterprises], optional
        Gives a core's own cap and our direct exposure to it.
    guarantees : DataFrame[guarantees], optional
        Says who guarantees as a person: a person has no room to be lent against; and what a guarantor owns.
    elsewhere : DataFrame, optional
        Result of `exposures_elsewhere`; without it a branch stands for the bank.
    cap_yuan : float
        Policy's cap for sources that have none of their own (``limits.source_cap_yuan``).
    step_share : float
        What is held back is told in steps of this part of the cap, rounded up (``limits.held_back_step_share``).
    worth_ratio : float, optional
        A guarantor of many is worth at most this many times what they own (``review.guarantee_ratio``): the smallest
        net worth on file times it is the cap, where it is below the policy's. Without it worth is not looked at.
    fewest_count : int
        Borrowers from which a guarantor is capped so (``quality.minimum_peers_count``); those of fewer are looked at
        loan by loan (`guarantees.guarantee_burdens`).

    Returns
    -------
    DataFrame
        The rows given, with ``direct_yuan`` (0 when none), ``exits_yuan`` (own, left bad within a year),
        ``others_yuan`` and ``others_state`` (all other branches), ``exposure_yuan`` (全行敞口: own balance and exits,
        others' and direct exposure together: a source's default hits all),
        ``cap_yuan``, ``cap_basis`` (own, policy, worth, or none: a person), ``headroom_yuan`` (全行剩余; below
        zero where the cap is exceeded), ``used_share``, ``state``: ``over``, ``near`` (from nine tenths), ``within``,
        ``no_cap``.

    Examples
    --------
    >>> balances = pd.DataFrame({"source_kind": ["core"], "source_id": ["H1"], "balance_yuan": [6e6]})
    >>> cores = pd.DataFrame({"core_id": ["H1"], "cap_yuan": [1e7], "direct_exposure_yuan": [5e6]})
    >>> source_headroom(balances, cores, cap_yuan=2e7)[["exposure_yuan", "headroom_yuan"]].iloc[0].tolist()
    [11000000.0, -1000000.0]
    """
    own = core_enterprises if core_enterprises is not None else pd.DataFrame(columns=["core_id", "cap_yuan"])
    own = own.drop_duplicates("core_id").set_index("core_id").reindex(columns=["cap_yuan", "direct_exposure_yuan"])
    is_core = balances["source_kind"] == "core"
    caps = balances["source_id"].map(own["cap_yuan"]).where(is_core).astype("float64")
    direct = balances["source_id"].map(own["direct_exposure_yuan"]).where(is_core).astype("float64").fillna(0.0)
    private = (balances["source_kind"] == "guarantor") & balances["source_id"].isin(_persons(guarantees))
    left = balances["exits_yuan"].fillna(0.0) if "exits_yuan" in balances else 0.0
    limit = caps.fillna(float(cap_yuan)).mask(private)
    worth = _worth_caps(balances, guarantees, worth_ratio, fewest_count)
    by_worth = worth.notna() & ~(worth >= limit)
    found = balances.assign(exits_yuan=left, direct_yuan=direct, cap_yuan=limit.mask(by_worth, worth))
    found["cap_basis"] = np.select([by_worth, private, caps.notna()], ["worth", "none", "own"], "policy")
    found = _with_others(found, elsewhere, step_share)
    parts = ["balance_yuan", "exits_yuan", "direct_yuan", "others_yuan"]
    found["exposure_yuan"] = found[parts].sum(axis="columns")
    found["headroom_yuan"] = found["cap_yuan"] - found["exposure_yuan"]
    found["used_share"] = found["exposure_yuan"] / found["cap_yuan"].where(found["cap_yuan"] > 0)
    states = [found["cap_yuan"].isna(), found["headroom_yuan"] < 0, found["used_share"] >= NEAR_SHARE]
    return found.assign(state=np.select(states, ["no_cap", "over", "near"], "within"))


def _worth_caps(balances: pd.DataFrame, guarantees: pd.DataFrame | None, ratio: float | None, fewest: int) -> pd.Series:
    """Return what each guarantor of many may stand for by their net worth; missing where that is not on file."""
    missing = pd.Series(np.nan, index=balances.index, dtype="float64")
    if ratio is None or guarantees is None or guarantees.empty or "net_worth_yuan" not in guarantees:
        return missing
    worth = guarantees.groupby("guarantor_id", observed=True)["net_worth_yuan"].min().astype("float64").clip(lower=0.0)
    many = balances["borrowers_count"] >= fewest if "borrowers_count" in balances else True
    is_one = (balances["source_kind"] == "guarantor") & many
    return balances["source_id"].map(worth).astype("float64").where(is_one) * ratio


def _persons(guarantees: pd.DataFrame | None) -> set[str]:
    if guarantees is None or guarantees.empty:
        return set()
    return set(guarantees.loc[guarantees["kind"] == "person", "guarantor_id"])


def _with_others(found: pd.DataFrame, elsewhere: pd.DataFrame | None, step_share: float) -> pd.DataFrame:
    """Add what other branches have; what is held back in whole steps of the cap, and nothing where there is no cap."""
    if elsewhere is None:
        return found.assign(others_yuan=0.0, others_payables_yuan=0.0, others_state="none")
    joined = found.astype(dict.fromkeys(KEYS, "str")).merge(elsewhere, on=KEYS, how="left").set_axis(found.index)
    held, step = joined["others_state"] == "held_back", joined["cap_yuan"] * step_share
    coarse = (np.ceil(joined["others_yuan"] / step.where(step > 0)) * step).fillna(0.0)
    return joined.assign(
        others_yuan=joined["others_yuan"].where(~held, coarse).fillna(0.0),
        others_payables_yuan=joined["others_payables_yuan"].fillna(0.0),
        others_state=joined["others_state"].fillna("none"),
    )


def _marked(members: pd.DataFrame, stress: StressPolicy) -> pd.DataFrame:
    share = members["income_share"]
    return members.assign(affected=share >= stress.dependence_share, unknown=share.isna()).reset_index(drop=True)


def _totals(marked: pd.DataFrame, marks: Iterable[str]) -> pd.DataFrame:
    balance = marked["balance_yuan"]
    columns = {"borrowers_count": 1, "balance_yuan": balance}
    for mark in marks:
        columns |= {f"{mark}_count": marked[mark].astype("int64"), f"{mark}_yuan": balance.where(marked[mark], 0.0)}
    rows = marked[KEYS].assign(**columns)
    totals = rows.groupby(KEYS, as_index=False, observed=True).sum()
    return totals.sort_values(["balance_yuan", *KEYS], ascending=[False, True, True]).reset_index(drop=True)

"""Lending along a chain: control ladder (控制等级), core caps, legal payment terms, coverage (确权), lending off-core.

What a core owes and how it pays is measured in `microlib.metrics.payables`; scenes and joint lists stand in
`scenes`.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.bank.branch import branch_names
from microlib.bank.store import Store
from microlib.bank.sums.bank_wide import bank_exits, common_guarantors, source_rows
from microlib.contracts.policy import Policy, SupplyPolicy
from microlib.design.business_evidence import supplier_limits
from microlib.design.decisions import decision_frame
from microlib.design.terms import Place, day_at, home_at, read_at
from microlib.errors import NeedsColumn, NobodyOutside
from microlib.metrics.income import income_shares
from microlib.metrics.loans import with_exits
from microlib.metrics.segments import customer_evidence
from microlib.metrics.sources import NEAR_SHARE, source_exits, source_exposures, source_members
from microlib.stats.grouping import one_row, told_apart
from microlib.units import MONTHS_PER_YEAR

LADDER = ("none", "collected", "notified", "registered", "acknowledged")
PAIR = ["core_id", "customer_id"]


def control_levels(
    payable_loans: pd.DataFrame, core_payables: pd.DataFrame, captures: pd.DataFrame, *, policy: SupplyPolicy
) -> pd.DataFrame:
    """Find how far up the ladder each supplier with a loan stands; a rung counts only if it holds for all its loans.

    Parameters
    ----------
    payable_loans : DataFrame[payable_loans]
        Uses ``payable_id, notified_date, registered_date``. Not modified.
    core_payables : DataFrame[core_payables]
        Uses ``payable_id, core_id, customer_id, acknowledged_date``.
    captures : DataFrame
        Result of `payables.capture_rates` within ``pair_id`` or ``core_id``: measure ``captured``.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core and supplier with a loan on payables: ``payables_count``; ``notified_share, registered_share,
        acknowledged_share`` (of them); ``captured_low`` (lower bound of the core's capture rate, missing without
        receipts); ``control_level``: the highest of ``acknowledged`` (all registered, at least half acknowledged),
        ``registered`` (all registered), ``notified`` (all notified), ``collected`` (capture bound past policy) and
        ``none``.
    """
    rows = payable_loans.merge(core_payables[["payable_id", *PAIR, "acknowledged_date"]], on="payable_id")
    marks = rows[PAIR].assign(
        payables_count=1,
        notified_share=rows["notified_date"].notna(),
        registered_share=rows["registered_date"].notna(),
        acknowledged_share=rows["acknowledged_date"].notna(),
    )
    shares = {name: (name, "mean") for name in ("notified_share", "registered_share", "acknowledged_share")}
    found = marks.groupby(PAIR, as_index=False, observed=True).agg(payables_count=("payables_count", "sum"), **shares)
    held = captures[captures["measure"] == "captured"].set_index("core_id")["share_low"]
    found["captured_low"] = found["core_id"].map(held).astype("float64")
    registered = found["registered_share"] == 1
    rungs = [
        registered & (found["acknowledged_share"] >= 0.5),
        registered,
        found["notified_share"] == 1,
        found["captured_low"] >= policy.least_capture_share,
    ]
    return found.assign(control_level=np.select(rungs, LADDER[:0:-1], "none"))


def ladder_summary(levels: pd.DataFrame, *, policy: SupplyPolicy) -> pd.DataFrame:
    """Count suppliers on each rung of each core's ladder, with the advance that the policy gives there.

    Returns
    -------
    DataFrame
        ``core_id, control_level`` (from the top), ``suppliers_count, payables_count, advance_share``.
    """
    found = levels.groupby(["core_id", "control_level"], as_index=False, observed=True).agg(
        suppliers_count=("customer_id", "nunique"), payables_count=("payables_count", "sum")
    )
    found["advance_share"] = found["control_level"].map(policy.advance).astype("float64")
    order = found["control_level"].map({level: -rank for rank, level in enumerate(LADDER)})
    return found.assign(order=order).sort_values(["core_id", "order"]).drop(columns="order").reset_index(drop=True)


def supplier_lines(
    levels: pd.DataFrame,
    receivables: pd.DataFrame,
    shares: pd.DataFrame,
    source_members: pd.DataFrame,
    *,
    caps: pd.DataFrame,
    policy: SupplyPolicy,
) -> pd.DataFrame:
    r"""Size each supplier's line on its core: advance by rung, dependence, a cap for each and the core's headroom.

    .. math:: L_s = \min\left(a_s (1 - d_s) R_s,\; c\right) \cdot \min\left(1, \frac{H}{\sum_s \cdot}\right)

    with :math:`R_s` receivables that are not yet due, :math:`d_s` dilution, :math:`a_s` the rung's advance, less for a
    supplier above the policy's dependence, c the cap of one and H what the core's cap leaves beside its own loans,
    other branches' suppliers, what left bad within a year and those here who have no line: their loans stay.

    Parameters
    ----------
    levels : DataFrame
        Result of `control_levels`. Not modified, nor is any other frame.
    receivables : DataFrame
        Result of `business_evidence.supplier_receivables`, by customer: ``base_yuan, dilution_share``.
    shares : DataFrame
        Result of `income.income_shares`.
    source_members : DataFrame
        Result of ``metrics.sources.source_members``: who hangs on each core with what balance.
    caps : DataFrame
        Result of `core_caps`: ``core_id, proposed_cap_yuan, direct_yuan, others_yuan``, ``exits_yuan`` where there are
        any.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core and supplier: ``control_level, payable_yuan, dilution_share, income_share, advance_share,
        advance_yuan, single_yuan, limit_yuan, bound_by`` (``collateral``, ``product``, ``source``).
    """
    rows = levels.merge(receivables[["base_yuan", "dilution_share"]], left_on="customer_id", right_index=True)
    rows = rows.merge(shares[[*PAIR, "income_share"]], on=PAIR, how="left").rename(
        columns={"base_yuan": "payable_yuan"}
    )
    rows["dilution_share"] = rows["dilution_share"].fillna(0.0)
    heavy = rows["income_share"] > policy.dependence_share
    rows["advance_share"] = rows["control_level"].map(policy.advance).astype("float64") * np.where(
        heavy, policy.dependence_factor, 1.0
    )
    known = caps.set_index("core_id")
    held = source_members[source_members["source_kind"] == "core"].rename(columns={"source_id": "core_id"})
    idle = held.merge(rows[PAIR], on=PAIR, how="left", indicator=True).query("_merge == 'left_only'")
    staying = idle.groupby("core_id")["balance_yuan"].sum().reindex(known.index).fillna(0.0)
    taken = known.reindex(columns=["direct_yuan", "exits_yuan", "others_yuan"]).sum(axis="columns") + staying
    room = (known["proposed_cap_yuan"] - taken).clip(lower=0.0)
    parts = [_capped(part, float(room.get(core, np.inf)), policy) for core, part in rows.groupby("core_id", sort=True)]
    found = pd.concat(parts) if parts else rows.assign(advance_yuan=0.0, single_yuan=0.0, limit_yuan=0.0, bound_by="")
    order = [
        *PAIR,
        "control_level",
        "payable_yuan",
        "dilution_share",
        "income_share",
        "advance_share",
        "advance_yuan",
        "single_yuan",
        "limit_yuan",
        "bound_by",
    ]
    return found.sort_values(["core_id", "limit_yuan", "customer_id"], ascending=[True, False, True])[
        order
    ].reset_index(drop=True)


def _capped(part: pd.DataFrame, room: float, policy: SupplyPolicy) -> pd.DataFrame:
    lines = supplier_limits(
        part, advance_share=part["advance_share"], single_cap_yuan=float(policy.single_cap_yuan), core_cap_yuan=room
    )
    return part.join(lines)


LARGEST_PILOT = 1_000


def programme_coverage(core_payables: pd.DataFrame, core_enterprises: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Count the suppliers whose payables a core acknowledges in writing, and their part of deliveries.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, supplier_hash, delivered_date, amount_yuan, acknowledged_date``. Not modified.
    core_enterprises : DataFrame[core_enterprises]
        Uses ``core_id, acknowledgement, programme``.
    as_of : date
        The last twelve months up to it.

    Returns
    -------
    DataFrame
        One row per core: ``acknowledgement, programme, suppliers_count, covered_count`` (with an acknowledged payable),
        ``covered_share`` (of deliveries, by amount), ``outside_count, outside_yuan`` (suppliers without one, their
        deliveries).

    Examples
    --------
    >>> owed = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", "C2"], "supplier_hash": None,
    ...     "delivered_date": pd.to_datetime("2026-03-01"), "amount_yuan": [60.0, 40.0],
    ...     "acknowledged_date": pd.to_datetime(["2026-03-09", None])})
    >>> cores = pd.DataFrame({"core_id": ["H1"], "acknowledgement": ["written"], "programme": ["p"]})
    >>> found = programme_coverage(owed, cores, as_of=date(2026, 6, 30))
    >>> found[["covered_count", "covered_share", "outside_count"]].iloc[0].to_list()
    [1.0, 0.6, 1.0]
    """
    suppliers = _suppliers(core_payables, as_of)
    suppliers["covered"] = suppliers["acknowledged_yuan"] > 0
    found = suppliers.groupby("core_id", observed=True).agg(
        suppliers_count=("supplier", "size"),
        covered_count=("covered", "sum"),
        amount_yuan=("amount_yuan", "sum"),
        acknowledged_yuan=("acknowledged_yuan", "sum"),
    )
    outside = suppliers[~suppliers["covered"]].groupby("core_id", observed=True)["amount_yuan"].agg(["size", "sum"])
    found["covered_share"] = found["acknowledged_yuan"] / found["amount_yuan"].where(found["amount_yuan"] > 0)
    found["outside_count"] = outside["size"].reindex(found.index).fillna(0).astype("int64")
    found["outside_yuan"] = outside["sum"].reindex(found.index).fillna(0.0)
    own = core_enterprises.drop_duplicates("core_id").set_index("core_id")[["acknowledgement", "programme"]]
    order = [
        "core_id",
        "acknowledgement",
        "programme",
        "suppliers_count",
        "covered_count",
        "covered_share",
        "outside_count",
        "outside_yuan",
    ]
    return found.join(own).reset_index()[order]


def outside_suppliers(core_payables: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """List our customers who deliver to a core but hold no acknowledged payable of the last twelve months.

    Returns
    -------
    DataFrame
        ``core_id, customer_id, amount_yuan`` (delivered).
    """
    suppliers = _suppliers(core_payables[core_payables["customer_id"].notna()], as_of)
    rows = suppliers[suppliers["acknowledged_yuan"] == 0].rename(columns={"supplier": "customer_id"})
    return rows[["core_id", "customer_id", "amount_yuan"]].reset_index(drop=True)


def evidence_waterfall(
    outside: pd.DataFrame, gaps: pd.DataFrame, strengths: pd.DataFrame, loans: pd.DataFrame, *, policy: SupplyPolicy
) -> pd.DataFrame:
    """Take away, in order, whoever lacks evidence or fails it: what is left may enter a pilot without the core's word.

    Parameters
    ----------
    outside : DataFrame
        Result of `outside_suppliers`. Not modified, nor is any other frame.
    gaps : DataFrame
        Result of `trade.gaps_with_invoices`: who let us see invoices, and the running gap.
    strengths : DataFrame
        Result of `chain.strengths_without_core`.
    loans : DataFrame[loans]
        Uses ``customer_id, overdue_days``.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per rule in order: ``rule, entering_count, failing_count, remaining_count``; rules ``all_outside``,
        ``invoices_seen``, ``flows_match``, ``no_arrears``, ``not_hanging`` (known to hang on the core: out).

    Raises
    ------
    NobodyOutside
        If the programmes reach everybody.
    """
    ids = pd.Index(outside["customer_id"].unique())
    if ids.empty:
        raise NobodyOutside(
            "every supplier of a core that is not stopped holds an acknowledged payable", fix="leave the variant out"
        )
    matched = gaps.set_index("customer_id")["running_gap_share"].groupby(level=0).max()
    late = set(loans.loc[loans["overdue_days"] > 0, "customer_id"])
    hanging = set(strengths.loc[strengths["standing"] == "hangs_on_core", "customer_id"])
    tests = {
        "all_outside": np.ones(len(ids), bool),
        "invoices_seen": ids.isin(matched.index),
        "flows_match": (matched.reindex(ids) <= policy.gap_share).to_numpy(),
        "no_arrears": ~ids.isin(list(late)),
        "not_hanging": ~ids.isin(list(hanging)),
    }
    rows, kept = [], np.ones(len(ids), bool)
    for rule, passes in tests.items():
        entering = int(kept.sum())
        kept = kept & passes
        rows.append((rule, entering, entering - int(kept.sum()), int(kept.sum())))
    return pd.DataFrame(rows, columns=["rule", "entering_count", "failing_count", "remaining_count"])


def pilot_sizes(
    shrunk: pd.DataFrame, *, typical_yuan: float, lgd_share: float, passing_count: int, policy: SupplyPolicy
) -> pd.DataFrame:
    r"""Find how many loans a pilot needs to be stopped in time, and how many it may hold for its budget of loss.

    With a stop rule "stop at the k-th default" and the true rate :math:`p_b` at which it must stop:

    .. math:: n^* = \min\{n : P(\mathrm{Bin}(n, p_b) \ge k) \ge \pi\}, \qquad
        n_{max} = \left\lfloor \frac{W}{p_{up}\, LGD\, L} \right\rfloor

    with k the fewest defaults that the mean rate makes unlikely (no more than one in five) at that n, W the budget, L
    the typical line and :math:`p_{up}` the upper default rate.

    Parameters
    ----------
    shrunk : DataFrame
        One row of `shrinkage.shrink_rates`: ``shrunk_rate, shrunk_upper``. Not modified.
    typical_yuan, lgd_share : float
    passing_count : int
        How many pass the evidence.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row: ``stop_count`` (k), ``needed_count`` (to learn), ``budget_count`` (for the loss), ``passing_count``,
        ``pilot_count`` and ``pilot_yuan``; ``bound_by``: ``evidence``, ``budget``, or ``too_small`` (what is left
        cannot tell a bad pilot from a good one: watch each loan instead).

    Examples
    --------
    >>> from microlib.design.supply import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> rates = pd.DataFrame({"shrunk_rate": [0.01], "shrunk_upper": [0.02]})
    >>> pilot_sizes(rates, typical_yuan=3e5, lgd_share=0.4, passing_count=60, policy=policy)[
    ...     ["stop_count", "needed_count", "pilot_count", "bound_by"]].to_numpy().tolist()
    [[2, 37, 60, 'evidence']]
    """
    rates = one_row(shrunk, "shrunk")
    mean, upper = float(rates["shrunk_rate"]), float(rates["shrunk_upper"])
    stop, needed = _smallest(mean, policy)
    budget = int(policy.pilot_loss_yuan // max(upper * lgd_share * typical_yuan, 1.0))
    count = min(budget, passing_count)
    bound = "too_small" if count < needed else "budget" if budget < passing_count else "evidence"
    return pd.DataFrame(
        [
            {
                "stop_count": stop,
                "needed_count": needed,
                "budget_count": budget,
                "passing_count": passing_count,
                "pilot_count": count,
                "pilot_yuan": count * typical_yuan,
                "bound_by": bound,
            }
        ]
    )


def _smallest(mean: float, policy: SupplyPolicy) -> tuple[int, int]:
    """Return the stop count and the smallest pilot that reaches the power with few false stops."""
    sizes = np.arange(1, LARGEST_PILOT + 1)
    for stop in range(2, 50):
        caught = binom.sf(stop - 1, sizes, policy.pilot_bad_rate) >= policy.pilot_power
        if caught.any():
            size = int(sizes[caught.argmax()])
            if binom.sf(stop - 1, size, mean) <= 1 - policy.pilot_power:
                return stop, size
    return 50, LARGEST_PILOT


def _suppliers(core_payables: pd.DataFrame, as_of: date) -> pd.DataFrame:
    end = pd.Timestamp(as_of)
    days = core_payables["delivered_date"]
    rows = core_payables[(days <= end) & (days > end - pd.DateOffset(months=MONTHS_PER_YEAR))]
    supplier = rows["customer_id"].astype(object).fillna(rows["supplier_hash"])
    agreed = rows["acknowledged_date"].notna() & (rows["acknowledged_date"] <= end)
    rows = rows.assign(supplier=supplier, acknowledged_yuan=rows["amount_yuan"].where(agreed, 0.0))
    keys = ["core_id", "supplier"]
    return rows.groupby(keys, as_index=False, observed=True)[["amount_yuan", "acknowledged_yuan"]].sum()


def passing_count(steps: pd.DataFrame) -> int:
    """Return how many are left at the end of `evidence_waterfall`."""
    return int(steps["remaining_count"].iloc[-1])


CORE_CAP_COLUMNS = [
    "core_id",
    "direct_yuan",
    "balance_yuan",
    "exits_yuan",
    "others_yuan",
    "exposure_yuan",
    "payables_yuan",
    "cap_yuan",
    "proposed_cap_yuan",
    "proposed_headroom_yuan",
    "proposed_used_share",
    "proposed_state",
]
BOOKS = [
    "core_id",
    "corporate_yuan",
    "small_yuan",
    "affected_yuan",
    "suppliers_loss_yuan",
    "loss_low_yuan",
    "loss_high_yuan",
]


def core_caps(
    headrooms: pd.DataFrame, core_payables: pd.DataFrame, *, as_of: date, policy: SupplyPolicy
) -> pd.DataFrame:
    r"""Set the whole bank's exposure to each core beside its cap and the cap that its payables to suppliers support.

    .. math:: E = E_{direct} + \sum_s B_s + W + B_{others}, \qquad C^* = \min\left(C,\; E_{direct} + a P_{12}\right)

    with :math:`B_s` the balance of suppliers here, :math:`W` what left bad of them within a year, :math:`B_{others}`
    that of all other branches' (one number), :math:`C` the cap in force, :math:`P_{12}` a year's payables to our
    suppliers, here and elsewhere, and :math:`a` the policy's part of these. The exposure is that of
    ``metrics.sources.source_headroom`` to the yuan.

    Parameters
    ----------
    headrooms : DataFrame
        Result of ``metrics.sources.source_headroom``; rows of cores are used. Not modified.
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, delivered_date, amount_yuan``.
    as_of : date
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core, the least headroom first: ``direct_yuan, balance_yuan`` (here), ``others_yuan`` (all other
        branches), ``exits_yuan`` (here, left bad within a year), ``exposure_yuan`` (of the whole bank),
        ``payables_yuan``, ``cap_yuan`` (in force: by it sources are judged), ``proposed_cap_yuan``; and if that were
        the cap, ``proposed_headroom_yuan, proposed_used_share, proposed_state`` (``over``, ``near`` from nine tenths,
        ``within``).

    Raises
    ------
    NeedsColumn
        If nobody said what left bad: unknown is no zero.
    """
    if "exits_yuan" not in headrooms:
        fix = "take the result of source_headroom, which counts what left bad"
        raise NeedsColumn("the headrooms lack exits_yuan", tables=["headrooms.exits_yuan"], fix=fix)
    rows = headrooms[headrooms["source_kind"] == "core"].rename(columns={"source_id": "core_id"})
    end = pd.Timestamp(as_of)
    recent = core_payables[core_payables["delivered_date"] > end - pd.DateOffset(months=MONTHS_PER_YEAR)]
    owed = recent[recent["customer_id"].notna()].groupby("core_id", observed=True)["amount_yuan"].sum()
    payables = rows["core_id"].map(owed).fillna(0.0).astype("float64") + rows["others_payables_yuan"]
    proposed = np.minimum(rows["cap_yuan"], rows["direct_yuan"] + policy.payables_share * payables)
    found = rows.assign(payables_yuan=payables, proposed_cap_yuan=proposed.where(payables > 0, rows["cap_yuan"]))
    cap = found["proposed_cap_yuan"]
    used = found["exposure_yuan"] / cap.where(cap > 0)
    state = np.select([used > 1, used >= NEAR_SHARE], ["over", "near"], "within")
    found = found.assign(
        proposed_headroom_yuan=cap - found["exposure_yuan"], proposed_used_share=used, proposed_state=state
    )
    return found.sort_values(["proposed_headroom_yuan", "core_id"])[CORE_CAP_COLUMNS].reset_index(drop=True)


def two_books(headrooms: pd.DataFrame, *, lgd_share: float) -> pd.DataFrame:
    """Say what a core's default costs in the corporate book and in the small-business book, each yuan once.

    Parameters
    ----------
    headrooms : DataFrame
        Result of ``metrics.sources.source_headroom`` on `sources.loss_if_stopped`. Not modified.
    lgd_share : float
        Loss given default of the core's own loans.

    Returns
    -------
    DataFrame
        One row per core with either: ``corporate_yuan`` (its own loans), ``small_yuan`` (suppliers' loans),
        ``affected_yuan`` (of these, who depend on it), ``suppliers_loss_yuan`` (high case, suppliers alone),
        ``loss_low_yuan, loss_high_yuan`` (the core's own loans at
        `lgd_share`, plus the suppliers' loss; missing where suppliers' cash is unknown).

    Examples
    --------
    >>> rows = pd.DataFrame({"source_kind": ["core"], "source_id": ["H1"], "direct_yuan": [100.0],
    ...     "balance_yuan": [50.0], "affected_yuan": [40.0], "loss_low_yuan": [4.0], "loss_high_yuan": [9.0]})
    >>> two_books(rows, lgd_share=0.5)[["loss_low_yuan", "loss_high_yuan"]].iloc[0].to_list()
    [54.0, 59.0]
    """
    rows = headrooms[headrooms["source_kind"] == "core"]
    own = rows["direct_yuan"] * lgd_share
    found = pd.DataFrame(
        {
            "core_id": rows["source_id"],
            "corporate_yuan": rows["direct_yuan"],
            "small_yuan": rows["balance_yuan"],
            "affected_yuan": rows["affected_yuan"],
            "suppliers_loss_yuan": rows.get("loss_high_yuan", np.nan),
            **{name: own + rows.get(name, np.nan) for name in ("loss_low_yuan", "loss_high_yuan")},
        }
    )
    return found.sort_values("core_id")[BOOKS].reset_index(drop=True)


def bad_news(core_enterprises: pd.DataFrame) -> pd.DataFrame:
    """Return when public bad news of each core was last put on file: ``core_id, bad_news_date`` (missing: none)."""
    return core_enterprises.reindex(columns=["core_id", "bad_news_date"]).drop_duplicates("core_id")


LEGAL_TERM_COLUMNS = ["core_id", "kind", "contract_days", "legal_days", "legal_basis", "beyond_days"]


def legal_terms(core_enterprises: pd.DataFrame, *, policy: SupplyPolicy) -> pd.DataFrame:
    """Say the legal term of payment of each core.

    Public bodies and institutions (public hospitals) pay within the public term, longer only by contract and at most
    the contractual one; large firms within the large firms' term; to others the rule does not apply.

    Parameters
    ----------
    core_enterprises : DataFrame[core_enterprises]
        Uses ``core_id, kind, size, ownership, contract_terms_days``. Not modified.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core: ``kind, contract_days``; ``legal_days`` (missing where the rule does not apply or size and
        ownership are unknown); ``legal_basis``: ``public_body``, ``public_by_contract``, ``large_firm``,
        ``not_applicable``, ``unknown``; ``beyond_days``: by how much the contract exceeds the law (missing where not).

    Examples
    --------
    >>> from microlib.design.supply import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> cores = pd.DataFrame({"core_id": ["H1", "H2", "R1", "M1"], "kind": "hospital",
    ...     "size": ["large", "medium", "large", "small"], "contract_terms_days": [None, 45, 90, 30],
    ...     "ownership": ["public_institution", "public_institution", "state_owned", "private"]})
    >>> legal_terms(cores, policy=policy)["legal_days"].fillna(-1).tolist()
    [30.0, 45.0, 60.0, -1.0]
    """
    contract = core_enterprises["contract_terms_days"].astype("float64")
    public = core_enterprises["ownership"] == "public_institution"
    large = ~public & (core_enterprises["size"] == "large")
    smaller = ~public & core_enterprises["size"].isin(["micro", "small", "medium"])
    by_contract = public & (contract > policy.public_days)
    agreed = contract.clip(upper=policy.public_contract_days)
    legal = pd.Series(np.nan, index=core_enterprises.index)
    legal = (
        legal.mask(public, float(policy.public_days)).mask(by_contract, agreed).mask(large, float(policy.large_days))
    )
    basis = np.select(
        [by_contract, public, large, smaller],
        ["public_by_contract", "public_body", "large_firm", "not_applicable"],
        "unknown",
    )
    beyond = (contract - legal.mask(by_contract, float(policy.public_contract_days))).where(lambda days: days > 0)
    found = core_enterprises[["core_id", "kind"]].assign(
        contract_days=contract, legal_days=legal, legal_basis=basis, beyond_days=beyond
    )
    return found[LEGAL_TERM_COLUMNS].reset_index(drop=True)


def terms_by_core(terms: pd.DataFrame, *, column: str) -> pd.Series:
    """Return one term (``contract_days`` or ``legal_days``) by core, as `payables.paid_within` takes it."""
    return terms.set_index("core_id")[column]


DAYS_PER_YEAR = 360


def early_payment_values(
    core_payables: pd.DataFrame, days: pd.DataFrame, terms: pd.DataFrame, *, as_of: date, policy: SupplyPolicy
) -> pd.DataFrame:
    r"""Reckon what suppliers would save a year if a core paid within the legal term, else within the contractual one.

    .. math:: V = A_{12} \cdot \frac{\max(0, m - t)}{360} \cdot r

    with :math:`A_{12}` a year's deliveries, m the median days now, t the target and r what waiting costs a year.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, delivered_date, amount_yuan``. Not modified, nor is any other frame.
    days : DataFrame
        Result of `payables.days_to_pay`.
    terms : DataFrame
        Result of `legal_terms`.
    as_of : date
    policy : SupplyPolicy
        ``early_rate_low, early_rate_high``.

    Returns
    -------
    DataFrame
        One row per core: ``delivered_yuan`` (a year), ``median_days, target_days, saved_days``,
        ``value_low_yuan, value_high_yuan`` (a year; missing where no target or median is known).

    Examples
    --------
    >>> from microlib.design.supply import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> owed = pd.DataFrame({"core_id": ["H1"], "delivered_date": pd.to_datetime(["2026-03-01"]), "amount_yuan": 3.6e6})
    >>> days = pd.DataFrame({"core_id": ["H1"], "median_days": [100.0]})
    >>> terms = pd.DataFrame({"core_id": ["H1"], "legal_days": [60.0], "contract_days": [60.0]})
    >>> early_payment_values(owed, days, terms, as_of=date(2026, 6, 30), policy=policy)["value_low_yuan"].tolist()
    [16000.0]
    """
    end = pd.Timestamp(as_of)
    when = core_payables["delivered_date"]
    recent = core_payables[(when <= end) & (when > end - pd.DateOffset(months=MONTHS_PER_YEAR))]
    delivered = recent.groupby("core_id", observed=True)["amount_yuan"].sum().rename("delivered_yuan")
    rows = days[["core_id", "median_days"]].merge(delivered, left_on="core_id", right_index=True)
    known = terms.set_index("core_id")
    target = known["legal_days"].fillna(known["contract_days"])
    rows["target_days"] = rows["core_id"].map(target).astype("float64")
    rows["saved_days"] = (rows["median_days"] - rows["target_days"]).clip(lower=0.0)
    waited = rows["delivered_yuan"] * rows["saved_days"] / DAYS_PER_YEAR
    rows["value_low_yuan"], rows["value_high_yuan"] = waited * policy.early_rate_low, waited * policy.early_rate_high
    order = [
        "core_id",
        "delivered_yuan",
        "median_days",
        "target_days",
        "saved_days",
        "value_low_yuan",
        "value_high_yuan",
    ]
    return rows[order].reset_index(drop=True)


def supplier_counts(core_payables: pd.DataFrame, core_enterprises: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Count suppliers by kind of core, for a sheet that leaves the bank: nothing but how many there are.

    Returns
    -------
    DataFrame
        ``kind, customers_count`` (suppliers of the last twelve months, each counted once a kind).
    """
    end = pd.Timestamp(as_of)
    when = core_payables["delivered_date"]
    recent = core_payables[(when <= end) & (when > end - pd.DateOffset(months=MONTHS_PER_YEAR))]
    supplier = recent["customer_id"].astype(object).fillna(recent["supplier_hash"])
    kinds = recent["core_id"].map(core_enterprises.drop_duplicates("core_id").set_index("core_id")["kind"])
    rows = pd.DataFrame({"kind": kinds, "supplier": supplier}).dropna().drop_duplicates()
    return rows.groupby("kind", observed=True).size().rename("customers_count").reset_index()


#: an exposure asks who is paid by whom, not for which part of the income: no income need be known
NO_INCOME = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "income_yuan": 0.0, "income_source": ""})


def branch_exposures(store: Store, *, as_of: date) -> pd.DataFrame:
    """Add up what hangs on each source, branch by branch, by the very functions that a branch's report uses.

    Parameters
    ----------
    store : Store
        The open store; of each branch a few columns are read at a time.
    as_of : date

    Returns
    -------
    DataFrame
        Rows of `sources.source_exposures` with ``branch_id`` before them. The bank's exposure to a source is the sum
        over its branches; for head office's eyes only.
    """
    common, left = common_guarantors(store, as_of=as_of), bank_exits(store, as_of=as_of)
    pieces = []
    for branch in branch_names(store, as_of=as_of):
        rows = source_rows(store, branch=branch, as_of=as_of)
        loans = rows["loans"]
        owed, rosters = rows["core_payables"], rows["venue_rosters"]
        placed = len(rosters) or any(rows[name]["venue_id"].notna().any() for name in ("customers", "loans"))
        shares = income_shares(owed, NO_INCOME, as_of=as_of) if len(owed) else None
        evidence = customer_evidence(rows["customers"], loans, venue_rosters=rosters) if placed else None
        hangs = (shares, evidence, rows["guarantees"], common)
        members = source_members(loans, *hangs)
        exits = source_exits(source_members(with_exits(loans, left), *hangs), members)
        found = source_exposures(members, loans, shares, exits)
        found.insert(0, "branch_id", branch)
        pieces.append(found)
    return pd.concat(pieces, ignore_index=True)


def read_supply_policy(home: Place, *, as_of: date | str) -> SupplyPolicy:
    """Read ``data/policies/supply_chain.toml`` as it stands on a day.

    Raises
    ------
    BadConfig
        If the file is not there, breaks its model, or a value has not begun.

    Examples
    --------
    >>> read_supply_policy(".", as_of="2026-06-30").large_days
    60
    """
    found = home_at(home)
    path = found.config("policies") / "supply_chain.toml"
    return read_at(path, SupplyPolicy, as_of=day_at(as_of), home=found)


STEPS = {"do": "design_product", "stop": "leave_scene", "wait": "gather_evidence"}


def claim_decisions(
    twins: pd.DataFrame, financed: pd.DataFrame, turned: pd.DataFrame, *, policy: Policy, as_of: date
) -> pd.DataFrame:
    """Propose to look into what is open: twin payables, payables beyond worth, receipts that arrived elsewhere.

    Parameters
    ----------
    twins, financed, turned : DataFrame
        Results of `chain.twin_payables`, `chain.financed_payables`, `payables.diverted_receipts`. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.DECISION_COLUMNS``, at most one row: the sum of what is open, the cost what is claimed beyond worth.
    """
    open_twins, open_claims, open_turns = (rows[rows["state"] == "open"] for rows in (twins, financed, turned))
    amount = open_twins["amount_yuan"].sum() + open_claims["excess_yuan"].sum() + open_turns["elsewhere_yuan"].sum()
    if amount <= 0:
        return decision_frame([])
    cost = float(open_twins["amount_yuan"].sum() + open_claims["excess_yuan"].sum())
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.confirm_days))
    return decision_frame(
        [
            (
                "do",
                "whole_branch",
                "look_into_claims",
                amount,
                "micro_manager",
                due,
                cost,
                "open_claims_yuan",
                "below",
                1.0,
            )
        ]
    )


def direct_decisions(caps: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Propose to stop the own line of a core that the register stops as a source of repayment.

    Answers "who stops what the bank lends to the core itself, how much, and by when?" Nothing is judged anew: reason,
    day and overturning figure are those of the register.

    Parameters
    ----------
    caps : DataFrame
        Result of `core_caps`: ``core_id, direct_yuan`` (yuan). Not modified, nor is the other.
    judged : DataFrame
        Result of `judgement.source_judgements`.

    Returns
    -------
    DataFrame
        ``decisions.DECISION_COLUMNS``, one row per stopped core with a line of its own; its cost of waiting is missing.

    Examples
    --------
    >>> caps = pd.DataFrame({"core_id": ["R1", "R2"], "direct_yuan": [3e7, 1e7]})
    >>> judged = pd.DataFrame({"segment": ["R1", "R2"], "state": ["stop", "usable"],
    ...                        "due_date": pd.Timestamp("2026-07-07"),
    ...                        "overturning_measure": "median_low_days", "overturning_side": "below",
    ...                        "overturning_value": 90.0})
    >>> direct_decisions(caps, judged)[["segment", "step", "amount_yuan"]].values.tolist()
    [['R1', 'stop_direct_line', 30000000.0]]
    """
    stops = judged[judged["state"] == "stop"].merge(
        caps[["core_id", "direct_yuan"]], left_on="segment", right_on="core_id"
    )
    return decision_frame(
        [
            (
                *("stop", row.segment, "stop_direct_line", row.direct_yuan, "corporate_manager", row.due_date, np.nan),
                *(row.overturning_measure, row.overturning_side, row.overturning_value),
            )
            for row in stops[stops["direct_yuan"] > 0].itertuples()
        ]
    )


def opportunity_decisions(verdicts: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose per scene, on its whole range: design a product, leave it, or gather evidence first.

    A core behind which nothing new is lent is no opportunity, whatever its money, and one whose suppliers have a
    product already is judged in the register: both are left out here.

    Parameters
    ----------
    verdicts : DataFrame
        Result of `steps.opportunity_verdicts`. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.DECISION_COLUMNS``; the amount is the need at which the scene earns its cost, the cost of waiting
        the result of the low case where it is above zero, else unknown.
    """
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.design_days))
    verdicts = told_apart(verdicts, known=["action"], table="verdicts")
    verdicts = verdicts[~verdicts["action"].isin(["closed", "designed"])]
    rows = [
        (
            "do" if row.action == "do" else "wait",  # a scene that earns nothing is no source that stops
            row.core_id,
            STEPS[row.action],
            row.break_even_yuan,
            "product_manager",
            due,
            row.result_low_yuan if row.action == "do" else float("nan"),
            *_turning(row.action),
        )
        for row in verdicts.itertuples()
    ]
    return decision_frame(rows)


def _turning(action: str) -> tuple[str, str, float]:
    """Return what would overturn: the low result for those worth doing or not yet told, the high one for the rest."""
    if action == "do":
        return "result_low_yuan", "below", 0.0
    return ("result_high_yuan", "above", 0.0) if action == "stop" else ("result_low_yuan", "above", 0.0)

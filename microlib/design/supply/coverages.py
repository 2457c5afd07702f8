"""Whom confirmed programmes (确权) reach and whom not, and lending to those outside on evidence (脱核)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.design.supply.supply_policies import SupplyPolicy
from microlib.errors import NobodyOutside
from microlib.units import MONTHS_PER_YEAR

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
        suppliers_count=("supplier", "size"), covered_count=("covered", "sum"), amount_yuan=("amount_yuan", "sum"),
        acknowledged_yuan=("acknowledged_yuan", "sum"),
    )  # fmt: skip
    outside = suppliers[~suppliers["covered"]].groupby("core_id", observed=True)["amount_yuan"].agg(["size", "sum"])
    found["covered_share"] = found["acknowledged_yuan"] / found["amount_yuan"].where(found["amount_yuan"] > 0)
    found["outside_count"] = outside["size"].reindex(found.index).fillna(0).astype("int64")
    found["outside_yuan"] = outside["sum"].reindex(found.index).fillna(0.0)
    own = core_enterprises.drop_duplicates("core_id").set_index("core_id")[["acknowledgement", "programme"]]
    order = ["core_id", "acknowledgement", "programme", "suppliers_count", "covered_count", "covered_share",
             "outside_count", "outside_yuan"]  # fmt: skip
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
        Result of `match_rules.seen_gaps`: who let us see invoices, and the running gap.
    strengths : DataFrame
        Result of `strengths.strengths_without_core`.
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
        raise NobodyOutside("every supplier here holds an acknowledged payable", fix="leave the variant out")
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
        One row of `shrinkages.shrink_rates`: ``shrunk_rate, shrunk_upper``. Not modified.
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
    >>> from microlib.design.supply.supply_policies import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> rates = pd.DataFrame({"shrunk_rate": [0.01], "shrunk_upper": [0.02]})
    >>> pilot_sizes(rates, typical_yuan=3e5, lgd_share=0.4, passing_count=60, policy=policy)[
    ...     ["stop_count", "needed_count", "pilot_count", "bound_by"]].to_numpy().tolist()
    [[2, 37, 60, 'evidence']]
    """
    mean, upper = float(shrunk["shrunk_rate"].iloc[0]), float(shrunk["shrunk_upper"].iloc[0])
    stop, needed = _smallest(mean, policy)
    budget = int(policy.pilot_loss_yuan // max(upper * lgd_share * typical_yuan, 1.0))
    count = min(budget, passing_count)
    bound = "too_small" if count < needed else "budget" if budget < passing_count else "evidence"
    return pd.DataFrame([{
        "stop_count": stop, "needed_count": needed, "budget_count": budget, "passing_count": passing_count,
        "pilot_count": count, "pilot_yuan": count * typical_yuan, "bound_by": bound,
    }])  # fmt: skip


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

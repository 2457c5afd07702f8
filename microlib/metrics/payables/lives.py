"""How long each payable has waited, and whether it was paid: the lives behind days to pay."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.errors import NotManaged
from microlib.units import MONTHS_PER_YEAR

COLUMNS = {"core_id": "str", "customer_id": "str", "month": "str", "days": "int64", "is_paid": "bool",
           "due_days": "float64", "net_yuan": "float64", "is_disputed": "boolean"}  # fmt: skip


def managed_payables(core_payables: pd.DataFrame, core_enterprises: pd.DataFrame, *, branch: str) -> pd.DataFrame:
    """Keep the payables of cores that a branch manages: a core's payment record is told to nobody else.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Not modified.
    core_enterprises : DataFrame[core_enterprises]
        Uses ``core_id, managing_branch_id``.
    branch : str
        The branch's code.

    Returns
    -------
    DataFrame
        The rows of `core_payables` whose core names the branch.

    Raises
    ------
    NotManaged
        If no core with payables names it: a core without a managing branch is shown to no branch.

    Examples
    --------
    >>> owed = pd.DataFrame({"core_id": ["H1", "H2"], "amount_yuan": [1.0, 2.0]})
    >>> cores = pd.DataFrame({"core_id": ["H1", "H2"], "managing_branch_id": ["0755", None]})
    >>> managed_payables(owed, cores, branch="0755")["core_id"].tolist()
    ['H1']
    """
    mine = core_enterprises.loc[core_enterprises["managing_branch_id"] == branch, "core_id"]
    rows = core_payables[core_payables["core_id"].isin(mine)]
    if rows.empty:
        raise NotManaged("the branch manages no core that owes anybody", where="core_enterprises.managing_branch_id",
                         fix="name the managing branch of each core")  # fmt: skip
    return rows


def payable_lives(core_payables: pd.DataFrame, *, as_of: date, months: int | None = None) -> pd.DataFrame:
    """Count the days from delivery to payment; what is unpaid has waited until `as_of` and is censored there.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, delivered_date, due_date, paid_date, amount_yuan, deducted_yuan, retention_yuan``
        and ``is_disputed`` where it is there. Not modified.
    as_of : date
        Deliveries after it are not known yet; a payment after it has not been made.
    months : int, optional
        Only deliveries of so many months up to `as_of`.

    Returns
    -------
    DataFrame
        One row per payable: ``core_id, customer_id, month`` (of delivery), ``days`` (>= 0), ``is_paid``, ``due_days``
        (agreed), ``net_yuan``, ``is_disputed``.

    Notes
    -----
    A payment before delivery counts as day 0. Retention money falls due later by contract and is left out.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": "C1", "amount_yuan": [9.0, 9.0],
    ...     "deducted_yuan": 0.0, "retention_yuan": 0.0, "due_date": pd.to_datetime(["2026-03-01"] * 2),
    ...     "delivered_date": pd.to_datetime(["2026-01-01", "2026-06-20"]),
    ...     "paid_date": pd.to_datetime(["2026-02-10", None])})
    >>> payable_lives(rows, as_of=date(2026, 6, 30))[["days", "is_paid"]].to_numpy().tolist()
    [[40, True], [10, False]]
    """
    today = pd.Timestamp(as_of)
    known = core_payables[core_payables["delivered_date"] <= today]
    if months is not None:
        known = known[known["delivered_date"] > today - pd.DateOffset(months=months)]
    paid = known["paid_date"].where(known["paid_date"] <= today)
    off = known[["deducted_yuan", "retention_yuan"]].fillna(0.0).sum(axis="columns")
    lives = pd.DataFrame({
        "core_id": known["core_id"], "customer_id": known["customer_id"],
        "month": known["delivered_date"].dt.strftime("%Y-%m"),
        "days": (paid.fillna(today) - known["delivered_date"]).dt.days.clip(lower=0),
        "is_paid": paid.notna(),
        "due_days": (known["due_date"] - known["delivered_date"]).dt.days,
        "net_yuan": known["amount_yuan"] - off,
        "is_disputed": known.get("is_disputed", pd.NA),
    })  # fmt: skip
    return lives.astype(COLUMNS).reset_index(drop=True)


def year_before(lives: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Mark each life with the year of its delivery: ``last`` twelve months, or those ``before``; older ones go.

    Returns
    -------
    DataFrame
        `lives` with ``span``.
    """
    age = (as_of.year - lives["month"].str[:4].astype(int)) * MONTHS_PER_YEAR
    age = age + as_of.month - lives["month"].str[5:].astype(int)
    span = pd.Series("older", index=lives.index).mask(age < 2 * MONTHS_PER_YEAR, "before")
    marked = lives.assign(span=span.mask(age < MONTHS_PER_YEAR, "last"))
    return marked[marked["span"] != "older"]

"""Loans of one group side by side under one approver's limit (以大化小待核): their sum, and who decides on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.metrics.connections.groups import joined_kinds, worst_status
from microlib.metrics.connections.weights import ENDS

#: a loan is near the limit within this share below it
NEAR_SHARE = 0.05
ABOVE_ALL = "above_all_levels"
LOANS = {"connected_id": "str", "loan_id": "str", "customer_id": "str", "branch_id": "str",
         "disbursed_date": "datetime64[s]", "amount_yuan": "float64", "balance_yuan": "float64",
         "overdue_days": "int64", "limit_yuan": "float64"}  # fmt: skip


def split_loans(
    members: pd.DataFrame, loans: pd.DataFrame, branches: pd.DataFrame, *, window_days: int = 90
) -> pd.DataFrame:
    r"""Find the loans of a connected group that together, within a window, exceed what one approver may decide.

    Answers "six loans of 495,000 to six people with one account: who would have had to decide on 2,970,000?" For each
    group the window with the largest sum is taken:

    .. math:: S_g = \max_t \sum_{l \in g,\; A_l \le L_l,\; t \le d_l \le t + w} A_l, \qquad S_g > \max_l L_l

    where :math:`A_l` is a loan's amount, :math:`L_l` the limit of its branch, :math:`d_l` its date, w the window. Two
    borrowers at least.

    Parameters
    ----------
    members : DataFrame
        Result of `groups.connected_groups` with ``unexplained=True``. Not modified.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, branch_id, disbursed_date, amount_yuan, balance_yuan, overdue_days``; only loans
        with a balance.
    branches : DataFrame[branches]
        Uses ``branch_id, authority_limit_yuan``; loans of a branch without a limit are not tested.
    window_days : int
        w, 0 or more.

    Returns
    -------
    DataFrame
        One row per loan of such a window, by group, date and loan: ``connected_id, loan_id, customer_id, branch_id,
        disbursed_date, amount_yuan, balance_yuan, overdue_days, limit_yuan``.

    Raises
    ------
    BadData
        If no branch has a limit, or the window is negative.

    Examples
    --------
    >>> members = pd.DataFrame({"connected_id": "C1", "customer_id": ["C1", "C2"], "members_count": 2})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "branch_id": "0755",
    ...     "amount_yuan": 4e5, "balance_yuan": 4e5, "overdue_days": 0,
    ...     "disbursed_date": pd.to_datetime(["2026-01-05", "2026-02-05"])})
    >>> branches = pd.DataFrame({"branch_id": ["0755"], "authority_limit_yuan": [5e5]})
    >>> split_loans(members, loans, branches)["loan_id"].tolist()
    ['L1', 'L2']
    """
    limits = branches.drop_duplicates("branch_id").set_index("branch_id")["authority_limit_yuan"]
    if limits.notna().sum() == 0 or window_days < 0:
        raise BadData("no branch has an approval limit, or the window is negative", where="branches",
                      fix="load branches with authority_limit_yuan (审批权限)")  # fmt: skip
    live = loans[loans["balance_yuan"] > 0].merge(members[["connected_id", "customer_id"]], on="customer_id")
    live = live.assign(limit_yuan=live["branch_id"].map(limits).astype("float64"))
    live = live[live["amount_yuan"] <= live["limit_yuan"]].sort_values(["connected_id", "disbursed_date", "loan_id"])
    windows = [_heaviest(group, window_days) for _, group in live.groupby("connected_id", observed=True)]
    held = [window for window in windows if _exceeds(window)]
    found = pd.concat(held) if held else live.iloc[:0]
    return found[list(LOANS)].astype(LOANS).reset_index(drop=True)


def _heaviest(group: pd.DataFrame, window_days: int) -> pd.DataFrame:
    """Return the rows, sorted by date, of the window with the largest sum; the first of equals."""
    days = group["disbursed_date"].to_numpy("datetime64[D]").astype("int64")
    ends = np.searchsorted(days, days + window_days, side="right")
    running = np.r_[0.0, np.cumsum(group["amount_yuan"].to_numpy("float64"))]
    start = int(np.argmax(running[ends] - running[:-1]))
    return group.iloc[start : ends[start]]


def _exceeds(window: pd.DataFrame) -> bool:
    return window["customer_id"].nunique() > 1 and window["amount_yuan"].sum() > window["limit_yuan"].max()


def split_clusters(split: pd.DataFrame, pairs: pd.DataFrame, *, authority: Mapping[str, float]) -> pd.DataFrame:
    """Sum up each group of side-by-side loans and name the level that decides on the sum.

    Parameters
    ----------
    split : DataFrame
        Result of `split_loans`. Not modified.
    pairs : DataFrame
        Result of `checklists.link_checklist`; gives evidence and status.
    authority : mapping
        Largest amount each level may approve, lowest level first (policy ``limits.authority``).

    Returns
    -------
    DataFrame
        One row per group, largest sum first: ``connected_id, status`` (to_check, or confirmed where the bank itself
        keeps them as one), ``borrowers_count, loans_count, branches_count, sum_yuan, largest_yuan, limit_yuan`` (the
        highest limit among them), ``limit_ratio`` (sum over limit, > 1), ``near_limit_count`` (loans within 5 % under
        their limit), ``needed_level`` (lowest level whose authority covers the sum, or above_all_levels),
        ``first_date, last_date, days_count, balance_yuan, overdue_count, overdue_share`` (of the loans),
        ``evidence``.

    Raises
    ------
    BadData
        If no level of authority is given.

    Notes
    -----
    A row asks for a look at one file, no more: several members of a family or a trade may well need money at once.

    Examples
    --------
    >>> split = pd.DataFrame({"connected_id": "C1", "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"],
    ...     "branch_id": "0755", "disbursed_date": pd.to_datetime(["2026-01-05", "2026-02-05"]), "amount_yuan": 4.9e5,
    ...     "balance_yuan": 4e5, "overdue_days": 0, "limit_yuan": 5e5})
    >>> pairs = pd.DataFrame({"customer_id_a": ["C1"], "customer_id_b": ["C2"], "status": "to_check",
    ...                       "evidence": "account"})
    >>> split_clusters(split, pairs, authority={"branch_head": 5e5, "head_office": 1e7})["needed_level"].tolist()
    ['head_office']
    """
    if not authority:
        raise BadData("no level of authority is given", fix="pass the policy's limits.authority")
    near = split["amount_yuan"] > (1.0 - NEAR_SHARE) * split["limit_yuan"]
    rows = split.assign(near=near, overdue=split["overdue_days"] > 0)
    found = rows.groupby("connected_id", observed=True).agg(
        borrowers_count=("customer_id", "nunique"), loans_count=("loan_id", "nunique"),
        branches_count=("branch_id", "nunique"), sum_yuan=("amount_yuan", "sum"), largest_yuan=("amount_yuan", "max"),
        limit_yuan=("limit_yuan", "max"), near_limit_count=("near", "sum"), first_date=("disbursed_date", "min"),
        last_date=("disbursed_date", "max"), balance_yuan=("balance_yuan", "sum"), overdue_count=("overdue", "sum"),
    )  # fmt: skip
    found = found.join(_evidence(split, pairs)).reset_index()
    found["limit_ratio"] = found["sum_yuan"] / found["limit_yuan"]
    found["days_count"] = (found["last_date"] - found["first_date"]).dt.days
    found["overdue_share"] = found["overdue_count"] / found["loans_count"]
    found["needed_level"] = needed_levels(found["sum_yuan"], authority=authority)
    return found.sort_values(["sum_yuan", "connected_id"], ascending=[False, True])[_COLUMNS].reset_index(drop=True)


_COLUMNS = [
    "connected_id", "status", "borrowers_count", "loans_count", "branches_count", "sum_yuan", "largest_yuan",
    "limit_yuan", "limit_ratio", "near_limit_count", "needed_level", "first_date", "last_date", "days_count",
    "balance_yuan", "overdue_count", "overdue_share", "evidence",
]  # fmt: skip


def needed_levels(amounts: pd.Series, *, authority: Mapping[str, float]) -> pd.Series:
    """Name the lowest level that may decide on each amount; ``above_all_levels`` where none may.

    Examples
    --------
    >>> needed_levels(pd.Series([1e6, 2e6, 9e7]), authority={"branch_head": 1e6, "head_office": 1e7}).tolist()
    ['branch_head', 'head_office', 'above_all_levels']
    """
    levels = sorted(authority, key=lambda level: authority[level])
    place = np.searchsorted([authority[level] for level in levels], amounts.to_numpy("float64"), side="left")
    return pd.Series(np.array([*levels, ABOVE_ALL], dtype=object)[place], index=amounts.index, dtype="str")


def _evidence(split: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return kinds and status of the links among each group's borrowers, the ruled out ones left out."""
    group = split.drop_duplicates("customer_id").set_index("customer_id")["connected_id"]
    one, two = (pairs[end].map(group) for end in ENDS)
    either = one.fillna(two)
    kept = pairs[(either.notna() & (pairs["status"] != "ruled_out"))].assign(connected_id=either)
    return kept.groupby("connected_id").agg(evidence=("evidence", joined_kinds), status=("status", worst_status))

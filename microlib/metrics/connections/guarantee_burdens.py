"""What a guarantor could really pay: guarantees against own worth, and the cover left when a borrower fails."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData


def guarantee_burdens(guarantees: pd.DataFrame, loans: pd.DataFrame, *, most_ratio: float = 1.0) -> pd.DataFrame:
    r"""Set what each guarantor stands for against what they own (过度担保).

    Answers "whose guarantee is worth less than it says?"

    .. math:: r_a = \frac{\sum_l \min(G_{al}, B_l)}{W_a}

    where :math:`G_{al}` is the guarantee of a for loan l, :math:`B_l` its balance, :math:`W_a` the guarantor's net
    worth; where several are on file, the smallest.

    Parameters
    ----------
    guarantees : DataFrame[guarantees]
        Uses ``loan_id, guarantor_id, amount_yuan, net_worth_yuan``. Not modified.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan``; loans with a balance.
    most_ratio : float
        Guarantees over net worth from which a guarantor has given too many, > 0.

    Returns
    -------
    DataFrame
        One row per guarantor, those over first, then by sum: ``guarantor_id, borrowers_count, loans_count, given_yuan,
        received_yuan`` (guarantees others give for the guarantor's own loans), ``net_yuan`` (given less received),
        ``own_debt_yuan`` (own balance with us), ``net_worth_yuan`` (missing when unknown), ``worth_count`` (different
        figures on file), ``burden_ratio`` (missing when the worth is unknown; infinite when it is not above zero),
        ``is_over`` (missing when unknown: never taken as fine).

    Raises
    ------
    BadData
        If `most_ratio` is not above zero.

    Notes
    -----
    Net worth is what the file says on the day it was written, and guarantees at other banks are not in it: the ratio
    is a least.

    Examples
    --------
    >>> guarantees = pd.DataFrame({"loan_id": ["L1", "L2"], "guarantor_id": "G1", "amount_yuan": 3e5,
    ...                            "net_worth_yuan": [5e5, 4e5]})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": 3e5})
    >>> guarantee_burdens(guarantees, loans)[["given_yuan", "burden_ratio"]].iloc[0].tolist()
    [600000.0, 1.5]
    """
    if not most_ratio > 0:
        raise BadData(f"ratio {most_ratio} is not above zero", fix="1.0 says: no more than one owns")
    rows = covered(guarantees, loans)
    found = rows.groupby("guarantor_id", observed=True).agg(
        borrowers_count=("borrower_id", "nunique"), loans_count=("loan_id", "nunique"),
        given_yuan=("covered_yuan", "sum"), net_worth_yuan=("net_worth_yuan", "min"),
        worth_count=("net_worth_yuan", "nunique"),
    ).reset_index()  # fmt: skip
    received = rows.groupby("borrower_id", observed=True)["covered_yuan"].sum()
    found["received_yuan"] = found["guarantor_id"].map(received).astype("float64").fillna(0.0)
    found["net_yuan"] = found["given_yuan"] - found["received_yuan"]
    found["own_debt_yuan"] = found["guarantor_id"].map(_debts(loans)).astype("float64").fillna(0.0)
    worth = found["net_worth_yuan"].astype("float64")
    ratio = found["given_yuan"] / worth.where(worth > 0)
    found["burden_ratio"] = ratio.where(worth.isna() | (worth > 0), np.inf)
    found["is_over"] = (found["burden_ratio"] > most_ratio).astype("boolean").where(worth.notna(), pd.NA)
    names = ["guarantor_id", "borrowers_count", "loans_count", "given_yuan", "received_yuan", "net_yuan",
             "own_debt_yuan", "net_worth_yuan", "worth_count", "burden_ratio", "is_over"]  # fmt: skip
    order = {"by": ["is_over", "given_yuan", "guarantor_id"], "ascending": [False, False, True]}
    return found.sort_values(**order)[names].reset_index(drop=True)


def first_round_covers(guarantees: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    r"""Ask for each guaranteed borrower what the guarantors pay if this borrower alone fails.

    Answers "if this one fails, is the loan covered, and whom do we lose along with it?"

    .. math::

        c_{ab} = \min(g_{ab}, \max(W_a, 0)), \quad
        C_b = \frac{\min(\sum_a c_{ab}, B_b)}{B_b}, \quad
        \text{broken: } g_{ab} > W_a

    where :math:`g_{ab}` is what a guarantees for b, :math:`W_a` a's net worth (unknown counts as nothing),
    :math:`B_b` the guaranteed balance of b. A guarantor called for more than they own is broken; what a broken
    guarantor owes us is exposed in the first round.

    Parameters
    ----------
    guarantees : DataFrame[guarantees]
        Uses ``loan_id, guarantor_id, amount_yuan, net_worth_yuan``. Not modified.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan``.

    Returns
    -------
    DataFrame
        One row per borrower with a guaranteed balance, least covered first: ``borrower_id, guarantors_count,
        guaranteed_balance_yuan, guaranteed_yuan, covered_yuan, cover_share`` (0 .. 1), ``unknown_count`` (guarantors
        of unknown worth, in no cover), ``broken_count``, ``exposed_yuan`` (own balances of broken guarantors with us).

    Notes
    -----
    One borrower at a time and one round: a circle that fails together is not covered twice by one purse. Net worth is
    not cash, and collection takes time: the cover is a most.

    Examples
    --------
    >>> guarantees = pd.DataFrame({"loan_id": ["L1"], "guarantor_id": ["C2"], "amount_yuan": [4e5],
    ...                            "net_worth_yuan": [1e5]})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": [4e5, 2e5]})
    >>> first_round_covers(guarantees, loans)[["cover_share", "broken_count", "exposed_yuan"]].iloc[0].tolist()
    [0.25, 1.0, 200000.0]
    """
    rows = covered(guarantees, loans)
    sides = ["borrower_id", "guarantor_id"]
    held = rows.groupby(sides, as_index=False, observed=True)["covered_yuan"].sum()
    worth = rows.groupby("guarantor_id", observed=True)["net_worth_yuan"].min()
    known = held["guarantor_id"].map(worth).astype("float64")
    owned = known.fillna(0.0).clip(lower=0.0)
    broken = known.notna() & (held["covered_yuan"] > owned)
    debts = held["guarantor_id"].map(_debts(loans)).astype("float64").fillna(0.0)
    held = held.assign(
        paid=np.minimum(held["covered_yuan"], owned), unknown=known.isna(), broken=broken,
        exposed=debts.where(broken, 0.0),
    )  # fmt: skip
    found = held.groupby("borrower_id", observed=True).agg(
        guarantors_count=("guarantor_id", "nunique"), guaranteed_yuan=("covered_yuan", "sum"),
        covered_yuan=("paid", "sum"), unknown_count=("unknown", "sum"), broken_count=("broken", "sum"),
        exposed_yuan=("exposed", "sum"),
    )  # fmt: skip
    balance = rows.drop_duplicates("loan_id").groupby("borrower_id", observed=True)["balance_yuan"].sum()
    found.insert(1, "guaranteed_balance_yuan", balance.astype("float64"))
    found["covered_yuan"] = np.minimum(found["covered_yuan"], found["guaranteed_balance_yuan"])
    found.insert(4, "cover_share", found["covered_yuan"] / found["guaranteed_balance_yuan"])
    return found.reset_index().sort_values(["cover_share", "borrower_id"]).reset_index(drop=True)


def covered(guarantees: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Return guarantees of loans with a balance, each no larger than the balance; nobody stands for themselves."""
    live = loans.loc[loans["balance_yuan"] > 0, ["loan_id", "customer_id", "balance_yuan"]]
    names = ["loan_id", "guarantor_id", "amount_yuan", "net_worth_yuan"]
    rows = guarantees.reindex(columns=names).merge(live, on="loan_id").rename(columns={"customer_id": "borrower_id"})
    rows = rows[rows["guarantor_id"] != rows["borrower_id"]]
    return rows.assign(covered_yuan=np.minimum(rows["amount_yuan"], rows["balance_yuan"]).astype("float64"))


def _debts(loans: pd.DataFrame) -> pd.Series:
    return loans.groupby("customer_id", observed=True)["balance_yuan"].sum()

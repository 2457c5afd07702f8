"""What each product on the shelf earns over its floor, at the mean default rate and at its upper bound."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from microlib.contracts.policies import PricingPolicy
from microlib.design.prices import Parts, floor_rate, taxed_rate
from microlib.errors import EmptyBook

PARTS = ["ftp_rate", "opex_rate", "loss_rate", "capital_rate"]


class Leaf(NamedTuple):
    """What a floor needs of a product: its security, its way of selling, its average loan."""

    secured: str
    channel: str
    average_yuan: float


def leaf_of(row: pd.Series, policy: PricingPolicy) -> Leaf | None:
    """Return a product's leaf; None where its security has no loss rate in the policy or it has no balance."""
    secured = row["secured"] if isinstance(row["secured"], str) else "credit"
    online = bool(row["is_online"]) if pd.notna(row["is_online"]) else False
    if secured not in policy.lgd or not row["average_yuan"] > 0:
        return None
    return Leaf(secured, "online" if online else "branch", float(row["average_yuan"]))


def leaf_floor(leaf: Leaf, policy: PricingPolicy, *, pd_rate: float) -> dict[str, float]:
    """Return the floor of an average loan of a product, with its parts (`prices.floor_rate`)."""
    opex = policy.opex_rate + policy.opex_loan_yuan[leaf.channel] / leaf.average_yuan
    parts = Parts.of(policy, opex_rate=opex, pd_rate=pd_rate, secured=leaf.secured)
    pieces = dict(zip(PARTS, (parts.ftp_rate, parts.opex_rate, parts.loss_rate, parts.capital_rate), strict=True))
    return {**pieces, "floor_taxed_rate": taxed_rate(floor_rate(parts), policy)}


def product_margins(tree: pd.DataFrame, shrunk: pd.DataFrame, *, policy: PricingPolicy) -> pd.DataFrame:
    r"""Hold each product's rate against the floor of its average loan.

    Answers "which product carries the shelf, and which is sold at a loss?"

    .. math:: m_p = \bar r_p - r^*_p, \qquad M_p = m_p B_p

    Parameters
    ----------
    tree : DataFrame
        Result of `products.trees.product_tree`. Not modified.
    shrunk : DataFrame
        ``product_id, shrunk_rate, shrunk_upper``: default rates drawn towards the bank's
        (`shrinkages.shrink_rates` of `borrower_defaults.bad_borrowers`). Not modified.
    policy : PricingPolicy

    Returns
    -------
    DataFrame
        One row per product with a balance, the largest margin in yuan first: ``product_id, balance_yuan, yearly_rate``,
        the parts ``ftp_rate, opex_rate, loss_rate, capital_rate``, ``floor_taxed_rate, margin_rate, margin_yuan`` (a
        year, on today's balance), ``upper_margin_rate`` (at the upper default rate), ``margin_finding``: ``earns``
        (even at the upper rate), ``thin`` (at the mean only), ``loses``

    Raises
    ------
    EmptyBook
        If no product has a balance, a rate and a known security.

    Notes
    -----
    The yearly default rate is read off the borrowers who are bad today, as the product design does: written-off ones
    are not among them, late renewals neither.
    """
    known = tree.merge(shrunk[["product_id", "shrunk_rate", "shrunk_upper"]], on="product_id")
    rows = [row for row in (_row(row, policy) for _, row in known.iterrows()) if row is not None]
    if not rows:
        raise EmptyBook(
            "no product has a balance, a rate and a security", where="products", fix="fill the product table"
        )
    found = pd.DataFrame(rows).sort_values(["margin_yuan", "product_id"], ascending=[False, True], ignore_index=True)
    earns = found["upper_margin_rate"] >= 0
    finding = np.select([earns, found["margin_rate"] >= 0], ["earns", "thin"], default="loses")
    return found.assign(margin_finding=finding)


def product_results(tree: pd.DataFrame, margins: pd.DataFrame, loans: pd.DataFrame, *, since: object) -> pd.DataFrame:
    """Say of each product what it earned, what it lost and whom it reached in a year: the page of its owner.

    Parameters
    ----------
    tree, margins : DataFrame
        Results of `product_tree` and `product_margins`. Not modified.
    loans : DataFrame[loans]
        For what was written off and first loans. Not modified.
    since : date
        First day of the year.

    Returns
    -------
    DataFrame
        One row per product: ``product_id, balance_yuan, margin_yuan`` (missing where not reckoned), ``lost_yuan``
        (written off or transferred since), ``new_count``, ``reached_count`` (customers whose first loan here was this
        product, since), ``customers_count``

    Notes
    -----
    A ledger names no owner: read the rows of the products that are yours. Results of a product are not those of a
    person: branch, season and price of funds are in them.
    """
    day = pd.Timestamp(since)
    gone = loans["status"].isin(["written_off", "transferred"])
    ended = loans["written_off_date"].fillna(loans["closed_date"]) >= day
    lost = loans["written_off_yuan"].fillna(loans["amount_yuan"]).where(gone & ended, 0.0)
    first = loans.sort_values(["disbursed_date", "loan_id"], kind="stable").drop_duplicates("customer_id")
    reached = first[first["disbursed_date"] >= day].groupby("product_id", observed=True).size()
    found = tree[["product_id", "customers_count", "balance_yuan", "new_count"]].assign(
        lost_yuan=tree["product_id"].map(lost.groupby(loans["product_id"], observed=True).sum()).fillna(0.0),
        reached_count=tree["product_id"].map(reached).fillna(0).astype("int64"),
    )
    joined = found.merge(margins[["product_id", "margin_yuan"]], on="product_id", how="left")
    order = ["product_id", "balance_yuan", "margin_yuan", "lost_yuan", "customers_count", "new_count", "reached_count"]
    return joined.sort_values(["balance_yuan", "product_id"], ascending=[False, True], ignore_index=True)[order]


def _row(row: pd.Series, policy: PricingPolicy) -> dict | None:
    leaf = leaf_of(row, policy)
    if leaf is None or pd.isna(row["yearly_rate"]) or pd.isna(row["shrunk_rate"]):
        return None
    floor = leaf_floor(leaf, policy, pd_rate=float(row["shrunk_rate"]))
    upper = leaf_floor(leaf, policy, pd_rate=float(row["shrunk_upper"]))["floor_taxed_rate"]
    margin = float(row["yearly_rate"]) - floor["floor_taxed_rate"]
    return {
        "product_id": row["product_id"], "balance_yuan": row["balance_yuan"], "yearly_rate": row["yearly_rate"],
        **floor, "margin_rate": margin, "margin_yuan": margin * row["balance_yuan"],
        "upper_margin_rate": float(row["yearly_rate"]) - upper,
    }  # fmt: skip

"""One term of a product changed at a time: who is reached, what is lost and earned, what the borrower pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlib.contracts.policies import PricingPolicy
from microlib.design.lineups.margins import Leaf, leaf_floor
from microlib.errors import EmptyBook
from microlib.metrics.products.fits import OPEN_SECURITY, PATIENT, term_fits

#: term -> the changes tried, each as a factor or a step from today's value
CHANGES: dict[str, tuple] = {
    "max_amount": (0.5, 0.75, 1.25, 1.5, 2.0),
    "max_term": (0.5, 1.5, 2.0),
    "yearly_rate": (-0.01, -0.005, -0.0025, 0.0025, 0.005, 0.01),
    "repayment": ("interest_only", "equal_instalment"),
    "secured": ("credit", "guarantee", "mortgage"),
}
BETTER = {"covered_count": 1, "margin_yuan": 1, "loss_yuan": -1, "yearly_rate": -1}


@dataclass(frozen=True)
class Shelf:
    """One product as a what-if starts from it.

    Parameters
    ----------
    product_id : str
    terms : mapping
        ``min_amount_yuan, max_amount_yuan, max_term_months, secured, yearly_rate, repayment``.
    pd_rate : float
        Yearly default rate of its borrowers.
    channel : str
        ``branch`` or ``online``: what a loan costs to make.
    """

    product_id: str
    terms: Mapping[str, object]
    pd_rate: float
    channel: str


def shelf_of(
    tree: pd.DataFrame, products: pd.DataFrame, terms: pd.DataFrame, shrunk: pd.DataFrame
) -> tuple[Shelf, ...]:
    """Gather the standard products that have a balance, the largest first, with what a what-if starts from.

    Parameters
    ----------
    tree, products, terms, shrunk : DataFrame
        Results of `product_tree`, `fits.standard_products`, `realised_terms` and `shrink_rates`. Not modified.

    Raises
    ------
    EmptyBook
        If no standard product has a balance.
    """
    rates = tree[["product_id", "balance_yuan", "yearly_rate"]].merge(
        terms[["product_id", "repayment"]], on="product_id"
    )
    whole = products.merge(rates, on="product_id").merge(shrunk[["product_id", "shrunk_rate"]], on="product_id")
    whole = whole[(whole["balance_yuan"] > 0) & whole["yearly_rate"].notna()]
    if whole.empty:
        raise EmptyBook("no standard product has a balance", where="products", fix="fill kind in the product table")
    names = ["min_amount_yuan", "max_amount_yuan", "max_term_months", "secured", "yearly_rate", "repayment"]
    ordered = whole.sort_values(["balance_yuan", "product_id"], ascending=[False, True])
    return tuple(
        Shelf(row["product_id"], row[names].to_dict(), float(row["shrunk_rate"]),
              "online" if row["is_online"] is True or row["is_online"] == 1 else "branch")
        for _, row in ordered.iterrows()
    )  # fmt: skip


def one_term_changed(needs: pd.DataFrame, *, shelf: Shelf, policy: PricingPolicy) -> pd.DataFrame:
    r"""Reckon today's terms and every change of one term on the same customers.

    Answers "which single change reaches more customers without losing the margin?"

    Parameters
    ----------
    needs : DataFrame
        Result of `fits.customer_needs`. Not modified.
    shelf : Shelf
        Product and its realised terms.
    policy : PricingPolicy
        Floor, losses by security.

    Returns
    -------
    DataFrame
        First today's terms (``quantity`` ``today``), then a row per change

        - ``quantity`` (the term: max_amount_yuan, max_term_months, yearly_rate, repayment, secured), ``value`` (its
          new value in that unit; missing for a code) and ``new_code`` (empty for a number)
        - ``covered_count`` of ``needing_count``, ``covered_share``: needs met whole; ``lent_yuan``: their sum
        - ``loss_yuan``: a year's expected loss on it; ``margin_yuan``: a year's margin over the floor of the average
          need; ``margin_rate``
        - ``yearly_rate``: what the borrower pays; ``borrower_yuan``: a year's interest on the average need
        - ``is_frontier``: no other row is better in one of covered, margin, loss, rate and worse in none; of
          rows alike in all four only the first

    Raises
    ------
    EmptyBook
        If nobody has a need.

    Notes
    -----
    All of the covered are taken to borrow: a ceiling, not a forecast, and the same ceiling for every row. Demand is not
    made to depend on the rate, default not on size: what a branch knows of neither is not guessed here.
    """
    if needs.empty:
        raise EmptyBook("nobody has a need", where="applications", fix="load applications or account flows")
    scenarios = _scenarios(shelf.terms)
    met, rows = _met(needs, scenarios), []
    for number, (term, value, terms) in enumerate(scenarios):
        covered = needs["need_yuan"].to_numpy()[met[:, number]]
        code = value if isinstance(value, str) else ""
        head = {"quantity": term, "value": np.nan if value is code else value, "new_code": code}
        rows.append({**head, **_outcome(covered, len(needs), terms, shelf, policy)})
    found = pd.DataFrame(rows)
    return found.assign(is_frontier=_frontier(found))


def all_changes(needs: pd.DataFrame, *, shelves: tuple[Shelf, ...], policy: PricingPolicy) -> pd.DataFrame:
    """Try every change of one term on each product of the shelf: `one_term_changed` with ``product_id`` in front."""
    parts = [
        one_term_changed(needs, shelf=shelf, policy=policy).assign(product_id=shelf.product_id) for shelf in shelves
    ]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["product_id", *[name for name in whole.columns if name != "product_id"]]]


def of_product(found: pd.DataFrame, shelves: tuple[Shelf, ...], *, place: int = 0) -> pd.DataFrame:
    """Keep the changes of one product, by its place on the shelf: the largest first."""
    return found[found["product_id"] == shelves[place].product_id].reset_index(drop=True)


def best_changes(found: pd.DataFrame) -> pd.DataFrame:
    """Keep of each product the change that reaches most more customers at no lower margin.

    Parameters
    ----------
    found : DataFrame
        Result of `all_changes`. Not modified.

    Returns
    -------
    DataFrame
        One row per product that has such a change: on the frontier, with a margin in yuan of at least today's and a
        margin rate of at least today's or zero; the columns of `all_changes` with ``more_count, more_margin_yuan,
        more_loss_yuan, more_lent_yuan`` against today's terms
    """
    rows = [_best(part) for _, part in found.groupby("product_id", sort=False, observed=True)]
    return pd.concat(rows, ignore_index=True)


def _best(found: pd.DataFrame) -> pd.DataFrame:
    today = found.iloc[0]
    gain = found.assign(
        more_count=found["covered_count"] - today["covered_count"],
        more_margin_yuan=found["margin_yuan"] - today["margin_yuan"],
        more_loss_yuan=found["loss_yuan"] - today["loss_yuan"],
        more_lent_yuan=found["lent_yuan"] - today["lent_yuan"],
    )
    worth = gain[gain["is_frontier"] & (gain["more_count"] > 0) & (gain["more_margin_yuan"] >= 0)
                 & (gain["margin_rate"] >= min(0.0, today["margin_rate"]))]  # fmt: skip
    return worth.sort_values(["more_count", "more_margin_yuan"], ascending=False, kind="stable").head(1)


def _scenarios(terms: Mapping[str, object]) -> list[tuple[str, str | float, dict]]:
    """Today's terms, and every change of one of them."""
    found: list[tuple[str, str | float, dict]] = [("today", "", dict(terms))]
    for term, steps in CHANGES.items():
        for step in steps:
            name, value = _changed(terms, term, step)
            if value is not None and value != terms[name]:
                found.append((name, value if isinstance(value, str) else float(value), {**terms, name: value}))
    return found


def _changed(terms: Mapping[str, object], term: str, step: object) -> tuple[str, object]:
    if term == "yearly_rate":
        return term, round(float(terms[term]) + step, 6)
    if term in ("repayment", "secured"):
        return term, step
    name = {"max_amount": "max_amount_yuan", "max_term": "max_term_months"}[term]
    today = terms[name]
    return name, None if pd.isna(today) else int(float(today) * step)


def _met(needs: pd.DataFrame, scenarios: list[tuple[str, str | float, dict]]) -> np.ndarray:
    """Whether each need (row) is met whole under each scenario (column): all in one pass."""
    names = ["min_amount_yuan", "max_amount_yuan", "max_term_months", "secured"]
    tried = pd.DataFrame([{name: terms[name] for name in names} for _, _, terms in scenarios])
    tried = tried.assign(product_id=np.arange(len(tried)))
    ways = pd.Series([terms["repayment"] for _, _, terms in scenarios])
    fits = term_fits(needs, tried, ways)
    return (fits["misses_count"] == 0).to_numpy().reshape(len(needs), len(scenarios))


def _outcome(covered: np.ndarray, needing: int, terms: Mapping, shelf: Shelf, policy: PricingPolicy) -> dict:
    lent, rate = float(covered.sum()), float(terms["yearly_rate"])
    secured = terms["secured"] if terms["secured"] in policy.lgd else OPEN_SECURITY[0]
    average, floor = float("nan"), float("nan")
    if len(covered):
        average = lent / len(covered)
        floor = leaf_floor(Leaf(secured, shelf.channel, average), policy, pd_rate=shelf.pd_rate)["floor_taxed_rate"]
    return {
        "covered_count": len(covered), "needing_count": needing, "covered_share": len(covered) / needing,
        "lent_yuan": lent, "loss_yuan": lent * shelf.pd_rate * policy.lgd[secured], "margin_rate": rate - floor,
        "margin_yuan": lent * (rate - floor) if len(covered) else 0.0, "yearly_rate": rate,
        "borrower_yuan": average * rate * (1.0 if terms["repayment"] in PATIENT else 0.5),
    }  # fmt: skip


def _frontier(found: pd.DataFrame) -> np.ndarray:
    values = np.column_stack([found[name].to_numpy(float) * side for name, side in BETTER.items()])
    no_worse = (values[:, None, :] <= values[None, :, :]).all(axis=2)
    better = (values[:, None, :] < values[None, :, :]).any(axis=2)
    return ~(no_worse & better).any(axis=1) & ~found.duplicated(list(BETTER)).to_numpy()

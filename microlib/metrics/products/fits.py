"""Need against terms (需求与条款的匹配): the part of a group's need that no product on the shelf covers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share

TERMS = ("amount", "tenor", "security", "rhythm")
#: ways of repaying that leave the principal until the season's money is back
PATIENT = ("interest_only", "bullet", "seasonal", "revolving", "balloon")
OPEN_SECURITY = ("credit",)


@measure(optional=("applications",))
def customer_needs(
    memberships: pd.DataFrame,
    applications: pd.DataFrame,
    gaps: pd.DataFrame | None = None,
    *,
    pledged: pd.Series | None = None,
    least_yuan: float = 10_000.0,
) -> pd.DataFrame:
    """Put each member's need into the terms that a product must meet: what was asked for, or the cash gap if larger.

    Parameters
    ----------
    memberships : DataFrame
        Result of `segments.assign_segments`; the primary segment counts, the rest is ``unassigned``. Not modified.
    applications : DataFrame[applications]
        The last one of each customer counts, whatever was decided. Not modified.
    gaps : DataFrame, optional
        Result of `cash_positions.cash_gaps`: amount and months. Not modified.
    pledged : Series of str, optional
        Customers who have given security before: a product that asks for it is open to them.
    least_yuan : float
        Less is no need for a loan.

    Returns
    -------
    DataFrame
        One row per customer: ``customer_id, segment, need_yuan, need_months_count`` (of the gap; 0 where unknown: then
        any tenor serves), ``has_security``

    Raises
    ------
    EmptyBook
        If nobody asked and no gap is known.

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1"], "segment": "market", "is_primary": True})
    >>> asked = pd.DataFrame({"customer_id": ["C1", "C2"], "asked_yuan": [5e4, 9e4],
    ...                       "submitted_at": pd.to_datetime(["2026-01-01"] * 2)})
    >>> customer_needs(members, asked)[["segment", "need_yuan"]].values.tolist()
    [['market', 50000.0], ['unassigned', 90000.0]]
    """
    last = applications.sort_values("submitted_at", kind="stable").drop_duplicates("customer_id", keep="last")
    asked = last.set_index("customer_id")["asked_yuan"].astype("float64")
    gap = (gaps if gaps is not None else _NO_GAPS).set_index("customer_id")[["gap_yuan", "gap_months_count"]]
    whole = asked.to_frame("asked").join(gap, how="outer").rename_axis("customer_id").reset_index()
    need = whole[["asked", "gap_yuan"]].max(axis=1)
    rows = whole.assign(need_yuan=need)[need >= least_yuan]
    if rows.empty:
        raise EmptyBook(
            "nobody asked, and no cash gap is known", where="applications", fix="load applications or flows"
        )
    first = memberships[memberships["is_primary"]].drop_duplicates("customer_id").set_index("customer_id")["segment"]
    months = rows["gap_months_count"].astype("float64").fillna(0.0).astype("int64")
    found = rows[["customer_id"]].assign(segment=rows["customer_id"].map(first).fillna("unassigned"))
    secured = rows["customer_id"].isin(pledged) if pledged is not None else False
    found = found.assign(need_yuan=rows["need_yuan"], need_months_count=months, has_security=secured)
    return found.reset_index(drop=True)


def standard_products(products: pd.DataFrame) -> pd.DataFrame:
    """Keep the products that are on general sale: standard ones, and not retired.

    Raises
    ------
    EmptyBook
        If there is none.

    Examples
    --------
    >>> shelf = pd.DataFrame({"product_id": ["P1", "P2"], "kind": ["standard", "nonstandard"], "status": "live"})
    >>> standard_products(shelf)["product_id"].tolist()
    ['P1']
    """
    kept = products[(products["kind"] == "standard") & (products["status"].fillna("live") != "retired")]
    if kept.empty:
        raise EmptyBook("no product is marked as standard", where="products", fix="fill kind in the product table")
    return kept.reset_index(drop=True)


def secured_customers(loans: pd.DataFrame) -> pd.Series:
    """Return the customers whose loans were ever secured by a pledge, a mortgage or a guarantor.

    Examples
    --------
    >>> secured_customers(pd.DataFrame({"customer_id": ["C1", "C2"], "guarantee": ["credit", "mortgage"]})).tolist()
    ['C2']
    """
    held = loans["guarantee"].notna() & ~loans["guarantee"].isin(OPEN_SECURITY)
    return loans.loc[held, "customer_id"].drop_duplicates().sort_values(ignore_index=True)


def term_fits(needs: pd.DataFrame, products: pd.DataFrame, repayments: pd.Series) -> pd.DataFrame:
    """Hold every need against every product, term by term.

    Parameters
    ----------
    needs : DataFrame
        Result of `customer_needs`. Not modified.
    products : DataFrame[products]
        Uses ``product_id, min_amount_yuan, max_amount_yuan, max_term_months, secured``; a missing bound binds nobody.
        Not modified.
    repayments : Series of str
        Product -> its commonest way of repaying (`overlaps.realised_terms`); a product without one is taken as patient.
        The way binds only those whose cash gap is known.

    Returns
    -------
    DataFrame
        One row per customer and product: ``customer_id, segment, need_yuan, product_id``, ``amount, tenor, security,
        rhythm`` (whether the term is met), ``misses_count``

    Examples
    --------
    >>> needs = pd.DataFrame({"customer_id": ["C1"], "segment": "m", "need_yuan": 9e4, "need_months_count": 5,
    ...                       "has_security": False})
    >>> shelf = pd.DataFrame({"product_id": ["P1"], "min_amount_yuan": 1e4, "max_amount_yuan": 5e4,
    ...                       "max_term_months": 12, "secured": "credit"})
    >>> term_fits(needs, shelf, pd.Series({"P1": "bullet"}))[["amount", "tenor", "misses_count"]].values.tolist()
    [[False, True, 1]]
    """
    pairs = needs.merge(products[["product_id", *_BOUNDS, "secured"]], how="cross")
    low, high, longest = (pairs[name].astype("float64") for name in _BOUNDS)
    way = pairs["product_id"].map(repayments)
    open_to = pairs["secured"].isna() | pairs["secured"].isin(OPEN_SECURITY) | pairs["has_security"]
    found = pairs[["customer_id", "segment", "need_yuan", "product_id"]].assign(
        amount=(pairs["need_yuan"] <= high.fillna(np.inf)) & (pairs["need_yuan"] >= low.fillna(0.0)),
        tenor=pairs["need_months_count"] <= longest.fillna(np.inf),
        security=open_to.astype(bool),
        rhythm=way.isna() | way.isin(PATIENT) | (pairs["need_months_count"] == 0),
    )
    return found.assign(misses_count=(~found[list(TERMS)]).sum(axis=1))


def need_coverage(fits: pd.DataFrame) -> pd.DataFrame:
    r"""Measure per group which part of the members some product covers whole, and what the others lack.

    Answers "does this group need a product of its own, or only one term changed?"

    .. math:: c_g = \frac{\#\{i \in g : \min_p misses_{ip} = 0\}}{\#\{i \in g\}}

    Parameters
    ----------
    fits : DataFrame
        Result of `term_fits`. Not modified.

    Returns
    -------
    DataFrame
        One row per segment: ``needing_count, covered_count, covered_share, covered_low, covered_high`` (Jeffreys),
        ``needed_yuan, uncovered_yuan``, ``best_product`` (covers most members; missing when none covers anybody),
        ``one_term_count`` (uncovered, and one term away from some product), ``main_missing`` (the term that keeps most
        of those away; missing when none)

    Raises
    ------
    EmptyBook
        If there is no need or no product.

    Notes
    -----
    Whole cover of the deepest gap of two years: a lower bar (part of the need) would cover more. Whether a customer
    would be approved is another question.

    Examples
    --------
    >>> fits = pd.DataFrame({"customer_id": ["C1", "C1"], "segment": "m", "need_yuan": 9.0, "product_id": ["P1", "P2"],
    ...     "amount": [False, True], "tenor": [True, False], "security": True, "rhythm": [True, False],
    ...     "misses_count": [1, 2]})
    >>> need_coverage(fits)[["needing_count", "covered_count", "main_missing"]].values.tolist()
    [[1, 0, 'amount']]
    """
    if fits.empty:
        raise EmptyBook("there is no need, or no product to hold it against", fix="load products and account flows")
    each = fits.groupby(["segment", "customer_id"], observed=True).agg(
        least=("misses_count", "min"), need_yuan=("need_yuan", "first")
    ).reset_index()  # fmt: skip
    covered = each["least"] == 0
    rows = each.assign(
        needing_count=1, covered_count=covered.astype("int64"), needed_yuan=each["need_yuan"],
        uncovered_yuan=each["need_yuan"].where(~covered, 0.0), one_term_count=(each["least"] == 1).astype("int64"),
    )  # fmt: skip
    names = ["needing_count", "covered_count", "needed_yuan", "uncovered_yuan", "one_term_count"]
    found = rows.groupby("segment", as_index=False, observed=True)[names].sum()
    found = with_share(found, hit="covered_count", base="needing_count", name="covered")
    return found.assign(
        best_product=found["segment"].map(_most(fits[fits["misses_count"] == 0], "product_id")),
        main_missing=found["segment"].map(_missing(fits, each.loc[each["least"] == 1, "customer_id"])),
    ).sort_values(["uncovered_yuan", "segment"], ascending=[False, True], ignore_index=True)


def _missing(fits: pd.DataFrame, near: pd.Series) -> pd.Series:
    """Of customers one term away: the term, counted once a customer, that keeps most of each group away."""
    rows = fits[fits["customer_id"].isin(near) & (fits["misses_count"] == 1)]
    term = (~rows[list(TERMS)]).idxmax(axis=1) if len(rows) else pd.Series(dtype="str")
    return _most(rows.assign(term=term).drop_duplicates(["segment", "customer_id", "term"]), "term")


def _most(rows: pd.DataFrame, name: str) -> pd.Series:
    counts = rows.groupby(["segment", name], observed=True).size().reset_index(name="n")
    best = counts.sort_values(["n", name], ascending=[False, True]).drop_duplicates("segment")
    return best.set_index("segment")[name]


_NO_GAPS = pd.DataFrame({"customer_id": [], "gap_yuan": [], "gap_months_count": []})
_BOUNDS = ["min_amount_yuan", "max_amount_yuan", "max_term_months"]

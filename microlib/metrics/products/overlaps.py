"""Which products are only names: how far apart their realised terms lie, and how many customers they share."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics.loan_states import live_loans

AMOUNTS = ("amount_yuan", "term_months", "yearly_rate")
CHOICES = ("repayment", "guarantee")
#: quantiles of all loans between which a term is taken to range: a few odd loans do not shrink every distance
RANGE = (0.05, 0.95)
PAIRS = [
    *["product_id", "other_id", "terms_distance", "same_terms"],
    *["customers_count", "other_customers_count", "shared_count", "jaccard_share", "contained_share", "finding"],
]


def dated_terms(loans: pd.DataFrame) -> pd.DataFrame:
    """Return the loans with ``term_months`` from the day of the money to maturity (days over 30.4375).

    Examples
    --------
    >>> days = pd.DataFrame({"disbursed_date": pd.to_datetime(["2026-01-01"]),
    ...                      "maturity_date": pd.to_datetime(["2027-01-01"])})
    >>> dated_terms(days)["term_months"].round(1).tolist()
    [12.0]
    """
    days = (pd.to_datetime(loans["maturity_date"]) - pd.to_datetime(loans["disbursed_date"])).dt.days
    return loans.assign(term_months=days / 30.4375)


def realised_terms(loans: pd.DataFrame) -> pd.DataFrame:
    """Describe each product by what its live loans really carry, whatever its leaflet says.

    Answers "what is this product made of, and which of its terms differ at all from the next one's?"

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``product_id, customer_id, amount_yuan, balance_yuan, yearly_rate, repayment, guarantee`` and both dates.
        Not modified.

    Returns
    -------
    DataFrame
        One row per product, by ``product_id``: ``loans_count, customers_count, balance_yuan``, medians
        ``amount_yuan, term_months, yearly_rate`` with ``…_p20`` and ``…_p80`` of the first and last, and the commonest
        ``repayment, guarantee`` with their shares ``repayment_share, guarantee_share`` of loans

    Raises
    ------
    EmptyBook
        If no live loan names its product.

    Examples
    --------
    >>> day = pd.to_datetime(["2026-01-01"] * 2)
    >>> loans = pd.DataFrame({"loan_id": ["a", "b"], "customer_id": ["C1", "C2"], "product_id": "P1",
    ...     "status": "normal", "balance_yuan": 1.0, "amount_yuan": [1e5, 3e5], "overdue_days": 0, "yearly_rate": 0.05,
    ...     "guarantee": "credit",
    ...     "repayment": ["bullet", "bullet"], "disbursed_date": day, "maturity_date": day + pd.Timedelta(days=365)})
    >>> realised_terms(loans)[["amount_yuan", "repayment", "repayment_share"]].values.tolist()
    [[200000.0, 'bullet', 1.0]]
    """
    live = dated_terms(_named(live_loans(loans)))
    groups = live.groupby("product_id", observed=True)
    found = groups.agg(
        loans_count=("loan_id", "size"), customers_count=("customer_id", "nunique"),
        balance_yuan=("balance_yuan", "sum"), amount_yuan=("amount_yuan", "median"),
        amount_p20_yuan=("amount_yuan", lambda x: x.quantile(0.2)), amount_p80_yuan=("amount_yuan", _p80),
        term_months=("term_months", "median"), yearly_rate=("yearly_rate", "median"),
    )  # fmt: skip
    for name in CHOICES:
        counts = live.groupby(["product_id", live[name].fillna("unknown")], observed=True).size()
        found[name] = counts.groupby("product_id").idxmax().str[1]
        found[f"{name}_share"] = counts.groupby("product_id").max() / found["loans_count"]
    return found.assign(term_months=found["term_months"].round(1)).reset_index()


def usual_repayments(terms: pd.DataFrame) -> pd.Series:
    """Return each product's commonest way of repaying, by product, off the result of `realised_terms`.

    Examples
    --------
    >>> usual_repayments(pd.DataFrame({"product_id": ["P1"], "repayment": ["bullet"]})).to_dict()
    {'P1': 'bullet'}
    """
    return terms.set_index("product_id")["repayment"]


def product_overlaps(loans: pd.DataFrame, *, most_distance: float, least_shared: float) -> pd.DataFrame:
    r"""Set every two products side by side: distance of realised terms (Gower) and overlap of customers (Jaccard).

    Answers "which of our products are only names?"

    .. math::

        d_{ab} = \frac{1}{K} \Big( \sum_{k\,num} \min\Big(1, \frac{|\tilde x_{ak} - \tilde x_{bk}|}{R_k}\Big)
                 + \sum_{k\,cat} \tfrac12 \sum_v |p_{akv} - p_{bkv}| \Big), \qquad
        J_{ab} = \frac{|A \cap B|}{|A \cup B|}

    with medians :math:`\tilde x` of amount, tenor and rate, :math:`R_k` their range over all loans (P5 to P95), p the
    spread over ways of repaying and of securing; A, B everyone who ever borrowed under each.

    Parameters
    ----------
    loans : DataFrame[loans]
        Terms from live loans, customers from all. Not modified.
    most_distance : float
        At most so far apart two products' terms are the same (policy, 0 .. 1).
    least_shared : float
        From this part of the smaller one's customers, two products are candidates for one (policy).

    Returns
    -------
    DataFrame
        One row per pair with live loans, the nearest terms first: ``product_id, other_id, terms_distance`` (0 same ..
        1), ``same_terms`` (codes of the terms that do not differ, with blanks between), ``customers_count,
        other_customers_count, shared_count, jaccard_share, contained_share`` (of the smaller one's customers) and
        ``finding``: ``name_only`` (same terms), ``merge`` (same customers), ``distinct``

    Raises
    ------
    EmptyBook
        If fewer than two products have a live loan.

    Notes
    -----
    Medians hide a product that is two in one. Two products of the same terms for two groups of customers may well be
    wanted: the finding asks for a reason, it does not give the answer.

    References
    ----------
    .. [1] Gower, J. C. (1971). A general coefficient of similarity and some of its properties. Biometrics 27.
    """
    known = _named(loans)
    live = dated_terms(_named(live_loans(loans)))
    names = sorted(live["product_id"].unique())
    if len(names) < 2:
        raise EmptyBook("fewer than two products have a live loan", fix="one product has nothing to overlap with")
    parts = _distances(live, names)
    holders = {name: set(known.loc[known["product_id"] == name, "customer_id"]) for name in names}
    rows = [_pair(first, second, parts, holders) for first, second in combinations(names, 2)]
    found = pd.DataFrame(rows)
    finding = pd.Series("distinct", index=found.index).mask(found["contained_share"] >= least_shared, "merge")
    found["finding"] = finding.mask(found["terms_distance"] <= most_distance, "name_only")
    return found.sort_values(["terms_distance", "product_id", "other_id"], ignore_index=True)[PAIRS]


def _p80(values: pd.Series) -> float:
    return values.quantile(0.8)


def _named(loans: pd.DataFrame) -> pd.DataFrame:
    named = loans[loans["product_id"].notna()]
    if named.empty:
        raise EmptyBook("no loan names its product", where="products", fix="fill product_id in the ledger")
    return named


def _distances(live: pd.DataFrame, names: list[str]) -> dict[str, pd.DataFrame]:
    """Each term's distance between every two products, 0 .. 1."""
    found = {}
    for term in AMOUNTS:
        values = live[term].astype("float64")
        if values.isna().all():
            continue
        middle = values.groupby(live["product_id"], observed=True).median().reindex(names).to_numpy()
        low, high = values.quantile(list(RANGE))
        gap = np.abs(middle[:, None] - middle[None, :])
        found[term] = np.clip(gap / (high - low), 0, 1) if high > low else np.where(gap > 0, 1.0, 0.0)
    for term in CHOICES:
        spread = pd.crosstab(live["product_id"], live[term].fillna("unknown"), normalize="index").reindex(names)
        shares = spread.to_numpy()
        found[term] = np.abs(shares[:, None, :] - shares[None, :, :]).sum(axis=2) / 2
    if not found:
        raise BadData("the loans say none of their terms", fix="map amount, dates, rate, repayment and guarantee")
    return {term: pd.DataFrame(matrix, index=names, columns=names) for term, matrix in found.items()}


def _pair(first: str, second: str, parts: dict[str, pd.DataFrame], holders: dict[str, set]) -> dict:
    each = {term: float(matrix.loc[first, second]) for term, matrix in parts.items()}
    one, two = holders[first], holders[second]
    shared = len(one & two)
    return {
        "product_id": first, "other_id": second, "terms_distance": float(np.mean(list(each.values()))),
        "same_terms": " ".join(term for term, gap in each.items() if gap <= RANGE[0]),
        "customers_count": len(one), "other_customers_count": len(two), "shared_count": shared,
        "jaccard_share": shared / len(one | two), "contained_share": shared / min(len(one), len(two)),
    }  # fmt: skip

"""The shelf as it is: product tree (产品分类), overlap, take-up, cannibalisation (产品内部替代), tenor mismatch."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import BadData, EmptyBook
from microlib.metrics.loans import is_renewed, live_loans
from microlib.metrics.quality import portfolio_at_risk
from microlib.stats.borrower_shares import borrower_shares
from microlib.stats.grouping import Day, keys, told_apart, year_before
from microlib.stats.intervals import with_share
from microlib.units import MONTHS_PER_YEAR

BRANCHES = ["secured", "is_online", "is_revolving", "kind"]


@measure(optional=("products",))
def product_tree(loans: pd.DataFrame, products: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Lay the live book out by kind of product.

    Answers "of what is our shelf made, what does it carry, and what sells no more?"

    .. math:: \bar r_p = \frac{\sum_i B_i r_i}{\sum_i B_i}

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified.
    products : DataFrame[products]
        Their ``secured, is_online, is_revolving, kind, name``. Not modified.
    as_of : date
        New lending is that of the twelve months before it.

    Returns
    -------
    DataFrame
        One row per product with a live loan or new lending, ordered along the branches ``secured, is_online,
        is_revolving, kind``, then by balance: ``product_id, loans_count, customers_count, balance_yuan,
        balance_share`` (of the live book), ``average_yuan`` (per loan), ``yearly_rate`` (by balance; missing without
        balance), ``par30_share, par30_low, par30_high`` (missing without balance), ``base_customers_count``,
        ``new_count, new_yuan`` (12 months, renewals left out)

    Raises
    ------
    EmptyBook
        If no loan is live, or none names its product.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a"], "customer_id": "C1", "product_id": "P1", "balance_yuan": 4.0,
    ...     "amount_yuan": 5.0, "overdue_days": 0, "status": "normal", "yearly_rate": 0.05,
    ...     "disbursed_date": pd.to_datetime(["2026-01-01"])})
    >>> shelf = pd.DataFrame({"product_id": ["P1"], "secured": "credit", "is_online": False, "is_revolving": False,
    ...                       "kind": "standard"})
    >>> product_tree(loans, shelf, as_of="2026-06-30")[["product_id", "balance_share", "new_count"]].values.tolist()
    [['P1', 1.0, 1]]
    """
    named = loans[loans["product_id"].notna()]
    live = live_loans(loans)
    book = live.dropna(subset=["product_id"])
    if book.empty:
        raise EmptyBook("no live loan names its product", where="products", fix="fill product_id in the ledger")
    fresh = named[named["disbursed_date"].between(year_before(as_of), pd.Timestamp(as_of)) & ~is_renewed(named)]
    earned = book["balance_yuan"] * book["yearly_rate"]
    found = (
        book.assign(earned=earned)
        .groupby("product_id", observed=True)
        .agg(
            loans_count=("loan_id", "size"),
            customers_count=("customer_id", "nunique"),
            balance_yuan=("balance_yuan", "sum"),
            earned=("earned", "sum"),
        )
    )
    new = fresh.groupby("product_id", observed=True)["amount_yuan"].agg(["size", "sum"])
    found = found.join(new.set_axis(["new_count", "new_yuan"], axis=1), how="outer").fillna(0.0)
    held = found["balance_yuan"] > 0
    found = found.assign(
        balance_share=found["balance_yuan"] / float(live["balance_yuan"].sum()),
        average_yuan=(found["balance_yuan"] / found["loans_count"]).where(held),
        yearly_rate=(found["earned"] / found["balance_yuan"]).where(held),
    )
    return _leaves(found.join(_quality(book)), products)


def branch_sums(tree: pd.DataFrame) -> pd.DataFrame:
    """Add the tree up to its branches: security x way of selling x drawing.

    Parameters
    ----------
    tree : DataFrame
        Result of `product_tree`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``secured, is_online, is_revolving``: ``products_count, loans_count, balance_yuan, balance_share,
        new_yuan, sold`` (online, at_branch, unknown), the largest first. Borrowers of two products are not added up.

    Examples
    --------
    >>> tree = pd.DataFrame({"secured": "credit", "is_online": [True, False], "is_revolving": False, "product_id":
    ...     ["a", "b"], "loans_count": 1, "balance_yuan": [1.0, 3.0], "balance_share": [0.25, 0.75], "new_yuan": 0.0})
    >>> branch_sums(tree)[["is_online", "balance_share"]].values.tolist()
    [[False, 0.75], [True, 0.25]]
    """
    told_apart(tree, key=["product_id"], table="tree")
    groups = tree.groupby(BRANCHES[:3], as_index=False, observed=True, dropna=False)
    found = groups.agg(
        products_count=("product_id", "size"),
        loans_count=("loans_count", "sum"),
        balance_yuan=("balance_yuan", "sum"),
        balance_share=("balance_share", "sum"),
        new_yuan=("new_yuan", "sum"),
    )
    online = found["is_online"].astype("boolean")
    found["sold"] = online.map({True: "online", False: "at_branch"}).astype("str").where(online.notna(), "unknown")
    return found.sort_values(["balance_yuan", *BRANCHES[:3]], ascending=[False] + [True] * 3, ignore_index=True)


def _quality(book: pd.DataFrame) -> pd.DataFrame:
    shares = portfolio_at_risk(book, days=(30,), within="product_id").set_index("product_id")
    names = {"share": "par30_share", "share_low": "par30_low", "share_high": "par30_high"}
    return shares[[*names, "base_customers_count"]].rename(columns=names)


def _leaves(found: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    shelf = products.drop_duplicates("product_id")[["product_id", *BRANCHES]]
    whole = found.reset_index().merge(shelf, on="product_id", how="left")
    counts = dict.fromkeys(("loans_count", "customers_count", "new_count"), "int64")
    order = whole.astype(counts).sort_values(
        [*BRANCHES, "balance_yuan", "product_id"], ascending=[True] * 4 + [False, True], na_position="last"
    )
    front = [*BRANCHES, "product_id", "loans_count", "customers_count", "balance_yuan", "balance_share", "average_yuan"]
    back = ["yearly_rate", "par30_share", "par30_low", "par30_high", "base_customers_count", "new_count", "new_yuan"]
    return order[[*front, *back]].reset_index(drop=True)


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
        loans_count=("loan_id", "size"),
        customers_count=("customer_id", "nunique"),
        balance_yuan=("balance_yuan", "sum"),
        amount_yuan=("amount_yuan", "median"),
        amount_p20_yuan=("amount_yuan", lambda x: x.quantile(0.2)),
        amount_p80_yuan=("amount_yuan", _p80),
        term_months=("term_months", "median"),
        yearly_rate=("yearly_rate", "median"),
    )
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
        "product_id": first,
        "other_id": second,
        "terms_distance": float(np.mean(list(each.values()))),
        "same_terms": " ".join(term for term, gap in each.items() if gap <= RANGE[0]),
        "customers_count": len(one),
        "other_customers_count": len(two),
        "shared_count": shared,
        "jaccard_share": shared / len(one | two),
        "contained_share": shared / min(len(one), len(two)),
    }


GRANTED = ("approved", "partly_approved")
LOST = ("refused", "withdrawn")


def take_up(applications: pd.DataFrame, *, within: str | list[str] | None = "product_id") -> pd.DataFrame:
    r"""Follow each product's applications from asking to the money.

    .. math:: pass = \frac{granted}{granted + refused}, \qquad paid = \frac{paid\ out}{granted}, \qquad
        filled = \frac{\sum granted\ yuan}{\sum asked\ yuan\ of\ the\ granted}

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``decision, disbursed_at, asked_yuan, granted_yuan``. Not modified.
    within : str, list of str or None
        Grouping columns; a missing value is a group of its own (``unknown``).

    Returns
    -------
    DataFrame
        Per group: ``asked_count, granted_count, cut_count`` (granted less than asked), ``refused_count,
        withdrawn_count, pending_count, paid_count``; ``asked_yuan, granted_yuan``; ``pass_share`` and ``paid_share``
        with ``_low, _high`` (Jeffreys); ``filled_share`` (fraction of what the granted had asked for)

    Raises
    ------
    EmptyBook
        If there is no application.

    Examples
    --------
    >>> asked = pd.DataFrame({"product_id": "P1", "decision": ["approved", "partly_approved", "refused", "withdrawn"],
    ...     "disbursed_at": pd.to_datetime(["2026-01-05", None, None, None]), "asked_yuan": 100.0,
    ...     "granted_yuan": [100.0, 60.0, 0.0, 0.0]})
    >>> take_up(asked)[["asked_count", "pass_share", "paid_share", "filled_share"]].round(3).iloc[0].tolist()
    [4.0, 0.667, 0.5, 0.8]
    """
    if applications.empty:
        raise EmptyBook("there is no application", where="applications", fix="load applications, refusals included")
    by = keys(within)
    state, granted = applications["decision"], applications["decision"].isin(GRANTED)
    marks = (
        applications[by]
        .fillna("unknown")
        .assign(
            asked_count=1,
            granted_count=granted,
            cut_count=state == "partly_approved",
            refused_count=state == "refused",
            withdrawn_count=state == "withdrawn",
            pending_count=state == "pending",
            paid_count=granted & applications["disbursed_at"].notna(),
            asked_yuan=applications["asked_yuan"],
            granted_yuan=applications["granted_yuan"].where(granted, 0.0).fillna(0.0),
            wanted=applications["asked_yuan"].where(granted, 0.0),
            decided_count=granted | (state == "refused"),
        )
    )
    found = marks.groupby(by, as_index=False, observed=True).sum() if by else marks.sum().to_frame().T
    counts = {name: "int64" for name in found.columns if name.endswith("_count")}
    found = with_share(found.astype(counts), hit="granted_count", base="decided_count", name="pass")
    found = with_share(found, hit="paid_count", base="granted_count", name="paid")
    filled = found["granted_yuan"] / found["wanted"].where(found["wanted"] > 0)
    return found.assign(filled_share=filled).drop(columns=["wanted"])


def loss_reasons(applications: pd.DataFrame, *, within: str | list[str] | None = None) -> pd.DataFrame:
    """Count what refused and withdrawn applications were lost to.

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``decision, reason_code, asked_yuan``. Not modified.
    within : str, list of str or None
        Grouping columns.

    Returns
    -------
    DataFrame
        Per group and ``reason_code`` (``unknown`` where none is recorded), the commonest first: ``lost_count,
        lost_yuan`` (asked for), ``all_lost_count`` of the group, ``lost_share, lost_low, lost_high`` (of the lost
        ones; Jeffreys)

    Raises
    ------
    EmptyBook
        If nothing was lost.

    Notes
    -----
    One reason is written per application, the first that sufficed: others may have stood behind it. Who was talked out
    of asking is in no table.

    Examples
    --------
    >>> asked = pd.DataFrame({"decision": ["refused", "refused", "approved"], "reason_code": ["high_debt", None, None],
    ...                       "asked_yuan": [5.0, 2.0, 9.0]})
    >>> loss_reasons(asked)[["reason_code", "lost_count", "lost_yuan"]].values.tolist()
    [['high_debt', 1, 5.0], ['unknown', 1, 2.0]]
    """
    lost = applications[applications["decision"].isin(LOST)]
    if lost.empty:
        raise EmptyBook("no application was refused or withdrawn", fix="check that refusals are recorded at all")
    by = keys(within)
    rows = lost.assign(reason_code=lost["reason_code"].fillna("unknown"), **{n: lost[n].fillna("unknown") for n in by})
    found = rows.groupby([*by, "reason_code"], as_index=False, observed=True).agg(
        lost_count=("asked_yuan", "size"), lost_yuan=("asked_yuan", "sum")
    )
    totals = found.groupby(by, observed=True)["lost_count"].transform("sum") if by else found["lost_count"].sum()
    found = with_share(found.assign(all_lost_count=totals), hit="lost_count", base="all_lost_count", name="lost")
    order = [*by, "lost_count", "lost_yuan", "reason_code"]
    return found.sort_values(order, ascending=[True] * len(by) + [False, False, True], ignore_index=True)


def replacements(loans: pd.DataFrame, *, days: int, since: object = None) -> pd.DataFrame:
    r"""Measure which part of a product's new loans came within so many days of repaying another product.

    Answers "does this product win customers, or move them from one pocket to the other?"

    .. math:: c_p = \frac{\#\{l \in p : \exists\, k \notin p,\ same\ customer,\ |d_l - e_k| \le D\}}{\#\{l \in p\}}

    with :math:`d_l` the day a new loan was paid out and :math:`e_k` the day an older loan of another product ended.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, product_id, disbursed_date, closed_date, amount_yuan`` and what tells renewals,
        which are left out. Not modified.
    days : int
        Days on either side (policy, 30).
    since : date, optional
        Only loans paid out from this day.

    Returns
    -------
    DataFrame
        One row per product, by ``product_id``: ``new_count, new_yuan, replaced_count, replaced_yuan`` (of the new loans
        that replaced), ``net_new_yuan`` (amounts beyond the loans replaced), ``replaced_share, replaced_low,
        replaced_high`` (Jeffreys), ``main_from_id`` (the product most often replaced; missing when none)

    Raises
    ------
    EmptyBook
        If no new loan was paid out.

    Notes
    -----
    Only what ended in this ledger is seen: a loan of another bank repaid by ours is no replacement here. Closeness in
    time is no proof of intent.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a", "b"], "customer_id": "C1", "product_id": ["P1", "P2"],
    ...     "disbursed_date": pd.to_datetime(["2025-01-01", "2026-01-10"]), "amount_yuan": [5.0, 8.0],
    ...     "closed_date": pd.to_datetime(["2026-01-01", None]), "issue_type": "new"})
    >>> replacements(loans, days=30)[["product_id", "replaced_count", "net_new_yuan"]].values.tolist()
    [['P1', 0, 5.0], ['P2', 1, 3.0]]
    """
    named = loans[loans["product_id"].notna()]
    new = named[~is_renewed(named)]
    new = new if since is None else new[new["disbursed_date"] >= pd.Timestamp(since)]
    if new.empty:
        raise EmptyBook("no new loan was paid out", fix="take a longer window")
    pairs = _pairs(new, named, days)
    first = pairs.drop_duplicates("loan_id").set_index("loan_id")
    hit = new["loan_id"].isin(first.index)
    older = new["loan_id"].map(first["older_yuan"]).astype("float64").fillna(0.0)
    rows = pd.DataFrame(
        {
            "product_id": new["product_id"],
            "new_count": 1,
            "new_yuan": new["amount_yuan"],
            "replaced_count": hit.astype("int64"),
            "replaced_yuan": new["amount_yuan"].where(hit, 0.0),
            "net_new_yuan": (new["amount_yuan"] - older).clip(lower=0.0),
        }
    )
    found = rows.groupby("product_id", as_index=False, observed=True).sum()
    found = with_share(found, hit="replaced_count", base="new_count", name="replaced")
    return found.assign(main_from_id=found["product_id"].map(_main(first)))


def _pairs(new: pd.DataFrame, named: pd.DataFrame, days: int) -> pd.DataFrame:
    """New loans beside the older loans of other products that ended about then, the nearest first."""
    older = named.loc[named["closed_date"].notna(), ["customer_id", "product_id", "closed_date", "amount_yuan"]]
    older = older.set_axis(["customer_id", "from_id", "ended", "older_yuan"], axis=1)
    pairs = new[["loan_id", "customer_id", "product_id", "disbursed_date"]].merge(older, on="customer_id")
    gap = np.abs((pairs["disbursed_date"] - pairs["ended"]).dt.days)
    near = pairs.assign(gap=gap)[(gap <= days) & (pairs["product_id"] != pairs["from_id"])]
    return near.sort_values(["loan_id", "gap", "older_yuan", "from_id"], ascending=[True, True, False, True])


def _main(first: pd.DataFrame) -> pd.Series:
    counts = first.groupby(["product_id", "from_id"], observed=True).size().reset_index(name="n")
    best = counts.sort_values(["n", "from_id"], ascending=[False, True]).drop_duplicates("product_id")
    return best.set_index("product_id")["from_id"]


def tenor_mismatch(loans: pd.DataFrame, gaps: pd.DataFrame, *, months: int = 24) -> pd.DataFrame:
    r"""Set the tenor of live loans against the months for which their borrowers' cash is short.

    Answers "who must repay before the money is back, and who needs more than a year?"

    .. math:: short_i \iff t_i < g_i

    with :math:`t_i` the tenor in months and :math:`g_i` the length of the borrower's cash gap.

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified.
    gaps : DataFrame
        Result of `income.cash_gaps` over `months`. Not modified.
    months : int
        Length of that window: a gap that fills it is at least so long.

    Returns
    -------
    DataFrame
        One row per ``product_id`` with live loans: ``loans_count, known_count`` (borrower's gap known),
        ``term_months, gap_months`` (medians), ``short_count, short_share, short_low, short_high`` (tenor shorter than
        the gap; Jeffreys), ``long_need_count`` (gap of more than a year), ``open_count`` (gap not refilled yet: its
        length is a lower bound)

    Raises
    ------
    EmptyBook
        If no loan is live, or of no borrower the flows are known.

    Notes
    -----
    Loans paid into the account hide gaps, repayments open them: the gap is that of the account with our loan in it.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a"], "customer_id": "C1", "product_id": "P1", "balance_yuan": 1.0,
    ...     "overdue_days": 0, "status": "normal", "disbursed_date": pd.to_datetime(["2026-01-01"]),
    ...     "maturity_date": pd.to_datetime(["2026-07-01"])})
    >>> gaps = pd.DataFrame({"customer_id": ["C1"], "gap_months_count": [9], "gap_is_open": [False]})
    >>> tenor_mismatch(loans, gaps)[["known_count", "short_count"]].values.tolist()
    [[1, 1]]
    """
    live = dated_terms(live_loans(loans)).dropna(subset=["product_id"])
    joined = live.merge(gaps[["customer_id", "gap_months_count", "gap_is_open"]], on="customer_id", how="left")
    length = joined["gap_months_count"].astype("float64")
    if length.notna().sum() == 0:
        raise EmptyBook("of no borrower the flows are known", where="flow_months", fix="load account flows")
    rows = joined.assign(
        loans_count=1,
        known_count=length.notna().astype("int64"),
        gap_months=length,
        short_count=(joined["term_months"].round() < length).astype("int64"),
        long_need_count=(length > MONTHS_PER_YEAR).astype("int64"),
        open_count=joined["gap_is_open"].fillna(False).astype("int64"),
    )
    counts = ["loans_count", "known_count", "short_count", "long_need_count", "open_count"]
    grouped = rows.groupby("product_id", observed=True)
    found = grouped[counts].sum().join(grouped[["term_months", "gap_months"]].median().round(1)).reset_index()
    return with_share(found, hit="short_count", base="known_count", name="short")


def refinanced_ends(loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Measure which part of the loans that ended in a year were met by the next loan.

    .. math:: f_p = \frac{\#\{ended\ loans\ that\ a\ later\ loan\ names\ as\ its\ previous\}}{\#\{ended\ loans\}}

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``loan_id, previous_loan_id, product_id, closed_date, status, amount_yuan``. Not modified.
    as_of : date
        The twelve months end on it.

    Returns
    -------
    DataFrame
        One row per ``product_id``: ``ended_count, ended_yuan, renewed_count, renewed_share, renewed_low,
        renewed_high`` (Jeffreys)

    Raises
    ------
    EmptyBook
        If no loan ended in the year.

    Notes
    -----
    A renewal is no sign of trouble by itself (续贷 is lawful and often wanted); a product of which most maturities are
    met by renewal has a tenor that is a form, not a term.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a", "b"], "previous_loan_id": [None, "a"], "product_id": "P1",
    ...     "closed_date": pd.to_datetime(["2026-03-01", None]), "amount_yuan": 5.0, "status": ["settled", "normal"]})
    >>> refinanced_ends(loans, as_of="2026-06-30")[["ended_count", "renewed_share"]].values.tolist()
    [[1.0, 1.0]]
    """
    ended = loans[loans["closed_date"].between(year_before(as_of), pd.Timestamp(as_of)) & loans["product_id"].notna()]
    if ended.empty:
        raise EmptyBook("no loan ended in the year", fix="keep ended loans in the ledger, with closed_date")
    renewed = ended["loan_id"].isin(loans["previous_loan_id"].dropna())
    rows = ended.assign(ended_count=1, ended_yuan=ended["amount_yuan"], renewed_count=renewed.astype("int64"))
    found = rows.groupby("product_id", as_index=False, observed=True)[["ended_count", "ended_yuan", "renewed_count"]]
    return with_share(found.sum(), hit="renewed_count", base="ended_count", name="renewed")


def refinanced_principal(repayments: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    """Measure which part of a year's repaid principal came out of a new loan of ours or of another bank.

    Parameters
    ----------
    repayments : DataFrame[repayments]
        Uses ``loan_id, paid_date, principal_yuan, source``. Not modified.
    loans : DataFrame[loans]
        Whose they were, and under which product. Not modified.
    as_of : date
        The twelve months end on it.

    Returns
    -------
    DataFrame
        As `borrower_shares`, one row per ``product_id`` and measure (``from_renewal``, ``from_other_bank``),
        intervals by borrower; principal of unknown source is counted as unknown

    Raises
    ------
    EmptyBook
        If no principal was repaid in the year.

    Examples
    --------
    >>> paid = pd.DataFrame({"loan_id": ["a", "a"], "paid_date": pd.to_datetime(["2026-01-01", "2026-02-01"]),
    ...                      "principal_yuan": [25.0, 75.0], "source": ["scheduled", "renewal"]})
    >>> loans = pd.DataFrame({"loan_id": ["a"], "customer_id": ["C1"], "product_id": ["P1"]})
    >>> refinanced_principal(paid, loans, as_of="2026-06-30")[["measure", "share"]].values.tolist()
    [['from_renewal', 0.75], ['from_other_bank', 0.0]]
    """
    year = repayments[repayments["paid_date"].between(year_before(as_of), pd.Timestamp(as_of))]
    parts = year.merge(loans[["loan_id", "customer_id", "product_id"]].dropna(), on="loan_id")
    parts = parts[parts["principal_yuan"] > 0]
    if parts.empty:
        raise EmptyBook("no principal was repaid in the year", where="repayments", fix="load the repayments of a year")
    source, paid = parts["source"].fillna("unknown"), parts["principal_yuan"]
    split = parts.assign(
        base=paid,
        unsure=np.where(source == "unknown", paid, 0.0),
        renewal=np.where(source == "renewal", paid, 0.0),
        other=np.where(source == "other_bank", paid, 0.0),
    )
    measures = {"from_renewal": ("renewal", "base", "unsure"), "from_other_bank": ("other", "base", "unsure")}
    return borrower_shares(split, measures=measures, within="product_id")

"""How well products serve: fit of terms to need, time to yes and to the money, papers, online check, line use."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.calendars import last_complete_month_end
from microlib.contracts.needs import measure
from microlib.errors import BadData, EmptyBook
from microlib.metrics.loans import is_bad, live_loans
from microlib.stats.grouping import Day, checked_level, keys, year_before
from microlib.stats.intervals import rate_difference, upper_bound, with_share
from microlib.units import MONTHS_PER_YEAR

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
        Result of `income.cash_gaps`: amount and months. Not modified.
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
        Product -> its commonest way of repaying (`products.realised_terms`); a product without one is taken as patient.
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
    each = (
        fits.groupby(["segment", "customer_id"], observed=True)
        .agg(least=("misses_count", "min"), need_yuan=("need_yuan", "first"))
        .reset_index()
    )
    covered = each["least"] == 0
    rows = each.assign(
        needing_count=1,
        covered_count=covered.astype("int64"),
        needed_yuan=each["need_yuan"],
        uncovered_yuan=each["need_yuan"].where(~covered, 0.0),
        one_term_count=(each["least"] == 1).astype("int64"),
    )
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
STAGES = {
    "survey": ("submitted_at", "surveyed_at"),
    "decide": ("surveyed_at", "decided_at"),
    "pay_out": ("decided_at", "disbursed_at"),
    "whole_way": ("submitted_at", "disbursed_at"),
}
SECONDS = 86_400
#: 7 % of a hundred is seven, though its product as a float lies above
NEAR = 1e-9


def quantile_range(values: pd.Series, *, quantile: float, level: float = 0.95) -> tuple[float, float, float]:
    r"""Return a quantile and its range, free of any distribution.

    The limits are order statistics :math:`x_{(l)}, x_{(u)}` with
    :math:`P(l \le Bin(n, q) \le u - 1) \ge level`.

    Returns
    -------
    tuple of float
        Quantile (the smallest value with at least that part at or below it), low, high. A limit is missing where so
        few values bound that side by nothing.

    Examples
    --------
    >>> quantile_range(pd.Series(range(1, 101)), quantile=0.9)
    (90.0, 84.0, 96.0)
    >>> quantile_range(pd.Series(range(1, 11)), quantile=0.9)
    (9.0, 7.0, nan)
    """
    checked_level(level)
    ordered = values.dropna().astype("float64").sort_values().to_numpy()
    count, tail = len(ordered), (1 - level) / 2
    if count == 0:
        return (float("nan"),) * 3
    below, above = int(binom.ppf(tail, count, quantile)), int(binom.ppf(1 - tail, count, quantile)) + 1
    place = max(1, int(np.ceil(count * quantile - NEAR)))
    low = float(ordered[below - 1]) if below >= 1 else float("nan")
    high = float(ordered[above - 1]) if above <= count else float("nan")
    return float(ordered[place - 1]), low, high


def stage_times(
    applications: pd.DataFrame, *, quantile: float = 0.9, within: str | list[str] | None = None
) -> pd.DataFrame:
    """Measure the days of every stage from asking to the money, with the promise that could have been kept.

    Answers "in how many days can we promise the money, and where do the days go?"

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``submitted_at, surveyed_at, decided_at, disbursed_at``. Not modified.
    quantile : float
        Part of cases that the promise covers (policy, 0.9).
    within : str, list of str or None
        Grouping columns.

    Returns
    -------
    DataFrame
        Per group and ``stage`` (survey, decide, pay_out, whole_way): ``cases_count`` (both moments known),
        ``median_days``, ``promise_days`` with ``promise_days_low, promise_days_high`` (the quantile and its range;
        a limit is missing where the cases are too few for it), ``longest_days``

    Raises
    ------
    EmptyBook
        If no stage was finished.
    BadData
        If a stage ends before it begins.

    Notes
    -----
    Only finished stages count: who still waits is not in it, so a jam shows late. Days are calendar days, waiting for
    the customer's papers included.

    Examples
    --------
    >>> asked = pd.DataFrame({"submitted_at": pd.to_datetime(["2026-01-01", "2026-01-01"]),
    ...     "surveyed_at": pd.to_datetime(["2026-01-03", "2026-01-05"]),
    ...     "decided_at": pd.to_datetime(["2026-01-06"] * 2), "disbursed_at": pd.to_datetime(["2026-01-07", None])})
    >>> stage_times(asked)[["stage", "cases_count", "promise_days"]].values.tolist()
    [['survey', 2, 4.0], ['decide', 2, 3.0], ['pay_out', 1, 1.0], ['whole_way', 1, 6.0]]
    """
    by = keys(within)
    named = applications.assign(**{name: applications[name].fillna("unknown") for name in by})
    groups = named.groupby(by, observed=True, sort=True) if by else [((), named)]
    rows = []
    for key, group in groups:
        for stage, (start, end) in STAGES.items():
            days = _days(group, start, end)
            if len(days):
                head = dict(zip(by, key, strict=True)) if by else {}
                rows.append(head | {"stage": stage} | _row(days, quantile))
    if not rows:
        raise EmptyBook("no stage was finished", where="applications", fix="record the moments of each stage")
    return pd.DataFrame(rows)


def end_to_end_times(times: pd.DataFrame) -> pd.DataFrame:
    """Keep the whole way from asking to the money of every group, the slowest promise first.

    Raises
    ------
    EmptyBook
        If no application of any group went the whole way.

    Examples
    --------
    >>> times = pd.DataFrame({"product_id": "P1", "stage": ["survey", "whole_way"], "promise_days": [3.0, 9.0]})
    >>> end_to_end_times(times)["promise_days"].tolist()
    [9.0]
    """
    kept = times[times["stage"] == "whole_way"].drop(columns="stage")
    if kept.empty:
        raise EmptyBook("no application went the whole way", fix="record when the money was paid out")
    return kept.sort_values("promise_days", ascending=False, kind="stable", ignore_index=True)


def _days(group: pd.DataFrame, start: str, end: str) -> pd.Series:
    days = (group[end] - group[start]).dt.total_seconds() / SECONDS
    if (days < 0).any():
        raise BadData(f"{end} lies before {start} in {int((days < 0).sum())} rows", fix="mend those moments")
    return days.dropna()


def _row(days: pd.Series, quantile: float) -> dict[str, float]:
    promise, low, high = quantile_range(days, quantile=quantile)
    return {
        "cases_count": len(days),
        "median_days": float(days.median()),
        "promise_days": promise,
        "promise_days_low": low,
        "promise_days_high": high,
        "longest_days": float(days.max()),
    }


def paper_uses(application_documents: pd.DataFrame, *, most_share: float, level: float = 0.95) -> pd.DataFrame:
    r"""Measure how often each paper changed the decision on the application it was asked for.

    Answers "which papers do we ask for and never use?" A paper is a candidate to be dropped when even the upper bound
    of its rate of use lies at or below `most_share`:

    .. math:: u = \text{Clopper–Pearson}^{+}(x, n), \qquad drop \iff u \le s

    Parameters
    ----------
    application_documents : DataFrame[application_documents]
        Uses ``document, is_mandatory, waited_days, changed_decision``. Not modified.
    most_share : float
        Rate of use up to which a paper is not worth asking for (policy).
    level : float
        One-sided, of the upper bound.

    Returns
    -------
    DataFrame
        One row per ``document``, the least used first: ``asked_count, known_count`` (use recorded), ``changed_count,
        changed_share, changed_low, changed_high`` (Jeffreys), ``changed_upper_share`` (one-sided), ``is_mandatory``,
        ``waited_days`` (median), ``finding``: ``mandatory``, ``drop``, ``useful`` (lower bound above `most_share`),
        ``open`` (also where it is not recorded whether the rules ask for it)

    Raises
    ------
    EmptyBook
        If nothing was asked for.

    Notes
    -----
    A paper may keep people from asking, or deter a false statement, without ever changing a decision: dropping is a
    trial on part of the applications, not a conclusion. What the rules ask for is never a candidate.

    Examples
    --------
    >>> asked = pd.DataFrame({"document": ["utility_bills"] * 400, "is_mandatory": False, "waited_days": 2.0,
    ...                       "changed_decision": False})
    >>> paper_uses(asked, most_share=0.01)[["changed_upper_share", "finding"]].round(4).values.tolist()
    [[0.0075, 'drop']]
    """
    if application_documents.empty:
        raise EmptyBook(
            "no paper was asked for", where="application_documents", fix="record which papers are asked for"
        )
    rows = application_documents.assign(
        known_count=application_documents["changed_decision"].notna().astype("int64"),
        changed_count=application_documents["changed_decision"].fillna(False).astype("int64"),
        is_mandatory=application_documents["is_mandatory"].astype("boolean").fillna(False).astype(bool),
        is_free=application_documents["is_mandatory"].notna(),
    )
    found = rows.groupby("document", as_index=False, observed=True).agg(
        asked_count=("document", "size"),
        known_count=("known_count", "sum"),
        changed_count=("changed_count", "sum"),
        is_mandatory=("is_mandatory", "any"),
        is_free=("is_free", "any"),
        waited_days=("waited_days", "median"),
    )
    free = found.pop("is_free")
    found = with_share(found, hit="changed_count", base="known_count", name="changed")
    upper = upper_bound(found["changed_count"], found["known_count"].clip(lower=1), level=level)
    found["changed_upper_share"] = upper.where(found["known_count"] > 0)
    found["finding"] = np.select(
        [found["is_mandatory"], free & (found["changed_upper_share"] <= most_share), found["changed_low"] > most_share],
        ["mandatory", "drop", "useful"],
        default="open",
    )
    return found.sort_values(["changed_upper_share", "document"], ignore_index=True)


def saved_waits(application_documents: pd.DataFrame, uses: pd.DataFrame) -> pd.DataFrame:
    """Reckon by how many days applications would have been complete earlier without the papers to be dropped.

    Parameters
    ----------
    application_documents : DataFrame[application_documents]
        An application is complete when its slowest paper is there. Not modified.
    uses : DataFrame
        Result of `paper_uses`. Not modified.

    Returns
    -------
    DataFrame
        One row: ``applications_count, sooner_count`` (complete earlier), ``papers_count`` (a file, mean),
        ``dropped_count`` (papers of a file that fall away, mean), ``waited_days, waited_after_days`` (means of the
        slowest paper, now and without those), ``saved_days``

    Examples
    --------
    >>> asked = pd.DataFrame({"application_id": ["A", "A"], "document": ["lease", "utility_bills"],
    ...                       "waited_days": [2.0, 5.0]})
    >>> uses = pd.DataFrame({"document": ["lease", "utility_bills"], "finding": ["useful", "drop"]})
    >>> saved_waits(asked, uses)[["dropped_count", "saved_days"]].iloc[0].tolist()
    [1.0, 3.0]
    """
    dropped = application_documents["document"].isin(uses.loc[uses["finding"] == "drop", "document"])
    waits = application_documents["waited_days"].fillna(0.0)
    key = application_documents["application_id"]
    now = waits.groupby(key, observed=True).max()
    after = waits.where(~dropped, 0.0).groupby(key, observed=True).max()
    return pd.DataFrame(
        [
            {
                "applications_count": len(now),
                "sooner_count": int((after < now).sum()),
                "papers_count": len(key) / max(len(now), 1),
                "dropped_count": float(dropped.sum()) / max(len(now), 1),
                "waited_days": float(now.mean()),
                "waited_after_days": float(after.mean()),
                "saved_days": float((now - after).mean()),
            }
        ]
    )


LOST_STATES = ("written_off", "transferred")


def online_passes(online_screens: pd.DataFrame, memberships: pd.DataFrame | None = None) -> pd.DataFrame:
    """Measure who passes the online check, how far the line reaches, and how long the answer takes.

    Parameters
    ----------
    online_screens : DataFrame[online_screens]
        Several checks of one customer: the last counts. Not modified.
    memberships : DataFrame, optional
        Result of `segments.assign_segments`; by primary segment, the rest as ``unassigned``. Without it one row.

    Returns
    -------
    DataFrame
        Per ``segment``: ``checked_count, passed_count``, ``pass_share, pass_low, pass_high`` (Jeffreys),
        ``needed_yuan, granted_yuan`` (of those passed, both known), ``covered_share`` (of what was needed,
        what is more than a customer needs covers nobody else), ``full_share``
        with ``full_low, full_high`` (passed and the line covers the whole need), ``decision_seconds`` (median),
        ``decision_p90_seconds``

    Raises
    ------
    EmptyBook
        If nobody was checked.

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": ["C1", "C2"], "screened_at": pd.to_datetime(["2026-01-01"] * 2),
    ...     "decision": ["approved", "refused"], "granted_yuan": [6.0, 0.0], "needed_yuan": [10.0, 8.0],
    ...     "decision_seconds": [20.0, 30.0]})
    >>> online_passes(seen)[["segment", "pass_share", "covered_share"]].values.tolist()
    [['all', 0.5, 0.6]]
    """
    last = _last(online_screens)
    passed = last["decision"] == "approved"
    known = passed & last["needed_yuan"].gt(0) & last["granted_yuan"].notna()
    whole = known & (last["granted_yuan"] >= last["needed_yuan"])
    rows = last.assign(
        segment=_segments(last["customer_id"], memberships),
        checked_count=1,
        passed_count=passed.astype("int64"),
        needed_yuan=last["needed_yuan"].where(known, 0.0),
        granted_yuan=last["granted_yuan"].where(known, 0.0),
        covered=last[["granted_yuan", "needed_yuan"]].min(axis=1).where(known, 0.0),
        sized_count=known.astype("int64"),
        full_count=whole.astype("int64"),
    )
    groups = rows.groupby("segment", observed=True)
    sums = ["checked_count", "passed_count", "needed_yuan", "granted_yuan", "sized_count", "full_count"]
    found = groups[[*sums, "covered"]].sum().reset_index()
    covered = found.pop("covered")
    found = with_share(found, hit="passed_count", base="checked_count", name="pass")
    found = with_share(found, hit="full_count", base="sized_count", name="full")
    seconds = groups["decision_seconds"].quantile([0.5, 0.9]).unstack().set_axis(["half", "most"], axis=1)
    return found.assign(
        covered_share=covered / found["needed_yuan"].where(found["needed_yuan"] > 0),
        decision_seconds=found["segment"].map(seconds["half"]),
        decision_p90_seconds=found["segment"].map(seconds["most"]),
    )


def swap_set(online_screens: pd.DataFrame, loans: pd.DataFrame, *, online_products: tuple[str, ...]) -> pd.DataFrame:
    r"""Compare what became of offline loans to those whom the online check had passed and refused.

    Answers "does the online check refuse customers who do well offline?" With bad the borrowers of whom an offline loan
    after the check is bad or was written off:

    .. math:: \Delta = \frac{bad_{refused}}{n_{refused}} - \frac{bad_{passed}}{n_{passed}}

    Parameters
    ----------
    online_screens : DataFrame[online_screens]
        The last check of a customer counts. Not modified.
    loans : DataFrame[loans]
        Not modified.
    online_products : tuple of str
        Products that the check itself opens: their loans are left out.

    Returns
    -------
    DataFrame
        Two rows, ``decision`` (refused, approved): ``checked_count, borrowers_count`` (with an offline loan since),
        ``bad_count, bad_share, bad_low, bad_high`` (Jeffreys), ``lent_yuan``, ``unknown_count`` (borrowers none of
        whose loans is known to be bad, and one has neither class nor days: not in ``borrowers_count``), and in the row
        of the refused ``difference, difference_low, difference_high`` (Newcombe)

    Raises
    ------
    EmptyBook
        If nobody was checked, or no offline loan followed.

    Notes
    -----
    Whom the branch chose among the refused is not a sample of them: it saw what the model did not. A small difference
    says that the branch chooses well, not that the model errs; only a random trial would tell.

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": ["C1", "C2"], "screened_at": pd.to_datetime(["2025-01-01"] * 2),
    ...                      "decision": ["approved", "refused"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "product_id": "P5", "amount_yuan": 9.0,
    ...     "overdue_days": [0, 99], "class5": None, "status": "normal",
    ...     "disbursed_date": pd.to_datetime(["2025-02-01"] * 2)})
    >>> swap_set(seen, loans, online_products=("P1",))[["decision", "bad_count"]].values.tolist()
    [['refused', 1], ['approved', 0]]
    """
    last = _last(online_screens)[["customer_id", "screened_at", "decision"]]
    offline = loans[~loans["product_id"].isin(online_products)]
    after = offline.merge(last, on="customer_id")
    after = after[after["disbursed_date"] >= after["screened_at"].dt.normalize()]
    if after.empty:
        raise EmptyBook("no offline loan followed a check", fix="checks and loans of the same time are needed")
    bad = is_bad(after) | after["status"].isin(LOST_STATES)
    blind = ~bad & after["status"].ne("settled") & after["class5"].isna() & after["overdue_days"].isna()
    people = after.assign(bad=bad, blind=blind).groupby(["decision", "customer_id"], observed=True)
    each = people.agg(bad=("bad", "max"), blind=("blind", "max"), lent_yuan=("amount_yuan", "sum")).reset_index()
    each = each.assign(unknown=each["blind"] & ~each["bad"]).assign(known=lambda rows: ~rows["unknown"])
    sums = {"borrowers_count": "known", "bad_count": "bad", "lent_yuan": "lent_yuan", "unknown_count": "unknown"}
    found = each.groupby("decision", observed=True)[list(sums.values())].sum()
    found = found.set_axis(list(sums), axis=1).reindex(["refused", "approved"], fill_value=0)
    found = found.astype({name: int for name in sums if name != "lent_yuan"})
    found = found.reset_index()
    found["checked_count"] = found["decision"].map(last["decision"].value_counts()).fillna(0).astype(int)
    found = with_share(found, hit="bad_count", base="borrowers_count", name="bad")
    return found.join(_gap(found))


def online_product_ids(products: pd.DataFrame) -> tuple[str, ...]:
    """Return the products that are sold online.

    Examples
    --------
    >>> online_product_ids(pd.DataFrame({"product_id": ["P1", "P2"], "is_online": [True, None]}))
    ('P1',)
    """
    online = products["is_online"].astype("boolean").fillna(False).astype(bool)
    return tuple(sorted(products.loc[online, "product_id"].dropna()))


def _gap(found: pd.DataFrame) -> pd.DataFrame:
    counts = found[["bad_count", "borrowers_count"]].set_axis(["bad_count", "total_count"], axis=1)
    names = {"difference": "difference", "low": "difference_low", "high": "difference_high"}
    if not (counts["total_count"] > 0).all():
        return pd.DataFrame(columns=list(names.values()), index=found.index, dtype="float64")
    gap = rate_difference(counts.head(1), counts.tail(1).set_axis(counts.head(1).index))
    return gap[list(names)].rename(columns=names).reindex(found.index)


def _last(online_screens: pd.DataFrame) -> pd.DataFrame:
    if online_screens.empty:
        raise EmptyBook("nobody was checked online", where="online_screens", fix="load the online checks")
    return online_screens.sort_values("screened_at", kind="stable").drop_duplicates("customer_id", keep="last")


def _segments(customers: pd.Series, memberships: pd.DataFrame | None) -> pd.Series:
    if memberships is None:
        return pd.Series("all", index=customers.index)
    first = memberships[memberships["is_primary"]].drop_duplicates("customer_id").set_index("customer_id")["segment"]
    return customers.map(first).fillna("unassigned")


#: part of the line's yearly peak from which a month counts as used, and below which as idle
USED, IDLE = 0.5, 0.25
#: a line whose peak stays under this part of its limit sleeps
ASLEEP = 0.15
MOST_OF = 0.9
#: months of a year under which a line's pattern cannot be told
FEWEST_MONTHS = 6


def line_uses(facility_months: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Describe how each line was drawn over a year, and what drawing at will saved against a loan of its peak.

    .. math:: S_f = \sum_m (\max_{m'} U_{fm'} - U_{fm}) \frac{r_f}{12}

    with :math:`U_{fm}` the daily average drawn and :math:`r_f` the rate: a term loan of the most ever needed costs
    interest in every month.

    Parameters
    ----------
    facility_months : DataFrame[facility_months]
        Not modified.
    loans : DataFrame[loans]
        ``facility_id, yearly_rate, amount_yuan``: a line's rate is the mean of its loans', by amount. Not modified.
    as_of : date
        The twelve months end with the last that is over at it.

    Returns
    -------
    DataFrame
        One row per facility with months in the year: ``facility_id, customer_id, months_count, limit_yuan,
        peak_yuan, used_yuan`` (means), ``used_months_count`` (at least half of the peak), ``use_share`` (of the
        limit), ``saved_yuan`` (missing without a rate), ``pattern``: ``sleeping`` (peak under 15 % of the limit),
        ``steady`` (nine months of ten used), ``seasonal`` (used months and idle ones), ``mixed``; ``unknown`` with
        fewer than six months

    Raises
    ------
    EmptyBook
        If no line has a month in the year.

    Examples
    --------
    >>> months = [f"2026-0{month}" for month in range(1, 7)]
    >>> uses = pd.DataFrame({"facility_id": "F", "customer_id": "C", "month": months, "limit_yuan": 100.0,
    ...                      "used_yuan": [80.0, 0.0, 80.0, 0.0, 80.0, 80.0]})
    >>> loans = pd.DataFrame({"facility_id": ["F"], "yearly_rate": [0.06], "amount_yuan": [100.0]})
    >>> line_uses(uses, loans, as_of="2026-06-30")[["saved_yuan", "pattern"]].round(2).values.tolist()
    [[0.8, 'seasonal']]
    """
    since, until = (f"{day:%Y-%m}" for day in (year_before(as_of), last_complete_month_end(pd.Timestamp(as_of).date())))
    year = facility_months[(facility_months["month"] > since) & (facility_months["month"] <= until)]
    if year.empty:
        raise EmptyBook("no line has a month in the year", where="facility_months", fix="load the monthly use of lines")
    peak = year.groupby("facility_id", observed=True)["used_yuan"].transform("max")
    part = year["used_yuan"] / peak.where(peak > 0)
    rows = year.assign(peak_yuan=peak, is_used=part >= USED, is_idle=part <= IDLE, unused=peak - year["used_yuan"])
    found = rows.groupby(["facility_id", "customer_id"], as_index=False, observed=True).agg(
        months_count=("month", "nunique"),
        limit_yuan=("limit_yuan", "mean"),
        peak_yuan=("peak_yuan", "max"),
        used_yuan=("used_yuan", "mean"),
        used_months_count=("is_used", "sum"),
        idle_months_count=("is_idle", "sum"),
        unused=("unused", "sum"),
    )
    rate = found["facility_id"].map(_rates(loans))
    found = found.assign(
        use_share=found["used_yuan"] / found["limit_yuan"].where(found["limit_yuan"] > 0),
        saved_yuan=found["unused"] * rate / MONTHS_PER_YEAR,
    )
    return found.assign(pattern=_patterns(found)).drop(columns=["unused", "idle_months_count"])


def line_rooms(facilities: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    r"""Measure what each customer may still draw on lines that are open.

    .. math:: R_c = \sum_{f \in F_c} \max(0,\ A_f - U_f)

    with :math:`A_f` what was approved and :math:`U_f` what counts against it: the balance where the line revolves, all
    that was lent under it where it does not, or where nobody wrote which it is.

    Parameters
    ----------
    facilities : DataFrame[facilities]
        Uses ``facility_id, customer_id, approved_yuan, is_revolving, status``; a line that is not ``active`` is not
        open. Not modified.
    loans : DataFrame[loans]
        Uses ``facility_id, balance_yuan, amount_yuan``. Not modified.

    Returns
    -------
    DataFrame
        One row per customer with an open line, by ``customer_id``: ``lines_count, approved_yuan, room_yuan`` (yuan,
        0 .. approved).

    Examples
    --------
    >>> lines = pd.DataFrame({"facility_id": ["F1", "F2"], "customer_id": "C", "approved_yuan": [100.0, 50.0],
    ...                       "is_revolving": [True, False], "status": "active"})
    >>> loans = pd.DataFrame({"facility_id": ["F1", "F2"], "balance_yuan": [60.0, 10.0], "amount_yuan": [90.0, 50.0]})
    >>> line_rooms(lines, loans)["room_yuan"].tolist()
    [40.0]
    """
    open_lines = facilities[facilities["status"].fillna("active") == "active"]
    sums = loans.groupby("facility_id", observed=True)[["balance_yuan", "amount_yuan"]].sum()
    used = open_lines[["facility_id"]].join(sums, on="facility_id").fillna({"balance_yuan": 0.0, "amount_yuan": 0.0})
    revolves = open_lines["is_revolving"].fillna(False).astype(bool)
    drawn = used["balance_yuan"].where(revolves, used["amount_yuan"])
    rows = open_lines.assign(room_yuan=(open_lines["approved_yuan"] - drawn).clip(lower=0.0))
    return rows.groupby("customer_id", as_index=False, observed=True).agg(
        lines_count=("facility_id", "nunique"), approved_yuan=("approved_yuan", "sum"), room_yuan=("room_yuan", "sum")
    )


def line_patterns(uses: pd.DataFrame) -> pd.DataFrame:
    """Sum up how a product's lines are drawn, by pattern.

    Parameters
    ----------
    uses : DataFrame
        Result of `line_uses`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``pattern``: ``lines_count, all_lines_count, pattern_share, pattern_low, pattern_high`` (Jeffreys),
        ``limit_yuan, used_yuan`` (sums), ``use_share`` (of the limits), ``used_months_count`` (median), ``saved_yuan``
        (sum a year), ``saved_line_yuan`` (median of a line)

    Examples
    --------
    >>> uses = pd.DataFrame({"pattern": ["steady", "seasonal"], "limit_yuan": 100.0, "used_yuan": [90.0, 30.0],
    ...                      "used_months_count": [12, 4], "saved_yuan": [0.0, 3.0]})
    >>> line_patterns(uses)[["pattern", "lines_count", "saved_yuan"]].values.tolist()
    [['seasonal', 1, 3.0], ['steady', 1, 0.0]]
    """
    found = uses.groupby("pattern", as_index=False, observed=True).agg(
        lines_count=("limit_yuan", "size"),
        limit_yuan=("limit_yuan", "sum"),
        used_yuan=("used_yuan", "sum"),
        used_months_count=("used_months_count", "median"),
        saved_yuan=("saved_yuan", "sum"),
        saved_line_yuan=("saved_yuan", "median"),
    )
    found = with_share(
        found.assign(all_lines_count=len(uses)), hit="lines_count", base="all_lines_count", name="pattern"
    )
    return found.assign(use_share=found["used_yuan"] / found["limit_yuan"].where(found["limit_yuan"] > 0))


def idle_interest(loans: pd.DataFrame, flow_months: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Reckon the interest that term borrowers paid on money which lay in their accounts.

    Answers "whom would a draw-and-repay line have served better, and by how many yuan?"

    .. math:: I_p = \sum_{i,m} \min(B_i, A_{im}) \frac{r_i}{12}

    with :math:`B_i` the balance and :math:`A_{im}` the lowest balance of the borrower's accounts in month m: what lay
    there all month could have been repaid and drawn again.

    Parameters
    ----------
    loans : DataFrame[loans]
        Live loans, by ``product_id``. Not modified.
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, min_balance_yuan``; channels are added up. Not modified.
    as_of : date
        The twelve months end with the last that is over at it; months before a loan's first are left out.

    Returns
    -------
    DataFrame
        One row per ``product_id``: ``loans_count, known_count`` (accounts known), ``idle_yuan`` (sum a year),
        ``interest_yuan`` (of those loans in the same months), ``idle_share`` (of that interest), ``idle_line_yuan``
        (median of a known loan)

    Raises
    ------
    EmptyBook
        If of no borrower the lowest balances are known.

    Notes
    -----
    The balance is today's, an upper bound for loans being drawn down and a lower one for those being repaid. Money kept
    as a reserve is idle by this measure and yet wanted: what is saved is at most this.
    """
    since, until = (f"{day:%Y-%m}" for day in (year_before(as_of), last_complete_month_end(pd.Timestamp(as_of).date())))
    window = flow_months[(flow_months["month"] > since) & (flow_months["month"] <= until)]
    lowest = window.groupby(["customer_id", "month"], as_index=False, observed=True)["min_balance_yuan"].sum(
        min_count=1
    )
    live = live_loans(loans).dropna(subset=["product_id"])
    names = ["loan_id", "customer_id", "product_id", "balance_yuan", "yearly_rate", "disbursed_date"]
    rows = live[names].merge(lowest.dropna(), on="customer_id")
    rows = rows[rows["month"] >= rows["disbursed_date"].dt.strftime("%Y-%m")]
    if rows.empty:
        raise EmptyBook("of no borrower the balances are known", where="flow_months", fix="load lowest balances")
    monthly = rows["yearly_rate"].astype("float64") / MONTHS_PER_YEAR
    idle = rows[["balance_yuan", "min_balance_yuan"]].min(axis=1).clip(lower=0.0) * monthly
    each = rows.assign(idle_yuan=idle, interest_yuan=rows["balance_yuan"] * monthly)
    each = each.groupby(["product_id", "loan_id"], as_index=False, observed=True)[["idle_yuan", "interest_yuan"]].sum()
    found = each.groupby("product_id", observed=True).agg(
        known_count=("loan_id", "size"),
        idle_yuan=("idle_yuan", "sum"),
        interest_yuan=("interest_yuan", "sum"),
        idle_line_yuan=("idle_yuan", "median"),
    )
    counts = live.groupby("product_id", observed=True).size().rename("loans_count")
    return found.join(counts).assign(idle_share=found["idle_yuan"] / found["interest_yuan"]).reset_index()


def _rates(loans: pd.DataFrame) -> pd.Series:
    known = loans.dropna(subset=["facility_id", "yearly_rate"])
    weighed = (known["yearly_rate"] * known["amount_yuan"]).groupby(known["facility_id"], observed=True).sum()
    return weighed / known["amount_yuan"].groupby(known["facility_id"], observed=True).sum()


def _patterns(found: pd.DataFrame) -> np.ndarray:
    return np.select(
        [
            found["months_count"] < FEWEST_MONTHS,
            found["peak_yuan"] < ASLEEP * found["limit_yuan"],
            found["used_months_count"] >= MOST_OF * found["months_count"],
            (found["used_months_count"] > 0) & (found["idle_months_count"] > 0),
        ],
        ["unknown", "sleeping", "steady", "seasonal"],
        default="mixed",
    )

"""State of a branch: whom it serves, who left, unmet demand, what moved, the inclusive-finance scorecard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.loans import is_bad, is_live, is_renewed, live_loans
from microlib.stats.borrower_shares import borrower_shares
from microlib.stats.forecast import figure_changes
from microlib.stats.grouping import Day, keys, looked_up, month_numbers, year_before
from microlib.stats.intervals import with_share

CUTS = ("size", "kind", "trade", "region_code", "venue_id")


@measure(optional=("loans",))
def customer_cuts(customers: pd.DataFrame, loans: pd.DataFrame, *, across: Sequence[str] = CUTS) -> pd.DataFrame:
    r"""Count customers, those who borrow, and what they owe, cut in several ways.

    Answers "whom do we serve, and which kind of customer keeps only an account here?"

    .. math:: b_k = \frac{\#\{customers\ of\ kind\ k\ with\ a\ balance\}}{\#\{customers\ of\ kind\ k\}}

    Parameters
    ----------
    customers : DataFrame[customers]
        Customers whom the branch manages. Not modified.
    loans : DataFrame[loans]
        Not modified.
    across : sequence of str
        Columns of `customers`, or ``trade``: the first letter and two digits of ``industry_code`` (a division of the
        national classification). A column in which nothing is filled is left out.

    Returns
    -------
    DataFrame
        Long, one row per cut and value, the largest balance first within each: ``cut, part`` (``unknown`` where not
        filled), ``customers_count, borrowers_count, balance_yuan, balance_share`` (of the book),
        ``borrowing_share, borrowing_low, borrowing_high`` (Jeffreys), ``average_yuan`` (per borrower)

    Raises
    ------
    EmptyBook
        If there is no customer file, or none of the columns is filled.

    Notes
    -----
    A ledger alone knows borrowers only: without a customer file every customer borrows, and the share says nothing.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "size": ["micro", "micro"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [9.0], "status": ["normal"]})
    >>> customer_cuts(customers, loans, across=["size"])[["part", "borrowing_share", "average_yuan"]].values.tolist()
    [['micro', 0.5, 9.0]]
    """
    if customers.empty:
        raise EmptyBook("there is no customer", where="customers", fix="load the customer file")
    owed = loans[is_live(loans)].groupby("customer_id", observed=True)["balance_yuan"].sum()
    held = customers["customer_id"].map(owed).astype("float64").fillna(0.0)
    rows = customers.assign(customers_count=1, borrowers_count=(held > 0).astype("int64"), balance_yuan=held)
    if "industry_code" in rows:
        rows["trade"] = rows["industry_code"].str[:3]
    found = [_one(rows, name) for name in across if name in rows and rows[name].notna().any()]
    if not found:
        raise EmptyBook("the customer file says nothing of its customers", fix=f"fill {', '.join(across)}")
    whole = pd.concat(found, ignore_index=True)
    whole = with_share(whole, hit="borrowers_count", base="customers_count", name="borrowing")
    each = whole["balance_yuan"] / whole["borrowers_count"].where(whole["borrowers_count"] > 0)
    share = whole["balance_yuan"] / held.sum() if held.sum() > 0 else float("nan")
    return whole.assign(average_yuan=each, balance_share=share)


def only_cut(cuts: pd.DataFrame, *, cut: str, most: int = 12) -> pd.DataFrame:
    """Keep one cut of `customer_cuts`, its largest parts, the part's column named after the cut.

    Raises
    ------
    EmptyBook
        If the customer file does not fill that column.

    Examples
    --------
    >>> cuts = pd.DataFrame({"cut": ["size", "kind"], "part": ["micro", "person"], "balance_yuan": [1.0, 1.0]})
    >>> only_cut(cuts, cut="size")["size"].tolist()
    ['micro']
    """
    kept = cuts[cuts["cut"] == cut].head(most).drop(columns="cut").rename(columns={"part": cut}).reset_index(drop=True)
    if kept.empty:
        raise EmptyBook(f"the customer file does not fill {cut}", fix=f"fill {cut} in the file")
    return kept


def head_counts(cuts: pd.DataFrame, *, cut: str) -> pd.DataFrame:
    """Keep of one cut nothing but how many customers there are, those of unknown part left out.

    For a sheet that leaves the bank: what is told there goes through ``suppression.suppressed`` first.

    Examples
    --------
    >>> cuts = pd.DataFrame({"cut": "size", "part": ["micro", "unknown"], "customers_count": [40, 2]})
    >>> head_counts(cuts, cut="size").values.tolist()
    [['micro', 40]]
    """
    kept = only_cut(cuts, cut=cut, most=len(cuts))[[cut, "customers_count"]]
    return kept[kept[cut] != "unknown"].reset_index(drop=True)


def _one(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    part = rows[name].astype("str").where(rows[name].notna(), "unknown")
    sums = ["customers_count", "borrowers_count", "balance_yuan"]
    found = rows.groupby(part.rename("part"), observed=True)[sums].sum().reset_index()
    order = found.sort_values(["balance_yuan", "part"], ascending=[False, True])
    return order.assign(cut=name)[["cut", "part", *sums]]


def unmet_demand(applications: pd.DataFrame, *, as_of: Day, slow_days: int) -> pd.DataFrame:
    r"""Add up what was asked for in a year and not given, cut short, or given late.

    Answers "how much demand came to our counter and left without the money, and why?"

    Parameters
    ----------
    applications : DataFrame[applications]
        Not modified.
    as_of : date
        The year ends on it; undecided applications wait until it.
    slow_days : int
        Days beyond which a decision or a payout counts as late (policy).

    Returns
    -------
    DataFrame
        One row per ``way`` (refused, cut: granted less than asked, withdrawn, waiting: undecided for longer, late: paid
        out after longer): ``way_count, all_count`` (applications of the year), ``way_share, way_low, way_high``
        (Jeffreys), ``unmet_yuan`` (asked and not given; for ``late`` 0), ``customers_count``, ``came_back_count``
        (customers of that way who were granted a later application)

    Raises
    ------
    EmptyBook
        If nobody applied in the year.

    Notes
    -----
    Who was turned away at the counter stands in no application. A refusal may be right: the sum is no target.

    Examples
    --------
    >>> asked = pd.DataFrame({"customer_id": ["C1", "C2"], "decision": ["refused", "approved"], "asked_yuan": 10.0,
    ...     "granted_yuan": [0.0, 10.0], "submitted_at": pd.to_datetime(["2026-01-01"] * 2),
    ...     "decided_at": pd.to_datetime(["2026-01-09"] * 2), "disbursed_at": pd.to_datetime([None, "2026-03-01"])})
    >>> unmet_demand(asked, as_of="2026-06-30", slow_days=30)[["way", "way_count", "unmet_yuan"]].values.tolist()
    [['refused', 1, 10.0], ['cut', 0, 0.0], ['withdrawn', 0, 0.0], ['waiting', 0, 0.0], ['late', 1, 0.0]]
    """
    today = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    year = applications[applications["submitted_at"].between(year_before(as_of) + pd.Timedelta(days=1), today)]
    if year.empty:
        raise EmptyBook("nobody applied in the year", where="applications", fix="load a year's applications")
    unmet = (year["asked_yuan"] - year["granted_yuan"].fillna(0.0)).clip(lower=0.0)
    granted_later = _granted_later(year)
    rows = []
    for way, hit in _marks(year, today, slow_days).items():
        missing = 0.0 if way == "late" else float(unmet[hit].sum())
        back = year.loc[hit & granted_later, "customer_id"].nunique()
        rows.append(
            {
                "way": way,
                "way_count": int(hit.sum()),
                "all_count": len(year),
                "unmet_yuan": missing,
                "customers_count": year.loc[hit, "customer_id"].nunique(),
                "came_back_count": back,
            }
        )
    return with_share(pd.DataFrame(rows), hit="way_count", base="all_count", name="way")


def _marks(year: pd.DataFrame, today: pd.Timestamp, slow_days: int) -> dict[str, pd.Series]:
    slow = pd.Timedelta(days=slow_days)
    pending = (year["decision"] == "pending") & (today - year["submitted_at"] > slow)
    return {
        "refused": year["decision"] == "refused",
        "cut": year["decision"] == "partly_approved",
        "withdrawn": year["decision"] == "withdrawn",
        "waiting": pending,
        "late": (year["disbursed_at"] - year["submitted_at"] > slow).fillna(False),
    }


def _granted_later(year: pd.DataFrame) -> pd.Series:
    """Whether the same customer was granted an application submitted after this one."""
    granted = year[year["granted_yuan"].fillna(0.0) > 0]
    last = granted.groupby("customer_id", observed=True)["submitted_at"].max()
    return looked_up(year["customer_id"], last) > year["submitted_at"]


BAD_WAYS = ("written_off", "transferred")


def yearly_departures(loans: pd.DataFrame, *, as_of: Day, within: str | list[str] | None = None) -> pd.DataFrame:
    r"""Measure which part of the borrowers of a year ago have no loan now.

    Answers "how many did we lose in a year, and did they pay off, fail, or can it not be told?"

    .. math:: c = \frac{\#\{borrowers\ at\ t - 12\ without\ a\ live\ loan\ at\ t\}}{\#\{borrowers\ at\ t - 12\}}

    Parameters
    ----------
    loans : DataFrame[loans]
        With ended loans: ``disbursed_date, closed_date, status, balance_yuan``; a loan was live a year ago if paid out
        by then and not ended by then. Not modified.
    as_of : date
    within : str, list of str or None
        Columns of `loans`; a borrower counts under the loan that was largest then.

    Returns
    -------
    DataFrame
        Per group: ``base_count`` (borrowers a year ago), ``left_count``, ``settled_count, failed_count`` (written off
        or transferred), ``untold_count`` (how a loan ended is not recorded), ``left_share, left_low, left_high``
        (Jeffreys), ``left_yuan`` (amounts then lent to those who left)

    Raises
    ------
    EmptyBook
        If nobody borrowed a year ago: a ledger of live loans alone cannot show who left.

    Notes
    -----
    Who paid off and needs no money is no loss; the share says where to ask, not what went wrong. A ledger without ended
    loans shows nobody leaving: then the first count is that of survivors.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "disbursed_date": pd.to_datetime(["2025-01-01"] * 2),
    ...     "closed_date": pd.to_datetime([None, "2026-01-05"]), "status": ["normal", "settled"],
    ...     "balance_yuan": [5.0, 0.0], "amount_yuan": 5.0})
    >>> yearly_departures(loans, as_of="2026-06-30")[["base_count", "left_count", "settled_count"]].values.tolist()
    [[2, 1, 1]]
    """
    then = _live_then(loans, year_before(as_of))
    if then.empty or loans["closed_date"].isna().all():
        what = "who left cannot be told: no loan of a year ago, or no ended loan, is in the ledger"
        raise EmptyBook(what, fix="keep ended loans in the ledger, with closed_date and status")
    by = keys(within)
    order = then.sort_values(["amount_yuan", "customer_id"], ascending=[False, True], kind="stable")
    first = order.drop_duplicates("customer_id")[["customer_id", "amount_yuan", *by]]
    left = ~first["customer_id"].isin(loans.loc[is_live(loans), "customer_id"])
    way = first["customer_id"].map(_ways(loans))
    rows = (
        first[by]
        .fillna("unknown")
        .assign(
            base_count=1,
            left_count=left,
            settled_count=left & (way == "settled"),
            failed_count=left & way.isin(BAD_WAYS),
            untold_count=left & ~way.isin(["settled", *BAD_WAYS]),
            left_yuan=first["amount_yuan"].where(left, 0.0),
        )
    )
    found = rows.groupby(by, as_index=False, observed=True).sum() if by else rows.sum().to_frame().T
    counts = {name: "int64" for name in found.columns if name.endswith("_count")}
    return with_share(found.astype(counts), hit="left_count", base="base_count", name="left")


def spontaneous_returns(loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Measure how many of those who had paid off come back by themselves, by months since their last loan ended.

    Answers "after how many months without a loan may a customer be called lost?"

    .. math:: \hat h_m = \frac{\#\{back\ in\ month\ m\}}{\#\{still\ away\ at\ its\ start\}}, \qquad
        \hat R_m = 1 - \prod_{j \le m} (1 - \hat h_j)

    Customers who are away when the ledger ends leave the count of those at risk in that month (Kaplan-Meier).

    Parameters
    ----------
    loans : DataFrame[loans]
        With ended loans. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        One row per ``away_months`` (1 .. 24): ``at_risk_count, returned_count``, ``returned_share`` (by then, of all),
        ``later_share`` (of those still away then, who return within the next twelve months; missing where nobody was
        seen so long)

    Raises
    ------
    EmptyBook
        If nobody paid off a loan without holding another.

    Notes
    -----
    Nobody was asked to come back only if no campaign ran; with campaigns the curve is an upper bound.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2025-03-10"])
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C1"], "disbursed_date": days,
    ...     "closed_date": pd.to_datetime(["2025-01-01", None]), "status": ["settled", "normal"],
    ...     "balance_yuan": [0.0, 5.0], "amount_yuan": 5.0})
    >>> spontaneous_returns(loans, as_of="2026-06-30")[["away_months", "returned_count"]].head(3).values.tolist()
    [[1, 0], [2, 0], [3, 1]]
    """
    spells = _spells(loans, pd.Timestamp(as_of))
    if spells.empty:
        raise EmptyBook("nobody paid off a loan", fix="keep ended loans in the ledger, with closed_date")
    rows, still = [], 1.0
    for month in range(1, MOST_MONTHS + AHEAD_MONTHS + 1):
        at_risk = int((spells["months"] >= month).sum())
        back = int((spells["returned"] & (spells["months"] == month)).sum())
        still *= 1 - back / at_risk if at_risk else 1.0
        rows.append(
            {"away_months": month, "at_risk_count": at_risk, "returned_count": back, "returned_share": 1 - still}
        )
    found = pd.DataFrame(rows)
    away = 1 - found["returned_share"]
    seen_enough = found["at_risk_count"].shift(-AHEAD_MONTHS).fillna(0) > 0
    later = 1 - away.shift(-AHEAD_MONTHS) / away.where(away > 0)
    return found.assign(later_share=later.where(seen_enough)).head(MOST_MONTHS)


#: months without a loan that are told, and the months ahead in which a return still counts
MOST_MONTHS, AHEAD_MONTHS = 24, 12


def _live_then(loans: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    open_then = loans["closed_date"].isna() | (loans["closed_date"] > day)
    gone = loans["closed_date"].isna() & ~is_live(loans)
    return loans[(loans["disbursed_date"] <= day) & open_then & ~gone]


def _ways(loans: pd.DataFrame) -> pd.Series:
    """How each customer's last ended loan ended."""
    ended = loans[loans["closed_date"].notna()].sort_values(["closed_date", "disbursed_date"], kind="stable")
    return ended.drop_duplicates("customer_id", keep="last").set_index("customer_id")["status"]


def _spells(loans: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Times without a loan after one was paid off, in months, and whether a new loan ended them."""
    rows = loans[["customer_id", "disbursed_date", "closed_date", "status"]].sort_values(
        ["customer_id", "disbursed_date"], kind="stable"
    )
    last_end = rows["closed_date"].fillna(FAR).groupby(rows["customer_id"], observed=True).cummax()
    following = rows["disbursed_date"].groupby(rows["customer_id"], observed=True).shift(-1)
    away = (rows["status"] == "settled") & (last_end <= today) & ~(following <= last_end)
    ends = following[away].where(following[away] <= today, today)
    days = (ends - last_end[away]).dt.days
    months = (days / 30.4375).apply(lambda value: int(-(-value // 1)))
    returned = following[away].notna() & (following[away] <= today)
    return pd.DataFrame({"months": months.clip(lower=1).where(returned, (days // 30.4375)), "returned": returned})


FAR = pd.Timestamp("2200-01-01")
SHARES = ("par30_share", "npl_share", "late_share")
SUMS = ("balance_yuan", "customers_count", "average_yuan")


def earlier_ledger(loans: pd.DataFrame, loan_months: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    """Put the ledger back to the last month end before the date, from the month-end balances.

    Parameters
    ----------
    loans : DataFrame[loans]
        For what does not change: customer, product, dates. Not modified.
    loan_months : DataFrame[loan_months]
        Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        One row per loan with a balance then: ``loan_id, customer_id, product_id, yearly_rate, balance_yuan,
        overdue_days, class5, status, month`` (``YYYY-MM``)

    Raises
    ------
    EmptyBook
        If no month end before the date is there.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a"], "customer_id": ["C1"], "product_id": ["P1"], "yearly_rate": [0.05]})
    >>> months = pd.DataFrame({"loan_id": "a", "month": ["2026-05", "2026-06"], "balance_yuan": [9.0, 8.0],
    ...                        "overdue_days": 0, "class5": "normal", "status": "normal"})
    >>> earlier_ledger(loans, months, as_of="2026-06-30")[["month", "balance_yuan"]].values.tolist()
    [['2026-05', 9.0]]
    """
    today = pd.Timestamp(as_of)
    before = loan_months[loan_months["month"] < f"{today:%Y-%m}"]
    if before.empty:
        raise EmptyBook("no earlier month end is there", where="loan_months", fix="load the month-end ledgers")
    month = before["month"].max()
    if month_numbers(pd.Series([f"{today:%Y-%m}"]))[0] - month_numbers(pd.Series([month]))[0] > 1:
        raise EmptyBook(f"the last earlier month end is {month}", where="loan_months", fix="load the month before")
    rows = before[(before["month"] == month) & (before["balance_yuan"] > 0)]
    own = loans[["loan_id", "customer_id", "product_id"]]
    names = ["loan_id", "month", "balance_yuan", "overdue_days", "class5", "status"]
    return rows[names].merge(own, on="loan_id").reset_index(drop=True)


def book_readings(before: pd.DataFrame, after: pd.DataFrame, *, within: str | None = None) -> pd.DataFrame:
    """Read the same figures off two ledgers, with their ranges where chance moves them.

    Parameters
    ----------
    before, after : DataFrame
        Ledgers of two dates: ``loan_id, customer_id, balance_yuan, overdue_days, status, class5``. Not modified.
    within : str, optional
        A column of both, e.g. ``product_id``; groups with a live loan at only one date are left out.

    Returns
    -------
    DataFrame
        One row per group and ``figure``: ``par30_share`` (more than 30 days late), ``late_share`` (any day),
        ``npl_share`` (substandard or worse), each with bounds by borrower; ``balance_yuan, customers_count,
        average_yuan`` without. Columns as `forecast.figure_changes` wants them: ``before, before_low, before_high,
        after, after_low, after_high``

    Raises
    ------
    EmptyBook
        If either date has no live loan.

    Examples
    --------
    >>> one = pd.DataFrame({"loan_id": ["a", "b"], "customer_id": ["a", "b"], "balance_yuan": [5.0, 5.0],
    ...                     "overdue_days": 0, "status": "normal", "class5": "normal"})
    >>> found = book_readings(one, one.assign(overdue_days=[0, 40])).set_index("figure")
    >>> found.loc["par30_share", ["before", "after"]].tolist()
    [0.0, 0.5]
    """
    first, second = (_read(frame, within) for frame in (before, after))
    both = first.merge(second, on=["figure", *([within] if within else [])], suffixes=("_then", "_now"))
    names = {"value": "", "low": "_low", "high": "_high"}
    renamed = {
        f"{name}_{when}": f"{side}{end}"
        for name, end in names.items()
        for when, side in (("then", "before"), ("now", "after"))
    }
    order = [f"{side}{end}" for side in ("before", "after") for end in names.values()]
    head = ["figure"] if within is None else [within, "figure"]
    return both.rename(columns=renamed)[[*head, *order]]


def read_changes(readings: pd.DataFrame) -> pd.DataFrame:
    """Put beside each pair of readings whether it changed beyond noise (`forecast.figure_changes`), strongest first.

    Examples
    --------
    >>> pair = pd.DataFrame([["par30_share", 0.02, 0.01, 0.04, 0.05, 0.03, 0.08]], columns=["figure", "before",
    ...     "before_low", "before_high", "after", "after_low", "after_high"])
    >>> read_changes(pair)["is_beyond"].tolist()
    [True]
    """
    found = readings.join(figure_changes(readings))
    return found.sort_values("strength", ascending=False, kind="stable", ignore_index=True)


def _read(ledger: pd.DataFrame, within: str | None) -> pd.DataFrame:
    live = live_loans(ledger)
    live = live if within is None else live[live[within].notna()]
    balance, late = live["balance_yuan"], live["overdue_days"]
    parts = live.assign(
        par30_share=balance.where(late > 30, 0.0),
        late_share=balance.where(late > 0, 0.0),
        npl_share=balance.where(is_bad(live), 0.0),
    )
    shares = borrower_shares(parts, measures={name: (name, "balance_yuan") for name in SHARES}, within=within)
    shares = shares.rename(columns={"measure": "figure", "share": "value", "share_low": "low", "share_high": "high"})
    groups = live.assign(whole="book").groupby(within or "whole", observed=True)
    sums = groups.agg(balance_yuan=("balance_yuan", "sum"), customers_count=("customer_id", "nunique"))
    sums = sums.assign(average_yuan=sums["balance_yuan"] / sums["customers_count"]).reset_index()
    long = sums.melt(id_vars=[within or "whole"], value_vars=list(SUMS), var_name="figure", value_name="value")
    head = ["figure"] if within is None else [within, "figure"]
    long = long.assign(low=float("nan"), high=float("nan"))
    return pd.concat(
        [shares[[*head, "value", "low", "high"]], long[[*head, "value", "low", "high"]]], ignore_index=True
    )


UNSECURED = ("credit",)


@dataclass(frozen=True)
class Definition:
    """What counts as inclusive lending, as policy writes it.

    Parameters
    ----------
    cap_yuan : float
        Granted to one customer, at most.
    kinds, sizes : collection of str
        Kinds of customers; of companies, sizes.
    company : str
        The kind to which sizes apply.
    """

    cap_yuan: float
    kinds: Collection[str]
    sizes: Collection[str]
    company: str = "company"


@measure(optional=("facilities",))
def inclusive_loans(
    loans: pd.DataFrame,
    customers: pd.DataFrame,
    facilities: pd.DataFrame | None = None,
    *,
    definition: Definition,
) -> pd.DataFrame:
    """Say of each live loan whether its borrower falls under the definition, and by what that was judged.

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified, nor are the others.
    customers : DataFrame[customers]
        Uses ``customer_id, kind, size``.
    facilities : DataFrame[facilities], optional
        The customer's granted total; without it the loans' amounts stand for it, a lower bound.
    definition : Definition

    Returns
    -------
    DataFrame
        The live loans with ``is_counted`` (bool), ``granted_yuan`` (of the customer) and ``judged_by``:
        ``facilities``, ``loans`` (granted total not known) or ``unknown`` (kind or a company's size not known: not
        counted)

    Raises
    ------
    EmptyBook
        If no loan is live.
    """
    live = live_loans(loans)
    asked = live.groupby("customer_id", observed=True)["amount_yuan"].sum()
    granted = _granted(facilities)
    whole = live["customer_id"].map(granted).astype("float64")
    file = customers.drop_duplicates("customer_id").set_index("customer_id")
    kind, size = (live["customer_id"].map(file[name]) for name in ("kind", "size"))
    known = kind.notna() & ((kind != definition.company) | (size.notna() & (size != "unknown")))
    fits = kind.isin(definition.kinds) & ((kind != definition.company) | size.isin(definition.sizes))
    total = whole.fillna(live["customer_id"].map(asked)).astype("float64")
    judged = pd.Series("loans", index=live.index).mask(whole.notna(), "facilities").mask(~known, "unknown")
    counted = known & fits & (total <= definition.cap_yuan)
    return live.assign(is_counted=counted.astype(bool), granted_yuan=total, judged_by=judged)


def inclusive_scorecard(counted: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Draw up the scorecard: six figures at the date, each with the counts it stands on.

    Answers "how much of our book is inclusive lending, whom does it reach for the first time, and on what terms?"

    .. math:: \bar r = \frac{\sum_i B_i r_i}{\sum_i B_i}

    Parameters
    ----------
    counted : DataFrame
        Result of `inclusive_loans`. Not modified.
    loans : DataFrame[loans]
        The whole ledger, for first loans. Not modified.
    as_of : date
        First-time borrowers and renewals are those of the twelve months before it.

    Returns
    -------
    DataFrame
        One row: ``balance_yuan, borrowers_count, loans_count``; ``first_count`` (borrowers whose first loan here was in
        the year) of ``borrowers_count``: ``first_share, first_low, first_high``; ``unsecured_share, unsecured_low,
        unsecured_high`` (of loans; ``unsecured_balance_share`` of balance); ``renewed_share, renewed_low,
        renewed_high`` (of loans paid out in the year); ``yearly_rate`` (by balance), ``new_yearly_rate`` (of the year's
        loans, by amount); ``unknown_count`` (live loans that could not be judged), ``beyond_count, beyond_yuan``
        (borrowers and balance that fall outside the definition), ``small_average_yuan`` (balance per borrower)

    Raises
    ------
    EmptyBook
        If no live loan falls under the definition.

    Notes
    -----
    First here is not first anywhere (首贷户 in the supervisor's sense has no loan in the credit register): the share is
    an upper bound. The flag that the ledger itself carries is not used, so that one definition holds everywhere.
    """
    own = counted[counted["is_counted"].eq(True)]
    if own.empty:
        raise EmptyBook("no live loan falls under the definition of inclusive lending", fix="look at kinds and sizes")
    outside = counted[counted["is_counted"].eq(False) & (counted["judged_by"] != "unknown")]
    since = year_before(as_of)
    began = loans.groupby("customer_id", observed=True)["disbursed_date"].min()
    borrowers = own["customer_id"].drop_duplicates()
    fresh = own[own["disbursed_date"] > since]
    unsecured = own["guarantee"].isin(UNSECURED)
    row = pd.DataFrame(
        [
            {
                "balance_yuan": float(own["balance_yuan"].sum()),
                "loans_count": len(own),
                "borrowers_count": len(borrowers),
                "first_count": int((began.reindex(borrowers) > since).sum()),
                "unsecured_count": int(unsecured.sum()),
                "unsecured_balance_share": _part(own["balance_yuan"], unsecured),
                "fresh_count": len(fresh),
                "renewed_count": int(is_renewed(fresh).sum()),
                "yearly_rate": _mean(own, "balance_yuan"),
                "new_yearly_rate": _mean(fresh, "amount_yuan"),
                "unknown_count": int((counted["judged_by"] == "unknown").sum()),
                "beyond_count": int(outside["customer_id"].nunique()),
                "beyond_yuan": float(outside["balance_yuan"].sum()),
                "small_average_yuan": float(own["balance_yuan"].sum()) / len(borrowers),
            }
        ]
    )
    row = with_share(row, hit="first_count", base="borrowers_count", name="first")
    row = with_share(row, hit="unsecured_count", base="loans_count", name="unsecured")
    return with_share(row, hit="renewed_count", base="fresh_count", name="renewed")


def _granted(facilities: pd.DataFrame | None) -> pd.Series:
    if facilities is None or facilities.empty:
        return pd.Series(dtype="float64")
    active = facilities[facilities["status"].fillna("active").isin(["active", "frozen"])]
    return active.groupby("customer_id", observed=True)["approved_yuan"].sum()


def _part(amounts: pd.Series, mask: pd.Series) -> float:
    return float(amounts[mask].sum() / amounts.sum()) if amounts.sum() > 0 else float("nan")


def _mean(rows: pd.DataFrame, weight: str) -> float:
    total = float(rows[weight].sum())
    return float((rows["yearly_rate"] * rows[weight]).sum() / total) if total > 0 else float("nan")

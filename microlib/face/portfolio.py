"""Measures of a plain book of loans, under an analyst's words: quality, spread, seasons, groups, who left."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from microlib.errors import BadConfig, BadData
from microlib.face.contract import Frame, MissingColumn, checked_frame, kind_of
from microlib.metrics import connections, migration, outcome
from microlib.metrics import guarantees as circles
from microlib.metrics.diagnosis import yearly_departures
from microlib.metrics.migration import CUTS, transition_counts
from microlib.metrics.quality import committee_ratios, portfolio_at_risk
from microlib.stats import concentration as indices
from microlib.stats.borrower_shares import borrower_shares
from microlib.stats.forecast import loan_forecasts, monthly_new_loans
from microlib.stats.grouping import Day
from microlib.stats.intervals import rate_difference
from microlib.stats.seasonality import credit_seasons, seasonal_index

#: name of the one book that a frame without a grouping column is
WHOLE = "all"
By = str | list[str] | None


def par(loans: pd.DataFrame, *, days: int | Sequence[int] = 30, by: By = None) -> pd.DataFrame:
    r"""Measure portfolio at risk: the share of the balance on loans late by more than so many days.

    .. math:: \mathrm{PAR}_d = \frac{\sum_i B_i\,[\text{days past due}_i > d]}{\sum_i B_i}

    The whole balance of a late loan is at risk, not the instalment missed.

    Parameters
    ----------
    loans : DataFrame
        Of `loans`: ``loan_id, customer_id, balance_yuan`` (yuan), ``overdue_days`` (days), ``status``. Not modified.
    days : int or sequence of int
        The cuts d (days, >= 0); strictly more days are at risk.
    by : str, list of str, optional
        Grouping columns; one row for the whole book without.

    Returns
    -------
    DataFrame
        One row per group and cut: the grouping columns, ``measure`` (``par30`` …), ``share, share_low, share_high``
        (fraction; 95 %, of borrowers, not loans), ``hit_yuan, base_yuan`` (yuan), ``loans_count,
        customers_count, base_customers_count``, ``base_effective_count`` (equal borrowers they are worth), ``reason``.

    Raises
    ------
    MissingColumn, BadData
        If a column is missing or a value cannot be right (see `loans`).
    EmptyBook
        If no loan has a balance.

    Notes
    -----
    A low share on few borrowers proves little: read ``share_high``. Renewals can hide arrears: see `four_pars`.

    References
    ----------
    .. [1] CGAP (2003). Microfinance Consensus Guidelines: definitions of selected financial terms.

    Examples
    --------
    >>> from microlib.face.book import loans
    >>> book = loans(pd.DataFrame({"customer_id": ["C1", "C2"], "balance_yuan": [75e3, 25e3], "overdue_days": [0, 31]}))
    >>> par(book)[["measure", "share", "share_high"]].round(3).to_numpy().tolist()
    [['par30', 0.25, 0.966]]
    """
    cuts = (days,) if isinstance(days, int) else tuple(days)
    if not cuts or min(cuts) < 0:
        raise BadConfig(f"days is {days}: no cut of days past due", where="days", fix="write 30, or (0, 30, 90)")
    return portfolio_at_risk(loans, days=cuts, within=by)


def quality(loans: pd.DataFrame, months: pd.DataFrame | None = None, *, as_of: Day, by: By = None) -> pd.DataFrame:
    r"""Measure a book's quality in a credit committee's terms: bad, special mention, overdue, formed anew.

    Over live loans of balance :math:`B`, with :math:`N` the bad balance (substandard or worse; without ``class5``
    more than 90 days late) and :math:`W` what was written off or sold bad in twelve months:

    .. math:: npl = \frac{N}{B}, \qquad formation = \frac{N_1 - N_0 + W}{B_0}, \qquad with\ exits = \frac{N + W}{B + W}

    Parameters
    ----------
    loans : DataFrame
        Of `loans`, with ``disbursed_date``; ``class5, written_off_date, written_off_yuan, closed_date`` where
        known. Not modified.
    months : DataFrame, optional
        Of `month_ends` with ``balance_yuan``; ``npl_formation`` needs the month end a year before.
    as_of : date
        The day of the ledger.
    by : str, list of str, optional
        Grouping columns.

    Returns
    -------
    DataFrame
        As `par` without a range, for one's own ledger is known; six ``measure`` s a group: ``npl, special_mention,
        overdue30, overdue90_to_npl, npl_formation, npl_with_exits`` (fractions). ``unknown_count, unknown_yuan``:
        what had no class or no known exit;
        ``reason``: why a share is missing.

    Raises
    ------
    MissingColumn, BadData, EmptyBook
        As `par`.

    References
    ----------
    .. [1] 《商业银行金融资产风险分类办法》 (2023): classes, and 90 days late as bad.

    Examples
    --------
    >>> from microlib.face.book import loans
    >>> book = loans(pd.DataFrame({
    ...     "customer_id": ["C1", "C2"], "balance_yuan": [96e3, 4e3], "overdue_days": [0, 95],
    ...     "disbursed_date": ["2026-01-05", "2025-01-05"]}))
    >>> quality(book, as_of="2026-06-30").set_index("measure")["share"].round(2).to_dict()["npl"]
    0.04
    """
    return committee_ratios(loans, months, as_of=as_of, within=by)


def concentration(
    loans: pd.DataFrame, *, across: str, by: str | None = None, amount: str = "balance_yuan"
) -> pd.DataFrame:
    r"""Measure how unevenly a balance is spread: HHI, effective number of parts, largest parts, Gini and others.

    Answers "if one industry, one market or one name fails, how much of this book goes with it?"

    .. math:: H = \sum_k s_k^2, \qquad N = \frac{1}{H}, \qquad C_m = \sum_{k \le m} s_{(k)}

    with :math:`s_k` the share of part k, :math:`s_{(k)}` the same largest first.

    Parameters
    ----------
    loans : DataFrame
        Rows of an amount; one per loan or any other. Not modified.
    across : str
        Column of the parts: ``"industry"``, ``"customer_id"``. Rows without a label form the part ``unknown``; without
        an identifier (a column that ends in ``_id``) they are refused, since nobody knows how many names they are.
    by : str, optional
        Column of the books that are compared; the whole frame is one book, ``all``, without.
    amount : str
        Column of the amount (yuan, >= 0).

    Returns
    -------
    DataFrame
        One row per book: its name (column `by`, or ``book``), ``balance_yuan, parts_count``, ``hhi`` (1/n .. 1),
        ``effective_parts`` (1 .. n), ``cr1_share, cr3_share, cr5_share, cr10_share`` (fraction), ``gini``, and the
        further indices of `microlib.stats.concentration.concentration`; ``largest_part, largest_share``.

    Raises
    ------
    MissingColumn, BadData
        If a column is missing, an amount is text, missing, infinite or negative, an identifier is missing, or a loan
        stands twice (where ``loan_id`` is there).
    EmptyBook
        If a book's amounts sum to zero: its shares do not exist.

    Notes
    -----
    Supervisors often quote points: 10,000 times the HHI. Indices over different parts are never comparable.

    References
    ----------
    .. [1] Hirschman, A. O. (1964). The Paternity of an Index. American Economic Review 54(5), 761-762.

    Examples
    --------
    >>> rows = pd.DataFrame({"industry": ["food", "food", "retail"], "balance_yuan": [30e3, 30e3, 40e3]})
    >>> concentration(rows, across="industry")[["hhi", "effective_parts", "largest_part"]].round(2).to_numpy().tolist()
    [[0.52, 1.92, 'food']]
    """
    nameless = int(loans[across].isna().sum()) if kind_of(across) == "key" else 0
    if nameless:
        what = f"{across} is missing in {nameless} rows: nobody knows how many names they are"
        raise BadData(
            what, where=f"loans, column {across}", fix=f"complete it, or leave out with dropna(subset=['{across}'])"
        )
    if by is not None:
        return indices.concentration(loans, within=by, across=across, amount=amount)
    return indices.concentration(loans.assign(book=WHOLE), within="book", across=across, amount=amount)


def vintage(
    loans: pd.DataFrame, months: pd.DataFrame, *, as_of: Day, cut_days: int = 30, by: By = None
) -> pd.DataFrame:
    r"""Draw vintage curves (账龄): the share of what was lent that went bad, by months on book.

    Answers "of each yuan lent, how many fen go bad within so many months?" With :math:`Y_t` the amount at risk,
    :math:`d_t` what goes bad and :math:`S_t` what is still open and good:

    .. math:: F_t = \sum_{s \le t} S_{s-1}\,\frac{d_s}{Y_s}

    Parameters
    ----------
    loans : DataFrame
        Of `loans`, with ``amount_yuan`` (yuan, > 0) and ``disbursed_date``; ``closed_date`` where known. Not modified.
    months : DataFrame
        Of `month_ends`: ``loan_id, month, overdue_days, status``. Not modified.
    as_of : date
        Months after it are not looked at.
    cut_days : int
        Days past due beyond which a loan is bad: 30 or 90.
    by : str, list of str, optional
        Cohort columns of the loans, e.g. ``"cohort"``; all loans are one cohort without.

    Returns
    -------
    DataFrame
        One row per cohort and ``month_on_book`` (0 is the month of disbursement): ``at_risk_count, at_risk_yuan``,
        ``bad_share, bad_share_low, bad_share_high`` (fraction, :math:`F_t` and 95 %), ``km_share`` (Kaplan-Meier),
        ``settled_share, renewed_share, transferred_share, alive_share``, counts and yuan of each end.

    Raises
    ------
    MissingColumn, BadData
        If a column is missing, a loan stands twice, or an amount is not above zero.
    EmptyBook
        If no loan was made within the months of the table.

    References
    ----------
    .. [1] Aalen, O., Johansen, S. (1978). Scandinavian Journal of Statistics 5, 141-150.
    .. [2] Kalbfleisch, J., Prentice, R. (2002). The Statistical Analysis of Failure Time Data, 2nd ed., 8.2.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "amount_yuan": [10.0, 30.0], "status": ["overdue", "normal"],
    ...     "disbursed_date": pd.to_datetime(["2026-01-10", "2026-01-10"])})
    >>> months = pd.DataFrame({"loan_id": ["L1", "L1", "L2", "L2"], "month": ["2026-01", "2026-02"] * 2,
    ...                        "overdue_days": [0, 31, 0, 0], "status": ["normal"] * 4})
    >>> vintage(loans, months, as_of="2026-02-28")["bad_share"].to_list()
    [0.0, 0.25]
    """
    return outcome.vintage(loans, months, as_of=as_of, cut_days=cut_days, within=by)


def roll_rates(months: pd.DataFrame, *, cuts: Sequence[int] = CUTS, level: float = 0.95) -> pd.DataFrame:
    r"""Measure how loans roll between states of arrears from one month end to the next (滚动率).

    .. math:: p_{ij} = \frac{n_{ij}}{\sum_k n_{ik}}

    Parameters
    ----------
    months : DataFrame
        Of `month_ends`, with ``balance_yuan``. Months that do not follow each other are not joined. Not modified.
    cuts : sequence of int
        Four rising cuts of days past due between ``M0, M1, M2, M3, M4+``.
    level : float
        Of the two-sided range.

    Returns
    -------
    DataFrame
        One row per pair of states: ``from_state, to_state, moves_count, from_count, rate`` (fraction) and
        ``smoothed_rate`` with its range, drawn towards even odds by the weight of one loan, so that a move never
        seen is not called impossible.

    Raises
    ------
    MissingColumn, BadData
        If a column is missing, a loan stands twice in a month, or the cuts are not four and rising.
    EmptyBook
        If no loan is seen in two months running.

    References
    ----------
    .. [1] Gelman et al., Bayesian Data Analysis, 3rd ed., 3.4: the Dirichlet prior of a multinomial.

    Examples
    --------
    >>> months = pd.DataFrame({"loan_id": ["L1", "L1"], "month": ["2026-05", "2026-06"], "balance_yuan": [9.0, 9.0],
    ...                        "overdue_days": [0, 12], "status": ["normal", "overdue"]})
    >>> rolled = roll_rates(months)
    >>> rolled.loc[rolled["to_state"] == "M1", "rate"].item()
    1.0
    """
    return migration.roll_rates(transition_counts(months, cuts=cuts), level=level)


def share_interval(rows: pd.DataFrame, *, above: str, below: str, by: By = None, level: float = 0.95) -> pd.DataFrame:
    r"""Measure a share of yuan with a range that counts borrowers, not rows.

    Answers "8 % of the balance is in guaranteed loans: is that 8 %, or three large borrowers?"

    .. math::

        r = \frac{\sum_b x_b}{\sum_b y_b}, \qquad n = \frac{(\sum_b y_b)^2}{\sum_b y_b^2}, \qquad b \text{ borrowers}

    with Clopper-Pearson's range on :math:`n` borrowers.

    Parameters
    ----------
    rows : DataFrame
        ``customer_id`` and the two columns of yuan. Not modified.
    above, below : str
        Columns above and below the line (yuan, >= 0). A row whose amount above is missing could not be judged: it is in
        neither line, and counted as unknown.
    by : str, list of str, optional
        Grouping columns.
    level : float
        Two-sided confidence, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        As `par`; ``measure`` is the name of the column `above`; ``unknown_count, unknown_yuan`` (of `below`).

    Raises
    ------
    MissingColumn, BadData
        If a column is missing, or a customer or an amount below the line is missing or not one.

    References
    ----------
    .. [1] Korn, E., Graubard, B. (1998). Survey Methodology 24(2), 193-201.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["a", "b"], "late_yuan": [0.0, 0.0], "balance_yuan": [60.0, 40.0]})
    >>> found = share_interval(rows, above="late_yuan", below="balance_yuan")
    >>> found[["share", "share_high"]].round(3).iloc[0].to_list()
    [0.0, 0.853]
    """
    lacking = int(rows[below].isna().sum())
    if lacking:
        what = f"{below} is missing in {lacking} rows: there is nothing to take a share of"
        raise BadData(
            what, where=f"rows, column {below}", fix=f"complete it, or leave out with dropna(subset=['{below}'])"
        )
    held, unknown = rows[below].astype("float64"), rows[above].isna()
    parts = rows.assign(
        _above=rows[above].astype("float64").fillna(0.0),
        _below=held.mask(unknown, 0.0),
        _unknown=held.where(unknown, 0.0),
    )
    return borrower_shares(parts, measures={above: ("_above", "_below", "_unknown")}, within=by, level=level)


def churn(loans: pd.DataFrame, *, as_of: Day, by: By = None) -> pd.DataFrame:
    r"""Measure which part of the borrowers of a year ago have no loan now, and how they left.

    .. math:: c = \frac{\#\{borrowers\ at\ t - 12\ without\ a\ live\ loan\ at\ t\}}{\#\{borrowers\ at\ t - 12\}}

    Parameters
    ----------
    loans : DataFrame
        Of `loans`, ended ones included: ``disbursed_date, closed_date, amount_yuan, balance_yuan, status``. Not
        modified.
    as_of : date
        t.
    by : str, list of str, optional
        Grouping columns; a borrower counts under the loan that was largest then.

    Returns
    -------
    DataFrame
        One row per group: ``base_count`` (borrowers then), ``left_count`` and how (``settled_count`` …), the share
        with its 95 % range (fraction).

    Raises
    ------
    MissingColumn, BadData
        If a column is missing or a value is not what its column says.
    EmptyBook
        If nobody borrowed a year ago: a ledger of live loans alone cannot show who left.

    References
    ----------
    .. [1] Brown, L., Cai, T., DasGupta, A. (2001). Statistical Science 16(2), 101-133: the range of a share.

    Examples
    --------
    >>> book = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["normal", "settled"],
    ...     "balance_yuan": [5.0, 0.0], "amount_yuan": 5.0, "disbursed_date": pd.to_datetime(["2025-01-01"] * 2),
    ...     "closed_date": pd.to_datetime([None, "2026-01-05"])})
    >>> churn(book, as_of="2026-06-30")[["base_count", "left_count", "settled_count"]].iloc[0].to_list()
    [2, 1, 1]
    """
    return yearly_departures(loans, as_of=as_of, within=by)


def forecast(loans: pd.DataFrame, *, as_of: Day, ahead: int = 3, level: float = 0.8) -> pd.DataFrame:
    r"""Forecast the number of new loans of the next months, with a range as wide as months really are.

    .. math:: \sqrt{\bar y} \pm z\sqrt{\tfrac{\phi}{4}\big(1 + \tfrac1{12}\big)}, \qquad \phi = s^2/\bar y \ge 1

    with :math:`\bar y` the mean of the last twelve months and :math:`s^2` the variance of up to twenty-four.

    Parameters
    ----------
    loans : DataFrame
        Of `loans`, with ``disbursed_date``, and ``issue_type`` where known (renewals are not new). Not modified.
    as_of : date
        The last complete month before it is the last that counts.
    ahead : int
        Months to forecast.
    level : float
        Two-sided.

    Returns
    -------
    DataFrame
        One row per month ahead: ``month, expected_count, expected_low_count, expected_high_count`` and what they rest
        on.

    Raises
    ------
    MissingColumn, BadData
        If a column is missing or a date is not one.
    ShortHistory, EmptyBook
        With fewer than twelve months, or none.

    References
    ----------
    .. [1] McCullagh, P., Nelder, J. (1989). Generalized Linear Models, 2nd ed., 6.2: over-dispersed counts.

    Examples
    --------
    >>> days = pd.date_range("2025-01-15", "2026-06-15", freq="MS")
    >>> forecast(pd.DataFrame({"loan_id": range(len(days)), "disbursed_date": days}), as_of="2026-06-30", ahead=1)[
    ...     "expected_count"].round(1).to_list()
    [1.0]
    """
    return loan_forecasts(monthly_new_loans(loans, as_of=as_of), ahead=ahead, level=level)


def seasonality(
    monthly: pd.DataFrame, *, by: str | None = None, align: str = "calendar", draws: int = 499, level: float = 0.9
) -> pd.DataFrame:
    r"""Measure in which months money is needed: a monthly index with its band, and whether there is a season at all.

    .. math:: \frac{y_t}{\bar y} = a + b\,t + s_{m(t)} + \beta\, f_t + e_t, \qquad i_m = 1 + s_m

    with :math:`f_t` the moving Spring Festival; the p-value permutes months (small: there is a season).

    Parameters
    ----------
    monthly : DataFrame
        ``month`` (YYYY-MM, without holes, 24 or more) and ``amount_yuan`` (yuan, >= 0). Not modified.
    by : str, optional
        Column of the groups, each with a season of its own; one group, ``all``, without.
    align : {"calendar", "lunar"}
        Months of the year, or months from the Spring Festival.
    draws : int
        Of the bootstrap and of the permutation, at least 100.
    level : float
        Of each month's band.

    Returns
    -------
    DataFrame
        One row per group and month of the year: the group, ``calendar_month`` (1 .. 12) or ``festival_month``,
        ``index_ratio, index_low, index_high`` (1 is an average month), ``months_count``, and of the group
        ``peak_month, stability_share`` (fraction of draws with the same peak), ``p_value``.

    Raises
    ------
    MissingColumn, BadData
        If a column is missing, a month has a hole or stands twice, or an amount is not one.
    TooShort
        Under 24 months.

    References
    ----------
    .. [1] Cleveland, R. et al. (1990). STL. Journal of Official Statistics 6(1), 3-73: season beside trend.

    Examples
    --------
    >>> months = [str(month) for month in pd.period_range("2023-07", "2026-06", freq="M")]
    >>> spring = pd.DataFrame({"month": months, "amount_yuan": [300.0 if m.endswith("-03") else 100.0 for m in months]})
    >>> found = seasonality(spring)
    >>> found.loc[found["index_ratio"].idxmax(), ["calendar_month", "index_ratio", "p_value"]].round(3).tolist()
    [3.0, 2.571, 0.002]
    """
    label = by or "group"
    groups_of = monthly[by] if by else WHOLE
    series = pd.DataFrame({"segment": groups_of, "month": monthly["month"], "amount_yuan": monthly["amount_yuan"]})
    index = seasonal_index(series, align=align, draws=draws, level=level)
    peaks = credit_seasons(series, align=align, draws=draws)[["segment", "peak_month", "stability_share", "p_value"]]
    return index.merge(peaks, on="segment").rename(columns={"segment": label})


def connected_groups(links: pd.DataFrame, loans: pd.DataFrame | None = None) -> pd.DataFrame:
    """Join linked customers into groups: whoever is linked to a member is a member (关联客户).

    Answers "who counts as one borrower, and how much does the group owe?"

    Parameters
    ----------
    links : DataFrame
        One row per pair that counts as one exposure: ``customer_id_a, customer_id_b``; with ``link_type`` a pair may
        stand once for each. Not modified.
    loans : DataFrame, optional
        Of `loans`: ``customer_id, balance_yuan``. Not modified.

    Returns
    -------
    DataFrame
        One row per member of a group of two or more: ``connected_id`` (the smallest customer number of the group),
        ``customer_id, members_count``; with `loans` also ``balance_yuan`` and ``group_balance_yuan`` (yuan, 0 for a
        member without a loan).

    Raises
    ------
    MissingColumn, BadData, EmptyBook
        If a column or a customer is missing, or there is no link.

    Notes
    -----
    A chain of pairs makes one group, however long: read a large group link by link. Not every link makes one borrower
    of two (a phone, an accountant does not by itself): choose the kinds that do, or take
    ``branch.review.connected_groups``, which weighs them.

    References
    ----------
    .. [1] 《商业银行大额风险暴露管理办法》 (2018): groups of connected customers.

    Examples
    --------
    >>> links = pd.DataFrame({"customer_id_a": ["C1", "C2"], "customer_id_b": ["C2", "C3"]})
    >>> connected_groups(links)[["connected_id", "customer_id"]].to_numpy().tolist()
    [['C1', 'C1'], ['C1', 'C2'], ['C1', 'C3']]
    """
    members = connections.connected_groups(links.assign(counts_as_one=True, status="to_check"))
    if loans is None:
        return members
    owed = loans.groupby("customer_id")["balance_yuan"].sum()
    balance = members["customer_id"].map(owed).astype("float64").fillna(0.0)
    whole = balance.groupby(members["connected_id"]).transform("sum")
    return members.assign(balance_yuan=balance, group_balance_yuan=whole)


def guarantee_circles(guarantees: pd.DataFrame, loans: pd.DataFrame | None = None) -> pd.DataFrame:
    """Find circles of guarantee: guarantors from each of whom a way leads to every other and back (担保圈).

    Answers "which of these guarantees are given by people who need one themselves?"

    Parameters
    ----------
    guarantees : DataFrame
        One row per guarantee: ``guarantor_id, borrower_id, guaranteed_yuan`` (yuan, >= 0); with `loans` the bank's own
        table, ``loan_id, guarantor_id, amount_yuan``. Not modified.
    loans : DataFrame, optional
        Of `loans`: whose loans they are and what of them is still owed. Not modified.

    Returns
    -------
    DataFrame
        One row per circle: ``circle_id, members_count``, the amount guaranteed inside, ``shape`` (ring, star …).

    Raises
    ------
    MissingColumn, BadData, EmptyBook
        If a column, a name or an amount is missing or not one, or a guarantor stands twice for one loan.

    References
    ----------
    .. [1] Tarjan, R. (1972). Depth-first search and linear graph algorithms. SIAM J. Comput. 1(2): strong parts.

    Examples
    --------
    >>> given = pd.DataFrame({"guarantor_id": ["A", "B", "C"], "borrower_id": ["B", "C", "A"], "guaranteed_yuan": 1e5})
    >>> guarantee_circles(given)[["circle_id", "members_count", "shape"]].to_numpy().tolist()
    [['A', 3, 'ring']]
    """
    needed = ("borrower_id", "guaranteed_yuan") if loans is None else ("loan_id", "amount_yuan")
    missing = [name for name in needed if name not in guarantees]
    if missing:
        fix = "give the loans too, as in ml.guarantee_circles(branch.guarantees, branch.loans)"
        said = f"guarantees has no column {', '.join(missing)}"
        raise MissingColumn(said, where="guarantees", columns=missing, fix=fix)
    # no value of the way taken may be missing: a guarantee without one would be left out unseen
    need = Frame(" ".join(("guarantor_id", *needed)), key="" if loans is None else "loan_id guarantor_id")
    guarantees = checked_frame(guarantees, need, name="guarantees")
    if loans is not None:
        return circles.guarantee_circles(circles.guarantee_edges(guarantees, loans))
    edges = guarantees.groupby(["guarantor_id", "borrower_id"], as_index=False).agg(
        guaranteed_yuan=("guaranteed_yuan", "sum"), loans_count=("guaranteed_yuan", "size")
    )
    return circles.guarantee_circles(edges)


def rate_gap(bad: float, total: float, other_bad: float, other_total: float, *, level: float = 0.95) -> pd.DataFrame:
    r"""Give the difference of two rates with Newcombe's range.

    Answers "is the first group really worse than the second?"

    .. math:: \hat p_1 - \hat p_2 \mp \sqrt{(\hat p_1 - l_1)^2 + (u_2 - \hat p_2)^2}

    with :math:`l, u` Wilson's limits of each rate (for the upper end, the other two limits).

    Parameters
    ----------
    bad, total : float
        Cases and trials of the first group (counts, 0 <= bad <= total, total > 0).
    other_bad, other_total : float
        Of the second.
    level : float
        Two-sided confidence, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        One row: ``difference, low, high`` (fraction, -1 .. 1), ``first_count, second_count``.

    Raises
    ------
    BadData, EmptyBook
        If a count is not one, or a group holds nobody.

    References
    ----------
    .. [1] Newcombe, R. G. (1998). Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> rate_gap(120, 2000, 90, 2000)[["difference", "low", "high"]].round(5).iloc[0].to_list()
    [0.015, 0.00115, 0.02897]
    """
    first, second = (
        pd.DataFrame({"bad_count": [cases], "total_count": [trials]})
        for cases, trials in ((bad, total), (other_bad, other_total))
    )
    return rate_difference(first, second, level=level)

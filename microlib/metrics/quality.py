"""Asset quality: NPL, special-mention and overdue ratios, PAR by days past due, the four readings of PAR30.

`four_pars` asks for PAR30 plainly, with stressed renewals, with bad debt that left, and on last year's
book; `committee_ratios` is what a credit committee reads, `monthly_ratios` the same month by month and
`ratio_changes` how they moved. `pars_from_sums` does the four readings from a whole bank's sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import BadData, EmptyBook
from microlib.metrics.loans import (
    BAD_DAYS,
    RISK_DAYS,
    bad_exits,
    checked_loans,
    days_late,
    existed,
    is_bad,
    is_live,
    joined,
    live_loans,
    month_end_books,
    opening_balances,
    optional,
)
from microlib.stats.borrower_shares import Measures, borrower_shares, ledger_shares, not_computed, share_interval
from microlib.stats.forecast import expected_shares
from microlib.stats.grouping import Day, keys, month_numbers, told_apart

#: the shares printed beside each other: above the line, below it, not to be judged
FOUR = {
    "par30_plain": ("par30", "balance"),
    "par30_adjusted": ("adjusted", "balance", "unjudged"),
    "par30_plain_with_exits": ("par30_and_exits", "balance_and_exits"),
    "par30_adjusted_with_exits": ("adjusted_and_exits", "balance_and_exits", "unjudged"),
    "par30_plain_lagged": ("par30_then", "balance_then"),
    "par30_adjusted_lagged": ("adjusted_then", "balance_then", "unjudged"),
}
#: the shares by which a judgement is made: late or left, on today's book with what left and on last year's. A loan
#: that is late and written off stays above the line and below it, so that no write-off and no sale betters them
JUDGED = {
    "par30_plain_with_exits": FOUR["par30_plain_with_exits"],
    "par30_adjusted_with_exits": FOUR["par30_adjusted_with_exits"],
    "par30_plain_lagged_with_exits": ("par30_and_exits_then", "balance_then"),
    "par30_adjusted_lagged_with_exits": ("adjusted_and_exits_then", "balance_then", "unjudged"),
}


def portfolio_at_risk(
    loans: pd.DataFrame, *, days: Sequence[int] = (0, 30, 60, 90), within: str | list[str] | None = None
) -> pd.DataFrame:
    r"""Measure the share of the balance on loans that are late by more than so many days.

    .. math::

        \mathrm{PAR}_d = \frac{\sum_i B_i\,[\text{days past due}_i > d]}{\sum_i B_i}

    over live loans: the whole balance of a late loan is at risk, not the instalment missed.

    Parameters
    ----------
    loans : DataFrame
        The ledger; ``balance_yuan`` (yuan, >= 0), ``overdue_days`` (days, >= 0), ``status, customer_id``. Not modified.
    days : sequence of int
        The cuts; strictly more days than the cut are at risk.
    within : str, list of str or None
        Grouping columns of `loans`; None for the whole book.

    Returns
    -------
    DataFrame
        As `borrower_shares`; ``measure`` is ``par0``, ``par30`` …

    Raises
    ------
    EmptyBook
        If no loan is live.
    MissingTable, BadData
        As `loans.checked_loans`.

    References
    ----------
    .. [1] CGAP (2003). Microfinance Consensus Guidelines: definitions of selected financial terms.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["normal", "overdue"],
    ...     "balance_yuan": [75.0, 25.0], "overdue_days": [0, 31],
    ... })
    >>> portfolio_at_risk(loans, days=(30, 31))[["measure", "share"]].to_numpy().tolist()
    [['par30', 0.25], ['par31', 0.0]]
    """
    live = live_loans(loans)
    late = days_late(live)
    amounts = {f"par{cut}": live["balance_yuan"].where(late > cut, 0.0) for cut in days}
    parts = live.assign(**{f"_{name}": amount for name, amount in amounts.items()})
    return borrower_shares(parts, measures={name: (f"_{name}", "balance_yuan") for name in amounts}, within=within)


@measure(optional=("loan_months",))
def four_pars(
    loans: pd.DataFrame,
    loan_months: pd.DataFrame | None = None,
    *,
    renewals: pd.DataFrame | None = None,
    as_of: Day,
    within: str | list[str] | None = None,
    measures: Measures | None = None,
) -> pd.DataFrame:
    r"""Measure PAR30 plainly, with stressed renewals, with bad debt that left, and on last year's book.

    Answers "how much of a low PAR is good lending, and how much renewal, write-off and growth?" With
    :math:`B` the balance, :math:`P` that of loans more than 30 days late, :math:`S` that of stressed
    renewals not in :math:`P`, :math:`W` what was written off or transferred bad in 12 months, and
    :math:`B_0` the balance a year ago:

    .. math::

        \frac{P}{B}, \qquad \frac{P + S}{B}, \qquad \frac{P + S + W}{B + W}, \qquad \frac{P'}{B_0}

    where :math:`P'` counts only debts that existed then: loans disbursed by then, or renewing one that was.

    Parameters
    ----------
    loans : DataFrame
        The ledger, closed loans included where it has them. Not modified.
    loan_months : DataFrame, optional
        Month-end balances; the lagged shares need the month end a year before.
    renewals : DataFrame, optional
        Answer of `arrears.stressed_renewals`. Without it the adjusted shares are not computed.
    as_of : date
        The report's date.
    within : str, list of str or None
        Grouping columns of `loans`.
    measures : mapping, optional
        `FOUR` where none are given, or `JUDGED`: those of a judgement, with what left on last year's book too.

    Returns
    -------
    DataFrame
        As `borrower_shares`; per group the six measures ``par30_plain, par30_adjusted,
        par30_plain_with_exits, par30_adjusted_with_exits, par30_plain_lagged, par30_adjusted_lagged``.
        ``unknown_count`` and ``unknown_yuan`` are renewals whose past is not recorded. Where ``reason``
        is ``needs_renewals``, ``needs_loan_months`` or ``no_base`` the share and its range are missing.

    Raises
    ------
    EmptyBook
        If no loan is live, and none was written off or sold bad in twelve months.
    MissingTable, BadData
        As `loans.checked_loans`.

    Notes
    -----
    A lagged share is not one of a fixed group: loans repaid since then left above the line but not below it.
    Months of loans that are no longer in the ledger count below the lagged line of the whole book only.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["normal", "overdue"],
    ...     "balance_yuan": [75.0, 25.0], "amount_yuan": [75.0, 25.0], "overdue_days": [0, 31],
    ...     "disbursed_date": pd.to_datetime(["2026-01-05", "2025-01-05"]),
    ... })
    >>> four_pars(loans, as_of="2026-06-30")[["measure", "share", "reason"]].head(2).to_numpy().tolist()
    [['par30_plain', 0.25, ''], ['par30_adjusted', nan, 'needs_renewals']]
    """
    gone = bad_exits(checked_loans(loans), loan_months, as_of=as_of)
    if gone["exit_yuan"].sum() <= 0:
        live_loans(loans)
    opening = opening_balances(loans, loan_months, as_of=as_of, placed=bool(keys(within)))
    parts = _par_parts(loans, opening, renewals, gone)
    shares = borrower_shares(parts, measures=measures or FOUR, within=within)
    if renewals is None:
        shares = not_computed(shares, shares["measure"].str.contains("adjusted"), "needs_renewals")
    if opening is None:
        shares = not_computed(shares, shares["measure"].str.contains("lagged"), "needs_loan_months")
    return shares


def _par_parts(
    loans: pd.DataFrame, opening: pd.DataFrame | None, renewals: pd.DataFrame | None, gone: pd.DataFrame
) -> pd.DataFrame:
    """Every loan's yuan above and below the line of each of the shares."""
    state = _states(loans, renewals)
    balance = loans["balance_yuan"].where(is_live(loans), 0.0)
    late = days_late(loans) > RISK_DAYS
    left = loans["loan_id"].map(gone.set_index("loan_id")["exit_yuan"]).astype(float).fillna(0.0)
    par30 = balance.where(late, 0.0)
    adjusted = balance.where(late | (state == "stressed"), 0.0)
    parts = loans.assign(
        par30=par30,
        balance=balance,
        adjusted=adjusted,
        unjudged=balance.where(~late & (state == "unknown"), 0.0),
        par30_and_exits=par30 + left,
        adjusted_and_exits=adjusted + left,
        balance_and_exits=balance + left,
    )
    stood = existed(loans, opening)
    then = {f"{name}_then": parts[name].where(stood, 0.0) for name in ("par30", "adjusted")}
    both = {f"{name}_and_exits_then": parts[f"{name}_and_exits"].where(stood, 0.0) for name in ("par30", "adjusted")}
    parts = parts.assign(**then, **both)
    return joined(parts, opening)


def _states(loans: pd.DataFrame, renewals: pd.DataFrame | None) -> pd.Series:
    if renewals is None:
        return pd.Series("", index=loans.index)
    return loans["loan_id"].map(renewals.set_index("loan_id")["state"]).astype(object).fillna("")


#: measure -> yuan above the line, yuan below it (columns of the pieces, added up), borrowers above, squares and
#: borrowers of the base, whether what could not be judged stands beside it
MEASURES = {
    "par30_plain": (["par30"], ["balance"], "balance", False),
    "par30_adjusted": (["adjusted"], ["balance"], "balance", True),
    "par30_plain_with_exits": (["par30", "exits"], ["balance", "exits"], "whole", False),
    "par30_adjusted_with_exits": (["adjusted", "exits"], ["balance", "exits"], "whole", True),
    "par30_plain_lagged": (["par30_then"], ["balance_then"], "balance_then", False),
    "par30_adjusted_lagged": (["adjusted_then"], ["balance_then"], "balance_then", True),
}
COLUMNS = ["measure", "share", "share_low", "share_high", "hit_yuan", "base_yuan"]
#: pieces that are missing where days past due are not known
DAYS_NEEDED = [f"{name}_yuan" for name in ("par30", "adjusted", "unjudged", "par30_then", "adjusted_then")]


def pars_from_sums(pieces: pd.DataFrame, *, within: str | list[str] | None = None, level: float = 0.95) -> pd.DataFrame:
    r"""Turn additive pieces into the four PARs of every group, with the range that so many borrowers leave.

    Answers, for a bank of any size, what `four_pars` answers for one branch; shares and ranges are the same
    (`borrower_shares.share_interval`).

    Parameters
    ----------
    pieces : DataFrame
        The engine's sums by group: ``balance_yuan, par30_yuan, adjusted_yuan, unjudged_yuan, exits_yuan,
        balance_then_yuan, par30_then_yuan, adjusted_then_yuan`` and ``balance_square, whole_square,
        balance_then_square`` (over borrowers). Rows of several groups or banks may be stacked; what is late, stressed
        or unjudged is missing together where days past due are not known. Not modified.
    within : str, list of str or None
        Grouping columns of `pieces`; None for the whole.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per group and measure, groups ascending, the measures of `four_pars` in their order: ``measure,
        share, share_low, share_high, hit_yuan, base_yuan``, ``base_effective_count`` (borrowers that the base is
        worth), ``unknown_yuan`` (renewals that could not be judged), ``reason`` (empty; ``no_base``, or
        ``needs_overdue_days`` where the days past due of any piece are not known: the share and its range are then
        missing)

    Raises
    ------
    EmptyBook
        If there is no piece.
    BadData
        If a sum is infinite or negative, or missing though days past due are known.

    Notes
    -----
    A borrower with loans in two groups counts in both, so a total over them is taken for a little more borrowers than
    there are. Members of one source are not independent borrowers: the range is then too short.

    Examples
    --------
    >>> pieces = pd.DataFrame({"balance_yuan": [1000.0], "par30_yuan": [22.0], "adjusted_yuan": [58.0],
    ...     "unjudged_yuan": [0.0], "exits_yuan": [9.0], "balance_then_yuan": [820.0], "par30_then_yuan": [22.0],
    ...     "adjusted_then_yuan": [58.0], "balance_square": [1e4], "whole_square": [1e4], "balance_then_square": [1e4]})
    >>> pars_from_sums(pieces).set_index("measure")["share"].round(4).tolist()
    [0.022, 0.058, 0.0307, 0.0664, 0.0268, 0.0707]
    """
    if pieces.empty:
        raise EmptyBook("there is no piece", fix="choose a date at which the bank has loans")
    by, names = keys(within), [name for name in pieces if name.endswith(("_yuan", "_square"))]
    yuan = pieces[names].astype("float64")
    sound = np.isfinite(yuan) & (yuan >= 0)
    sound.loc[yuan[DAYS_NEEDED].isna().all(axis="columns"), DAYS_NEEDED] = True
    if not sound.to_numpy().all():
        raise BadData("a sum is missing, infinite or negative", where="pieces", fix="take the pieces of the engine")
    cut = [pieces[name] for name in by] or [pd.Series(0, index=pieces.index)]
    sums = yuan.groupby(cut, sort=True).sum().mask(yuan.isna().groupby(cut, sort=True).any())
    rows = [_measured(sums, name, level) for name in MEASURES]
    found = pd.concat(rows, keys=range(len(rows)), names=["order", *(by or ["_book"])])
    found = found.reset_index().sort_values([*by, "order"], kind="stable", ignore_index=True)
    return found[[*by, *COLUMNS, "base_effective_count", "unknown_yuan", "reason"]]


def _measured(sums: pd.DataFrame, measure: str, level: float) -> pd.DataFrame:
    """One measure of all groups."""
    above, below, square, with_unknown = MEASURES[measure]
    hit, base = (sum(sums[f"{name}_yuan"] for name in side) for side in (above, below))
    found = share_interval(hit, base.where(hit.notna(), 0.0), sums[f"{square}_square"], level=level)
    return found.assign(
        measure=measure,
        hit_yuan=hit,
        base_yuan=base,
        unknown_yuan=sums["unjudged_yuan"] if with_unknown else 0.0,
        reason=np.select([~(base > 0), hit.isna()], ["no_base", "needs_overdue_days"], ""),
    )


#: loans under which a branch's share says little of the branch
FEWEST_LOANS = 30


def branch_shares(pieces: pd.DataFrame) -> pd.DataFrame:
    """Set the branches of a bank beside each other, and each beside what its own mix of trades would give.

    Answers "which branch is worse than the rest, and is it the branch or its trades?" by the adjusted PAR30
    (`pars_from_sums`) and `forecast.expected_shares`.

    Parameters
    ----------
    pieces : DataFrame
        The engine's sums by ``branch_id`` and ``industry_section``, as `pars_from_sums` takes them, with
        ``loans_count, customers_count``. Not modified.

    Returns
    -------
    DataFrame
        A row per branch, ascending: ``branch_id, loans_count, customers_count, balance_yuan, share, share_low,
        share_high, hit_yuan, base_effective_count, expected_share``, ``against_expected`` (`against_expected`),
        ``is_small`` (under thirty loans)

    Raises
    ------
    EmptyBook
        If there is no piece.

    Examples
    --------
    >>> pieces = pd.DataFrame({"branch_id": ["a", "b"], "industry_section": "F", "loans_count": [40, 12],
    ...     "customers_count": [40, 12], "balance_yuan": [1000.0, 200.0], "par30_yuan": [22.0, 6.0],
    ...     "adjusted_yuan": [58.0, 14.0], "unjudged_yuan": 0.0, "exits_yuan": 0.0, "balance_then_yuan": 820.0,
    ...     "par30_then_yuan": 22.0, "adjusted_then_yuan": 58.0, "balance_square": [3e4, 4e3],
    ...     "whole_square": [3e4, 4e3], "balance_then_square": 3e4})
    >>> branch_shares(pieces)[["share", "expected_share", "against_expected", "is_small"]].values.tolist()
    [[0.058, 0.06, 'same', False], [0.07, 0.06, 'same', True]]
    """
    sums = pieces.groupby("branch_id")[["loans_count", "customers_count", "balance_yuan"]].sum()
    shares = pars_from_sums(pieces, within="branch_id")
    own = shares[shares["measure"] == "par30_adjusted"].set_index("branch_id")
    names = ["share", "share_low", "share_high", "hit_yuan", "base_effective_count"]
    expected = expected_shares(
        pieces, within="branch_id", across="industry_section", hit="adjusted_yuan", base="balance_yuan"
    )
    rows = sums.join(own[names]).join(expected).reset_index()
    return rows.assign(against_expected=against_expected(rows), is_small=rows["loans_count"] < FEWEST_LOANS)


def against_expected(rows: pd.DataFrame) -> pd.Series:
    """Say of each branch whether the whole range of its share lies above, below or about what its mix would give.

    Parameters
    ----------
    rows : DataFrame
        ``share, share_low, share_high, expected_share``. Not modified.

    Returns
    -------
    Series
        ``above``, ``below``, ``same``, or ``unknown`` where either share is missing.

    Examples
    --------
    >>> rows = pd.DataFrame({"share": [0.08, 0.05, None], "share_low": [0.06, 0.03, None],
    ...     "share_high": [0.1, 0.07, None], "expected_share": 0.05})
    >>> against_expected(rows).tolist()
    ['above', 'same', 'unknown']
    """
    against = pd.Series("unknown", index=rows.index)
    against[rows["share"].notna() & rows["expected_share"].notna()] = "same"
    against[rows["share_low"] > rows["expected_share"]] = "above"
    against[rows["share_high"] < rows["expected_share"]] = "below"
    return against


#: the committee's ratios: above the line, below it, not to be judged
RATIOS = {
    "npl": ("bad", "balance", "unclassed"),
    "special_mention": ("watched", "balance", "unclassed"),
    "overdue30": ("overdue30", "balance"),
    "overdue90_to_npl": ("overdue90", "bad"),
    "npl_formation": ("formed", "balance_then", "unknown_exit"),
    "npl_with_exits": ("bad_and_exits", "balance_and_exits", "unknown_exit"),
}


@measure(optional=("loan_months",))
def committee_ratios(
    loans: pd.DataFrame,
    loan_months: pd.DataFrame | None = None,
    *,
    as_of: Day,
    within: str | list[str] | None = None,
) -> pd.DataFrame:
    r"""Measure quality in the committee's own terms, one row per group and ratio.

    Over live loans with balance :math:`B`:

    - ``npl`` (不良率): balance of substandard, doubtful and loss / :math:`B`
    - ``special_mention`` (关注率): balance of special mention / :math:`B`
    - ``overdue30`` (逾期率): whole balance of loans more than 30 days late / :math:`B`
    - ``overdue90_to_npl`` (逾期90天以上/不良): balance more than 90 days late / bad balance; above 1, loans
      that late are not booked as bad
    - ``npl_formation`` (还原不良生成率): bad debt formed in 12 months, with write-offs and bad transfers
      :math:`W` added back, on the opening balance:

    .. math::

        \frac{N_1 - N_0 + W}{B_0}

    - ``npl_with_exits``: :math:`(N_1 + W)/(B_1 + W)`, what the ledger alone can say about the same question

    Parameters
    ----------
    loans : DataFrame
        The ledger, closed loans included where it has them. A loan without ``class5`` is bad beyond 90 days,
        and counted in ``unknown_count`` and ``unknown_yuan``. Not modified.
    loan_months : DataFrame, optional
        Month-end balances; ``npl_formation`` needs the month end a year before.
    as_of : date
        The report's date.
    within : str, list of str or None
        Grouping columns of `loans`.

    Returns
    -------
    DataFrame
        As `borrower_shares.ledger_shares`, the six ratios per group, without a range: they are read off one's own
        ledger, which is known. ``npl_formation`` may be negative (more cured than formed); ``overdue90_to_npl`` may
        exceed 1. Where ``reason`` is ``needs_loan_months``, ``no_base`` (no bad loan to compare with) or
        ``needs_class5`` (no live loan has a class, and none is bad by its days) the share is missing.
        For the last two ratios the unknowns
        are exits of unknown amount or date: ``unknown_count`` loans, ``unknown_yuan`` what is known of them.

    Raises
    ------
    EmptyBook
        If no loan is live.
    MissingTable, BadData
        As `loans.checked_loans`.

    Notes
    -----
    Classes are taken as booked, even where the days past due would require worse.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["normal", "overdue"],
    ...     "balance_yuan": [96.0, 4.0], "amount_yuan": [96.0, 4.0], "overdue_days": [0, 95],
    ...     "class5": ["normal", "substandard"], "disbursed_date": pd.to_datetime(["2026-01-05", "2025-01-05"]),
    ... })
    >>> committee_ratios(loans, as_of="2026-06-30").set_index("measure").share.to_dict()
    {'npl': 0.04, 'special_mention': 0.0, 'overdue30': 0.04, 'overdue90_to_npl': 1.0, 'npl_formation': nan,
     'npl_with_exits': 0.04}
    """
    live_loans(loans)
    opening = opening_balances(loans, loan_months, as_of=as_of, placed=bool(keys(within)))
    parts = _ratio_parts(loans, bad_exits(loans, loan_months, as_of=as_of))
    parts = joined(parts, opening)
    parts = parts.assign(formed=parts["bad"] - parts["bad_then"] + parts["exit_yuan"])
    shares = ledger_shares(parts, measures=RATIOS, within=within)
    if opening is None:
        shares = not_computed(shares, shares["measure"] == "npl_formation", "needs_loan_months")
    return _classed(shares)


def _classed(shares: pd.DataFrame) -> pd.DataFrame:
    """Empty what rests on classes where no loan has one: that none was found bad or watched is then no nought."""
    asked = shares["measure"].isin(["npl", "special_mention"]) & (shares["hit_yuan"] <= 0)
    none = asked & (shares["base_yuan"] > 0) & (shares["unknown_yuan"] >= shares["base_yuan"])
    return not_computed(shares, none, "needs_class5") if none.any() else shares


def _ratio_parts(loans: pd.DataFrame, gone: pd.DataFrame) -> pd.DataFrame:
    """Every loan's yuan above and below the line of each of the ratios."""
    parts, left = _standing_parts(loans), gone.set_index("loan_id")
    exit_yuan = loans["loan_id"].map(left["exit_yuan"]).astype(float).fillna(0.0)
    unsure = loans["loan_id"].map(~left["is_known"].astype(bool)).eq(True)
    return parts.assign(
        exit_yuan=exit_yuan,
        unknown_exit=exit_yuan.where(unsure, 0.0),
        bad_and_exits=parts["bad"] + exit_yuan,
        balance_and_exits=parts["balance"] + exit_yuan,
    )


def _standing_parts(loans: pd.DataFrame) -> pd.DataFrame:
    """Every loan's balance, and how much of it is bad, watched, without a class, late."""
    balance, classes = loans["balance_yuan"].where(is_live(loans), 0.0), optional(loans, "class5")
    return loans.assign(
        balance=balance,
        bad=balance.where(is_bad(loans), 0.0),
        watched=balance.where(classes == "special_mention", 0.0),
        unclassed=balance.where(classes.isna(), 0.0),
        overdue30=balance.where(days_late(loans) > RISK_DAYS, 0.0),
        overdue90=balance.where(days_late(loans) > BAD_DAYS, 0.0),
    )


#: the ratios that are read month by month: of what stands on the books at one day
STANDING = ("npl", "special_mention", "overdue30")
#: figure of the book -> months before with which it is compared
COMPARED = {"month_change": 1, "quarter_change": 3, "year_change": 12}


@measure(optional=("loan_months",))
def monthly_ratios(
    loans: pd.DataFrame, loan_months: pd.DataFrame | None = None, *, as_of: Day, months: int = 24
) -> pd.DataFrame:
    """Read balance, borrowers and the committee's ratios off every month end, the ledger last.

    Answers "is the book getting better or worse, and since when?" The ratios are those of `committee_ratios`.

    Parameters
    ----------
    loans : DataFrame
        The ledger. Not modified.
    loan_months : DataFrame, optional
        Month ends; without any, the ledger's row alone. Not modified.
    as_of : date
        Day of the ledger, whose row stands for its month.
    months : int
        Rows at most, the ledger's included; a month without a live loan has none.

    Returns
    -------
    DataFrame
        One row per ``month`` (``YYYY-MM``), ascending; ``balance_yuan, customers_count`` (a loan that is not in the
        ledger stands for a borrower of its own), ``npl_share, special_mention_share, overdue30_share`` (fraction of
        the balance; the first two missing where no loan has a class and none is bad by its days)

    Raises
    ------
    EmptyBook
        If no loan is live in the ledger.
    MissingTable, BadData
        As `loans.checked_loans`; if a loan stands twice in a month.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a", "b"], "customer_id": ["A", "B"], "balance_yuan": [60.0, 40.0],
    ...     "overdue_days": [0, 95], "status": ["normal", "overdue"], "class5": ["normal", "substandard"]})
    >>> before = loans.assign(month="2026-05", overdue_days=[0, 65], class5=["normal", "special_mention"])
    >>> monthly_ratios(loans, before, as_of="2026-06-30")[["month", "npl_share"]].values.tolist()
    [['2026-05', 0.0], ['2026-06', 0.4]]
    """
    live_loans(loans)  # a ledger in which no loan is live, or that cannot be read, is refused
    names = ["month", "loan_id", "customer_id", "balance_yuan", "overdue_days", "status", "class5"]
    ledger = loans[[name for name in names if name in loans.columns and name != "month"]]
    books = month_end_books(ledger, loan_months, as_of=as_of, months=months)
    stacked = books[is_live(books)].reindex(columns=names).astype({"customer_id": object})
    shares = ledger_shares(
        _standing_parts(stacked.reset_index(drop=True)), measures={n: RATIOS[n] for n in STANDING}, within="month"
    )
    wide = _classed(shares).pivot(index="month", columns="measure", values="share")[list(STANDING)].add_suffix("_share")
    base = shares[shares["measure"] == "npl"].set_index("month")
    sums = base[["base_yuan", "base_customers_count"]].set_axis(["balance_yuan", "customers_count"], axis="columns")
    return sums.join(wide).reset_index().rename_axis(columns=None)


def ratio_changes(monthly: pd.DataFrame) -> pd.DataFrame:
    """Set every figure of the last month beside its change against one, three and twelve months before.

    Parameters
    ----------
    monthly : DataFrame
        Result of `monthly_ratios`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``figure`` (a column of `monthly`): ``after`` (the last month), ``month_change, quarter_change,
        year_change`` (of a share: in fractions), missing where that month end is not there

    Raises
    ------
    EmptyBook
        If there is no month.

    Examples
    --------
    >>> monthly = pd.DataFrame({"month": ["2026-05", "2026-06"], "balance_yuan": [9.0, 8.0], "npl_share": [0.02, 0.03]})
    >>> ratio_changes(monthly).round(4)[["figure", "after", "month_change", "year_change"]].values.tolist()
    [['balance_yuan', 8.0, -1.0, nan], ['npl_share', 0.03, 0.01, nan]]
    """
    if monthly.empty:
        raise EmptyBook("there is no month to read", fix="choose a date at which the branch has loans")
    numbers = month_numbers(told_apart(monthly, key=["month"], table="monthly")["month"])
    figures = monthly.drop(columns="month").astype("float64").set_axis(numbers, axis="index")
    last = numbers.max()
    now = figures.loc[last]
    changes = {name: now - figures.reindex([last - back]).iloc[0] for name, back in COMPARED.items()}
    return pd.DataFrame({"after": now, **changes}).rename_axis("figure").reset_index()


def untraced_ratio(changes: pd.DataFrame, untraced_yuan: float) -> pd.DataFrame:
    r"""Add to the changes the share more than 30 days late as if what is not traced yet were late still.

    .. math:: s' = s + \frac{U}{B}

    A late loan that became current by money that nobody knows is no improvement: its share is told beside.

    Parameters
    ----------
    changes : DataFrame
        Result of `ratio_changes`. Not modified.
    untraced_yuan : float
        What became current and is to be traced (U, yuan); with none the changes are returned as they are.

    Returns
    -------
    DataFrame
        `changes`, and under ``overdue30_share`` a row ``untraced30_share``; missing where the balance is not known.

    Raises
    ------
    BadData
        If a figure stands twice.

    Examples
    --------
    >>> changes = pd.DataFrame({"figure": ["balance_yuan", "overdue30_share"], "after": [100.0, 0.02],
    ...                         "month_change": [0.0, -0.01]})
    >>> untraced_ratio(changes, 1.0).round(4)[["figure", "after", "month_change"]].values.tolist()[-1]
    ['untraced30_share', 0.03, 0.0]
    """
    now = told_apart(changes, key=["figure"], table="changes").set_index("figure")
    if not untraced_yuan > 0 or "overdue30_share" not in now.index:
        return changes
    more = untraced_yuan / now["after"].get("balance_yuan", np.nan)
    row = (now.loc["overdue30_share"] + more).to_frame().T.rename_axis("figure").reset_index()
    place = int(changes["figure"].eq("overdue30_share").argmax()) + 1
    parts = [changes.iloc[:place], row.assign(figure="untraced30_share"), changes.iloc[place:]]
    return pd.concat(parts, ignore_index=True).astype(changes.dtypes.to_dict())

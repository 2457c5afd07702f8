"""Tenor against need: loans that fall due before the money is back, and maturities met only by the next loan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.groupings import Day, year_before
from microlib.metrics.loan_states import live_loans
from microlib.metrics.products.overlaps import dated_terms
from microlib.metrics.shares import borrower_shares
from microlib.units import MONTHS_PER_YEAR


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
        Result of `cash_positions.cash_gaps` over `months`. Not modified.
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
        loans_count=1, known_count=length.notna().astype("int64"), gap_months=length,
        short_count=(joined["term_months"].round() < length).astype("int64"),
        long_need_count=(length > MONTHS_PER_YEAR).astype("int64"),
        open_count=joined["gap_is_open"].fillna(False).astype("int64"),
    )  # fmt: skip
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
        As `shares.borrower_shares`, one row per ``product_id`` and measure (``from_renewal``, ``from_other_bank``),
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
        base=paid, unsure=np.where(source == "unknown", paid, 0.0),
        renewal=np.where(source == "renewal", paid, 0.0), other=np.where(source == "other_bank", paid, 0.0),
    )  # fmt: skip
    measures = {"from_renewal": ("renewal", "base", "unsure"), "from_other_bank": ("other", "base", "unsure")}
    return borrower_shares(split, measures=measures, within="product_id")

"""Asset quality as a credit committee reads it: bad, special-mention, overdue, and what was formed anew."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.needs import measure
from microlib.metrics import exits, openings
from microlib.metrics.groupings import Day, keys
from microlib.metrics.loan_states import BAD_DAYS, RISK_DAYS, is_bad, is_live, live_loans, optional
from microlib.metrics.shares import borrower_shares, not_computed

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
        As `shares.borrower_shares`, the six ratios per group. ``npl_formation`` may be negative (more cured
        than formed); ``overdue90_to_npl`` may exceed 1. Where ``reason`` is ``needs_loan_months`` or ``no_base``
        (no bad loan to compare with) the share and its range are missing. For the last two ratios the unknowns
        are exits of unknown amount or date: ``unknown_count`` loans, ``unknown_yuan`` what is known of them.

    Raises
    ------
    EmptyBook
        If no loan is live.
    MissingTable, BadData
        As `loan_states.checked_loans`.

    Notes
    -----
    Classes are taken as booked: what the days alone would require is `classes.class_floors`.

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
    opening = openings.opening_balances(loans, loan_months, as_of=as_of, placed=bool(keys(within)))
    parts = _parts(loans, exits.bad_exits(loans, loan_months, as_of=as_of))
    parts = openings.joined(parts, opening)
    parts = parts.assign(formed=parts["bad"] - parts["bad_then"] + parts["exit_yuan"])
    shares = borrower_shares(parts, measures=RATIOS, within=within)
    if opening is None:
        shares = not_computed(shares, shares["measure"] == "npl_formation", "needs_loan_months")
    return shares


def _parts(loans: pd.DataFrame, gone: pd.DataFrame) -> pd.DataFrame:
    """Every loan's yuan above and below the line of each of the ratios."""
    balance = loans["balance_yuan"].where(is_live(loans), 0.0)
    left = gone.set_index("loan_id")
    exit_yuan = loans["loan_id"].map(left["exit_yuan"]).astype(float).fillna(0.0)
    unsure = loans["loan_id"].map(~left["is_known"].astype(bool)).eq(True)
    classes = optional(loans, "class5")
    bad = balance.where(is_bad(loans), 0.0)
    return loans.assign(
        balance=balance,
        bad=bad,
        watched=balance.where(classes == "special_mention", 0.0),
        unclassed=balance.where(classes.isna(), 0.0),
        overdue30=balance.where(loans["overdue_days"] > RISK_DAYS, 0.0),
        overdue90=balance.where(loans["overdue_days"] > BAD_DAYS, 0.0),
        exit_yuan=exit_yuan,
        unknown_exit=exit_yuan.where(unsure, 0.0),
        bad_and_exits=bad + exit_yuan,
        balance_and_exits=balance + exit_yuan,
    )

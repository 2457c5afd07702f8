"""Portfolio at risk: by days past due, and the four ways of asking for more than 30 (PAR30)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from microlib.contracts.needs import measure
from microlib.metrics import exits, openings
from microlib.metrics.groupings import Day, keys
from microlib.metrics.loan_states import RISK_DAYS, is_live, live_loans
from microlib.metrics.shares import borrower_shares, not_computed

#: the shares printed beside each other: above the line, below it, not to be judged
FOUR = {
    "par30_plain": ("par30", "balance"),
    "par30_adjusted": ("adjusted", "balance", "unjudged"),
    "par30_plain_with_exits": ("par30_and_exits", "balance_and_exits"),
    "par30_adjusted_with_exits": ("adjusted_and_exits", "balance_and_exits", "unjudged"),
    "par30_plain_lagged": ("par30_then", "balance_then"),
    "par30_adjusted_lagged": ("adjusted_then", "balance_then", "unjudged"),
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
        As `shares.borrower_shares`; ``measure`` is ``par0``, ``par30`` …

    Raises
    ------
    EmptyBook
        If no loan is live.
    MissingTable, BadData
        As `loan_states.checked_loans`.

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
    amounts = {f"par{cut}": live["balance_yuan"].where(live["overdue_days"] > cut, 0.0) for cut in days}
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
        Answer of `renewals.stressed_renewals`. Without it the adjusted shares are not computed.
    as_of : date
        The report's date.
    within : str, list of str or None
        Grouping columns of `loans`.

    Returns
    -------
    DataFrame
        As `shares.borrower_shares`; per group the six measures ``par30_plain, par30_adjusted,
        par30_plain_with_exits, par30_adjusted_with_exits, par30_plain_lagged, par30_adjusted_lagged``.
        ``unknown_count`` and ``unknown_yuan`` are renewals whose past is not recorded. Where ``reason``
        is ``needs_renewals``, ``needs_loan_months`` or ``no_base`` the share and its range are missing.

    Raises
    ------
    EmptyBook
        If no loan is live.
    MissingTable, BadData
        As `loan_states.checked_loans`.

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
    live_loans(loans)
    opening = openings.opening_balances(loans, loan_months, as_of=as_of, placed=bool(keys(within)))
    parts = _parts(loans, opening, renewals, exits.bad_exits(loans, loan_months, as_of=as_of))
    shares = borrower_shares(parts, measures=FOUR, within=within)
    if renewals is None:
        shares = not_computed(shares, shares["measure"].str.contains("adjusted"), "needs_renewals")
    if opening is None:
        shares = not_computed(shares, shares["measure"].str.endswith("lagged"), "needs_loan_months")
    return shares


def _parts(
    loans: pd.DataFrame, opening: pd.DataFrame | None, renewals: pd.DataFrame | None, gone: pd.DataFrame
) -> pd.DataFrame:
    """Every loan's yuan above and below the line of each of the shares."""
    state = _states(loans, renewals)
    balance = loans["balance_yuan"].where(is_live(loans), 0.0)
    late = loans["overdue_days"] > RISK_DAYS
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
    existed = openings.existed(loans, opening)
    parts = parts.assign(par30_then=par30.where(existed, 0.0), adjusted_then=adjusted.where(existed, 0.0))
    return openings.joined(parts, opening)


def _states(loans: pd.DataFrame, renewals: pd.DataFrame | None) -> pd.Series:
    if renewals is None:
        return pd.Series("", index=loans.index)
    return loans["loan_id"].map(renewals.set_index("loan_id")["state"]).astype(object).fillna("")

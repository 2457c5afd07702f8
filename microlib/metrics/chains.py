"""Loans that follow one another: how often a debt was rolled over, and when it really began."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.metrics.loan_states import RENEWALS, is_renewed, optional

#: links followed back before a chain is taken to be endless (or to bite its own tail)
LONGEST = 60
#: a yuan less is rounding, not repayment
TOLERANCE_YUAN = 1.0


def debt_chains(loans: pd.DataFrame) -> pd.DataFrame:
    """Follow every loan back through the loans it replaced.

    Answers "how often has this debt been rolled over without a yuan of principal repaid, and since when does it exist?"

    Parameters
    ----------
    loans : DataFrame
        The ledger with its closed loans; ``loan_id, previous_loan_id, issue_type, extensions_count,
        amount_yuan, disbursed_date``. Not modified.

    Returns
    -------
    DataFrame
        Index of `loans`; ``rollovers_count``: renewals in a row, this one included, that did not lower
        the amount (an extension in place counts as one each); ``began_date``: earliest disbursement known of the chain.

    Notes
    -----
    Only loans in the ledger can be followed: a chain whose root is missing is shorter and younger
    here than in life. A chain that returns to itself is cut after 60 links.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2", "L3"], "previous_loan_id": [None, "L1", "L2"], "amount_yuan": [9.0, 9.0, 9.0],
    ...     "issue_type": ["new", "refinance", "refinance"],
    ...     "disbursed_date": pd.to_datetime(["2023-01-05", "2024-01-05", "2025-01-05"]),
    ... })
    >>> debt_chains(loans).rollovers_count.to_list()
    [0, 1, 2]
    """
    places = pd.Index(loans["loan_id"]).get_indexer(optional(loans, "previous_loan_id").astype(object))
    amounts = loans["amount_yuan"].to_numpy(float)
    dates = pd.to_datetime(loans["disbursed_date"]).to_numpy("datetime64[s]")
    known = places >= 0
    kept = np.ones(len(loans), bool)
    kept[known] = amounts[known] >= amounts[places[known]] - TOLERANCE_YUAN
    own = np.where(kept & optional(loans, "issue_type").isin(RENEWALS).to_numpy(), 1, 0)
    own = own + optional(loans, "extensions_count").astype("Float64").fillna(0).to_numpy(int)
    count, began, here, unbroken = own, dates, places, kept & is_renewed(loans).to_numpy()
    for _ in range(LONGEST):
        linked = here >= 0
        if not linked.any():
            break
        at = np.where(linked, here, 0)
        began = np.where(linked, np.fmin(began, dates[at]), began)
        count = count + np.where(linked & unbroken, own[at], 0)
        unbroken = unbroken & linked & kept[at]
        here = np.where(linked, places[at], -1)
    return pd.DataFrame({"rollovers_count": count, "began_date": began}, index=loans.index)

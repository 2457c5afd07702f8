"""What is followed over time for the whole bank: how core enterprises pay, and new loans for scoring forecasts."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.bank.pieces import new_loans, payers
from microlib.metrics.payables import lives, payment_trends

#: core enterprises whose payments are followed, those with most lent on them
MOST_CORES = 40


def followed(store: payers.Store, *, as_of: date) -> dict[str, pd.DataFrame]:
    """Return ``payers``, as `paying_cores`, and ``new_loans``, as `new_loans.new_loans`."""
    return {"payers": paying_cores(store, as_of=as_of), "new_loans": new_loans.new_loans(store, as_of=as_of)}


def paying_cores(store: payers.Store, *, as_of: date) -> pd.DataFrame:
    """Return how the core enterprises behind live loans pay, against a year ago, with what is lent on them.

    Returns
    -------
    DataFrame
        ``core_id, balance_yuan, branch_ids`` and the columns of `payment_trends.payment_trends`; the `MOST_CORES`
        with most lent on them, of those whose payables the bank holds.
    """
    owed, lent = payers.core_payables(store, as_of=as_of), payers.core_balances(store, as_of=as_of)
    lent = lent.nlargest(MOST_CORES, "balance_yuan")
    owed = owed[owed["core_id"].isin(lent["core_id"])] if len(owed) else owed
    waits = lives.payable_lives(owed, as_of=as_of) if len(owed) else owed
    if waits.empty:
        return lent.iloc[:0]
    return lent.merge(payment_trends.payment_trends(waits, as_of=as_of, notable_days=0), on="core_id")

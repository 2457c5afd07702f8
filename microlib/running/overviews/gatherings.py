"""The whole bank at a date, gathered once per state of its data: a row per branch, and what branches share."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.bank.pieces import pars, sharings
from microlib.running.overviews.followings import followed
from microlib.running.overviews.standings import FEWEST_LOANS, branch_rows, compared

__all__ = ["FEWEST_LOANS", "branch_rows", "compared", "gathered"]


def gathered(store: sharings.Store, *, as_of: date) -> dict[str, pd.DataFrame]:
    """Return the frames behind the overview; none where the bank has no live loan.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    dict
        ``branches``: ``branch_id, loans_count, customers_count, balance_yuan``, the share more than 30 days overdue
        with stressed renewals (``share, share_low, share_high, hit_yuan, base_effective_count``), ``expected_share``
        (with the bank's own mix of trades), ``against_expected`` (above, below, same, unknown), ``is_small``;
        ``sources``: as `sharings.shared_sources`; ``payers, new_loans``: as
        `followings.followed`.
    """
    if not store.has("loans"):
        return {}
    pieces = pars.par_pieces(store, as_of=as_of)
    if not (pieces["balance_yuan"].sum() > 0):
        return {}
    return {
        "branches": branch_rows(pieces),
        "sources": sharings.shared_sources(store, as_of=as_of),
        **followed(store, as_of=as_of),
    }

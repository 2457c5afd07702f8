"""What a product's group and the whole bank have seen of default."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.bank.aggregates import bad_counts
from microlib.design import members
from microlib.metrics.borrower_defaults import bank_prior


def group_experience(book: Any, memberships: pd.DataFrame, *, product: Any) -> tuple[pd.DataFrame, Any]:
    """Count a group's own bad borrowers in a branch, and learn the prior from the whole bank.

    Returns
    -------
    DataFrame, Prior
        Result of `members.own_experience`, and of `metrics.borrower_defaults.bank_prior`.
    """
    chosen = members.product_members(memberships, product=product)
    past = members.own_experience(book["loans"], book["customers"], members=chosen)
    return past, bank_prior(bad_counts(book.home, as_of=book.as_of))

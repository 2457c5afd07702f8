"""Default rates that a product is priced on: its own group's past, drawn towards the bank's."""

from __future__ import annotations

import pandas as pd

from microlib.bank.aggregates import bad_counts
from microlib.design import members, prices
from microlib.metrics.borrower_defaults import bank_prior
from microlib.metrics.shrinkages import shrink_rates


def group_rates(book: object, memberships: pd.DataFrame, *, product: object, upper: float) -> pd.DataFrame:
    """Return mean and upper default rate of a product's group in a branch, as `prices.price_floors` takes them.

    Parameters
    ----------
    book : Branch
    memberships : DataFrame
        Result of `groups.group_evidence`. Not modified.
    product : Product
        Its segments.
    upper : float
        One-sided level of the upper case, from policy.
    """
    chosen = members.product_members(memberships, product=product)
    past = members.own_experience(book["loans"], book["customers"], members=chosen)
    prior = bank_prior(bad_counts(book.home, as_of=book.as_of))
    return prices.default_rate_cases(shrink_rates(past, prior=prior, upper=upper))

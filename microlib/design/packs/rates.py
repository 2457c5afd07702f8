"""Default rates that a product is priced on, its own group's past drawn towards the bank's, and the price floors."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design import prices
from microlib.design.packs.experiences import group_experience
from microlib.metrics.shrinkages import shrink_rates


def price_results(book: Any, memberships: pd.DataFrame, *, product: Any, policy: Any) -> dict[str, pd.DataFrame]:
    """Find mean and upper default rate of a product's group in a branch, and the floor at each.

    Parameters
    ----------
    book : Branch
    memberships : DataFrame
        Result of `groups.group_evidence`. Not modified.
    product, policy : Product, Policy

    Returns
    -------
    dict of DataFrame
        ``shrunk`` (`metrics.shrinkages.shrink_rates`), ``rates`` (`prices.default_rate_cases`) and
        ``floors`` (`prices.price_floors`).
    """
    past, prior = group_experience(book, memberships, product=product)
    shrunk = shrink_rates(past, prior=prior, upper=policy.quality.price_level)
    rates = prices.default_rate_cases(shrunk)
    return {
        "shrunk": shrunk,
        "rates": rates,
        "floors": prices.price_floors(rates, product=product, policy=policy.pricing),
    }

"""What an allocation comes to: plainer ways beside it, the book before and after, and whether the whole can be lent."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design.programmes import spreads, ways, wishes


def allocation_outcomes(
    shared: Any, asked: pd.DataFrame, *, rules: pd.DataFrame, product: Any, upper_rate: pd.Series
) -> dict[str, pd.DataFrame]:
    """Hold an allocation against plainer ways and against the book it joins.

    Parameters
    ----------
    shared : Allocation
        Result of `allocations.allocate_budget`.
    asked : DataFrame
        Result of `eligibility.screen_applicants`. Not modified.
    rules : DataFrame
        Caps it was made under. Not modified.
    product : Product
    upper_rate : Series
        Profit rate at the upper default rate, index of the lines.

    Returns
    -------
    dict of DataFrame
        ``ways`` (`ways.ways_table`), ``source_spread, spread_change`` (`spreads`), ``wish`` (`wishes.pilot_wish`).
    """
    lines, across = shared.lines, "group_key" if product.limit.source == "none" else "source_id"
    turnover = lines["customer_id"].map(asked.set_index("customer_id")["turnover_yuan"])
    plain = ways.shared_ways(lines, rules=rules, turnover=turnover, floor_yuan=float(product.limit.floor_yuan))
    return {
        "ways": ways.ways_table(lines, ways=plain, rules=rules, upper_rate=upper_rate),
        "source_spread": spreads.source_spread(lines, asked, across=across),
        "spread_change": spreads.spread_change(lines, asked, across=across),
        "wish": wishes.pilot_wish(lines, rules=rules, product=product),
    }

"""How many months of use make one offer cost as much as another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from microlib.contracts.quantities import Said
from microlib.design.peers.offers import Offer
from microlib.design.peers.usages import Usage, use_cost
from microlib.units import MONTHS_PER_YEAR

SAID = Said(zh="用款月数", en="months of use")


def break_even_use(
    offers: tuple[Offer, ...], *, amount_yuan: float, term_months: int = MONTHS_PER_YEAR
) -> pd.DataFrame:
    """Find, for each pair of offers, the months of use at which they cost the same.

    Answers "how long must a customer use the money before our line is the dearer one?" Cost is followed from one month
    of use to the whole term and joined by straight lines, which is exact for interest reckoned by the month.

    Parameters
    ----------
    offers : tuple of Offer
        At least two; those that cannot serve amount or term are left out.
    amount_yuan : float
        Yuan, > 0.
    term_months : int
        Months for which the money must be at hand.

    Returns
    -------
    DataFrame
        One row per pair, in the order given: ``offer_id, other_id``; ``break_even_months``, missing where one is
        cheaper throughout; ``cheaper_below_id, cheaper_above_id``: the cheaper one at one month and at the whole term
        (``tied`` where they cost the same); ``cost_gap_yuan``: at the whole term, the first's less the other's

    Notes
    -----
    Yuan are compared, not what they buy: an instalment loan costs less because less of it is at hand; the matrix says
    how much (``covered_share``).

    Examples
    --------
    >>> loan = Offer("A", "x", "x", False, True, None, "interest_only", 0.042, (1, 12), 1e6, False)
    >>> line = Offer("E", "x", "x", False, True, None, "revolving", 0.048, (1, 12), 1e6, False)
    >>> found = break_even_use((loan, line), amount_yuan=1_000_000)
    >>> found.break_even_months.round(2).item(), found.cheaper_below_id.item(), found.cheaper_above_id.item()
    (10.5, 'E', 'A')
    """
    able = [each for each in offers if amount_yuan <= each.max_amount_yuan and each.months[1] >= term_months]
    costs = {each.offer_id: _costs(each, amount_yuan, term_months) for each in able}
    rows = [(first, second, *_crossing(first, second, costs)) for first, second in combinations(costs, 2)]
    columns = ["offer_id", "other_id", "break_even_months", "cheaper_below_id", "cheaper_above_id", "cost_gap_yuan"]
    return pd.DataFrame(rows, columns=columns)


def _costs(offer: Offer, amount_yuan: float, term_months: int) -> np.ndarray:
    uses = [Usage(code="used", said=SAID, term_months=term_months, used_months=tuple(range(1, months + 1)))
            for months in range(1, term_months + 1)]  # fmt: skip
    return np.array([use_cost(offer, use, amount_yuan=amount_yuan)["cost_yuan"] for use in uses])


def _crossing(first: str, second: str, costs: dict[str, np.ndarray]) -> tuple:
    gaps = np.round(costs[first] - costs[second], 6)
    below, above = _cheaper(gaps[0], first, second), _cheaper(gaps[-1], first, second)
    turns = np.flatnonzero(np.sign(gaps[:-1]) * np.sign(gaps[1:]) < 0)
    exact = np.flatnonzero(gaps == 0)
    if below == above or "tied" in (below, above):
        month = np.nan
    elif len(turns):
        at = turns[0]
        month = 1 + at + gaps[at] / (gaps[at] - gaps[at + 1])
    else:
        month = float(1 + exact[0])
    return month, below, above, float(gaps[-1])


def _cheaper(gap: float, first: str, second: str) -> str:
    return "tied" if gap == 0 else second if gap > 0 else first

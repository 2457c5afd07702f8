"""What a group may be given: the price floor by size of group, and the size from which a discount pays."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.outreach_cases import GroupPrice
from microlib.design.prices import Parts, floor_rate

#: groups larger than this are not looked at
LARGEST = 500


def group_floors(price: GroupPrice) -> pd.DataFrame:
    r"""Find the floor of a loan in a group of each size.

    Answers "what discount does a group of this size pay for itself?"

    .. math:: r_n = FTP + o\left(1 - s + \frac{s}{n}\right) + PD \cdot LGD + K h + \frac{E}{n A T}

    with :math:`o` the operating cost of one loan alone, :math:`s` the part of it that a group pays once, :math:`E` the
    event, :math:`A` the amount and :math:`T` the years of a loan; the event falls away for a group of one.

    Returns
    -------
    DataFrame
        ``size_count, opex_rate, event_rate, floor_rate``, and ``discount_rate``: the rate on the list less the floor.

    Examples
    --------
    >>> price = GroupPrice(ftp_rate=0.0205, opex_rate=0.0095, pd_rate=0.019, lgd_share=0.4, capital_share=0.07875,
    ...     capital_cost_rate=0.1, shared_share=0.4, asked_rate=0.048, amount_yuan=600_000, years=3.0,
    ...     event_cost_yuan=18_000, sizes=(1, 10), discounts=(0.002,))
    >>> group_floors(price).floor_rate.round(4).to_list()
    [0.0455, 0.0431]
    """
    rows = [(size, *_parts(price, size)) for size in price.sizes]
    frame = pd.DataFrame(rows, columns=["size_count", "opex_rate", "event_rate", "floor_rate"])
    return frame.assign(discount_rate=price.asked_rate - frame["floor_rate"])


def least_sizes(price: GroupPrice) -> pd.DataFrame:
    """Find the smallest group that pays for each discount.

    Returns
    -------
    DataFrame
        ``discount_rate, group_rate`` (list less discount), ``least_count``; missing where no group of up to 500 does.
    """
    floors = {size: _parts(price, size)[-1] for size in range(1, LARGEST + 1)}
    rows = []
    for discount in price.discounts:
        rate = price.asked_rate - discount
        enough = [size for size, floor in floors.items() if floor <= rate and size > 1]
        rows.append((discount, rate, enough[0] if enough else None))
    frame = pd.DataFrame(rows, columns=["discount_rate", "group_rate", "least_count"])
    return frame.astype({"least_count": "Int64"})


def _parts(price: GroupPrice, size: int) -> tuple[float, float, float]:
    opex = price.opex_rate * (1 - price.shared_share + price.shared_share / size)
    event = price.event_cost_yuan / (size * price.amount_yuan * price.years) if size > 1 else 0.0
    parts = Parts(price.ftp_rate, opex, price.pd_rate, price.lgd_share, price.capital_share, price.capital_cost_rate)
    return opex, event, floor_rate(parts) + event

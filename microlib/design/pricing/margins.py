"""What one yuan of each line earns in a year at the product's rate: before loss, and after every part of the floor."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import PricingPolicy
from microlib.contracts.products import Product
from microlib.design.prices import price_floors


def yearly_margins(amounts: pd.Series, *, product: Product, policy: PricingPolicy, pd_rate: float) -> pd.DataFrame:
    r"""Reckon the yearly margin and profit of lines of given sizes.

    Answers "what does a line of this size leave, before and after it may fail?"

    .. math:: m = r' - FTP - o(A), \qquad \pi = r' - f(A)

    with :math:`r'` the asked rate without value added tax, :math:`o` opex and :math:`f` the floor at the size
    :math:`A`; both per yuan drawn.

    Parameters
    ----------
    amounts : Series
        Lines, yuan, > 0. Not modified.
    product : Product
    policy : PricingPolicy
    pd_rate : float
        Default rate of a year.

    Returns
    -------
    DataFrame
        Index of `amounts`: ``margin_rate`` (per yuan drawn, before loss and capital), ``profit_rate`` (per yuan of the
        line, after loss and cost of capital), ``margin_yuan`` (a year before loss, of the line as drawn on average)
    """
    if amounts.empty:
        return pd.DataFrame({"margin_rate": amounts, "profit_rate": amounts, "margin_yuan": amounts}, dtype="float64")
    case, sizes = pd.DataFrame({"pd_case": ["mean"], "pd_rate": [pd_rate]}), tuple(sorted(amounts.unique()))
    floors = price_floors(case, product=product, policy=policy, sizes=sizes).set_index("amount_yuan")
    asked = floors["yearly_rate"] * floors["floor_rate"] / floors["floor_taxed_rate"]
    drawn = float(product.volumes.used_share)
    margin = amounts.map(asked - floors["ftp_rate"] - floors["opex_rate"])
    profit = amounts.map(asked - floors["floor_rate"]) * drawn
    return pd.DataFrame({"margin_rate": margin, "profit_rate": profit, "margin_yuan": margin * drawn * amounts})

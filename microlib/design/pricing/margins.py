"""What one yuan of each line earns in a year at the product's rate: before loss, and after every part of the floor."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import PricingPolicy
from microlib.contracts.products import Product
from microlib.design.prices import Parts, floor_rate, opex_rate, taxed_rate


def line_margins(amounts: pd.Series, *, product: Product, policy: PricingPolicy, pd_rate: float) -> pd.DataFrame:
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
        Index of `amounts`: ``drawn_share`` (of the line, on average), ``margin_rate`` (per yuan drawn, before loss and
        capital), ``profit_rate`` (per yuan of the line, after loss and cost of capital), ``margin_yuan`` (a year, of
        the line as drawn)
    """
    drawn = float(product.volumes.used_share)
    asked = float(product.yearly_rate) / taxed_rate(1.0, policy)
    sample = float(product.limit.cap_yuan)
    per_loan = (opex_rate(policy, product=product, amount_yuan=sample) - policy.opex_rate) * sample
    opex = policy.opex_rate + per_loan / amounts.astype("float64")
    bare = Parts.of(policy, opex_rate=0.0, pd_rate=pd_rate, secured=product.secured)
    margin = asked - policy.ftp_rate - opex
    profit = asked - floor_rate(bare) - opex
    return pd.DataFrame({
        "drawn_share": drawn, "margin_rate": margin, "profit_rate": profit * drawn,
        "margin_yuan": margin * drawn * amounts,
    }, index=amounts.index)  # fmt: skip

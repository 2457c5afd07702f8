"""What a loan adds to the bank: economic value (EVA), beside the return on its capital (RAROC)."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from microlib.design.prices import Parts, floor_rate, risk_adjusted_return


def economic_value(parts: Parts, *, yearly_rate: float, balance_yuan: float) -> float:
    r"""Return a year's economic value of a balance: return after tax less what its capital must earn.

    .. math:: EVA = B K (RAROC - h)

    with :math:`K` capital per yuan and :math:`h` the hurdle; zero at the floor.

    Examples
    --------
    >>> parts = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.25, True)
    >>> round(economic_value(parts, yearly_rate=0.0538675, balance_yuan=1e6), 6) + 0
    0.0
    >>> round(economic_value(parts, yearly_rate=0.0638675, balance_yuan=1e6), 2)
    7500.0
    """
    raroc = risk_adjusted_return(parts, yearly_rate=yearly_rate)
    return balance_yuan * parts.capital_share * (raroc - parts.capital_cost_rate)


def value_by_rate(parts: Parts, *, rates: Iterable[float], balance_yuan: float) -> pd.DataFrame:
    """Lay RAROC and economic value beside each rate that is discussed.

    Parameters
    ----------
    parts : Parts
        What the price must cover.
    rates : iterable of float
        Yearly rates without value added tax.
    balance_yuan : float
        Average balance of the year.

    Returns
    -------
    DataFrame
        By rate, ascending: ``yearly_rate, margin_rate`` (over the floor), ``raroc_rate, hurdle_rate, eva_yuan``,
        ``is_above_floor``.

    Examples
    --------
    >>> parts = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.25, True)
    >>> value_by_rate(parts, rates=[0.06, 0.05], balance_yuan=1e6).eva_yuan.round(0).to_list()
    [-2901.0, 4599.0]
    """
    floor = floor_rate(parts)
    rows = pd.DataFrame({"yearly_rate": sorted(float(rate) for rate in rates)})
    return rows.assign(
        margin_rate=rows["yearly_rate"] - floor,
        raroc_rate=[risk_adjusted_return(parts, yearly_rate=rate) for rate in rows["yearly_rate"]],
        hurdle_rate=parts.capital_cost_rate,
        eva_yuan=[economic_value(parts, yearly_rate=rate, balance_yuan=balance_yuan) for rate in rows["yearly_rate"]],
        is_above_floor=rows["yearly_rate"] >= floor - 1e-12,
    )

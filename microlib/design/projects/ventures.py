"""A venture's trade by month: closed while works last, then ramping up, then full; what each month leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlib.design.schedules import Loan, repayment_schedule
from microlib.errors import BadConfig


@dataclass(frozen=True)
class Venture:
    """What a hotel, shop or workshop sells and spends in a month.

    Parameters
    ----------
    units_count : float
        Rooms, tables or machines that can be sold each day.
    price_yuan : float
        Yuan per unit and day sold.
    full_share, ramp_share : float
        Part of the units sold in full trade, and while trade picks up.
    variable_share : float
        Part of revenue that goes with sales.
    fixed_month_yuan : float
        Rent, wages and the rest that run whether open or not.
    closed_months, ramp_months : int
        Months without trade from the day the loan is paid out, then months of picking up.
    days_count : int
        Days of a month.
    """

    units_count: float
    price_yuan: float
    full_share: float
    variable_share: float
    fixed_month_yuan: float
    ramp_share: float = 0.0
    ramp_months: int = 0
    closed_months: int = 0
    days_count: int = 30

    @property
    def full_month_yuan(self) -> float:
        """Revenue of a month with everything sold."""
        return self.units_count * self.price_yuan * self.days_count

    def cash_at(self, sold_share: float) -> float:
        """Return what a month leaves for debt service with that part of the units sold."""
        return self.full_month_yuan * sold_share * (1 - self.variable_share) - self.fixed_month_yuan


def project_cash(venture: Venture, *, debts: Mapping[str, Loan], reserve_yuan: float = 0.0) -> pd.DataFrame:
    r"""Lay out a venture's cash month by month against all its debts, declared and hidden.

    Answers "is there a month in which this cannot be paid, and how deep is the hole?"

    .. math:: cash_t = U p d\, s_t (1 - v) - F, \qquad N_t = R + \sum_{u \le t} \left(cash_u - \sum_l A_{lu}\right)

    with :math:`U` units, :math:`p` price, :math:`d` days, :math:`s_t` the part sold, :math:`v` variable costs,
    :math:`F` fixed costs, :math:`A` debt service, :math:`R` the reserve paid in before.

    Parameters
    ----------
    venture : Venture
    debts : mapping of Loan
        By name; each begins on the same day and runs its own schedule.
    reserve_yuan : float
        Cash put aside before the first month (开业准备金).

    Returns
    -------
    DataFrame
        One row per month to the end of the longest debt

        - ``month_number`` (1 ..), ``phase`` (``closed``, ``ramp``, ``full``), ``sold_share``
        - ``revenue_yuan``, ``cash_yuan`` (for debt service, may be negative), ``service_yuan`` (all debts)
        - ``net_yuan``, ``cumulative_yuan`` (with the reserve)
        - ``coverage_ratio``: cash over service (DSCR); missing where nothing is due

    Raises
    ------
    BadConfig
        If there is no debt, or a share of the venture lies outside 0 to 1.

    Examples
    --------
    >>> hotel = Venture(60, 230, 0.72, 0.22, 130_000, ramp_share=0.45, ramp_months=6)
    >>> cash = project_cash(hotel, debts={"bank": Loan(2_100_000, 0.055, 36)})
    >>> cash.coverage_ratio.iloc[-1].round(2).item(), round(cash.cumulative_yuan.min())
    (1.62, -288584)
    """
    _check(venture, debts)
    services = {
        name: repayment_schedule(loan).set_index("month_number")["payment_yuan"] for name, loan in debts.items()
    }
    months = pd.RangeIndex(1, max(int(paid.index.max()) for paid in services.values()) + 1)
    service = sum(paid.reindex(months, fill_value=0.0) for paid in services.values())
    sold = _sold_shares(venture, months)
    cash = venture.full_month_yuan * sold * (1 - venture.variable_share) - venture.fixed_month_yuan
    net = cash - service.to_numpy()
    return pd.DataFrame({
        "month_number": months.to_numpy(),
        "phase": _phases(venture, months),
        "sold_share": sold,
        "revenue_yuan": venture.full_month_yuan * sold,
        "cash_yuan": cash,
        "service_yuan": service.to_numpy(),
        "net_yuan": net,
        "cumulative_yuan": float(reserve_yuan) + net.cumsum(),
        "coverage_ratio": cash / service.where(service > 0).to_numpy(),
    })  # fmt: skip


def _phases(venture: Venture, months: pd.RangeIndex) -> np.ndarray:
    ends = [venture.closed_months, venture.closed_months + venture.ramp_months]
    return np.array(["closed", "ramp", "full"], dtype=object)[np.searchsorted(ends, months, side="left")]


def _sold_shares(venture: Venture, months: pd.RangeIndex) -> np.ndarray:
    shares = {"closed": 0.0, "ramp": venture.ramp_share, "full": venture.full_share}
    return np.array([shares[phase] for phase in _phases(venture, months)])


def _check(venture: Venture, debts: Mapping[str, Loan]) -> None:
    if not debts:
        raise BadConfig("there is no debt to serve", where="debts", fix="name at least the loan asked for")
    for name in ("full_share", "ramp_share", "variable_share"):
        if not 0 <= getattr(venture, name) <= 1:
            what = f"{name} = {getattr(venture, name)}: is not a share"
            raise BadConfig(what, where="venture", fix="write fractions: 0.72 is 72 percent")

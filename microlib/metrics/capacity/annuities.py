"""Equal instalments: the payment of a loan, the loan a payment carries, and cash over debt service (DSCR)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.units import MONTHS_PER_YEAR

Values = pd.Series | float


def monthly_payment(amount_yuan: Values, *, yearly_rate: Values, months: Values) -> Values:
    r"""Return the equal monthly payment of a loan, :math:`P i / (1 - (1 + i)^{-n})`, with :math:`i` a twelfth a year.

    Parameters
    ----------
    amount_yuan : Series or float
        Yuan; what is owed at the beginning. Not modified.
    yearly_rate : Series or float
        Nominal, fraction, >= 0; at 0 the payment is the amount by the months.
    months : Series or float
        How many payments, > 0.

    Returns
    -------
    Series or float
        Yuan a month, in the form given.

    Examples
    --------
    >>> round(monthly_payment(1_000_000, yearly_rate=0.05, months=60), 6)
    18871.233644
    """
    return amount_yuan / _annuity(yearly_rate, months)


def loan_capacity(payment_yuan: Values, *, yearly_rate: Values, months: Values) -> Values:
    r"""Return the largest loan that a monthly payment repays, :math:`A (1 - (1 + i)^{-n}) / i`.

    Parameters
    ----------
    payment_yuan, yearly_rate, months : Series or float
        As for `monthly_payment`. Not modified.

    Returns
    -------
    Series or float
        Yuan.

    Examples
    --------
    >>> round(loan_capacity(12_000 * 0.7, yearly_rate=0.084, months=12), 2)
    96359.58
    """
    return payment_yuan * _annuity(yearly_rate, months)


def service_coverage(cash_month_yuan: Values, *, amount_yuan: Values, yearly_rate: Values, months: Values) -> Values:
    r"""Return cash over debt service (DSCR) of a loan as if repaid in equal instalments.

    A bullet loan looks well covered on interest alone; repaid over the notional months it may not be:

    Examples
    --------
    >>> round(service_coverage(20_000, amount_yuan=1_000_000, yearly_rate=0.042, months=36), 2)
    0.68
    """
    return cash_month_yuan / monthly_payment(amount_yuan, yearly_rate=yearly_rate, months=months)


def _annuity(yearly_rate: Values, months: Values) -> Values:
    rate = np.asarray(yearly_rate, dtype=float) / MONTHS_PER_YEAR
    months = np.asarray(months, dtype=float)
    safe = np.where(rate > 0, rate, 1.0)
    worth = np.where(rate > 0, -np.expm1(-months * np.log1p(safe)) / safe, months)
    return float(worth) if worth.ndim == 0 else worth

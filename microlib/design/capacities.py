"""How much debt cash can serve: annuities, coverage (DSCR) and the largest loan a month's cash carries."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.policies import LimitsPolicy
from microlib.contracts.products import Product
from microlib.units import MONTHS_PER_YEAR

#: methods under which principal really comes back month by month or within the season
AMORTISING = ("equal_instalment", "equal_principal", "equal_principal_and_interest", "seasonal")
Values = pd.Series | float


def monthly_payment(amount_yuan: Values, *, yearly_rate: Values, months: Values) -> Values:
    r"""Return the equal monthly payment of a loan, :math:`P i / (1 - (1 + i)^{-n})`.

    Examples
    --------
    >>> round(monthly_payment(1_000_000, yearly_rate=0.05, months=60), 6)
    18871.233644
    """
    return amount_yuan / _annuity(yearly_rate, months)


def loan_capacity(payment_yuan: Values, *, yearly_rate: Values, months: Values) -> Values:
    r"""Return the largest loan that a monthly payment repays, :math:`A (1 - (1 + i)^{-n}) / i`.

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


def tested_months(product: Product, policy: LimitsPolicy) -> int:
    """Return the months over which repayment is tested: the tenor where principal comes back, else the notional ones.

    A renewal is never a source of repayment, so a bullet or revolving loan is tested as if it amortised.
    """
    return product.max_term_months if product.repayment.method in AMORTISING else policy.notional_months


def repayment_cap(applicants: pd.DataFrame, *, product: Product, policy: LimitsPolicy) -> pd.DataFrame:
    r"""Find the largest loan that each applicant's cash of a poor month can repay.

    .. math:: L = \max\left(0, \frac{C_{25} \cdot s}{d} - D\right) \cdot \frac{1 - (1 + i)^{-n}}{i}

    with :math:`C_{25}` the lower-quartile monthly cash in, :math:`s` the part left for debt service, :math:`d` the
    coverage asked, :math:`D` the monthly service of loans that stay, :math:`n` the tested months.

    Parameters
    ----------
    applicants : DataFrame
        ``cash_month_yuan`` (missing where unknown), ``debt_service_yuan``. Not modified.

    Returns
    -------
    DataFrame
        Index of `applicants`: ``free_month_yuan`` (cash for debt service before this loan), ``repayment_cap_yuan``.
    """
    free = applicants["cash_month_yuan"].astype("float64") * float(product.limit.cash_share)
    room = (free / policy.dscr_minimum - applicants["debt_service_yuan"]).clip(lower=0)
    months = tested_months(product, policy)
    cap = loan_capacity(room, yearly_rate=float(product.yearly_rate), months=months)
    return pd.DataFrame({"free_month_yuan": free, "repayment_cap_yuan": cap})


def _annuity(yearly_rate: Values, months: Values) -> Values:
    rate = np.asarray(yearly_rate, dtype=float) / MONTHS_PER_YEAR
    months = np.asarray(months, dtype=float)
    safe = np.where(rate > 0, rate, 1.0)
    worth = np.where(rate > 0, (1 - (1 + safe) ** -months) / safe, months)
    return float(worth) if worth.ndim == 0 else worth

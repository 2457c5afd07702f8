"""How much debt cash can serve: the largest loan that a poor month's cash carries."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import LimitsPolicy
from microlib.contracts.products import Product
from microlib.metrics.capacity.annuities import loan_capacity
from microlib.metrics.capacity.annuities import monthly_payment as monthly_payment
from microlib.metrics.capacity.annuities import service_coverage as service_coverage

#: methods under which principal really comes back month by month or within the season
AMORTISING = ("equal_instalment", "equal_principal", "equal_principal_and_interest", "seasonal")


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

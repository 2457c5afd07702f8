"""The one benefit, in yuan, that may be named to a customer: computed from his own last loan and what he used of it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure

BENEFITS = ("pay_for_days_used", "lower_rate")
#: months of flows that a year of use is read from; fewer leave the use unknown
YEAR_MONTHS = 12
COLUMNS = ["customer_id", "benefit", "product_id", "base_yuan", "used_months", "benefit_yuan"]


def use_saving(amount_yuan: float, used_months: float, *, term_rate: float, line_rate: float) -> float:
    r"""Reckon what a draw-and-repay line saves against a loan that runs all year.

    Answers "at a higher rate, but paid only for the months he used it: is it cheaper for him?"

    .. math:: S = A \Bigl(r_t - r_l \frac{m}{12}\Bigr)

    which is above zero as long as fewer than :math:`12\, r_t / r_l` months are used.

    Examples
    --------
    >>> round(use_saving(1_000_000, 5, term_rate=0.042, line_rate=0.048), 2)
    22000.0
    """
    return amount_yuan * (term_rate - line_rate * used_months / YEAR_MONTHS)


def used_months(loans: pd.DataFrame, flow_months: pd.DataFrame, *, as_of: date) -> pd.Series:
    """Count the months of the last year in which a customer's accounts held less than his last loan.

    Parameters
    ----------
    loans : DataFrame
        ``customer_id, amount_yuan``: one row per customer. Not modified.
    flow_months : DataFrame[flow_months]
        ``customer_id, month, min_balance_yuan``; channels are added up.
    as_of : date
        The year ends with this day's month.

    Returns
    -------
    Series
        Months by ``customer_id``; only customers with all twelve months on file.
    """
    span = [str(month) for month in pd.period_range(end=pd.Period(as_of, "M"), periods=YEAR_MONTHS, freq="M")]
    held = flow_months[flow_months["month"].isin(span)].groupby(["customer_id", "month"])["min_balance_yuan"].sum()
    table = held.unstack().reindex(columns=span)
    whole = table.dropna()
    amounts = loans.drop_duplicates("customer_id").set_index("customer_id")["amount_yuan"]
    known = whole[whole.index.isin(amounts.index)]
    return known.lt(amounts.reindex(known.index), axis="index").sum(axis="columns").rename("used_months")


@measure(optional=("flow_months",))
def customer_benefits(
    customers: pd.DataFrame, loans: pd.DataFrame, flow_months: pd.DataFrame, products: pd.DataFrame, *, as_of: date
) -> pd.DataFrame:
    """Find for each customer the largest benefit that we can compute and he can have.

    Answers "what is the one thing worth saying to this customer?" His last loan is set beside every standard product on
    sale that takes its amount and asks for no more security than that loan had, at the product's highest rate, so that
    what is said is the least he saves: a line is paid for the months used (`use_saving`), a loan for the difference of
    rates over a year.

    Parameters
    ----------
    customers : DataFrame
        ``customer_id``: those to be spoken to. Not modified.
    loans : DataFrame[loans]
        ``customer_id, amount_yuan, yearly_rate, guarantee, disbursed_date``.
    flow_months : DataFrame[flow_months]
        Without twelve months of them the use is unknown, and no line is spoken of.
    products : DataFrame[products]
        ``product_id, kind, secured, is_revolving, min_amount_yuan, max_amount_yuan, max_yearly_rate, status``.
    as_of : date

    Returns
    -------
    DataFrame
        One row per customer with a benefit: ``customer_id, benefit`` (code), ``product_id, base_yuan`` (the last loan),
        ``used_months`` (missing for a loan), ``benefit_yuan`` (> 0, a year), largest first.

    Notes
    -----
    What a customer has with other banks is not known; nothing is promised before he is assessed.
    """
    last = loans.sort_values("disbursed_date").drop_duplicates("customer_id", keep="last")
    last = last[last["customer_id"].isin(customers["customer_id"])].dropna(subset=["yearly_rate"])
    used = used_months(last, flow_months, as_of=as_of)
    sold = products[(products["status"] == "live") & (products["kind"] == "standard")]
    pairs = last[["customer_id", "amount_yuan", "yearly_rate", "guarantee"]].merge(sold, how="cross")
    fits = pairs["amount_yuan"].between(pairs["min_amount_yuan"].fillna(0.0), pairs["max_amount_yuan"].fillna(np.inf))
    secured = (pairs["secured"] == "credit") | (pairs["secured"] == pairs["guarantee"])
    held = pairs[fits & secured & pairs["max_yearly_rate"].notna()]
    return _largest(held.assign(used_months=held["customer_id"].map(used)))


def _largest(pairs: pd.DataFrame) -> pd.DataFrame:
    line = pairs["is_revolving"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    amount, months = pairs["amount_yuan"].to_numpy(float), pairs["used_months"].to_numpy(float)
    rates = {"term_rate": pairs["yearly_rate"].to_numpy(float), "line_rate": pairs["max_yearly_rate"].to_numpy(float)}
    saved = use_saving(amount, np.where(line, months, float(YEAR_MONTHS)), **rates)
    told = pairs.assign(
        benefit=np.where(line & (months < YEAR_MONTHS), *BENEFITS), base_yuan=amount,
        used_months=np.where(line, months, np.nan), benefit_yuan=np.round(saved, 2),
    )  # fmt: skip
    order = ["benefit_yuan", "customer_id", "product_id"]
    best = told[told["benefit_yuan"] > 0].sort_values(order, ascending=[False, True, True], kind="stable")
    return best.drop_duplicates("customer_id")[COLUMNS].reset_index(drop=True)

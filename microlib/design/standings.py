"""How each customer stands with the bank today: balance, arrears, class, and what its remaining loans cost a month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.policies import LimitsPolicy
from microlib.contracts.products import Product
from microlib.design.capacities import AMORTISING, monthly_payment

LIVE = ("normal", "overdue", "unknown")
BAD_CLASSES = ("substandard", "doubtful", "loss")
COLUMNS = {
    "loans_count": 0,
    "balance_yuan": 0.0,
    "kept_yuan": 0.0,
    "debt_service_yuan": 0.0,
    "overdue_days": 0,
    "extensions_count": 0,
    "is_npl": False,
}


def loan_standings(loans: pd.DataFrame, *, product: Product, policy: LimitsPolicy, as_of: pd.Timestamp) -> pd.DataFrame:
    r"""Sum up each borrower's live loans, apart those that the product's line would replace.

    Answers "what does this customer owe us, is it in order, and what must it pay each month whatever we decide?"

    Parameters
    ----------
    loans : DataFrame[loans]
        All loans of the customers; settled, written-off and transferred ones count for ``is_npl`` only. Not modified.
    product : Product
        ``limit.replaces`` says which own loans the new line replaces, by main security.
    policy : LimitsPolicy
        ``notional_months`` over which a bullet or revolving loan is tested.
    as_of : Timestamp
        From which months to maturity are counted.

    Returns
    -------
    DataFrame
        Index ``customer_id``, borrowers only

        - ``loans_count`` (live), ``balance_yuan``; ``kept_yuan``: balance of live loans that stay
        - ``debt_service_yuan``: monthly payment of those, bullet and revolving ones as if amortised
        - ``overdue_days``, ``extensions_count``: the worst of the live loans
        - ``is_npl``: a live loan is substandard or worse or over 90 days late, or one was written off
    """
    live = loans["status"].isin(LIVE) & (loans["balance_yuan"] > 0)
    kept = live & ~loans["guarantee"].isin(product.limit.replaces)
    late = live & (loans["class5"].isin(BAD_CLASSES) | (loans["overdue_days"] > 90))
    rows = pd.DataFrame({
        "customer_id": loans["customer_id"],
        "loans_count": live.astype("int64"),
        "balance_yuan": loans["balance_yuan"].where(live, 0.0),
        "kept_yuan": loans["balance_yuan"].where(kept, 0.0),
        "debt_service_yuan": _payments(loans, policy=policy, as_of=as_of).where(kept, 0.0),
        "overdue_days": loans["overdue_days"].where(live, 0),
        "extensions_count": loans["extensions_count"].fillna(0).astype("int64").where(live, 0),
        "is_npl": late | (loans["status"] == "written_off"),
    })  # fmt: skip
    how = {name: "sum" if name.endswith("_yuan") or name == "loans_count" else "max" for name in COLUMNS}
    return rows.groupby("customer_id").agg(how)


def standing_of(customer_ids: pd.Series, standings: pd.DataFrame) -> pd.DataFrame:
    """Give every customer a standing: one without loans owes nothing and is in order."""
    found = standings.reindex(customer_ids).reset_index(drop=True)
    return found.fillna(COLUMNS).astype({"overdue_days": "int64", "extensions_count": "int64", "is_npl": "bool"})


def _payments(loans: pd.DataFrame, *, policy: LimitsPolicy, as_of: pd.Timestamp) -> pd.Series:
    left = np.ceil((loans["maturity_date"] - as_of).dt.days / 30.4).clip(lower=1)
    months = left.where(loans["repayment"].isin(AMORTISING), policy.notional_months)
    return monthly_payment(loans["balance_yuan"], yearly_rate=loans["yearly_rate"], months=months)

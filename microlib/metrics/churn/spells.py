"""Times without a loan: when a customer left by one rule or another, and whether he came back by himself."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.groupings import Day

EARLY_DAYS = 30
COLUMNS = ["customer_id", "lost_date", "returned_date", "days", "has_returned"]


def away_spells(loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    """List each time that a customer stood without any loan, from the last settlement to the next loan or to now.

    Parameters
    ----------
    loans : DataFrame[loans]
        ``loan_id, customer_id, disbursed_date, closed_date, maturity_date, status``; write-offs and transfers end no
        relation by the customer's choice and are left out. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        ``customer_id, lost_date, returned_date`` (missing: not back), ``days, has_returned``, ``is_early`` (settled
        more than 30 days before maturity), ``loan_id`` (the one settled last). A loan taken on the day of the
        settlement is no return: the customer was never away.

    Raises
    ------
    EmptyBook
        If nobody ever settled his last loan.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C1"], "status": ["settled", "normal"],
    ...     "disbursed_date": pd.to_datetime(["2024-01-01", "2025-03-02"]),
    ...     "maturity_date": pd.to_datetime(["2025-01-01", "2026-03-02"]),
    ...     "closed_date": pd.to_datetime(["2025-01-01", None])})
    >>> away_spells(loans, as_of="2026-06-30").days.to_list()
    [60]
    """
    today = pd.Timestamp(as_of)
    rows = loans[loans["disbursed_date"] <= today].sort_values(["customer_id", "disbursed_date"], kind="stable")
    closed = rows["closed_date"].where(rows["closed_date"] <= today).fillna(pd.Timestamp("2200-01-01"))
    ends = closed.groupby(rows["customer_id"]).cummax()
    same = rows["customer_id"].eq(rows["customer_id"].shift(-1))
    following = rows["disbursed_date"].shift(-1).where(same)
    gone = ((following > ends) | (~same & (ends <= today))) & rows["status"].eq("settled")
    if not gone.any():
        raise EmptyBook("nobody has settled his last loan")
    found = rows.loc[gone, ["customer_id", "loan_id"]].assign(
        lost_date=ends[gone], returned_date=following[gone], has_returned=following[gone].notna(),
        is_early=(rows["maturity_date"] - ends > pd.Timedelta(days=EARLY_DAYS))[gone],
    )  # fmt: skip
    found["days"] = (found["returned_date"].fillna(today) - found["lost_date"]).dt.days
    return found[[*COLUMNS, "is_early", "loan_id"]].reset_index(drop=True)


def reviewed_spells(churn_reviews: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    """List the customers whom a review called lost, from the review to their next loan or to now.

    Parameters
    ----------
    churn_reviews : DataFrame[churn_reviews]
        ``customer_id, reviewed_date, loss_reason``. Not modified.
    loans : DataFrame[loans]
    as_of : date

    Returns
    -------
    DataFrame
        `COLUMNS` and ``loss_reason``; ``lost_date`` is the day of the review, since only then the rule had spoken.

    Raises
    ------
    EmptyBook
        If there is no review.
    """
    if churn_reviews.empty:
        raise EmptyBook("no customer was reviewed as lost", where="churn_reviews")
    today = pd.Timestamp(as_of)
    rows = churn_reviews[["customer_id", "reviewed_date", "loss_reason"]].rename(columns={"reviewed_date": "lost_date"})
    pairs = rows.merge(loans[["customer_id", "disbursed_date"]], on="customer_id")
    later = pairs[(pairs["disbursed_date"] > pairs["lost_date"]) & (pairs["disbursed_date"] <= today)]
    first = later.groupby(["customer_id", "lost_date"])["disbursed_date"].min().rename("returned_date")
    found = rows.join(first, on=["customer_id", "lost_date"])
    found["has_returned"] = found["returned_date"].notna()
    found["days"] = (found["returned_date"].fillna(today) - found["lost_date"]).dt.days
    return found[[*COLUMNS, "loss_reason"]].reset_index(drop=True)


@measure(optional=("repayments",))
def churn_candidates(
    spells: pd.DataFrame, repayments: pd.DataFrame | None = None, reviewed: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Stack the spells under each rule that may define a lost customer.

    Parameters
    ----------
    spells : DataFrame
        Of `away_spells`. Not modified.
    repayments : DataFrame[repayments], optional
        ``loan_id, source``: who was repaid by another bank.
    reviewed : DataFrame, optional
        Of `reviewed_spells`.

    Returns
    -------
    DataFrame
        ``rule`` (``settled, early, other_bank, reviewed``) and `COLUMNS`.
    """
    parts = [spells.assign(rule="settled"), spells[spells["is_early"]].assign(rule="early")]
    if repayments is not None and len(repayments):
        elsewhere = repayments.loc[repayments["source"].eq("other_bank"), "loan_id"]
        parts.append(spells[spells["loan_id"].isin(elsewhere)].assign(rule="other_bank"))
    if reviewed is not None and len(reviewed):
        parts.append(reviewed.assign(rule="reviewed"))
    return pd.concat([part[["rule", *COLUMNS]] for part in parts], ignore_index=True)

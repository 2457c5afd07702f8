"""Why customers left, as their reviews say: reasons with their ranges, and what would bring each one back."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.intervals import rate_interval


def loss_reasons(churn_reviews: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Rank the reasons of loss, most frequent first, with the range of each share.

    Parameters
    ----------
    churn_reviews : DataFrame[churn_reviews]
        ``loss_reason``; the newest review of a customer counts. Not modified.
    level : float
        Two-sided confidence (Wilson).

    Returns
    -------
    DataFrame
        ``loss_reason, customers_count, reason_share, reason_low, reason_high, reason_share_count, cumulated_share``,
        ``high_value_count``, ``is_distinct`` (its range lies above that of the next reason).

    Raises
    ------
    EmptyBook
        If there is no review.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "loss_reason": ["price", "price", "speed"],
    ...                      "reviewed_date": pd.to_datetime(["2026-01-31"] * 3), "value_band": "high"})
    >>> loss_reasons(rows).loss_reason.to_list()
    ['price', 'speed']
    """
    rows = newest_reviews(churn_reviews)
    counts = rows.groupby("loss_reason").agg(
        customers_count=("customer_id", "size"),
        high_value_count=("value_band", lambda band: int(band.eq("high").sum())),
    )
    counts = counts.sort_values("customers_count", ascending=False, kind="stable").reset_index()
    rate = rate_interval(counts["customers_count"], pd.Series([len(rows)] * len(counts)), method="wilson", level=level)
    return counts.assign(
        reason_share=rate["rate"], reason_low=rate["low"], reason_high=rate["high"],
        reason_share_count=rate["total_count"], cumulated_share=rate["rate"].cumsum(),
        is_distinct=rate["low"] > rate["high"].shift(-1).fillna(0.0),
    )  # fmt: skip


def newest_reviews(churn_reviews: pd.DataFrame) -> pd.DataFrame:
    """Return the newest review of each customer, by customer.

    Raises
    ------
    EmptyBook
        If there is no review.
    """
    if churn_reviews.empty:
        raise EmptyBook("no customer was reviewed as lost", where="churn_reviews", fix="hold the review and record it")
    return (
        churn_reviews.sort_values("reviewed_date")
        .drop_duplicates("customer_id", keep="last")
        .sort_values("customer_id", ignore_index=True)
    )


def review_lines(churn_reviews: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Lay out the meeting's pack: one line per customer lost and not back, the most valuable and longest silent first.

    Parameters
    ----------
    churn_reviews : DataFrame[churn_reviews]
        Not modified.
    loans : DataFrame[loans]
        A customer with a loan newer than his review is left out.

    Returns
    -------
    DataFrame
        ``customer_id, value_band, loss_reason, gone_to, would_return_for, lost_date, last_contact_date, rm_id,
        is_not_to_recover``.
    """
    rows = newest_reviews(churn_reviews)
    last = loans.groupby("customer_id")["disbursed_date"].max()
    gone = rows[~(rows["customer_id"].map(last) > rows["reviewed_date"])]
    order = gone["value_band"].map({"high": 0, "middle": 1, "low": 2}).fillna(3)
    kept = ["customer_id", "value_band", "loss_reason", "gone_to", "would_return_for", "lost_date", "last_contact_date",
            "rm_id", "is_not_to_recover"]  # fmt: skip
    ranked = gone.assign(order=order).sort_values(["is_not_to_recover", "order", "last_contact_date"], kind="stable")
    return ranked[kept].reset_index(drop=True)

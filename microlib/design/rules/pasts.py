"""What was known of each past application on the day it was made, and how the loan it led to turned out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.metrics.loan_states import BAD_CLASSES, BAD_DAYS

#: of the customer file, which keeps no history: as it stands today
KEPT = ["kind", "size", "industry_code", "rating", "consents_invoices", "consents_flows", "is_related_party"]
DAYS_PER_MONTH = 30.4375
GRANTED = ("approved", "partly_approved")
WINDOW_MONTHS = 24
OBSERVED_MONTHS = 6
#: a payout is matched to an application up to this many days apart
MATCHED_DAYS = 3


def past_applications(
    book: Mapping[str, pd.DataFrame], *, segments: pd.Series | None = None, observed_months: int = OBSERVED_MONTHS
) -> pd.DataFrame:
    """Gather each past application with what could be known of it then, and its outcome since.

    Answers "whom would today's rules have refused, and how did those we lent to turn out?" Only what stood in the
    tables before the day of the application counts: nothing that came later may explain the outcome.

    Parameters
    ----------
    book : mapping of frames
        ``applications``, ``customers``, ``loans``, ``loan_months``, ``invoices``; an absent table is an empty frame.
        Has the attribute ``as_of``. Not modified.
    segments : Series, optional
        Segment by ``customer_id``; by default ``segment`` is missing.
    observed_months : int
        A younger loan has not had time to go bad: its outcome is not known, unless it already has.

    Returns
    -------
    DataFrame
        One row per application, by ``application_id``

        - ``application_id, customer_id, product_id, segment, submitted_at, decision, granted_yuan, is_granted``
        - as known then: ``business_months``, ``overdue_days`` (at the month end before), ``balance_yuan``,
          ``is_npl`` (bad at that month end), ``invoice_months_count, void_share, negative_share`` (24 months before)
        - as the customer file stands today: ``kind, size, industry_code, rating, consents_invoices, consents_flows,
          is_related_party``
        - ``is_bad``: the loan paid out was ever more than 90 days overdue, substandard or worse, or written off;
          missing where no loan is found or it is too young
    """
    asked = book["applications"].sort_values("application_id", ignore_index=True)
    asked = asked[["application_id", "customer_id", "product_id", "submitted_at", "decision", "granted_yuan",
                   "disbursed_at"]]  # fmt: skip
    file = book["customers"].set_index("customer_id").reindex(asked["customer_id"]).reset_index(drop=True)
    months = (asked["submitted_at"] - file["established_date"]).dt.days / DAYS_PER_MONTH
    who = asked["customer_id"]
    return asked.drop(columns="disbursed_at").assign(
        segment=who.map(segments) if segments is not None else pd.Series(pd.NA, index=asked.index, dtype="str"),
        is_granted=asked["decision"].isin(GRANTED),
        business_months=np.floor(months),
        **{name: file[name] for name in KEPT},
        **_standing_then(asked, book["loans"], book["loan_months"]),
        **_invoices_then(asked, book["invoices"]),
        is_bad=_outcome(asked, book, observed_months=observed_months),
    )


def _standing_then(asked: pd.DataFrame, loans: pd.DataFrame, loan_months: pd.DataFrame) -> dict[str, pd.Series]:
    """Sum up the customer's loans at the month end before; missing where no history is held for that month."""
    before = (asked["submitted_at"].dt.to_period("M") - 1).astype("str")
    owner = loans.set_index("loan_id")["customer_id"]
    rows = loan_months.assign(customer_id=loan_months["loan_id"].map(owner))
    live = rows["balance_yuan"] > 0
    rows = rows.assign(
        late=rows["overdue_days"].where(live, 0), bad=live & _is_bad(rows), owed=rows["balance_yuan"].where(live, 0.0)
    )
    sums = rows.groupby(["customer_id", "month"]).agg(late=("late", "max"), bad=("bad", "max"), owed=("owed", "sum"))
    found = sums.reindex(pd.MultiIndex.from_arrays([asked["customer_id"], before])).reset_index(drop=True)
    is_held = before.isin(set(loan_months["month"]))
    return {
        "overdue_days": found["late"].astype("float64").fillna(0.0).where(is_held),
        "balance_yuan": found["owed"].astype("float64").fillna(0.0).where(is_held),
        "is_npl": found["bad"].astype("boolean").fillna(False).where(is_held),
    }


def _invoices_then(asked: pd.DataFrame, invoices: pd.DataFrame) -> dict[str, pd.Series]:
    """Read the invoice rules' figures from the 24 months before each application."""
    sales = invoices.loc[invoices["side"] == "sale", ["customer_id", "issued_date", "net_yuan", "status"]]
    pairs = asked[["application_id", "customer_id", "submitted_at"]].merge(sales, on="customer_id")
    since = pairs["submitted_at"] - pd.DateOffset(months=WINDOW_MONTHS)
    pairs = pairs[(pairs["issued_date"] < pairs["submitted_at"]) & (pairs["issued_date"] >= since)]
    void, valid = pairs["status"] == "void", pairs["status"] == "valid"
    back = (valid & (pairs["net_yuan"] < 0)).astype("float64") * pairs["net_yuan"].abs()
    sold = (valid & (pairs["net_yuan"] > 0)).astype("float64") * pairs["net_yuan"]
    month = pairs["issued_date"].dt.to_period("M").where(valid & (pairs["net_yuan"] > 0))
    sums = pairs.assign(void=void, back=back, sold=sold, month=month).groupby("application_id").agg(
        months=("month", "nunique"), void=("void", "mean"), back=("back", "sum"), sold=("sold", "sum")
    ).reindex(asked["application_id"]).reset_index(drop=True)  # fmt: skip
    return {
        "invoice_months_count": sums["months"].astype("float64"),
        "void_share": sums["void"].astype("float64"),
        "negative_share": sums["back"] / sums["sold"].where(sums["sold"] > 0),
    }


def _outcome(asked: pd.DataFrame, book: Mapping[str, pd.DataFrame], *, observed_months: int) -> pd.Series:
    """Find the loan each granted application led to, and whether it ever went bad."""
    loans = book["loans"][["loan_id", "customer_id", "disbursed_date", "overdue_days", "class5", "status"]]
    paid = asked.loc[asked["disbursed_at"].notna(), ["application_id", "customer_id", "disbursed_at"]]
    pairs = paid.merge(loans, on="customer_id")
    gap = (pairs["disbursed_at"].dt.normalize() - pairs["disbursed_date"]).dt.days.abs()
    pairs = pairs.assign(gap=gap)[gap <= MATCHED_DAYS].sort_values(["application_id", "gap", "loan_id"])
    first = pairs.drop_duplicates("application_id")
    history = book["loan_months"]
    ever = set(history.loc[_is_bad(history), "loan_id"])
    bad = first["loan_id"].isin(ever) | _is_bad(first) | (first["status"] == "written_off")
    old = first["disbursed_date"] <= pd.Timestamp(book.as_of) - pd.DateOffset(months=observed_months)
    known = bad.astype("boolean").where(bad | old)
    return known.set_axis(first["application_id"]).reindex(asked["application_id"]).reset_index(drop=True)


def _is_bad(rows: pd.DataFrame) -> pd.Series:
    worse = rows["class5"].isin(BAD_CLASSES)
    return (rows["overdue_days"] > BAD_DAYS).fillna(False).astype("bool") | worse.astype("bool")

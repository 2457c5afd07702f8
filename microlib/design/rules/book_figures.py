"""Figures that a rule compares and that the bank's tables or the design's own results decide."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.metrics.loan_states import is_live

MILD = ("normal", "special_mention")
LATE_DAYS = 90
DAYS_PER_MONTH = 30.4375


def book_figures(book: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Find in a branch's tables the figures that rules of supervisors compare.

    Answers "does what we already hold keep the rules?" A figure whose table or column is empty is left out: its rule
    stays unknown.

    Parameters
    ----------
    book : mapping of frames
        ``loans``, ``facilities``, ``customers``, ``core_enterprises``, ``core_payables``; an absent table is an empty
        frame with the contract's columns. Not modified.

    Returns
    -------
    dict
        - ``buyer_terms_days``, ``public_buyer_terms_days``: longest contract term of large firms and of public
          institutions among the cores
        - ``voucher_months``: longest electronic voucher, delivery to due date
        - ``misclassified_count``: live loans more than 90 days overdue that are still normal or special mention
        - ``largest_credit_yuan``: largest credit of one customer that is counted as inclusive
    """
    found = {**_terms(book["core_enterprises"]), **_vouchers(book["core_payables"]), **_classes(book["loans"])}
    found |= _inclusive(book["customers"], book["loans"])
    return {name: float(value) for name, value in found.items() if not pd.isna(value)}


def design_figures(limits: pd.DataFrame, *, watched: Mapping[str, float]) -> dict[str, float]:
    """Take from a design's results the figures that the house's own rules compare.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    watched : mapping
        Result of `volumes.watched_figures`.

    Returns
    -------
    dict
        ``worst_source_yuan`` (lines on the heaviest source), ``floor_margin_rate``, ``programme_yuan`` (high case).
    """
    rested = limits[limits["source_id"].fillna("") != ""].groupby("source_id")["limit_yuan"].sum()
    found = {
        "worst_source_yuan": rested.max() if len(rested) else np.nan,
        "floor_margin_rate": watched.get("floor_margin_rate", np.nan),
        "programme_yuan": watched.get("volume_yuan", np.nan),
    }
    return {name: float(value) for name, value in found.items() if not pd.isna(value)}


def _terms(cores: pd.DataFrame) -> dict[str, float]:
    days = cores["contract_terms_days"].astype("Float64")
    is_public = (cores["ownership"] == "public_institution").fillna(False)
    is_large = (cores["size"] == "large").fillna(False) & ~is_public
    return {"buyer_terms_days": days[is_large].max(), "public_buyer_terms_days": days[is_public].max()}


def _vouchers(payables: pd.DataFrame) -> dict[str, float]:
    issued = payables[(payables["instrument"] == "voucher").fillna(False)]
    return {"voucher_months": ((issued["due_date"] - issued["delivered_date"]).dt.days / DAYS_PER_MONTH).max()}


def _classes(loans: pd.DataFrame) -> dict[str, float]:
    known = loans[is_live(loans).to_numpy(dtype=bool) & loans["class5"].notna().to_numpy()]
    if known.empty:
        return {}
    return {"misclassified_count": float(((known["overdue_days"] > LATE_DAYS) & known["class5"].isin(MILD)).sum())}


def _inclusive(customers: pd.DataFrame, loans: pd.DataFrame) -> dict[str, float]:
    tagged = customers.loc[customers["is_inclusive"].fillna(False).astype("bool"), "customer_id"]
    owed = loans[loans["customer_id"].isin(tagged)].groupby("customer_id")["balance_yuan"].sum()
    return {"largest_credit_yuan": owed.max()} if len(owed) else {}

"""Rules held against what is on the books and where money went, not against a product's terms."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from microlib.design.dated_tables import Written
from microlib.design.rules.book_figures import book_figures
from microlib.metrics.reviewing.uses import ELSEWHERE_MEMOS, ELSEWHERE_PAYEES

#: rule -> figure of conduct that breaks it when above zero
CONDUCT = {
    "entrusted_payment_personal": "uncontrolled_payments_count", "property_use": "off_purpose_payments_count",
    "registered_first": "late_registrations_count",
}  # fmt: skip
STATES = ("fail", "unknown", "unverified_pass", "pass")
COLUMNS = ["rule", "id", "state", "value", "limit_value", "quantity", "status", "from_date", "said_zh", "said_en"]


def conduct_figures(
    payments: pd.DataFrame, loans: pd.DataFrame, collateral_links: pd.DataFrame, collateral: pd.DataFrame, *,
    threshold_yuan: float,
) -> dict[str, float]:  # fmt: skip
    """Count what the tables of conduct hold against a rule; a figure whose table is empty is left out.

    Returns
    -------
    dict
        ``uncontrolled_payments_count`` (own orders above the threshold), ``off_purpose_payments_count`` (to sellers of
        property, brokers, other lenders), ``late_registrations_count`` (pledges registered after the money was out).
    """
    found = {}
    if len(payments):
        own = (payments["method"] == "own") & (payments["amount_yuan"] > threshold_yuan)
        off = payments["payee_kind"].isin(ELSEWHERE_PAYEES) | payments["memo_code"].isin(ELSEWHERE_MEMOS)
        found |= {"uncontrolled_payments_count": float(own.sum()), "off_purpose_payments_count": float(off.sum())}
    if len(collateral_links) and len(collateral):
        rows = collateral_links.merge(collateral, on="collateral_id").merge(loans, on="loan_id")
        found["late_registrations_count"] = float((rows["registered_date"] > rows["disbursed_date"]).sum())
    return found


def check_portfolio(
    book: Mapping[str, pd.DataFrame], rules: tuple[Written, ...], *, threshold_yuan: float
) -> pd.DataFrame:
    """Hold every rule that a branch's tables can answer against them.

    Answers "if the examiner came tomorrow, which rule would our own books break?"

    Parameters
    ----------
    book : mapping of frames
        The branch's slice. Not modified.
    rules : tuple of Written
        Result of `checks.read_rules`.
    threshold_yuan : float
        Above it a payment goes to the seller.

    Returns
    -------
    DataFrame
        One row per rule in force whose figure tables can give, the worst state first: ``rule, id, state`` (``fail``,
        ``unknown``: its table is missing, ``unverified_pass``: holds as we read it, ``pass``), ``value, limit_value,
        quantity, status, from_date, said_zh, said_en``.
    """
    names = ("payments", "loans", "collateral_links", "collateral")
    figures = book_figures(book) | conduct_figures(*(book[name] for name in names), threshold_yuan=threshold_yuan)
    held = [rule for rule in rules if rule.is_in_force and _quantity(rule) in {*figures, *CONDUCT.values(), *BOOK}]
    frame = pd.DataFrame([_row(rule, figures) for rule in held], columns=COLUMNS)
    rank = frame["state"].map({state: place for place, state in enumerate(STATES)})
    return frame.assign(_rank=rank).sort_values(["_rank", "id"], kind="stable", ignore_index=True)[COLUMNS]


BOOK = ("buyer_terms_days", "public_buyer_terms_days", "voucher_months", "misclassified_count")


def _quantity(rule: Written) -> str:
    return CONDUCT.get(rule.code, rule.terms.quantity)


def _row(rule: Written, figures: Mapping[str, float]) -> tuple:
    quantity = _quantity(rule)
    limit = 0.0 if rule.code in CONDUCT else float(rule.terms.value or 0.0)
    value = figures.get(quantity)
    held = value is not None and (value >= limit if rule.terms.test == "at_least" and rule.code not in CONDUCT
                                  else value <= limit)  # fmt: skip
    state = "unknown" if value is None else "fail" if not held else "pass" if rule.status == "verified" else STATES[2]
    return (rule.code, rule.terms.id, state, value, limit, quantity, rule.status, pd.Timestamp(rule.from_date),
            rule.terms.zh, rule.terms.text)  # fmt: skip

"""One row per possible borrower of a product: every input that access rules and limits ask for, or its absence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from microlib.design import collaterals, credit_lines, evidences
from microlib.design.terms import LimitsPolicy, Product
from microlib.errors import NobodyHere

ORDER = [
    "customer_id", "segment", "kind", "size", "industry_code", "rating", "business_months", "is_related_party",
    "is_defaulted", "deposits_yuan", "consents_invoices", "consents_flows",
    "turnover_yuan", "turnover_source", "flow_months_count", "invoice_months_count", "void_share", "negative_share",
    "top_buyer_share", "cash_month_yuan", "cash_source",
    "receivable_yuan", "base_yuan", "stale_yuan", "paid_12m_yuan", "payment_delay_days", "dilution_share",
    "source_id", "source_share",
    "loans_count", "balance_yuan", "kept_yuan", "debt_service_yuan", "overdue_days", "extensions_count", "is_npl",
    "group_key", "linked_count", "group_yuan", "group_headroom_yuan", "source_headroom_yuan", "collateral_yuan",
    "debt_is_complete",
]  # fmt: skip


def applicant_frame(
    book: Mapping[str, pd.DataFrame],
    *,
    evidence: pd.DataFrame,
    memberships: pd.DataFrame,
    product: Product,
    policy: LimitsPolicy,
) -> pd.DataFrame:
    """Gather, for every member of the product's segments, what its rules and limits need.

    Answers "whom could this product serve here, and what do we know about each?" Works with a ledger alone and with
    invoices alone: what is not known stays missing, and later asks to be verified; nothing is filled in.

    Parameters
    ----------
    book : mapping of frames
        A branch: ``customers``, ``loans``, ``customer_links``, ``collateral``, ``collateral_links``, ``invoices``,
        ``flow_months``, ``core_enterprises``, ``core_payables``; an absent table is an empty frame with the contract's
        columns. Has the attribute ``as_of``. Not modified.
    evidence : DataFrame
        Result of ``metrics.evidences.customer_evidence``: income, source, place of each customer.
    memberships : DataFrame
        Result of ``metrics.segments.assign_segments``; a customer counts under its primary segment.
    product : Product
        Segments, kind of source, own loans it replaces, cycle of cash.
    policy : LimitsPolicy
        Window, quantile, caps, strong links, haircuts.

    Returns
    -------
    DataFrame
        One row per member, by ``customer_id``; yuan, fractions, counts as the names say

        - who: ``customer_id, segment, kind, size, industry_code, rating, business_months, is_related_party,
          is_defaulted, deposits_yuan, consents_invoices, consents_flows``
        - business: ``turnover_yuan`` (a year), ``turnover_source`` (invoices, flows, tax, declared),
          ``flow_months_count, invoice_months_count, void_share, negative_share, top_buyer_share``,
          ``cash_month_yuan`` (poor month), ``cash_source`` (flows, invoices)
        - source: ``receivable_yuan, base_yuan`` (no debtor above its cap), ``stale_yuan, paid_12m_yuan,
          payment_delay_days, dilution_share, source_id`` (empty: none), ``source_share`` (of income),
          ``source_headroom_yuan``
        - credit: ``loans_count, balance_yuan, kept_yuan`` (balance of loans that stay), ``debt_service_yuan`` (a month,
          of those), ``overdue_days, extensions_count, is_npl``
        - group: ``group_key, linked_count, group_yuan`` (what the group owes, loans to be replaced left out),
          ``group_headroom_yuan``
        - ``collateral_yuan`` (net of haircut and earlier loans); ``debt_is_complete``: false, the tables hold no other
          bank's debt, so every limit is on own and self-reported debt only

    Raises
    ------
    NobodyHere
        If no customer of the branch belongs to the product's segments.

    Examples
    --------
    See ``tests/design/books.py`` for the smallest book.
    """
    chosen = memberships[memberships["segment"].isin(product.segments) & memberships["is_primary"]]
    chosen = chosen.drop_duplicates("customer_id").sort_values("customer_id")
    if chosen.empty:
        segments = ", ".join(product.segments)
        raise NobodyHere(f"nobody here belongs to {segments}", where=product.code, fix="choose another product")
    asked = chosen["customer_id"]
    pieces = [
        chosen[["customer_id", "segment"]],
        _customer_file(book["customers"], asked, as_of=book.as_of),
        evidences.business_evidence(book, asked, evidence=evidence, product=product, policy=policy),
        credit_lines.credit_position(book, asked, evidence=evidence, product=product, policy=policy),
    ]
    joined = pd.concat([piece.reset_index(drop=True) for piece in pieces], axis="columns")
    room = collaterals.pledged_room(
        book["loans"], book["collateral_links"], book["collateral"], haircuts=policy.haircuts
    )
    return joined.assign(collateral_yuan=asked.map(room).astype("float64").to_numpy(), debt_is_complete=False)[ORDER]


def _customer_file(customers: pd.DataFrame, asked: pd.Series, *, as_of: date) -> pd.DataFrame:
    found = customers.set_index("customer_id").reindex(asked)
    months = (pd.Timestamp(as_of) - found["established_date"]).dt.days / 30.4375
    names = ["kind", "size", "industry_code", "rating", "is_related_party", "is_defaulted"]
    return found[[*names, "consents_invoices", "consents_flows"]].assign(
        business_months=np.floor(months), deposits_yuan=found["deposits_avg_12m_yuan"]
    )

"""What is known of each applicant's business: turnover, cash of a poor month, invoices, receivables, source."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.design import receivables, sources, takings
from microlib.design.terms import LimitsPolicy, Product

RECEIVABLE = [
    "receivable_yuan", "base_yuan", "stale_yuan", "paid_12m_yuan", "payment_delay_days", "dilution_share"
]  # fmt: skip
INVOICED = ["invoice_months_count", "void_share", "negative_share", "top_buyer_share"]


def business_evidence(
    book: Mapping[str, pd.DataFrame],
    asked: pd.Series,
    *,
    evidence: pd.DataFrame,
    product: Product,
    policy: LimitsPolicy,
) -> pd.DataFrame:
    """Gather the business evidence on the customers asked about; missing where no table shows it.

    Parameters
    ----------
    book : mapping of frames
        ``invoices``, ``flow_months``, ``core_payables``; attribute ``as_of``. Not modified.
    asked : Series
        Customer numbers, in the order of the result.
    evidence : DataFrame
        ``income_yuan, income_source, core_id, core_income_share, venue_id`` by ``customer_id``.

    Returns
    -------
    DataFrame
        One row per customer asked, columns as `applicants.applicant_frame` names them.
    """
    known = evidence.set_index("customer_id").reindex(asked).reset_index(drop=True)
    invoices = _of(book["invoices"], asked)
    cash = _poor_cash(book, asked, product=product, policy=policy)
    shown = takings.invoice_evidence(invoices, as_of=book.as_of, policy=policy).reindex(asked)
    owed = receivables.supplier_receivables(
        _of(book["core_payables"], asked),
        as_of=book.as_of,
        overdue_days=policy.receivable_days,
        debtor_cap_share=policy.debtor_cap_share,
    ).reindex(asked)
    is_core = product.limit.source == "core"
    pieces = [shown[INVOICED].reset_index(drop=True), owed[RECEIVABLE].reset_index(drop=True), cash]
    return pd.concat(pieces, axis="columns").assign(
        turnover_yuan=known["income_yuan"],
        turnover_source=known["income_source"],
        source_id=sources.source_of(known, kind=product.limit.source),
        source_share=known["core_income_share"] if is_core else np.nan,
    )


def _of(frame: pd.DataFrame, asked: pd.Series) -> pd.DataFrame:
    return frame[frame["customer_id"].isin(asked)]


def _poor_cash(book: Mapping, asked: pd.Series, *, product: Product, policy: LimitsPolicy) -> pd.DataFrame:
    """Take each customer's poor month from the best evidence that has enough months."""
    rule = product.limit
    monthly = {
        "flows": takings.monthly_inflows(_of(book["flow_months"], asked)),
        "invoices": takings.monthly_sales(_of(book["invoices"], asked)),
    }
    found = {
        source: takings.poor_month_cash(
            cash, as_of=book.as_of, policy=policy, cycle_months=rule.cash_cycle_months
        ).reindex(asked)
        for source, cash in monthly.items()
    }
    first, *rest = [found[source]["cash_month_yuan"] for source in rule.cash_evidence]
    best, source = first, pd.Series(rule.cash_evidence[0], index=first.index).where(first.notna())
    for name, other in zip(rule.cash_evidence[1:], rest, strict=True):
        source = source.where(best.notna() | other.isna(), name)
        best = best.fillna(other)
    return pd.DataFrame({
        "flow_months_count": found["flows"]["months_count"].to_numpy(),
        "cash_month_yuan": best.to_numpy(),
        "cash_source": source.to_numpy(),
    })  # fmt: skip

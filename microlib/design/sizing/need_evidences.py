"""Evidence that the multiples ask for, from tables a branch has: card and code takings, value added tax by invoices."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from microlib.contracts.policies import LimitsPolicy
from microlib.design.takings import monthly_inflows, poor_month_cash
from microlib.units import MONTHS_PER_YEAR

TAKINGS = ("pos", "wallet")


def with_need_evidence(
    applicants: pd.DataFrame, book: Mapping[str, pd.DataFrame], *, policy: LimitsPolicy
) -> pd.DataFrame:
    """Add what the POS multiple and the tax multiple ask for, where the tables show it.

    Parameters
    ----------
    applicants : DataFrame
        Result of `applicants.applicant_frame`. Not modified.
    book : mapping of frames
        ``flow_months``, ``invoices``; attribute ``as_of``. Not modified.
    policy : LimitsPolicy
        Window, quantile and least months of evidence.

    Returns
    -------
    DataFrame
        `applicants` with ``pos_month_yuan`` (poor month of card and code takings; missing under the least months) and
        ``vat_yuan`` (tax on valid sales less tax on valid purchases of twelve months, >= 0: an estimate, the tax return
        may differ; missing without sales or without purchases). Income tax stands in no table: a tax multiple then
        stays to be verified until ``income_tax_yuan`` is added from the return.
    """
    flows, today = book["flow_months"], pd.Timestamp(book.as_of)
    takings = monthly_inflows(flows[flows["channel"].isin(TAKINGS)])
    poor = poor_month_cash(takings, as_of=book.as_of, policy=policy, cycle_months=1)["cash_month_yuan"]
    invoices = book["invoices"]
    year = invoices["issued_date"] > today - pd.DateOffset(months=MONTHS_PER_YEAR)
    rows = invoices[year & (invoices["issued_date"] <= today) & (invoices["status"] == "valid")]
    tax = rows.groupby(["customer_id", "side"])["tax_yuan"].sum().unstack().reindex(columns=["sale", "purchase"])
    who = applicants["customer_id"]
    return applicants.assign(
        pos_month_yuan=who.map(poor).astype("float64").to_numpy(),
        vat_yuan=who.map((tax["sale"] - tax["purchase"]).clip(lower=0)).astype("float64").to_numpy(),
    )

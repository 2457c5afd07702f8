"""The lines of a product as stress sees them: cash, dependence, payments, margin, all of them known or missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.policies import Policy
from microlib.contracts.products import Product
from microlib.design.capacities import monthly_payment, tested_months
from microlib.design.pricing.margins import yearly_margins
from microlib.units import MONTHS_PER_YEAR

KNOWN = ["customer_id", "cash_month_yuan", "debt_service_yuan", "kept_yuan", "source_share"]
#: securities whose worth rests on somebody who guarantees
GUARANTEED = ("guarantee", "mixed")


def stress_lines(
    limits: pd.DataFrame,
    *,
    applicants: pd.DataFrame,
    product: Product,
    policy: Policy,
    default_rates: pd.DataFrame,
) -> pd.DataFrame:
    """Gather, for every sized line, what a scenario may change.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    applicants : DataFrame
        Result of `applicants.applicant_frame`; with ``source_kind`` of `with_source_kinds` a hospital is told from
        another core. Not modified.
    product : Product
    policy : Policy
    default_rates : DataFrame
        ``pd_case`` with ``mean`` and ``upper``, ``pd_rate``.

    Returns
    -------
    DataFrame
        One row per sized line, by ``customer_id``

        - ``source_id, source_kind`` (``core``, ``hospital``, ``venue``, empty), ``group_key``, ``is_guaranteed``
        - ``limit_yuan``; ``cash_month_yuan`` (poor month), ``free_share`` (of it, for debt service), ``source_share``
          (of income; missing where unknown)
        - ``yearly_rate, tested_months``; ``service_month_yuan`` (other loans), ``kept_yuan`` (their balance)
        - ``margin_yuan`` (a year, before loss, as drawn), ``mean_rate``, ``upper_rate`` (default rates)
    """
    sized = limits.loc[limits["reason"] == "sized", ["customer_id", "source_id", "group_key", "limit_yuan"]]
    names = [*KNOWN, *(["source_kind"] if "source_kind" in applicants else [])]
    found = sized.merge(applicants[names], on="customer_id", how="left", validate="1:1")
    rates = default_rates.set_index("pd_case")["pd_rate"].astype("float64")
    margins = yearly_margins(found["limit_yuan"], product=product, policy=policy.pricing, pd_rate=float(rates["mean"]))
    kind = {"core": "core", "venue": "venue"}.get(product.limit.source, "")
    if "source_kind" not in found:
        found["source_kind"] = pd.Series(kind, index=found.index, dtype="str").where(found["source_id"] != "", "")
    return found.rename(columns={"debt_service_yuan": "service_month_yuan"}).assign(
        is_guaranteed=product.secured in GUARANTEED,
        free_share=float(product.limit.cash_share),
        yearly_rate=float(product.yearly_rate),
        tested_months=tested_months(product, policy.limits),
        margin_yuan=margins["margin_yuan"],
        mean_rate=rates["mean"],
        upper_rate=rates["upper"],
    )


def with_source_kinds(applicants: pd.DataFrame, *, product: Product, core_enterprises: pd.DataFrame) -> pd.DataFrame:
    """Add what kind of source each applicant rests on; a core whose kind is not on file stays a core.

    Returns
    -------
    DataFrame
        `applicants` with ``source_kind``: ``hospital``, ``core``, ``venue`` or empty.
    """
    has_source = applicants["source_id"].fillna("") != ""
    if product.limit.source != "core":
        return applicants.assign(source_kind=np.where(has_source, product.limit.source, ""))
    kinds = core_enterprises.drop_duplicates("core_id").set_index("core_id")["kind"]
    is_hospital = applicants["source_id"].map(kinds).eq("hospital")
    return applicants.assign(source_kind=np.select([~has_source, is_hospital], ["", "hospital"], "core"))


def stressed_payment(lines: pd.DataFrame, *, rise: float | pd.Series) -> pd.Series:
    """Return each borrower's monthly debt service when rates rise; other loans rise by their interest alone."""
    own = monthly_payment(lines["limit_yuan"], yearly_rate=lines["yearly_rate"] + rise, months=lines["tested_months"])
    return own + lines["service_month_yuan"] + lines["kept_yuan"] * rise / MONTHS_PER_YEAR

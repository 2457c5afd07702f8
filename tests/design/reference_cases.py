"""Stylised borrowers (data/reference/cases.csv) run through a product: access, limit, price and true cost."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.design.cost import product_cost
from microlib.design.eligibility import screen_applicants
from microlib.design.limits import size_limits
from microlib.design.prices import price_floors
from microlib.errors import BadData

FILE = "cases.csv"
TEXTS = [
    "case_id",
    "said_zh",
    "said_en",
    "kind",
    "size",
    "industry_code",
    "rating",
    "cash_source",
    "source_kind",
    "source_id",
    "loan_guarantee",
]
FLAGS = ["is_related_party", "is_defaulted", "consents_invoices", "consents_flows", "is_npl"]
NUMBERS = [
    "business_months",
    "deposits_yuan",
    "turnover_yuan",
    "cash_month_yuan",
    "flow_months_count",
    "invoice_months_count",
    "void_share",
    "negative_share",
    "top_buyer_share",
    "receivable_yuan",
    "payment_delay_days",
    "source_share",
    "balance_yuan",
    "payment_month_yuan",
    "other_service_yuan",
    "overdue_days",
    "extensions_count",
    "linked_count",
    "group_headroom_yuan",
    "source_headroom_yuan",
    "collateral_yuan",
    "pd_rate",
]
OUTCOME_COLUMNS = [
    "outcome",
    "failed_rule",
    "limit_yuan",
    "bound_by",
    "reason",
    "missing",
    "authority",
    "floor_rate",
    "margin_rate",
    "apr_rate",
    "cost_yuan",
]
START = date(2026, 1, 1)


def read_cases(path: object) -> pd.DataFrame:
    """Read the stylised borrowers; an empty cell is evidence that is not there.

    Raises
    ------
    BadData
        If a column is absent or unknown, a case stands twice, or a number is none.

    Examples
    --------
    >>> len(read_cases("data/reference/cases.csv"))
    12
    """
    frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig", keep_default_na=False, na_values=[""])
    wanted = {*TEXTS, *FLAGS, *NUMBERS}
    odd = sorted(wanted ^ set(frame.columns))
    if odd or frame["case_id"].duplicated().any() or frame["case_id"].isna().any():
        what = f"columns do not fit: {', '.join(odd)}" if odd else "a case_id is missing or stands twice"
        raise BadData(what, where=str(path), fix="keep to the columns and one row a case")
    try:
        numbers = {name: pd.to_numeric(frame[name]) for name in NUMBERS}
    except ValueError as error:
        raise BadData(f"a number is none: {error}", where=str(path), fix="write plain numbers") from None
    flags = {name: frame[name].map({"true": True, "false": False}).astype("boolean") for name in FLAGS}
    return frame.assign(**numbers, **flags)


def case_applicants(cases: pd.DataFrame, *, product) -> pd.DataFrame:
    """Turn the cases into applicants of one product: own loans it replaces fall away, a foreign source is none.

    Returns
    -------
    DataFrame
        One row per case with the columns that `eligibility.screen_applicants` and `limits.size_limits` ask for.
    """
    kept = ~cases["loan_guarantee"].isin(product.limit.replaces)
    is_source = cases["source_kind"] == product.limit.source
    return cases.assign(
        customer_id=cases["case_id"],
        class5=pd.Series(pd.NA, index=cases.index, dtype="str"),
        group_key=cases["case_id"],
        group_yuan=cases["balance_yuan"].where(kept, 0.0),
        kept_yuan=cases["balance_yuan"].where(kept, 0.0),
        debt_service_yuan=cases["payment_month_yuan"].where(kept, 0.0) + cases["other_service_yuan"],
        paid_12m_yuan=np.nan,
        source_id=cases["source_id"].where(is_source, "").fillna(""),
        source_share=cases["source_share"].where(is_source),
        source_headroom_yuan=cases["source_headroom_yuan"].where(is_source),
        debt_is_complete=False,
    )


def replay_cases(cases: pd.DataFrame, *, product, policy) -> pd.DataFrame:
    """Run the cases through access, limit, price and cost of a product.

    Answers "what do these terms do to borrowers we can picture?"

    Parameters
    ----------
    cases : DataFrame
        Result of `read_cases`. Not modified.
    product : Product
        The terms.
    policy : Policy
        Limits and pricing.

    Returns
    -------
    DataFrame
        One row per case, by ``case_id``

        - ``outcome, failed_rule``; ``limit_yuan, bound_by, reason, missing, authority`` as `limits.size_limits` says
          (empty for those not served)
        - ``floor_rate, margin_rate`` (fractions): the floor at the case's own default rate and limit
        - ``apr_rate`` (fraction), ``cost_yuan``: what the borrower pays for a loan of the limit at the longest tenor;
          missing where there is no limit

    Examples
    --------
    >>> from microlib.design.terms import read_policy, read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> found = replay_cases(read_cases("data/reference/cases.csv"), product=stall,
    ...                      policy=read_policy(".", as_of="2026-06-30"))
    >>> found.set_index("case_id").loc["K09", ["outcome", "failed_rule"]].to_list()
    ['not_served', 'in_arrears']
    """
    screened = screen_applicants(case_applicants(cases, product=product), product=product)
    sized = size_limits(screened, product=product, policy=policy.limits)
    names = ["customer_id", "limit_yuan", "bound_by", "reason", "missing", "authority"]
    rows = screened[["customer_id", "outcome", "failed_rule", "pd_rate"]].merge(
        sized[names], on="customer_id", how="left"
    )
    priced = [_priced(row, product=product, policy=policy) for row in rows.itertuples()]
    columns = ["floor_rate", "margin_rate", "apr_rate", "cost_yuan"]
    both = pd.concat([rows, pd.DataFrame(priced, columns=columns, index=rows.index)], axis="columns")
    both = both.rename(columns={"customer_id": "case_id"}).sort_values("case_id", ignore_index=True)
    return both[["case_id", *OUTCOME_COLUMNS]]


def compare_cases(cases: pd.DataFrame, *, old, new, policy) -> pd.DataFrame:
    """Set two versions of a product side by side on the cases: every column of `replay_cases`, ``_before`` for the old.

    Returns
    -------
    DataFrame
        ``case_id``, each told column as ``<name>_before`` and ``<name>``, ``is_changed``.
    """
    before, after = (replay_cases(cases, product=each, policy=policy) for each in (old, new))
    joined = before.merge(after, on="case_id", suffixes=("_before", ""))
    same = pd.concat([_is_same(joined[f"{name}_before"], joined[name]) for name in OUTCOME_COLUMNS], axis="columns")
    order = [column for name in OUTCOME_COLUMNS for column in (f"{name}_before", name)]
    return joined[["case_id", *order]].assign(is_changed=~same.all(axis="columns"))


def _is_same(before: pd.Series, after: pd.Series) -> pd.Series:
    return after.eq(before) | (after.isna() & before.isna())


def _priced(row, *, product, policy) -> tuple:
    if not row.limit_yuan > 0:
        return (np.nan,) * 4
    rate = pd.DataFrame({"pd_case": ["mean"], "pd_rate": [row.pd_rate]})
    floor = price_floors(rate, product=product, policy=policy.pricing, sizes=(float(row.limit_yuan),)).iloc[0]
    cost = product_cost(product, amount_yuan=row.limit_yuan, start=START).set_index("scope").loc["borrower"]
    return floor["floor_taxed_rate"], floor["margin_rate"], cost["apr_rate"], cost["total_cost_yuan"]

"""The thresholds that one product's design rests on, each with the status of its source."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.contracts.products import Product

#: row of the list -> part and key of the policy, unit
ITEMS = {
    "lpr_rate": ("pricing", "lpr_rate", "fraction"),
    "ftp_rate": ("pricing", "ftp_rate", "fraction"),
    "opex_rate": ("pricing", "opex_rate", "fraction"),
    "opex_loan": ("pricing", "opex_loan_yuan", "exact"),
    "lgd_share": ("pricing", "lgd", "fraction"),
    "capital_ratio": ("pricing", "capital_ratio", "fraction"),
    "risk_weight": ("pricing", "risk_weight", "fraction"),
    "capital_cost_rate": ("pricing", "capital_cost_rate", "fraction"),
    "income_tax_rate": ("pricing", "income_tax_rate", "fraction"),
    "notional_months": ("limits", "notional_months", "months"),
    "cash_quantile": ("limits", "cash_quantile", "fraction"),
    "dscr_minimum": ("limits", "dscr_minimum", "ratio"),
    "group_cap": ("limits", "group_cap_yuan", "yuan"),
    "source_cap": ("limits", "source_cap_yuan", "yuan"),
    "pd_high": ("stress", "pd_high", "fraction"),
    "lgd_high": ("stress", "lgd_high", "fraction"),
}


def policy_values(product: Product, *, policy: Policy, register: pd.DataFrame) -> pd.DataFrame:
    """List the policy values behind a product's limits, price and stress, and say which nobody has verified.

    Parameters
    ----------
    product : Product
        Its channel and main security choose among values by code.
    policy : Policy
        Values in force.
    register : DataFrame
        Result of `policies.policy_register`: ``part, key, status, from_date``. Not modified.

    Returns
    -------
    DataFrame
        One row per value: ``item`` (code), ``value, unit``, ``status`` (``verified``, ``unverified``), ``from_date``

    Examples
    --------
    >>> from microlib.design.terms import policy_register, read_policy, read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> found = policy_values(stall, policy=read_policy(".", as_of="2026-06-30"),
    ...                       register=policy_register(".", as_of="2026-06-30"))
    >>> found.loc[found["item"] == "lgd_share", "value"].item()
    0.45
    """
    known = register.set_index(["part", "key"])
    chosen = {"opex_loan_yuan": product.channel, "lgd": product.secured}
    rows = []
    for item, (part, key, unit) in ITEMS.items():
        value = getattr(getattr(policy, part), key)
        number = value[chosen[key]] if key in chosen else value
        rows.append((item, float(number), unit, known.loc[(part, key), "status"], known.loc[(part, key), "from_date"]))
    return pd.DataFrame(rows, columns=["item", "value", "unit", "status", "from_date"])

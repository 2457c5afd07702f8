"""How much money a business needs: the short methods beside the formula."""

from __future__ import annotations

import pandas as pd


def turnover_need(turnover_yuan: pd.Series, *, need_share: float = 0.25, own_share: float = 0.05) -> pd.DataFrame:
    """Size a line as a share of yearly turnover, the owner bringing part (the Nayak method at its defaults).

    Returns
    -------
    DataFrame
        ``requirement_yuan``, ``own_yuan``, ``need_yuan`` (what is left to the bank, >= 0).

    Examples
    --------
    >>> turnover_need(pd.Series([100_000.0])).iloc[0].to_list()
    [25000.0, 5000.0, 20000.0]
    """
    requirement, own = turnover_yuan * need_share, turnover_yuan * own_share
    return pd.DataFrame({
        "requirement_yuan": requirement, "own_yuan": own, "need_yuan": (requirement - own).clip(lower=0)
    })  # fmt: skip


def tax_multiple(taxes: pd.DataFrame, *, vat_multiple: float = 7.0, income_multiple: float = 9.0) -> pd.Series:
    """Size a line as multiples of the taxes paid in a year (税贷).

    Examples
    --------
    >>> float(tax_multiple(pd.DataFrame({"vat_yuan": [10.0], "income_tax_yuan": [5.0]})).iloc[0])
    115.0
    """
    return taxes["vat_yuan"] * vat_multiple + taxes["income_tax_yuan"] * income_multiple


def budget_loan(budget_yuan: pd.Series, *, own_share: float) -> pd.Series:
    """Size a renovation or fixed-asset loan as the verified budget less the owner's own part.

    Examples
    --------
    >>> float(budget_loan(pd.Series([1_200_000.0]), own_share=0.30).iloc[0])
    840000.0
    """
    return budget_yuan * (1 - own_share)

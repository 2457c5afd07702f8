"""Rates that count those who leave, for one branch's grades, where the home holds a table of churn."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design.pricing.churn_tables import churn_prices, read_churns


def churned_rates(book: Any, floors: pd.DataFrame) -> pd.DataFrame:
    """Price each grade of a branch at the funds and operating cost of the typical loan.

    Parameters
    ----------
    book : Branch
        ``customers``; its home may hold ``data/peers/churns.csv``. Not modified.
    floors : DataFrame
        Result of `line_margins.typical_floors`. Not modified.

    Raises
    ------
    NoChurns
        If there is no table of churn.
    """
    mean = floors[floors["pd_case"] == "mean"].iloc[0]
    cost = float(mean["ftp_rate"] + mean["opex_rate"])
    seen = read_churns(book.home.config("peers"))
    return churn_prices(seen, customers=book["customers"], cost_rate=cost, lgd_share=float(mean["lgd_share"]))

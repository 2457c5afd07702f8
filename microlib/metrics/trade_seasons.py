"""The season that trade alone shows (流水或发票): for groups to which nothing was lent yet, or too little."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.metrics.rhythms import SIGNIFICANT, STABLE


def trade_rhythms(trade: pd.DataFrame) -> pd.DataFrame:
    """Say for each group whether its trade has a season; the bank's push cannot be in it.

    Parameters
    ----------
    trade : DataFrame
        Result of `seasons.credit_seasons` of account inflows or sales. Not modified.

    Returns
    -------
    DataFrame
        The main columns of `rhythms.bank_rhythms`: ``segment, peak_month, peak_ratio, peak_low, peak_high,
        stability_share, p_value, raw_peak_month, reason`` (own_season, no_clear_season).

    Examples
    --------
    >>> trade = pd.DataFrame({"segment": ["a"], "peak_month": [12], "peak_ratio": [2.0], "peak_low": [1.8],
    ...                       "peak_high": [2.2], "stability_share": [0.9], "p_value": [0.3]})
    >>> trade_rhythms(trade)["reason"].to_list()
    ['no_clear_season']
    """
    names = ["segment", "peak_month", "peak_ratio", "peak_low", "peak_high", "stability_share", "p_value"]
    found = trade[names].reset_index(drop=True)
    real = (found["p_value"] <= SIGNIFICANT) & (found["stability_share"] >= STABLE)
    return found.assign(raw_peak_month=found["peak_month"], reason=np.where(real, "own_season", "no_clear_season"))

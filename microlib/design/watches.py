"""The figures that stop rules watch, gathered from the design and from what the group's own loans show today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import pandas as pd

from microlib.contracts.product_rules import Watched

#: measure -> the watched figures that it is, where it bears another name
NAMES = {"overdue30": ("overdue_share", "par30_share")}


def gathered_figures(figures: Mapping[str, float], *measured: pd.DataFrame) -> dict[str, float]:
    """Add to the design's own figures what was measured on the group's loans.

    Parameters
    ----------
    figures : mapping
        Result of `volumes.watched_figures`. Not modified.
    *measured : DataFrame
        Tables of shares (``measure, share``: PAR, committee ratios), or the one row of
        ``metrics.first_payments.first_payment_defaults``; a share that could not be computed, or that no rule may
        watch, is left out.

    Returns
    -------
    dict
        Value by watched figure, for `volumes.evaluate_stop_rules`.

    Examples
    --------
    >>> ratios = pd.DataFrame({"measure": ["npl", "overdue30", "npl_formation"], "share": [0.02, 0.01, 0.0]})
    >>> gathered_figures({"volume_yuan": 1e6}, ratios)
    {'volume_yuan': 1000000.0, 'npl_share': 0.02, 'overdue_share': 0.01, 'par30_share': 0.01}
    """
    found = dict(figures)
    for frame in measured:
        found |= _shares(frame) if "measure" in frame else _first_payments(frame)
    return found


def known_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """Keep the shares that could be computed; what a group's own loans cannot say is left to the branch's report.

    Examples
    --------
    >>> known_shares(pd.DataFrame({"measure": ["npl", "npl_formation"], "share": [0.02, None]}))["measure"].to_list()
    ['npl']
    """
    return shares[shares["share"].notna()].reset_index(drop=True)


def figure_table(figures: Mapping[str, float]) -> pd.DataFrame:
    """Lay out watched figures as a table: ``watched, value``.

    Examples
    --------
    >>> figure_table({"par30_share": 0.01})
           watched  value
    0  par30_share   0.01
    """
    return pd.DataFrame({"watched": list(figures), "value": [float(value) for value in figures.values()]})


def _shares(frame: pd.DataFrame) -> dict[str, float]:
    known = frame[frame["share"].notna()]
    pairs = zip(known["measure"], known["share"], strict=True)
    named = {name: float(share) for measure, share in pairs for name in NAMES.get(measure, (f"{measure}_share",))}
    return {name: share for name, share in named.items() if name in get_args(Watched)}


def _first_payments(frame: pd.DataFrame) -> dict[str, float]:
    rate = frame["default_rate"].iloc[0]
    return {} if pd.isna(rate) else {"first_payment_default_share": float(rate)}

"""The figures that stop rules watch, gathered from the design and from what the group's own loans show today."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

#: measures whose watched figure bears another name than the measure
NAMES = {"overdue30": "overdue_share"}


def gathered_figures(figures: Mapping[str, float], *measured: pd.DataFrame) -> dict[str, float]:
    """Add to the design's own figures what was measured on the group's loans.

    Parameters
    ----------
    figures : mapping
        Result of `volumes.watched_figures`. Not modified.
    *measured : DataFrame
        Tables of shares (``measure, share``: PAR, committee ratios), or the one row of
        ``metrics.first_payments.first_payment_defaults``; a share that could not be computed is left out.

    Returns
    -------
    dict
        Value by watched figure, for `volumes.evaluate_stop_rules`.

    Examples
    --------
    >>> pars = pd.DataFrame({"measure": ["par0", "par30"], "share": [0.02, 0.01]})
    >>> gathered_figures({"volume_yuan": 1e6}, pars)
    {'volume_yuan': 1000000.0, 'par0_share': 0.02, 'par30_share': 0.01}
    """
    found = dict(figures)
    for frame in measured:
        found |= _shares(frame) if "measure" in frame else _first_payments(frame)
    return found


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
    return {NAMES.get(measure, f"{measure}_share"): float(share) for measure, share in pairs}


def _first_payments(frame: pd.DataFrame) -> dict[str, float]:
    rate = frame["default_rate"].iloc[0]
    return {} if pd.isna(rate) else {"first_payment_default_share": float(rate)}

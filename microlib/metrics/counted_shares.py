"""A share of a count with its interval, written beside the counts it came from."""

from __future__ import annotations

import pandas as pd

from microlib.metrics.intervals import rate_interval


def with_share(frame: pd.DataFrame, *, hit: str, base: str, name: str, level: float = 0.95) -> pd.DataFrame:
    """Add a share and its range (Jeffreys) to a frame that holds the two counts.

    Parameters
    ----------
    frame : DataFrame
        Holds the columns `hit` and `base`, counts with ``0 <= hit <= base``. Not modified.
    hit, base : str
        Columns above and below the line.
    name : str
        The new columns are ``<name>_share, <name>_low, <name>_high, <name>_share_count``; the share is missing where
        the base is 0.
    level : float
        Two-sided.

    Examples
    --------
    >>> found = with_share(pd.DataFrame({"yes": [3], "all": [60]}), hit="yes", base="all", name="pass")
    >>> found[["pass_share", "pass_low", "pass_high"]].round(4).iloc[0].tolist()
    [0.05, 0.0143, 0.1274]
    """
    names = [f"{name}_share", f"{name}_low", f"{name}_high"]
    known = frame[base] > 0
    rates = rate_interval(frame.loc[known, hit], frame.loc[known, base], level=level)[["rate", "low", "high"]]
    spread = rates.set_axis(names, axis=1).reindex(frame.index)
    return frame.join(spread).assign(**{f"{name}_share_count": frame[base].astype("int64")})

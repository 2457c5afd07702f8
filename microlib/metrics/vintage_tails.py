"""Where a vintage curve ends: the last months on book that enough loans have reached."""

from __future__ import annotations

import pandas as pd

#: fewer loans at risk than this say little about a month on book
FEWEST = 30


def supported_months(curve: pd.DataFrame, *, fewest: int = FEWEST) -> pd.DataFrame:
    """Keep the months on book that at least so many loans have reached.

    Answers "how far to the right may this curve be read?"

    Parameters
    ----------
    curve : DataFrame
        Result of `vintages.vintage_curve` for one cohort. Not modified.
    fewest : int
        Loans at risk, > 0.

    Returns
    -------
    DataFrame
        The first rows of `curve`; all of them where no month has so many loans.

    Examples
    --------
    >>> curve = pd.DataFrame({"month_on_book": [0, 1, 2], "at_risk_count": [90, 40, 3]})
    >>> supported_months(curve)["month_on_book"].to_list()
    [0, 1]
    """
    enough = curve["at_risk_count"] >= fewest
    return curve[enough].reset_index(drop=True) if enough.any() else curve.reset_index(drop=True)

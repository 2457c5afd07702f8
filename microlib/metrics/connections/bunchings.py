"""Whether more loans stand just under a limit than the amounts below it would let one expect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.errors import BadData
from microlib.metrics.intervals import rate_interval

#: bands below the tested one that show how many amounts to expect
BANDS = 3


def limit_bunching(
    loans: pd.DataFrame, *, limits: Sequence[float], width_share: float = 0.05, level: float = 0.95
) -> pd.DataFrame:
    r"""Test for each limit whether loans crowd just under it.

    Answers "does somebody write loans of 495,000 because 500,000 is where the next signature begins?" The band of
    width :math:`wL` under the limit L is compared with the three bands below it:

    .. math:: k = \#\{A \in (L - wL, L)\}, \quad m = \#\{A \in (L - 4wL, L - wL]\}, \quad
        k \mid k + m \sim \mathrm{Bin}(k + m, 1/4)

    Where amounts grow rarer with size, as they do above the usual loan, at most a quarter is expected in the highest
    of four bands, and the test errs on the quiet side. Amounts above L are shown but not used: fewer loans are made
    there for good reasons (the next signature), which would look like a crowd below.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``amount_yuan``. Not modified.
    limits : sequence of float
        Limits L (yuan, > 0): an authority, a product's maximum, a rule's threshold.
    width_share : float
        w, above 0 and under 1/4.
    level : float
        Of the interval of the share.

    Returns
    -------
    DataFrame
        One row per limit, in their order: ``limit_yuan, below_count`` (k), ``under_count`` (m),
        ``expected_count`` (m/3), ``below_share`` (k over k + m) with ``below_low, below_high`` (Jeffreys),
        ``at_limit_count`` (amounts of exactly L, in neither), ``above_count`` (in the three bands above L),
        ``chance_share`` (one-sided p-value: so many or more by chance). Shares and chance are missing where no amount
        stands in the four bands: nothing can be said.

    Raises
    ------
    BadData
        If an amount or a limit is missing, infinite or not positive, no limit is given, or the width is out of range.

    Notes
    -----
    Round numbers make heaps everywhere; those in the lower bands hide a small crowd, and the limit itself, usually
    the roundest of all, is counted apart. Where amounts grow *commoner* towards L (a limit below the usual loan) the
    test cries wolf. Read it beside the groups of `splits`, never alone; several limits are several tests.

    References
    ----------
    .. [1] McCrary, J. (2008). Manipulation of the running variable in the regression discontinuity design. Journal of
       Econometrics 142(2), 698-714: the idea; the test here is the plain count.

    Examples
    --------
    >>> loans = pd.DataFrame({"amount_yuan": [4.95e5] * 6 + [4.1e5, 4.4e5, 4.6e5, 5.1e5]})
    >>> limit_bunching(loans, limits=[5e5])[["below_count", "under_count", "chance_share"]].round(4).iloc[0].tolist()
    [6.0, 3.0, 0.01]
    """
    amounts = _checked(loans["amount_yuan"], "amount_yuan")
    edges = _checked(pd.Series(limits, dtype="float64"), "limits")
    if not len(edges) or not 0.0 < width_share < 1.0 / (BANDS + 1):
        raise BadData("no limit, or a width not above 0 and under 1/4", fix="give limits in yuan and a width of 0.05")
    rows = [_counts(amounts, edge, width_share) for edge in edges]
    names = ["limit_yuan", "below_count", "under_count", "at_limit_count", "above_count"]
    found = pd.DataFrame(rows, columns=names)
    whole = found["below_count"] + found["under_count"]
    found["expected_count"] = found["under_count"] / BANDS
    told = whole > 0
    shares = rate_interval(found["below_count"][told], whole[told], level=level) if told.any() else pd.DataFrame()
    shares_of = {"below_share": "rate", "below_low": "low", "below_high": "high"}
    for name, column in shares_of.items():
        found[name] = shares[column].reindex(found.index) if told.any() else np.nan
    found["chance_share"] = np.where(told, binom.sf(found["below_count"] - 1, whole, 1.0 / (BANDS + 1)), np.nan)
    order = [*names[:3], "expected_count", *shares_of, *names[3:], "chance_share"]
    return found[order]


def _counts(amounts: np.ndarray, limit: float, width_share: float) -> tuple[float, int, int, int, int]:
    width = width_share * limit
    below = (amounts > limit - width) & (amounts < limit)
    under = (amounts > limit - (BANDS + 1) * width) & (amounts <= limit - width)
    above = (amounts > limit) & (amounts <= limit + BANDS * width)
    return limit, int(below.sum()), int(under.sum()), int((amounts == limit).sum()), int(above.sum())


def _checked(values: pd.Series, name: str) -> np.ndarray:
    array = values.to_numpy(dtype="float64", na_value=np.nan)
    wrong = int((~(np.isfinite(array) & (array > 0))).sum())
    if wrong:
        raise BadData(f"{wrong} values are missing, infinite or not positive", where=name, fix="leave them out first")
    return array

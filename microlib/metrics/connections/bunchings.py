"""Whether more loans stand just under a limit than the amounts around it would let one expect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.errors import BadData
from microlib.metrics.intervals import rate_interval

#: bands on either side that show how many amounts to expect
BANDS = 3


def limit_bunching(
    loans: pd.DataFrame, *, limits: Sequence[float], width_share: float = 0.05, level: float = 0.95
) -> pd.DataFrame:
    r"""Test for each limit whether loans crowd just under it.

    Answers "does somebody write loans of 495,000 because 500,000 is where the next signature begins?" Bands of width
    :math:`wL` are laid around the limit L; the one under it is compared with the three below and the three above:

    .. math:: k = \#\{A \in (L - wL, L)\}, \quad m = \#\{A \in (L - 4wL, L - wL]\} + \#\{A \in (L, L + 3wL]\}, \quad
        k \mid k + m \sim \mathrm{Bin}(k + m, 1/7)

    The bands lie symmetrically about the tested one, so a density that is straight there expects a seventh in it.

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
        One row per limit, in their order: ``limit_yuan, below_count`` (k), ``around_count`` (m),
        ``expected_count`` (m/6), ``below_share`` (k over k + m) with ``below_low, below_high`` (Jeffreys),
        ``at_limit_count`` (amounts of exactly L, in neither), ``chance_share`` (one-sided p-value: so many or more by
        chance). Shares and chance are missing where no amount stands in any band: nothing can be said.

    Raises
    ------
    BadData
        If an amount or a limit is missing, infinite or not positive, no limit is given, or the width is out of range.

    Notes
    -----
    Round numbers make heaps everywhere; those in the neighbouring bands hide a small crowd, and the limit itself,
    usually the roundest of all, is counted apart. Above a real limit fewer loans are made at all, which also looks
    like a crowd below: read the test beside the groups of `splits`, never alone. Several limits are several tests.

    References
    ----------
    .. [1] McCrary, J. (2008). Manipulation of the running variable in the regression discontinuity design. Journal of
       Econometrics 142(2), 698-714: the idea; the test here is the plain count.

    Examples
    --------
    >>> loans = pd.DataFrame({"amount_yuan": [4.95e5] * 6 + [4.1e5, 4.4e5, 4.6e5, 5.1e5, 5.3e5, 5.6e5]})
    >>> limit_bunching(loans, limits=[5e5])[["below_count", "around_count", "chance_share"]].round(4).iloc[0].tolist()
    [6.0, 6.0, 0.0036]
    """
    amounts = _checked(loans["amount_yuan"], "amount_yuan")
    edges = _checked(pd.Series(limits, dtype="float64"), "limits")
    if not len(edges) or not 0.0 < width_share < 1.0 / (BANDS + 1):
        raise BadData("no limit, or a width not above 0 and under 1/4", fix="give limits in yuan and a width of 0.05")
    rows = [_counts(amounts, edge, width_share) for edge in edges]
    found = pd.DataFrame(rows, columns=["limit_yuan", "below_count", "around_count", "at_limit_count"])
    whole, bands = found["below_count"] + found["around_count"], 2 * BANDS + 1
    found["expected_count"] = found["around_count"] / (bands - 1)
    told = whole > 0
    shares = rate_interval(found["below_count"][told], whole[told], level=level) if told.any() else pd.DataFrame()
    names = {"below_share": "rate", "below_low": "low", "below_high": "high"}
    for name, column in names.items():
        found[name] = shares[column].reindex(found.index) if told.any() else np.nan
    found["chance_share"] = np.where(told, binom.sf(found["below_count"] - 1, whole, 1.0 / bands), np.nan)
    order = ["limit_yuan", "below_count", "around_count", "expected_count", *names, "at_limit_count", "chance_share"]
    return found[order]


def _counts(amounts: np.ndarray, limit: float, width_share: float) -> tuple[float, int, int, int]:
    width = width_share * limit
    below = int(((amounts > limit - width) & (amounts < limit)).sum())
    under = (amounts > limit - (BANDS + 1) * width) & (amounts <= limit - width)
    over = (amounts > limit) & (amounts <= limit + BANDS * width)
    return limit, below, int(under.sum() + over.sum()), int((amounts == limit).sum())


def _checked(values: pd.Series, name: str) -> np.ndarray:
    array = values.to_numpy(dtype="float64", na_value=np.nan)
    wrong = int((~(np.isfinite(array) & (array > 0))).sum())
    if wrong:
        raise BadData(f"{wrong} values are missing, infinite or not positive", where=name, fix="leave them out first")
    return array

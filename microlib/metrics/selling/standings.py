"""Who can be told apart from the rest, and who cannot: groups, not ranks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.metrics.intervals import rate_interval

STANDINGS = ("above", "as_the_rest", "below", "too_few")


def rate_standings(cells: pd.DataFrame, *, level: float = 0.95, fewest: int = 10) -> pd.DataFrame:
    r"""Say of each cell whether its rate can be told from that of all the others.

    Answers "whom does this table really set apart?" With :math:`m` cells judged, each is compared with the rate of
    the others taken together,

    .. math:: \bar p_{-i} = \frac{\sum_{j \ne i} k_j}{\sum_{j \ne i} n_j}

    and stands above or below when its Clopper-Pearson interval at level :math:`1 - (1 - \text{level})/m` leaves
    :math:`\bar p_{-i}` out, so that with no real difference at most one table in twenty names anybody.

    Parameters
    ----------
    cells : DataFrame
        ``hit_count``, ``total_count`` (0 <= hit <= total) and labels, which are kept. Not modified.
    level : float
        For the whole table, 0 .. 1 exclusive.
    fewest : int
        Cells with fewer trials are not judged (``too_few``).

    Returns
    -------
    DataFrame
        `cells` with ``rate, rate_low, rate_high`` (fraction; the interval at the cell's stricter level),
        ``rest_rate`` (fraction; missing where there is no other), ``standing`` (code)

    Raises
    ------
    BadData
        If a count is missing, negative, or more hits than trials.

    Notes
    -----
    Trials are taken as independent, and customers as alike: adjust for what people were given before reading
    anything into a name. It is a list of questions, for a conversation.

    Examples
    --------
    >>> cells = pd.DataFrame({"hit_count": [30, 15, 14, 1], "total_count": [100, 100, 100, 5]})
    >>> rate_standings(cells).standing.to_list()
    ['above', 'as_the_rest', 'as_the_rest', 'too_few']
    """
    hit, total = (cells[name].to_numpy(float) for name in ("hit_count", "total_count"))
    if not ((hit >= 0) & (hit <= total)).all():
        raise BadData("a count is missing, negative or larger than its whole", where="cells", fix="mend the counts")
    judged = total >= max(fewest, 1)
    rest_total = total.sum() - total
    rest = np.divide(hit.sum() - hit, rest_total, out=np.full(len(hit), np.nan), where=rest_total > 0)
    strict = 1 - (1 - level) / max(int(judged.sum()), 1)
    bounds = np.full((len(hit), 3), np.nan)
    if (total > 0).any():
        counted = rate_interval(hit[total > 0], total[total > 0], method="clopper_pearson", level=strict)
        bounds[total > 0] = counted[["rate", "low", "high"]].to_numpy()
    above, below = judged & (bounds[:, 1] > rest), judged & (bounds[:, 2] < rest)
    standing = np.select([~judged, above, below], ["too_few", "above", "below"], "as_the_rest")
    return cells.assign(
        rate=bounds[:, 0], rate_low=bounds[:, 1], rate_high=bounds[:, 2], rest_rate=rest, standing=standing
    )

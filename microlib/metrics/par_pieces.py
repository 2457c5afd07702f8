"""The four PARs of a whole bank, from pieces that the engine has added up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics.groupings import keys
from microlib.metrics.intervals import rate_interval

#: measure -> yuan above the line, yuan below it (columns of the pieces, added up), borrowers above, squares and
#: borrowers of the base, whether what could not be judged stands beside it
MEASURES = {
    "par30_plain": (["par30"], ["balance"], "balance", False),
    "par30_adjusted": (["adjusted"], ["balance"], "balance", True),
    "par30_plain_with_exits": (["par30", "exits"], ["balance", "exits"], "whole", False),
    "par30_adjusted_with_exits": (["adjusted", "exits"], ["balance", "exits"], "whole", True),
    "par30_plain_lagged": (["par30_then"], ["balance_then"], "balance_then", False),
    "par30_adjusted_lagged": (["adjusted_then"], ["balance_then"], "balance_then", True),
}
COLUMNS = ["measure", "share", "share_low", "share_high", "hit_yuan", "base_yuan"]


def pars_of_pieces(pieces: pd.DataFrame, *, within: str | list[str] | None = None, level: float = 0.95) -> pd.DataFrame:
    r"""Turn additive pieces into the four PARs of every group, with the range that so many borrowers leave.

    Answers, for a bank of any size, what `pars.four_pars` answers for one branch; the shares are the same. No row of a
    loan is at hand, so the range is Clopper-Pearson's on the effective number of borrowers (Korn and Graubard):

    .. math:: n = \frac{(\sum_b y_b)^2}{\sum_b y_b^2}

    Parameters
    ----------
    pieces : DataFrame
        The engine's sums by group: ``balance_yuan, par30_yuan, adjusted_yuan, unjudged_yuan, exits_yuan,
        balance_then_yuan, par30_then_yuan, adjusted_then_yuan`` and ``balance_square, whole_square,
        balance_then_square`` (over borrowers). Rows of several groups or banks may be stacked. Not modified.
    within : str, list of str or None
        Grouping columns of `pieces`; None for the whole.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per group and measure, groups ascending, the measures of `pars.four_pars` in their order: ``measure,
        share, share_low, share_high, hit_yuan, base_yuan``, ``base_effective_count`` (borrowers that the base is
        worth), ``unknown_yuan`` (renewals that could not be judged), ``reason`` (empty, or ``no_base``: the share
        and its range are then missing)

    Raises
    ------
    EmptyBook
        If there is no piece.
    BadData
        If a sum is missing, infinite or negative.

    Notes
    -----
    A borrower with loans in two groups counts in both, so a total over them is taken for a little more borrowers than
    there are. Members of one source are not independent borrowers: the range is then too short.

    Examples
    --------
    >>> pieces = pd.DataFrame({"balance_yuan": [1000.0], "par30_yuan": [22.0], "adjusted_yuan": [58.0],
    ...     "unjudged_yuan": [0.0], "exits_yuan": [9.0], "balance_then_yuan": [820.0], "par30_then_yuan": [22.0],
    ...     "adjusted_then_yuan": [58.0], "balance_square": [1e4], "whole_square": [1e4], "balance_then_square": [1e4]})
    >>> pars_of_pieces(pieces).set_index("measure")["share"].round(4).tolist()
    [0.022, 0.058, 0.0307, 0.0664, 0.0268, 0.0707]
    """
    if pieces.empty:
        raise EmptyBook("there is no piece", fix="choose a date at which the bank has loans")
    by, names = keys(within), [name for name in pieces if name.endswith(("_yuan", "_square"))]
    numbers = pieces[names].to_numpy(dtype="float64", na_value=np.nan)
    if not (np.isfinite(numbers) & (numbers >= 0)).all():
        raise BadData("a sum is missing, infinite or negative", where="pieces", fix="take the pieces of the engine")
    sums = pieces.groupby(by, sort=True)[names].sum() if by else pieces[names].sum().to_frame().T
    rows = [_measured(sums, name, level) for name in MEASURES]
    found = pd.concat(rows, keys=range(len(rows)), names=["order", *sums.index.names])
    found = found.reset_index().sort_values([*by, "order"], kind="stable", ignore_index=True)
    return found[[*by, *COLUMNS, "base_effective_count", "unknown_yuan", "reason"]]


def _measured(sums: pd.DataFrame, measure: str, level: float) -> pd.DataFrame:
    """One measure of all groups."""
    above, below, square, with_unknown = MEASURES[measure]
    hit, base = (sum(sums[f"{name}_yuan"] for name in side) for side in (above, below))
    some = base > 0
    share = hit / base.where(some)
    effective = (base**2 / sums[f"{square}_square"].where(some)).fillna(0.0)
    known = share[some].clip(upper=1.0)
    limits = rate_interval(known * effective[some], effective[some], method="clopper_pearson", level=level)
    return pd.DataFrame({
        "measure": measure, "share": share, "share_low": limits["low"].clip(upper=known).reindex(sums.index),
        "share_high": limits["high"].reindex(sums.index), "hit_yuan": hit, "base_yuan": base,
        "base_effective_count": effective, "unknown_yuan": sums["unjudged_yuan"] if with_unknown else 0.0,
        "reason": np.where(some, "", "no_base"),
    })  # fmt: skip

"""Where a plan stands against its path, and where it will end, as a range."""

from __future__ import annotations

import pandas as pd
from scipy.stats import nbinom, poisson

from microlib.errors import BadData

#: a gamma prior worth half a case, as Jeffreys' for a Poisson rate
PRIOR = 0.5


def plan_progress(path: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Hold what has come so far against the plan's path and forecast its end.

    Answers "are we behind, or is that noise, and where will we end if it goes on like this?" While all goes to plan
    the cumulated count at step t is Poisson around the cumulated plan :math:`P_t`: its band is the quantiles of that.
    With :math:`k_t` come by then, the rest of the plan :math:`P_T - P_t` brings, at the same pace,

    .. math:: k_T - k_t \mid k_t \sim \mathrm{NegBin}\Bigl(k_t + \tfrac12,\; \frac{P_t}{P_T}\Bigr)

    the predictive distribution of a Poisson rate seen :math:`k_t` times in exposure :math:`P_t` under Jeffreys' prior.

    Parameters
    ----------
    path : DataFrame
        One row per step in order: ``planned_count`` (>= 0, of the step), ``actual_count`` (of the step; missing for
        steps to come) and labels, which are kept. Not modified.
    level : float
        Of band and forecast, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        `path` with ``planned_total``, ``band_low``, ``band_high``, ``actual_total`` (count, cumulated),
        ``state`` (``inside``, ``above``, ``below``; ``to_come``), ``end_forecast``, ``end_low``, ``end_high`` (count at
        the end, as forecast at that step; missing for steps to come), ``end_planned``

    Raises
    ------
    BadData
        If nothing is planned, a plan is missing or negative, or a step to come precedes one that came.

    Notes
    -----
    Counts of one campaign are more uneven than Poisson when one good day brings a whole street: the band is then too
    narrow. The range widens with what is left, not with what might change.

    Examples
    --------
    >>> path = pd.DataFrame({"planned_count": [10, 10, 10, 10], "actual_count": [4, 5, None, None]})
    >>> plan_progress(path).loc[1, ["planned_total", "band_low", "actual_total", "state"]].to_dict()
    {'planned_total': 20.0, 'band_low': 12.0, 'actual_total': 9.0, 'state': 'below'}
    """
    planned, actual = path["planned_count"].astype(float), path["actual_count"].astype(float)
    if planned.isna().any() or (planned < 0).any() or planned.sum() <= 0:
        raise BadData("a step has no plan", where="planned_count", fix="plan each step, 0 or more, and some above 0")
    if actual.isna().ne(actual.isna().cummax()).any():
        raise BadData("a step without a count lies before one with", where="actual_count", fix="write 0 for none")
    total, come = planned.cumsum(), actual.cumsum()
    tail = (1 - level) / 2
    low, high = poisson.ppf(tail, total), poisson.ppf(1 - tail, total)
    state = pd.Series("inside", index=path.index).mask(come < low, "below").mask(come > high, "above")
    return path.assign(
        planned_total=total, band_low=low, band_high=high, actual_total=come, state=state.mask(come.isna(), "to_come"),
        end_planned=total.iloc[-1], **_ends(total, come, tail),
    )  # fmt: skip


def _ends(total: pd.Series, come: pd.Series, tail: float) -> dict[str, pd.Series]:
    seen = come.notna() & (total > 0)
    share = (total / total.iloc[-1])[seen]
    weight, done = come[seen] + PRIOR, come[seen]
    left = {"end_forecast": 0.5, "end_low": tail, "end_high": 1 - tail}
    return {
        name: (done + nbinom.ppf(quantile, weight, share)).where(share < 1, done).reindex(total.index)
        for name, quantile in left.items()
    }

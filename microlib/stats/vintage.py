"""Vintage curves (账龄): the share of lending that went bad by months on book, exits as competing risks.

`vintage` draws Aalen-Johansen and Kaplan-Meier from loan outcomes, `vintage_curve` from counts that add up,
laid out by `vintage_grid`. `share_limits` (Greenwood) gives the band, `supported_months` where the curve
must end.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.errors import BadData, EmptyBook
from microlib.stats.grouping import keys
from microlib.stats.intervals import rate_interval

#: ends that take a loan off the book for good, in the order in which they are kept
ENDS = ("bad", "settled", "renewed", "transferred")
#: ends counted at each month on book; open loans leave by censoring
PARTS = (*ENDS, "open")
#: units of the grid and the columns of the ends that hold them
UNITS = {"count": "loans_count", "yuan": "amount_yuan", "square": "amount_square"}


def vintage_grid(ends: pd.DataFrame, *, within: str | list[str] | None = None) -> pd.DataFrame:
    r"""Lay ends out by cohort and month on book, with what is still at risk at the start of each month.

    .. math:: Y_t = \sum_{s \ge t} \sum_k c_{ks}

    where :math:`c_{ks}` is what ended as k in month s: everybody ends once, be it by being last seen.

    Parameters
    ----------
    ends : DataFrame
        Cohort columns, ``month_on_book`` (>= 0), ``outcome`` (bad, settled, renewed, transferred, open),
        ``loans_count``, ``amount_yuan``, ``amount_square``: sums that add up, of the engine or of several banks; a
        cohort, month and outcome may stand in several rows. Not modified.
    within : str, list of str or None
        Cohort columns.

    Returns
    -------
    DataFrame
        As `vintage_counts`: a full grid, cohorts ascending x month on book 0 .. the longest.

    Raises
    ------
    EmptyBook
        If there is no end.
    BadData
        If an outcome is unknown, or a month or an amount is missing, infinite or negative.

    Examples
    --------
    >>> ends = pd.DataFrame({"month_on_book": [1, 2], "outcome": ["bad", "open"], "loans_count": [1, 1],
    ...                      "amount_yuan": [10.0, 30.0], "amount_square": [100.0, 900.0]})
    >>> vintage_grid(ends)[["at_risk_yuan", "bad_yuan"]].to_numpy().tolist()
    [[40.0, 0.0], [40.0, 10.0], [30.0, 0.0]]
    """
    if ends.empty:
        raise EmptyBook("no loan was made within the months seen", fix="load more months, or later loans")
    codes, said = pd.factorize(ends["outcome"])
    kinds = np.append(pd.Index(PARTS).get_indexer(said), -1)[codes]
    numbers = ends[["month_on_book", *UNITS.values()]].to_numpy(dtype="float64", na_value=np.nan)
    if (kinds < 0).any() or not (np.isfinite(numbers) & (numbers >= 0)).all():
        raise BadData("an outcome is unknown, or a month or amount is missing or negative", fix="check the ends")
    cohorts, names = coded_cohorts(ends, keys(within))
    months = ends["month_on_book"].to_numpy(np.int64)
    shape = (len(PARTS), len(names), int(months.max()) + 1)
    place = np.ravel_multi_index((kinds, cohorts, months), shape)
    sums = {
        unit: np.bincount(place, ends[column].to_numpy(float), minlength=np.prod(shape)).reshape(shape)
        for unit, column in UNITS.items()
    }
    return _framed(sums, names, shape)


def coded_cohorts(rows: pd.DataFrame, by: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the code of each row's cohort, and the cohorts in ascending order.

    Examples
    --------
    >>> coded_cohorts(pd.DataFrame({"cohort": ["b", "a", "b"]}), ["cohort"])[0].tolist()
    [1, 0, 1]
    """
    if not by:
        return np.zeros(len(rows), np.int64), pd.DataFrame(index=[0])
    groups = rows.groupby(by, sort=True)
    return groups.ngroup().to_numpy(np.int64), groups.size().reset_index()[by]


def _framed(sums: dict[str, np.ndarray], names: pd.DataFrame, shape: tuple[int, ...]) -> pd.DataFrame:
    """Lay the sums out as a full grid of cohorts and months, with what is still at risk."""
    grid = names.loc[names.index.repeat(shape[2])].reset_index(drop=True)
    columns = {"month_on_book": np.tile(np.arange(shape[2]), shape[1])}
    for unit, cube in sums.items():
        leaving = cube.sum(axis=0)
        columns[f"at_risk_{unit}"] = leaving[:, ::-1].cumsum(axis=1)[:, ::-1].ravel()
    for place, name in enumerate(PARTS):
        columns[f"{name}_count"] = sums["count"][place].ravel()
        columns[f"{name}_yuan"] = sums["yuan"][place].ravel()
    columns["bad_square"] = sums["square"][0].ravel()
    columns["other_square"] = sums["square"][1:4].sum(axis=0).ravel()
    counts = [name for name in columns if name.endswith("_count")]
    return grid.assign(**columns).astype(dict.fromkeys(counts, "int64"))


def weighted_variance(
    squares: tuple[np.ndarray, np.ndarray, np.ndarray], at_risk: np.ndarray, *, bad: np.ndarray, other: np.ndarray
) -> np.ndarray:
    r"""Variance of a cumulative incidence at every month, from each loan's squared influence.

    With hazards :math:`h` (bad) and :math:`g` (other exits) of month :math:`s`, :math:`S` what is alive before it and
    :math:`c = (F_t - F_s)/(1 - h - g)`, the share of month :math:`t` moves by :math:`S - c` for a unit more of
    :math:`h` and by :math:`-c` for one of :math:`g`. A loan of amount :math:`w` that left in month
    :math:`T` moves it by

    .. math::

        I = w\left[\frac{1_{bad}(S - c) - 1_{other}\,c}{Y_T}
        - \sum_{s \le \min(T, t)} \frac{(S - c) h - c g}{Y_s}\right], \qquad V_t = \sum I^2

    the infinitesimal jackknife over loans. It needs only sums of squared amounts, so it may be taken from
    added-up pieces. With equal amounts it is Greenwood's variance.

    Parameters
    ----------
    squares : tuple of ndarray
        Sums of squared amounts at risk, going bad, leaving otherwise; cohorts x months.
    at_risk : ndarray
        Amounts at risk, > 0.
    bad, other : ndarray
        Hazards.

    Returns
    -------
    ndarray
        Variance, cohorts x months.

    Examples
    --------
    >>> ones = np.array([[10.0, 9.0]])
    >>> bad = np.array([[1.0, 1.0]])
    >>> weighted_variance((ones, bad, 0 * bad), ones, bad=bad / ones, other=0 * bad).round(4).tolist()
    [[0.009, 0.016]]
    """
    whole, hit, left = squares
    stays = 1.0 - bad - other
    factor = np.where(stays > 1e-12, 1.0 / np.where(stays > 1e-12, stays, 1.0), 0.0)
    alive = _before(np.cumprod(stays, axis=1))
    share = np.cumsum(alive * bad, axis=1)
    # each influence is linear in the share at the month asked for: (constant, slope)
    lost = np.stack([-share * factor, factor])
    kept = np.stack([alive, np.zeros_like(alive)]) - lost
    drift = np.cumsum((kept * bad - lost * other) / at_risk, axis=2)
    after = np.concatenate([whole[:, 1:], np.zeros((len(whole), 1))], axis=1)
    gone = [(kept / at_risk - drift, hit), (-lost / at_risk - drift, left)]
    gone.append((drift, np.maximum(whole - hit - left - after, 0.0)))
    terms = sum(_square(line) * weight for line, weight in gone)
    flat, linear, squared = np.cumsum(terms, axis=2) + _square(drift) * after
    return np.maximum(flat + linear * share + squared * share**2, 0.0)


def _before(survival: np.ndarray) -> np.ndarray:
    """What is alive at the start of each month."""
    return np.concatenate([np.ones((len(survival), 1)), survival[:, :-1]], axis=1)


def _square(line: np.ndarray) -> np.ndarray:
    """Coefficients of the square of constant + slope x."""
    constant, slope = line
    return np.stack([constant**2, 2.0 * constant * slope, slope**2])


def share_limits(
    share: np.ndarray, variance: np.ndarray, *, effective: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits of a cumulative share on the log(-log) scale; Clopper-Pearson on a count where it is 0 or 1.

    Parameters
    ----------
    share, variance : ndarray
        The share (fraction) and its variance.
    effective : ndarray
        Effective number of loans still at risk, used where the share is 0 or 1.
    level : float
        Two-sided confidence.

    Returns
    -------
    tuple of ndarray
        Low and high, 0 <= low <= share <= high <= 1.

    Examples
    --------
    >>> share, variance, still = np.array([0.0, 0.05]), np.array([0.0, 4e-4]), np.array([40.0, 40.0])
    >>> low, high = share_limits(share, variance, effective=still, level=0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.023], [0.088, 0.108])
    """
    inside = (share > 1e-12) & (share < 1 - 1e-12)
    safe = np.where(inside, share, 0.5)
    log_alive = np.log1p(-safe)
    reach = np.minimum(ndtri((1 + level) / 2) * np.sqrt(variance) / np.abs((1.0 - safe) * log_alive), 700.0)
    low, high = (1.0 - np.exp(log_alive * np.exp(sign * reach)) for sign in (-1.0, 1.0))
    count = np.maximum(effective, 1.0)
    rounded = np.where(share > 0.5, count, 0.0)
    exact = rate_interval(rounded.ravel(), count.ravel(), method="clopper_pearson", level=level)
    outer = [exact[side].to_numpy().reshape(share.shape) for side in ("low", "high")]
    return np.where(inside, low, outer[0]), np.where(inside, high, outer[1])


def vintage_counts(outcomes: pd.DataFrame, *, within: str | list[str] | None = None) -> pd.DataFrame:
    """Count, by cohort and month on book, what is still at risk and what ends: sums that may be added up.

    Parameters
    ----------
    outcomes : DataFrame
        ``outcome``, ``month_on_book``, ``amount_yuan`` (> 0) and the cohort columns; ``not_observed`` rows are left
        out. Not modified.
    within : str, list of str or None
        Cohort columns.

    Returns
    -------
    DataFrame
        A full grid, cohorts ascending x month on book 0 .. the longest; the cohort columns, ``month_on_book``,
        ``at_risk_count``, ``at_risk_yuan``, ``at_risk_square`` (yuan squared) at the start of the month;
        ``<end>_count`` and ``<end>_yuan`` for ``bad, settled, renewed, transferred, open``; ``bad_square``,
        ``other_square``.

    Raises
    ------
    EmptyBook
        If no loan is observed.
    BadData
        If an amount is missing, infinite or not above zero, or an outcome is unknown.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"outcome": ["bad", "open"], "month_on_book": [1, 2], "amount_yuan": [10.0, 30.0]})
    >>> vintage_counts(outcomes)[["at_risk_yuan", "bad_yuan"]].to_numpy().tolist()
    [[40.0, 0.0], [40.0, 10.0], [30.0, 0.0]]
    """
    rows = outcomes[(outcomes["outcome"] != "not_observed").to_numpy()]
    if rows.empty:
        raise EmptyBook("no loan was made within the months seen", fix="load more months, or later loans")
    amounts = rows["amount_yuan"].to_numpy(float)
    if not np.isfinite(amounts).all() or (amounts <= 0).any():
        raise BadData("an amount is not above zero", fix="check amount_yuan")
    ends = rows[[*keys(within), "month_on_book", "outcome"]].assign(
        loans_count=1, amount_yuan=amounts, amount_square=amounts**2
    )
    return vintage_grid(ends, within=within)


def vintage_curve(pieces: pd.DataFrame, *, within: str | list[str] | None = None, level: float = 0.95) -> pd.DataFrame:
    r"""Draw the share of the amount lent that went bad, with settlement and renewal as exits of their own.

    Answers "of each yuan lent, how many fen go bad within so many months?" At month :math:`t` let
    :math:`Y_t` be the amount at risk, :math:`d_t` what goes bad, :math:`c_t` what is settled, renewed or transferred:

    .. math::

        F_t = \sum_{s \le t} S_{s-1}\,\frac{d_s}{Y_s}, \qquad S_t = \prod_{s \le t}\Big(1 - \frac{d_s + c_s}{Y_s}\Big),
        \qquad K_t = 1 - \prod_{s \le t}\Big(1 - \frac{d_s}{Y_s}\Big)

    :math:`F` is Aalen-Johansen, the headline; :math:`K` is Kaplan-Meier, which treats a settled loan as one
    that could still go bad. Loans still open leave the risk set after their last month and count in neither.

    Parameters
    ----------
    pieces : DataFrame
        As `vintage_counts`, or `vintage_grid` of the engine's ends. Not modified.
    within : str, list of str or None
        Cohort columns.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        `pieces` without the squares, ordered by cohort and month, with

        - ``bad_share, bad_share_low, bad_share_high`` (fraction): :math:`F_t`, never falling
        - ``km_share, km_share_low, km_share_high`` (fraction): :math:`K_t >= F_t`
        - ``settled_share, renewed_share, transferred_share, alive_share`` (fraction): with ``bad_share`` they sum to 1

        A month at which nothing is at risk any more repeats the share before it.

    Raises
    ------
    BadData
        If the months of a cohort do not run 0, 1, 2 … or an amount at risk is less than what ends in it.

    Notes
    -----
    Intervals: Greenwood's variance with amounts as weights (each loan's squared influence), on the log(-log) scale;
    where nothing is bad yet, Clopper-Pearson on the effective number of loans still at risk. Loans are taken as
    independent: for members of one source they are too short. Ends in one month compete on equal terms.

    References
    ----------
    .. [1] Aalen, O., Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains
       based on censored observations. Scandinavian Journal of Statistics 5, 141-150.
    .. [2] Kaplan, E., Meier, P. (1958). JASA 53(282), 457-481.
    .. [3] Kalbfleisch, J., Prentice, R. (2002). The Statistical Analysis of Failure Time Data, 2nd ed., 1.4 and 8.2.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"outcome": ["bad", "settled", "bad", "open"], "month_on_book": [1, 2, 3, 3],
    ...                          "amount_yuan": [10.0, 10.0, 10.0, 10.0]})
    >>> vintage_curve(vintage_counts(outcomes))[["bad_share", "km_share"]].round(3).to_numpy().tolist()
    [[0.0, 0.0], [0.25, 0.25], [0.25, 0.25], [0.5, 0.625]]
    """
    ordered = pieces.sort_values([*keys(within), "month_on_book"], kind="stable").reset_index(drop=True)
    grid = _grid(ordered)
    at_risk = np.where(grid["at_risk_yuan"] > 0, grid["at_risk_yuan"], 1.0)
    hazards = {name: grid[f"{name}_yuan"] / at_risk for name in ENDS}
    other = sum(hazards[name] for name in ENDS[1:])
    alive = np.cumprod(1.0 - np.minimum(hazards["bad"] + other, 1.0), axis=1)
    before = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1)
    incidence = {f"{name}_share": np.cumsum(before * hazard, axis=1) for name, hazard in hazards.items()}
    kaplan = 1.0 - np.cumprod(1.0 - hazards["bad"], axis=1)
    columns = {
        **_limits("bad_share", incidence.pop("bad_share"), grid, (hazards["bad"], other), level),
        **_limits("km_share", kaplan, grid, (hazards["bad"], 0.0 * other), level),
        **incidence,
        "alive_share": alive,
    }
    kept = ordered.drop(columns=["at_risk_square", "bad_square", "other_square"])
    return kept.assign(**{name: values.ravel() for name, values in columns.items()})


def _limits(
    name: str, share: np.ndarray, grid: dict[str, np.ndarray], hazards: tuple[np.ndarray, np.ndarray], level: float
) -> dict[str, np.ndarray]:
    """A share with its range, under its own columns."""
    bad, other = hazards
    at_risk = np.where(grid["at_risk_yuan"] > 0, grid["at_risk_yuan"], 1.0)
    left = np.where(other > 0, grid["other_square"], 0.0)
    whole = grid["at_risk_square"]
    # who went bad may be small by chance: the squares that his going bad leads to expect are the least that count
    usual = (whole, np.maximum(grid["bad_square"], bad * whole), np.maximum(left, other * whole))
    variance = np.maximum(
        weighted_variance((whole, grid["bad_square"], left), at_risk, bad=bad, other=other),
        weighted_variance(usual, at_risk, bad=bad, other=other),
    )
    effective = grid["at_risk_yuan"] ** 2 / np.where(grid["at_risk_square"] > 0, grid["at_risk_square"], 1.0)
    low, high = share_limits(share, variance, effective=effective, level=level)
    return {name: share, f"{name}_low": low, f"{name}_high": high}


def _grid(pieces: pd.DataFrame) -> dict[str, np.ndarray]:
    """Every column of sums as cohorts x months."""
    length = int(pieces["month_on_book"].max()) + 1 if len(pieces) else 1
    expected = np.tile(np.arange(length), max(len(pieces) // length, 1))
    if len(expected) != len(pieces) or (pieces["month_on_book"].to_numpy() != expected).any():
        raise BadData("the months on book do not run 0, 1, 2 … in every cohort", fix="give a full grid")
    names = ["at_risk_yuan", "at_risk_square", "bad_square", "other_square", *(f"{name}_yuan" for name in ENDS)]
    grid = {name: pieces[name].to_numpy(float).reshape(-1, length) for name in names}
    if (sum(grid[f"{name}_yuan"] for name in ENDS) > grid["at_risk_yuan"] * (1 + 1e-9)).any():
        raise BadData("more ends in a month than was at risk", fix="check the sums by cohort and month")
    return grid


#: fewer loans at risk than this say little about a month on book
FEWEST = 30


def supported_months(curve: pd.DataFrame, *, fewest: int = FEWEST) -> pd.DataFrame:
    """Keep the months on book that at least so many loans have reached.

    Answers "how far to the right may this curve be read?"

    Parameters
    ----------
    curve : DataFrame
        Result of `vintage_curve` for one cohort. Not modified.
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

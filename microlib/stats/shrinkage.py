"""Rates of small cells drawn towards the others, with what is not known of the others counted in (hierarchical Bayes).

`fit_prior` weighs every beta-binomial prior that the cells allow, `fit_priors` does so kind by kind; `shrink_rates`
draws each cell towards all of them. Unknown cells stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import betainc, betaincinv, betaln, expit, logit

from microlib.errors import EmptyBook
from microlib.stats.grouping import checked_level
from microlib.stats.intervals import rate_interval

#: spreads looked at: standard deviation of the cells' rates in units of m(1 - m), near enough that of their log odds;
#: beyond the last a prior heaps its cells at 0 and 1
SPREADS = np.linspace(0.06, 1.8, 13)
#: scale of the half-normal weight of a spread before any cell is seen
USUAL_SPREAD = 1.5
#: log odds of the mean: ends of the first look, how many means each look takes, and where a mean is given up
LOWEST, HIGHEST, MEANS, GIVEN_UP = -14.0, 14.0, 43, 10.0
#: priors with less of the weight than this, of the likeliest, are left out
LEAST = 1e-3
#: steps that settle a quantile of a mixture
STEPS = 8
#: a cell with fewer trials or fewer cases than this is shown, never ranked
RANKED_TRIALS, RANKED_CASES = 30, 5


def _one() -> np.ndarray:
    return np.ones(1)


@dataclass(frozen=True, eq=False)
class Prior:
    """What is thought of a rate before its own cell is seen: one Beta, or several with the chance of each.

    Parameters
    ----------
    bad, good : float or ndarray
        The two weights of each Beta, in borrowers.
    chance : ndarray
        Chance of each Beta; they sum to 1.
    cells_count : int
        Cells it was learnt from; 0 for one set by hand.

    Examples
    --------
    >>> round(Prior(2.7, 147.3).mean, 6)
    0.018
    """

    bad: float | np.ndarray
    good: float | np.ndarray
    chance: np.ndarray = field(default_factory=_one)
    cells_count: int = 0

    @property
    def mean(self) -> float:
        """The rate the prior expects."""
        first, second = np.atleast_1d(self.bad), np.atleast_1d(self.good)
        return float(self.chance @ (first / (first + second)))


def fit_prior(cells: pd.DataFrame) -> Prior:
    r"""Learn from many cells how far their true rates lie apart, and how sure that is.

    Answers "how much should a small cell listen to the others?" With :math:`d_i` cases among :math:`n_i` and each
    cell's rate drawn from Beta(a, b) of mean :math:`m = a/(a+b)` and relative spread :math:`\tau`,

    .. math::

        \tau^2 = \frac{1}{m(1-m)(a+b+1)}, \qquad
        p(m, \tau \mid d) \propto \frac{e^{-\tau^2/4.5}}{\sqrt{m(1-m)}} \prod_i \frac{B(a + d_i,\, b + n_i -
        d_i)}{B(a, b)}

    on a fixed grid of :math:`m` and :math:`\tau`: nothing is drawn, nothing is maximised. What few cells cannot tell
    stays in the chances of the priors, and from there in every range.

    Parameters
    ----------
    cells : DataFrame
        ``bad_count``, ``total_count`` (0 <= bad <= total); cells without trials are left out. Not modified.

    Returns
    -------
    Prior
        All Betas that the cells leave likely, each with its chance.

    Raises
    ------
    EmptyBook
        If no cell has a trial.
    BadData
        If a count is missing, negative or infinite, or has more cases than trials.

    Notes
    -----
    Before any cell is seen the mean follows Jeffreys' Beta(1/2, 1/2), the spread a half-normal of scale 1.5: a spread
    of 1 says that a cell may well be twice as bad as the mean, or nearly clean. So cells without any case put the mean
    near 1/(2 n), never at a rate nobody saw.

    References
    ----------
    .. [1] Gelman et al. (2013). Bayesian Data Analysis, 3rd ed., section 5.3: its rat tumours are tested.
    .. [2] Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian Analysis
    1(3),
       515-534.

    Examples
    --------
    >>> cells = pd.DataFrame({"bad_count": [0, 1, 2, 9, 30], "total_count": [40, 45, 60, 400, 700]})
    >>> round(fit_prior(cells).mean, 3)
    0.034
    """
    held = cells[cells["total_count"] != 0]
    if held.empty:
        raise EmptyBook("no cell has a borrower", fix="give cells with counts")
    counts = rate_interval(held["bad_count"], held["total_count"])
    bad, total = counts["bad_count"].to_numpy(), counts["total_count"].to_numpy()
    alike = pd.DataFrame({"bad": bad, "total": total}).value_counts().sort_index().reset_index()
    means = np.linspace(LOWEST, HIGHEST, MEANS)
    profile = _heights(means, alike).max(axis=1)
    near = means[profile > profile.max() - GIVEN_UP]
    step = means[1] - means[0]
    means = np.linspace(near[0] - step, near[-1] + step, MEANS)
    heights = _heights(means, alike)
    chance = np.exp(heights - heights.max())
    kept = chance > LEAST
    first, second = (side[kept] for side in _weights(means, SPREADS))
    return Prior(first, second, chance[kept] / chance[kept].sum(), len(bad))


def _heights(means: np.ndarray, alike: pd.DataFrame) -> np.ndarray:
    """Log of the weight of each mean and spread, cells of equal counts taken together."""
    first, second = (side[:, :, None] for side in _weights(means, SPREADS))
    bad, good = alike["bad"].to_numpy(), (alike["total"] - alike["bad"]).to_numpy()
    told = (betaln(first + bad, second + good) - betaln(first, second)) @ alike["count"].to_numpy(float)
    # a step of the grid is one of log odds: m(1 - m) of it, over Jeffreys' root
    before = 0.5 * (np.log(expit(means)) + np.log(expit(-means)))[:, None] - (SPREADS / USUAL_SPREAD) ** 2 / 2.0
    return told + before


#: log odds at which the rate of a kind is looked at, and the spreads of its cells about it
KIND_RATES, CELL_SPREADS = np.linspace(-10.0, 6.0, 81), np.array([0.06, 0.12, 0.25, 0.45, 0.75, 1.1, 1.6])
#: log odds of the mean of all kinds, their spreads about it; one kind in five may lie so many times further off
KIND_MEANS = np.linspace(-8.0, 2.0, 51)
KIND_SPREADS, ODD_SHARE, ODD_TIMES = np.array([0.05, 0.1, 0.2, 0.35, 0.6, 0.9, 1.3, 1.75]), 0.2, 12.0
#: log odds by which a whole kind's rate is taken to move from one year to another (standard deviation)
YEARLY = 0.3


def fit_priors(cells: pd.DataFrame) -> dict[str, Prior]:
    r"""Learn for each kind of borrower how bad it is bank-wide, and how far its cells lie apart from branch to branch.

    Answers "which others should a small cell listen to: those of its own trade in other branches, or everybody?" With
    :math:`d_{ky i}` cases of kind :math:`k` in year :math:`y` and cell :math:`i`:

    .. math::

        \phi_k \sim \tfrac45 \mathrm{Beta}(m, \tau) + \tfrac15 \mathrm{Beta}(m, 12\tau), \qquad
        \operatorname{logit} \phi_{ky} \sim N(\operatorname{logit} \phi_k, 0.3^2), \qquad
        p_{kyi} \sim \mathrm{Beta}(\phi_{ky}, \sigma)

    each Beta by its mean and relative spread (`fit_prior`): most kinds lie near the bank's rate, some far off, and
    those are left where they are. All of it is summed on fixed grids.

    Parameters
    ----------
    cells : DataFrame
        ``kind`` (label), ``bad_count``, ``total_count``; ``year`` where several years are given. Cells without trials
        are left out. Not modified.

    Returns
    -------
    dict
        Kind -> `Prior` of a cell of it; ``""`` -> that of a kind nobody has seen.

    Raises
    ------
    EmptyBook, BadData
        As `fit_prior`.

    Notes
    -----
    Before anything is seen :math:`m` follows Jeffreys' Beta(1/2, 1/2), :math:`\tau` and :math:`\sigma` half-normals of
    scale 1. A whole kind is taken to be better or worse by three tenths from one year to the next, beyond what its
    count leaves open: chosen on ten demo banks (slope of what came on what was told a year ahead .85, without it .71),
    and tried on ten others (1.06, without it .89).

    Examples
    --------
    >>> cells = pd.DataFrame({"kind": ["market", "market", "trade", "trade"], "bad_count": [8, 9, 20, 25],
    ...                       "total_count": [100, 90, 1000, 1200]})
    >>> {kind: round(prior.mean, 2) for kind, prior in fit_priors(cells).items()}
    {'market': 0.08, 'trade': 0.03, '': 0.09}
    """
    held = cells[cells["total_count"] != 0]
    if held.empty:
        raise EmptyBook("no cell has a borrower", fix="give cells with counts")
    counts = rate_interval(held["bad_count"], held["total_count"])
    years = held["year"].astype(str) if "year" in held else pd.Series("", index=held.index)
    alike = pd.DataFrame(
        {"kind": held["kind"], "year": years, "bad": counts["bad_count"], "total": counts["total_count"]}
    )
    told = _told(alike.value_counts().sort_index().reset_index())
    first, second = _weights(KIND_RATES, CELL_SPREADS)
    before, weight = _kinds_before()
    seen = {kind: before @ height + 1e-300 for kind, (height, _) in told.items()}
    logs = weight[:, None] - CELL_SPREADS**2 / 2.0
    logs = logs + sum(np.log(seen[kind]) + scale for kind, (_, scale) in told.items())
    chance = np.exp(logs - logs.max())
    sizes = held.groupby("kind").size()
    found = {
        kind: _mixed(first, second, (before.T @ (chance / seen[kind])) * height, int(sizes[kind]))
        for kind, (height, _) in told.items()
    }
    return found | {"": _mixed(first, second, before.T @ chance, 0)}


def _weights(rates: np.ndarray, spreads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both weights of the Beta of each mean (rows, log odds) and spread (columns)."""
    strength = 1.0 / (expit(rates) * expit(-rates))[:, None] / spreads**2 - 1.0
    return expit(rates)[:, None] * strength, expit(-rates)[:, None] * strength


def _told(alike: pd.DataFrame) -> dict[str, tuple[np.ndarray, float]]:
    """What each kind's cells say of its rate (rows) and spread (columns): height, and log of its scale."""
    first, second = (side[:, :, None] for side in _weights(KIND_RATES, CELL_SPREADS))
    moves = np.exp(-0.5 * ((KIND_RATES[:, None] - KIND_RATES) / YEARLY) ** 2)
    moves = moves / moves.sum(axis=1, keepdims=True)
    found: dict[str, tuple[np.ndarray, float]] = {}
    for (kind, _), cells in alike.groupby(["kind", "year"], sort=True):
        bad, good = cells["bad"].to_numpy(), (cells["total"] - cells["bad"]).to_numpy()
        logs = (betaln(first + bad, second + good) - betaln(first, second)) @ cells["count"].to_numpy(float)
        height, scale = found.get(kind, (1.0, 0.0))
        both = height * (moves @ np.exp(logs - logs.max()))
        found[kind] = both / both.max(), scale + float(logs.max() + np.log(both.max()))
    return found


def _kinds_before() -> tuple[np.ndarray, np.ndarray]:
    """Chance of each rate of a kind (columns) under each mean and spread of kinds (rows); these rows' log weight."""
    means, spreads = KIND_MEANS, KIND_SPREADS
    chance = np.zeros(())
    for times, share in ((1.0, 1.0 - ODD_SHARE), (ODD_TIMES, ODD_SHARE)):
        first, second = (side.ravel()[:, None] for side in _weights(means, np.minimum(times * spreads, SPREADS[-1])))
        logs = first * np.log(expit(KIND_RATES)) + second * np.log(expit(-KIND_RATES))
        height = np.exp(logs - logs.max(axis=1, keepdims=True))
        chance = chance + share * height / height.sum(axis=1, keepdims=True)
    jeffreys = 0.5 * (np.log(expit(means)) + np.log(expit(-means)))
    return chance, (jeffreys[:, None] - spreads**2 / 2.0).ravel()


def _mixed(first: np.ndarray, second: np.ndarray, chance: np.ndarray, cells_count: int) -> Prior:
    kept = chance > LEAST * chance.max()
    return Prior(first[kept], second[kept], chance[kept] / chance[kept].sum(), cells_count)


def blend(priors: Mapping[str, Prior], counts: Mapping[str, float]) -> Prior:
    """Return the prior of a cell of several kinds: each kind's, as often as its members are in the cell.

    Parameters
    ----------
    priors : mapping
        Result of `fit_priors`.
    counts : mapping
        Kind -> members; a kind that is not in `priors` counts as one nobody has seen.

    Examples
    --------
    >>> both = {"a": Prior(1.0, 9.0), "b": Prior(3.0, 7.0), "": Prior(0.5, 0.5)}
    >>> round(blend(both, {"a": 30, "b": 10}).mean, 2)
    0.15
    """
    total = float(sum(counts.values()))
    parts = [(priors.get(kind, priors[""]), count / total) for kind, count in counts.items() if count]
    if not parts:
        return priors[""]
    sides = ([np.atleast_1d(getattr(prior, side)) for prior, _ in parts] for side in ("bad", "good"))
    chance = np.concatenate([prior.chance * share for prior, share in parts])
    return Prior(*map(np.concatenate, sides), chance, sum(prior.cells_count for prior, _ in parts))


def shrink_rates(
    cells: pd.DataFrame,
    *,
    prior: Prior | Sequence[Prior] | None = None,
    level: float = 0.90,
    upper: float = 0.80,
) -> pd.DataFrame:
    r"""Draw each cell's rate towards the bank's, as far as its own count leaves room.

    Answers "none of forty, in this group: is it better than the branch, or just small?" With the priors
    :math:`g` of chance :math:`w_g`, weights :math:`a_g, b_g` and strength :math:`s_g = a_g + b_g`:

    .. math::

        p(p_i \mid d) = \sum_g w_g \,\mathrm{Beta}(a_g + d_i,\, b_g + n_i - d_i), \qquad
        E(p_i) = (1 - w_i)\frac{d_i}{n_i} + w_i\, r_i, \quad w_i = \sum_g w_g \frac{s_g}{s_g + n_i}

    with :math:`r_i` the mean of the priors, each as far as it weighs in this cell.

    Parameters
    ----------
    cells : DataFrame
        ``bad_count``, ``total_count`` and any other columns, which are kept. Not modified.
    prior : Prior or sequence of Prior, optional
        What `fit_prior` learnt, of cells that hold these, or one for each cell (`fit_priors`, `blend`); learnt from
        these cells themselves where none is given.
    level : float
        Two-sided credibility of ``shrunk_low`` and ``shrunk_high``.
    upper : float
        One-sided credibility of ``shrunk_upper``.

    Returns
    -------
    DataFrame
        `cells` with

        - ``rate`` (fraction; missing where the cell holds nobody), ``shrunk_rate``, ``shrunk_low``,
          ``shrunk_high``, ``shrunk_upper`` (fraction; never under ``shrunk_rate``)
        - ``prior_rate`` (fraction): :math:`r_i`, the bank's part; ``prior_weight_share`` (fraction): :math:`w_i`
        - ``is_rankable`` (flag): at least 30 trials and 5 cases

    Raises
    ------
    EmptyBook, BadData
        As `fit_prior`.

    Notes
    -----
    Simulated over true rates drawn from eleven Betas, ranges of 90 % cover 88 to 90 % on the whole, with twelve cells
    of 20 to 60 as with 77 of 1 to 12; where cells are tiny and true rates heap near 0, 80 %. Shrinkage moves a truly
    odd cell towards the rest; look at its raw interval too.

    Examples
    --------
    >>> cells = pd.DataFrame({"bad_count": [0, 3, 9], "total_count": [40, 60, 400]})
    >>> shrink_rates(cells, prior=Prior(2.7, 147.3)).shrunk_rate.round(4).to_list()
    [0.0142, 0.0271, 0.0213]
    """
    checked_level(level)
    held = cells["total_count"] != 0
    counts = rate_interval(cells.loc[held, "bad_count"], cells.loc[held, "total_count"]) if held.any() else None
    bad, total = (cells[name].to_numpy(float) for name in ("bad_count", "total_count"))
    given = prior if prior is not None else fit_prior(cells) if len(cells) else Prior(0.5, 0.5)
    parts = [_drawn(each, bad[rows], total[rows], level, upper) for each, rows in _parts(given, len(cells))]
    drawn = pd.concat(parts, ignore_index=True).set_axis(cells.index) if parts else pd.DataFrame(columns=DRAWN)
    return cells.assign(
        rate=None if counts is None else counts["rate"].reindex(cells.index),
        **{name: drawn[name] for name in DRAWN},
        is_rankable=(total >= RANKED_TRIALS) & (bad >= RANKED_CASES),
    )


#: what shrinkage adds to a cell
DRAWN = ["shrunk_rate", "shrunk_low", "shrunk_high", "shrunk_upper", "prior_rate", "prior_weight_share"]


def _parts(prior: Prior | Sequence[Prior], count: int) -> Iterator[tuple[Prior, slice]]:
    """Each prior with the rows that it is for."""
    if isinstance(prior, Prior):
        yield prior, slice(0, count)
        return
    yield from ((each, slice(row, row + 1)) for row, each in zip(range(count), prior, strict=True))


def _drawn(prior: Prior, bad: np.ndarray, total: np.ndarray, level: float, upper: float) -> pd.DataFrame:
    """Mean, range, bound and the prior's part of cells that share one prior."""
    bad, total = bad[:, None], total[:, None]
    own_bad, own_good = np.atleast_1d(prior.bad), np.atleast_1d(prior.good)
    strength = own_bad + own_good
    pull = strength / (strength + total) * prior.chance
    weight = pull.sum(axis=1)
    mean = ((own_bad + bad) / (strength + total)) @ prior.chance
    mixture = (own_bad + bad, own_good + total - bad, prior.chance)
    low, high, bound = (_quantiles(mixture, mean, share) for share in ((1 - level) / 2, (1 + level) / 2, upper))
    prior_rate = (pull @ (own_bad / strength)) / weight
    return pd.DataFrame(dict(zip(DRAWN, (mean, low, high, np.maximum(bound, mean), prior_rate, weight), strict=True)))


def _quantiles(mixture: tuple[np.ndarray, np.ndarray, np.ndarray], mean: np.ndarray, share: float) -> np.ndarray:
    """Quantile of each row's mixture of Betas: Newton's steps on the log of the tail, halved where they go astray.

    The log of a tail is nearly straight in the log odds, so few steps do.
    """
    first, second, chance = mixture
    logs, sign = betaln(first, second), 1.0 if share < 0.5 else -1.0
    many = (first + second) @ chance
    guess = betaincinv(np.maximum(mean * many, 1e-3), np.maximum((1 - mean) * many, 1e-3), share)
    point = logit(np.clip(guess, 1e-12, 1 - 1e-12))
    low, high = np.full(len(mean), -200.0), np.full(len(mean), 40.0)
    for _ in range(STEPS):
        under, over = expit(point)[:, None], expit(-point)[:, None]
        below = betainc(first, second, under) if sign > 0 else betainc(second, first, over)
        tail = np.maximum(below @ chance, 1e-300)
        slope = np.exp(first * np.log(under) + second * np.log(over) - logs) @ chance
        gap = sign * np.log(tail / (share if sign > 0 else 1 - share))
        low, high = np.where(gap < 0, point, low), np.where(gap < 0, high, point)
        moved = point - gap * tail / np.maximum(slope, 1e-300)
        point = np.where((moved >= low) & (moved <= high), moved, (low + high) / 2.0)
    return expit(point)

"""What large names add to the capital of a fine book: granularity adjustments (Gordy-Lütkebohmert, Martin-Wilde)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaincinv, ndtr, ndtri

from microlib.errors import BadData
from microlib.metrics.capital.ranges import checked_book, checked_fractions, checked_level


@dataclass(frozen=True)
class GranularityModel:
    """Assumptions of the adjustment, at the values its authors use.

    Parameters
    ----------
    level : float
        Confidence q of the capital.
    precision : float
        Shape xi of the gamma factor that drives all names.
    lgd_variance : float
        gamma: variance of a name's loss given default as a share of its largest possible.
    """

    level: float = 0.999
    precision: float = 0.25
    lgd_variance: float = 0.25

    @property
    def delta(self) -> float:
        r"""The factor :math:`\delta = (\alpha - 1)(\xi + (1 - \xi)/\alpha)`, alpha the factor's q quantile.

        Examples
        --------
        >>> round(GranularityModel().delta, 4)
        4.8336
        """
        xi = self.precision
        alpha = gammaincinv(xi, checked_level(self.level)) / xi
        return float((alpha - 1.0) * (xi + (1.0 - xi) / alpha))


def granularity_adjustments(
    names: pd.DataFrame, *, within: str, model: GranularityModel = GranularityModel()
) -> pd.DataFrame:
    r"""Add what a book's large names cost in capital beyond the fine book of the Basel formula, one row per book.

    Answers "this branch is forty borrowers, not forty thousand: how much more capital is that?"

    .. math::

        G = \frac{1}{2K^*}\sum_i s_i^2\Big\{\delta C_i(K_i + R_i) + \delta (K_i + R_i)^2 \tfrac{V_i^2}{E_i^2}
        - K_i\big[C_i + 2(K_i + R_i)\tfrac{V_i^2}{E_i^2}\big]\Big\}, \quad
        G' = \frac{1}{2K^*}\sum_i s_i^2 C_i\{\delta(K_i + R_i) - K_i\}

    .. math::

        R_i = E_i p_i, \quad K^* = \sum_i s_i K_i, \quad V_i^2 = \gamma E_i (1 - E_i), \quad
        C_i = \frac{V_i^2 + E_i^2}{E_i}

    where :math:`s_i` is the share of name i, :math:`p_i` its default rate, :math:`E_i` its loss given default,
    :math:`K_i` its capital and :math:`V_i^2` the variance of its loss.

    Parameters
    ----------
    names : DataFrame
        One row per name, members of a connected group added up first; ``balance_yuan`` (>= 0), ``default_rate``,
        ``lgd_share`` (> 0), ``capital_share`` (K, fraction of the balance, e.g. of `risk_weights`). Not modified.
    within : str
        Column that names the book.
    model : GranularityModel

    Returns
    -------
    DataFrame
        One row per book, ascending: `within`, ``names_count``, ``balance_yuan``, ``hhi``, ``capital_share``
        (:math:`K^*`), ``full_share`` (G), ``simplified_share`` (G'), all fractions of the book's balance.

    Raises
    ------
    EmptyBook
        If the balances sum to zero.
    BadData
        If a number is missing or out of range, a loss share is zero, or a book's capital is zero.

    Notes
    -----
    First order in 1/n: against an exact quantile of the same model the simplified form is .3 % too high at 1,000
    names, 1.3 % at 300, 3.6 % at 100; below some 50 names read it as "more", not as a number.

    References
    ----------
    .. [1] Gordy, M. and Lütkebohmert, E. (2013). Granularity adjustment for regulatory capital assessment.
       International Journal of Central Banking 9(3), 38-77.

    Examples
    --------
    >>> names = pd.DataFrame({"branch_id": "0755", "balance_yuan": [1e5] * 100, "default_rate": 0.01,
    ...                       "lgd_share": 0.45, "capital_share": 0.05862270530543216})
    >>> granularity_adjustments(names, within="branch_id")[["full_share", "simplified_share"]].round(8).iloc[0].tolist()
    [0.01266017, 0.01235113]
    """
    rows = _shared_rows(names, within)
    loss, capital = names["lgd_share"].to_numpy("float64"), _capital(names)
    expected = loss * names["default_rate"].to_numpy("float64")
    spread = model.lgd_variance * (1.0 - loss) / loss
    whole, delta, both = (spread + 1.0) * loss, model.delta, capital + expected
    full = delta * whole * both + delta * both**2 * spread - capital * (whole + 2.0 * both * spread)
    squares = rows["share"] ** 2
    rows = rows.assign(
        hhi=squares, capital_share=rows["share"] * capital,
        full_share=squares * full, simplified_share=squares * whole * (delta * both - capital),
    )  # fmt: skip
    found = _by_book(rows.drop(columns="share"), within)
    if (found["capital_share"] <= 0).any():
        raise BadData("a book's capital is zero", where="capital_share", fix="give names with a default rate above 0")
    terms = ["full_share", "simplified_share"]
    found[terms] = found[terms].div(2.0 * found["capital_share"], axis="index")
    return found


def gaussian_granularity(
    names: pd.DataFrame, *, within: str, correlation: float | pd.Series, level: float = 0.999
) -> pd.DataFrame:
    r"""Add what large names cost beyond the fine book of the Gaussian factor, one row per book (Martin-Wilde).

    .. math::

        G = -\frac12\left[\frac{(\sigma^2)'}{\mu'} - \sigma^2\Big(\frac{y}{\mu'} + \frac{\mu''}{\mu'^2}\Big)\right],
        \qquad \mu(y) = \sum_i s_i E_i p_i(y), \quad \sigma^2(y) = \sum_i s_i^2 E_i^2\, p_i(y)\,(1 - p_i(y))

    at :math:`y = \Phi^{-1}(1 - q)`, with
    :math:`p_i(y) = \Phi\big((\Phi^{-1}(p_i) - \sqrt{\rho_i}\, y)/\sqrt{1-\rho_i}\big)`: losses given default are fixed.

    Parameters
    ----------
    names : DataFrame
        One row per name; ``balance_yuan``, ``default_rate`` (0 .. 1 exclusive), ``lgd_share``. Not modified.
    within : str
        Column that names the book.
    correlation : float or Series
        Asset correlation, strictly between 0 and 1, one for all or one per row.
    level : float
        q.

    Returns
    -------
    DataFrame
        One row per book, ascending: `within`, ``names_count``, ``balance_yuan``, ``quantile_share`` (:math:`\mu` at
        q: the fine book's loss), ``gaussian_share`` (G), fractions of the balance.

    Raises
    ------
    EmptyBook
        If the balances sum to zero.
    BadData
        If a number is missing or out of range.

    References
    ----------
    .. [1] Martin, R. and Wilde, T. (2002). Unsystematic credit risk. Risk 15(11), 123-128.

    Examples
    --------
    >>> names = pd.DataFrame({"branch_id": "0755", "balance_yuan": [1e5] * 100, "default_rate": 0.02,
    ...                       "lgd_share": 0.45})
    >>> gaussian_granularity(names, within="branch_id", correlation=0.15)["gaussian_share"].round(10).tolist()
    [0.0089970486]
    """
    rows = _shared_rows(names, within)
    rho = np.broadcast_to(checked_fractions(correlation, name="correlation", below_one=True), len(names))
    if (rho <= 0).any() or not names["default_rate"].between(0.0, 1.0, inclusive="neither").all():
        raise BadData("a correlation or a default rate is 0 or 1", fix="leave certain names out: they add no quantile")
    y = ndtri(1.0 - checked_level(level))
    probit = (ndtri(names["default_rate"].to_numpy("float64")) - np.sqrt(rho) * y) / np.sqrt(1.0 - rho)
    pull = -np.sqrt(rho / (1.0 - rho))
    p, density = ndtr(probit), np.exp(-(probit**2) / 2.0) / np.sqrt(2.0 * np.pi)
    weight = rows["share"] * names["lgd_share"].to_numpy("float64")
    rows = rows.assign(
        mean=weight * p, slope=weight * pull * density, bend=-weight * pull**2 * probit * density,
        variance=weight**2 * p * (1.0 - p), tilt=weight**2 * pull * density * (1.0 - 2.0 * p),
    )  # fmt: skip
    found = _by_book(rows.drop(columns="share"), within)
    bent = found["variance"] * (y / found["slope"] + found["bend"] / found["slope"] ** 2)
    found["gaussian_share"] = -0.5 * (found["tilt"] / found["slope"] - bent)
    found = found.rename(columns={"mean": "quantile_share"})
    return found[[within, "names_count", "balance_yuan", "quantile_share", "gaussian_share"]]


def _shared_rows(names: pd.DataFrame, within: str) -> pd.DataFrame:
    """Return book, count, balance and share of each name, the inputs checked."""
    amounts = checked_book(names)
    checked_fractions(names["default_rate"], name="default_rate")
    if (checked_fractions(names["lgd_share"], name="lgd_share") <= 0).any():
        raise BadData("a loss share is zero", where="lgd_share", fix="leave names that cannot lose anything out")
    totals = names.groupby(within)["balance_yuan"].transform("sum").to_numpy("float64")
    checked_book(pd.DataFrame({"balance_yuan": [totals.min()]}))
    columns = {"names_count": (amounts > 0).astype("int64"), "balance_yuan": amounts, "share": amounts / totals}
    return pd.DataFrame({within: names[within].to_numpy(), **columns})


def _capital(names: pd.DataFrame) -> np.ndarray:
    return checked_fractions(names["capital_share"], name="capital_share")


def _by_book(rows: pd.DataFrame, within: str) -> pd.DataFrame:
    return rows.groupby(within, as_index=False, observed=True).sum()

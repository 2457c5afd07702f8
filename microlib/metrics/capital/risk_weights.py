"""Risk weights of the Basel formula (IRB) for corporates, smaller firms and retail."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.metrics.capital.limit_losses import vasicek_loss
from microlib.metrics.capital.ranges import checked_fractions

LEVEL = 0.999
#: yearly sales, million euro: from the upper bound on a firm counts as large, under the lower nothing more is gained
SALES_LOW, SALES_HIGH, SALES_RELIEF = 5.0, 50.0, 0.04
#: kind -> (correlation at low risk, at high risk, how fast it falls)
FALLING = {"corporate": (0.24, 0.12, 50.0), "other_retail": (0.16, 0.03, 35.0)}
FIXED = {"mortgage": 0.15, "revolving_retail": 0.04}
KINDS = (*FALLING, *FIXED)
MATURITY_YEARS = 2.5
WEIGHT_PER_CAPITAL = 12.5


def asset_correlations(exposures: pd.DataFrame) -> pd.Series:
    r"""Return the asset correlation that the Basel formula gives each exposure.

    .. math::

        R = R_1 w + R_0 (1 - w), \quad w = \frac{1 - e^{-k p}}{1 - e^{-k}}, \qquad
        R_{sme} = R - 0.04\Big(1 - \frac{\min(\max(S, 5), 50) - 5}{45}\Big)

    with :math:`(R_0, R_1, k)` = (.24, .12, 50) for corporates, (.16, .03, 35) for other retail; mortgages .15 and
    revolving retail .04 throughout; S is yearly sales in million euro.

    Parameters
    ----------
    exposures : DataFrame
        ``kind`` (corporate, other_retail, mortgage, revolving_retail), ``default_rate`` (fraction), and optionally
        ``sales_million_eur`` (missing: no relief; only corporates have one). Not modified.

    Returns
    -------
    Series
        ``correlation_share`` (fraction).

    Raises
    ------
    BadData
        If a kind is unknown, a default rate is out of range or sales are negative.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["corporate", "mortgage"], "default_rate": [0.01, 0.01]})
    >>> asset_correlations(rows).round(4).tolist()
    [0.1928, 0.15]
    """
    unknown = sorted(set(exposures["kind"].astype("str")) - set(KINDS))
    if unknown:
        raise BadData(f"no formula for {', '.join(unknown)}", where="kind", fix=f"use one of {', '.join(KINDS)}")
    rates = checked_fractions(exposures["default_rate"], name="default_rate")
    kinds = exposures["kind"].astype("str").to_numpy()
    found = np.array([FIXED.get(kind, 0.0) for kind in kinds], dtype="float64")
    for kind, (safe, risky, speed) in FALLING.items():
        weight = np.expm1(-speed * rates) / np.expm1(-speed)
        found = np.where(kinds == kind, risky * weight + safe * (1.0 - weight), found)
    return pd.Series(found - _relief(exposures, kinds), index=exposures.index, name="correlation_share")


def _relief(exposures: pd.DataFrame, kinds: np.ndarray) -> np.ndarray:
    if "sales_million_eur" not in exposures:
        return np.zeros(len(exposures))
    sales = exposures["sales_million_eur"].to_numpy(dtype="float64", na_value=np.nan)
    if (sales < 0).any():
        raise BadData("yearly sales are negative", where="sales_million_eur", fix="correct or leave them empty")
    inside = np.clip(np.where(np.isnan(sales), SALES_HIGH, sales), SALES_LOW, SALES_HIGH)
    relief = SALES_RELIEF * (1.0 - (inside - SALES_LOW) / (SALES_HIGH - SALES_LOW))
    return np.where(kinds == "corporate", relief, 0.0)


def maturity_factors(exposures: pd.DataFrame) -> pd.Series:
    r"""Return the factor by which the Basel formula raises long corporate loans; retail has none (1).

    .. math:: \frac{1 + (M - 2.5)\, b}{1 - 1.5\, b}, \qquad b = (0.11852 - 0.05478 \ln p)^2

    Parameters
    ----------
    exposures : DataFrame
        ``kind``, ``default_rate`` (corporates: > 0), optionally ``maturity_years`` (1 .. 5 as the rule caps it;
        missing: 2.5). Not modified.

    Returns
    -------
    Series
        ``maturity_ratio``.

    Raises
    ------
    BadData
        If a corporate's default rate is zero: the formula has no value there; use the rule's floor.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["corporate", "mortgage"], "default_rate": [0.01, 0.01]})
    >>> maturity_factors(rows).round(4).tolist()
    [1.2598, 1.0]
    """
    is_firm = exposures["kind"].eq("corporate").to_numpy()
    rates = np.where(is_firm, exposures["default_rate"].to_numpy(dtype="float64"), 1.0)
    if (rates <= 0).any():
        raise BadData("a corporate default rate is zero", where="default_rate", fix="apply the rule's floor first")
    slope = (0.11852 - 0.05478 * np.log(rates)) ** 2
    years = np.full(len(exposures), MATURITY_YEARS)
    if "maturity_years" in exposures:
        given = exposures["maturity_years"].to_numpy(dtype="float64", na_value=np.nan)
        years = np.clip(np.where(np.isnan(given), MATURITY_YEARS, given), 1.0, 5.0)
    factor = (1.0 + (years - MATURITY_YEARS) * slope) / (1.0 - 1.5 * slope)
    return pd.Series(np.where(is_firm, factor, 1.0), index=exposures.index, name="maturity_ratio")


def risk_weights(exposures: pd.DataFrame) -> pd.DataFrame:
    r"""Return capital and risk weight of each exposure by the Basel formula.

    Answers "what would this loan cost in capital under the internal ratings approach?"

    .. math::

        K = \mathit{LGD}\,\left[\Phi\!\Big(\frac{\Phi^{-1}(p) + \sqrt{R}\,\Phi^{-1}(.999)}{\sqrt{1-R}}\Big) - p\right]
        \cdot \frac{1 + (M - 2.5)\, b}{1 - 1.5\, b}, \qquad \mathit{RW} = 12.5\, K

    Parameters
    ----------
    exposures : DataFrame
        ``kind`` (corporate, other_retail, mortgage, revolving_retail), ``default_rate`` and ``lgd_share`` (fractions),
        optionally ``sales_million_eur`` and ``maturity_years`` (corporates). Not modified.

    Returns
    -------
    DataFrame
        The index of `exposures`; ``correlation_share``, ``maturity_ratio``, ``capital_share`` (K, fraction of the
        exposure) and ``risk_weight_ratio`` (RW; 0.75 is 75 %).

    Raises
    ------
    BadData
        If a kind is unknown, or a rate, a loss share or sales are missing or out of range.

    Notes
    -----
    No floor of the default rate and no factor 1.06 is applied: both differ between versions of the rule and are the
    caller's. A bank on the standardised approach holds the flat weight of its policy; this is a second opinion.

    References
    ----------
    .. [1] Basel Committee on Banking Supervision. CRE31, IRB approach: risk weight functions.
    .. [2] Basel II, Annex 5: the table of illustrative risk weights is tested cell by cell.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["corporate", "other_retail"], "default_rate": [0.01, 0.01],
    ...                      "lgd_share": [0.45, 0.45]})
    >>> risk_weights(rows)["risk_weight_ratio"].round(4).tolist()
    [0.9232, 0.4577]
    """
    correlation, maturity = asset_correlations(exposures), maturity_factors(exposures)
    loss = vasicek_loss(exposures["default_rate"], lgd=exposures["lgd_share"], correlation=correlation, level=LEVEL)
    capital = loss * maturity
    return pd.DataFrame({
        "correlation_share": correlation,
        "maturity_ratio": maturity,
        "capital_share": capital,
        "risk_weight_ratio": WEIGHT_PER_CAPITAL * capital,
    })  # fmt: skip

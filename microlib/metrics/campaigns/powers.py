"""Before a campaign: how many members an arm needs, what a list can show at all, and what must be earned."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from microlib.errors import BadData, EmptyBook
from microlib.metrics.intervals import rate_interval

STEPS = 60


def arm_size(base: float, lift: float, *, power: float = 0.8, level: float = 0.95) -> int:
    r"""Return how many members each of two equal arms needs to show a lift.

    With :math:`p_2 = p_1 + d`, :math:`\bar p` their mean, :math:`z_\alpha = \Phi^{-1}(1 - \alpha/2)`:

    .. math:: n = \lceil (z_\alpha\sqrt{2\bar p(1-\bar p)} + z_\beta\sqrt{p_1q_1+p_2q_2})^2 / d^2 \rceil

    Parameters
    ----------
    base : float
        Share that borrows without the campaign (fraction, 0 .. 1).
    lift : float
        Smallest lift worth knowing (fraction); ``base + lift`` stays within 0 .. 1.
    power, level : float
        Chance of seeing it when it is there; two-sided confidence.

    Raises
    ------
    BadData
        If the shares leave 0 .. 1 or the lift is zero.

    Examples
    --------
    >>> arm_size(0.03, 0.03)
    749
    """
    if not (0 <= base <= 1 and 0 <= base + lift <= 1 and lift):
        raise BadData(
            f"a base of {base} with a lift of {lift} is no pair of shares", fix="give fractions, 0.03 for 3 %"
        )
    other, middle = base + lift, base + lift / 2
    spread = ndtri((1 + level) / 2) * np.sqrt(2 * middle * (1 - middle))
    spread += ndtri(power) * np.sqrt(base * (1 - base) + other * (1 - other))
    return int(np.ceil((spread / lift) ** 2 - 1e-9))


def power_of(base: float, lift: float, *, treated: int, control: int, level: float = 0.95) -> float:
    """Return the chance that arms of these sizes show a lift that is there (normal approximation, 0 .. 1).

    Examples
    --------
    >>> round(power_of(0.03, 0.03, treated=749, control=749), 2)
    0.8
    """
    if min(treated, control) <= 0:
        return 0.0
    other = base + lift
    pooled = (treated * other + control * base) / (treated + control)
    null = np.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
    real = np.sqrt(other * (1 - other) / treated + base * (1 - base) / control)
    return float(ndtr((abs(lift) - ndtri((1 + level) / 2) * null) / max(real, 1e-12)))


def detectable_lift(base: float, *, treated: int, control: int, power: float = 0.8, level: float = 0.95) -> float:
    """Return the smallest lift that arms of these sizes show with the wanted power; missing where none up to 1 does.

    Parameters
    ----------
    base : float
        Share that borrows without the campaign (fraction).
    treated, control : int
        Members of the two arms.
    power, level : float
        As `arm_size`.

    Examples
    --------
    >>> round(detectable_lift(0.03, treated=749, control=749), 3)
    0.03
    """
    low, high = 0.0, 1.0 - base
    if power_of(base, high, treated=treated, control=control, level=level) < power:
        return float("nan")
    for _ in range(STEPS):
        middle = (low + high) / 2
        enough = power_of(base, middle, treated=treated, control=control, level=level) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high


def break_even_loans(cost_yuan: float, margin_yuan: float) -> float:
    """Return how many added loans earn the campaign's cost back: cost over the margin of one loan's whole life.

    Examples
    --------
    >>> round(break_even_loans(38_000, 6_200), 3)
    6.129
    """
    if not margin_yuan > 0:
        raise BadData(f"a margin of {margin_yuan} yuan per loan earns nothing back", fix="give the margin of one loan")
    return cost_yuan / margin_yuan


def natural_shares(campaigns: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Measure how many customers without a loan borrowed anyway in the same weeks a year before each campaign.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        ``campaign_id, launch_date, closing_date``. Not modified.
    customers : DataFrame[customers]
    loans : DataFrame[loans]

    Returns
    -------
    DataFrame
        One row per campaign: ``campaign_id, natural_share, natural_low, natural_high`` (fraction, Jeffreys 95 %),
        ``natural_share_count`` (customers without a loan then).

    Raises
    ------
    EmptyBook
        If there is no campaign.

    Examples
    --------
    >>> plan = pd.DataFrame({"campaign_id": ["M"], "launch_date": pd.to_datetime(["2026-03-01"]),
    ...                      "closing_date": pd.to_datetime(["2026-05-31"])})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "disbursed_date": pd.to_datetime(["2025-04-01"]),
    ...                       "closed_date": pd.to_datetime(["2026-01-01"]), "issue_type": ["new"]})
    >>> natural_shares(plan, pd.DataFrame({"customer_id": ["C1", "C2"]}), loans).natural_share.item()
    0.5
    """
    if campaigns.empty:
        raise EmptyBook("there is no campaign", where="campaigns", fix="register the campaign first")
    rows = [_natural(row, customers, loans) for row in campaigns.itertuples()]
    found = rate_interval(pd.Series([k for k, _ in rows]), pd.Series([max(n, 1) for _, n in rows]))
    names = {"rate": "natural_share", "low": "natural_low", "high": "natural_high"}
    counts = pd.Series([float(n) for _, n in rows])
    shares = found.rename(columns=names)[list(names.values())].where(counts > 0)
    keys = campaigns[["campaign_id"]].reset_index(drop=True)
    return pd.concat([keys, shares], axis=1).assign(natural_share_count=counts)


def _natural(row: tuple, customers: pd.DataFrame, loans: pd.DataFrame) -> tuple[int, int]:
    year = pd.DateOffset(years=1)
    start, end = row.launch_date - year, row.closing_date - year
    busy = loans[(loans["disbursed_date"] < start) & ~(loans["closed_date"] < start)]["customer_id"]
    free = customers.loc[~customers["customer_id"].isin(busy), "customer_id"]
    new = loans[loans["disbursed_date"].between(start, end) & loans["issue_type"].eq("new")]["customer_id"]
    return int(free.isin(new).sum()), len(free)

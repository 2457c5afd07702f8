"""How many of those away come back by themselves, by days away; and from which day on hardly anybody does."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.errors import EmptyBook

STEP_DAYS = 30


def return_curve(spells: pd.DataFrame) -> pd.DataFrame:
    r"""Estimate the share that has come back by each day away; those still away count as not yet known (Kaplan-Meier).

    .. math:: S(t) = \prod_{t_i \le t}(1 - d_i/n_i), \quad \mathrm{Var} = S^2\sum d_i/(n_i(n_i - d_i))

    Parameters
    ----------
    spells : DataFrame
        ``days, has_returned``. Not modified.

    Returns
    -------
    DataFrame
        One row per day on which anybody came back, and day 0: ``days, at_risk_count, returned_count, returned_share``,
        ``returned_low, returned_high`` (95 %, log-log).

    Raises
    ------
    EmptyBook
        If there is no spell.

    Examples
    --------
    >>> gone = pd.DataFrame({"days": [10, 20, 30], "has_returned": [True, False, True]})
    >>> return_curve(gone).returned_share.round(3).to_list()
    [0.0, 0.333, 1.0]
    """
    if spells.empty:
        raise EmptyBook("nobody is away")
    days, back = spells["days"].to_numpy(dtype=int), spells["has_returned"].to_numpy(dtype=bool)
    when = np.unique(days[back])
    ordered = np.sort(days)
    risk = len(days) - np.searchsorted(ordered, when, side="left")
    came = np.searchsorted(np.sort(days[back]), when, side="right") - np.searchsorted(np.sort(days[back]), when, "left")
    stay = np.cumprod(1 - came / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(came / (risk * (risk - came)))) / np.abs(np.log(stay))
        reach = np.exp(float(ndtri(0.975)) * spread)
        low, high = 1 - stay ** (1 / reach), 1 - stay**reach
    rows = {"days": when, "at_risk_count": risk, "returned_count": came, "returned_share": 1 - stay,
            "returned_low": low, "returned_high": high}  # fmt: skip
    first = {"days": 0, "at_risk_count": len(days), "returned_count": 0} | dict.fromkeys(
        ["returned_share", "returned_low", "returned_high"], 0.0
    )
    return pd.concat([pd.DataFrame([first]), pd.DataFrame(rows)], ignore_index=True)


def later_returns(spells: pd.DataFrame, *, horizon_days: int = 365, last_days: int = 720) -> pd.DataFrame:
    r"""Say of those away for t days how many come back within the year that follows: :math:`1 - S(t+h)/S(t)`.

    Parameters
    ----------
    spells : DataFrame
        ``days, has_returned``. Not modified.
    horizon_days : int
        Length of the time that follows.
    last_days : int
        Largest t that is tried, in steps of 30 days.

    Returns
    -------
    DataFrame
        ``days_away, at_risk_count, later_share, later_low, later_high`` (Greenwood's error over the stretch, normal on
        the log-log scale; the upper bound without a return is 1 - 0.05^(1/n), one-sided), ``watched_count`` (still
        watched at t + h). Days whose stretch nobody was watched through are left out.

    Examples
    --------
    >>> gone = pd.DataFrame({"days": [10] * 5 + [800] * 95, "has_returned": [True] * 5 + [False] * 95})
    >>> later_returns(gone).later_share.round(2).to_list()[:2]
    [0.05, 0.0]
    """
    curve = return_curve(spells)
    tried = np.arange(0, last_days + 1, STEP_DAYS)
    days = spells["days"].to_numpy()
    watched = np.array([(days >= day + horizon_days).sum() for day in tried])
    rows = [_stretch(curve, int(day), horizon_days, int((days >= day).sum())) for day in tried[watched > 0]]
    return pd.DataFrame(rows).assign(watched_count=watched[watched > 0]) if rows else pd.DataFrame(
        columns=["days_away", "at_risk_count", "later_share", "later_low", "later_high", "watched_count"]
    )  # fmt: skip


def churn_rules(candidates: pd.DataFrame, *, share: float = 0.05, horizon_days: int = 365) -> pd.DataFrame:
    """Find for each rule the first number of days away after which hardly anybody comes back by himself.

    Parameters
    ----------
    candidates : DataFrame
        ``rule, days, has_returned`` (`spells.churn_candidates`). Not modified.
    share : float
        Spontaneous return under which a customer may be called lost.
    horizon_days : int
        Within which return counts.

    Returns
    -------
    DataFrame
        One row per rule: ``rule, spells_count, returned_count``, ``cut_days`` (first t with the point under `share`;
        missing: no such t within what was watched), ``sure_cut_days`` (the upper bound under it as well),
        ``later_share, later_low, later_high`` and ``later_share_count`` at the cut, else at the last t that was
        watched; ``called_lost_count`` (away that long now), ``false_share`` (of those away at 90 days, who came back
        within the horizon: what a fixed 90 days gets wrong).

    Examples
    --------
    >>> days, back = [10] * 5 + [800] * 95, [True] * 5 + [False] * 95
    >>> gone = pd.DataFrame({"rule": "settled", "days": days, "has_returned": back})
    >>> churn_rules(gone).cut_days.item()
    30.0
    """
    rows = [
        {"rule": rule, **_cut(part, share=share, horizon_days=horizon_days)}
        for rule, part in candidates.groupby("rule", sort=False)
    ]
    return pd.DataFrame(rows)


def _cut(part: pd.DataFrame, *, share: float, horizon_days: int) -> dict:
    later = later_returns(part, horizon_days=horizon_days)
    row = {"spells_count": len(part), "returned_count": int(part["has_returned"].sum())}
    if later.empty:
        return row | dict.fromkeys(["cut_days", "sure_cut_days", "later_share", "later_low", "later_high"], np.nan)
    under, sure = later[later["later_share"] < share], later[later["later_high"] < share]
    at = under.iloc[0] if len(under) else later.iloc[-1]
    ninety = later.loc[later["days_away"] == 90, "later_share"]
    away = ~part["has_returned"]
    return row | {
        "cut_days": float(under["days_away"].iloc[0]) if len(under) else np.nan,
        "sure_cut_days": float(sure["days_away"].iloc[0]) if len(sure) else np.nan,
        "later_share": at["later_share"], "later_low": at["later_low"], "later_high": at["later_high"],
        "later_share_count": at["at_risk_count"],
        "called_lost_count": int((away & (part["days"] >= at["days_away"])).sum()) if len(under) else 0,
        "false_share": float(ninety.iloc[0]) if len(ninety) else np.nan,
    }  # fmt: skip


def _stretch(curve: pd.DataFrame, start: int, horizon: int, risk: int) -> dict:
    inside = curve[(curve["days"] >= max(start, 1)) & (curve["days"] <= start + horizon)]
    n, d = inside["at_risk_count"].to_numpy(dtype=float), inside["returned_count"].to_numpy(dtype=float)
    stay = float(np.prod(1 - d / n))
    row = {"days_away": start, "at_risk_count": risk, "later_share": 1 - stay}
    if stay >= 1:
        return row | {"later_low": 0.0, "later_high": 1 - 0.05 ** (1 / max(risk, 1))}
    if stay <= 0:
        return row | {"later_low": 0.0, "later_high": 1.0}
    spread = np.sqrt((d / (n * (n - d))).sum()) / abs(np.log(stay))
    reach = float(np.exp(ndtri(0.975) * spread))
    return row | {"later_low": 1 - stay ** (1 / reach), "later_high": 1 - stay**reach}

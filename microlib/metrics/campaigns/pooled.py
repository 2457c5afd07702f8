"""One campaign run in many branches: each too small to be read, together by strata perhaps not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaincc, ndtri

from microlib.errors import EmptyBook, NeverTried


def pooled_effect(counts: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Pool the lifts of strata that each drew their own hold-out (Mantel-Haenszel risk difference).

    With :math:`w_i = n_{1i}n_{0i}/N_i`: :math:`\Delta = \sum w_i(p_{1i}-p_{0i})/\sum w_i`, its variance after Greenland
    and Robins. Members are never thrown together across strata: a branch with many hold-outs and much demand would lie.

    Parameters
    ----------
    counts : DataFrame
        One row per stratum: ``treated_count, treated_loans_count, control_count, control_loans_count``. Strata with an
        empty arm say nothing and are left out. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row: ``strata_count, treated_count, control_count, lift_share, lift_low, lift_high``, ``added_count``,
        ``heterogeneity_p`` (Cochran's Q on the strata's lifts; small: they differ; missing with one stratum).

    Raises
    ------
    EmptyBook
        If no stratum has both arms.

    References
    ----------
    .. [1] Greenland, S., Robins, J. (1985). Biometrics 41, 55-68.

    Examples
    --------
    >>> both = pd.DataFrame({"treated_count": [400], "treated_loans_count": [24],
    ...                      "control_count": [100], "control_loans_count": [3]})
    >>> pooled_effect(both).lift_share.round(4).item()
    0.03
    """
    rows = counts[(counts["treated_count"] > 0) & (counts["control_count"] > 0)]
    if rows.empty:
        raise EmptyBook("no branch has both arms", where="campaign_members")
    n1, n0 = (rows[f"{arm}_count"].to_numpy(dtype=float) for arm in ("treated", "control"))
    k1, k0 = (rows[f"{arm}_loans_count"].to_numpy(dtype=float) for arm in ("treated", "control"))
    whole, weight = n1 + n0, n1 * n0 / (n1 + n0)
    lifts = k1 / n1 - k0 / n0
    lift = float((weight * lifts).sum() / weight.sum())
    noise = (k1 * (n1 - k1) * n0**3 + k0 * (n0 - k0) * n1**3) / (n1 * n0 * whole**2)
    reach = float(ndtri((1 + level) / 2) * np.sqrt(noise.sum()) / weight.sum())
    return pd.DataFrame([{
        "strata_count": len(rows), "treated_count": int(n1.sum()), "control_count": int(n0.sum()),
        "lift_share": lift, "lift_low": lift - reach, "lift_high": lift + reach, "added_count": lift * n1.sum(),
        "heterogeneity_p": _heterogeneity(lifts, k1, n1, k0 / n0 * n0, n0),
    }])  # fmt: skip


def _heterogeneity(lifts: np.ndarray, k1: np.ndarray, n1: np.ndarray, k0: np.ndarray, n0: np.ndarray) -> float:
    """P of Cochran's Q; half a case is added to each share so that no stratum is taken for exact."""
    if len(lifts) < 2:
        return float("nan")
    p1, p0 = (k1 + 0.5) / (n1 + 1), (k0 + 0.5) / (n0 + 1)
    sure = 1 / (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    middle = (sure * lifts).sum() / sure.sum()
    return float(gammaincc((len(lifts) - 1) / 2, (sure * (lifts - middle) ** 2).sum() / 2))


def programme_effects(
    counts: pd.DataFrame, campaigns: pd.DataFrame | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Pool every programme over its branches.

    Parameters
    ----------
    counts : DataFrame
        ``programme_id, branch_id`` and the counts of `pooled_effect`. Not modified.
    campaigns : DataFrame[campaigns], optional
        Only programmes that these take part in.

    Returns
    -------
    DataFrame
        One row per programme: ``programme_id`` and the columns of `pooled_effect`.
    """
    taking = counts["programme_id"] if campaigns is None else campaigns["programme_id"].dropna()
    counts = counts[counts["programme_id"].isin(taking)]
    parts = [
        pooled_effect(part, level=level).assign(programme_id=programme)
        for programme, part in counts.groupby("programme_id", sort=True)
        if ((part["treated_count"] > 0) & (part["control_count"] > 0)).any()
    ]
    if not parts:
        raise NeverTried("no programme was run with a hold-out")
    return pd.concat(parts, ignore_index=True)

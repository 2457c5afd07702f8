"""Who values high (评估偏差): each appraiser against the others on like items, drawn towards them when few."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.errors import BadData, EmptyBook

COLUMNS = [
    *["appraiser_id", "items_count", "cells_count", "bias_share", "bias_low", "bias_high"],
    *["shrunk_bias_share", "shrunk_bias_low", "shrunk_bias_high", "prior_weight_share", "is_high"],
]


def appraiser_bias(
    collateral: pd.DataFrame, *, within: tuple[str, ...] = ("district", "kind"), level: float = 0.95
) -> pd.DataFrame:
    r"""Measure by how much each appraiser values a square metre above the others in the same place and kind.

    Answers "does this loan look covered only because of who valued it?"

    .. math::

        \ln \frac{V_i}{A_i} = u_{cell(i)} + b_{app(i)} + e_i, \qquad \mathrm{median}_j\, b_j = 0, \qquad
        \tilde b_j = \frac{\tau^2}{\tau^2 + s_j^2}\, b_j

    with value V, area A, a level u for every district and kind, an effect b for every appraiser, its standard error
    s, and :math:`\tau` the spread of appraisers (DerSimonian-Laird). The median of the appraisers is taken to be right.

    Parameters
    ----------
    collateral : DataFrame[collateral]
        Uses ``value_yuan, area_m2, appraiser_id`` and the columns of `within`; rows without one of them are left
        out. Not modified.
    within : tuple of str
        What makes items alike.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per appraiser who can be compared, highest shrunk bias first

        - ``items_count, cells_count``: items in cells where another appraiser worked too
        - ``bias_share, bias_low, bias_high`` (fraction: 0.18 is 18 % above the others)
        - ``shrunk_bias_share, shrunk_bias_low, shrunk_bias_high``: drawn towards zero; ``prior_weight_share``: how far
        - ``is_high``: the shrunk range lies above zero: a sample for review, no verdict

    Raises
    ------
    EmptyBook
        If no cell has two appraisers, or there are too few like items to tell a habit from noise.
    BadData
        If a value or an area is not above zero.

    Notes
    -----
    If most appraisers are biased alike nobody stands out. An office in which everybody values high, alone in its
    districts, is not found either: its level is taken for the district's. Whoever is sent the better flats looks
    biased: add what makes them better to `within`. Appraisers who never share a cell, not even through others, are
    each compared within their own circle.

    References
    ----------
    .. [1] DerSimonian, R., Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7, 177-188.

    Examples
    --------
    >>> items = pd.DataFrame({"district": "D1", "kind": "home", "area_m2": 100.0, "appraiser_id": list("AABBCC"),
    ...                       "value_yuan": [1.18e6, 1.2e6, 1e6, 0.99e6, 1e6, 1.01e6]})
    >>> appraiser_bias(items)[["appraiser_id", "items_count", "is_high"]].head(1).values.tolist()
    [['A', 2, True]]
    """
    rows = _comparable(collateral, within)
    effects, errors = _fitted(rows)
    middle = effects.median()
    effects = effects - middle
    spread = _spread(effects.to_numpy(), errors.to_numpy())
    weight = errors**2 / (errors**2 + spread) if spread > 0 else pd.Series(1.0, index=errors.index)
    shrunk, reach = effects * (1 - weight), ndtri((1 + level) / 2)
    inner = reach * np.sqrt(spread * weight)
    counts = rows.groupby("appraiser_id", observed=True)["cell"].agg(["size", "nunique"])
    found = pd.DataFrame({
        "items_count": counts["size"], "cells_count": counts["nunique"],
        "bias_share": np.expm1(effects), "bias_low": np.expm1(effects - reach * errors),
        "bias_high": np.expm1(effects + reach * errors), "shrunk_bias_share": np.expm1(shrunk),
        "shrunk_bias_low": np.expm1(shrunk - inner), "shrunk_bias_high": np.expm1(shrunk + inner),
        "prior_weight_share": weight, "is_high": shrunk - inner > 0,
    })  # fmt: skip
    found = found.rename_axis("appraiser_id").reset_index()
    return found.sort_values(["shrunk_bias_share", "appraiser_id"], ascending=[False, True], ignore_index=True)[COLUMNS]


def _comparable(collateral: pd.DataFrame, within: tuple[str, ...]) -> pd.DataFrame:
    """Items with everything known, in cells that two appraisers share."""
    names = ["value_yuan", "area_m2", "appraiser_id", *within]
    rows = collateral[names].dropna()
    if not ((rows["value_yuan"] > 0) & (rows["area_m2"] > 0)).all():
        raise BadData("a value or an area is not above zero", where="collateral", fix="complete or drop those items")
    rows = rows.assign(
        cell=rows.groupby(list(within), observed=True).ngroup(), unit=np.log(rows["value_yuan"] / rows["area_m2"])
    )
    rows = rows[rows.groupby("cell")["appraiser_id"].transform("nunique") > 1]
    if rows.empty:
        raise EmptyBook("no two appraisers valued like items", where="collateral", fix="widen what makes items alike")
    return rows


def _fitted(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Effects of appraisers and their standard errors, cell levels swept out; the smallest-norm solution."""
    codes, names = pd.factorize(rows["appraiser_id"], sort=True)
    cells, _ = pd.factorize(rows["cell"])
    held = np.zeros((cells.max() + 1, len(names)))
    np.add.at(held, (cells, codes), 1.0)
    size = held.sum(axis=1)
    level = np.bincount(cells, rows["unit"]) / size
    rest = rows["unit"].to_numpy() - level[cells]
    normal = np.diag(held.sum(axis=0)) - held.T @ (held / size[:, None])
    inverse = np.linalg.pinv(normal, hermitian=True)
    effects = inverse @ np.bincount(codes, rest, minlength=len(names))
    fitted = effects[codes] - (held @ effects / size)[cells]
    freedom = len(rows) - len(size) - len(names) + 1
    if freedom < 1:
        raise EmptyBook("too few like items to tell a habit from noise", fix="load more items, or widen what is alike")
    variance = ((rest - fitted) ** 2).sum() / freedom
    index = pd.Index(names, name="appraiser_id")
    return pd.Series(effects, index), pd.Series(np.sqrt(np.maximum(variance * np.diag(inverse), 1e-24)), index)


def _spread(effects: np.ndarray, errors: np.ndarray) -> float:
    """Variance of true effects between appraisers, by moments."""
    weight = errors**-2
    mean = (weight * effects).sum() / weight.sum()
    excess = (weight * (effects - mean) ** 2).sum() - (len(effects) - 1)
    return float(max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum())))

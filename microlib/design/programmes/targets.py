"""A total target shared over branches or teams by potential, nobody beyond what can be done (目标分解)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.programmes.caps import COLUMNS
from microlib.design.programmes.conflicts import InfeasibleProgramme
from microlib.errors import BadConfig, BadData

WEIGHTINGS = ("potential", "equal")


def allocate_targets(units: pd.DataFrame, *, total_yuan: float, weighting: str = "potential") -> pd.DataFrame:
    r"""Share a target as near to potential as capacity allows.

    Answers "who is asked for how much, and who is asked for more than its share because another cannot?"

    .. math:: \min_x \sum_i \frac{(x_i - t_i)^2}{w_i} \quad \text{s.t.} \quad \sum_i x_i = T,\; 0 \le x_i \le c_i

    with :math:`t_i` the share of the total by potential and :math:`w_i = t_i`: what a full unit cannot do is shared in
    proportion. With :math:`w_i = 1` (``equal``) it is shared by the head, which asks more of the small.

    Parameters
    ----------
    units : DataFrame
        ``potential_yuan`` (> 0), ``capacity_yuan`` (>= 0). Not modified.
    total_yuan : float
        To be shared, >= 0.
    weighting : str
        ``potential`` or ``equal``.

    Returns
    -------
    DataFrame
        Columns of `units` with ``fair_yuan`` (:math:`t_i`), ``target_yuan``, ``moved_yuan`` (target less fair),
        ``room_yuan`` (capacity left), ``bound_by`` (``capacity`` or ``potential``), ``weighting``

    Raises
    ------
    InfeasibleProgramme
        If all capacity together is less than the total: the gap is printed, nothing is scaled down in silence.
    BadData
        If potential or capacity is missing or negative.
    BadConfig
        If the weighting is unknown.

    Examples
    --------
    >>> teams = pd.DataFrame({"potential_yuan": [2100., 1260, 840], "capacity_yuan": [1800., 1700, 1200]})
    >>> allocate_targets(teams, total_yuan=4200).target_yuan.to_list()
    [1800.0, 1440.0, 960.0]
    >>> allocate_targets(teams, total_yuan=4200, weighting="equal").target_yuan.to_list()
    [1800.0, 1410.0, 990.0]
    """
    if weighting not in WEIGHTINGS:
        raise BadConfig(f"weighting = {weighting}: is unknown", where="targets", fix="write potential or equal")
    potential, capacity = (units[name].to_numpy(dtype=float) for name in ("potential_yuan", "capacity_yuan"))
    if not ((potential > 0).all() and (capacity >= 0).all()):
        raise BadData("a potential or capacity is missing or negative", where="units", fix="give both for every unit")
    _refuse_gap(capacity, float(total_yuan))
    fair = total_yuan * potential / potential.sum()
    target = _shared(fair, capacity, np.ones_like(fair) if weighting == "equal" else potential)
    return units.assign(
        fair_yuan=fair, target_yuan=target.round(2), moved_yuan=(target - fair).round(2),
        room_yuan=(capacity - target).round(2),
        bound_by=np.where(target >= capacity - 0.01, "capacity", "potential"), weighting=weighting,
    )  # fmt: skip


def _shared(fair: np.ndarray, capacity: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Raise everyone by the same step per weight; whoever is full stays full, and the rest is shared again."""
    total, full = fair.sum(), np.zeros(len(fair), dtype=bool)
    target = fair.copy()
    for _ in range(len(fair) + 1):
        left = total - capacity[full].sum() - fair[~full].sum()
        step = left / weights[~full].sum() if (~full).any() else 0.0
        target = np.where(full, capacity, fair + step * weights)
        over = ~full & (target > capacity + 1e-9)
        if not over.any():
            break
        full |= over
    return target


def _refuse_gap(capacity: np.ndarray, total: float) -> None:
    gap = total - float(capacity.sum())
    if gap > 0.01:
        rows = [("total_target", "programme", "", "at_least", total),
                ("capacity", "programme", "", "at_most", float(capacity.sum()))]  # fmt: skip
        conflicts = pd.DataFrame(rows, columns=COLUMNS).assign(gap_yuan=round(gap, 2))
        what = f"all capacity together is {capacity.sum():,.2f}, the total {total:,.2f}: {gap:,.2f} are missing"
        raise InfeasibleProgramme(what, conflicts=conflicts, gap_yuan=round(gap, 2))

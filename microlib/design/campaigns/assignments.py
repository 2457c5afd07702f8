"""Who calls whom: customers to managers, the most valuable first, nobody beyond his hours, a part held out by lot."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from microlib.errors import BadData

VALUES = {"high": 3.0, "middle": 2.0, "low": 1.0}
KNOWN_BONUS = 0.5
SEED = 20260630


def callable_lines(lines: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return those of a list who agreed to be contacted; whoever did not say so is not called.

    Parameters
    ----------
    lines : DataFrame
        ``customer_id``; ``is_not_to_recover`` where it is told. Not modified.
    customers : DataFrame[customers]
        ``consents_marketing``.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["C1", "C2", "C3"]})
    >>> people = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "consents_marketing": [True, None, False]})
    >>> callable_lines(lines, people).customer_id.to_list()
    ['C1']
    """
    agrees = customers.set_index("customer_id")["consents_marketing"].astype("boolean").fillna(False)
    kept = lines["customer_id"].map(agrees).fillna(False).astype(bool)
    if "is_not_to_recover" in lines:
        kept &= ~lines["is_not_to_recover"].fillna(False).astype(bool)
    return lines[kept].reset_index(drop=True)


def hold_out(lines: pd.DataFrame, *, share: float, seed: int = SEED) -> pd.DataFrame:
    """Draw by lot, within each value band, whom nobody calls.

    Parameters
    ----------
    lines : DataFrame
        ``customer_id, value_band``. Not modified.
    share : float
        Part held out (0 .. 1), at least one per band of two and more.
    seed : int
        The same seed draws the same customers.

    Returns
    -------
    DataFrame
        The rows with ``arm``: ``treated`` or ``control``.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": list("abcdefghij"), "value_band": "high"})
    >>> hold_out(lines, share=0.2).arm.value_counts().to_dict()
    {'treated': 8, 'control': 2}
    """
    dice = np.random.default_rng(seed)
    arm = pd.Series("treated", index=lines.index)
    for _, part in lines.groupby("value_band", sort=True):
        count = max(1, round(len(part) * share)) if share and len(part) > 1 else 0
        arm[dice.permutation(part.index.to_numpy())[:count]] = "control"
    return lines.assign(arm=arm)


def manager_rooms(rms: pd.DataFrame, *, each: int) -> pd.Series:
    """Return how many customers each manager can call: so many for those who are still there, team leads apart.

    Examples
    --------
    >>> desk = pd.DataFrame({"rm_id": ["R1", "R2"], "role": ["micro", "team_lead"], "end_date": pd.NaT})
    >>> manager_rooms(desk, each=20).to_dict()
    {'R1': 20}
    """
    calls = rms["role"].ne("team_lead") & rms["end_date"].isna()
    kept = rms.loc[calls if calls.any() else rms["end_date"].isna(), "rm_id"]
    return pd.Series(each, index=pd.Index(sorted(kept), name="rm_id"))


def assign_customers(lines: pd.DataFrame, rooms: pd.Series) -> pd.DataFrame:
    """Assign customers to managers so that the value called is greatest within everybody's room.

    A customer is worth his band (3, 2, 1), and half a point more with the manager who knows him. Solved exactly as an
    assignment problem on places: a manager with room for five has five.

    Parameters
    ----------
    lines : DataFrame
        ``customer_id, value_band, rm_id`` (who knows him), ``arm`` (only ``treated`` are assigned),
        ``is_not_to_recover`` where it is told. Not modified.
    rooms : Series
        How many customers each manager can call, by ``rm_id``.

    Returns
    -------
    DataFrame
        ``customer_id, value_band, known_rm_id, assigned_rm_id`` (missing: beyond the room), ``is_known``; by manager,
        the most valuable first.

    Raises
    ------
    BadData
        If nobody has room.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["C1", "C2"], "value_band": ["low", "high"], "rm_id": ["R1", "R1"],
    ...                       "arm": "treated"})
    >>> assign_customers(lines, pd.Series({"R1": 1})).assigned_rm_id.to_list()
    ['R1', nan]
    """
    places = np.repeat(rooms.index.to_numpy(), rooms.clip(lower=0).astype(int).to_numpy())
    if not len(places):
        raise BadData("no manager has room to call anybody", where="rms", fix="free hours, or call fewer")
    kept = lines[lines["arm"].eq("treated")]
    if "is_not_to_recover" in kept:
        kept = kept[~kept["is_not_to_recover"].fillna(False).astype(bool)]
    kept = kept.reset_index(drop=True)
    value = kept["value_band"].map(VALUES).fillna(1.0).to_numpy()
    worth = value[:, None] + KNOWN_BONUS * (kept["rm_id"].to_numpy()[:, None] == places[None, :])
    one, other = linear_sum_assignment(worth, maximize=True)
    chosen = pd.Series(np.nan, index=kept.index, dtype="object")
    chosen[one] = places[other]
    found = kept[["customer_id", "value_band"]].assign(
        known_rm_id=kept["rm_id"], assigned_rm_id=chosen.astype("str").where(chosen.notna()),
        is_known=chosen.eq(kept["rm_id"]), order=-value,
    )  # fmt: skip
    ranked = found.sort_values(["assigned_rm_id", "order", "customer_id"], kind="stable")
    return ranked.drop(columns="order").reset_index(drop=True)


def assignment_loads(assigned: pd.DataFrame, rooms: pd.Series) -> pd.DataFrame:
    """Count what each manager got, against his room: how evenly the list falls, and what is left over.

    Returns
    -------
    DataFrame
        ``rm_id, room_count, assigned_count, high_value_count, known_count``; last a row ``unassigned``.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["C1"], "value_band": "high", "assigned_rm_id": "R1", "is_known": True})
    >>> assignment_loads(rows, pd.Series({"R1": 2})).assigned_count.to_list()
    [1, 0]
    """
    who, high = assigned["assigned_rm_id"].fillna("unassigned"), assigned["value_band"].eq("high")
    rows = assigned.assign(rm_id=who, high=high)
    sums = rows.groupby("rm_id").agg(
        assigned_count=("customer_id", "size"), high_value_count=("high", "sum"), known_count=("is_known", "sum")
    )
    whole = sums.reindex([*rooms.index, "unassigned"]).fillna(0).astype(int)
    return whole.assign(room_count=rooms.reindex(whole.index).astype(float)).reset_index(names="rm_id")

"""A branch's target held against what its managers can do: three ways to set it, the gap, and what would close it."""

from __future__ import annotations

import pandas as pd

from microlib.design.programmes.targets import allocate_targets
from microlib.errors import EmptyBook

MODES = ("top_down", "bottom_up", "no_growth")
CLOSERS = ("more_managers", "better_conversion", "larger_ticket", "more_hours")


def asked_amount(targets: pd.DataFrame, *, since: str, months: int, metric: str = "amount_yuan") -> pd.DataFrame:
    """Read what head office asks of the branch, month by month.

    Parameters
    ----------
    targets : DataFrame[targets]
        ``target_scope, target_month, metric, target_number``. Not modified.
    since : str
        First month (YYYY-MM).
    months : int
        How many.
    metric : str
        ``amount_yuan`` or ``loans_count``.

    Returns
    -------
    DataFrame
        ``month, target_yuan`` (in the metric's unit), in order.

    Raises
    ------
    EmptyBook
        If the branch has no target of these months.

    Examples
    --------
    >>> targets = pd.DataFrame({"target_scope": "branch", "target_month": ["2026-07", "2026-08"],
    ...                         "metric": "amount_yuan", "target_number": [5.0, 6.0]})
    >>> asked_amount(targets, since="2026-07", months=6).target_yuan.to_list()
    [5.0, 6.0]
    """
    span = [str(month) for month in pd.period_range(since, periods=months, freq="M")]
    own = targets[(targets["target_scope"] == "branch") & (targets["metric"] == metric)]
    held = own[own["target_month"].isin(span)].sort_values("target_month")
    if held.empty:
        raise EmptyBook(f"no target from {since} on", where="targets", fix="load the branch's targets of these months")
    found = held[["target_month", "target_number"]].reset_index(drop=True)
    return found.set_axis(["month", "target_yuan"], axis="columns")


def target_modes(asked: pd.DataFrame, capacities: pd.DataFrame, maturing_yuan: float) -> pd.DataFrame:
    """Set the target three ways and hold each against capacity.

    Answers "what is asked, what can be done, and what would merely keep the book?" Top-down is what head office asks;
    bottom-up is what managers can do; no growth replaces what matures.

    Parameters
    ----------
    asked : DataFrame
        Result of `asked_amount`. Not modified.
    capacities : DataFrame
        Result of `workloads.monthly_capacity`: yuan a month.
    maturing_yuan : float
        Balance that matures in these months.

    Returns
    -------
    DataFrame
        One row per mode: ``target_mode, target_yuan, capacity_yuan, capacity_low_yuan, capacity_high_yuan``,
        ``shortfall_yuan`` (target less capacity, 0 where it is enough), ``is_within`` (``yes`` even at the low end,
        ``perhaps``, ``no`` not even at the high end)
    """
    months = len(asked)
    names = ["capacity_yuan", "capacity_low_yuan", "capacity_high_yuan"]
    able = capacities[names].sum() * months
    wanted = {
        "top_down": asked["target_yuan"].sum(),
        "bottom_up": able["capacity_yuan"],
        "no_growth": float(maturing_yuan),
    }
    found = pd.DataFrame({"target_mode": list(MODES), "target_yuan": [float(wanted[mode]) for mode in MODES]})
    found = found.assign(**{name: float(able[name]) for name in names})
    gap = (found["target_yuan"] - found["capacity_yuan"]).clip(lower=0.0)
    state = pd.Series("perhaps", index=found.index)
    state = state.mask(found["target_yuan"] <= found["capacity_low_yuan"], "yes")
    return found.assign(
        shortfall_yuan=gap, is_within=state.mask(found["target_yuan"] > found["capacity_high_yuan"], "no")
    )


def gap_closers(modes: pd.DataFrame, capacities: pd.DataFrame, *, months: int) -> pd.DataFrame:
    """Say what each single change would have to be to close the gap of the target that is asked.

    Parameters
    ----------
    modes : DataFrame
        Result of `target_modes`. Not modified.
    capacities : DataFrame
        Result of `workloads.monthly_capacity`.
    months : int
        Months of the target.

    Returns
    -------
    DataFrame
        ``closer`` (code), ``needed_number`` (managers; or the share by which conversion, ticket or selling hours must
        rise); empty where there is no gap or nobody's capacity is known.
    """
    asked = modes.set_index("target_mode").loc["top_down"]
    able, heads = float(asked["capacity_yuan"]), int(capacities["capacity_yuan"].notna().sum())
    if asked["shortfall_yuan"] <= 0 or able <= 0:
        return pd.DataFrame({"closer": pd.Series(dtype="str"), "needed_number": pd.Series(dtype="float64")})
    more = float(asked["target_yuan"]) / able - 1
    needed = [float(asked["shortfall_yuan"]) / (able / heads), more, more, more]
    return pd.DataFrame({"closer": CLOSERS, "needed_number": needed})


def manager_targets(
    capacities: pd.DataFrame, potentials: pd.Series, quality: pd.DataFrame, *, total_yuan: float, months: int
) -> pd.DataFrame:
    """Share what can be done of the target over managers: by potential, within capacity, none to poor quality.

    A manager whose share of loans past due stands above that of the others (`standings`) is given no new volume until
    that is settled. Where capacity does not reach the total, capacity is shared and the gap stands in `target_modes`.

    Parameters
    ----------
    capacities : DataFrame
        ``rm_id, capacity_yuan`` (a month). Not modified.
    potentials : Series
        Yuan by ``rm_id``; managers without any count one yuan.
    quality : DataFrame
        ``rm_id, standing``, from `metrics.selling.standings.rate_standings` on loans past due.
    total_yuan : float
        To be shared, >= 0.
    months : int
        Months of the target.

    Returns
    -------
    DataFrame
        ``rm_id, potential_yuan, capacity_yuan`` (over the months), ``fair_yuan, target_yuan, bound_by`` (``potential,
        capacity, quality``), largest target first.

    Raises
    ------
    EmptyBook
        If nobody's capacity is known.

    Examples
    --------
    >>> able = pd.DataFrame({"rm_id": ["R1", "R2"], "capacity_yuan": [10.0, 20.0]})
    >>> seen = pd.DataFrame({"rm_id": ["R1", "R2"], "standing": "as_the_rest"})
    >>> found = manager_targets(able, pd.Series({"R1": 60.0, "R2": 40.0}), seen, total_yuan=20.0, months=1)
    >>> found[["rm_id", "target_yuan", "bound_by"]].to_numpy().tolist()
    [['R1', 10.0, 'capacity'], ['R2', 10.0, 'potential']]
    """
    held = capacities[capacities["capacity_yuan"].notna()]
    if held.empty:
        raise EmptyBook("no manager's capacity is known", where="rms", fix="load hours and selling share of managers")
    poor = held["rm_id"].isin(quality.loc[quality["standing"] == "above", "rm_id"])
    able = (held["capacity_yuan"] * months).where(~poor, 0.0)
    units = pd.DataFrame({
        "rm_id": held["rm_id"], "capacity_yuan": able,
        "potential_yuan": held["rm_id"].map(potentials).fillna(1.0).clip(lower=1.0),
    })  # fmt: skip
    shared = allocate_targets(units, total_yuan=min(float(total_yuan), float(able.sum())))
    bound = shared["bound_by"].mask(poor, "quality")
    columns = ["rm_id", "potential_yuan", "capacity_yuan", "fair_yuan", "target_yuan", "bound_by"]
    found = shared.assign(bound_by=bound)[columns]
    return found.sort_values(["target_yuan", "rm_id"], ascending=[False, True]).reset_index(drop=True)

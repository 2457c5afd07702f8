"""Where a rate can lie: above the floor, within what peers ask, under what the borrower could do instead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData


def price_corridor(
    floors: pd.DataFrame, *, peers: pd.DataFrame, alternative_rate: float | None = None, peer_quantile: float = 0.75
) -> pd.DataFrame:
    r"""Find the rates that cover our cost and that a borrower has a reason to take, by loan size.

    Answers "is there any rate at which both sides gain, and where in it do we stand?"

    .. math:: [\,f,\; \min(Q_{q}(peers),\; a)\,]

    with :math:`f` the floor at the mean default rate and :math:`a` the yearly cost of the borrower's next best way.

    Parameters
    ----------
    floors : DataFrame
        Result of `prices.price_floors`: ``pd_case, amount_yuan, floor_taxed_rate, yearly_rate``. Not modified.
    peers : DataFrame
        ``eir_rate``: what each peer's product really costs a year, sourced and dated; may be empty. Not modified.
    alternative_rate : float, optional
        Yearly cost of what the borrower uses today: trade credit, a private lender; unknown when left out.
    peer_quantile : float
        Quantile of peers' costs that still sells.

    Returns
    -------
    DataFrame
        One row per loan size

        - ``amount_yuan``, ``floor_rate`` (mean), ``floor_upper_rate`` (missing without that case)
        - ``peers_count``, ``peer_low_rate, peer_high_rate`` (lowest and the quantile), ``alternative_rate``; missing
          where unknown
        - ``ceiling_rate``: the lower of the two known; missing where neither is
        - ``yearly_rate`` (ours), ``room_rate`` (ceiling less floor, negative when closed)
        - ``ceiling_by`` (``peers``, ``alternative``, ``unknown``)
        - ``state``: ``inside``, ``under_floor``, ``over_ceiling``, ``closed`` (no rate serves both), ``unknown``

    Raises
    ------
    BadData
        If there is no floor at the mean default rate, or a cost is not a fraction.

    Examples
    --------
    >>> floors = pd.DataFrame({"pd_case": ["mean"], "amount_yuan": [3e5], "floor_taxed_rate": [0.045],
    ...                        "yearly_rate": [0.0585]})
    >>> found = price_corridor(floors, peers=pd.DataFrame({"eir_rate": [0.05, 0.06, 0.07]}), alternative_rate=0.12)
    >>> found.ceiling_rate.item(), found.ceiling_by.item(), found.state.item()
    (0.065, 'peers', 'inside')
    """
    cases = floors.pivot(index="amount_yuan", columns="pd_case", values="floor_taxed_rate")
    asked = floors.groupby("amount_yuan")["yearly_rate"].first()
    costs = peers["eir_rate"].astype("float64") if len(peers) else pd.Series(dtype="float64")
    _check(cases, costs, alternative_rate)
    ceilings = {
        "peers": float(costs.quantile(peer_quantile)) if len(costs) else np.nan,
        "alternative": np.nan if alternative_rate is None else float(alternative_rate),
    }
    known = {name: value for name, value in ceilings.items() if not np.isnan(value)}
    by = min(known, key=known.get) if known else "unknown"
    frame = pd.DataFrame({
        "amount_yuan": cases.index,
        "floor_rate": cases["mean"].to_numpy(),
        "floor_upper_rate": cases["upper"].to_numpy() if "upper" in cases else np.nan,
        "peers_count": len(costs),
        "peer_low_rate": costs.min() if len(costs) else np.nan,
        "peer_high_rate": ceilings["peers"],
        "alternative_rate": ceilings["alternative"],
        "ceiling_rate": known.get(by, np.nan),
        "yearly_rate": asked.to_numpy(),
    })  # fmt: skip
    return frame.assign(room_rate=frame["ceiling_rate"] - frame["floor_rate"], ceiling_by=by, state=_states(frame))


def _states(frame: pd.DataFrame) -> np.ndarray:
    asked, floor, ceiling = frame["yearly_rate"], frame["floor_rate"], frame["ceiling_rate"]
    tests = [asked < floor - 1e-12, ceiling.isna(), ceiling < floor - 1e-12, asked > ceiling + 1e-12]
    closed_first = [tests[2], tests[0], tests[1], tests[3]]
    return np.select(closed_first, ["closed", "under_floor", "unknown", "over_ceiling"], "inside")


def _check(cases: pd.DataFrame, costs: pd.Series, alternative_rate: float | None) -> None:
    if "mean" not in cases:
        raise BadData("no floor at the mean default rate", where="floors", fix="use prices.price_floors with that case")
    known = costs.to_list() + ([] if alternative_rate is None else [float(alternative_rate)])
    if not all(0 <= value <= 1 for value in known):
        raise BadData("a yearly cost is missing or outside 0 to 1", where="peers", fix="write fractions a year")

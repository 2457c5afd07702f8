"""Can they pay, will they pay (还款能力与还款意愿): two axes for a group of customers, never for one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.intervals import rate_interval

#: customers under whom a group shows no share of the able
LEAST = 10


def two_axes(
    coverages: pd.DataFrame, willing: pd.DataFrame, *, memberships: pd.DataFrame, minimum: float, late_share: float
) -> pd.DataFrame:  # fmt: skip
    r"""Place every group on two axes: the part whose poor month still pays, and the part that paid late though able.

    Answers "is this group short of money or short of will, and what should the product do about it?"

    - able: :math:`DSCR_{P25} \ge` `minimum`, share of members with known coverage (Jeffreys, 95 %)
    - late though able: of `capacity.willingness.able_but_late`

    Parameters
    ----------
    coverages : DataFrame
        Result of `capacity.coverages.debt_coverages`: ``customer_id, dscr_p50, dscr_p25``. Not modified.
    willing : DataFrame
        Result of `able_but_late`: ``segment, able_late_share, able_late_low, able_late_high, borrowers_count``.
    memberships : DataFrame
        ``customer_id, segment``.
    minimum : float
        Coverage from which a month pays.
    late_share : float
        Share late though able above which will is in question.

    Returns
    -------
    DataFrame
        One row per group with ten customers of known coverage, most customers first: ``segment, customers_count,
        dscr_p50`` (median), ``dscr_p25`` (median of the poor month), ``able_share, able_low, able_high``,
        ``able_late_share, able_late_low, able_late_high``, ``quadrant``: ``able_willing``, ``able_unwilling``,
        ``unable_willing``, ``unable_unwilling`` or ``cannot_say`` (a range holds the cut).

    Raises
    ------
    EmptyBook
        If no group has ten such customers.
    """
    rows = coverages.dropna(subset=["dscr_p25"]).merge(memberships[["customer_id", "segment"]].drop_duplicates())
    rows = rows.assign(able=rows["dscr_p25"] >= minimum)
    found = rows.groupby("segment", as_index=False, observed=True).agg(
        customers_count=("able", "size"), able_count=("able", "sum"), dscr_p50=("dscr_p50", "median"),
        dscr_p25=("dscr_p25", "median"),
    )  # fmt: skip
    found = found[found["customers_count"] >= LEAST].reset_index(drop=True)
    if found.empty:
        raise EmptyBook("no group has ten customers of known coverage", fix="collect account flows")
    shares = rate_interval(found["able_count"], found["customers_count"])
    found = found.assign(able_share=shares["rate"], able_low=shares["low"], able_high=shares["high"])
    late = ["able_late_share", "able_late_low", "able_late_high"]
    found = found.merge(willing[["segment", *late]], on="segment", how="left")
    found["quadrant"] = _quadrants(found, late_share)
    return found.sort_values(["customers_count", "segment"], ascending=[False, True], ignore_index=True)


def _quadrants(found: pd.DataFrame, late_share: float) -> np.ndarray:
    """Say the quadrant where both ranges lie on one side of their cut; half must be able."""
    able = np.select([found["able_low"] > 0.5, found["able_high"] < 0.5], ["able", "unable"], "")
    will = np.select(
        [found["able_late_high"] < late_share, found["able_late_low"] > late_share], ["willing", "unwilling"], ""
    )
    joined = pd.Series(able) + "_" + pd.Series(will)
    return np.where((able == "") | (will == ""), "cannot_say", joined)

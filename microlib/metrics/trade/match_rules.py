"""Where to draw the line of the three flows: what each threshold lets in, and how those fared who passed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.intervals import rate_difference, rate_interval

COLUMNS = ["threshold_share", "passing_count", "failing_count", "passing_share", "bad_rate", "bad_low", "bad_high",
           "failing_bad_rate", "difference_rate", "difference_low", "difference_high", "verdict"]  # fmt: skip
#: fewer on one side of the line tell nothing
FEWEST = 10


def threshold_tests(gaps: pd.DataFrame, outcome: pd.Series, *, thresholds: Sequence[float]) -> pd.DataFrame:
    r"""Try each threshold on what is known: who passes, how many of them went bad, and how many of those who fail.

    Answers "is 15 % the right line, or would another one tell more?"

    .. math:: \Delta(g^*) = P(bad \mid g > g^*) - P(bad \mid g \le g^*)

    with Newcombe's range (`intervals.rate_difference`).

    Parameters
    ----------
    gaps : DataFrame
        ``customer_id, running_gap_share``: result of `three_flows.flow_gaps`. Not modified.
    outcome : Series of bool
        Bad or not, by customer; a customer without one is left out.
    thresholds : sequence of float
        Candidates, fractions (policy).

    Returns
    -------
    DataFrame
        One row per threshold: ``threshold_share, passing_count, failing_count, passing_share``; ``bad_rate`` of those
        who pass with ``bad_low, bad_high``, ``failing_bad_rate``, ``difference_rate`` with its limits (missing where
        one side is empty), ``verdict``: ``separates`` where the whole range lies above 0,
        ``misleads`` where below, else ``unclear``, as with fewer than ten on a side.

    Raises
    ------
    EmptyBook
        If nobody has both a gap and an outcome.

    Notes
    -----
    Thresholds are tried on one and the same history: the best of several looks better than it is. Those who were
    refused because of a gap are not in it.

    Examples
    --------
    >>> gaps = pd.DataFrame({"customer_id": ["a", "b", "c"], "running_gap_share": [0.05, 0.1, 0.6]})
    >>> bad = pd.Series({"a": False, "b": False, "c": True})
    >>> threshold_tests(gaps, bad, thresholds=[0.15])[["passing_count", "bad_rate", "verdict"]].to_numpy().tolist()
    [[2, 0.0, 'unclear']]
    """
    known = gaps.assign(bad=gaps["customer_id"].map(outcome)).dropna(subset=["bad", "running_gap_share"])
    if known.empty:
        raise EmptyBook("nobody has both three flows and an outcome", where="invoices", fix="gather invoices first")
    bad = known["bad"].astype(bool)
    return pd.DataFrame([_row(known["running_gap_share"] <= cut, bad, cut) for cut in thresholds], columns=COLUMNS)


def seen_gaps(gaps: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """Keep the gaps of customers whose invoices are on file: without them a missing flow says nothing.

    Examples
    --------
    >>> gaps = pd.DataFrame({"customer_id": ["a", "b"], "running_gap_share": [0.1, 1.0]})
    >>> seen_gaps(gaps, pd.DataFrame({"customer_id": ["a"]}))["customer_id"].tolist()
    ['a']
    """
    return gaps[gaps["customer_id"].isin(invoices["customer_id"].unique())].reset_index(drop=True)


def _row(passing: pd.Series, bad: pd.Series, cut: float) -> tuple:
    counts = [(int(bad[side].sum()), int(side.sum())) for side in (passing, ~passing)]
    (bad_in, inside), (bad_out, outside) = counts
    own = rate_interval(bad_in, inside).iloc[0] if inside else pd.Series(dtype=float)
    rates = [own.get("rate", np.nan), own.get("low", np.nan), own.get("high", np.nan)]
    if not inside or not outside:
        return cut, inside, outside, inside / len(bad), *rates, np.nan, np.nan, np.nan, np.nan, "unclear"
    sides = [pd.DataFrame({"bad_count": [one], "total_count": [all_]}) for one, all_ in (counts[1], counts[0])]
    gap = rate_difference(*sides).iloc[0]
    is_few = min(inside, outside) < FEWEST
    verdict = "unclear" if is_few else "separates" if gap["low"] > 0 else "misleads" if gap["high"] < 0 else "unclear"
    return (cut, inside, outside, inside / len(bad), *rates, bad_out / outside,
            gap["difference"], gap["low"], gap["high"], verdict)  # fmt: skip


def outcome_tests(gaps: pd.DataFrame, customers: pd.DataFrame, *, thresholds: Sequence[float]) -> pd.DataFrame:
    """Run `threshold_tests` against the default marks of the customer file (``is_defaulted``)."""
    marks = customers.drop_duplicates("customer_id").set_index("customer_id")["is_defaulted"]
    return threshold_tests(gaps, marks, thresholds=thresholds)

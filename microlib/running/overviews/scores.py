"""Forecasts of earlier reports held against what came: the bank's own record of its ranges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from microlib.metrics.forecasts import forecast_record, score_forecasts
from microlib.reporting import formats
from microlib.reporting.earlier import earlier_results

#: the result under which reports keep their forecasts
NAME = "loan_forecasts"


def forecast_score(home: Any, overview: Mapping[str, pd.DataFrame], *, as_of: date) -> dict[str, Any]:
    """Score the forecasts that reports of earlier dates kept and that have fallen due by now, all branches together.

    Parameters
    ----------
    home : Home
    overview : mapping
        ``new_loans``: ``branch_id, month, loans_count``.
    as_of : date

    Returns
    -------
    dict
        Texts of `forecasts.forecast_record`: ``due, inside, share`` (with its interval), ``level, bias`` (percent),
        ``branches``; empty where no kept forecast has fallen due.
    """
    made = overview.get("new_loans", pd.DataFrame())
    if made.empty:
        return {}
    scored = [_scored(home, code, rows, as_of) for code, rows in made.groupby("branch_id", sort=True)]
    scored = [rows for rows in scored if len(rows)]
    if not scored:
        return {}
    record = forecast_record(pd.concat(scored)).iloc[0]
    share = formats.interval(formats.Rate(record["inside_share"], record["inside_low"], record["inside_high"]), "zh")
    return {
        "due": int(record["forecasts_count"]), "inside": int(record["inside_count"]), "branches": len(scored),
        "share": share, "level": f"{100 * record['level_share']:.0f}", "bias": f"{100 * record['bias_ratio']:+.1f}",
    }  # fmt: skip


def _scored(home: Any, code: str, rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Score one branch's; a month that is not over is not scored, one without a loan counts 0."""
    kept = earlier_results(home, NAME, branch=code, before=as_of)
    if kept.empty:
        return kept
    end = (pd.Timestamp(as_of) + pd.Timedelta(days=1)).to_period("M") - 1
    counts = rows.set_index(pd.PeriodIndex(rows["month"], freq="M"))["loans_count"]
    months = pd.period_range(counts.index.min(), max(end, counts.index.min()), freq="M")
    return score_forecasts(kept, counts.reindex(months, fill_value=0)[:end])

"""Results that earlier reports of the same home recorded: forecasts to be scored, effects that later plans read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from microlib.homes import Home


def earlier_results(home: Home, name: str, *, branch: str, before: date, report: str = "*") -> pd.DataFrame:
    """Stack what a branch's earlier reports recorded under a name, the oldest first.

    Parameters
    ----------
    home : Home
    name : str
        Of the result.
    branch : str
        Only this branch's: a branch's report reads nobody else's. Head office asks for ``*``, all of them.
    before : date
        Reports of earlier dates only: a forecast made on the day it is scored is none.
    report : str
        Name of the report, all by default.

    Returns
    -------
    DataFrame
        The tables below one another with ``report_date``; empty, with no columns but this, where there is none.
    """
    dated = [path for path in home.reports.glob(f"*/{branch}/{report}/*/results/{name}.parquet") if _day(path, home)]
    newest = {path.relative_to(home.reports).parts[:3]: path for path in sorted(dated)}
    frames = [
        pd.read_parquet(path).assign(report_date=pd.Timestamp(day))
        for (day, *_), path in sorted(newest.items())
        if date.fromisoformat(day) < before
    ]
    nothing = pd.DataFrame({"report_date": pd.Series(dtype="datetime64[s]")})
    return pd.concat(frames, ignore_index=True) if frames else nothing


def _day(path: Path, home: Home) -> bool:
    """Whether the first folder below the reports is a date: others are drafts and records of runs."""
    try:
        date.fromisoformat(path.relative_to(home.reports).parts[0])
    except ValueError:
        return False
    return True

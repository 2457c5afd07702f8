"""Ties between tables and between a table's rows, evaluated on the bank as it would stand after a load."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

import pandas as pd

from microlib.bank.checks import Rule, listed_failures
from microlib.bank.crossings import CROSSINGS, Crossing
from microlib.bank.views import View
from microlib.contracts.ties import TIES


def tie_failures(view: View, *, dates: Mapping[str, Collection[date]]) -> Iterator[pd.DataFrame]:
    """Yield what the ties find: each is tried when one of its tables arrives and all are there.

    Parameters
    ----------
    view : View
        The bank as it would stand, at the newest arriving date.
    dates : mapping
        The arriving dates of each arriving table; totals are compared at every one of them,
        all other ties at the newest.
    """
    for crossing in CROSSINGS:
        arriving = [table for table in crossing.tables if table in dates]
        if arriving and all(view.has(table) for table in crossing.tables) and _is_filled(view, crossing):
            days = sorted({day for table in arriving for day in dates[table]})
            for day in days if crossing.each_date else days[-1:]:
                yield _found(view.at(day), crossing)


def _is_filled(view: View, crossing: Crossing) -> bool:
    told = view.arriving.get(crossing.tables[0])
    return told is None or crossing.column in told.filled


def _found(view: View, crossing: Crossing) -> pd.DataFrame:
    tie = TIES[crossing.name]
    rule = Rule(crossing.name, crossing.column, tie.severity, tie.fix)
    return listed_failures(view.store, view.arrival(crossing.tables[0]), crossing.broken(view), rule=rule)

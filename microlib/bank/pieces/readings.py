"""Campaigns whose result is to be read now: the day that was agreed on beforehand has come, or comes this month."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from microlib.bank.aggregates import Store, as_of_table

#: days before and after the report's date in which an agreed day counts as now
NEAR_DAYS = 31
COLUMNS = ["campaign_id", "branch_id", "goal", "design", "reading_date"]


def due_readings(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return campaigns with their agreed reading within a month of the report's date, the earliest first.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``campaign_id, branch_id, goal, design, reading_date``, ``is_past`` (the day has come); empty where the bank
        has no campaigns.
    """
    if not store.has("campaigns"):
        return pd.DataFrame(columns=[*COLUMNS, "is_past"])
    rows = as_of_table(store, "campaigns", as_of=as_of).select(*COLUMNS)
    near = rows.filter(rows.reading_date.between(as_of - timedelta(NEAR_DAYS), as_of + timedelta(NEAR_DAYS)))
    found = store.frame(near.order_by(["reading_date", "campaign_id"]))
    return found.assign(is_past=pd.to_datetime(found["reading_date"]) <= pd.Timestamp(as_of))

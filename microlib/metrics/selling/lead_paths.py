"""The path of each lead, stage by stage, joined from what four tables say of it."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.needs import measure

#: stages of the funnel, in order (线索、触达、意向、申请、审批、放款)
STAGES = ("lead", "reached", "interested", "applied", "approved", "lent")
#: the funnel from end to end, for comparisons of sources
ENDS = ("lead", "lent")
#: results of a touch that show interest
INTERESTED = ("interested", "appointment", "applied")
NOT_REACHED = "no_answer"


@measure(optional=("applications",))
def lead_paths(
    leads: pd.DataFrame, touches: pd.DataFrame, applications: pd.DataFrame | None, loans: pd.DataFrame | None
) -> pd.DataFrame:
    """Find the day on which each lead entered each stage.

    Answers "how far did it get, and when?" A lead is reached with the first touch that was answered, interested with
    the first that showed it, applied, approved and lent on the days of its own application and loan.

    Parameters
    ----------
    leads : DataFrame[leads]
        ``lead_id, created_date, application_id, loan_id`` and any columns to group by, which are kept. Not modified.
    touches : DataFrame[touches]
        ``lead_id, touched_at, touch_result``.
    applications : DataFrame[applications], optional
        ``application_id, submitted_at, decided_at, decision``; without it the last stages stay empty.
    loans : DataFrame[loans], optional
        ``loan_id, disbursed_date``.

    Returns
    -------
    DataFrame
        `leads` with ``lead_date, reached_date, interested_date, applied_date, approved_date, lent_date`` (day; missing
        where not reached) and ``touches_count``.

    Examples
    --------
    >>> day = pd.to_datetime(["2026-05-01"])
    >>> leads = pd.DataFrame({"lead_id": ["D1"], "created_date": day, "application_id": None, "loan_id": None})
    >>> touches = pd.DataFrame({"lead_id": ["D1"] * 2, "touched_at": pd.to_datetime(["2026-05-02", "2026-05-04"]),
    ...                         "touch_result": ["no_answer", "interested"]})
    >>> lead_paths(leads, touches, None, None)[["reached_date", "touches_count"]].astype(str).iloc[0].to_list()
    ['2026-05-04', '2']
    """
    answered = touches[touches["touch_result"] != NOT_REACHED]
    shown = touches[touches["touch_result"].isin(INTERESTED)]
    dates = {
        "lead_date": leads["created_date"],
        "reached_date": _first(leads, answered),
        "interested_date": _first(leads, shown),
        **_decided(leads, applications),
        "lent_date": _looked_up(leads["loan_id"], loans, "loan_id", "disbursed_date"),
    }
    counts = leads["lead_id"].map(touches["lead_id"].value_counts()).fillna(0).astype("int64")
    days = {name: pd.to_datetime(day).dt.normalize() for name, day in dates.items()}
    return leads.assign(**days, touches_count=counts)


def _first(leads: pd.DataFrame, touches: pd.DataFrame) -> pd.Series:
    return leads["lead_id"].map(touches.groupby("lead_id")["touched_at"].min())


def _decided(leads: pd.DataFrame, applications: pd.DataFrame | None) -> dict[str, pd.Series]:
    key = leads["application_id"]
    approved = (
        None if applications is None else applications[applications["decision"].isin(("approved", "partly_approved"))]
    )
    return {
        "applied_date": _looked_up(key, applications, "application_id", "submitted_at"),
        "approved_date": _looked_up(key, approved, "application_id", "decided_at"),
    }


def _looked_up(keys: pd.Series, table: pd.DataFrame | None, key: str, value: str) -> pd.Series:
    if table is None:
        return pd.Series(pd.NaT, index=keys.index)
    return keys.map(table.drop_duplicates(key).set_index(key)[value])

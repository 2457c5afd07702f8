"""Timelines that deserve a look (时序异常): steps out of order, in minutes, at night, in crowds, papers missing."""

from __future__ import annotations

import pandas as pd
from scipy.stats import poisson

from microlib.calendars import is_working_day
from microlib.contracts.needs import measure
from microlib.errors import MissingTable

CHECKS = (
    "before_registration", "before_decision", "in_minutes", "at_night", "on_day_off", "crowded_day", "papers_missing",
    "shared_device",
)  # fmt: skip
NIGHT_FROM, NIGHT_TO = 21, 7
LEAST_SHARING, COMMON_SHARING = 3, 15
#: chance, over all days of a manager, under which a crowded day is told
RARE = 1e-4


@measure(optional=("collateral_links", "collateral"))
def timeline_checks(
    applications: pd.DataFrame, loans: pd.DataFrame, collateral_links: pd.DataFrame, collateral: pd.DataFrame,
    *, fastest_minutes: float,
) -> pd.DataFrame:  # fmt: skip
    """Hold every application and secured loan against what an ordinary order of steps looks like.

    Answers "which files should an internal auditor open first?" Deterministic checks, no score:

    - ``before_registration``: the money was out before the pledge was registered
    - ``before_decision``: paid out before it was decided; ``in_minutes``: decided within `fastest_minutes` of asking,
      but for online channels
    - ``at_night`` (21 to 7), ``on_day_off``: decided then
    - ``crowded_day``: one manager's decisions of a day are more than his own usual pace allows (Poisson, one in
      10,000 over all his days)
    - ``papers_missing``: fewer papers than asked for; ``shared_device``: 3 to 15 customers asked from one device

    Parameters
    ----------
    applications, loans, collateral_links, collateral : DataFrame
        Contract columns; the last two may be empty. Not modified.
    fastest_minutes : float

    Returns
    -------
    DataFrame
        One row per file and check, by check and file: ``check, application_id, loan_id, customer_id, rm_id,
        approver_id, evidence`` (what was seen, as text: days, minutes, hour, number).

    Raises
    ------
    MissingTable
        If there are no applications.

    Notes
    -----
    A row is a sample for review: registers are sometimes late, clocks of systems differ, a campaign fills a day.
    """
    if applications.empty:
        raise MissingTable("applications is empty", where="applications", fix="load applications, or leave this out")
    decided = applications.dropna(subset=["decided_at"])
    decided = decided[decided["approver_id"].notna()]
    parts = [
        _registered(loans, collateral_links, collateral), _early(decided), _fast(decided, fastest_minutes),
        _late_hours(decided), _days_off(decided), _crowds(decided), _short(applications), _devices(applications),
    ]  # fmt: skip
    names = ["check", "application_id", "loan_id", "customer_id", "rm_id", "approver_id", "evidence"]
    found = pd.concat([part.reindex(columns=names) for part in parts if len(part)] or [pd.DataFrame(columns=names)])
    order = found["check"].map({name: place for place, name in enumerate(CHECKS)})
    return (
        found.assign(order=order)
        .sort_values(["order", "application_id", "loan_id"])
        .drop(columns="order")
        .reset_index(drop=True)
    )


def timeline_summary(checks: pd.DataFrame, applications: pd.DataFrame) -> pd.DataFrame:
    """Count files by check, over all applications that were looked at.

    Returns
    -------
    DataFrame
        One row per check of `CHECKS`: ``check, files_count, looked_count, files_share, rms_count, approvers_count``.
    """
    grouped = checks.groupby("check")
    counts = pd.DataFrame({
        "files_count": grouped.size(), "rms_count": grouped["rm_id"].nunique(),
        "approvers_count": grouped["approver_id"].nunique(),
    }).reindex(list(CHECKS), fill_value=0)  # fmt: skip
    counts = counts.assign(
        looked_count=len(applications), files_share=counts["files_count"] / max(1, len(applications))
    )
    return counts.rename_axis("check").reset_index()


def _marked(rows: pd.DataFrame, check: str, evidence: pd.Series) -> pd.DataFrame:
    return rows.assign(check=check, evidence=evidence.astype("str"))


def _registered(loans: pd.DataFrame, links: pd.DataFrame, collateral: pd.DataFrame) -> pd.DataFrame:
    if links.empty or collateral.empty:
        return links.iloc[:0]
    rows = links[["loan_id", "collateral_id"]].merge(
        collateral[["collateral_id", "registered_date"]], on="collateral_id"
    )
    rows = rows.merge(loans[["loan_id", "customer_id", "rm_id", "disbursed_date"]], on="loan_id")
    days = (rows["registered_date"] - rows["disbursed_date"]).dt.days
    late = days > 0
    return _marked(rows[late], "before_registration", days[late].astype("int64")).drop_duplicates("loan_id")


def _early(decided: pd.DataFrame) -> pd.DataFrame:
    hours = (decided["decided_at"] - decided["disbursed_at"]).dt.total_seconds() / 3600
    return _marked(decided[hours > 0], "before_decision", hours[hours > 0].round(1))


def _fast(decided: pd.DataFrame, fastest: float) -> pd.DataFrame:
    minutes = (decided["decided_at"] - decided["submitted_at"]).dt.total_seconds() / 60
    fast = (minutes < fastest) & (decided["channel"] != "online")
    return _marked(decided[fast], "in_minutes", minutes[fast].round().astype("int64"))


def _late_hours(decided: pd.DataFrame) -> pd.DataFrame:
    hour = decided["decided_at"].dt.hour
    night = (hour >= NIGHT_FROM) | (hour < NIGHT_TO)
    return _marked(decided[night], "at_night", hour[night])


def _days_off(decided: pd.DataFrame) -> pd.DataFrame:
    day = decided["decided_at"].dt.normalize()
    off = ~day.map({each: is_working_day(each.date()) for each in day.unique()}).astype("bool")
    off &= decided["channel"] != "online"
    return _marked(decided[off], "on_day_off", day[off].dt.strftime("%Y-%m-%d"))


def _crowds(decided: pd.DataFrame) -> pd.DataFrame:
    rows = decided.assign(day=decided["decided_at"].dt.normalize())
    counts = rows.groupby(["rm_id", "day"]).size().rename("many").reset_index()
    pace = counts.groupby("rm_id")["many"].agg(["sum", "size"])
    span = max(1, (rows["day"].max() - rows["day"].min()).days * 5 / 7) if len(rows) else 1
    usual = counts["rm_id"].map(pace["sum"]) / span
    rare = poisson.sf(counts["many"] - 1, usual.clip(lower=0.05)) * span < RARE
    rows = rows.merge(counts[rare & (counts["many"] > 2)], on=["rm_id", "day"])
    return _marked(rows, "crowded_day", rows["many"])


def _short(asked: pd.DataFrame) -> pd.DataFrame:
    short = asked["documents_required_count"] - asked["documents_count"]
    missing = (short > 0).fillna(False).astype("bool")
    return _marked(asked[missing], "papers_missing", short[missing])


def _devices(asked: pd.DataFrame) -> pd.DataFrame:
    sharing = asked.groupby("device_hash")["customer_id"].nunique()
    few = sharing[sharing.between(LEAST_SHARING, COMMON_SHARING)]
    rows = asked[asked["device_hash"].isin(few.index)]
    return _marked(rows, "shared_device", rows["device_hash"].map(few))

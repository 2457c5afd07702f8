"""Late though the money was there (账户有余额仍晚还的月份): counted by segment, never by name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.calendars import public_holidays
from microlib.errors import MissingTable
from microlib.metrics.groupings import month_numbers
from microlib.metrics.intervals import rate_interval

#: days late that are nobody's will: a weekend, a transfer, a forgotten date
GRACE_DAYS = 7
#: borrowers under whom a segment shows no number
LEAST_BORROWERS = 10
COUNTS = ["months_count", "unknown_months_count", "late_months_count", "able_late_months_count"]
RATES = ["able_late_share", "able_late_low", "able_late_high"]


def able_but_late(
    loan_months: pd.DataFrame,
    schedules: pd.DataFrame,
    flow_months: pd.DataFrame,
    *,
    loans: pd.DataFrame,
    memberships: pd.DataFrame,
) -> pd.DataFrame:
    r"""Count, by segment, borrowers who paid late in a month in which their accounts never held less than was due.

    Answers "is lateness in this group a lack of money or a lack of will?" A loan's month is late when its month end
    shows more than 7 days past due, public holidays not counted; it is late though able when, besides,

    .. math:: \sum_{channels} \min_{d \in t} balance_d \;\ge\; \sum_{k:\; end_t - late_t \le due_k \le end_t} payment_k

    the lowest balance of the month covers all instalments that fell due since the oldest one unpaid.

    Parameters
    ----------
    loan_months : DataFrame[loan_months]
        Uses ``loan_id, month, balance_yuan, overdue_days``. Not modified, nor are the others.
    schedules : DataFrame[schedules]
        Uses ``loan_id, due_date, principal_yuan, interest_yuan``.
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, min_balance_yuan``; only customers who let the bank look are in it.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id``.
    memberships : DataFrame
        Result of `segments.assign_segments`: ``customer_id, segment``.

    Returns
    -------
    DataFrame
        One row per segment, ascending

        - ``borrowers_count``: with at least one month in which balance and dues are known
        - ``months_count``: such months of loans; ``unknown_months_count``: months left out for want of either
        - ``late_months_count``, ``able_late_months_count``: of ``months_count``
        - ``able_late_borrowers_count``, ``able_late_share, able_late_low, able_late_high``: borrowers with one such
          month or more, of ``borrowers_count`` (Jeffreys, 95 %)
        - ``is_suppressed``: fewer than ten borrowers; every number but ``borrowers_count`` is then missing

    Raises
    ------
    MissingTable
        If there are no schedules or no account flows.

    Notes
    -----
    Evidence on will, kept apart from ability: never add it to a coverage or a score, and never print it for one
    borrower. Lateness made up before the month end is not seen. A balance may be pledged, another person's, or needed
    for wages on the day; only customers who show their accounts are counted, and they are the more willing ones.

    Examples
    --------
    >>> months = pd.DataFrame({"loan_id": ["L1"], "month": ["2026-05"], "balance_yuan": [9e4], "overdue_days": [20]})
    >>> dues = pd.DataFrame({"loan_id": ["L1"], "due_date": pd.to_datetime(["2026-05-11"]), "principal_yuan": [1e3],
    ...                      "interest_yuan": [100.0]})
    >>> flows = pd.DataFrame({"customer_id": ["C1"], "month": ["2026-05"], "min_balance_yuan": [2e3]})
    >>> who = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "segment": ["a"]})
    >>> able_but_late(months, dues, flows, loans=who, memberships=who)[["borrowers_count", "is_suppressed"]].values
    array([[1, True]], dtype=object)
    """
    for name, table in (("schedules", schedules), ("flow_months", flow_months)):
        if table.empty:
            raise MissingTable(f"{name} is empty", where=name, fix=f"load {name}, or leave this page out")
    rows = _judged(_with_dues(_dated(loan_months), schedules), flow_months, loans)
    rows = rows.merge(memberships[["customer_id", "segment"]].drop_duplicates(), on="customer_id")
    found = rows.groupby("segment", observed=True)[["known", "unknown", "late", "able_late"]].sum().astype("int64")
    found = found[["known", "unknown", "late", "able_late"]].set_axis(COUNTS, axis="columns")
    people = rows[rows["known"]].groupby(["segment", "customer_id"], observed=True)["able_late"].any()
    people = people.groupby("segment").agg(["size", "sum"]).reindex(found.index, fill_value=0)
    found.insert(0, "borrowers_count", people["size"].astype("int64"))
    found["able_late_borrowers_count"] = people["sum"].astype("int64")
    return _suppressed(found).reset_index()


def _dated(loan_months: pd.DataFrame) -> pd.DataFrame:
    """Live month ends with the day of the month's end and the first unpaid day."""
    live = loan_months.loc[loan_months["balance_yuan"] > 0, ["loan_id", "month", "overdue_days"]]
    starts = (month_numbers(live["month"]) - 1970 * 12).astype("datetime64[M]")
    ends = (starts + 1).astype("datetime64[D]") - 1
    late = live["overdue_days"].fillna(0).to_numpy("int64")
    begun = ends - late
    free = _holidays(begun, ends)
    off = np.searchsorted(free, ends, "right") - np.searchsorted(free, begun, "right")
    return live.assign(begun=begun.astype("datetime64[s]"), end=ends.astype("datetime64[s]"), counted=late - off)


def _holidays(begun: np.ndarray, ends: np.ndarray) -> np.ndarray:
    days = np.r_[begun, ends].astype("datetime64[Y]").astype("int64") + 1970
    return np.array(public_holidays(int(days.min()), int(days.max())) if len(days) else [], dtype="datetime64[D]")


def _with_dues(rows: pd.DataFrame, schedules: pd.DataFrame) -> pd.DataFrame:
    """What fell due from the oldest unpaid day to the month's end, by differences of running sums."""
    dues = schedules.assign(due=schedules["principal_yuan"].fillna(0.0) + schedules["interest_yuan"].fillna(0.0))
    dues = dues.sort_values("due_date")[["loan_id", "due_date", "due"]]
    dues = dues.assign(due_date=dues["due_date"].astype("datetime64[s]"), sum=dues.groupby("loan_id")["due"].cumsum())
    sums = {}
    for name, allow in (("end", True), ("begun", False)):
        order = rows[["loan_id", name]].reset_index().sort_values(name)
        merged = pd.merge_asof(order, dues, left_on=name, right_on="due_date", by="loan_id", allow_exact_matches=allow)
        sums[name] = merged.set_index("index")["sum"].reindex(rows.index)
    known = rows["loan_id"].isin(dues["loan_id"])
    return rows.assign(due=(sums["end"].fillna(0.0) - sums["begun"].fillna(0.0)).where(known))


def _judged(rows: pd.DataFrame, flow_months: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    lowest = flow_months.groupby(["customer_id", "month"], observed=True)["min_balance_yuan"].sum(min_count=1)
    rows = rows.merge(loans[["loan_id", "customer_id"]], on="loan_id")
    rows = rows.merge(lowest.reset_index(), on=["customer_id", "month"], how="left")
    late = rows["counted"] > GRACE_DAYS
    known = rows["min_balance_yuan"].notna() & rows["due"].notna() & ~(late & (rows["due"] <= 0))
    able_late = known & late & (rows["min_balance_yuan"] >= rows["due"])
    return rows[["customer_id"]].assign(known=known, unknown=~known, late=late & known, able_late=able_late)


def _suppressed(found: pd.DataFrame) -> pd.DataFrame:
    """Put the rate beside its counts and empty segments of too few borrowers."""
    shown = found["borrowers_count"] >= LEAST_BORROWERS
    some = found[shown]
    rates = rate_interval(some["able_late_borrowers_count"], some["borrowers_count"])[["rate", "low", "high"]]
    counts = [*COUNTS, "able_late_borrowers_count"]
    emptied = found.astype(dict.fromkeys(counts, "Int64"))
    emptied.loc[~shown, counts] = pd.NA
    return emptied.join(rates.set_axis(RATES, axis="columns")).assign(is_suppressed=~shown)

"""A group's season against the bank's own rhythm (开门红, quarter ends): monthly series, launch week.

`monthly_lending`, `monthly_flows` and `monthly_sales` make series without holes; `without_push` takes the
bank's own pushes out. The season's statistics stand in `microlib.stats.seasonality`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from microlib.calendars import last_complete_month_end
from microlib.errors import BadData
from microlib.stats.grouping import day_numbers, month_name, month_numbers, told_apart
from microlib.stats.seasonality import cut_edges, cut_months, month_table
from microlib.units import MONTHS_PER_YEAR

#: months in which a bank pushes: the opening season (开门红) and the quarter ends
OPENING, QUARTER_ENDS = 1, (3, 6, 9, 12)
PUSHED = (OPENING, *QUARTER_ENDS)
#: a season is believed at this p-value and when most draws agree on its peak
SIGNIFICANT, STABLE = 0.05, 0.5
#: trade may peak from one month before to two months after the borrowing that prepares it
TRADE_LAGS = (-1, 0, 1, 2)


def without_push(monthly: pd.DataFrame) -> pd.DataFrame:
    r"""Take the opening season (开门红) and the quarter-end push out of monthly disbursements.

    A push is a spike of one month at fixed dates, a season rises and falls. Each segment is fitted with

    .. math::

        \frac{y_t}{\bar y} = a + b t + \sum_{k=1}^{2} \Big(c_k \cos\frac{2\pi k m}{12} + d_k \sin\frac{2\pi k m}{12}
        \Big) + \gamma_1 [m = 1] + \gamma_2 [m \in \{3, 6, 9, 12\}] + e_t

    and :math:`\max(0, \gamma)` is taken off the months it belongs to, never below zero.

    Parameters
    ----------
    monthly : DataFrame
        ``segment, month, amount_yuan`` without holes, at least 24 months of disbursements. Flows and sales know no
        push and need none of this. Not modified.

    Returns
    -------
    DataFrame
        The same rows with ``amount_yuan`` after removal, and ``push_yuan`` (>= 0), what was taken off; without edge
        months that are only partly on file (`seasonality.partial_edges`).

    Raises
    ------
    EmptyBook, BadData
        If there is no month, a month is missing, or a segment's amounts sum to zero.

    Notes
    -----
    A demand of one month that always falls in January cannot be told from the opening season: half of the year's
    evidence must then come from flows or sales. A spike in one of the four quarter ends keeps three quarters of
    its height.

    Examples
    --------
    >>> months = [str(month) for month in pd.period_range("2023-07", "2026-06", freq="M")]
    >>> monthly = pd.DataFrame({"segment": "flat", "month": months})
    >>> monthly["amount_yuan"] = [250.0 if month.endswith("-01") else 100.0 for month in months]
    >>> without_push(monthly).groupby("segment")["amount_yuan"].agg(["min", "max"]).round().iloc[0].tolist()
    [100.0, 100.0]
    """
    table = month_table(monthly)
    scale = table.mean()
    month = np.array([int(each[5:]) for each in table.index])
    push = np.column_stack([month == OPENING, np.isin(month, QUARTER_ENDS)]).astype("float64")
    angles = 2 * np.pi * np.outer(month, [1, 2]) / MONTHS_PER_YEAR
    trend = np.column_stack([np.ones(len(month)), np.arange(len(month)) / MONTHS_PER_YEAR])
    design = np.column_stack([trend, np.cos(angles), np.sin(angles), push])
    strength = (np.linalg.pinv(design) @ (table / scale).to_numpy())[-2:]
    taken = np.minimum(push @ np.maximum(strength, 0.0) * scale.to_numpy(), np.maximum(table.to_numpy(), 0.0))
    taken = pd.DataFrame(taken, index=table.index, columns=table.columns)
    long = taken.melt(ignore_index=False, var_name="segment", value_name="push_yuan").reset_index()
    rows = monthly.merge(long, on=["segment", "month"])
    return rows.assign(amount_yuan=rows["amount_yuan"] - rows["push_yuan"])


def bank_rhythms(
    raw: pd.DataFrame, clean: pd.DataFrame, trade: pd.DataFrame | None = None, *, families: Mapping[str, str]
) -> pd.DataFrame:
    """Tell a group's own season from the bank's rhythm of lending (行内投放节奏).

    A segment shows the bank's rhythm when its disbursements peak in January or at a quarter end and either nothing
    is left once the push is removed, or a segment of an unrelated trade peaks in the same month and no trade data
    confirm the season.

    Parameters
    ----------
    raw : DataFrame
        `seasonality.credit_seasons` of new lending as it was. Not modified, nor are the others.
    clean : DataFrame
        The same of `without_push`.
    trade : DataFrame, optional
        The same of account inflows or sales: a peak from one month before to two months after that of lending
        confirms it.
    families : mapping
        Segment -> trade; segments of one trade may well share a season.

    Returns
    -------
    DataFrame
        One row per segment: ``segment, peak_month, peak_ratio, peak_low, peak_high, stability_share, p_value`` (of
        `clean`), ``raw_peak_month``, ``together_count`` (unrelated trades that peak in the same month),
        ``is_confirmed`` (by trade data), ``is_bank_rhythm``, ``reason`` (own_season, bank_rhythm, no_clear_season),
        ``left_out_months`` of `raw` and `trade`.

    Raises
    ------
    BadData
        If `raw` and `clean` are not of the same segments.

    Examples
    --------
    >>> raw = pd.DataFrame({"segment": ["health", "chamber"], "peak_month": 1, "peak_ratio": 2.0, "peak_low": 1.8,
    ...                     "peak_high": 2.2, "stability_share": 1.0, "p_value": 0.002})
    >>> bank_rhythms(raw, raw.assign(p_value=0.6), families={})["reason"].tolist()
    ['bank_rhythm', 'bank_rhythm']
    """
    for name, seasons in (("raw", raw), ("clean", clean)):
        told_apart(seasons, key=["segment"], table=name)
    if set(raw["segment"]) != set(clean["segment"]):
        raise BadData("lending with and without push covers different segments", fix="measure both from one series")
    columns = ["segment", "peak_month", "peak_ratio", "peak_low", "peak_high", "stability_share", "p_value"]
    found = clean[columns].reset_index(drop=True)
    before = raw.set_index("segment").loc[found["segment"]].reset_index()
    family = found["segment"].map(lambda name: families.get(name, name))
    real, was_real = _is_real(found), _is_real(before)
    found["raw_peak_month"] = before["peak_month"]
    found["together_count"] = _together(before["peak_month"].where(was_real), family)
    found["is_confirmed"] = _confirmed(found, trade)
    pushed = before["peak_month"].isin(PUSHED) & was_real
    only_push = pushed & ~real
    shared = pushed & real & (found["together_count"] > 0) & ~found["is_confirmed"]
    found["is_bank_rhythm"] = only_push | shared
    found["reason"] = np.select([found["is_bank_rhythm"], real], ["bank_rhythm", "own_season"], "no_clear_season")
    return found.assign(left_out_months=_left_out(raw, trade))


def _left_out(*seasons: pd.DataFrame | None) -> str:
    """Return all months that any of these left out, ascending, with blanks between."""
    told = [each["left_out_months"] for each in seasons if each is not None and "left_out_months" in each]
    return " ".join(sorted({month for column in told for text in column for month in text.split()}))


def _is_real(seasons: pd.DataFrame) -> pd.Series:
    return (seasons["p_value"] <= SIGNIFICANT) & (seasons["stability_share"] >= STABLE)


def _together(peak: pd.Series, family: pd.Series) -> list[int]:
    """Count the other families that peak in each row's month."""
    return [family[(peak == month) & (family != own)].nunique() for month, own in zip(peak, family, strict=True)]


def _confirmed(found: pd.DataFrame, trade: pd.DataFrame | None) -> pd.Series:
    if trade is None or trade.empty:
        return pd.Series(False, index=found.index)
    peaks = trade[_is_real(trade)].set_index("segment")["peak_month"]
    lag = found["segment"].map(peaks).astype("float64") - found["peak_month"]
    wrapped = (lag + MONTHS_PER_YEAR / 2) % MONTHS_PER_YEAR - MONTHS_PER_YEAR / 2
    return wrapped.isin(TRADE_LAGS)


def launch_week(
    rhythms: pd.DataFrame, *, as_of: date, approval_lead_days: int, campaign_lead_days: int
) -> pd.DataFrame:
    """Count back from each group's next peak to the week in which a campaign must begin (启动周).

    Parameters
    ----------
    rhythms : DataFrame
        Result of `bank_rhythms`, calendar months. Not modified.
    as_of : date
        The launch lies after this date.
    approval_lead_days : int
        Days from application to money.
    campaign_lead_days : int
        Days from first contact to application.

    Returns
    -------
    DataFrame
        One row per segment: ``segment, reason``; and, for ``own_season`` only, ``peak_month_name`` (YYYY-MM),
        ``launch_date`` (both lead times before the first day of that month) and ``launch_week`` (ISO, ``2026-W40``);
        missing for the rest, because a launch week that follows the bank's own quota would chase its own tail.

    Raises
    ------
    BadData
        If a lead time is negative.

    Examples
    --------
    >>> rhythms = pd.DataFrame({"segment": ["market"], "peak_month": [12], "reason": ["own_season"]})
    >>> found = launch_week(rhythms, as_of=date(2026, 6, 30), approval_lead_days=20, campaign_lead_days=28)
    >>> found[["peak_month_name", "launch_week"]].iloc[0].tolist()
    ['2026-12', '2026-W42']
    """
    if min(approval_lead_days, campaign_lead_days) < 0:
        raise BadData("a lead time is negative", fix="give days of zero or more")
    lead = timedelta(days=approval_lead_days + campaign_lead_days)
    rows = [_launch(row.peak_month, as_of, lead) if row.reason == "own_season" else {} for row in rhythms.itertuples()]
    columns = ["peak_month_name", "launch_date", "launch_week"]
    found = pd.DataFrame(rows, index=rhythms.index, columns=columns)
    found["launch_date"] = pd.to_datetime(found["launch_date"])
    return pd.concat([rhythms[["segment", "reason"]], found], axis="columns")


def _launch(month: int, as_of: date, lead: timedelta) -> dict[str, object]:
    """Take the first peak whose launch still lies ahead."""
    number = as_of.year * MONTHS_PER_YEAR + as_of.month - 1
    ahead = (number + step for step in range(3 * MONTHS_PER_YEAR))
    for each in ahead:
        peak = date(each // MONTHS_PER_YEAR, each % MONTHS_PER_YEAR + 1, 1)
        if peak.month == month and peak - lead > as_of:
            break
    launch = peak - lead
    year, week, _ = launch.isocalendar()
    return {"peak_month_name": f"{peak:%Y-%m}", "launch_date": launch, "launch_week": f"{year}-W{week:02}"}


WHOLE = "all"
#: forms of lending that are new money; renewals repeat the season in which they first began
NEW = ("new",)


def monthly_lending(
    loans: pd.DataFrame,
    memberships: pd.DataFrame | None = None,
    *,
    as_of: date | None = None,
    since: str = "",
    until: str = "",
) -> pd.DataFrame:
    """Add up new lending by segment and month of disbursement; renewals, extensions and transfers are left out.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``customer_id, disbursed_date, amount_yuan, issue_type, previous_loan_id``. Not modified. A loan without
        an issue type counts as new unless it names a previous loan.
    memberships : DataFrame, optional
        Result of `segments.assign_segments`; a member of two segments counts in both. Left out, there is one
        segment, ``all``.
    as_of : date, optional
        A month that is not over at this day is left out, unless `until` names it.
    since, until : str
        First and last month (YYYY-MM); by default those of the whole frame.

    Returns
    -------
    DataFrame
        One row per segment and month, no month missing: ``segment, month, amount_yuan, events_count``.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": "C1", "amount_yuan": [1e5, 2e5, 3e5],
    ...     "disbursed_date": pd.to_datetime(["2026-01-05", "2026-02-01", "2026-03-09"]),
    ...     "issue_type": ["new", "refinance", "new"]})
    >>> monthly_lending(loans)["amount_yuan"].tolist()
    [100000.0, 0.0, 300000.0]
    """
    issue = loans["issue_type"]
    renewed = loans["previous_loan_id"].notna() if "previous_loan_id" in loans else False
    is_new = issue.isin(NEW) | (issue.isna() & ~pd.Series(renewed, index=loans.index))
    fresh = loans[is_new]
    rows = _rows(fresh["customer_id"], fresh["disbursed_date"].dt.strftime("%Y-%m"), fresh["amount_yuan"])
    return _filled(rows, memberships, as_of=as_of, since=since, until=until)


def monthly_flows(
    flow_months: pd.DataFrame,
    memberships: pd.DataFrame | None = None,
    *,
    as_of: date | None = None,
    since: str = "",
    until: str = "",
) -> pd.DataFrame:
    """Add up account inflows by segment and month; arguments and columns as in `monthly_lending`.

    Customers who begin to show their accounts later look like growth: compare seasons, not levels.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2026-01", "2026-03"], "inflow_yuan": [1e5, 2e5]})
    >>> monthly_flows(flows)["amount_yuan"].tolist()
    [100000.0, 0.0, 200000.0]
    """
    rows = _rows(flow_months["customer_id"], flow_months["month"], flow_months["inflow_yuan"])
    return _filled(rows, memberships, as_of=as_of, since=since, until=until)


def monthly_sales(
    invoices: pd.DataFrame,
    memberships: pd.DataFrame | None = None,
    *,
    as_of: date | None = None,
    since: str = "",
    until: str = "",
) -> pd.DataFrame:
    """Add up valid sale invoices (net, returns deducted) by segment and month; columns as in `monthly_lending`.

    ``is_cut`` marks the first and the last month where the file begins or ends within them (`seasonality.cut_months`):
    no season reads them.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": ["valid", "void"], "net_yuan": [5e4, 9e4],
    ...                      "issued_date": pd.to_datetime(["2026-01-05", "2026-01-06"])})
    >>> monthly_sales(rows)[["amount_yuan", "events_count"]].iloc[0].tolist()
    [50000.0, 1.0]
    """
    sold = invoices[(invoices["side"] == "sale") & (invoices["status"] == "valid")]
    rows = _rows(sold["customer_id"], sold["issued_date"].dt.strftime("%Y-%m"), sold["net_yuan"])
    found = _filled(rows, memberships, as_of=as_of, since=since, until=until)
    return found.assign(is_cut=found["month"].isin(cut_months(invoices["issued_date"])))


def partial_months(flow_months: pd.DataFrame, *, until: str = "") -> list[str]:
    """Return the edge months of account flows that are not, or only partly, on file (`seasonality.cut_edges`).

    Parameters
    ----------
    flow_months : DataFrame[flow_months]
        Of all customers, never of one: his collapse in the last month is news. Not modified.
    until : str
        The last month asked for (YYYY-MM), where the file may end before it.

    Returns
    -------
    list of str
        Months (YYYY-MM) that whatever is told by months leaves out.

    Examples
    --------
    >>> months = pd.period_range("2025-05", "2026-06", freq="M").astype(str)
    >>> rows = pd.DataFrame({"customer_id": np.repeat(list("abcdefghij"), 14), "month": list(months) * 10})
    >>> partial_months(rows.assign(inflow_yuan=np.where(rows["month"] == "2026-06", 3e4, 9e4)))
    ['2026-06']
    """
    known = flow_months[flow_months["month"].notna()]
    numbers = pd.Series(month_numbers(known["month"]), index=known.index)
    last = int(month_numbers(pd.Series([until]))[0]) if until else None
    cut = cut_edges(known["customer_id"], numbers, known["inflow_yuan"].astype("float64"), until=last)
    return [month_name(number) for number in cut]


def partly_invoiced(invoices: pd.DataFrame, *, last: int) -> list[int]:
    """Return the edge months of a file of invoices that are not, or only partly, on it, by day and by number of rows.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Of all customers: ``customer_id, issued_date``. Not modified.
    last : int
        The last month asked for, as an integer (`grouping.month_numbers`).

    Returns
    -------
    list of int
        Of `seasonality.cut_months` and `seasonality.cut_edges`.

    Examples
    --------
    >>> days = pd.Series(pd.date_range("2025-01-01", "2026-02-21"))
    >>> partly_invoiced(pd.DataFrame({"customer_id": "C1", "issued_date": days}), last=24313)
    [24313]
    """
    dated = invoices[invoices["issued_date"].notna()]
    numbers = pd.Series(day_numbers(dated["issued_date"]), index=dated.index)
    by_day = month_numbers(pd.Series(cut_months(dated["issued_date"]), dtype="str")).tolist()
    edges = cut_edges(dated["customer_id"], numbers, pd.Series(1.0, index=dated.index), until=last)
    return sorted({*by_day, *edges})


def _rows(who: pd.Series, month: pd.Series, yuan: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": who, "month": month, "amount_yuan": yuan.astype("float64")})


def _filled(
    rows: pd.DataFrame, memberships: pd.DataFrame | None, *, as_of: date | None, since: str, until: str
) -> pd.DataFrame:
    """Sum by segment and month and put a zero where nothing happened; a row without a month stands in none."""
    columns = ["segment", "month", "amount_yuan", "events_count"]
    rows = rows[rows["month"].notna() & rows["amount_yuan"].notna()]
    if as_of is not None and not until:
        rows = rows[rows["month"] <= f"{last_complete_month_end(as_of):%Y-%m}"]
    if rows.empty and not (since and until):
        return pd.DataFrame({"segment": [], "month": [], "amount_yuan": [], "events_count": []}, columns=columns)
    span = pd.period_range(since or rows["month"].min(), until or rows["month"].max(), freq="M").astype("str")
    if memberships is None:
        rows = rows.assign(segment=WHOLE)
    else:
        rows = rows.merge(memberships[["customer_id", "segment"]].drop_duplicates(), on="customer_id")
    summed = rows.groupby(["segment", "month"], observed=True)["amount_yuan"].agg(["sum", "size"])
    every = pd.MultiIndex.from_product([sorted(rows["segment"].unique()), span], names=["segment", "month"])
    found = summed.reindex(every, fill_value=0).reset_index()
    return found.set_axis(columns, axis="columns").astype({"amount_yuan": "float64", "events_count": "int64"})


def trade_rhythms(trade: pd.DataFrame) -> pd.DataFrame:
    """Say for each group whether its trade has a season; the bank's push cannot be in it.

    Parameters
    ----------
    trade : DataFrame
        Result of `seasonality.credit_seasons` of account inflows or sales. Not modified.

    Returns
    -------
    DataFrame
        The main columns of `bank_rhythms`: ``segment, peak_month, peak_ratio, peak_low, peak_high,
        stability_share, p_value, raw_peak_month, reason`` (own_season, no_clear_season) and ``left_out_months``.

    Examples
    --------
    >>> trade = pd.DataFrame({"segment": ["a"], "peak_month": [12], "peak_ratio": [2.0], "peak_low": [1.8],
    ...                       "peak_high": [2.2], "stability_share": [0.9], "p_value": [0.3]})
    >>> trade_rhythms(trade)["reason"].to_list()
    ['no_clear_season']
    """
    names = ["segment", "peak_month", "peak_ratio", "peak_low", "peak_high", "stability_share", "p_value"]
    found = trade[names].reset_index(drop=True)
    real = (found["p_value"] <= SIGNIFICANT) & (found["stability_share"] >= STABLE)
    reason = np.where(real, "own_season", "no_clear_season")
    return found.assign(raw_peak_month=found["peak_month"], reason=reason, left_out_months=_left_out(trade))

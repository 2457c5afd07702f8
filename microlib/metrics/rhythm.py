"""A group's season against the bank's own rhythm (开门红, quarter ends): monthly series, peak week, launch week.

`monthly_lending`, `monthly_flows` and `monthly_sales` make series without holes; `without_push` takes the
bank's own pushes out. The season's statistics stand in `microlib.stats.seasonality`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from microlib.calendars import last_complete_month_end, spring_festival
from microlib.errors import BadData
from microlib.stats.seasonality import SEED, TooShort, cut_months, month_number, month_table
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
    number = month_number(f"{as_of:%Y-%m}")
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


#: days of the ring on which a year is laid, and of the window that smooths it (standard deviation)
YEAR_DAYS, SMOOTH_DAYS = 365, 7.0
ALIGNMENTS = ("calendar", "lunar")
#: firms under which a week is not claimed, and days that make a year whole enough
LEAST_FIRMS, LEAST_DAYS = 10, 2 * 365
LEVEL = 0.90
COLUMNS = [
    *["segment", "firms_count", "events_count", "years_count", "peak_day", "peak_low", "peak_high", "peak_ratio"],
    *["stability_share", "next_peak_date", "next_peak_week"],
]


def daily_sales(invoices: pd.DataFrame, memberships: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read each firm's valid sales by the day: the daily form of `monthly_sales`.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, issued_date, net_yuan``; returns are left out. Not modified.
    memberships : DataFrame, optional
        ``customer_id, segment``; left out, there is one segment, ``all``.

    Returns
    -------
    DataFrame
        ``segment, customer_id, day, amount_yuan``.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": "valid", "net_yuan": [5.0, -2.0],
    ...                      "issued_date": pd.to_datetime(["2026-01-05", "2026-01-06"])})
    >>> daily_sales(rows)["amount_yuan"].tolist()
    [5.0]
    """
    sold = invoices[(invoices["side"] == "sale") & (invoices["status"] == "valid") & (invoices["net_yuan"] > 0)]
    rows = pd.DataFrame(
        {"customer_id": sold["customer_id"], "day": sold["issued_date"], "amount_yuan": sold["net_yuan"]}
    )
    if memberships is None:
        return rows.assign(segment="all")[["segment", *rows.columns]]
    members = memberships[["segment", "customer_id"]].drop_duplicates()
    return rows.merge(members, on="customer_id")[["segment", *rows.columns]]


def peak_weeks(daily: pd.DataFrame, *, as_of: date, align: str = "calendar", draws: int = 199) -> pd.DataFrame:
    r"""Find the day of the year around which each group's amounts gather, with a bootstrap range over firms.

    Answers "which week, not which month?"

    .. math::

        f(x) = \frac1F \sum_{i=1}^{F} \sum_k \frac{y_{ik}}{\sum_l y_{il}}\, \phi_7(x - d_{ik}), \qquad
        \hat x = \arg\max_x \frac{f(x)}{e(x)}

    over firms i and their amounts y at days d laid on a ring of 365, each firm counting alike, :math:`\phi_7` a normal
    kernel of 7 days and e the same kernel over the days on file, so that a part of a year that was seen more often
    does not look busy. By the lunar year d counts days from the nearest Spring Festival.

    Parameters
    ----------
    daily : DataFrame
        Result of `daily_sales`, or dated amounts in that form. Not modified.
    as_of : date
        Later days are left out; the next peak lies after it.
    align : {"calendar", "lunar"}
        Lunar for groups that stock up for the festival.
    draws : int
        Bootstrap samples of firms, at least 100; the seed is fixed.

    Returns
    -------
    DataFrame
        One row per segment, ascending: ``firms_count, events_count, years_count`` (of days on file); ``peak_day``
        (1 .. 365, or -182 .. 182 days from the festival), ``peak_low, peak_high`` (90 %, counted on from the peak: may
        pass the ring's ends), ``peak_ratio`` (height over an average day), ``stability_share`` (draws within a week of
        the peak), ``next_peak_date`` and ``next_peak_week`` (ISO)

    Raises
    ------
    TooShort
        If the days on file span less than two years, or a segment has fewer than ten firms.
    BadData
        If the alignment is unknown, draws are too few, or an amount is not above zero.

    Notes
    -----
    There is always a highest day: ask `seasonality.credit_seasons` first whether there is a season. Two seasons a year
    give one peak here and a low stability. Invoices are dated when written: month-end invoicing moves a peak to the
    month's end, and goods are ordered before they are invoiced.

    Examples
    --------
    >>> days = pd.date_range("2023-07-01", "2026-06-30")
    >>> firms = [pd.DataFrame({"segment": "farm", "customer_id": f"C{i}", "day": days}) for i in range(12)]
    >>> daily = pd.concat(firms, ignore_index=True)
    >>> daily["amount_yuan"] = np.where(daily["day"].dt.dayofyear.between(100, 110), 5.0, 1.0)
    >>> found = peak_weeks(daily, as_of=date(2026, 6, 30))
    >>> found[["peak_day", "stability_share", "next_peak_week"]].values.tolist()
    [[105, 1.0, '2027-W15']]
    """
    rows = daily[daily["day"] <= pd.Timestamp(as_of)].sort_values(["segment", "customer_id", "day", "amount_yuan"])
    if align not in ALIGNMENTS or draws < 100 or not (rows["amount_yuan"] > 0).all():
        raise BadData(
            "the alignment is unknown, draws are too few, or an amount is not above zero",
            fix="use calendar or lunar, 100 draws or more, and daily_sales",
        )
    span = (rows["day"].max() - rows["day"].min()).days + 1 if len(rows) else 0
    if span < LEAST_DAYS:
        raise TooShort(f"{span} days are too few for a week of the year", fix="load two years of dates or more")
    seen = _on_ring(pd.Series(pd.date_range(rows["day"].min(), rows["day"].max())), align)
    even = _smoothed(np.bincount(seen, minlength=YEAR_DAYS)[None, :])[0]
    placed = rows.assign(place=_on_ring(rows["day"], align))
    found = [_peak(name, group, even, draws) for name, group in placed.groupby("segment", observed=True)]
    table = pd.DataFrame(found).assign(years_count=span / YEAR_DAYS)
    offset = 1 if align == "calendar" else -(YEAR_DAYS // 2)
    table[["peak_day", "peak_low", "peak_high"]] += offset
    nexts = [_next_date(int(day), as_of, align) for day in table["peak_day"]]
    weeks = [f"{day.isocalendar().year}-W{day.isocalendar().week:02}" for day in nexts]
    return table.assign(next_peak_date=pd.to_datetime(nexts), next_peak_week=weeks)[COLUMNS]


def _on_ring(days: pd.Series, align: str) -> np.ndarray:
    """Place of each day on the ring, 0 .. 364; the last day of a leap year, and of a long lunar one, shares a place."""
    if align == "calendar":
        return np.minimum(days.dt.dayofyear.to_numpy() - 1, YEAR_DAYS - 1)
    years = range(days.dt.year.min() - 1, days.dt.year.max() + 2)
    festivals = np.array([spring_festival(year) for year in years], dtype="datetime64[D]")
    away = (days.to_numpy("datetime64[D]")[:, None] - festivals[None, :]).astype("int64")
    nearest = away[np.arange(len(away)), np.abs(away).argmin(axis=1)]
    half = YEAR_DAYS // 2
    return np.clip(nearest, -half, half) + half


def _peak(name: str, group: pd.DataFrame, even: np.ndarray, draws: int) -> dict[str, object]:
    firms, _ = pd.factorize(group["customer_id"])
    count = firms.max() + 1
    if count < LEAST_FIRMS:
        raise TooShort(f"{count} firms of {name} are too few for a week", fix=f"give {LEAST_FIRMS} firms or more")
    place = firms * YEAR_DAYS + group["place"].to_numpy()
    held = np.bincount(place, group["amount_yuan"].to_numpy(float), minlength=count * YEAR_DAYS)
    profile = held.reshape(count, YEAR_DAYS)
    profile = profile / profile.sum(axis=1, keepdims=True)
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=draws) @ profile
    curves = _smoothed(np.vstack([profile.sum(axis=0), drawn])) / even
    places = curves.argmax(axis=1)
    away = (places[1:] - places[0] + YEAR_DAYS // 2) % YEAR_DAYS - YEAR_DAYS // 2
    low, high = np.quantile(away, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    level = np.average(curves[0], weights=even)
    return {
        "segment": name,
        "firms_count": count,
        "events_count": len(group),
        "peak_day": int(places[0]),
        "peak_low": places[0] + low,
        "peak_high": places[0] + high,
        "peak_ratio": curves[0].max() / level,
        "stability_share": float((np.abs(away) <= 7).mean()),
    }


def _smoothed(rows: np.ndarray) -> np.ndarray:
    """Fold each row with the kernel, around the ring."""
    days = np.arange(YEAR_DAYS)
    kernel = np.exp(-0.5 * (np.minimum(days, YEAR_DAYS - days) / SMOOTH_DAYS) ** 2)
    return np.fft.irfft(np.fft.rfft(rows, axis=1) * np.fft.rfft(kernel / kernel.sum()), n=YEAR_DAYS, axis=1)


def _next_date(peak_day: int, as_of: date, align: str) -> date:
    years = range(as_of.year, as_of.year + 3)
    starts = [date(year - 1, 12, 31) if align == "calendar" else spring_festival(year) for year in years]
    return next(day for day in (start + timedelta(days=peak_day) for start in starts) if day > as_of)


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

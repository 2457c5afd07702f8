"""The week in which a group's need peaks (旺季周), from dates by the day where there are any."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from microlib.calendars import spring_festival
from microlib.errors import BadData
from microlib.metrics.season_fits import SEED, TooShort

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
    """Read each firm's valid sales by the day: the daily form of `monthly_amounts.monthly_sales`.

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
    There is always a highest day: ask `seasons.credit_seasons` first whether there is a season. Two seasons a year
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
    rows = daily[daily["day"] <= pd.Timestamp(as_of)]
    if align not in ALIGNMENTS or draws < 100 or not (rows["amount_yuan"] > 0).all():
        raise BadData("the alignment is unknown, draws are too few, or an amount is not above zero",
                      fix="use calendar or lunar, 100 draws or more, and daily_sales")  # fmt: skip
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
        "segment": name, "firms_count": count, "events_count": len(group), "peak_day": int(places[0]),
        "peak_low": places[0] + low, "peak_high": places[0] + high, "peak_ratio": curves[0].max() / level,
        "stability_share": float((np.abs(away) <= 7).mean()),
    }  # fmt: skip


def _smoothed(rows: np.ndarray) -> np.ndarray:
    """Fold each row with the kernel, around the ring."""
    days = np.arange(YEAR_DAYS)
    kernel = np.exp(-0.5 * (np.minimum(days, YEAR_DAYS - days) / SMOOTH_DAYS) ** 2)
    return np.fft.irfft(np.fft.rfft(rows, axis=1) * np.fft.rfft(kernel / kernel.sum()), n=YEAR_DAYS, axis=1)


def _next_date(peak_day: int, as_of: date, align: str) -> date:
    years = range(as_of.year, as_of.year + 3)
    starts = [date(year - 1, 12, 31) if align == "calendar" else spring_festival(year) for year in years]
    return next(day for day in (start + timedelta(days=peak_day) for start in starts) if day > as_of)

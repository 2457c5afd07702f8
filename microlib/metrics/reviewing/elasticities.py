"""How far sales follow an outside series (弹性): with a range, or the sentence that the history is too short."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import t as student

from microlib.errors import MissingTable
from microlib.metrics.festivals import festival_weights

COLUMNS = ["series_id", "driver", "months_count", "customers_count", "balance_yuan", "balance_share", "elasticity",
           "elasticity_low", "elasticity_high", "scenario_share", "fall_share", "fall_low", "fall_high",
           "finding"]  # fmt: skip
#: lengths of the time before the Spring Festival whose parts are taken out
FESTIVAL_DAYS = (20, 40, 60)
#: of the range: several series are tried, so a wider one than usual
LEVEL = 0.99
#: parameters of the season: twelve months, trend, curve, festival
SEASON = 14 + len(FESTIVAL_DAYS)


def elasticities(
    series: pd.DataFrame, flow_months: pd.DataFrame, *, customers: pd.DataFrame, loans: pd.DataFrame,
    rules: Mapping[str, float],
) -> pd.DataFrame:  # fmt: skip
    r"""Measure by how many percent a trade's sales move when a series from outside moves by one percent.

    Answers "what if prices fall by a tenth?"

    .. math:: \ln S_t = \alpha_{m(t)} + \beta_1 t + \beta_2 t^2 + \gamma' f_t + \eta \ln x_t + u_t, \qquad
        \hat\eta \pm t\, s_{HAC}

    with calendar months, trend, curve and the days before the Spring Festival taken out, and an error that allows for
    neighbouring months being alike (Newey-West, 3 lags), never less than the plain one.

    Parameters
    ----------
    series : DataFrame[external_series]
        ``industry_code`` names the trade it bears on by the beginning of the code. Not modified, nor are the others.
    flow_months : DataFrame[flow_months]
    customers, loans : DataFrame
        ``customer_id, industry_code``; ``customer_id, balance_yuan``.
    rules : mapping
        ``months`` (fewer make no elasticity), ``customers`` (fewer neither), ``fall`` (fraction shown as scenario).

    Returns
    -------
    DataFrame
        One row per series with customers of its trade, largest balance first, `COLUMNS`: ``elasticity`` with its range
        (99 %), ``fall_share`` (change of sales when the series falls by ``scenario_share``, with its range) and
        ``finding``: ``follows`` (range above zero), ``runs_against``, ``cannot_say``, ``too_short``, ``too_few``.

    Raises
    ------
    MissingTable
        If there is no series.

    Notes
    -----
    Moving together is not cause. Over so few years one odd spell decides; a finding of ``cannot_say`` is no proof of
    independence.
    """
    if series.empty:
        raise MissingTable("external_series is empty", where="external_series", fix="load external_series")
    total = loans["balance_yuan"].sum()
    rows = [_row(part, flow_months, customers, loans, rules) for _, part in series.groupby("series_id", sort=True)]
    found = pd.DataFrame([row for row in rows if row["customers_count"] or row["balance_yuan"]], columns=COLUMNS)
    found["balance_share"] = found["balance_yuan"] / total if total else np.nan
    return found.sort_values(["balance_yuan", "series_id"], ascending=[False, True], ignore_index=True)


def _row(
    part: pd.DataFrame, flows: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame, rules: Mapping[str, float]
) -> dict:
    trade = str(part["industry_code"].iloc[0] or "")
    who = customers.loc[customers["industry_code"].fillna("").str.startswith(trade), "customer_id"]
    own = flows[flows["customer_id"].isin(who)]
    row = {"series_id": part["series_id"].iloc[0], "driver": part["driver"].iloc[0],
           "balance_yuan": loans.loc[loans["customer_id"].isin(who), "balance_yuan"].sum()}  # fmt: skip
    both = _steady(own).rename("sales").to_frame().join(part.set_index("month")["value"], how="inner").dropna()
    row |= {"months_count": len(both), "customers_count": own["customer_id"].nunique()}
    if row["customers_count"] < rules["customers"]:
        return row | {"finding": "too_few"}
    if len(both) < max(rules["months"], SEASON + 3):
        return row | {"finding": "too_short"}
    middle, reach = _fitted(both)
    low, high = middle - reach, middle + reach
    fall = np.log(1 - rules["fall"])
    moved = {
        "fall_share": np.expm1(middle * fall),
        "fall_low": np.expm1(high * fall),
        "fall_high": np.expm1(low * fall),
    }
    moved["scenario_share"] = rules["fall"]
    finding = "follows" if low > 0 else "runs_against" if high < 0 else "cannot_say"
    return row | moved | {"elasticity": middle, "elasticity_low": low, "elasticity_high": high, "finding": finding}


def _steady(flows: pd.DataFrame) -> pd.Series:
    """Monthly inflows of the customers who are there in every month, so that newcomers are no growth."""
    table = flows.groupby(["month", "customer_id"])["inflow_yuan"].sum().unstack()
    return table.loc[:, table.notna().all()].sum(axis="columns")


def _fitted(both: pd.DataFrame) -> tuple[float, float]:
    """Elasticity and the reach of its range."""
    months = pd.PeriodIndex(both.index, freq="M")
    time = np.arange(len(both)) / 12
    calendar = np.eye(12)[months.month.to_numpy() - 1]
    calendar = calendar[:, calendar.any(axis=0)]
    festival = [festival_weights(list(both.index), days=days) for days in FESTIVAL_DAYS]
    design = np.column_stack([np.log(both["value"]), calendar, time, time**2, *festival])
    answer = np.log(both["sales"].to_numpy(dtype=float))
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ answer
    rest = answer - design @ beta
    scores = design * rest[:, None]
    middle = scores.T @ scores
    for lag in (1, 2, 3):
        cross = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / 4) * (cross + cross.T)
    free = len(both) - np.linalg.matrix_rank(design)
    plain = inverse[0, 0] * (rest @ rest) / free
    variance = max(plain, (inverse @ middle @ inverse)[0, 0] * len(both) / free)
    return float(beta[0]), float(student.ppf((1 + LEVEL) / 2, free) * np.sqrt(variance))

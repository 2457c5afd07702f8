"""The sales funnel: conversion by stage, managers' activity, plan progress, standings, response, pay patterns.

`lead_paths` joins each lead's stages, `stage_conversions` counts them; `rate_standings` forms groups that
can be told apart, never ranks. Whom a plan asks for how much is computed in `microlib.design.rollout_plan`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import nbinom, poisson

from microlib.calendars import last_complete_month_end
from microlib.contracts.needs import measure
from microlib.errors import BadData, EmptyBook
from microlib.metrics.rhythm import monthly_lending
from microlib.stats.grouping import checked_level, looked_up
from microlib.stats.intervals import rate_interval

GAP_COLUMNS = ["factor", "actual", "expected"]


def gap_contributions(factors: pd.DataFrame, *, level_sd: float = 1.959964) -> pd.DataFrame:
    r"""Split the gap between two products of the same factors into what each factor brings.

    Answers "we lent 40 fewer than planned: too few visits, too few yeses, or too small loans?" With
    :math:`A = \prod a_i` and :math:`E = \prod e_i`,

    .. math:: A - E = \sum_i L(A, E) \ln\frac{a_i}{e_i}, \qquad L(A, E) = \frac{A - E}{\ln A - \ln E}

    exactly, with no remainder, whatever the order of the factors. Where a factor's actual value is a rate of
    :math:`n` cases, its contribution's range is :math:`L \,(\ln(a_i/e_i) \pm z\,s_i)` with
    :math:`s_i = \sqrt{(1 - a_i)/(n a_i)}`.

    Parameters
    ----------
    factors : DataFrame
        ``factor`` (code), ``actual``, ``expected`` (> 0, the same unit); optionally ``cases_count``, the cases of
        which an actual rate is the share (missing where it is no rate). Not modified.
    level_sd : float
        z, in standard deviations.

    Returns
    -------
    DataFrame
        `factors` with ``contribution`` (in units of the product; they sum to the gap), ``contribution_low``,
        ``contribution_high`` (missing where the factor is no rate), ``part_of_gap_share`` (of the gap; missing
        where there is none), ``explains`` (bool: the range leaves out zero, or there is none and it is not zero)

    Raises
    ------
    BadData
        If a column is missing or a value is not above zero: a funnel that let nobody through has no logarithm, and
        its gap is that stage.

    References
    ----------
    .. [1] Ang, B. W. (2005). The LMDI approach to decomposition analysis: a practical guide.
       Energy Policy 33(7), 867-871.

    Examples
    --------
    >>> factors = pd.DataFrame({"factor": ["visits", "yes"], "actual": [80., 0.1], "expected": [100., 0.1]})
    >>> gap_contributions(factors).contribution.round(6).to_list()
    [-2.0, 0.0]
    """
    missing = [name for name in GAP_COLUMNS if name not in factors]
    if missing or not (factors[["actual", "expected"]] > 0).all(axis=None):
        fix = "give actual and expected values above zero"
        raise BadData("a factor has no logarithm", where=", ".join(missing) or "factors", fix=fix)
    actual, expected = (factors[name].to_numpy(float) for name in ("actual", "expected"))
    logs = np.log(actual / expected)
    whole, planned = actual.prod(), expected.prod()
    weight = whole if np.isclose(whole, planned) else (whole - planned) / np.log(whole / planned)
    cases = factors["cases_count"].to_numpy(float) if "cases_count" in factors else np.full(len(factors), np.nan)
    spread = level_sd * np.sqrt(np.clip(1 - actual, 0, None) / (cases * actual))
    low, high = weight * (logs - spread), weight * (logs + spread)
    share = np.divide(weight * logs, whole - planned, out=np.full(len(logs), np.nan), where=whole != planned)
    told = np.where(np.isnan(spread), logs != 0, (low > 0) | (high < 0))
    return factors.assign(
        contribution=weight * logs,
        contribution_low=low,
        contribution_high=high,
        part_of_gap_share=share,
        explains=told.astype(bool),
    )


FACTORS = ("activity", "applications_per_contact", "loans_per_application", "ticket")
COUNTS = ("contacts_count", "applications_count", "loans_count", "amount_yuan")


def manager_activities(rm_months: pd.DataFrame, *, since: str, until: str) -> pd.DataFrame:
    """Sum each manager's months.

    Answers "what did each do, and what came of it?"

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``rm_id, month, calls_count, visits_count, applications_count, loans_count, amount_yuan``. Not modified.
    since, until : str
        First and last month (YYYY-MM).

    Returns
    -------
    DataFrame
        One row per manager: ``rm_id, months_count, contacts_count`` (calls and visits), ``applications_count,
        loans_count, amount_yuan, pay_yuan`` (missing where never told)

    Raises
    ------
    EmptyBook
        If no month lies in the window.
    """
    held = rm_months[rm_months["month"].between(since, until)]
    if held.empty:
        raise EmptyBook(f"no month of a manager from {since} to {until}", fix="load rm_months of that time")
    contacts = held[["calls_count", "visits_count"]].astype("float64").sum(axis="columns", min_count=1)
    told = held.assign(contacts_count=contacts)
    sums = told.groupby("rm_id")[[*COUNTS, "pay_yuan"]].sum(min_count=1)
    return sums.assign(months_count=told.groupby("rm_id").size()).reset_index()


def activity_contributions(activities: pd.DataFrame) -> pd.DataFrame:
    r"""Split each manager's distance from the others into activity, conversion and ticket.

    Answers "is it the visits, the yeses, the files or the size of the loans?" A manager's amount a month is

    .. math:: y = c \cdot \frac{a}{c} \cdot \frac{n}{a} \cdot \frac{y}{n}

    with contacts c, applications a, loans n a month; expected are the same factors of all managers together.

    Parameters
    ----------
    activities : DataFrame
        Result of `manager_activities`. Managers with a factor of zero, or one that is not known, are left out: nothing
        is to be split. Not modified.

    Returns
    -------
    DataFrame
        One row per manager and factor: ``rm_id, factor, actual, expected, cases_count, contribution, contribution_low,
        contribution_high, part_of_gap_share, explains`` (see `gap_contributions`; yuan a month)

    Notes
    -----
    Quality is no factor of the amount: it stands beside it, in `rate_standings`.
    """
    held = activities[(activities[list(COUNTS)].astype("float64") > 0).all(axis="columns")]
    whole = held[list(COUNTS)].sum()
    if held.empty:
        return _one(whole.add(1.0), [1.0] * len(FACTORS)).iloc[:0]
    expected = _factors(whole, held["months_count"].sum())
    parts = [_one(row, expected) for _, row in held.iterrows()]
    return pd.concat(parts, ignore_index=True)


def _factors(row: pd.Series, months: float) -> list[float]:
    contacts, asked, lent, yuan = (float(row[name]) for name in COUNTS)
    return [contacts / months, asked / contacts, lent / asked, yuan / lent]


def _one(row: pd.Series, expected: list[float]) -> pd.DataFrame:
    cases = [float("nan"), row["contacts_count"], row["applications_count"], float("nan")]
    actual = _factors(row, row.get("months_count", 1))
    factors = pd.DataFrame({"factor": FACTORS, "actual": actual, "expected": expected, "cases_count": cases})
    rates = factors["actual"].where(factors["cases_count"].isna(), factors["actual"].clip(upper=1.0))
    found = gap_contributions(factors.assign(actual=rates))
    found.insert(0, "rm_id", row.get("rm_id", ""))
    return found


#: columns after the grouping columns
COLUMNS = [
    *["stage", "next_stage", "entered_count", "ripe_count", "passed_count", "open_count"],
    *["conversion_rate", "conversion_low", "conversion_high", "median_days", "p90_days"],
]


def stage_conversions(
    cases: pd.DataFrame, *, stages: Sequence[str], as_of: date, ripe_days: int = 30, by: Sequence[str] = ()
) -> pd.DataFrame:
    r"""Count how many cases pass each stage of a funnel (漏斗), one row per group and step.

    Answers "of those who got so far, how many went on, and where do we lose them?" Of the cases that entered stage s,
    those that have had `ripe_days` to go on, or did go on, are ripe; with :math:`n` ripe and :math:`k` passed

    .. math:: r_s = k / n

    with Jeffreys' interval. A case that entered yesterday has not failed: it is open, and counted apart.

    Parameters
    ----------
    cases : DataFrame
        One row per case: ``<stage>_date`` for each stage (missing where it was not reached), columns of `by`.
        A later stage reached without an earlier one's date counts the earlier one as passed on that later day; one
        dated before the earlier counts as passed, and its days are not known.
        Not modified.
    stages : sequence of str
        Names of stages in order, two or more.
    as_of : date
        What happened later is not known yet.
    ripe_days : int
        Days after which a case that has not gone on counts as lost at the stage.
    by : sequence of str
        Grouping columns; none makes one funnel.

    Returns
    -------
    DataFrame
        Grouping columns and ``stage, next_stage``; ``entered_count, ripe_count, passed_count, open_count``;
        ``conversion_rate, conversion_low, conversion_high`` (fraction; missing where nobody is ripe);
        ``median_days, p90_days`` of those that passed (missing where nobody did).

    Raises
    ------
    BadData
        If there are fewer than two stages, or one's column is missing.
    EmptyBook
        If there is no case.

    Notes
    -----
    Managers and channels differ in whom they are given: a rate is no verdict on a person.

    Examples
    --------
    >>> days = ["2026-05-01", "2026-05-02", "2026-06-29"]
    >>> cases = pd.DataFrame({"lead_date": pd.to_datetime(days), "visit_date": pd.to_datetime([days[1], None, None])})
    >>> found = stage_conversions(cases, stages=["lead", "visit"], as_of=date(2026, 6, 30))
    >>> found[["entered_count", "ripe_count", "passed_count", "open_count"]].iloc[0].to_list()
    [3, 2, 1, 1]
    """
    columns = [f"{stage}_date" for stage in stages]
    missing = [name for name in [*columns, *by] if name not in cases]
    if len(stages) < 2 or missing:
        fix = "name two stages or more, each with a column <stage>_date"
        raise BadData("a funnel lacks a stage", where=", ".join(missing) or "stages", fix=fix)
    if cases.empty:
        raise EmptyBook("no case has entered the funnel", where="cases", fix="load leads or applications")
    known = _filled_back(cases, columns, pd.Timestamp(as_of))
    steps = [_step(known, pair, by, pd.Timestamp(as_of), ripe_days) for pair in pairwise(stages)]
    found = pd.concat(steps, ignore_index=True)
    order = pd.Categorical(found["stage"], categories=list(stages), ordered=True)
    found = found.assign(_order=order).sort_values([*by, "_order"], kind="stable").reset_index(drop=True)
    return found[[*by, *COLUMNS]]


def _filled_back(cases: pd.DataFrame, columns: list[str], today: pd.Timestamp) -> pd.DataFrame:
    """Dates up to today; a stage that was skipped takes the date of the next one reached."""
    dates = cases[columns].apply(pd.to_datetime)
    dates = dates.where(dates <= today)
    return cases.assign(**dates.bfill(axis="columns").to_dict("series"))


def _step(
    cases: pd.DataFrame, pair: tuple[str, str], by: Sequence[str], today: pd.Timestamp, ripe_days: int
) -> pd.DataFrame:
    begun, ended = (cases[f"{stage}_date"] for stage in pair)
    entered, passed = begun.notna(), begun.notna() & ended.notna()
    ripe = passed | (entered & (begun <= today - pd.Timedelta(days=ripe_days)))
    flags = {"entered_count": entered, "ripe_count": ripe, "passed_count": passed, "open_count": entered & ~ripe}
    days = (ended - begun).dt.days.where(passed & (ended >= begun))
    part = cases[list(by)].assign(**flags, _days=days, _all=0)
    groups = part.groupby(list(by) or "_all", sort=True, observed=True)
    counts = groups[list(flags)].sum().astype("int64")
    counts["median_days"] = groups["_days"].median()
    counts["p90_days"] = groups["_days"].quantile(0.9)
    found = counts.reset_index().assign(stage=pair[0], next_stage=pair[1])
    return found.join(_rates(found))


def _rates(counts: pd.DataFrame) -> pd.DataFrame:
    held = counts[counts["ripe_count"] > 0]
    names = {"rate": "conversion_rate", "low": "conversion_low", "high": "conversion_high"}
    if held.empty:
        return pd.DataFrame(index=counts.index, columns=list(names.values()), dtype="float64")
    rates = rate_interval(held["passed_count"], held["ripe_count"]).rename(columns=names)
    return rates[list(names.values())].reindex(counts.index)


def rate_standings(cells: pd.DataFrame, *, level: float = 0.95, fewest: int = 10) -> pd.DataFrame:
    r"""Say of each cell whether its rate can be told from that of all the others.

    Answers "whom does this table really set apart?" With :math:`m` cells judged, each is compared with the rate of
    the others taken together,

    .. math:: \bar p_{-i} = \frac{\sum_{j \ne i} k_j}{\sum_{j \ne i} n_j}

    and stands above or below when its Clopper-Pearson interval at level :math:`1 - (1 - \text{level})/m` leaves
    :math:`\bar p_{-i}` out, so that with no real difference at most one table in twenty names anybody.

    Parameters
    ----------
    cells : DataFrame
        ``hit_count``, ``total_count`` (0 <= hit <= total) and labels, which are kept. Not modified.
    level : float
        For the whole table, 0 .. 1 exclusive.
    fewest : int
        Cells with fewer trials are not judged (``too_few``).

    Returns
    -------
    DataFrame
        `cells` with ``rate, rate_low, rate_high`` (fraction; the interval at the cell's stricter level),
        ``rest_rate`` (fraction; missing where there is no other), ``standing`` (code)

    Raises
    ------
    BadData
        If a count is missing, negative, or more hits than trials.

    Notes
    -----
    Trials are taken as independent, and customers as alike: adjust for what people were given before reading
    anything into a name. It is a list of questions, for a conversation.

    Examples
    --------
    >>> cells = pd.DataFrame({"hit_count": [30, 15, 14, 1], "total_count": [100, 100, 100, 5]})
    >>> rate_standings(cells).standing.to_list()
    ['above', 'as_the_rest', 'as_the_rest', 'too_few']
    """
    checked_level(level)
    hit, total = (cells[name].to_numpy(float) for name in ("hit_count", "total_count"))
    if not ((hit >= 0) & (hit <= total)).all():
        raise BadData("a count is missing, negative or larger than its whole", where="cells", fix="mend the counts")
    judged = total >= max(fewest, 1)
    rest_total = total.sum() - total
    rest = np.divide(hit.sum() - hit, rest_total, out=np.full(len(hit), np.nan), where=rest_total > 0)
    strict = 1 - (1 - level) / max(int(judged.sum()), 1)
    bounds = np.full((len(hit), 3), np.nan)
    if (total > 0).any():
        counted = rate_interval(hit[total > 0], total[total > 0], method="clopper_pearson", level=strict)
        bounds[total > 0] = counted[["rate", "low", "high"]].to_numpy()
    above, below = judged & (bounds[:, 1] > rest), judged & (bounds[:, 2] < rest)
    standing = np.select([~judged, above, below], ["too_few", "above", "below"], "as_the_rest")
    return cells.assign(
        rate=bounds[:, 0], rate_low=bounds[:, 1], rate_high=bounds[:, 2], rest_rate=rest, standing=standing
    )


def late_credits(rm_months: pd.DataFrame, *, level: float = 0.95, fewest: int = 20) -> pd.DataFrame:
    """Compare the share of each manager's loans credited in the last days of a month with that of the others.

    Answers "does somebody make the month's number on its last days?" The bank's own rhythm is in the others' share.

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``rm_id, loans_count, late_loans_count``; months without the latter are left out. Not modified.
    level, fewest
        See `rate_standings`.

    Returns
    -------
    DataFrame
        One row per manager: ``rm_id, hit_count, total_count, rate, rate_low, rate_high, rest_rate, standing``

    Notes
    -----
    A sample for review, for head office: a market that pays at month end borrows at month end.

    Examples
    --------
    >>> months = pd.DataFrame({"rm_id": ["R1", "R2"], "loans_count": 40, "late_loans_count": [30, 5]})
    >>> late_credits(months).standing.to_list()
    ['above', 'below']
    """
    told = rm_months.dropna(subset=["loans_count", "late_loans_count"])
    sums = told.groupby("rm_id")[["late_loans_count", "loans_count"]].sum().astype("int64")
    cells = sums.set_axis(["hit_count", "total_count"], axis="columns").reset_index()
    return rate_standings(cells, level=level, fewest=fewest)


def step_credits(rm_months: pd.DataFrame, *, step: int, level: float = 0.95, fewest: int = 5) -> pd.DataFrame:
    r"""Compare the share of each manager's months of exactly the step, among months up to it, with that of the others.

    Answers "does somebody keep loans back until the bonus is reached?" Whoever works without an eye on the step has
    months of one and two as well as of three.

    .. math:: r_i = \frac{\#\{t : n_{it} = s\}}{\#\{t : 1 \le n_{it} \le s\}}

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``rm_id, loans_count``. Not modified.
    step : int
        Loans of a month from which the bonus is paid, 2 or more.
    level, fewest
        See `rate_standings`; `fewest` counts months.

    Returns
    -------
    DataFrame
        As `late_credits`.

    Raises
    ------
    BadData
        If the step is below 2.

    Examples
    --------
    >>> months = pd.DataFrame({"rm_id": ["R1"] * 12 + ["R2"] * 12, "loans_count": [3] * 12 + [1, 2, 3] * 4})
    >>> step_credits(months, step=3).standing.to_list()
    ['above', 'below']
    """
    if step < 2:
        raise BadData(f"a step of {step} has no month below it", where="step", fix="give 2 or more")
    counts = rm_months.set_index("rm_id")["loans_count"]
    groups = [(counts == step).groupby(level=0).sum(), counts.between(1, step).groupby(level=0).sum()]
    cells = pd.concat(groups, axis="columns", keys=["hit_count", "total_count"]).astype("int64").reset_index()
    return rate_standings(cells, level=level, fewest=fewest)


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
    return looked_up(leads["lead_id"], touches.groupby("lead_id")["touched_at"].min())


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
    return looked_up(keys, table.drop_duplicates(key).set_index(key)[value])


def loans_path(targets: pd.DataFrame, loans: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Lay the year's planned and actual numbers of new loans side by side.

    Parameters
    ----------
    targets : DataFrame[targets]
        ``target_scope, target_month, metric, target_number``: the branch's ``loans_count``. Not modified.
    loans : DataFrame[loans]
        See `rhythm.monthly_lending`.
    as_of : date
        The calendar year of this day; a month that is not over at it is still to come.

    Returns
    -------
    DataFrame
        ``month, planned_count, actual_count`` (missing for months to come), as `plan_progress` wants it.

    Raises
    ------
    EmptyBook
        If the year has no plan.

    Examples
    --------
    >>> targets = pd.DataFrame({"target_scope": "branch", "target_month": ["2026-05", "2026-06"],
    ...                         "metric": "loans_count", "target_number": [2.0, 3.0]})
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "amount_yuan": [1e5], "issue_type": ["new"],
    ...                       "disbursed_date": pd.to_datetime(["2026-05-04"])})
    >>> loans_path(targets, loans, as_of=date(2026, 6, 30))["actual_count"].tolist()
    [1, 0]
    """
    own = targets[(targets["target_scope"] == "branch") & (targets["metric"] == "loans_count")]
    planned = own[own["target_month"].str[:4] == f"{as_of:%Y}"].set_index("target_month")["target_number"].sort_index()
    if planned.sum() <= 0:
        raise EmptyBook(
            f"no plan of loans for {as_of:%Y}", where="targets", fix="load the branch's targets of the year"
        )
    over = f"{last_complete_month_end(as_of):%Y-%m}"
    come = monthly_lending(loans, since=min(planned.index[0], over), until=over).set_index("month")["events_count"]
    found = pd.DataFrame({"planned_count": planned, "actual_count": come.reindex(planned.index)})
    return found.rename_axis("month").reset_index()


#: a gamma prior worth half a case, as Jeffreys' for a Poisson rate
PRIOR = 0.5


def plan_progress(path: pd.DataFrame, *, level: float = 0.95, open_share: float = 1.0) -> pd.DataFrame:
    r"""Hold what has come so far against the plan's path and forecast its end.

    Answers "are we behind, or is that noise, and where will we end if it goes on like this?" While all goes to plan
    the cumulated count at step t is Poisson around the cumulated plan :math:`P_t`: its band is the quantiles of that.
    With :math:`k_t` come by then, the rest of the plan :math:`P_T - P_t` brings, at the same pace,

    .. math:: k_T - k_t \mid k_t \sim \mathrm{NegBin}\Bigl(k_t + \tfrac12,\; \frac{P_t}{P_t + q (P_T - P_t)}\Bigr)

    the predictive distribution of a Poisson rate seen :math:`k_t` times in exposure :math:`P_t` under Jeffreys' prior,
    of which the part q may still be lent.

    Parameters
    ----------
    path : DataFrame
        One row per step in order: ``planned_count`` (>= 0, of the step), ``actual_count`` (of the step; missing for
        steps to come) and labels, which are kept. Not modified.
    level : float
        Of band and forecast, 0 .. 1 exclusive.
    open_share : float
        q, part of the pace seen that may be lent from now on (0 .. 1): what has been stopped comes no more.

    Returns
    -------
    DataFrame
        `path` with ``planned_total``, ``band_low``, ``band_high``, ``actual_total`` (count, cumulated),
        ``state`` (``inside``, ``above``, ``below``; ``to_come``), ``end_forecast``, ``end_low``, ``end_high`` (count at
        the end, as forecast at that step; missing for steps to come), ``end_planned``

    Raises
    ------
    BadData
        If nothing is planned, a plan is missing or negative, or a step to come precedes one that came.

    Notes
    -----
    Counts of one campaign are more uneven than Poisson when one good day brings a whole street: the band is then too
    narrow. The range widens with what is left, not with what might change.

    Examples
    --------
    >>> path = pd.DataFrame({"planned_count": [10, 10, 10, 10], "actual_count": [4, 5, None, None]})
    >>> plan_progress(path).loc[1, ["planned_total", "band_low", "actual_total", "state"]].to_dict()
    {'planned_total': 20.0, 'band_low': 12.0, 'actual_total': 9.0, 'state': 'below'}
    >>> plan_progress(path, open_share=0.0).loc[1, ["end_low", "end_forecast", "end_high"]].to_list()
    [9.0, 9.0, 9.0]
    """
    checked_level(level)
    if not 0 <= open_share <= 1:
        raise BadData(f"open_share = {open_share}: is no share", where="open_share", fix="give 0 .. 1")
    steps = path.reset_index(drop=True)
    planned, actual = steps["planned_count"].astype(float), steps["actual_count"].astype(float)
    if planned.isna().any() or (planned < 0).any() or planned.sum() <= 0:
        raise BadData("a step has no plan", where="planned_count", fix="plan each step, 0 or more, and some above 0")
    if actual.isna().ne(actual.isna().cummax()).any():
        raise BadData("a step without a count lies before one with", where="actual_count", fix="write 0 for none")
    total, come = planned.cumsum(), actual.cumsum()
    tail = (1 - level) / 2
    low, high = poisson.ppf(tail, total), poisson.ppf(1 - tail, total)
    state = pd.Series("inside", index=steps.index).mask(come < low, "below").mask(come > high, "above")
    found = steps.assign(
        planned_total=total,
        band_low=low,
        band_high=high,
        actual_total=come,
        state=state.mask(come.isna(), "to_come"),
        end_planned=total.iloc[-1],
        **_ends(total, come, tail, open_share),
    )
    return found.set_axis(path.index)


def _ends(total: pd.Series, come: pd.Series, tail: float, open_share: float) -> dict[str, pd.Series]:
    seen = come.notna() & (total > 0)
    share = (total / (total + open_share * (total.iloc[-1] - total)))[seen]
    weight, done = come[seen] + PRIOR, come[seen]
    left = {"end_forecast": 0.5, "end_low": tail, "end_high": 1 - tail}
    return {
        name: (done + nbinom.ppf(quantile, weight, share)).where(share < 1, done).reindex(total.index)
        for name, quantile in left.items()
    }


#: parts of a day by the hour from which they run (时段)
PARTS = {"morning": 0, "noon": 12, "afternoon": 14, "evening": 18}


def day_parts(touches: pd.DataFrame) -> pd.DataFrame:
    """Name the part of the day of each contact.

    Returns
    -------
    DataFrame
        `touches` with ``day_part`` (``morning`` before 12, ``noon`` before 14, ``afternoon`` before 18, ``evening``).

    Examples
    --------
    >>> hours = pd.to_datetime(["2026-06-01 09:00", "2026-06-01 19:30"])
    >>> day_parts(pd.DataFrame({"touched_at": hours})).day_part.to_list()
    ['morning', 'evening']
    """
    hour = pd.to_datetime(touches["touched_at"]).dt.hour
    part = pd.cut(hour, [*PARTS.values(), 24], right=False, labels=list(PARTS))
    return touches.assign(day_part=part.astype("str"))


def touch_responses(touches: pd.DataFrame, *, by: list[str], level: float = 0.95, fewest: int = 20) -> pd.DataFrame:
    """Compare the share of contacts that met interest, cell by cell with the rest.

    Answers "which way, at what time, with which script, do people listen?"

    Parameters
    ----------
    touches : DataFrame[touches]
        ``touch_result`` and the columns of `by`; rows without one of these are left out. Not modified.
    by : list of str
        Columns, e.g. ``["way", "day_part"]`` or ``["script_id"]``.
    level, fewest
        See `rate_standings`.

    Returns
    -------
    DataFrame
        Columns of `by`, ``hit_count, total_count, rate, rate_low, rate_high, rest_rate, standing``; highest rate first.

    Raises
    ------
    EmptyBook
        If there is no contact.

    Notes
    -----
    Ways and hours were chosen by people who knew whom they called: what differs here did not come about by chance, and
    is an association. A script's effect needs scripts given by lot.
    """
    held = touches.dropna(subset=by)
    if held.empty:
        raise EmptyBook("no contact has these columns", where="touches", fix="load touches with ways and scripts")
    groups = held["touch_result"].isin(INTERESTED).groupby([held[name] for name in by])
    cells = pd.DataFrame({"hit_count": groups.sum().astype("int64"), "total_count": groups.size()}).reset_index()
    found = rate_standings(cells, level=level, fewest=fewest)
    return found.sort_values("rate", ascending=False, kind="stable").reset_index(drop=True)

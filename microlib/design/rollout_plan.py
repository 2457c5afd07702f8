"""A rollout plan: target shared by potential (目标分解), managers' capacity, month path, launch week, task dates.

What managers did is measured in `microlib.metrics.selling`; their pay stands in `incentives`, their lists
in `cards`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from microlib.contracts.policy import DecisionsPolicy
from microlib.design.allocation import COLUMNS, InfeasibleProgramme
from microlib.design.decisions import WHOLE_BRANCH, decision_frame
from microlib.errors import BadConfig, BadData, EmptyBook
from microlib.metrics.loans import is_live
from microlib.metrics.rhythm import bank_rhythms, launch_week, monthly_lending, without_push
from microlib.stats.grouping import month_numbers, one_row, told_apart
from microlib.stats.seasonality import credit_seasons
from microlib.units import MONTHS_PER_YEAR

WEIGHTINGS = ("potential", "equal")


def allocate_targets(units: pd.DataFrame, *, total_yuan: float, weighting: str = "potential") -> pd.DataFrame:
    r"""Share a target as near to potential as capacity allows.

    Answers "who is asked for how much, and who is asked for more than its share because another cannot?"

    .. math:: \min_x \sum_i \frac{(x_i - t_i)^2}{w_i} \quad \text{s.t.} \quad \sum_i x_i = T,\; 0 \le x_i \le c_i

    with :math:`t_i` the share of the total by potential and :math:`w_i = t_i`: what a full unit cannot do is shared in
    proportion. With :math:`w_i = 1` (``equal``) it is shared by the head, which asks more of the small.

    Parameters
    ----------
    units : DataFrame
        ``potential_yuan`` (> 0), ``capacity_yuan`` (>= 0). Not modified.
    total_yuan : float
        To be shared, >= 0.
    weighting : str
        ``potential`` or ``equal``.

    Returns
    -------
    DataFrame
        Columns of `units` with ``fair_yuan`` (:math:`t_i`), ``target_yuan``, ``moved_yuan`` (target less fair),
        ``room_yuan`` (capacity left), ``bound_by`` (``capacity`` or ``potential``), ``weighting``

    Raises
    ------
    InfeasibleProgramme
        If all capacity together is less than the total: the gap is printed, nothing is scaled down in silence.
    BadData
        If potential or capacity is missing or negative.
    BadConfig
        If the weighting is unknown.

    Examples
    --------
    >>> teams = pd.DataFrame({"potential_yuan": [2100., 1260, 840], "capacity_yuan": [1800., 1700, 1200]})
    >>> allocate_targets(teams, total_yuan=4200).target_yuan.to_list()
    [1800.0, 1440.0, 960.0]
    >>> allocate_targets(teams, total_yuan=4200, weighting="equal").target_yuan.to_list()
    [1800.0, 1410.0, 990.0]
    """
    if weighting not in WEIGHTINGS:
        raise BadConfig(f"weighting = {weighting}: is unknown", where="targets", fix="write potential or equal")
    potential, capacity = (units[name].to_numpy(dtype=float) for name in ("potential_yuan", "capacity_yuan"))
    if not ((potential > 0).all() and (capacity >= 0).all()):
        raise BadData("a potential or capacity is missing or negative", where="units", fix="give both for every unit")
    _refuse_gap(capacity, float(total_yuan))
    fair = total_yuan * potential / potential.sum()
    target = _shared(fair, capacity, np.ones_like(fair) if weighting == "equal" else potential)
    return units.assign(
        fair_yuan=fair,
        target_yuan=target.round(2),
        moved_yuan=(target - fair).round(2),
        room_yuan=(capacity - target).round(2),
        bound_by=np.where(target >= capacity - 0.01, "capacity", "potential"),
        weighting=weighting,
    )


def _shared(fair: np.ndarray, capacity: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Raise everyone by the same step per weight; whoever is full stays full, and the rest is shared again."""
    total, full = fair.sum(), np.zeros(len(fair), dtype=bool)
    target = fair.copy()
    for _ in range(len(fair) + 1):
        left = total - capacity[full].sum() - fair[~full].sum()
        step = left / weights[~full].sum() if (~full).any() else 0.0
        target = np.where(full, capacity, fair + step * weights)
        over = ~full & (target > capacity + 1e-9)
        if not over.any():
            break
        full |= over
    return target


def _refuse_gap(capacity: np.ndarray, total: float) -> None:
    gap = total - float(capacity.sum())
    if gap > 0.01:
        rows = [
            ("total_target", "programme", "", "at_least", total),
            ("capacity", "programme", "", "at_most", float(capacity.sum())),
        ]
        conflicts = pd.DataFrame(rows, columns=COLUMNS).assign(gap_yuan=round(gap, 2))
        what = f"all capacity together is {capacity.sum():,.2f}, the total {total:,.2f}: {gap:,.2f} are missing"
        raise InfeasibleProgramme(what, conflicts=conflicts, gap_yuan=round(gap, 2))


MODES = ("top_down", "bottom_up", "no_growth")
CLOSERS = ("more_managers", "better_conversion", "larger_ticket", "more_hours")


def head_office_target(targets: pd.DataFrame, *, since: str, months: int, metric: str = "amount_yuan") -> pd.DataFrame:
    """Read what head office asks of the branch, month by month.

    Parameters
    ----------
    targets : DataFrame[targets]
        ``target_scope, target_month, metric, target_number``. Not modified.
    since : str
        First month (YYYY-MM).
    months : int
        How many.
    metric : str
        ``amount_yuan`` or ``loans_count``.

    Returns
    -------
    DataFrame
        ``month, target_yuan`` (in the metric's unit), in order.

    Raises
    ------
    EmptyBook
        If the branch has no target of these months.

    Examples
    --------
    >>> targets = pd.DataFrame({"target_scope": "branch", "target_month": ["2026-07", "2026-08"],
    ...                         "metric": "amount_yuan", "target_number": [5.0, 6.0]})
    >>> head_office_target(targets, since="2026-07", months=6).target_yuan.to_list()
    [5.0, 6.0]
    """
    span = [str(month) for month in pd.period_range(since, periods=months, freq="M")]
    own = targets[(targets["target_scope"] == "branch") & (targets["metric"] == metric)]
    held = own[own["target_month"].isin(span)].sort_values("target_month")
    if held.empty:
        raise EmptyBook(f"no target from {since} on", where="targets", fix="load the branch's targets of these months")
    found = held[["target_month", "target_number"]].reset_index(drop=True)
    return found.set_axis(["month", "target_yuan"], axis="columns")


def target_modes(
    asked: pd.DataFrame, capacities: pd.DataFrame, maturing_yuan: float, *, capacity_level: float
) -> pd.DataFrame:
    """Set the target three ways and hold each against what managers lend.

    Answers "what is asked, what is done, and what would merely keep the book?" Top-down is what head office asks;
    bottom-up is what managers lend as they have lent; no growth replaces what matures.

    Parameters
    ----------
    asked : DataFrame
        Result of `head_office_target`. Not modified.
    capacities : DataFrame
        Result of `seen_capacity`: yuan a month.
    maturing_yuan : float
        Balance that matures in these months.
    capacity_level : float
        Level of the range of `capacities`, told beside it.

    Returns
    -------
    DataFrame
        One row per mode: ``target_mode, target_yuan, capacity_yuan, capacity_low_yuan, capacity_high_yuan``,
        ``shortfall_yuan`` (target less capacity, 0 where it is enough), ``is_within`` (``yes`` even at the low end,
        ``perhaps``, ``no`` not even at the high end; ``unknown`` where there is no range), ``level_share``
    """
    months = len(asked)
    names = ["capacity_yuan", "capacity_low_yuan", "capacity_high_yuan"]
    able = capacities[names].sum(min_count=1) * months
    wanted = {
        "top_down": asked["target_yuan"].sum(),
        "bottom_up": able["capacity_yuan"],
        "no_growth": float(maturing_yuan),
    }
    found = pd.DataFrame({"target_mode": list(MODES), "target_yuan": [float(wanted[mode]) for mode in MODES]})
    found = found.assign(**{name: float(able[name]) for name in names})
    gap = (found["target_yuan"] - found["capacity_yuan"]).clip(lower=0.0)
    state = pd.Series("perhaps", index=found.index)
    state = state.mask(found["target_yuan"] <= found["capacity_low_yuan"], "yes")
    state = state.mask(found["target_yuan"] > found["capacity_high_yuan"], "no")
    state = state.mask(found["capacity_low_yuan"].isna(), "unknown")
    return found.assign(shortfall_yuan=gap, is_within=state, level_share=capacity_level)


def gap_closers(modes: pd.DataFrame, capacities: pd.DataFrame, *, months: int) -> pd.DataFrame:
    """Say what each single change would have to be to close the gap of the target that is asked.

    Parameters
    ----------
    modes : DataFrame
        Result of `target_modes`. Not modified.
    capacities : DataFrame
        Result of `seen_capacity`.
    months : int
        Months of the target.

    Returns
    -------
    DataFrame
        ``closer`` (code), ``needed_number`` (managers; or the share by which conversion, ticket or selling hours must
        rise); empty where there is no gap or nobody's capacity is known.
    """
    asked = one_row(modes, "modes", target_mode="top_down")
    able, heads = float(asked["capacity_yuan"]), int(capacities["capacity_yuan"].notna().sum())
    if not asked["shortfall_yuan"] > 0 or not able > 0 or not heads:
        return pd.DataFrame({"closer": pd.Series(dtype="str"), "needed_number": pd.Series(dtype="float64")})
    more = float(asked["target_yuan"]) / able - 1
    needed = [float(asked["shortfall_yuan"]) / (able / heads), more, more, more]
    return pd.DataFrame({"closer": CLOSERS, "needed_number": needed})


def manager_targets(
    capacities: pd.DataFrame, potentials: pd.Series, quality: pd.DataFrame, *, total_yuan: float, months: int
) -> pd.DataFrame:
    """Share what can be done of the target over managers: by potential, within capacity, none to poor quality.

    A manager whose share of loans past due stands above that of the others (`standings`) is given no new volume until
    that is settled. Where capacity does not reach the total, capacity is shared and the gap stands in `target_modes`.

    Parameters
    ----------
    capacities : DataFrame
        ``rm_id, capacity_yuan`` (a month). Not modified.
    potentials : Series
        Yuan by ``rm_id``; managers without any count one yuan.
    quality : DataFrame
        ``rm_id, standing``, from `metrics.selling.rate_standings` on loans past due.
    total_yuan : float
        To be shared, >= 0.
    months : int
        Months of the target.

    Returns
    -------
    DataFrame
        ``rm_id, potential_yuan, capacity_yuan`` (over the months), ``fair_yuan, target_yuan, bound_by`` (``potential,
        capacity, quality``), largest target first.

    Raises
    ------
    EmptyBook
        If nobody's capacity is known.

    Examples
    --------
    >>> able = pd.DataFrame({"rm_id": ["R1", "R2"], "capacity_yuan": [10.0, 20.0]})
    >>> seen = pd.DataFrame({"rm_id": ["R1", "R2"], "standing": "as_the_rest"})
    >>> found = manager_targets(able, pd.Series({"R1": 60.0, "R2": 40.0}), seen, total_yuan=20.0, months=1)
    >>> found[["rm_id", "target_yuan", "bound_by"]].to_numpy().tolist()
    [['R1', 10.0, 'capacity'], ['R2', 10.0, 'potential']]
    """
    held = capacities[capacities["capacity_yuan"].notna()]
    if held.empty:
        raise EmptyBook("no manager's capacity is known", where="rms", fix="load hours and selling share of managers")
    poor = held["rm_id"].isin(quality.loc[quality["standing"] == "above", "rm_id"])
    able = (held["capacity_yuan"] * months).where(~poor, 0.0)
    units = pd.DataFrame(
        {
            "rm_id": held["rm_id"],
            "capacity_yuan": able,
            "potential_yuan": held["rm_id"].map(potentials).fillna(1.0).clip(lower=1.0),
        }
    )
    shared = allocate_targets(units, total_yuan=min(float(total_yuan), float(able.sum())))
    bound = shared["bound_by"].mask(poor, "quality")
    columns = ["rm_id", "potential_yuan", "capacity_yuan", "fair_yuan", "target_yuan", "bound_by"]
    found = shared.assign(bound_by=bound)[columns]
    return found.sort_values(["target_yuan", "rm_id"], ascending=[False, True]).reset_index(drop=True)


DRAWS, SEED = 4_000, 20_260_630
YUAN = ("capacity_yuan", "capacity_low_yuan", "capacity_high_yuan")


@dataclass(frozen=True)
class Habits:
    """How visits become loans, in counts, so that the range follows from them: for a reckoning by hours alone.

    Parameters
    ----------
    visit_hours : float
        Hours a visit takes, way and notes included; > 0.
    visits_count, applied_count : float
        Visits, and those that led to an application.
    decided_count, lent_count : float
        Applications decided, and those lent on.
    ticket_yuan : float
        Usual amount of a loan; > 0.
    """

    visit_hours: float
    visits_count: float
    applied_count: float
    decided_count: float
    lent_count: float
    ticket_yuan: float

    def __post_init__(self) -> None:
        pairs = ((self.applied_count, self.visits_count), (self.lent_count, self.decided_count))
        if self.visit_hours <= 0 or self.ticket_yuan <= 0 or not all(0 <= k <= n and n > 0 for k, n in pairs):
            fix = "give counts with 0 <= passed <= entered, and a visit's hours and a ticket above 0"
            raise BadData("habits without visits, decisions or a ticket", where="habits", fix=fix)


def monthly_capacity(managers: pd.DataFrame, *, habits: Habits, level: float = 0.8) -> pd.DataFrame:
    r"""Reckon what the hours of each manager would hold in a month, and the range that the counts behind rates leave.

    Answers "how much could be lent if all selling hours were visits?" What people really lend is `seen_capacity`.

    .. math:: v = \frac{h\,s}{d}, \qquad n = v \, p_1 \, p_2, \qquad y = n\, t

    with hours h, selling share s, hours a visit d, rates :math:`p_1` (application per visit) and :math:`p_2` (loan per
    application), ticket t. The range takes both rates from Beta(k + 1/2, n - k + 1/2) with a fixed seed.

    Parameters
    ----------
    managers : DataFrame
        ``rm_id, hours_month_count`` (hours), ``selling_share`` (fraction); those without hours are left out of the
        sums as unknown. Not modified.
    habits : Habits
    level : float
        Of the range, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        `managers` with ``visits_count, loans_count, loans_low, loans_high`` (a month), ``capacity_yuan,
        capacity_low_yuan, capacity_high_yuan`` (missing where hours are)

    Notes
    -----
    Everybody is taken to sell alike: differences between people are in `metrics.selling`.

    Examples
    --------
    >>> managers = pd.DataFrame({"rm_id": ["R1"], "hours_month_count": [160.0], "selling_share": [0.45]})
    >>> habits = Habits(1.5, visits_count=100, applied_count=12, decided_count=100, lent_count=55, ticket_yuan=620_000)
    >>> found = monthly_capacity(managers, habits=habits).iloc[0]
    >>> found[["visits_count", "loans_count", "capacity_yuan"]].astype(float).round(3).to_list()
    [48.0, 3.168, 1964160.0]
    """
    visits = _possible_visits(managers, habits.visit_hours)
    rate = habits.applied_count / habits.visits_count * habits.lent_count / habits.decided_count
    low, high = np.quantile(_rates(habits), [(1 - level) / 2, (1 + level) / 2])
    loans = {"loans_count": visits * rate, "loans_low": visits * low, "loans_high": visits * high}
    yuan = {name: loans[count] * habits.ticket_yuan for name, count in zip(YUAN, loans, strict=True)}
    return managers.assign(visits_count=visits, **loans, **yuan)


def _possible_visits(managers: pd.DataFrame, visit_hours: float) -> pd.Series:
    """Visits that each manager's selling hours of a month hold; missing where hours are."""
    return managers["hours_month_count"] * managers["selling_share"] / visit_hours


def _rates(habits: Habits) -> np.ndarray:
    dice = np.random.default_rng(SEED)
    asked = dice.beta(habits.applied_count + 0.5, habits.visits_count - habits.applied_count + 0.5, DRAWS)
    return asked * dice.beta(habits.lent_count + 0.5, habits.decided_count - habits.lent_count + 0.5, DRAWS)


#: months looked back on, and the fewest of them that give a range
SEEN_MONTHS, FEWEST_MONTHS = 12, 3


def seen_months(loans: pd.DataFrame, rm_months: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Lay out what managers did and what was lent in each of the last twelve months.

    Answers "how often are customers really visited here, and how much is really lent in a month?"

    Parameters
    ----------
    loans : DataFrame[loans]
        See `metrics.rhythm.monthly_lending`: new lending alone counts. Not modified.
    rm_months : DataFrame[rm_months]
        ``month, visits_count, applications_count``.
    as_of : date
        Its month is the last one.

    Returns
    -------
    DataFrame
        One row per month that managers' records hold, in order: ``month, visits_count, applications_count``, and from
        the ledger ``loans_count, amount_yuan``

    Raises
    ------
    EmptyBook
        If there was no visit or no loan.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "disbursed_date": pd.to_datetime(["2026-06-03"]),
    ...                       "amount_yuan": [5e5], "issue_type": ["new"]})
    >>> work = pd.DataFrame({"month": ["2026-06"], "visits_count": [9], "applications_count": [2]})
    >>> found = seen_months(loans, work, as_of=date(2026, 6, 30))
    >>> found[["visits_count", "loans_count", "amount_yuan"]].values.tolist()
    [[9.0, 1.0, 500000.0]]
    """
    since, until = last_year(as_of)
    done = rm_months[rm_months["month"].between(since, until)]
    sums = done.groupby("month")[["visits_count", "applications_count"]].sum()
    lent = monthly_lending(loans, since=since, until=until).set_index("month").reindex(sums.index)
    found = sums.assign(
        loans_count=lent["events_count"].fillna(0).astype("int64"), amount_yuan=lent["amount_yuan"].fillna(0.0)
    )
    if not (found["visits_count"].sum() > 0 and found["loans_count"].sum() > 0):
        raise EmptyBook("no visit or no loan in the last months", where="rm_months", fix="load managers' months")
    return found.reset_index()


def seen_habits(
    seen: pd.DataFrame, managers: pd.DataFrame, *, visit_hours: float, still_open: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Sum up what a month brings, what a loan takes, and how many visits the hours would hold.

    Parameters
    ----------
    seen : DataFrame
        Result of `seen_months`. Not modified.
    managers : DataFrame[rms]
        ``hours_month_count`` (hours), ``selling_share`` (fraction).
    visit_hours : float
        Hours a visit takes, from policy.
    still_open : DataFrame, optional
        Result of `seen_months` on what may still be lent (all of it where it is not given). Not modified.

    Returns
    -------
    DataFrame
        One row: ``months_count``; a month's ``visits_count`` with ``visits_low, visits_high`` (the quietest and the
        busiest month seen), ``hours_visits_count`` (visits that the hours hold); ``loans_count, loans_low,
        loans_high`` likewise; ``ticket_yuan`` (mean amount of a loan), ``visits_per_loan_number``; of the
        loans those that may still be made: ``open_loans_count, open_yuan``

    Examples
    --------
    >>> seen = pd.DataFrame({"month": ["2026-05", "2026-06"], "visits_count": [90, 110], "loans_count": [8, 12],
    ...                      "amount_yuan": [4e6, 6e6]})
    >>> rms = pd.DataFrame({"hours_month_count": [160.0], "selling_share": [0.45]})
    >>> seen_habits(seen, rms, visit_hours=1.5).iloc[0].to_dict()["ticket_yuan"]
    500000.0
    """
    one_row(seen, "seen")
    visits, loans = seen["visits_count"], seen["loans_count"]
    open_ones = seen if still_open is None else still_open
    return pd.DataFrame(
        {
            "months_count": [len(seen)],
            "visits_count": [float(visits.mean())],
            "visits_low": [float(visits.min())],
            "visits_high": [float(visits.max())],
            "hours_visits_count": [float(_possible_visits(managers, visit_hours).sum())],
            "loans_count": [float(loans.mean())],
            "loans_low": [float(loans.min())],
            "loans_high": [float(loans.max())],
            "ticket_yuan": [mean_ticket(seen)],
            "visits_per_loan_number": [float(visits.sum() / loans.sum())],
            "open_loans_count": [float(open_ones["loans_count"].mean())],
            "open_yuan": [float(open_ones["amount_yuan"].mean())],
        }
    )


def mean_ticket(seen: pd.DataFrame) -> float:
    """Return the mean amount of a loan in the months seen (`seen_months`), in yuan: counts times it are amounts."""
    return float(seen["amount_yuan"].sum() / seen["loans_count"].sum())


def seen_capacity(
    managers: pd.DataFrame,
    loans: pd.DataFrame,
    rm_months: pd.DataFrame,
    *,
    seen: pd.DataFrame,
    months: int,
    as_of: date,
    level: float = 0.8,
) -> pd.DataFrame:
    r"""Say what each manager lends in a month as he has lent, with the range that the branch's months leave.

    Answers "is the target within what these people really do?" With :math:`y` the yuan lent in a month, mean
    :math:`\bar y` and standard deviation s of the n months seen, the mean of the next m months lies within

    .. math:: \bar y \pm t_{n-1}\, s \sqrt{1/n + 1/m}

    and every manager's range is that of the branch in proportion to his own mean.

    Parameters
    ----------
    managers : DataFrame[rms]
        ``rm_id, start_date, end_date`` and others, which are kept. Who has gone, or came after the months seen, has no
        capacity: it is unknown. Not modified.
    loans : DataFrame[loans]
        With ``rm_id``; new lending alone counts.
    rm_months : DataFrame[rm_months]
        ``rm_id, month, visits_count``.
    seen : DataFrame
        Result of `seen_months`.
    months : int
        m, months of the target.
    as_of : date
    level : float
        Of the range, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        `managers` with, a month, ``visits_count, loans_count, capacity_yuan, capacity_low_yuan, capacity_high_yuan``
        (range missing under three months)

    Notes
    -----
    The year's rhythm is in s and makes the range wider. Loans of managers who have gone are in the branch's range, not
    in anybody's capacity.

    Examples
    --------
    >>> rms = pd.DataFrame({"rm_id": ["R1"], "start_date": pd.NaT, "end_date": pd.NaT})
    >>> loans = pd.DataFrame({"customer_id": "C1", "rm_id": "R1", "amount_yuan": [2e5, 4e5, 6e5], "issue_type": "new",
    ...     "disbursed_date": pd.to_datetime(["2026-04-03", "2026-05-03", "2026-06-03"])})
    >>> work = pd.DataFrame({"rm_id": "R1", "month": ["2026-04", "2026-05", "2026-06"], "visits_count": 10,
    ...                      "applications_count": 2})
    >>> day = date(2026, 6, 30)
    >>> found = seen_capacity(rms, loans, work, seen=seen_months(loans, work, as_of=day), months=6, as_of=day)
    >>> found[["visits_count", "loans_count", "capacity_yuan"]].iloc[0].to_list()
    [10.0, 1.0, 400000.0]
    """
    one_row(seen, "seen")
    span, ids = seen["month"], managers["rm_id"]
    lent = _lent_by(loans, ids, span)
    done = rm_months[rm_months["month"].isin(span)].groupby("rm_id")["visits_count"].sum()
    begun = pd.to_datetime(managers["start_date"]).dt.strftime("%Y-%m").fillna("")
    there = pd.Series([int((span >= first).sum()) for first in begun], index=managers.index, dtype="float64")
    there = there.where((there > 0) & ~(pd.to_datetime(managers["end_date"]) <= pd.Timestamp(as_of)))
    amount = ids.map(lent["amount_yuan"]).astype("float64").fillna(0.0) / there
    low, high = _next_months(seen["amount_yuan"], months=months, level=level)
    return managers.assign(
        visits_count=ids.map(done).astype("float64").fillna(0.0) / there,
        loans_count=ids.map(lent["events_count"]).astype("float64").fillna(0.0) / there,
        capacity_yuan=amount,
        capacity_low_yuan=amount * low,
        capacity_high_yuan=amount * high,
    )


def _lent_by(loans: pd.DataFrame, managers: pd.Series, span: pd.Series) -> pd.DataFrame:
    """New lending of each manager over the months: a manager is his loans' only segment."""
    own = pd.DataFrame({"customer_id": managers, "segment": managers})
    rows = monthly_lending(loans.assign(customer_id=loans["rm_id"]), own, since=span.min(), until=span.max())
    return rows[rows["month"].isin(span)].groupby("segment")[["amount_yuan", "events_count"]].sum()


def _next_months(amounts: pd.Series, *, months: int, level: float) -> tuple[float, float]:
    """Range of the mean of the next months, in parts of the mean seen; nothing is lent below zero."""
    count, mean = len(amounts), float(amounts.mean())
    if count < FEWEST_MONTHS:
        return float("nan"), float("nan")
    if not mean > 0:  # nothing may be lent: that is known
        return 0.0, 0.0
    reach = stdtrit(count - 1, (1 + level) / 2) * float(amounts.std()) * np.sqrt(1 / count + 1 / months) / mean
    return max(0.0, 1 - reach), 1 + reach


def month_path(total_yuan: float, *, season: Sequence[float], ramp_months: int = 0) -> pd.DataFrame:
    r"""Spread a target over months, to the fen.

    Answers "how much is asked for in which month, so that an empty February is not a failure?"

    .. math:: x_m = T \frac{s_m g_m}{\sum_k s_k g_k}, \qquad g_m = \min\Bigl(1, \frac{m - 1/2}{R}\Bigr)

    with season index :math:`s_m` and a ramp of R months over which managers learn. Fen are given to the largest
    remainders, so the months sum to T.

    Parameters
    ----------
    total_yuan : float
        T, >= 0.
    season : sequence of float
        An index per month in order, >= 0, some above 0; all 1 without a season.
    ramp_months : int
        R, 0 for none.

    Returns
    -------
    DataFrame
        ``month_number`` (1 ..), ``season_index``, ``ramp_share``, ``target_yuan``

    Raises
    ------
    BadConfig
        If the total, an index or the ramp is negative, or no month has any weight.

    Examples
    --------
    >>> month_path(100.0, season=[1, 1, 2]).target_yuan.to_list()
    [25.0, 25.0, 50.0]
    >>> month_path(100.0, season=[1, 1, 1], ramp_months=2).target_yuan.to_list()
    [12.5, 37.5, 50.0]
    """
    index = np.asarray(season, dtype=float)
    if total_yuan < 0 or ramp_months < 0 or not (index >= 0).all() or not index.sum() > 0:
        raise BadConfig("a month's weight or the total is negative or missing", where="season", fix="give 0 or more")
    number = np.arange(1, len(index) + 1)
    ramp = np.minimum(1.0, (number - 0.5) / ramp_months) if ramp_months else np.ones(len(index))
    exact = round(total_yuan * 100) * index * ramp / (index * ramp).sum()
    fen = np.floor(exact).astype("int64")
    fen[np.argsort(fen - exact, kind="stable")[: round(total_yuan * 100) - fen.sum()]] += 1
    return pd.DataFrame({"month_number": number, "season_index": index, "ramp_share": ramp, "target_yuan": fen / 100.0})


def next_month(as_of: date) -> str:
    """Return the first month after a day, as YYYY-MM.

    Examples
    --------
    >>> next_month(date(2026, 12, 31))
    '2027-01'
    """
    return str(pd.Period(as_of, "M") + 1)


def last_year(as_of: date) -> tuple[str, str]:
    """Return the first and last of the twelve months that end with a day's own.

    Examples
    --------
    >>> last_year(date(2026, 6, 30))
    ('2025-07', '2026-06')
    """
    end = pd.Period(as_of, "M")
    return str(end - 11), str(end)


def maturing_amount(loans: pd.DataFrame, *, as_of: date, months: int) -> float:
    """Add up the live balance that matures within some months: what lending must replace for the book to stand still.

    Parameters
    ----------
    loans : DataFrame[loans]
        ``balance_yuan, maturity_date`` and what tells a live loan. Not modified.
    as_of : date
    months : int

    Returns
    -------
    float
        Yuan.
    """
    until = pd.Timestamp(as_of) + pd.DateOffset(months=months)
    live = loans[is_live(loans)]
    return float(live.loc[live["maturity_date"].between(pd.Timestamp(as_of), until), "balance_yuan"].sum())


def total_asked(asked: pd.DataFrame) -> float:
    """Return the sum of the months' targets (`head_office_target`), in yuan."""
    return float(asked["target_yuan"].sum())


def month_targets(asked: pd.DataFrame, season: pd.DataFrame | None = None, *, ramp_months: int = 0) -> pd.DataFrame:
    """Spread what is asked in all over the same months, by season and ramp.

    Parameters
    ----------
    asked : DataFrame
        Result of `head_office_target`: ``month, target_yuan``. Not modified.
    season : DataFrame, optional
        ``calendar_month, index_ratio`` (`stats.seasonality.seasonal_index` of one series); without it months are alike.
    ramp_months : int
        See `month_path`.

    Returns
    -------
    DataFrame
        ``month, asked_yuan`` (as head office wrote it), ``season_index, ramp_share, target_yuan``

    Examples
    --------
    >>> asked = pd.DataFrame({"month": ["2026-07", "2026-08"], "target_yuan": [50.0, 50.0]})
    >>> season = pd.DataFrame({"calendar_month": [7, 8], "index_ratio": [1.0, 3.0]})
    >>> month_targets(asked, season)[["asked_yuan", "target_yuan"]].to_numpy().tolist()
    [[50.0, 25.0], [50.0, 75.0]]
    """
    numbers = month_numbers(asked["month"]) % MONTHS_PER_YEAR + 1
    index = pd.Series(1.0, index=asked.index)
    if season is not None:
        if season["calendar_month"].duplicated().any():
            raise BadData("a calendar month stands twice", where="season", fix="give one group's season")
        index = (
            pd.Series(numbers, asked.index)
            .map(season.set_index("calendar_month")["index_ratio"])
            .fillna(1.0)
            .clip(lower=0.0)
        )
    spread = month_path(total_asked(asked), season=index.to_list(), ramp_months=ramp_months)
    told = spread.drop(columns="month_number").set_axis(asked.index)
    return pd.concat([asked.rename(columns={"target_yuan": "asked_yuan"}), told], axis="columns")


def branch_launch(lending: pd.DataFrame, *, policy: DecisionsPolicy, as_of: date) -> pd.DataFrame:
    """Say whether the branch's lending has a season of its own, and in which week to begin for it.

    Parameters
    ----------
    lending : DataFrame
        ``segment, month, amount_yuan`` of new lending (`metrics.rhythm.monthly_lending`). Not modified.
    policy : DecisionsPolicy
        The two lead times.
    as_of : date

    Returns
    -------
    DataFrame
        One row per segment: columns of `metrics.rhythm.bank_rhythms` with ``peak_month_name, launch_date,
        launch_week`` (missing where the season is not the branch's own)

    Raises
    ------
    TooShort
        Under 24 months.
    """
    raw, clean = credit_seasons(lending), credit_seasons(without_push(lending))
    found = bank_rhythms(raw, clean, families={})
    lead = {"approval_lead_days": policy.approval_lead_days, "campaign_lead_days": policy.campaign_lead_days}
    week = launch_week(found, as_of=as_of, **lead)
    columns = ["reason", "peak_month", "peak_ratio", "peak_low", "peak_high", "stability_share", "p_value"]
    return pd.concat([found[columns], week.drop(columns=["segment", "reason"])], axis="columns")


def task_dates(tasks: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Forecast each task's end from what is done, what is late and what waits for what.

    Answers "what will the launch day be if we do nothing, and which task moves it?" A task that is not begun begins
    when all it depends on are done, not before its planned day nor today; it takes as many days as planned; one that
    runs past its days ends today at the earliest. A task is critical when one more day of it moves the last day.

    Parameters
    ----------
    tasks : DataFrame[plan_tasks]
        ``task_id, planned_start_date, planned_end_date, started_date, done_date, depends`` (ids with ``;`` between).
        Not modified.
    as_of : date
        Today.

    Returns
    -------
    DataFrame
        `tasks` with ``forecast_start_date``, ``forecast_end_date``, ``slip_days`` (forecast less planned end; negative
        is early), ``slack_days`` (days it may take longer before the last day moves), ``is_critical`` (bool),
        ``blocked_by`` (tasks not done that it waits for), ``state`` (``done, late`` (past its day),
        ``at_risk`` (will end late), ``on_time``)

    Raises
    ------
    BadData
        If a task depends on one that is not there, or tasks wait for one another in a circle.

    Notes
    -----
    There is no percentage of completion: a task is done or it is not.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-06-01", "2026-06-10"]), pd.to_datetime(["2026-06-09", "2026-06-12"])
    >>> tasks = pd.DataFrame({"task_id": ["A", "B"], "planned_start_date": days[0], "planned_end_date": days[1],
    ...     "started_date": [days[0][0], pd.NaT], "done_date": pd.NaT, "depends": ["", "A"]})
    >>> task_dates(tasks, as_of=date(2026, 6, 11))[["slip_days", "state"]].to_numpy().tolist()
    [[2, 'late'], [2, 'at_risk']]
    """
    if tasks["task_id"].duplicated().any():
        raise BadData("a task stands twice", where="tasks", fix="give each task a task_id of its own")
    dated = {name: pd.to_datetime(tasks[name]) for name in tasks if str(name).endswith("_date")}
    known = tasks.assign(**dated).set_index("task_id", drop=False)
    waits = {task: _named(text) for task, text in known["depends"].items()}
    order = _ordered(waits)
    starts, ends = _forward(known, waits, order, pd.Timestamp(as_of))
    slack = _slack(known, waits, order, starts, ends)
    done, today = known["done_date"].notna(), pd.Timestamp(as_of)
    slip = (ends - known["planned_end_date"]).dt.days
    open_waits = {task: "; ".join(name for name in names if not done[name]) for task, names in waits.items()}
    late = ~done & (known["planned_end_date"] < today)
    state = np.select([done, late, slip > 0], ["done", "late", "at_risk"], "on_time")
    found = known.assign(
        forecast_start_date=starts,
        forecast_end_date=ends,
        slip_days=slip,
        slack_days=slack,
        is_critical=~done & (slack == 0),
        blocked_by=pd.Series(open_waits),
        state=state,
    )
    return found.set_axis(tasks.index)


def held_tasks(tasks: pd.DataFrame, held_campaigns: pd.DataFrame) -> pd.DataFrame:
    """Put on hold what is not done for a campaign whose product or place takes nobody new.

    Parameters
    ----------
    tasks : DataFrame
        Result of `task_dates`, with ``campaign_id`` where the plan tells it. Not modified, nor is the other.
    held_campaigns : DataFrame
        ``campaign_id, is_held``.

    Returns
    -------
    DataFrame
        `tasks`; ``state`` of a task on hold is ``held`` and none of those is critical.

    Examples
    --------
    >>> tasks = pd.DataFrame({"campaign_id": ["M1", "M2"], "state": "on_time", "is_critical": True})
    >>> heads = pd.DataFrame({"campaign_id": ["M1"], "is_held": [True]})
    >>> held_tasks(tasks, heads)[["state", "is_critical"]].values.tolist()
    [['held', False], ['on_time', True]]
    """
    if "campaign_id" not in tasks:
        return tasks
    heads = told_apart(held_campaigns, known=["is_held"], key=["campaign_id"], table="held_campaigns")
    gone = heads.loc[heads["is_held"].eq(True), "campaign_id"]
    held = tasks["campaign_id"].isin(gone) & (tasks["state"] != "done")
    return tasks.assign(state=tasks["state"].mask(held, "held"), is_critical=tasks["is_critical"] & ~held)


def _named(text: object) -> list[str]:
    return [name.strip() for name in str(text).split(";") if name.strip()] if pd.notna(text) else []


def _ordered(waits: dict[str, list[str]]) -> list[str]:
    lost = sorted({name for names in waits.values() for name in names} - set(waits))
    if lost:
        raise BadData(f"a task waits for {lost[0]}, which is not in the plan", where="depends", fix="name a task_id")
    try:
        return list(TopologicalSorter(waits).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise BadData(f"tasks wait for one another: {circle}", where="depends", fix="take one link away") from None


def _forward(
    known: pd.DataFrame, waits: dict[str, list[str]], order: list[str], today: pd.Timestamp
) -> tuple[pd.Series, pd.Series]:
    """First and last day of each task as things stand, those it waits for before it."""
    starts: dict[str, pd.Timestamp] = {}
    ends: dict[str, pd.Timestamp] = {}
    for name in order:
        task = known.loc[name]
        length = task["planned_end_date"] - task["planned_start_date"]
        free = max([ends[other] + pd.Timedelta(days=1) for other in waits[name]], default=task["planned_start_date"])
        waiting = max(free, task["planned_start_date"], today)
        starts[name] = task["started_date"] if pd.notna(task["started_date"]) else waiting
        running = max(starts[name] + length, today)
        ends[name] = task["done_date"] if pd.notna(task["done_date"]) else running
    return tuple(pd.Series(days, dtype="datetime64[us]").reindex(known.index) for days in (starts, ends))


def _slack(
    known: pd.DataFrame, waits: dict[str, list[str]], order: list[str], starts: pd.Series, ends: pd.Series
) -> pd.Series:
    """Days each task may end later before the last day of all moves."""
    last = {name: ends.max() for name in order}
    for name in reversed(order):
        for other in waits[name]:
            begins = last[name] - (ends[name] - starts[name]) - pd.Timedelta(days=1)
            last[other] = min(last[other], begins)
    return (pd.Series(last, dtype="datetime64[us]").reindex(known.index) - ends).dt.days


#: the target of a branch, as the register calls it
TARGET = "target"


def target_decision(
    modes: pd.DataFrame, *, policy: DecisionsPolicy, as_of: date, over_share: float | None = None
) -> pd.DataFrame:
    """Propose to sign the target, or to settle the gap first.

    Parameters
    ----------
    modes : DataFrame
        Result of `target_modes`. Not modified.
    policy : DecisionsPolicy
    as_of : date
    over_share : float, optional
        The appetite, where the branch as a whole is over it: it then signs no target beyond what may grow.

    Returns
    -------
    DataFrame
        One row, ``decisions.DECISION_COLUMNS``; ``segment`` is `TARGET`: ``target_only_where_sound`` for a branch over
        its appetite, else ``sign_target`` where even the low end of capacity holds it,
        ``renegotiate_target`` where not even the high end does, ``hold_target_open`` between, ``gather_evidence`` where
        the months give no range.
    """
    asked = one_row(modes, "modes", target_mode="top_down")
    action, step, side, measure = {
        "yes": ("do", "sign_target", "below", "capacity_low_yuan"),
        "no": ("stop", "renegotiate_target", "above", "capacity_high_yuan"),
        "perhaps": ("wait", "hold_target_open", "above", "capacity_low_yuan"),
        "unknown": ("wait", "gather_evidence", "above", "capacity_low_yuan"),
    }[asked["is_within"]]
    value = asked["target_yuan"]
    if over_share is not None and action != "stop":
        action, step, side, measure = "wait", "target_only_where_sound", "below", "share_low"
        value = over_share
    due = pd.Timestamp(as_of + timedelta(days=policy.confirm_days))
    held = {"do": 0.0, "stop": asked["capacity_yuan"]}.get(action, asked["capacity_low_yuan"])  # out of reach: the gap
    amount = asked["target_yuan"] - held
    row = [action, TARGET, step, amount, "branch_head", due, float("nan"), measure, side, value]
    return decision_frame([row])


def progress_decision(
    progress: pd.DataFrame, *, ticket_yuan: float, policy: DecisionsPolicy, as_of: date
) -> pd.DataFrame:
    """Propose to act on a shortfall, where even the high end of the forecast misses the plan.

    Parameters
    ----------
    progress : DataFrame
        Result of `metrics.selling.plan_progress`. Not modified.
    ticket_yuan : float
        Mean amount of a loan (`mean_ticket`).
    policy : DecisionsPolicy
    as_of : date

    Returns
    -------
    DataFrame
        One row or none, ``decisions.DECISION_COLUMNS``. The amount is what is not lent; what waiting costs is its
        margin, which is not known here.
    """
    come = progress[progress["state"] != "to_come"]
    last = come.iloc[-1] if len(come) else None
    if last is None or last["end_high"] >= last["end_planned"]:
        return decision_frame([])
    missing = (last["end_planned"] - last["end_forecast"]) * ticket_yuan
    due = pd.Timestamp(as_of + timedelta(days=policy.confirm_days))
    row = [
        "do",
        WHOLE_BRANCH,
        "close_shortfall",
        missing,
        "branch_head",
        due,
        float("nan"),
        "end_high",
        "above",
        last["end_planned"],
    ]
    return decision_frame([row])


def task_decision(tasks: pd.DataFrame, *, policy: DecisionsPolicy, as_of: date) -> pd.DataFrame:
    """Propose to free the critical task that is late or will be, where there is one.

    Parameters
    ----------
    tasks : DataFrame
        Result of `task_dates`. Not modified.
    policy : DecisionsPolicy
    as_of : date

    Returns
    -------
    DataFrame
        One row or none, ``decisions.DECISION_COLUMNS``; no money hangs on it that we could compute.
    """
    held = tasks[tasks["is_critical"] & tasks["state"].isin(("late", "at_risk"))]
    if held.empty:
        return decision_frame([])
    worst = held.sort_values("slip_days", ascending=False).iloc[0]
    due = pd.Timestamp(as_of + timedelta(days=policy.stop_days))
    unknown = float("nan")
    row = ["do", WHOLE_BRANCH, "free_task", unknown, "branch_head", due, unknown, "slip_days", "below", 1.0]
    return decision_frame([row] if worst["slip_days"] > 0 else [])

"""Default rates from few borrowers: who of the performing turned bad within a year, here and in the whole bank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import betabinom

from microlib.contracts.needs import measure
from microlib.contracts.policy import StressPolicy
from microlib.contracts.segment import Segment
from microlib.contracts.tables.ledger import CLOSED_STATUSES
from microlib.errors import BadData, EmptyBook, ShortHistory
from microlib.metrics.loans import BAD_DAYS, checked_loans, days_late, is_bad, is_live, live_loans, optional, yuan
from microlib.stats.grouping import Day, checked_level, day_numbers, month_numbers, told_apart, year_before
from microlib.stats.intervals import rate_interval, upper_bound
from microlib.stats.shrinkage import Prior, blend, fit_priors, shrink_rates

#: months for which a cohort is followed, and cohorts at most, one behind the other
HORIZON_MONTHS, COHORTS = 12, 2
#: of a borrower whose trade, venue and core enterprise are unknown
UNKNOWN_KIND = "?"
#: of a loan that left bad without a date, and of one that did not
UNDATED, NOT_BAD = -1, -2
COHORT_COLUMNS = ["basis", "kind", "customer_id", "opening_date", "outcome"]
COUNT_COLUMNS = ["basis", "bad_count", "total_count", "unknown_count"]


@measure(optional=("loan_months", "customers"))
def default_cohorts(
    loans: pd.DataFrame,
    loan_months: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    *,
    as_of: Day,
    within: str | None = None,
    cohorts: int = COHORTS,
) -> pd.DataFrame:
    r"""Follow those who were performing a year ago and two years ago, and say who turned bad within twelve months.

    The one definition of default behind every default rate of groups, products, designs and prices:

    - *cohort*: borrowers with a live loan and none bad (substandard or worse, or more than 90 days late) at the month
      end :math:`t = ` a year before `as_of`; likewise the month end a year before that, as far as month ends are held;
    - *outcome* ``bad``: at any of the next twelve month ends a loan of theirs is bad or written off; or the ledger
      has it written off, or transferred bad, within those months. A loan taken after :math:`t` counts as one held at
      :math:`t`;
    - *outcome* ``unknown``: not bad, but a loan held at :math:`t` left without a trace, or a month end tells no days
      past due of a live loan, nor a bad class; or this was so at :math:`t` already. It is counted apart, never as good;
    - *outcome* ``good``: all others, those who repaid and left among them.

    The years of two cohorts do not overlap: each year of a borrower is one trial, and a default counts in the year in
    which it happened. A bank without such month ends falls back to the stock: who is bad now among those with a live
    loan (outcome ``bad`` or ``good``, no ``opening_date``), which misses what was written off and dilutes what is new.
    A ledger of ended loans alone falls back to how they ended: written off is ``bad``, all settled ``good``, anything
    else (transferred, left for a reason unknown) ``unknown``.

    Parameters
    ----------
    loans : DataFrame[loans]
        The ledger with its closed loans, and the column `within` if there is one. Not modified.
    loan_months : DataFrame[loan_months], optional
        Month ends.
    customers : DataFrame[customers], optional
        Uses ``industry_code`` and ``venue_id``.
    as_of : date
        The report's date.
    within : str or None
        Column that names the group, in which borrower and loans are looked at: in a product, that product's loans.
        None for borrowers with all their loans.
    cohorts : int
        How many at most, the latest first.

    Returns
    -------
    DataFrame
        One row per group, borrower and cohort, in that order: `within` if given, ``basis`` (``cohort``, ``stock`` or
        ``ended``),
        ``kind`` (what the borrower's repayment hangs on: his core enterprise, else his venue, else the section of his
        trade), ``customer_id``, ``opening_date``,
        ``outcome``.

    Raises
    ------
    EmptyBook
        If there is no cohort and no live loan, and no loan has ended either.
    MissingTable, BadData
        As `loans.checked_loans`; if a month cannot be read.

    Notes
    -----
    A loan that went bad and was paid between two month ends is not seen. Month ends of loans that the ledger does not
    hold belong to no group: a ledger without its closed loans shows too few who repaid, and a rate that is too high.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": [1.0, 0.0],
    ...     "overdue_days": [0, 0], "status": ["normal", "written_off"], "segment": ["a", "a"],
    ...     "written_off_date": pd.to_datetime([None, "2026-01-31"]), "written_off_yuan": [0.0, 1.0]})
    >>> months = pd.DataFrame({"loan_id": ["L1", "L1", "L2"], "month": ["2025-06", "2026-06", "2025-06"],
    ...     "balance_yuan": 1.0, "overdue_days": 0, "status": "normal"})
    >>> default_cohorts(loans, months, as_of="2026-06-30")[["customer_id", "outcome"]].to_numpy().tolist()
    [['C1', 'good'], ['C2', 'bad']]
    """
    ledger = checked_loans(loans)
    names = [*([within] if within else []), "customer_id"]
    ledger = ledger.dropna(subset=names)
    unit = ledger.groupby(names, sort=True).ngroup().to_numpy()
    kinds, kind = np.unique(_kinds(ledger, customers), return_inverse=True)
    units = ledger[names].drop_duplicates().sort_values(names, ignore_index=True)
    parts = [
        units[rows].assign(kind=kinds[best[rows]], outcome=outcome[rows], opening_date=opening)
        for opening, rows, best, outcome in _cohorts(ledger, unit, kind, loan_months, as_of, cohorts)
    ]
    found = pd.concat(parts, ignore_index=True)
    basis = np.where(found["opening_date"].isna(), "stock" if is_live(ledger).any() else "ended", "cohort")
    found = found.assign(basis=basis).sort_values([*names, "opening_date"], ignore_index=True)
    return found[[*names[:-1], *COHORT_COLUMNS]]


def _cohorts(
    ledger: pd.DataFrame,
    unit: np.ndarray,
    kind: np.ndarray,
    loan_months: pd.DataFrame | None,
    as_of: Day,
    cohorts: int,
) -> Iterator[tuple[pd.Timestamp, np.ndarray, np.ndarray, np.ndarray]]:
    """Each cohort's opening, which units are in it, their kinds and outcomes; the stock where there is no cohort."""
    months = None if loan_months is None or loan_months.empty else month_numbers(loan_months["month"])
    empty = True
    for place in range(1, cohorts + 1):
        opening = year_before(as_of, months=HORIZON_MONTHS * place)
        start = opening.year * 12 + opening.month - 1
        if months is None or months.min() > start:
            break
        inside = (months >= start) & (months <= start + HORIZON_MONTHS)
        yield opening, *_followed(ledger, unit, kind, loan_months[inside], months[inside], start)
        empty = False
    ended = ledger["status"].isin(CLOSED_STATUSES).to_numpy()
    if empty and ended.any() and not is_live(ledger).any():
        rows, best = _owners(unit, kind, np.ones(len(ledger), dtype=bool))
        lost = _written_off(ledger).to_numpy()
        open_ends = ~ledger["status"].eq("settled").to_numpy() & ~lost
        yield pd.NaT, rows, best, np.select([_any(unit, lost), _any(unit, open_ends)], ["bad", "unknown"], "good")
    elif empty:
        live_loans(ledger)
        is_held, turned = is_live(ledger).to_numpy(), _turned(ledger).to_numpy()
        rows, best = _owners(unit, kind, is_held)
        yield pd.NaT, rows, best, np.where(_any(unit, is_held & turned), "bad", "good")


def _kinds(loans: pd.DataFrame, customers: pd.DataFrame | None) -> pd.Series:
    """What each loan's borrower hangs on: core enterprise, else venue, else section of the trade."""
    named = {name: pd.Series(dtype=object) for name in ("venue_id", "industry_code")}
    if customers is not None and len(customers):
        known = told_apart(customers, key=["customer_id"], table="customers").set_index("customer_id")
        named = {name: optional(known, name).dropna() for name in named}
    venue = optional(loans, "venue_id").astype(object).fillna(loans["customer_id"].map(named["venue_id"]))
    code = loans["customer_id"].map(named["industry_code"]).astype(object).fillna(optional(loans, "use_industry_code"))
    return optional(loans, "core_id").astype(object).fillna(venue).fillna(_sections(code)).astype(str)


def _sections(codes: pd.Series) -> pd.Series:
    """The section of GB/T 4754 that each code begins with."""
    section = codes.astype("string").str[:1].str.upper()
    return section.where(section.str.fullmatch("[A-T]").fillna(False), UNKNOWN_KIND).fillna(UNKNOWN_KIND).astype(object)


def _turned(rows: pd.DataFrame) -> pd.Series:
    """Whether a row makes its borrower bad: by class, by days, or written off."""
    return is_bad(rows).astype(bool) | (days_late(rows) > BAD_DAYS).astype(bool) | rows["status"].eq("written_off")


def _written_off(ledger: pd.DataFrame) -> pd.Series:
    return ledger["status"].eq("written_off") | (yuan(ledger, "written_off_yuan") > 0)


def _followed(
    ledger: pd.DataFrame, unit: np.ndarray, kind: np.ndarray, rows: pd.DataFrame, number: np.ndarray, start: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which units performed at a month end, their kinds, and what became of them in the months after."""
    place = pd.Index(ledger["loan_id"]).get_indexer(rows["loan_id"])
    known, end = place >= 0, start + HORIZON_MONTHS
    rows, number, place = rows[known], number[known], place[known]
    live, turned = is_live(rows).to_numpy(), _turned(rows).to_numpy()
    dayless = live & days_late(rows).isna().to_numpy() & ~turned
    held = _any(place[live & (number == start)], size=len(ledger))
    stayed = _any(place[live & (number == end)], size=len(ledger))
    closed = _any(place[rows["status"].isin(CLOSED_STATUSES).to_numpy() & (number > start)], size=len(ledger))
    was_bad, is_bad_after = (_any(place[turned & part], size=len(ledger)) for part in (number == start, number > start))
    left = _exit_months(ledger)
    gone = (left > start) & (left <= end) | (left == UNDATED) & held & ~stayed
    ended = ledger["status"].isin(CLOSED_STATUSES).to_numpy() | is_live(ledger).to_numpy()
    members, best = _owners(unit, kind, held)
    members &= ~_any(unit, held & was_bad)
    unclear, unseen = (_any(place[dayless & part], size=len(ledger)) for part in (number == start, number > start))
    failed, missing = _any(unit, is_bad_after | gone), _any(unit, held & ~(stayed | closed | ended) | unseen)
    states = [_any(unit, held & unclear), failed, missing]
    return members, best, np.select(states, ["unknown", "bad", "unknown"], "good")


def _any(places: np.ndarray, flags: np.ndarray | None = None, *, size: int | None = None) -> np.ndarray:
    """Whether a place is named, by a row whose flag is set; as long as the places go, or `size`."""
    count = size if size is not None else int(places.max(initial=-1)) + 1
    return np.bincount(places if flags is None else places[flags], minlength=count) > 0


def _owners(unit: np.ndarray, kind: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which units hold such a loan, and the last of the kinds of these loans."""
    best = np.zeros(int(unit.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(best, unit[held], kind[held])
    return _any(unit, held), best


def _exit_months(ledger: pd.DataFrame) -> np.ndarray:
    """The month in which each loan left bad: written off, or transferred bad; `UNDATED` where only that is known."""
    closed, on = (day_numbers(optional(ledger, name)) for name in ("closed_date", "written_off_date"))
    written = _written_off(ledger)
    sold = (ledger["status"] == "transferred") & _turned(ledger) & (closed >= 0)
    month = np.where(on >= 0, on, np.where(closed >= 0, closed, UNDATED))
    return np.where(written | sold, month, NOT_BAD)


def default_marks(customers: pd.DataFrame) -> pd.DataFrame:
    """Read defaults off the marks of a customer file, for customers without any loan that could be followed.

    Parameters
    ----------
    customers : DataFrame[customers]
        ``customer_id, is_defaulted``; ``industry_code`` where known. Not modified.

    Returns
    -------
    DataFrame
        As `default_cohorts`, one row per customer: ``basis`` is ``default_marks``, ``opening_date`` missing,
        ``outcome``
        ``unknown`` where there is no mark.

    Examples
    --------
    >>> marks = pd.DataFrame({"customer_id": ["C1", "C2"], "is_defaulted": [True, None], "industry_code": ["F", None]})
    >>> default_marks(marks)[["kind", "outcome"]].to_numpy().tolist()
    [['F', 'bad'], ['?', 'unknown']]
    """
    marks = customers["is_defaulted"].astype("boolean")
    outcome = marks.map({True: "bad", False: "good"}).astype(object).fillna("unknown")
    rows = customers[["customer_id"]].assign(
        basis="default_marks",
        kind=_sections(optional(customers, "industry_code")),
        opening_date=pd.NaT,
        outcome=outcome,
    )
    return rows.sort_values("customer_id", ignore_index=True)[COHORT_COLUMNS]


def default_counts(cohorts: pd.DataFrame, *, within: str | None) -> pd.DataFrame:
    """Count the trials and the defaults of every group.

    Parameters
    ----------
    cohorts : DataFrame
        Result of `default_cohorts`, with the column `within`. Not modified.
    within : str or None
        Column that names the group; None for all as one.

    Returns
    -------
    DataFrame
        One row per group, ascending: `within`, ``basis`` (``cohort``: years of borrowers, each followed for twelve
        months; ``stock``: borrowers of today; ``ended``: borrowers of ended loans; ``none``), ``bad_count``,
        ``total_count`` (outcome known), ``unknown_count``

    Examples
    --------
    >>> rows = pd.DataFrame({"segment": ["a", "a", "a"], "basis": "cohort", "kind": "?", "customer_id": list("xyz"),
    ...     "opening_date": pd.Timestamp("2025-06-30"), "outcome": ["bad", "good", "unknown"]})
    >>> default_counts(rows, within="segment").iloc[0].to_dict()
    {'segment': 'a', 'basis': 'cohort', 'bad_count': 1, 'total_count': 2, 'unknown_count': 1}
    """
    outcome = cohorts["outcome"]
    marks = {
        "bad_count": outcome.eq("bad"),
        "total_count": outcome.ne("unknown"),
        "unknown_count": outcome.eq("unknown"),
    }
    flags = pd.DataFrame(marks)
    sums = flags.groupby(cohorts[within], sort=True).sum() if within else flags.sum().to_frame().T
    basis = cohorts["basis"].iloc[0] if flags["total_count"].any() else "none"
    found = sums.astype("int64").assign(basis=basis)
    found = found.reset_index() if within else found.reset_index(drop=True)
    return found[[*([within] if within else []), *COUNT_COLUMNS]]


def drawn_rates(
    cohorts: pd.DataFrame, *, priors: Mapping[str, Prior], within: str | None, price_level: float = 0.80
) -> pd.DataFrame:
    """Estimate the default rate of every group: its own years, and the bank's experience of its members' kinds.

    Parameters
    ----------
    cohorts : DataFrame
        Result of `default_cohorts`, with the column `within`. Not modified.
    priors : mapping
        Result of `shrinkage.fit_priors` of the whole bank's cells.
    within : str or None
        Column that names the group; None for all as one.
    price_level : float
        One-sided credibility of ``shrunk_upper``.

    Returns
    -------
    DataFrame
        `default_counts` with what `shrinkage.shrink_rates` adds; ``prior_rate`` is the bank's part of the estimate,
        ``rate`` the group's own, ``prior_weight_share`` the weight of the bank's.

    Examples
    --------
    >>> rows = pd.DataFrame({"segment": "a", "basis": "cohort", "kind": "F", "customer_id": ["C1", "C2"],
    ...     "outcome": "good", "opening_date": pd.Timestamp("2025-06-30")})
    >>> drawn_rates(rows, priors={"F": Prior(1.0, 7.0), "": Prior(0.5, 0.5)}, within="segment").shrunk_rate.to_list()
    [0.1]
    """
    counts = default_counts(cohorts, within=within)
    groups = cohorts[within] if within else pd.Series("", index=cohorts.index)
    kinds = {group: rows.value_counts().to_dict() for group, rows in cohorts["kind"].groupby(groups)}
    own = [blend(priors, kinds.get(group, {})) for group in (counts[within] if within else [""])]
    return shrink_rates(counts, prior=own, upper=price_level)


TOLD_COLUMNS = ["told_rate", "told_low", "told_high", "bad_count", "total_count", "came_rate"]


def backtest_rates(cohorts: pd.DataFrame, pieces: pd.DataFrame, *, within: str, level: float = 0.90) -> pd.DataFrame:
    r"""Hold the default rates that could be told a year ago against what happened since.

    Answers "do our default rates come true?" The rate is estimated as `drawn_rates` does, from what was known at the
    month end a year ago: cohorts that had ended by then, of these groups and of the whole bank. The latest cohort is
    what came. With the estimate read as a Beta of its mean and range, the count that came is beta-binomial:

    .. math:: d \sim \mathrm{BetaBinomial}(n, a, b), \qquad [q_{5\%}, q_{95\%}] 	ext{ of } d

    Parameters
    ----------
    cohorts : DataFrame
        Result of `default_cohorts`, with the column `within`. Not modified.
    pieces : DataFrame
        The whole bank's cells: ``kind, year, bad_count, total_count``. Not modified.
    within : str
        Column that names the group.
    level : float
        Two-sided probability of the counts to expect.

    Returns
    -------
    DataFrame
        One row per group that was there in both years, ascending: `within`, ``told_rate, told_low, told_high``
        (fraction, 90 %), ``bad_count, total_count`` (borrowers, the last twelve months), ``came_rate``,
        ``expected_low_count, expected_high_count``, ``finding`` (``inside``, ``above``, ``below``)

    Raises
    ------
    ShortHistory
        If the month ends do not reach two years back.

    Examples
    --------
    >>> rows = pd.DataFrame({"segment": "a", "basis": "cohort", "kind": "F", "customer_id": ["C1", "C1"],
    ...     "opening_date": pd.to_datetime(["2024-06-30", "2025-06-30"]), "outcome": ["good", "bad"]})
    >>> cells = pd.DataFrame({"kind": "F", "year": ["2024-06", "2025-06"], "bad_count": [2, 9], "total_count": 99})
    >>> backtest_rates(rows, cells, within="segment")["finding"].to_list()
    ['above']
    """
    checked_level(level)
    openings = cohorts["opening_date"].dropna().unique()
    if len(openings) < 2:
        fix = "load month ends of two years before"
        raise ShortHistory("no rate could be told a year ago", where="loan_months", fix=fix)
    last = max(openings)
    before = pieces[pieces["year"].between("0", f"{pd.Timestamp(last):%Y-%m}", inclusive="left")]
    told = drawn_rates(cohorts[cohorts["opening_date"] < last], priors=fit_priors(before), within=within)
    came = default_counts(cohorts[cohorts["opening_date"] == last], within=within)
    names = {"shrunk_rate": "told_rate", "shrunk_low": "told_low", "shrunk_high": "told_high"}
    found = came.merge(told[[within, *names]].rename(columns=names), on=within)
    found = found[found["total_count"] > 0].reset_index(drop=True)
    mean, spread = found["told_rate"], (found["told_high"] - found["told_low"]) / (2.0 * ndtri(0.95))
    strength = (mean * (1 - mean) / spread**2 - 1.0).clip(lower=1e-3)
    expected = betabinom(found["total_count"], mean * strength, (1 - mean) * strength)
    low, high = expected.ppf((1 - level) / 2), expected.ppf((1 + level) / 2)
    bad = found["bad_count"]
    found = found.assign(
        came_rate=bad / found["total_count"],
        expected_low_count=low.astype("int64"),
        expected_high_count=high.astype("int64"),
        finding=np.select([bad > high, bad < low], ["above", "below"], "inside"),
    )
    return found[[within, *TOLD_COLUMNS, "expected_low_count", "expected_high_count", "finding"]]


def default_rates(customers: pd.DataFrame, *, within: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """Measure the share of customers in default, where the customer file says so, with its interval.

    Answers "of these firms, how many have defaulted, and how sure is that rate?"

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``is_defaulted`` and the column `within`; customers whose default is not known are left out and counted.
        Not modified.
    within : str or None
        Column that names the group; None for all as one.
    level : float
        Two-sided confidence of Jeffreys' interval.

    Returns
    -------
    DataFrame
        One row per group, ascending (rows without a group last, as ``unknown``): `within`, ``bad_count``,
        ``default_share, default_share_low, default_share_high`` (fraction), ``default_share_count`` (customers known),
        ``unknown_count``. Shares of a group of which nobody's default is known are missing.

    Raises
    ------
    EmptyBook
        If nobody's default is known.

    Examples
    --------
    >>> customers = pd.DataFrame({"rating": ["A", "D"], "is_defaulted": [False, True]})
    >>> default_rates(customers, within="rating")[["rating", "bad_count", "default_share_count"]]
      rating  bad_count  default_share_count
    0      A          0                    1
    1      D          1                    1
    """
    known = customers["is_defaulted"].notna()
    if not known.any():
        raise EmptyBook("no customer's default is known", where="customers", fix="fill is_defaulted")
    group = customers[within].astype("str").fillna("unknown") if within else pd.Series("all", index=customers.index)
    defaulted = customers["is_defaulted"].fillna(False).astype(bool)
    flags = pd.DataFrame({"bad": defaulted & known, "known": known, "unknown": ~known})
    counts = flags.groupby(group.rename("_")).sum()
    rates = rate_interval(counts["bad"], counts["known"].clip(lower=1), level=level).where(counts["known"] > 0)
    found = pd.DataFrame(
        {
            "bad_count": counts["bad"],
            "default_share": rates["rate"],
            "default_share_low": rates["low"],
            "default_share_high": rates["high"],
            "default_share_count": counts["known"],
            "unknown_count": counts["unknown"],
        }
    )
    return found.rename_axis(within).reset_index() if within else found.reset_index(drop=True)


def default_shares(customers: pd.DataFrame, memberships: pd.DataFrame) -> pd.DataFrame:
    """Measure default group by group, in the columns that decisions on a group want.

    Parameters
    ----------
    customers : DataFrame[customers]
        Not modified.
    memberships : DataFrame
        Result of `segments.assign_segments`; the primary group counts. Not modified.

    Returns
    -------
    DataFrame
        ``segment, share, share_low, share_high`` (fraction), ``share_count``, ``bad_count``, ``base_yuan`` (missing:
        they have borrowed nothing). A group of which nobody's default is known is not listed.

    Raises
    ------
    EmptyBook
        If nobody's default is known.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1"], "is_defaulted": [True]})
    >>> members = pd.DataFrame({"customer_id": ["C1"], "segment": ["a"], "is_primary": [True]})
    >>> default_shares(customers, members)[["segment", "bad_count", "share_count"]]
      segment  bad_count  share_count
    0       a          1            1
    """
    primary = memberships.loc[memberships["is_primary"], ["customer_id", "segment"]]
    rates = default_rates(customers.merge(primary, on="customer_id"), within="segment")
    names = {f"default_share{end}": f"share{end}" for end in ("", "_low", "_high", "_count")}
    known = rates[rates["default_share_count"] > 0].reset_index(drop=True)
    return known.rename(columns=names).drop(columns="unknown_count").assign(base_yuan=float("nan"))


def shared_bounds(
    cells: pd.DataFrame, *, segments: Iterable[Segment], stress: StressPolicy, level: float = 0.95
) -> pd.DataFrame:
    """Bound each group's bad rate from above, with and without the source its members share.

    Answers "none of forty suppliers of one hospital went bad: how bad may they be?" Forty suppliers of one hospital are
    not forty trials.

    Parameters
    ----------
    cells : DataFrame
        ``segment, bad_count, total_count``. Not modified.
    segments : iterable of Segment
        Their ``shared_source`` says what hits all members at once.
    stress : StressPolicy
        Uses ``correlation`` by kind of source.
    level : float
        One-sided confidence of the bounds.

    Returns
    -------
    DataFrame
        `cells` in their order: ``segment, shared_source, bad_count, total_count, rate, low, high``
        (Jeffreys, 95 %), ``upper_share`` (Clopper-Pearson), ``correlation_share`` and ``correlated_upper_share``
        (Vasicek; missing where members share no source).

    Raises
    ------
    BadData
        If the policy has no correlation for a kind of source.

    Examples
    --------
    >>> from microlib.stats.intervals import upper_bound
    >>> [round(float(upper_bound(0, 40, correlation=rho).iloc[0]), 3) for rho in (0.0, 0.12, 0.2)]
    [0.072, 0.127, 0.171]
    """
    kinds = {each.code: each.shared_source for each in segments}
    found = cells.reset_index(drop=True)
    source = found["segment"].map(kinds).fillna("none").astype("str")
    unknown = sorted(set(source) - {"none"} - set(stress.correlation))
    if unknown:
        raise BadData(f"policy has no correlation for {', '.join(unknown)}", fix="add it to data/policies/stress.toml")
    rho = source.map({kind: float(value) for kind, value in stress.correlation.items()}).fillna(0.0)
    rates = rate_interval(found["bad_count"], found["total_count"])
    return pd.DataFrame(
        {
            "segment": found["segment"],
            "shared_source": source,
            "bad_count": found["bad_count"],
            "total_count": found["total_count"],
            "rate": rates["rate"],
            "low": rates["low"],
            "high": rates["high"],
            "upper_share": upper_bound(found["bad_count"], found["total_count"], level=level),
            "correlation_share": rho.where(rho > 0),
            "correlated_upper_share": _correlated(found, rho, level),
        }
    )


def _correlated(cells: pd.DataFrame, rho: pd.Series, level: float) -> pd.Series:
    bounds = [
        float(upper_bound(bad, total, level=level, correlation=each).iloc[0]) if each > 0 else float("nan")
        for bad, total, each in zip(cells["bad_count"], cells["total_count"], rho, strict=True)
    ]
    return pd.Series(bounds, index=cells.index, dtype="float64")

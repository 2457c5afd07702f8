"""Early signs of arrears: stressed renewals (承压续贷), first-payment default (首期逾期), maturing loans, warnings.

What a branch must look at now. `loans_turning_bad` lists loans that will be bad (不良) before the month ends.
Ratios of the whole book stand in `quality`, moves between states in `migration`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.contracts.tables.ledger import RENEWALS
from microlib.metrics.loans import (
    BAD_DAYS,
    TOLERANCE_YUAN,
    WATCHED_CLASSES,
    checked_loans,
    debt_chains,
    is_bad,
    is_live,
    is_renewed,
    optional,
    yuan,
)
from microlib.stats.grouping import Day, looked_up, month_numbers
from microlib.stats.intervals import rate_interval
from microlib.units import DAYS_PER_BANK_YEAR, DAYS_PER_YEAR

#: what speaks for stress; the columns of the answer, in this order
SIGNS = ["was_overdue", "had_unpaid_interest", "was_watched", "covers_interest", "is_rolled_over"]
COLUMNS = [
    *["loan_id", "customer_id", "previous_loan_id", "issue_type", "renewed_date", "balance_yuan", "overdue_days"],
    *SIGNS,
    *["rollovers_count", "dscr", "state", "unknown_because"],
]


@dataclass(frozen=True)
class StressRules:
    """When a renewal is under stress; a dated quality policy with the same three names may stand in its place.

    Parameters
    ----------
    stressed_lookback_days : int
        Days before a renewal in which a sign counts.
    rollovers_count : int
        Rollovers without a lower principal from which repayment capacity is asked for.
    dscr_minimum : float
        Coverage below which such rollovers are stress.
    """

    stressed_lookback_days: int = 180
    rollovers_count: int = 3
    dscr_minimum: float = 1.0


@measure(optional=("loan_months",))
def stressed_renewals(
    loans: pd.DataFrame,
    loan_months: pd.DataFrame | None = None,
    *,
    coverage: pd.Series | None = None,
    as_of: Day,
    policy: StressRules = StressRules(),
) -> pd.DataFrame:
    """Judge every live renewal: under stress, normal, or not to be told from what is recorded.

    Answers "which of these current loans are current only because they were renewed?" A renewal,
    refinancing (借新还旧), extension (展期) or restructuring is under stress when, in the 180 days
    before it, the debt

    - ``was_overdue``: had days past due;
    - ``had_unpaid_interest``: had unpaid interest;
    - ``was_watched``: was special mention (关注) or worse;
    - ``covers_interest``: was raised by no more than the interest of its term, at most a year's (a larger raise
      is new money, a smaller amount is repayment);
    - ``is_rolled_over``: had been rolled over three times or more without a lower principal, with a DSCR below 1
      (both from policy).

    Any other is a normal renewal: one without principal repayment (无还本续贷) that keeps the rules is not arrears.

    Parameters
    ----------
    loans : DataFrame
        The ledger, closed loans included where it has them. Not modified.
    loan_months : DataFrame, optional
        Month-end days past due, class and balance of the loan that was replaced. Without it the ledger's own
        columns of that loan are used (first day overdue, unpaid interest, last class).
    coverage : Series, optional
        DSCR by ``customer_id``, where known.
    as_of : date
        The report's date. An extension in place has no date of its own: its window ends here.
    policy : StressRules
        The window, the number of rollovers and the coverage; or a quality policy that names them.

    Returns
    -------
    DataFrame
        One row per live renewal, by ``loan_id``; ``loan_id, customer_id, previous_loan_id, issue_type,
        renewed_date, balance_yuan, overdue_days``, the five flags above, ``rollovers_count``, ``dscr``
        (missing where unknown) and

        - ``state``: ``stressed``, ``normal`` or ``unknown``
        - ``unknown_because``: empty, ``no_previous_loan`` (the replaced loan is not in the data) or
          ``coverage_unknown`` (three rollovers, and no DSCR)

    Raises
    ------
    MissingTable, BadData
        As `loans.checked_loans`.

    Notes
    -----
    `Unknown` is counted apart and never assumed normal. Signs before the window, or never recorded, are not seen.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C1"], "previous_loan_id": [None, "L1"],
    ...     "issue_type": ["new", "renewal_without_principal"], "status": ["settled", "normal"],
    ...     "balance_yuan": [0.0, 5e5], "amount_yuan": [5e5, 5e5], "overdue_days": [0, 0], "yearly_rate": [0.05, 0.05],
    ...     "disbursed_date": pd.to_datetime(["2025-01-10", "2026-01-10"]),
    ...     "maturity_date": pd.to_datetime(["2026-01-10", "2027-01-10"]),
    ...     "first_overdue_date": pd.to_datetime(["2025-12-21", None]),
    ... })
    >>> stressed_renewals(loans, as_of="2026-06-30").set_index("loan_id").state.to_dict()
    {'L2': 'stressed'}
    """
    checked_loans(loans, needs=["amount_yuan", "disbursed_date"])
    found = _events(loans, pd.Timestamp(as_of))
    window = int(policy.stressed_lookback_days)
    months = _months_before(found, loan_months, window)
    before = _replaced(found, loans)
    signs = _signs(found, before, months, window)
    dscr = found["customer_id"].map(coverage) if coverage is not None else np.nan
    found = found.assign(**signs, dscr=pd.Series(dscr, index=found.index, dtype=float))
    often = found["rollovers_count"] >= int(policy.rollovers_count)
    found["is_rolled_over"] = often & (found["dscr"] < float(policy.dscr_minimum))
    unseen = before["loan_id"].isna() & ~found["evidence_id"].isin(months["loan_id"])
    because = np.select([unseen, often & found["dscr"].isna()], ["no_previous_loan", "coverage_unknown"], "")
    stressed = found[SIGNS].any(axis="columns")
    found["unknown_because"] = np.where(stressed, "", because)
    found["state"] = np.select([stressed, because != ""], ["stressed", "unknown"], "normal")
    return found.sort_values("loan_id").reset_index(drop=True)[COLUMNS]


def _events(loans: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Live renewals, the loan whose past speaks for each, and the day on which the window ends."""
    known = ["loan_id", "customer_id", "balance_yuan", "overdue_days", "amount_yuan"]
    found = loans[known].assign(
        previous_loan_id=optional(loans, "previous_loan_id").astype(object),
        issue_type=optional(loans, "issue_type"),
        disbursed_date=pd.to_datetime(loans["disbursed_date"]),
        rollovers_count=debt_chains(loans)["rollovers_count"],
    )[is_live(loans) & is_renewed(loans)]
    in_place = ~found["issue_type"].isin(RENEWALS) | (
        found["issue_type"].isin(["extension", "restructure"]) & found["previous_loan_id"].isna()
    )
    return found.assign(
        in_place=in_place,
        evidence_id=found["previous_loan_id"].where(~in_place, found["loan_id"]),
        renewed_date=found["disbursed_date"].where(~in_place, today),
    ).reset_index(drop=True)


def _replaced(found: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """The ledger's row of each loan that was replaced, in the order of `found`; missing where unknown."""
    rows = loans.assign(_key=loans["loan_id"].astype(object)).set_index("_key")
    return rows.reindex(found["evidence_id"]).set_index(found.index)


def _months_before(found: pd.DataFrame, loan_months: pd.DataFrame | None, window_days: int) -> pd.DataFrame:
    """Month ends of the replaced loans that fall into their window, with the place of their event."""
    if loan_months is None or loan_months.empty or found.empty:
        empty = {"loan_id": "object", "overdue_days": "float64", "class5": "object", "balance_yuan": "float64"}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in {**empty, "event": "int64"}.items()})
    events = found[["evidence_id", "renewed_date"]].assign(event=found.index)
    seen = loan_months[loan_months["loan_id"].isin(events["evidence_id"])]
    last_days = (month_numbers(seen["month"]) - 1970 * 12 + 1).astype("datetime64[M]").astype("datetime64[D]")
    seen = seen.assign(day=(last_days - np.timedelta64(1, "D")).astype("datetime64[s]"))
    seen = seen.merge(events, left_on="loan_id", right_on="evidence_id")
    age = (seen["renewed_date"] - seen["day"]).dt.days
    return seen[age.between(0, window_days)].sort_values(["event", "day"])


def _signs(found: pd.DataFrame, before: pd.DataFrame, months: pd.DataFrame, window_days: int) -> dict[str, pd.Series]:
    """Four of the five signs, each true only on evidence."""
    late = months.loc[months["overdue_days"] > 0, "event"]
    watched = months.loc[optional(months, "class5").isin(WATCHED_CLASSES), "event"]
    first_late = pd.to_datetime(optional(before, "first_overdue_date"))
    age = (found["renewed_date"] - first_late).dt.days
    ledger_late = age.between(0, window_days) | (before["overdue_days"].astype(float) > 0)
    debt = found.index.to_series().map(months.drop_duplicates("event", keep="last").set_index("event")["balance_yuan"])
    debt = debt.astype(float).where(debt > 0, before["amount_yuan"].astype(float))
    term_days = (pd.to_datetime(optional(before, "maturity_date")) - pd.to_datetime(before["disbursed_date"])).dt.days
    interest = debt * yuan(before, "yearly_rate") * term_days.clip(upper=DAYS_PER_YEAR) / DAYS_PER_BANK_YEAR
    raised = found["amount_yuan"] - debt
    return {
        "was_overdue": found.index.isin(late) | ledger_late,
        "had_unpaid_interest": yuan(before, "overdue_interest_yuan") > 0,
        "was_watched": found.index.isin(watched) | optional(before, "class5").isin(WATCHED_CLASSES),
        "covers_interest": ~found["in_place"] & (raised > TOLERANCE_YUAN) & (raised <= interest),
    }


#: days late beyond which a missed first payment is a default
DEFAULT_DAYS = 30
#: repayment kinds that pay every month or quarter, and the one that pays once
REGULAR = ("equal_instalment", "equal_principal", "interest_only", "equal_principal_and_interest")
#: without a schedule, an arrears that began within so many months of disbursement is of the first payment
FIRST_MONTHS = 2
NEVER = pd.Timestamp("2200-01-01")
#: kinds of issue that are loans to somebody new to this debt
FRESH = ("new", "transferred_in")


@measure(optional=("schedules",))
def first_payments(
    loans: pd.DataFrame, schedules: pd.DataFrame | None = None, *, as_of: Day, months: int = 12
) -> pd.DataFrame:
    """List the fresh loans whose first payment has fallen due, and whether it was missed.

    Answers "who was lent to, and could not or would not pay even once?" The first payment is missed when
    the present arrears began with it. By schedule: they began on its due date or before the next. Without
    one: within two months of disbursement for loans paid monthly or quarterly, on the day of maturity for bullets;
    of other kinds the due date is not known.

    Parameters
    ----------
    loans : DataFrame
        The ledger; ``disbursed_date, maturity_date, repayment, issue_type, overdue_days``. Not modified.
    schedules : DataFrame, optional
        ``loan_id, term_number, due_date``.
    as_of : date
        The report's date.
    months : int
        Loans disbursed within so many months before.

    Returns
    -------
    DataFrame
        One row per loan whose first payment has fallen due or is not known, by ``loan_id``; ``loan_id, customer_id,
        disbursed_date, first_due_date, age_days`` (days since it; both missing where not known), ``balance_yuan,
        overdue_days, is_estimated`` (no schedule), ``is_missed`` (flag).

    Raises
    ------
    MissingTable, BadData
        As `loans.checked_loans`.

    Notes
    -----
    The ledger shows present arrears: a first payment missed and then made is not seen. Quarterly payers miss their
    first payment up to a quarter after disbursement, so without schedules the count is a lower one.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["overdue", "normal"],
    ...     "balance_yuan": [5.0, 5.0], "overdue_days": [40, 0], "repayment": ["equal_instalment"] * 2,
    ...     "disbursed_date": pd.to_datetime(["2026-04-21", "2026-04-21"]),
    ...     "maturity_date": pd.to_datetime(["2027-04-21", "2027-04-21"]),
    ... })
    >>> first_payments(loans, as_of="2026-06-30").is_missed.to_list()
    [True, False]
    """
    checked_loans(loans, needs=["disbursed_date", "maturity_date"])
    today = pd.Timestamp(as_of)
    disbursed = pd.to_datetime(loans["disbursed_date"])
    issue = optional(loans, "issue_type")
    recent = disbursed.between(today - pd.DateOffset(months=months), today, inclusive="right")
    first, following = _due_dates(loans, schedules)
    began = today - pd.to_timedelta(loans["overdue_days"].astype(float), unit="D")
    late = loans["overdue_days"] > 0
    found = loans[["loan_id", "customer_id"]].assign(
        disbursed_date=disbursed,
        first_due_date=first,
        age_days=(today - first).dt.days,
        balance_yuan=loans["balance_yuan"],
        overdue_days=loans["overdue_days"],
        is_estimated=~loans["loan_id"].isin([] if schedules is None else schedules["loan_id"].unique()),
        is_missed=late & (began < following),
    )
    due = first.isna() | (first < today)
    return found[recent & (issue.isna() | issue.isin(FRESH)) & due].sort_values("loan_id").reset_index(drop=True)


def first_payment_defaults(payments: pd.DataFrame, *, days: int = DEFAULT_DAYS, level: float = 0.95) -> pd.DataFrame:
    """Measure the share of fresh loans that missed their first payment by more than so many days.

    Parameters
    ----------
    payments : DataFrame
        Answer of `first_payments`. Not modified.
    days : int
        Strictly more days late than this is a default; 0 counts every miss.
    level : float
        Two-sided confidence of Jeffreys' interval.

    Returns
    -------
    DataFrame
        One row; ``days``; ``observed_count``; ``unjudged_count`` (first due date not known); ``default_count``,
        ``default_yuan``; ``estimated_count`` (judged without a schedule); ``default_rate, default_rate_low,
        default_rate_high`` (fraction). Loans too young to be that late do not count; where none is old enough
        ``reason`` is ``no_first_payment_due`` and the rate and its range are missing.

    Examples
    --------
    >>> payments = pd.DataFrame({"is_missed": [True, False], "overdue_days": [40, 0], "balance_yuan": [5.0, 5.0],
    ...                          "age_days": [40, 40], "is_estimated": [True, True]})
    >>> first_payment_defaults(payments).default_rate.item()
    0.5
    """
    observed = payments[payments["age_days"] > days]
    default = observed["is_missed"] & (observed["overdue_days"] > days)
    found = {
        "days": days,
        "observed_count": len(observed),
        "unjudged_count": int(payments["age_days"].isna().sum()),
        "default_count": int(default.sum()),
        "default_yuan": float(observed.loc[default, "balance_yuan"].sum()),
        "estimated_count": int(observed["is_estimated"].sum()),
    }
    if observed.empty:
        missing = dict.fromkeys(["default_rate", "default_rate_low", "default_rate_high"], float("nan"))
        return pd.DataFrame([found | missing | {"reason": "no_first_payment_due"}])
    rate, low, high = rate_interval(int(default.sum()), len(observed), level=level).iloc[0, 2:]
    limits = {"default_rate": rate, "default_rate_low": low, "default_rate_high": high}
    return pd.DataFrame([found | limits | {"reason": ""}])


def _due_dates(loans: pd.DataFrame, schedules: pd.DataFrame | None) -> tuple[pd.Series, pd.Series]:
    """First due date of each loan, and the date before which arrears of that payment began."""
    disbursed, maturity = pd.to_datetime(loans["disbursed_date"]), pd.to_datetime(loans["maturity_date"])
    kind = optional(loans, "repayment")
    once = (kind == "bullet").to_numpy()
    first = (disbursed + pd.DateOffset(months=1)).where(kind.isin(REGULAR), maturity.where(once))
    following = (disbursed + pd.DateOffset(months=FIRST_MONTHS)).where(~once, NEVER)
    if schedules is None or schedules.empty:
        return first, following
    ordered = schedules.sort_values(["loan_id", "term_number"])
    turn = ordered.groupby("loan_id").cumcount()
    dates = [ordered[turn == place].set_index("loan_id")["due_date"] for place in (0, 1)]
    written, next_written = (pd.to_datetime(looked_up(loans["loan_id"], column)) for column in dates)
    return written.fillna(first), next_written.fillna(following.where(written.isna(), NEVER))


def maturing(loans: pd.DataFrame, *, as_of: Day, days: Sequence[int] = (30, 60, 90)) -> pd.DataFrame:
    """Sum what falls due soon, and for how much of it nobody has confirmed a repayment source.

    Answers "how many customers, and how much, must be dealt with in the next 30, 60, 90 days?"

    Parameters
    ----------
    loans : DataFrame
        The ledger; ``maturity_date``, and ``repayment_source_confirmed`` where recorded. Not modified.
    as_of : date
        The report's date; a loan that matures on it is past, not ahead.
    days : sequence of int
        Horizons, each counted from `as_of` and so containing the shorter ones.

    Returns
    -------
    DataFrame
        One row per horizon; ``horizon_days``, ``loans_count``, ``customers_count``, ``balance_yuan`` (whole
        balance of loans that mature), and the part whose source is ``unconfirmed_…`` (recorded as not
        confirmed) or ``unknown_…`` (not recorded): ``…_loans_count``, ``…_customers_count``, ``…_yuan``;
        ``first_unsure_date``: the first day on which one of those falls due, missing where none does.

    Raises
    ------
    MissingTable, BadData
        As `loans.checked_loans`. A book without live loans gives zeros: nothing falls due.

    Notes
    -----
    Instalments before maturity are not in it. A renewal is not a repayment source.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["normal", "normal"],
    ...     "balance_yuan": [5e5, 3e5], "overdue_days": [0, 0],
    ...     "maturity_date": pd.to_datetime(["2026-07-20", "2026-08-25"]),
    ...     "repayment_source_confirmed": [True, None],
    ... })
    >>> soon = maturing(loans, as_of="2026-06-30")
    >>> soon[["horizon_days", "customers_count", "balance_yuan", "unknown_yuan"]].to_numpy().tolist()
    [[30.0, 1.0, 500000.0, 0.0], [60.0, 2.0, 800000.0, 300000.0], [90.0, 2.0, 800000.0, 300000.0]]
    """
    ahead = _live(loans, needs=["maturity_date"])
    left = (pd.to_datetime(ahead["maturity_date"]) - pd.Timestamp(as_of)).dt.days
    confirmed = optional(ahead, "repayment_source_confirmed").astype("boolean")
    rows = []
    for horizon in days:
        due = left.between(1, horizon)
        whole = _counts(ahead[due])
        unsure = _counts(ahead[due & (confirmed == False).fillna(False)], prefix="unconfirmed_")  # noqa: E712
        unknown = _counts(ahead[due & confirmed.isna()], prefix="unknown_")
        open_ones = due & ~confirmed.eq(True).fillna(False).astype(bool)
        first = pd.to_datetime(ahead.loc[open_ones, "maturity_date"]).min()
        rows.append({"horizon_days": horizon} | whole | unsure | unknown | {"first_unsure_date": first})
    return pd.DataFrame(rows).astype({"first_unsure_date": "datetime64[s]"})


def loans_turning_bad(loans: pd.DataFrame, *, as_of: Day, cut_days: int = BAD_DAYS) -> pd.DataFrame:
    """List the late loans that will be bad (不良) before the month ends if nothing is paid, with the day.

    Answers "whom must we see first, and by when?" A loan ``overdue_days`` late on `as_of` is more than
    `cut_days` late after ``cut_days + 1 - overdue_days`` more days. On a month end the next month is meant.

    Parameters
    ----------
    loans : DataFrame
        The ledger; ``rm_id`` and ``maturity_date`` are passed on where they are there. Not modified.
    as_of : date
        The report's date.
    cut_days : int
        Days past due that may still be special mention, from policy (90).

    Returns
    -------
    DataFrame
        One row per loan not yet bad that will cross, the nearest first, then the largest; ``loan_id, customer_id,
        rm_id, balance_yuan, overdue_days, days_left`` and ``crossing_date``, the first day on which it is bad.

    Raises
    ------
    MissingTable, BadData
        As `loans.checked_loans`.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["overdue", "overdue"],
    ...     "balance_yuan": [5e5, 3e5], "overdue_days": [71, 40],
    ... })
    >>> loans_turning_bad(loans, as_of="2026-06-30").crossing_date.astype(str).to_list()
    ['2026-07-20']
    """
    today = pd.Timestamp(as_of)
    late = _live(loans)
    late = late[(late["overdue_days"] > 0) & (late["overdue_days"] <= cut_days) & ~is_bad(late)]
    left = cut_days + 1 - late["overdue_days"].astype(int)
    found = late[["loan_id", "customer_id", "balance_yuan", "overdue_days"]].assign(
        rm_id=optional(late, "rm_id"),
        days_left=left,
        crossing_date=(today + pd.to_timedelta(left, unit="D")).astype("datetime64[s]"),
    )
    found = found[found["crossing_date"] <= today + pd.offsets.MonthEnd(1)]
    ordered = found.sort_values(["crossing_date", "balance_yuan", "loan_id"], ascending=[True, False, True])
    columns = ["loan_id", "customer_id", "rm_id", "balance_yuan", "overdue_days", "days_left", "crossing_date"]
    return ordered.reset_index(drop=True)[columns]


def crossing_managers(crossing: pd.DataFrame) -> pd.DataFrame:
    """Sum the loans that are turning bad by who answers for them, the earliest day first.

    Answers "who must see whom, and by when?"

    Parameters
    ----------
    crossing : DataFrame
        Result of `loans_turning_bad`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``rm_id`` (missing: nobody is named); ``loans_count, customers_count, balance_yuan`` and
        ``crossing_date``, the first day on which one of them is bad

    Examples
    --------
    >>> crossing = pd.DataFrame({"loan_id": ["a", "b"], "customer_id": ["A", "B"], "rm_id": "R1", "balance_yuan": 5.0,
    ...                          "crossing_date": pd.to_datetime(["2026-07-20", "2026-07-04"])})
    >>> crossing_managers(crossing)[["rm_id", "loans_count", "crossing_date"]].astype(str).values.tolist()
    [['R1', '2', '2026-07-04']]
    """
    groups = crossing.groupby(crossing["rm_id"].astype("str"), dropna=False)
    found = groups.agg(
        loans_count=("loan_id", "size"),
        customers_count=("customer_id", "nunique"),
        balance_yuan=("balance_yuan", "sum"),
        crossing_date=("crossing_date", "min"),
    )
    order = ["crossing_date", "balance_yuan", "rm_id"]
    return found.reset_index().sort_values(order, ascending=[True, False, True], ignore_index=True)


@measure(optional=("schedules",))
def warnings(loans: pd.DataFrame, schedules: pd.DataFrame | None = None, *, as_of: Day) -> pd.DataFrame:
    """Sum the warnings of page 1, one row each; complete with nothing but a ledger.

    - ``past_maturity``: live loans whose day of maturity has come
    - ``crossing_90``: loans that will be more than 90 days late before the month ends
    - ``new_overdue``: loans whose present arrears began within this month
    - ``interest_arrears`` (欠息): loans with unpaid interest
    - ``first_payment_default``: fresh loans more than 30 days late with their first payment

    Parameters
    ----------
    loans : DataFrame
        The ledger. Not modified.
    schedules : DataFrame, optional
        Due dates, for exact first payments.
    as_of : date
        The report's date.

    Returns
    -------
    DataFrame
        One row per warning, in that order; ``warning`` (code), ``loans_count``, ``customers_count``,
        ``balance_yuan`` (whole balances), ``owed_yuan`` (unpaid interest for ``interest_arrears``, overdue principal
        and interest for the others where recorded), ``unknown_count``: live loans for which the ledger does not say.

    Raises
    ------
    MissingTable, BadData
        As `loans.checked_loans`. A book without live loans gives zeros.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["overdue", "normal"],
    ...     "balance_yuan": [5e5, 3e5], "overdue_days": [12, 0], "overdue_interest_yuan": [1800.0, 0.0],
    ...     "disbursed_date": pd.to_datetime(["2025-01-10", "2025-07-01"]),
    ...     "maturity_date": pd.to_datetime(["2027-01-10", "2027-07-01"]),
    ... })
    >>> warnings(loans, as_of="2026-06-30").set_index("warning").loans_count.to_dict()
    {'past_maturity': 0, 'crossing_90': 0, 'new_overdue': 1, 'interest_arrears': 1, 'first_payment_default': 0}
    """
    live = _live(loans, needs=["maturity_date", "disbursed_date"])
    first = first_payments(loans, schedules, as_of=as_of)
    crossing = loans_turning_bad(loans, as_of=as_of)["loan_id"]
    marks = _marks(live, crossing, first, pd.Timestamp(as_of))
    interest = yuan(live, "overdue_interest_yuan")
    arrears = interest + yuan(live, "overdue_principal_yuan")
    rows = []
    for name, (hit, unknown) in marks.items():
        owed = (interest if name == "interest_arrears" else arrears)[hit].sum()
        counts = _counts(live[hit])
        rows.append({"warning": name} | counts | {"owed_yuan": float(owed), "unknown_count": int(unknown.sum())})
    return pd.DataFrame(rows)


def _marks(
    live: pd.DataFrame, crossing: pd.Series, first: pd.DataFrame, today: pd.Timestamp
) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Which live loans each warning strikes, and for which the ledger does not say."""
    failed = first.loc[first["is_missed"] & (first["overdue_days"] > DEFAULT_DAYS), "loan_id"]
    unjudged = first.loc[first["age_days"].isna(), "loan_id"]
    maturity = pd.to_datetime(live["maturity_date"])
    interest = optional(live, "overdue_interest_yuan")
    began = today - pd.to_timedelta(live["overdue_days"].astype(float), unit="D")
    nothing = pd.Series(False, index=live.index)
    return {
        "past_maturity": (maturity <= today, maturity.isna()),
        "crossing_90": (live["loan_id"].isin(crossing), nothing),
        "new_overdue": ((live["overdue_days"] > 0) & (began >= today - pd.offsets.MonthEnd(1)), nothing),
        "interest_arrears": (interest.fillna(0) > 0, interest.isna()),
        "first_payment_default": (live["loan_id"].isin(failed), live["loan_id"].isin(unjudged)),
    }


def _live(loans: pd.DataFrame, *, needs: Sequence[str] = ()) -> pd.DataFrame:
    return loans[is_live(checked_loans(loans, needs=needs))]


def _counts(loans: pd.DataFrame, *, prefix: str = "") -> dict[str, float]:
    """Loans, borrowers and yuan of some loans; the yuan column of the whole is called balance_yuan."""
    return {
        f"{prefix}loans_count": len(loans),
        f"{prefix}customers_count": loans["customer_id"].nunique(),
        f"{prefix or 'balance_'}yuan": float(loans["balance_yuan"].sum()),
    }

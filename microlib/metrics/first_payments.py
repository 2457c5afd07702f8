"""First-payment default (首期逾期): loans that failed at their very first instalment."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.needs import measure
from microlib.metrics.groupings import Day
from microlib.metrics.intervals import rate_interval
from microlib.metrics.loan_states import checked_loans, optional

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
        As `loan_states.checked_loans`.

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
    written, next_written = (pd.to_datetime(loans["loan_id"].map(column)) for column in dates)
    return written.fillna(first), next_written.fillna(following.where(written.isna(), NEVER))

"""What Monday needs: loans that mature, loans about to turn bad, new arrears, unpaid interest."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from microlib.contracts.needs import measure
from microlib.metrics import first_payments
from microlib.metrics.groupings import Day
from microlib.metrics.loan_states import BAD_DAYS, checked_loans, is_bad, is_live, optional, yuan


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
        confirmed) or ``unknown_…`` (not recorded): ``…_loans_count``, ``…_customers_count``, ``…_yuan``.

    Raises
    ------
    MissingTable, BadData
        As `loan_states.checked_loans`. A book without live loans gives zeros: nothing falls due.

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
        rows.append({"horizon_days": horizon} | whole | unsure | unknown)
    return pd.DataFrame(rows)


def crossing_loans(loans: pd.DataFrame, *, as_of: Day, cut_days: int = BAD_DAYS) -> pd.DataFrame:
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
        As `loan_states.checked_loans`.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["overdue", "overdue"],
    ...     "balance_yuan": [5e5, 3e5], "overdue_days": [71, 40],
    ... })
    >>> crossing_loans(loans, as_of="2026-06-30").crossing_date.astype(str).to_list()
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
        As `loan_states.checked_loans`. A book without live loans gives zeros.

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
    first = first_payments.first_payments(loans, schedules, as_of=as_of)
    crossing = crossing_loans(loans, as_of=as_of)["loan_id"]
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
    failed = first.loc[first["is_missed"] & (first["overdue_days"] > first_payments.DEFAULT_DAYS), "loan_id"]
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

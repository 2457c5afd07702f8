"""Repayment schedules to the fen (还款计划): what is due in each month, principal summing exactly to the loan."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from numbers import Integral, Real

import pandas as pd

from microlib.contracts.product import Product
from microlib.errors import BadConfig
from microlib.stats.grouping import one_row
from microlib.units import FEN, MONTHS_PER_YEAR, to_fen

#: days of a year by day count; ``monthly`` reckons twelve equal months
DAY_COUNTS = {"monthly": 0, "actual_360": 360, "actual_365": 365}
ZERO = Decimal(0)


@dataclass(frozen=True)
class Loan:
    """What a schedule is made of.

    Parameters
    ----------
    amount_yuan : Decimal or float
        Principal paid out, > 0, to the fen.
    yearly_rate : Decimal or float
        Nominal rate, fraction a year, >= 0; for the flat method, of the amount first paid out.
    term_months : int
        Months to the last payment, >= 1.
    method : str
        ``equal_instalment`` (等额本息), ``equal_principal`` (等额本金), ``interest_only`` (先息后本), ``bullet``
        (到期一次还本付息), ``equal_principal_and_interest`` (等本等息, flat), ``seasonal``, ``revolving`` (随借随还),
        ``balloon`` (气球贷).
    start : date
        Day of paying out; payments fall on the same day of later months, or the month's last day.
    grace_months : int
        Months of interest only before principal begins.
    season_months : tuple of int
        Calendar months in which a seasonal loan repays principal.
    balloon_share : Decimal
        Principal left to the last day.
    used_months : int, optional
        Months for which a revolving line is drawn; the whole term when missing.
    day_count : str
        ``monthly``, ``actual_360`` or ``actual_365``.
    """

    amount_yuan: Decimal | float
    yearly_rate: Decimal | float
    term_months: int
    method: str = "equal_instalment"
    start: date = date(2026, 1, 1)
    grace_months: int = 0
    season_months: tuple[int, ...] = ()
    balloon_share: Decimal | float = ZERO
    used_months: int | None = None
    day_count: str = "monthly"

    @classmethod
    def of(cls, product: Product, *, amount_yuan: Decimal | float, start: date, term_months: int = 0) -> Loan:
        """Return the loan that a product's terms make, at its longest tenor unless told otherwise."""
        rule = product.repayment
        return cls(
            amount_yuan,
            product.yearly_rate,
            term_months or product.max_term_months,
            rule.method,
            start,
            rule.grace_months,
            rule.season_months,
            rule.balloon_share,
            rule.used_months,
        )


def repayment_schedule(loan: Loan) -> pd.DataFrame:
    r"""Lay out a loan's payments month by month.

    Answers "what does the borrower pay, and when?" The equal instalment is

    .. math:: A = P \frac{i}{1 - (1 + i)^{-n}}, \qquad i = r / 12

    rounded to the fen; the last term takes what rounding left, so that principal sums to :math:`P` exactly.

    Parameters
    ----------
    loan : Loan
        Terms of the loan.

    Returns
    -------
    DataFrame
        One row per month with a payment, by ``term_number`` (1 ..)

        - ``due_date``; ``month_number`` (months after the start)
        - ``principal_yuan``, ``interest_yuan``, ``payment_yuan`` (yuan, to the fen)
        - ``balance_yuan``: principal outstanding after the payment, 0 in the last row

    Raises
    ------
    BadConfig
        If the method is unknown, or amount, rate, tenor, grace, season or balloon make no schedule: months are whole,
        grace ends before the last payment (of a line: before its last month of use).

    Notes
    -----
    A revolving line is shown drawn in full for ``used_months`` from the start, with interest each month, and repaid
    at once; unused months cost nothing. Payments fall on calendar days: holidays are not moved.

    Examples
    --------
    >>> plan = repayment_schedule(Loan(1_000_000, Decimal("0.05"), 60))
    >>> float(plan.payment_yuan.iloc[0]), round(float(plan.principal_yuan.sum()), 2), len(plan)
    (18871.23, 1000000.0, 60)
    """
    _check(loan)
    months = range(1, _last_month(loan) + 1)
    days = [due_date(loan.start, month) for month in months]
    rates = _period_rates(loan, [loan.start, *days])
    balance, rows = to_fen(loan.amount_yuan), []
    plan = _principals(loan, days, rates)
    for month, day, rate, principal in zip(months, days, rates, plan, strict=True):
        interest = _interest(loan, balance, rate)
        balance -= principal
        rows.append((month, day, principal, interest, principal + interest, balance))
    if loan.method == "bullet":
        rows = _at_the_end(rows, interest=to_fen(to_fen(loan.amount_yuan) * sum(rates)))
    return _frame(rows)


def due_date(start: date, months: int) -> date:
    """Return the same day `months` later, or that month's last day.

    Examples
    --------
    >>> due_date(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(start.year * MONTHS_PER_YEAR + start.month - 1 + months, MONTHS_PER_YEAR)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def yearly_totals(plan: pd.DataFrame) -> pd.DataFrame:
    """Add up a schedule by calendar year: one row per year, columns as in the schedule, to the fen."""
    years = plan["due_date"].dt.year.rename("year")
    return plan.groupby(years)[["principal_yuan", "interest_yuan", "payment_yuan"]].sum().round(2)


def average_balance_share(plan: pd.DataFrame, *, amount_yuan: float) -> float:
    r"""Return the mean of the balance before each month's payment, over the amount and the months drawn.

    Opex and loss rest on the balance that is really lent: about 0.54 of the amount for equal instalments over a year.

    Examples
    --------
    >>> plan = repayment_schedule(Loan(120_000, 0, 12, "equal_principal"))
    >>> round(average_balance_share(plan, amount_yuan=120_000), 4)
    0.5417
    """
    one_row(plan, "plan")
    plan = plan.sort_values("month_number", kind="stable")
    before = plan["balance_yuan"] + plan["principal_yuan"]
    months = plan["month_number"].diff().fillna(plan["month_number"].iloc[0])
    return float((before * months).sum() / months.sum() / amount_yuan)


@lru_cache(maxsize=4096)
def drawn_share(loan: Loan) -> float:
    """Return `average_balance_share` of a loan's own schedule; a loan asked for again is not laid out again.

    Examples
    --------
    >>> round(drawn_share(Loan(120_000, 0, 12, "equal_principal")), 4)
    0.5417
    """
    return average_balance_share(repayment_schedule(loan), amount_yuan=float(loan.amount_yuan))


def _check(loan: Loan) -> None:
    whole = {name: _is_whole(getattr(loan, name)) for name in ("term_months", "grace_months", "used_months")}
    numbers = {name: _is_number(getattr(loan, name)) for name in ("amount_yuan", "yearly_rate", "balloon_share")}
    faults = {
        "method": loan.method not in _PLANS,
        "day_count": loan.day_count not in DAY_COUNTS,
        "amount_yuan": not numbers["amount_yuan"] or not to_fen(loan.amount_yuan) > 0,
        "yearly_rate": not numbers["yearly_rate"] or not 0 <= loan.yearly_rate <= 1,
        "term_months": not whole["term_months"] or loan.term_months < 1,
        "balloon_share": not numbers["balloon_share"] or not 0 <= loan.balloon_share < 1,
        "used_months": loan.used_months is not None
        and not (whole["used_months"] and 1 <= loan.used_months <= loan.term_months),
    }
    if not any(faults.values()):
        faults["grace_months"] = not whole["grace_months"] or not 0 <= loan.grace_months < _last_month(loan)
    for key in [key for key, is_wrong in faults.items() if is_wrong]:
        what = f"{key} = {getattr(loan, key)}: makes no schedule over {loan.term_months} months"
        raise BadConfig(what, where="terms of the loan", fix=f"correct {key}; methods: {', '.join(_PLANS)}")


def _is_number(value: object) -> bool:
    return isinstance(value, (Real, Decimal)) and not isinstance(value, bool) and isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _last_month(loan: Loan) -> int:
    return loan.used_months or loan.term_months if loan.method == "revolving" else loan.term_months


def _period_rates(loan: Loan, days: list[date]) -> list[Decimal]:
    rate, year = Decimal(str(loan.yearly_rate)), DAY_COUNTS[loan.day_count]
    if not year:
        return [rate / MONTHS_PER_YEAR] * (len(days) - 1)
    return [rate * (later - earlier).days / year for earlier, later in pairwise(days)]


def _interest(loan: Loan, balance: Decimal, rate: Decimal) -> Decimal:
    base = to_fen(loan.amount_yuan) if loan.method == "equal_principal_and_interest" else balance
    return to_fen(base * rate)


def _principals(loan: Loan, days: list[date], rates: list[Decimal]) -> list[Decimal]:
    """Return principal by month: the method's own plan after the grace months, what is left in the last."""
    amount, idle = to_fen(loan.amount_yuan), [ZERO] * loan.grace_months
    rest = _PLANS[loan.method](loan, days[loan.grace_months :], rates[loan.grace_months :])
    paid = idle + rest
    paid[-1] = ZERO
    paid[-1] = amount - sum(paid)
    if min(paid) < 0:
        raise BadConfig(
            "the loan is too small to be split into so many fen", where="terms of the loan", fix="lend more"
        )
    return paid


def _equal_instalment(loan: Loan, days: list[date], rates: list[Decimal]) -> list[Decimal]:
    balance, paid = to_fen(loan.amount_yuan), []
    instalment = _annuity(balance, Decimal(str(loan.yearly_rate)) / MONTHS_PER_YEAR, len(days))
    for rate in rates:
        paid.append(max(ZERO, min(balance, instalment - to_fen(balance * rate))))
        balance -= paid[-1]
    return paid


def _annuity(amount: Decimal, rate: Decimal, months: int) -> Decimal:
    return to_fen(amount / months if not rate else amount * rate / (1 - (1 + rate) ** -months))


def _equal_principal(loan: Loan, days: list[date], rates: list[Decimal]) -> list[Decimal]:
    part = (to_fen(loan.amount_yuan) / len(days)).quantize(FEN)
    return [part] * len(days)


def _at_maturity(loan: Loan, days: list[date], rates: list[Decimal]) -> list[Decimal]:
    return [ZERO] * len(days)


def _in_season(loan: Loan, days: list[date], rates: list[Decimal]) -> list[Decimal]:
    in_season = [day.month in loan.season_months for day in days]
    if not any(in_season):
        raise BadConfig(
            f"season_months = {loan.season_months}: none falls within the tenor",
            where="terms of the loan",
            fix="lengthen the tenor, or name months in it",
        )
    part = (to_fen(loan.amount_yuan) / sum(in_season)).quantize(FEN)
    last = max(place for place, is_due in enumerate(in_season) if is_due)
    left = to_fen(loan.amount_yuan) - part * (sum(in_season) - 1)
    return [(left if place == last else part) if is_due else ZERO for place, is_due in enumerate(in_season)]


def _balloon(loan: Loan, days: list[date], rates: list[Decimal]) -> list[Decimal]:
    spread = to_fen(loan.amount_yuan) * (1 - Decimal(str(loan.balloon_share)))
    return [(spread / len(days)).quantize(FEN)] * len(days)


def _at_the_end(rows: list[tuple], *, interest: Decimal) -> list[tuple]:
    """Put the interest of all months, rounded once, into the one payment at the end."""
    month, day, principal, _, _, balance = rows[-1]
    return [(month, day, principal, interest, principal + interest, balance)]


def _frame(rows: list[tuple]) -> pd.DataFrame:
    columns = ["month_number", "due_date", "principal_yuan", "interest_yuan", "payment_yuan", "balance_yuan"]
    plan = pd.DataFrame(rows, columns=columns)
    money = {name: plan[name].astype("float64") for name in columns if name.endswith("_yuan")}
    plan = plan.assign(**money, due_date=pd.to_datetime(plan["due_date"]).astype("datetime64[s]"))
    plan.insert(0, "term_number", range(1, len(plan) + 1))
    return plan


_PLANS = {
    "equal_instalment": _equal_instalment,
    "equal_principal": _equal_principal,
    "interest_only": _at_maturity,
    "bullet": _at_maturity,
    "equal_principal_and_interest": _equal_principal,
    "seasonal": _in_season,
    "revolving": _at_maturity,
    "balloon": _balloon,
}

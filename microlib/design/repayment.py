"""Ways of repaying: methods side by side, revolving lines (随借随还), prepayment (提前还款), yearly subtotals.

The plain schedule of a loan stands in `schedules`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from microlib.contracts.product import Product
from microlib.design.cost import loan_flows, true_cost
from microlib.design.schedules import DAY_COUNTS, Loan, due_date, repayment_schedule, yearly_totals
from microlib.errors import BadConfig, BadData
from microlib.units import to_fen


def line_statement(
    movements: pd.DataFrame, *, limit_yuan: float, yearly_rate: float, day_count: str = "actual_360"
) -> pd.DataFrame:
    r"""Follow a revolving line through its draws and repayments, with the interest of each stretch of days.

    Answers "what did the money really used cost?" Unused money costs nothing: no commitment fee is taken from small
    borrowers.

    .. math:: I = \sum_k B_k \, r \, d_k / 360

    with :math:`B_k` owed during the :math:`d_k` days between two movements, rounded to the fen for each stretch.

    Parameters
    ----------
    movements : DataFrame
        ``date``, ``drawn_yuan``, ``repaid_yuan`` (principal); several rows of one day count together. Not modified.
    limit_yuan : float
        The line.
    yearly_rate : float
        Fraction a year while used.
    day_count : str
        ``actual_360`` or ``actual_365``.

    Returns
    -------
    DataFrame
        One row per day with a movement, by ``date``

        - ``days_count`` since the row before, ``interest_yuan`` of those days, on what was owed then
        - ``drawn_yuan``, ``repaid_yuan``, ``balance_yuan`` (after), ``unused_yuan`` (of the line)

    Raises
    ------
    BadData
        If a draw exceeds the line, or a repayment what is owed: the row's date is named.
    BadConfig
        If the day count does not count days.

    Examples
    --------
    >>> used = pd.DataFrame({"date": pd.to_datetime(["2026-01-01", "2026-05-31"]), "drawn_yuan": [1e6, 0],
    ...                      "repaid_yuan": [0, 1e6]})
    >>> line_statement(used, limit_yuan=1e6, yearly_rate=0.048).interest_yuan.sum().item()
    20000.0
    """
    year = DAY_COUNTS.get(day_count, 0)
    if not year:
        raise BadConfig(
            f"day_count = {day_count}: does not count days", where="line", fix="write actual_360 or actual_365"
        )
    daily = movements.groupby("date")[["drawn_yuan", "repaid_yuan"]].sum().round(2)
    balance = (daily["drawn_yuan"] - daily["repaid_yuan"]).cumsum().round(2)
    _check_draws(daily, balance, limit_yuan)
    days = daily.index.to_series().diff().dt.days.fillna(0).astype("int64")
    owed = balance.shift(fill_value=0.0)
    interest = [float(to_fen(before * yearly_rate * count / year)) for before, count in zip(owed, days, strict=True)]
    found = daily.assign(
        days_count=days, interest_yuan=interest, balance_yuan=balance, unused_yuan=float(limit_yuan) - balance
    )
    order = ["days_count", "interest_yuan", "drawn_yuan", "repaid_yuan", "balance_yuan", "unused_yuan"]
    return found[order].rename_axis("date").reset_index()


def _check_draws(daily: pd.DataFrame, balance: pd.Series, limit_yuan: float) -> None:
    if (daily < 0).any(axis=None) or daily.isna().any(axis=None):
        raise BadData(
            "a movement is missing or negative", where="movements", fix="give draws and repayments as yuan >= 0"
        )
    faults = {
        "a draw exceeds the line": balance > float(limit_yuan) + 0.005,
        "a repayment exceeds what is owed": balance < -0.005,
    }
    for what, rows in faults.items():
        if rows.any():
            raise BadData(what, where=f"movements, {rows.idxmax():%Y-%m-%d}", fix="correct the amount or its date")


#: what a method is tried with where the terms do not say: part of the tenor in grace, part left to the end
GRACE_PART, BALLOON_SHARE, SEASON_MONTHS = 0.25, 0.5, 3
METHODS = (
    "equal_instalment",
    "equal_principal",
    "interest_only",
    "bullet",
    "equal_principal_and_interest",
    "seasonal",
    "revolving",
    "balloon",
)


def compared_methods(
    product: Product, *, amount_yuan: float, start: date, free_cash: pd.Series | None = None
) -> pd.DataFrame:
    r"""Repay one loan by each method at the product's rate and longest tenor.

    Answers "would another way of repaying fit their cash better, and what would it cost them?"

    .. math:: cover = \min_t \frac{t\,c}{\sum_{s \le t} payment_s}

    with :math:`c` the cash free for this loan in a poor month: from 1 on, cash saved up month by month always suffices.

    Parameters
    ----------
    product : Product
        Rate, tenor, fees, its own method.
    amount_yuan : float
        Loan, yuan, > 0.
    start : date
    free_cash : Series, optional
        Cash a month free for this loan per yuan lent, one per sized line; the median counts. Not modified.

    Returns
    -------
    DataFrame
        One row per method, the product's own first: ``method, is_own``; ``interest_due_yuan, largest_due_yuan`` (the
        largest payment, to the fen), ``largest_month`` (in which month of the loan), ``eir_rate`` (borrower, compound),
        ``cover_ratio`` (missing where no line's cash is known). A grace variant of equal instalments closes the list.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> found = compared_methods(stall, amount_yuan=1e5, start=date(2026, 6, 30))
    >>> len(found), found["method"].iloc[0], round(float(found["eir_rate"].iloc[0]), 4)
    (9, 'equal_instalment', 0.0601)
    """
    own = Loan.of(product, amount_yuan=amount_yuan, start=start)
    cash = float("nan") if free_cash is None else float(free_cash.median()) * amount_yuan
    loans = {own.method: own, **{name: _as(own, name) for name in METHODS if name != own.method}}
    if not own.grace_months and own.term_months > 1:
        grace = max(1, round(own.term_months * GRACE_PART))
        loans["grace"] = replace(_as(own, "equal_instalment"), grace_months=grace)
    rows = [_row(name, loan, product=product, cash=cash) for name, loan in loans.items()]
    return pd.DataFrame(rows).assign(is_own=[name == own.method for name in loans])


def free_cash_per_yuan(lines: pd.DataFrame) -> pd.Series:
    """Return, for each sized line, the cash of a poor month that is free for it, per yuan of the line.

    Parameters
    ----------
    lines : DataFrame
        Result of `stress.lines.stress_lines`. Not modified.
    """
    free = lines["cash_month_yuan"] * lines["free_share"] - lines["service_month_yuan"].fillna(0.0)
    return (free / lines["limit_yuan"]).dropna()


def _as(own: Loan, method: str) -> Loan:
    """Return the same loan under another method, with the least that the method must be told."""
    last = [due_date(own.start, own.term_months - back).month for back in range(min(SEASON_MONTHS, own.term_months))]
    return replace(
        own,
        method=method,
        grace_months=0,
        used_months=None,
        season_months=tuple(sorted(set(last))) if method == "seasonal" else (),
        balloon_share=BALLOON_SHARE if method == "balloon" else 0.0,
    )


def _row(name: str, loan: Loan, *, product: Product, cash: float) -> dict:
    plan = repayment_schedule(loan)
    largest = plan["payment_yuan"].idxmax()
    paid = plan["payment_yuan"].cumsum()
    return {
        "method": name,
        "is_own": False,
        "interest_due_yuan": float(plan["interest_yuan"].sum()),
        "largest_due_yuan": float(plan.loc[largest, "payment_yuan"]),
        "largest_month": float(plan.loc[largest, "month_number"]),
        "eir_rate": _yearly(loan, product),
        "cover_ratio": float((plan["month_number"] * cash / paid).min()) if not np.isnan(cash) else np.nan,
    }


def _yearly(loan: Loan, product: Product) -> float:
    try:
        return float(true_cost(loan_flows(loan, fees=product.fees)).set_index("scope").loc["borrower", "eir_rate"])
    except BadConfig:
        return float("nan")


#: methods whose instalment has a size that can be kept while the term shortens
SHORTENABLE = ("equal_instalment", "equal_principal")
INSTALMENT_PARTS = ("principal_yuan", "interest_yuan")


@dataclass(frozen=True)
class Prepayment:
    """One early repayment.

    Parameters
    ----------
    month_number : int
        After the payment of this month; the day is that payment's day.
    amount_yuan : float
        Principal repaid early, > 0; the whole balance ends the loan.
    keeps : str
        ``term``: the months stay, each payment falls; ``instalment``: the payment stays, the months fall.
    charge_yuan : float
        Penalty. Small firms may not be charged.
    is_small_firm : bool
        Whether the borrower is a small or micro firm, or its owner.
    """

    month_number: int
    amount_yuan: Decimal | float
    keeps: str = "term"
    charge_yuan: Decimal | float = 0
    is_small_firm: bool = True


def prepay_loan(loan: Loan, *, early: Prepayment) -> pd.DataFrame:
    r"""Lay out a loan's payments when part of it, or all, is repaid early.

    Answers "what is still to pay, and when?" Keeping the term scales what is left by the part not repaid,

    .. math:: P'_t = P_t \frac{B - E}{B}, \qquad I'_t = I_t \frac{B - E}{B}

    with :math:`B` the balance after the month's payment and :math:`E` the early part; the last term takes what rounding
    left. Keeping the instalment shortens the term. Interest gathered to the end is paid on the early part with it.

    Parameters
    ----------
    loan : Loan
    early : Prepayment

    Returns
    -------
    DataFrame
        As `schedules.repayment_schedule`, with ``prepaid_yuan`` and ``charge_yuan`` in their month; ``payment_yuan``
        includes both and ``balance_yuan`` is after both. Principal and prepaid sum exactly to the loan.

    Raises
    ------
    BadConfig
        If a small firm would be charged, the month is not before the last, the amount is not within the balance, or the
        method has no instalment to keep.

    References
    ----------
    .. [1] Rule R23 of the regulation list: no prepayment penalty for small firms; to be confirmed at the source.

    Examples
    --------
    >>> early = Prepayment(month_number=6, amount_yuan=60_000)
    >>> plan = prepay_loan(Loan(120_000, 0.06, 12, "equal_principal"), early=early)
    >>> plan.balance_yuan.iloc[5:7].to_list(), float(plan.prepaid_yuan.sum())
    ([0.0], 60000.0)
    """
    plan = _monthly_plan(loan)
    _check_prepayment(loan, plan, early)
    before = plan[plan["month_number"] <= early.month_number]
    after = plan[plan["month_number"] > early.month_number]
    balance = to_fen(before["balance_yuan"].iloc[-1])
    rest = balance - to_fen(early.amount_yuan)
    left = _shortened(after, rest, loan) if early.keeps == "instalment" else _scaled(after, rest, balance)
    rows = pd.concat([before, left[left["payment_yuan"] > 0]], ignore_index=True)
    return _closed(rows.pipe(_with_prepaid, early), loan)


def interest_saved(loan: Loan, *, early: Prepayment) -> float:
    """Return what an early repayment saves the borrower: interest not due any more, less the charge, in yuan.

    Examples
    --------
    >>> interest_saved(Loan(120_000, 0.06, 12, "interest_only"), early=Prepayment(6, 60_000))
    1800.0
    """
    planned = repayment_schedule(loan)["interest_yuan"].sum()
    left = prepay_loan(loan, early=early)
    return round(float(planned - left["interest_yuan"].sum() - left["charge_yuan"].sum()), 2)


def _monthly_plan(loan: Loan) -> pd.DataFrame:
    """Return the schedule with a row every month; gathered interest stands in the month in which it accrues."""
    if loan.method != "bullet":
        return repayment_schedule(loan)
    return repayment_schedule(Loan(**{**loan.__dict__, "method": "interest_only"}))


def _check_prepayment(loan: Loan, plan: pd.DataFrame, early: Prepayment) -> None:
    month, last = early.month_number, int(plan["month_number"].iloc[-1])
    if early.charge_yuan and early.is_small_firm:
        raise _refused(f"charge_yuan = {early.charge_yuan}: small firms repay early without charge", "write 0")
    if not 1 <= month < last:
        raise _refused(
            f"month_number = {month}: nothing is left to repay early", f"choose a month from 1 to {last - 1}"
        )
    balance = plan.loc[plan["month_number"] <= month, "balance_yuan"].iloc[-1]
    if not 0 < early.amount_yuan <= balance:
        raise _refused(f"amount_yuan = {early.amount_yuan}: {balance:.2f} is owed", "repay that or less")
    if early.keeps not in ("term", "instalment") or (early.keeps == "instalment" and loan.method not in SHORTENABLE):
        raise _refused(f"keeps = {early.keeps}: not with method {loan.method}", "write term")


def _refused(what: str, fix: str) -> BadConfig:
    return BadConfig(what, where="early repayment", fix=fix)


def _scaled(after: pd.DataFrame, rest: Decimal, balance: Decimal) -> pd.DataFrame:
    part = rest / balance
    money = {name: [to_fen(Decimal(str(value)) * part) for value in after[name]] for name in INSTALMENT_PARTS}
    last = max(place for place, value in enumerate(after["principal_yuan"]) if value > 0)
    money["principal_yuan"][last] += rest - sum(money["principal_yuan"])
    return _rebuilt(after, money, rest)


def _shortened(after: pd.DataFrame, rest: Decimal, loan: Loan) -> pd.DataFrame:
    """Keep each payment, or each principal part, until nothing is owed."""
    owed, money = rest, {name: [] for name in INSTALMENT_PARTS}
    before = to_fen(after["balance_yuan"].iloc[0] + after["principal_yuan"].iloc[0])
    for row in after.itertuples():
        interest = to_fen(Decimal(str(row.interest_yuan)) * owed / before) if before else Decimal(0)
        keeps_payment = loan.method == "equal_instalment"
        principal = to_fen(row.payment_yuan) - interest if keeps_payment else to_fen(row.principal_yuan)
        before, paid = to_fen(row.balance_yuan), min(owed, principal)
        owed -= paid
        money["principal_yuan"].append(paid)
        money["interest_yuan"].append(interest)
    return _rebuilt(after, money, rest)


def _rebuilt(after: pd.DataFrame, money: dict[str, list[Decimal]], rest: Decimal) -> pd.DataFrame:
    owed = [float(rest - sum(money["principal_yuan"][: place + 1])) for place in range(len(after))]
    paid = [float(sum(pair)) for pair in zip(*money.values(), strict=True)]
    floats = {name: [float(value) for value in values] for name, values in money.items()}
    return after.assign(**floats, payment_yuan=paid, balance_yuan=owed)


def _with_prepaid(rows: pd.DataFrame, early: Prepayment) -> pd.DataFrame:
    here = (rows["month_number"] == early.month_number).astype("float64")
    prepaid, charge = here * float(to_fen(early.amount_yuan)), here * float(to_fen(early.charge_yuan))
    return rows.assign(
        prepaid_yuan=prepaid,
        charge_yuan=charge,
        payment_yuan=(rows["payment_yuan"] + prepaid + charge).round(2),
        balance_yuan=(rows["balance_yuan"] - prepaid).round(2),
    )


def _closed(rows: pd.DataFrame, loan: Loan) -> pd.DataFrame:
    """Gather interest again where the contract pays it with the principal."""
    rows = rows.assign(term_number=range(1, len(rows) + 1))
    if loan.method != "bullet":
        return rows
    owed = rows["balance_yuan"].shift(fill_value=float(loan.amount_yuan))
    falls = owed > rows["balance_yuan"]
    early = rows["prepaid_yuan"].sum() / float(loan.amount_yuan)
    cut = rows["prepaid_yuan"].ne(0).idxmax()
    with_it = round(rows["interest_yuan"].iloc[: cut + 1].sum() * early, 2)
    at_end = round(rows["interest_yuan"].sum() - with_it, 2)
    interest = pd.Series([with_it, at_end][-int(falls.sum()) :], index=rows.index[falls])
    kept = rows[falls].assign(interest_yuan=interest if falls.sum() > 1 else rows["interest_yuan"].sum())
    paid = (kept["principal_yuan"] + kept["interest_yuan"] + kept["prepaid_yuan"] + kept["charge_yuan"]).round(2)
    return kept.assign(payment_yuan=paid, term_number=range(1, len(kept) + 1)).reset_index(drop=True)


SUBTOTAL_COLUMNS = ["principal_yuan", "interest_yuan", "payment_yuan"]


def with_subtotals(plan: pd.DataFrame) -> pd.DataFrame:
    """Close each calendar year of a schedule with its subtotal, and the schedule with its total.

    Parameters
    ----------
    plan : DataFrame
        Result of `schedules.repayment_schedule` or `prepay_loan`. Not modified.

    Returns
    -------
    DataFrame
        ``row_kind`` (``term``, ``year``, ``total``), ``year`` (missing in the total), then the schedule's columns; in
        subtotals only the money columns stand, to the fen

    Examples
    --------
    >>> from microlib.design.schedules import Loan, repayment_schedule
    >>> rows = with_subtotals(repayment_schedule(Loan(120_000, 0, 2, "equal_principal")))
    >>> rows[["row_kind", "principal_yuan"]].to_numpy().tolist()
    [['term', 60000.0], ['term', 60000.0], ['year', 120000.0], ['total', 120000.0]]
    """
    terms = plan.assign(row_kind="term", year=plan["due_date"].dt.year, place=0)
    years = yearly_totals(plan).reset_index().assign(row_kind="year", place=1)
    rows = pd.concat([terms, years]).sort_values(["year", "place"], kind="stable")
    total = plan[SUBTOTAL_COLUMNS].sum().round(2).to_frame().T.assign(row_kind="total")
    rows = pd.concat([rows, total], ignore_index=True).drop(columns="place")
    return rows[["row_kind", "year", *plan.columns]].astype({"year": "Int64", "row_kind": "str"})

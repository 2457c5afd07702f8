"""Early repayment (提前还款): the schedule that is left, interest saved, and no charge for small firms."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from microlib.design.schedules import Loan, repayment_schedule
from microlib.errors import BadConfig
from microlib.units import to_fen

#: methods whose instalment has a size that can be kept while the term shortens
SHORTENABLE = ("equal_instalment", "equal_principal")
MONEY = ("principal_yuan", "interest_yuan")


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
    _check(loan, plan, early)
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


def _check(loan: Loan, plan: pd.DataFrame, early: Prepayment) -> None:
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
    money = {name: [to_fen(Decimal(str(value)) * part) for value in after[name]] for name in MONEY}
    last = max(place for place, value in enumerate(after["principal_yuan"]) if value > 0)
    money["principal_yuan"][last] += rest - sum(money["principal_yuan"])
    return _rebuilt(after, money, rest)


def _shortened(after: pd.DataFrame, rest: Decimal, loan: Loan) -> pd.DataFrame:
    """Keep each payment, or each principal part, until nothing is owed."""
    owed, money = rest, {name: [] for name in MONEY}
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

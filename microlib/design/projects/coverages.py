"""What a project's cash says: lowest coverage, deepest hole, break-even, leverage with hidden debt, unfit terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from microlib.design.projects.ventures import Venture
from microlib.design.schedules import Loan
from microlib.errors import BadConfig


def project_coverage(cash: pd.DataFrame) -> pd.DataFrame:
    """Sum up a project's months in one row.

    Parameters
    ----------
    cash : DataFrame
        Result of `ventures.project_cash`. Not modified.

    Returns
    -------
    DataFrame
        One row

        - ``coverage_ratio``: the lowest of the months at full trade; ``short_months_count``: months at full trade in
          which cash does not pay what is due
        - ``ramp_coverage_ratio``: the lowest while closed or ramping up; missing where there are no such months
        - ``worst_yuan`` (<= 0): the deepest cumulative cash, ``worst_month`` (0: never below zero)
        - ``reserve_yuan``: what must be put aside before the first month so that no month is short

    Examples
    --------
    >>> from microlib.design.projects.ventures import project_cash
    >>> hotel = Venture(60, 230, 0.72, 0.22, 130_000, ramp_share=0.45, ramp_months=6)
    >>> debts = {"bank": Loan(2_100_000, 0.055, 36), "hidden": Loan(600_000, 0.12, 24)}
    >>> found = project_coverage(project_cash(hotel, debts=debts)).iloc[0]
    >>> found.coverage_ratio.round(2).item(), round(found.worst_yuan), int(found.worst_month)
    (1.12, -458049, 6)
    """
    full = cash["phase"] == "full"
    lowest = cash["cumulative_yuan"].min()
    hole = min(0.0, float(lowest))
    return pd.DataFrame({
        "coverage_ratio": [cash.loc[full, "coverage_ratio"].min()],
        "short_months_count": [int((full & (cash["net_yuan"] < 0)).sum())],
        "ramp_coverage_ratio": [cash.loc[~full, "coverage_ratio"].min()],
        "worst_yuan": [hole],
        "worst_month": [int(cash.loc[cash["cumulative_yuan"].idxmin(), "month_number"]) if hole < 0 else 0],
        "reserve_yuan": [-hole],
    })  # fmt: skip


def break_even_share(venture: Venture, *, service_yuan: float, coverage_ratio: float = 1.0) -> float:
    r"""Return the part of the units that must be sold for cash to cover debt service.

    .. math:: s^* = \frac{q A + F}{U p d (1 - v)}

    with :math:`q` the coverage asked and :math:`A` the monthly service; above 1 no occupancy suffices.

    Raises
    ------
    BadConfig
        If a sale leaves nothing: no price, or variable costs take all of it.

    Examples
    --------
    >>> hotel = Venture(60, 230, 0.72, 0.22, 130_000)
    >>> round(break_even_share(hotel, service_yuan=63_411), 3)
    0.599
    """
    left = venture.full_month_yuan * (1 - venture.variable_share)
    if not left > 0:
        raise BadConfig("a sale leaves nothing for fixed costs", where="venture", fix="correct price or variable_share")
    return (coverage_ratio * service_yuan + venture.fixed_month_yuan) / left


def coverage_cases(venture: Venture, *, service_yuan: float, cases: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Find the coverage of a full month when fields of the venture change, one row per case, as given.

    Parameters
    ----------
    venture : Venture
    service_yuan : float
        Debt service of a month, > 0.
    cases : mapping
        By case, the fields that change: ``{"price_falls": {"price_yuan": 207}}``; empty for the base.

    Returns
    -------
    DataFrame
        ``case``, ``cash_yuan``, ``coverage_ratio``, ``change_ratio`` (less the unchanged venture's coverage).

    Examples
    --------
    >>> hotel = Venture(60, 230, 0.72, 0.22, 130_000)
    >>> found = coverage_cases(hotel, service_yuan=63_411, cases={"emptier": {"full_share": 0.62}})
    >>> found.coverage_ratio.round(2).item()
    1.11
    """
    base = venture.cash_at(venture.full_share)
    changed = {case: replace(venture, **fields) for case, fields in cases.items()}
    cash = pd.Series([each.cash_at(each.full_share) for each in changed.values()], dtype="float64")
    return pd.DataFrame({
        "case": list(changed), "cash_yuan": cash, "coverage_ratio": cash / service_yuan,
        "change_ratio": (cash - base) / service_yuan,
    })  # fmt: skip


def project_funding(cost_yuan: float, *, debts: Mapping[str, Loan], overrun_share: float = 0.0) -> pd.DataFrame:
    """Say who really pays for a project: borrowed and own part of its cost, overrun included.

    Returns
    -------
    DataFrame
        One row: ``cost_yuan`` (with the overrun), ``borrowed_yuan``, ``own_yuan``, ``borrowed_share``, ``own_share``.

    Examples
    --------
    >>> debts = {"bank": Loan(2_100_000, 0.055, 36), "hidden": Loan(600_000, 0.12, 24)}
    >>> round(project_funding(3_000_000, debts=debts).borrowed_share.item(), 2)
    0.9
    """
    cost = float(cost_yuan) * (1 + overrun_share)
    borrowed = float(sum(float(loan.amount_yuan) for loan in debts.values()))
    return pd.DataFrame({
        "cost_yuan": [cost], "borrowed_yuan": [borrowed], "own_yuan": [cost - borrowed],
        "borrowed_share": [borrowed / cost], "own_share": [1 - borrowed / cost],
    })  # fmt: skip


def check_lease(loan: Loan, *, lease_months: int) -> None:
    """Refuse a loan that outlives the lease of the place it renovates.

    Raises
    ------
    BadConfig
        If the tenor is longer than what is left of the lease.
    """
    if loan.term_months > lease_months:
        what = f"term_months = {loan.term_months}: the lease ends after {lease_months} months"
        raise BadConfig(
            what, where="terms of the loan", fix=f"lend for {lease_months} months or less, or renew the lease first"
        )

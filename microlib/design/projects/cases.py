"""A project case from its file: its venture, and its debts as declared, as they are, or redesigned."""

from __future__ import annotations

from dataclasses import replace

from microlib.contracts.documents import read_document
from microlib.contracts.project_cases import ProjectCase
from microlib.design.projects.ventures import Loan, Venture
from microlib.homes import Home

#: what the bank signed, and what it could have signed
PLANS = ("signed", "redesigned")
#: trade goes on from the first day, or the doors are closed while works and acceptance last
WORKS = ("open", "closed")
#: debts that the application names, or all
DEBTS = ("declared", "all")


def read_case(home: Home, *, case: str) -> ProjectCase:
    """Read a case from ``data/cases/<case>.toml``.

    Raises
    ------
    BadConfig
        If there is no such file, or it breaks the contract.
    """
    return read_document(home.config("cases") / f"{case}.toml", ProjectCase)


def venture_of(case: ProjectCase, *, works: str = "open", later_months: int = 0) -> Venture:
    """Return the case's trade; with closed works, `later_months` more without trade.

    Examples
    --------
    >>> from pathlib import Path
    >>> hotel = read_case(Home(Path(".")), case="hotel_renovation")
    >>> venture_of(hotel, works="closed").closed_months
    3
    """
    venture = Venture(**case.venture.model_dump())
    return replace(venture, closed_months=case.project.closed_months + later_months) if works == "closed" else venture


def debts_of(case: ProjectCase, *, plan: str = "signed", debts: str = "declared") -> dict[str, Loan]:
    """Return the case's loans by name: under a plan, those declared or all; a redesign changes declared ones only.

    Examples
    --------
    >>> from pathlib import Path
    >>> hotel = read_case(Home(Path(".")), case="hotel_renovation")
    >>> {name: loan.grace_months for name, loan in debts_of(hotel, plan="redesigned", debts="all").items()}
    {'bank': 6, 'hidden': 0}
    """
    grace = case.redesign.grace_months if plan == "redesigned" else 0
    return {
        debt.code: Loan(debt.amount_yuan, float(debt.yearly_rate), debt.term_months,
                        grace_months=grace if debt.is_declared else 0)
        for debt in case.debts
        if debt.is_declared or debts == "all"
    }  # fmt: skip

"""A case told all ways: signed or redesigned, open or closed during works, without the hidden debt or with it."""

from __future__ import annotations

from itertools import product

import pandas as pd

from microlib.contracts.project_cases import ProjectCase
from microlib.design.projects.cases import DEBTS, PLANS, WORKS, debts_of, venture_of
from microlib.design.projects.coverages import break_even_share, coverage_cases, project_coverage
from microlib.design.projects.ventures import project_cash


def story_coverages(case: ProjectCase) -> pd.DataFrame:
    """Find coverage and the deepest hole of every story of a case, one row each.

    Parameters
    ----------
    case : ProjectCase

    Returns
    -------
    DataFrame
        ``plan`` (signed, redesigned), ``works`` (open, closed), ``debts`` (declared, all), ``instalment_yuan`` (the
        most that a month asks), and the columns of `coverages.project_coverage`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from microlib.design.projects.cases import read_case
    >>> from microlib.homes import Home
    >>> told = story_coverages(read_case(Home(Path(".")), case="hotel_renovation"))
    >>> told[told.works == "open"].coverage_ratio.round(2).to_list()
    [1.62, 1.12, 1.37, 0.99]
    """
    rows = []
    for plan, works, debts in product(PLANS, WORKS, DEBTS):
        cash = _cash(case, plan, works, debts)
        story = {"plan": plan, "works": works, "debts": debts, "instalment_yuan": cash["service_yuan"].max()}
        rows.append(project_coverage(cash).assign(**story))
    told = pd.concat(rows, ignore_index=True)
    first = ["plan", "works", "debts", "instalment_yuan"]
    return told[[*first, *(name for name in told.columns if name not in first)]]


def story_cash(case: ProjectCase, *, works: str) -> pd.DataFrame:
    """Follow cumulative cash by month, one column per plan and debts, for a figure.

    Returns
    -------
    DataFrame
        ``month_number`` and ``signed_declared_yuan``, ``signed_all_yuan``, ``redesigned_declared_yuan``,
        ``redesigned_all_yuan``.
    """
    lines = {
        f"{plan}_{debts}_yuan": _cash(case, plan, works, debts).set_index("month_number")["cumulative_yuan"]
        for plan, debts in product(PLANS, DEBTS)
    }
    return pd.DataFrame(lines).rename_axis("month_number").reset_index()


def break_evens(case: ProjectCase) -> pd.DataFrame:
    """Find the part of the units that must be sold, by plan and debts, to cover debt and to cover it as asked.

    Returns
    -------
    DataFrame
        ``plan, debts, instalment_yuan, even_share, asked_share``, and ``room_share``: planned full trade less
        ``even_share``.
    """
    rows = []
    for plan, debts in product(PLANS, DEBTS):
        due = _cash(case, plan, "open", debts)["service_yuan"].max()
        shares = [break_even_share(venture_of(case), service_yuan=due, coverage_ratio=asked)
                  for asked in (1.0, case.project.coverage_asked)]  # fmt: skip
        rows.append((plan, debts, due, *shares, case.venture.full_share - shares[0]))
    names = ["plan", "debts", "instalment_yuan", "even_share", "asked_share", "room_share"]
    return pd.DataFrame(rows, columns=names)


def trade_cases(case: ProjectCase) -> pd.DataFrame:
    """Find coverage of a full month when trade goes otherwise, beside each other without and with the hidden debt.

    Returns
    -------
    DataFrame
        ``change``, ``cash_yuan``, ``declared_ratio``, ``all_ratio``.
    """
    fields = {each.code: each.model_dump(include={"full_share", "price_yuan"}, exclude_none=True)
              for each in case.changes}  # fmt: skip
    found = {}
    for debts in DEBTS:
        due = _cash(case, "signed", "open", debts)["service_yuan"].max()
        found[debts] = coverage_cases(venture_of(case), service_yuan=due, cases=fields)
    one = found["declared"]
    return pd.DataFrame({
        "change": one["case"], "cash_yuan": one["cash_yuan"], "declared_ratio": one["coverage_ratio"],
        "all_ratio": found["all"]["coverage_ratio"],
    })  # fmt: skip


def acceptance_delays(case: ProjectCase) -> pd.DataFrame:
    """Find the deepest hole when fire safety acceptance comes later, month by month, as signed and redesigned.

    Returns
    -------
    DataFrame
        ``later_months`` (0 ..), ``closed_months``, ``signed_yuan``, ``redesigned_yuan``, ``redesigned_all_yuan``.
    """
    columns = {"signed_yuan": ("signed", "declared"), "redesigned_yuan": ("redesigned", "declared"),
               "redesigned_all_yuan": ("redesigned", "all")}  # fmt: skip
    rows = []
    for later in range(case.project.later_months + 1):
        venture = venture_of(case, works="closed", later_months=later)
        holes = {
            name: _hole(venture, debts_of(case, plan=plan, debts=debts)) for name, (plan, debts) in columns.items()
        }
        rows.append({"later_months": later, "closed_months": venture.closed_months, **holes})
    return pd.DataFrame(rows)


def _cash(case: ProjectCase, plan: str, works: str, debts: str) -> pd.DataFrame:
    return project_cash(venture_of(case, works=works), debts=debts_of(case, plan=plan, debts=debts))


def _hole(venture: object, debts: dict) -> float:
    return project_coverage(project_cash(venture, debts=debts))["worst_yuan"].item()

"""What a case teaches a term sheet: who really pays, lease against tenor, three clauses with numbers."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from microlib.contracts.project_cases import ProjectCase
from microlib.design.projects.cases import debts_of, venture_of
from microlib.design.projects.coverages import project_coverage, project_funding
from microlib.design.projects.ventures import project_cash


def hidden_funding(case: ProjectCase) -> pd.DataFrame:
    """Say who pays for the project: as the file has it, with what is hidden, and when the works cost more.

    Returns
    -------
    DataFrame
        ``view`` (``as_filed``, ``as_it_is``, ``with_overrun``) and the columns of `coverages.project_funding`. The
        overrun is paid by nobody yet: it stands in ``own_yuan``.
    """
    views = {
        "as_filed": ("declared", 0.0),
        "as_it_is": ("all", 0.0),
        "with_overrun": ("all", case.project.overrun_share),
    }
    rows = [
        project_funding(case.project.cost_yuan, debts=debts_of(case, debts=debts), overrun_share=over).assign(view=view)
        for view, (debts, over) in views.items()
    ]
    told = pd.concat(rows, ignore_index=True)
    return told[["view", *(name for name in told.columns if name != "view")]]


def hidden_parts(case: ProjectCase, *, steps: int = 6) -> pd.DataFrame:
    """Follow coverage as more and more of the down payment proves to be borrowed on the hidden debt's terms.

    Returns
    -------
    DataFrame
        ``hidden_share`` (0 to 1 of the down payment), ``hidden_yuan``, ``borrowed_share`` of the project,
        ``coverage_ratio``.
    """
    own, hidden = case.project.cost_yuan * case.project.own_share, _hidden(case)
    rows = []
    for step in range(steps):
        part = step / (steps - 1)
        debts = debts_of(case) | ({"hidden": replace(hidden, amount_yuan=own * part)} if part else {})
        found = project_coverage(project_cash(venture_of(case), debts=debts))["coverage_ratio"].item()
        rows.append(
            (part, own * part, project_funding(case.project.cost_yuan, debts=debts)["borrowed_share"].item(), found)
        )
    return pd.DataFrame(rows, columns=["hidden_share", "hidden_yuan", "borrowed_share", "coverage_ratio"])


def lease_terms(case: ProjectCase) -> pd.DataFrame:
    """Set the redesigned loan's tenor against the lease: as asked, and cut to what is left of the lease.

    Returns
    -------
    DataFrame
        ``tenor`` (``as_asked``, ``within_lease``), ``term_months``, ``lease_months``, ``beyond_months``,
        ``instalment_yuan``, ``coverage_ratio`` of a full month, and ``is_enough`` (it reaches the coverage asked).
    """
    asked = next(iter(debts_of(case, plan="redesigned").values()))
    lease = case.project.lease_months
    rows = []
    for tenor, months in (("as_asked", asked.term_months), ("within_lease", min(asked.term_months, lease))):
        cash = project_cash(venture_of(case), debts={"bank": replace(asked, term_months=months)})
        found = project_coverage(cash)["coverage_ratio"].item()
        rows.append((tenor, months, lease, max(0, months - lease), cash["service_yuan"].max(), found,
                     found >= case.project.coverage_asked))  # fmt: skip
    names = ["tenor", "term_months", "lease_months", "beyond_months", "instalment_yuan", "coverage_ratio", "is_enough"]
    return pd.DataFrame(rows, columns=names)


def term_clauses(case: ProjectCase) -> pd.DataFrame:
    """Write the three clauses that would have stopped the case, each with the number that it asks for.

    Returns
    -------
    DataFrame
        ``clause`` (``own_funds``, ``opening_reserve``, ``tenor_within_lease``), ``asked_yuan``, ``asked_months`` and
        ``shown_by`` (what proves it).
    """
    works = case.project
    own = works.cost_yuan * (works.own_share + works.overrun_share)
    cash = project_cash(venture_of(case, works="closed"), debts=debts_of(case, plan="redesigned"))
    reserve = project_coverage(cash)["reserve_yuan"].item()
    covered = works.closed_months + case.venture.ramp_months
    return pd.DataFrame({
        "clause": ["own_funds", "opening_reserve", "tenor_within_lease"],
        "asked_yuan": [own, reserve, float("nan")],
        "asked_months": pd.array([pd.NA, covered, works.lease_months], dtype="Int64"),
        "shown_by": ["own_account_history", "own_account_balance", "lease_contract"],
    })  # fmt: skip


def _hidden(case: ProjectCase) -> object:
    known = debts_of(case)
    return next(loan for name, loan in debts_of(case, debts="all").items() if name not in known)

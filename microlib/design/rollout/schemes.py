"""Schemes of pay as they stand on a day, and what each would have paid for the loans of the past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.incentives import Scheme
from microlib.contracts.quantities import Said
from microlib.design.dated_files import Place
from microlib.design.dated_tables import Written, read_dated
from microlib.errors import BadData

PART, TABLE = "incentives", "schemes"
COLUMNS = ["scheme", "rm_id", "loan_id", "month", "pay_yuan", "deferred_yuan", "clawed_back_yuan", "is_bad"]


def read_schemes(home: Place, *, as_of: date | str) -> tuple[Written, ...]:
    """Read the schemes of ``data/policies/incentives.toml`` that are in force on a day.

    Raises
    ------
    BadConfig
        If the file breaks its model: see `dated_tables.read_dated`.

    Examples
    --------
    >>> [scheme.code for scheme in read_schemes(".", as_of="2026-06-30")]
    ['piece_rate', 'volume_steps', 'deferred_quality']
    """
    found = read_dated(home, part=PART, table=TABLE, model=Scheme, as_of=as_of)
    return tuple(scheme for scheme in found if scheme.is_in_force)


def scheme_titles(schemes: Sequence[Written]) -> dict[str, Said]:
    """Return the words of each scheme by code."""
    return {scheme.code: scheme.terms.title for scheme in schemes}


def first_code(schemes: Sequence[Written]) -> str:
    """Return the code of the scheme that stands first: the one the others are compared with."""
    return schemes[0].code


def replay_schemes(loans: pd.DataFrame, *, schemes: Sequence[Written]) -> pd.DataFrame:
    """Pay the loans of the past by each scheme.

    Answers "had we paid like this, what would each loan have earned its manager, and what would we have kept back?" A
    loan earns its piece and its share of the amount; a step of the month, the highest reached, is spread evenly over
    the month's loans, and is lost where more than `quality_share` of the manager's loans replayed went bad. The
    waiting part is kept back where the loan went bad by its day; where that day has not come it waits.

    Parameters
    ----------
    loans : DataFrame
        One row per loan that may be paid for: ``loan_id, rm_id, month`` (YYYY-MM), ``amount_yuan``,
        ``is_bad`` (bool: it went bad by the month on book asked), ``is_linked`` (bool: the borrower is connected
        with one already paid for). Not modified.
    schemes : sequence of Written
        From `read_schemes`.

    Returns
    -------
    DataFrame
        One row per scheme and loan: ``scheme, rm_id, loan_id, month``; ``pay_yuan`` (all that it earns in the end),
        ``deferred_yuan`` (what waited), ``clawed_back_yuan`` (what was kept back, no part of the pay), ``is_bad``

    Raises
    ------
    BadData
        If there is no loan, or a column is missing.

    Notes
    -----
    The past is replayed as it was: under another scheme people would have acted otherwise.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "rm_id": "R1", "month": "2026-01", "amount_yuan": [1e5, 2e5],
    ...                       "is_bad": [False, True], "is_linked": False})
    >>> found = replay_schemes(loans, schemes=read_schemes(".", as_of="2026-06-30"))
    >>> found[found.scheme == "deferred_quality"][["pay_yuan", "clawed_back_yuan"]].to_numpy().tolist()
    [[400.0, 0.0], [240.0, 160.0]]
    """
    wanted = ["loan_id", "rm_id", "month", "amount_yuan", "is_bad", "is_linked"]
    missing = [name for name in wanted if name not in loans]
    if missing or loans.empty:
        raise BadData("no loan to pay for", where=", ".join(missing) or "loans", fix="give loans with a manager")
    return pd.concat([_paid(loans, scheme.code, scheme.terms) for scheme in schemes], ignore_index=True)


def _paid(loans: pd.DataFrame, code: str, terms: Scheme) -> pd.DataFrame:
    counted = loans if terms.counts_linked else loans[~loans["is_linked"].astype(bool)]
    earned = terms.per_loan_yuan + float(terms.per_amount_share) * counted["amount_yuan"] + _steps(counted, terms)
    bad = counted["is_bad"].astype(bool)
    waiting = earned * float(terms.deferred_share)
    kept = waiting.where(bad & terms.claws_back, 0.0)
    found = counted.assign(
        scheme=code, pay_yuan=(earned - kept).round(2), deferred_yuan=waiting.round(2),
        clawed_back_yuan=kept.round(2), is_bad=bad,
    )  # fmt: skip
    return found[COLUMNS]


def _steps(loans: pd.DataFrame, terms: Scheme) -> pd.Series:
    """The month's bonus, spread over its loans; lost by managers whose loans went bad too often."""
    months = loans.groupby(["rm_id", "month"])["loan_id"].transform("size")
    reached = [step.loans_count for step in terms.steps]
    bonus = np.array([0, *(step.bonus_yuan for step in terms.steps)], dtype=float)
    paid = bonus[np.searchsorted(reached, months, side="right")] / months
    share = loans.groupby("rm_id")["is_bad"].transform("mean")
    return paid.where(share <= float(terms.quality_share), 0.0)

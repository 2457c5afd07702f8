"""Which loans count: live, bad, renewed; read from a ledger's own columns, once, for every measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.contracts.tables.ledger import CLASSES
from microlib.errors import BadData, EmptyBook, MissingTable

#: statuses of a loan that has left the book
GONE = ("settled", "written_off", "transferred")
#: issue types by which an old debt lives on
RENEWALS = ("renewal_without_principal", "refinance", "extension", "restructure")
#: classes that are bad loans (不良), and those that are at least special mention (关注)
BAD_CLASSES = tuple(CLASSES.split()[2:])
WATCHED_CLASSES = tuple(CLASSES.split()[1:])
#: a loan whose class is not recorded is bad beyond this many days past due
BAD_DAYS = 90
#: days past due beyond which a loan is overdue for a committee, and at risk
RISK_DAYS = 30


def checked_loans(loans: pd.DataFrame, *, needs: Sequence[str] = ()) -> pd.DataFrame:
    """Return the loans as they are, or refuse them before a wrong number is printed.

    Parameters
    ----------
    loans : DataFrame
        The ledger; must hold ``loan_id, customer_id, balance_yuan, overdue_days, status``.
    needs : sequence of str
        Further columns that the measure cannot do without.

    Raises
    ------
    MissingTable
        If a column is not there.
    BadData
        If a loan stands twice, or a balance or days past due are missing, infinite or negative;
        ``failures`` lists the rows.

    Examples
    --------
    >>> checked_loans(pd.DataFrame({"loan_id": ["L1"]}))
    Traceback (most recent call last):
    microlib.errors.MissingTable: the loans lack balance_yuan, customer_id, overdue_days, status
      fix: map those columns of the ledger
    """
    missing = {"loan_id", "customer_id", "balance_yuan", "overdue_days", "status", *needs} - set(loans.columns)
    if missing:
        raise MissingTable(f"the loans lack {', '.join(sorted(missing))}", fix="map those columns of the ledger")
    doubles = loans["loan_id"].duplicated(keep=False)
    if doubles.any():
        raise BadData("a loan stands twice in the ledger", fix="keep one row per loan", failures=_rows(loans, doubles))
    for name in ("balance_yuan", "overdue_days"):
        values = loans[name].to_numpy(dtype=float, na_value=np.nan)
        wrong = ~np.isfinite(values) | (values < 0)
        if wrong.any():
            fault = f"{name} is missing, infinite or negative in {wrong.sum()} rows"
            raise BadData(fault, where=str(loans["loan_id"].to_numpy()[wrong][0]), failures=_rows(loans, wrong))
    return loans


def live_loans(loans: pd.DataFrame) -> pd.DataFrame:
    """Return the live loans of a checked ledger, refusing a book without any."""
    live = loans[is_live(checked_loans(loans))]
    if live.empty:
        raise EmptyBook("no loan has a balance", fix="choose a date at which the branch has loans")
    return live


def is_live(loans: pd.DataFrame) -> pd.Series:
    """Say which loans are on the book: a balance, and not settled, written off or transferred.

    A loan of unknown status that still shows a balance is live.
    """
    return (loans["balance_yuan"] > 0) & ~loans["status"].isin(GONE)


def is_bad(loans: pd.DataFrame) -> pd.Series:
    """Say which loans are bad (不良): substandard or worse; without a class, more than 90 days past due."""
    classes = optional(loans, "class5")
    return classes.isin(BAD_CLASSES) | (classes.isna() & (loans["overdue_days"] > BAD_DAYS))


def is_renewed(loans: pd.DataFrame) -> pd.Series:
    """Say which loans carry an old debt on: renewed, refinanced, extended or restructured."""
    extensions = optional(loans, "extensions_count").astype("Float64").fillna(0)
    return optional(loans, "issue_type").isin(RENEWALS) | (extensions > 0).astype(bool)


def optional(loans: pd.DataFrame, name: str) -> pd.Series:
    """Return a column that a ledger may lack; all missing when it does."""
    return loans[name] if name in loans.columns else pd.Series(np.nan, index=loans.index, name=name)


def yuan(loans: pd.DataFrame, name: str) -> pd.Series:
    """Return an optional amount, 0 where it is missing."""
    return optional(loans, name).astype(float).fillna(0.0)


def _rows(loans: pd.DataFrame, wrong: pd.Series | np.ndarray) -> pd.DataFrame:
    return loans[np.asarray(wrong)].assign(table="loans", severity="block")

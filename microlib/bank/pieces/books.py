"""Every loan with what the four PARs ask of it: renewal judged, debt's age, exit, balance of a year before."""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir

from microlib.bank.aggregates import Store, as_of_table, with_sections
from microlib.bank.pieces.chains import debt_chains
from microlib.bank.pieces.exits import bad_exits, opening_balances
from microlib.bank.pieces.renewals import RENEWALS, judged_renewals


def judged_loans(store: Store, *, as_of: date) -> ir.Table:
    """Return the ledger with ``state, began_date, then, exit_yuan, industry_section`` beside its own columns.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date
        The report's date.

    Returns
    -------
    ibis table
        One row per loan; ``state`` is missing for what is no live renewal, ``began_date`` for debts that replaced
        none, ``then`` (yuan) and ``exit_yuan`` where there is none.
    """
    loans = as_of_table(store, "loans", as_of=as_of)
    chains = debt_chains(store, loans, renewals=RENEWALS).select("loan_id", "began_date")
    rows = loans.left_join(judged_renewals(store, loans, as_of=as_of), "loan_id").left_join(chains, "loan_id")
    rows = rows.left_join(opening_balances(store, as_of=as_of), "loan_id")
    return with_sections(store, rows.left_join(bad_exits(store, loans, as_of=as_of), "loan_id"), as_of=as_of)

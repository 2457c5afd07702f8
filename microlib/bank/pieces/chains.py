"""Debts followed back through the loans they replaced, in the engine."""

from __future__ import annotations

import ibis.expr.types as ir

from microlib.bank.stores import Store

#: links followed back before a chain is taken to be endless (or to bite its own tail)
LONGEST = 60
#: a yuan less is rounding, not repayment
TOLERANCE_YUAN = 1.0
CHAINS = """
WITH RECURSIVE ledger AS MATERIALIZED ({loans}),
held AS MATERIALIZED (
  SELECT l.loan_id, p.loan_id AS previous_id, l.disbursed_date AS began,
    p.loan_id IS NULL OR l.amount_yuan >= p.amount_yuan - {tolerance} AS kept,
    coalesce(l.extensions_count, 0) + CASE WHEN l.issue_type IN ({renewals})
      AND (p.loan_id IS NULL OR l.amount_yuan >= p.amount_yuan - {tolerance}) THEN 1 ELSE 0 END AS own
  FROM ledger l LEFT JOIN ledger p ON p.loan_id = l.previous_loan_id),
walk AS (
  SELECT loan_id, previous_id, began, kept, own AS rollovers, 0 AS depth FROM held WHERE previous_id IS NOT NULL
  UNION ALL
  SELECT w.loan_id, h.previous_id, least(w.began, h.began), w.kept AND h.kept,
    w.rollovers + CASE WHEN w.kept THEN h.own ELSE 0 END, w.depth + 1
  FROM walk w JOIN held h ON h.loan_id = w.previous_id WHERE w.depth < {longest})
SELECT loan_id, min(began) AS began_date, arg_max(rollovers, depth) AS rollovers_count FROM walk GROUP BY loan_id
"""


def debt_chains(store: Store, loans: ir.Table, *, renewals: tuple[str, ...]) -> ir.Table:
    """Return how often each debt that replaced another was rolled over, and since when it exists.

    Parameters
    ----------
    store : Store
        The open store.
    loans : ibis table
        The ledger as it stood.
    renewals : tuple of str
        Issue types that carry an old debt on.

    Returns
    -------
    ibis table
        ``loan_id, began_date, rollovers_count`` of loans whose previous loan is in the ledger.
    """
    names = ["loan_id", "previous_loan_id", "disbursed_date", "amount_yuan", "extensions_count", "issue_type"]
    listed = ", ".join(f"'{name}'" for name in renewals)
    ledger = store.con.compile(loans.select(names))
    return store.con.sql(CHAINS.format(loans=ledger, renewals=listed, tolerance=TOLERANCE_YUAN, longest=LONGEST))

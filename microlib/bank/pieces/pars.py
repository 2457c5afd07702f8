"""The pieces of the four PARs by group, made in the engine: yuan above and below each line, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.pieces.books import judged_loans
from microlib.bank.pieces.exits import GONE, opening_date
from microlib.bank.stores import Store

RISK_DAYS = 30
#: yuan of a group, and the bases whose squares by borrower say how many borrowers they are worth
PARTS = ("balance", "par30", "adjusted", "unjudged", "exits", "balance_then", "par30_then", "adjusted_then")


def par_pieces(store: Store, *, as_of: date, by: Sequence[str] = ("branch_id", "industry_section")) -> pd.DataFrame:
    """Return what the four PARs of every group are made of; the definitions are those of the metrics' four PARs.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date
        The report's date; the lagged base is the month end a year before.
    by : sequence of str
        Columns of the loans that name a group; ``industry_section`` may be one.

    Returns
    -------
    DataFrame
        The group's columns, ascending, then ``loans_count, customers_count`` (live); ``balance_yuan, par30_yuan,
        adjusted_yuan`` (with stressed renewals), ``unjudged_yuan`` (renewals that could not be judged),
        ``exits_yuan`` (written off or sold bad in twelve months), ``balance_then_yuan, par30_then_yuan,
        adjusted_then_yuan`` (on the book of a year before; 0 where month ends do not reach back so far); for each the
        count of borrowers above zero (``par30_count`` …), ``whole_count`` (balance or exit); ``balance_square,
        whole_square`` (balance and exits), ``balance_then_square``: sums over borrowers of yuan squared
    """
    pieces = pars_expression(store, as_of=as_of, by=by)
    return store.frame(pieces)


def pars_expression(store: Store, *, as_of: date, by: Sequence[str]) -> ir.Table:
    """Return the expression behind `par_pieces`."""
    return _grouped(_split(judged_loans(store, as_of=as_of), opening_date(as_of)), by)


def _split(rows: ir.Table, opening: date) -> ir.Table:
    """Every loan's yuan above and below each line."""
    live = (rows.balance_yuan > 0) & rows.status.notin(GONE)
    late, state = rows.overdue_days > RISK_DAYS, rows.state.fill_null("")
    existed = ibis.coalesce(rows.began_date, rows.disbursed_date) <= ibis.date(opening.isoformat())
    marks = {
        "balance": live,
        "par30": live & late,
        "adjusted": live & (late | (state == "stressed")),
        "unjudged": live & ~late & (state == "unknown"),
        "par30_then": live & late & existed,
        "adjusted_then": live & (late | (state == "stressed")) & existed,
    }
    yuan = {name: ibis.ifelse(mark, rows.balance_yuan, 0.0) for name, mark in marks.items()}
    return rows.mutate(
        live=live.cast("int64"), exits=rows.exit_yuan.fill_null(0.0), balance_then=rows.then.fill_null(0.0), **yuan
    )


def _grouped(rows: ir.Table, by: Sequence[str]) -> ir.Table:
    """Add up by borrower first, so that squares and counts are of borrowers, then by group."""
    sums = {name: rows[name].sum() for name in PARTS}
    held = rows.group_by([*by, "customer_id"]).agg(live=rows.live.sum(), **sums)
    squares = {
        "balance_square": held.balance, "whole_square": held.balance + held.exits,
        "balance_then_square": held.balance_then,
    }  # fmt: skip
    pieces = held.group_by(list(by)).agg(
        loans_count=held.live.sum(),
        customers_count=held.count(where=held.live > 0),
        **{f"{name}_yuan": held[name].sum() for name in PARTS},
        **{f"{name}_count": held.count(where=held[name] > 0) for name in PARTS[1:]},
        whole_count=held.count(where=held.balance + held.exits > 0),
        **{name: (amount**2).sum() for name, amount in squares.items()},
    )
    return pieces.order_by(list(by))

"""Control totals: whether the rows of a branch sum to what the bank's own accounts say."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from microlib.bank.views import View
from microlib.units import YUAN_PER_WAN

#: a balance with one of these statuses stands in no total
GONE = ("settled", "written_off", "transferred")
MEASURES = ("customers_count", "balance_yuan", "overdue_yuan")
TOLERATED_SHARE = 0.001


def branch_totals(loans: ir.Table) -> ir.Table:
    """Return customers, balance and overdue balance of each branch: the control totals that rows give.

    Examples
    --------
    >>> loans = ibis.memtable({"branch_id": ["0755"] * 3, "customer_id": ["C1", "C1", "C2"],
    ...                        "balance_yuan": [100.0, 50.0, 0.0], "overdue_days": [0, 9, 0],
    ...                        "status": ["normal", "overdue", "settled"]})
    >>> branch_totals(loans).execute().to_dict("records")
    [{'branch_id': '0755', 'customers_count': 1, 'balance_yuan': 150.0, 'overdue_yuan': 50.0}]
    """
    live = (loans.balance_yuan > 0) & loans.status.notin(GONE)
    late = live & (loans.overdue_days > 0)
    return loans.group_by("branch_id").agg(
        customers_count=loans.customer_id.nunique(where=live),
        balance_yuan=loans.balance_yuan.sum(where=live).fill_null(0.0),
        overdue_yuan=loans.balance_yuan.sum(where=late).fill_null(0.0),
    )


def off_by_unit(view: View) -> ir.Table:
    """Return totals that are some 10,000 times off: one side is in 万元."""
    pairs = _pairs(view)
    return pairs.filter(_is_slip(pairs))


def differing(view: View) -> ir.Table:
    """Return totals that differ by more than 0.1 % of the control, and are not a slip of the unit."""
    pairs = _pairs(view)
    far = (pairs.summed - pairs.control).abs() > TOLERATED_SHARE * pairs.control.abs()
    return pairs.filter(far & ~_is_slip(pairs))


def unpaired(view: View) -> ir.Table:
    """Return control totals to which no rows of the same date belong."""
    control = view.rows("control_totals")
    alone = control.anti_join(view.rows("loans"), ["branch_id", "as_of"])
    return alone.select("file_id", "row_number", value=alone.branch_id)


def _is_slip(pairs: ir.Table) -> ir.BooleanValue:
    larger, smaller = ibis.greatest(pairs.summed, pairs.control), ibis.least(pairs.summed, pairs.control)
    is_scaled = (larger / smaller).between(YUAN_PER_WAN / 2, YUAN_PER_WAN * 2)
    return ibis.ifelse((smaller > 0) & (pairs.measure != "customers_count"), is_scaled, False)


def _pairs(view: View) -> ir.Table:
    control = view.rows("control_totals")
    dated = view.rows("loans").semi_join(control, ["branch_id", "as_of"])
    both = control.join(branch_totals(dated), "branch_id", rname="summed_{name}")
    return ibis.union(*_melted(both))


def _melted(both: ir.Table) -> Iterator[ir.Table]:
    for name in MEASURES:
        summed, control = both[f"summed_{name}"].cast("float64"), both[name].cast("float64")
        told = both.branch_id + f" {name}: rows " + summed.round(2).cast("string") + ", control "
        yield both.select(
            "file_id",
            "row_number",
            measure=ibis.literal(name),
            summed=summed,
            control=control,
            value=told + control.round(2).cast("string"),
        )

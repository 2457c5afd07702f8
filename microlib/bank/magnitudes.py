"""The unit trap: a column in 万元 read as yuan, or the other way round, is seen by its middle value."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.checks import Rule, listed_failures
from microlib.bank.staged import Arrival
from microlib.bank.stores import Store
from microlib.contracts.ties import TIES


@dataclass(frozen=True)
class Span:
    """Between which values the median of a column's positive values must lie, in yuan."""

    rule: str
    table: str
    column: str
    low: float = 100.0
    high: float = 100_000_000.0


SPANS = (
    Span("unit_slip", "loans", "amount_yuan"),
    Span("unit_slip", "loans", "balance_yuan"),
    Span("unit_slip", "loan_months", "balance_yuan"),
    Span("unit_slip", "facilities", "approved_yuan"),
    Span("unit_slip", "applications", "asked_yuan"),
    Span("unit_slip", "collateral", "value_yuan", high=1_000_000_000.0),
    Span("unit_doubt", "customers", "annual_sales_yuan", low=10_000.0, high=10_000_000_000.0),
    Span("unit_doubt", "flow_months", "inflow_yuan", high=1_000_000_000.0),
    Span("unit_doubt", "control_totals", "balance_yuan", low=10_000.0, high=1e12),
)


def unit_slips(store: Store, arrival: Arrival) -> list[pd.DataFrame]:
    """Return the columns of each file whose middle value is that of another unit.

    A small loan of less than 100 yuan or more than 100 million is no small loan; when half of a
    file's loans are, its amounts are in another unit than was declared.
    """
    return [_slipped(store, arrival, span) for span in SPANS if span.table == arrival.table]


def _slipped(store: Store, arrival: Arrival, span: Span) -> pd.DataFrame:
    tie = TIES[span.rule]
    rows = arrival.rows.filter(arrival.rows[span.column] > 0)
    middles = rows.group_by("file_id").agg(middle=rows[span.column].median())
    broken = middles.filter(~middles.middle.between(span.low, span.high))
    rule = Rule(span.rule, span.column, tie.severity, tie.fix)
    return listed_failures(store, arrival, _told(broken), rule=rule)


def _told(broken: ir.Table) -> ir.Table:
    value = "median " + broken.middle.round(2).cast("string")
    return broken.select("file_id", row_number=ibis.null("int64"), value=value)

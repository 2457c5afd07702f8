"""Row rules: what makes one row of one table fail, written once as an expression over any relation."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from microlib.bank.checks import Rule
from microlib.bank.suspicions import doubts, suspicions
from microlib.contracts.columns import Column, Table
from microlib.contracts.remedies import remedy

#: dates that may lie after the date of the file: they are agreed, not yet happened
AGREED_DATES = frozenset(
    {"maturity_date", "expiry_date", "due_date", "end_date", "launch_date", "closing_date", "reading_date",
     "planned_start_date", "planned_end_date", "follow_up_date", "target_month"}
)  # fmt: skip
MONTH_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


def contract_rules(table: Table) -> list[Rule]:
    """Return the rules that a contract states column by column: required, range, code, month, future date.

    Examples
    --------
    >>> from microlib.contracts.tables.registry import TABLES
    >>> [rule.name for rule in contract_rules(TABLES["control_totals"])][:3]
    ['required', 'required', 'range']
    """
    makers = (_required, _range, _code, _month, _future)
    return [rule for column in table.columns for maker in makers if (rule := maker(column)) is not None]


def _required(column: Column) -> Rule | None:
    def fails(rows: ir.Table) -> ir.BooleanValue:
        return rows[column.name].isnull()

    return Rule("required", column.name, "block", remedy("required", column), fails) if column.required else None


def _range(column: Column) -> Rule | None:
    if column.engine_type not in ("float64", "int64"):
        return None

    def fails(rows: ir.Table) -> ir.BooleanValue:
        value = rows[column.name]
        bad = [value.isinf()] if column.engine_type == "float64" else []
        bad += [value < column.low] if column.low is not None else []
        bad += [value > column.high] if column.high is not None else []
        return reduce(or_, bad) if bad else ibis.literal(False)

    return Rule("range", column.name, "block", remedy("range", column), fails)


def _code(column: Column) -> Rule | None:
    def fails(rows: ir.Table) -> ir.BooleanValue:
        return rows[column.name].notin(column.codes)

    return Rule("code", column.name, "block", remedy("code", column), fails) if column.codes else None


def _month(column: Column) -> Rule | None:
    def fails(rows: ir.Table) -> ir.BooleanValue:
        return ~rows[column.name].re_search(MONTH_PATTERN)

    return Rule("month", column.name, "block", remedy("month", column), fails) if column.kind == "month" else None


def _future(column: Column) -> Rule | None:
    if column.kind not in ("date", "moment", "month") or column.name in AGREED_DATES:
        return None

    def fails(rows: ir.Table) -> ir.BooleanValue:
        value = rows[column.name]
        if column.kind == "month":
            return value > rows.as_of.strftime("%Y-%m")
        return (value.date() if column.kind == "moment" else value) > rows.as_of

    return Rule("future_date", column.name, "block", remedy("future_date", column), fails)


def row_rules(table: Table, *, filled: Collection[str]) -> list[Rule]:
    """Return every rule that one row can break: those of the contract, then those of the trade.

    Parameters
    ----------
    table : Table
        The contract.
    filled : collection of str
        The columns that hold any value; of an empty one only its absence can be wrong.
    """
    single = [*contract_rules(table), *doubts(table)]
    return [*(rule for rule in single if rule.column in filled or rule.name == "required"), *suspicions(table)]

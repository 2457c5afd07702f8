"""The statements that read a branch's rows: worked out once a process, run with branch and dates given."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir

from microlib.bank.cuts import Cut, cut_branch
from microlib.contracts.columns import Table
from microlib.contracts.tables.registry import TABLES

__all__ = ["TABLES", "Cut", "branch_statement", "cut_branch", "given_values", "is_filled"]
#: what stands in an expression where a value is to be given; no branch and no date of a bank is like these
BRANCH, AS_OF, FIRST_YEAR = "{branch}", date(9999, 12, 30), 9000
GIVEN = {f"'{BRANCH}'": "$branch", f"'{AS_OF:%Y-%m}'": "$month", "MAKE_DATE(9999, 12, 30)": "$as_of"}
_STANDING = re.compile(r"MAKE_DATE\((9\d{3}), 1, 1\)")
_NAMED = re.compile(r"\$([a-z_]+)")


class _Shapes:
    """Stands for an open store where only the tables' columns matter."""

    def contract(self, table: str) -> Table:
        return TABLES[table]

    @property
    def con(self) -> _Shapes:
        return self

    def table(self, name: str) -> ir.Table:
        columns = {column.name: column.engine_type for column in TABLES[name].columns}
        return ibis.table({**columns, "as_of": "date", "file_id": "int32"}, name=name)


@cache
def branch_statement(table: str) -> str:
    """Return the statement that reads a branch's rows of a table in the order of its key, whatever the branch.

    Turning an expression into a statement takes longer than running it, and only branch and dates differ.

    Examples
    --------
    >>> branch_statement("branches").partition("WHERE")[2].split(" ORDER")[0].count("$")
    2
    """
    dates = {name: date(FIRST_YEAR + place, 1, 1) for place, name in enumerate(TABLES)}
    rows = Cut(_Shapes(), BRANCH, AS_OF, dates).rows(table).order_by(*TABLES[table].key)  # type: ignore[arg-type]
    text = str(ibis.to_sql(rows, dialect="duckdb"))
    for mark, name in GIVEN.items():
        text = text.replace(mark, name)
    return _STANDING.sub(lambda found: f"$standing_{list(TABLES)[int(found[1]) - FIRST_YEAR]}", text)


def given_values(statement: str, cut: Cut) -> dict[str, Any]:
    """Return the values of a branch's statement; a table without a snapshot stands at no date, so no row does."""
    known = {"branch": cut.branch, "as_of": cut.as_of, "month": cut.as_of.strftime("%Y-%m")}
    standing = {f"standing_{name}": cut.dates.get(name) for name in TABLES}
    named = set(_NAMED.findall(statement))
    return {name: value for name, value in {**known, **standing}.items() if name in named}


def is_filled(cut: Cut, table: str) -> bool:
    """Return whether a branch has any row of a table, without reading the rows."""
    statement = branch_statement(table)
    asked = cut.store.con.con.execute(f"SELECT EXISTS ({statement})", given_values(statement, cut))
    return bool(asked.fetchall()[0][0])

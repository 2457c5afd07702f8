"""Which rows of each table belong to one branch, as expressions and as statements worked out once a process."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir

from microlib.bank.store import Store, happened, last_dates
from microlib.contracts.columns import Table
from microlib.contracts.tables import TABLES


@dataclass(frozen=True)
class Cut:
    """One branch at one date, ready to say which rows are its own.

    Parameters
    ----------
    store : Store
        The open store.
    branch : str
        The branch's code.
    as_of : date
        The date asked about.
    dates : mapping
        Date of the standing snapshot of each state table that the branch has.
    """

    store: Store = field(repr=False)
    branch: str
    as_of: date
    dates: dict[str, date] = field(repr=False)

    def standing(self, table: str) -> ir.Table:
        """Return a state table's standing snapshot, of this branch where rows carry one."""
        rows = self.store.con.table(table)
        if table not in self.dates:
            return rows.filter(ibis.literal(False))
        current = rows.as_of == ibis.date(self.dates[table].isoformat())
        return (
            rows.filter(current, rows.branch_id == self.branch) if "branch_id" in rows.columns else rows.filter(current)
        )

    def bank_wide(self, table: str) -> ir.Table:
        """Return all rows of a table that holds at the date, of whatever branch."""
        contract = self.store.contract(table)
        if contract.state:
            return self.standing(table)
        return happened(self.store.con.table(table), contract, as_of=self.as_of)

    def rows(self, table: str) -> ir.Table:
        """Return the branch's rows of a table, with the contract's columns."""
        return SPECIAL.get(table, _usual)(self, table).select(self.store.contract(table).names)

    def held(self) -> list[str]:
        """Return names of the tables that the bank holds: of state tables, that have a snapshot for this branch."""
        names = [name for name in self.store.names if self.store.contract(name).state or self.store.has(name)]
        return [name for name in names if name in self.dates or not self.store.contract(name).state]

    def keys(self, table: str, name: str) -> ir.Table:
        """Return the values of one column in the branch's rows of a state table, as ``own_key``."""
        rows = self.standing(table)
        return rows.filter(rows[name].notnull()).select(own_key=rows[name])


def cut_branch(store: Store, *, branch: str, as_of: date) -> Cut:
    """Return the cut of one branch at one date."""
    return Cut(store, branch, as_of, last_dates(store, branch=branch, as_of=as_of))


def _usual(cut: Cut, table: str) -> ir.Table:
    names = cut.store.contract(table).names
    rows = cut.bank_wide(table)
    if "branch_id" in names:
        return rows.filter(rows.branch_id == cut.branch)
    if "customer_id" in names:
        return rows.semi_join(cut.keys("customers", "customer_id"), [("customer_id", "own_key")])
    return rows.semi_join(cut.keys("loans", "loan_id"), [("loan_id", "own_key")])


def _all_rows(cut: Cut, table: str) -> ir.Table:
    return cut.bank_wide(table)


def _either_end(cut: Cut, table: str) -> ir.Table:
    rows, mine = cut.bank_wide(table), cut.keys("customers", "customer_id")
    ends = [rows.semi_join(mine, [(name, "own_key")]) for name in ("customer_id_a", "customer_id_b")]
    return ibis.union(*ends, distinct=True)


def _pledged(cut: Cut, table: str) -> ir.Table:
    rows, links = cut.bank_wide(table), _usual(cut, "collateral_links")
    return rows.semi_join(links, "collateral_id")


def _managed(cut: Cut) -> ir.Table:
    """Return the cores whose relationship this branch keeps, as ``own_key``."""
    cores = cut.standing("core_enterprises")
    return cores.filter(cores.managing_branch_id == cut.branch).select(own_key=cores.core_id)


def _touched_cores(cut: Cut, table: str) -> ir.Table:
    rows, owed = cut.bank_wide(table), _usual(cut, "core_payables")
    touched = ibis.union(cut.keys("loans", "core_id"), owed.select(own_key=owed.core_id), _managed(cut))
    return rows.semi_join(touched, [("core_id", "own_key")])


def _owed_here(cut: Cut, table: str) -> ir.Table:
    """Return what is owed to the branch's customers; the managing branch also sees suppliers whom nobody here knows."""
    rows = cut.bank_wide(table)
    strangers = rows.filter(rows.customer_id.isnull()).semi_join(_managed(cut), [("core_id", "own_key")])
    return ibis.union(_usual(cut, table), strangers)


def _whole_rosters(cut: Cut, table: str) -> ir.Table:
    rows = cut.bank_wide(table)
    members = rows.semi_join(cut.keys("customers", "customer_id"), [("customer_id", "own_key")])
    places = [
        cut.keys("customers", "venue_id"),
        cut.keys("loans", "venue_id"),
        members.select(own_key=members.venue_id),
    ]
    return rows.semi_join(ibis.union(*places), [("venue_id", "own_key")])


SPECIAL: dict[str, Callable[[Cut, str], ir.Table]] = {
    "products": _all_rows,
    "external_series": _all_rows,
    "customer_links": _either_end,
    "collateral": _pledged,
    "disposals": _pledged,
    "core_enterprises": _touched_cores,
    "core_payables": _owed_here,
    "supply_contracts": _owed_here,
    "venue_rosters": _whole_rosters,
}
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


def parameter_values(statement: str, cut: Cut) -> dict[str, Any]:
    """Return the values of a branch's statement; a table without a snapshot stands at no date, so no row does."""
    known = {"branch": cut.branch, "as_of": cut.as_of, "month": cut.as_of.strftime("%Y-%m")}
    standing = {f"standing_{name}": cut.dates.get(name) for name in TABLES}
    named = set(_NAMED.findall(statement))
    return {name: value for name, value in {**known, **standing}.items() if name in named}


def is_filled(cut: Cut, table: str) -> bool:
    """Return whether a branch has any row of a table, without reading the rows."""
    statement = branch_statement(table)
    asked = cut.store.con.con.execute(f"SELECT EXISTS ({statement})", parameter_values(statement, cut))
    return bool(asked.fetchall()[0][0])

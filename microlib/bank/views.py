"""The bank as it would stand after a load: what is kept and what arrives, as of one date."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import ibis
import ibis.expr.types as ir

from microlib.bank.keys import kept_rows, new_rows
from microlib.bank.snapshots import happened, standing
from microlib.bank.staged import Arrival, make_view
from microlib.bank.stores import Store


@dataclass(frozen=True)
class View:
    """What the store would hold at a date if the load went ahead.

    Parameters
    ----------
    store : Store
        The open store.
    arriving : mapping
        The arriving rows, by table.
    replaced : collection of int
        Files being superseded.
    as_of : date
        The date asked about.
    made : dict
        Relations already named in the session: a long expression is translated once.
    """

    store: Store = field(repr=False)
    arriving: Mapping[str, Arrival] = field(repr=False)
    replaced: Collection[int] = field(repr=False)
    as_of: date
    made: dict[str, ir.Table] = field(default_factory=dict, repr=False)

    def has(self, table: str) -> bool:
        """Return whether there would be any row of `table`."""
        return table in self.arriving or self.store.has(table)

    def history(self, table: str) -> ir.Table:
        """Return all rows of a table, of every date: contract columns, ``row_number``, ``as_of``, ``file_id``."""
        return self._named(f"history_{table}", lambda: self._history(table))

    def rows(self, table: str) -> ir.Table:
        """Return a table as it would stand at the date."""
        return self._named(f"standing_{table}_{self.as_of:%Y%m%d}", lambda: self._standing(table))

    def fresh(self, table: str) -> ir.Table:
        """Return the arriving rows that no other file holds already."""
        return new_rows(self.store, self.arriving[table], replaced=self.replaced)

    def _history(self, table: str) -> ir.Table:
        names = [*self.store.contract(table).names, "row_number", "as_of", "file_id"]
        if not self.store.has(table):
            return self.arriving[table].rows.select(names)
        kept = kept_rows(self.store, table, replaced=self.replaced).mutate(row_number=ibis.null("int64")).select(names)
        if table not in self.arriving:
            return kept
        return ibis.union(kept, self.fresh(table).select(names))

    def _standing(self, table: str) -> ir.Table:
        contract, history = self.store.contract(table), self.history(table)
        if not contract.state:
            return happened(history, contract, as_of=self.as_of)
        by = ["branch_id", "as_of"] if "branch_id" in contract.names else ["as_of"]
        return standing(history, history.select(by).distinct(), contract, as_of=self.as_of)

    def _named(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        if name not in self.made:
            self.made[name] = make_view(self.store, name, make())
        return self.made[name]

    def at(self, as_of: date) -> View:
        """Return the same bank at another date."""
        return replace(self, as_of=as_of)

    def arrival(self, table: str) -> Arrival:
        """Return a table's arriving rows, or the names of the files alone when none arrive."""
        other = next(iter(self.arriving.values()))
        return self.arriving.get(table) or Arrival(self.store.contract(table), other.rows, other.files)

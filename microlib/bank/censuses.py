"""What every branch's customers are known by, for many branches at once: engine-side sums instead of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.snapshots import as_of_table
from microlib.bank.stores import Store, open_store
from microlib.homes import Home, find_home

#: of each table, the columns that say who a customer is, where, and who pays; all rows of those customers
KNOWN = {
    "customers": None,
    "loans": ["loan_id", "customer_id", "disbursed_date", "purpose", "channel", "core_id", "venue_id", "balance_yuan"],
    "venue_rosters": None,
    "core_enterprises": ["core_id", "kind"],
}
#: of each table of events: the columns that stay, and the one that is summed over what they have in common
SUMMED = {
    "invoices": (["customer_id", "side", "status"], "issued_date", ["gross_yuan"]),
    "flow_months": (["customer_id"], "month", ["inflow_yuan"]),
    "core_payables": (["customer_id", "core_id"], "delivered_date", ["amount_yuan", "deducted_yuan"]),
}


def read_census(
    home: str | Path | Home, *, branches: Sequence[str], since: date, as_of: date
) -> dict[str, pd.DataFrame]:
    """Read what segment rules need to know of the customers of several branches, in one session of the store.

    Parameters
    ----------
    home : path
    branches : sequence of str
        Branch codes.
    since : date
        First day of the events that count; a month's first.
    as_of : date

    Returns
    -------
    dict
        Table name -> frame with contract columns. Of events one row per customer and month (dated on its first
        day) with the sum; rosters and core enterprises are whole.
    """
    place = home if isinstance(home, Home) else find_home(home)
    with open_store(place) as store:
        customers = as_of_table(store, "customers", as_of=as_of)
        mine = customers.filter(customers.branch_id.isin(list(branches)))
        frames = {"customers": _frame(store, mine)}
        for table in ("loans", "venue_rosters", "core_enterprises"):
            rows = as_of_table(store, table, as_of=as_of)
            own = _of_customers(rows, mine) if table == "loans" else rows
            frames[table] = _frame(store, own.select(KNOWN[table] or own.columns))
        for table in SUMMED:
            frames[table] = _frame(store, _summed(store, table, mine, since=since, as_of=as_of))
    return frames


def _summed(store: Store, table: str, mine: ir.Table, *, since: date, as_of: date) -> ir.Table:
    names, day, amounts = SUMMED[table]
    rows = _of_customers(as_of_table(store, table, as_of=as_of), mine)
    if day == "month":
        recent = rows.filter(rows[day] >= since.strftime("%Y-%m"), rows[day] <= as_of.strftime("%Y-%m"))
    else:
        recent = rows.filter(rows[day] >= ibis.date(since.isoformat()), rows[day] <= ibis.date(as_of.isoformat()))
        recent = recent.mutate(**{day: recent[day].truncate("M")})
    return recent.group_by([*names, day]).agg(**{name: recent[name].sum() for name in amounts})


def _of_customers(rows: ir.Table, mine: ir.Table) -> ir.Table:
    return rows.semi_join(mine, "customer_id")


def _frame(store: Store, rows: ir.Table) -> pd.DataFrame:
    frame = store.con.con.execute(store.con.compile(rows)).to_arrow_table().to_pandas(date_as_object=False)
    texts = frame.select_dtypes("object").columns
    return frame.astype(dict.fromkeys(texts, "str"))

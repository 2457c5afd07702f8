"""Sums of the loan book by group: quality, defaults, the four PARs, and the loans that they are made of.

Debt chains, bad exits and stressed renewals are worked out in the engine by the definitions of
`microlib.metrics`; `par_sums` and `quality_sums` add them up. Here is no rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.store import Store, as_of_table, open_store
from microlib.calendars import last_complete_month_end, month_end
from microlib.contracts.tables.ledger import BAD_CLASSES, CLASSES, CLOSED_STATUSES, RENEWALS
from microlib.home import Home, find_home
from microlib.units import DAYS_PER_BANK_YEAR, DAYS_PER_YEAR

UNKNOWN_SECTION = "?"


def live_loans(store: Store, *, as_of: date) -> ir.Table:
    """Return loans on the books at a date, with ``industry_section``: the first letter of GB/T 4754.

    The section is that of the customer, or of the loan's use where the customer has none; ``?``
    where neither is known.
    """
    loans = as_of_table(store, "loans", as_of=as_of)
    return with_sections(store, loans.filter(loans.balance_yuan > 0, loans.status.notin(CLOSED_STATUSES)), as_of=as_of)


def with_sections(store: Store, loans: ir.Table, *, as_of: date) -> ir.Table:
    """Return loans with ``industry_section`` beside their own columns, as `live_loans` says it."""
    customers = as_of_table(store, "customers", as_of=as_of).select("customer_id", "industry_code")
    both = loans.left_join(customers, "customer_id")
    code = ibis.coalesce(both.industry_code, both.use_industry_code)
    section = code.left(1).upper()
    return both.mutate(industry_section=ibis.ifelse(section.re_search("^[A-T]$"), section, UNKNOWN_SECTION))


def quality_sums(store: Store, *, as_of: date, by: Sequence[str] = ("branch_id", "industry_section")) -> pd.DataFrame:
    """Return additive pieces of the book's quality, a row per group, for the whole bank.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date
        The date asked about.
    by : sequence of str
        Columns of the loans that name a group; ``industry_section`` may be one.

    Returns
    -------
    DataFrame
        The group's columns, ascending, then

        - ``loans_count``, ``customers_count`` (count) with a balance
        - ``balance_yuan`` (yuan)
        - ``overdue_30_yuan``, ``overdue_60_yuan``, ``overdue_90_yuan`` (yuan): balances more than so many days overdue,
          missing where the days of any loan of the group are not known
        - ``npl_yuan`` (yuan): balances substandard or worse; ``special_mention_yuan`` (yuan)
        - ``bad_count`` (count): borrowers more than 90 days overdue or substandard or worse
    """
    loans = live_loans(store, as_of=as_of)
    dayless, unjudged = loans.overdue_days.isnull(), loans.overdue_days.isnull() & loans.class5.isnull()
    late = {
        f"overdue_{days}_yuan": _unless(dayless, _sum_where(loans, loans.overdue_days > days)) for days in (30, 60, 90)
    }
    pieces = loans.group_by(list(by)).agg(
        loans_count=loans.count(),
        customers_count=loans.customer_id.nunique(),
        balance_yuan=loans.balance_yuan.sum(),
        **late,
        npl_yuan=_sum_where(loans, loans.class5.isin(BAD_CLASSES)),
        special_mention_yuan=_sum_where(loans, loans.class5 == "special_mention"),
        bad_count=_unless(unjudged, loans.customer_id.nunique(where=is_bad(loans))),
    )
    return store.frame(pieces.order_by(list(by)))


def month_sums(store: Store, *, as_of: date, months: int = 36) -> pd.DataFrame:
    """Return what the whole bank's book was at each month end, the ledger's own date last.

    The definitions are those of `metrics.quality.monthly_ratios`, here as sums: they add up over branches.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date
        The ledger's row stands for its month.
    months : int
        Rows at most, the ledger's included.

    Returns
    -------
    DataFrame
        ``month`` (``YYYY-MM``), ascending; ``loans_count, customers_count`` (of live loans; a loan that is not in the
        ledger stands for a borrower of its own), ``balance_yuan, npl_yuan, special_mention_yuan``, ``overdue_30_yuan``;
        the last is missing where the days of any loan are not known, ``npl_yuan`` where neither class nor days are
    """
    loans, rows = (as_of_table(store, name, as_of=as_of) for name in ("loans", "loan_months"))
    month = f"{as_of:%Y-%m}"
    names = ["loan_id", "balance_yuan", "overdue_days", "status", "class5"]
    first = (as_of.year * 12 + as_of.month) - months
    earliest = f"{first // 12}-{first % 12 + 1:02}"
    before = rows.filter(rows.month < month, rows.month >= earliest).select("month", *names)
    owned = before.left_join(loans.select("loan_id", "customer_id"), "loan_id")
    owned = owned.select("month", *names, customer_id=ibis.coalesce(owned.customer_id, owned.loan_id))
    ledger = loans.select("customer_id", *names, month=ibis.literal(month)).select(owned.columns)
    both = ledger.union(owned)
    live = both.filter(both.balance_yuan > 0, both.status.notin(CLOSED_STATUSES))
    dayless = live.overdue_days.isnull()
    sums = live.group_by("month").agg(
        loans_count=live.count(),
        customers_count=live.customer_id.nunique(),
        balance_yuan=live.balance_yuan.sum(),
        npl_yuan=_unless(dayless & live.class5.isnull(), _sum_where(live, _is_bad(live))),
        special_mention_yuan=_sum_where(live, live.class5 == "special_mention"),
        overdue_30_yuan=_unless(dayless, _sum_where(live, live.overdue_days > RISK_DAYS)),
    )
    return store.frame(sums.order_by("month"))


def late_loans(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return the live loans of the whole bank with a day past due: few rows of a book, for measures that list loans."""
    loans = as_of_table(store, "loans", as_of=as_of)
    late = loans.filter(loans.balance_yuan > 0, loans.status.notin(CLOSED_STATUSES), loans.overdue_days > 0)
    names = ["loan_id", "customer_id", "branch_id", "rm_id", "balance_yuan", "overdue_days", "status", "class5"]
    return store.frame(late.select(names).order_by("loan_id"))


def ledger_totals(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return what control totals are compared with (`metrics.book.control_differences`), a row per ``branch_id``.

    ``customers_count, balance_yuan, overdue_yuan`` (the whole balance of loans with any day past due; missing where the
    days of any are not known) of live loans.
    """
    loans = as_of_table(store, "loans", as_of=as_of)
    live = loans.filter(loans.balance_yuan > 0, loans.status.notin(CLOSED_STATUSES))
    sums = live.group_by("branch_id").agg(
        customers_count=live.customer_id.nunique(),
        balance_yuan=live.balance_yuan.sum(),
        overdue_yuan=_unless(live.overdue_days.isnull(), _sum_where(live, live.overdue_days > 0)),
    )
    return store.frame(sums.order_by("branch_id"))


#: months for which a cohort is followed, and cohorts at most: those of the metrics' default cohorts
HORIZON_MONTHS, COHORTS = 12, 2
DEFAULT_COLUMNS = ["branch_id", "kind", "year", "bad_count", "total_count", "unknown_count"]
LEDGER = """
ledger AS MATERIALIZED (
  SELECT l.*, coalesce(l.core_id, l.venue_id, c.venue_id, CASE WHEN {section} SIMILAR TO '[A-T]' THEN {section} END,
    '{unknown}') AS kind,
    coalesce(l.class5 IN ({bad}), false) OR coalesce(l.overdue_days > 90, false) OR l.status = 'written_off' AS turned,
    l.overdue_days IS NULL AND coalesce(l.class5 NOT IN ({bad}), true) AS dayless,
    l.balance_yuan > 0 AND l.status NOT IN ({closed}) AS live,
    l.status = 'written_off' OR coalesce(l.written_off_yuan, 0) > 0 AS written
  FROM ({loans}) l LEFT JOIN (SELECT customer_id, venue_id, industry_code FROM ({customers})) c USING (customer_id))
"""
SECTION = "upper(left(coalesce(c.industry_code, l.use_industry_code), 1))"
FOLLOWED = """
WITH {ledger},
months AS MATERIALIZED (
  SELECT l.branch_id, l.customer_id, l.loan_id, l.kind, m.month, m.status IN ({closed}) AS closed,
    m.balance_yuan > 0 AND m.status NOT IN ({closed}) AS live,
    coalesce(m.class5 IN ({bad}), false) OR coalesce(m.overdue_days > 90, false) OR m.status = 'written_off' AS turned,
    m.overdue_days IS NULL AND coalesce(m.class5 NOT IN ({bad}), true) AS dayless
  FROM ({months}) m JOIN ledger l USING (loan_id) WHERE m.month BETWEEN '{start}' AND '{end}'),
held AS (SELECT * FROM months WHERE month = '{start}' AND live),
cohort AS (
  SELECT branch_id, customer_id, max(kind) AS kind, bool_or(dayless) AS dayless
  FROM held GROUP BY ALL HAVING NOT bool_or(turned)),
stayed AS (SELECT loan_id FROM months WHERE month = '{end}' AND live),
exits AS (
  SELECT branch_id, customer_id, loan_id, strftime(coalesce(CASE WHEN written THEN written_off_date END, closed_date),
    '%Y-%m') AS month, written FROM ledger WHERE written OR (status = 'transferred' AND turned)),
failed AS (
  SELECT branch_id, customer_id FROM months WHERE month > '{start}' AND turned
  UNION SELECT branch_id, customer_id FROM exits WHERE month > '{start}' AND month <= '{end}'
  UNION SELECT h.branch_id, h.customer_id FROM held h JOIN exits e USING (loan_id)
    WHERE e.written AND e.month IS NULL AND h.loan_id NOT IN (SELECT loan_id FROM stayed)),
missing AS (
  SELECT branch_id, customer_id FROM held WHERE loan_id NOT IN (
    SELECT loan_id FROM stayed UNION ALL SELECT loan_id FROM months WHERE month > '{start}' AND closed
    UNION ALL SELECT loan_id FROM ledger WHERE live OR status IN ({closed}))
  UNION SELECT branch_id, customer_id FROM months WHERE month > '{start}' AND live AND dayless
  UNION SELECT branch_id, customer_id FROM ledger WHERE status = 'transferred' AND dayless AND NOT written
    AND strftime(closed_date, '%Y-%m') > '{start}' AND strftime(closed_date, '%Y-%m') <= '{end}'),
outcomes AS (
  SELECT c.branch_id, c.kind, CASE WHEN c.dayless THEN 'unknown' WHEN f.customer_id IS NOT NULL THEN 'bad'
    WHEN m.customer_id IS NOT NULL THEN 'unknown' ELSE 'good' END AS outcome
  FROM cohort c LEFT JOIN failed f USING (branch_id, customer_id) LEFT JOIN missing m USING (branch_id, customer_id))
SELECT branch_id, kind, '{start}' AS year, count(*) FILTER (outcome = 'bad') AS bad_count,
  count(*) FILTER (outcome <> 'unknown') AS total_count, count(*) FILTER (outcome = 'unknown') AS unknown_count
FROM outcomes GROUP BY ALL ORDER BY ALL
"""
STOCK = """
WITH {ledger},
stock AS (
  SELECT branch_id, customer_id, max(kind) AS kind, bool_or(turned) AS turned, bool_or(dayless) AS dayless
  FROM ledger WHERE live GROUP BY ALL)
SELECT branch_id, kind, '' AS year, count(*) FILTER (turned) AS bad_count,
  count(*) FILTER (turned OR NOT dayless) AS total_count, count(*) FILTER (dayless AND NOT turned) AS unknown_count
FROM stock GROUP BY ALL ORDER BY ALL
"""


ENDED = """
WITH {ledger},
ended AS (
  SELECT branch_id, customer_id, max(kind) AS kind, bool_or(written) AS lost,
    bool_or(status <> 'settled' AND NOT written) AS open_ended FROM ledger GROUP BY ALL)
SELECT branch_id, kind, '' AS year, count(*) FILTER (lost) AS bad_count,
  count(*) FILTER (lost OR NOT open_ended) AS total_count, count(*) FILTER (open_ended AND NOT lost) AS unknown_count
FROM ended GROUP BY ALL ORDER BY ALL
"""


def default_pieces(home: str | Path | Home, *, as_of: date) -> pd.DataFrame:
    """Return, of the whole bank, how many performing borrowers of each branch and kind turned bad within a year.

    The definitions are those of the metrics' default cohorts: the cohorts of a year and of two years before, as far
    as month ends are held, else the stock of today, else how ended loans ended. Who has a live loan of which neither
    days past due are known nor a bad class is ``unknown``, never good. A bank without loans but with a default
    mark on its customers gives customers and defaults by section of the trade.

    Parameters
    ----------
    home : path
    as_of : date
        The report's date.

    Returns
    -------
    DataFrame
        ``branch_id, kind, year`` (the month in which the cohort begins, empty for a stock), ``bad_count, total_count,
        unknown_count``; ascending.
    """
    place = home if isinstance(home, Home) else find_home(home)
    with open_store(place) as store:
        if not store.has("loans"):
            marks = default_sums(store, as_of=as_of).rename(columns={"customers_count": "total_count"})
            return marks.rename(columns={"industry_section": "kind"}).assign(year="", unknown_count=0)[DEFAULT_COLUMNS]
        words = _default_words(store, as_of=as_of)
        parts = [
            store.frame(store.con.sql(FOLLOWED.format(**words, start=start, end=end)))
            for start, end in _cohort_months(store, as_of=as_of)
        ]
        for stock in () if parts else (STOCK, ENDED):
            parts = [store.frame(store.con.sql(stock.format(**words)))]
            if len(parts[0]):
                break
        found = parts
    return pd.concat(found, ignore_index=True).sort_values(DEFAULT_COLUMNS[:3], ignore_index=True)[DEFAULT_COLUMNS]


def _default_words(store: Store, *, as_of: date) -> dict[str, str]:
    listed = {"bad": BAD_CLASSES, "closed": CLOSED_STATUSES}
    words = {name: ", ".join(f"'{code}'" for code in codes) for name, codes in listed.items()}
    tables = {
        name: store.con.compile(as_of_table(store, name, as_of=as_of)) for name in ("loans", "customers", "loan_months")
    }
    words |= {"months": tables.pop("loan_months"), "ledger": ""}
    own = LEDGER.format(**words, **tables, section=SECTION, unknown=UNKNOWN_SECTION)
    return words | {"ledger": own.strip()}


def _cohort_months(store: Store, *, as_of: date) -> list[tuple[str, str]]:
    """First and last month of each cohort that the month ends reach back to, the latest first."""
    rows = as_of_table(store, "loan_months", as_of=as_of)
    first = rows.month.min().execute() if store.has("loan_months") else None
    end, found = opening_date(as_of), []
    last = f"{end.year + 1}-{end.month:02d}"
    for _ in range(COHORTS):
        start = f"{int(last[:4]) - 1}{last[4:]}"
        if first is None or pd.isna(first) or first > start:
            break
        found.append((start, last))
        last = start
    return found


def default_sums(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return customers whose default is known, and those marked in default, per branch and industry section."""
    customers = as_of_table(store, "customers", as_of=as_of)
    known = customers.filter(customers.is_defaulted.notnull())
    section = known.industry_code.left(1).upper()
    marked = known.mutate(industry_section=ibis.ifelse(section.re_search("^[A-T]$"), section, UNKNOWN_SECTION))
    pieces = marked.group_by(["branch_id", "industry_section"]).agg(
        customers_count=marked.count(), bad_count=marked.count(where=marked.is_defaulted)
    )
    return store.frame(pieces.order_by("branch_id", "industry_section"))


def is_bad(loans: ir.Table) -> ir.BooleanValue:
    """Return whether a loan makes its borrower bad: more than 90 days overdue, or substandard or worse."""
    return ((loans.overdue_days > 90) | loans.class5.isin(BAD_CLASSES)).fill_null(False)


def _unless(unknown: ir.BooleanValue, value: ir.Scalar) -> ir.Scalar:
    """Return a group's value, missing where any of its rows is unknown."""
    return ibis.ifelse(unknown.any(), ibis.null(value.type()), value)


def _sum_where(loans: ir.Table, condition: ir.BooleanValue) -> ir.FloatingScalar:
    return loans.balance_yuan.sum(where=condition).fill_null(0.0)


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


BAD_DAYS = 90


def opening_date(as_of: date) -> date:
    """Return the month end a year before.

    Examples
    --------
    >>> opening_date(date(2026, 6, 30)), opening_date(date(2026, 6, 15))
    (datetime.date(2025, 6, 30), datetime.date(2025, 5, 31))
    """
    day = as_of.replace(year=as_of.year - 1, day=min(as_of.day, 28))
    return month_end(day) if as_of == month_end(as_of) else last_complete_month_end(day)


def opening_balances(store: Store, *, as_of: date) -> ir.Table:
    """Return what each loan still on the book owed at the month end a year before: ``loan_id, then``."""
    opening = opening_date(as_of)
    months = as_of_table(store, "loan_months", as_of=as_of)
    rows = months.filter(
        months.month == opening.strftime("%Y-%m"), months.balance_yuan > 0, months.status.notin(CLOSED_STATUSES)
    )
    return rows.select("loan_id", then=rows.balance_yuan)


def bad_exits(store: Store, loans: ir.Table, *, as_of: date) -> ir.Table:
    """Return what left bad or late in the last twelve months, with the yuan that went: ``loan_id, exit_yuan``.

    The definition is that of the metrics' bad exits.
    """
    written = (loans.status == "written_off") | (loans.written_off_yuan.fill_null(0.0) > 0)
    gone = loans.mutate(written=written).filter(written | (loans.status == "transferred"))
    months = as_of_table(store, "loan_months", as_of=as_of)
    months = months.filter(months.balance_yuan > 0).semi_join(gone, "loan_id")
    last = months.group_by("loan_id").agg(
        last_balance=months.balance_yuan.argmax(months.month),
        last_bad=_is_at_risk(months).argmax(months.month),
        last_month=months.month.max(),
    )
    rows = gone.left_join(last, "loan_id")
    left_on = ibis.ifelse(rows.written, ibis.coalesce(rows.written_off_date, rows.closed_date), rows.closed_date)
    today, since = ibis.date(as_of.isoformat()), ibis.date(opening_date(as_of).isoformat())
    after = (rows.last_month + "-01").cast("date") + ibis.interval(months=2) - ibis.interval(days=1)
    placed = ibis.coalesce(left_on.cast("date"), ibis.least(after.cast("date"), today))
    inside = ((placed > since) & (placed <= today)).fill_null(False) | placed.isnull()
    sold = ~rows.written & (_is_at_risk(rows) | rows.last_bad.fill_null(False))
    known = ibis.ifelse(rows.written_off_yuan > 0, rows.written_off_yuan, rows.last_balance)
    owed = ibis.ifelse(rows.balance_yuan > 0, rows.balance_yuan, None)
    rows = rows.mutate(exit_yuan=ibis.coalesce(known, owed, rows.amount_yuan, 0.0))
    return rows.filter(inside & (rows.written | sold)).select("loan_id", "exit_yuan")


def _is_at_risk(rows: ir.Table) -> ir.BooleanValue:
    return (_is_bad(rows) | (rows.overdue_days > RISK_DAYS)).fill_null(False)


def _is_bad(rows: ir.Table) -> ir.BooleanValue:
    return ibis.ifelse(rows.class5.isnull(), rows.overdue_days > BAD_DAYS, rows.class5.isin(BAD_CLASSES))


IN_PLACE = ("extension", "restructure")
WATCHED = tuple(CLASSES.split()[1:])
#: days before a renewal in which a sign counts; rollovers from which coverage is asked for, which the engine lacks
LOOKBACK_DAYS, ROLLOVERS = 180, 3


def judged_renewals(store: Store, loans: ir.Table, *, as_of: date) -> ir.Table:
    """Return the state of every live renewal; the definitions are those of the metrics' stressed renewals.

    Coverage is not known in the engine: three rollovers without repayment are ``unknown``, as they are there.

    Returns
    -------
    ibis table
        ``loan_id``, ``state`` (stressed, unknown, normal).
    """
    events = _events(store, loans, as_of)
    months = _months_before(store, events, as_of)
    rows = _with_replaced(events, loans).left_join(months, "loan_id")
    often = rows.rollovers_count >= ROLLOVERS
    unseen = rows.before_id.isnull() & rows.months_count.isnull()
    state = ibis.ifelse(_is_stressed(rows), "stressed", ibis.ifelse(unseen | often, "unknown", "normal"))
    return rows.select("loan_id", state=state)


def _events(store: Store, loans: ir.Table, as_of: date) -> ir.Table:
    """Live renewals, the loan whose past speaks for each, and the day on which the window ends."""
    extended = loans.extensions_count.fill_null(0) > 0
    renewed = loans.issue_type.isin(RENEWALS).fill_null(False)
    live = loans.filter(loans.balance_yuan > 0, loans.status.notin(CLOSED_STATUSES), renewed | extended)
    in_place = ~live.issue_type.isin(RENEWALS).fill_null(False) | (
        live.issue_type.isin(IN_PLACE).fill_null(False) & live.previous_loan_id.isnull()
    )
    chains = debt_chains(store, loans, renewals=RENEWALS).select("loan_id", "rollovers_count")
    rows = live.mutate(in_place=in_place).left_join(chains, "loan_id")
    own = rows.extensions_count.fill_null(0) + rows.issue_type.isin(RENEWALS).fill_null(False).cast("int64")
    rows = rows.mutate(
        rollovers_count=rows.rollovers_count.fill_null(own),
        evidence_id=ibis.ifelse(rows.in_place, rows.loan_id, rows.previous_loan_id),
        renewed_date=ibis.ifelse(rows.in_place, ibis.date(as_of.isoformat()), rows.disbursed_date),
    )
    return rows.select("loan_id", "amount_yuan", "in_place", "rollovers_count", "evidence_id", "renewed_date")


def _months_before(store: Store, events: ir.Table, as_of: date) -> ir.Table:
    """What the month ends of the replaced loans say inside each window."""
    months = as_of_table(store, "loan_months", as_of=as_of)
    seen = months.select("month", "overdue_days", "class5", "balance_yuan", evidence_id=months.loan_id)
    rows = events.select("loan_id", "evidence_id", "renewed_date").join(seen, "evidence_id")
    first = (rows.month + "-01").cast("date")
    day = first + ibis.interval(months=1) - ibis.interval(days=1)
    age = rows.renewed_date.delta(day.cast("date"), unit="day")
    rows = rows.filter((age >= 0) & (age <= LOOKBACK_DAYS))
    return rows.group_by("loan_id").agg(
        months_count=rows.count(),
        late_count=rows.count(where=rows.overdue_days > 0),
        watched_count=rows.count(where=rows.class5.isin(WATCHED)),
        last_balance=rows.balance_yuan.argmax(rows.month),
    )


def _with_replaced(events: ir.Table, loans: ir.Table) -> ir.Table:
    """Events with the ledger's row of the loan that speaks for each."""
    before = loans.select(
        before_id=loans.loan_id,
        before_amount=loans.amount_yuan,
        before_late=loans.overdue_days > 0,
        before_watched=loans.class5.isin(WATCHED),
        before_unpaid=loans.overdue_interest_yuan > 0,
        first_late=loans.first_overdue_date,
        before_rate=loans.yearly_rate.fill_null(0.0),
        term_days=loans.maturity_date.delta(loans.disbursed_date, unit="day"),
    )
    return events.left_join(before, [("evidence_id", "before_id")])


def _is_stressed(rows: ir.Table) -> ir.BooleanValue:
    """Any of the four signs that month ends and ledger show."""
    age = rows.renewed_date.delta(rows.first_late, unit="day")
    debt = ibis.ifelse(rows.last_balance > 0, rows.last_balance, rows.before_amount)
    interest = debt * rows.before_rate * ibis.least(rows.term_days, DAYS_PER_YEAR) / DAYS_PER_BANK_YEAR
    raised = rows.amount_yuan - debt
    signs = (
        rows.late_count > 0,
        (age >= 0) & (age <= LOOKBACK_DAYS),
        rows.before_late,
        rows.before_unpaid,
        rows.watched_count > 0,
        rows.before_watched,
        ~rows.in_place & (raised > TOLERANCE_YUAN) & (raised <= interest),
    )
    return ibis.or_(*(sign.fill_null(False) for sign in signs))


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


RISK_DAYS = 30
#: yuan of a group, and the bases whose squares by borrower say how many borrowers they are worth
PARTS = ("balance", "par30", "adjusted", "unjudged", "exits", "balance_then", "par30_then", "adjusted_then")
#: those of them that nobody knows without days past due
AT_RISK = ("par30", "adjusted", "unjudged", "par30_then", "adjusted_then")


def par_sums(store: Store, *, as_of: date, by: Sequence[str] = ("branch_id", "industry_section")) -> pd.DataFrame:
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
        adjusted_then_yuan`` (on the book of a year before; 0 where month ends do not reach back so far), `AT_RISK`
        of them missing where the days past due of any live or transferred loan of the group are not known; for each the
        count of borrowers above zero (``par30_count`` …), ``whole_count`` (balance or exit); ``balance_square,
        whole_square`` (balance and exits), ``balance_then_square``: sums over borrowers of yuan squared
    """
    pieces = pars_expression(store, as_of=as_of, by=by)
    return store.frame(pieces)


def pars_expression(store: Store, *, as_of: date, by: Sequence[str]) -> ir.Table:
    """Return the expression behind `par_sums`."""
    return _grouped(_split(judged_loans(store, as_of=as_of), opening_date(as_of)), by)


def _split(rows: ir.Table, opening: date) -> ir.Table:
    """Every loan's yuan above and below each line."""
    live = (rows.balance_yuan > 0) & rows.status.notin(CLOSED_STATUSES)
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
    asked = live | (rows.status == "transferred")
    return rows.mutate(
        dayless=(asked & rows.overdue_days.isnull()).fill_null(False),
        live=live.cast("int64"),
        exits=rows.exit_yuan.fill_null(0.0),
        balance_then=rows.then.fill_null(0.0),
        **yuan,
    )


def _grouped(rows: ir.Table, by: Sequence[str]) -> ir.Table:
    """Add up by borrower first, so that squares and counts are of borrowers, then by group."""
    sums = {name: rows[name].sum() for name in PARTS}
    held = rows.group_by([*by, "customer_id"]).agg(live=rows.live.sum(), dayless=rows.dayless.any(), **sums)
    squares = {
        "balance_square": held.balance,
        "whole_square": held.balance + held.exits,
        "balance_then_square": held.balance_then,
    }

    def known(name: str, value: ir.Scalar) -> ir.Scalar:
        return _unless(held.dayless, value) if name in AT_RISK else value

    pieces = held.group_by(list(by)).agg(
        loans_count=held.live.sum(),
        customers_count=held.count(where=held.live > 0),
        **{f"{name}_yuan": known(name, held[name].sum()) for name in PARTS},
        **{f"{name}_count": known(name, held.count(where=held[name] > 0)) for name in PARTS[1:]},
        whole_count=held.count(where=held.balance + held.exits > 0),
        **{name: (amount**2).sum() for name, amount in squares.items()},
    )
    return pieces.order_by(list(by))

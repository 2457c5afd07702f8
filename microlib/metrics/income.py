"""What customers earn: yearly income by best evidence, monthly cash and cash gap, profile of a group (客群画像)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from microlib.calendars import last_complete_month_end
from microlib.contracts.needs import measure
from microlib.contracts.tables.ledger import CLOSED_STATUSES
from microlib.errors import BadData
from microlib.metrics.capacity import monthly_payment
from microlib.metrics.loans import optional
from microlib.metrics.rhythm import partial_months, partly_invoiced
from microlib.stats.grouping import day_numbers, month_name, month_numbers, payments_left
from microlib.units import DAYS_PER_YEAR, MONTHS_PER_YEAR

COLUMNS = {
    "customer_id": "str",
    "income_yuan": "float64",
    "income_source": "str",
    "income_months_count": "int64",
}
SHARES = {
    "customer_id": "str",
    "core_id": "str",
    "paid_yuan": "float64",
    "income_yuan": "float64",
    "income_source": "str",
    "income_share": "float64",
}


def empty(columns: dict[str, str]) -> pd.DataFrame:
    """Return a frame of these columns and dtypes with no row in it.

    Examples
    --------
    >>> empty({"customer_id": "str"}).shape
    (0, 1)
    """
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def year_start(as_of: date) -> pd.Timestamp:
    """Return the first day of the twelve months that are over at `as_of`.

    Examples
    --------
    >>> year_start(date(2026, 6, 30)), year_start(date(2026, 6, 15))
    (Timestamp('2025-07-01 00:00:00'), Timestamp('2025-06-01 00:00:00'))
    """
    over = pd.Timestamp(last_complete_month_end(as_of))
    return over.replace(day=1) - pd.DateOffset(months=MONTHS_PER_YEAR - 1)


@measure(optional=("invoices", "flow_months"))
def yearly_incomes(
    customers: pd.DataFrame,
    invoices: pd.DataFrame | None = None,
    flow_months: pd.DataFrame | None = None,
    *,
    as_of: date,
    order: Sequence[str] = ("invoices", "flows", "declared"),
) -> pd.DataFrame:
    r"""Take each customer's income of the last twelve whole months from the first evidence in `order` that has any.

    Answers "what does this customer turn over in a year, and who says so?"

    .. math:: Y_c = \sum_{t = a-11}^{a} y_{ct}

    where a is the last month that is over at `as_of` and :math:`y_{ct}` is the gross amount (tax included) of valid
    sale invoices of month t, returns deducted, or the inflow of all accounts; a declared figure is taken as it stands.
    Sources are never added up.

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``customer_id, annual_sales_yuan, sales_source``. Not modified.
    invoices : DataFrame[invoices], optional
    flow_months : DataFrame[flow_months], optional
    as_of : date
        The twelve months end with the last that is over at this day: a month half gone is no month.
    order : sequence of str
        Preference among ``invoices``, ``flows`` and ``declared``.

    Returns
    -------
    DataFrame
        One row per customer with a positive income, by ``customer_id``

        - ``income_yuan`` (yuan, > 0)
        - ``income_source`` (invoices, flows, tax or declared): who says so
        - ``income_months_count`` (0 .. 12): months with evidence; 0 for a declared figure. A month at the edge of
          the file that is only partly on it (`rhythm.partial_months`, `rhythm.partly_invoiced`) is left out:
          eleven then

    Notes
    -----
    Fewer than twelve months are not scaled up: the count says how many there were. Invoices miss cash sales;
    flows include transfers that were not removed before ingest.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1"], "annual_sales_yuan": [9e5], "sales_source": ["declared"]})
    >>> yearly_incomes(customers, as_of=date(2026, 6, 30)).iloc[0].to_dict()
    {'customer_id': 'C1', 'income_yuan': 900000.0, 'income_source': 'declared', 'income_months_count': 0}
    """
    found = {
        "invoices": _from_invoices(invoices, _whole_year(invoices, as_of)),
        "flows": _from_flows(flow_months, _whole_year(flow_months, as_of)),
        "declared": _declared(customers),
    }
    pieces = [found[source].assign(rank=rank) for rank, source in enumerate(order)]
    held = pd.concat([piece for piece in pieces if len(piece)] or [empty(COLUMNS).assign(rank=0)])
    held = held[(held["income_yuan"] > 0) & held["customer_id"].isin(customers["customer_id"])]
    first = held.sort_values(["customer_id", "rank"]).drop_duplicates("customer_id")
    return first[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)


@measure(optional=("invoices", "flow_months"))
def income_changes(
    invoices: pd.DataFrame | None = None,
    flow_months: pd.DataFrame | None = None,
    *,
    as_of: date,
    months: int = 3,
) -> pd.DataFrame:
    r"""Compare each customer's income of the last whole months with that of the same months a year before.

    Answers "whose sales are slower than last year?"

    .. math:: \frac{\sum_{t=a-m+1}^{a} y_{ct}}{\sum_{t=a-m+1}^{a} y_{c,t-12}} - 1

    with :math:`y_{ct}` as in `yearly_incomes`. The same months of the year before take the season out; a month that is
    only partly on file is left out of both years.

    Parameters
    ----------
    invoices : DataFrame[invoices], optional
    flow_months : DataFrame[flow_months], optional
    as_of : date
        The months end with the last that is over at this day.
    months : int
        How many, 1 .. 12.

    Returns
    -------
    DataFrame
        One row per customer with income in every one of the months a year before, by ``customer_id``:
        ``income_change_share`` (fraction, >= -1) and ``income_change_source`` (``invoices`` where they reach so far
        back, else ``flows``). Nothing sold since is -1.

    Raises
    ------
    BadData
        If `months` is no whole number from 1 to 12.

    Notes
    -----
    A customer who moved the account, or invoices in another name, looks like one who sells less.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2025-05", "2025-06", "2026-05", "2026-06"],
    ...                       "inflow_yuan": [50.0, 50.0, 50.0, 30.0]})
    >>> income_changes(flow_months=flows, as_of=date(2026, 6, 30), months=2).round(2).to_numpy().tolist()
    [['C1', -0.2, 'flows']]
    """
    if not 1 <= months <= MONTHS_PER_YEAR or months != int(months):
        raise BadData(f"{months} months are no stretch of a year", where="months", fix="give 1 .. 12")
    this = _months_over(as_of, months)
    found = []
    for made, source in ((_from_invoices, invoices), (_from_flows, flow_months)):
        cut = _cut(source, this[-1])
        kept = [month for month in this if month not in cut and month - MONTHS_PER_YEAR not in cut]
        now, before = (made(source, [month - back for month in kept]) for back in (0, MONTHS_PER_YEAR))
        before = before[(before["income_months_count"] == len(kept)) & (before["income_yuan"] > 0)]
        both = before.merge(now[["customer_id", "income_yuan"]], on="customer_id", how="left", suffixes=("_then", ""))
        share = both["income_yuan"].fillna(0.0) / both["income_yuan_then"] - 1
        rows = {"income_change_share": share.clip(lower=-1.0), "income_change_source": both["income_source"]}
        found.append(pd.DataFrame({"customer_id": both["customer_id"], **rows}))
    columns = {"customer_id": "str", "income_change_share": "float64", "income_change_source": "str"}
    held = pd.concat([each for each in found if len(each)] or [empty(columns)])
    return held.drop_duplicates("customer_id").astype(columns).sort_values("customer_id", ignore_index=True)


def _months_over(as_of: date, months: int = MONTHS_PER_YEAR) -> list[int]:
    """Return the last months that are over, as integers."""
    over = last_complete_month_end(as_of)
    last = over.year * MONTHS_PER_YEAR + over.month - 1
    return list(range(last - months + 1, last + 1))


def _whole_year(source: pd.DataFrame | None, as_of: date) -> list[int]:
    year = _months_over(as_of)
    cut = _cut(source, year[-1])
    return [month for month in year if month not in cut]


def _cut(source: pd.DataFrame | None, last: int) -> list[int]:
    """Return the edge months of invoices or flows up to the last that are not, or only partly, on file, as integers."""
    if source is None or source.empty:
        return []
    if "issued_date" not in source:
        return month_numbers(pd.Series(partial_months(source, until=month_name(last)), dtype="str")).tolist()
    return partly_invoiced(source, last=last)


def _from_invoices(invoices: pd.DataFrame | None, months: list[int]) -> pd.DataFrame:
    if invoices is None or invoices.empty:
        return empty(COLUMNS)
    rows = invoices.assign(number=day_numbers(invoices["issued_date"]))
    sold = rows[rows["number"].isin(months) & (rows["side"] == "sale") & (rows["status"] == "valid")]
    return _summed(sold["customer_id"], sold["gross_yuan"], sold["number"], "invoices")


def _from_flows(flow_months: pd.DataFrame | None, months: list[int]) -> pd.DataFrame:
    if flow_months is None or flow_months.empty:
        return empty(COLUMNS)
    recent = flow_months[flow_months["month"].isin([month_name(month) for month in months])]
    return _summed(recent["customer_id"], recent["inflow_yuan"], recent["month"], "flows")


def _summed(who: pd.Series, yuan: pd.Series, months: pd.Series, source: str) -> pd.DataFrame:
    rows = pd.DataFrame({"customer_id": who, "income_yuan": yuan, "month": months})
    summed = rows.groupby("customer_id", observed=True).agg(
        income_yuan=("income_yuan", "sum"), income_months_count=("month", "nunique")
    )
    return summed.reset_index().assign(income_source=source)


def _declared(customers: pd.DataFrame) -> pd.DataFrame:
    if "annual_sales_yuan" not in customers:
        return empty(COLUMNS)
    by_tax = customers["sales_source"].eq("tax") if "sales_source" in customers else False
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "income_yuan": customers["annual_sales_yuan"],
            "income_source": np.where(by_tax, "tax", "declared"),
            "income_months_count": 0,
        }
    )


@measure(optional=("core_payables",))
def income_shares(core_payables: pd.DataFrame, incomes: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    r"""Measure which part of a customer's yearly income each core enterprise (核心企业) pays.

    Answers "how much of this supplier's income stops if that payer stops?"

    .. math:: s_{ck} = \min\left(1, \frac{P_{ck}}{Y_c}\right)

    where :math:`P_{ck}` is what core k came to owe customer c for deliveries of the last twelve whole months,
    deductions taken off, and :math:`Y_c` the customer's income of the same months.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, delivered_date, amount_yuan, deducted_yuan``. Not modified.
    incomes : DataFrame
        Result of `yearly_incomes`.
    as_of : date

    Returns
    -------
    DataFrame
        One row per customer and core, by both. A customer with known income and no payable has one row without
        ``core_id``. ``paid_yuan``, ``income_yuan``, ``income_source``, and ``income_share`` (fraction 0 .. 1,
        missing where the income is unknown: unknown is counted apart, never taken as small).

    Examples
    --------
    >>> owed = pd.DataFrame({"core_id": ["H1"], "customer_id": ["C1"], "amount_yuan": [6e5], "deducted_yuan": [0.0],
    ...                      "delivered_date": pd.to_datetime(["2026-03-01"])})
    >>> incomes = pd.DataFrame({"customer_id": ["C1"], "income_yuan": [1e6], "income_source": ["flows"]})
    >>> income_shares(owed, incomes, as_of=date(2026, 6, 30))["income_share"].tolist()
    [0.6]
    """
    days = core_payables["delivered_date"]
    over = pd.Timestamp(last_complete_month_end(as_of))
    recent = core_payables[(days >= year_start(as_of)) & (days <= over)]
    recent = recent[recent["customer_id"].notna()]
    net = recent["amount_yuan"] - recent["deducted_yuan"].fillna(0.0)
    paid = recent[["customer_id", "core_id"]].assign(paid_yuan=net.astype("float64"))
    paid = paid.groupby(["customer_id", "core_id"], observed=True, as_index=False)["paid_yuan"].sum()
    known = incomes[["customer_id", "income_yuan", "income_source"]]
    shares = paid.merge(known, on="customer_id", how="outer")
    shares["paid_yuan"] = shares["paid_yuan"].fillna(0.0)
    shares["income_share"] = (shares["paid_yuan"] / shares["income_yuan"]).clip(0.0, 1.0)
    shares.loc[shares["core_id"].isna(), "income_share"] = np.nan
    return shares.sort_values(["customer_id", "core_id"])[list(SHARES)].astype(SHARES).reset_index(drop=True)


#: the fifth, the middle and the fourth fifth of the members
QUANTILES = {"p20": 0.2, "p50": 0.5, "p80": 0.8}


#: most members never fall back from month to month: fifths of a gap are of those who do, or they would say nothing
GAPS = ["gap_yuan", "gap_months_count"]


def segment_profiles(
    memberships: pd.DataFrame,
    customers: pd.DataFrame,
    incomes: pd.DataFrame,
    gaps: pd.DataFrame | None = None,
    *,
    as_of: date,
) -> pd.DataFrame:
    """Describe the members of every segment by their fifths: income, cash gap, years in business, staff.

    Answers "how large is the usual member, what is missing at the worst moment, and for how long?"

    Parameters
    ----------
    memberships : DataFrame
        Result of `segments.assign_segments`. Not modified, nor are the others.
    customers : DataFrame[customers]
        Uses ``established_date, employees_count``.
    incomes : DataFrame
        Result of `yearly_incomes`.
    gaps : DataFrame, optional
        Result of `cash_gaps`.
    as_of : date

    Returns
    -------
    DataFrame
        One row per segment and measure, long: ``segment, measure`` (income_yuan, gap_yuan, gap_months_count,
        business_years, employees_count), ``members_count``, ``known_count`` (members with the figure),
        ``counted_count`` (of these, whom the fifths are of: for gaps those who have one), ``p20, p50, p80`` (in the
        measure's own unit; missing when nobody has it).

    Notes
    -----
    Fifths of the members with a figure: those who show their books may be the better ones, which ``known_count``
    against ``members_count`` lets the reader judge. Income mixes sources; `income_sources` says which.

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "farm"})
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "employees_count": [2, 4],
    ...                           "established_date": pd.to_datetime(["2016-06-30", None])})
    >>> incomes = pd.DataFrame({"customer_id": ["C1"], "income_yuan": [3e5]})
    >>> segment_profiles(members, customers, incomes, as_of=date(2026, 6, 30))[["measure", "known_count", "p50"]]
               measure  known_count       p50
    0      income_yuan            1  300000.0
    1   business_years            1      10.0
    2  employees_count            2       3.0
    """
    days = (pd.Timestamp(as_of) - customers["established_date"]).dt.days
    facts = customers[["customer_id"]].assign(
        business_years=(days / DAYS_PER_YEAR).round(1), employees_count=customers["employees_count"].astype("float64")
    )
    rows = memberships[["customer_id", "segment"]].merge(facts, on="customer_id", how="left")
    rows = rows.merge(incomes[["customer_id", "income_yuan"]], on="customer_id", how="left")
    measures = ["income_yuan", "business_years", "employees_count"]
    if gaps is not None:
        rows = rows.merge(gaps[["customer_id", "gap_yuan", "gap_months_count"]], on="customer_id", how="left")
        measures[1:1] = GAPS
    pieces = [_fifths(rows, measure) for measure in measures]
    found = pd.concat(pieces).sort_values("segment", kind="stable")
    return found.reset_index(drop=True)


def _fifths(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    known = rows[measure].astype("float64")
    counted = known.where(known > 0) if measure in GAPS else known
    values, told = (each.groupby(rows["segment"], observed=True) for each in (counted, known))
    columns = {"members_count": told.size(), "known_count": told.count(), "counted_count": values.count()}
    columns |= {name: values.quantile(level) for name, level in QUANTILES.items()}
    found = pd.DataFrame(columns).reset_index()
    found.insert(1, "measure", measure)
    return found


def income_sources(memberships: pd.DataFrame, incomes: pd.DataFrame) -> pd.DataFrame:
    """Count by which evidence the members' income is known.

    Parameters
    ----------
    memberships : DataFrame
        Result of `segments.assign_segments`. Not modified.
    incomes : DataFrame
        Result of `yearly_incomes`.

    Returns
    -------
    DataFrame
        One row per segment and source: ``segment, income_source`` (invoices, flows, tax, declared, unknown),
        ``members_count, members_share`` (fraction of the segment).

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "farm"})
    >>> incomes = pd.DataFrame({"customer_id": ["C1"], "income_source": ["flows"]})
    >>> income_sources(members, incomes).to_numpy().tolist()
    [['farm', 'flows', 1, 0.5], ['farm', 'unknown', 1, 0.5]]
    """
    said = incomes.set_index("customer_id")["income_source"]
    rows = memberships.assign(income_source=memberships["customer_id"].map(said).fillna("unknown"))
    found = rows.groupby(["segment", "income_source"], observed=True).size().rename("members_count").reset_index()
    return found.assign(
        members_share=found["members_count"] / found.groupby("segment")["members_count"].transform("sum")
    )


@measure(optional=("invoices", "flow_months", "core_payables", "venue_rosters"))
def evidence_available(
    memberships: pd.DataFrame,
    invoices: pd.DataFrame | None = None,
    flow_months: pd.DataFrame | None = None,
    core_payables: pd.DataFrame | None = None,
    venue_rosters: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count the members of each segment that each table of evidence knows.

    Parameters
    ----------
    memberships : DataFrame
        Result of `segments.assign_segments`. Not modified, nor are the others.
    invoices, flow_months, core_payables, venue_rosters : DataFrame, optional
        Tables with ``customer_id``; one that is left out is not listed.

    Returns
    -------
    DataFrame
        One row per segment and table given: ``segment, table_name``, ``members_count, seen_count,
        seen_share`` (fraction). The whole of the segment is counted, so shares carry no interval.

    Notes
    -----
    Roster rows count only where they carry a customer number; `market.roster_matches` finds more.

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "farm"})
    >>> evidence_available(members, pd.DataFrame({"customer_id": ["C1", "C1"]})).to_numpy().tolist()
    [['farm', 'invoices', 2, 1, 0.5]]
    """
    given = {
        "invoices": invoices,
        "flow_months": flow_months,
        "core_payables": core_payables,
        "venue_rosters": venue_rosters,
    }
    pieces = []
    for name, frame in given.items():
        if frame is not None:
            seen = memberships["customer_id"].isin(frame["customer_id"].dropna().unique())
            counted = seen.groupby(memberships["segment"], observed=True).agg(members_count="size", seen_count="sum")
            pieces.append(counted.reset_index().assign(table_name=name))
    columns = ["segment", "table_name", "members_count", "seen_count"]
    found = pd.concat(pieces)[columns] if pieces else pd.DataFrame(columns=columns)
    found = found.sort_values(["segment", "table_name"]).reset_index(drop=True)
    return found.assign(seen_share=found["seen_count"] / found["members_count"])


#: ways of repaying that leave the principal to the end: capacity is tested as if it were repaid in parts
UNPAID = ("interest_only", "bullet", "revolving", "balloon", "other")
#: months whose lowest balances make the buffer
BUFFER_MONTHS = 3


def debt_services(loans: pd.DataFrame, *, as_of: date, notional_months: int) -> pd.DataFrame:
    r"""Add up what each borrower must pay this bank within a year, bullets taken as repaid in parts.

    .. math:: D = \sum_l \min(12, n_l)\, \frac{B_l\, i_l}{1 - (1 + i_l)^{-n_l}}, \qquad i_l = \frac{r_l}{12}

    where :math:`B_l` is the balance, :math:`r_l` the yearly rate and :math:`n_l` how many payments are left: one on
    the day of the month of maturity (or the month's last) in each month from `as_of` to maturity, at least one. Where
    the principal is left to the end they are `notional_months`: a renewal is never a source of repayment.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan, yearly_rate, repayment, maturity_date``, and ``status`` where it is held: a
        loan that is closed owes nothing. Not modified.
    as_of : date
    notional_months : int
        Policy, usually 36.

    Returns
    -------
    DataFrame
        One row per customer with a balance: ``customer_id, debt_service_yuan`` (yuan a year; missing where balance,
        rate or maturity of one of their loans is: what is not known is not nothing).

    Notes
    -----
    This bank's loans only; other lenders' debt belongs on top where it is known.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [1e6], "yearly_rate": [0.042],
    ...                       "repayment": ["interest_only"], "maturity_date": pd.to_datetime(["2027-03-31"])})
    >>> debt_services(loans, as_of=date(2026, 6, 30), notional_months=36)["debt_service_yuan"].round().tolist()
    [355356.0]
    """
    live = loans[~(loans["balance_yuan"] <= 0) & ~optional(loans, "status").isin(CLOSED_STATUSES)]
    left = payments_left(live["maturity_date"], as_of=as_of)
    to_the_end = live["repayment"].isin(UNPAID) | live["repayment"].isna()
    months = np.where(to_the_end, notional_months, left.clip(lower=1.0))
    rate = live["yearly_rate"].to_numpy(dtype="float64")
    instalment = monthly_payment(live["balance_yuan"], yearly_rate=rate, months=months)
    service = instalment * np.minimum(MONTHS_PER_YEAR, months)
    summed = service.astype("float64").groupby(live["customer_id"], observed=True).sum(skipna=False)
    return summed.rename("debt_service_yuan").rename_axis("customer_id").reset_index()


def cash_positions(
    flow_months: pd.DataFrame,
    loans: pd.DataFrame,
    *,
    as_of: date,
    notional_months: int,
    fixed_share: float | None = None,
) -> pd.DataFrame:
    """Describe each borrower's year of cash: inflow, outflow, the part that runs on, the buffer, debt service.

    Parameters
    ----------
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, inflow_yuan, outflow_yuan, min_balance_yuan``; channels are added up. Not modified.
    loans : DataFrame[loans]
        As for `debt_services`.
    as_of : date
        The twelve months end with the last that is over at this day: a month half gone is no month.
    notional_months : int
        As for `debt_services`.
    fixed_share : float, optional
        Part of the outflow that runs on without sales (fraction, 0 .. 1). Left out, it is measured: the lowest
        month's outflow is what the business pays even when it sells least.

    Returns
    -------
    DataFrame
        One row per customer with a balance, a debt service that is known and a month of flows in the year

        - ``inflow_month_yuan, outflow_month_yuan``: means of the months present
        - ``fixed_month_yuan``: outflow that runs on
        - ``buffer_yuan``: mean of the last three months' lowest balances, never below zero, 0 when unknown
        - ``debt_service_yuan``: a year's payments to this bank
        - ``flow_months_count`` (1 .. 12): months present

    Notes
    -----
    Outflows are taken to be business costs. Where loan payments run through the account they are counted twice,
    which errs to the safe side.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2026-05", "2026-06"], "inflow_yuan": [9e4, 11e4],
    ...                       "outflow_yuan": [7e4, 8e4], "min_balance_yuan": [1e4, 3e4]})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [1e5], "yearly_rate": [0.06],
    ...                       "repayment": ["bullet"], "maturity_date": pd.to_datetime(["2027-03-31"])})
    >>> found = cash_positions(flows, loans, as_of=date(2026, 6, 30), notional_months=36)
    >>> found[["inflow_month_yuan", "fixed_month_yuan", "buffer_yuan"]].iloc[0].tolist()
    [100000.0, 70000.0, 20000.0]
    """
    over = pd.Timestamp(last_complete_month_end(as_of))
    recent = _monthly(flow_months, since=f"{year_start(as_of):%Y-%m}", until=f"{over:%Y-%m}")
    first_buffer = f"{over.replace(day=1) - pd.DateOffset(months=BUFFER_MONTHS - 1):%Y-%m}"
    lowest = recent[recent["month"] >= first_buffer].groupby("customer_id")["min_balance_yuan"].mean()
    year = recent.groupby("customer_id", as_index=False).agg(
        inflow_month_yuan=("inflow_yuan", "mean"),
        outflow_month_yuan=("outflow_yuan", "mean"),
        fixed_month_yuan=("outflow_yuan", "min"),
        flow_months_count=("month", "nunique"),
    )
    if fixed_share is not None:
        year["fixed_month_yuan"] = fixed_share * year["outflow_month_yuan"]
    year["buffer_yuan"] = year["customer_id"].map(lowest).astype("float64").fillna(0.0).clip(lower=0.0)
    owed = debt_services(loans, as_of=as_of, notional_months=notional_months)
    return year.merge(owed.dropna(), on="customer_id").sort_values("customer_id").reset_index(drop=True)


def _monthly(flow_months: pd.DataFrame, *, since: str, until: str) -> pd.DataFrame:
    """Add up the channels of each customer's months in a window, those left out that are only partly on file."""
    whole = ~flow_months["month"].isin(partial_months(flow_months, until=until))
    window = flow_months[whole & (flow_months["month"] >= since) & (flow_months["month"] <= until)]
    amounts = ["inflow_yuan", "outflow_yuan", "min_balance_yuan"]
    keys = ["customer_id", "month"]
    return window.groupby(keys, as_index=False, observed=True)[amounts].sum(min_count=1)


def cash_gaps(flow_months: pd.DataFrame, *, as_of: date, months: int = 24) -> pd.DataFrame:
    r"""Measure how deep and how long each customer's cash gap (资金缺口) is: what a credit line must bridge.

    Answers "how much is missing at the worst moment, and for how many months?"

    .. math:: C_t = \sum_{u \le t} (in_u - out_u), \qquad G = \max_t \Big( \max_{u \le t} C_u - C_t \Big), \quad C_0 = 0

    G is the deepest fall of cumulated net flow below its last height; its length counts the months from that height
    until it is reached again, or until the window ends.

    Parameters
    ----------
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, inflow_yuan, outflow_yuan``. Not modified.
    as_of : date
        The window ends with the last month that is over at this day.
    months : int
        Length of the window; 24 hold two seasons.

    Returns
    -------
    DataFrame
        One row per customer with flows in the window: ``customer_id, flow_months_count, gap_yuan`` (>= 0),
        ``gap_months_count`` (0 when there was no gap), ``gap_is_open`` (true when it has not been refilled).

    Notes
    -----
    Months without a row count as months without flow; a month at the edge of the file that is only partly on it
    (`rhythm.partial_months`) is none. Draw-downs of loans in the inflow hide gaps; drawings of the
    owner in the outflow look like gaps.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2026-03", "2026-04", "2026-05", "2026-06"],
    ...                       "inflow_yuan": [50., 10., 20., 90.], "outflow_yuan": [20., 40., 40., 30.]})
    >>> cash_gaps(flows, as_of=date(2026, 6, 30))[["gap_yuan", "gap_months_count"]].iloc[0].tolist()
    [50.0, 3.0]
    """
    end = pd.Timestamp(last_complete_month_end(as_of)).to_period("M")
    cut = partial_months(flow_months, until=str(end))
    window = [month for back in range(months - 1, -1, -1) if (month := str(end - back)) not in cut]
    recent = flow_months[flow_months["month"].isin(window)]
    net = (recent["inflow_yuan"] - recent["outflow_yuan"]).astype("float64")
    table = net.groupby([recent["customer_id"], recent["month"]], observed=True).sum().unstack(fill_value=0.0)
    table = table.reindex(columns=window, fill_value=0.0)
    depth, length, is_open = _deepest(table.to_numpy())
    counts = recent.groupby("customer_id", observed=True)["month"].nunique()
    found = pd.DataFrame({"customer_id": table.index, "flow_months_count": counts.to_numpy(), "gap_yuan": depth})
    return found.assign(gap_months_count=length, gap_is_open=is_open).astype({"customer_id": "str"})


def _deepest(net: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the deepest fall of each row's running sum: its depth, its months, and whether it is still open."""
    height = np.cumsum(np.c_[np.zeros(len(net)), net], axis=1)
    top = np.maximum.accumulate(height, axis=1)
    fall = top - height
    worst = fall.argmax(axis=1)[:, None]
    depth = np.take_along_axis(fall, worst, axis=1)[:, 0]
    places = np.arange(height.shape[1])
    level = np.take_along_axis(top, worst, axis=1)
    began = np.where((places <= worst) & (height >= level), places, -1).max(axis=1)
    refilled = (places > worst) & (height >= level)
    ended = np.where(refilled.any(axis=1), refilled.argmax(axis=1), height.shape[1] - 1)
    is_open = (depth > 0) & ~refilled.any(axis=1)
    return depth, np.where(depth > 0, ended - began, 0), is_open

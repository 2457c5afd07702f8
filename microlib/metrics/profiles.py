"""What a group's members are like: size, age, staff, income, cash gap, and what evidence they can show (客群画像)."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.needs import measure
from microlib.units import DAYS_PER_YEAR

#: the fifth, the middle and the fourth fifth of the members
QUANTILES = {"p20": 0.2, "p50": 0.5, "p80": 0.8}


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
        Result of `incomes.yearly_incomes`.
    gaps : DataFrame, optional
        Result of `cash_positions.cash_gaps`.
    as_of : date

    Returns
    -------
    DataFrame
        One row per segment and measure, long: ``segment, measure`` (income_yuan, gap_yuan, gap_months_count,
        business_years, employees_count), ``members_count``, ``known_count`` (members with the figure), ``p20, p50,
        p80`` (in the measure's own unit; missing when nobody has it).

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
        measures[1:1] = ["gap_yuan", "gap_months_count"]
    pieces = [_fifths(rows, measure) for measure in measures]
    found = pd.concat(pieces).sort_values("segment", kind="stable")
    return found.reset_index(drop=True)


def _fifths(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    values = rows[measure].astype("float64").groupby(rows["segment"], observed=True)
    columns = {"members_count": values.size(), "known_count": values.count()}
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
        Result of `incomes.yearly_incomes`.

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
    Roster rows count only where they carry a customer number; `populations.roster_matches` finds more.

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "farm"})
    >>> evidence_available(members, pd.DataFrame({"customer_id": ["C1", "C1"]})).to_numpy().tolist()
    [['farm', 'invoices', 2, 1, 0.5]]
    """
    given = {
        "invoices": invoices, "flow_months": flow_months, "core_payables": core_payables, "venue_rosters": venue_rosters
    }  # fmt: skip
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

"""One market or chamber out of the rosters: who of it we know, what keeps its people out, how its stalls do."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.design.outreach.needs import refusal_reasons
from microlib.errors import EmptyBook


def venue_rows(matches: pd.DataFrame, venue_rosters: pd.DataFrame, *, venue_id: str) -> pd.DataFrame:
    """Keep a venue's members, each once: strangers stay without a customer number.

    Parameters
    ----------
    matches : DataFrame
        Result of `metrics.populations.roster_matches`. Not modified.
    venue_rosters : DataFrame[venue_rosters]
    venue_id : str

    Returns
    -------
    DataFrame
        Rows of the roster with the customer that each was matched with.

    Raises
    ------
    EmptyBook
        If the venue has no roster here.
    """
    keys = ["venue_id", "list_source", "member_number"]
    known_as = matches[[*keys, "customer_id"]].drop_duplicates(keys)
    rows = venue_rosters[venue_rosters["venue_id"] == venue_id].drop(columns="customer_id").merge(known_as, on=keys)
    if rows.empty:
        raise EmptyBook(f"there is no roster of {venue_id}", where="venue_rosters", fix="load its list of members")
    known = rows[rows["customer_id"].notna()].drop_duplicates("customer_id")
    strangers = rows[rows["customer_id"].isna()].drop_duplicates("member_number")
    return pd.concat([known, strangers]).sort_index()


def venue_refusals(applications: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Rank why applications of a venue's customers led to nothing; see `needs.refusal_reasons`."""
    return refusal_reasons(applications, customers=members["customer_id"].dropna())


def stall_figures(members: pd.DataFrame, flow_months: pd.DataFrame, site_checks: pd.DataFrame, *, as_of: date,
                  months: int = 12) -> pd.DataFrame:  # fmt: skip
    """Spread what is known of a market's stalls: inflow of a month, rent, rent over inflow, days of stock.

    Parameters
    ----------
    members : DataFrame
        Result of `venue_rows`. Not modified.
    flow_months, site_checks : DataFrame
        Of the branch.
    as_of : date
    months : int
        Months of flows that are averaged.

    Returns
    -------
    DataFrame
        ``stall_figure`` (``inflow, rent, rent_share, stock_days``), ``stalls_count`` (of whom it is known), and
        ``lower, middle, upper``: fifth, half and four fifths.

    Raises
    ------
    EmptyBook
        If nothing is known of any stall.
    """
    since = f"{pd.Timestamp(as_of) - pd.DateOffset(months=months):%Y-%m}"
    recent = flow_months[
        flow_months["customer_id"].isin(members["customer_id"].dropna()) & (flow_months["month"] > since)
    ]
    inflow = recent.groupby(["customer_id", "month"])["inflow_yuan"].sum().groupby("customer_id").mean()
    rent = members.dropna(subset=["customer_id"]).set_index("customer_id")["monthly_rent_yuan"].dropna()
    stock = site_checks[site_checks["customer_id"].isin(members["customer_id"])].groupby("customer_id")
    found = {
        "inflow": inflow, "rent": rent, "rent_share": 100 * (rent / inflow[inflow > 0]).dropna(),
        "stock_days": stock["stock_days_count"].last().dropna(),
    }  # fmt: skip
    known = {name: values for name, values in found.items() if len(values)}
    if not known:
        raise EmptyBook("nothing is known of its stalls", where="flow_months", fix="load flows or visits")
    rows = [(name, len(each), *each.quantile([0.2, 0.5, 0.8])) for name, each in known.items()]
    return pd.DataFrame(rows, columns=["stall_figure", "stalls_count", "lower", "middle", "upper"])

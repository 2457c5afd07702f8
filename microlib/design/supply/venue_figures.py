"""Figures that a market's template asks of a venue: landlord, moving, rights to stalls, card takings, rent."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.metrics.incomes import year_start
from microlib.units import MONTHS_PER_YEAR

COLUMNS = {"source_id": "str", "quantity": "str", "value": "float64", "cases_count": "int64"}
CARDS = ("pos", "wallet")


def roster_figures(venue_rosters: pd.DataFrame) -> pd.DataFrame:
    """Measure each venue's largest landlord and how many tenants are marked as moving, a member counted once.

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
        Uses ``venue_id, kind, uscc_hash, phone_hash, member_number, landlord_hash, is_relocating``. Not modified.

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (landlord_share, relocating_share), ``value, cases_count`` (members with an answer).

    Examples
    --------
    >>> rows = pd.DataFrame({"venue_id": "V1", "kind": "market", "uscc_hash": ["a", "a", "b"], "phone_hash": None,
    ...     "member_number": ["1", "9", "2"], "landlord_hash": ["x", "x", "y"], "is_relocating": [True, True, False]})
    >>> roster_figures(rows)["value"].tolist()
    [0.5, 0.5]
    """
    rows = venue_rosters[venue_rosters["kind"].isin(["market", "street", "park"])]
    member = rows["uscc_hash"].astype(object).fillna(rows["phone_hash"]).fillna(rows["member_number"])
    rows = rows.assign(member=member).drop_duplicates(["venue_id", "member"])
    parts = []
    for venue, each in rows.groupby("venue_id", observed=True):
        landlords, moving = each["landlord_hash"].dropna(), each["is_relocating"].dropna()
        top = landlords.value_counts(normalize=True).max() if len(landlords) else np.nan
        parts += [(venue, "landlord_share", top, len(landlords)),
                  (venue, "relocating_share", moving.mean() if len(moving) else np.nan, len(moving))]  # fmt: skip
    return _frame(parts)


def tenant_figures(
    venue_rosters: pd.DataFrame, flow_months: pd.DataFrame, incomes: pd.DataFrame, *, as_of: date
) -> pd.DataFrame:
    """Measure card and wallet takings and the burden of rent of tenants who are customers.

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
        Uses ``venue_id, kind, customer_id, monthly_rent_yuan``. Not modified.
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, channel, inflow_yuan``; the last twelve months.
    incomes : DataFrame
        Result of `incomes.yearly_incomes`.
    as_of : date

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (card_share, rent_burden_share: median), ``value, cases_count``.
    """
    rows = venue_rosters[
        venue_rosters["kind"].isin(["market", "street", "park"]) & venue_rosters["customer_id"].notna()
    ]
    rows = rows.drop_duplicates(["venue_id", "customer_id"])
    recent = flow_months[flow_months["month"] >= f"{year_start(as_of):%Y-%m}"]
    by_card = recent["inflow_yuan"].where(recent["channel"].isin(CARDS), 0.0)
    flows = pd.DataFrame({"all": recent["inflow_yuan"], "card": by_card})
    flows = flows.groupby(recent["customer_id"], observed=True).sum()
    year = incomes.set_index("customer_id")["income_yuan"]
    parts = []
    for venue, each in rows.groupby("venue_id", observed=True):
        held = flows.reindex(each["customer_id"]).dropna()
        rent = (each["monthly_rent_yuan"] * MONTHS_PER_YEAR / each["customer_id"].map(year)).dropna()
        card = held["card"].sum() / held["all"].sum() if len(held) else np.nan
        parts += [(venue, "card_share", card, len(held)), (venue, "rent_burden_share", rent.median(), len(rent))]
    return _frame(parts)


def stall_figures(
    venue_rosters: pd.DataFrame, loans: pd.DataFrame, collateral_links: pd.DataFrame, collateral: pd.DataFrame
) -> pd.DataFrame:
    """Measure which part of tenants' balances a right to a stall secures.

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (stall_right_share), ``value, cases_count`` (loans with a balance).
    """
    kinds = collateral_links.merge(collateral[["collateral_id", "kind"]], on="collateral_id")
    secured = set(kinds.loc[kinds["kind"] == "stall_right", "loan_id"])
    rows = venue_rosters[
        venue_rosters["kind"].isin(["market", "street", "park"]) & venue_rosters["customer_id"].notna()
    ]
    rows = rows.drop_duplicates(["venue_id", "customer_id"])[["venue_id", "customer_id"]]
    live = rows.merge(
        loans.loc[loans["balance_yuan"] > 0, ["loan_id", "customer_id", "balance_yuan"]], on="customer_id"
    )
    live["stall"] = live["balance_yuan"].where(live["loan_id"].isin(secured), 0.0)
    parts = [
        (venue, "stall_right_share", each["stall"].sum() / each["balance_yuan"].sum(), len(each))
        for venue, each in live.groupby("venue_id", observed=True)
    ]
    return _frame(parts)


def _frame(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)

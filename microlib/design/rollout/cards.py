"""A manager's month on cards: whom to contact first, with what benefit, on which street (拜访名单与卡片)."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.prospects.contact_rules import MAY_CONTACT


def signal_grid(ruled: pd.DataFrame) -> pd.DataFrame:
    """Count prospects by sign of need and by whether they may be contacted.

    Parameters
    ----------
    ruled : DataFrame
        Result of `metrics.prospects.contact_rules.contact_rules` on signals. Not modified.

    Returns
    -------
    DataFrame
        ``signal, customers_count, may_contact_count, signal_yuan`` (middle of those who may be contacted)
    """
    may = ruled["contact"] == MAY_CONTACT
    groups = ruled.assign(may=may, told=ruled["signal_yuan"].where(may)).groupby("signal")
    found = pd.DataFrame({
        "customers_count": groups["customer_id"].nunique(), "may_contact_count": groups["may"].sum().astype("int64"),
        "signal_yuan": groups["told"].median(),
    })  # fmt: skip
    return found.sort_values("may_contact_count", ascending=False).reset_index()


def work_list(ruled: pd.DataFrame, rms: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Give each manager at most so many prospects: those with most signs first, then the larger sums.

    Parameters
    ----------
    ruled : DataFrame
        ``customer_id, rm_id, signal, signal_yuan, contact``. Not modified.
    rms : DataFrame[rms]
        ``rm_id, end_date``: managers who have left get none; their customers wait for a new one.
    most : int
        Prospects per manager.

    Returns
    -------
    DataFrame
        ``rm_id, customer_id, signal`` (the largest), ``signals_count, signal_yuan``, by manager

    Raises
    ------
    EmptyBook
        If nobody may be contacted.

    Examples
    --------
    >>> ruled = pd.DataFrame({"customer_id": ["C1", "C2", "C2"], "rm_id": "R1", "signal": ["a", "a", "b"],
    ...                       "signal_yuan": [9.0, 5.0, 4.0], "contact": "may_be_contacted"})
    >>> work_list(ruled, pd.DataFrame({"rm_id": ["R1"], "end_date": [None]}), most=1).customer_id.to_list()
    ['C2']
    """
    here = rms.loc[rms["end_date"].isna(), "rm_id"]
    held = ruled[(ruled["contact"] == MAY_CONTACT) & ruled["rm_id"].isin(here)]
    if held.empty:
        raise EmptyBook("nobody may be contacted", where="customers", fix="record consents and managers")
    counts = held.groupby("customer_id")["signal"].transform("nunique")
    order = held.assign(signals_count=counts).sort_values(
        ["signals_count", "signal_yuan", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    first = order.drop_duplicates("customer_id")
    chosen = first[first.groupby("rm_id").cumcount() < most]
    columns = ["rm_id", "customer_id", "signal", "signals_count", "signal_yuan"]
    return chosen.sort_values("rm_id", kind="stable")[columns].reset_index(drop=True)


def route_list(listed: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Gather the list by place, so that a manager walks one market or district at a time.

    Parameters
    ----------
    listed : DataFrame
        Result of `work_list`. Not modified.
    customers : DataFrame[customers]
        ``customer_id, venue_id, region_code``.

    Returns
    -------
    DataFrame
        ``rm_id, venue_id`` (missing outside markets), ``region_code, customers_count``, for each manager the place with
        most prospects first
    """
    known = listed.merge(customers[["customer_id", "venue_id", "region_code"]], on="customer_id", how="left")
    places = known.fillna({"venue_id": "", "region_code": ""}).groupby(["rm_id", "venue_id", "region_code"])
    found = places.size().rename("customers_count").reset_index()
    found = found.sort_values(["rm_id", "customers_count"], ascending=[True, False], kind="stable")
    return found.assign(venue_id=found["venue_id"].replace("", None)).reset_index(drop=True)


def benefit_cards(listed: pd.DataFrame, benefits: pd.DataFrame) -> pd.DataFrame:
    """Put beside each prospect the one benefit that may be named; where none was computed, none is.

    Parameters
    ----------
    listed : DataFrame
        Result of `work_list`. Not modified.
    benefits : DataFrame
        Result of `benefits.customer_benefits`.

    Returns
    -------
    DataFrame
        Columns of `listed` with ``benefit, product_id, base_yuan, used_months, benefit_yuan``, largest benefit first
    """
    found = listed.merge(benefits, on="customer_id", how="left")
    return found.sort_values("benefit_yuan", ascending=False, kind="stable", na_position="last").reset_index(drop=True)

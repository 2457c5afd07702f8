"""More sources on which many borrowers may hang: a landlord, a channel, a season; rows as in `sources`."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.metrics.sources import KEYS, MEMBERS, PREMISES
from microlib.units import MONTHS_PER_YEAR

#: months of one season, and the most that a season's start can be moved
SEASON_MONTHS = 3
#: seasons that differ by no more are equal, and the first of the year is named
ROUNDING = 1e-9
#: fewer months of flows than this show no season
LEAST_MONTHS = 24


def further_members(
    loans: pd.DataFrame,
    venue_rosters: pd.DataFrame | None = None,
    flow_months: pd.DataFrame | None = None,
    *,
    as_of: date,
) -> pd.DataFrame:
    r"""List which borrower hangs on which landlord, channel and season.

    Answers "what if this landlord ends the leases, this channel closes, this season fails?" For a season, the three
    months in a row (calendar months) with the largest part of the inflow of the last 24 months:

    .. math:: s_c = \max_m \frac{\sum_{t:\, \text{month}(t) \in \{m, m+1, m+2\}} y_{ct}}{\sum_t y_{ct}}

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan, channel``. Not modified.
    venue_rosters : DataFrame[venue_rosters], optional
        Uses ``customer_id, kind, landlord_hash``; only markets, parks and streets.
    flow_months : DataFrame[flow_months], optional
        Uses ``customer_id, month, inflow_yuan``; customers with 24 months of the last 24.
    as_of : date
        The 24 months end with this date's month.

    Returns
    -------
    DataFrame
        Columns of `sources.source_members`: ``source_kind`` (landlord, channel, season), ``source_id`` (hash, channel,
        or months such as ``10-12``), ``customer_id, income_share, share_basis`` (premises, channel, flows) and
        ``balance_yuan``. A landlord's share is 1: all takings happen there. A channel's is missing: it brings
        customers, not income, so its borrowers are counted as unknown. `sources.loss_if_stopped` takes a season as
        lost for the year.

    Notes
    -----
    Three months of an even year hold a quarter of the income; the largest three months of a short and noisy record
    hold more by chance alone. A landlord who is one of several in a venue hangs on the venue too: do not add them up.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [2e5], "channel": ["agent_7"]})
    >>> further_members(loans, as_of=date(2026, 6, 30))[["source_kind", "source_id"]].to_numpy().tolist()
    [['channel', 'agent_7']]
    """
    live = loans[loans["balance_yuan"] > 0]
    pieces = [_landlords(venue_rosters), _channels(live), _seasons(flow_months, as_of)]
    held = [piece for piece in pieces if len(piece)]
    members = pd.concat(held) if held else pd.DataFrame(columns=list(MEMBERS))
    balance = live["balance_yuan"].astype("float64").groupby(live["customer_id"], observed=True).sum()
    members = members.assign(balance_yuan=members["customer_id"].map(balance).astype("float64"))
    members = members[members["balance_yuan"] > 0].sort_values([*KEYS, "customer_id"])
    return members[list(MEMBERS)].astype(MEMBERS).reset_index(drop=True)


def _landlords(venue_rosters: pd.DataFrame | None) -> pd.DataFrame:
    if venue_rosters is None:
        return pd.DataFrame(columns=list(MEMBERS))
    rows = venue_rosters[venue_rosters["kind"].isin(PREMISES)][["customer_id", "landlord_hash"]].dropna()
    rows = rows.drop_duplicates().rename(columns={"landlord_hash": "source_id"})
    return rows.assign(source_kind="landlord", income_share=1.0, share_basis="premises")


def _channels(live: pd.DataFrame) -> pd.DataFrame:
    if "channel" not in live:
        return pd.DataFrame(columns=list(MEMBERS))
    rows = live[["customer_id", "channel"]].dropna().drop_duplicates().rename(columns={"channel": "source_id"})
    return rows.assign(source_kind="channel", income_share=np.nan, share_basis="channel")


def _seasons(flow_months: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    """Return each customer's three strongest months in a row, December and January being neighbours."""
    if flow_months is None or not len(flow_months):
        return pd.DataFrame(columns=list(MEMBERS))
    end = pd.Period(as_of, "M")
    first = str(end - LEAST_MONTHS + 1)
    recent = flow_months[(flow_months["month"] >= first) & (flow_months["month"] <= str(end))]
    monthly = recent.groupby(["customer_id", "month"], observed=True)["inflow_yuan"].sum().reset_index()
    seen = monthly.groupby("customer_id", observed=True)["month"].transform("size")
    monthly = monthly[seen == LEAST_MONTHS]
    calendar = monthly["month"].str[5:].astype("int64").rename("calendar")
    year = monthly.groupby(["customer_id", calendar], observed=True)["inflow_yuan"].sum().unstack()
    year = year[year.sum(axis=1) > 0]
    if year.empty:
        return pd.DataFrame(columns=list(MEMBERS))
    amounts = year.to_numpy("float64")
    windows = sum(np.roll(amounts, -shift, axis=1) for shift in range(SEASON_MONTHS))
    start = (windows >= windows.max(axis=1, keepdims=True) * (1 - ROUNDING)).argmax(axis=1)
    share = windows[np.arange(len(start)), start] / amounts.sum(axis=1)
    last = (start + SEASON_MONTHS - 1) % MONTHS_PER_YEAR + 1
    names = [f"{one + 1:02d}-{two:02d}" for one, two in zip(start, last, strict=True)]
    rows = {"customer_id": year.index, "source_id": names, "income_share": share}
    return pd.DataFrame({**rows, "source_kind": "season", "share_basis": "flows"})

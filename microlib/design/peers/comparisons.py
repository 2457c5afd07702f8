"""The comparison matrix: every offer under every pattern of use, who is beaten outright, what we may claim."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd

from microlib.design.peers.offers import Offer
from microlib.design.peers.usages import Usage, use_cost

#: what is compared, and on which side the better lies
BETTER = {"used_rate": -1, "covered_share": 1, "fees_yuan": -1, "max_amount_yuan": 1, "max_term_months": 1,
          "approval_days": -1, "needs_security": -1}  # fmt: skip
COSTS = ["interest_yuan", "fees_yuan", "cost_yuan", "used_rate", "covered_share", "apr_rate"]
HEAD = ["usage", "offer_id", "lender", "is_own", "is_synthetic", "seen_date", "source", "amount_yuan", "is_available",
        "refused_by"]  # fmt: skip
TAIL = ["max_amount_yuan", "max_term_months", "approval_days", "needs_security"]
SLACK = 1e-9


def compare_offers(offers: tuple[Offer, ...], usages: tuple[Usage, ...], *, amount_yuan: float) -> pd.DataFrame:
    """Lay every offer beside the others under every pattern of use, for one amount.

    Answers "for whom are we cheaper, and for whom is the shop next door?"

    Parameters
    ----------
    offers : tuple of Offer
        Ours and peers'.
    usages : tuple of Usage
        Patterns of use.
    amount_yuan : float
        What the borrower needs, > 0.

    Returns
    -------
    DataFrame
        One row per usage and offer, in the order given

        - ``usage, offer_id, lender, is_own, is_synthetic, seen_date, source, amount_yuan``
        - ``is_available``; ``refused_by``: ``amount`` or ``term`` where the offer cannot serve the use, else empty
        - ``interest_yuan, fees_yuan, cost_yuan, used_rate, covered_share, apr_rate`` as `usages.use_cost`; missing
          where the offer is not available
        - ``max_amount_yuan, max_term_months, approval_days, needs_security``
    """
    rows = [_row(offer, usage, amount_yuan) for usage in usages for offer in offers]
    frame = pd.DataFrame(rows, columns=[*HEAD, *COSTS, *TAIL])
    numbers = [*COSTS, "max_amount_yuan", "max_term_months", "approval_days"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def cost_matrix(matrix: pd.DataFrame) -> pd.DataFrame:
    """Lay the yearly cost of money really used out with one row per offer and one column per pattern of use.

    Parameters
    ----------
    matrix : DataFrame
        Result of `compare_offers`. Not modified.

    Returns
    -------
    DataFrame
        ``offer_id, lender, is_own, is_synthetic, seen_date``, then ``<usage>_rate`` for each usage, missing where the
        offer cannot serve it; ours first.
    """
    head = ["offer_id", "lender", "is_own", "is_synthetic", "seen_date"]
    offers = matrix.drop_duplicates("offer_id")[head].reset_index(drop=True)
    usages = list(dict.fromkeys(matrix["usage"]))
    rates = matrix.pivot(index="offer_id", columns="usage", values="used_rate")
    return offers.assign(**{f"{usage}_rate": offers["offer_id"].map(rates[usage]) for usage in usages})


def dominated_offers(matrix: pd.DataFrame) -> pd.DataFrame:
    """Find the offers that another beats outright under a pattern of use.

    Parameters
    ----------
    matrix : DataFrame
        Result of `compare_offers`. Not modified.

    Returns
    -------
    DataFrame
        One row per pair: ``usage, offer_id`` (better), ``beats_id``, ``better_in`` (codes, with blanks between),
        ``better_count``. The better is worse in nothing and better in something; a figure that either side does not
        show rules the pair out.
    """
    rows = []
    for usage, group in matrix[matrix["is_available"]].groupby("usage", sort=False):
        for first, second in permutations(group.to_dict("records"), 2):
            gains = _gains(first, second)
            if gains and min(gains.values()) >= -SLACK and max(gains.values()) > SLACK:
                better = [name for name, gain in gains.items() if gain > SLACK]
                rows.append((usage, first["offer_id"], second["offer_id"], " ".join(better), len(better)))
    return pd.DataFrame(rows, columns=["usage", "offer_id", "beats_id", "better_in", "better_count"])


def selling_points(matrix: pd.DataFrame) -> pd.DataFrame:
    """Say where our product is better than every peer that could serve the same use, and only there.

    Answers "what may the leaflet say?" What is not in this table with ``is_allowed`` may not be called a selling point.

    Parameters
    ----------
    matrix : DataFrame
        Result of `compare_offers`. Not modified.

    Returns
    -------
    DataFrame
        One row per usage and property

        - ``usage, measure, own_value, best_peer_value, best_peer_id, peers_count``; ``advantage_value`` (> 0 where
          ours is better)
        - ``finding``: ``best``, ``tied``, ``behind``, ``unknown`` (a peer does not show it), ``alone`` (no peer serves
          this use), ``not_offered``
        - ``is_allowed``: best among real peers; with synthetic ones it is an illustration and may not be claimed
    """
    rows = []
    for usage, group in matrix.groupby("usage", sort=False):
        own = group[group["is_own"]].iloc[0]
        peers = group[~group["is_own"] & group["is_available"]]
        rows += [(usage, measure, *_claim(own, peers, measure)) for measure in BETTER]
    columns = ["usage", "measure", "own_value", "best_peer_value", "best_peer_id", "peers_count", "advantage_value",
               "finding", "is_allowed"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _row(offer: Offer, usage: Usage, amount_yuan: float) -> tuple:
    shortest, longest = offer.months
    is_short = not shortest <= usage.term_months <= longest
    refused = "amount" if amount_yuan > offer.max_amount_yuan else "term" if is_short else ""
    found = {} if refused else use_cost(offer, usage, amount_yuan=amount_yuan)
    return (
        usage.code, offer.offer_id, offer.lender, offer.is_own, offer.is_synthetic, offer.seen_date, offer.source,
        float(amount_yuan), not refused, refused, *(found.get(name, np.nan) for name in COSTS), offer.max_amount_yuan,
        float(longest), offer.approval_days, offer.needs_security,
    )  # fmt: skip


def _gains(first: dict, second: dict) -> dict[str, float]:
    """Return by how much the first is better in each property; nothing where any is not shown."""
    gains = {name: side * (float(first[name]) - float(second[name])) for name, side in BETTER.items()
             if not (pd.isna(first[name]) and pd.isna(second[name]))}  # fmt: skip
    return {} if any(np.isnan(gain) for gain in gains.values()) else gains


def _claim(own: pd.Series, peers: pd.DataFrame, measure: str) -> tuple:
    side, value = BETTER[measure], own[measure]
    if not own["is_available"]:
        return (np.nan, np.nan, "", len(peers), np.nan, "not_offered", False)
    if peers.empty:
        return (float(value), np.nan, "", 0, np.nan, "alone", False)
    if pd.isna(value) or peers[measure].isna().any():
        return (float(value) if not pd.isna(value) else np.nan, np.nan, "", len(peers), np.nan, "unknown", False)
    best = (peers[measure].astype("float64") * side).idxmax()
    gain = side * (float(value) - float(peers.loc[best, measure]))
    finding = "best" if gain > SLACK else "tied" if gain > -SLACK else "behind"
    is_allowed = finding == "best" and not peers["is_synthetic"].any()
    return (float(value), float(peers.loc[best, measure]), peers.loc[best, "offer_id"], len(peers), gain, finding,
            bool(is_allowed))  # fmt: skip

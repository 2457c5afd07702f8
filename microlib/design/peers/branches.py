"""Our product beside peers' in one home: what is read, and what comes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from microlib.design import dated_files
from microlib.design.peers import comparisons, offers, usages


def peer_results(
    home: dated_files.Place, *, product: Any, amount_yuan: float, as_of: date, approval_days: float | None = None
) -> dict[str, Any]:
    """Compare a product with what was seen of peers' products, where the home holds any.

    Returns
    -------
    dict of DataFrame
        ``comparison`` (`comparisons.compare_offers`), ``cost_matrix, dominated`` and ``selling_points``; empty without
        peers.

    Raises
    ------
    BadData
        If a peer's row lacks source or date seen.
    """
    folder = dated_files.home_at(home).config("peers")
    if not folder.has("peers.csv"):
        return {}
    seen = offers.peers_known(folder / "peers.csv", as_of=as_of)
    if seen.empty:
        return {}
    ours = offers.own_offer(product, as_of=as_of, approval_days=approval_days)
    uses = usages.read_usages(folder / "usages.toml")
    whole = (ours, *offers.peer_offers(seen, segments=product.segments))
    matrix = comparisons.compare_offers(whole, uses, amount_yuan=amount_yuan)
    return {
        "comparison": matrix,
        "cost_matrix": comparisons.cost_matrix(matrix),
        "dominated": comparisons.dominated_offers(matrix),
        "selling_points": comparisons.selling_points(matrix),
    }


def peer_titles(home: dated_files.Place, *, as_of: date) -> dict[str, dict[str, str]]:
    """Return what each peer's offer is called, its number with its own name; nothing where the home holds no peers."""
    folder = dated_files.home_at(home).config("peers")
    if not folder.has("peers.csv"):
        return {}
    rows = offers.peers_known(folder / "peers.csv", as_of=as_of)
    titles = [f"{key} {name}" for key, name in zip(rows["offer_id"], rows["name"], strict=True)]
    return {key: {"zh": title, "en": title} for key, title in zip(rows["offer_id"], titles, strict=True)}


def usage_titles(home: dated_files.Place) -> dict[str, dict[str, str]]:
    """Return the words of each pattern of use, under its code and under the column of its rate.

    Examples
    --------
    >>> usage_titles(".")["five_months_rate"]["zh"]
    '一年用五个月'
    """
    folder = dated_files.home_at(home).config("peers")
    if not folder.has("usages.toml"):
        return {}
    said = {each.code: {"zh": each.said.zh, "en": each.said.en} for each in usages.read_usages(folder / "usages.toml")}
    return said | {f"{code}_rate": text for code, text in said.items()}


def peer_gap(found: dict[str, Any]) -> dict[str, float]:
    """Return by how much our yearly cost of a whole year's use lies above the cheapest real peer's.

    Synthetic peers tell nothing about the market: with them alone the figure is left out.

    Parameters
    ----------
    found : dict
        Result of `peer_results`.

    Examples
    --------
    >>> peer_gap({})
    {}
    """
    if "comparison" not in found:
        return {}
    whole = found["comparison"]
    rows = whole[(whole["usage"] == "whole_year") & whole["is_available"]]
    peers = rows.loc[~rows["is_own"] & ~rows["is_synthetic"], "used_rate"]
    own = rows.loc[rows["is_own"], "used_rate"]
    return {"peer_gap_rate": float(own.iloc[0] - peers.min())} if len(peers) and len(own) else {}

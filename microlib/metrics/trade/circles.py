"""Invoices that come back (对开, 环开): mutual invoicing and rings of up to four firms."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from microlib.errors import BadData

#: firms of the longest ring looked for
LONGEST = 4
DATES = ["first_date", "last_date"]
COLUMNS = [
    *["firms", "firms_count", "circulated_yuan", "gross_yuan", "circular_share"],
    *["first_date", "last_date", "state"],
]


def invoice_edges(invoices: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Add the invoices of all books up to who sold how much to whom.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, counterparty_hash, gross_yuan, issued_date``. Not modified.
    customers : DataFrame[customers]
        Uses ``customer_id, uscc_hash``: names the customer behind a counterparty. A code that two customers share
        names nobody. Not modified.

    Returns
    -------
    DataFrame
        One row per seller and buyer with a positive total, by both: ``seller, buyer`` (customer number, or the hash
        of a firm that is no customer), ``gross_yuan`` (valid, returns deducted), ``invoices_count, first_date,
        last_date``. A trade that stands in both firms' books is counted once: the larger of the two views.

    Examples
    --------
    >>> invoices = pd.DataFrame({"customer_id": ["C1", "C2"], "side": ["sale", "purchase"], "status": "valid",
    ...     "counterparty_hash": ["h2", "h1"], "gross_yuan": [90.0, 90.0], "issued_date": pd.Timestamp("2026-01-05")})
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "uscc_hash": ["h1", "h2"]})
    >>> invoice_edges(invoices, customers)[["seller", "buyer", "gross_yuan"]].values.tolist()
    [['C1', 'C2', 90.0]]
    """
    valid = invoices[invoices["status"] == "valid"]
    sole = customers[customers["uscc_hash"].notna()].drop_duplicates("uscc_hash", keep=False)
    named = valid["counterparty_hash"].map(sole.set_index("uscc_hash")["customer_id"]).astype(object)
    other, own = named.fillna(valid["counterparty_hash"]), valid["customer_id"].astype(object)
    sold = valid["side"] == "sale"
    rows = valid.assign(seller=own.where(sold, other), buyer=other.where(sold, own))
    views = rows.groupby(["seller", "buyer", "side"], as_index=False, observed=True).agg(
        gross_yuan=("gross_yuan", "sum"), invoices_count=("gross_yuan", "size"),
        first_date=("issued_date", "min"), last_date=("issued_date", "max"),
    )  # fmt: skip
    views = views[(views["gross_yuan"] > 0) & (views["seller"] != views["buyer"])]
    largest = views.sort_values(["gross_yuan", "side"], ascending=[False, True], kind="stable")
    once = largest.drop_duplicates(["seller", "buyer"]).sort_values(["seller", "buyer"])
    return once.drop(columns="side").reset_index(drop=True)


def invoice_circles(edges: pd.DataFrame, *, longest: int = LONGEST, least_yuan: float = 0.0) -> pd.DataFrame:
    r"""Find rings of two to four firms in which invoices run in a circle, and how much of them only circulates.

    Answers "does this trade come back to where it began?" For a ring with amounts :math:`w_1 \dots w_L`:

    .. math:: c = \frac{L \min_k w_k}{\sum_k w_k}, \qquad L = 2:\; c = 1 - \frac{|w_1 - w_2|}{w_1 + w_2}

    c is near 1 when as much goes round as comes back, near 0 when one sale happens to have a small counterpart.

    Parameters
    ----------
    edges : DataFrame
        Result of `invoice_edges`: ``seller, buyer, gross_yuan, first_date, last_date``. Not modified.
    longest : int
        Firms of the longest ring, 2 .. 4.
    least_yuan : float
        Edges below it are left out (yuan).

    Returns
    -------
    DataFrame
        One row per ring, most circular first: ``firms`` (``A>B>C``, from the first in order, back to it at the end),
        ``firms_count`` (2 mutual, 3 or 4 a ring), ``circulated_yuan`` (the smallest amount of the ring),
        ``gross_yuan`` (all of it), ``circular_share`` (0 .. 1), ``first_date, last_date`` (of all its edges),
        ``state`` (always ``pending``: 待核). Empty when there is none.

    Raises
    ------
    BadData
        If `longest` is not 2, 3 or 4, or an amount is missing, infinite or not above zero.

    Notes
    -----
    Usual innocent reasons: processing on the customer's material, returns invoiced as sales, two firms of one
    industry that help each other out, a wholesaler that buys back. A ring that passes through a firm whose book is
    not on file is seen only where both its neighbours show theirs. Every ring within a ring is listed too.

    Examples
    --------
    >>> edges = pd.DataFrame({"seller": ["A", "B", "C", "B"], "buyer": ["B", "C", "A", "A"], "gross_yuan": [100.0,
    ...     100.0, 90.0, 10.0], "first_date": pd.Timestamp("2026-01-01"), "last_date": pd.Timestamp("2026-02-01")})
    >>> invoice_circles(edges)[["firms", "circular_share"]].round(3).values.tolist()
    [['A>B>C', 0.931], ['A>B', 0.182]]
    """
    amounts = edges["gross_yuan"].to_numpy(float)
    if longest not in range(2, LONGEST + 1) or not (np.isfinite(amounts) & (amounts > 0)).all():
        raise BadData("rings have two to four firms, and edges amounts above zero", fix="take edges of invoice_edges")
    kept = edges[amounts >= least_yuan]
    names, codes = np.unique(np.r_[kept["seller"].astype(str), kept["buyer"].astype(str)], return_inverse=True)
    links = _returning(pd.DataFrame({"start": codes[: len(kept)], "end": codes[len(kept) :], "edge": kept.index}))
    rings = [ring for ring in _rings(links, longest) if len(ring[0])]
    tables = [_described(kept, names, firms, trades) for firms, trades in rings]
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
    order = ["circular_share", "circulated_yuan", "firms"]
    return found.sort_values(order, ascending=[False, False, True], ignore_index=True)[COLUMNS]


def circle_indicators(circles: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """Turn rings into one row per firm of the edges, for a back-test.

    Parameters
    ----------
    circles, edges : DataFrame
        Results of `invoice_circles` and `invoice_edges`. Not modified.

    Returns
    -------
    DataFrame
        ``customer_id`` (every seller or buyer, by it), ``circles_count``, ``largest_circular_share`` (0 without a
        ring), ``circulated_share`` (largest circulated amount over its sales; 0 without a ring or without sales).

    Examples
    --------
    >>> edges = pd.DataFrame({"seller": ["A", "B"], "buyer": ["B", "A"], "gross_yuan": [100.0, 80.0],
    ...     "first_date": pd.Timestamp("2026-01-01"), "last_date": pd.Timestamp("2026-02-01")})
    >>> circle_indicators(invoice_circles(edges), edges)[["customer_id", "circulated_share"]].values.tolist()
    [['A', 0.8], ['B', 1.0]]
    """
    members = circles.assign(customer_id=circles["firms"].str.split(">")).explode("customer_id").groupby("customer_id")
    who = pd.unique(pd.concat([edges["seller"], edges["buyer"]]))
    found = pd.DataFrame({"customer_id": np.sort(who.astype(object))}).astype("str")
    sold = found["customer_id"].map(edges.groupby("seller")["gross_yuan"].sum()).astype(float)
    circulated = found["customer_id"].map(members["circulated_yuan"].max()).astype(float)
    return found.assign(
        circles_count=found["customer_id"].map(members.size()).fillna(0).astype("int64"),
        largest_circular_share=found["customer_id"].map(members["circular_share"].max()).astype(float).fillna(0.0),
        circulated_share=(circulated / sold).fillna(0.0),
    )


def _returning(links: pd.DataFrame) -> pd.DataFrame:
    """Links inside a strongly connected part: no other can be on a ring."""
    if links.empty:
        return links
    size = int(links[["start", "end"]].to_numpy().max()) + 1
    graph = coo_matrix((np.ones(len(links)), (links["start"], links["end"])), shape=(size, size))
    _, part = connected_components(graph, directed=True, connection="strong")
    return links[part[links["start"]] == part[links["end"]]]


def _rings(links: pd.DataFrame, longest: int):
    """Yield, by length, the firms and the edges of every ring, each from its smallest firm."""
    paths = links[links["end"] > links["start"]].set_axis(["f0", "f1", "e0"], axis=1)
    for length in range(2, longest + 1):
        last, first = f"f{length - 1}", "f0"
        back = links.set_axis([last, first, f"e{length - 1}"], axis=1)
        closed = paths.merge(back, on=[last, first])
        yield closed.filter(like="f").to_numpy(), closed.filter(like="e").to_numpy()
        step = links.set_axis([last, f"f{length}", f"e{length - 1}"], axis=1)
        paths = paths.merge(step, on=last)
        new = paths[f"f{length}"].to_numpy()[:, None]
        seen = paths[[f"f{place}" for place in range(1, length)]].to_numpy()
        paths = paths[(new[:, 0] > paths["f0"].to_numpy()) & (new != seen).all(axis=1)]


def _described(edges: pd.DataFrame, names: np.ndarray, firms: np.ndarray, trades: np.ndarray) -> pd.DataFrame:
    amount = edges["gross_yuan"].loc[trades.ravel()].to_numpy(float).reshape(trades.shape)
    first, last = (edges[name].loc[trades.ravel()].to_numpy().reshape(trades.shape) for name in DATES)
    length = firms.shape[1]
    return pd.DataFrame({
        "firms": [">".join(ring) for ring in names[firms]],
        "firms_count": length,
        "circulated_yuan": amount.min(axis=1),
        "gross_yuan": amount.sum(axis=1),
        "circular_share": length * amount.min(axis=1) / amount.sum(axis=1),
        "first_date": first.min(axis=1),
        "last_date": last.max(axis=1),
        "state": "pending",
    })  # fmt: skip

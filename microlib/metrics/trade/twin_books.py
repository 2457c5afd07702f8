"""Invoices that stand in the books of two firms (发票高度雷同，待核): a question to ask, not an answer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.metrics.intervals import rate_interval

#: what one invoice has in common when it stands in two books: its number may differ, these do not
SAME = ["side", "issued_date", "counterparty_hash", "fen"]
#: an invoice that more books than this hold alike is a fee or a fare, not a twin
CROWD = 20
COLUMNS = [
    *["customer_id_a", "customer_id_b", "side", "shared_count", "invoices_count_a", "invoices_count_b"],
    *["shared_share", "shared_low", "shared_high", "shared_yuan", "same_number_count"],
    *["first_date", "last_date", "state"],
]


def twin_books(invoices: pd.DataFrame, *, least_share: float = 0.5, least_count: int = 10) -> pd.DataFrame:
    r"""Find pairs of firms whose books hold the same invoices: same side, day, counterparty and amount to the fen.

    Answers "is one firm's trade shown to us twice?"

    .. math::

        s_{ab} = \frac{\sum_k \min(n_{ak}, n_{bk})}{\min(n_a, n_b)}

    where :math:`n_{ak}` is how often firm a's book holds invoice k and :math:`n_a` the length of its book. A pair is
    listed when at least `least_count` are shared and the lower end of the range of :math:`s` reaches `least_share`.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, invoice_number, issued_date, counterparty_hash, net_yuan``. Not modified.
    least_share : float
        Part of the smaller book (fraction) that must agree.
    least_count : int
        Invoices that must agree.

    Returns
    -------
    DataFrame
        One row per pair and side, most shared first: ``customer_id_a < customer_id_b, side, shared_count,
        invoices_count_a, invoices_count_b``, ``shared_share, shared_low, shared_high`` (of the smaller book;
        Jeffreys, 95 %), ``shared_yuan`` (net, of a's rows), ``same_number_count`` (shared with the same number too),
        ``first_date, last_date`` of what is shared, ``state`` (always ``pending``: 待核). Empty when there is none.

    Notes
    -----
    The wording is 「发票高度雷同，待核」. Usual innocent reasons, to be checked first: one file loaded under two
    customer numbers, an owner and the own company who share one book, a firm that changed its legal form, an agent
    who files for both. Invoices that more than 20 books hold alike (fees, fares) are left aside. A copy with changed
    dates or amounts is not found.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=12)
    >>> book = pd.DataFrame({"side": "sale", "invoice_number": [str(i) for i in range(12)], "issued_date": days,
    ...                      "counterparty_hash": "x", "net_yuan": [100.0 + i for i in range(12)]})
    >>> both = pd.concat([book.assign(customer_id="C1"), book.assign(customer_id="C2")])
    >>> twin_books(both)[["customer_id_a", "customer_id_b", "shared_share", "state"]].to_numpy().tolist()
    [['C1', 'C2', 1.0, 'pending']]
    """
    rows = _keyed(invoices)
    pairs = _shared(rows)
    lengths = rows.groupby(["customer_id", "side"], observed=True)["times"].sum()
    for end in ("a", "b"):
        books = pd.MultiIndex.from_frame(pairs[[f"customer_id_{end}", "side"]])
        pairs[f"invoices_count_{end}"] = lengths.reindex(books).to_numpy(np.int64)
    smaller = np.minimum(pairs["invoices_count_a"], pairs["invoices_count_b"])
    rates = rate_interval(pairs["shared_count"], smaller)[["rate", "low", "high"]]
    found = pairs.assign(shared_share=rates["rate"], shared_low=rates["low"], shared_high=rates["high"])
    found = found[(found["shared_count"] >= least_count) & (found["shared_low"] >= least_share)]
    order = ["shared_share", "shared_count", "customer_id_a", "customer_id_b"]
    ranked = found.sort_values(order, ascending=[False, False, True, True], kind="stable")
    return ranked.assign(state="pending")[COLUMNS].reset_index(drop=True)


def twin_indicators(twins: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """Turn pairs into one row per firm with invoices, for a back-test.

    Parameters
    ----------
    twins : DataFrame
        Result of `twin_books`. Not modified.
    invoices : DataFrame[invoices]

    Returns
    -------
    DataFrame
        ``customer_id``, ``twins_count`` (other firms), ``twin_shared_share`` (the largest, 0 without a twin).

    Examples
    --------
    >>> twins = pd.DataFrame({"customer_id_a": ["C1"], "customer_id_b": ["C2"], "shared_share": [0.9]})
    >>> twin_indicators(twins, pd.DataFrame({"customer_id": ["C1", "C2", "C3"]}))["twins_count"].tolist()
    [1, 1, 0]
    """
    ends = ["customer_id_a", "customer_id_b"]
    sides = [twins.set_axis([{one: "customer_id", two: "other"}.get(name, name) for name in twins.columns], axis=1)
             for one, two in (ends, ends[::-1])]  # fmt: skip
    both = pd.concat(sides).groupby("customer_id")
    found = pd.DataFrame({"customer_id": np.sort(invoices["customer_id"].unique().astype(object))}).astype("str")
    found["twins_count"] = found["customer_id"].map(both["other"].nunique()).fillna(0).astype("int64")
    found["twin_shared_share"] = found["customer_id"].map(both["shared_share"].max()).fillna(0.0)
    return found


def _keyed(invoices: pd.DataFrame) -> pd.DataFrame:
    """One row per book and invoice, with how often it stands there."""
    names = ["customer_id", "side", "issued_date", "counterparty_hash", "net_yuan", "invoice_number"]
    rows = invoices[names].assign(fen=(invoices["net_yuan"] * 100).round().astype("int64"))
    rows["invoice"] = rows.groupby(SAME, sort=False, observed=True).ngroup()
    keys = ["customer_id", "side", "invoice"]
    once = rows.drop_duplicates(keys).set_index(keys)
    once["times"] = rows.groupby(keys, observed=True).size()
    return once.reset_index()


def _shared(rows: pd.DataFrame) -> pd.DataFrame:
    """Every pair of books with an invoice in common, what they share added up."""
    held = rows.groupby("invoice")["customer_id"].transform("size")
    kept = rows[held.between(2, CROWD)]
    both = kept.merge(kept, on=["side", "invoice"], suffixes=("_a", "_b"))
    both = both[both["customer_id_a"] < both["customer_id_b"]]
    both = both.assign(shared=np.minimum(both["times_a"], both["times_b"]))
    both["same"] = both["shared"].where(both["invoice_number_a"] == both["invoice_number_b"], 0)
    both["yuan"] = both["shared"] * both["net_yuan_a"]
    return both.groupby(["customer_id_a", "customer_id_b", "side"], as_index=False, observed=True).agg(
        shared_count=("shared", "sum"), shared_yuan=("yuan", "sum"), same_number_count=("same", "sum"),
        first_date=("issued_date_a", "min"), last_date=("issued_date_a", "max"),
    )  # fmt: skip

"""Firms' invoices as a pool: totals, and the fifths of every indicator to set one firm against (发票画像)."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook

#: what is told of a pool, in reading order
MEASURES = (
    "net_yuan", "months_count", "gap_months", "void_share", "negative_share", "counterparties_count",
    "effective_counterparties", "top1_share", "top5_share", "retention_share", "burst_ratio",
)  # fmt: skip
FIFTHS = {"p20": 0.2, "p50": 0.5, "p80": 0.8}


def invoice_fifths(indicators: pd.DataFrame, *, side: str) -> pd.DataFrame:
    """Describe a pool of firms by the fifths of their invoice indicators.

    Answers "what is usual here, and what is out of the ordinary?"

    Parameters
    ----------
    indicators : DataFrame
        Result of `invoices.invoice_indicators` of one side. Not modified.
    side : {"sale", "purchase"}
        Whose indicators they are; told in every row.

    Returns
    -------
    DataFrame
        One row per measure: ``side, measure, known_count`` (firms with the figure), ``p20, p50, p80`` (in the
        measure's own unit; missing when no firm has it).

    Raises
    ------
    EmptyBook
        If there is no firm.

    Examples
    --------
    >>> firms = pd.DataFrame({"void_share": [0.0, 0.1, 0.2], "top1_share": [0.5, 0.5, 0.5]})
    >>> invoice_fifths(firms, side="sale")[["measure", "known_count", "p50"]]
          measure  known_count  p50
    0  void_share            3  0.1
    1  top1_share            3  0.5
    """
    if indicators.empty:
        raise EmptyBook("no firm has an invoice", where="invoices", fix="choose a date at which invoices are on file")
    told = indicators[[name for name in MEASURES if name in indicators.columns]].astype("float64")
    fifths = told.quantile(list(FIFTHS.values())).T.set_axis(list(FIFTHS), axis="columns")
    rows = fifths.assign(known_count=told.notna().sum(), side=side).rename_axis("measure").reset_index()
    return rows[["side", "measure", "known_count", *FIFTHS]]


def pool_totals(invoices: pd.DataFrame) -> pd.DataFrame:
    """Add up a pool's invoices of either side: rows, voids, returns, firms, months.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Not modified.

    Returns
    -------
    DataFrame
        One row per side present: ``side, firms_count, invoices_count, void_count, void_share`` (of all rows),
        ``negative_count, negative_share`` (of the valid), ``net_yuan`` (valid, returns deducted), ``first_month,
        last_month`` (YYYY-MM). These are counts of all rows on file, not samples: they carry no interval.

    Raises
    ------
    EmptyBook
        If there is no invoice.

    Examples
    --------
    >>> invoices = pd.DataFrame({"customer_id": ["C1", "C1"], "side": ["sale", "sale"], "status": ["valid", "void"],
    ...                          "net_yuan": [5.0, 5.0], "issued_date": pd.to_datetime(["2026-01-05", "2026-02-05"])})
    >>> pool_totals(invoices)[["side", "invoices_count", "void_count", "net_yuan", "last_month"]]
       side  invoices_count  void_count  net_yuan last_month
    0  sale               2           1       5.0    2026-02
    """
    if invoices.empty:
        raise EmptyBook("there is no invoice", where="invoices", fix="ingest invoices")
    valid = invoices["status"].ne("void")
    rows = invoices[["side", "customer_id", "issued_date"]].assign(
        void=~valid, negative=valid & (invoices["net_yuan"] < 0), net_yuan=invoices["net_yuan"].where(valid, 0.0)
    )
    found = rows.groupby("side").agg(
        firms_count=("customer_id", "nunique"), invoices_count=("void", "size"), void_count=("void", "sum"),
        negative_count=("negative", "sum"), net_yuan=("net_yuan", "sum"),
        first_month=("issued_date", "min"), last_month=("issued_date", "max"),
    )  # fmt: skip
    months = {name: found[name].dt.strftime("%Y-%m") for name in ("first_month", "last_month")}
    counts = {"void_share": found["void_count"] / found["invoices_count"],
              "negative_share": found["negative_count"] / (found["invoices_count"] - found["void_count"])}  # fmt: skip
    return found.assign(**months, **counts).rename_axis("side").reset_index()

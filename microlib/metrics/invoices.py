"""What a firm's invoices show (发票): voids, gaps, bursts, round amounts, counterparties, and the pool beside it.

`invoice_indicators` a firm, `invoice_fifths` all firms to set one against, `counterparty_shares` with whom
it trades. Circular and twin invoices are looked for in `trade`.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.calendars import last_complete_month_end
from microlib.errors import BadData, EmptyBook
from microlib.metrics.rhythm import partly_invoiced
from microlib.stats.concentration import concentration
from microlib.stats.grouping import month_name
from microlib.stats.intervals import rate_interval
from microlib.units import MONTHS_PER_YEAR

RENAMED = {
    "parts_count": "counterparties_count",
    "hhi": "counterparty_hhi",
    "effective_parts": "effective_counterparties",
    "cr1_share": "top1_share",
    "cr3_share": "top3_share",
    "cr5_share": "top5_share",
    "largest_part": "largest_counterparty",
}


def counterparty_shares(invoices: pd.DataFrame, *, side: str = "sale") -> pd.DataFrame:
    r"""Measure how far each firm's trade hangs on few counterparties.

    Answers "if its largest buyer leaves, how much goes with it?" Shares are taken over counterparties whose valid
    invoices, returns deducted, add up to more than zero:

    .. math:: H_f = \sum_k \Big(\frac{x_{fk}}{\sum_j x_{fj}}\Big)^2, \qquad x_{fk} = \max(0, \textstyle\sum net)

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, counterparty_hash, net_yuan``. Not modified.
    side : {"sale", "purchase"}

    Returns
    -------
    DataFrame
        One row per firm with a positive counterparty, by ``customer_id``: ``counterparties_count, counterparty_hhi``
        (1/n .. 1), ``effective_counterparties, top1_share, top3_share, top5_share`` (fractions: the largest one, three,
        five together), ``largest_counterparty``.

    Notes
    -----
    Buyers and sellers are often coded apart: a firm that stands on both sides is then not seen. A platform or a
    tax-agent that buys for many looks like one counterparty.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": "valid",
    ...                      "counterparty_hash": ["a", "a", "b", "c"], "net_yuan": [60.0, -20.0, 50.0, 10.0]})
    >>> counterparty_shares(rows)[["counterparties_count", "counterparty_hhi"]].round(4).iloc[0].tolist()
    [3.0, 0.42]
    """
    keys = ["customer_id", "counterparty_hash"]
    rows = invoices.loc[(invoices["side"] == side) & (invoices["status"] == "valid"), [*keys, "net_yuan"]]
    net = rows.groupby(keys, as_index=False, observed=True)["net_yuan"].sum()
    net = net[net["net_yuan"] > 0]
    if net.empty:
        return pd.DataFrame(columns=["customer_id", *RENAMED.values()])
    found = concentration(net, within="customer_id", across="counterparty_hash", amount="net_yuan")
    return found.rename(columns=RENAMED)[["customer_id", *RENAMED.values()]]


def counterparty_changes(invoices: pd.DataFrame, *, side: str = "sale", as_of: date) -> pd.DataFrame:
    r"""Measure which counterparties stayed and how much trade is with new ones.

    .. math:: R = \frac{|K_1 \cap K_0|}{|K_0|}, \qquad N = \frac{\sum_{k \in K_1 \setminus K} x_k}{\sum_{k \in K_1} x_k}

    where :math:`K_1` are counterparties of the last twelve months, :math:`K_0` those of the twelve before, K all
    ever seen before the last twelve, and x the positive net amounts of the last twelve.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, counterparty_hash, issued_date, net_yuan``. Not modified.
    side : {"sale", "purchase"}
    as_of : date
        End of the last twelve months.

    Returns
    -------
    DataFrame
        One row per firm with a valid invoice, by ``customer_id``: ``earlier_count`` (size of :math:`K_0`),
        ``retained_count, retention_share`` (missing where nothing was earlier), ``novelty_share`` (missing where
        nothing was sold in the last twelve, or nothing is known before them).

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": "valid", "net_yuan": [5., 5., 30., 10.],
    ...     "counterparty_hash": ["a", "b", "a", "c"],
    ...     "issued_date": pd.to_datetime(["2025-03-01", "2025-04-01", "2026-03-01", "2026-04-01"])})
    >>> counterparty_changes(rows, as_of=date(2026, 6, 30))[["retention_share", "novelty_share"]].iloc[0].tolist()
    [0.5, 0.25]
    """
    end = pd.Timestamp(as_of)
    valid = (invoices["side"] == side) & (invoices["status"] == "valid") & (invoices["issued_date"] <= end)
    rows = invoices.loc[valid, ["customer_id", "counterparty_hash", "issued_date", "net_yuan"]]
    age = (end.year - rows["issued_date"].dt.year) * MONTHS_PER_YEAR + end.month - rows["issued_date"].dt.month
    keys = [rows["customer_id"], rows["counterparty_hash"]]
    recent, before = age < MONTHS_PER_YEAR, age.between(MONTHS_PER_YEAR, 2 * MONTHS_PER_YEAR - 1)
    pairs = pd.DataFrame({"recent": recent, "before": before, "ever": age >= MONTHS_PER_YEAR})
    pairs = pairs.groupby(keys, observed=True).any()
    net = rows["net_yuan"].where(recent, 0.0).groupby(keys, observed=True).sum().clip(lower=0.0)
    parts = pd.DataFrame(
        {
            "earlier_count": pairs["before"],
            "retained_count": pairs["before"] & pairs["recent"],
            "sold": net,
            "new": net.where(~pairs["ever"], 0.0),
            "known": pairs["ever"],
        }
    )
    found = parts.groupby("customer_id", observed=True).sum()
    found["retention_share"] = found["retained_count"] / found["earlier_count"].where(found["earlier_count"] > 0)
    found["novelty_share"] = (found["new"] / found["sold"].where(found["sold"] > 0)).where(found["known"] > 0)
    found = found.drop(columns=["sold", "new", "known"]).reset_index()
    return found.astype({"customer_id": "str", "earlier_count": np.int64, "retained_count": np.int64})


SIDES = ("sale", "purchase")
#: columns that the indicators look at
USED = (
    "customer_id",
    "side",
    "status",
    "issued_date",
    "counterparty_hash",
    "net_yuan",
    "tax_yuan",
    "gross_yuan",
)
#: amounts of this unit are round
ROUND_YUAN = 1_000
#: largest net amounts of the editions of the invoice form (万元版 … 千万元版); an invoice in the top twentieth below
#: one was written up to the edge (顶额)
EDITIONS_YUAN = (10_000, 100_000, 1_000_000, 10_000_000)
EDGE_SHARE = 0.95
#: burst: months just past against the year before them
BURST_MONTHS = 3


def invoice_indicators(invoices: pd.DataFrame, *, side: str = "sale", as_of: date | None = None) -> pd.DataFrame:
    r"""Describe each firm's invoices of one side, one row per firm.

    Answers "is this trade regular, real and its own?" None of the indicators proves anything alone: back-test
    each one (`discrimination.back_test`) before a threshold is put on it.

    .. math::

        void = \frac{\#void}{\#all}, \quad negative = \frac{\#(valid, net<0)}{\#valid}, \quad
        burst = \frac{\frac13 \sum_{t=a-2}^{a} x_t}{\frac1{12} \sum_{t=a-14}^{a-3} x_t}

    where :math:`x_t` is the net amount of valid invoices of month t and a the last month that is over at `as_of`.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        One row per invoice line, as issued; repeated numbers are kept. Not modified.
    side : {"sale", "purchase"}
    as_of : date, optional
        Later invoices are left out; left out itself, it is the latest date in `invoices`.

    Returns
    -------
    DataFrame
        One row per firm with an invoice of that side, by ``customer_id``

        - ``invoices_count`` (all), ``valid_count``, ``void_count``, ``void_share, void_low, void_high``: cancelled
        - ``negative_count, negative_share, negative_low, negative_high``: returns and refunds among the valid
        - ``net_yuan, tax_yuan, gross_yuan``: totals of the valid, returns deducted
        - ``first_month, last_month`` (YYYY-MM), ``months_count``: months with a valid invoice
        - ``gap_months``: longest run of months without one between the first and the last
        - ``burst_ratio``: missing where the earlier year has no sales; a month at the edge of the file that is only
          partly on it (`rhythm.partly_invoiced`) is in neither
        - ``round_share``: valid invoices whose gross amount is a multiple of 1,000 yuan
        - ``top_amount_share``: valid invoices within 5 % below an edition's largest net amount
        - ``counterparties_count`` … of `counterparty_shares`
        - ``retention_share, novelty_share`` … of `counterparty_changes`

    Raises
    ------
    BadData
        If `side` is neither sale nor purchase.
    EmptyBook
        If there is no invoice of that side.

    Notes
    -----
    On 123 Chinese firms with a default flag the void share had an AUC of .68 and the longest gap .76, while the
    negative share ran the other way (.39): good firms take goods back. Void and negative rows of one firm are not
    independent trials; their intervals are the least width. Gaps before the first and after the last invoice are
    not seen here: they may be the firm's age, or the end of the file.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": ["valid", "valid", "void"],
    ...     "issued_date": pd.to_datetime(["2026-01-05", "2026-04-05", "2026-04-06"]), "counterparty_hash": "a",
    ...     "net_yuan": [9_900.0, 500.0, 500.0], "tax_yuan": [100.0, 65.0, 65.0], "gross_yuan": [1e4, 565.0, 565.0]})
    >>> columns = ["void_count", "months_count", "gap_months", "round_share", "top_amount_share"]
    >>> invoice_indicators(rows)[columns].iloc[0].tolist()
    [1.0, 2.0, 2.0, 0.5, 0.5]
    """
    if side not in SIDES:
        raise BadData(f"side is {side!r}", fix="use sale or purchase")
    dates = invoices["issued_date"].where(invoices["side"] == side)
    end = as_of or (dates.max().date() if dates.notna().any() else None)
    rows = invoices.loc[dates <= pd.Timestamp(end or date.max), list(USED)]
    if rows.empty:
        raise EmptyBook(f"there is no {side} invoice", where="invoices", fix="load invoices, or leave this page out")
    pieces = [
        _counts(rows),
        _months(rows, end),
        counterparty_shares(rows, side=side).set_index("customer_id"),
        counterparty_changes(rows, side=side, as_of=end).set_index("customer_id"),
    ]
    found = pd.concat(pieces, axis="columns").sort_index().rename_axis("customer_id")
    return found.reset_index().astype({"customer_id": "str"})


def _counts(rows: pd.DataFrame) -> pd.DataFrame:
    valid = rows["status"] == "valid"
    net, gross = rows["net_yuan"], rows["gross_yuan"]
    marks = pd.DataFrame(
        {
            "invoices_count": 1,
            "valid_count": valid,
            "void_count": ~valid,
            "negative_count": valid & (net < 0),
            "net_yuan": net.where(valid, 0.0),
            "tax_yuan": rows["tax_yuan"].where(valid, 0.0),
            "gross_yuan": gross.where(valid, 0.0),
            "round": valid & (gross != 0) & np.isclose(gross % ROUND_YUAN, 0.0),
            "top": valid & _at_the_edge(net.to_numpy()),
        }
    )
    found = marks.groupby(rows["customer_id"], observed=True).sum()
    some = found["valid_count"].where(found["valid_count"] > 0)
    found["round_share"], found["top_amount_share"] = found.pop("round") / some, found.pop("top") / some
    return _with_rates(_with_rates(found, "void", "invoices_count"), "negative", "valid_count")


def _with_rates(found: pd.DataFrame, name: str, total: str) -> pd.DataFrame:
    """Put a share and its interval beside its count; missing where there is no trial."""
    some = found[found[total] > 0]
    rates = rate_interval(some[f"{name}_count"], some[total])
    columns = {f"{name}_share": rates["rate"], f"{name}_low": rates["low"], f"{name}_high": rates["high"]}
    return found.assign(**columns)


def _at_the_edge(net: np.ndarray) -> np.ndarray:
    edges = np.array(EDITIONS_YUAN, dtype="float64")
    above = edges[np.minimum(np.searchsorted(edges, net, side="right"), len(edges) - 1)]
    return (net < above) & (net >= EDGE_SHARE * above)


def _months(rows: pd.DataFrame, end: date) -> pd.DataFrame:
    sold = rows[rows["status"] == "valid"]
    number = sold["issued_date"].dt.year * MONTHS_PER_YEAR + sold["issued_date"].dt.month - 1
    by_month = (
        sold["net_yuan"].groupby([sold["customer_id"], number.rename("number")], observed=True).sum().reset_index()
    )
    who, number = by_month["customer_id"], by_month["number"]
    gap = number.groupby(who, observed=True).diff().sub(1).fillna(0)
    over = last_complete_month_end(end)
    last = over.year * MONTHS_PER_YEAR + over.month - 1
    cut = partly_invoiced(rows, last=last)
    spans = [range(last - BURST_MONTHS + 1, last + 1), range(last - BURST_MONTHS - 11, last - BURST_MONTHS + 1)]
    spans = [[month for month in span if month not in cut] for span in spans]
    yuan = by_month["net_yuan"]
    recent, before = (yuan.where(number.isin(span), 0.0) / len(span) if span else yuan * np.nan for span in spans)
    parts = pd.DataFrame({"number": number, "gap": gap, "recent": recent, "before": before})
    found = parts.groupby(who, observed=True).agg(
        first_month=("number", "min"),
        last_month=("number", "max"),
        months_count=("number", "size"),
        gap_months=("gap", "max"),
        recent=("recent", "sum"),
        before=("before", "sum"),
    )
    found["burst_ratio"] = found.pop("recent") / found["before"].where(found["before"] > 0)
    named = {name: found[name].map(month_name).astype("str") for name in ("first_month", "last_month")}
    return found.drop(columns="before").assign(**named)


def input_output(invoices: pd.DataFrame) -> pd.DataFrame:
    r"""Set each firm's purchases against its sales (进销比).

    .. math:: r = \frac{\sum net_{purchase}}{\sum net_{sale}}

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, net_yuan``. Not modified.

    Returns
    -------
    DataFrame
        One row per firm: ``customer_id, sale_yuan, purchase_yuan`` (net totals of valid invoices, returns deducted)
        and ``input_output_ratio`` (missing where sales do not exceed zero).

    Notes
    -----
    Trading firms stand near 0.8 to 1; services far below. Above 1 for long, goods are bought that are not sold with
    an invoice, or invoices are bought.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": ["sale", "purchase"], "status": "valid",
    ...                      "net_yuan": [200.0, 150.0]})
    >>> input_output(rows)["input_output_ratio"].tolist()
    [0.75]
    """
    valid = invoices[invoices["status"] == "valid"]
    sums = valid.groupby(["customer_id", "side"], observed=True)["net_yuan"].sum().unstack().reindex(columns=SIDES)
    sums = sums.fillna(0.0).add_suffix("_yuan").rename_axis(columns=None)
    sums["input_output_ratio"] = sums["purchase_yuan"] / sums["sale_yuan"].where(sums["sale_yuan"] > 0)
    return sums.reset_index().astype({"customer_id": "str"})


#: what is told of a pool, in reading order
MEASURES = (
    "net_yuan",
    "months_count",
    "gap_months",
    "void_share",
    "negative_share",
    "counterparties_count",
    "effective_counterparties",
    "top1_share",
    "top5_share",
    "retention_share",
    "burst_ratio",
)
FIFTHS = {"p20": 0.2, "p50": 0.5, "p80": 0.8}


def invoice_fifths(indicators: pd.DataFrame, *, side: str) -> pd.DataFrame:
    """Describe a pool of firms by the fifths of their invoice indicators.

    Answers "what is usual here, and what is out of the ordinary?"

    Parameters
    ----------
    indicators : DataFrame
        Result of `invoice_indicators` of one side. Not modified.
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
        firms_count=("customer_id", "nunique"),
        invoices_count=("void", "size"),
        void_count=("void", "sum"),
        negative_count=("negative", "sum"),
        net_yuan=("net_yuan", "sum"),
        first_month=("issued_date", "min"),
        last_month=("issued_date", "max"),
    )
    months = {name: found[name].dt.strftime("%Y-%m") for name in ("first_month", "last_month")}
    counts = {
        "void_share": found["void_count"] / found["invoices_count"],
        "negative_share": found["negative_count"] / (found["invoices_count"] - found["void_count"]),
    }
    return found.assign(**months, **counts).rename_axis("side").reset_index()

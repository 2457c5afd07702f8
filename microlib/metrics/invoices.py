"""What a firm's invoices show (发票): voids, returns, gaps, bursts, round and top amounts, sales against purchases."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics.counterparties import counterparty_changes, counterparty_shares
from microlib.metrics.intervals import rate_interval
from microlib.units import MONTHS_PER_YEAR

SIDES = ("sale", "purchase")
#: columns that the indicators look at
USED = (
    "customer_id", "side", "status", "issued_date", "counterparty_hash", "net_yuan", "tax_yuan", "gross_yuan",
)  # fmt: skip
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
    each one (`discriminations.back_test`) before a threshold is put on it.

    .. math::

        void = \frac{\#void}{\#all}, \quad negative = \frac{\#(valid, net<0)}{\#valid}, \quad
        burst = \frac{\frac13 \sum_{t=a-2}^{a} x_t}{\frac1{12} \sum_{t=a-14}^{a-3} x_t}

    where :math:`x_t` is the net amount of valid invoices of month t and a the month of `as_of`.

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
        - ``burst_ratio``: missing where the earlier year has no sales
        - ``round_share``: valid invoices whose gross amount is a multiple of 1,000 yuan
        - ``top_amount_share``: valid invoices within 5 % below an edition's largest net amount
        - ``counterparties_count`` … of `counterparties.counterparty_shares`
        - ``retention_share, novelty_share`` … of `counterparties.counterparty_changes`

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
    marks = pd.DataFrame({
        "invoices_count": 1,
        "valid_count": valid,
        "void_count": ~valid,
        "negative_count": valid & (net < 0),
        "net_yuan": net.where(valid, 0.0),
        "tax_yuan": rows["tax_yuan"].where(valid, 0.0),
        "gross_yuan": gross.where(valid, 0.0),
        "round": valid & (gross != 0) & np.isclose(gross % ROUND_YUAN, 0.0),
        "top": valid & _at_the_edge(net.to_numpy()),
    })  # fmt: skip
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
    last = end.year * MONTHS_PER_YEAR + end.month - 1
    age = last - number
    recent = by_month["net_yuan"].where(age < BURST_MONTHS, 0.0) / BURST_MONTHS
    before = by_month["net_yuan"].where(age.between(BURST_MONTHS, BURST_MONTHS + MONTHS_PER_YEAR - 1), 0.0)
    parts = pd.DataFrame({"number": number, "gap": gap, "recent": recent, "before": before / MONTHS_PER_YEAR})
    found = parts.groupby(who, observed=True).agg(
        first_month=("number", "min"), last_month=("number", "max"), months_count=("number", "size"),
        gap_months=("gap", "max"), recent=("recent", "sum"), before=("before", "sum"),
    )  # fmt: skip
    found["burst_ratio"] = found.pop("recent") / found["before"].where(found["before"] > 0)
    named = {name: _month_text(found[name]) for name in ("first_month", "last_month")}
    return found.drop(columns="before").assign(**named)


def _month_text(number: pd.Series) -> pd.Series:
    year, month = (number // MONTHS_PER_YEAR).astype("str"), (number % MONTHS_PER_YEAR + 1).astype("str")
    return year + "-" + month.str.zfill(2)


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

"""Orders, invoices and cash of one trade set beside one another (三流: 订单、发票、资金), pair by pair."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook

FLOWS = ("ordered", "invoiced", "received")
PAIR = ["customer_id", "core_id"]
#: periods and what pandas calls them
PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}
ROWS = [*PAIR, "day", "amount_yuan"]


def ordered_rows(core_payables: pd.DataFrame) -> pd.DataFrame:
    """Read deliveries of a known supplier off a core's payables, deductions taken off.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``customer_id, core_id, delivered_date, amount_yuan, deducted_yuan``. Not modified.

    Returns
    -------
    DataFrame
        ``customer_id, core_id, day, amount_yuan``; rows without a customer are left out.
    """
    return _payable_rows(core_payables, "delivered_date")


def received_rows(core_payables: pd.DataFrame) -> pd.DataFrame:
    """Read payments of a core to a known supplier off its payables; columns as `ordered_rows`.

    These are the core's own words: take rows of a bank statement instead wherever one is there.
    """
    return _payable_rows(core_payables, "paid_date")


def invoiced_rows(invoices: pd.DataFrame, cores: pd.DataFrame) -> pd.DataFrame:
    """Read each customer's valid sale invoices to known cores, tax included, returns deducted.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, counterparty_hash, issued_date, gross_yuan``. Not modified.
    cores : DataFrame
        ``core_id, counterparty_hash``: under which code each core stands on invoices. Not modified.

    Returns
    -------
    DataFrame
        Columns as `ordered_rows`.
    """
    sold = invoices[(invoices["side"] == "sale") & (invoices["status"] == "valid")]
    core = sold["counterparty_hash"].map(
        cores.drop_duplicates("counterparty_hash").set_index("counterparty_hash")["core_id"]
    )
    rows = sold.assign(core_id=core, day=sold["issued_date"], amount_yuan=sold["gross_yuan"].astype("float64"))
    return rows.loc[core.notna(), ROWS]


def core_codes(core_enterprises: pd.DataFrame) -> pd.DataFrame:
    """Return the code of each core on invoices: ``core_id, counterparty_hash``; cores without one are left out."""
    rows = core_enterprises[["core_id", "uscc_hash"]].dropna()
    return rows.rename(columns={"uscc_hash": "counterparty_hash"}).reset_index(drop=True)


def three_flows(
    ordered: pd.DataFrame, invoiced: pd.DataFrame, received: pd.DataFrame, *, period: str = "quarter"
) -> pd.DataFrame:
    r"""Set orders, invoices and cash of every pair side by side, by period and since the beginning.

    Answers "was what was delivered also invoiced, and was what was invoiced also paid?"

    .. math::

        g_t = \frac{\max_f x_{ft} - \min_f x_{ft}}{\max_f x_{ft}}, \qquad
        G_t = \frac{\max_f X_{ft} - \min_f X_{ft}}{\max_f X_{ft}}, \quad X_{ft} = \sum_{u \le t} x_{fu}

    with :math:`x_{ft}` the amount of flow f (ordered, invoiced, received) in period t.

    Parameters
    ----------
    ordered, invoiced, received : DataFrame
        ``customer_id, core_id, day, amount_yuan``: of `ordered_rows`, `invoiced_rows`, `received_rows` or of other
        evidence in that form. Not modified.
    period : {"month", "quarter", "year"}

    Returns
    -------
    DataFrame
        One row per pair and period from its first to its last, by both: ``customer_id, core_id, period`` (``2026Q2``,
        ``2026-06``, ``2026``), ``ordered_yuan, invoiced_yuan, received_yuan``, ``gap_share`` (0 all agree .. 1 a flow
        is missing; above 1 when a flow is negative), ``running_ordered_yuan, running_invoiced_yuan,
        running_received_yuan``, ``running_gap_share``, ``smallest`` (the flow that runs behind: ordered, invoiced or
        received). Shares are missing where no flow is above zero.

    Raises
    ------
    BadData
        If the period is unknown, or a day or an amount is missing or infinite.
    EmptyBook
        If there is no row in any of the three.

    Notes
    -----
    Payment follows delivery by the terms agreed, so a period's own gap is mostly timing: judge by the running one,
    against the days of credit. A pair whose three flows agree may still be made up by both together: when orders and
    cash both come from the core, only invoices are independent.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "core_id": "H1", "amount_yuan": [100.0, 100.0],
    ...                      "day": pd.to_datetime(["2026-01-31", "2026-04-30"])})
    >>> found = three_flows(rows, rows, rows.iloc[:1])
    >>> found[["period", "gap_share", "running_gap_share", "smallest"]].to_numpy().tolist()
    [['2026Q1', 0.0, 0.0, 'received'], ['2026Q2', 1.0, 0.5, 'received']]
    """
    if period not in PERIODS:
        raise BadData(f"period is {period!r}", fix=f"use one of {', '.join(PERIODS)}")
    parts = [_by_period(rows, PERIODS[period]).rename(f"{name}_yuan")
             for name, rows in zip(FLOWS, (ordered, invoiced, received), strict=True)]  # fmt: skip
    table = pd.concat(parts, axis="columns")
    if table.empty:
        raise EmptyBook("there is neither order nor invoice nor payment", fix="leave the three flows out")
    whole = _without_holes(table.fillna(0.0))
    running = whole.groupby(level=PAIR, sort=False).cumsum().add_prefix("running_")
    smallest = np.array(FLOWS)[::-1][running.to_numpy()[:, ::-1].argmin(axis=1)]
    found = pd.concat([whole, running], axis="columns")
    found = found.assign(gap_share=_gaps(whole), running_gap_share=_gaps(running), smallest=smallest).reset_index()
    found["period"] = found["period"].astype("str")
    order = [*PAIR, "period", *whole.columns, "gap_share", *running.columns, "running_gap_share", "smallest"]
    return found[order]


def flow_gaps(flows: pd.DataFrame) -> pd.DataFrame:
    """Turn pairs and periods into one row per customer, for a back-test.

    Parameters
    ----------
    flows : DataFrame
        Result of `three_flows`. Not modified.

    Returns
    -------
    DataFrame
        ``customer_id, pairs_count, periods_count``; ``gap_share`` (mean over periods with one), ``running_gap_share``
        (at the end, the widest of its pairs), ``unpaid_share`` (of all invoiced, not received; missing where nothing
        was invoiced; below zero when more was received).
    """
    last = flows.drop_duplicates(PAIR, keep="last").groupby("customer_id")
    every = flows.groupby("customer_id")
    invoiced, received = last["running_invoiced_yuan"].sum(), last["running_received_yuan"].sum()
    return pd.DataFrame({
        "pairs_count": last.size(),
        "periods_count": every.size(),
        "gap_share": every["gap_share"].mean(),
        "running_gap_share": last["running_gap_share"].max(),
        "unpaid_share": 1.0 - received / invoiced.where(invoiced > 0),
    }).reset_index()  # fmt: skip


def _payable_rows(core_payables: pd.DataFrame, name: str) -> pd.DataFrame:
    known = core_payables[core_payables["customer_id"].notna() & core_payables[name].notna()]
    net = (known["amount_yuan"] - known["deducted_yuan"].fillna(0.0)).astype("float64")
    return known.assign(day=known[name], amount_yuan=net)[ROWS]


def _by_period(rows: pd.DataFrame, frequency: str) -> pd.Series:
    if rows["day"].isna().any() or not np.isfinite(rows["amount_yuan"].to_numpy(float)).all():
        raise BadData("a day or an amount is missing or infinite", fix="drop or complete those rows first")
    period = pd.to_datetime(rows["day"]).dt.to_period(frequency).rename("period")
    keys = [rows[name].astype("str") for name in PAIR]
    return rows["amount_yuan"].astype("float64").groupby([*keys, period]).sum()


def _without_holes(table: pd.DataFrame) -> pd.DataFrame:
    """Every period between a pair's first and last, with zeros where nothing happened."""
    frequency = table.index.levels[2].freq
    spans = table.reset_index().groupby(PAIR)["period"].agg(["min", "max"])
    index = [(*pair, period) for pair, first, last in spans.itertuples()
             for period in pd.period_range(first, last, freq=frequency)]  # fmt: skip
    return table.reindex(pd.MultiIndex.from_tuples(index, names=[*PAIR, "period"]), fill_value=0.0)


def _gaps(amounts: pd.DataFrame) -> pd.Series:
    largest = amounts.max(axis="columns")
    return (largest - amounts.min(axis="columns")) / largest.where(largest > 0)

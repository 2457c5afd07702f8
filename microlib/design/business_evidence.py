"""Evidence of an applicant's business: turnover, cash of a poor month, invoices, receivables, common source.

`business_evidence` gathers it; `borrowing_base` and `supplier_limits` are about money that cores owe.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from microlib.calendars import last_complete_month_end
from microlib.contracts.policy import LimitsPolicy
from microlib.contracts.product import LimitRule, Product
from microlib.errors import BadData
from microlib.metrics.payables import payable_lives, payment_delays
from microlib.stats.grouping import told_apart
from microlib.stats.seasonality import cut_edges, cut_months
from microlib.units import MONTHS_PER_YEAR


def invoice_evidence(invoices: pd.DataFrame, *, as_of: date, policy: LimitsPolicy) -> pd.DataFrame:
    r"""Summarise each customer's sale invoices of the window.

    Answers "how regular, how clean and how spread are the sales that the invoices show?"

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Both sides, valid and void. Not modified.
    as_of : date
        The window of ``flow_window_months`` ends with this day.
    policy : LimitsPolicy
        The window.

    Returns
    -------
    DataFrame
        Index ``customer_id``, customers with a sale invoice in the window

        - ``invoice_months_count``: months with a valid sale
        - ``void_share``: void over all sale invoices, by count
        - ``negative_share``: red-letter (红字) amount over positive valid sales
        - ``top_buyer_share``: the largest buyer's part of net valid sales; missing where they are not positive
    """
    start = _window_start(as_of, policy)
    days = invoices["issued_date"]
    sold = invoices[(invoices["side"] == "sale") & (days > start) & (days <= pd.Timestamp(as_of))]
    valid = sold[sold["status"] == "valid"]
    who, net = valid["customer_id"], valid["net_yuan"]
    buyers = net.groupby([who, valid["counterparty_hash"]]).sum().clip(lower=0).groupby("customer_id")
    positive = net.clip(lower=0).groupby(who).sum()
    return pd.DataFrame(
        {
            "invoice_months_count": _month_numbers(valid["issued_date"]).groupby(who).nunique(),
            "void_share": (sold["status"] == "void").groupby(sold["customer_id"]).mean(),
            "negative_share": net.clip(upper=0).abs().groupby(who).sum() / positive.where(positive > 0),
            "top_buyer_share": buyers.max() / buyers.sum().where(buyers.sum() > 0),
        }
    )


def monthly_sales(invoices: pd.DataFrame) -> pd.DataFrame:
    """Return valid sales by customer and month, returns taken off: ``customer_id, month_number, cash_yuan, is_cut``."""
    valid = invoices[(invoices["side"] == "sale") & (invoices["status"] == "valid")]
    rows = pd.DataFrame(
        {
            "customer_id": valid["customer_id"],
            "month_number": _month_numbers(valid["issued_date"]),
            "cash_yuan": valid["gross_yuan"],
        }
    )
    sums = rows.groupby(["customer_id", "month_number"], as_index=False)["cash_yuan"].sum()
    cut = pd.to_datetime(pd.Series(cut_months(invoices["issued_date"]), dtype="str"), format="%Y-%m")
    return sums.assign(is_cut=sums["month_number"].isin(_month_numbers(cut)))


def monthly_inflows(flow_months: pd.DataFrame) -> pd.DataFrame:
    """Return money in by customer and month over all channels: ``customer_id, month_number, cash_yuan``."""
    days = pd.to_datetime(flow_months["month"], format="%Y-%m")
    rows = pd.DataFrame(
        {
            "customer_id": flow_months["customer_id"],
            "month_number": _month_numbers(days),
            "cash_yuan": flow_months["inflow_yuan"],
        }
    )
    return rows.groupby(["customer_id", "month_number"], as_index=False)["cash_yuan"].sum()


def poor_month_cash(cash: pd.DataFrame, *, as_of: date, policy: LimitsPolicy, cycle_months: int) -> pd.DataFrame:
    r"""Find the monthly cash that three months in four exceed, over whole cash cycles.

    Answers "in a poor month, how much comes in?" A mean would lend against the best season.

    .. math:: C_{25} = Q_{0.25}\left( \frac{1}{c} \sum_{s=0}^{c-1} y_{t-s} \right)_t

    over the months t of the window since the customer's first evidence; months without any count zero. The window ends
    with the last month that is over at `as_of`; an edge month of which all customers together show only a part
    (`seasonality.cut_edges`; asked where ten or more have evidence), or in which the file of invoices is cut
    (`seasonality.cut_months`), is no month.

    Parameters
    ----------
    cash : DataFrame
        ``customer_id, month_number, cash_yuan`` of `monthly_sales` or `monthly_inflows`. Not modified.
    cycle_months : int
        Months c of one cash cycle: 1 for daily takings, 3 where buyers pay by the quarter, 12 for one harvest.

    Returns
    -------
    DataFrame
        Index ``customer_id``: ``months_count`` with evidence in the window; ``cash_month_yuan``, missing where they are
        fewer than the policy's minimum, or than one cycle: such capacity is to be verified, not guessed
    """
    told_apart(cash, key=["customer_id", "month_number"], table="cash")
    over = last_complete_month_end(as_of)
    last = over.year * MONTHS_PER_YEAR + over.month
    months = range(last - policy.flow_window_months + 1, last + 1)
    partial = _partial(cash, last)
    whole = cash[(cash["month_number"] <= last) & ~cash["month_number"].isin(partial)]
    recent = whole[whole["month_number"].isin(months)]
    table = recent.pivot(index="month_number", columns="customer_id", values="cash_yuan").reindex(months)
    table = table.drop(index=[month for month in partial if month in table.index])
    seen = table.notna()
    filled = table.fillna(0.0).where(seen.cummax())
    cycles = filled.rolling(cycle_months, min_periods=cycle_months).mean()
    known = seen.sum() >= max(policy.flow_minimum_months, cycle_months)
    poor = cycles.quantile(policy.cash_quantile).clip(lower=0).where(known)
    return pd.DataFrame({"months_count": seen.sum(), "cash_month_yuan": poor})


def _partial(cash: pd.DataFrame, last: int) -> list[int]:
    """Return the edge months up to `last` that are only partly on file."""
    cut = cash.loc[cash["is_cut"].eq(True).fillna(False), "month_number"].unique().tolist() if "is_cut" in cash else []
    known = cash[(cash["month_number"] <= last) & ~cash["month_number"].isin(cut)]
    return cut + cut_edges(known["customer_id"], known["month_number"], known["cash_yuan"], until=last)


def _window_start(as_of: date, policy: LimitsPolicy) -> pd.Timestamp:
    first = pd.Timestamp(as_of) + pd.offsets.MonthEnd(0)
    return first - pd.DateOffset(months=policy.flow_window_months) + pd.offsets.MonthEnd(0)


def _month_numbers(days: pd.Series) -> pd.Series:
    return days.dt.year * MONTHS_PER_YEAR + days.dt.month


def supplier_receivables(
    core_payables: pd.DataFrame, *, as_of: date, overdue_days: int, debtor_cap_share: float = 1.0
) -> pd.DataFrame:
    r"""Add up what each supplier is owed and how late it is paid.

    Answers "how much could be assigned today, and does this payer keep its dates?"

    .. math:: base = \sum_j \min\left(N_j,\; c \sum_k N_k\right) \cdot \frac{N_j}{N_j + O_j}

    with :math:`N_j` what core j owes that is not yet due, :math:`O_j` what it owes past its day and c the cap on one
    debtor. What is late is no security: it counts nothing, and the part that is late takes down the rest, so that a
    payer in arrears never raises a limit.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Payables of all cores; rows without a ``customer_id`` are left out. Not modified.
    as_of : date
        Deliveries after it are not known yet; a payment after it has not been made.
    overdue_days : int
        An unpaid payable more than this many days past due is stale.
    debtor_cap_share : float
        One core counts up to this share of a supplier's eligible receivables; 1 is no cap.

    Returns
    -------
    DataFrame
        Index ``customer_id``

        - ``receivable_yuan`` (>= 0): unpaid and not yet due, deductions and retention money taken off
        - ``overdue_yuan``: unpaid on its day or past it, up to `overdue_days`; ``stale_yuan``: unpaid and older
        - ``base_yuan``: of what is not yet due, what may be lent on (see above)
        - ``paid_12m_yuan``: paid in the last twelve months
        - ``payment_delay_days``: days past the agreed day after which half was paid, unpaid bills counted
          (`payables.payment_delays`, deliveries of twelve months); missing where there was none
        - ``dilution_share``: deductions over amounts, of the last twelve months' deliveries
    """
    today = pd.Timestamp(as_of)
    known = core_payables[core_payables["customer_id"].notna() & (core_payables["delivered_date"] <= today)]
    paid = known["paid_date"].where(known["paid_date"] <= today)
    open_days = (today - known["due_date"]).dt.days
    off = known[["deducted_yuan", "retention_yuan"]].fillna(0.0).sum(axis="columns")
    owed = (known["amount_yuan"] - off).clip(lower=0).where(paid.isna(), 0.0)
    year = today - pd.DateOffset(months=MONTHS_PER_YEAR)
    recent = known["delivered_date"] > year
    rows = pd.DataFrame(
        {
            "customer_id": known["customer_id"],
            "core_id": known["core_id"],
            "receivable_yuan": owed.where(open_days < 0, 0.0),
            "overdue_yuan": owed.where((open_days >= 0) & (open_days <= overdue_days), 0.0),
            "stale_yuan": owed.where(open_days > overdue_days, 0.0),
            "paid_12m_yuan": known["amount_yuan"].where(paid > year, 0.0),
            "off_yuan": known["deducted_yuan"].fillna(0.0).where(recent, 0.0),
            "delivered_yuan": known["amount_yuan"].where(recent, 0.0),
        }
    )
    sums = rows.drop(columns="core_id").groupby("customer_id").sum()
    sums["base_yuan"] = _lendable(rows, debtor_cap_share)
    lives = payable_lives(known, as_of=as_of, months=MONTHS_PER_YEAR)
    late = payment_delays(lives, within="customer_id").set_index("customer_id")["delay_days"]
    sums["payment_delay_days"] = late.reindex(sums.index).astype("float64")
    sums["dilution_share"] = sums["off_yuan"] / sums["delivered_yuan"].where(sums["delivered_yuan"] > 0)
    return sums.drop(columns=["off_yuan", "delivered_yuan"])


def _lendable(rows: pd.DataFrame, debtor_cap_share: float) -> pd.Series:
    """Add up what is not yet due, debtor by debtor under its cap, less the part that each debtor is behind with."""
    cores = rows.groupby(["customer_id", "core_id"])[["receivable_yuan", "overdue_yuan", "stale_yuan"]].sum()
    good, owed = cores["receivable_yuan"], cores.sum(axis="columns")
    counted = good.clip(upper=debtor_cap_share * good.groupby("customer_id").transform("sum"))
    kept = (good / owed.where(owed > 0)).fillna(0.0)
    return (counted * kept).groupby("customer_id").sum()


def borrowing_base(debtors: pd.Series, *, debtor_cap_share: float, advance_share: float) -> pd.DataFrame:
    r"""Reckon what may be lent on eligible receivables when one debtor counts only up to a share of them.

    .. math:: B = a \sum_j \min\left(E_j,\; c \sum_k E_k\right)

    The cap is a share of the eligible total before capping; it is not applied again to what is left.

    Parameters
    ----------
    debtors : Series
        Eligible receivables by debtor, yuan, >= 0.

    Returns
    -------
    DataFrame
        One row: ``eligible_yuan``, ``excess_yuan``, ``base_yuan``.

    Examples
    --------
    >>> base = borrowing_base(pd.Series([400.0, 300, 180, 0]), debtor_cap_share=0.25, advance_share=0.83)
    >>> base.iloc[0].round(1).to_list()
    [880.0, 260.0, 514.6]
    """
    eligible = float(debtors.sum())
    counted = debtors.clip(upper=debtor_cap_share * eligible)
    return pd.DataFrame(
        {
            "eligible_yuan": [eligible],
            "excess_yuan": [eligible - float(counted.sum())],
            "base_yuan": [float(counted.sum()) * advance_share],
        }
    )


def share_out(amounts: pd.Series, *, pools: pd.Series, headroom: pd.Series) -> pd.Series:
    r"""Give each claim its part of a pool's headroom: all of it while the pool suffices, else in proportion.

    .. math:: h_i = H_p \cdot \min\left(1, \frac{a_i}{\sum_{j \in p} a_j}\right) \text{ if } \sum_j a_j > H_p,
        \text{ else } H_p

    Parameters
    ----------
    amounts : Series
        What each would take, yuan, >= 0; missing counts 0. Who claims nothing may have up to the whole pool.
    pools : Series
        The pool each draws on; missing draws on none.
    headroom : Series
        What the pool has left, yuan, the same for all of one pool; missing is no limit.

    Returns
    -------
    Series
        Each one's cap from the pool; missing where there is none. Index of `amounts`.
    """
    claims = amounts.fillna(0.0).astype("float64")
    pools, headroom = pools.reindex(claims.index), headroom.reindex(claims.index)
    total = claims.groupby(pools).transform("sum").reindex(claims.index)
    room = headroom.astype("float64").clip(lower=0).where(pools.notna())
    shared = room * claims / total.where(total > 0)
    return room.where(~(total > room) | (claims == 0), shared)


def supplier_limits(
    suppliers: pd.DataFrame, *, advance_share: float, single_cap_yuan: float, core_cap_yuan: float
) -> pd.DataFrame:
    """Size suppliers of one core under a cap for each and a cap for all (公小联动).

    Parameters
    ----------
    suppliers : DataFrame
        ``payable_yuan`` (confirmed), ``dilution_share``. Not modified.

    Returns
    -------
    DataFrame
        Index of `suppliers`: ``advance_yuan`` (payable less dilution, times the advance), ``single_yuan`` (under the
        cap of one), ``limit_yuan`` (scaled to the core's cap), ``bound_by`` (``collateral``, ``product``, ``source``)

    Raises
    ------
    BadData
        If a payable is missing or negative.

    Examples
    --------
    >>> four = pd.DataFrame({"payable_yuan": [420., 260, 900, 150], "dilution_share": [.03, .05, .02, .10]})
    >>> supplier_limits(four, advance_share=.7, single_cap_yuan=300, core_cap_yuan=800).limit_yuan.round(1).to_list()
    [267.6, 162.2, 281.5, 88.7]
    """
    if not (suppliers["payable_yuan"] >= 0).all():
        raise BadData("a payable is missing or negative", where="payable_yuan", fix="confirm it with the core first")
    advance = suppliers["payable_yuan"] * (1 - suppliers["dilution_share"]) * advance_share
    single = advance.clip(upper=single_cap_yuan)
    everyone = pd.Series("core", index=suppliers.index)
    room = pd.Series(float(core_cap_yuan), index=suppliers.index)
    limit = pd.concat([single, share_out(single, pools=everyone, headroom=room)], axis="columns").min(axis="columns")
    bound = pd.Series("collateral", index=suppliers.index).mask(advance > single_cap_yuan, "product")
    return pd.DataFrame(
        {
            "advance_yuan": advance,
            "single_yuan": single,
            "limit_yuan": limit,
            "bound_by": bound.mask(limit < single, "source"),
        }
    )


def assigned_base(applicants: pd.DataFrame, *, rule: LimitRule) -> pd.Series:
    r"""Reckon the advance on each applicant's assigned receivables.

    .. math:: B = a (1 - d) \sum_j \min\left(E_j,\; c \sum_k E_k\right)

    with :math:`c` the policy's cap on one debtor, already in ``base_yuan``, and :math:`d` the product's dilution, or
    the borrower's own deductions where the terms say ``observed`` and they are more.

    Parameters
    ----------
    applicants : DataFrame
        ``base_yuan`` (else ``receivable_yuan``), ``dilution_share`` (may be absent or missing). Not modified.
    rule : LimitRule
        ``assignment_share``, ``dilution_share``, ``dilution``.

    Returns
    -------
    Series
        Yuan, index of `applicants`; missing where receivables are not known.
    """
    eligible = applicants["base_yuan" if "base_yuan" in applicants else "receivable_yuan"].astype("float64")
    lost = pd.Series(float(rule.dilution_share), index=applicants.index)
    if rule.dilution == "observed" and "dilution_share" in applicants:
        own = applicants["dilution_share"].astype("float64").fillna(0.0).clip(upper=1.0)
        lost = np.maximum(lost, own)
    return eligible * (1 - lost) * float(rule.assignment_share)


KEYS = {"core": "core_id", "venue": "venue_id"}


def source_of(evidence: pd.DataFrame, *, kind: str) -> pd.Series:
    """Return the source of each customer by the product's kind of source: text, empty where there is none."""
    if kind not in KEYS:
        return pd.Series("", index=evidence.index, dtype="str")
    return evidence[KEYS[kind]].fillna("").astype("str")


RECEIVABLE = [
    *("receivable_yuan", "base_yuan", "overdue_yuan", "stale_yuan"),
    *("paid_12m_yuan", "payment_delay_days", "dilution_share"),
]
INVOICED = ["invoice_months_count", "void_share", "negative_share", "top_buyer_share"]


def business_evidence(
    book: Mapping[str, pd.DataFrame],
    asked: pd.Series,
    *,
    evidence: pd.DataFrame,
    product: Product,
    policy: LimitsPolicy,
) -> pd.DataFrame:
    """Gather the business evidence on the customers asked about; missing where no table shows it.

    Parameters
    ----------
    book : mapping of frames
        ``invoices``, ``flow_months``, ``core_payables``; attribute ``as_of``. Not modified.
    asked : Series
        Customer numbers, in the order of the result.
    evidence : DataFrame
        ``income_yuan, income_source, core_id, core_income_share, venue_id`` by ``customer_id``.

    Returns
    -------
    DataFrame
        One row per customer asked, columns as `applicants.applicant_frame` names them.
    """
    told_apart(evidence, key=["customer_id"], table="evidence")
    known = evidence.set_index("customer_id").reindex(asked).reset_index(drop=True)
    invoices = _of(book["invoices"], asked)
    cash = _poor_cash(book, asked, product=product, policy=policy)
    shown = invoice_evidence(invoices, as_of=book.as_of, policy=policy).reindex(asked)
    owed = supplier_receivables(
        _of(book["core_payables"], asked),
        as_of=book.as_of,
        overdue_days=policy.receivable_days,
        debtor_cap_share=policy.debtor_cap_share,
    ).reindex(asked)
    is_core = product.limit.source == "core"
    pieces = [shown[INVOICED].reset_index(drop=True), owed[RECEIVABLE].reset_index(drop=True), cash]
    return pd.concat(pieces, axis="columns").assign(
        turnover_yuan=known["income_yuan"],
        turnover_source=known["income_source"],
        source_id=source_of(known, kind=product.limit.source),
        source_share=known["core_income_share"] if is_core else np.nan,
    )


def _of(frame: pd.DataFrame, asked: pd.Series) -> pd.DataFrame:
    return frame[frame["customer_id"].isin(asked)]


def _poor_cash(book: Mapping, asked: pd.Series, *, product: Product, policy: LimitsPolicy) -> pd.DataFrame:
    """Take each customer's poor month from the best evidence that has enough months."""
    rule = product.limit
    monthly = {
        "flows": monthly_inflows(_of(book["flow_months"], asked)),
        "invoices": monthly_sales(_of(book["invoices"], asked)),
    }
    found = {
        source: poor_month_cash(cash, as_of=book.as_of, policy=policy, cycle_months=rule.cash_cycle_months).reindex(
            asked
        )
        for source, cash in monthly.items()
    }
    first, *rest = [found[source]["cash_month_yuan"] for source in rule.cash_evidence]
    best, source = first, pd.Series(rule.cash_evidence[0], index=first.index).where(first.notna())
    for name, other in zip(rule.cash_evidence[1:], rest, strict=True):
        source = source.where(best.notna() | other.isna(), name)
        best = best.fillna(other)
    return pd.DataFrame(
        {
            "flow_months_count": found["flows"]["months_count"].to_numpy(),
            "cash_month_yuan": best.to_numpy(),
            "cash_source": source.to_numpy(),
        }
    )

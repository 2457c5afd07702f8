"""Is the trade real: twin invoices, Benford's law, orders, invoices and cash side by side (三流).

Signs that ask a question, not answers. `three_flows` compares pair by pair, `threshold_tests` and
`outcome_tests` say where to draw the line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import gammaincc, ndtr

from microlib.errors import BadData, EmptyBook, NoInvoiceNumbers
from microlib.stats.intervals import rate_difference, rate_interval
from microlib.units import FEN_PER_YUAN

DIGITS = np.arange(1, 10)
#: P(d) = log10(1 + 1/d)
EXPECTED = np.log10(1.0 + 1.0 / DIGITS)
#: under these the law need not hold at all
LEAST_COUNT, LEAST_ORDERS = 500, 3.0


def first_digits(amounts: pd.Series) -> pd.Series:
    """Return the first digit of every amount other than zero, 1 .. 9, signs left aside.

    Raises
    ------
    BadData
        If an amount is missing or infinite.

    Examples
    --------
    >>> first_digits(pd.Series([0.3, -1999.0, 1000.0, 0.0])).tolist()
    [3, 1, 1]
    """
    values = amounts.to_numpy(dtype="float64", na_value=np.nan)
    if not np.isfinite(values).all():
        raise BadData("an amount is missing or infinite", fix="drop those rows first")
    kept = np.abs(values[values != 0])
    digit = np.floor(kept / 10.0 ** np.floor(np.log10(kept)) + 1e-9).astype("int64")
    return pd.Series(np.where(digit > 9, 1, np.maximum(digit, 1)), index=amounts.index[values != 0], name="first_digit")


def digit_fit(amounts: pd.Series) -> pd.DataFrame:
    r"""Measure how far first digits are from Benford's law, and how far as many honest ones would be.

    Answers "were these amounts written down or made up?" - badly: see the notes.

    .. math::

        P(d) = \log_{10}\Big(1 + \frac1d\Big), \quad MAD = \frac19 \sum_d |p_d - P_d|, \quad
        \chi^2 = n \sum_d \frac{(p_d - P_d)^2}{P_d}, \quad z = \frac{\sqrt n\, MAD - \mu}{\sigma}

    where :math:`\mu, \sigma` are mean and deviation of :math:`\sqrt n\,MAD` when the law holds:
    :math:`\mu = \frac19 \sum_d \sqrt{2 P_d (1 - P_d) / \pi}`, and :math:`\sigma` follows from the correlation of the
    multinomial counts. A MAD shrinks with the number of amounts, so no fixed limit of it is a test.

    Parameters
    ----------
    amounts : Series of float
        Amounts of any sign; zeros are left out. Not modified.

    Returns
    -------
    DataFrame
        One row: ``amounts_count``, ``orders_count`` (powers of ten between the smallest and the largest),
        ``mad_share`` (0 .. about 0.19), ``expected_mad_share`` (mean of as many amounts that follow the law),
        ``mad_z``, ``mad_p_value`` (one-sided), ``chi_square, chi_square_p_value`` (8 degrees),
        ``is_applicable`` (500 amounts and three powers of ten, at least)

    Raises
    ------
    BadData
        If an amount is missing or infinite.
    EmptyBook
        If no amount is left.

    Notes
    -----
    Weak by evidence: on 123 Chinese firms with a default flag the MAD of invoice amounts had an AUC of .46, which is
    none. Prices, limits of an invoice form and instalments of one rent break the law honestly. Never a reason by
    itself; at most a reason to look at a sample.

    References
    ----------
    .. [1] Nigrini, M. (2012). Benford's Law. Wiley (the MAD and its fixed limits).
    .. [2] Cerqueti, R., Lupi, C. (2023). Severe testing of Benford's law. TEST 32 (arXiv 2202.05237): fixed limits
       have no statistical basis.

    Examples
    --------
    >>> powers = pd.Series([2.0**k for k in range(1000)])
    >>> digit_fit(powers)[["amounts_count", "mad_share"]].round(6).iloc[0].tolist()
    [1000.0, 0.000678]
    """
    counts = np.bincount(first_digits(amounts), minlength=10)[1:]
    total = int(counts.sum())
    if total == 0:
        raise EmptyBook("no amount other than zero", fix="leave the digits out")
    size = np.abs(amounts.to_numpy(dtype="float64"))
    orders = float(np.log10(size.max() / size[size > 0].min()))
    share = counts / total
    mad = float(np.abs(share - EXPECTED).mean())
    mean, deviation = _mad_moments()
    z = (np.sqrt(total) * mad - mean) / deviation
    chi = float(total * ((share - EXPECTED) ** 2 / EXPECTED).sum())
    return pd.DataFrame(
        [
            {
                "amounts_count": total,
                "orders_count": orders,
                "mad_share": mad,
                "expected_mad_share": mean / np.sqrt(total),
                "mad_z": float(z),
                "mad_p_value": float(ndtr(-z)),
                "chi_square": chi,
                "chi_square_p_value": float(gammaincc((len(DIGITS) - 1) / 2, chi / 2)),
                "is_applicable": total >= LEAST_COUNT and orders >= LEAST_ORDERS,
            }
        ]
    )


def _mad_moments() -> tuple[float, float]:
    """Mean and deviation of sqrt(n) x MAD under the law, from the normal limit of the multinomial."""
    spread = np.sqrt(EXPECTED * (1.0 - EXPECTED))
    correlation = (np.diag(EXPECTED) - np.outer(EXPECTED, EXPECTED)) / np.outer(spread, spread)
    correlation = np.clip(correlation, -1.0, 1.0)
    folded = np.sqrt(1.0 - correlation**2) + correlation * np.arcsin(correlation) - 1.0
    covariance = 2.0 / np.pi * np.outer(spread, spread) * folded
    mean = np.sqrt(2.0 / np.pi) * spread.mean()
    return float(mean), float(np.sqrt(covariance.sum()) / len(DIGITS))


OUTCOME_TEST_COLUMNS = [
    "threshold_share",
    "passing_count",
    "failing_count",
    "passing_share",
    "bad_rate",
    "bad_low",
    "bad_high",
    "bad_rate_count",
    "failing_bad_rate",
    "failing_bad_low",
    "failing_bad_high",
    "failing_bad_rate_count",
    "difference_rate",
    "difference_low",
    "difference_high",
    "verdict",
]
#: fewer on one side of the line tell nothing
FEWEST = 10


def threshold_tests(gaps: pd.DataFrame, outcome: pd.Series, *, thresholds: Sequence[float]) -> pd.DataFrame:
    r"""Try each threshold on what is known: who passes, how many of them went bad, and how many of those who fail.

    Answers "is 15 % the right line, or would another one tell more?"

    .. math:: \Delta(g^*) = P(bad \mid g > g^*) - P(bad \mid g \le g^*)

    with Newcombe's range (`intervals.rate_difference`).

    Parameters
    ----------
    gaps : DataFrame
        ``customer_id, running_gap_share``: result of `flow_gaps`. Not modified.
    outcome : Series of bool
        Bad or not, by customer; a customer without one is left out.
    thresholds : sequence of float
        Candidates, fractions (policy).

    Returns
    -------
    DataFrame
        One row per threshold: ``threshold_share, passing_count, failing_count, passing_share``; ``bad_rate`` of those
        who pass with ``bad_low, bad_high, bad_rate_count``, ``failing_bad_rate`` with ``failing_bad_low,
        failing_bad_high, failing_bad_rate_count``, ``difference_rate`` with its limits (missing where
        one side is empty), ``verdict``: ``separates`` where the whole range lies above 0,
        ``misleads`` where below, else ``unclear``, as with fewer than ten on a side.

    Raises
    ------
    EmptyBook
        If nobody has both a gap and an outcome.

    Notes
    -----
    Thresholds are tried on one and the same history: the best of several looks better than it is. Those who were
    refused because of a gap are not in it.

    Examples
    --------
    >>> gaps = pd.DataFrame({"customer_id": ["a", "b", "c"], "running_gap_share": [0.05, 0.1, 0.6]})
    >>> bad = pd.Series({"a": False, "b": False, "c": True})
    >>> threshold_tests(gaps, bad, thresholds=[0.15])[["passing_count", "bad_rate", "verdict"]].to_numpy().tolist()
    [[2, 0.0, 'unclear']]
    """
    known = gaps.assign(bad=gaps["customer_id"].map(outcome)).dropna(subset=["bad", "running_gap_share"])
    if known.empty:
        raise EmptyBook("nobody has both three flows and an outcome", where="invoices", fix="gather invoices first")
    bad = known["bad"].astype(bool)
    return pd.DataFrame(
        [_row(known["running_gap_share"] <= cut, bad, cut) for cut in thresholds], columns=OUTCOME_TEST_COLUMNS
    )


def gaps_with_invoices(gaps: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """Keep the gaps of customers whose invoices are on file: without them a missing flow says nothing.

    Examples
    --------
    >>> gaps = pd.DataFrame({"customer_id": ["a", "b"], "running_gap_share": [0.1, 1.0]})
    >>> gaps_with_invoices(gaps, pd.DataFrame({"customer_id": ["a"]}))["customer_id"].tolist()
    ['a']
    """
    return gaps[gaps["customer_id"].isin(invoices["customer_id"].unique())].reset_index(drop=True)


def _side(bad: int, whole: int) -> tuple[float, float, float, float]:
    """Return the rate of one side with its bounds and its count; missing where nobody is on it."""
    if not whole:
        return np.nan, np.nan, np.nan, 0.0
    own = rate_interval(bad, whole).iloc[0]
    return own["rate"], own["low"], own["high"], float(whole)


def _row(passing: pd.Series, bad: pd.Series, cut: float) -> tuple:
    counts = [(int(bad[side].sum()), int(side.sum())) for side in (passing, ~passing)]
    (bad_in, inside), (bad_out, outside) = counts
    rates = [_side(bad_in, inside), _side(bad_out, outside)]
    if not inside or not outside:
        return cut, inside, outside, inside / len(bad), *rates[0], *rates[1], np.nan, np.nan, np.nan, "unclear"
    sides = [pd.DataFrame({"bad_count": [one], "total_count": [all_]}) for one, all_ in (counts[1], counts[0])]
    gap = rate_difference(*sides).iloc[0]
    is_few = min(inside, outside) < FEWEST
    verdict = "unclear" if is_few else "separates" if gap["low"] > 0 else "misleads" if gap["high"] < 0 else "unclear"
    return (
        cut,
        inside,
        outside,
        inside / len(bad),
        *rates[0],
        *rates[1],
        gap["difference"],
        gap["low"],
        gap["high"],
        verdict,
    )


def outcome_tests(gaps: pd.DataFrame, customers: pd.DataFrame, *, thresholds: Sequence[float]) -> pd.DataFrame:
    """Run `threshold_tests` against the default marks of the customer file (``is_defaulted``)."""
    marks = customers.drop_duplicates("customer_id").set_index("customer_id")["is_defaulted"]
    return threshold_tests(gaps, marks, thresholds=thresholds)


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
    parts = [
        _by_period(rows, PERIODS[period]).rename(f"{name}_yuan")
        for name, rows in zip(FLOWS, (ordered, invoiced, received), strict=True)
    ]
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
    return pd.DataFrame(
        {
            "pairs_count": last.size(),
            "periods_count": every.size(),
            "gap_share": every["gap_share"].mean(),
            "running_gap_share": last["running_gap_share"].max(),
            "unpaid_share": 1.0 - received / invoiced.where(invoiced > 0),
        }
    ).reset_index()


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
    index = [
        (*pair, period)
        for pair, first, last in spans.itertuples()
        for period in pd.period_range(first, last, freq=frequency)
    ]
    return table.reindex(pd.MultiIndex.from_tuples(index, names=[*PAIR, "period"]), fill_value=0.0)


def _gaps(amounts: pd.DataFrame) -> pd.Series:
    largest = amounts.max(axis="columns")
    return (largest - amounts.min(axis="columns")) / largest.where(largest > 0)


#: what names an invoice in two books: its own number, or the other end where both files code it alike
KEYS = ("invoice_number", "counterparty_hash")
#: an invoice that more books than this hold alike is a fee or a fare, not a twin
CROWD = 20
TWIN_BOOK_COLUMNS = [
    *["customer_id_a", "customer_id_b", "side", "shared_count", "invoices_count_a", "invoices_count_b"],
    *["shared_share", "shared_low", "shared_high", "shared_yuan", "same_number_count"],
    *["first_date", "last_date", "state"],
]


def twin_books(invoices: pd.DataFrame, *, least_share: float = 0.5, least_count: int = 10) -> pd.DataFrame:
    r"""Find pairs of firms whose books hold the same invoices: same side, number, day and amount to the fen.

    Answers "is one firm's trade shown to us twice?" An invoice k is known by its side, day, amount and number; or by
    its side, day, amount and counterparty, where both books code counterparties alike. Each file codes them its own
    way as a rule, so counterparties only add to what numbers show. Of the two readings the one that finds more counts:

    .. math::

        s_{ab} = \frac{\max_{key} \sum_k \min(n_{ak}, n_{bk})}{\min(n_a, n_b)}

    where :math:`n_{ak}` is how often firm a's book holds invoice k and :math:`n_a` the length of its book. A pair is
    listed when at least `least_count` are shared and the lower end of the range of :math:`s` reaches `least_share`.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, invoice_number, issued_date, counterparty_hash, net_yuan``; rows without a day or an
        amount are left out. Not modified.
    least_share : float
        Part of the smaller book (fraction) that must agree.
    least_count : int
        Invoices that must agree.

    Returns
    -------
    DataFrame
        One row per pair and side, most shared first: ``customer_id_a < customer_id_b, side, shared_count,
        invoices_count_a, invoices_count_b``, ``shared_share, shared_low, shared_high`` (of the smaller book;
        Jeffreys, 95 %), ``shared_yuan`` (net, of a's rows), ``same_number_count`` (shared with the same number),
        ``first_date, last_date`` of what is shared, ``state`` (always ``pending``: 待核). Empty when there is none.

    Raises
    ------
    NoInvoiceNumbers
        If no invoice bears a number and no counterparty stands in two books: a twin could not be seen, so that there
        is none may not be said.

    Notes
    -----
    The wording is 「发票高度雷同，待核」. Usual innocent reasons, to be checked first: one file loaded under two
    customer numbers, an owner and the own company who share one book, a firm that changed its legal form, an agent
    who files for both. Invoices that more than 20 books hold alike (fees, fares) are left aside. A copy with changed
    dates or amounts is not found, nor one in a book that bears no numbers and codes counterparties its own way.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=12)
    >>> book = pd.DataFrame({"side": "sale", "invoice_number": [str(i) for i in range(12)], "issued_date": days,
    ...                      "net_yuan": [100.0 + i for i in range(12)]})
    >>> one = book.assign(customer_id="C1", counterparty_hash="A1")
    >>> other = book.assign(customer_id="C2", counterparty_hash="Z9")
    >>> twin_books(pd.concat([one, other]))[["customer_id_a", "customer_id_b", "shared_share"]].to_numpy().tolist()
    [['C1', 'C2', 1.0]]
    """
    rows = _dated_amounts(invoices)
    if rows["customer_id"].nunique() > 1 and not any(_common(rows, key) for key in KEYS):
        raise NoInvoiceNumbers(
            "no invoice bears a number, and no counterparty stands in two books: the same invoice cannot be recognised",
            where="invoices",
            fix="load invoices with their numbers (发票号码)",
        )
    ends = ["customer_id_a", "customer_id_b", "side"]
    read = {key: _shared(rows[rows[key].notna()], key).set_index(ends) for key in KEYS}
    both = pd.concat(read.values(), keys=KEYS, names=["key"]).reset_index()
    pairs = both.sort_values("shared_count", ascending=False, kind="stable").drop_duplicates(ends)
    pairs = pairs.reset_index(drop=True)
    named = pd.MultiIndex.from_frame(pairs[ends])
    pairs["same_number_count"] = read["invoice_number"]["shared_count"].reindex(named).fillna(0).to_numpy(np.int64)
    lengths = rows.groupby(["customer_id", "side"], observed=True).size()
    for end in ("a", "b"):
        books = pd.MultiIndex.from_frame(pairs[[f"customer_id_{end}", "side"]])
        pairs[f"invoices_count_{end}"] = lengths.reindex(books).to_numpy(np.int64)
    smaller = np.minimum(pairs["invoices_count_a"], pairs["invoices_count_b"])
    rates = rate_interval(pairs["shared_count"], smaller)[["rate", "low", "high"]]
    found = pairs.assign(shared_share=rates["rate"], shared_low=rates["low"], shared_high=rates["high"])
    found = found[(found["shared_count"] >= least_count) & (found["shared_low"] >= least_share)]
    order = ["shared_share", "shared_count", "customer_id_a", "customer_id_b", "side"]
    ranked = found.sort_values(order, ascending=[False, False, True, True, True], kind="stable")
    return ranked.assign(state="pending")[TWIN_BOOK_COLUMNS].reset_index(drop=True)


def _dated_amounts(invoices: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that can stand in two books; a number that is blank is unknown."""
    rows = invoices[["customer_id", "side", "issued_date", "net_yuan", *KEYS]]
    rows = rows[rows["customer_id"].notna() & rows["issued_date"].notna() & np.isfinite(rows["net_yuan"])]
    named = {key: rows[key].mask(rows[key].astype("str").str.strip() == "") for key in KEYS}
    return rows.assign(fen=(rows["net_yuan"] * FEN_PER_YUAN).round().astype("int64"), **named)


def _common(rows: pd.DataFrame, key: str) -> bool:
    """Say whether this key could show a twin: any number could, a counterparty only where two books know it."""
    known = rows[["customer_id", key]].dropna().drop_duplicates()
    return bool(len(known)) if key == "invoice_number" else bool(known[key].duplicated().any())


def _shared(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Every pair of books with an invoice in common, what they share added up."""
    same = ["side", "issued_date", "fen", key]
    held = rows.groupby([*same, "customer_id"], as_index=False, observed=True).size()
    books = held.groupby(same, observed=True)["customer_id"].transform("size")
    kept = held[books.between(2, CROWD)]
    both = kept.merge(kept, on=same, suffixes=("_a", "_b"))
    both = both[both["customer_id_a"] < both["customer_id_b"]]
    both = both.assign(shared=np.minimum(both["size_a"], both["size_b"]))
    both["yuan"] = both["shared"] * both["fen"] / FEN_PER_YUAN
    return both.groupby(["customer_id_a", "customer_id_b", "side"], as_index=False, observed=True).agg(
        shared_count=("shared", "sum"),
        shared_yuan=("yuan", "sum"),
        first_date=("issued_date", "min"),
        last_date=("issued_date", "max"),
    )

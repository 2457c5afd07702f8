"""What is on offer, ours and peers', in one shape; a peer's row without source and date seen is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from microlib.contracts import frames
from microlib.contracts.failures import failure_frame, failure_lines
from microlib.contracts.peers import PEERS
from microlib.design.terms import Product
from microlib.errors import BadData

#: a table of fees as `costs` dates them: code, payer, basis, amount per yuan or in yuan, when
Fees = tuple[tuple[str, str, str, float, str], ...]
LISTED = 5


@dataclass(frozen=True)
class Offer:
    """One product that a borrower could take.

    Parameters
    ----------
    offer_id, lender, source : str
    is_own, is_synthetic : bool
    seen_date : Timestamp
        When it was seen; for our own, the day of the terms.
    repayment : str
        Method, as `schedules.Loan` names them.
    yearly_rate : float
        Nominal rate, fraction.
    months : tuple of int
        Shortest and longest tenor.
    max_amount_yuan : float
    needs_security : bool
        Whether anything but the borrower's own credit is asked for.
    fees : tuple
        Code, payer, basis (``amount``, ``fixed``), amount and when (``at_start``, ``yearly``) of each.
    shape : tuple
        Months of grace, calendar months of a seasonal loan, part that a balloon loan leaves to the last day.
    retained : tuple of float
        Share of the loan kept back as a deposit, and what it earns; not compliant, reckoned so that it is recognised.
    approval_days : float or None
    """

    offer_id: str
    lender: str
    source: str
    is_own: bool
    is_synthetic: bool
    seen_date: pd.Timestamp
    repayment: str
    yearly_rate: float
    months: tuple[int, int]
    max_amount_yuan: float
    needs_security: bool
    fees: Fees = ()
    shape: tuple[int, tuple[int, ...], float] = (0, (), 0.5)
    retained: tuple[float, float] = (0.0, 0.0)
    approval_days: float | None = None


#: a day after every date that anybody writes
EVER = date(2200, 1, 1)


def peers_known(path: str | Path, *, as_of: date) -> pd.DataFrame:
    """Read the peers' products that had been seen by a day: what was written down later was not known then.

    Parameters
    ----------
    path : path
        See `read_peers`.
    as_of : date

    Returns
    -------
    DataFrame[peers]
        Empty where nothing had been seen yet.

    Raises
    ------
    BadData
        As `read_peers`, of any row.

    Examples
    --------
    >>> len(peers_known("data/peers/peers.csv", as_of=date(2020, 1, 1)))
    0
    """
    whole = read_peers(path, as_of=EVER)
    return whole[whole["seen_date"] <= pd.Timestamp(as_of)].reset_index(drop=True)


def read_peers(path: str | Path, *, as_of: date) -> pd.DataFrame:
    """Read what was seen of peers' products.

    Parameters
    ----------
    path : path
        CSV in UTF-8 with the columns of ``contracts.peers.PEERS``.
    as_of : date
        A row seen later is refused.

    Returns
    -------
    DataFrame[peers]

    Raises
    ------
    BadData
        If a row has no source, no date seen or nobody who saw it, or breaks its contract; the sentence names the row
        and the column, ``failures`` holds all.

    Examples
    --------
    >>> peers = read_peers("data/peers/peers.csv", as_of=date(2026, 6, 30))
    >>> bool(peers["is_synthetic"].all())
    True
    """
    frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig", keep_default_na=False)
    typed = frame.assign(**{
        column.name: _typed(frame[column.name], column.kind) for column in PEERS.columns if column.name in frame
    })  # fmt: skip
    failures = frames.frame_failures(typed, PEERS, file=str(path))
    late = typed.index[typed.get("seen_date", pd.Series(dtype="datetime64[ns]")) > pd.Timestamp(as_of)]
    place = {"file": str(path), "table": "peers", "column": "seen_date", "severity": "block", "rule": "future_date"}
    told = [{**place, "row": row + 1, "value": frame.loc[row, "seen_date"], "fix": "correct it"} for row in late]
    failures = pd.concat([failures, failure_frame(told)], ignore_index=True)
    if len(failures):
        what = "\n".join(failure_lines(failures, limit=LISTED))
        fix = "write where, when and by whom each offer was seen, or leave the row out"
        raise BadData(what, where=str(path), fix=fix, failures=failures)
    return typed


def peer_offers(peers: pd.DataFrame, *, segments: tuple[str, ...] = ()) -> tuple[Offer, ...]:
    """Turn peers' rows into offers; with segments, only those made for one of them or for everybody.

    Parameters
    ----------
    peers : DataFrame[peers]
        Result of `read_peers`. Not modified.
    segments : tuple of str
        Segments of our product.
    """
    wanted = set(segments)
    rows = [row for row in peers.itertuples() if not wanted or not row.segments or wanted & set(row.segments.split())]
    return tuple(_peer(row) for row in rows)


def own_offer(product: Product, *, as_of: date, approval_days: float | None = None) -> Offer:
    """Return our product in the same shape; days to approval come from the branch's own applications.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> own_offer(read_product(".", product="market_stall", as_of="2026-06-30"), as_of=date(2026, 6, 30)).months
    (3, 24)
    """
    fees = tuple((fee.code, fee.payer, fee.basis, float(fee.yuan or fee.rate), fee.when) for fee in product.fees)
    rule = product.repayment
    return Offer(
        product.code, "own", product.source, True, False, pd.Timestamp(as_of), product.repayment.method,
        float(product.yearly_rate), (product.min_term_months, product.max_term_months), float(product.limit.cap_yuan),
        product.secured != "credit", fees, (rule.grace_months, rule.season_months, float(rule.balloon_share)),
        approval_days=approval_days,
    )  # fmt: skip


def _peer(row) -> Offer:
    fees = [("upfront_fee", row.fee_payer, "amount", row.fee_share, "at_start"),
            ("fixed_fee", row.fee_payer, "fixed", row.fee_yuan, "at_start"),
            ("yearly_fee", row.fee_payer, "amount", row.yearly_fee_rate, "yearly")]  # fmt: skip
    return Offer(
        row.offer_id, row.lender, row.source, False, bool(row.is_synthetic), row.seen_date, row.repayment,
        float(row.yearly_rate), (int(row.min_term_months), int(row.max_term_months)), float(row.max_amount_yuan),
        row.secured != "credit", tuple(fee for fee in fees if fee[3]),
        retained=(float(row.retained_share), float(row.retained_rate)),
        approval_days=None if pd.isna(row.approval_days) else float(row.approval_days),
    )  # fmt: skip


def _typed(values: pd.Series, kind: str) -> pd.Series:
    """Read one column; what cannot be read is missing, which the contract then refuses where a value is needed."""
    if kind == "date":
        return pd.to_datetime(values, format="%Y-%m-%d", errors="coerce")
    if kind in ("yuan", "share", "count"):
        return pd.to_numeric(values, errors="coerce").astype("float64")
    if kind == "flag":
        return values.map({"true": True, "false": False}).astype("boolean")
    return values.str.strip()

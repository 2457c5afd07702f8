"""Our product beside peers': cost under each pattern of use, dominated offers, claims.

A peer's row without source and date seen is refused. `compare_offers` gives the matrix, `selling_points`
what may be claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microlib.contracts.failures import failure_frame, failure_lines
from microlib.contracts.peers import PEERS, Usage, read_usages
from microlib.contracts.policy import highest_rate
from microlib.contracts.product import Fee, Product
from microlib.contracts.schemas import frame_failures
from microlib.design.cost import COLUMNS, Retained, borrower_flows, fee_amounts, internal_rate, loan_flows
from microlib.design.schedules import Loan
from microlib.design.terms import Place, home_at
from microlib.errors import BadConfig, BadData
from microlib.home import home_of_terms
from microlib.stats.grouping import one_row, told_apart
from microlib.units import MONTHS_PER_YEAR

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
    fees : tuple of Fee
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
    fees: tuple[Fee, ...] = ()
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
    typed = frame.assign(
        **{column.name: _typed(frame[column.name], column.kind) for column in PEERS.columns if column.name in frame}
    )
    failures = frame_failures(typed, PEERS, file=str(path))
    cap = highest_rate(home_of_terms(Path(path)))
    bounds = {"seen_date": ("future_date", pd.Timestamp(as_of), "correct it")}
    bounds["yearly_rate"] = ("range", cap, f"at most {cap:g} (data/policies/country.toml): 4.85 % is 0.0485")
    place = {"file": str(path), "table": "peers", "severity": "block"}
    told = [
        {**place, "row": row + 1, "column": column, "value": frame.loc[row, column], "rule": rule, "fix": fix}
        for column, (rule, most, fix) in bounds.items()
        if column in typed
        for row in typed.index[typed[column] > most]
    ]
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
    peers = peers.assign(segments=peers["segments"].fillna(""))
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
    rule = product.repayment
    return Offer(
        product.code,
        "own",
        product.source,
        True,
        False,
        pd.Timestamp(as_of),
        product.repayment.method,
        float(product.yearly_rate),
        (product.min_term_months, product.max_term_months),
        float(product.limit.cap_yuan),
        product.secured != "credit",
        product.fees,
        (rule.grace_months, rule.season_months, float(rule.balloon_share)),
        approval_days=approval_days,
    )


def _months(row) -> tuple[int, int]:
    """Return the least and the longest term; one that is not told is the other."""
    told = [int(months) for months in (row.min_term_months, row.max_term_months) if pd.notna(months)]
    if not told:
        what = f"offer {row.offer_id} tells neither its least nor its longest term"
        raise BadData(what, where="peers, column max_term_months", fix="complete the row or leave it out")
    return min(told), max(told)


def _peer(row) -> Offer:
    fees = [
        _fee("upfront_fee", row.fee_payer, "at_start", rate=row.fee_share),
        _fee("fixed_fee", row.fee_payer, "at_start", yuan=row.fee_yuan),
        _fee("yearly_fee", row.fee_payer, "yearly", rate=row.yearly_fee_rate),
    ]
    return Offer(
        row.offer_id,
        row.lender,
        row.source,
        False,
        bool(row.is_synthetic) if pd.notna(row.is_synthetic) else True,
        row.seen_date,
        row.repayment,
        float(row.yearly_rate),
        _months(row),
        float(row.max_amount_yuan),
        row.secured != "credit",
        tuple(fee for fee in fees if fee.yuan or fee.rate),
        retained=(float(row.retained_share), float(row.retained_rate)),
        approval_days=None if pd.isna(row.approval_days) else float(row.approval_days),
    )


def _fee(code: str, payer: str, when: str, *, rate: float = 0.0, yuan: float = 0.0) -> Fee:
    """Return a fee as a peer's row shows it: nothing of it is checked that the row's contract has not."""
    basis = "fixed" if yuan else "amount"
    return Fee.model_construct(code=code, payer=payer, basis=basis, rate=Decimal(str(rate)), yuan=yuan, when=when)


def _typed(values: pd.Series, kind: str) -> pd.Series:
    """Read one column; what cannot be read is missing, which the contract then refuses where a value is needed."""
    if kind == "date":
        return pd.to_datetime(values, format="%Y-%m-%d", errors="coerce")
    if kind in ("yuan", "share", "count"):
        return pd.to_numeric(values, errors="coerce").astype("float64")
    if kind == "flag":
        return values.map({"true": True, "false": False}).astype("boolean")
    return values.str.strip()


START = date(2026, 1, 1)


def use_cost(offer: Offer, usage: Usage, *, amount_yuan: float) -> dict[str, float]:
    r"""Reckon what an offer costs its borrower when the money is needed in some months only.

    A revolving line is drawn in those months and repaid between them. Any other loan is taken whole for the term and
    paid back by its schedule, needed or not; or, where its terms are short enough, once for each run of months in need,
    for as many months as that run or the shortest term asks for: the cheaper of the two counts, as the borrower would
    choose.

    .. math:: u = \frac{12 \, C}{\sum_m \min(B_m, N_m)}

    with :math:`C` the whole cost (interest and the borrower's fees, less what a retained deposit earns), :math:`B_m`
    what is at hand in month m and :math:`N_m` what is needed.

    Returns
    -------
    dict
        ``interest_yuan, fees_yuan, cost_yuan``; ``used_rate`` (fraction a year of money needed and at hand);
        ``covered_share`` (of the need that is at hand); ``apr_rate`` by IRR x 12, missing where the flows change sign
        more than once and so have several; ``loans_count``

    Raises
    ------
    BadConfig
        If the offer has no term for this use (`loan_terms`).

    Examples
    --------
    >>> line = Offer("E", "x", "x", False, True, None, "revolving", 0.048, (1, 12), 1e6, False)
    >>> usage = Usage(code="five", said={"zh": "x", "en": "x"}, term_months=12, used_months=(1, 2, 3, 4, 5))
    >>> found = use_cost(line, usage, amount_yuan=1_000_000)
    >>> round(found["cost_yuan"]), round(found["used_rate"], 4)
    (20000, 0.048)
    """
    ways = loan_terms(offer, usage)
    if not ways:
        fix = f"its terms are {offer.months[0]} to {offer.months[1]} months"
        raise BadConfig(f"{offer.offer_id} has no term for {usage.code}", where="peers", fix=fix)
    found = [_use_cost(offer, usage, way, amount_yuan=amount_yuan) for way in ways]
    return min(found, key=lambda each: each["used_rate"])


Run = tuple[int, int]


def loan_terms(offer: Offer, usage: Usage) -> list[list[Run]]:
    """List the ways in which an offer serves a use: loans as first month and number of months, the whole term first.

    Examples
    --------
    >>> loan = Offer("A", "x", "x", False, True, None, "bullet", 0.05, (3, 24), 1e6, False)
    >>> usage = Usage(code="two", said={"zh": "x", "en": "x"}, term_months=12, used_months=(1, 2, 8, 9))
    >>> loan_terms(loan, usage)
    [[(1, 12)], [(1, 3), (8, 3)]]
    """
    shortest, longest = offer.months
    whole = [[(1, usage.term_months)]] if shortest <= usage.term_months <= longest else []
    if offer.repayment in ("revolving", "seasonal"):
        return whole
    apart = [(first, max(count, shortest)) for first, count in _runs(usage.used_months)]
    ends = [first + count for first, count in apart]
    nexts = [*[first for first, _ in apart[1:]], usage.term_months + 1]
    fits = all(
        end <= after and offer.shape[0] < count <= longest
        for end, after, (_, count) in zip(ends, nexts, apart, strict=True)
    )
    return whole + ([apart] if fits and [apart] != whole else [])


def _runs(months: tuple[int, ...]) -> list[Run]:
    """Months in need as runs: first month and how many follow one another."""
    days = sorted(months)
    firsts = [month for month in days if month - 1 not in days]
    return [(first, next(n for n in range(1, len(days) + 1) if first + n not in days)) for first in firsts]


def _use_cost(offer: Offer, usage: Usage, way: list[Run], *, amount_yuan: float) -> dict[str, float]:
    need = np.isin(np.arange(1, usage.term_months + 1), usage.used_months) * float(amount_yuan)
    if offer.repayment == "revolving":
        laid = _line_flows(offer, need, amount_yuan)
    else:
        laid = pd.concat([_loan_flows(offer, amount_yuan, first=first, months=count) for first, count in way])
    flows = borrower_flows(laid)
    months = range(usage.term_months)
    sums = flows.groupby(["month_number", "kind"])["amount_yuan"].sum().unstack(fill_value=0.0)
    sums = sums.reindex(columns=["paid_out", "principal", "interest", "fee", "deposit"], fill_value=0.0)
    lent = (sums["paid_out"] + sums["principal"]).reindex(months, fill_value=0.0).cumsum()
    kept = -sums["deposit"].reindex(months, fill_value=0.0).cumsum()
    at_hand = np.minimum((lent - kept).clip(lower=0.0).to_numpy(), need)
    cost, fees = -float(sums.to_numpy().sum()), -float(sums["fee"].sum())
    return {
        "interest_yuan": cost - fees,
        "fees_yuan": fees + 0.0,
        "cost_yuan": cost,
        "used_rate": MONTHS_PER_YEAR * cost / float(at_hand.sum()),
        "covered_share": float(at_hand.sum() / need.sum()),
        "apr_rate": _yearly(flows),
        "loans_count": float(len(way)),
    }


def _line_flows(offer: Offer, need: np.ndarray, amount_yuan: float) -> pd.DataFrame:
    """Lay out a line drawn in the months of need, as `cost.loan_flows` lays out a loan; a deposit follows the balance.

    It bears interest each month, and the deposit's earnings are paid with the last of it.
    """
    share, earns = offer.retained
    steps = np.diff(need, prepend=0.0, append=0.0)
    start, last = pd.Timestamp(START), len(need)
    rows = [(month, step, "paid_out", "bank") for month, step in enumerate(steps)]
    rows += [(month, -share * step, "deposit", "borrower") for month, step in enumerate(steps)]
    rows += [(last, share * need.sum() * earns / MONTHS_PER_YEAR, "deposit", "borrower")]
    rows += [
        (month, -lent * offer.yearly_rate / MONTHS_PER_YEAR, "interest", "borrower")
        for month, lent in enumerate(need, start=1)
    ]
    for fee in offer.fees:
        due = fee_amounts(fee, amount_yuan=amount_yuan, lent=np.append(need, 0.0))
        rows += [(month, -yuan, "fee", fee.payer) for month, yuan in due.items()]
    dated = [(month, start + pd.DateOffset(months=month), *rest) for month, *rest in rows]
    return pd.DataFrame(dated, columns=COLUMNS)


def _loan_flows(offer: Offer, amount_yuan: float, *, first: int, months: int) -> pd.DataFrame:
    """Lay out a loan taken before month `first` for so many months, by the offer's own schedule, needed or not."""
    grace, season, share = offer.shape
    loan = Loan(
        amount_yuan,
        offer.yearly_rate,
        months,
        offer.repayment,
        START,
        grace,
        season or tuple(range(1, 13)) if offer.repayment == "seasonal" else (),
        share if offer.repayment == "balloon" else 0.0,
    )
    kept = Retained(*offer.retained) if offer.retained[0] else None
    flows = loan_flows(loan, fees=offer.fees, retained=kept)
    return flows.assign(month_number=flows["month_number"] + first - 1)


def _yearly(flows: pd.DataFrame) -> float:
    try:
        return internal_rate(flows["amount_yuan"], flows["month_number"]) * MONTHS_PER_YEAR
    except BadConfig:
        return float("nan")


#: what is compared, and on which side the better lies
BETTER = {
    "used_rate": -1,
    "covered_share": 1,
    "fees_yuan": -1,
    "max_amount_yuan": 1,
    "max_term_months": 1,
    "approval_days": -1,
    "needs_security": -1,
}
COSTS = ["interest_yuan", "fees_yuan", "cost_yuan", "used_rate", "covered_share", "apr_rate"]
HEAD = [
    "usage",
    "offer_id",
    "lender",
    "is_own",
    "is_synthetic",
    "seen_date",
    "source",
    "amount_yuan",
    "is_available",
    "refused_by",
]
TAIL = ["max_amount_yuan", "max_term_months", "approval_days", "needs_security"]
SLACK = 1e-9


def compare_offers(offers: tuple[Offer, ...], usages: tuple[Usage, ...], *, amount_yuan: float) -> pd.DataFrame:
    """Lay every offer beside the others under every pattern of use, for one amount.

    Answers "for whom are we cheaper, and for whom is the shop next door?"

    Parameters
    ----------
    offers : tuple of Offer
        Ours and peers'.
    usages : tuple of Usage
        Patterns of use.
    amount_yuan : float
        What the borrower needs, > 0.

    Returns
    -------
    DataFrame
        One row per usage and offer, in the order given

        - ``usage, offer_id, lender, is_own, is_synthetic, seen_date, source, amount_yuan``
        - ``is_available``; ``refused_by``: ``amount`` or ``term`` where the offer cannot serve the use, else empty
        - ``interest_yuan, fees_yuan, cost_yuan, used_rate, covered_share, apr_rate`` as `use_cost`; missing
          where the offer is not available
        - ``max_amount_yuan, max_term_months, approval_days, needs_security``
    """
    rows = [_row(offer, usage, amount_yuan) for usage in usages for offer in offers]
    frame = pd.DataFrame(rows, columns=[*HEAD, *COSTS, *TAIL])
    numbers = [*COSTS, "max_amount_yuan", "max_term_months", "approval_days"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def cost_matrix(matrix: pd.DataFrame) -> pd.DataFrame:
    """Lay the yearly cost of money really used out with one row per offer and one column per pattern of use.

    Parameters
    ----------
    matrix : DataFrame
        Result of `compare_offers`. Not modified.

    Returns
    -------
    DataFrame
        ``offer_id, lender, is_own, is_synthetic, seen_date``, then ``<usage>_rate`` for each usage, missing where the
        offer cannot serve it; ours first.
    """
    head = ["offer_id", "lender", "is_own", "is_synthetic", "seen_date"]
    offers = matrix.drop_duplicates("offer_id")[head].reset_index(drop=True)
    usages = list(dict.fromkeys(matrix["usage"]))
    told_apart(matrix, key=["offer_id", "usage"], table="matrix")
    rates = matrix.pivot(index="offer_id", columns="usage", values="used_rate")
    return offers.assign(**{f"{usage}_rate": offers["offer_id"].map(rates[usage]) for usage in usages})


def dominated_offers(matrix: pd.DataFrame) -> pd.DataFrame:
    """Find the offers that another beats outright under a pattern of use.

    Parameters
    ----------
    matrix : DataFrame
        Result of `compare_offers`. Not modified.

    Returns
    -------
    DataFrame
        One row per pair: ``usage, offer_id`` (better), ``beats_id``, ``better_in`` (codes, with blanks between),
        ``better_count``. The better is worse in nothing and better in something; a figure that either side does not
        show rules the pair out.
    """
    rows = []
    for usage, group in matrix[matrix["is_available"].eq(True)].groupby("usage", sort=False):
        for first, second in permutations(group.to_dict("records"), 2):
            gains = _gains(first, second)
            if gains and min(gains.values()) >= -SLACK and max(gains.values()) > SLACK:
                better = [name for name, gain in gains.items() if gain > SLACK]
                rows.append((usage, first["offer_id"], second["offer_id"], " ".join(better), len(better)))
    return pd.DataFrame(rows, columns=["usage", "offer_id", "beats_id", "better_in", "better_count"])


def selling_points(matrix: pd.DataFrame) -> pd.DataFrame:
    """Say where our product is better than every peer that could serve the same use, and only there.

    Answers "what may the leaflet say?" What is not in this table with ``is_allowed`` may not be called a selling point.

    Parameters
    ----------
    matrix : DataFrame
        Result of `compare_offers`. Not modified.

    Returns
    -------
    DataFrame
        One row per usage and property

        - ``usage, measure, own_value, best_peer_value, best_peer_id, peers_count``; ``advantage_value`` (> 0 where
          ours is better)
        - ``finding``: ``best``, ``tied``, ``behind``, ``unknown`` (a peer does not show it), ``alone`` (no peer serves
          this use), ``not_offered``
        - ``is_allowed``: best among real peers; with synthetic ones it is an illustration and may not be claimed
    """
    rows = []
    for usage, group in matrix.groupby("usage", sort=False):
        mine = group["is_own"].eq(True)
        own = one_row(group[mine], f"the own offer for {usage}")
        peers = group[group["is_own"].eq(False) & group["is_available"].eq(True)].sort_values("offer_id", kind="stable")
        rows += [(usage, measure, *_claim(own, peers, measure)) for measure in BETTER]
    columns = [
        "usage",
        "measure",
        "own_value",
        "best_peer_value",
        "best_peer_id",
        "peers_count",
        "advantage_value",
        "finding",
        "is_allowed",
    ]
    return pd.DataFrame(rows, columns=columns)


def _row(offer: Offer, usage: Usage, amount_yuan: float) -> tuple:
    longest = offer.months[1]
    refused = "amount" if amount_yuan > offer.max_amount_yuan else "" if loan_terms(offer, usage) else "term"
    found = {} if refused else use_cost(offer, usage, amount_yuan=amount_yuan)
    return (
        usage.code,
        offer.offer_id,
        offer.lender,
        offer.is_own,
        offer.is_synthetic,
        offer.seen_date,
        offer.source,
        float(amount_yuan),
        not refused,
        refused,
        *(found.get(name, np.nan) for name in COSTS),
        offer.max_amount_yuan if np.isfinite(offer.max_amount_yuan) else np.nan,
        float(longest),
        offer.approval_days,
        offer.needs_security,
    )


def _gains(first: dict, second: dict) -> dict[str, float]:
    """Return by how much the first is better in each property; nothing where any is not shown."""
    gains = {
        name: side * (float(first[name]) - float(second[name]))
        for name, side in BETTER.items()
        if not (pd.isna(first[name]) and pd.isna(second[name]))
    }
    return {} if any(np.isnan(gain) for gain in gains.values()) else gains


def _claim(own: pd.Series, peers: pd.DataFrame, measure: str) -> tuple:
    side, value = BETTER[measure], own[measure]
    if not own["is_available"]:
        return (np.nan, np.nan, "", len(peers), np.nan, "not_offered", False)
    if peers.empty:
        return (float(value), np.nan, "", 0, np.nan, "alone", False)
    if pd.isna(value) or peers[measure].isna().any():
        return (float(value) if not pd.isna(value) else np.nan, np.nan, "", len(peers), np.nan, "unknown", False)
    best = peers.iloc[(peers[measure].astype("float64") * side).argmax()]
    gain = side * (float(value) - float(best[measure]))
    finding = "best" if gain > SLACK else "tied" if gain > -SLACK else "behind"
    is_allowed = finding == "best" and not peers["is_synthetic"].any()
    return (
        float(value),
        float(best[measure]),
        best["offer_id"],
        len(peers),
        gain,
        finding,
        bool(is_allowed),
    )


def peer_results(
    home: Place, *, product: Product, amount_yuan: float, as_of: date, approval_days: float | None = None
) -> dict[str, Any]:
    """Compare a product with what was seen of peers' products, where the home holds any.

    Returns
    -------
    dict of DataFrame
        ``comparison`` (`compare_offers`), ``cost_matrix, dominated`` and ``selling_points``; empty without
        peers.

    Raises
    ------
    BadData
        If a peer's row lacks source or date seen.
    """
    folder = home_at(home).config("peers")
    if not folder.has("peers.csv"):
        return {}
    seen = peers_known(folder / "peers.csv", as_of=as_of)
    if seen.empty:
        return {}
    ours = own_offer(product, as_of=as_of, approval_days=approval_days)
    uses = read_usages(folder / "usages.toml")
    whole = (ours, *peer_offers(seen, segments=product.segments))
    matrix = compare_offers(whole, uses, amount_yuan=amount_yuan)
    return {
        "comparison": matrix,
        "cost_matrix": cost_matrix(matrix),
        "dominated": dominated_offers(matrix),
        "selling_points": selling_points(matrix),
    }


def peer_titles(home: Place, *, as_of: date) -> dict[str, dict[str, str]]:
    """Return what each peer's offer is called, its number with its own name; nothing where the home holds no peers."""
    folder = home_at(home).config("peers")
    if not folder.has("peers.csv"):
        return {}
    rows = peers_known(folder / "peers.csv", as_of=as_of)
    titles = [f"{key} {name}" for key, name in zip(rows["offer_id"], rows["name"], strict=True)]
    return {key: {"zh": title, "en": title} for key, title in zip(rows["offer_id"], titles, strict=True)}


def usage_titles(home: Place) -> dict[str, dict[str, str]]:
    """Return the words of each pattern of use, under its code and under the column of its rate.

    Examples
    --------
    >>> usage_titles(".")["five_months_rate"]["zh"]
    '一年用五个月'
    """
    folder = home_at(home).config("peers")
    if not folder.has("usages.toml"):
        return {}
    said = {each.code: {"zh": each.said.zh, "en": each.said.en} for each in read_usages(folder / "usages.toml")}
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

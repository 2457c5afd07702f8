"""The products side by side: margin over the floor, peers, one term changed at a time, scene cards (场景卡)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, get_args

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.contracts.peers import read_usages
from microlib.contracts.policy import Policy, PricingPolicy
from microlib.contracts.product import RepaymentMethod
from microlib.design.decisions import DECISION_COLUMNS, decision_frame
from microlib.design.judgement import withheld
from microlib.design.peers import Offer, compare_offers, peer_offers, peers_known, selling_points
from microlib.design.prices import Parts, floor_rate, taxed_rate
from microlib.design.terms import home_at
from microlib.errors import EmptyBook
from microlib.metrics.loans import bad_exits
from microlib.metrics.segments import LEAST_LIFT, MOST_P
from microlib.metrics.service import OPEN_SECURITY, PATIENT, term_fits
from microlib.stats.grouping import one_row, told_apart
from microlib.stats.intervals import with_share

PARTS = ["ftp_rate", "opex_rate", "loss_rate", "capital_rate"]


class FloorInputs(NamedTuple):
    """What a floor needs of a product: its security, its way of selling, its average loan."""

    secured: str
    channel: str
    average_yuan: float


def floor_inputs(row: pd.Series, policy: PricingPolicy) -> FloorInputs | None:
    """Return a product's leaf; None where its security has no loss rate in the policy or it has no balance."""
    secured = row["secured"] if isinstance(row["secured"], str) else "credit"
    online = bool(row["is_online"]) if pd.notna(row["is_online"]) else False
    if secured not in policy.lgd or not row["average_yuan"] > 0:
        return None
    return FloorInputs(secured, "online" if online else "branch", float(row["average_yuan"]))


def average_loan_floor(leaf: FloorInputs, policy: PricingPolicy, *, pd_rate: float) -> dict[str, float]:
    """Return the floor of an average loan of a product, with its parts (`prices.floor_rate`)."""
    opex = policy.opex_rate + policy.opex_loan_yuan[leaf.channel] / leaf.average_yuan
    parts = Parts.of(policy, opex_rate=opex, pd_rate=pd_rate, secured=leaf.secured)
    pieces = dict(zip(PARTS, (parts.ftp_rate, parts.opex_rate, parts.loss_rate, parts.capital_rate), strict=True))
    return {**pieces, "floor_taxed_rate": taxed_rate(floor_rate(parts), policy)}


def product_margins(tree: pd.DataFrame, shrunk: pd.DataFrame, *, policy: PricingPolicy) -> pd.DataFrame:
    r"""Hold each product's rate against the floor of its average loan.

    Answers "which product carries the shelf, and which is sold at a loss?"

    .. math:: m_p = \bar r_p - r^*_p, \qquad M_p = m_p B_p

    Parameters
    ----------
    tree : DataFrame
        Result of `products.product_tree`. Not modified.
    shrunk : DataFrame
        ``product_id, shrunk_rate, shrunk_upper``: default rates drawn towards the bank's
        (`defaults.drawn_rates`). Not modified.
    policy : PricingPolicy

    Returns
    -------
    DataFrame
        One row per product with a balance, the largest margin in yuan first: ``product_id, balance_yuan, yearly_rate``,
        the parts ``ftp_rate, opex_rate, loss_rate, capital_rate``, ``floor_taxed_rate, margin_rate, margin_yuan`` (a
        year, on today's balance), ``upper_margin_rate`` (at the upper default rate), ``margin_finding``: ``earns``
        (even at the upper rate), ``thin`` (at the mean only), ``loses``

    Raises
    ------
    EmptyBook
        If no product has a balance, a rate and a known security.

    Notes
    -----
    The yearly default rate is read off the borrowers who are bad today, as the product design does: written-off ones
    are not among them, late renewals neither.
    """
    known = tree.merge(shrunk[["product_id", "shrunk_rate", "shrunk_upper"]], on="product_id")
    rows = [row for row in (_row(row, policy) for _, row in known.iterrows()) if row is not None]
    if not rows:
        raise EmptyBook(
            "no product has a balance, a rate and a security", where="products", fix="fill the product table"
        )
    found = pd.DataFrame(rows).sort_values(["margin_yuan", "product_id"], ascending=[False, True], ignore_index=True)
    earns = found["upper_margin_rate"] >= 0
    finding = np.select([earns, found["margin_rate"] >= 0], ["earns", "thin"], default="loses")
    return found.assign(margin_finding=finding)


@measure(optional=("loan_months",))
def product_results(
    tree: pd.DataFrame,
    margins: pd.DataFrame,
    loans: pd.DataFrame,
    loan_months: pd.DataFrame | None = None,
    *,
    as_of: date,
    since: object,
) -> pd.DataFrame:
    """Say of each product what it earned, what it lost and whom it reached in a year: the page of its owner.

    Parameters
    ----------
    tree, margins : DataFrame
        Results of `product_tree` and `product_margins`. Not modified.
    loans : DataFrame[loans]
        For first loans and what left bad. Not modified.
    loan_months : DataFrame[loan_months], optional
        The last balance of what was transferred.
    as_of : date
        Last day of the year.
    since : date
        The day before its first.

    Returns
    -------
    DataFrame
        One row per product: ``product_id, balance_yuan, margin_yuan`` (a year over the floor, expected loss among
        its costs; missing where not reckoned), ``lost_yuan`` (written off or sold bad in the year, `loans.bad_exits`),
        ``after_loss_yuan`` (the margin with the loss that came in place of the one expected), ``new_count``,
        ``reached_count`` (customers whose first loan here was this product, since), ``customers_count``

    Notes
    -----
    A ledger names no owner: read the rows of the products that are yours. Results of a product are not those of a
    person: branch, season and price of funds are in them.
    """
    day = pd.Timestamp(since)
    gone = bad_exits(loans, loan_months, as_of=as_of)
    left = gone["exit_yuan"].groupby(gone["loan_id"].map(loans.set_index("loan_id")["product_id"])).sum()
    first = loans.sort_values(["disbursed_date", "loan_id"], kind="stable").drop_duplicates("customer_id")
    reached = first[first["disbursed_date"] > day].groupby("product_id", observed=True).size()
    found = tree[["product_id", "customers_count", "balance_yuan", "new_count"]].assign(
        lost_yuan=tree["product_id"].map(left).astype("float64").fillna(0.0),
        reached_count=tree["product_id"].map(reached).fillna(0).astype("int64"),
    )
    joined = found.merge(margins[["product_id", "margin_yuan", "loss_rate"]], on="product_id", how="left")
    expected = joined["loss_rate"] * joined["balance_yuan"]
    joined["after_loss_yuan"] = joined["margin_yuan"] + expected - joined["lost_yuan"]
    order = ["product_id", "balance_yuan", "margin_yuan", "lost_yuan", "after_loss_yuan"]
    order += ["customers_count", "new_count", "reached_count"]
    return joined.sort_values(["balance_yuan", "product_id"], ascending=[False, True], ignore_index=True)[order]


def _row(row: pd.Series, policy: PricingPolicy) -> dict | None:
    leaf = floor_inputs(row, policy)
    if leaf is None or pd.isna(row["yearly_rate"]) or pd.isna(row["shrunk_rate"]):
        return None
    floor = average_loan_floor(leaf, policy, pd_rate=float(row["shrunk_rate"]))
    upper = average_loan_floor(leaf, policy, pd_rate=float(row["shrunk_upper"]))["floor_taxed_rate"]
    margin = float(row["yearly_rate"]) - floor["floor_taxed_rate"]
    return {
        "product_id": row["product_id"],
        "balance_yuan": row["balance_yuan"],
        "yearly_rate": row["yearly_rate"],
        **floor,
        "margin_rate": margin,
        "margin_yuan": margin * row["balance_yuan"],
        "upper_margin_rate": float(row["yearly_rate"]) - upper,
    }


#: term -> the changes tried, each as a factor or a step from today's value
CHANGES: dict[str, tuple] = {
    "max_amount": (0.5, 0.75, 1.25, 1.5, 2.0),
    "max_term": (0.5, 1.5, 2.0),
    "yearly_rate": (-0.01, -0.005, -0.0025, 0.0025, 0.005, 0.01),
    "repayment": ("interest_only", "equal_instalment"),
    "secured": ("credit", "guarantee", "mortgage"),
}
BETTER = {"covered_count": 1, "margin_yuan": 1, "loss_yuan": -1, "yearly_rate": -1}


@dataclass(frozen=True)
class Shelf:
    """One product as a what-if starts from it.

    Parameters
    ----------
    product_id : str
    terms : mapping
        ``min_amount_yuan, max_amount_yuan, max_term_months, secured, yearly_rate, repayment``.
    pd_rate : float
        Yearly default rate of its borrowers.
    channel : str
        ``branch`` or ``online``: what a loan costs to make.
    """

    product_id: str
    terms: Mapping[str, object]
    pd_rate: float
    channel: str


def shelf_of(
    tree: pd.DataFrame, products: pd.DataFrame, terms: pd.DataFrame, shrunk: pd.DataFrame
) -> tuple[Shelf, ...]:
    """Gather the standard products that have a balance, the largest first, with what a what-if starts from.

    Parameters
    ----------
    tree, products, terms, shrunk : DataFrame
        Results of `product_tree`, `service.standard_products`, `realised_terms` and `shrink_rates`. Not modified.

    Raises
    ------
    EmptyBook
        If no standard product has a balance.
    """
    rates = tree[["product_id", "balance_yuan", "yearly_rate"]].merge(
        terms[["product_id", "repayment"]], on="product_id"
    )
    whole = products.merge(rates, on="product_id").merge(shrunk[["product_id", "shrunk_rate"]], on="product_id")
    whole = whole[(whole["balance_yuan"] > 0) & whole["yearly_rate"].notna()]
    if whole.empty:
        raise EmptyBook("no standard product has a balance", where="products", fix="fill kind in the product table")
    names = ["min_amount_yuan", "max_amount_yuan", "max_term_months", "secured", "yearly_rate", "repayment"]
    ordered = whole.sort_values(["balance_yuan", "product_id"], ascending=[False, True])
    return tuple(
        Shelf(
            row["product_id"],
            row[names].to_dict(),
            float(row["shrunk_rate"]),
            "online" if pd.notna(row["is_online"]) and bool(row["is_online"]) else "branch",
        )
        for _, row in ordered.iterrows()
    )


def one_term_changed(needs: pd.DataFrame, *, shelf: Shelf, policy: PricingPolicy) -> pd.DataFrame:
    r"""Reckon today's terms and every change of one term on the same customers.

    Answers "which single change reaches more customers without losing the margin?"

    Parameters
    ----------
    needs : DataFrame
        Result of `service.customer_needs`. Not modified.
    shelf : Shelf
        Product and its realised terms.
    policy : PricingPolicy
        Floor, losses by security.

    Returns
    -------
    DataFrame
        First today's terms (``quantity`` ``today``), then a row per change

        - ``quantity`` (the term: max_amount_yuan, max_term_months, yearly_rate, repayment, secured), ``value`` (its
          new value in that unit; missing for a code) and ``new_code`` (empty for a number)
        - ``covered_count`` of ``needing_count``, ``covered_share``: needs met whole; ``lent_yuan``: their sum
        - ``loss_yuan``: a year's expected loss on it; ``margin_yuan``: a year's margin over the floor of the average
          need; ``margin_rate``
        - ``yearly_rate``: what the borrower pays; ``borrower_yuan``: a year's interest on the average need
        - ``is_frontier``: no other row is better in one of covered, margin, loss, rate and worse in none; of
          rows alike in all four only the first

    Raises
    ------
    EmptyBook
        If nobody has a need.

    Notes
    -----
    All of the covered are taken to borrow: a ceiling, not a forecast, and the same ceiling for every row. Demand is not
    made to depend on the rate, default not on size: what a branch knows of neither is not guessed here.
    """
    if needs.empty:
        raise EmptyBook("nobody has a need", where="applications", fix="load applications or account flows")
    scenarios = _scenarios(shelf.terms)
    met, rows = _met(needs, scenarios), []
    for number, (term, value, terms) in enumerate(scenarios):
        covered = needs["need_yuan"].to_numpy()[met[:, number]]
        code = value if isinstance(value, str) else ""
        head = {"quantity": term, "value": np.nan if value is code else value, "new_code": code}
        rows.append({**head, **_outcome(covered, len(needs), terms, shelf, policy)})
    found = pd.DataFrame(rows)
    return found.assign(is_frontier=_frontier(found))


def all_changes(needs: pd.DataFrame, *, shelves: tuple[Shelf, ...], policy: PricingPolicy) -> pd.DataFrame:
    """Try every change of one term on each product of the shelf: `one_term_changed` with ``product_id`` in front."""
    parts = [
        one_term_changed(needs, shelf=shelf, policy=policy).assign(product_id=shelf.product_id) for shelf in shelves
    ]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["product_id", *[name for name in whole.columns if name != "product_id"]]]


def of_product(found: pd.DataFrame, shelves: tuple[Shelf, ...], *, place: int = 0) -> pd.DataFrame:
    """Keep the changes of one product, by its place on the shelf: the largest first."""
    return found[found["product_id"] == shelves[place].product_id].reset_index(drop=True)


def best_changes(found: pd.DataFrame) -> pd.DataFrame:
    """Keep of each product the change that reaches most more customers at no lower margin.

    Parameters
    ----------
    found : DataFrame
        Result of `all_changes`. Not modified.

    Returns
    -------
    DataFrame
        One row per product that has such a change: on the frontier, with a margin in yuan of at least today's and a
        margin rate of at least today's or zero; the columns of `all_changes` with ``more_count, more_margin_yuan,
        more_loss_yuan, more_lent_yuan`` against today's terms
    """
    rows = [_best(part) for _, part in found.groupby("product_id", sort=False, observed=True)]
    return pd.concat(rows or [_best(found)], ignore_index=True)


def _best(found: pd.DataFrame) -> pd.DataFrame:
    if found.empty:
        names = ("more_count", "more_margin_yuan", "more_loss_yuan", "more_lent_yuan")
        return found.assign(**{name: pd.Series(dtype="float64") for name in names})
    today = one_row(found, "found", quantity="today")
    gain = found.assign(
        more_count=found["covered_count"] - today["covered_count"],
        more_margin_yuan=found["margin_yuan"] - today["margin_yuan"],
        more_loss_yuan=found["loss_yuan"] - today["loss_yuan"],
        more_lent_yuan=found["lent_yuan"] - today["lent_yuan"],
    )
    worth = gain[
        gain["is_frontier"]
        & (gain["more_count"] > 0)
        & (gain["more_margin_yuan"] >= 0)
        & (gain["margin_rate"] >= min(0.0, today["margin_rate"]))
    ]
    by = ["more_count", "more_margin_yuan", "quantity", "new_code", "value"]
    return worth.sort_values(by, ascending=[False, False, True, True, True]).head(1)


def _scenarios(terms: Mapping[str, object]) -> list[tuple[str, str | float, dict]]:
    """Today's terms, and every change of one of them."""
    found: list[tuple[str, str | float, dict]] = [("today", "", dict(terms))]
    for term, steps in CHANGES.items():
        for step in steps:
            name, value = _changed(terms, term, step)
            if value is not None and value != terms[name]:
                found.append((name, value if isinstance(value, str) else float(value), {**terms, name: value}))
    return found


def _changed(terms: Mapping[str, object], term: str, step: object) -> tuple[str, object]:
    if term == "yearly_rate":
        return term, round(float(terms[term]) + step, 6)
    if term in ("repayment", "secured"):
        return term, step
    name = {"max_amount": "max_amount_yuan", "max_term": "max_term_months"}[term]
    today = terms[name]
    return name, None if pd.isna(today) else int(float(today) * step)


def _met(needs: pd.DataFrame, scenarios: list[tuple[str, str | float, dict]]) -> np.ndarray:
    """Whether each need (row) is met whole under each scenario (column): all in one pass."""
    names = ["min_amount_yuan", "max_amount_yuan", "max_term_months", "secured"]
    tried = pd.DataFrame([{name: terms[name] for name in names} for _, _, terms in scenarios])
    tried = tried.assign(product_id=np.arange(len(tried)))
    ways = pd.Series([terms["repayment"] for _, _, terms in scenarios])
    fits = term_fits(needs, tried, ways)
    return (fits["misses_count"] == 0).to_numpy().reshape(len(needs), len(scenarios))


def _outcome(covered: np.ndarray, needing: int, terms: Mapping, shelf: Shelf, policy: PricingPolicy) -> dict:
    lent, rate = float(covered.sum()), float(terms["yearly_rate"])
    secured = terms["secured"] if terms["secured"] in policy.lgd else OPEN_SECURITY[0]
    average, floor = float("nan"), float("nan")
    if len(covered):
        average = lent / len(covered)
        floor = average_loan_floor(FloorInputs(secured, shelf.channel, average), policy, pd_rate=shelf.pd_rate)[
            "floor_taxed_rate"
        ]
    return {
        "covered_count": len(covered),
        "needing_count": needing,
        "covered_share": len(covered) / needing,
        "lent_yuan": lent,
        "loss_yuan": lent * shelf.pd_rate * policy.lgd[secured],
        "margin_rate": rate - floor,
        "margin_yuan": lent * (rate - floor) if len(covered) else 0.0,
        "yearly_rate": rate,
        "borrower_yuan": average * rate * (1.0 if terms["repayment"] in PATIENT else 0.5),
    }


def _frontier(found: pd.DataFrame) -> np.ndarray:
    values = np.column_stack([found[name].to_numpy(float) * side for name, side in BETTER.items()])
    no_worse = (values[:, None, :] <= values[None, :, :]).all(axis=2)
    better = (values[:, None, :] < values[None, :, :]).any(axis=2)
    return ~(no_worse & better).any(axis=1) & ~found.duplicated(list(BETTER)).to_numpy()


#: ways of repaying that a schedule knows; others cannot be costed
KNOWN = get_args(RepaymentMethod)
UNIT = 10_000


def ledger_offer(product: pd.Series, terms: pd.Series, *, as_of: date, approval_days: float | None) -> Offer:
    """Return one of our products as it is really sold: the median rate, the commonest way of repaying.

    Parameters
    ----------
    product : Series
        Row of the product table.
    terms : Series
        Its row of `products.realised_terms`.
    as_of : date
    approval_days : float, optional
        Days that were kept in nine of ten cases.

    Examples
    --------
    >>> product = pd.Series({"product_id": "P1", "min_term_months": 6, "max_term_months": 12, "is_revolving": True,
    ...                      "max_amount_yuan": 1e6, "secured": "credit"})
    >>> terms = pd.Series({"yearly_rate": 0.05, "repayment": "bullet"})
    >>> ledger_offer(product, terms, as_of=date(2026, 6, 30), approval_days=None).repayment
    'revolving'
    """
    revolves = bool(product["is_revolving"]) if pd.notna(product["is_revolving"]) else False
    way = "revolving" if revolves else str(terms["repayment"])
    low, high = (
        int(product[name]) if pd.notna(product[name]) else other
        for name, other in (("min_term_months", 1), ("max_term_months", 12))
    )
    largest = float(product["max_amount_yuan"]) if pd.notna(product["max_amount_yuan"]) else float("inf")
    return Offer(
        str(product["product_id"]),
        "own",
        "ledger",
        True,
        False,
        pd.Timestamp(as_of),
        way,
        float(terms["yearly_rate"]),
        (min(low, high), high),
        largest,
        product["secured"] != "credit",
        approval_days=approval_days,
    )


def shelf_comparison(
    products: pd.DataFrame, terms: pd.DataFrame, promises: pd.DataFrame | None = None, *, home: object, as_of: date
) -> pd.DataFrame:
    """Lay each of our products beside what was seen of peers', at its own median amount.

    Answers "for which use is each of ours the cheaper one, and where may we say so?"

    Parameters
    ----------
    products : DataFrame[products]
        Those to compare. Not modified.
    terms : DataFrame
        Result of `products.realised_terms`. Not modified.
    promises : DataFrame, optional
        Result of `service.stage_times` within ``product_id``. Not modified.
    home : Home or path
        Holds ``data/peers``.
    as_of : date

    Returns
    -------
    DataFrame
        Rows of `peers.compare_offers` with ``product_id`` (ours, that the rows stand beside) in front

    Raises
    ------
    EmptyBook
        If the home holds no peers, or no product has a rate and a way of repaying that can be costed.

    Notes
    -----
    Our rate is the median of live loans, a peer's that of its advertisement: ours holds what was conceded. Peers' rows
    that are synthetic say so and prove nothing.
    """
    folder = home_at(home).config("peers")
    if not folder.has("peers.csv"):
        raise EmptyBook(
            "no peer's product was seen", where="data/peers", fix="write down what was seen, with its source"
        )
    seen = peers_known(folder / "peers.csv", as_of=as_of)
    if seen.empty:
        raise EmptyBook("no peer's product had been seen by then", where="data/peers", fix="write down what is seen")
    peers = peer_offers(seen)
    uses, kept = read_usages(folder / "usages.toml"), _kept(promises)
    rows = products.merge(terms[["product_id", "yearly_rate", "repayment", "amount_yuan"]], on="product_id")
    found = []
    for _, row in rows.iterrows():
        own = ledger_offer(row, row, as_of=as_of, approval_days=kept.get(row["product_id"]))
        amount = max(UNIT, round(float(row["amount_yuan"]) / UNIT) * UNIT)
        if own.repayment in KNOWN and pd.notna(row["yearly_rate"]):
            matrix = compare_offers((own, *peers), uses, amount_yuan=amount)
            found.append(matrix.assign(product_id=row["product_id"]))
    if not found:
        raise EmptyBook("no product can be costed", where="products", fix="fill rate and repayment in the ledger")
    whole = pd.concat(found, ignore_index=True)
    return whole[["product_id", *[name for name in whole.columns if name != "product_id"]]]


def shelf_claims(matrix: pd.DataFrame) -> pd.DataFrame:
    """Say of each of our products in what it is better than every peer that could serve the same use.

    Parameters
    ----------
    matrix : DataFrame
        Result of `shelf_comparison`. Not modified.

    Returns
    -------
    DataFrame
        Rows of `peers.selling_points` with ``product_id``; only ``finding == "best"`` with ``is_allowed`` may be
        said outside
    """
    groups = matrix.groupby("product_id", sort=False, observed=True)
    found = [selling_points(part).assign(product_id=name) for name, part in groups]
    if not found:
        raise EmptyBook("no product of ours was compared", where="shelf_comparison", fix="enter offers of peers first")
    whole = pd.concat(found, ignore_index=True)
    return whole[["product_id", *[name for name in whole.columns if name != "product_id"]]]


def better_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Keep what we are better in, whether it may be told or, over synthetic peers, only illustrates.

    Examples
    --------
    >>> claims = pd.DataFrame({"finding": ["best", "behind"], "measure": ["used_rate", "fees_yuan"]})
    >>> better_claims(claims)["measure"].tolist()
    ['used_rate']
    """
    return claims[claims["finding"] == "best"].reset_index(drop=True)


def cost_matrix(matrix: pd.DataFrame) -> pd.DataFrame:
    """Keep of a comparison the yearly cost of money used: one row per product and use, ours and the cheapest peer's.

    Parameters
    ----------
    matrix : DataFrame
        Result of `shelf_comparison`. Not modified.

    Returns
    -------
    DataFrame
        ``product_id, usage, amount_yuan, own_rate`` (yearly cost of money needed and at hand; missing where ours does
        not serve the use), ``peer_rate, peer_id`` (the cheapest that serves it), ``peers_count`` (that serve it),
        ``gap_rate`` (ours less theirs), ``is_synthetic`` (some peer's row is)

    Examples
    --------
    >>> rows = pd.DataFrame({"product_id": "P1", "usage": "u", "amount_yuan": 1.0, "offer_id": ["P1", "Q1"],
    ...     "is_own": [True, False], "is_available": True, "used_rate": [0.05, 0.06], "is_synthetic": [False, True]})
    >>> cost_matrix(rows)[["peer_id", "gap_rate"]].round(3).values.tolist()
    [['Q1', -0.01]]
    """
    own = matrix[matrix["is_own"].eq(True)].set_index(["product_id", "usage"])[["amount_yuan", "used_rate"]]
    peers = matrix[matrix["is_own"].eq(False) & matrix["is_available"].eq(True)].sort_values(
        ["used_rate", "offer_id"], kind="stable"
    )
    groups = peers.groupby(["product_id", "usage"], observed=True)
    best = groups[["used_rate", "offer_id"]].first().set_axis(["peer_rate", "peer_id"], axis=1)
    told = best.join(groups.agg(peers_count=("offer_id", "size"), is_synthetic=("is_synthetic", "any")))
    found = own.rename(columns={"used_rate": "own_rate"}).join(told)
    found["peers_count"] = found["peers_count"].fillna(0).astype("int64")
    return found.assign(gap_rate=found["own_rate"] - found["peer_rate"]).reset_index()


def _kept(promises: pd.DataFrame | None) -> dict[str, float]:
    if promises is None:
        return {}
    whole = promises[promises["stage"] == "whole_way"].set_index("product_id")
    return whole["promise_days_high"].fillna(whole["promise_days"]).to_dict()


#: a month in which twice its twelfth of the members peak is the group's
GATHERED = 2 / 12
STEPS = {
    "shared_place": "visit_place",
    "shared_need": "call_before_peak",
    "shared_enhancer": "ask_enhancer",
    "channel": "ask_channel",
    "derived": "ask_customer",
}


def asking_rates(memberships: pd.DataFrame, applications: pd.DataFrame, *, since: object) -> pd.DataFrame:
    r"""Measure per group how many members asked for a loan in a year, how many got it, and how much.

    Parameters
    ----------
    memberships : DataFrame
        Result of `segments.assign_segments`; primary groups. Not modified.
    applications : DataFrame[applications]
        Not modified.
    since : date
        First day of the year.

    Returns
    -------
    DataFrame
        One row per segment: ``members_count, asking_count, granted_count``, ``lent_share, lent_low, lent_high``
        (members granted a loan in the year, of all members; Jeffreys), ``typical_yuan``
        (median granted; missing when none)

    Raises
    ------
    EmptyBook
        If nobody asked in the year.
    """
    year = applications[applications["submitted_at"] >= pd.Timestamp(since)]
    if year.empty:
        raise EmptyBook("nobody applied in the year", where="applications", fix="load a year's applications")
    first = memberships[memberships["is_primary"].eq(True)].drop_duplicates("customer_id")
    granted = year[year["granted_yuan"].fillna(0.0) > 0]
    rows = first.assign(
        members_count=1,
        asking_count=first["customer_id"].isin(year["customer_id"]).astype("int64"),
        granted_count=first["customer_id"].isin(granted["customer_id"]).astype("int64"),
    )
    names = ["members_count", "asking_count", "granted_count"]
    found = rows.groupby("segment", as_index=False, observed=True)[names].sum()
    amounts = granted.merge(first[["customer_id", "segment"]], on="customer_id").groupby("segment", observed=True)
    found = with_share(found, hit="granted_count", base="members_count", name="lent")
    return found.assign(typical_yuan=found["segment"].map(amounts["granted_yuan"].median()))


def scene_cards(
    asking: pd.DataFrame, labels: pd.DataFrame, evidence: pd.DataFrame, coverage: pd.DataFrame, *, free: pd.DataFrame
) -> pd.DataFrame:
    """Put on one card per group what brings its members to the counter, and how much that may be.

    Answers "where do we stand next month, with which product, and what may come of it?"

    Parameters
    ----------
    asking : DataFrame
        Result of `asking_rates`. Not modified, nor are the others.
    labels, evidence : DataFrame
        Results of `segments.group_labels` and `segments.type_evidence`.
    coverage : DataFrame
        Result of `service.need_coverage`: the product that covers most.
    free : DataFrame
        ``segment, free_count``: members without a live loan (`free_members`).

    Returns
    -------
    DataFrame
        One row per segment: ``segment, trigger`` (its strongest type; ``unclear`` when none is evident), ``place`` (the
        commonest value of the strongest factor; empty when none), ``peak_month`` (1 .. 12; missing when its
        members' takings have no month in common), ``product_id``, ``free_count``, ``lent_share`` with ``lent_low,
        lent_high``, ``volume_low_yuan, volume_high_yuan`` (free members x bounds of the share x typical amount),
        ``next_step`` (code)

    Notes
    -----
    The share is that of last year's members, who were asked less or more than will be: the volume is what an ordinary
    year brings, not what a campaign adds.
    """
    told_apart(evidence, key=["segment", "factor"], table="evidence")
    told_apart(labels, key=["segment"], table="labels")
    told_apart(coverage, key=["segment"], table="coverage")
    gathered = (evidence["coverage_share"] > GATHERED) & (evidence["lift_ratio"] > LEAST_LIFT)
    peaks = evidence[(evidence["factor"] == "peak_month") & gathered & (evidence["p_value"] < MOST_P)]
    peaks = peaks.set_index("segment")["top_value"]
    first = labels.set_index("segment")
    kind = evidence.set_index(["segment", "factor"])
    rows = asking.merge(free, on="segment", how="left")
    factor = rows["segment"].map(first["strongest_factor"])
    pairs = list(zip(rows["segment"], factor, strict=True))
    trigger = [kind.loc[pair, "group_type"] if pair in kind.index else "unclear" for pair in pairs]
    place = [str(kind.loc[pair, "top_value"]) if pair in kind.index else "" for pair in pairs]
    typical = rows["free_count"].fillna(0) * rows["typical_yuan"]
    product = rows["segment"].map(coverage.set_index("segment")["best_product"])
    found = rows[["segment", "free_count", "lent_share", "lent_low", "lent_high", "lent_share_count", "typical_yuan"]]
    found = found.assign(
        trigger=trigger,
        place=place,
        peak_month=rows["segment"].map(peaks).astype("float64"),
        product_id=product,
        volume_low_yuan=typical * rows["lent_low"],
        volume_high_yuan=typical * rows["lent_high"],
        next_step=[STEPS.get(name, "gather_evidence") for name in trigger],
    )
    return found.sort_values(
        ["volume_high_yuan", "segment"], ascending=[False, True], na_position="last", ignore_index=True
    )


def free_members(memberships: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Count per primary group the members without a live loan.

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "m", "is_primary": True})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [5.0]})
    >>> free_members(members, loans).values.tolist()
    [['m', 1]]
    """
    first = memberships[memberships["is_primary"].eq(True)].drop_duplicates("customer_id")
    owing = loans.loc[loans["balance_yuan"] > 0, "customer_id"]
    free = np.where(first["customer_id"].isin(owing), 0, 1)
    return first.assign(free_count=free).groupby("segment", as_index=False, observed=True)["free_count"].sum()


def changeable(best: pd.DataFrame, judgements: pd.DataFrame) -> pd.DataFrame:
    """Keep the changes of products that may be offered to somebody new (`judgement.withheld`).

    Parameters
    ----------
    best : DataFrame
        Result of `best_changes`. Not modified.
    judgements : DataFrame
        Result of `judgement.product_judgements`. Not modified.

    Examples
    --------
    >>> best = pd.DataFrame({"product_id": ["P1", "P2"]})
    >>> judged = pd.DataFrame({"segment": ["P1", "P2"], "state": "keep", "step": ["keep_selling", "look_at_largest"]})
    >>> changeable(best, judged)["product_id"].to_list()
    ['P1']
    """
    open_ones = judgements.loc[~judgements["segment"].isin(withheld(judgements)), "segment"]
    return best[best["product_id"].isin(open_ones)].reset_index(drop=True)


def change_decisions(best: pd.DataFrame, judgements: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose to try the one change of a term that reaches more customers at no lower margin.

    A product that is stopped, or loses on its floor, is tried with nothing.

    Parameters
    ----------
    best : DataFrame
        Result of `best_changes`. Not modified.
    judgements : DataFrame
        Result of `judgement.product_judgements`. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        ``decisions.DECISION_COLUMNS``; the amount is what could be lent in all, the cost of not doing it unknown: a
        ceiling of demand is no margin forgone.
    """
    best = changeable(best, judgements)
    return _rows(
        best.assign(
            action="do",
            segment=best["product_id"],
            step="try_one_term",
            amount_yuan=best["more_lent_yuan"],
            owner="product_manager",
            waiting_cost_yuan=float("nan"),
            overturning_measure="margin_rate",
            overturning_side="below",
        ),
        policy=policy,
        as_of=as_of,
    )


def trials(changes: pd.DataFrame, rooms: pd.Series, *, fewest_yuan: float) -> pd.DataFrame:
    """Keep of the changes what may be tried within a loss budget, where it is open.

    Answers "a term may be tried: with how much?" With an amount that even at the upper default rate of a bad year costs
    no more than the budget of one pilot.

    Parameters
    ----------
    changes : DataFrame
        Result of `change_decisions`. Not modified.
    rooms : Series
        Product -> what may be lent on trial (`judgement.pilot_room`, yuan); products that are lent to no group which is
        open have none.
    fewest_yuan : float
        Least amount of a trial: ``decisions.pilot_fewest_count`` loans of ``decisions.pilot_loan_yuan``.

    Examples
    --------
    >>> changes = pd.DataFrame({"segment": ["P1", "P2"], "step": "try_one_term", "amount_yuan": [9e6, 9e6]})
    >>> trials(changes, pd.Series({"P1": 2e6}), fewest_yuan=5e5)[["segment", "step", "amount_yuan"]].values.tolist()
    [['P1', 'try_within_budget', 2000000.0]]
    """
    room = changes["segment"].map(rooms).astype("float64")
    amount = np.fmin(changes["amount_yuan"].astype("float64"), room)
    kept = (room >= fewest_yuan) & (amount > 0)
    return changes.assign(step="try_within_budget", amount_yuan=amount)[kept].reset_index(drop=True)


def _rows(frame: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.design_days))
    return decision_frame(frame.assign(due_date=due, overturning_value=0.0)[list(DECISION_COLUMNS)].to_dict("records"))

"""Every standard product of the shelf beside peers, by true cost under each pattern of use."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.design import dated_files
from microlib.design.peers import comparisons, offers, usages
from microlib.errors import EmptyBook

#: ways of repaying that a schedule knows; others cannot be costed
KNOWN = (
    "equal_instalment", "equal_principal", "interest_only", "bullet", "equal_principal_and_interest", "seasonal",
    "revolving", "balloon",
)  # fmt: skip
UNIT = 10_000


def ledger_offer(product: pd.Series, terms: pd.Series, *, as_of: date, approval_days: float | None) -> offers.Offer:
    """Return one of our products as it is really sold: the median rate, the commonest way of repaying.

    Parameters
    ----------
    product : Series
        Row of the product table.
    terms : Series
        Its row of `overlaps.realised_terms`.
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
    low, high = (int(product[name]) if pd.notna(product[name]) else other
                 for name, other in (("min_term_months", 1), ("max_term_months", 12)))  # fmt: skip
    largest = float(product["max_amount_yuan"]) if pd.notna(product["max_amount_yuan"]) else float("inf")
    return offers.Offer(
        str(product["product_id"]), "own", "ledger", True, False, pd.Timestamp(as_of), way, float(terms["yearly_rate"]),
        (min(low, high), high), largest, product["secured"] != "credit", approval_days=approval_days,
    )  # fmt: skip


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
        Result of `overlaps.realised_terms`. Not modified.
    promises : DataFrame, optional
        Result of `stage_times.stage_times` within ``product_id``. Not modified.
    home : Home or path
        Holds ``data/peers``.
    as_of : date

    Returns
    -------
    DataFrame
        Rows of `comparisons.compare_offers` with ``product_id`` (ours, that the rows stand beside) in front

    Raises
    ------
    EmptyBook
        If the home holds no peers, or no product has a rate and a way of repaying that can be costed.

    Notes
    -----
    Our rate is the median of live loans, a peer's that of its advertisement: ours holds what was conceded. Peers' rows
    that are synthetic say so and prove nothing.
    """
    folder = dated_files.home_at(home).config("peers")
    if not folder.has("peers.csv"):
        raise EmptyBook(
            "no peer's product was seen", where="data/peers", fix="write down what was seen, with its source"
        )
    seen = offers.peers_known(folder / "peers.csv", as_of=as_of)
    if seen.empty:
        raise EmptyBook("no peer's product had been seen by then", where="data/peers", fix="write down what is seen")
    peers = offers.peer_offers(seen)
    uses, kept = usages.read_usages(folder / "usages.toml"), _kept(promises)
    rows = products.merge(terms[["product_id", "yearly_rate", "repayment", "amount_yuan"]], on="product_id")
    found = []
    for _, row in rows.iterrows():
        own = ledger_offer(row, row, as_of=as_of, approval_days=kept.get(row["product_id"]))
        amount = max(UNIT, round(float(row["amount_yuan"]) / UNIT) * UNIT)
        if own.repayment in KNOWN and pd.notna(row["yearly_rate"]):
            matrix = comparisons.compare_offers((own, *peers), uses, amount_yuan=amount)
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
        Rows of `comparisons.selling_points` with ``product_id``; only ``finding == "best"`` with ``is_allowed`` may be
        said outside
    """
    groups = matrix.groupby("product_id", sort=False, observed=True)
    found = [comparisons.selling_points(part).assign(product_id=name) for name, part in groups]
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
    own = matrix[matrix["is_own"]].set_index(["product_id", "usage"])[["amount_yuan", "used_rate"]]
    peers = matrix[~matrix["is_own"] & matrix["is_available"]].sort_values(["used_rate", "offer_id"], kind="stable")
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

"""Who is connected (关联客户): links weighed by what they prove, groups, and the exposure to each group.

`shared_links` finds links in the bank's own tables, `link_weights` weighs them, `connected_groups` and
`group_exposures` follow. Which links have an innocent reason is looked up in `links`; guarantees stand in
`guarantees`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from microlib.contracts.needs import measure
from microlib.errors import BadData, EmptyBook
from microlib.stats.grouping import told_apart

#: evidence of a certain link: -ln(1 - w) of the strongest weight that is still a number
MOST_EVIDENCE = 16.0


@dataclass(frozen=True)
class CodedLinks:
    """Links as whole numbers: both ends, the kind of each link, and the value that the two share.

    Parameters
    ----------
    first, second : ndarray of int
        Customers, 0 .. customers - 1. The same pair and value appear once.
    kinds : ndarray of int
        Row of the evidence table.
    values : ndarray of int
        The shared value, 0 .. ; a value has one kind.
    customers : int
        How many customers there are, linked or not.
    """

    first: np.ndarray
    second: np.ndarray
    kinds: np.ndarray
    values: np.ndarray
    customers: int


def holder_counts(links: CodedLinks) -> np.ndarray:
    """Count the different customers that hold each value.

    Parameters
    ----------
    links : CodedLinks
        A value's links may list all pairs of its holders, or one holder against the others. Not modified.

    Returns
    -------
    ndarray of int
        One count per value; 0 for a number that no link carries.

    Examples
    --------
    >>> star = CodedLinks(np.array([0, 0, 4]), np.array([1, 2, 5]), np.zeros(3, int), np.array([0, 0, 1]), customers=6)
    >>> holder_counts(star).tolist()
    [3, 2]
    """
    listed = np.bincount(links.values)
    single = links.first != links.second
    counts = np.where(listed > 0, 1, 0)
    counts[links.values[single]] = 2
    several = listed[links.values] > 1
    bits = max(int(links.customers - 1).bit_length(), 1)
    stem = links.values[several].astype(np.int64) << bits
    keys = np.concatenate([stem | links.first[several], stem | links.second[several]])
    keys.sort()
    fresh = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    exact = np.bincount(keys[fresh] >> bits, minlength=len(listed))
    return np.where(listed > 1, exact, counts)


def evidence_of(weights: np.ndarray) -> np.ndarray:
    r"""Turn weights into evidence that adds up: :math:`-\ln(1 - w)`, so that 1 - exp(-sum) is "at least one holds".

    Examples
    --------
    >>> evidence_of(np.array([0.0, 0.5, 1.0])).round(4).tolist()
    [0.0, 0.6931, 16.0]
    """
    with np.errstate(divide="ignore"):
        return np.minimum(-np.log1p(-np.asarray(weights, dtype="float64")), MOST_EVIDENCE)


def coded_groups(links: CodedLinks, *, weights: np.ndarray, threshold: float) -> np.ndarray:
    r"""Number the connected groups of all customers from links of which common values count less.

    Answers "who belongs together, if a shared market address is no evidence and two weak signs make a strong one?"

    .. math:: w_{ab} = 1 - \prod_{l \in ab} (1 - w_{t_l, n_l}) \ge w^*

    where :math:`t_l` is the kind of link l, :math:`n_l` the number of holders of its value; pairs under the threshold
    :math:`w^*` are no link.

    Parameters
    ----------
    links : CodedLinks
        Not modified.
    weights : ndarray
        Row per kind, column per number of holders (fractions); the last column serves all larger numbers.
    threshold : float
        :math:`w^*`, 0 .. 1 exclusive.

    Returns
    -------
    ndarray of int
        The group of each customer, 0 .. ; a customer without a link is a group of one.

    Notes
    -----
    One sort of the ends counts holders; the sum over links of a pair is what building a sparse matrix does anyway.

    Examples
    --------
    >>> hub = CodedLinks(np.array([0, 0, 0, 3]), np.array([1, 2, 3, 4]), np.zeros(4, int), np.array([0, 0, 0, 1]), 5)
    >>> coded_groups(hub, weights=np.array([[0, 0, 0.9, 0.9, 0.0]]), threshold=0.5).tolist()
    [0, 1, 2, 3, 3]
    """
    table = evidence_of(weights).astype(np.float32)
    holders = np.minimum(holder_counts(links), table.shape[1] - 1)
    evidence = table[links.kinds, holders[links.values]]
    kept = evidence > 0
    first, second = links.first[kept].astype(np.int32), links.second[kept].astype(np.int32)
    ends = np.minimum(first, second), np.maximum(first, second)
    shape = (links.customers, links.customers)
    graph = sparse.csr_matrix((evidence[kept], ends), shape=shape)
    graph.data[graph.data < float(evidence_of(np.array([threshold]))[0]) * (1.0 - 1e-6)] = 0.0
    graph.eliminate_zeros()
    return connected_components(graph, directed=False)[1]


def linked_labels(first: np.ndarray, second: np.ndarray, *, count: int, strong: bool = False) -> np.ndarray:
    """Number the connected parts of a graph given by its edges; `strong` asks for a way there and back.

    Examples
    --------
    >>> linked_labels(np.array([0, 1]), np.array([1, 0]), count=3).tolist()
    [0, 0, 1]
    """
    nameless = int(((first < 0) | (second < 0)).sum())
    if nameless:
        what = f"{nameless} of {len(first)} links lack a name at one end: nobody knows whom they connect"
        raise BadData(what, where="links", fix="complete these links or leave them out")
    graph = sparse.csr_matrix((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count, count))
    graph.data[:] = 1
    return connected_components(graph, directed=strong, connection="strong" if strong else "weak")[1]


#: ties between two persons or firms: many of them do not make each one weaker
RELATIONS = {
    "legal_representative": 0.95,
    "controller": 0.95,
    "shareholder": 0.7,
    "spouse": 0.95,
    "kin": 0.75,
    "referral": 0.1,
}
#: things that two customers share: the more hold the same, the less it proves
SHARED = {
    "account": 0.85,
    "shared_collateral": 0.8,
    "phone": 0.6,
    "device": 0.5,
    "mailbox": 0.5,
    "address": 0.4,
    "guarantee": 0.3,
    "registered_address": 0.2,
    "accountant": 0.1,
}
ENDS = ["customer_id_a", "customer_id_b"]


@dataclass(frozen=True)
class LinkRules:
    """What a link counts; working judgements of the house, to be replaced by the bank's own.

    Parameters
    ----------
    weights : mapping
        Weight (fraction) of each kind of link when just two hold the value and its source is certain.
    threshold : float
        From this weight of all their links together, two customers are linked.
    most_holders : int
        A shared value with more holders links nobody (a market's address, an accountant's phone).
    most_relatives : int
        The same for ties such as a controlling company: above this number the entry is a filler.
    window_days : int
        A link seen longer ago than this does not count; one without a date does.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType(RELATIONS | SHARED))
    threshold: float = 0.5
    most_holders: int = 20
    most_relatives: int = 200
    window_days: int = 730

    def weight(self, kinds: pd.Series, holders: np.ndarray) -> np.ndarray:
        """Return the weight of links by kind and number of holders (see `link_weights`)."""
        base = kinds.map(dict(self.weights)).to_numpy("float64")
        tie = kinds.isin(RELATIONS).to_numpy()
        common = 1.0 / (1.0 + np.log(np.maximum(holders, 2) / 2.0))
        most = np.where(tie, self.most_relatives, self.most_holders)
        return np.where(holders > most, 0.0, base * np.where(tie, 1.0, common))

    def table(self, kinds: list[str]) -> np.ndarray:
        """Return the weights as `coded_groups` reads them: row per kind, column per number of holders."""
        holders = np.arange(max(self.most_holders, self.most_relatives) + 2)
        return np.vstack([self.weight(pd.Series([kind] * len(holders)), holders) for kind in kinds])


#: the rules used where none are given
HOUSE_RULES = LinkRules()


def link_weights(
    customer_links: pd.DataFrame,
    shared: pd.DataFrame | None = None,
    *,
    as_of: date,
    rules: LinkRules = HOUSE_RULES,
) -> pd.DataFrame:
    r"""Weigh every link between two customers; a value that many hold links nobody.

    Answers "forty firms have one phone number: is that a group, or their accountant?"

    .. math::

        w = v_t\, s\, c(n), \qquad c(n) = \begin{cases} \dfrac{1}{1 + \ln(n/2)} & \text{shared things, } n \le N \\
        1 & \text{ties such as control or marriage} \\ 0 & n > N \end{cases}

    where :math:`v_t` is the weight of the kind, s the strength its source gives (1 where none is given), n the
    number of customers that hold the value, N the most that still prove anything.

    Parameters
    ----------
    customer_links : DataFrame[customer_links]
        Not modified. Links of a customer with themselves are dropped; a value missing counts as held by these two.
    shared : DataFrame, optional
        Result of `shared_links`.
    as_of : date
        End of the window.
    rules : LinkRules

    Returns
    -------
    DataFrame
        One row per link, by both customers and kind: ``customer_id_a < customer_id_b, link_type, value_hash, source,
        seen_date, holders_count, weight_share`` (fraction 0 .. 1) and ``left_out`` (empty, ``too_common`` or
        ``out_of_window``, where the weight is 0).

    Raises
    ------
    BadData
        If a kind of link is unknown, a strength is not in 0 .. 1, or a customer is missing.

    Notes
    -----
    Weights are judgements, not measurements; what the list finds is for people to check. On the demo bank over ten
    seeds the planted split group is found whole and nothing else is left to check.

    Examples
    --------
    >>> links = pd.DataFrame({"customer_id_a": ["C1", "C1"], "customer_id_b": ["C2", "C3"], "value_hash": ["h", "h"],
    ...     "link_type": "phone", "strength_share": 1.0, "source": "", "seen_date": pd.to_datetime("2026-01-05")})
    >>> link_weights(links, as_of=date(2026, 6, 30))["weight_share"].round(3).tolist()
    [0.427, 0.427]
    """
    held = [customer_links] if shared is None or shared.empty else [customer_links, shared]
    names = [*ENDS, "link_type", "value_hash", "strength_share", "source", "seen_date"]
    rows = _ordered(pd.concat([frame.reindex(columns=names) for frame in held], ignore_index=True))
    _refuse(rows, rules)
    rows = rows[rows[ENDS[0]] != rows[ENDS[1]]].reset_index(drop=True)
    rows["holders_count"] = _holders(rows)
    weight = rules.weight(rows["link_type"], rows["holders_count"].to_numpy())
    weight = weight * rows.pop("strength_share").fillna(1.0).to_numpy("float64")
    old = (rows["seen_date"] < pd.Timestamp(as_of) - pd.Timedelta(days=rules.window_days)).to_numpy()
    most = rows["link_type"].isin(RELATIONS).map({True: rules.most_relatives, False: rules.most_holders})
    common = (rows["holders_count"] > most).to_numpy()
    rows["weight_share"] = np.where(old, 0.0, weight)
    rows["left_out"] = pd.Series(np.select([common, old], ["too_common", "out_of_window"], ""), dtype="str")
    return rows.sort_values([*ENDS, "link_type", "value_hash"], kind="stable").reset_index(drop=True)


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the smaller customer number first, and give columns their types even when nothing is in them."""
    missing = rows[ENDS].isna().any(axis=1)
    if missing.any():
        raise BadData(f"{int(missing.sum())} links lack a customer", where="customer_links", fix="leave them out")
    texts = [*ENDS, "link_type", "value_hash", "source"]
    rows = rows.astype({**dict.fromkeys(texts, "str"), "strength_share": "float64"})
    rows["seen_date"] = pd.to_datetime(rows["seen_date"]).astype("datetime64[s]")
    turned = (rows[ENDS[0]] > rows[ENDS[1]]).to_numpy()
    one, two = rows[ENDS[0]], rows[ENDS[1]]
    return rows.assign(customer_id_a=one.mask(turned, two), customer_id_b=two.mask(turned, one))


def _refuse(rows: pd.DataFrame, rules: LinkRules) -> None:
    unknown = sorted(set(rows["link_type"].astype("str")) - set(rules.weights))
    if unknown:
        raise BadData(f"no weight for links of kind {', '.join(unknown)}", where="link_type", fix="add it to the rules")
    strength = rows["strength_share"].dropna()
    if not strength.between(0.0, 1.0).all():
        raise BadData("a strength is not in 0 .. 1", where="strength_share", fix="write 90 % as 0.9")


def _holders(rows: pd.DataFrame) -> np.ndarray:
    """Count the customers that hold each link's value; a missing value is one of its own."""
    known = rows["value_hash"].notna().to_numpy()
    kinds, _ = pd.factorize(rows["link_type"])
    values, distinct = pd.factorize(rows["value_hash"])
    code = np.where(known, kinds.astype("int64") * (len(distinct) + 1) + values, -1 - np.arange(len(rows)))
    number, _ = pd.factorize(code)
    ends, customers = pd.factorize(pd.concat([rows[ENDS[0]], rows[ENDS[1]]], ignore_index=True))
    first, second = ends[: len(rows)], ends[len(rows) :]
    if not len(rows):
        return np.zeros(0, dtype="int64")
    return holder_counts(CodedLinks(first, second, kinds, number, customers=len(customers)))[number]


#: column of the customers' table -> kind of link
COLUMNS = {"phone_hash": "phone", "address_hash": "address"}
#: up to so many holders every pair is listed; above, one holder against all others, enough to count them
MOST_PAIRED = 50
NAMES = ["customer_id_a", "customer_id_b", "link_type", "value_hash", "source"]


@measure(optional=("guarantees", "collateral_links"))
def shared_links(
    customers: pd.DataFrame,
    loans: pd.DataFrame | None = None,
    guarantees: pd.DataFrame | None = None,
    collateral_links: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List which customers share a phone, an address, a guarantor or a piece of collateral.

    Answers "which links stand in our own ledger, though nobody wrote them down as links?"

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``customer_id, phone_hash, address_hash``. Not modified.
    loans : DataFrame[loans], optional
        Says whose the guaranteed and secured loans are; only loans with a balance count.
    guarantees : DataFrame[guarantees], optional
        Two borrowers of one guarantor.
    collateral_links : DataFrame[collateral_links], optional
        Two borrowers on one piece.

    Returns
    -------
    DataFrame
        Columns of customer_links: ``customer_id_a, customer_id_b, link_type, value_hash, source`` (the table it was
        read from). All pairs of a value's holders up to 50 holders, else one holder against each of the others.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "phone_hash": ["p", "p", None]})
    >>> shared_links(customers)[["customer_id_a", "customer_id_b", "link_type"]].to_numpy().tolist()
    [['C1', 'C2', 'phone']]
    """
    pieces = [_held(customers, column, kind, "customers") for column, kind in COLUMNS.items() if column in customers]
    owners = None if loans is None else loans.loc[loans["balance_yuan"] > 0, ["loan_id", "customer_id"]]
    if owners is not None and guarantees is not None:
        pieces.append(_held(guarantees.merge(owners, on="loan_id"), "guarantor_id", "guarantee", "guarantees"))
    if owners is not None and collateral_links is not None:
        joined = collateral_links.merge(owners, on="loan_id")
        pieces.append(_held(joined, "collateral_id", "shared_collateral", "collateral_links"))
    rows = [row for piece in pieces for row in _pairs(piece)]
    return pd.DataFrame(rows, columns=NAMES).astype("str")


def _held(frame: pd.DataFrame, column: str, kind: str, source: str) -> pd.DataFrame:
    """Return the values that two customers or more hold, with their holders."""
    held = frame[["customer_id", column]].dropna().drop_duplicates().set_axis(["customer_id", "value"], axis=1)
    held = held[held["value"].duplicated(keep=False)].sort_values(["value", "customer_id"])
    return held.assign(kind=kind, source=source)


def _pairs(held: pd.DataFrame) -> list[tuple]:
    found = []
    for (value, kind, source), part in held.groupby(["value", "kind", "source"], observed=True)["customer_id"]:
        who = part.tolist()
        pairs = combinations(who, 2) if len(who) <= MOST_PAIRED else ((who[0], other) for other in who[1:])
        found += [(one, other, kind, value, source) for one, other in pairs]
    return found


MEMBERS = {"connected_id": "str", "customer_id": "str", "members_count": "int64"}


def connected_groups(pairs: pd.DataFrame, *, unexplained: bool = False) -> pd.DataFrame:
    """Join linked pairs into groups: whoever is linked to a member is a member.

    Answers "who counts as one borrower?" or, with `unexplained`, "who hangs together without an ordinary reason?"

    Parameters
    ----------
    pairs : DataFrame
        Result of `links.link_checklist`. Not modified.
    unexplained : bool
        False takes pairs that count as one exposure, an owner and their company among them; True takes pairs that are
        not ruled out.

    Returns
    -------
    DataFrame
        One row per member of a group of two or more, by both: ``connected_id`` (the smallest customer number of the
        group), ``customer_id``, ``members_count``.

    Notes
    -----
    Links are transitive here: a chain of strong pairs makes one group, however long. Read a large group link by link.

    Examples
    --------
    >>> pairs = pd.DataFrame({"customer_id_a": ["C1", "C2"], "customer_id_b": ["C2", "C3"], "counts_as_one": True,
    ...                       "status": ["to_check", "ruled_out"]})
    >>> connected_groups(pairs)["connected_id"].tolist()
    ['C1', 'C1', 'C1']
    >>> connected_groups(pairs, unexplained=True)["customer_id"].tolist()
    ['C1', 'C2']
    """
    kept = pairs[(pairs["status"] != "ruled_out") if unexplained else pairs["counts_as_one"]]
    codes, names = pd.factorize(pd.concat([kept[end] for end in ENDS], ignore_index=True), sort=True)
    labels = linked_labels(codes[: len(kept)], codes[len(kept) :], count=len(names)) if len(kept) else np.zeros(0, int)
    members = pd.DataFrame({"label": labels, "customer_id": names})
    grouped = members.groupby("label")["customer_id"]
    members = members.assign(connected_id=grouped.transform("min"), members_count=grouped.transform("size"))
    return members.sort_values(["connected_id", "customer_id"])[list(MEMBERS)].astype(MEMBERS).reset_index(drop=True)


def group_exposures(
    members: pd.DataFrame, loans: pd.DataFrame, pairs: pd.DataFrame, *, cap_yuan: float
) -> pd.DataFrame:
    """Add up what each connected group owes and set it against its cap.

    Parameters
    ----------
    members : DataFrame
        Result of `connected_groups`. Not modified.
    loans : DataFrame[loans]
        Uses ``customer_id, loan_id, balance_yuan``.
    pairs : DataFrame
        Result of `links.link_checklist`; gives each group its status.
    cap_yuan : float
        Policy's cap for one linked group (``limits.group_cap_yuan``).

    Returns
    -------
    DataFrame
        One row per group with a balance, largest first: ``connected_id, members_count, borrowers_count, loans_count,
        balance_yuan, cap_yuan, headroom_yuan`` (below zero when exceeded), ``links_count``, ``evidence`` (all kinds,
        in alphabetical order) and ``status`` (to_check where any link is; ruled_out where all are; else confirmed).

    Examples
    --------
    >>> members = pd.DataFrame({"connected_id": "C1", "customer_id": ["C1", "C2"], "members_count": 2})
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "loan_id": ["L1", "L2"], "balance_yuan": [3e6, 4e6]})
    >>> pairs = pd.DataFrame({"customer_id_a": ["C1"], "customer_id_b": ["C2"], "status": "ruled_out",
    ...                       "evidence": "spouse"})
    >>> group_exposures(members, loans, pairs, cap_yuan=5e6)[["balance_yuan", "headroom_yuan"]].iloc[0].tolist()
    [7000000.0, -2000000.0]
    """
    live = loans[loans["balance_yuan"] > 0].merge(members, on="customer_id")
    found = live.groupby("connected_id", observed=True).agg(
        members_count=("members_count", "first"),
        borrowers_count=("customer_id", "nunique"),
        loans_count=("loan_id", "nunique"),
        balance_yuan=("balance_yuan", "sum"),
    )
    found = found.join(_links_of(members, pairs)).reset_index()
    found.insert(5, "cap_yuan", float(cap_yuan))
    found.insert(6, "headroom_yuan", found["cap_yuan"] - found["balance_yuan"])
    return found.sort_values(["balance_yuan", "connected_id"], ascending=[False, True]).reset_index(drop=True)


def _links_of(members: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return number, kinds and status of each group's links."""
    told_apart(members, key=["customer_id"], table="members")
    group = members.set_index("customer_id")["connected_id"]
    one, two = (pairs[end].map(group) for end in ENDS)
    inside = pairs.assign(connected_id=one)[(one == two).fillna(False)]
    if inside.empty:
        return pd.DataFrame({"links_count": [], "evidence": [], "status": []}, index=pd.Index([], name="connected_id"))
    return inside.groupby("connected_id").agg(
        links_count=("status", "size"), evidence=("evidence", joined_kinds), status=("status", worst_status)
    )


def joined_kinds(evidence: pd.Series) -> str:
    """Return all kinds of links in several chains of evidence, in alphabetical order, joined by +.

    Examples
    --------
    >>> joined_kinds(pd.Series(["phone+account", "phone"]))
    'account+phone'
    """
    return "+".join(sorted({kind for chain in evidence for kind in chain.split("+")}))


def worst_status(status: pd.Series) -> str:
    """Return the status of a group: to_check where any link is, ruled_out where all are, else confirmed.

    Examples
    --------
    >>> worst_status(pd.Series(["confirmed", "ruled_out"]))
    'confirmed'
    """
    return "to_check" if status.eq("to_check").any() else "ruled_out" if status.eq("ruled_out").all() else "confirmed"


MOST = 60


def network(members: pd.DataFrame, pairs: pd.DataFrame, common: pd.DataFrame, *, most: int = MOST) -> pd.DataFrame:
    """Choose the groups that one picture can hold, and the common values that were left out as links.

    Answers "what does the largest cluster look like, and what was not counted as a tie?"

    Parameters
    ----------
    members : DataFrame
        Result of `connected_groups`: ``connected_id, customer_id, members_count``. Not modified.
    pairs : DataFrame
        Result of `links.link_checklist`.
    common : DataFrame
        Result of `links.common_values`: values that many hold and that link nobody.
    most : int
        Points at most.

    Returns
    -------
    DataFrame
        One row per line: ``connected_id, node_a, node_b, status`` of the pair; a common value is one row of its own
        with ``status`` ``left_out``, its kind of link as ``node_a``, its number of holders as ``holders_count`` and no
        second end. Groups with a pair to check come first, larger before smaller.

    Raises
    ------
    EmptyBook
        If no two customers are tied.
    """
    if pairs.empty:
        raise EmptyBook("no two customers are tied", fix="nothing to draw")
    group = members.set_index("customer_id")["connected_id"]
    lines = pairs.rename(columns={"customer_id_a": "node_a", "customer_id_b": "node_b"})
    lines = lines.assign(connected_id=lines["node_a"].map(group))[["connected_id", "node_a", "node_b", "status"]]
    open_groups = lines.assign(open=lines["status"] == "to_check").groupby("connected_id")["open"].any()
    sizes = members.groupby("connected_id").size().rename("size").to_frame().join(open_groups.rename("open"))
    ranked = sizes.dropna().reset_index().sort_values(["open", "size", "connected_id"], ascending=[False, False, True])
    hubs = common.head(3)
    fits = ranked["size"].cumsum() <= most - len(hubs)
    kept = lines[lines["connected_id"].isin(ranked.loc[fits, "connected_id"])]
    grey = pd.DataFrame(
        {
            "connected_id": [f"hub{number}" for number in range(len(hubs))],
            "node_a": hubs["link_type"].to_numpy(),
            "status": "left_out",
            "holders_count": hubs["holders_count"].to_numpy(),
        }
    )
    order = {name: place for place, name in enumerate(ranked["connected_id"])}
    kept = kept.sort_values("connected_id", key=lambda names: names.map(order), kind="stable")
    return pd.concat([kept, grey], ignore_index=True)


def spaced_codes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a list of pairs or groups with its kinds of links and reasons as codes with blanks between them.

    Examples
    --------
    >>> spaced_codes(pd.DataFrame({"evidence": ["account+phone"]}))["evidence"].tolist()
    ['account phone']
    """
    names = [name for name in ("evidence", "reason_codes") if name in frame]
    return frame.assign(**{name: frame[name].str.replace("+", " ", regex=False) for name in names})

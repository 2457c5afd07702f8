"""One row per possible borrower of a product: standing, existing debt, group, collateral room, debt capacity.

`applicant_frame` gathers every input that access rules and limits ask for, or its absence. Business
evidence (turnover, receivables, source) comes from `business_evidence`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from microlib.contracts.policy import LimitsPolicy
from microlib.contracts.product import Product
from microlib.contracts.tables.ledger import BAD_CLASSES
from microlib.design.business_evidence import business_evidence
from microlib.design.schedules import Loan, repayment_schedule
from microlib.errors import NobodyHere
from microlib.metrics.capacity import loan_capacity, monthly_payment
from microlib.metrics.defaults import default_marks
from microlib.stats.grouping import whole_months


def linked_groups(customers: pd.DataFrame, customer_links: pd.DataFrame, *, strong: Sequence[str]) -> pd.DataFrame:
    """Join customers that one owner, family or pledge makes one exposure.

    Answers "if this one fails, who fails with it?" A shared phone, address or accountant joins nobody here: those are
    leads to look into, not one exposure.

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``customer_id`` and ``group_id``. Not modified.
    customer_links : DataFrame[customer_links]
        Links; those of other types, or to customers outside the frame, are left out.
    strong : sequence of str
        Link types that make one exposure.

    Returns
    -------
    DataFrame
        One row per customer: ``customer_id``, ``group_key`` (the group's first customer), ``linked_count`` (others in
        the group)
    """
    ids = pd.Index(sorted(customers["customer_id"].dropna()))
    kept = customer_links[customer_links["link_type"].isin(list(strong))]
    ends = [ids.get_indexer(kept[name]) for name in ("customer_id_a", "customer_id_b")]
    pairs = np.array([*ends]).T
    pairs = np.vstack([pairs[(pairs >= 0).all(axis=1)], _named_groups(customers, ids)])
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(ids), len(ids)))
    _, labels = connected_components(graph, directed=False)
    groups = pd.DataFrame({"customer_id": ids, "label": labels})
    by_label = groups.groupby("label")["customer_id"]
    groups["group_key"] = by_label.transform("first")
    groups["linked_count"] = by_label.transform("size") - 1
    return groups.drop(columns="label")


def group_exposure(groups: pd.DataFrame, *, exposures: pd.Series) -> pd.Series:
    """Add up what each customer's group owes, the customer included: yuan by ``customer_id``."""
    owed = groups["customer_id"].map(exposures).astype("float64").fillna(0.0)
    total = owed.groupby(groups["group_key"]).transform("sum")
    return pd.Series(total.to_numpy(), index=groups["customer_id"])


def _named_groups(customers: pd.DataFrame, ids: pd.Index) -> np.ndarray:
    """Return pairs that chain the members of each group the bank has named itself."""
    named = customers.loc[customers["group_id"].notna(), ["customer_id", "group_id"]]
    first = named.groupby("group_id")["customer_id"].transform("first")
    pairs = [ids.get_indexer(first), ids.get_indexer(named["customer_id"])]
    return np.array(pairs, dtype=int).T.reshape(-1, 2)


#: methods under which principal really comes back month by month or within the season
AMORTISING = ("equal_instalment", "equal_principal", "equal_principal_and_interest", "seasonal")


def months_tested(product: Product, policy: LimitsPolicy) -> int:
    """Return the months over which repayment is tested: the tenor where principal comes back, else the notional ones.

    A renewal is never a source of repayment, so a bullet or revolving loan is tested as if it amortised.
    """
    return product.max_term_months if product.repayment.method in AMORTISING else policy.notional_months


def repayment_cap(applicants: pd.DataFrame, *, product: Product, policy: LimitsPolicy) -> pd.DataFrame:
    r"""Find the largest loan that each applicant's cash of a poor month can repay.

    .. math:: L = \max\left(0, \frac{C_{25} \cdot s}{d} - D\right) \cdot \frac{1 - (1 + i)^{-n}}{i}

    with :math:`C_{25}` the lower-quartile monthly cash in, :math:`s` the part left for debt service, :math:`d` the
    coverage asked, :math:`D` the monthly service of loans that stay, :math:`n` the tested months.

    Parameters
    ----------
    applicants : DataFrame
        ``cash_month_yuan`` (missing where unknown), ``debt_service_yuan``. Not modified.

    Returns
    -------
    DataFrame
        Index of `applicants`: ``free_month_yuan`` (cash for debt service before this loan), ``repayment_cap_yuan``.
    """
    free = applicants["cash_month_yuan"].astype("float64") * float(product.limit.cash_share)
    room = (free / policy.dscr_minimum - applicants["debt_service_yuan"]).clip(lower=0)
    months = months_tested(product, policy)
    cap = loan_capacity(room, yearly_rate=float(product.yearly_rate), months=months)
    return pd.DataFrame({"free_month_yuan": free, "repayment_cap_yuan": cap})


def paid_per_yuan(product: Product) -> float:
    """Return what a yuan lent costs by its last day, principal and interest, the way the product is repaid.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> round(paid_per_yuan(read_product(".", product="hospital_supplier", as_of="2026-06-30")), 4)
    1.0435
    """
    sample = 1e6
    return (
        float(repayment_schedule(Loan.of(product, amount_yuan=sample, start=date(2026, 1, 1)))["payment_yuan"].sum())
        / sample
    )


def maturity_cash(applicants: pd.DataFrame, *, product: Product) -> pd.Series:
    r"""Find what each applicant's own cash can repay until the loan's last day; a renewal is no part of it.

    .. math:: C = b + n \max(0,\; C_{25}\, s - D)

    with :math:`b` the buffer (average deposits here, 0 where unknown), :math:`n` the months of the longest tenor and
    the poor month's cash of `repayment_cap`.

    Parameters
    ----------
    applicants : DataFrame
        ``cash_month_yuan`` (missing where unknown), ``debt_service_yuan``, ``deposits_yuan``. Not modified.

    Returns
    -------
    Series
        Yuan, index of `applicants`; missing where cash is not known.
    """
    free = applicants["cash_month_yuan"].astype("float64") * float(product.limit.cash_share)
    month = (free - applicants["debt_service_yuan"]).clip(lower=0)
    held = applicants["deposits_yuan"].astype("float64").fillna(0.0) if "deposits_yuan" in applicants else 0.0
    return month * product.max_term_months + held


LIVE = ("normal", "overdue", "unknown")
COLUMNS = {
    "loans_count": 0,
    "balance_yuan": 0.0,
    "kept_yuan": 0.0,
    "debt_service_yuan": 0.0,
    "overdue_days": 0,
    "extensions_count": 0,
    "is_npl": False,
}


def loan_standings(loans: pd.DataFrame, *, product: Product, policy: LimitsPolicy, as_of: pd.Timestamp) -> pd.DataFrame:
    r"""Sum up each borrower's live loans, apart those that the product's line would replace.

    Answers "what does this customer owe us, is it in order, and what must it pay each month whatever we decide?"

    Parameters
    ----------
    loans : DataFrame[loans]
        All loans of the customers; settled, written-off and transferred ones count for ``is_npl`` only. Not modified.
    product : Product
        ``limit.replaces`` says which own loans the new line replaces, by main security.
    policy : LimitsPolicy
        ``notional_months`` over which a bullet or revolving loan is tested.
    as_of : Timestamp
        From which months to maturity are counted.

    Returns
    -------
    DataFrame
        Index ``customer_id``, borrowers only

        - ``loans_count`` (live), ``balance_yuan``; ``kept_yuan``: balance of live loans that stay
        - ``debt_service_yuan``: monthly payment of those, bullet and revolving ones as if amortised; missing where rate
          or maturity of one is
        - ``overdue_days``, ``extensions_count``: the worst of the live loans; days missing where those of one are
        - ``is_npl``: a live loan is substandard or worse or over 90 days late, or one was written off; missing where a
          live loan has neither class nor days
    """
    live = loans["status"].isin(LIVE) & (loans["balance_yuan"] > 0)
    kept = live & ~loans["guarantee"].isin(product.limit.replaces)
    late = live & (loans["class5"].isin(BAD_CLASSES) | (loans["overdue_days"] > 90).fillna(False))
    unsure = live & loans["class5"].isna() & loans["overdue_days"].isna()
    rows = pd.DataFrame(
        {
            "customer_id": loans["customer_id"],
            "loans_count": live.astype("int64"),
            "balance_yuan": loans["balance_yuan"].where(live, 0.0),
            "kept_yuan": loans["balance_yuan"].where(kept, 0.0),
            "debt_service_yuan": _payments(loans, policy=policy, as_of=as_of).where(kept, 0.0),
            "overdue_days": loans["overdue_days"].where(live, 0),
            "extensions_count": loans["extensions_count"].fillna(0).astype("int64").where(live, 0),
            "is_npl": late | (loans["status"] == "written_off"),
            "unsure": unsure,
            "no_service": kept & ~(_payments(loans, policy=policy, as_of=as_of) >= 0),
            "no_days": live & loans["overdue_days"].isna(),
        }
    )
    how = {name: "sum" if name.endswith("_yuan") or name == "loans_count" else "max" for name in rows.columns[1:]}
    found = rows.groupby("customer_id").agg(how)
    found["debt_service_yuan"] = found["debt_service_yuan"].mask(found.pop("no_service"))
    found["overdue_days"] = found["overdue_days"].astype("Int64").mask(found.pop("no_days"))
    found["is_npl"] = found["is_npl"].astype("boolean").mask(found.pop("unsure") & ~found["is_npl"])
    return found[list(COLUMNS)]


def standing_of(customer_ids: pd.Series, standings: pd.DataFrame) -> pd.DataFrame:
    """Give every customer a standing: one without loans owes nothing and is in order; what is missing stays missing."""
    none = pd.Index(customer_ids.drop_duplicates()).difference(standings.index)
    idle = pd.DataFrame(COLUMNS, index=none).astype(standings.dtypes)
    return pd.concat([standings, idle]).reindex(customer_ids).reset_index(drop=True)


def _payments(loans: pd.DataFrame, *, policy: LimitsPolicy, as_of: pd.Timestamp) -> pd.Series:
    left = (-whole_months(loans["maturity_date"], as_of)).clip(lower=1)  # a month begun is one more to pay in
    months = left.where(loans["repayment"].isin(AMORTISING), policy.notional_months)
    return monthly_payment(loans["balance_yuan"], yearly_rate=loans["yearly_rate"], months=months)


def credit_position(
    book: Mapping[str, pd.DataFrame],
    asked: pd.Series,
    *,
    product: Product,
    policy: LimitsPolicy,
) -> pd.DataFrame:
    """Gather standing and group of the customers asked about.

    Parameters
    ----------
    book : mapping of frames
        ``customers, loans, customer_links``; attribute ``as_of``. Not modified.
    asked : Series
        Customer numbers, in the order of the result.

    Returns
    -------
    DataFrame
        One row per customer asked, columns as `applicant_frame` names them.
    """
    today = pd.Timestamp(book.as_of)
    everyone = book["customers"]["customer_id"]
    standings = loan_standings(book["loans"], product=product, policy=policy, as_of=today)
    all_standing = standing_of(everyone, standings).set_axis(everyone)
    staying = all_standing["balance_yuan"].where(~everyone.isin(asked).to_numpy(), all_standing["kept_yuan"])
    groups = linked_groups(book["customers"], book["customer_links"], strong=policy.strong_links)
    exposure = group_exposure(groups, exposures=staying)
    groups = groups.set_index("customer_id").reindex(asked).reset_index(drop=True)
    frame = pd.concat([standing_of(asked, standings), groups], axis="columns")
    group_yuan = exposure.reindex(asked).to_numpy()
    frame["is_npl"] |= _defaulted(book["customers"], asked, seen=asked.isin(standings.index))
    return frame.assign(
        group_yuan=group_yuan,
        group_headroom_yuan=(policy.group_cap_yuan - pd.Series(group_yuan)).clip(lower=0),
    )


def _defaulted(customers: pd.DataFrame, asked: pd.Series, *, seen: pd.Series) -> pd.Series:
    """Return the mark of default; without one our own ledger tells of those `seen` in it, and nothing of others."""
    marks = customers.drop_duplicates("customer_id").set_index("customer_id")["is_defaulted"].astype("boolean")
    found = marks.reindex(asked).set_axis(asked.index)
    return found.mask(found.isna() & seen, False).reset_index(drop=True)


def _source_room(frame: pd.DataFrame, rooms: pd.DataFrame, *, kind: str) -> pd.Series:
    r"""Return what each applicant's source may still carry when these lines replace their present loans.

    .. math:: R_q = \max\left(0,\; H_q + \sum_{i \to q} (B_i - K_i)\right)

    with :math:`H_q` what is left of the source's cap for the whole bank, :math:`B_i` what applicant i owes and
    :math:`K_i` the part that stays. A source that is stopped (``state``) carries nothing, whatever is left of its cap.
    """
    left = rooms[rooms["source_kind"] == kind].set_index("source_id")["headroom_yuan"]
    source = frame["source_id"]
    replaced = (frame["balance_yuan"] - frame["kept_yuan"]).groupby(source).sum()
    room = source.map(left).astype("float64") + source.map(replaced).astype("float64")
    stopped = rooms.loc[rooms.get("state", pd.Series("", index=rooms.index)) == "stop", "source_id"]
    return room.clip(lower=0).mask(source.isin(stopped), 0.0).where(source != "")


def haircut_value(collateral: pd.DataFrame, *, haircuts: Mapping[str, float]) -> pd.Series:
    r"""Return the share of each item's value that counts, :math:`h_k V`; a kind not listed counts nothing.

    Parameters
    ----------
    collateral : DataFrame
        ``kind``, ``value_yuan``. Not modified.
    haircuts : mapping
        Share of value by kind, 0 to 1.

    Examples
    --------
    >>> items = pd.DataFrame({"kind": ["shop", "painting"], "value_yuan": [1_000_000.0, 500_000.0]})
    >>> haircut_value(items, haircuts={"shop": 0.6}).to_list()
    [600000.0, 0.0]
    """
    return collateral["value_yuan"] * collateral["kind"].map(dict(haircuts)).fillna(0.0).astype("float64")


def collateral_headroom(
    loans: pd.DataFrame, collateral_links: pd.DataFrame, collateral: pd.DataFrame, *, haircuts: Mapping[str, float]
) -> pd.Series:
    r"""Find what each borrower's collateral still supports.

    .. math:: R_c = \max\left(0, \sum_{k} h_k V_k - \sum_{l} secured_l\right)

    over the items linked to the borrower's loans, an item once, and the loans they secure while a balance is left.

    Parameters
    ----------
    loans : DataFrame[loans]
    collateral_links : DataFrame[collateral_links]
    collateral : DataFrame[collateral]
        None of them is modified.

    Returns
    -------
    Series
        Yuan, >= 0, by ``customer_id``; borrowers without collateral on file are not in it.
    """
    owner = loans.set_index("loan_id")["customer_id"]
    live = loans.set_index("loan_id")["balance_yuan"] > 0
    rows = collateral_links.assign(
        customer_id=collateral_links["loan_id"].map(owner),
        held_yuan=collateral_links["secured_yuan"].where(collateral_links["loan_id"].map(live).eq(True), 0.0),
    )
    worth = haircut_value(collateral, haircuts=haircuts).groupby(collateral["collateral_id"]).first()
    items = rows.drop_duplicates(["customer_id", "collateral_id"])
    value = items["collateral_id"].map(worth).astype("float64").fillna(0.0).groupby(items["customer_id"]).sum()
    return (value - rows.groupby("customer_id")["held_yuan"].sum()).clip(lower=0)


ORDER = [
    "customer_id",
    "segment",
    "kind",
    "size",
    "industry_code",
    "rating",
    "business_months",
    "is_related_party",
    "is_defaulted",
    "deposits_yuan",
    "consents_invoices",
    "consents_flows",
    "turnover_yuan",
    "turnover_source",
    "flow_months_count",
    "invoice_months_count",
    "void_share",
    "negative_share",
    "top_buyer_share",
    "cash_month_yuan",
    "cash_source",
    "receivable_yuan",
    "base_yuan",
    "overdue_yuan",
    "stale_yuan",
    "paid_12m_yuan",
    "payment_delay_days",
    "dilution_share",
    "source_id",
    "source_share",
    "control_level",
    "loans_count",
    "balance_yuan",
    "kept_yuan",
    "debt_service_yuan",
    "overdue_days",
    "extensions_count",
    "is_npl",
    "group_key",
    "linked_count",
    "group_yuan",
    "group_headroom_yuan",
    "source_headroom_yuan",
    "collateral_yuan",
    "debt_is_complete",
]


def applicant_frame(
    book: Mapping[str, pd.DataFrame],
    *,
    evidence: pd.DataFrame,
    memberships: pd.DataFrame,
    product: Product,
    policy: LimitsPolicy,
    rooms: pd.DataFrame | None = None,
    controls: pd.DataFrame | None = None,
    behind: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Gather, for every member of the product's segments, what its rules and limits need.

    Answers "whom could this product serve here, and what do we know about each?" Works with a ledger alone and with
    invoices alone: what is not known stays missing, and later asks to be verified; nothing is filled in.

    Parameters
    ----------
    book : mapping of frames
        A branch: ``customers``, ``loans``, ``customer_links``, ``collateral``, ``collateral_links``, ``invoices``,
        ``flow_months``, ``core_enterprises``, ``core_payables``; an absent table is an empty frame with the contract's
        columns. Has the attribute ``as_of``. Not modified.
    evidence : DataFrame
        Result of ``metrics.evidences.customer_evidence``: income, source, place of each customer.
    memberships : DataFrame
        Result of ``metrics.segments.assign_segments``; a customer counts under its primary segment.
    product : Product
        Segments, kind of source, own loans it replaces, cycle of cash.
    policy : LimitsPolicy
        Window, quantile, caps, strong links, haircuts.
    rooms : DataFrame, optional
        Result of ``metrics.sources.source_headroom`` for every source that a member may rest on: ``source_kind,
        source_id, headroom_yuan``, of the whole bank. Without it the room of a source is unknown.
    controls : DataFrame, optional
        Result of `supply.control_levels`: how firmly receivables behind present loans are held.
    behind : mapping, optional
        Customer -> stopped source that the customer hangs on, of whatever kind (`Branch.behind_stopped`): whatever the
        product's own source could carry, it carries nothing for them.

    Returns
    -------
    DataFrame
        One row per member, by ``customer_id``; yuan, fractions, counts as the names say

        - who: ``customer_id, segment, kind, size, industry_code, rating, business_months, is_related_party,
          is_defaulted, deposits_yuan, consents_invoices, consents_flows``
        - business: ``turnover_yuan`` (a year), ``turnover_source`` (invoices, flows, tax, declared),
          ``flow_months_count, invoice_months_count, void_share, negative_share, top_buyer_share``,
          ``cash_month_yuan`` (poor month), ``cash_source`` (flows, invoices)
        - source: ``receivable_yuan`` (not yet due), ``base_yuan`` (of it, what may be lent on), ``overdue_yuan,
          stale_yuan, paid_12m_yuan, payment_delay_days, dilution_share, source_id`` (empty: none), ``source_share`` (of
          income), ``control_level`` (of loans on the source's payables; empty where it has none),
          ``source_headroom_yuan`` (of the whole bank, with what the lines replace)
        - credit: ``loans_count, balance_yuan, kept_yuan`` (balance of loans that stay), ``debt_service_yuan`` (a month,
          of those), ``overdue_days, extensions_count, is_npl``
        - group: ``group_key, linked_count, group_yuan`` (what the group owes, loans to be replaced left out),
          ``group_headroom_yuan``
        - ``collateral_yuan`` (net of haircut and earlier loans); ``debt_is_complete``: false, the tables hold no other
          bank's debt, so every limit is on own and self-reported debt only

    Raises
    ------
    NobodyHere
        If no customer of the branch belongs to the product's segments.

    Examples
    --------
    See ``tests/design/books.py`` for the smallest book.
    """
    chosen = memberships[memberships["segment"].isin(product.segments) & memberships["is_primary"]]
    chosen = chosen.drop_duplicates("customer_id").sort_values("customer_id")
    if chosen.empty:
        segments = ", ".join(product.segments)
        raise NobodyHere(f"nobody here belongs to {segments}", where=product.code, fix="choose another product")
    asked = chosen["customer_id"]
    pieces = [
        chosen[["customer_id", "segment"]],
        _customer_file(book["customers"], asked, as_of=book.as_of),
        business_evidence(book, asked, evidence=evidence, product=product, policy=policy),
        credit_position(book, asked, product=product, policy=policy),
    ]
    joined = pd.concat([piece.reset_index(drop=True) for piece in pieces], axis="columns")
    known = NO_ROOMS if rooms is None else rooms
    room = _source_room(joined, known, kind=product.limit.source)
    shut = joined["customer_id"].isin(list(behind or ())) & (product.limit.source != "none")
    joined["source_headroom_yuan"] = room.mask(shut, 0.0)
    joined["control_level"] = _controlled(joined, controls)
    room = collateral_headroom(book["loans"], book["collateral_links"], book["collateral"], haircuts=policy.haircuts)
    return joined.assign(collateral_yuan=asked.map(room).astype("float64").to_numpy(), debt_is_complete=False)[ORDER]


NO_ROOMS = pd.DataFrame({name: pd.Series(dtype="str") for name in ("source_kind", "source_id", "headroom_yuan")})


def _controlled(joined: pd.DataFrame, controls: pd.DataFrame | None) -> pd.Series:
    if controls is None:
        return pd.Series("", index=joined.index, dtype="str")
    pairs = controls.rename(columns={"core_id": "source_id"})[["source_id", "customer_id", "control_level"]]
    found = joined[["source_id", "customer_id"]].merge(pairs, on=["source_id", "customer_id"], how="left")
    return found["control_level"].fillna("").astype("str").set_axis(joined.index)


def _customer_file(customers: pd.DataFrame, asked: pd.Series, *, as_of: date) -> pd.DataFrame:
    found = customers.set_index("customer_id").reindex(asked)
    names = ["kind", "size", "industry_code", "rating", "is_related_party", "is_defaulted"]
    return found[[*names, "consents_invoices", "consents_flows"]].assign(
        business_months=whole_months(found["established_date"], pd.Timestamp(as_of)),
        deposits_yuan=found["deposits_avg_12m_yuan"],
    )


def product_members(memberships: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Keep the customers whose primary group is one that the product is made for.

    Parameters
    ----------
    memberships : DataFrame
        Result of ``metrics.segments.assign_segments``. Not modified.
    product : Product
        Its ``segments``.

    Returns
    -------
    DataFrame
        The rows of `memberships`, one per customer.

    Raises
    ------
    NobodyHere
        If no customer of the branch belongs to them.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> members = pd.DataFrame({"customer_id": ["C1", "C1"], "segment": ["garment_market", "chamber_members"],
    ...                         "is_primary": [True, False]})
    >>> product_members(members, product=stall)["customer_id"].to_list()
    ['C1']
    """
    chosen = memberships[memberships["segment"].isin(product.segments) & memberships["is_primary"]]
    if chosen.empty:
        segments = ", ".join(product.segments)
        raise NobodyHere(f"nobody here belongs to {segments}", where=product.code, fix="choose another product")
    return chosen.reset_index(drop=True)


def own_experience(
    customers: pd.DataFrame, cohorts: pd.DataFrame | None = None, *, members: pd.DataFrame
) -> pd.DataFrame:
    """Find what became of the members who could default, from their loans or, where none of them has any, from marks.

    Answers "what does this group's own past say, before the bank's experience is added?"

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``is_defaulted`` where no member was followed. Not modified, nor is any other frame.
    cohorts : DataFrame, optional
        Result of `defaults.default_cohorts`.
    members : DataFrame
        Result of `product_members`.

    Returns
    -------
    DataFrame
        As `defaults.default_cohorts`, of members only; ``basis`` is ``default_marks`` where the customer file was
        asked.

    Examples
    --------
    >>> cohorts = pd.DataFrame({"basis": "cohort", "kind": "F", "customer_id": ["C1", "C2"], "outcome": ["bad", "good"],
    ...                         "opening_date": pd.Timestamp("2025-06-30")})
    >>> own_experience(pd.DataFrame(), cohorts, members=pd.DataFrame({"customer_id": ["C1"]}))["outcome"].to_list()
    ['bad']
    """
    if cohorts is not None:
        mine = cohorts[cohorts["customer_id"].isin(members["customer_id"])]
        if len(mine):
            return mine.reset_index(drop=True)
    return default_marks(customers[customers["customer_id"].isin(members["customer_id"])])

"""Links to look into (关联待核查): innocent reasons, checklist, split loans (以大化小), bunching under limits.

`explained_links` looks up the usual reasons (常见正当原因) before anybody is asked; `link_checklist` lists what
is left. Groups themselves are formed in `connections`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.contracts.needs import measure
from microlib.errors import BadData
from microlib.metrics.connections import ENDS, HOUSE_RULES, LinkRules, evidence_of, joined_kinds, worst_status
from microlib.stats.intervals import rate_interval
from microlib.units import FEN_PER_YUAN

PERSONS = ("sole_trader", "owner_of_small_firm", "farm_household", "person")
CONTROL = ("legal_representative", "controller", "shareholder")
FAMILY = ("spouse", "kin")
#: what living or working together explains; a common account or device it does not
OF_A_HOUSEHOLD = (*FAMILY, "address", "phone", "mailbox", "registered_address")
OF_AN_ACCOUNTANT = ("accountant", "phone", "mailbox", "address", "registered_address", "device")
OF_AN_AGENT = ("device", "phone", "mailbox")
OF_A_MARKET = ("address", "registered_address")
#: who stands for many by trade
COMMON_GUARANTORS = ("guarantee_company", "risk_pool")
#: a reason explains a value when it holds for at least this share of the value's holders
HALF = 0.5
#: a channel is an agent's when at most this share of the other borrowers came through it
RARE_CHANNEL = 0.1
VALUE = ["link_type", "value_hash"]


@measure(optional=("guarantees", "core_enterprises"))
def explained_links(
    weighted: pd.DataFrame,
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    guarantees: pd.DataFrame | None = None,
    core_enterprises: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Write beside each link the innocent reason that explains it, if one does.

    Answers "what would we learn if we asked?" Reasons of a value: ``accountant_phone`` (half of the holders have one
    accountant, or a link says so), ``shared_registered_address`` (集群注册地址), ``market_address`` (half stand in one
    venue), ``shared_agent`` (half borrowed through one rare channel), ``market_as_guarantor`` (a market operator, a
    guarantee company, a pool, or half of the guaranteed stand in one venue). Of venue and agent three holders at
    least are asked for: two strangers prove no market. Reasons of a pair: ``owner_and_own_company`` (one person, one
    company, nobody else on that tie: explains all their links), ``couple_with_two_stalls`` (two persons of one
    household and no third: explains family ties, phone and address, not a common account, device or control).

    Parameters
    ----------
    weighted : DataFrame
        Result of `connections.link_weights`. Not modified.
    customers : DataFrame[customers]
        Uses ``customer_id, kind, venue_id``.
    loans : DataFrame[loans]
        Uses ``customer_id, channel``.
    guarantees : DataFrame[guarantees], optional
        Uses ``guarantor_id, kind``.
    core_enterprises : DataFrame[core_enterprises], optional
        A guarantor that stands among them is a common one.

    Returns
    -------
    DataFrame
        `weighted` with ``value_reason`` and ``pair_reason`` (codes, empty where none is found).

    Notes
    -----
    A reason is a pattern in the bank's own data, not a finding: a list printed without it would accuse, a list
    printed with it still shows the row, as ruled out.

    Examples
    --------
    >>> from datetime import date
    >>> from microlib.metrics.connections import link_weights
    >>> links = pd.DataFrame({"customer_id_a": ["C1"], "customer_id_b": ["C2"], "link_type": ["controller"]})
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "kind": ["person", "company"], "venue_id": None})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "channel": ["branch"]})
    >>> explained_links(link_weights(links, as_of=date(2026, 6, 30)), customers, loans)["pair_reason"].tolist()
    ['owner_and_own_company']
    """
    found = weighted.assign(value_reason=_value_reasons(weighted, customers, loans))
    if guarantees is not None:
        common = set(guarantees.loc[guarantees["kind"].isin(COMMON_GUARANTORS), "guarantor_id"])
        common |= set() if core_enterprises is None else set(core_enterprises["core_id"])
        by_trade = found["link_type"].eq("guarantee") & found["value_hash"].isin(common)
        found["value_reason"] = found["value_reason"].mask(by_trade, "market_as_guarantor")
    return found.assign(pair_reason=_pair_reasons(weighted, customers))


def _value_reasons(weighted: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame) -> pd.Series:
    """Return the reason of each link's value; the first that holds, the most specific first."""
    holders = pd.concat([weighted[[*VALUE, end]].set_axis([*VALUE, "customer_id"], axis=1) for end in ENDS])
    holders = holders.dropna().drop_duplicates()
    venues = customers.drop_duplicates("customer_id").set_index("customer_id")["venue_id"]
    kind, several = weighted["link_type"], weighted["holders_count"] > 2
    clients, registered = _values_of(holders, "accountant"), _values_of(holders, "registered_address")
    in_market = several & (_led(weighted, holders, venues) >= HALF)
    at_office = several & (_led(weighted, holders, registered) >= HALF)
    tests = [
        ("accountant_phone", kind.eq("accountant")),
        ("accountant_phone", kind.isin(OF_AN_ACCOUNTANT) & (_led(weighted, holders, clients) >= HALF)),
        ("shared_agent", kind.isin(OF_AN_AGENT) & several & (_by_agent(weighted, holders, loans) >= HALF)),
        ("market_as_guarantor", kind.eq("guarantee") & in_market),
        ("market_address", kind.isin(OF_A_MARKET) & in_market),
        ("shared_registered_address", kind.eq("registered_address") | (kind.eq("address") & at_office)),
    ]
    found = np.select([test for _, test in tests], [code for code, _ in tests], "")
    return pd.Series(found, index=weighted.index, dtype="str")


def _values_of(holders: pd.DataFrame, kind: str) -> pd.Series:
    """Return one value of this kind per customer that holds one."""
    return holders[holders["link_type"] == kind].drop_duplicates("customer_id").set_index("customer_id")["value_hash"]


def _led(weighted: pd.DataFrame, holders: pd.DataFrame, labels: pd.Series) -> np.ndarray:
    """Return, for each link, the share of its value's holders that carry the value's commonest label."""
    tagged = holders.assign(label=holders["customer_id"].map(labels))
    counted = tagged.dropna().groupby([*VALUE, "label"], observed=True).size().groupby(VALUE).max()
    whole = holders.groupby(VALUE, observed=True).size()
    share = (counted / whole).rename("share").reset_index()
    return weighted[VALUE].merge(share, on=VALUE, how="left")["share"].fillna(0.0).to_numpy()


def _by_agent(weighted: pd.DataFrame, holders: pd.DataFrame, loans: pd.DataFrame) -> np.ndarray:
    """Return the share of a value's holders that came through one channel, where few others came through it."""
    if "channel" not in loans or not len(loans):
        return np.zeros(len(weighted))
    borrowers = loans[["customer_id", "channel"]].dropna().drop_duplicates()
    told = holders[holders["link_type"].isin(OF_AN_AGENT)].merge(borrowers, on="customer_id")
    inside = told.groupby([*VALUE, "channel"], observed=True)["customer_id"].nunique().rename("inside").reset_index()
    counts = borrowers.groupby("channel")["customer_id"].nunique()
    inside["everyone"] = inside["channel"].map(counts).astype("float64")
    whole = holders.groupby(VALUE, observed=True).size().rename("holders").reset_index()
    inside = inside.merge(whole, on=VALUE)
    others = max(borrowers["customer_id"].nunique(), 1) - inside["inside"]
    inside = inside[(inside["everyone"] - inside["inside"]) <= RARE_CHANNEL * others]
    share = (inside["inside"] / inside["holders"]).groupby([inside[name] for name in VALUE]).max()
    share = share.rename("share").reset_index()
    return weighted[VALUE].merge(share, on=VALUE, how="left")["share"].fillna(0.0).to_numpy()


def _pair_reasons(weighted: pd.DataFrame, customers: pd.DataFrame) -> pd.Series:
    """Return the reason of each link's pair: an owner with their one company, a household of two."""
    kinds = customers.drop_duplicates("customer_id").set_index("customer_id")["kind"]
    one, two = (weighted[end].map(kinds) for end in ENDS)
    mixed = (one.isin(PERSONS) & two.eq("company")) | (one.eq("company") & two.isin(PERSONS))
    owned = _only_tie(weighted, CONTROL, mixed)
    paired = _only_tie(weighted, FAMILY, one.isin(PERSONS) & two.isin(PERSONS))
    household = paired & weighted["link_type"].isin(OF_A_HOUSEHOLD)
    return pd.Series(
        np.select([owned, household], ["owner_and_own_company", "couple_with_two_stalls"], ""),
        index=weighted.index,
        dtype="str",
    )


def _only_tie(weighted: pd.DataFrame, kinds: tuple[str, ...], suits: pd.Series) -> pd.Series:
    """Say of each link whether its pair holds a tie of these kinds and neither end holds one with a third."""
    ties = weighted[weighted["link_type"].isin(kinds)][ENDS].drop_duplicates()
    degree = pd.concat([ties[end] for end in ENDS]).value_counts()
    alone = ties[(ties[ENDS[0]].map(degree) == 1) & (ties[ENDS[1]].map(degree) == 1)]
    told = pd.MultiIndex.from_frame(weighted[ENDS]).isin(pd.MultiIndex.from_frame(alone))
    return suits & pd.Series(told, index=weighted.index)


def common_values(explained: pd.DataFrame) -> pd.DataFrame:
    """List the values that so many hold that they link nobody, with the reason.

    Answers "which addresses and phones did you leave out, and do you know why they are common?"

    Parameters
    ----------
    explained : DataFrame
        Result of `explained_links`. Not modified.

    Returns
    -------
    DataFrame
        One row per value, most holders first: ``link_type, value_hash, holders_count, reason_code, status``
        (``ruled_out`` with a reason; ``to_check`` where none of the usual ones explains it).

    Examples
    --------
    >>> rows = pd.DataFrame({"link_type": ["phone"], "value_hash": ["p"], "holders_count": [41],
    ...                      "left_out": ["too_common"], "value_reason": ["accountant_phone"]})
    >>> common_values(rows)["status"].tolist()
    ['ruled_out']
    """
    names = [*VALUE, "holders_count", "value_reason"]
    rows = explained.loc[explained["left_out"] == "too_common", names].drop_duplicates(VALUE)
    rows = rows.rename(columns={"value_reason": "reason_code"})
    rows["status"] = pd.Series(np.where(rows["reason_code"] != "", "ruled_out", "to_check"), rows.index, dtype="str")
    order = ["holders_count", *VALUE]
    return rows.sort_values(order, ascending=[False, True, True]).reset_index(drop=True)


CHECKLIST_COLUMNS = [
    *ENDS,
    "status",
    "reason_codes",
    "evidence",
    "links_count",
    "evidence_share",
    "unexplained_share",
    "counts_as_one",
    "most_holders_count",
    "first_seen_date",
    "last_seen_date",
]


def link_checklist(explained: pd.DataFrame, customers: pd.DataFrame, *, rules: LinkRules = HOUSE_RULES) -> pd.DataFrame:
    r"""List the pairs of customers that their links tie together, each with its chain of evidence and its status.

    Answers "which of these links must somebody look into, and which have an ordinary explanation?"

    .. math:: w_{ab} = 1 - \prod_t \Big(1 - \max_{l \in ab,\, t_l = t} w_l\Big)

    over kinds t of links: two signs of one kind are one sign. The same product over links without an innocent reason
    is the unexplained share.

    Parameters
    ----------
    explained : DataFrame
        Result of `explained_links`. Not modified.
    customers : DataFrame[customers]
        Uses ``customer_id, group_id``: a pair that the bank already keeps as one group is confirmed.
    rules : LinkRules
        Uses ``threshold``.

    Returns
    -------
    DataFrame
        One row per pair with :math:`w_{ab}` at or above the threshold, those to check first, strongest first

        - ``customer_id_a < customer_id_b``
        - ``status``: ``ruled_out`` (已排除: the unexplained links are under the threshold), else ``confirmed``
          (已确认: one group in the bank's own books), else ``to_check`` (待核)
        - ``reason_codes``: innocent reasons found, joined by +
        - ``evidence``: kinds of links, strongest first, joined by +; ``links_count`` their number
        - ``evidence_share, unexplained_share`` (fraction 0 .. 1)
        - ``counts_as_one``: one exposure for limits: the tie is real even where it is innocent (an owner and their
          company); false where only a shared value was explained away
        - ``most_holders_count``: holders of the commonest value among them; ``first_seen_date, last_seen_date``

    Notes
    -----
    The list accuses nobody: a row says that two customers are tied, not that anything is wrong. A missing row does
    not say that two customers are strangers.

    Examples
    --------
    >>> links = pd.DataFrame({"customer_id_a": "C1", "customer_id_b": "C2", "link_type": ["phone", "account"],
    ...     "weight_share": [0.3, 0.4], "holders_count": [6, 6], "left_out": "", "value_reason": "", "pair_reason": "",
    ...     "seen_date": pd.to_datetime(["2026-01-05", "2026-03-05"])})
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "group_id": None})
    >>> link_checklist(links, customers)[["status", "evidence"]].iloc[0].tolist()
    ['to_check', 'account+phone']
    """
    rows = explained[explained["weight_share"] > 0].sort_values("weight_share", ascending=False, kind="stable")
    rows = rows.drop_duplicates([*ENDS, "link_type"])
    by_value, by_pair = rows["value_reason"] != "", rows["pair_reason"] != ""
    proof = pd.Series(evidence_of(rows["weight_share"].to_numpy()), index=rows.index)
    rows = rows.assign(
        whole=proof,
        tied=proof.where(~by_value, 0.0),
        bare=proof.where(~(by_value | by_pair), 0.0),
        reason=rows["value_reason"].where(by_value, rows["pair_reason"]),
    )
    pairs = rows.groupby(ENDS, as_index=False, observed=True).agg(
        whole=("whole", "sum"),
        tied=("tied", "sum"),
        bare=("bare", "sum"),
        evidence=("link_type", "+".join),
        links_count=("link_type", "size"),
        reason_codes=("reason", _joined),
        most_holders_count=("holders_count", "max"),
        first_seen_date=("seen_date", "min"),
        last_seen_date=("seen_date", "max"),
    )
    return _judged(pairs, customers, rules)


def _joined(reasons: pd.Series) -> str:
    return "+".join(sorted(set(reasons) - {""}))


def _judged(pairs: pd.DataFrame, customers: pd.DataFrame, rules: LinkRules) -> pd.DataFrame:
    cut = float(evidence_of(np.array([rules.threshold]))[0]) - 1e-9
    pairs = pairs[pairs["whole"] >= cut].copy()
    groups = customers.drop_duplicates("customer_id").set_index("customer_id")["group_id"]
    one, two = (pairs[end].map(groups).astype("object") for end in ENDS)
    known = one.notna() & (one == two)
    explained = pairs["bare"] < cut
    pairs["status"] = pd.Series(np.select([explained, known], ["ruled_out", "confirmed"], "to_check"), pairs.index)
    pairs["evidence_share"] = (-np.expm1(-pairs["whole"])).round(6)
    pairs["unexplained_share"] = (-np.expm1(-pairs["bare"])).round(6)
    pairs["counts_as_one"] = (pairs["tied"] >= cut).astype("bool")
    rank = pairs["status"].map({"to_check": 0, "confirmed": 1, "ruled_out": 2})
    pairs = pairs.assign(rank=rank).sort_values(["rank", "evidence_share", *ENDS], ascending=[True, False, True, True])
    texts = dict.fromkeys(["status", "evidence", "reason_codes"], "str")
    return pairs[CHECKLIST_COLUMNS].astype(texts).reset_index(drop=True)


#: a loan is near the limit within this share below it
NEAR_SHARE = 0.05
ABOVE_ALL = "above_all_levels"
LOANS = {
    "connected_id": "str",
    "loan_id": "str",
    "customer_id": "str",
    "branch_id": "str",
    "disbursed_date": "datetime64[s]",
    "amount_yuan": "float64",
    "balance_yuan": "float64",
    "overdue_days": "int64",
    "limit_yuan": "float64",
}


def split_loans(
    members: pd.DataFrame, loans: pd.DataFrame, branches: pd.DataFrame, *, window_days: int = 90
) -> pd.DataFrame:
    r"""Find the loans of a connected group that together, within a window, exceed what one approver may decide.

    Answers "six loans of 495,000 to six people with one account: who would have had to decide on 2,970,000?" For each
    group, of the windows that exceed a limit and hold two borrowers at least, the one with the largest sum is taken:

    .. math:: S_g = \max_{t, L} \Big\{S_{tL} = \sum_{l \in g,\; A_l \le L_l \le L,\; t \le d_l \le t + w} A_l
        \;:\; S_{tL} > L\Big\}

    where :math:`A_l` is a loan's amount, :math:`L_l` the limit of its branch, :math:`d_l` its date, w the window, L
    one of the limits. A loan without a date is left out.

    Parameters
    ----------
    members : DataFrame
        Result of `connections.connected_groups` with ``unexplained=True``. Not modified.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, branch_id, disbursed_date, amount_yuan, balance_yuan, overdue_days``; only loans
        with a balance.
    branches : DataFrame[branches]
        Uses ``branch_id, authority_limit_yuan``; loans of a branch without a limit are not tested.
    window_days : int
        w, 0 or more.

    Returns
    -------
    DataFrame
        One row per loan of such a window, by group, date and loan: ``connected_id, loan_id, customer_id, branch_id,
        disbursed_date, amount_yuan, balance_yuan, overdue_days, limit_yuan``.

    Raises
    ------
    BadData
        If no branch has a limit, or the window is negative.

    Examples
    --------
    >>> members = pd.DataFrame({"connected_id": "C1", "customer_id": ["C1", "C2"], "members_count": 2})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "branch_id": "0755",
    ...     "amount_yuan": 4e5, "balance_yuan": 4e5, "overdue_days": 0,
    ...     "disbursed_date": pd.to_datetime(["2026-01-05", "2026-02-05"])})
    >>> branches = pd.DataFrame({"branch_id": ["0755"], "authority_limit_yuan": [5e5]})
    >>> split_loans(members, loans, branches)["loan_id"].tolist()
    ['L1', 'L2']
    """
    limits = branches.drop_duplicates("branch_id").set_index("branch_id")["authority_limit_yuan"]
    if limits.notna().sum() == 0 or window_days < 0:
        raise BadData(
            "no branch has an approval limit, or the window is negative",
            where="branches",
            fix="load branches with authority_limit_yuan (审批权限)",
        )
    live = loans[loans["balance_yuan"] > 0].merge(members[["connected_id", "customer_id"]], on="customer_id")
    live = live.assign(limit_yuan=live["branch_id"].map(limits).astype("float64"))
    live = live[(live["amount_yuan"] <= live["limit_yuan"]) & live["disbursed_date"].notna()]
    live = live.sort_values(["connected_id", "disbursed_date", "loan_id"])
    held = [_heaviest(group, window_days) for _, group in live.groupby("connected_id", observed=True)]
    found = pd.concat(held) if held else live.iloc[:0]
    return found[list(LOANS)].astype(LOANS).reset_index(drop=True)


def _heaviest(group: pd.DataFrame, window_days: int) -> pd.DataFrame:
    """Return the rows, sorted by date, of the heaviest window that is a split; the first of equals, or no row.

    A window counts once for every limit in the group, without the loans of higher limits: they would hide a split of
    the others.
    """
    best, chosen = 0, group.iloc[:0]
    for limit in np.unique(group["limit_yuan"]):
        rows = group[group["limit_yuan"] <= limit]
        days = rows["disbursed_date"].to_numpy("datetime64[D]").astype("int64")
        ends = np.searchsorted(days, days + window_days, side="right")
        running = np.r_[0, np.cumsum(np.rint(rows["amount_yuan"].to_numpy("float64") * FEN_PER_YUAN).astype("int64"))]
        sums = running[ends] - running[:-1]
        for start in np.flatnonzero(sums > max(best, round(limit * FEN_PER_YUAN))):
            window = rows.iloc[start : ends[start]]
            if sums[start] > best and window["customer_id"].nunique() > 1:
                best, chosen = int(sums[start]), window
    return chosen


def split_clusters(split: pd.DataFrame, pairs: pd.DataFrame, *, authority: Mapping[str, float]) -> pd.DataFrame:
    """Sum up each group of side-by-side loans and name the level that decides on the sum.

    Parameters
    ----------
    split : DataFrame
        Result of `split_loans`. Not modified.
    pairs : DataFrame
        Result of `link_checklist`; gives evidence and status.
    authority : mapping
        Largest amount each level may approve, lowest level first (policy ``limits.authority``).

    Returns
    -------
    DataFrame
        One row per group, largest sum first: ``connected_id, status`` (to_check, or confirmed where the bank itself
        keeps them as one), ``borrowers_count, loans_count, branches_count, sum_yuan, largest_yuan, limit_yuan`` (the
        highest limit among them), ``limit_ratio`` (sum over limit, > 1), ``near_limit_count`` (loans within 5 % under
        their limit), ``needed_level`` (lowest level whose authority covers the sum, or above_all_levels),
        ``first_date, last_date, days_count, balance_yuan, overdue_count, overdue_share`` (of the loans),
        ``evidence``.

    Raises
    ------
    BadData
        If no level of authority is given.

    Notes
    -----
    A row asks for a look at one file, no more: several members of a family or a trade may well need money at once.

    Examples
    --------
    >>> split = pd.DataFrame({"connected_id": "C1", "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"],
    ...     "branch_id": "0755", "disbursed_date": pd.to_datetime(["2026-01-05", "2026-02-05"]), "amount_yuan": 4.9e5,
    ...     "balance_yuan": 4e5, "overdue_days": 0, "limit_yuan": 5e5})
    >>> pairs = pd.DataFrame({"customer_id_a": ["C1"], "customer_id_b": ["C2"], "status": "to_check",
    ...                       "evidence": "account"})
    >>> split_clusters(split, pairs, authority={"branch_head": 5e5, "head_office": 1e7})["needed_level"].tolist()
    ['head_office']
    """
    if not authority:
        raise BadData("no level of authority is given", fix="pass the policy's limits.authority")
    near = split["amount_yuan"] > (1.0 - NEAR_SHARE) * split["limit_yuan"]
    rows = split.assign(near=near, overdue=split["overdue_days"] > 0)
    found = rows.groupby("connected_id", observed=True).agg(
        borrowers_count=("customer_id", "nunique"),
        loans_count=("loan_id", "nunique"),
        branches_count=("branch_id", "nunique"),
        sum_yuan=("amount_yuan", "sum"),
        largest_yuan=("amount_yuan", "max"),
        limit_yuan=("limit_yuan", "max"),
        near_limit_count=("near", "sum"),
        first_date=("disbursed_date", "min"),
        last_date=("disbursed_date", "max"),
        balance_yuan=("balance_yuan", "sum"),
        overdue_count=("overdue", "sum"),
    )
    found = found.join(_evidence(split, pairs)).reset_index()
    found["limit_ratio"] = found["sum_yuan"] / found["limit_yuan"]
    found["days_count"] = (found["last_date"] - found["first_date"]).dt.days
    found["overdue_share"] = found["overdue_count"] / found["loans_count"]
    found["needed_level"] = needed_levels(found["sum_yuan"], authority=authority)
    return found.sort_values(["sum_yuan", "connected_id"], ascending=[False, True])[_COLUMNS].reset_index(drop=True)


_COLUMNS = [
    "connected_id",
    "status",
    "borrowers_count",
    "loans_count",
    "branches_count",
    "sum_yuan",
    "largest_yuan",
    "limit_yuan",
    "limit_ratio",
    "near_limit_count",
    "needed_level",
    "first_date",
    "last_date",
    "days_count",
    "balance_yuan",
    "overdue_count",
    "overdue_share",
    "evidence",
]


def needed_levels(amounts: pd.Series, *, authority: Mapping[str, float]) -> pd.Series:
    """Name the lowest level that may decide on each amount; ``above_all_levels`` where none may.

    Examples
    --------
    >>> needed_levels(pd.Series([1e6, 2e6, 9e7]), authority={"branch_head": 1e6, "head_office": 1e7}).tolist()
    ['branch_head', 'head_office', 'above_all_levels']
    """
    levels = sorted(authority, key=lambda level: authority[level])
    place = np.searchsorted([authority[level] for level in levels], amounts.to_numpy("float64"), side="left")
    return pd.Series(np.array([*levels, ABOVE_ALL], dtype=object)[place], index=amounts.index, dtype="str")


def _evidence(split: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return kinds and status of the links among each group's borrowers, the ruled out ones left out."""
    group = split.drop_duplicates("customer_id").set_index("customer_id")["connected_id"]
    one, two = (pairs[end].map(group) for end in ENDS)
    either = one.fillna(two)
    kept = pairs[(either.notna() & (pairs["status"] != "ruled_out"))].assign(connected_id=either)
    return kept.groupby("connected_id").agg(evidence=("evidence", joined_kinds), status=("status", worst_status))


#: bands below the tested one that show how many amounts to expect
BANDS = 3


def limit_bunching(
    loans: pd.DataFrame, *, limits: Sequence[float], width_share: float = 0.05, level: float = 0.95
) -> pd.DataFrame:
    r"""Test for each limit whether loans crowd just under it.

    Answers "does somebody write loans of 495,000 because 500,000 is where the next signature begins?" The band of
    width :math:`wL` under the limit L is compared with the three bands below it:

    .. math:: k = \#\{A \in (L - wL, L)\}, \quad m = \#\{A \in (L - 4wL, L - wL]\}, \quad
        k \mid k + m \sim \mathrm{Bin}(k + m, 1/4)

    Where amounts grow rarer with size, as they do above the usual loan, at most a quarter is expected in the highest
    of four bands, and the test errs on the quiet side. Amounts above L are shown but not used: fewer loans are made
    there for good reasons (the next signature), which would look like a crowd below.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``amount_yuan``. Not modified.
    limits : sequence of float
        Limits L (yuan, > 0): an authority, a product's maximum, a rule's threshold.
    width_share : float
        w, above 0 and under 1/4.
    level : float
        Of the interval of the share.

    Returns
    -------
    DataFrame
        One row per limit, in their order: ``limit_yuan, below_count`` (k), ``under_count`` (m),
        ``expected_count`` (m/3), ``below_share`` (k over k + m) with ``below_low, below_high`` (Jeffreys),
        ``at_limit_count`` (amounts of exactly L, in neither), ``above_count`` (in the three bands above L),
        ``chance_share`` (one-sided p-value: so many or more by chance). Shares and chance are missing where no amount
        stands in the four bands: nothing can be said.

    Raises
    ------
    BadData
        If an amount or a limit is missing, infinite or not positive, no limit is given, or the width is out of range.

    Notes
    -----
    Round numbers make heaps everywhere; those in the lower bands hide a small crowd, and the limit itself, usually
    the roundest of all, is counted apart. Where amounts grow *commoner* towards L (a limit below the usual loan) the
    test cries wolf. Read it beside the groups of `splits`, never alone; several limits are several tests.

    References
    ----------
    .. [1] McCrary, J. (2008). Manipulation of the running variable in the regression discontinuity design. Journal of
       Econometrics 142(2), 698-714: the idea; the test here is the plain count.

    Examples
    --------
    >>> loans = pd.DataFrame({"amount_yuan": [4.95e5] * 6 + [4.1e5, 4.4e5, 4.6e5, 5.1e5]})
    >>> limit_bunching(loans, limits=[5e5])[["below_count", "under_count", "chance_share"]].round(4).iloc[0].tolist()
    [6.0, 3.0, 0.01]
    """
    amounts = _checked(loans["amount_yuan"], "amount_yuan")
    edges = _checked(pd.Series(limits, dtype="float64"), "limits")
    if not len(edges) or not 0.0 < width_share < 1.0 / (BANDS + 1):
        raise BadData("no limit, or a width not above 0 and under 1/4", fix="give limits in yuan and a width of 0.05")
    rows = [_counts(amounts, edge, width_share) for edge in edges]
    names = ["limit_yuan", "below_count", "under_count", "at_limit_count", "above_count"]
    found = pd.DataFrame(rows, columns=names)
    whole = found["below_count"] + found["under_count"]
    found["expected_count"] = found["under_count"] / BANDS
    told = whole > 0
    shares = rate_interval(found["below_count"][told], whole[told], level=level) if told.any() else pd.DataFrame()
    shares_of = {"below_share": "rate", "below_low": "low", "below_high": "high"}
    for name, column in shares_of.items():
        found[name] = shares[column].reindex(found.index) if told.any() else np.nan
    found["chance_share"] = np.where(told, binom.sf(found["below_count"] - 1, whole, 1.0 / (BANDS + 1)), np.nan)
    order = [*names[:3], "expected_count", *shares_of, *names[3:], "chance_share"]
    return found[order]


def _counts(amounts: np.ndarray, limit: float, width_share: float) -> tuple[float, int, int, int, int]:
    width = width_share * limit
    below = (amounts > limit - width) & (amounts < limit)
    under = (amounts > limit - (BANDS + 1) * width) & (amounts <= limit - width)
    above = (amounts > limit) & (amounts <= limit + BANDS * width)
    return limit, int(below.sum()), int(under.sum()), int((amounts == limit).sum()), int(above.sum())


def _checked(values: pd.Series, name: str) -> np.ndarray:
    array = values.to_numpy(dtype="float64", na_value=np.nan)
    wrong = int((~(np.isfinite(array) & (array > 0))).sum())
    if wrong:
        raise BadData(f"{wrong} values are missing, infinite or not positive", where=name, fix="leave them out first")
    return array

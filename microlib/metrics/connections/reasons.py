"""The usual innocent reasons for a link (常见正当原因), looked up before anybody is asked anything."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.metrics.connections.weights import ENDS

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
        Result of `weights.link_weights`. Not modified.
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
    >>> from microlib.metrics.connections.weights import link_weights
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
    return pd.Series(np.select([owned, household], ["owner_and_own_company", "couple_with_two_stalls"], ""),
                     index=weighted.index, dtype="str")  # fmt: skip


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

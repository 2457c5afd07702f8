"""The list of links to look into (关联关系待核查清单): each pair with its evidence, reasons checked, and status."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.metrics.connections.components import evidence_of
from microlib.metrics.connections.weights import ENDS, HOUSE_RULES, LinkRules

COLUMNS = [*ENDS, "status", "reason_codes", "evidence", "links_count", "evidence_share", "unexplained_share",
           "counts_as_one", "most_holders_count", "first_seen_date", "last_seen_date"]  # fmt: skip


def link_checklist(explained: pd.DataFrame, customers: pd.DataFrame, *, rules: LinkRules = HOUSE_RULES) -> pd.DataFrame:
    r"""List the pairs of customers that their links tie together, each with its chain of evidence and its status.

    Answers "which of these links must somebody look into, and which have an ordinary explanation?"

    .. math:: w_{ab} = 1 - \prod_t \Big(1 - \max_{l \in ab,\, t_l = t} w_l\Big)

    over kinds t of links: two signs of one kind are one sign. The same product over links without an innocent reason
    is the unexplained share.

    Parameters
    ----------
    explained : DataFrame
        Result of `reasons.explained_links`. Not modified.
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
        whole=proof, tied=proof.where(~by_value, 0.0), bare=proof.where(~(by_value | by_pair), 0.0),
        reason=rows["value_reason"].where(by_value, rows["pair_reason"]),
    )  # fmt: skip
    pairs = rows.groupby(ENDS, as_index=False, observed=True).agg(
        whole=("whole", "sum"), tied=("tied", "sum"), bare=("bare", "sum"), evidence=("link_type", "+".join),
        links_count=("link_type", "size"), reason_codes=("reason", _joined),
        most_holders_count=("holders_count", "max"),
        first_seen_date=("seen_date", "min"), last_seen_date=("seen_date", "max"),
    )  # fmt: skip
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
    return pairs[COLUMNS].astype(texts).reset_index(drop=True)

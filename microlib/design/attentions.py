"""What head office looks at first: what is clearly outside what was decided, by money at risk."""

from __future__ import annotations

import pandas as pd

from microlib.design.matters import COLUMNS

__all__ = ["COLUMNS", "MOST", "attention_list"]

MOST = 12


def attention_list(
    branches: pd.DataFrame, sources: pd.DataFrame, *, appetite_share: float, group_cap_yuan: float,
    more: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the `MOST` things at most that are clearly outside what the bank decided, most money at risk first.

    Answers "where do I look in the first half minute?"

    A branch is listed (``share_above_appetite``) when the whole interval of its share at risk lies above the appetite;
    its money is the balance at risk. A source shared by branches is listed (``source_over_cap``) when its balance is
    over its own cap, a group (``group_over_cap``) over the cap for groups; their money is what lies over. What cannot
    be judged is not listed. What has no money at risk comes after what has, in its own order.

    Parameters
    ----------
    branches : DataFrame
        ``branch_id, share, share_low, share_high`` (fractions), ``hit_yuan`` (yuan at risk). Not modified.
    sources : DataFrame
        ``kind`` (group or another), ``source_id, branch_ids, balance_yuan, cap_yuan`` (missing: no cap). Not modified.
    appetite_share : float
        Fraction.
    group_cap_yuan : float
        Yuan.
    more : DataFrame, optional
        Further rows with these columns, as `matters` finds them. Not modified.

    Returns
    -------
    DataFrame
        ``kind, subject`` (a branch or a source), ``branch_ids`` (with blanks between), ``money_yuan``, ``value, low,
        high, limit`` (fractions of branches, yuan of sources; ``low`` and ``high`` missing there)

    Examples
    --------
    >>> branches = pd.DataFrame({"branch_id": ["0755", "0995"], "share": [0.09, 0.20], "share_low": [0.07, 0.01],
    ...     "share_high": [0.11, 0.6], "hit_yuan": [9e6, 1e6]})
    >>> sources = pd.DataFrame({"kind": ["core_enterprise"], "source_id": ["H01"], "branch_ids": ["0755 0995"],
    ...     "balance_yuan": [5e7], "cap_yuan": [3e7]})
    >>> found = attention_list(branches, sources, appetite_share=0.05, group_cap_yuan=1e7)
    >>> found[["kind", "subject", "money_yuan"]].values.tolist()
    [['source_over_cap', 'H01', 20000000.0], ['share_above_appetite', '0755', 9000000.0]]
    """
    outside = branches[branches["share_low"] > appetite_share]
    shares = pd.DataFrame({
        "kind": "share_above_appetite", "subject": outside["branch_id"], "branch_ids": outside["branch_id"],
        "money_yuan": outside["hit_yuan"], "value": outside["share"], "low": outside["share_low"],
        "high": outside["share_high"], "limit": appetite_share,
    })  # fmt: skip
    caps = sources["cap_yuan"].where(sources["kind"] != "group", group_cap_yuan).astype("float64")
    over = sources[sources["balance_yuan"] > caps]
    amounts = pd.DataFrame({
        "kind": over["kind"].map(lambda kind: "group_over_cap" if kind == "group" else "source_over_cap"),
        "subject": over["source_id"], "branch_ids": over["branch_ids"],
        "money_yuan": over["balance_yuan"] - caps[over.index],
        "value": over["balance_yuan"], "low": float("nan"), "high": float("nan"), "limit": caps[over.index],
    })  # fmt: skip
    parts = [part for part in (shares.sort_values("subject"), amounts.sort_values("subject"), more)
             if part is not None and len(part)]  # fmt: skip
    whole = pd.concat(parts or [pd.DataFrame(columns=COLUMNS)])
    order = whole.sort_values("money_yuan", ascending=False, kind="stable", na_position="last")
    return order.head(MOST)[COLUMNS].reset_index(drop=True)

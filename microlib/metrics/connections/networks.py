"""One picture of who hangs together: few enough points to be read, common values greyed."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook

MOST = 60


def network(members: pd.DataFrame, pairs: pd.DataFrame, common: pd.DataFrame, *, most: int = MOST) -> pd.DataFrame:
    """Choose the groups that one picture can hold, and the common values that were left out as links.

    Answers "what does the largest cluster look like, and what was not counted as a tie?"

    Parameters
    ----------
    members : DataFrame
        Result of `groups.connected_groups`: ``connected_id, customer_id, members_count``. Not modified.
    pairs : DataFrame
        Result of `checklists.link_checklist`.
    common : DataFrame
        Result of `reasons.common_values`: values that many hold and that link nobody.
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
    grey = pd.DataFrame({
        "connected_id": [f"hub{number}" for number in range(len(hubs))], "node_a": hubs["link_type"].to_numpy(),
        "status": "left_out", "holders_count": hubs["holders_count"].to_numpy(),
    })  # fmt: skip
    order = {name: place for place, name in enumerate(ranked["connected_id"])}
    kept = kept.sort_values("connected_id", key=lambda names: names.map(order), kind="stable")
    return pd.concat([kept, grey], ignore_index=True)


def listed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a list of pairs or groups with its kinds of links and reasons as codes with blanks between them.

    Examples
    --------
    >>> listed(pd.DataFrame({"evidence": ["account+phone"]}))["evidence"].tolist()
    ['account phone']
    """
    names = [name for name in ("evidence", "reason_codes") if name in frame]
    return frame.assign(**{name: frame[name].str.replace("+", " ", regex=False) for name in names})

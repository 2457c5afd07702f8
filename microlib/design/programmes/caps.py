"""The rules of a programme as rows: who may have how much together, and what must at least be reached."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from microlib.contracts.policies import LimitsPolicy
from microlib.errors import BadConfig, BadData

COLUMNS = ["rule", "scope", "key", "side", "yuan"]
#: scope -> column of the candidates that says who belongs to it; everyone belongs to the programme
SCOPES = {"programme": "", "source": "source_id", "group": "group_key", "segment": "segment", "grade": "grade"}
SIDES = ("at_most", "at_least")


def programme_caps(candidates: pd.DataFrame, *, policy: LimitsPolicy, budget_yuan: float | None = None) -> pd.DataFrame:
    """Write the caps that policy and headroom set on a programme.

    Answers "which totals may this programme not exceed?"

    Parameters
    ----------
    candidates : DataFrame
        ``source_id, group_key`` with ``source_headroom_yuan, group_headroom_yuan``, as `applicants.applicant_frame`
        gives them; a headroom column that is absent, or missing in a row, sets no cap. Not modified.
    policy : LimitsPolicy
        ``programme_cap_yuan``.
    budget_yuan : float, optional
        Money there is to lend; no cap beyond the policy's when left out.

    Returns
    -------
    DataFrame
        One row per rule: ``rule`` (code: ``programme_cap``, ``budget``, ``source_cap``, ``group_cap``), ``scope``,
        ``key`` (empty for the programme), ``side`` (``at_most``), ``yuan``

    Examples
    --------
    See ``tests/design/programmes/test_caps.py``.
    """
    rows = [("programme_cap", "programme", "", "at_most", float(policy.programme_cap_yuan))]
    if budget_yuan is not None:
        rows.append(("budget", "programme", "", "at_most", float(budget_yuan)))
    frames = [pd.DataFrame(rows, columns=COLUMNS)]
    for scope in ("source", "group"):
        column, headroom = SCOPES[scope], f"{scope}_headroom_yuan"
        if column in candidates and headroom in candidates:
            frames.append(_headrooms(candidates, scope=scope))
    return pd.concat(frames, ignore_index=True)


def cap_each(candidates: pd.DataFrame, *, scope: str, yuan: float) -> pd.DataFrame:
    """Write one cap of the same size for every source, group, segment or grade among the candidates.

    Examples
    --------
    >>> firms = pd.DataFrame({"segment": ["a", "b", "a"]})
    >>> cap_each(firms, scope="segment", yuan=5e6)[["rule", "key", "yuan"]].to_numpy().tolist()
    [['segment_cap', 'a', 5000000.0], ['segment_cap', 'b', 5000000.0]]
    """
    keys = candidates[SCOPES[scope]]
    named = sorted(keys[keys.notna() & (keys != "")].unique())
    return pd.DataFrame({
        "rule": f"{scope}_cap", "scope": scope, "key": named, "side": "at_most", "yuan": float(yuan),
    }, columns=COLUMNS)  # fmt: skip


def volume_floor(yuan: float, *, scope: str = "programme", key: str = "") -> pd.DataFrame:
    """Write the row that asks for at least so much volume, of the programme or of one part of it.

    Examples
    --------
    >>> volume_floor(30_000_000)[["rule", "side", "yuan"]].to_numpy().tolist()
    [['volume_floor', 'at_least', 30000000.0]]
    """
    return pd.DataFrame([("volume_floor", scope, key, "at_least", float(yuan))], columns=COLUMNS)


def rule_matrix(candidates: pd.DataFrame, rules: pd.DataFrame) -> csr_array:
    """Return which candidate counts in which rule: one row per rule, 1 where it counts.

    Raises
    ------
    BadConfig
        If a rule's scope or side is unknown, or its amount is missing or negative.
    BadData
        If the candidates lack the column of a scope.
    """
    _check(candidates, rules)
    places = rules[["scope", "key"]].assign(place=np.arange(len(rules)))
    pairs = [_members(candidates, part, scope=scope) for scope, part in places.groupby("scope", sort=False)]
    found = pd.concat(pairs).astype("int64") if pairs else pd.DataFrame({"place": [], "member": []}, dtype="int64")
    table = (np.ones(len(found)), (found["place"].to_numpy(), found["member"].to_numpy()))
    return csr_array(table, shape=(len(rules), len(candidates)))


def _members(candidates: pd.DataFrame, part: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    """Pair each rule of one scope with the candidates it counts."""
    members = pd.DataFrame({"member": np.arange(len(candidates))})
    if scope == "programme":
        return part[["place"]].merge(members, how="cross")
    keys = candidates[SCOPES[scope]].to_numpy()
    return part.merge(members.assign(key=keys), on="key")[["place", "member"]]


def _headrooms(candidates: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    column, headroom = SCOPES[scope], f"{scope}_headroom_yuan"
    known = candidates[candidates[column].notna() & (candidates[column] != "") & candidates[headroom].notna()]
    room = known.groupby(column)[headroom].min()
    return pd.DataFrame({
        "rule": f"{scope}_cap", "scope": scope, "key": room.index.to_numpy(), "side": "at_most",
        "yuan": room.to_numpy(dtype=float),
    })  # fmt: skip


def _check(candidates: pd.DataFrame, rules: pd.DataFrame) -> None:
    for column, legal in (("scope", tuple(SCOPES)), ("side", SIDES)):
        unknown = sorted(set(rules[column]) - set(legal))
        if unknown:
            raise BadConfig(
                f"{column} = {unknown[0]}: is unknown", where="rules", fix=f"choose from {', '.join(legal)}"
            )
    if not (rules["yuan"] >= 0).all():
        bad = rules.loc[~(rules["yuan"] >= 0), "rule"].iloc[0]
        raise BadConfig(f"{bad}: the amount is missing or negative", where="rules", fix="give yuan >= 0")
    absent = [SCOPES[scope] for scope in rules["scope"].unique() if SCOPES[scope] and SCOPES[scope] not in candidates]
    if absent:
        raise BadData(
            f"no column {', '.join(absent)}", where="candidates", fix="add it, or drop the rules that need it"
        )

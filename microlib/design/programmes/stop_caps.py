"""A product's own stop rules as caps of its programme: allocated so that none of them fires on the day it starts."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.product_rules import StopRule
from microlib.contracts.products import Product
from microlib.design.programmes.caps import COLUMNS, cap_each

#: watched share of the programme -> what it is a share of
SCOPES = {"worst_source_share": "source", "largest_group_share": "group"}
SCOPES_COLUMNS = {"worst_source_share": "source_id", "largest_group_share": "group_key"}
EXACT = 1e-6


def stop_rule_caps(candidates: pd.DataFrame, *, product: Product, budget_yuan: float) -> pd.DataFrame:
    r"""Write the caps that follow from stop rules on the share of one source or one group.

    Answers "how must the pilot be spread so that it does not stop itself?"

    .. math:: C_k = s \cdot budget

    with :math:`s` the share at which the rule fires. A programme smaller than its budget may still be past the share.

    Parameters
    ----------
    candidates : DataFrame
        ``source_id, group_key``. Not modified.
    product : Product
        Its ``stop_rules``.
    budget_yuan : float

    Returns
    -------
    DataFrame
        One row per rule and source or group, columns of `caps`; ``rule`` is the stop rule's code. Empty where no stop
        rule watches a share that sharing could keep.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> hospital = read_product(".", product="hospital_supplier", as_of="2026-06-30")
    >>> lines = pd.DataFrame({"source_id": ["H01", "H02"], "group_key": ["", ""]})
    >>> stop_rule_caps(lines, product=hospital, budget_yuan=1e7)[["rule", "key", "yuan"]].to_numpy().tolist()
    [['one_hospital_too_heavy', 'H01', 6000000.0], ['one_hospital_too_heavy', 'H02', 6000000.0]]
    """
    frames = [
        cap_each(candidates, scope=SCOPES[rule.watched], yuan=float(rule.value) * budget_yuan).assign(rule=rule.code)
        for rule in share_rules(candidates, product=product)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)


def share_rules(candidates: pd.DataFrame, *, product: Product) -> list[StopRule]:
    """Return the stop rules on a share that can be kept at all: with one source, none can hold less than the whole."""
    return [
        rule
        for rule in product.stop_rules
        if rule.watched in SCOPES and rule.test == "above" and _can_hold(candidates, rule)
    ]


def shares_hold(lines: pd.DataFrame, *, product: Product) -> bool:
    """Say whether an allocation keeps every share that a stop rule watches (`share_rules`)."""
    total = lines["allocated_yuan"].sum()
    for rule in share_rules(lines, product=product):
        parts = lines[_named(lines, rule)].groupby(SCOPES_COLUMNS[rule.watched])["allocated_yuan"].sum()
        if total and len(parts) and parts.max() / total > float(rule.value) + EXACT:
            return False
    return True


def _can_hold(candidates: pd.DataFrame, rule: StopRule) -> bool:
    keys = candidates.loc[_named(candidates, rule), SCOPES_COLUMNS[rule.watched]].nunique()
    alone = not _named(candidates, rule).all()
    return alone or keys * float(rule.value) >= 1


def _named(candidates: pd.DataFrame, rule: StopRule) -> pd.Series:
    return candidates[SCOPES_COLUMNS[rule.watched]].fillna("") != ""

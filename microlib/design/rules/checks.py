"""Every rule held against a product: value, limit, pass, fail or unknown, and on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from microlib.contracts.regulations import Rule
from microlib.design.dated_tables import Written, read_dated
from microlib.design.rules.term_figures import Figure, term_figure
from microlib.design.terms import Policy, Product
from microlib.errors import BadConfig

STATES = ("fail", "unknown", "unverified_pass", "pass", "not_in_force", "not_applicable")
#: states that a person still has to answer for
OPEN = ("fail", "unknown", "unverified_pass")
UNITS = {"_months": "months", "_yuan": "yuan", "_count": "items", "_days": "days", "_rate": "fraction",
         "_share": "fraction"}  # fmt: skip
COLUMNS = [
    "rule", "id", "quantity", "test", "limit_value", "value", "unit", "state", "status", "from_date", "evidence",
    "source", "said_zh", "said_en",
]  # fmt: skip
SLACK = 1e-9


def read_rules(home: object, *, as_of: date | str) -> tuple[Written, ...]:
    """Read all rules of law, of supervisors and of the house; those that begin later say so.

    Raises
    ------
    BadConfig
        If a rule is not dated, names no source, or asks for a figure that the workbench does not know.
    """
    return read_dated(home, part="regulation", table="rules", model=Rule, as_of=as_of)


def check_rules(
    rules: tuple[Written, ...], *, product: Product, policy: Policy, figures: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Hold every rule against a product's terms and the figures found in tables and results.

    Answers "is any rule broken, and which of them has nobody confirmed?"

    Parameters
    ----------
    rules : tuple of Written
        Result of `read_rules`.
    product : Product
        The terms.
    policy : Policy
        Where a rule's number is a policy value.
    figures : mapping, optional
        Results of `book_figures.book_figures` and `book_figures.design_figures`; a figure that is not there leaves its
        rule unknown.

    Returns
    -------
    DataFrame
        One row per rule, the worst state first, then by ``id``

        - ``rule, id, quantity, test, limit_value, value, unit``; numbers missing where a person decides or nothing
          is known
        - ``state``: ``fail``; ``unknown`` (no evidence, or a person decides); ``unverified_pass``: it holds as we
          understand it, but nobody has confirmed the rule, so it is not green; ``pass``; ``not_in_force``;
          ``not_applicable``
        - ``status`` (``verified``, ``unverified``), ``from_date``, ``evidence`` (place in the terms,
          ``figures.<name>``, ``missing.<name>`` or ``person``), ``source``, ``said_zh, said_en``

    Raises
    ------
    BadConfig
        If a rule names a policy value that does not exist.

    Examples
    --------
    >>> from microlib.design.terms import read_policy, read_product
    >>> day = "2026-06-30"
    >>> stall = read_product(".", product="market_stall", as_of=day)
    >>> found = check_rules(read_rules(".", as_of=day), product=stall, policy=read_policy(".", as_of=day))
    >>> found.loc[found["rule"] == "personal_business_term", "state"].item()
    'unverified_pass'
    """
    rows = [_row(rule, product=product, policy=policy, figures=figures or {}) for rule in rules]
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"limit_value": "float64", "value": "float64"})
    rank = frame["state"].map({state: place for place, state in enumerate(STATES)})
    return frame.assign(_rank=rank).sort_values(["_rank", "id"], kind="stable", ignore_index=True)[COLUMNS]


def count_states(checked: pd.DataFrame) -> pd.DataFrame:
    """Count rules by state, every state listed.

    Parameters
    ----------
    checked : DataFrame
        Result of `check_rules`. Not modified.

    Returns
    -------
    DataFrame
        ``state``, ``rules_count``, ``is_open`` (a person still has to answer), in the order of ``STATES``.
    """
    counts = checked["state"].value_counts()
    return pd.DataFrame({
        "state": STATES,
        "rules_count": [int(counts.get(state, 0)) for state in STATES],
        "is_open": [state in OPEN for state in STATES],
    })  # fmt: skip


def _row(written: Written, *, product: Product, policy: Policy, figures: Mapping[str, float]) -> tuple:
    rule = written.terms
    limit = _limit(rule, policy)
    figure = term_figure(product, rule) or _found(rule, figures)
    state = _state(written, product, figure, limit)
    shown = figure if state not in ("not_applicable", "not_in_force") else Figure(None, "")
    unit = next((unit for ending, unit in UNITS.items() if rule.quantity.endswith(ending)), "")
    return (
        written.code, rule.id, rule.quantity, rule.test, limit, shown.value, unit, state, written.status,
        pd.Timestamp(written.from_date), shown.evidence, written.source, rule.zh, rule.text,
    )  # fmt: skip


def _limit(rule: Rule, policy: Policy) -> float | None:
    if rule.policy is None:
        return rule.value
    part, key = rule.policy.split(".")
    value = getattr(getattr(policy, part, None), key, None)
    if not isinstance(value, (int, float)):
        what = f"{rule.id}: policy = {rule.policy} names no number of the policy"
        raise BadConfig(what, where="data/policies/regulation.toml", fix="write part.key, e.g. limits.group_cap_yuan")
    return float(value)


def _found(rule: Rule, figures: Mapping[str, float]) -> Figure:
    if rule.quantity == "person_decides":
        return Figure(None, "person")
    if rule.quantity in figures:
        return Figure(float(figures[rule.quantity]), f"figures.{rule.quantity}")
    return Figure(None, f"missing.{rule.quantity}")


def _state(written: Written, product: Product, figure: Figure, limit: float | None) -> str:
    rule = written.terms
    if not _applies(rule, product):
        return "not_applicable"
    if not written.is_in_force:
        return "not_in_force"
    if figure.value is None or limit is None:
        return "unknown"
    room = limit - figure.value if rule.test == "at_most" else figure.value - limit
    if room < -SLACK:
        return "fail"
    return "pass" if written.status == "verified" else "unverified_pass"


def _applies(rule: Rule, product: Product) -> bool:
    served = not rule.kinds or bool(set(rule.kinds) & set(product.kinds))
    return (
        served
        and product.limit.source in (rule.sources or (product.limit.source,))
        and (not rule.secured or product.secured in rule.secured)
    )

"""Every protection of the customer, with the rules and checklist items that show whether it stands."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.protections import Principle
from microlib.design.dated_tables import Written, read_dated
from microlib.design.rules.checks import STATES
from microlib.errors import BadConfig

#: what an answer of the checklist means for the principle that rests on it
ANSWERS = {"no": "fail", "open": "unknown", "yes": "pass"}
IDLE = ("not_in_force", "not_applicable")


def read_principles(home: object, *, as_of: date | str) -> tuple[Written, ...]:
    """Read the principles in force on a day.

    Raises
    ------
    BadConfig
        If a principle is not dated, names no source, or rests on nothing.

    Examples
    --------
    >>> len(read_principles(".", as_of="2026-06-30"))
    8
    """
    found = read_dated(home, part="protection", table="principles", model=Principle, as_of=as_of)
    return tuple(item for item in found if item.is_in_force)


def customer_protection(
    principles: tuple[Written, ...], *, rules: pd.DataFrame, checklist: pd.DataFrame
) -> pd.DataFrame:
    """Say of each principle whether it stands: the worst state among what shows it.

    Answers "is the customer treated fairly by these terms, and who says so?"

    Parameters
    ----------
    principles : tuple of Written
        Result of `read_principles`.
    rules, checklist : DataFrame
        Results of `checks.check_rules` and `checklist.approval_checklist`. Not modified.

    Returns
    -------
    DataFrame
        One row per principle: ``principle, title_zh, title_en``, ``state`` (as of a rule; an item that a person has
        not answered leaves it ``unknown``), ``evidence_zh, evidence_en`` (what it rests on), ``status``

    Raises
    ------
    BadConfig
        If a principle names a rule or an item that does not exist.
    """
    told = rules.set_index("rule")[["state", "id"]]
    items = checklist.set_index("item")[["answer", "title_zh", "title_en"]]
    return pd.DataFrame([_row(each, told, items) for each in principles])


def _row(written: Written, rules: pd.DataFrame, items: pd.DataFrame) -> dict:
    terms = written.terms
    strange = sorted((set(terms.rules) - set(rules.index)) | (set(terms.items) - set(items.index)))
    if strange:
        what = f"{written.code}: there is no rule or item {', '.join(strange)}"
        raise BadConfig(what, where="data/policies/protection.toml", fix="write codes of regulation and approval")
    asked, answered = rules.loc[list(terms.rules)], items.loc[list(terms.items)]
    states = [*(state for state in asked["state"] if state not in IDLE), *answered["answer"].map(ANSWERS)]
    numbers = asked["id"].to_list()
    return {
        "principle": written.code, "title_zh": terms.title.zh, "title_en": terms.title.en,
        "state": min(states, key=STATES.index) if states else "not_applicable",
        "evidence_zh": "；".join([*numbers, *answered["title_zh"]]),
        "evidence_en": "; ".join([*numbers, *answered["title_en"]]), "status": written.status,
    }  # fmt: skip

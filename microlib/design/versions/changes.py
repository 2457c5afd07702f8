"""What changed between two versions of a product: place, old and new value, whom it helps, why, on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from microlib.contracts.branches import NARROWER
from microlib.contracts.products import Product
from microlib.design.versions.places import flat_terms

UNITS = {"_yuan": "yuan", "_months": "months", "_days": "days", "_count": "count", "_share": "fraction",
         "_rate": "fraction"}  # fmt: skip
#: terms of which more is a wider product, beside those that a branch may narrow
WIDER = {"max_term_months": 1, "min_term_months": -1, "limit.cash_share": 1, "size.sales_share": 1,
         "size.advance_share": 1, "size.own_share": -1, "limit.dilution_share": -1}  # fmt: skip
#: lists whose every item is one more condition, each with its own words
CONDITIONS = ("access", "not_served", "controls", "stop_rules")
#: what merely follows from the rest
SILENT = ("version", "source")
COLUMNS = [
    "section", "place", "change", "old_value", "new_value", "unit", "old_code", "new_code", "effect", "reason_zh",
    "reason_en", "evidence", "author", "effective_from",
]  # fmt: skip


def diff_terms(old: Product, new: Product, *, why: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Compare two versions of a product term by term.

    Answers "what exactly are we asked to approve: term 12 -> 18 months, why, and on whose figures?"

    Parameters
    ----------
    old, new : Product
        Two versions, checked.
    why : mapping, optional
        ``reason_zh, reason_en, evidence, author`` (text), ``effective_from`` (date), the same for every change, or by
        place (a mapping of such mappings under ``places``).

    Returns
    -------
    DataFrame
        One row per changed term, in the order of the terms; empty where nothing changed. Version and source follow
        from the rest and are left out.

        - ``section`` (first key), ``place`` (keys and item codes with points between)
        - ``change``: ``changed``, ``added``, ``removed``
        - ``old_value, new_value`` (numbers, in ``unit``: yuan, months, days, count, fraction, or none);
          ``old_code, new_code`` (text where the term is no number)
        - ``effect``: ``widens`` (more people, money or time), ``narrows``, ``neutral``
        - ``reason_zh, reason_en, evidence, author, effective_from``; empty where nobody gave one

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> one = read_product(".", product="market_stall", as_of="2025-12-31")
    >>> two = read_product(".", product="market_stall", as_of="2026-01-01")
    >>> diff_terms(one, two)[["place", "old_value", "new_value", "unit", "effect"]].to_dict("records")
    [{'place': 'yearly_rate', 'old_value': 0.065, 'new_value': 0.0585, 'unit': 'fraction', 'effect': 'widens'}]
    """
    before, after = flat_terms(old.model_dump()), flat_terms(new.model_dump())
    places = [*before, *(place for place in after if place not in before)]
    moved = [place for place in places if before.get(place) != after.get(place) and place not in SILENT]
    rows = [_row(place, before.get(place), after.get(place), rule=_rule(place, old, new)) for place in moved]
    told = [{**_blank(), **_why(place, why or {})} for place in moved]
    frame = pd.DataFrame([{**row, **reason} for row, reason in zip(rows, told, strict=True)], columns=COLUMNS)
    frame[["old_value", "new_value"]] = frame[["old_value", "new_value"]].astype("float64")
    return frame.assign(effective_from=pd.to_datetime(frame["effective_from"]))


def change_lines(changes: pd.DataFrame) -> list[str]:
    r"""Tell each change as a line of codes and values, for a terminal: place, old -> new, unit, effect, why.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> days = ("2025-12-31", "2026-01-01")
    >>> change_lines(diff_terms(*[read_product(".", product="market_stall", as_of=day) for day in days]))
    ['yearly_rate\t0.065 -> 0.0585\tfraction\twidens\t\t']
    """
    return [
        "\t".join([row.place, f"{_side(row.old_value, row.old_code)} -> {_side(row.new_value, row.new_code)}",
                   row.unit, row.effect, row.reason_zh, row.evidence])
        for row in changes.itertuples()
    ]  # fmt: skip


def _side(value: float, code: str) -> str:
    return (code or "-") if pd.isna(value) else f"{value:.10g}"


def _blank() -> dict[str, Any]:
    return {"reason_zh": "", "reason_en": "", "evidence": "", "author": "", "effective_from": None}


def _why(place: str, why: Mapping[str, Any]) -> dict[str, Any]:
    shared = {key: value for key, value in why.items() if key != "places"}
    return {**shared, **why.get("places", {}).get(place, {})}


def _rule(place: str, old: Product, new: Product) -> str:
    """Return the test of the access rule that a place belongs to; empty for any other place."""
    parts = place.split(".")
    tests = {rule.code: rule.test for rule in (*old.access, *new.access)}
    return tests.get(parts[1], "") if parts[0] == "access" and len(parts) == 3 and parts[2] == "value" else ""


def _row(place: str, old: Any, new: Any, *, rule: str) -> dict[str, Any]:
    unit = next((unit for ending, unit in UNITS.items() if place.endswith(ending)), "")
    change = "added" if old is None else "removed" if new is None else "changed"
    return {
        "section": place.split(".")[0],
        "place": place,
        "change": change,
        "old_value": _number(old),
        "new_value": _number(new),
        "unit": unit,
        "old_code": _code(old),
        "new_code": _code(new),
        "effect": _effect(place, old, new, rule=rule),
    }


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return float(value) if is_number else None


def _code(value: Any) -> str:
    if value is None or _number(value) is not None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _effect(place: str, old: Any, new: Any, *, rule: str) -> str:
    first, second = _number(old), _number(new)
    if first is None or second is None:
        return _effect_of_lists(place, old, new)
    sides = {".".join(path): 1 if side == "lower" else -1 for path, side in NARROWER.values()} | WIDER
    sense = {"at_least": -1, "at_most": 1}.get(rule, sides.get(place, 0))
    return {1: "widens", -1: "narrows"}.get(sense * (1 if second > first else -1), "neutral")


def _effect_of_lists(place: str, old: Any, new: Any) -> str:
    """Say what a longer or shorter list of those who are served means, and what a new or dropped condition does."""
    if place.split(".")[0] in CONDITIONS and ".said." in place and (old is None or new is None):
        return "narrows" if old is None else "widens"
    if place not in ("segments", "kinds") or old is None or new is None:
        return "neutral"
    before, after = set(old), set(new)
    return "widens" if before < after else "narrows" if after < before else "neutral"

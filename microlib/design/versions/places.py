"""The place of every term in a product: keys, and the codes of its items, with points between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microlib.errors import BadConfig


def flat_terms(written: Any, *, place: str = "") -> dict[str, Any]:
    """Lay out nested terms as one value per place; an item of a list is named by its ``code``, else by its number.

    Parameters
    ----------
    written : mapping
        Terms as a file or a model's dump holds them. Not modified.
    place : str
        Place of `written` itself.

    Examples
    --------
    >>> flat_terms({"limit": {"cap_yuan": 5}, "fees": [{"code": "stamp", "yuan": 3}], "exits": [{"en": "x"}]})
    {'limit.cap_yuan': 5, 'fees.stamp.yuan': 3, 'exits.1.en': 'x'}
    """
    if isinstance(written, Mapping):
        pairs = [(str(key), value) for key, value in written.items() if not (key == "code" and place)]
    elif is_items(written):
        pairs = [(item_name(item, number), item) for number, item in enumerate(written, 1)]
    else:
        return {place: list(written) if isinstance(written, tuple) else written}
    found: dict[str, Any] = {}
    for name, value in pairs:
        found |= flat_terms(value, place=f"{place}.{name}" if place else name)
    return {key: value for key, value in found.items() if value is not None}


def is_items(value: Any) -> bool:
    """Say whether a value is a list of items, each a mapping."""
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, Mapping) for item in value)


def item_name(item: Mapping, number: int) -> str:
    """Return what an item of a list is called in a place."""
    return str(item.get("code", number))


def put_term(written: Any, place: str, value: Any, *, where: str) -> Any:
    """Return a copy of the terms with one value put in; a new code makes a new item at the end of its list.

    Raises
    ------
    BadConfig
        If the place leads through a plain value.

    Examples
    --------
    >>> put_term({"limit": {"cap_yuan": 5}}, "limit.cap_yuan", 4, where="x.toml")
    {'limit': {'cap_yuan': 4}}
    >>> put_term({}, "fees.stamp.yuan", 3, where="x.toml")
    {'fees': [{'code': 'stamp', 'yuan': 3}]}
    """
    step, _, rest = place.partition(".")
    if is_items(written):
        return _put_item(written, place, value, where=where)
    if not isinstance(written, Mapping):
        raise BadConfig(f"{place}: leads through a plain value", where=where, fix="end the place one step earlier")
    if not rest:
        return {**written, step: value}
    below = written.get(step)
    if below is None:
        below = [] if step in LISTS else {}
    put = _put_item if step in LISTS else put_term
    return {**written, step: put(below, rest, value, where=where)}


def drop_term(written: Any, place: str, *, where: str) -> Any:
    """Return a copy of the terms without one term or item.

    Raises
    ------
    BadConfig
        If there is nothing at that place.

    Examples
    --------
    >>> drop_term({"fees": [{"code": "stamp", "yuan": 3}]}, "fees.stamp", where="x.toml")
    {'fees': []}
    """
    step, _, rest = place.partition(".")
    if is_items(written):
        names = [item_name(item, number) for number, item in enumerate(written, 1)]
        _check_known(step, names, where=where)
        if not rest:
            return [item for name, item in zip(names, written, strict=True) if name != step]
        return [
            drop_term(item, rest, where=where) if name == step else item
            for name, item in zip(names, written, strict=True)
        ]
    _check_known(step, list(written) if isinstance(written, Mapping) else [], where=where)
    if not rest:
        return {key: value for key, value in written.items() if key != step}
    return {**written, step: drop_term(written[step], rest, where=where)}


def _put_item(items: Any, place: str, value: Any, *, where: str) -> list:
    step, _, rest = place.partition(".")
    names = [item_name(item, number) for number, item in enumerate(items, 1)]
    fresh = [] if step in names else [{} if step.isdigit() else {"code": step}]
    whole = [*items, *fresh]
    at = names.index(step) if step in names else len(names)
    if not rest and not isinstance(value, Mapping):
        raise BadConfig(
            f"{place}: an item is put in term by term", where=where, fix=f"name the term, e.g. {step}.value"
        )
    new = put_term(whole[at], rest, value, where=where) if rest else {**whole[at], **value}
    return [*whole[:at], new, *whole[at + 1 :]]


def _check_known(step: str, names: list[str], *, where: str) -> None:
    if step not in names:
        raise BadConfig(f"{step}: is not there to be removed", where=where, fix=f"choose from {', '.join(names)}")


#: keys of a product that hold lists of items
LISTS = ("access", "not_served", "controls", "fees", "monitoring", "stop_rules", "exits")

"""How an answer is held against its key: right, close with the usual mistake named, or wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from microlib.exercises.agreements import agreement, grouped_pairs, kappa, rank_order
from microlib.exercises.items import Item

#: how many tolerances off is still close
CLOSE = 5
#: how far below the agreement that is asked for is still close
NEAR = 0.2


@dataclass(frozen=True)
class Judgement:
    """What came of one answer.

    Parameters
    ----------
    name : str
    status : str
        ``right``, ``close``, ``wrong`` or ``blank``.
    reason : str
        Code of the mistake; empty where none is known.
    detail : float, optional
        Measured agreement, where the judge measures one.
    """

    name: str
    status: str
    reason: str = ""
    detail: float | None = None


def is_blank(answer: Any) -> bool:
    """Return whether nothing was answered, or not all of it.

    Examples
    --------
    >>> is_blank(...), is_blank([1, ...]), is_blank(""), is_blank(0)
    (True, True, True, False)
    """
    if isinstance(answer, str | list | tuple):
        return len(answer) == 0 or (not isinstance(answer, str) and any(each is ... for each in answer))
    return answer is ... or answer is None


def judge(item: Item, answer: Any, *, key: Any, slips: Mapping[str, Any]) -> Judgement:
    """Judge one answer.

    Parameters
    ----------
    item : Item
    answer : number, text or list
        As the learner gave it.
    key : number, text or list
        What is right.
    slips : mapping
        Code of a usual mistake -> the answer that it leads to.
    """
    if is_blank(answer):
        return Judgement(item.name, "blank")
    try:
        status, reason, detail = JUDGES[item.judge](item, answer, key, slips)
    except (TypeError, ValueError, AttributeError):
        status, reason, detail = "wrong", "unreadable", None
    return Judgement(item.name, status, reason, detail)


def _number(item: Item, answer: Any, key: Any, slips: Mapping[str, Any]) -> tuple[str, str, float | None]:
    given, right = _floats(answer), _floats(key)
    if len(given) != len(right):
        return "wrong", "length", None
    if _all_near(given, right, right, item.tolerance):
        return "right", "", None
    named = _slip(given, right, slips, item.tolerance)
    if named:
        return "close", named, None
    for code, factor in (("percent_fraction", 100), ("wan_yuan", 10_000), ("sign", -1)):
        for scaled in ([each * factor for each in given], [each / factor for each in given]):
            if _all_near(scaled, right, right, item.tolerance * max(factor, 1) / 100):
                return "close", code, None
    if _all_near(given, right, right, item.tolerance * CLOSE):
        return "close", "rounding", None
    hits = sum(abs(one - other) <= item.tolerance for one, other in zip(given, right, strict=True))
    return "wrong", "", hits / len(right) if len(right) > 1 else None


def _band(item: Item, answer: Any, key: Any, slips: Mapping[str, Any]) -> tuple[str, str, float | None]:
    low, high = key
    if low <= float(answer) <= high:
        return "right", "", None
    off = max(low - float(answer), float(answer) - high)
    return ("close" if off <= item.tolerance else "wrong"), ("too_low" if float(answer) < low else "too_high"), None


def _choice(item: Item, answer: Any, key: Any, slips: Mapping[str, Any]) -> tuple[str, str, float | None]:
    given = str(answer).strip().upper()
    if given == str(key).upper():
        return "right", "", None
    named = next((code for code, value in slips.items() if given == str(value).upper()), "")
    return ("close" if named else "wrong"), named, None


def _letters(item: Item, answer: Any, key: Any, slips: Mapping[str, Any]) -> tuple[str, str, float | None]:
    return _agreeing(item, agreement, answer, key, slips)


def _kappa(item: Item, answer: Any, key: Any, slips: Mapping[str, Any]) -> tuple[str, str, float | None]:
    return _agreeing(item, kappa, answer, key, slips)


def _order(item: Item, answer: Any, key: Any, slips: Mapping[str, Any]) -> tuple[str, str, float | None]:
    return _agreeing(item, rank_order, answer, key, {**slips, "reversed": key[::-1]})


def _agreeing(item: Item, measure: Any, answer: Any, key: Any, slips: Mapping[str, Any]) -> tuple:
    """Judge by how far an answer agrees with the key; a mistake is named when it agrees better with that."""
    found = measure(answer, key)
    if found is None:
        return "wrong", "length", None
    if found >= item.tolerance:
        return "right", "", found
    fits = {code: measure(answer, value) or 0.0 for code, value in slips.items()}
    named = max(fits, key=fits.get, default="")
    if named and fits[named] > max(found, 0.9 * item.tolerance):
        return "close", named, found
    return ("close" if found >= item.tolerance - NEAR else "wrong"), "", found


def _groups(item: Item, answer: Any, key: Any, slips: Mapping[str, Any]) -> tuple[str, str, float | None]:
    given, right = grouped_pairs(answer), grouped_pairs(key)
    precision = len(given & right) / len(given) if given else 0.0
    recall = len(given & right) / len(right)
    if min(precision, recall) >= item.tolerance:
        return "right", "", min(precision, recall)
    trapped = {code: len(given & grouped_pairs(value)) / len(grouped_pairs(value)) for code, value in slips.items()}
    named = max(trapped, key=trapped.get, default="")
    if named and trapped[named] > NEAR:
        return "close", named, min(precision, recall)
    reason = "too_many" if precision < recall else "too_few"
    return ("close" if min(precision, recall) >= item.tolerance - NEAR else "wrong"), reason, min(precision, recall)


def _slip(given: list[float], right: list[float], slips: Mapping[str, Any], tolerance: float) -> str:
    """Return the mistake that leads to an answer: to all of it, else to what of it is not right."""
    whole = [code for code, value in slips.items() if _all_near(given, _floats(value), _floats(value), tolerance)]
    parts = [code for code, value in slips.items() if _all_near(given, right, _floats(value), tolerance)]
    return next(iter([*whole, *parts]), "")


def _floats(value: Any) -> list[float]:
    return (
        [float(each) for each in value]
        if isinstance(value, Iterable) and not isinstance(value, str)
        else [float(value)]
    )


def _all_near(given: list[float], right: list[float], other: list[float], tolerance: float) -> bool:
    """Say whether each answer is the key's or the other's; one that is only the key's may stand among them."""
    if not len(given) == len(right) == len(other):
        return False
    return all(
        abs(one - key) <= tolerance + 1e-9 or abs(one - slip) <= tolerance + 1e-9
        for one, key, slip in zip(given, right, other, strict=True)
    )


JUDGES = {"number": _number, "band": _band, "choice": _choice, "letters": _letters, "kappa": _kappa,
          "order": _order, "groups": _groups}  # fmt: skip

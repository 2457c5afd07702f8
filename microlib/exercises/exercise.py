"""What an exercise is and how an answer is judged: items with unit and tolerance, right, close, or wrong.

`Task` holds the items, `find_task` finds one by its code, `judged` marks answers and names the usual
mistake.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

from microlib.errors import BadConfig

Data = dict[str, Any]
#: what is written or right: a number, a text, or several of them
Answer = float | str | Sequence["Answer"]
#: letters given to things, in order
Coding = str | Sequence[str]


@dataclass(frozen=True)
class Item:
    """One answer that is asked for.

    Parameters
    ----------
    name : str
        Its name in the learner's ``answer``.
    unit : str
        Code of the unit in which it is written (``percent``, ``wan``, ``yuan``, ``letters`` …).
    tolerance : float
        For a number, how far off is still right; for letters, an order or groups, how much must agree.
    judge : str
        ``number``, ``choice``, ``letters``, ``kappa``, ``order``, ``groups`` or ``band``.
    """

    name: str
    unit: str
    tolerance: float = 0.0
    judge: str = "number"


class Task(ABC):
    """One exercise; those of one theme stand in one module of `tasks`, listed under ``TASKS``.

    Attributes
    ----------
    code : str
        ``x17``.
    items : tuple of Item
        What is judged.
    """

    code: str
    items: tuple[Item, ...]

    @property
    def asked(self) -> tuple[Item, ...]:
        """What the learner writes; by default what is judged."""
        return self.items

    @abstractmethod
    def draw(self, seed: int) -> Data:
        """Return frames to show, and under names that begin with ``_`` what is kept from the learner."""

    @abstractmethod
    def solve(self, data: Data) -> dict[str, Any]:
        """Return the answers, by the library; nothing but the data goes in, for this is also the written solution."""

    @abstractmethod
    def slips(self, data: Data) -> Mapping[str, Mapping[str, Answer]]:
        """Return for each item the answers that usual mistakes lead to, by the mistake's code."""

    def keys(self, data: Data) -> dict[str, Any]:
        """Return what answers are held against; by default what is solved."""
        return self.solve(data)

    def measured(self, data: Data, answer: dict[str, Any]) -> dict[str, Any]:
        """Return what is judged, where the answer must be tried first; by default the answer itself."""
        return answer

    def data(self, seed: int) -> Data:
        """Return the exercise's data for a seed; the same seed gives the same data."""
        return self.draw(int(seed))


def percent(share: Any) -> Any:
    """Return a fraction, or each of several, as percent.

    Examples
    --------
    >>> percent(0.25), percent([0.5, 1])
    (25.0, [50.0, 100])
    """
    return [percent(each) for each in share] if hasattr(share, "__iter__") else share * 100


def wan(yuan: Any) -> Any:
    """Return yuan, or each of several amounts, in 万元.

    Examples
    --------
    >>> wan(1_268_533.0)
    126.8533
    """
    return [wan(each) for each in yuan] if hasattr(yuan, "__iter__") else yuan / 10_000


FOLDER = Path(__file__).parent / "tasks"


@lru_cache
def tasks() -> dict[str, Task]:
    """Return all exercises by code, in order.

    Examples
    --------
    >>> tasks()["x17"].items[0].name
    'par30'
    """
    rooms = [
        importlib.import_module(f"microlib.exercises.tasks.{each.name}") for each in pkgutil.iter_modules([str(FOLDER)])
    ]
    found = [task() for room in rooms for task in room.TASKS]
    return {task.code: task for task in sorted(found, key=lambda task: task.code)}


def find_task(name: str) -> Task:
    """Return the exercise of that code; ``x17`` and ``x17_hidden_arrears`` are the same.

    Raises
    ------
    BadConfig
        If there is none.
    """
    code = name.split("_")[0].lower()
    if code not in tasks():
        raise BadConfig(
            f"there is no exercise {name}", where="microlib/exercises", fix=f"use one of {', '.join(tasks())}"
        )
    return tasks()[code]


def letters_of(coded: Coding) -> str:
    """Return the letters of a coding, blanks and case aside.

    Examples
    --------
    >>> letters_of("ab c"), letters_of(["A", "B"])
    ('ABC', 'AB')
    """
    text = coded if isinstance(coded, str) else "".join(map(str, coded))
    return "".join(sign for sign in text.upper() if sign.isalnum())


def agreement(answer: Coding, key: Coding) -> float | None:
    """Return the part of the letters that agree; None where there are not as many.

    Examples
    --------
    >>> agreement("AAB", "ABB")
    0.6666666666666666
    """
    one, other = letters_of(answer), letters_of(key)
    if len(one) != len(other) or not other:
        return None
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(other)


def kappa(answer: Coding, key: Coding) -> float | None:
    r"""Return Cohen's kappa of two codings, :math:`(p_o - p_e) / (1 - p_e)`; None where there are not as many.

    Examples
    --------
    >>> kappa("AABB", "AABB"), kappa("ABAB", "AABB")
    (1.0, 0.0)
    """
    one, other = letters_of(answer), letters_of(key)
    observed = agreement(one, other)
    if observed is None:
        return None
    counts, total = (Counter(one), Counter(other)), len(other)
    expected = sum(counts[0][letter] * counts[1][letter] for letter in counts[1]) / total**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def rank_order(answer: Coding, key: Coding) -> float | None:
    r"""Return Kendall's tau of two orders of the same letters, first to last; None where the letters differ.

    Examples
    --------
    >>> rank_order("ABC", "ABC"), rank_order("CBA", "ABC"), rank_order("AB", "ABC")
    (1.0, -1.0, None)
    """
    one, other = letters_of(answer), letters_of(key)
    if sorted(one) != sorted(other) or len(set(one)) != len(one):
        return None
    place = {letter: number for number, letter in enumerate(one)}
    pairs = list(combinations(other, 2))
    return sum(1 if place[a] < place[b] else -1 for a, b in pairs) / len(pairs)


def grouped_pairs(groups: Iterable[Iterable[Any]]) -> set[tuple[str, str]]:
    """Return every pair that stands in one group.

    Examples
    --------
    >>> sorted(grouped_pairs([["A", "B", "C"], ["D"]]))
    [('A', 'B'), ('A', 'C'), ('B', 'C')]
    """
    return {pair for group in groups for pair in combinations(sorted(map(str, set(group))), 2)}


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


def is_blank(answer: object) -> bool:
    """Return whether nothing was answered, or not all of it.

    Examples
    --------
    >>> is_blank(...), is_blank([1, ...]), is_blank(""), is_blank(0)
    (True, True, True, False)
    """
    if isinstance(answer, str | list | tuple):
        return len(answer) == 0 or (not isinstance(answer, str) and any(each is ... for each in answer))
    return answer is ... or answer is None


def judge(item: Item, answer: object, *, key: Answer, slips: Mapping[str, Answer]) -> Judgement:
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


def _number(item: Item, answer: Answer, key: Answer, slips: Mapping[str, Answer]) -> tuple[str, str, float | None]:
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


def _band(item: Item, answer: Answer, key: Answer, slips: Mapping[str, Answer]) -> tuple[str, str, float | None]:
    low, high = key
    if low <= float(answer) <= high:
        return "right", "", None
    off = max(low - float(answer), float(answer) - high)
    return ("close" if off <= item.tolerance else "wrong"), ("too_low" if float(answer) < low else "too_high"), None


def _choice(item: Item, answer: Answer, key: Answer, slips: Mapping[str, Answer]) -> tuple[str, str, float | None]:
    given = str(answer).strip().upper()
    if given == str(key).upper():
        return "right", "", None
    named = next((code for code, value in slips.items() if given == str(value).upper()), "")
    return ("close" if named else "wrong"), named, None


def _letters(item: Item, answer: Answer, key: Answer, slips: Mapping[str, Answer]) -> tuple[str, str, float | None]:
    return _agreeing(item, agreement, answer, key, slips)


def _kappa(item: Item, answer: Answer, key: Answer, slips: Mapping[str, Answer]) -> tuple[str, str, float | None]:
    return _agreeing(item, kappa, answer, key, slips)


def _order(item: Item, answer: Answer, key: Answer, slips: Mapping[str, Answer]) -> tuple[str, str, float | None]:
    return _agreeing(item, rank_order, answer, key, {**slips, "reversed": key[::-1]})


def _agreeing(
    item: Item,
    measure: Callable[[Coding, Coding], float | None],
    answer: Coding,
    key: Coding,
    slips: Mapping[str, Answer],
) -> tuple:
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


def _groups(item: Item, answer: Answer, key: Answer, slips: Mapping[str, Answer]) -> tuple[str, str, float | None]:
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


def _slip(given: list[float], right: list[float], slips: Mapping[str, Answer], tolerance: float) -> str:
    """Return the mistake that leads to an answer: to all of it, else to what of it is not right."""
    whole = [code for code, value in slips.items() if _all_near(given, _floats(value), _floats(value), tolerance)]
    parts = [code for code, value in slips.items() if _all_near(given, right, _floats(value), tolerance)]
    return next(iter([*whole, *parts]), "")


def _floats(value: Answer) -> list[float]:
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


JUDGES = {
    "number": _number,
    "band": _band,
    "choice": _choice,
    "letters": _letters,
    "kappa": _kappa,
    "order": _order,
    "groups": _groups,
}


def judged(task: Task, answer: Mapping[str, Any], seed: int) -> list[Judgement]:
    """Judge every answer that a task asks for, on the data of a seed; names it does not know are told too."""
    given = dict(answer) if isinstance(answer, Mapping) else {}
    data = task.data(seed)
    keys, slips, tried = task.keys(data), task.slips(data), task.measured(data, given)
    found = [
        judge(item, tried.get(item.name), key=keys[item.name], slips=slips.get(item.name, {})) for item in task.items
    ]
    strange = [name for name in given if name not in {item.name for item in task.asked}]
    return found + [Judgement(str(name), "wrong", "unknown_name") for name in strange]

"""What an exercise asks for: answers with a unit, a tolerance and a judge; and the exercise that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

Data = dict[str, Any]


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


@dataclass(frozen=True)
class Task:
    """One exercise.

    Parameters
    ----------
    code : str
        ``x17``.
    items : tuple of Item
    draw : callable
        Seed -> data: frames to show, and under names that begin with ``_`` what is kept from the learner.
    solve : callable
        Data -> answers, by the library.
    keys : callable
        Data -> what answers are held against; by default what `solve` finds.
    slips : callable
        Data -> item -> code of a usual mistake -> the answer that it leads to.
    asked : tuple of Item
        What the learner writes; by default what is judged.
    measured : callable
        Data, answer -> what is judged, where the answer must be tried first; by default the answer itself.
    module : ModuleType
    """

    code: str
    items: tuple[Item, ...]
    draw: Callable[[int], Data]
    solve: Callable[[Data], dict[str, Any]]
    keys: Callable[[Data], dict[str, Any]]
    slips: Callable[[Data], Mapping[str, Mapping[str, Any]]]
    asked: tuple[Item, ...]
    measured: Callable[[Data, dict[str, Any]], dict[str, Any]]
    module: ModuleType

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

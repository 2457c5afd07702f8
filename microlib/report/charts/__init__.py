"""Figures of a report: each function takes a result frame and the words and returns a matplotlib figure."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from microlib.errors import BadConfig

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@lru_cache
def chart_function(name: str) -> Callable[..., Figure]:
    """Return the function that draws the figure of that name, as the files of words write it.

    Raises
    ------
    BadConfig
        If none is called so.

    Examples
    --------
    >>> chart_function("interval_dots").__name__
    'interval_dots'
    """
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        drawn = getattr(module, name, None)
        if inspect.isfunction(drawn) and drawn.__module__ == module.__name__:
            return drawn
    raise BadConfig(f"no figure is drawn by {name}", where="microlib/report/charts", fix="name one of its functions")

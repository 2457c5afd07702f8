"""Which function draws what: every public function of this folder's modules, by name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
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
        If none of this folder is called so.

    Examples
    --------
    >>> chart_function("interval_dots").__name__
    'interval_dots'
    """
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        module = importlib.import_module(f"{__package__}.{found.name}")
        drawn = getattr(module, name, None)
        if inspect.isfunction(drawn) and drawn.__module__ == module.__name__:
            return drawn
    raise BadConfig(f"no figure is drawn by {name}", where="microlib/reporting/charts", fix="name one of its functions")

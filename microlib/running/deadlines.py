"""When a report has taken too long."""

from __future__ import annotations

import time
from typing import Any


class Deadline:
    """What is left of a report's time; asked before each cell.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.end = seconds, time.monotonic() + seconds

    def left(self, cell: Any = None) -> float:
        """Return the seconds left, a moment at least: a client takes nothing for no limit."""
        return max(self.end - time.monotonic(), 0.1)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return time.monotonic() >= self.end

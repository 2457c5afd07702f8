"""A month's run: is it due today, and what follows once it is complete."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any


def is_due(home: Any, wanted: dict[str, Any], *, after: int) -> bool:
    """Return whether reports are due today, and then set the date wanted to theirs."""
    from microlib.running import dues

    wanted["as_of"] = dues.date_due(home, today=date.today(), after=after)
    return wanted["as_of"] is not None


def pack(told: Any) -> None:
    """Pack the bundles of a run that is complete."""
    from microlib.running import bundles

    told.facts["bundles_count"] = len(bundles.write_bundles(Path(told.facts["folder"])))

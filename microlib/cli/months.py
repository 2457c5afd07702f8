"""A month's run: is it due today, and what follows once it is complete."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any


def is_due(home: Any, wanted: dict[str, Any], *, after: int) -> bool:
    """Return whether reports are due today, and then set the date wanted to theirs."""
    from microlib.running import dues, plans

    asked = plans.Request(**wanted).asked
    wanted["as_of"] = dues.date_due(home, today=date.today(), after=after, asked=asked)
    return wanted["as_of"] is not None


def pack(told: Any) -> None:
    """Pack the bundles of a run that is complete."""
    from microlib.running import bundles

    told.facts["bundles_count"] = len(bundles.write_bundles(Path(told.facts["folder"])))


def make_up(home: Any, told: Any, *, after: int, is_bundled: bool) -> None:
    """Pack what an earlier run left unpacked, where bundles are wanted; else note that nothing is due."""
    from microlib.running import dues, logs

    folder = dues.packing_due(home, today=date.today(), after=after) if is_bundled else None
    if folder is None:
        logs.log("info", "not_due", after_working_days=after)
        told.end("not_due")
        return
    told.facts |= {"as_of": folder.name, "folder": str(folder.resolve()), "made_count": 0, "failed_count": 0}
    pack(told)

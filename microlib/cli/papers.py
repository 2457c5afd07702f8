"""What the command `design diff` tells: changes of a product, as lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path


def diff_lines(home: Path, name: str, *, as_of: date | None, since: date | None, proposal: bool) -> list[str]:
    """Return the changes asked for as lines; today is the day where none is given."""
    from microlib.design.versions import changes, diffs

    day = as_of or date.today()
    if proposal:
        found = diffs.proposal_changes(home, proposal=name)
    elif since is not None:
        found = diffs.day_changes(home, product=name, since=since, until=day)
    else:
        found = diffs.last_changes(home, product=name, as_of=day)
    return changes.change_lines(found)

"""When a month's reports are due: so many working days after its end, until they are complete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from microlib.calendars import last_complete_month_end, working_day_after
from microlib.errors import BadData
from microlib.homes import Home
from microlib.running import manifests, packings
from microlib.running.plan import Inputs, read_inputs

#: working days after a month's end by which its ledgers are closed
AFTER = 3


def month_due(today: date, *, after: int = AFTER) -> date | None:
    """Return the month end whose reports may be made `today`, None while its ledgers are not closed yet.

    Parameters
    ----------
    today : date
    after : int
        Working days, on the Chinese calendar with its exchanged weekends.

    Examples
    --------
    >>> month_due(date(2025, 10, 11)), month_due(date(2025, 10, 10))
    (datetime.date(2025, 9, 30), None)
    """
    ended = last_complete_month_end(today)
    if ended == today:
        ended = last_complete_month_end(today.replace(day=1))
    return ended if working_day_after(ended, after) <= today else None


def date_due(home: Home, *, today: date, after: int = AFTER, asked: Mapping[str, Any] | None = None) -> date | None:
    """Return the date whose reports are due and not complete yet; None where nothing is to be made.

    Parameters
    ----------
    home : Home
    today : date
    after : int
        Working days after the month's end.
    asked : mapping, optional
        What `RunOptions.asked` says: a run that was asked for something else completes nothing.

    Raises
    ------
    BadData
        If reports are due and the bank's tables of that month are not there.
    BadConfig
        If there is no bank.
    """
    ended = month_due(today, after=after)
    if ended is None:
        return None
    held = read_inputs(home)
    if held.as_of < ended:
        fix = "ingest the month's tables; until then nothing is reported"
        raise BadData(f"reports of {ended} are due and the bank ends at {held.as_of}", where=str(home.bank), fix=fix)
    folder = home.reports / ended.isoformat()
    found = manifests.read_manifest(folder)
    return None if _is_complete(found, asked) and _is_indexed(folder) and not _came_late(held, found) else ended


def packing_due(home: Home, *, today: date, after: int = AFTER) -> Path | None:
    """Return the folder of the month's reports where some bundle is missing or older than its reports; else None.

    So bundles that a full disk kept from being packed are packed the next morning.
    """
    ended = month_due(today, after=after)
    folder = home.reports / ended.isoformat() if ended else None
    return folder if folder and (folder / "manifest.json").is_file() and not packings.is_packed(folder) else None


def _is_complete(found: Mapping[str, Any], asked: Mapping[str, Any] | None) -> bool:
    """Whether the last run went well, some run that went well was asked for this, and each branch has its reports."""
    if not found["runs"] or found["runs"][-1]["status"] != "ok":
        return False
    if asked is not None and not any(run["status"] == "ok" and run.get("asked") == asked for run in found["runs"]):
        return False
    made = [entry for entry in found["reports"].values() if entry["status"] == "ok"]
    wanted = (asked or {}).get("branches") or found["branches"]
    return len(made) == len(found["reports"]) and {entry["branch"] for entry in made} >= set(wanted)


def _came_late(held: Inputs, found: Mapping[str, Any]) -> bool:
    """Whether the bank holds a file of the month, or of one before, that the last run did not read."""
    known = {(file["sha256"], file["table"]) for file in found["inputs"]}
    of_month = [file for file in held.files if file["as_of"] <= found["as_of"]]
    return any((file["sha256"], file["table"]) not in known for file in of_month)


def _is_indexed(folder: Path) -> bool:
    """Whether the index was written after the manifest, as at the end of every run."""
    page, record = folder / "index.html", folder / "manifest.json"
    return page.is_file() and page.stat().st_mtime >= record.stat().st_mtime

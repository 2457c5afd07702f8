"""When a month's reports are due: so many working days after its end, until they are complete."""

from __future__ import annotations

from datetime import date

from microlib.calendars import last_complete_month_end, working_day_after
from microlib.errors import BadData
from microlib.running import inputs, manifests
from microlib.running.logs import log

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


def date_due(home: inputs.stores.Home, *, today: date, after: int = AFTER) -> date | None:
    """Return the date whose reports are due and not complete yet; None, noted in the log, where nothing is to do.

    Raises
    ------
    BadData
        If reports are due and the bank's tables of that month are not there.
    BadConfig
        If there is no bank.
    """
    ended = month_due(today, after=after)
    if ended is None or is_complete(home, ended):
        log("info", "not_due", after_working_days=after)
        return None
    held = inputs.read_inputs(home).as_of
    if held < ended:
        fix = "ingest the month's tables; until then nothing is reported"
        raise BadData(f"reports of {ended} are due and the bank ends at {held}", where=str(home.bank), fix=fix)
    return ended


def is_complete(home: inputs.stores.Home, as_of: date) -> bool:
    """Return whether the last run of a date went well and every branch has its reports."""
    found = manifests.read_manifest(home.reports / as_of.isoformat())
    if not found["runs"] or found["runs"][-1]["status"] != "ok":
        return False
    made = [entry for entry in found["reports"].values() if entry["status"] == "ok"]
    return len(made) == len(found["reports"]) and {entry["branch"] for entry in made} >= set(found["branches"])

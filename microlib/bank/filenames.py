"""What a file's name says: of which table it is, and of which date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from microlib.calendars import month_end
from microlib.errors import BadConfig, BadData

DAY = r"((?:19|20)\d{2})[-_.年]?(0[1-9]|1[0-2]|[1-9](?=[-_.月]))[-_.月]?(0[1-9]|[12]\d|3[01]|[1-9](?=日))(?!\d)"
MONTH = r"((?:19|20)\d{2})[-_.年]?(1[0-2]|0?[1-9])(?!\d)"


def plain_name(text: str) -> str:
    """Return a file's or sheet's name without its date, numbers and separators.

    Examples
    --------
    >>> plain_name("invoices_202605"), plain_name("发票 2026年5月")
    ('invoices', '发票')
    """
    return re.sub(r"[\s_\-]*[0-9][0-9\s_\-年月日]*$", "", text.strip()).lower()


def file_date(stem: str) -> date | None:
    """Return the date that a file's name says; a month means its end, and no date is ``None``.

    Examples
    --------
    >>> [str(file_date(stem)) for stem in ("台账202605", "2026年5月", "EAST_503_20260531", "2026-05-31借据", "台账")]
    ['2026-05-31', '2026-05-31', '2026-05-31', '2026-05-31', 'None']
    """
    day = re.search(DAY, stem)
    if day:
        return _real(*map(int, day.groups()))
    month = re.search(MONTH, stem)
    return month_end(date(int(month.group(1)), int(month.group(2)), 1)) if month else None


def _real(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if day <= month_end(date(year, month, 1)).day else None


def dated_files(paths: Sequence[Path], *, as_of: date | None = None) -> list[tuple[Path, date]]:
    """Return each file with its date: the one said, else the one its name bears.

    Raises
    ------
    BadConfig
        If nothing says the date.
    BadData
        If there is no file, or if two files have one name, by which the bank would mix them up.
    """
    if not paths:
        raise BadData("no file was given", fix="name at least one file")
    twice = [name for name, count in Counter(path.name for path in paths).items() if count > 1]
    if twice:
        raise BadData(f"several files are called {twice[0]}", where=twice[0], fix="rename one, or ingest one by one")
    dated = [(path, as_of or file_date(path.stem)) for path in paths]
    undated = [path.name for path, day in dated if day is None]
    if undated:
        fix = "say it: --as-of 2026-06-30, or write it in the file's name (ledger_202606.xlsx)"
        raise BadConfig("nothing says of which date the file is", where=", ".join(undated), fix=fix)
    return dated

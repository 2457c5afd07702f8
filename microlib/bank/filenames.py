"""What a file's name says: of which table it is, and of which date."""

from __future__ import annotations

import re
from datetime import date

from microlib.calendars import month_end

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

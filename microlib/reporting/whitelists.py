"""What may stand on a sheet that leaves the bank: audiences, columns, sentences; anything else is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from microlib.contracts.policies import QualityPolicy
from microlib.errors import BadConfig
from microlib.reporting.entries import entries, placeholders

AUDIENCES = ("chamber", "market", "core_enterprise", "customer")
__all__ = ["QualityPolicy", "checked_aggregate", "checked_audience", "checked_line", "checked_name"]
#: codes that may name a row: groups and calendars, no customer, no source of repayment
LABELS = ("segment", "industry_section", "list_source", "calendar_month", "peak_month", "kind", "size")
#: how many there are; each shown row must hold at least k
COUNTS = ("customers_count", "members_count")
#: what says that the frame was suppressed
MARKS = ("is_shown", "suppression")
#: item of the public terms -> the column whose codes its codes are
TERM_CODES = {"kinds": "kind", "repayment": "repayment", "secured": "secured"}


def checked_aggregate(told: pd.DataFrame, *, columns: Iterable[str], policy: QualityPolicy, name: str) -> pd.DataFrame:
    """Return the rows of a suppressed aggregate that may leave the bank, with columns of the whitelist only.

    Raises
    ------
    BadConfig
        If a column is not on the whitelist, no suppression was made, or a shown row counts fewer than
        ``policy.minimum_members_count``.
    """
    fewest = policy.minimum_members_count
    wanted = list(columns) or [column for column in told.columns if column not in MARKS]
    barred = [column for column in wanted if column not in (*LABELS, *COUNTS)]
    if barred:
        fix = f"pass columns=[…] of {', '.join((*LABELS, *COUNTS))}; the rest stays in the bank"
        raise BadConfig(f"{', '.join(barred)} may not leave the bank", where=name, fix=fix)
    counts = [column for column in COUNTS if column in told.columns]
    if "is_shown" not in told.columns or not counts:
        fix = "pass the result of metrics.suppressions.suppressed, which holds customers_count and is_shown"
        raise BadConfig("the aggregate was not suppressed", where=name, fix=fix)
    shown = told[told["is_shown"] & (told[counts] > 0).all(axis=1)]
    small = shown[(shown[counts] < fewest).any(axis=1)]
    if len(small):
        fix = f"suppress it with fewest={fewest} (quality.minimum_members_count)"
        raise BadConfig(f"{len(small)} rows count fewer than {fewest}", where=name, fix=fix)
    return shown[wanted].reset_index(drop=True)


def checked_line(key: str) -> str:
    """Return the key of a sentence that may leave the bank.

    Raises
    ------
    BadConfig
        If the catalogue ``words/leaflets`` does not hold it, or it takes or holds a number.
    """
    entry = entries("leaflets").get(key, {})
    if any(placeholders(text) or re.search(r"\d", text) for text in entry.values()):
        fix = "say numbers in terms or tables, which are checked"
        raise BadConfig("a sentence for outside holds a number", where=f"leaflets: {key}", fix=fix)
    return key


def checked_audience(audience: str) -> str:
    """Return an audience; one that is not known is a `BadConfig`."""
    if audience not in AUDIENCES:
        raise BadConfig(f"nobody is called {audience!r}", where="leaflet", fix=f"use one of {', '.join(AUDIENCES)}")
    return audience


def checked_name(name: str) -> str:
    """Return a name that a file may have; any other is a `BadConfig`."""
    if not re.fullmatch(r"[A-Za-z0-9_\-]{1,80}", name):
        raise BadConfig(f"{name!r} is no name for a sheet", where="leaflet", fix="letters, digits, _ and -")
    return name

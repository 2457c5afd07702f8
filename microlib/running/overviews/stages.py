"""What a product's file and the proposals beside it say of its stage: last change, what waits, when a pilot ends."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from microlib.contracts.documents import read_toml
from microlib.contracts.histories import dates_of, is_history
from microlib.design.versions.waiting import waiting_proposals
from microlib.errors import WorkbenchError


def product_stage(home: Any, product: Any, *, as_of: date) -> dict[str, Any]:
    """Return what the register adds to a product's terms.

    Parameters
    ----------
    home : Home
    product : Product
        As of the day.
    as_of : date

    Returns
    -------
    dict
        ``changed`` (text, the last day on which a term changed), ``open_count`` (proposals that wait for a decision,
        None where one cannot be read), ``pilot_ends`` (date on which a running pilot is to be judged; None where
        there is none, or where the file does not say since when), ``pilot_yuan`` (lines it may grant).
    """
    written = read_toml(home.config("products") / f"{product.code}.toml")
    days = [day for day in dates_of(written) if day <= as_of]
    return {
        "changed": max(days).isoformat() if days else "",
        "open_count": _open_count(home, product.code),
        "pilot_ends": _pilot_ends(written, product, as_of),
        "pilot_yuan": float(product.volumes.pilot_yuan),
    }


def _open_count(home: Any, code: str) -> int | None:
    try:
        return int(waiting_proposals(home, product=code)["proposal"].nunique())
    except WorkbenchError:
        return None


def _pilot_ends(written: dict[str, Any], product: Any, as_of: date) -> date | None:
    """Return the end of a pilot whose stage is dated: ``status = [{ from = 2026-03-01, value = "pilot" }]``."""
    status = written.get("status")
    if product.status != "pilot" or not is_history(status):
        return None
    begun = max(each["from"] for each in status if each["from"] <= as_of)
    return (pd.Timestamp(begun) + pd.DateOffset(months=int(product.volumes.pilot_months))).date()

"""What head office looks at besides limits on money: slow payers, rules and pilots that end, data that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

COLUMNS = ["kind", "subject", "branch_ids", "money_yuan", "value", "low", "high", "limit"]
#: an end within so many days is told beforehand
NEAR_DAYS = 60


def later_payers(payers: pd.DataFrame, *, notable_days: float) -> pd.DataFrame:
    """List core enterprises that clearly pay later than a year ago; what is lent on them is the money at risk.

    Parameters
    ----------
    payers : DataFrame
        ``core_id, branch_ids, balance_yuan, change_days, change_low_days, change_high_days``
        (`payment_trends.payment_trends`). Not modified.
    notable_days : float
        Listed where the whole range of the change is above it.

    Returns
    -------
    DataFrame
        `COLUMNS`; ``value, low, high`` are days.

    Examples
    --------
    >>> payers = pd.DataFrame({"core_id": ["H1", "H2"], "branch_ids": "0755", "balance_yuan": 1e6,
    ...     "change_days": [30.0, 30.0], "change_low_days": [20.0, 5.0], "change_high_days": [40.0, 60.0]})
    >>> later_payers(payers, notable_days=10)["subject"].tolist()
    ['H1']
    """
    late = payers[payers["change_low_days"] > notable_days]
    rows = {"kind": "payer_later", "subject": late["core_id"], "branch_ids": late["branch_ids"],
            "money_yuan": late["balance_yuan"], "value": late["change_days"], "low": late["change_low_days"],
            "high": late["change_high_days"], "limit": float(notable_days)}  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS, index=late.index).reset_index(drop=True)


def ending_rules(register: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """List policy values whose last day has passed, or comes soon; they go on counting until somebody decides anew.

    Parameters
    ----------
    register : DataFrame
        Result of `policies.policy_register`: ``part, key, until_date``. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        `COLUMNS`; ``kind`` is ``rule_ended`` or ``rule_ending``, ``value`` days from today to the last day (below zero:
        past); the one longest past first.

    Examples
    --------
    >>> register = pd.DataFrame({"part": "pricing", "key": ["lpr_rate", "ftp_rate"],
    ...                          "until_date": [date(2026, 6, 20), None]})
    >>> ending_rules(register, as_of=date(2026, 6, 30))[["kind", "subject", "value"]].values.tolist()
    [['rule_ended', 'pricing.lpr_rate', -10.0]]
    """
    ends = [(f"{row.part}.{row.key}", row.until_date, float("nan")) for row in register.itertuples()]
    return _ending(ends, what="rule", as_of=as_of)


def ending_pilots(products: Iterable[Mapping[str, Any]], *, as_of: date) -> pd.DataFrame:
    """List pilots that should have been judged, or must be soon; what a pilot may lend is the money at risk.

    Parameters
    ----------
    products : iterable of mapping
        ``code, pilot_ends`` (date or None), ``pilot_yuan``.
    as_of : date

    Returns
    -------
    DataFrame
        As `ending_rules`, of kinds ``pilot_ended`` and ``pilot_ending``, with money.

    Examples
    --------
    >>> pilots = [{"code": "stall", "pilot_ends": date(2026, 8, 1), "pilot_yuan": 5e6}]
    >>> ending_pilots(pilots, as_of=date(2026, 6, 30))[["kind", "money_yuan", "value"]].values.tolist()
    [['pilot_ending', 5000000.0, 32.0]]
    """
    ends = [(each["code"], each.get("pilot_ends"), each.get("pilot_yuan", float("nan"))) for each in products]
    return _ending(ends, what="pilot", as_of=as_of)


def missing_data(levels: Mapping[str, float]) -> pd.DataFrame:
    """List, level by level, the branches whose tables reach less far than those of the best branch.

    Parameters
    ----------
    levels : mapping
        Branch -> data level, 0 (the ledger alone) to 4.

    Returns
    -------
    DataFrame
        `COLUMNS`, the lowest level first: ``value`` is the level, ``limit`` the highest that a branch has.

    Examples
    --------
    >>> missing_data({"0755": 4, "0995": 1, "0896": 1})[["branch_ids", "value", "limit"]].values.tolist()
    [['0896 0995', 1.0, 4.0]]
    """
    best = max(levels.values(), default=0)
    held: dict[float, list[str]] = {}
    for branch, level in sorted(levels.items()):
        held.setdefault(float(level), []).append(branch)
    rows = [("data_level", f"L{level:.0f}", " ".join(codes), None, level, None, None, float(best))
            for level, codes in sorted(held.items()) if level < best]  # fmt: skip
    return _frame(rows)


def _ending(ends: Iterable[tuple[str, Any, float]], *, what: str, as_of: date) -> pd.DataFrame:
    left = [(name, (day - as_of).days, money) for name, day, money in ends if isinstance(day, date)]
    near = sorted((each for each in left if each[1] <= NEAR_DAYS), key=lambda each: each[1])
    return _frame([
        (f"{what}_{'ended' if days < 0 else 'ending'}", name, "", money, days, None, None, NEAR_DAYS)
        for name, days, money in near
    ])  # fmt: skip


def _frame(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(COLUMNS[3:], "float64"))

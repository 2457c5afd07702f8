"""The approval checklist: every item answered by computation or left open, and who must sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.rules import ApprovalItem
from microlib.design.terms import Written, read_dated

COLUMNS = [
    "item",
    "title_zh",
    "title_en",
    "responsible",
    "accountable",
    "consulted",
    "informed",
    "measure",
    "test",
    "trigger_value",
    "value",
    "answer",
    "is_blocking",
    "blocks",
    "signed_by",
    "signed_on",
    "status",
]
SLACK = 1e-9


def read_items(home: object, *, as_of: date | str) -> tuple[Written, ...]:
    """Read the items of the checklist in force on a day.

    Raises
    ------
    BadConfig
        If an item is not dated, names no source, an unknown role or an unknown figure.

    Examples
    --------
    >>> len(read_items(".", as_of="2026-06-30"))
    24
    """
    found = read_dated(home, part="approval", table="items", model=ApprovalItem, as_of=as_of)
    return tuple(item for item in found if item.is_in_force)


def approval_checklist(items: tuple[Written, ...], *, figures: Mapping[str, float]) -> pd.DataFrame:
    """Answer the checklist as far as figures answer it.

    Answers "may we sign, and what is still missing?"

    Parameters
    ----------
    items : tuple of Written
        Result of `read_items`.
    figures : mapping
        Value by measure, see `approval.answer_figures`.

    Returns
    -------
    DataFrame
        One row per item, in the file's order: ``item, title_zh, title_en``; ``responsible, accountable, consulted,
        informed`` (role codes); ``measure, test, trigger_value, value``; ``answer``: ``yes``, ``no``, ``unknown``
        (cannot be judged: not computed, or nothing to compute it on), ``open`` (a person answers); ``is_blocking``;
        ``blocks``: it is blocking and not yes; ``signed_by, signed_on`` (empty, to be filled in by hand); ``status``

    Examples
    --------
    >>> found = approval_checklist(read_items(".", as_of="2026-06-30"), figures={"floor_margin_rate": -0.001})
    >>> found.set_index("item").loc[["price_above_floor", "training"], "answer"].to_list()
    ['no', 'open']
    """
    rows = [_row(item, figures) for item in items]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"trigger_value": "float64", "value": "float64"})


def required_signatures(checklist: pd.DataFrame, *, authority: pd.Series | None = None) -> pd.DataFrame:
    """List who must sign, with what is still open before each.

    Parameters
    ----------
    checklist : DataFrame
        Result of `approval_checklist`. Not modified.
    authority : Series, optional
        ``authority`` of the lines sized: the levels that approve single lines.

    Returns
    -------
    DataFrame
        One row per signing role: ``role, items_count, open_count, blocks_count, lines_count`` (single lines that this
        level approves).
    """
    sums = checklist.assign(waits=checklist["answer"] != "yes").groupby("accountable", sort=False)
    found = sums.agg(items_count=("item", "size"), open_count=("waits", "sum"), blocks_count=("blocks", "sum"))
    lines = authority.value_counts() if authority is not None else pd.Series(dtype="int64")
    whole = found.reindex([*found.index, *(level for level in sorted(lines.index) if level not in found.index)])
    whole["lines_count"] = [int(lines.get(role, 0)) for role in whole.index]
    return whole.fillna(0).astype("int64").rename_axis("role").reset_index()


def _row(item: Written, figures: Mapping[str, float]) -> tuple:
    terms, value = item.terms, figures.get(item.terms.measure, np.nan)
    answer = _answer(terms, value)
    return (
        item.code,
        terms.title.zh,
        terms.title.en,
        terms.responsible,
        terms.accountable,
        " ".join(terms.consulted),
        " ".join(terms.informed),
        terms.measure,
        terms.test or "",
        terms.value,
        value,
        answer,
        terms.is_blocking,
        terms.is_blocking and answer != "yes",
        "",
        "",
        item.status,
    )


def _answer(item: ApprovalItem, value: float) -> str:
    if item.test is None:
        return "open"
    if np.isnan(value):
        return "unknown"
    room = item.value - value if item.test == "at_most" else value - item.value
    return "yes" if room >= -SLACK else "no"

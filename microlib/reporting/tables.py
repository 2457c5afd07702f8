"""A result frame as a labelled table: units in the header, rates with interval and count in one cell."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from microlib.reporting.catalogues import Words
from microlib.reporting.cells import BLANK, COUNTS, MONTHS, Rate, cell, cell_of, overturning, siblings, unnumbered
from microlib.reporting.displays import Shown, aligned, escaped
from microlib.reporting.places import with_sides

#: counts under a name of their own that are told nowhere but in the cell of their rate
TOLD_THERE = ("base_customers_count",)
#: columns of long tables that hold whatever quantity their row names
BARE = (
    "ours", "control", "difference", "value", "trigger_value", "headroom", "p20", "p50", "p80", "limit_value",
    "old_value", "new_value", "low_value", "high_value", "most_value", "breaking_value", "own_value", "best_peer_value",
    "value_low", "value_high", "before", "after", "change", "change_low", "change_high",
)  # fmt: skip
#: of these, differences: between two rates they are percentage points, not percent
CHANGES, POINTS = ("difference", "change", "change_low", "change_high"), "percentage_points"
QUANTITIES = ("total", "quantity", "watched", "figure", "measure", "varies")
OVERTURNING = ("overturning_measure", "overturning_side", "overturning_value")
#: section of a term sheet -> the column whose codes its codes are, and whose codes its items are
SHEET_CODES = {"stop_rules": "action", "volume": "bound_by", "sources": "source_id"}
SHEET_ITEMS = {"bound_by": "bound_by"}
SHEET_UNITS = {
    "yuan": "yuan",
    "fraction": "yearly_rate",
    "months": "months",
    "count": "customers_count",
    "days": "days",
    "items": "",
    "points": "points",
    "exact": "exact_yuan",
    "ratio": "ratio",
}


@dataclass(frozen=True)
class Grid:
    """A table in words: what stands in the head, in the cells, and which columns hold numbers."""

    head: list[str]
    rows: list[list[str]]
    right: list[bool]


def grid(frame: pd.DataFrame, words: Words) -> Grid:
    """Return the cells of a recorded frame in words; bounds and counts join the cell of their rate.

    Examples
    --------
    >>> frame = pd.DataFrame({"npl_share": [0.022], "npl_share_low": [0.014], "npl_share_high": [0.127],
    ...                       "npl_share_count": [60]})
    >>> grid(frame, Words("zh")).rows
    [['2.2 %（1.4–12.7 %，n=60）']]
    """
    frame, parts = laid_out(frame, words)
    cells = [cell_texts(frame, name, parts[name], words) for name in parts]
    rows = [list(row) for row in zip(*cells, strict=True)]
    heads = [_head(frame[name], texts, words) for name, texts in zip(parts, cells, strict=True)]
    return Grid(heads, rows, [_is_number(frame[name], name) for name in parts])


def _head(column: pd.Series, texts: list[str], words: Words) -> str:
    """Return a column's header; over names it says what they name, not their number (核心企业, not 核心企业编号)."""
    header = words.header(str(column.name))
    named = any(str(key) != text != BLANK for key, text in zip(column, texts, strict=True))
    return unnumbered(header) if named else header


def laid_out(frame: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
    """Return a recorded frame as it is told, and its shown columns with the bounds and counts told in their cells.

    Examples
    --------
    >>> frame = pd.DataFrame({"npl_share": [0.022], "npl_share_low": [0.014], "npl_share_high": [0.127]})
    >>> laid_out(frame, Words("zh"))[1]
    {'npl_share': {'low': 'npl_share_low', 'high': 'npl_share_high'}}
    """
    told = with_sides(_overturned(spoken(frame, words.lang), words), words)
    parts = {name: siblings(name, list(told.columns)) for name in told.columns}
    merged = {sibling for name, found in parts.items() for sibling in found.values() if _is_told_there(sibling, name)}
    return told, {name: parts[name] for name in parts if name not in merged and not _is_folded(name, told)}


def cell_texts(frame: pd.DataFrame, name: str, parts: dict[str, str], words: Words) -> list[str]:
    """Return the cells of one column as the page writes them; `parts` are the bounds and count beside it."""
    return _bare(frame, name, _row_units(frame), words) if name in BARE else _cells(frame, name, parts, words)


def spoken(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return `frame` with texts of the terms (``said_zh``, ``said_en``) in one language, named without it.

    Examples
    --------
    >>> spoken(pd.DataFrame({"said_zh": ["甲"], "said_en": ["A"]}), "en").columns.to_list()
    ['said']
    """
    other = {"zh": "_en", "en": "_zh"}[lang]
    kept = frame[[name for name in frame.columns if not str(name).endswith(other)]]
    return kept.rename(columns=lambda name: str(name).removesuffix(f"_{lang}"))


def _is_told_there(sibling: str, name: str) -> bool:
    """Say whether a bound or a count is told in the cell of its rate and nowhere else."""
    return sibling != COUNTS.get(name) or sibling in TOLD_THERE


def _is_folded(name: str, frame: pd.DataFrame) -> bool:
    """Say whether a column is told within the value beside it: a unit, a code."""
    if name in ("unit", "varies"):
        return not set(BARE).isdisjoint(frame.columns)
    stem, _, kind = name.rpartition("_")
    return f"{stem}_value" in frame.columns if kind == "code" and stem else name == "code" and "item" in frame.columns


def _row_units(frame: pd.DataFrame) -> pd.Series:
    """Return, row by row, the quantity that the bare columns of a long table hold."""
    if "unit" in frame.columns:
        return frame["unit"].map(SHEET_UNITS).fillna("")
    named = next((name for name in QUANTITIES if name in frame.columns), None)
    return frame[named].astype("str") if named else pd.Series("", index=frame.index)


def _bare(frame: pd.DataFrame, name: str, units: pd.Series, words: Words) -> list[str]:
    cells = [cell(value, unit, words) for value, unit in zip(frame[name], units, strict=True)]
    said = [words.unit(POINTS if name in CHANGES and words.unit(unit) == "%" else unit) for unit in units]
    texts = [f"{text} {unit}" if unit and text != BLANK else text for text, unit in zip(cells, said, strict=True)]
    beside = f"{name.removesuffix('_value')}_code"
    if beside in frame.columns:
        return [code or text for text, code in zip(texts, frame[beside], strict=True)]
    if "code" not in frame.columns:
        return texts
    parts = frame["section"] if "section" in frame.columns else frame["item"]
    rows = zip(texts, frame["code"], parts, frame["item"], strict=True)
    coded = [(text, words.code(SHEET_CODES.get(part, item), code) if code else "") for text, code, part, item in rows]
    return [words.mark("told_with", value=text, code=code) if code and text != BLANK else code or text
            for text, code in coded]  # fmt: skip


def table(frame: pd.DataFrame, words: Words, *, caption: str = "", rows: int = 40) -> Shown:
    """Show a recorded frame; beyond `rows` rows the rest is counted, not shown; without rows it says so."""
    if frame.empty:
        return _empty(words.mark("no_rows"), caption)
    full = grid(frame.head(rows), words)
    more = words.mark("more_rows", rows_count=len(frame) - rows) if len(frame) > rows else ""
    body = aligned([full.head, *full.rows], full.right) if full.head else BLANK
    text = "\n".join(part for part in (caption, body, more) if part)
    return Shown(text, _html(full, caption, more))


def _empty(said: str, caption: str) -> Shown:
    """Say that a table has no row, in place of a head without a body."""
    name = f"<p><b>{escaped(caption)}</b></p>" if caption else ""
    return Shown("\n".join(part for part in (caption, said) if part), f'{name}<p class="wb-note">{escaped(said)}</p>')


def _html(full: Grid, caption: str, more: str) -> str:
    styles = ["text-align:right" if number else "text-align:left" for number in full.right]
    head = "".join(f'<th style="{style}">{escaped(cell)}</th>' for cell, style in zip(full.head, styles, strict=True))
    lines = [
        "<tr>" + "".join(f'<td style="{s}">{escaped(c)}</td>' for c, s in zip(row, styles, strict=True)) + "</tr>"
        for row in full.rows
    ]
    top = f"<caption>{escaped(caption)}</caption>" if caption else ""
    foot = f'<p class="wb-more">{escaped(more)}</p>' if more else ""
    body = "\n".join(lines)
    return f'<table class="wb-table">{top}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>{foot}'


def _cells(frame: pd.DataFrame, name: str, parts: dict[str, str], words: Words) -> list[str]:
    if name == "item" and "section" in frame.columns:
        pairs = zip(frame["section"], frame["item"], strict=True)
        return [words.code(SHEET_ITEMS.get(part, "item"), item) for part, item in pairs]
    if not parts:
        return [cell(value, name, words) for value in frame[name]]
    given = zip(frame[name], *(frame[column] for column in parts.values()), strict=True)
    rates = [Rate(value, **dict(zip(parts, bounds, strict=True))) for value, *bounds in given]
    return [cell_of(rate, name, words) for rate in rates]


def _is_number(column: pd.Series, name: str) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column) and name not in MONTHS


def _overturned(frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Tell the three columns of what would overturn a decision in one."""
    if not set(OVERTURNING) <= set(frame.columns):
        return frame
    said = [overturning(row, words) for _, row in frame.iterrows()]
    return frame.drop(columns=list(OVERTURNING)).assign(overturning=pd.Series(said, index=frame.index, dtype="str"))

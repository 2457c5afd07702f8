"""A result frame as a labelled table: units in the header, a rate with interval and count in one cell, cards.

`grid` lays a frame out in words; `cell` writes one value by its unit. `decision_cards` shows at most five
decisions (做 / 停 / 等), `waiting_box` what could not be computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from microlib.contracts.tables import TABLES
from microlib.design.decisions import DECISION_COLUMNS, MOST_DECISIONS
from microlib.errors import BadConfig
from microlib.report.display import Shown, aligned, box, escaped, heading, joined, paragraph
from microlib.report.feeding import Book, NotComputed
from microlib.report.results import Results
from microlib.report.words import (
    BLANK,
    Rate,
    Turn,
    Words,
    close_set,
    count,
    day,
    figure,
    interval,
    is_blank,
    is_date,
    overturned,
    percent,
    plain,
    turned_value,
    wan,
    with_sides,
)
from microlib.units import YUAN_PER_WAN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FRACTIONS = {"share": 1, "rate": 2}
#: rates of cases, told with one decimal though they are no shares
CASE_RATES = (
    "rate",
    "bad_rate",
    "default_rate",
    "shrunk_rate",
    "smoothed_rate",
    "conversion_rate",
    "rest_rate",
    "prior_rate",
    "told_rate",
    "came_rate",
)
#: counts that bear another name than their rate; a count named after the stem is often the numerator
COUNTS = {
    "share": "base_customers_count",
    "rate": "total_count",
    "bad_rate": "total_count",
    "shrunk_rate": "total_count",
    "default_rate": "observed_count",
    "conversion_rate": "ripe_count",
    "penetration_share": "members_count",
    "void_share": "invoices_count",
    "negative_share": "valid_count",
}
MONTHS = ("month_of_year", "calendar_month", "peak_month", "raw_peak_month")
SCALES = {"yuan": 1 / YUAN_PER_WAN, "share": 100.0, "rate": 100.0}


class Teller(Protocol):
    """What a part of a page asks of the report that it is told in (`report.Report`)."""

    words: Words
    results: Results
    name: str
    book: Book

    def result(self, named: object) -> object:
        """Return the result of a name; what is no name is returned as it is."""

    def is_waiting(self, result: object) -> bool:
        """Say whether a result was not computed."""

    def blocked(self, name: str, inputs: Iterable[object]) -> NotComputed | None:
        """Return what the inputs wait for, noted under a name."""

    def table(self, name: str, result: object, *, columns: list[str] | None = None, rows: int | None = None) -> Shown:
        """Show a result as a table."""

    def draw(self, name: str, result: object, **options: object) -> Shown:
        """Show the figure that the words give to a name."""

    def chart(self, name: str, draw: Callable[..., Figure], result: object, **options: object) -> Shown:
        """Show a result as a figure."""

    def title(self, key: str, *results: object, **options: object) -> Shown:
        """Say a heading with its answer."""

    def say(self, key: str, *results: object, **options: object) -> Shown:
        """Say a sentence."""

    def fact(self, name: str, result: object, *, column: str, where: Mapping[str, object] | None = None) -> Shown:
        """Keep a number."""


def siblings(name: str, columns: list[str], *, any_unit: bool = False) -> dict[str, str]:
    """Return the columns that hold the bounds and the count of a rate, by part; none where a bound is missing.

    Parameters
    ----------
    name : str
        The rate's column; a share or a rate, unless `any_unit`.
    columns : list of str
        All columns of the frame.
    any_unit : bool
        Whether an index or an amount may have bounds too.

    Examples
    --------
    >>> siblings("npl_share", ["npl_share", "npl_low", "npl_high", "npl_share_count"])
    {'low': 'npl_low', 'high': 'npl_high', 'count': 'npl_share_count'}
    """
    stem, _, suffix = name.rpartition("_")
    if suffix not in FRACTIONS and not any_unit:
        return {}
    bare = {part: [] if stem else [part] for part in ("low", "high")}
    options = {part: [f"{name}_{part}", f"{stem}_{part}", f"{stem}_{part}_{suffix}", *bare[part]] for part in bare}
    options["count"] = [f"{name}_count", COUNTS.get(name, "")]
    given = {part: [each for each in names if each in columns and each != name] for part, names in options.items()}
    found = {part: names[0] for part, names in given.items() if names}
    return found if {"low", "high"} <= set(found) else {}


def rate_or_value(row: pd.Series, name: str) -> Any:
    """Return a row's value in column `name`, as a `Rate` where bounds stand beside it."""
    parts = siblings(name, list(row.index))
    return Rate(row[name], **{part: row[column] for part, column in parts.items()}) if parts else row[name]


def cell_of(value: object, name: str, words: Words) -> str:
    """Return a value or a rate of column `name` as the page writes it."""
    if isinstance(value, Rate):
        decimals = 1 if name in CASE_RATES else FRACTIONS.get(name.rsplit("_", 1)[-1], 1)
        return interval(value, words.lang, decimals)
    return cell(value, name, words)


def cell(value: object, name: str, words: Words) -> str:
    """Return one value of column `name` as the page writes it."""
    if is_blank(value):
        return BLANK
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return words.code("flag", "yes" if value else "no")
    if is_date(value):
        return day(value)
    return words.code(name, value) if isinstance(value, str) else _number(float(value), name, words)


def _number(value: float, name: str, words: Words) -> str:
    kind = next((part for part in reversed(name.split("_")) if part in WRITERS), "")
    return words.code(name, int(value)) if name in MONTHS else NAMED.get(name, WRITERS[kind])(value)


#: column of a long table -> those that it is held against
COMPARED = {
    "value": ("limit_value", "trigger_value", "limit"),
    "limit_value": ("value",),
    "trigger_value": ("value",),
    "limit": ("value",),
}
#: further decimals at most with which two numbers are told apart
FINER = 4


def turn_of(row: pd.Series) -> Turn:
    """Return what would overturn the decision of a row."""
    measure, side, value = (row[name] for name in OVERTURNING)
    return Turn(str(measure), str(side), value)


def unnumbered(header: str) -> str:
    """Return the header of a column of keys over their names: what they name, not their number.

    Examples
    --------
    >>> unnumbered("核心企业编号")
    '核心企业'
    """
    return header.removesuffix("编号")


def scaled(name: str) -> float:
    """Return the factor from a column's stored unit to the page's: 万元 for yuan, percent for fractions."""
    return next((SCALES[part] for part in reversed(name.split("_")) if part in SCALES), 1.0)


def _rate(value: float) -> str:
    return percent(value, 2)


#: last unit word in a column's name -> how its numbers are written
WRITERS = {
    "": lambda value: count(value) if value.is_integer() else figure(value),
    "yuan": wan,
    "share": percent,
    "rate": _rate,
    "count": count,
    "days": count,
    "months": count,
    "years": count,
    "weeks": count,
    "index": figure,
    "hhi": lambda value: plain(value, 4),
    "normalised": lambda value: plain(value, 4),
    "ratio": figure,
}
#: amounts told in yuan and fen, where 万元 would hide what the borrower pays
EXACT = (
    "exact_yuan",
    "principal_due_yuan",
    "interest_due_yuan",
    "payment_due_yuan",
    "balance_left_yuan",
    "fees_due_yuan",
    "total_due_yuan",
    "largest_due_yuan",
    "benefit_yuan",
    "cost_per_loan_yuan",
    "cost_per_added_yuan",
    "cost_per_added_low_yuan",
    "cost_per_added_high_yuan",
    "paid_per_added_yuan",
    "saved_line_yuan",
    "idle_line_yuan",
)
#: columns that are written in another way than their last word says
NAMED = {
    **dict.fromkeys(EXACT, lambda value: plain(value, 2)),
    **dict.fromkeys((*CASE_RATES, "shrunk_upper"), percent),
    "rate_rise": _rate,
    **dict.fromkeys(("population_count", "population_low", "population_high"), plain),
}
#: counts under a name of their own that are told nowhere but in the cell of their rate
TOLD_THERE = ("base_customers_count",)
#: columns of long tables that hold whatever quantity their row names
BARE = (
    "ours",
    "control",
    "difference",
    "value",
    "trigger_value",
    "headroom",
    "p20",
    "p50",
    "p80",
    "limit_value",
    "old_value",
    "new_value",
    "low_value",
    "high_value",
    "most_value",
    "breaking_value",
    "own_value",
    "best_peer_value",
    "value_low",
    "value_high",
    "before",
    "after",
    "change",
    "change_low",
    "change_high",
    "month_change",
    "quarter_change",
    "year_change",
)
#: beside a bare value: the upper bound and the count where none of so many was seen
ZERO = ("zero_high_share", "zero_count")
#: of these, differences: between two rates they are percentage points, not percent
CHANGES = ("difference", "change", "change_low", "change_high", "month_change", "quarter_change", "year_change")
POINTS = "percentage_points"
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
    frame, parts = table_layout(frame, words)
    cells = [cell_texts(frame, name, parts[name], words) for name in parts]
    rows = [list(row) for row in zip(*cells, strict=True)]
    heads = [_head(frame[name], texts, words) for name, texts in zip(parts, cells, strict=True)]
    return Grid(heads, rows, [_is_number(frame[name], name) for name in parts])


def _head(column: pd.Series, texts: list[str], words: Words) -> str:
    """Return a column's header; over names it says what they name, not their number (核心企业, not 核心企业编号)."""
    header = words.header(str(column.name))
    named = any(str(key) != text != BLANK for key, text in zip(column, texts, strict=True))
    return unnumbered(header) if named else header


def table_layout(frame: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
    """Return a recorded frame as it is told, and its shown columns with the bounds and counts told in their cells.

    Examples
    --------
    >>> frame = pd.DataFrame({"npl_share": [0.022], "npl_share_low": [0.014], "npl_share_high": [0.127]})
    >>> table_layout(frame, Words("zh"))[1]
    {'npl_share': {'low': 'npl_share_low', 'high': 'npl_share_high'}}
    """
    told = with_sides(_overturned(in_language(frame, words.lang), words), words)
    parts = {name: siblings(name, list(told.columns)) for name in told.columns}
    merged = {sibling for name, found in parts.items() for sibling in found.values() if _is_told_there(sibling, name)}
    return told, {name: parts[name] for name in parts if name not in merged and not _is_folded(name, told)}


def cell_texts(frame: pd.DataFrame, name: str, parts: dict[str, str], words: Words) -> list[str]:
    """Return the cells of one column as the page writes them; `parts` are the bounds and count beside it."""
    return _bare(frame, name, _row_units(frame), words) if name in BARE else _cells(frame, name, parts, words)


def in_language(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return `frame` with texts of the terms (``said_zh``, ``said_en``) in one language, named without it.

    Examples
    --------
    >>> in_language(pd.DataFrame({"said_zh": ["甲"], "said_en": ["A"]}), "en").columns.to_list()
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
    if name in ("unit", "varies", *ZERO):
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
    for against in (other for other in COMPARED.get(name, ()) if other in frame.columns):
        rows = zip(cells, frame[name], frame[against], units, strict=True)
        cells = [told_apart(text, value, other, unit, words) for text, value, other, unit in rows]
    said = [words.unit(POINTS if name in CHANGES and words.unit(unit) == "%" else unit) for unit in units]
    texts = [f"{text} {unit}" if unit and text != BLANK else text for text, unit in zip(cells, said, strict=True)]
    if name in CHANGES:
        rises = [not isinstance(value, str) and not is_blank(value) and value > 0 for value in frame[name]]
        texts = [f"+{text}" if rise and text[:1].isdigit() else text for text, rise in zip(texts, rises, strict=True)]
    if name == "value" and set(ZERO) <= set(frame.columns):
        bounds = zip(texts, *(frame[column] for column in ZERO), strict=True)
        texts = [text if is_blank(high) else interval(Rate(0.0, 0.0, high, n), words.lang) for text, high, n in bounds]
    beside = f"{name.removesuffix('_value')}_code"
    if beside in frame.columns:
        return [code or text for text, code in zip(texts, frame[beside], strict=True)]
    if "code" not in frame.columns:
        return texts
    parts = frame["section"] if "section" in frame.columns else frame["item"]
    rows = zip(texts, frame["code"], parts, frame["item"], strict=True)
    coded = [(text, words.code(SHEET_CODES.get(part, item), code) if code else "") for text, code, part, item in rows]
    return [
        words.mark("told_with", value=text, code=code) if code and text != BLANK else code or text
        for text, code in coded
    ]


def told_apart(text: str, value: object, other: object, unit: str, words: Words) -> str:
    """Return a number with as many decimals as tell it from the one that it is held against.

    Two that are judged unlike are not printed alike: 4.96 % against a limit of 5 % is no 5.0 %.

    Examples
    --------
    >>> told_apart("5.0", 0.04996, 0.05, "share", Words("zh")), told_apart("5.0", 0.05, 0.05, "share", Words("zh"))
    ('4.996', '5.0')
    """
    unlike = not (is_blank(value) or is_blank(other) or isinstance(value, str) or isinstance(other, str))
    if not unlike or value == other or cell(other, unit, words) != text:
        return text
    factor, begun = scaled(unit), len(text.partition(".")[2])
    for decimals in range(begun + 1, begun + FINER + 1):
        finer, against = (plain(float(number) * factor, decimals) for number in (value, other))
        if finer != against:
            return finer
    return text


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
    said = [overturned(turn_of(row), words) for _, row in frame.iterrows()]
    return frame.drop(columns=list(OVERTURNING)).assign(overturning=pd.Series(said, index=frame.index, dtype="str"))


def table_label(words: Words, table: str) -> str:
    """Return the label and the name of a bank's table, of its column (``loans.overdue_days``) or of a file."""
    held, _, column = table.partition(".")
    if column and held in TABLES:
        label, named = words.code("table", held), words.column(column)
        return words.mark("column_name", label=label, column=named, name=table)
    return words.mark("table_name", label=words.code("table", table), name=table)


def reason(words: Words, result: NotComputed) -> str:
    """Return the sentence that says what a result waits for."""
    if result.needs:
        return words.mark("not_computed", tables=words.join(table_label(words, table) for table in result.needs))
    known = words.has("codes", f"refusal.{result.refusal}")
    said = words.code("refusal", result.refusal if known else "BadData")
    return words.mark("refused", reason=f"{said} ({result.detail})" if words.lang == "en" and result.detail else said)


def waiting_box(words: Words, result: NotComputed) -> Shown:
    """Show why a result was not computed."""
    return box(reason(words, result))


def waiting_title(words: Words, result: NotComputed, key: str) -> Shown:
    """Show a heading without an answer, and why it has none."""
    title = words.mark("title_not_computed", caption=words.entry("captions", key))
    return heading(title) + waiting_box(words, result)


COLOURS = {"stop": "#D55E00", "do": "#009E73", "wait": "#7f7f7f"}


def decision_cards(decisions: pd.DataFrame, words: Words) -> Shown:
    """Show decisions as cards: what is stopped first, then what is done, last what waits, as the heading says them.

    Parameters
    ----------
    decisions : DataFrame
        ``action`` (do, stop, wait), ``segment``, ``step`` (a code of the catalogue: what is to be done),
        ``amount_yuan``, ``owner``, ``due_date``, ``waiting_cost_yuan`` (missing where it is unknown),
        ``overturning_measure`` (a column's name), ``overturning_side`` (above, below), ``overturning_value``.
    words : Words

    Raises
    ------
    BadConfig
        If there are more than `decisions.MOST_DECISIONS` or a column is missing.
    """
    lacking = [name for name in DECISION_COLUMNS if name not in decisions.columns]
    if lacking or len(decisions) > MOST_DECISIONS:
        what = f"decisions lack {', '.join(lacking)}" if lacking else f"{len(decisions)} decisions are no decision"
        raise BadConfig(
            what, where="decisions", fix=f"pass at most {MOST_DECISIONS} rows with {', '.join(DECISION_COLUMNS)}"
        )
    if decisions.empty:
        return paragraph(words.mark("decision_none"))
    ordered = decisions.iloc[decisions["action"].map(list(COLOURS).index).argsort(kind="stable")]
    return joined(_card(row, words) for _, row in ordered.iterrows())


def _card(row: pd.Series, words: Words) -> Shown:
    said = words.mark("decision_head", action=row["action"], segment=words.code("segment", row["segment"]))
    head = close_set(said, words.lang)
    parts = [words.mark("pair", name=words.mark(name), text=text) for name, text in _parts(row, words)]
    lines = [words.code("step", row["step"]), *parts]
    colour = COLOURS[row["action"]]
    style = f"border-left:6px solid {colour};padding:0.4em 1em;margin:0.6em 0"
    body = "".join(f"<div>{escaped(line)}</div>" for line in lines)
    page = f'<div class="wb-decision wb-{row["action"]}" style="{style}"><b>{escaped(head)}</b>{body}</div>'
    return Shown("\n".join([head, *(f"  {line}" for line in lines)]), page)


def _parts(row: pd.Series, words: Words) -> list[tuple[str, str]]:
    return [
        ("decision_amount", _money(row, "amount_yuan", words)),
        ("decision_owner", words.code("owner", row["owner"])),
        ("decision_due", cell(row["due_date"], "due_date", words)),
        ("decision_cost", _money(row, "waiting_cost_yuan", words)),
        *_turning(row, words),
    ]


#: what a task ends with: its number does not overturn it, it is done
ENDED_BY = ("crossing_yuan", "unconfirmed_yuan", "untraced_yuan")


def _turning(row: pd.Series, words: Words) -> list[tuple[str, str]]:
    """Return what would overturn a decision and where that number stands today, and whose judgement it follows."""
    turn, now = turn_of(row), row.get("overturning_now")
    named = {"decision_held": row.get("held_by"), "decision_but_for": row.get("but_for")}
    follows = [(mark, words.code("segment", of)) for mark, of in named.items() if not is_blank(of) and of]
    if turn.measure in ENDED_BY:
        return [*follows, ("decision_done", overturned(turn, words))]
    said = overturned(turn, words)
    if not is_blank(now):
        said = words.mark("turn_now", turn=said, now=turned_value(turn._replace(value=float(now)), words))
    return [*follows, ("decision_overturn", said)]


def _money(row: pd.Series, name: str, words: Words) -> str:
    if pd.isna(row[name]):
        return words.code("any", "unknown")
    return f"{cell(row[name], name, words)} {words.unit(name)}"

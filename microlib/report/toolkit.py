"""What managers take along: tables of a report as one archive of plain lists, and typed cells for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.errors import BadConfig
from microlib.report import tables, words
from microlib.report.display import Shown, facts
from microlib.report.tables import CASE_RATES, FRACTIONS, SCALES, Teller, cell_texts, reason, table_layout
from microlib.report.words import BLANK, FEWEST, Rate, Words, is_blank, is_date, none_seen, percent

NAME = "toolkit.zip"
#: an archive of the same tables is the same archive
STAMP = (2000, 1, 1, 0, 0, 0)
_ACTIVE = re.compile(r"^(?:[=@\t\r]|[+\-](?!\d[\d.,]*(?:\s\S+)?$))")


def write_toolkit(report: Teller, out: str | Path, *names: str, **sheets: object) -> Shown:
    """Write tables into ``toolkit.zip`` in the report's own folder, a list a table, and say which.

    Parameters
    ----------
    report : Report
        Whose words and names are used.
    out : str or Path
        The report's folder; an empty text writes nothing and says what would be written.
    *names : str
        Results of the report or its branch that bear the name of their caption.
    **sheets
        Further frames by the name of their caption; those not computed are named as missing.

    Returns
    -------
    Shown
        A table of lists and their lines.
    """
    words, sheets = report.words, {**{name: report.result(name) for name in names}, **sheets}
    known = {name: frame for name, frame in sheets.items() if isinstance(frame, pd.DataFrame)}
    rows = [[words.entry("captions", name), words.mark("list_rows", rows_count=len(known[name]))] for name in known]
    waiting = [[words.entry("captions", name), reason(words, sheets[name])] for name in sheets if name not in known]
    if str(out):
        _write(Path(out) / NAME, {words.entry("captions", name): known[name] for name in known}, words)
    return facts([*rows, *waiting])


def _write(path: Path, sheets: dict[str, pd.DataFrame], words: Words) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (title, frame) in enumerate(sheets.items(), start=1):
            place = zipfile.ZipInfo(f"{number:02}_{title}.csv", STAMP)
            place.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(place, csv_text(frame, words).encode("utf-8-sig"))


def csv_text(frame: pd.DataFrame, words: Words) -> str:
    """Return a frame as comma-separated text in words; no cell can be a formula.

    Examples
    --------
    >>> csv_text(pd.DataFrame({"customer_id": ["=1+1", "C1"]}), Words("en")).splitlines()[1:]
    ["'=1+1", 'C1']
    """
    grid, text = tables.grid(frame, words), io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows([[_inert(cell) for cell in row] for row in (grid.head, *grid.rows)])
    return text.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if _ACTIVE.match(cell) else cell


NUMBER = re.compile(r"(?P<whole>-?[\d,]+(?:\.(?P<part>\d+))?)(?: (?P<unit>\S.*))?")
#: digits of a number that a spreadsheet looks at
DIGITS = 15
DAY = "yyyy-mm-dd"


@dataclass(frozen=True)
class Typed:
    """One cell.

    Parameters
    ----------
    text : str
        What the page says.
    number : float or date, optional
        The value behind it, which the pattern writes as the page does; None where the cell is text.
    pattern : str
        The spreadsheet's number format.
    """

    text: str
    number: float | date | None = None
    pattern: str = ""


@dataclass(frozen=True)
class Spread:
    """A table of typed cells: the head, and the cells row by row."""

    head: list[str]
    rows: list[list[Typed]]


def spread(frame: pd.DataFrame, words: Words) -> Spread:
    """Return a recorded frame with a column of its own for every number: a rate, its bounds and its count.

    A rate of too few cases is left out here as it is on the page.

    Examples
    --------
    >>> frame = pd.DataFrame({"npl_share": [0.022], "npl_share_low": [0.014], "npl_share_high": [0.127]})
    >>> [(cell.text, cell.number, cell.pattern) for cell in spread(frame, Words("zh")).rows[0]]
    [('2.2', 0.022, '#,##0.0%'), ('1.4', 0.014, '#,##0.0%'), ('12.7', 0.127, '#,##0.0%')]
    """
    told, parts = table_layout(frame, words)
    head, columns = [], []
    for name, found in parts.items():
        made = _rate_columns(told, name, found, words) if found else [(header(name, words), _column(told, name, words))]
        head += [label for label, _ in made]
        columns += [column for _, column in made]
    return Spread(head, [list(row) for row in zip(*columns, strict=True)])


def typed(value: object, text: str, *, unit: str = "") -> Typed:
    """Return a cell whose number, written by its pattern, reads as `text`.

    Parameters
    ----------
    value : number, date, bool, str or missing
        As recorded.
    text : str
        As the page writes it.
    unit : str
        The unit of its column.

    Examples
    --------
    >>> typed(12_345_678.0, "1,234.6", unit="万元")
    Typed(text='1,234.6', number=1234.5678, pattern='#,##0.0')
    >>> typed("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0")
    Typed(text="=cmd|' /C calc'!A0", number=None, pattern='')
    """
    if is_date(value) and not is_blank(value):
        return Typed(text, pd.Timestamp(value).date(), DAY)
    found = NUMBER.fullmatch(text)
    if found is None or isinstance(value, bool | str) or not pd.api.types.is_number(value):
        return Typed(text)
    is_percent, decimals = "%" in (unit, found["unit"]), len(found["part"] or "")
    number = _number(float(value), found["whole"], decimals=decimals, is_percent=is_percent)
    return Typed(text, number, _pattern(decimals, is_percent, found["unit"] or ""))


def written(number: float, decimals: int, *, is_percent: bool = False) -> str:
    """Return a number as a spreadsheet writes it: fifteen digits, halves away from zero.

    Examples
    --------
    >>> written(0.125, 2), written(0.0225, 1, is_percent=True)
    ('0.13', '2.3')
    """
    exact = Decimal(f"{number:.{DIGITS}g}") * (100 if is_percent else 1)
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"


def header(name: str, words: Words) -> str:
    """Return a column's header; a column that no page names keeps its own name."""
    try:
        return words.header(name)
    except BadConfig:
        return name


def _column(frame: pd.DataFrame, name: str, words: Words) -> list[Typed]:
    texts = cell_texts(frame, name, {}, words)
    return [typed(value, text, unit=words.unit(name)) for value, text in zip(frame[name], texts, strict=True)]


def _rate_columns(frame: pd.DataFrame, name: str, parts: dict[str, str], words: Words) -> list[tuple[str, list[Typed]]]:
    """Return value, bounds and count of a rate as columns with their headers."""
    names = {"value": name, **parts}
    rows = [_rate_row(dict(zip(names, row, strict=True)), name) for row in frame[list(names.values())].to_numpy(object)]
    whole, bare = header(name, words), words.column(name)
    labels = {"value": whole, "low": whole, "high": whole, "count": bare}
    heads = {part: words.mark(f"of_{part}", label=labels[part]) if part != "value" else whole for part in names}
    return [(head, [row[part] for row in rows]) for part, head in heads.items()]


def _rate_row(given: dict[str, Any], name: str) -> dict[str, Typed]:
    count = given.get("count")
    is_few = not is_blank(count) and 0 <= count < FEWEST
    has_bounds = not is_blank(given["low"]) and not is_blank(given["high"])
    decimals = 1 if name in CASE_RATES else FRACTIONS.get(name.rsplit("_", 1)[-1], 1)
    none = none_seen(Rate(*(given[part] for part in ("value", "low", "high"))))
    row = {}
    for part, value in given.items():
        hidden = is_blank(value) or (is_few and part != "count") or (part in ("low", "high") and not has_bounds)
        hidden |= none and part == "low"
        text = BLANK if hidden else words.count(value) if part == "count" else percent(value, decimals)
        if none and part == "value" and not hidden:  # none of n is told by its upper bound
            row[part] = Typed(f"≤{percent(given['high'], decimals)}")
        else:
            row[part] = Typed(text) if hidden else typed(value, text, unit="" if part == "count" else "%")
    return row


def _number(value: float, text: str, *, decimals: int, is_percent: bool) -> float:
    """Return the exact number where a spreadsheet writes it as the page does, else the number of the page."""
    for number in [value] if is_percent else [value, value * SCALES["yuan"]]:
        if written(number, decimals, is_percent=is_percent) == text:
            return number
    shown = float(text.replace(",", ""))
    return shown / 100 if is_percent else shown


def _pattern(decimals: int, is_percent: bool, unit: str) -> str:
    plain = "#,##0" + ("." + "0" * decimals if decimals else "")
    said = unit.replace('"', "")
    return f"{plain}%" if is_percent else f'{plain}" {said}"' if said else plain

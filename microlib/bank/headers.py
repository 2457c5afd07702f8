"""Header rows: found below titles, joined when merged, and read as our columns through a mapping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from microlib.bank.sheets import Sheet
from microlib.contracts.documents import nearest
from microlib.contracts.mappings import TableMapping, half_width, plain_header
from microlib.errors import BadData

#: how a header or a title says the unit of what stands below it
UNIT_WORDS = {"亿元": "yi_yuan", "万元": "wan_yuan", "元": "yuan", "‰/月": "permille_per_month", "‰": "permille",
              "%/月": "percent_per_month", "%": "percent"}  # fmt: skip
#: columns that are counted within their key when a file does not number them
COUNTED = ("occurrence_number", "sequence_number")


@dataclass(frozen=True)
class Header:
    """One sheet's header.

    Parameters
    ----------
    rows : int
        How many rows stand above the data, header included.
    labels : tuple of str
        What stands over each column, merged labels joined.
    names : tuple of tuple of str
        Under which names each column may be looked for, ready to compare.
    title_unit : str
        The unit of money that a title says for the whole sheet (单位：万元), or empty.
    """

    rows: int
    labels: tuple[str, ...]
    names: tuple[tuple[str, ...], ...] = field(repr=False)
    title_unit: str = ""

    def place(self, synonyms: Sequence[str], *, taken: frozenset[int] = frozenset()) -> int | None:
        """Return the column that bears the first of `synonyms` found, leaving out those already taken."""
        for word in synonyms:
            for place, names in enumerate(self.names):
                if word in names and place not in taken:
                    return place
        return None

    def unit(self, place: int, *, is_money: bool) -> str:
        """Return the unit that the label, or for money the title, says; empty when neither does."""
        found = _said_unit(self.labels[place])
        return found or (self.title_unit if is_money else "")


def find_header(sheet: Sheet, entries: Sequence[TableMapping]) -> Header:
    """Find the header among a sheet's first rows: where most of a mapping's columns are recognised.

    One row or two rows are tried, since a merged header has its words in two; of equals the
    first and simplest is taken.

    Raises
    ------
    BadData
        If no row bears any header that the mapping knows.
    """
    tried = [(sheet.head[:start], start, depth) for depth in (1, 2) for start in range(len(sheet.head) - depth + 1)]
    headers = [_header(sheet.head[start : start + depth], above) for above, start, depth in tried]
    scores = [max((_score(header, entry) for entry in entries), default=0) for header in headers]
    if not scores or max(scores) < min(2, max(len(row) for row in sheet.head)):
        raise _unrecognised(sheet, entries)
    return headers[scores.index(max(scores))]


def find_columns(header: Header, entry: TableMapping) -> dict[str, int]:
    """Return where each of our columns stands: the mapping's own headers first, then what contracts call them.

    A header that the mapping gives to one column is not given to another by its mere name.

    Examples
    --------
    >>> entry = TableMapping(table="branches", columns={"name": "支行"})
    >>> find_columns(_header([["机构号", "支行", "机构名称"]], []), entry)
    {'name': 1, 'branch_id': 0}
    """
    own = {name: header.place([plain_header(word) for word in words]) for name, words in entry.claims.items()}
    found = {name: place for name, place in own.items() if place is not None}
    given = {*entry.claims, *entry.given}
    for column in entry.contract.names:
        if column not in given:
            place = header.place(entry.synonyms(column), taken=frozenset(found.values()))
            found.update({} if place is None else {column: place})
    return found


def column_problems(header: Header, entry: TableMapping, *, origin: str) -> list[dict]:
    """Return a failure for every column that must be there and is not, and for every header that stands twice."""
    found = find_columns(header, entry)
    given = {*found, *entry.given, *COUNTED}
    named = [(name, "the mapping names a column that is not there") for name in entry.columns if name not in found]
    needed = [
        (name, "required column missing") for name in entry.contract.required if not (name in given or entry.partial)
    ]
    faults = dict([*needed, *named])
    missing = [_missing(header, entry, column=name) | {"rule": rule} for name, rule in faults.items()]
    absent = [_absent(header, word) for word in entry.sources if _lacks(header, word)]
    twice = [_twice(header, name, place) for name, place in found.items() if _stands_twice(header, place)]
    common = {"file": origin, "table": entry.table, "severity": "block"}
    return [common | fault for fault in (*missing, *absent, *twice)]


def _header(rows: list[list[str]], above: list[list[str]]) -> Header:
    width = max((len(row) for row in rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    upper, lower = padded[0], padded[-1]
    if len(rows) == 2:
        upper = [word if word or not below else before for word, below, before in
                 zip(upper, lower, _filled(upper), strict=True)]  # fmt: skip
    labels = tuple(high if low == high else (high + low) for high, low in zip(upper, lower, strict=True))
    parts = zip(labels, upper, lower, strict=True)
    names = tuple(tuple(filter(None, map(plain_header, (whole, low or high)))) for whole, high, low in parts)
    titles = " ".join(cell for row in above for cell in row if "单位" in cell)
    return Header(len(above) + len(rows), labels, names, _said_unit(titles, money_only=True))


def _filled(row: list[str]) -> list[str]:
    """Carry the words of merged cells to the right."""
    carried, last = [], ""
    for word in row:
        last = word or last
        carried.append(last)
    return carried


def _said_unit(label: str, *, money_only: bool = False) -> str:
    pattern = r"单位:?\s*(?:人民币)?\s*(亿元|万元|元)" if money_only else r"\((?:单位:)?([^()]*)\)\s*$"
    found = re.search(pattern, half_width(label).strip())
    return UNIT_WORDS.get(found.group(1).strip(), "") if found else ""


def _score(header: Header, entry: TableMapping) -> int:
    return len(set(find_columns(header, entry).values()))


def _unrecognised(sheet: Sheet, entries: Sequence[TableMapping]) -> BadData:
    wanted = {word for entry in entries for column in entry.contract.names for word in entry.synonyms(column)}
    cells = [cell for row in sheet.head[:5] for cell in row if cell]
    near = [f"{cell} (like {word})" for cell in cells if (word := nearest(plain_header(cell), wanted))]
    seen = f"nearest: {', '.join(near[:5])}" if near else f"first cells: {', '.join(cells[:8])}"
    what = "no header row was found: none of the first rows bears headers that the mapping knows"
    return BadData(what, where=sheet.origin, fix=f"add the file's headers to the mapping; {seen}")


def _missing(header: Header, entry: TableMapping, *, column: str) -> dict:
    words = entry.claims.get(column, (entry.contract.column(column).zh, column))
    near = nearest(plain_header(words[0]), [name for names in header.names for name in names])
    hint = f"nearest header: {near}" if near else f"headers there: {', '.join(filter(None, header.labels[:12]))}"
    return {"column": column, "value": " / ".join(words), "fix": f"name its header in the mapping; {hint}"}


def _lacks(header: Header, word: str) -> bool:
    return header.place([plain_header(word)]) is None


def _absent(header: Header, word: str) -> dict:
    near = nearest(plain_header(word), [name for names in header.names for name in names])
    fix = f"nearest header: {near}" if near else "take it out of the mapping"
    return {"column": "", "value": word, "rule": "the mapping names a column that is not there", "fix": fix}


def _stands_twice(header: Header, place: int) -> bool:
    return header.labels.count(header.labels[place]) > 1


def _twice(header: Header, name: str, place: int) -> dict:
    places = [str(at + 1) for at, label in enumerate(header.labels) if label == header.labels[place]]
    fix = f"it stands in columns {' and '.join(places)}: rename one in the file"
    return {"column": name, "value": header.labels[place], "rule": "the header stands twice", "fix": fix}

"""Raw rows: a sheet's data in the engine as text, rid of totals and blank rows, each cell column looked at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import duckdb

from microlib.bank import headers
from microlib.bank.headers import Header
from microlib.bank.sheets import Sheet, cell_names
from microlib.contracts.mappings import Mapping, TableMapping

BLANKS = " \t\r\n\u00a0\u3000"
#: how many first columns may say that a row is a total
TOTAL_COLUMNS = 3
REMARKS = ("制表", "制单", "审核", "复核", "填表", "打印", "经办", "备注:", "备注：", "说明:", "说明：", "注:", "注：")
REMARK_CELLS = 4


@dataclass(frozen=True)
class Raw:
    """One sheet's rows in the engine.

    Parameters
    ----------
    relation : str
        A temporary table of text cells ``c0, c1 …``.
    sheet : Sheet
        Where they come from.
    header : Header
        What stands over them.
    padded : tuple of int
        How many values of each column are surrounded by blanks.
    wordy : tuple of bool
        Whether a column holds any word that may mean "no value".
    dropped : dict
        Rows left out, counted by reason.
    uneven : list of dict
        Rows with too few or too many cells: row, line, error.
    """

    relation: str
    sheet: Sheet
    header: Header
    padded: tuple[int, ...]
    wordy: tuple[bool, ...]
    dropped: dict[str, int]
    uneven: list[dict] = field(repr=False)

    @property
    def row_sql(self) -> str:
        """The row of the file in which a row of the relation stands; rows that could not be read leave gaps."""
        plain = f"(rowid + {self.header.rows + 1})"
        gaps = [fault["row"] - place for place, fault in enumerate(self.uneven)]
        return f"({plain} + len(list_filter({gaps}, lambda gap: gap <= {plain})))" if gaps else plain

    def columns(self, entry: TableMapping) -> dict[str, int]:
        """Return the cell column of each of our columns that the header names."""
        return headers.find_columns(self.header, entry)

    def problems(self, entry: TableMapping) -> list[dict]:
        """Return a failure for every column that must be there and is not."""
        return headers.column_problems(self.header, entry, origin=self.sheet.path.name)

    def text_sql(self, place: int, *, missing: tuple[str, ...]) -> str:
        """Return one cell column's text: stripped, empty where a word says that there is no value."""
        cell = f"c{place}"
        text = f"trim({cell}, '{BLANKS}')" if self.padded[place] else cell
        if not (self.wordy[place] or self.padded[place]):
            return text
        return f"CASE WHEN {text} IN ({quoted('', *missing)}) THEN NULL ELSE {text} END"


def load_raw(con: duckdb.DuckDBPyConnection, sheet: Sheet, header: Header, *, mapping: Mapping, relation: str) -> Raw:
    """Load the rows below a header and look at every column once.

    Totals (合计), blank rows and remarks below the table are left out and counted.
    """
    uneven = sheet.load(con, relation, header.rows)
    width = len(con.execute(f"DESCRIBE {relation}").fetchall())
    dropped = {reason: _delete(con, relation, where) for reason, where in _unwanted(mapping, width).items()}
    totals = [fault for fault in uneven if _is_total(fault["line"], mapping)]
    dropped["totals"] += len(totals)
    padded, wordy = _looked_at(con, relation, mapping, width)
    kept = [fault for fault in uneven if fault not in totals and fault["line"].strip(BLANKS + ",;|")]
    return Raw(relation, sheet, header, padded, wordy, dropped, kept)


def quoted(*words: str) -> str:
    """Return words as a list of engine texts.

    Examples
    --------
    >>> quoted("a", "o'clock")
    "'a', 'o''clock'"
    """
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


def total_pattern(words: tuple[str, ...]) -> str:
    """Return what the first cell of a total looks like: the word at its end, blanks within allowed.

    Examples
    --------
    >>> [bool(re.search(total_pattern(("合计", "total")), cell)) for cell in ("深圳 合 计：", "Total", "total loss")]
    [True, True, False]
    """
    native = "|".join(r"\s*".join(map(re.escape, word)) for word in words if not word.isascii())
    ascii_words = "|".join(re.escape(word) for word in words if word.isascii())
    ends = [f"(?:{native})" if native else "", rf"^\s*(?:{ascii_words})" if ascii_words else ""]
    return rf"(?i)(?:{'|'.join(filter(None, ends))})\s*[:：]?\s*$"


def _unwanted(mapping: Mapping, width: int) -> dict[str, str]:
    cells = cell_names(width)
    first, pattern = cells[:TOTAL_COLUMNS], quoted(total_pattern(mapping.total_words))
    skipped = quoted(*mapping.skip_values) if mapping.skip_values else "NULL"
    filled = " + ".join(f"({cell} IS NOT NULL)::INT" for cell in cells)
    remark = " OR ".join(f"starts_with(trim(coalesce({', '.join(cells)})), {word})" for word in map(quoted, REMARKS))
    return {
        "blank": f"coalesce({', '.join(cells)}) IS NULL",
        "totals": " OR ".join(f"regexp_matches({cell}, {pattern})" for cell in first),
        "units": f"c0 IN ({skipped})",
        "remarks": f"{cells[-1]} IS NULL AND ({remark}) AND {filled} <= {REMARK_CELLS}" if width > 2 else "FALSE",
    }


def _delete(con: duckdb.DuckDBPyConnection, relation: str, where: str) -> int:
    return con.execute(f"DELETE FROM {relation} WHERE {where}").fetchone()[0]


def _is_total(line: str, mapping: Mapping) -> bool:
    cells = re.split(r"[,;|\t]", line)[:TOTAL_COLUMNS]
    return any(re.search(total_pattern(mapping.total_words), cell) for cell in cells)


def _looked_at(con: duckdb.DuckDBPyConnection, relation: str, mapping: Mapping, width: int) -> tuple[tuple, tuple]:
    """Count padded values and notice short words in one pass, so that clean columns need no cleaning."""
    words = {"", *(word for entry in mapping.entries for word in entry.missing)}
    longest = max(len(word.encode()) for word in words)
    edges = [f"{{cell}} LIKE '{blank}%' OR {{cell}} LIKE '%{blank}'" for blank in BLANKS]
    pieces = [
        piece
        for cell in cell_names(width)
        for piece in (
            f"count(*) FILTER (WHERE {' OR '.join(edges).format(cell=cell)})",
            f"coalesce(bool_or(strlen({cell}) <= {longest} AND {cell} IN ({quoted(*sorted(words))})), FALSE)",
        )
    ]
    found = con.execute(f"SELECT {', '.join(pieces)} FROM {relation}").fetchone()
    return found[0::2], found[1::2]

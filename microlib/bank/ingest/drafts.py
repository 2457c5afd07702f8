"""What a bank's analyst begins with: empty templates of our tables, and drafts of mappings for files never seen.

`draft_lines` proposes how files could be read: by words that headers go by (`data/mappings`), and by what the
columns hold. What is doubtful is marked ``# ?``; nothing is loaded. `preview_lines` shows the first rows as a mapping
would have them kept.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from statistics import median

import duckdb
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from microlib.bank.ingest.convert import TIMED, ConversionContext, DayCount, count_sql, date_sql, number_sql
from microlib.bank.ingest.files import Reading, Sheet, plain_name, read_sheets
from microlib.bank.ingest.headers import Header, RawSheet, guessed_header, load_raw_sheet, quoted, read_source
from microlib.bank.ingest.intake import apart, joined_sheet, receive_file
from microlib.contracts.columns import Column, Table
from microlib.contracts.documents import read_document
from microlib.contracts.failures import failure_frame, failure_lines
from microlib.contracts.mapping import Join, SourceMapping, plain_header
from microlib.contracts.tables import TABLES
from microlib.errors import BadData
from microlib.files import LIMITS, Limits
from microlib.home import Home
from microlib.identifiers import find_identifiers, masked_text, told, told_value
from microlib.units import DAYS_PER_BANK_YEAR, MONTHS_PER_YEAR

#: first cell of the row that says units; `data/mappings/own_tables.toml` leaves that row out
UNIT_MARK = "单位/说明"
UNITS = {
    "yuan": "元",
    "fraction": "小数 (4.35% = 0.0435)",
    "date": "YYYY-MM-DD",
    "month": "YYYY-MM",
    "flag": "1/0",
    "moment": "YYYY-MM-DD HH:MM:SS",
    "count": "整数",
    "number": "数字",
    "hash": "原值, 入库时加密",
    "key": "文本",
    "text": "文本",
    "code": "代码",
}
HASH_EXAMPLES = {"phone_hash": "13800138000", "uscc_hash": "91440300MA5EXAMPLE", "id_hash": "11010519491231002X"}
EXAMPLE_NOTE = "示例行: 填写前删除 (example row: delete before filling)"


#: what needs each column: (table, column) -> names of measures
Uses = Mapping[tuple[str, str], Sequence[str]]
#: the sheet of a template that says it, and its headers
USES_SHEET, USES_HEADS = "用途 uses", ("列 column", "中文", "要求 need", "用它的度量 measures that need it")
#: how many measures a header's comment names
NAMED = 6


def write_templates(folder: str | Path, uses: Uses | None = None) -> list[Path]:
    """Write every table's empty workbook: its headers, a row of units and one example.

    The file of a table is named after it (``loans.xlsx``), the sheet bears its Chinese name. The
    first row holds our names with the Chinese ones as comments, the second the units, the third
    an example. Filled, it is ingested with ``--mapping own_tables``; the row of units may stay. A second sheet says of
    each column whether it must be there, may lack, or is optional, and which measures need it.

    Parameters
    ----------
    folder : path
        Where to write; made if it is not there.
    uses : mapping, optional
        What needs each column, by table and column (`face.needs.column_uses`).

    Returns
    -------
    list of Path
        The files, in the order in which they may be ingested.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    return [_write(place / f"{name}.xlsx", table, uses or {}) for name, table in TABLES.items()]


def example_row(table: Table) -> list[str]:
    """Return one row as a file would show it; optional columns without an example stay empty.

    Examples
    --------
    >>> example_row(TABLES["control_totals"])
    ['0755', '12', '100000.00', '100000.00']
    """
    return [column.example or HASH_EXAMPLES.get(column.name, "示例") * column.required for column in table.columns]


def unit_text(column: Column) -> str:
    """Return what the row of units says of a column.

    Examples
    --------
    >>> unit_text(TABLES["loans"].column("yearly_rate")), unit_text(TABLES["loans"].column("rate_type"))
    ('小数 (4.35% = 0.0435) (必填)', 'lpr / fixed')
    """
    said = " / ".join(column.codes) or UNITS[column.unit if column.unit in UNITS else column.kind]
    return f"{said} (必填)" if column.required else said


def need_text(column: Column) -> str:
    """Return whether a column must be there.

    Examples
    --------
    >>> [need_text(TABLES["loans"].column(name)) for name in ("loan_id", "overdue_days", "purpose")]
    ['必填 required', '可缺 may lack: what needs it then says so', '可选 optional']
    """
    if not column.required:
        return "可选 optional"
    return "可缺 may lack: what needs it then says so" if column.may_lack else "必填 required"


def _write(path: Path, table: Table, uses: Uses) -> Path:
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        sheet, looks = book.add_worksheet(table.zh), _looks(book)
        sheet.freeze_panes(2, 0)
        rows = (table.names, [f"{UNIT_MARK}", *map(unit_text, table.columns[1:])], example_row(table))
        for place, (values, look) in enumerate(zip(rows, looks, strict=True)):
            sheet.write_row(place, 0, values, look)
        for place, column in enumerate(table.columns):
            named = uses.get((table.name, column.name), ())
            more = f" … {len(named)}" * (len(named) > NAMED)
            said = [
                f"{column.zh}: {unit_text(column)}",
                *([f"用于 for: {', '.join(named[:NAMED])}{more}"] if named else []),
            ]
            sheet.write_comment(0, place, "\n".join(said))
        sheet.set_column(0, len(table.columns) - 1, 18)
        sheet.write_comment(2, 0, EXAMPLE_NOTE)
        _write_uses(book.add_worksheet(USES_SHEET), table, uses, look=looks[0])
    return path


def _write_uses(sheet: Worksheet, table: Table, uses: Uses, *, look: Format) -> None:
    sheet.write_row(0, 0, USES_HEADS, look)
    for row, column in enumerate(table.columns, start=1):
        named = ", ".join(uses.get((table.name, column.name), ()))
        sheet.write_row(row, 0, (column.name, column.zh, need_text(column), named or "—"))
    sheet.set_column(0, 2, 22)
    sheet.set_column(3, 3, 100)
    sheet.freeze_panes(1, 0)


def _looks(book: xlsxwriter.Workbook) -> list:
    """Return the looks of header, units and example; the example is text, so that codes keep their zeros."""
    header = {"bold": True, "bg_color": "#DCE6F1", "border": 1}
    return [book.add_format(look) for look in (header, {"italic": True, "font_color": "#666666"}, {"num_format": "@"})]


#: tables that a file of one bank's loans also tells of, a row each
DERIVED = ("branches", "customers")
#: columns that are called alike in whatever table they stand
SHARED = ("branch_id", "customer_id", "loan_id", "rm_id")
#: how many different values of a column are looked at, and how many codes a list may have
SAMPLE, MOST_CODES = 2_000, 40
#: rows of a workbook's sheet that a draft looks at: enough to tell columns, units and codes by
DRAFT_ROWS = 20_000
#: forms of dates that are tried, the likelier first
FORMS = (
    *("YYYY-MM-DD", "M/D/YYYY", "D/M/YYYY", "DD-MON-YY", "DD-MON-YYYY", "MON-YYYY", "MON-YY", "M/D/YY", "D/M/YY"),
    *("DD-MM-YYYY", "MM-DD-YYYY", "YY-MM-DD", "YY/M/D", "MON DD, YYYY", "DD/MON/YYYY"),
    *("DD.MM.YYYY", "YYMMDD", "DDMMYYYY", "MMDDYYYY", "D MON YYYY", "YYYYMM", "YYYY/M", "YYYY-MM", "MM/YYYY", "SAS"),
)
TERM_WORDS = (
    "期限",
    "贷款期限",
    "合同期限",
    "期数",
    "term",
    "tenor",
    "loanterm",
    "termmonths",
    "terminmonths",
    "months",
)
TERM_UNITS = {"years": 30, "months": 600}
#: kinds whose values are numbers
NUMBERS = ("yuan", "share", "count", "number")
#: a share above which rates are no fractions, and one above which they are no percent of a year
PERCENT_FROM, PERCENT_TO = 1.0, 40.0
SMALL_MEDIAN = 100.0
_EXACT, _NEAR, _BY_CONTENT = 3, 2, 1
#: what a header says whose values are different in every row and no key
NO_KEYS = (
    "序号",
    "名称",
    "姓名",
    "户名",
    "电话",
    "手机",
    "地址",
    "日期",
    "证件",
    "备注",
    "name",
    "phone",
    "mobile",
    "date",
    "time",
)
#: how codes of five classes are numbered, the best first
CLASS_NUMBERS = "12345"
#: how like a known word a header must be
LIKE = 0.85


def bare_word(text: str) -> str:
    """Return a header without unit, blanks, strokes and capitals: what drafts compare.

    Examples
    --------
    >>> bare_word("LoanNr_ChkDgt"), bare_word("Out. Prncp"), bare_word("贷款余额（万元）")
    ('loannrchkdgt', 'outprncp', '贷款余额')
    """
    return re.sub(r"[\W_]+", "", plain_header(text))


@dataclass(frozen=True)
class Words:
    """What is known of headers and codes before a file is seen.

    Parameters
    ----------
    columns : dict
        For each table, bare words in order of preference by column.
    codes : dict
        For each column, source words to our codes.
    """

    columns: dict[str, dict[str, list[str]]] = field(repr=False)
    codes: dict[str, dict[str, str]] = field(repr=False)

    @property
    def all(self) -> frozenset[str]:
        """Every bare word."""
        return frozenset(word for table in self.columns.values() for words in table.values() for word in words)


def known_words(home: Home) -> Words:
    """Return the words of every mapping that a home has or that is shipped, and those of the contracts."""
    columns: dict[str, dict[str, list[str]]] = {
        name: {column.name: [bare_word(column.zh), bare_word(column.name)] for column in table.columns}
        for name, table in TABLES.items()
    }
    codes: dict[str, dict[str, str]] = {}
    for path in home.config("mappings").glob("*.toml"):
        for entry in read_document(path, SourceMapping).entries:
            for column, words in entry.claims.items():
                columns[entry.table][column] += map(bare_word, words)
            for column, told_codes in entry.codes.items():
                codes.setdefault(f"{entry.table}.{column}", {}).update(told_codes)
    for column in SHARED:
        words = [word for table in columns.values() for word in table.get(column, ())]
        columns |= {name: {**table, column: words} for name, table in columns.items() if column in table}
    return Words({t: {c: list(dict.fromkeys(w)) for c, w in each.items()} for t, each in columns.items()}, codes)


@dataclass(frozen=True)
class Seen:
    """One column of a file, and what it holds.

    Parameters
    ----------
    place : int
        Its place in the sheet.
    label : str
        Its header.
    counts : Counter
        Its values, the most frequent first, at most `SAMPLE`.
    filled, different : int
        How many cells hold a value, and how many different ones.
    """

    place: int
    label: str
    counts: Counter = field(repr=False)
    filled: int
    different: int

    @property
    def values(self) -> list[str]:
        """The values looked at."""
        return list(self.counts)

    @property
    def is_key_like(self) -> bool:
        """Whether no value stands twice."""
        return self.filled > 1 and self.different == self.filled


@dataclass(frozen=True)
class Line:
    """One line of a draft."""

    part: str
    key: str
    value: str
    note: str = ""
    is_doubtful: bool = False

    def __str__(self) -> str:
        mark = " # ?" if self.is_doubtful else " #" if self.note else ""
        return f"{self.key} = {self.value} {mark} {self.note}".rstrip()


def draft_lines(home: Home, paths: Sequence[Path], *, limits: Limits = LIMITS) -> list[str]:
    """Return a mapping for files never seen, as the lines of a TOML file; nothing is loaded.

    Parameters
    ----------
    home : Home
        Whose own mappings' words count too.
    paths : sequence of Path
        The files.
    limits : Limits
        How much of each is read.

    Raises
    ------
    BadData
        If a file cannot be read or holds no table.
    """
    words = known_words(home)
    joins = _joins(paths, words, limits)
    mains = [path for path in paths if path not in joins]
    drafted = [each for path in mains for each in _drafted(path, words, limits, joins)]
    doubts = sum("# ?" in line for lines, _ in drafted for line in lines)
    text = next((sheet for _, sheet in drafted if sheet.written), None)
    names = ", ".join(dict.fromkeys(told(path.name) for path in paths))
    return [
        f"# A draft for {names}: {doubts} lines are marked # ? and want your word; correct or delete them.",
        f"title = {_quoted(f'draft for {names}')}",
        'source = "drafted from the file itself"',
        'status = "unverified"',
        *([f"# read as {text.written}: say delimiter and encoding where that is wrong"] if text else []),
        *(line for join in joins.values() for line in _join_lines(join)),
        *(line for lines, _ in drafted for line in lines),
    ]


def _join_lines(join: Join) -> list[str]:
    words = [f"{name} = [{', '.join(map(_quoted, getattr(join, name)))}]" for name in ("files", "on")]
    return ["", "[[joins]]", words[0], f"{words[1]}  # each row of the one is a row of the other"]


#: rows of a file of which so many are in another one, by a key that stands once in both, are the same rows
SAME_ROWS = 0.5


def _joins(paths: Sequence[Path], words: Words, limits: Limits) -> dict[Path, Join]:
    """Return which files only say more of the rows of the first: a key stands once in both, under one header."""
    if len(paths) < 2:
        return {}
    con, keys = duckdb.connect(), []
    for place, path in enumerate(paths):
        sheet = read_sheets(path, Reading(limits, most_rows=DRAFT_ROWS))[0]
        header = guessed_header(sheet, words.all, bare=bare_word)
        raw = load_raw_sheet(con, sheet, header, mapping=NO_MAPPING, relation=f"raw_{place}")
        keys.append({bare_word(each.label): each for each in _seen(con, raw) if each.is_key_like})
    found = {}
    for place, path in enumerate(paths[1:], start=1):
        for word in [word for word in keys[0] if word in keys[place]]:
            first, second = keys[0][word], keys[place][word]
            (same,) = con.execute(
                f"SELECT count(*) FROM raw_0 SEMI JOIN raw_{place} ON trim(raw_0.c{first.place}) ="
                f" trim(raw_{place}.c{second.place})"
            ).fetchone()
            if same >= SAME_ROWS * first.filled:
                pattern = f"{plain_name(path.stem) or path.stem}*{path.suffix}"
                found[path] = Join(files=pattern, on=tuple(dict.fromkeys((first.label, second.label))))
                break
    return found


#: what reads a sheet when nothing is known of it
NO_MAPPING = SourceMapping(title="draft", source="draft", tables=[{"table": "loans"}])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _drafted(path: Path, words: Words, limits: Limits, joins: Mapping[Path, Join]) -> Iterator[tuple[list[str], Sheet]]:
    sheets = read_sheets(path, Reading(limits, most_rows=DRAFT_ROWS))
    for sheet in sheets:
        con = duckdb.connect()
        context = ConversionContext(date.today(), b"draft", NO_MAPPING, tuple(joins))
        header = guessed_header(sheet, words.all, bare=bare_word)
        raw = load_raw_sheet(con, sheet, header, mapping=NO_MAPPING, relation="raw")
        for join in joins.values():
            if header.place([plain_header(join.on[0])]) is not None:
                raw = joined_sheet(con, raw, join, intake=context)
        if raw.uneven and not con.execute("SELECT count(*) FROM raw").fetchone()[0]:
            raise BadData("no row fits the header", where=sheet.origin, fix="take titles and notes out of the file")
        seen = _seen(con, raw)
        if seen:
            patterns = [f"files = [{_quoted(_pattern(plain_name(path.stem) or path.stem) + '*')}]"]
            patterns += [f"sheets = [{_quoted(_pattern(sheet.name))}]"] if len(sheets) > 1 else []
            yield Draft(con, raw, seen, words).lines(patterns), sheet


def _pattern(name: str) -> str:
    """Return the pattern of a name: itself, but for identifiers in it."""
    return re.sub(r"\*+", "*", masked_text(name, mask="*"))


def _seen(con: duckdb.DuckDBPyConnection, raw: RawSheet) -> list[Seen]:
    labels, found = raw.header.labels, []
    for place, label in enumerate(labels):
        if not label.strip() or not raw.signs[place]:
            continue
        text = raw.text_sql(
            place, missing=("-", "--", "—", "/", "无", "NULL", "null", "None", "N/A", "nan", "NaN", "NA")
        )
        filled, different = con.execute(f"SELECT count({text}), count(DISTINCT {text}) FROM {raw.relation}").fetchone()
        top = con.execute(
            f"SELECT {text}, count(*) FROM {raw.relation} WHERE {text} IS NOT NULL GROUP BY ALL"
            f" ORDER BY 2 DESC, 1 LIMIT {SAMPLE}"
        ).fetchall()
        if filled:
            found.append(Seen(place, told(label), Counter(dict(top)), filled, different))
    return found


@dataclass
class Draft:
    """The making of a draft for one sheet."""

    con: duckdb.DuckDBPyConnection = field(repr=False)
    raw: RawSheet = field(repr=False)
    seen: list[Seen] = field(repr=False)
    words: Words = field(repr=False)

    @property
    def header(self) -> Header:
        """What stands over the sheet."""
        return self.raw.header

    def lines(self, patterns: list[str]) -> list[str]:
        """Return the tables of the draft."""
        main = self._table()
        names = [*(DERIVED if main == "loans" else ()), main]
        made = [self._entry(name, patterns, is_derived=name != main) for name in names]
        read = {place for _, places in made for place in places}
        unread = [told_value(each.label) for each in self.seen if each.place not in read]
        told_rest = [f"# not read: {', '.join(unread)}"] if unread else []
        return ["", *told_rest, *(line for lines, _ in made for line in lines)]

    def _table(self) -> str:
        """Return the table of which the sheet knows most; of none for certain it is loans."""
        scores = {
            name: sum(
                (3 if table.column(column).required else 1) for column in self._sure(name) if column != "branch_id"
            )
            for name, table in TABLES.items()
            if name not in DERIVED
        }
        best = max(scores, key=lambda name: (scores[name], name == "loans"))
        return best if scores[best] > scores["loans"] + 1 else "loans"

    def _sure(self, table: str) -> dict[str, Seen]:
        """Return the columns whose header is a known word; of branches none where no column says which."""
        found: dict[str, Seen] = {}
        if table == "branches" and not any(
            self._is_called(each, word) for each in self.seen for word in self.words.columns[table]["branch_id"]
        ):
            return found
        for column, words in self.words.columns[table].items():
            for word in words:
                each = next((one for one in self.seen if self._is_called(one, word)), None)
                if each and each not in found.values():
                    found[column] = each
                    break
        return found

    def _is_called(self, each: Seen, word: str) -> bool:
        return any(bare_word(name) == word for name in self.header.names[each.place])

    def _entry(self, name: str, patterns: list[str], *, is_derived: bool) -> tuple[list[str], set[int]]:
        table = TABLES[name]
        lines, places = self._columns(table, is_derived=is_derived)
        how = ["one_row_per_key = true", "unless_known = true"] if is_derived else []
        if name == "loans" and "overdue_days" in [line.key for line in lines if line.part == "columns"]:
            how.append('greatest = ["overdue_days"]')
        whole = ["", "[[tables]]", f"table = {_quoted(name)}", *patterns, *how]
        for part in dict.fromkeys(line.part for line in lines):
            whole += [f"[tables.{part}]", *(str(line) for line in lines if line.part == part)]
        return whole, places

    def _columns(self, table: Table, *, is_derived: bool) -> tuple[list[Line], set[int]]:
        found = {column: (each, _EXACT) for column, each in self._sure(table.name).items()}
        if is_derived and "branch_id" not in found:
            sure = {column: (each, _EXACT) for column, each in self._sure("loans").items()}
            near = self._near(TABLES["loans"], sure).get("branch_id")
            found |= {"branch_id": near} if near else {}
        if not is_derived:
            found |= self._near(table, found)
            found |= self._by_content(table, found)
        lines: list[Line] = []
        for column in table.columns:
            if column.name in found:
                lines += self._lines(table, column, *found[column.name])
            elif column.required or column.name in table.key or column.name in ("branch_id", "customer_id"):
                lines += self._absent(table, column, found)
        return lines, {each.place for each, _ in found.values()} | self._term_places(lines)

    def _term_places(self, lines: list[Line]) -> set[int]:
        told_words = " ".join(line.value for line in lines if line.part == "months_after")
        return {each.place for each in self.seen if told_words and _quoted(each.label) in told_words}

    def _near(self, table: Table, found: Mapping[str, tuple[Seen, int]]) -> dict[str, tuple[Seen, int]]:
        """Return columns whose header is like a known word, or holds one."""
        taken = {each.place for each, _ in found.values()}
        near: dict[str, tuple[Seen, int]] = {}
        for column in table.columns:
            if column.name in found:
                continue
            if column.name == "maturity_date" and self._term():
                continue
            words = [
                word for word in self.words.columns[table.name][column.name] if len(word) > (3 if word.isascii() else 1)
            ]
            for each in self.seen:
                label = bare_word(self.header.names[each.place][-1])
                is_like = any(word in label for word in words) or get_close_matches(label, words, 1, LIKE)
                if each.place not in taken and is_like and self._may_be(column, each):
                    near[column.name] = (each, _NEAR)
                    taken.add(each.place)
                    break
        return near

    def _by_content(self, table: Table, found: Mapping[str, tuple[Seen, int]]) -> dict[str, tuple[Seen, int]]:
        """Return the needed columns that no word tells, by what the rest of the columns hold."""
        taken = {each.place for each, _ in found.values()}
        guessed: dict[str, tuple[Seen, int]] = {}
        needed = [column for column in table.columns if column.required and column.name not in found]
        for column in needed:
            rest = [each for each in self.seen if each.place not in taken and self._may_be(column, each)]
            if column.kind == "code":
                rest = [each for each in rest if self._is_known(table, column, each)]
            if column.name in table.key:
                rest = [each for each in rest if each.is_key_like and not self._is_no_key(each)]
            if column.name == "balance_yuan":
                lent = {**found, **guessed}.get("amount_yuan")
                rest = [each for each in rest if self._is_owed(each, lent[0] if lent else None)]
            if column.kind in ("key", "text", "count") and column.name not in table.key:
                continue
            if column.name == "maturity_date" and self._term():
                continue
            if rest:
                best = self._likeliest(column, rest)
                guessed[column.name] = (best, _BY_CONTENT)
                taken.add(best.place)
        return guessed

    def _is_no_key(self, each: Seen) -> bool:
        """Return whether a column of different values is called otherwise: a name, a date, a count of the rows."""
        label = bare_word(each.label)
        is_counted = each.values and {*each.values} == {*map(str, range(1, each.different + 1))}
        is_number = any("." in value for value in each.values) and len(self._numbers(each)) == len(each.values)
        return is_counted or is_number or self._form(each) is not None or any(word in label for word in NO_KEYS)

    def _is_owed(self, each: Seen, lent: Seen | None) -> bool:
        """Return whether a column may be what is owed: no numbers of loans, and rarely above what was lent."""
        numbers, whole = self._numbers(each), [value for value in each.values if re.fullmatch(r"\d{9,}", value)]
        if 2 * len(whole) > len(each.values):
            return False
        most = max(self._numbers(lent), default=0.0) if lent else 0.0
        return not most or 50 * median(map(abs, numbers)) > median(self._numbers(lent))

    def _is_known(self, table: Table, column: Column, each: Seen) -> bool:
        """Return whether half of a column's values or more are codes that some mapping knows."""
        known = {*column.codes, *(word.lower() for word in self.words.codes.get(f"{table.name}.{column.name}", ()))}
        return 2 * sum(value.lower() in known for value in each.values) >= len(each.values)

    def _likeliest(self, column: Column, rest: list[Seen]) -> Seen:
        """Return which of several columns is rather ours: lent is more than owed, and paid out before due."""
        if column.kind == "yuan":
            return max(rest, key=lambda each: median(self._numbers(each)))
        if column.kind != "date":
            return rest[0]
        pick = max if column.name in ("maturity_date", "expiry_date", "end_date") else min
        return pick(rest, key=self._middle_day)

    def _middle_day(self, each: Seen) -> date:
        form = self._form(each)
        sql = date_sql("t", days=DayCount(form=form[0] if form else ""))
        found = self.con.execute(f"SELECT quantile_disc({sql}, 0.5) FROM {quoted_rows(each.values)}").fetchone()[0]
        return found or date.min

    def _term(self) -> Seen | None:
        return next((each for each in self.seen if self._is_term(each)), None)

    def _may_be(self, column: Column, each: Seen) -> bool:
        """Return whether nearly all values of a column could be of our column's kind."""
        if column.kind == "date":
            return self._form(each) is not None
        if column.kind in ("yuan", "share", "number"):
            numbers = self._numbers(each)
            is_code = any(re.fullmatch(r"0\d+", value) for value in each.values[:50])
            is_rate = column.kind != "share" or (bool(numbers) and 0 < max(numbers) <= 400)
            return (
                len(numbers) * 20 >= len(each.values) * 19 and is_rate and not (is_code or self._looks_like_days(each))
            )
        if column.kind == "count":
            return self._share(each, count_sql("t")) >= 0.95
        if column.kind in ("code", "flag"):
            return each.different <= MOST_CODES and not self._numbers(each)
        if column.kind == "key":
            return not any("." in value for value in each.values[:20])
        return True

    def _looks_like_days(self, each: Seen) -> bool:
        return all(re.fullmatch(r"(?:19|20)\d{6}", value) for value in each.values[:50])

    def _share(self, each: Seen, sql: str) -> float:
        rows = quoted_rows(each.values)
        good = self.con.execute(f"SELECT count(*) FILTER (WHERE ({sql}) IS NOT NULL) / count(*) FROM {rows}").fetchone()
        return float(good[0] or 0.0)

    def _numbers(self, each: Seen) -> list[float]:
        rows = quoted_rows(each.values)
        sql = number_sql("t", kind="share")
        found = self.con.execute(f"SELECT v FROM (SELECT {sql} AS v FROM {rows}) WHERE v IS NOT NULL").fetchall()
        return [value for (value,) in found]

    def _form(self, each: Seen) -> tuple[str, bool] | None:
        """Return the form of all dates of a column, empty for the usual, and whether it is doubtful."""
        days = DayCount("1904-01-01") if self.raw.sheet.is_1904 else DayCount()
        stand_ins = {"0", "00000000", "99991231", "9999-12-31", "1900-01-01", "19000101"}
        values = [value for value in each.values if value not in stand_ins]
        seen = replace(each, counts=Counter({value: 1 for value in values}))
        if not values:
            return None
        if self._share(seen, date_sql("t", days=days)) == 1:
            return "", False
        fitting = [form for form in FORMS if self._share(seen, date_sql("t", days=DayCount(form=form))) == 1]
        fitting = [
            form for form in fitting if form != "SAS" or all(re.fullmatch("[1-9][0-9]{3,4}", value) for value in values)
        ]
        if not fitting:
            return None
        return fitting[0], len(fitting) > 1 or fitting[0] == "SAS"

    def _lines(self, table: Table, column: Column, each: Seen, how: int) -> list[Line]:
        name, note = column.name, self._note(column, each)
        part = "columns" if column.required or name in table.key else "optional"
        others = self._others(table, column, each)
        note = {_NEAR: "by a word like it; ", _BY_CONTENT: "by what it holds alone; "}.get(how, "") + note
        word = f"[{', '.join(_quoted(one.label) for one in (each, *others))}]" if others else _quoted(each.label)
        lines = [Line(part, name, word, note, how < _EXACT)]
        blanks = self._rows_count() - each.filled
        if name == "overdue_days" and blanks and not others:
            asked = f"blank in {blanks} rows: write 0 where that means none overdue"
            lines.append(Line("assumed", f"# ? {name}", "0", asked))
        if column.kind in ("date", "moment", "month"):
            form = self._form(each)
            if form and form[0]:
                lines.append(Line("formats", name, _quoted(form[0]), f"e.g. {told(each.values[0])}", form[1]))
        if column.kind in ("yuan", "share"):
            lines += self._unit(column, each)
        if column.kind == "code":
            lines += self._codes(table, column, each)
        return lines

    def _rows_count(self) -> int:
        return int(self.con.execute("SELECT count(*) FROM raw").fetchone()[0])

    def _others(self, table: Table, column: Column, each: Seen) -> list[Seen]:
        """Return the further columns of days overdue, of principal or of interest, of which the largest counts."""
        if (table.name, column.name) != ("loans", "overdue_days"):
            return []
        words = self.words.columns["loans"]["overdue_days"]
        alike = [one for one in self.seen if one != each and any(self._is_called(one, word) for word in words)]
        return [one for one in alike if self._may_be(column, one)]

    def _note(self, column: Column, each: Seen) -> str:
        if column.kind == "hash" or any(map(find_identifiers, each.values[:20])):
            return f"{each.different} different values, replaced by pseudonyms" if column.kind == "hash" else ""
        if column.kind in NUMBERS:
            numbers = self._numbers(each)
            return f"{min(numbers):g} to {max(numbers):g}, middle {median(numbers):g}" if numbers else "no numbers"
        shown = ", ".join(told_value(value)[:24] for value in each.values[:3])
        return f"{each.filled} filled, {each.different} different: {shown}"

    def _unit(self, column: Column, each: Seen) -> list[Line]:
        """Return the line of a unit that no header says and the magnitude does."""
        is_money = column.kind == "yuan"
        if self.header.unit(each.place, is_money=is_money) or any(mark in "".join(each.values[:50]) for mark in "%％‰"):
            return []
        numbers = [abs(value) for value in self._numbers(each) if value]
        if not numbers:
            return []
        middle = median(numbers)
        if is_money:
            owed = [value for value in self._numbers(each) if value]
            if max(owed) < 0 and not middle < SMALL_MEDIAN:
                return [Line("units", column.name, "-1", f"all below zero: {min(owed):g} to {max(owed):g}", True)]
            small = middle < SMALL_MEDIAN and column.name.startswith(("amount", "balance"))
            return [Line("units", column.name, _quoted("wan_yuan"), f"the middle is {middle:g}", True)] if small else []
        if column.name.endswith("rate") and max(numbers) > PERCENT_FROM:
            is_odd = max(numbers) > PERCENT_TO
            unit = "percent_per_month" if "月" in each.label else "percent"
            return [Line("units", column.name, _quoted(unit), f"the middle is {middle:g}", is_odd)]
        if column.name.endswith("rate") and re.search(TIMED, each.label):
            by_day = re.search(r"(?i)日|day|daily", each.label)
            period, days = ("per_day", DAYS_PER_BANK_YEAR) if by_day else ("per_month", MONTHS_PER_YEAR)
            part = "fraction" if middle * days < PERCENT_TO / 100 else "percent"
            return [Line("units", column.name, _quoted(f"{part}_{period}"), f"the middle is {middle:g}", True)]
        return []

    def _codes(self, table: Table, column: Column, each: Seen) -> list[Line]:
        """Return a line for each code found: known, or asked for in a comment."""
        known = {word.lower(): ours for word, ours in self.words.codes.get(f"{table.name}.{column.name}", {}).items()}
        known |= {code: code for code in column.codes}
        part, lines = f"codes.{column.name}", []
        numbers = {number: code for number, code in zip(CLASS_NUMBERS, column.codes, strict=False)}
        is_numbered = column.name == "class5" and {value.lstrip("0") for value in each.values} <= {*numbers}
        for value, count in each.counts.items():
            ours = known.get(value.lower()) or (numbers[value.lstrip("0")] if is_numbered else None)
            is_guess = ours is not None and value.lower() not in known
            first = column.codes[0] if column.codes else value
            key = _quoted(value) if ours else f"# ? {_quoted(told_value(value))}"
            lines.append(Line(part, key, _quoted(ours or told_value(first)), f"{count} rows", is_guess))
        if each.filled < self._rows_count() and "unknown" in column.codes:
            lines.append(Line(part, '""', _quoted("unknown"), "where nothing stands"))
        return lines

    def _absent(self, table: Table, column: Column, found: Mapping[str, tuple[Seen, int]]) -> list[Line]:
        """Return what could stand for a needed column that the file does not have; a guess is asked for."""
        name = column.name
        if name == "maturity_date" and "disbursed_date" in found:
            term = self._term()
            if term:
                words = f"[{_quoted(found['disbursed_date'][0].label)}, {_quoted(term.label)}]"
                return [Line("months_after", name, words, self._note(TABLES["loans"].column("overdue_days"), term))]
        if name == "customer_id":
            word = self._sure("loans").get("loan_id") or next((each for each in self.seen if each.is_key_like), None)
            if word:
                note = "no column of customers: each loan is one customer's then"
                return [Line("columns", name, _quoted(word.label), note, True)]
        if name == "branch_id":
            return [Line("constants", name, '"0001"', "no column of branches: one branch then", True)]
        if name == "name" and table.name == "branches":
            code = found.get("branch_id")
            if code:
                return [Line("columns", name, _quoted(code[0].label), "no column of names: the code stands for it")]
            return [Line("constants", name, '"head office"', "the name of that branch", True)]
        guess = {"status": '"unknown"'}.get(name, "")
        if guess:
            return [Line("constants", name, guess, "no column says it")]
        example = "0" if column.kind in NUMBERS else _quoted(column.example)
        rest = "; left out, what rests on it is not computed" * column.may_lack
        note = f"no column says it: name its header, or write what is true{rest}"
        return [Line("constants", f"# ? {name}", example, note)]

    def _is_term(self, each: Seen) -> bool:
        is_called = any(self._is_called(each, word) for word in TERM_WORDS)
        return is_called and self._share(each, count_sql("t")) == 1


def quoted_rows(values: Sequence[str]) -> str:
    """Return a relation of texts ``t``, for trying what they could be.

    Examples
    --------
    >>> duckdb.execute(f"SELECT count(t) FROM {quoted_rows(['a', 'b'])}").fetchone()
    (2,)
    """
    return f"(SELECT unnest([{quoted(*values)}]::VARCHAR[]) AS t)"


def preview_lines(
    home: Home, paths: Sequence[Path], *, mapping: str | Path, as_of: date, limits: Limits = LIMITS, rows_count: int = 5
) -> list[str]:
    """Return the first rows of each table as a mapping would have them kept, and what is wrong with them.

    Identifiers are shown as such, never by value; nothing is loaded.

    Raises
    ------
    BadConfig
        If the mapping cannot be used.
    BadData
        If a file cannot be read.
    """
    source = read_source(home.root, mapping).mapping
    paths, beside = apart(paths, source)
    context = ConversionContext(as_of, b"preview", source, beside)
    lines: list[str] = []
    for path in paths:
        con = duckdb.connect()
        for receipt in receive_file(con, path, intake=context, name="shown", limits=limits):
            lines.append(f"{receipt.origin} -> {receipt.table}")
            if receipt.relation:
                lines += _shown_rows(con, receipt.relation, TABLES[receipt.table], rows_count)
            lines += [f"  {line}" for line in failure_lines(failure_frame(receipt.problems), limit=5)]
    return lines


def _shown_rows(con: duckdb.DuckDBPyConnection, relation: str, table: Table, rows_count: int) -> list[str]:
    found = con.execute(f"SELECT * EXCLUDE (row_number) FROM {relation} ORDER BY row_number LIMIT {rows_count}")
    names = [each[0] for each in found.description]
    hidden = {column.name for column in table.columns if column.kind == "hash"}
    rows = [
        [
            "(pseudonym)" if name in hidden and value else told_value("" if value is None else str(value))
            for name, value in zip(names, row, strict=True)
        ]
        for row in found.fetchall()
    ]
    return ["  " + "\t".join(row) for row in (names, *rows)]

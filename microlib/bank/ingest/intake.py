"""Ingest: files of a bank's own, read through a mapping, checked and kept, all of them or none.

`ingest_files` and `load_files` are the ways in. A `Session` holds the source, the open store and its key; a
file's sheets become `ReceivedTable` rows, which stand ready to be loaded.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb

from microlib.bank.ingest.convert import (
    NO,
    YES,
    ConversionContext,
    cast_rows,
    month_sql,
    number_sql,
    padded_problems,
    plain_word_sql,
    refined,
    rival_problems,
    unit_problems,
)
from microlib.bank.ingest.files import Reading, Sheet, dated_files, fits, read_sheets
from microlib.bank.ingest.headers import (
    BLANKS,
    Match,
    RawSheet,
    Source,
    guessed_header,
    is_second,
    load_raw_sheet,
    match_file,
    quoted,
    read_source,
)
from microlib.bank.ingest.load import MERGED_COLUMNS, MERGED_ROWS, Loaded, LoadSummary, load_staged
from microlib.bank.ingest.staging import FileMark, Staged
from microlib.bank.ingest.workbooks import Merge
from microlib.bank.lookup import keep_lookup_rows
from microlib.bank.pseudonyms import note_key, settled_key, told_name
from microlib.bank.store import Store, open_store
from microlib.contracts.failures import LISTED_ROWS, failure_frame, joined_failures, remainder, write_failures
from microlib.contracts.mapping import Join, SourceMapping, TableMapping, plain_header
from microlib.errors import BadConfig, BadData
from microlib.files import LIMITS, Limits, file_hash, text_hash
from microlib.identifiers import told, told_value


@dataclass(frozen=True)
class ReceivedTable:
    """One table that came out of one sheet.

    Parameters
    ----------
    entry : TableMapping
        The part of the mapping by which it came.
    relation : str
        The temporary relation of its rows; empty when a column is missing, so that none were made.
    file, origin : str
        Name of the file, and of the file and the sheet.
    used : dict
        The header that stood for each of our columns.
    problems : list of dict
        Failures found on the way.
    reading : dict
        How the sheet was read: see `reading_record`.
    """

    entry: TableMapping = field(repr=False)
    relation: str
    file: str
    origin: str
    used: dict[str, str] = field(repr=False)
    problems: list[dict] = field(repr=False)
    reading: dict = field(default_factory=dict, repr=False)

    @property
    def table(self) -> str:
        """Our table."""
        return self.entry.table


def receive_file(
    con: duckdb.DuckDBPyConnection, path: Path, *, intake: ConversionContext, name: str, limits: Limits = LIMITS
) -> list[ReceivedTable]:
    """Read one file and cast every sheet of it that the mapping speaks of.

    Parameters
    ----------
    con : connection
        The store's session.
    path : Path
        The file.
    intake : Intake
        Date, key and mapping.
    name : str
        What the temporary relations of this file begin with.
    limits : Limits
        How much of it is read.

    Raises
    ------
    BadConfig
        If no part of the mapping is for this file.
    BadData
        If it cannot be read, if a header is not found, or if there are no rows below it.
    """
    found = match_file(path, intake.mapping, limits=limits)
    numbered = [(f"{name}_{place}", match) for place, match in enumerate(found)]
    return [each for relation, match in numbered for each in _received(con, match, intake=intake, relation=relation)]


def _received(
    con: duckdb.DuckDBPyConnection, match: Match, *, intake: ConversionContext, relation: str
) -> list[ReceivedTable]:
    raw = load_raw_sheet(con, match.sheet, match.header, mapping=intake.mapping, relation=relation)
    for join in intake.mapping.joins:
        raw = joined_sheet(con, raw, join, intake=intake)
    if not con.execute(f"SELECT count(*) FROM {relation}").fetchone()[0] and not raw.uneven:
        fix = "export the table with its rows"
        raise BadData("there are no rows below the header", where=match.sheet.origin, fix=fix)
    entries = [entry for entry in match.entries if not (entry.only_if_there and raw.problems(entry))]
    receipts = [
        _cast(con, raw, entry, intake=intake, relation=f"{relation}_{place}") for place, entry in enumerate(entries)
    ]
    dates = [
        *_other_dates(con, raw, receipts, intake=intake),
        *_title_dates(raw, receipts, as_of=intake.as_of),
        *_other_currencies(con, raw, receipts),
        *_red_invoices(con, raw, receipts),
        *_merged_cells(con, raw, receipts),
    ]
    con.execute(f"DROP TABLE {relation}")
    if receipts:
        match.sheet.remarks.extend(dates)
        first, unread = receipts[0], _unread(raw, receipts)
        told = [*match.sheet.remarks, *_unread_note(unread)]
        first.problems.extend({"file": first.file, "table": first.table, **remark} for remark in told)
        first.reading.update(unread=unread, remarks=[_remark(each) for each in match.sheet.remarks])
        over = [entry.table for entry in match.entries if entry not in entries]
        first.reading.update({"passed_over": over} if over else {})
    return receipts


#: heads of a column that says of which day a row is
DAY_HEADS = (
    *("数据日期", "统计日期", "报表日期", "数据时点", "快照日期", "账务日期", "数据月份", "统计月份", "报表月份"),
    *("asofdate", "as_of", "as_of_date", "datadate", "data_date", "reportdate", "report_date", "reporting_date"),
)


def _other_dates(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, receipts: Sequence[ReceivedTable], *, intake: ConversionContext
) -> list[dict]:
    """Refuse rows that say they are of another month than the file: two month ends of one book would add up."""
    place = raw.header.place([plain_header(word) for word in DAY_HEADS])
    states = [receipt.entry for receipt in receipts if receipt.entry.contract.state]
    chosen = {plain_header(word) for entry in states for word in (*entry.keep, *entry.drop)}
    if place is None or not states or chosen & {*raw.header.names[place]}:
        return []
    month = month_sql(raw.text_sql(place, missing=()))
    own = f"{intake.as_of:%Y-%m}"
    count, row, first, last = con.execute(
        f"SELECT count(*), min(row_number), min(month), max(month) FROM (SELECT {raw.row_sql} AS row_number,"
        f" {month} AS month FROM {raw.relation}) WHERE month <> ?",
        [own],
    ).fetchone()
    if not count:
        return []
    told = {"severity": "block", "rule": "rows are of another month than the file", "row": row}
    fix = "load each month by itself, with its --as-of, or keep its rows under keep in the mapping"
    return [{**told, "value": f"{first} to {last}, the file {own}: {count} rows in all", "fix": fix}]


#: a month that a title says, and those that only say when a list was printed
TITLE_MONTH = r"(?<!\d)((?:19|20)\d{2})(?:\s*[-/.年]\s*(1[0-2]|0?[1-9])(?!\d)|(1[0-2]|0[1-9])(?:[0-3]\d)?(?!\d))"
PRINTED = rf"(?i)(?:打印|制表|制单|填表|导出|生成|查询|下载|出表|print|export|generat)[^\d]{{0,12}}{TITLE_MONTH}"
SNAPSHOT = r"(?i)截[至止]|数据日期|统计日期|报表日期|数据时点|as\s*of"


def _title_dates(raw: RawSheet, receipts: Sequence[ReceivedTable], *, as_of: date) -> list[dict]:
    """Tell that a title says another month than the file's: a block where it says of which day the rows are."""
    titles = re.sub(PRINTED, "", raw.header.titles)
    months = [f"{year}-{int(one or other):02d}" for year, one, other in re.findall(TITLE_MONTH, titles)]
    own = f"{as_of:%Y-%m}"
    if not months or own in months or not any(receipt.entry.contract.state for receipt in receipts):
        return []
    severity = "block" if re.search(SNAPSHOT, titles) else "warn"
    fix = "load the file with its true --as-of, or mend the title"
    value = f"{', '.join(months)}, the file {own}"
    return [{"severity": severity, "rule": "the title says another month than the file", "value": value, "fix": fix}]


#: heads of a column that says in which money a row is, and what it says of yuan
CURRENCY_HEADS = (
    *("币种", "币别", "币种代码", "币种名称", "贷款币种", "交易币种", "合同币种", "货币", "货币代码", "货币种类"),
    *("currency", "currency_code", "currencycode", "ccy"),
)
YUAN_WORDS = (
    r"(?i)^\s*(?:[0０]{0,2}[1１]|156)?[\s:：_-]*(?:人民币.*|.*CNY.*|.*RMB.*|本币|本位币|元|¥|￥|renminbi|yuan)?\s*$"
)


def _other_currencies(con: duckdb.DuckDBPyConnection, raw: RawSheet, receipts: Sequence[ReceivedTable]) -> list[dict]:
    """Refuse rows that say they are in another money than yuan, unless the mapping chooses rows or says a factor."""
    place = raw.header.place([plain_header(word) for word in CURRENCY_HEADS])
    entries = [receipt.entry for receipt in receipts]
    chosen = {plain_header(word) for entry in entries for word in (*entry.keep, *entry.drop)}
    is_factored = any(unit.startswith("×") for entry in entries for unit in entry.units.values())
    if place is None or is_factored or chosen & {*raw.header.names[place]}:
        return []
    money = raw.text_sql(place, missing=())
    count, row, first = con.execute(
        f"SELECT count(*), min(row_number), min(money) FROM (SELECT {raw.row_sql} AS row_number, {money} AS money"
        f" FROM {raw.relation}) WHERE NOT regexp_matches(money, ?)",
        [YUAN_WORDS],
    ).fetchone()
    if not count:
        return []
    fix = "keep the rows in yuan under keep in the mapping, or say under units how many yuan one is, e.g. 7.18"
    told = {"severity": "block", "rule": "rows are in another currency than yuan", "row": row, "fix": fix}
    return [{**told, "value": f"{told_value(first)}: {count} rows in all"}]


#: heads of a column that says whether an invoice takes another back -> the words that say so
RED_HEADS = {
    **dict.fromkeys(("是否正数发票", "正数发票", "是否蓝字发票", "是否蓝字"), NO),
    **dict.fromkeys(("是否红字发票", "是否红字", "是否红票", "红字发票标志", "红字标志", "是否红冲发票"), YES),
}


def _red_invoices(con: duckdb.DuckDBPyConnection, raw: RawSheet, receipts: Sequence[ReceivedTable]) -> list[dict]:
    """Refuse invoices that say they take another back and bear amounts above zero, or the other way round."""
    entry = next((each.entry for each in receipts if each.table == "invoices" and each.relation), None)
    heads = [
        (place, words)
        for head, words in RED_HEADS.items()
        if (place := raw.header.place([plain_header(head)])) is not None
    ]
    if entry is None or not heads:
        return []
    amounts = [place for name, place in raw.columns(entry).items() if name in ("net_yuan", "tax_yuan", "gross_yuan")]
    values = [number_sql(raw.text_sql(place, missing=entry.missing)) for place in amounts]
    place, words = heads[0]
    word = f"lower(trim({raw.text_sql(place, missing=entry.missing)}))"
    against = " OR ".join(
        f"({word} IN ({quoted(*words)}) AND {value} > 0) OR ({word} IN ({quoted(*others)}) AND {value} < 0)"
        for value in values
        for others in [NO if words is YES else YES]
    )
    count, row = con.execute(f"SELECT count(*), min({raw.row_sql}) FROM {raw.relation} WHERE {against}").fetchone()
    if not count:
        return []
    told = {"severity": "block", "rule": "invoices whose sign and word for red differ: which is right?", "row": row}
    fix = "write what takes another invoice back with a minus, or take the column out"
    return [{**told, "value": f"{raw.header.labels[place]}: {count} rows in all", "fix": fix}]


MERGED_HEAD = "a head is merged over several columns: only the first of them has it"
#: how many places a message names before it only counts them
NAMED_CELLS = 3
UNMERGE = "unmerge them in Excel and write the value into every cell"


def _merged_cells(con: duckdb.DuckDBPyConnection, raw: RawSheet, receipts: Sequence[ReceivedTable]) -> list[dict]:
    """Tell of merged cells among the rows; where a needed value is lost by them, each such row is a block by itself."""
    merges = raw.sheet.merged
    _tell_merged_heads(raw, receipts)
    below = [merge for merge in merges if merge.last_row > raw.header.rows]
    if not below:
        return []
    kept = [row for (row,) in con.execute(f"SELECT {raw.row_sql} AS place FROM {raw.relation} ORDER BY 1").fetchall()]
    below = [merge for merge in below if bisect_left(kept, merge.row) < bisect_right(kept, merge.last_row)]
    lost = {merge for receipt in receipts if receipt.relation for merge in _tell_lost(con, raw, receipt, below)}
    told = []
    for rule, is_tall in ((MERGED_ROWS, True), (MERGED_COLUMNS, False)):
        found = [merge for merge in below if merge not in lost and (merge.last_row > merge.row) is is_tall]
        if found:
            told.append({"severity": "warn", "rule": rule, "row": found[0].row, "value": _cells(found), "fix": UNMERGE})
    return told


def _cells(merges: Sequence[Merge]) -> str:
    named = ", ".join(merge.cells for merge in merges[:NAMED_CELLS])
    return named if len(merges) <= NAMED_CELLS else f"{named} … {len(merges)} merged cells in all"


def _tell_lost(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, receipt: ReceivedTable, merges: Sequence[Merge]
) -> set[Merge]:
    """Add a block for each row that lacks a needed value since it is merged with another; return those cells."""
    lost = set()
    for name, place in raw.columns(receipt.entry).items():
        over = sorted(merge for merge in merges if merge.column <= place <= merge.last_column)
        if not over or not receipt.entry.contract.column(name).required:
            continue
        empty = con.execute(f"SELECT row_number FROM {receipt.relation} WHERE {name} IS NULL ORDER BY 1").fetchall()
        starts = [merge.row for merge in over]
        met = [(row, over[at - 1]) for (row,) in empty if (at := bisect_right(starts, row)) > 0]
        met = [(row, merge) for row, merge in met if row <= merge.last_row]
        common = {"table": receipt.table, "file": receipt.file, "column": name, "severity": "block", "fix": UNMERGE}
        told = [
            {
                **common,
                "row": row,
                "value": merge.cells,
                "rule": MERGED_ROWS if merge.last_row > merge.row else MERGED_COLUMNS,
            }
            for row, merge in met[:LISTED_ROWS]
        ]
        receipt.problems.extend([*told, *remainder(told, len(met))])
        lost |= {merge for _, merge in met}
    return lost


def _tell_merged_heads(raw: RawSheet, receipts: Sequence[ReceivedTable]) -> None:
    """Tell first that columns with values have no head of their own, where one is merged over them."""
    labels = dict(enumerate(raw.header.labels))
    bare = {place for place, signs in enumerate(raw.signs) if signs and not labels.get(place, "").strip()}
    found = [
        merge
        for merge in raw.sheet.merged
        if merge.row <= raw.header.rows <= merge.last_row
        and any(merge.column <= place <= merge.last_column for place in bare)
    ]
    first = next((receipt for receipt in receipts if not receipt.relation), next(iter(receipts), None))
    if found and first is not None:
        severity = "warn" if first.relation else "block"
        told = {
            "severity": severity,
            "table": first.table,
            "file": first.file,
            "row": found[0].row,
            "rule": MERGED_HEAD,
        }
        fix = "unmerge it and write above every column what it holds"
        first.problems.insert(0, {**told, "value": _cells(found), "fix": fix})


def joined_sheet(con: duckdb.DuckDBPyConnection, raw: RawSheet, join: Join, *, intake: ConversionContext) -> RawSheet:
    """Return a sheet with the columns of a second one beside its own, each row's by its key.

    Rows without a partner keep blanks there, and are told; a key of which the second sheet says different things, or
    a second sheet in another unit or counted from another day, is a block.

    Raises
    ------
    BadConfig
        If the second file was not given, or a sheet has no header of the key.
    """
    second = _second_sheet(raw, join, intake)
    header = guessed_header(second, {plain_header(join.on[-1])}, bare=plain_header)
    other = load_raw_sheet(con, second, header, mapping=intake.mapping, relation=f"{raw.relation}_second")
    place, there = (
        sheet.header.place([plain_header(word)]) for sheet, word in ((raw, join.on[0]), (other, join.on[-1]))
    )
    for sheet, found, word in ((raw, place, join.on[0]), (other, there, join.on[-1])):
        if found is None:
            raise BadConfig(
                f"no header {word} to join by",
                where=sheet.sheet.origin,
                fix="name it under joins: on = [first, second]",
            )
    key, own = (plain_word_sql(f"trim({name}, '{BLANKS}')", is_key=True) for name in (f"c{there}", f"c{place}"))
    taken = [each for each, label in enumerate(header.labels) if each != there and label.strip() and other.signs[each]]
    cells = "".join(f", c{each} AS s{each}" for each in taken)
    rows = f"(SELECT DISTINCT {key} AS word{cells} FROM {other.relation} WHERE {key} IS NOT NULL)"
    twice = con.execute(f"SELECT count(*) FROM (SELECT word FROM {rows} GROUP BY word HAVING count(*) > 1)").fetchone()[
        0
    ]
    alone, whole = con.execute(
        f"SELECT count(*) FILTER (WHERE {own} IS NULL OR {own} NOT IN (SELECT word FROM {rows})), count(*)"
        f" FROM {raw.relation}"
    ).fetchone()
    for name in (names := [f"c{raw.width + number}" for number in range(len(taken))]):
        con.execute(f"ALTER TABLE {raw.relation} ADD COLUMN {name} VARCHAR")
    if taken:
        told = ", ".join(f"{name} = second.s{each}" for name, each in zip(names, taken, strict=True))
        first = f"(SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY word) = 1)"
        con.execute(f"UPDATE {raw.relation} SET {told} FROM {first} AS second WHERE {own} = second.word")
    con.execute(f"DROP TABLE {other.relation}")
    raw.sheet.remarks.extend([*second.remarks, *_join_remarks(raw, other, twice=twice, alone=alone, whole=whole)])
    gap = ("",) * (raw.width - len(raw.header.labels))
    labels = (*raw.header.labels, *gap, *(header.labels[each] for each in taken))
    heads = (*raw.header.names, *((),) * len(gap), *(header.names[each] for each in taken))
    wider = {
        name: (*getattr(raw, name), *(getattr(other, name)[each] for each in taken))
        for name in ("padded", "wordy", "voided", "signs")
    }
    return replace(raw, header=replace(raw.header, labels=labels, names=heads), **wider)


def _second_sheet(raw: RawSheet, join: Join, intake: ConversionContext) -> Sheet:
    how = Reading(encoding=intake.mapping.encoding, separator=intake.mapping.delimiter)
    paths = [*intake.beside, raw.sheet.path]
    found = [sheet for path in paths for sheet in read_sheets(path, how) if is_second(sheet, join)]
    if not found:
        fix = "name it too when ingesting, or take the join out of the mapping"
        raise BadConfig(
            f"the second file of a join was not given: {', '.join(join.files)}", where=raw.sheet.origin, fix=fix
        )
    return found[0]


def _join_remarks(raw: RawSheet, other: RawSheet, *, twice: int, alone: int, whole: int) -> list[dict]:
    """Tell how a join went: how many rows found no partner, and what would make it wrong."""
    name = other.sheet.origin
    told = [
        {"severity": "note", "rule": "joined with a second file", "value": f"{name}: {whole - alone} of {whole} rows"}
    ]
    if alone:
        fix = "complete the second file, or correct the keys" if alone < whole else "name the keys that belong together"
        severity = "warn" if alone < whole else "block"
        rule = "rows without a partner in the second file"
        told.append({"severity": severity, "rule": rule, "value": f"{alone} rows in all", "fix": fix})
    faults = {
        "the second file says different things under one key": f"{twice} keys" * bool(twice),
        "the second file's title says another unit": other.header.title_unit
        * (other.header.title_unit not in ("", raw.header.title_unit)),
        "the second file counts days from another year": "1904" * (other.sheet.is_1904 != raw.sheet.is_1904),
        "rows of the second file with too few or too many cells": f"{len(other.uneven)} rows" * bool(other.uneven),
    }
    fix = "mend the second file: one row a key, in the units and days of the first"
    return [*told, *({"severity": "block", "rule": rule, "value": v, "fix": fix} for rule, v in faults.items() if v)]


def apart(paths: Sequence[Path], mapping: SourceMapping) -> tuple[list[Path], tuple[Path, ...]]:
    """Return the files that are loaded, and those that only stand beside them by the mapping's joins."""
    patterns = [pattern.lower() for join in mapping.joins if join.files != ("*",) for pattern in join.files]
    beside = tuple(path for path in paths if any(fits(path.name.lower(), pattern) for pattern in patterns))
    return [path for path in paths if path not in beside], beside


def _remark(remark: dict) -> str:
    return ": ".join(filter(None, (remark["rule"], told_value(str(remark.get("value", ""))))))


def _unread_note(unread: list[str]) -> list[dict]:
    return [{"severity": "note", "rule": "columns not read", "value": ", ".join(unread)}] if unread else []


def _unread(raw: RawSheet, receipts: list[ReceivedTable]) -> list[str]:
    """Return the headers of which nobody read anything, and the columns with values that have none."""
    words = {word for receipt in receipts for word in receipt.entry.sources}
    read = {place for receipt in receipts for place in raw.columns(receipt.entry).values()}
    several = [(entry, (*entry.greatest, *entry.first_filled)) for entry in (receipt.entry for receipt in receipts)]
    read |= {place for entry, names in several for name in names for place in raw.all_columns(entry, name)}
    read |= {place for word in words if (place := raw.header.place([plain_header(word)])) is not None}
    labels = [*raw.header.labels, *[""] * (raw.width - len(raw.header.labels))]
    told = [
        label or (f"(column {place + 1}, no header)" if raw.signs[place] else "") for place, label in enumerate(labels)
    ]
    return [told_value(label) for place, label in enumerate(told) if label and place not in read]


def _cast(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, entry: TableMapping, *, intake: ConversionContext, relation: str
) -> ReceivedTable:
    """Cast one sheet into one table, unless a column that must be there is not."""
    found, file = raw.columns(entry), told_name(raw.sheet.path, key=intake.key)
    faults = [*raw.problems(entry), *unit_problems(raw, entry, found=found)]
    reading: dict = {}
    is_shaped = not any(fault["severity"] == "block" for fault in faults)
    if is_shaped:
        faults += rival_problems(con, raw, entry, found=found)
        casting = cast_rows(con, raw, entry, intake=intake, relation=relation)
        faults += [*casting.problems, *padded_problems(con, raw, entry, found=found)]
        faults += refined(con, relation, entry=entry, names=casting.columns)
        reading = reading_record(raw, entry, file=file, columns=casting.reading)
    used = {name: raw.header.labels[place] for name, place in found.items()}
    problems = [{"table": entry.table, **fault, "file": file} for fault in (*faults, *map(_uneven, raw.uneven))]
    origin = f"{file}[{told(raw.sheet.name)}]" if raw.sheet.name else file
    return ReceivedTable(entry, relation if is_shaped else "", file, origin, used, problems, reading)


def reading_record(raw: RawSheet, entry: TableMapping, *, file: str, columns: list[dict]) -> dict:
    """Return how one sheet was read into one table: what is kept with the load and told of it.

    Parameters
    ----------
    raw : RawSheet
        The sheet.
    entry : TableMapping
        By what it was read.
    file : str
        Its file's name, as it may be told.
    columns : list of dict
        One record for each column: head, unit, counts, examples.
    """
    return {
        "file": file,
        "sheet": told(raw.sheet.name),
        "table": entry.table,
        "written": raw.sheet.written,
        "header_rows": raw.header.rows,
        "title_unit": raw.header.title_unit,
        "left_out": {reason: count for reason, count in raw.dropped.items() if count},
        "columns": columns,
    }


def _uneven(fault: dict) -> dict:
    fix = "mend the row: a separator within a value needs quotes around it"
    return {
        "severity": "block",
        "rule": "row with too few or too many cells",
        "row": fault["row"],
        "value": fault["error"].splitlines()[0],
        "fix": fix,
    }


@dataclass(frozen=True)
class IngestOptions:
    """How an ingest goes about what is there already.

    Parameters
    ----------
    replace : bool
        Let each file supersede the rows of the file that it corrects.
    limits : Limits
        How much of a file is read.
    """

    replace: bool = False
    limits: Limits = LIMITS


@dataclass(frozen=True)
class Session:
    """What an ingest works with.

    Parameters
    ----------
    store : Store
        Open to write.
    source : Source
        The mapping.
    key : bytes
        The bank's pseudonym key.
    limits : Limits
        How much of a file is read.
    """

    store: Store
    source: Source
    key: bytes = field(repr=False)
    limits: Limits = LIMITS

    def file_mark(self, path: Path, beside: Sequence[Path] = ()) -> FileMark:
        """Return what the store remembers of a file, and of those that were joined to it."""
        hashes = [file_hash(each) for each in (path, *beside)]
        return FileMark(
            told_name(path, key=self.key), text_hash("".join(hashes)) if beside else hashes[0], self.source.mark
        )


@contextmanager
def open_session(home: str | Path, *, mapping: str | Path, name: str, limits: Limits = LIMITS) -> Iterator[Session]:
    """Open a home's bank for an ingest; note the key's fingerprint when it has gone well.

    What the mapping wants kept of who stands behind a key goes into the home's look-up then.

    Parameters
    ----------
    home : path
        The folder that holds, or will hold, ``data/bank.duckdb``.
    mapping : str or path
        A mapping's path or name.
    name : str
        What the table of failures is named after.
    limits : Limits
        How much of each file is read.

    Raises
    ------
    BadConfig
        If the mapping, the key or the bank cannot be used.
    BadData
        What the ingest raises, with the place of the table of failures in its remedy.
    """
    source = read_source(home, mapping)
    try:
        with open_store(home, writable=True) as store:
            key = settled_key(store)
            yield Session(store, source, key, limits)
            note_key(store, key)
            keep_lookup_rows(store)
    except BadData as error:
        if len(error.failures):
            error.fix = "; ".join(filter(None, [error.fix, _written(error, _failures_path(home, name))]))
        raise


def _failures_path(home: str | Path, name: str) -> Path:
    return Path(home) / "data" / f"failures-{told(name)}.csv"


def _written(error: BadData, path: Path) -> str:
    """Write the table of failures beside the bank, and say where it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_failures(error.failures, path)
    except OSError as cause:
        return f"the table of failures could not be written ({cause.strerror})"
    return f"all {len(error.failures)} failures and notes: {path}"


def read_file(
    session: Session, path: Path, *, as_of: date, name: str, beside: tuple[Path, ...] = ()
) -> list[ReceivedTable]:
    """Read one file and cast what the mapping speaks of.

    Parameters
    ----------
    session : Session
        Store, mapping and key.
    path : Path
        The file.
    as_of : date
        Its date.
    name : str
        What its temporary relations begin with.
    beside : tuple of Path
        Second files, for the mapping's joins.
    """
    intake = ConversionContext(as_of, session.key, session.source.mapping, beside)
    return receive_file(session.store.con.con, path, intake=intake, name=name, limits=session.limits)


def new_to_bank(session: Session, found: Sequence[ReceivedTable]) -> list[ReceivedTable]:
    """Leave out derived tables whose keys another source has told the bank already."""
    return [each for each in found if not (each.entry.unless_known and _is_known(session, each))]


def refuse_unshaped(found: Sequence[ReceivedTable]) -> None:
    """Refuse files in which a column that must be there is missing: nothing else can be checked then.

    Raises
    ------
    BadData
        With all failures found so far.
    """
    broken = [each for each in found if not each.relation]
    if not broken:
        return
    failures = joined_failures([failure_frame(each.problems) for each in found])
    first = next(fault for fault in broken[0].problems if fault["severity"] == "block")
    column = f"{first['table']}.{first['column']} " if first.get("column") else ""
    what = f"{first['rule']}: {column}({first['value']})"
    raise BadData(what, where=broken[0].origin, fix=f"{first['fix']}; nothing was written", failures=failures)


def staged_table(receipt: ReceivedTable, *, as_of: date) -> Staged:
    """Return a receipt as the loader takes it."""
    readings = (receipt.reading,) if receipt.reading else ()
    return Staged(receipt.table, receipt.relation, receipt.file, as_of, failure_frame(receipt.problems), readings)


def known_sql(session: Session, table: str, key: str) -> str:
    """Return the query of the keys that other sources have told the bank."""
    others = f"SELECT file_id FROM files WHERE NOT starts_with(mapping, '{session.source.name}@')"
    return f"SELECT {key} FROM {table} WHERE file_id IN ({others})"


def _is_known(session: Session, receipt: ReceivedTable) -> bool:
    key = ", ".join(receipt.entry.contract.key)
    if not receipt.relation or not session.store.has(receipt.table):
        return False
    known = known_sql(session, receipt.table, key)
    return not session.store.rows(f"SELECT count(*) FROM {receipt.relation} ANTI JOIN ({known}) USING ({key})")[0][0]


DEFAULTS = IngestOptions()


def ingest_files(
    home: str | Path,
    files: Sequence[str | Path],
    *,
    mapping: str | Path,
    as_of: date | None = None,
    options: IngestOptions = DEFAULTS,
) -> list[Loaded]:
    """Take files into a home's bank: everything they hold, or nothing.

    Parameters
    ----------
    home : path
        The folder that holds, or will hold, ``data/bank.duckdb``.
    files : sequence of path
        CSV (UTF-8 or GBK), Excel and Parquet files.
    mapping : str or path
        A mapping file, or the name of one in the home's ``data/mappings`` or among those shipped.
    as_of : date, optional
        The date of the files; each file's own name says it otherwise.
    options : IngestOptions

    Returns
    -------
    list of Loaded
        One line per file and table.

    Raises
    ------
    BadConfig
        If the mapping, the key or the bank cannot be used, or if nothing says the date.
    BadData
        If anything in the files is wrong. Nothing was written then but the table of failures,
        ``data/failures-<file>.csv``, which the message names.
    """
    return list(load_files(home, files, mapping=mapping, as_of=as_of, options=options).loaded)


def load_files(
    home: str | Path,
    files: Sequence[str | Path],
    *,
    mapping: str | Path,
    as_of: date | None = None,
    options: IngestOptions = DEFAULTS,
) -> LoadSummary:
    """Do what `ingest_files` does, and return also what was noticed without blocking."""
    main, beside = apart([Path(file) for file in files], read_source(home, mapping).mapping)
    dated = dated_files(main, as_of=as_of)
    with open_session(home, mapping=mapping, name=dated[0][0].stem, limits=options.limits) as session:
        found = [
            (each, day)
            for place, (path, day) in enumerate(dated)
            for each in new_to_bank(session, read_file(session, path, as_of=day, name=f"raw_{place}", beside=beside))
        ]
        refuse_unshaped([receipt for receipt, _ in found])
        staged = [staged_table(receipt, as_of=day) for receipt, day in found]
        marks = [session.file_mark(path, beside) for path, _ in dated]
        return load_staged(session.store, staged, files=marks, replace=options.replace)

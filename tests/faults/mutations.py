"""Files mutated by a seed, each of which knows what is right: the same values, a refusal, or a word about it.

`python tests/faults/mutations.py 2000 SEED` tries so many through the whole of an ingest (`make soak`); the suite
tries a hundred of them (`test_mutations.py`). Every second file is a ledger, the others
are of the other shipped mappings in turn.
"""

from __future__ import annotations

import datetime
import os
import random
import resource
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font

from microlib.bank.ingest.intake import load_files
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.errors import BadConfig, BadData
from microlib.home import Home
from tests.faults.cases import EXTRACTS, LEDGER, Case, Layout

MOST_SECONDS, MOST_BYTES = 20, 1 << 30
JUNE = datetime.date(2026, 6, 30)


def wide(word: str) -> str:
    """Return a word in full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in word)


def day_of(word: str) -> datetime.date:
    """Return the day that a planted cell writes."""
    plain = word.replace("-", "")
    return datetime.date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))


def _amounts(case: Case) -> None:
    """Write amounts in another way that means the same."""
    makers = (
        wide,
        lambda w: f"{int(w):,}",
        lambda w: f"￥{w}",
        lambda w: f"{w}.00",
        lambda w: f" {w} ",
        lambda w: f"{w}元",
        lambda w: f"+{w}",
        lambda w: f"{int(w):,}".replace(",", " "),
        lambda w: f"{w}\u00a0",
        lambda w: f"人民币{w}元",
        lambda w: f"CNY {int(w):,}.00",
        lambda w: f"{float(w):.1e}" if float(w) == float(f"{float(w):.1e}") else w,
    )
    case.kind = "csv"
    case.every(case.rng.choice(case.layout.amounts), case.rng.choice(makers))


def _grouped(case: Case) -> None:
    """Write amounts with the signs of other countries: a point before thousands, a comma before cents."""

    def indian(word: str) -> str:
        head, tail = word[:-3], word[-3:]
        return (",".join([head[-2:], tail]) if len(head) <= 2 else f"{head[:-2]},{head[-2:]},{tail}").lstrip(",")

    makers = (
        lambda w: f"{int(w):,}".replace(",", "."),
        lambda w: f"{int(w):,}".replace(",", ".") + ",00",
        lambda w: f"{w},00",
        lambda w: f"{w},5".replace(",5", ",50"),
        lambda w: f"{int(w):,}".replace(",", "'"),
        lambda w: f"{int(w):,}".replace(",", "’"),
        lambda w: f"{int(w):,}".replace(",", "，"),
        lambda w: f"{int(w):,}".replace(",", "、"),
        indian,
        lambda w: f"{float(w) / 1e4:g}万",
        lambda w: f"{float(w) / 1e4:g}万元",
        lambda w: f"{float(w) / 1e4:g} W",
        lambda w: f"{float(w) / 1e3:g}k",
        lambda w: f"US${w}",
        lambda w: f"{w} USD",
    )
    column, change = case.rng.choice(case.layout.amounts), case.rng.choice(makers)
    if case.rng.random() < 0.5:
        case.every(column, change)
    else:
        case.one(column, lambda w: change(w) if w.isdigit() else w)
    case.is_wrong = True


def _negative(case: Case) -> None:
    """Write one amount below zero, by any of the signs for it."""
    makers = ("({})", "（{}）", "-{}", "−{}", "－{}", "{}-", "﹣{}", "–{}")
    makers += ("[{}]", "<{}>", "△{}", "▲{}", "负{}", "{}CR")
    case.one(case.rng.choice(case.layout.amounts), case.rng.choice(makers).format)
    case.is_wrong = True
    case.truth = []  # whoever loads it as it was, has lost its sign


def _no_amount(case: Case) -> None:
    """Write one amount so that it is none."""
    words = (
        *("abc", "12万", "1.234,56", "", "N/A", "TRUE", "1e18", "inf", "1 2 3", "贰万", "$100", "--5", "#REF!"),
        *("2026-01-01", "0x10", "1_000", "不详", "见备注", "200000/150000", "约200000", "20万左右", "***", "1e400"),
        "٢٠٠",
    )
    case.one(case.rng.choice(case.layout.amounts), lambda _: case.rng.choice(words))
    case.is_wrong = True


def _dates(case: Case) -> None:
    """Write dates in another way that means the same."""
    case.every(case.rng.choice(case.layout.dates), case.rng.choice(DATE_MAKERS))


DATE_MAKERS = (
    lambda w: f"{day_of(w):%Y%m%d}",
    lambda w: f"{day_of(w):%Y/%m/%d}",
    lambda w: f"{day_of(w).year}年{day_of(w).month}月{day_of(w).day}日",
    lambda w: f"{day_of(w)} 00:00:00",
    lambda w: f"{day_of(w).year}.{day_of(w).month}.{day_of(w).day}",
    lambda w: str((day_of(w) - datetime.date(1899, 12, 30)).days),
    lambda w: wide(f"{day_of(w)}"),
    lambda w: f"{day_of(w)}T08:30:00+08:00",
    lambda w: f"{day_of(w):%Y%m%d}093000",
    lambda w: f"{day_of(w)} 星期五",
)


def _mixed_dates(case: Case) -> None:
    """Write the dates of one column in several ways, each of which is plain."""
    case.every(case.rng.choice(case.layout.dates), lambda word: case.rng.choice(DATE_MAKERS)(word))


def _swapped_dates(case: Case) -> None:
    """Write dates with the day before the month, or the month first, in every row or in some."""
    forms = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%y", "%d.%m.%Y", "%y-%m-%d", "%y%m%d", "%Y-%d-%m")
    form = case.rng.choice(forms)
    share = case.rng.choice((1.0, 0.3))
    column = case.rng.choice(case.layout.dates)
    case.every(column, lambda word: day_of(word).strftime(form) if case.rng.random() < share else word)
    case.is_wrong = True


def _no_date(case: Case) -> None:
    """Write one date so that it is none, or could be two."""
    words = (
        *("2026-02-30", "20261301", "01/02/2026", "24-Jun-91", "24121", "99999", "abc", "", "二月", "26-1-2"),
        *("1900-01-01", "0", "2026-1", "2026-00-00", "20260", "长期", "见合同", "2062-01-05", "0026-01-05", "1.0"),
        *("-1", "2026-13-01", "46,023", "2026年", "46023.5.1", "１月２日"),
    )
    case.one(case.rng.choice(case.layout.dates), lambda _: case.rng.choice(words))
    case.is_wrong = True


def _rates(case: Case) -> None:
    """Write rates in another unit that something says, be it the cell itself."""
    if not case.layout.has_rates:
        return
    is_percent = case.layout.mapping in ("east_503", "corporate_drawdowns")
    scale = 0.01 if is_percent else 1.0
    heads = (
        ("年利率(%)", 100),
        ("执行利率(‰)", 1000 / 12),
        ("年利率(‰)", 1000),
        ("执行利率(‱)", 10_000 / 360),
        ("利率（%）", 100),
        ("月利率(‰)", 1000 / 12),
        ("年利率（百分比）", 100),
        ("年利率%", 100),
        ("月利率（%）", 100 / 12),
        ("日利率（万分之）", 10_000 / 360),
    )
    if case.layout.head_units and case.rng.random() < 0.7:
        head, factor = case.rng.choice(heads)
        if case.every("年利率", lambda word: f"{float(word) * factor:.10f}"):
            case.heads["年利率"] = head
        return
    makers = (
        lambda w: f"{float(w) * scale * 100:.10g}%",
        lambda w: f"{float(w) * scale * 100:.10g} %",
        lambda w: f"{float(w) * scale * 100:.10g}％",
        lambda w: f"{float(w) * scale * 100:.10g}%" if case.rng.random() < 0.4 else w,
    )
    case.every("年利率", case.rng.choice(makers))


def _no_rates(case: Case) -> None:
    """Write rates, or some of them, in a unit that nothing says."""
    if not case.layout.has_rates:
        return
    factor = case.rng.choice((100, 1000, 1 / 100, 0, 1 / 12, 12))
    share = case.rng.choice((1.0, 0.3, 0.1))
    changed = case.every("年利率", lambda w: f"{float(w) * factor:.10g}" if case.rng.random() < share else w)
    case.is_wrong |= changed and factor not in (1 / 12, 12)
    if changed and factor in (1 / 12, 12):
        case.truth = None  # a rate of a month is a true rate of a year too: nobody can tell


UNITS = (("万元", 1e4), ("千元", 1e3), ("人民币万元", 1e4), ("百万元", 1e6), ("分", 0.01), ("亿元", 1e8), ("角", 0.1))
UNIT_HEADS = ("{}（{}）", "{}({})", "{}[{}]", "{}/{}", "{}（单位：{}）", "{}_{}", "{}【{}】", "{} {}", "{}\n({})")
UNIT_HEADS += ("{}:{}", "{}-{}")
ENGLISH = (("RMB mn", 1e6), ("CNY '000", 1e3), ("in thousands", 1e3), ("¥10k", 1e4), ("万", 1e4), ("仟元", 1e3))
ENGLISH += (("萬元", 1e4),)


def _units(case: Case) -> None:
    """Write money in a unit that heads, a row below them or a title say."""
    unit, factor = case.rng.choice(UNITS if case.rng.random() < 0.7 else ENGLISH)
    columns = {*case.layout.amounts}
    if columns & case.claimed or case.kind == "parquet":
        return
    pick = case.rng.choice(("head", "title", "row"))
    if pick == "title":
        words = ("单位：{}", "（单位：{}）", "金额单位:{}", "币种：人民币 单位：{}", "货币单位：{}", "单位 {}")
        case.above.append([case.rng.choice(words).format(unit), *case.blank[1:]])
    elif pick == "row":
        case.below_head.append([f"({unit})" if each in columns else "" for each in case.order])
    written = case.rng.choice(UNIT_HEADS)
    for column in sorted(columns):
        case.every(column, lambda word: repr(float(word) / factor))
        if pick == "head":
            case.heads[column] = written.format(case.heads[column], unit)


def _no_units(case: Case) -> None:
    """Write money, or some of it, in a unit that nothing says, or that two places say differently."""
    pick = case.rng.randrange(5)
    first, *rest = case.layout.amounts
    if {first, *rest} & case.claimed:
        return
    if pick == 0:
        case.every(rest[0], lambda word: repr(float(word) / 1e3))
    elif pick == 1:
        for column in (first, *rest):
            case.every(column, lambda word: repr(float(word) / 1e4))
    elif pick == 2:
        for row in case.rows[: case.rng.randint(3, 12)]:
            row.update({column: repr(float(row[column]) / 1e4) for column in (first, *rest)})
        if not case.layout.has_rates:
            case.truth = None  # there are invoices of two yuan beside those of twenty thousand: nobody can tell
    elif pick == 3:
        case.above.append(["单位：万元", *case.blank[1:]])
    else:
        case.heads[first] = f"{case.heads[first]}（万元）"
    case.is_wrong = True


def _keys(case: Case) -> None:
    """Disguise keys."""
    makers = (
        lambda w: f"{w}\u200b",
        lambda w: f"\ufeff{w}",
        wide,
        lambda w: f"'{w}",
        lambda w: f"{w}\u00a0",
        lambda w: f"\u202a{w}\u202c",
        lambda w: f"{w} ",
        lambda w: f'="{w}"',
        lambda w: f"{w}\t",
        lambda w: f"_x000D_{w}",
        lambda w: f"{w}\r\n",
    )
    case.one(case.rng.choice(("客户号", "借据号")), case.rng.choice(makers))


def _no_keys(case: Case) -> None:
    """Change keys as programs do."""
    words = (
        "9.14403E+17",
        "=A1",
        "#REF!",
        "1,234,567",
        "",
        "4.40300123456789e+17",
        "4.403E17",
        "1234567890123450000.0",
    )
    case.one(case.rng.choice(("客户号", "借据号")), lambda _: case.rng.choice(words))
    case.is_wrong = True


def _zeros(case: Case) -> None:
    """Lose the noughts before a branch's code or an invoice's number, in one row."""
    column = "机构号" if "机构号" in case.order else "借据号"
    case.one(column, lambda word: word.lstrip("0L"))
    case.is_wrong = True


def _writing(case: Case) -> None:
    """Write a text file in another encoding, with other separators and line ends."""
    case.kind = "csv"
    case.encoding = case.rng.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"))
    case.mark = case.rng.choice((",", "\t", ";", "|"))
    case.end = case.rng.choice(("\n", "\r\n", "\r", "\r\r\n", "\n\n"))


def _furniture(case: Case) -> None:
    """Put titles, totals, remarks, blank rows, repeated headers and other columns around and within the rows."""
    pick, blank = case.rng.randrange(14), case.blank
    place, head = case.rng.randint(1, 20), [case.heads[name] for name in case.order]
    if pick == 0:
        case.above.insert(0, ["某行贷款台账", *blank[1:]])
    elif pick == 1:
        words = ("小计", "合计", "Total", "0755 汇总", "本页小计", "总计：", "合  计", "甲支行小计", "SUBTOTAL")
        case.inserted.append((place, _summed(case, case.rng.choice(words), case.rng.choice((0, 0, 1)))))
    elif pick == 2:
        case.inserted.append((place, blank))
    elif pick == 3:
        case.inserted.append((place, head))
    elif pick == 4:
        words = (
            "制表：甲",
            "注：本表按月报送",
            "打印日期：2026-07-02",
            "备注：不含贴现",
            "第1页 共3页",
            "以下空白",
            "审核人：",
        )
        case.inserted.append((len(case.rows), [case.rng.choice(words), *blank[1:]]))
    elif pick == 5:
        case.rng.shuffle(case.order)
    elif pick == 6:  # pages, each with its title and its headers
        for page in (8, 16):
            rows = (head, ["某行贷款台账", *blank[1:]], [f"第{page // 8}页", *blank[1:]])
            case.inserted += [(page, row) for row in rows]
    elif pick == 7:  # a column of numbers before all others
        case.grid_made.append(_numbered)
    elif pick == 8:
        case.grid_made.append(lambda grid: [[*row, ""] for row in grid])
    elif pick == 9:
        case.grid_made.append(lambda grid: [["", *row] for row in grid])
    elif pick == 10:  # the same column again
        _doubled(case, lambda word: word)
    elif pick == 11:
        case.grid_made.append(_column("币种", lambda _: "人民币"))
    elif pick == 12:
        column = case.rng.choice(case.order)
        makers = ("{} ", "*{}", "{}\n", " {}", "{}：", "\ufeff{}", "{}*", "{}\u3000", "【{}】", "{}（必填）")
        case.heads[column] = case.rng.choice(makers).format(case.heads[column])
    else:
        case.inserted.append((0, _summed(case, "合计", 0)))


def _summed(case: Case, word: str, at: int) -> list[str]:
    """Return a row that adds up the first rows."""
    cells = dict.fromkeys(case.order, "")
    cells |= {each: "9999999" for each in case.layout.amounts if each in cells}
    row = [cells[name] for name in case.order]
    row[at] = word
    return row


def _numbered(grid: list[list[str]]) -> list[list[str]]:
    head = max(range(min(4, len(grid))), key=lambda place: sum(bool(cell) for cell in grid[place]))
    return [["序号" if place == head else str(max(0, place - head)) or "", *row] for place, row in enumerate(grid)]


def _column(head: str, said: Callable[[int], str]) -> Callable[[list[list[str]]], list[list[str]]]:
    """Return the change that puts a further column at the end."""

    def change(grid: list[list[str]]) -> list[list[str]]:
        top = max(range(min(5, len(grid))), key=lambda place: sum(bool(cell) for cell in grid[place]))
        words = {True: head, False: ""}
        return [[*row, words[n == top] if n <= top else said(n)] for n, row in enumerate(grid)]

    return change


def _doubled(case: Case, change: Callable[[str], str]) -> None:
    """Let one column stand twice, the second one changed."""
    column = case.rng.choice([*case.layout.amounts, *case.layout.dates, "客户号"])
    again = f"{column} again"
    for row in case.rows:
        row[again] = change(row[column])
    case.heads[again] = case.heads[column]
    case.order.insert(case.rng.randint(0, len(case.order)), again)


def _no_columns(case: Case) -> None:
    """Have two columns claim one meaning and differ, rows say another currency, or notes say another unit."""
    pick, rng = case.rng.randrange(8), case.rng
    if pick == 0:
        _doubled(case, lambda word: word[:-1] + ("7" if word[-1:] != "7" else "3"))
    elif pick == 1:
        heads = ("币种", "货币代码", "CCY", "币别", "Currency")
        case.grid_made.append(_column(rng.choice(heads), lambda n: "USD" if n % 5 == 0 else "CNY"))
    elif pick == 2:
        words = ("注：金额单位为万元", "以上金额均以千元计", "单位：万元", "备注：余额为截至2026年5月31日数据")
        case.inserted.append((len(case.rows), [rng.choice(words), *case.blank[1:]]))
    elif pick == 3:
        words = ("截至2026年5月31日", "数据日期：2026-03-31", "统计日期 20260531", "报表日期：2025年6月30日")
        case.above.insert(0, [rng.choice(words), *case.blank[1:]])
    elif pick == 4:  # rows of another order, glued on with their own header
        place = rng.randint(6, 18)
        order = [*reversed(case.order)]

        def glue(grid: list[list[str]]) -> list[list[str]]:
            head = grid[len(case.above)]
            at = {name: number for number, name in enumerate(case.order)}
            turn = [at[name] for name in order]
            if any(len(row) < len(turn) for row in (head, *grid[-3:])):
                return grid
            cut = len(grid) - place
            return [*grid[:cut], [head[n] for n in turn], *([row[n] for n in turn] for row in grid[cut:])]

        case.grid_made.append(glue)
    elif pick == 5:
        case.grid_made.append(_column("数据日期", lambda n: "2026-05-31" if n % 3 else "2026-06-30"))
    elif pick == 6:
        case.inserted.append((rng.randint(1, 20), _summed(case, "", 0)))
    else:
        words = ("期初余额", "上年末余额", "授信金额", "逾期本金")
        case.heads[case.layout.amounts[1]] = rng.choice(words)
    case.is_wrong = True


def _no_rows(case: Case) -> None:
    """Break rows or headers."""
    pick = case.rng.randrange(8)
    row = case.rng.choice(case.rows)
    if pick == 0:
        case.rows.append(dict(row))
    elif pick == 1:
        needed = ("借据号", "贷款余额", "到期日期", "客户号", "贷款状态")
        case.order.remove(case.rng.choice([each for each in needed if each in case.order]))
    elif pick == 2 and case.layout.dates[1:]:
        other = {"贷款余额": "到期日期", "到期日期": "发放日期"}
        column = case.rng.choice(list(other))
        case.heads[other[column]] = case.heads[column]
    elif pick == 4 and "客户名称" in case.order:
        row["客户名称"], case.kind = '"商', "csv"
        case.bytes_made.append(lambda data: data.replace('"""商"'.encode(case.encoding), '"商'.encode(case.encoding)))
    elif pick in (5, 6):  # the cells of some rows moved by one
        first, count = case.rng.randint(1, 15), case.rng.choice((1, 4))
        is_short = case.rng.random() < 0.5

        def shift(grid: list[list[str]]) -> list[list[str]]:
            at = len(case.above) + first
            return [
                ([*each[1:], ""] if is_short else ["", *each[:-1]]) if at < place <= at + count else each
                for place, each in enumerate(grid)
            ]

        case.grid_made.append(shift)
    else:
        row["贷款状态"] = case.rng.choice(("不知道", "逾期", "结清", "作废?", "-"))
    case.is_wrong = True


def _two_headers(case: Case) -> None:
    """Split the headers over two rows: a band above them."""
    if case.above or case.kind == "parquet":
        return
    bands = {"机构号": "机构", "客户号": "客户", "借据号": "借据信息", "贷款金额": "金额信息"}
    is_filled, band, row = case.rng.random() < 0.5, "", []
    for name in case.order:
        band = bands.get(name, band)
        row.append(band if is_filled or name in bands else "")
    case.above.append(row)


def _texts(case: Case) -> None:
    """Put signs of the file's own grammar into a name."""
    if "客户名称" in case.order:
        words = ("甲,乙商行", '甲"乙"商行', "甲\n乙商行", "甲|乙", "甲;乙", "O'Neil", "甲\\商行", "=商行", "合计商行")
        row = case.rng.choice(case.rows)
        row["客户名称"] = case.rng.choice(words)


def _workbook(case: Case) -> None:
    """Write a workbook with cells of true types, as another program would."""
    case.kind = "xlsx"
    shift = case.rng.random() < 0.3
    forms = ("General", "#,##0.00", "#,##0,", "_ * #,##0.00_ ;_ * -#,##0.00_ ", '0!.0,"万"', "¥#,##0.00", "@")
    days = ("yyyy-mm-dd", "m/d/yy", "yyyy年m月d日", "dd/mm/yyyy", "mmm-yy")

    def change(book: openpyxl.Workbook) -> None:
        if shift:
            book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        for row in book.active.iter_rows():
            for cell in row:
                text = str(cell.value or "")
                if len(text) == 10 and text[4:8:3] == "--":
                    with suppress(ValueError):  # a day that is none stays the text it is
                        cell.value = datetime.date.fromisoformat(text)
                    cell.number_format = case.rng.choice(days)
                elif text.startswith("0.0") and text.replace(".", "").isdigit():
                    cell.value, cell.number_format = float(text), case.rng.choice(("0.00%", "General", "0.0000"))
                elif text.isdigit() and not text.startswith("0") and len(text) in (5, 6):
                    cell.value, cell.number_format = int(text), case.rng.choice(forms)

    case.book_made.append(change)


def _sheets(case: Case) -> None:
    """Put the last rows on a second sheet, or a sheet of remarks beside the rows."""
    case.kind = "xlsx"
    pick = case.rng.randrange(3)

    def change(book: openpyxl.Workbook) -> None:
        first = book.active
        head = len(case.above) + 1
        if pick == 0:
            rows = [[cell.value for cell in row] for row in first.iter_rows()]
            if len(rows) < head + 15:
                return
            other = book.create_sheet("续")
            for row in (rows[head - 1], *rows[-6:]):
                other.append(row)
            first.delete_rows(first.max_row - 5, 6)
        elif pick == 1:
            book.create_sheet("说明", 0).append(["本表由系统导出"])
        else:
            book.create_sheet("空表")

    case.book_made.append(change)


def _no_workbook(case: Case) -> None:
    """Break a workbook, or have it lose what it shows."""
    case.kind = "xlsx"
    pick = case.rng.randrange(14)

    def change(book: openpyxl.Workbook) -> None:
        sheet, last = book.active, book.active.max_row
        key, money = case.place("借据号") + 1, case.place(case.layout.amounts[-1]) + 1
        if pick == 0:
            sheet.cell(last, money).value = "=A1+1"
        elif pick == 1:
            sheet[case.rng.choice(("XFD9", "AMZ3", "A900"))] = "x"
        elif pick == 2:
            sheet.cell(last, key).value = 4403001234567890123
        elif pick in (3, 4):
            other = book.create_sheet("个人")
            other.sheet_state = ("hidden", "veryHidden")[pick - 3]
            other.append([case.heads[name] for name in case.order])
            other.append(case.cells(case.rows[0]))
        elif pick == 5:  # a row that is struck through still stands there
            for cell in sheet[last]:
                cell.font = Font(strike=True)
            case.truth = []  # whoever loads it without a word, has not seen the stroke
        elif pick == 6:
            sheet.row_dimensions[last - 2].hidden = True
        elif pick == 7:
            sheet.auto_filter.ref = sheet.dimensions
            for row in (last, last - 1):
                sheet.row_dimensions[row].hidden = True
        elif pick == 8:
            sheet.merge_cells(start_row=last - 2, end_row=last, start_column=key, end_column=key)
        elif pick == 9:
            sheet.merge_cells(start_row=last, end_row=last, start_column=money - 1, end_column=money)
        elif pick == 10:  # the same loans of the month before
            other = book.create_sheet("202605")
            for row in sheet.iter_rows(values_only=True):
                other.append(row)
            other.cell(last, money).value = "12345"
        elif pick == 11:
            sheet.cell(last, money).comment = Comment("单位：万元", "甲")
        elif pick == 12:
            sheet.cell(last, money).value = case.rng.choice(("#N/A", "#DIV/0!", True))
        else:
            sheet.cell(last, money).number_format = "[$$-409]#,##0.00"
            sheet.cell(last, money).value = 170_000

    case.book_made.append(change)
    if pick == 13 and case.rng.random() < 0.5:
        case.bytes_made.append(lambda data: data[: case.rng.randint(10, len(data) - 30)])
    elif pick == 12 and case.rng.random() < 0.5:
        case.bytes_made.append(lambda data: _broken_part(data, case.rng))
    case.is_wrong = True


def _broken_part(data: bytes, rng: random.Random) -> bytes:
    """Return a workbook with one part of it damaged beyond reading."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder) / "a", Path(folder) / "b"
        old.write_bytes(data)
        with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
            broken = rng.choice(("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"))
            for item in source.infolist():
                content = source.read(item)
                target.writestr(item.filename, content[: len(content) // 2] if item.filename == broken else content)
        return new.read_bytes()


def _parquet(case: Case) -> None:
    """Write Parquet."""
    case.kind = "parquet"


def _no_bytes(case: Case) -> None:
    """Damage bytes, cut the file, or glue two encodings together."""
    pick = case.rng.randrange(4)
    case.kind = "csv" if pick == 3 else case.kind

    def change(data: bytes) -> bytes:
        if pick == 0:
            place = len(data) * 9 // 10
            return data[:place] + bytes(case.rng.randrange(128, 256) for _ in range(40)) + data[place + 40 :]
        if pick == 1:
            return data[: len(data) * 2 // 3 + case.rng.randint(0, 9)]
        if pick == 2:
            return data[:4] + b"\x00" * 60 + data[64:]
        return data + "L99999,商".encode("gb18030") + b"\n"

    case.bytes_made.append(change)
    case.is_wrong = True


RIGHT = (
    *(_amounts, _dates, _mixed_dates, _rates, _units, _keys, _writing, _furniture, _two_headers, _texts, _workbook),
    *(_sheets, _parquet),
)
WRONG = (
    *(_grouped, _negative, _no_amount, _swapped_dates, _no_date, _no_rates, _no_units, _no_keys, _zeros, _no_columns),
    *(_no_rows, _no_workbook, _no_bytes),
)


def layout_of(seed: int) -> Layout:
    """Return the kind of file of a seed."""
    return LEDGER if seed % 2 else EXTRACTS[seed // 2 % len(EXTRACTS)]


def mutated(seed: int) -> Case:
    """Return the case of a seed: one or two changes that keep the meaning, and mostly one that breaks it."""
    case = Case(random.Random(seed), layout_of(seed))
    chosen = case.rng.sample(RIGHT, case.rng.randint(1, 2))
    if case.rng.random() < 0.6:
        chosen.append(case.rng.choice(WRONG))
    for change in chosen:
        change(case)
        case.told.append(change.__name__.strip("_"))
    is_shaped = case.above or case.inserted or case.grid_made or case.below_head
    if case.kind == "parquet" and (is_shaped or len({case.heads[name] for name in case.order}) < len(case.order)):
        case.kind = "csv"
    return case


@lru_cache
def own_place() -> tempfile.TemporaryDirectory:
    """Return the folder of the banks that cases begin with and of their key; it goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="microlib-mutations-")


def key_file() -> str:
    """Return where the key of these banks is."""
    return str(Path(own_place().name) / "bank.key")


@lru_cache
def ready_bank(needs_others: bool) -> Path:
    """Return a home in which branches and customers stand, or nothing does."""
    folder = Path(own_place().name) / f"ready_{needs_others}"
    home = folder / "home"
    (home / "data").mkdir(parents=True)
    if needs_others:
        (folder / "branches.csv").write_text("branch_id,name\n0755,甲支行\n", encoding="utf-8")
        rows = "".join(f"C{number:04d},0755,company\n" for number in range(1, 30))
        (folder / "customers.csv").write_text(f"customer_id,branch_id,kind\n{rows}", encoding="utf-8")
        load_files(home, [folder / "branches.csv", folder / "customers.csv"], mapping="own_tables", as_of=JUNE)
    else:
        with open_store(home, writable=True):
            pass
    return home


@lru_cache
def usual_words(layout: Layout) -> frozenset[str]:
    """Return the rules that the unchanged file is told of: no word about a change."""
    with tempfile.TemporaryDirectory() as place:
        home = shutil.copytree(ready_bank(layout.needs_others), Path(place) / "home")
        path = Case(random.Random(0), layout).write(Path(place))
        found = load_files(home, [path], mapping=layout.mapping, as_of=JUNE).findings
        return frozenset(found["rule"]) if len(found) else frozenset()


def held(home: Path) -> list[tuple]:
    """Return how much a bank holds of everything that a file of these could bring."""
    tables = ("branches", "customers", "rms", "loans", "invoices", "files", "readings")
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    with open_store(home) as store:
        return store.rows(f"SELECT {counts}")


def outcome(seed: int, folder: Path) -> tuple[str, str]:
    """Try the case of a seed in a home of its own; return what came of it, and what was wrong with that.

    What came of it is ``right``, ``refused``, ``told`` or ``silent``; an empty second text is no fault.
    """
    case = mutated(seed)
    layout = case.layout
    words = usual_words(layout)
    ready = ready_bank(layout.needs_others)
    home = Home(shutil.copytree(ready, folder / "home"))
    path = case.write(folder)
    clock = time.process_time()
    try:
        findings = load_files(home.root, [path], mapping=layout.mapping, as_of=JUNE).findings
    except (BadData, BadConfig) as error:
        spent = time.process_time() - clock
        if held(home.root) != held(ready):
            return "refused", "refused, and the store is not as it was"
        late = f"took {spent:.0f} s" if spent > MOST_SECONDS else ""
        return "refused", late or ("" if str(error).strip() else "refused without a word")
    except BaseException as error:  # the point of it: no other error may come out
        return "traceback", f"{type(error).__name__}: {str(error)[:200]}"
    if time.process_time() - clock > MOST_SECONDS:
        return "right", f"took {time.process_time() - clock:.0f} s"
    with open_store(home) as store:
        found = store.rows(layout.select)
    if case.truth is None or alike(found, case.truth):
        return "right", ""
    is_told = not findings.empty and bool(set(findings["rule"]) - words)
    fault = f"other values without a word: {first_difference(found, case.truth)}"
    return ("told", "") if case.is_wrong and is_told else ("silent", fault)


def alike(found: list[tuple], truth: list[tuple]) -> bool:
    """Return whether rows say the same, amounts to the fen and rates to a millionth."""
    if len(found) != len(truth):
        return False
    return all(
        one[:5] == other[:5] and all(near(a, b) for a, b in zip(one[5:], other[5:], strict=True))
        for one, other in zip(found, truth, strict=True)
    )


def near(value: float | None, right: float | None) -> bool:
    """Return whether two figures are one; a missing figure is like a missing one alone."""
    if value is None or right is None:
        return value is right
    return abs(value - right) < 1e-6 * max(1.0, abs(right))


def first_difference(found: list[tuple], truth: list[tuple]) -> str:
    """Return the first row that differs."""
    pairs = zip(found, truth, strict=False)
    differing = next((f"{one} for {other}" for one, other in pairs if not alike([one], [other])), "")
    return differing or f"{len(found)} rows for {len(truth)}"


def faults_among(seeds: range, folder: Path) -> tuple[Counter[str], list[str]]:
    """Try the cases of some seeds; return how many came out which way, and a line for each that went wrong."""
    came: Counter[str] = Counter()
    faults = []
    for seed in seeds:
        place = folder / str(seed)
        place.mkdir()
        what, fault = outcome(seed, place)
        came[what] += 1
        if fault:
            case = mutated(seed)
            faults.append(f"{seed} {case.layout.mapping} {'+'.join(case.told)}: {fault}")
        shutil.rmtree(place)
    return came, faults


def main(count: int, first: int) -> int:
    """Try so many seeds; return how many went wrong."""
    faults, came = 0, Counter()
    os.environ[KEY_VARIABLE] = key_file()
    with tempfile.TemporaryDirectory(prefix="microlib-mutations-") as place:
        for seed in range(first, first + count):
            ways, lines = faults_among(range(seed, seed + 1), Path(place))
            came += ways
            faults += len(lines)
            sys.stdout.writelines(f"{line}\n" for line in lines)
            sys.stdout.flush()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told = ", ".join(f"{number} {what}" for what, number in sorted(came.items()))
    sys.stdout.write(f"{count} files from seed {first}: {told}; {faults} faults; at most {most >> 20} MB\n")
    return faults + (most > MOST_BYTES)


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:]]
    sys.exit(min(1, main(numbers[0] if numbers else 2_000, numbers[1] if len(numbers) > 1 else 1)))

"""Files mutated by a seed, each of which knows what is right: the same values, a refusal, or a word about it.

`python tests/faults/mutations.py 2000 SEED` tries so many through the whole of an ingest (`make soak`); the suite
tries some of them (`test_mutations.py`).
"""

from __future__ import annotations

import datetime
import os
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd

from microlib.bank.ingest.intake import load_files
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.errors import BadConfig, BadData
from microlib.home import Home

MOST_SECONDS, MOST_BYTES = 20, 1 << 30
HEADS = (
    "机构号",
    "机构名称",
    "客户号",
    "客户名称",
    "借据号",
    "发放日期",
    "到期日期",
    "贷款金额",
    "贷款余额",
    "年利率",
    "逾期天数",
    "贷款状态",
)
COLUMNS = "loan_id, customer_id, branch_id, disbursed_date, maturity_date, amount_yuan, balance_yuan, yearly_rate"


def loan(number: int) -> dict[str, str]:
    """Return the cells of one planted loan."""
    day = 1 + number % 27
    cells = (
        "0755",
        "甲支行",
        f"C{number:04d}",
        f"商行{number}",
        f"L{number:05d}",
        f"2026-01-{day:02d}",
        f"2027-01-{day:02d}",
        str(200_000 + 1_000 * number),
        str(150_000 + 1_000 * number),
        f"0.0{400 + number % 90}",
        "0",
        "正常",
    )
    return dict(zip(HEADS, cells, strict=True))


@dataclass
class Case:
    """One file in the making, and what is right of it.

    Parameters
    ----------
    rng : Random
        Where its chances come from.
    """

    rng: random.Random
    rows: list[dict[str, str]] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=lambda: {name: name for name in HEADS})
    above: list[list[str]] = field(default_factory=list)
    inserted: list[tuple[int, list[str]]] = field(default_factory=list)
    order: list[str] = field(default_factory=lambda: list(HEADS))
    kind: str = "csv"
    encoding: str = "utf-8"
    mark: str = ","
    end: str = "\n"
    bytes_made: list[Callable[[bytes], bytes]] = field(default_factory=list)
    book_made: list[Callable[[openpyxl.Workbook], None]] = field(default_factory=list)
    is_wrong: bool = False
    name: str = "台账202606"
    told: list[str] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rows = [loan(number) for number in range(1, 25)]
        self.truth = [self.values(row) for row in self.rows]

    @staticmethod
    def values(row: dict[str, str]) -> tuple:
        """Return what is right of a row."""
        days = (datetime.date.fromisoformat(row[name]) for name in ("发放日期", "到期日期"))
        return (
            row["借据号"],
            row["客户号"],
            row["机构号"],
            *days,
            float(row["贷款金额"]),
            float(row["贷款余额"]),
            float(row["年利率"]),
        )

    def every(self, column: str, change: Callable[[str], str]) -> bool:
        """Write a column otherwise, unless another change has; return whether that was done."""
        if column in self.claimed:
            return False
        self.claimed.add(column)
        for row in self.rows:
            row[column] = change(row[column])
        return True

    def one(self, column: str, change: Callable[[str], str]) -> None:
        """Write one cell otherwise."""
        row = self.rng.choice(self.rows)
        row[column] = change(row[column])

    def write(self, folder: Path) -> Path:
        """Write the file."""
        grid = [
            *self.above,
            [self.heads[name] for name in self.order],
            *([row[name] for name in self.order] for row in self.rows),
        ]
        for place, cells in self.inserted:
            grid.insert(len(self.above) + 1 + place, cells)
        path = folder / f"{self.name}.{self.kind}"
        if self.kind == "xlsx":
            book = openpyxl.Workbook()
            for cells in grid:
                book.active.append(cells)
            for change in self.book_made:
                change(book)
            book.save(path)
        elif self.kind == "parquet":
            pd.DataFrame(self.rows, columns=self.order).rename(columns=self.heads).to_parquet(path)
        else:
            path.write_bytes((self.end.join(self.mark.join(cells) for cells in grid) + self.end).encode(self.encoding))
        for change in self.bytes_made:
            path.write_bytes(change(path.read_bytes()))
        return path


def wide(word: str) -> str:
    """Return a word in full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in word)


def _amounts(case: Case) -> None:
    """Write amounts in another way that means the same."""
    makers = (
        wide,
        lambda w: f'"{int(w):,}"',
        lambda w: f"￥{w}",
        lambda w: f"{w}.00",
        lambda w: f" {w} ",
        lambda w: f"{w}元",
        lambda w: f"+{w}",
        lambda w: f"{float(w):.1e}" if float(w) == float(f"{float(w):.1e}") else w,
    )
    case.kind = "csv"
    case.every(case.rng.choice(("贷款金额", "贷款余额")), case.rng.choice(makers))


def _no_amount(case: Case) -> None:
    """Write one amount so that it is none."""
    words = (
        "abc",
        "12万",
        "1.234,56",
        "",
        "N/A",
        "TRUE",
        "1e18",
        "inf",
        "1 2 3",
        "贰万",
        "$100",
        "--5",
        "#REF!",
        "2026-01-01",
        "0x10",
        "1_000",
    )
    case.one(
        case.rng.choice(("贷款金额", "贷款余额")),
        lambda _: f'"{case.rng.choice(words)}"' if case.kind == "csv" else case.rng.choice(words),
    )
    case.is_wrong = True


def _dates(case: Case) -> None:
    """Write dates in another way that means the same."""

    def parts(word: str) -> tuple[int, int, int]:
        return tuple(map(int, word.split("-")))

    makers = (
        lambda w: w.replace("-", ""),
        lambda w: w.replace("-", "/"),
        lambda w: "{}年{}月{}日".format(*parts(w)),
        lambda w: f"{w} 00:00:00",
        lambda w: "{}.{}.{}".format(*parts(w)),
        lambda w: str((datetime.date(*parts(w)) - datetime.date(1899, 12, 30)).days),
        wide,
    )
    case.every(case.rng.choice(("发放日期", "到期日期")), case.rng.choice(makers))


def _no_date(case: Case) -> None:
    """Write one date so that it is none, or could be two."""
    words = (
        "2026-02-30",
        "20261301",
        "01/02/2026",
        "24-Jun-91",
        "24121",
        "99999",
        "abc",
        "",
        "二月",
        "26-1-2",
        "1900-01-01",
        "0",
        "2026-1",
    )
    case.one(case.rng.choice(("发放日期", "到期日期")), lambda _: case.rng.choice(words))
    case.is_wrong = True


def _rates(case: Case) -> None:
    """Write rates in another unit that something says."""
    heads = (
        ("年利率(%)", 100),
        ("执行利率(‰)", 1000 / 12),
        ("年利率(‰)", 1000),
        ("执行利率(‱)", 10_000 / 360),
        ("利率（%）", 100),
    )
    head, factor = case.rng.choice(heads)
    if case.every("年利率", lambda word: f"{float(word) * factor:.10f}"):
        case.heads["年利率"] = head


def _no_rates(case: Case) -> None:
    """Write rates in a unit that nothing says."""
    factor = case.rng.choice((100, 1000, 1 / 100, 0))
    case.is_wrong |= case.every("年利率", lambda word: str(float(word) * factor))


def _units(case: Case) -> None:
    """Write money in a unit that heads or a title say."""
    unit, factor = case.rng.choice((("万元", 1e4), ("千元", 1e3), ("人民币万元", 1e4), ("百万元", 1e6), ("分", 0.01)))
    columns = {"贷款金额", "贷款余额"}
    if columns & case.claimed:
        return
    is_titled = case.rng.random() < 0.5 and case.kind != "parquet" and unit != "分"
    if is_titled:
        case.above.append([f"单位：{unit}", *[""] * (len(case.order) - 1)])
    for column in sorted(columns):
        case.every(column, lambda word: repr(float(word) / factor))
        case.heads[column] = column if is_titled else f"{column}（{unit}）"


def _no_units(case: Case) -> None:
    """Write money, or some of it, in a unit that nothing says."""
    pick = case.rng.randrange(3)
    if {"贷款金额", "贷款余额"} & case.claimed:
        return
    if pick == 0:
        case.every("贷款余额", lambda word: repr(float(word) / 1e3))
    elif pick == 1:
        case.every("贷款金额", lambda word: repr(float(word) / 1e4))
        case.every("贷款余额", lambda word: repr(float(word) / 1e4))
    else:
        for row in case.rows[: case.rng.randint(3, 12)]:
            row.update({column: repr(float(row[column]) / 1e4) for column in ("贷款金额", "贷款余额")})
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
    )
    case.one(case.rng.choice(("客户号", "借据号")), case.rng.choice(makers))


def _no_keys(case: Case) -> None:
    """Change keys as programs do."""
    words = (
        "9.14403E+17",
        "=A1",
        "#REF!",
        '"1,234,567"' if case.kind == "csv" else "1,234,567",
        "",
        "4.40300123456789e+17",
    )
    case.one(case.rng.choice(("客户号", "借据号")), lambda _: case.rng.choice(words))
    case.is_wrong = True


def _writing(case: Case) -> None:
    """Write a text file in another encoding, with other separators and line ends."""
    case.kind = "csv"
    case.encoding = case.rng.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"))
    case.mark = case.rng.choice((",", "\t", ";", "|"))
    case.end = case.rng.choice(("\n", "\r\n", "\r", "\r\r\n", "\n\n"))


def _furniture(case: Case) -> None:
    """Put titles, totals, remarks, blank rows, repeated headers and other columns around and within the rows."""
    width, pick = len(case.order), case.rng.randrange(6)
    blank = [""] * width
    if pick == 0:
        case.above.insert(0, ["某行贷款台账", *blank[1:]])
    elif pick == 1:
        case.inserted.append(
            (
                case.rng.randint(1, 20),
                [case.rng.choice(("小计", "合计", "Total", "0755 汇总")), *blank[1:7], "9", "8", *blank[9:]],
            )
        )
    elif pick == 2:
        case.inserted.append((case.rng.randint(1, 20), blank))
    elif pick == 3:
        case.inserted.append((case.rng.randint(1, 20), [case.heads[name] for name in case.order]))
    elif pick == 4:
        case.inserted.append((len(case.rows), ["制表：甲", *blank[1:]]))
    else:
        case.rng.shuffle(case.order)


def _no_rows(case: Case) -> None:
    """Break rows or headers."""
    pick = case.rng.randrange(6)
    row = case.rng.choice(case.rows)
    if pick == 0:
        case.rows.append(dict(row))
    elif pick == 1:
        case.order.remove(case.rng.choice(("借据号", "贷款余额", "到期日期", "客户号", "贷款状态")))
    elif pick == 2:
        other = {"贷款余额": "到期日期", "到期日期": "发放日期"}
        column = case.rng.choice(list(other))
        case.heads[other[column]] = case.heads[column]
    elif pick == 3:
        row["机构号"] = "755"
    elif pick == 4:
        row["客户名称"], case.kind = '"商', "csv"
    else:
        row["贷款状态"] = case.rng.choice(("不知道", "逾期", "结清"))
    case.is_wrong = True


def _workbook(case: Case) -> None:
    """Write a workbook with cells of true types, as another program would."""
    case.kind = "xlsx"
    shift = case.rng.random() < 0.3

    def change(book: openpyxl.Workbook) -> None:
        if shift:
            book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        for row in book.active.iter_rows():
            for cell in row:
                text = str(cell.value or "")
                if len(text) == 10 and text[4:8:3] == "--":
                    cell.value = datetime.date.fromisoformat(text)
                elif text.startswith("0.0") and text.replace(".", "").isdigit():
                    cell.value, cell.number_format = float(text), case.rng.choice(("0.00%", "General", "0.0000"))
                elif text.isdigit() and not text.startswith("0") and len(text) < 12:
                    cell.value, cell.number_format = int(text), case.rng.choice(("General", "#,##0.00"))

    case.book_made.append(change)


def _no_workbook(case: Case) -> None:
    """Break a workbook, or have it lose what it shows."""
    case.kind = "xlsx"
    pick = case.rng.randrange(6)

    def change(book: openpyxl.Workbook) -> None:
        sheet, last = book.active, book.active.max_row
        if pick == 0:
            sheet.cell(last, case.order.index("贷款余额") + 1 if "贷款余额" in case.order else 1).value = "=A1+1"
        elif pick == 1:
            sheet[case.rng.choice(("XFD9", "AMZ3", "A900"))] = "x"
        elif pick == 2:
            sheet.cell(
                last, case.order.index("借据号") + 1 if "借据号" in case.order else 1
            ).value = 4403001234567890123
        elif pick == 3:
            other = book.create_sheet("个人")
            other.sheet_state = "hidden"
            other.append([case.heads[name] for name in case.order])
            other.append([case.rows[0][name] for name in case.order])

    case.book_made.append(change)
    if pick == 4:
        case.bytes_made.append(lambda data: data[: case.rng.randint(10, len(data) - 30)])
    elif pick == 5:
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


RIGHT = (_amounts, _dates, _rates, _units, _keys, _writing, _furniture, _workbook, _parquet)
WRONG = (_no_amount, _no_date, _no_rates, _no_units, _no_keys, _no_rows, _no_workbook, _no_bytes)


def mutated(seed: int) -> Case:
    """Return the case of a seed: one or two changes that keep the meaning, and mostly one that breaks it."""
    case = Case(random.Random(seed))
    chosen = case.rng.sample(RIGHT, case.rng.randint(1, 2))
    if case.rng.random() < 0.6:
        chosen.append(case.rng.choice(WRONG))
    for change in chosen:
        change(case)
        case.told.append(change.__name__.strip("_"))
    if case.kind == "parquet" and (case.above or case.inserted):
        case.kind = "csv"
    if case.kind == "parquet" and len({case.heads[name] for name in case.order}) < len(case.order):
        case.kind = "csv"
    return case


def fault_of(seed: int, folder: Path) -> str:
    """Try the case of a seed in a home of its own; return what was wrong with what came of it, or an empty text."""
    case, home = mutated(seed), Home(folder / "home")
    path = case.write(folder)
    clock = time.process_time()
    try:
        findings = load_files(home.root, [path], mapping="ledger_excel", as_of=datetime.date(2026, 6, 30)).findings
    except (BadData, BadConfig) as error:
        spent = time.process_time() - clock
        if home.bank.exists():
            return "refused, and the store is not as it was"
        return f"took {spent:.0f} s" if spent > MOST_SECONDS else "" if str(error).strip() else "refused without a word"
    except BaseException as error:  # the point of it: no other error may come out
        return f"{type(error).__name__}: {str(error)[:200]}"
    if time.process_time() - clock > MOST_SECONDS:
        return f"took {time.process_time() - clock:.0f} s"
    with open_store(home) as store:
        found = store.rows(f"SELECT {COLUMNS} FROM loans ORDER BY loan_id")
    if alike(found, case.truth):
        return ""
    is_told = not findings.empty and findings["severity"].isin(("warn", "note")).any()
    return "" if case.is_wrong and is_told else f"other values without a word: {first_difference(found, case.truth)}"


def alike(found: list[tuple], truth: list[tuple]) -> bool:
    """Return whether rows say the same, amounts to the fen and rates to a millionth."""
    if len(found) != len(truth):
        return False
    return all(
        one[:5] == other[:5]
        and all(abs(a - b) < 1e-6 * max(1.0, abs(b)) for a, b in zip(one[5:], other[5:], strict=True))
        for one, other in zip(found, truth, strict=True)
    )


def first_difference(found: list[tuple], truth: list[tuple]) -> str:
    """Return the first row that differs."""
    pairs = zip(found, truth, strict=False)
    differing = next((f"{one} for {other}" for one, other in pairs if not alike([one], [other])), "")
    return differing or f"{len(found)} rows for {len(truth)}"


def main(count: int, first: int) -> int:
    """Try so many seeds; return how many went wrong."""
    faults = 0
    with tempfile.TemporaryDirectory(prefix="microlib-mutations-") as place:
        os.environ[KEY_VARIABLE] = str(Path(place) / "bank.key")
        for seed in range(first, first + count):
            folder = Path(place) / str(seed)
            folder.mkdir()
            fault = fault_of(seed, folder)
            if fault:
                faults += 1
                sys.stdout.write(f"{seed} {'+'.join(mutated(seed).told)}: {fault}\n")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(f"{count} files from seed {first}: {faults} faults; at most {most >> 20} MB\n")
    return faults + (most > MOST_BYTES)


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:]]
    sys.exit(min(1, main(numbers[0] if numbers else 2_000, numbers[1] if len(numbers) > 1 else 1)))

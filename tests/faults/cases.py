"""Small files of every shipped mapping in the making, each with what is right of it: what `mutations.py` changes."""

from __future__ import annotations

import csv
import datetime
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd

ROWS = 24
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
LOANS = (
    "SELECT loan_id, customer_id, branch_id, disbursed_date, maturity_date, amount_yuan, balance_yuan, yearly_rate"
    " FROM loans ORDER BY loan_id"
)
INVOICES = (
    "SELECT invoice_number, customer_id, side, issued_date, status, net_yuan, gross_yuan, tax_yuan FROM invoices"
    " ORDER BY invoice_number"
)


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


def loan_truth(row: dict[str, str]) -> tuple:
    """Return what is right of a planted loan."""
    days = (datetime.date.fromisoformat(row[name]) for name in ("发放日期", "到期日期"))
    keys = (row["借据号"], row["客户号"], row["机构号"])
    return (*keys, *days, float(row["贷款金额"]), float(row["贷款余额"]), float(row["年利率"]))


def invoice(number: int) -> dict[str, str]:
    """Return the cells of one planted invoice."""
    cells = {
        "客户号": f"C{number:04d}",
        "方向": "进项",
        "借据号": f"{number:08d}",
        "发放日期": f"2026-05-{1 + number % 27:02d}",
        "客户名称": f"商行{number}",
        "贷款金额": str(20_000 + 100 * number),
        "税额": str(2_600 + 13 * number),
        "贷款余额": str(22_600 + 113 * number),
        "贷款状态": "有效发票",
    }
    return cells


def invoice_truth(row: dict[str, str]) -> tuple:
    """Return what is right of a planted invoice."""
    day = datetime.date.fromisoformat(row["发放日期"])
    return (
        row["借据号"],
        row["客户号"],
        "purchase",
        day,
        "valid",
        float(row["贷款金额"]),
        float(row["贷款余额"]),
        float(row["税额"]),
    )


@dataclass(frozen=True, eq=False)
class Layout:
    """A kind of file: its mapping, how its columns are called, and what is right of its rows.

    Parameters
    ----------
    mapping, name : str
        The mapping, and the stem of the file's name.
    heads : dict
        The header of each column, which goes by the ledger's word for it.
    made, truth : callable
        From a number to a planted row; from a planted row to what the bank should hold of it.
    written : callable
        From a planted row to the cells of this kind of file.
    select : str
        What the bank holds.
    needs_others : bool
        Whether branches and customers must be known before.
    head_units : bool
        Whether the rate's unit is said by its header.
    """

    mapping: str
    name: str
    heads: dict[str, str]
    written: Callable[[dict[str, str]], dict[str, str]] = dict
    made: Callable[[int], dict[str, str]] = loan
    truth: Callable[[dict[str, str]], tuple] = loan_truth
    select: str = LOANS
    needs_others: bool = False
    head_units: bool = False

    @property
    def amounts(self) -> tuple[str, ...]:
        """Columns of money."""
        return tuple(each for each in ("贷款金额", "贷款余额", "税额") if each in self.heads)

    @property
    def dates(self) -> tuple[str, ...]:
        """Columns of days."""
        return tuple(each for each in ("发放日期", "到期日期") if each in self.heads)

    @property
    def has_rates(self) -> bool:
        """Whether there is a column of rates."""
        return "年利率" in self.heads


def _percent(row: dict[str, str]) -> dict[str, str]:
    return {**row, "年利率": f"{float(row['年利率']) * 100:.10g}"}


def _east(row: dict[str, str]) -> dict[str, str]:
    days = {each: row[each].replace("-", "") for each in ("发放日期", "到期日期")}
    arrears = {"逾期天数": "", "QXRQ": "99991231", "BNQXYE": "0", "BWQXYE": "0"}
    return {**_percent(row), **days, **arrears, "种类": "个体工商户经营性贷款"}


def _corporate(row: dict[str, str]) -> dict[str, str]:
    return {**_percent(row), "逾期天数": "", "欠息日期": "", "表内欠息余额": "0", "表外欠息余额": "0"}


EAST = {
    "机构号": "NBJGH", "客户号": "KHTYBH", "种类": "XDYWZL", "借据号": "XDJJH", "发放日期": "DKFFRQ",
    "到期日期": "DKDQRQ", "贷款金额": "DKJE", "贷款余额": "DKYE", "年利率": "SJLL", "逾期天数": "QBRQ",
    "贷款状态": "DKZT",
    **{name: name for name in ("QXRQ", "BNQXYE", "BWQXYE")},
}  # fmt: skip
CORPORATE = {
    "机构号": "内部机构号", "机构名称": "银行机构名称", "客户号": "客户统一编号", "客户名称": "客户名称",
    "借据号": "信贷借据号", "发放日期": "贷款发放日期", "到期日期": "贷款实际到期日期", "贷款金额": "借款金额",
    "贷款余额": "贷款余额", "年利率": "实际利率",
    "逾期天数": "欠本日期", "贷款状态": "贷款状态",
    **{name: name for name in ("欠息日期", "表内欠息余额", "表外欠息余额")},
}  # fmt: skip
OWN = {
    "借据号": "loan_id", "客户号": "customer_id", "机构号": "branch_id", "发放日期": "disbursed_date",
    "到期日期": "maturity_date", "贷款金额": "amount_yuan", "贷款余额": "balance_yuan", "年利率": "yearly_rate",
    "逾期天数": "overdue_days", "贷款状态": "status",
}  # fmt: skip
LISTED = {
    "客户号": "客户号", "方向": "方向", "借据号": "发票号码", "发放日期": "开票日期", "客户名称": "交易对方",
    "贷款金额": "金额", "税额": "税额", "贷款余额": "价税合计", "贷款状态": "发票状态",
}  # fmt: skip
CONTEST = {
    "客户号": "企业代号", "借据号": "发票号码", "发放日期": "开票日期", "客户名称": "销方单位代号", "贷款金额": "金额",
    "税额": "税额", "贷款余额": "价税合计", "贷款状态": "发票状态",
}  # fmt: skip
OF_INVOICES = {"made": invoice, "truth": invoice_truth, "select": INVOICES, "needs_others": True}
LEDGER = Layout("ledger_excel", "台账202606", {name: name for name in HEADS}, head_units=True)
EXTRACTS = (
    Layout("east_503", "EAST_503_202606", EAST, _east),
    Layout("corporate_drawdowns", "对公借据202606", CORPORATE, _corporate),
    Layout("own_tables", "loans_202606", OWN, lambda row: {**row, "贷款状态": "normal"}, needs_others=True),
    Layout("vat_invoices", "发票明细202606", LISTED, **OF_INVOICES),
    Layout("contest_firms", "附件1_进项发票_202606", CONTEST, **OF_INVOICES),
)


@dataclass
class Case:
    """One file in the making, and what is right of it.

    Parameters
    ----------
    rng : Random
        Where its chances come from.
    layout : Layout
        What kind of file it is.
    """

    rng: random.Random
    layout: Layout = LEDGER
    above: list[list[str]] = field(default_factory=list)
    inserted: list[tuple[int, list[str]]] = field(default_factory=list)
    below_head: list[list[str]] = field(default_factory=list)
    kind: str = "csv"
    encoding: str = "utf-8"
    mark: str = ","
    end: str = "\n"
    bytes_made: list[Callable[[bytes], bytes]] = field(default_factory=list)
    book_made: list[Callable[[openpyxl.Workbook], None]] = field(default_factory=list)
    grid_made: list[Callable[[list[list[str]]], list[list[str]]]] = field(default_factory=list)
    is_wrong: bool = False
    told: list[str] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        planted = [self.layout.made(number) for number in range(1, ROWS + 1)]
        self.truth = [self.layout.truth(row) for row in planted]
        self.rows = [self.layout.written(row) for row in planted]
        self.heads, self.order = dict(self.layout.heads), list(self.layout.heads)

    @property
    def blank(self) -> list[str]:
        """A row of blank cells."""
        return [""] * len(self.order)

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

    def place(self, column: str) -> int:
        """Return where a column stands, the first where it does not."""
        return self.order.index(column) if column in self.order else 0

    def cells(self, row: dict[str, str]) -> list[str]:
        """Return the cells of a row."""
        return [row[name] for name in self.order]

    def write(self, folder: Path) -> Path:
        """Write the file."""
        head = [self.heads[name] for name in self.order]
        grid = [*self.above, head, *self.below_head, *map(self.cells, self.rows)]
        for place, cells in sorted(self.inserted, key=lambda each: -each[0]):
            grid.insert(len(self.above) + len(self.below_head) + 1 + place, cells)
        for change in self.grid_made:
            grid = change(grid)
        path = folder / f"{self.layout.name}.{self.kind}"
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
            text = io.StringIO()
            csv.writer(text, delimiter=self.mark, lineterminator=self.end).writerows(grid)
            path.write_bytes(text.getvalue().encode(self.encoding, "replace"))
        for change in self.bytes_made:
            path.write_bytes(change(path.read_bytes()))
        return path

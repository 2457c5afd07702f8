"""The workbook: real numbers in the page's units, nothing that calculates, names that Excel takes."""

import zipfile

import openpyxl
import pytest

from microlib.run.export.document import workbook_sheets
from microlib.run.export.xlsx import write_workbook


@pytest.fixture(scope="module")
def book(small, tmp_path_factory):
    """The small report as a workbook, and its path."""
    path = write_workbook(small().document, tmp_path_factory.mktemp("x") / "r.xlsx")
    return openpyxl.load_workbook(path), path


def test_there_is_a_sheet_of_contents_and_one_a_table(book):
    assert book[0].sheetnames == ["目录", "1 各客群逾期占比", "2 下一个月底前将转不良的借据"]


def test_contents_link_to_every_table(book):
    links = [cell.hyperlink.location for (cell,) in book[0]["目录"].iter_rows(max_col=1) if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in book[0].sheetnames[1:]]


def test_a_rate_its_bounds_and_its_count_are_numbers_of_their_own(book):
    row = [(cell.value, cell.number_format) for cell in book[0].worksheets[1][5]]
    assert row[1:6] == [(0.022, "#,##0.0%"), (0.014, "#,##0.0%"), (0.127, "#,##0.0%"), (1060, "#,##0"),
                        (1234.5678, "#,##0.0")]  # fmt: skip


def test_heads_say_the_unit(book):
    assert [cell.value for cell in book[0].worksheets[1][4]][1:6] == [
        "不良率（%）", "不良率（%）（下限）", "不良率（%）（上限）", "不良率（样本数）", "贷款余额（万元）",
    ]  # fmt: skip


def test_a_rate_of_too_few_cases_is_not_there(book):
    assert [cell.value for cell in book[0].worksheets[1][6]][1:5] == ["—", "—", "—", 3]


def test_a_half_reads_as_on_the_page(book):
    """The page rounds 12.25 to the even 12.2, Excel would write 12.3: the number of the page is kept."""
    assert book[0].worksheets[1]["B7"].value == pytest.approx(0.122, abs=1e-9)


def test_days_are_days(book):
    cell = book[0].worksheets[1]["H5"]
    assert cell.is_date and cell.value.date().isoformat() == "2026-07-03"


def test_nothing_is_a_formula(book):
    cells = [cell for sheet in book[0] for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    with zipfile.ZipFile(book[1]) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")]
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)


def test_text_that_looks_like_a_formula_stays_text_when_typed_again(book, read):
    held = {cell.value: cell.quotePrefix for (cell, *_) in book[0].worksheets[2].iter_rows(min_row=5)}
    assert all(held[read.nasty[name]] for name in ("formula", "plus", "minus", "at"))


def test_text_comes_through_whole(book, read):
    held = [cell.value for (cell, *_) in book[0].worksheets[2].iter_rows(min_row=5)]
    assert held[:5] == [read.nasty["formula"], read.nasty["script"], "甲 乙", read.nasty["emoji"], read.nasty["long"]]


def test_what_was_drawn_is_a_native_chart(book):
    assert [len(sheet._charts) for sheet in book[0]] == [0, 1, 0]


def test_a_sheet_says_that_data_are_made_up(book):
    assert all("合成数据" in sheet["A2"].value for sheet in book[0].worksheets[1:])


def test_the_same_report_is_the_same_bytes(small, tmp_path):
    made = small()
    one, other = (write_workbook(made.document, tmp_path / f"{n}.xlsx").read_bytes() for n in "ab")
    assert one == other


def test_names_of_sheets_are_such_as_excel_takes(small):
    made = small(name="[支行]:*?/\\'" + "长" * 200)
    assert all(
        len(leaf.sheet) <= 31 and not set(leaf.sheet) & set("[]:*?/\\'") for leaf in workbook_sheets(made.document)
    )

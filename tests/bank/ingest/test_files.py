"""Files of every kind become sheets of text; what cannot be read says why and what to do."""

import datetime

import duckdb
import openpyxl
import pandas as pd
import pytest

from microlib.bank.ingest.files import find_encoding, read_sheets
from microlib.errors import BadData
from microlib.files import file_hash


def loaded(path, *, sheet=0, skip=1):
    """All cells below the header, and the rows that could not be read."""
    con = duckdb.connect()
    uneven = read_sheets(path)[sheet].load(con, "raw", skip)
    return con.execute("SELECT * FROM raw").fetchall(), uneven


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_in_any_chinese_encoding(tmp_path, encoding):
    path = written(tmp_path / "a.csv", "机构号,机构名称\n0755,深圳支行\n", encoding)
    assert read_sheets(path)[0].head[0] == ["机构号", "机构名称"]
    assert loaded(path)[0] == [("0755", "深圳支行")]


def test_gbk_beyond_the_first_megabyte_is_found(tmp_path):
    path = written(tmp_path / "a.csv", "a,b\n" + "1,2\n" * 300_000 + "深圳,支行\n", "gbk")
    assert find_encoding(path) == "gb18030"


@pytest.mark.parametrize("mark", [",", "\t", ";", "|", "\x01"])
def test_any_separator(tmp_path, mark):
    path = written(tmp_path / "a.txt", mark.join("abc") + "\n" + mark.join("123") + "\n")
    assert loaded(path)[0] == [("1", "2", "3")]


def test_quoted_separators_and_line_breaks_stay_in_their_cell(tmp_path):
    path = written(tmp_path / "a.csv", '标题\n\n"借据\n号",余额\n"L,1","1\n2"\nL2,3\n')
    assert loaded(path, skip=3)[0] == [("L,1", "1\n2"), ("L2", "3")]


def test_rows_of_another_width_are_set_aside_with_their_row(tmp_path):
    path = written(tmp_path / "a.csv", "a,b\n1,2\n3,4,5\n6\n7,8\n")
    rows, uneven = loaded(path)
    assert rows == [("1", "2"), ("7", "8")]
    assert [fault["row"] for fault in uneven] == [3, 4]


def test_a_workbook_says_what_its_cells_show(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["号", "日期", "利率", "电话", "空", "是"])
    book.active.append(["0755", datetime.datetime(2026, 5, 31), 0.0435, 13800138000.0, "  ", True])
    book.active["C2"].number_format = "0.00%"
    book.create_sheet("空表")
    book.save(tmp_path / "a.xlsx")
    assert len(read_sheets(tmp_path / "a.xlsx")) == 1
    assert loaded(tmp_path / "a.xlsx")[0] == [("0755", "2026-05-31", "4.35%", "13800138000", None, "TRUE")]


def test_a_parquet_file_of_any_types_is_text(tmp_path):
    frame = pd.DataFrame(
        {"phone": [13800138000.0, None], "day": pd.to_datetime(["2026-05-31"] * 2), "rate": [0.1, 2.5]}
    )
    frame.to_parquet(tmp_path / "a.parquet")
    assert loaded(tmp_path / "a.parquet")[0] == [
        ("13800138000", "2026-05-31 00:00:00", "0.1"), (None, "2026-05-31 00:00:00", "2.5"),
    ]  # fmt: skip


def test_the_hash_of_a_file_is_of_its_bytes(tmp_path):
    one, two = written(tmp_path / "a.csv", "a"), written(tmp_path / "b.csv", "a")
    assert file_hash(one) == file_hash(two) != file_hash(written(tmp_path / "c.csv", "b"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\n\n", "the file is empty"),
        ("a.csv", b"a,b\n\xff\xff\xff\xff", "neither UTF-8 nor GBK"),
        ("a.xlsx", b"", "the file is empty"),
        ("a.xlsx", b"no workbook at all", "damaged or protected"),
        ("a.xlsx", b"PK\x03\x04 broken", "damaged or protected"),
        ("a.xls", b"\xd0\xcf\x11\xe0 old", "old (.xls) or a protected"),
        ("a.parquet", b"PAR1 broken", "Parquet file is damaged"),
        ("a.pdf", b"%PDF", "kind .pdf"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=told.replace("(", r"\(").replace(")", r"\)")) as caught:
        read_sheets(tmp_path / name)
    assert caught.value.where == name and caught.value.fix


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadData, match="check the path"):
        read_sheets(tmp_path / "none.csv")


def test_a_workbook_without_a_cell_is_refused(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(BadData, match="workbook is empty"):
        read_sheets(tmp_path / "a.xlsx")

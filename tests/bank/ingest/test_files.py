"""Files of every kind become sheets of text; what cannot be read says why and what to do."""

import datetime
import errno
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microlib.bank.ingest.files import Reading, fits, foreign, read_sheets, text_shape
from microlib.errors import BadConfig, BadData
from microlib.files import LIMITS, file_hash, sweep_owned


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
    assert text_shape(path)[0] == "gb18030"


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


#: a file's name, and those of others that it would read as well, or instead, were it a pattern or a piece of code
ODD = {
    "EAST_[1]20260630": ["EAST_120260630"],
    "a*": ["ab", "a"],
    "a?": ["ax"],
    "{a,b}": ["a", "b"],
    "**": ["a"],
    "[!b]": ["a"],
    "a'); DROP TABLE files; --": ["a"],
    'a"b;c': ["a"],
    "100%_$HOME ~": ["a"],
    " 台账（六月） ": ["台账"],
    "\\[a\\]": ["a", "[a]"],
    "月=6,branch_id=0021": ["a"],
}


def written_as(path, kind, cell):
    frame = pd.DataFrame({"branch_id": [cell], "name": ["支行"]})
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False, encoding=kind)


def refused(*_):
    raise OSError


@pytest.fixture(params=["by handle", "by link", "by copy"])
def way(request, monkeypatch):
    """How an engine gets at a file: as on Linux, on other systems, and where links cannot be made."""
    if request.param != "by handle":
        monkeypatch.setattr("microlib.files.handle_path", lambda _: "")
    if request.param == "by copy":
        monkeypatch.setattr(Path, "symlink_to", refused)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", ["utf-8", "gbk", "utf-16", "xlsx", "parquet"])
@pytest.mark.parametrize("name", ODD)
def test_a_files_name_is_text_and_no_other_file_is_read(tmp_path, name, kind):
    ending = kind if kind in ("xlsx", "parquet") else "csv"
    for other in ODD[name]:
        written_as(tmp_path / f"{other}.{ending}", kind, "0001")
    named = tmp_path / f"{name}.{ending}"
    written_as(named, kind, "0755")
    assert loaded(named) == ([("0755", "支行")], [])


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", ["utf-8", "parquet"])
@pytest.mark.parametrize("folder", ["branch_id=0021", "[1]", "a*", "?", "{a,b}"])
def test_the_name_of_a_folder_is_text_and_no_column(tmp_path, folder, kind):
    for each in (folder, "1", "a", "ab"):
        (tmp_path / each).mkdir()
        written_as(tmp_path / each / f"a.{kind}.csv", kind, "0755" if each == folder else "0001")
    assert loaded(tmp_path / folder / f"a.{kind}.csv") == ([("0755", "支行")], [])


def test_uneven_rows_of_a_file_with_an_odd_name_are_set_aside(tmp_path):
    written(tmp_path / "1.csv", "a,b\n9,9\n")
    rows, uneven = loaded(written(tmp_path / "[1].csv", "a,b\n1,2\n3,4,5\n"))
    assert (rows, [fault["row"] for fault in uneven]) == ([("1", "2")], [3])


@pytest.mark.parametrize(
    ("name", "pattern", "is_meant"),
    [
        ("台账[1].csv", "台账[1].csv", True),
        ("台账1.csv", "台账[1].csv", True),
        ("台账[1].csv", "台账*.csv", True),
        ("台账[2].csv", "台账[1].csv", False),
        ("*", "a", False),
    ],
)
def test_a_mapping_means_a_name_by_pattern_or_by_itself(name, pattern, is_meant):
    assert fits(name, pattern) is is_meant


def test_a_pipe_or_folder_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    for name in ("a.csv", "b.csv"):
        with pytest.raises(BadData, match="this is no file"):
            read_sheets(tmp_path / name)


KILLED = """
import duckdb, sys, time
from pathlib import Path
import microlib.files
from microlib.bank.ingest import files
if sys.argv[2] == "by link":
    microlib.files.handle_path = lambda _: ""
def wait(con, path, *, name, source):
    print("reading", path, flush=True)
    time.sleep(1000)
files._read = wait
files.read_sheets(Path(sys.argv[1]))[0].load(duckdb.connect(), "raw", 1)
"""


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16", "utf-8"])
@pytest.mark.parametrize("how", ["by handle", "by link"])
def test_an_ingest_that_is_killed_leaves_no_copy_of_names(tmp_path, encoding, how):
    path, place = written(tmp_path / "a.csv", "号,姓名\n1,张三丰\n", encoding), tmp_path / "tmp"
    place.mkdir()
    command = [sys.executable, "-c", KILLED, str(path), how]
    process = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(place)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("reading")
    process.kill()
    process.wait(240)
    process.stdout.close()
    left = list(place.iterdir())
    assert how == "by link" or left == []
    assert all(each.stat().st_mode & 0o077 == 0 for each in left)
    sweep_owned(place)
    assert list(place.iterdir()) == []


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


@pytest.mark.parametrize(
    ("cause", "what"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no room for a copy of the file"),
        (duckdb.IOException(f"could not write: {os.strerror(errno.ENOSPC)}"), "no room for a copy of the file"),
        (MemoryError(), "not enough memory for the file"),
    ],
)
def test_what_the_computer_lacks_is_not_laid_on_the_file(tmp_path, cause, what):
    with pytest.raises(BadConfig, match=what), foreign(tmp_path / "台账.csv"):
        raise cause


def test_a_small_parquet_file_of_very_many_equal_rows_is_refused_before_it_is_read(tmp_path):
    many = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int8()), pa.array(["L1"]))
    table = pa.table({"loan_id": many})
    with pq.ParquetWriter(tmp_path / "loans.parquet", table.schema) as file:
        for _ in range(21):
            file.write_table(table)
    assert (tmp_path / "loans.parquet").stat().st_size < 100_000
    with pytest.raises(BadData, match="21,000,000 records, more than 20,000,000") as caught:
        read_sheets(tmp_path / "loans.parquet")
    assert "--limit records=21000000" in caught.value.fix
    (sheet,) = read_sheets(tmp_path / "loans.parquet", Reading(LIMITS.raised(["records=21000000"])))
    assert sheet.head == [["loan_id"]]

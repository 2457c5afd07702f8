"""How a file was read is kept whole with the load, told short and long, and shows no identifier."""

import json

import pytest

from microlib.bank.bookkeeping import explained_lines, reading_summary, undo_file
from microlib.bank.branch import read_branch
from microlib.bank.ingest.intake import load_files
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.errors import BadData
from microlib.home import Home

HEADS = (
    "机构号,机构名称,客户号,客户名称,手机号,借据号,发放日期,到期日期,"
    "贷款金额（万元）,贷款余额（万元）,年利率(%),逾期天数,贷款状态,结清日期,备注"
)
ROW = "0755,甲支行,C{n},示例商行,1380013800{n},L{n},2026-01-15,2027-01-15,30,25,4.85,0,正常,—,x"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A home into which one ledger in 万元 has gone, and what came of it."""
    folder = tmp_path_factory.mktemp("readings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(folder / "bank.key"))
        path = folder / "台账202606.csv"
        total = "合计,,,,,,,,90,75,,,,,"
        path.write_text("\n".join([HEADS, *(ROW.format(n=n) for n in (1, 2, 3)), total]), encoding="utf-8")
        return folder / "home", load_files(folder / "home", [path], mapping="ledger_excel")


def test_each_column_says_head_unit_counts_and_examples(loaded):
    reading = next(each for each in loaded[1].readings if each["table"] == "loans")
    columns = {column["column"]: column for column in reading["columns"]}
    balance, closed = columns["balance_yuan"], columns["closed_date"]
    assert (balance["head"], balance["unit"], balance["unit_from"]) == ("贷款余额（万元）", "wan_yuan", "header")
    assert (balance["read"], balance["empty"], balance["converted"], balance["refused"]) == (3, 0, 3, 0)
    assert balance["examples"] == [["25", "250000.0"]] * 3
    assert (closed["empty"], closed["void"], closed["converted"]) == (3, 3, 0)
    assert reading["left_out"] == {"totals": 1}


def test_columns_nobody_read_and_tables_passed_over_are_said_once(loaded):
    first = loaded[1].readings[0]
    assert (first["unread"], first["passed_over"]) == (["备注"], ["rms"])


def test_the_record_is_kept_whole_and_holds_no_identifier(loaded):
    with open_store(loaded[0]) as store:
        kept = [json.loads(text) for (text,) in store.rows("SELECT reading FROM readings ORDER BY file_id")]
    assert kept == list(loaded[1].readings)
    assert "示例商行" not in json.dumps(kept, ensure_ascii=False) and "13800138" not in json.dumps(kept)


def test_it_is_told_in_a_line_and_explained_by_column_and_cell(loaded):
    lines = explained_lines(Home(loaded[0]), "台账202606.csv")
    (cell,) = explained_lines(Home(loaded[0]), "台账202606.csv!$J$3")
    assert cell.startswith(
        "loans: J  贷款余额（万元） -> balance_yuan, wan_yuan (header): 3 rows, 3 converted; 25 -> 250000.0"
    )
    assert f"  {cell.removeprefix('loans: ')}" in lines and "  not read: 备注" in lines
    assert "units: amount_yuan wan_yuan (header)" in reading_summary(loaded[1].readings[-1])
    with pytest.raises(BadData, match="nothing was read from column O"):
        explained_lines(Home(loaded[0]), "台账202606.csv!O2")
    with pytest.raises(BadData, match="holds no file"):
        explained_lines(Home(loaded[0]), "other.csv")


def test_a_file_whose_name_holds_a_person_s_number_is_found_by_it_and_by_the_masked_one(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    home, said = tmp_path / "home", []
    for number, name in enumerate(("台账202606 138-0013-8000.csv", "台账202606_11010519491231002X.csv")):
        (tmp_path / name).write_text("\n".join([HEADS, ROW.format(n=number)]), encoding="utf-8")
        done = load_files(home, [tmp_path / name], mapping="ledger_excel")
        masked = done.loaded[-1].file
        assert "~" in masked
        said += [explained_lines(Home(home), f"{each}!J3") for each in (name, masked)]
        with pytest.raises(BadData, match="holds no file"):
            explained_lines(Home(home), f"x{name}")
    assert [len(lines) for lines in said] == [1, 1, 1, 1] and said[0] == said[1] and said[2] == said[3]
    assert undo_file(home, name)["loans"] == undo_file(home, "台账202606 138-0013-8000.csv")["loans"] == 1


def test_a_book_tells_how_its_files_were_read_and_no_value(loaded):
    readings = read_branch(loaded[0], branch="0755", as_of="2026-06-30").readings
    told = readings.set_index(["table", "column"]).loc[("loans", "amount_yuan")]
    assert (told["header"], told["unit"], told["unit_from"], told["rows_count"]) == (
        "贷款金额（万元）",
        "wan_yuan",
        "header",
        3,
    )
    assert not readings.astype(str).apply(lambda column: column.str.contains("250000|C1")).any().any()


def test_what_is_undone_leaves_no_record(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    path = tmp_path / "branches202606.csv"
    path.write_text("branch_id,name\n0755,x\n", encoding="utf-8")
    load_files(tmp_path / "home", [path], mapping="own_tables")
    undo_file(tmp_path / "home", path.name)
    with open_store(tmp_path / "home") as store:
        assert store.rows("SELECT count(*) FROM readings") == [(0,)]

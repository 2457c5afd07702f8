"""Files as branches have them go in through a mapping, whole or not at all."""

import hashlib
import os
import re
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from microlib.bank.ingest.intake import IngestOptions, ingest_files, load_files
from microlib.bank.pseudonyms import KEY_VARIABLE, key_file, key_pseudonym, pseudonym, read_key
from microlib.bank.store import open_store
from microlib.contracts.checks import FOLDER_CODE, RESERVED_CODES
from microlib.contracts.failures import failure_lines
from microlib.errors import BadConfig, BadData
from microlib.home import Home

MAY = date(2026, 5, 31)
MAPPING = 'title = "t"\nsource = "s"\n'
HEADERS = ("借据号", "客户号", "客户名称", "手机号", "客户类型", "机构号", "机构名称", "发放日期", "到期日期",
           "贷款金额", "贷款余额", "利率(%)", "逾期天数", "五级分类", "贷款状态")  # fmt: skip
LOANS = (
    ("L1", "C1", "甲公司", "13800138000", "企业", "0755", "深圳支行", "2025-01-10", "2026-09-10",
     "1000000", "800000", "4.35", "0", "正常", "正常"),
    ("L2", "C2", "乙商行", "138-0013-8001", "个体工商户", "0755", "深圳支行", "2025-06-01", "2026-07-01",
     "200000", "200000", "5.2", "95", "次级", "逾期"),
)  # fmt: skip


def changed(row: tuple, **values: str) -> tuple:
    return tuple(values.get(f"c{place}", cell) for place, cell in enumerate(row))


def write_csv(path: Path, *rows: tuple, headers: tuple = HEADERS, encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join(",".join(row) for row in (headers, *rows)).encode(encoding))
    return path


def write_workbook(path: Path, *rows: tuple, merged: tuple = (), name: str = "台账") -> Path:
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append([cell if cell != "" else None for cell in row])
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    return tmp_path / "home"


def kept(home, sql):
    with open_store(home) as store:
        return store.rows(sql)


def load(home, *paths, mapping="ledger_excel", **how):
    return load_files(home, paths, mapping=mapping, as_of=how.pop("as_of", MAY), **how)


def refused(home, *paths, error=BadData, **how):
    with pytest.raises(error) as caught:
        load(home, *paths, **how)
    assert not (home / "data" / "bank.duckdb").exists()
    return caught.value


def mapping_file(folder, text):
    path = folder / "m.toml"
    path.write_text(MAPPING + text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A home into which one GBK ledger has gone, dated by its name; and what came of it."""
    folder = tmp_path_factory.mktemp("ledger")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(folder / "bank.key"))
        path = write_csv(folder / "台账202605.csv", *LOANS, encoding="gbk")
        return folder, ingest_files(folder / "home", [path], mapping="ledger_excel")


@pytest.fixture
def ledger_home(ledger, home, tmp_path):
    """A copy of that home, to add to."""
    shutil.copytree(ledger[0] / "home", home)
    shutil.copy(ledger[0] / "bank.key", tmp_path / "bank.key")
    return home


def test_a_ledger_becomes_branches_customers_and_loans(ledger):
    home = ledger[0] / "home"
    assert kept(home, "SELECT branch_id, name FROM branches") == [("0755", "深圳支行")]
    assert kept(home, "SELECT kind FROM customers ORDER BY customer_id") == [("company",), ("sole_trader",)]
    found = kept(home, "SELECT balance_yuan, yearly_rate, class5, status FROM loans ORDER BY loan_id")
    assert found == [(800000.0, 0.0435, "normal", "normal"), (200000.0, 0.052, "substandard", "overdue")]


def test_the_date_of_a_file_is_in_its_name(ledger):
    assert {line.as_of for line in ledger[1]} == {MAY}


def test_no_identifier_is_in_the_store_and_the_pseudonym_is_the_key_s(ledger):
    key = read_key(ledger[0] / "bank.key")
    expected = [(pseudonym(row[3], key=key),) for row in LOANS]
    assert kept(ledger[0] / "home", "SELECT phone_hash FROM customers ORDER BY customer_id") == expected
    assert "甲公司".encode() not in (ledger[0] / "home" / "data" / "bank.duckdb").read_bytes()


def test_a_workbook_with_titles_merged_headers_units_and_totals(home, tmp_path):
    upper = (*HEADERS[:9], "贷款", "", *HEADERS[11:])
    lower = (*[""] * 9, "金额", "余额", *[""] * 4)
    rows = [changed(row, c9=100.0, c10=80.5) for row in LOANS]
    total = ("合 计", *[""] * 8, 200.0, 161.0, *[""] * 4)
    foot = ("制表：王", "", "审核：李", *[""] * 12)
    merged = ("J3:K3", *(f"{letter}3:{letter}4" for letter in "ABCDEFGHILMNO"))
    path = write_workbook(
        tmp_path / "台账.xlsx", ("某行台账",), ("单位：万元",), upper, lower, *rows, total, foot, merged=merged
    )
    summary = load(home, path)
    assert kept(home, "SELECT amount_yuan, balance_yuan FROM loans") == [(1e6, 805e3)] * 2
    notes = summary.findings.query("table == 'loans'").set_index("rule")["value"]
    assert notes["left out: totals"] == notes["left out: remarks"] == "1 rows in all"
    assert set(notes["unit taken from the header"]) == {"wan_yuan", "percent"}


def test_several_sheets_fill_several_tables(home, tmp_path):
    book = openpyxl.Workbook()
    customers = [["客户号", "管户机构号", "客户类型"], ["C1", "0755", "企业"]]
    sheets = {"说明": [["请先读我"]], "机构": [["机构号", "机构名称"], ["0755", "x"]], "customers": customers}
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "tables.xlsx")
    load(home, tmp_path / "tables.xlsx", mapping="own_tables")
    assert kept(home, "SELECT customer_id, kind FROM customers") == [("C1", "company")]


def test_one_phone_links_two_tables(ledger_home, tmp_path):
    head = "venue_id,list_source,member_number,kind,venue_name,phone_hash,list_date\n"
    roster = head + "V1,o,1,market,m,+86 13800138001,2026-05-01"
    (tmp_path / "venue_rosters.csv").write_text(roster, encoding="utf-8")
    load(ledger_home, tmp_path / "venue_rosters.csv", mapping="own_tables")
    linked = "SELECT customers.customer_id FROM customers JOIN venue_rosters USING (phone_hash)"
    assert kept(ledger_home, linked) == [("C2",)]


def test_a_customer_number_that_is_a_phone_is_hidden_alike_in_all_tables(home, tmp_path):
    rows = [changed(row, c1="13800138000") if row[0] == "L1" else row for row in LOANS]
    summary = load(home, write_csv(tmp_path / "台账202605.csv", *rows))
    hidden = key_pseudonym("13800138000", key=read_key(tmp_path / "bank.key"))
    assert kept(home, "SELECT customer_id FROM loans JOIN customers USING (customer_id) WHERE loan_id = 'L1'") == [
        (hidden,)
    ]
    assert (summary.findings["rule"] == "a person's number stands in the key: replaced by a pseudonym").sum() == 2


@pytest.mark.parametrize("raw", [
    "440305 19920402 0881", "４４０３０５１９９２０４０２０８８１", "440305920402088", "138-1234-5678",
    "+86 138.1234.5678",
    "138\u20131234\u20135678", "(138)12345678", "6222 0212 3456 7890 128", "zhang.san@example.com", "wxid_a1b2c3d4",
    "王小明", "福田区福华路12号",
])  # fmt: skip
def test_an_identifier_as_customer_number_is_nowhere_kept(home, tmp_path, raw):
    rows = [changed(row, c1=raw) if row[0] == "L1" else row for row in LOANS]
    load(home, write_csv(tmp_path / "台账202605.csv", *rows))
    hidden = key_pseudonym(raw, key=read_key(tmp_path / "bank.key"))
    sql = "SELECT customer_id FROM loans JOIN customers USING (customer_id) WHERE loan_id = 'L1'"
    assert kept(home, sql) == [(hidden,)]
    assert raw.encode() not in (home / "data" / "bank.duckdb").read_bytes()


def test_two_writings_of_one_number_are_one_customer(home, tmp_path):
    rows = [changed(LOANS[0], c1="138-1234-5678"), changed(LOANS[1], c1="１３８ 1234 5678", c2="甲公司", c4="企业")]
    load(home, write_csv(tmp_path / "台账202605.csv", *rows))
    assert kept(home, "SELECT count(DISTINCT customer_id) FROM loans") == [(1,)]


STRANGE_CODES = ("福田支行", "bundles", "Bundles", "head-office", "../0755", "0755 南山", "con", "-x", "a" * 65)


@pytest.mark.parametrize("code", STRANGE_CODES)
def test_what_names_no_folder_becomes_a_code_that_does(home, tmp_path, code):
    rows = [LOANS[0], changed(LOANS[1], c5=code)]
    load(home, write_csv(tmp_path / "台账202605.csv", *rows))
    codes = {branch: name for branch, name in kept(home, "SELECT branch_id, name FROM branches")}
    (made,) = set(codes) - {LOANS[0][5]}
    assert re.fullmatch(FOLDER_CODE, made) and not made.startswith("-") and made.lower() not in RESERVED_CODES
    assert made != code and codes[made] == LOANS[1][6]


def test_two_names_without_a_letter_between_them_stay_two_branches(home, tmp_path):
    rows = [changed(LOANS[0], c5="福田支行"), changed(LOANS[1], c5="南山支行")]
    load(home, write_csv(tmp_path / "台账202605.csv", *rows))
    assert kept(home, "SELECT count(DISTINCT branch_id) FROM loans") == [(2,)]


@pytest.mark.parametrize("code", ["440305199204020881", "440305 19920402 0881", "王小明 138-1234-5678"])
def test_no_person_becomes_a_branch_s_code(home, tmp_path, code):
    load(home, write_csv(tmp_path / "台账202605.csv", LOANS[0], changed(LOANS[1], c5=code)))
    codes = {branch for (branch,) in kept(home, "SELECT branch_id FROM branches")} - {LOANS[0][5]}
    assert all(re.fullmatch("P[0-9A-F]{24}", each) for each in codes) and len(codes) == 1


def failures_csv(home):
    (path,) = (home / "data").glob("failures-*.csv")
    return path


HARMFUL = ("138-1234-5678", "１３８１２３４５６７８", "王小明", "福田区福华路12号3栋", "zhang.san@example.com",
           "微信：zhang88", "6222 0212 3456 7890 128", "440305 19920402 0881")  # fmt: skip


@pytest.mark.parametrize("value", HARMFUL)
def test_what_is_told_of_a_broken_row_shows_no_person(home, tmp_path, value):
    rows = [LOANS[0], changed(LOANS[1], c9=value, c13=value)]
    error = refused(home, write_csv(tmp_path / "台账202605.csv", *rows))
    written = failures_csv(home).read_text("utf-8-sig")
    assert len(error.failures) >= 2 and value not in written and value not in str(error)
    assert not error.failures["value"].str.contains("12345678|小明|福华路|zhang", regex=True).any()


@pytest.mark.parametrize("value", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "＝1+1"])
def test_the_table_of_failures_holds_no_formula(home, tmp_path, value):
    rows = [LOANS[0], changed(LOANS[1], c13=value)]
    refused(home, write_csv(tmp_path / "台账202605.csv", *rows))
    told = pd.read_csv(failures_csv(home), dtype="str", keep_default_na=False)
    assert not told.map(lambda cell: cell.strip()[:1] in tuple("=+-@＝")).any(axis=None)
    assert told["value"].str.startswith("'").any()


def test_the_table_of_failures_is_its_owner_s_and_takes_the_place_of_a_looser_one(home, tmp_path):
    path = write_csv(tmp_path / "台账202605.csv", LOANS[0], changed(LOANS[1], c13="?"))
    (home / "data").mkdir(parents=True)
    (home / "data" / "failures-台账202605.csv").write_text("")
    before = os.umask(0)
    try:
        refused(home, path)
    finally:
        os.umask(before)
    assert failures_csv(home).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["\x1b]0;owned\x07", "\x1b[31mred", "a\u202eb", "\x9b2J"])
def test_no_control_sign_reaches_a_terminal(home, tmp_path, value):
    error = refused(home, write_csv(tmp_path / "台账202605.csv", LOANS[0], changed(LOANS[1], c13=value)))
    assert str(error).replace("\n", "").isprintable()
    assert all(line.isprintable() for line in failure_lines(error.failures))
    assert error.failures["value"].str.contains(r"\\[xu]").any()


def test_a_file_s_name_is_kept_and_told_without_the_phone_in_it(home, tmp_path):
    (tmp_path / "two").mkdir()
    paths = [write_csv(tmp_path / "台账13812345678_202605.csv", LOANS[0]),
             write_csv(tmp_path / "台账13812345679_202605.csv", changed(LOANS[1], c1="C2"))]  # fmt: skip
    done = load(home, *paths)
    names = {name for (name,) in kept(home, "SELECT DISTINCT name FROM files")}
    assert len(names) == 2 and all(name.startswith("台账138******7") and name.endswith(".csv") for name in names)
    assert {line.file for line in done.loaded} == names


def test_a_refused_file_s_name_is_told_without_the_phone_in_it(home, tmp_path):
    path = write_csv(tmp_path / "台账138-1234-5678_202605.csv", LOANS[0], changed(LOANS[1], c13="?"))
    error = refused(home, path)
    assert "1234-5678" not in str(error) and "1234-5678" not in failures_csv(home).name
    assert not error.failures["file"].str.contains("1234-5678").any()


NAMES = ("福田支行 电话138-1234-5678", "福田支行13812345678", "找zhang.san@example.com", "110105 19491231 002X支行")


@pytest.mark.parametrize("value", NAMES)
def test_an_identifier_in_a_branch_s_name_is_refused(home, tmp_path, value):
    error = refused(home, write_csv(tmp_path / "台账202605.csv", LOANS[0], changed(LOANS[1], c5="0021", c6=value)))
    assert set(error.failures["rule"]) & {"phone_in_key", "identity_in_key"}
    assert value not in str(error)


def test_what_a_source_has_hashed_itself_is_hashed_once_more_under_the_bank_s_key(home, tmp_path):
    text = '[[tables]]\ntable = "customers"\nalready_hashed = ["phone_hash"]\n[[tables]]\ntable = "branches"'
    mapping = mapping_file(tmp_path, text)
    head = "customer_id,branch_id,name,kind,phone_hash\n"
    plain = hashlib.sha256(b"13800138000").hexdigest()
    marks = {"0755": plain, "0756": plain.upper(), "0757": "AB" * 32}
    rows = [f"C{branch},{branch},x{branch},company,{mark}" for branch, mark in marks.items()]
    (tmp_path / "a.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    load(home, tmp_path / "a.csv", mapping=mapping)
    one, same, other = (mark for (mark,) in kept(home, "SELECT phone_hash FROM customers ORDER BY customer_id"))
    assert one == same == pseudonym(plain, key=read_key(key_file(Home(home)))) != other


def test_a_plain_value_where_hashes_were_promised_is_refused_and_not_shown(home, tmp_path):
    mapping = mapping_file(tmp_path, '[[tables]]\ntable = "customers"\nalready_hashed = ["phone_hash"]')
    (tmp_path / "a.csv").write_text(
        "customer_id,branch_id,kind,phone_hash\nC1,0755,company,13800138000", encoding="utf-8"
    )
    error = refused(home, tmp_path / "a.csv", mapping=mapping)
    assert "13800138000" not in error.failures.to_csv()
    assert "(not shown)" in set(error.failures["value"])


def test_all_unreadable_values_are_told_with_row_value_and_remedy(home, tmp_path):
    rows = [changed(LOANS[0], c7="去年", c10="很多"), changed(LOANS[1], c13="不好", c12="三十天")]
    error = refused(home, write_csv(tmp_path / "台账202605.csv", *rows))
    told = error.failures[error.failures["rule"].isin(["unreadable value", "unknown code"])]
    found = {(row.column, row.row, row.value) for row in told.itertuples()}
    assert found == {("disbursed_date", 2, "去年"), ("balance_yuan", 2, "很多"), ("overdue_days", 3, "三十天"),
                     ("class5", 3, "不好")}  # fmt: skip
    assert "normal, special_mention, substandard" in told.set_index("column").loc["class5", "fix"]
    assert set(told["file"]) == {"台账202605.csv"}


def test_a_blocked_ingest_leaves_only_a_table_of_failures_and_names_it(home, tmp_path):
    error = refused(home, write_csv(tmp_path / "台账202605.csv", changed(LOANS[0], c7="去年")))
    path = home / "data" / "failures-台账202605.csv"
    assert str(path) in error.fix
    assert len(pd.read_csv(path)) == len(error.failures)
    assert [each.name for each in (home / "data").iterdir()] == [path.name]


def test_rows_of_another_width_do_not_shift_the_rows_that_failures_name(home, tmp_path):
    rows = [LOANS[0], ("L9", "C9"), changed(LOANS[1], c7="去年")]
    error = refused(home, write_csv(tmp_path / "台账202605.csv", *rows))
    told = error.failures[error.failures["table"] == "loans"].set_index("rule")["row"]
    assert told["row with too few or too many cells"] == 3
    assert told["unreadable value"] == 4


def test_a_missing_column_is_named_with_the_nearest_header(home, tmp_path):
    headers = tuple("贷款余额数" if header == "贷款余额" else header for header in HEADERS)
    error = refused(home, write_csv(tmp_path / "台账202605.csv", *LOANS, headers=headers))
    assert "loans.balance_yuan" in error.what and "nearest header: 贷款余额数" in error.fix


def trapped(root, folder):
    """The shipped ledger mapping, told that yuan are 万元."""
    text = (root / "data" / "mappings" / "ledger_excel.toml").read_text(encoding="utf-8")
    units = '[tables.units]\namount_yuan = "wan_yuan"\nbalance_yuan = "wan_yuan"\n[tables.optional]\ncontract_id'
    path = folder / "trap.toml"
    path.write_text(text.replace("[tables.optional]\ncontract_id", units), encoding="utf-8")
    return path


def test_a_ledger_in_yuan_that_the_mapping_takes_for_wan_yuan_is_caught_by_control_totals(home, root, tmp_path):
    totals = "branch_id,customers_count,balance_yuan,overdue_yuan\n0755,2,1000000,200000"
    (tmp_path / "branches.csv").write_text("branch_id,name\n0755,x", encoding="utf-8")
    (tmp_path / "control_totals.csv").write_text(totals, encoding="utf-8")
    load(home, tmp_path / "branches.csv", tmp_path / "control_totals.csv", mapping="own_tables")
    with pytest.raises(BadData) as caught:
        load(home, write_csv(tmp_path / "台账202605.csv", *LOANS), mapping=trapped(root, tmp_path))
    assert set(caught.value.failures.query("severity == 'block'")["rule"]) == {"unit_slip", "total_off_by_unit"}
    assert kept(home, "SELECT count(*) FROM loans") == [(0,)]


def test_a_ledger_in_yuan_that_the_mapping_takes_for_wan_yuan_is_caught_by_magnitude(home, root, tmp_path):
    error = refused(home, write_csv(tmp_path / "台账202605.csv", *LOANS), mapping=trapped(root, tmp_path))
    assert set(error.failures.query("severity == 'block'")["rule"]) == {"unit_slip"}


def test_a_header_that_contradicts_the_mapping_s_unit_is_refused(home, tmp_path):
    mapping = mapping_file(tmp_path, '[[tables]]\ntable = "control_totals"\n[tables.units]\nbalance_yuan = "wan_yuan"')
    (tmp_path / "a.csv").write_text("机构号,贷款户数,贷款余额(元),逾期余额\n0755,1,1,0", encoding="utf-8")
    assert "wan_yuan in the mapping, yuan in the header" in refused(home, tmp_path / "a.csv", mapping=mapping).what


def test_a_file_that_the_mapping_is_not_for_is_refused(home, tmp_path):
    error = refused(home, write_csv(tmp_path / "流水.csv", *LOANS), mapping="vat_invoices", error=BadConfig)
    assert "*销项*" in error.what and error.where == "流水.csv"


def test_a_header_without_rows_is_refused(home, tmp_path):
    assert "no rows below the header" in refused(home, write_csv(tmp_path / "台账.csv")).what


def test_a_file_without_a_date_asks_for_one(home, tmp_path):
    error = refused(home, write_csv(tmp_path / "台账.csv", *LOANS), as_of=None, error=BadConfig)
    assert "--as-of" in error.fix


def test_a_mapping_that_is_not_there_names_the_nearest(home, tmp_path):
    error = refused(home, write_csv(tmp_path / "台账.csv", *LOANS), mapping="ledger_exel", error=BadConfig)
    assert "ledger_excel.toml" in error.fix


def test_two_files_of_one_name_are_refused(home, tmp_path):
    (tmp_path / "b").mkdir()
    paths = [write_csv(folder / "台账.csv", *LOANS) for folder in (tmp_path, tmp_path / "b")]
    assert "several files are called" in refused(home, *paths).what


def test_the_same_file_again_changes_nothing(ledger_home, tmp_path):
    again = load(ledger_home, write_csv(tmp_path / "台账202605.csv", *LOANS, encoding="gbk")).loaded
    assert again and all(line.is_known for line in again)


def test_a_corrected_file_replaces_the_old_one(ledger_home, tmp_path):
    path = write_csv(tmp_path / "台账202605.csv", LOANS[0])
    load(ledger_home, path, options=IngestOptions(replace=True))
    assert kept(ledger_home, "SELECT loan_id FROM loans") == [("L1",)]


def test_derived_customers_do_not_overwrite_those_of_the_bank_s_own_list(home, tmp_path):
    (tmp_path / "branches.csv").write_text("branch_id,name\n0755,own name", encoding="utf-8")
    (tmp_path / "customers.csv").write_text(
        "customer_id,branch_id,kind,rating\nC1,0755,company,A\nC2,0755,company,B", encoding="utf-8"
    )
    load(home, tmp_path / "branches.csv", tmp_path / "customers.csv", mapping="own_tables")
    loaded = load(home, write_csv(tmp_path / "台账202605.csv", *LOANS)).loaded
    assert [line.table for line in loaded] == ["loans"]
    assert kept(home, "SELECT name FROM branches") == [("own name",)]


def test_repeated_numbers_are_numbered_by_date_and_content_not_by_row(ledger_home, tmp_path):
    home = ledger_home
    head = "客户号,发票号码,开票日期,购方名称,金额,税额,价税合计,发票状态\n"
    rows = ["C1,1,2026-05-02,a,2,0,2,正常", "C1,1,2026-05-01,b,1,0,1,正常", "C1,2,2026-05-01,b,1,0,1, 作废"]
    (tmp_path / "销项_1.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    summary = load(home, tmp_path / "销项_1.csv", mapping="vat_invoices")
    found = kept(home, "SELECT invoice_number, occurrence_number, net_yuan FROM invoices ORDER BY ALL")
    assert found == [("1", 1, 1.0), ("1", 2, 2.0), ("2", 1, 1.0)]
    assert "1 rows in all, the first: ' 作废'" in set(summary.findings["value"])
    (tmp_path / "销项_2.csv").write_text(head + "\n".join(rows[::-1]), encoding="utf-8")
    assert load(home, tmp_path / "销项_2.csv", mapping="vat_invoices").loaded[0].shared_rows_count == 3


def test_filters_constants_and_the_file_s_name_fill_what_headers_do_not(home, tmp_path):
    text = """
[[tables]]
table = "branches"
keep = {"币种" = ["CNY"]}
drop = {"状态" = ["撤销"]}
constants = {city = "深圳", is_active = true}
from_file_name = {region_code = "_([0-9]{6})_"}
"""
    head, rows = "机构号,机构名称,币种,状态\n", ["1,a,CNY,在营", "2,b,USD,在营", "3,c,CNY,撤销", "4,d,CNY,"]
    (tmp_path / "网点_440300_.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    summary = load(home, tmp_path / "网点_440300_.csv", mapping=mapping_file(tmp_path, text))
    found = kept(home, "SELECT branch_id, city, is_active, region_code FROM branches ORDER BY ALL")
    assert found == [("1", "深圳", True, "440300"), ("4", "深圳", True, "440300")]
    assert summary.findings.set_index("rule").loc["left out: filtered", "value"] == "2 rows in all"


def test_a_mapping_s_pattern_that_would_take_for_ever_over_a_file_s_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("microlib.bank.ingest.convert.NAME_SECONDS", 1)
    (tmp_path / f"{'a' * 60}!.csv").write_text("branch_id\n0755\n")
    said = 'title = "x"\nsource = "x"\n[[tables]]\ntable = "branches"\nfiles = ["*"]\n'
    said += '[tables.columns]\nbranch_id = ["branch_id"]\n[tables.from_file_name]\nname = "^(a+)+$"\n'
    (tmp_path / "own.toml").write_text(said)
    with pytest.raises(BadConfig, match="takes too long over this name"):
        load_files(
            tmp_path / "home", list(tmp_path.glob("*.csv")), mapping=tmp_path / "own.toml", as_of=date(2026, 6, 30)
        )
    assert not Home(tmp_path / "home").bank.exists()

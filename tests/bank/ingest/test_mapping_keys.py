"""Every key that a mapping may hold, tried on a small file of its own: what it says is what is kept."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from microlib.bank.ingest.intake import load_files
from microlib.bank.store import open_store
from microlib.contracts.mapping import SourceMapping, TableMapping

JUNE = date(2026, 6, 30)
HEAD = "借据号,客户号,机构号,发放日期,贷款金额,贷款状态"
ROW = "L1,C1,0755,2026-01-05,200000,正常"
PLAIN = f"{HEAD}\n{ROW}"
OURS = "loan_id,customer_id,branch_id,disbursed_date,amount_yuan,status"
NORMAL = 'codes = {status = {"正常" = "normal", "逾期" = "overdue"}}'


def beside(heads: str, *cells: str) -> str:
    """The file with further columns; a further row for each further text of cells."""
    rows = [f"{ROW.replace('L1', f'L{number}')},{each}" for number, each in enumerate(cells, start=1)]
    return "\n".join([f"{HEAD},{heads}", *rows])


def other(**words: str) -> str:
    """The file with other words in the places of its own."""
    places = {"金额": "贷款金额", "amount": "200000", "day": "2026-01-05", "机构": "机构号", "branch": "0755"}
    text = PLAIN
    for place, word in words.items():
        text = text.replace(places[place], word)
    return text


UNIT_ROW = f"{HEAD}\nEinheit,,,,Yuan,\n{ROW}"
SUM_ROW = f"{PLAIN}\nSumme,,,,200000,"
LATE_DAYS, TWO_DAYS = beside("欠本日期,欠息日期", "2026-06-20,2026-06-10"), beside("本金逾期,利息逾期", "3,12")
NO_STATUS = "\n".join(line.rpartition(",")[0] for line in PLAIN.splitlines())
#: key (and which trial of it): what stands above the tables, what the table says, the file, what is asked, what is kept
LOAN_KEYS = {
    "total_words": ('total_words = ["Summe"]', "", SUM_ROW, "count(*)", 1),
    "skip_values": ('skip_values = ["Einheit"]', "", UNIT_ROW, "count(*)", 1),
    "missing of all": ('missing = ["k.A."]', "", beside("用途", "k.A."), "purpose", None),
    "missing": ("", 'missing = ["k.A."]', beside("用途", "k.A."), "purpose", None),
    "delimiter": ('delimiter = "~"', "", PLAIN.replace(",", "~"), "amount_yuan", 200_000),
    "encoding": ('encoding = "shift_jis"', "", f"{OURS},purpose\n{ROW},カード", "purpose", "カード"),
    "codes of all": ('[codes.class5]\n"A" = "special_mention"', "", beside("五级分类", "A"),
                     "class5", "special_mention"),
    "codes": ("", 'codes = {status = {"" = "unknown"}}', PLAIN.replace("正常", ""), "status", "unknown"),
    "table": ("", "", PLAIN, "loan_id", "L1"),
    "files": ("", 'files = ["借*"]', PLAIN, "loan_id", "L1"),
    "names": ("", 'names = ["借据表"]', PLAIN, "loan_id", "L1"),
    "sheets": ("", 'sheets = ["借*"]', PLAIN, "loan_id", "L1"),
    "columns": ("", 'columns = {amount_yuan = ["Saldo", "Betrag"]}', other(金额="Betrag"), "amount_yuan", 200_000),
    "optional": ("", 'optional = {purpose = "Zweck", channel = "Weg"}', beside("Zweck", "买货"), "purpose", "买货"),
    "units": ("", 'units = {amount_yuan = "wan_yuan"}', other(amount="20.5"), "amount_yuan", 205_000),
    "units by a factor": ("", "units = {amount_yuan = 7.18}", other(amount="10000"), "amount_yuan", 71_800),
    "constants": ("", 'constants = {branch_id = "0755"}', other(机构="条线", branch="小微"), "branch_id", "0755"),
    "assumed": ("", 'assumed = {status = "unknown"}', NO_STATUS, "status", "unknown"),
    "days_since": ("", 'days_since = {overdue_days = ["欠本日期", "欠息日期"]}', LATE_DAYS, "overdue_days", 20),
    "months_after": ("", 'months_after = {maturity_date = ["发放日期", "期限"]}', beside("期限", "18"),
                     "maturity_date", date(2027, 7, 5)),
    "months_after in years": ("", 'months_after = {maturity_date = ["发放日期", "期限(年)"]}', beside("期限(年)", "2"),
                              "maturity_date", date(2028, 1, 5)),
    "formats": ("", 'formats = {disbursed_date = "DD-MON-YY"}', other(day="24-Jun-91"),
                "disbursed_date", date(1991, 6, 24)),
    "formats of digits": ("", 'formats = {disbursed_date = "YYMMDD"}', other(day="930705"),
                          "disbursed_date", date(1993, 7, 5)),
    "formats of months": ("", 'formats = {disbursed_date = "MON-YYYY"}', other(day="Mar-2018"),
                          "disbursed_date", date(2018, 3, 1)),
    "formats of day numbers": ("", 'formats = {disbursed_date = "SAS"}', other(day="24111"),
                               "disbursed_date", date(2026, 1, 5)),
    "sums": ("", 'sums = {overdue_interest_yuan = ["表内", "表外"]}', beside("表内,表外", "100.25,20.5"),
             "overdue_interest_yuan", 120.75),
    "from_file_name": ("", 'from_file_name = {purpose = "^(借据)"}', PLAIN, "purpose", "借据"),
    "keep": ("", 'keep = {"条线" = ["小微"]}', beside("条线", "小微", "对公"), "string_agg(loan_id)", "L1"),
    "drop": ("", 'drop = {"条线" = ["对公"]}', beside("条线", "小微", "对公"), "string_agg(loan_id)", "L1"),
    "greatest": ("", 'greatest = ["overdue_days"]\ncolumns = {overdue_days = ["本金逾期", "利息逾期"]}', TWO_DAYS,
                 "overdue_days", 12),
    "first_filled": ("", 'first_filled = ["purpose"]\noptional = {purpose = ["用途", "投向"]}',
                     beside("用途,投向", ",买货"), "purpose", "买货"),
    "in_order": ("", 'in_order = ["amount_yuan"]\ncolumns = {amount_yuan = ["贷款金额", "合同额"]}',
                 beside("合同额", "900000"), "amount_yuan", 200_000),
    "only_if_there": ("", f'{NORMAL}\n[[tables]]\ntable = "facilities"\nonly_if_there = true', PLAIN, "loan_id", "L1"),
}  # fmt: skip
#: keys whose files stand in other modules of this folder: exits, hashes, look-ups, second files, tables of ours
ELSEWHERE = {"title", "source", "status", "tables", "own_tables", "joins", "exits", "keep_lookup"}
ELSEWHERE |= {"already_hashed", "partial"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home that knows one branch and one customer."""
    monkeypatch.setenv("MICROLIB_KEY_FILE", str(tmp_path / "bank.key"))
    (tmp_path / "branches.csv").write_text("branch_id,name\n0755,甲支行\n", encoding="utf-8")
    (tmp_path / "customers.csv").write_text("customer_id,branch_id,kind\nC1,0755,company\n", encoding="utf-8")
    known = [tmp_path / "branches.csv", tmp_path / "customers.csv"]
    load_files(tmp_path / "home", known, mapping="own_tables", as_of=JUNE)
    return tmp_path / "home"


def loaded(home, top, table, content, name="借据表202606.csv"):
    """Load one file by one table's mapping; return what was found."""
    said, path = home.parent / "own.toml", home.parent / name
    said.write_text(f'title = "x"\nsource = "x"\n{top}\n[[tables]]\n{table}\n', encoding="utf-8")
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.title = "借据"
        for line in content.splitlines():
            book.active.append(line.split(","))
        book.create_sheet("说明").append(["由系统导出"])
        book.save(path)
    else:
        path.write_bytes(content.encode("shift_jis" if "shift_jis" in top else "utf-8"))
    return load_files(home, [path], mapping=said, as_of=JUNE).findings


def kept(home, asked, table="loans"):
    with open_store(home) as store:
        return store.rows(f"SELECT {asked} FROM {table}")


@pytest.mark.parametrize("key", LOAN_KEYS)
def test_what_a_key_says_is_what_is_kept(home, key):
    top, table, content, asked, value = LOAN_KEYS[key]
    said = table if "status" in table else f"{table}\n{NORMAL}"
    name = "借据表202606.xlsx" if key == "sheets" else "借据表202606.csv"
    found = loaded(home, top, f'table = "loans"\n{said}', content, name)
    assert kept(home, asked) == [(value,)]
    if key == "assumed":
        assert "assumed" in " ".join(found["rule"])


def test_customers_come_out_of_a_list_of_loans_once_each(home):
    table = (
        'table = "customers"\none_row_per_key = true\nconstants = {kind = "company"}\ncolumns = {branch_id = "机构号"}'
    )
    loaded(home, "", table, beside("用途", "买货", "种植").replace("C1", "C2"))
    assert kept(home, "count(*)", "customers WHERE customer_id = 'C2'") == [(1,)]


@pytest.mark.parametrize(("line", "name"), [("unless_known = true", "甲支行"), ("", "乙支行")])
def test_what_the_bank_knows_is_left_as_it_is_where_the_mapping_says_so(home, line, name):
    (home.parent / "known.toml").write_text(
        f'title = "x"\nsource = "x"\n[[tables]]\ntable = "branches"\n{line}\n', encoding="utf-8"
    )
    path = home.parent / "branches.csv" if line else home.parent / "机构.csv"
    path.write_text("branch_id,name\n0755,乙支行\n", encoding="utf-8")
    load_files(home, [path], mapping=home.parent / "known.toml", as_of=date(2026, 7, 31))
    assert kept(home, "name", "branches ORDER BY as_of DESC LIMIT 1") == [(name,)]


def test_blanks_around_values_are_told_where_the_mapping_asks(home):
    content = f"{HEAD}\n{ROW.replace('L1', ' L1 ')}"
    told = loaded(home, "", f'table = "loans"\nnotice_blanks = ["loan_id"]\n{NORMAL}', content)
    assert kept(home, "loan_id") == [("L1",)]
    assert "blank" in " ".join(told["rule"])


def test_every_key_is_tried():
    tried = {key.split()[0] for key in LOAN_KEYS} | {"one_row_per_key", "unless_known", "notice_blanks"}
    assert tried | ELSEWHERE == {*SourceMapping.model_fields, *TableMapping.model_fields}

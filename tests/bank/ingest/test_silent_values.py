"""Nothing is read off, skipped, merged or guessed in silence: each value is right, refused or told."""

from datetime import date
from functools import partial

import duckdb
import openpyxl
import pytest
from openpyxl.styles import Font

from microlib.bank.ingest.convert import value_sql
from microlib.bank.ingest.files import read_sheets
from microlib.bank.ingest.intake import load_files
from microlib.bank.ingest.workbooks import FORMULA, cell_text
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.contracts.columns import count, day, share, yuan
from microlib.contracts.mapping import plain_header, said_unit
from microlib.errors import BadConfig, BadData
from microlib.home import shipped_data
from tests.faults.cases import HEADS

JUNE = date(2026, 6, 30)


def loans(rows_count=12, **changed):
    rows = []
    for number in range(1, rows_count + 1):
        row = dict(zip(HEADS, ("0755", "甲支行", f"C{number:04d}", f"商行{number}", f"L{number:05d}", "2026-01-15",
                                 "2027-01-15", "300000", "250000", "0.0485", "0", "正常"), strict=True))  # fmt: skip
        rows.append(list((row | {name: value(number) for name, value in changed.items()}).values()))
    return rows


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    return tmp_path / "home"


def write_csv(path, rows, headers=HEADS, end="\n"):
    lines = [",".join(row) for row in (headers, *rows)]
    path.write_bytes((end.join(lines) + end).encode())
    return path


def write_workbook(path, rows, headers=HEADS, hidden=(), formats=None):
    book = openpyxl.Workbook()
    for row in (headers, *rows):
        book.active.append(list(row))
    for cell, told in (formats or {}).items():
        book.active[cell].number_format = told
    for name in hidden:
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden"
        sheet.append(list(headers))
        sheet.append(list(rows[0]))
    book.save(path)
    return path


def load(home, path, mapping="ledger_excel"):
    return load_files(home, [path], mapping=mapping).findings


def refused(home, path, mapping="ledger_excel"):
    with pytest.raises(BadData) as caught:
        load(home, path, mapping)
    return caught.value


def kept(home, sql):
    with open_store(home) as store:
        return store.rows(sql)


def value(text, column, **how):
    told = value_sql("t", column, **how)
    found = duckdb.execute(f"SELECT {told} FROM (SELECT ?::VARCHAR AS t)", [text]).fetchone()[0]
    return found if isinstance(found, bool | int | float | None) else str(found)


@pytest.mark.parametrize(
    ("label", "name", "unit"),
    [("贷款余额（人民币万元）", "贷款余额", "wan_yuan"), ("贷款余额(千元)", "贷款余额", "qian_yuan"),
     ("余额（单位：百万元）", "余额", "baiwan_yuan"), ("余额（ 人民币 亿元 ）", "余额", "yi_yuan"),
     ("余额【万元】", "余额", "wan_yuan"), ("余额（美元）", "余额(美元)", ""), ("最长期限(年)", "最长期限", "years")],
)  # fmt: skip
def test_a_unit_that_is_read_off_a_header_is_known_by_a_factor(label, name, unit):
    assert (plain_header(label), said_unit(label)) == (name, unit)


@pytest.mark.parametrize(("unit", "factor"), [("人民币万元", 1e4), ("千元", 1e3), ("百万元", 1e6), ("亿元", 1e8)])
def test_the_unit_of_a_header_is_applied(home, tmp_path, unit, factor):
    amount = str(300000 / factor)
    headers = [f"{name}（{unit}）" if name in ("贷款金额", "贷款余额") else name for name in HEADS]
    rows = loans(贷款金额=lambda _: amount, 贷款余额=lambda _: amount)
    load(home, write_csv(tmp_path / "台账202606.csv", rows, headers))
    assert kept(home, "SELECT max(balance_yuan) FROM loans") == [(300000.0,)]


def test_a_foreign_unit_in_a_title_is_refused(home, tmp_path):
    path = write_csv(tmp_path / "台账202606.csv", [HEADS, *loans()], ["单位：美元", *[""] * 11])
    assert "unit" in str(refused(home, path))


@pytest.mark.parametrize(("head", "rate"), [("执行利率(‰)", 0.06525), ("月利率‰", None), ("年利率(%)", 0.054375)])
def test_a_rate_in_permille_is_a_month_s(home, tmp_path, head, rate):
    headers = [head if name == "年利率" else name for name in HEADS]
    path = write_csv(tmp_path / "台账202606.csv", loans(年利率=lambda _: "5.4375"), headers)
    if rate is None:
        refused(home, path)
        return
    load(home, path)
    assert kept(home, "SELECT max(yearly_rate) FROM loans")[0][0] == pytest.approx(rate)


@pytest.mark.parametrize("text", ["100000 200000", "1.234,56", "1,23", "TRUE", "12,3456", "1_000", "1,,000"])
def test_a_number_with_signs_in_odd_places_is_none(text):
    assert value(text, yuan("a", "金额")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("３１０，０００．００", 310000.0), ("－５", -5.0), ("￥1,234.50元", 1234.5), ("1 234 567", 1234567.0)],
)
def test_full_width_and_grouped_numbers_are_read(text, said):
    assert value(text, yuan("a", "金额")) == said


def test_years_become_months_but_a_cell_with_its_own_word_does_not():
    assert [value(text, count("n_months", "期限"), unit="years") for text in ("3", "1.5", "12个月")] == [36, 18, 12]


@pytest.mark.parametrize("text", ["99999", "14610", "24107", "epoch", "infinity", "2026-5-1 x", "26-5-1"])
def test_a_day_number_of_another_program_is_no_date(text):
    assert value(text, day("d", "日")) is None


@pytest.mark.parametrize(
    ("number", "shown", "text"),
    [(4.85, '0.00"%"', "4.85%"), (0.35, r"0.00\%", "0.35%"), (0.0485, "0.00%", "4.85%"), (180, '0"万元"', "180万元"),
     (True, "General", "TRUE"), (440300123456789000, "0", "4.40300123456789e+17")],
)  # fmt: skip
def test_a_cell_says_what_it_shows(number, shown, text):
    assert cell_text(number, shown) == text


def test_a_percent_that_only_stands_there_is_one():
    assert value("0.35%", share("r", "利率")) == pytest.approx(0.0035)


@pytest.mark.parametrize("key", ["9.14403E+17", "=A1&B1", "#REF!", "1.23457e+15"])
def test_a_key_that_a_program_has_rounded_or_left_is_refused(home, tmp_path, key):
    error = refused(home, write_csv(tmp_path / "台账202606.csv", loans(客户号=lambda _: key)))
    assert "text" in str(error)


def test_long_numbers_in_cells_are_refused(home, tmp_path):
    rows = loans(借据号=lambda number: 4403001234567890000 + number)
    assert "rounded" in str(refused(home, write_workbook(tmp_path / "台账202606.xlsx", rows)))


@pytest.mark.parametrize(
    "key", ["C0001\u200b", "\ufeffC0001", "Ｃ０００１", "'C0001", "C0001_x000D_", "C0001\x1b", "C0001\u2003"]
)
def test_one_borrower_is_one_whatever_signs_surround_it(home, tmp_path, key):
    rows = loans(2, 客户号=lambda number: key if number == 2 else "C0001", 客户名称=lambda _: "商行")
    found = load(home, write_csv(tmp_path / "台账202606.csv", rows))
    assert kept(home, "SELECT DISTINCT customer_id FROM loans") == [("C0001",)]
    assert found["rule"].str.contains("invisible").any()


@pytest.mark.parametrize("end", ["\r\n", "\r\r\n", "\r"])
def test_any_line_end_is_read(home, tmp_path, end):
    load(home, write_csv(tmp_path / "台账202606.csv", loans(), end=end))
    assert kept(home, "SELECT count(*) FROM loans") == [(12,)]


def test_mixed_line_ends_and_blank_lines_are_read_and_rows_keep_their_numbers(home, tmp_path):
    path = write_csv(tmp_path / "台账202606.csv", loans(贷款金额=lambda n: "abc" if n == 12 else "300000"), end="\r\n")
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n\n", 2))
    failures = refused(home, path).failures
    assert failures.loc[failures["rule"] == "unreadable value", "row"].tolist() == [15]


def test_rows_within_lone_quotes_are_a_block_that_names_the_row(home, tmp_path):
    rows = loans(客户名称=lambda n: {4: '"某4', 8: '某8"'}.get(n, f"某{n}"))
    error = refused(home, write_csv(tmp_path / "台账202606.csv", rows))
    assert "a quote swallows other rows" in set(error.failures["rule"])


def test_a_header_over_two_lines_is_read(home, tmp_path):
    headers = ['"贷款余额\n（元）"' if name == "贷款余额" else name for name in HEADS]
    load(home, write_csv(tmp_path / "台账202606.csv", loans(), headers, end="\r\n"))
    assert kept(home, "SELECT count(*) FROM loans") == [(12,)]


def test_a_hidden_sheet_and_unread_columns_are_told(home, tmp_path):
    headers = [*HEADS, "欠款说明"]
    rows = [[*row, "x"] for row in loans()]
    found = load(home, write_workbook(tmp_path / "台账202606.xlsx", rows, headers, hidden=("个人",)))
    assert {"a hidden sheet holds rows: it was not read", "columns not read"} <= set(found["rule"])


def test_a_formula_without_a_value_is_told_as_one(home, tmp_path):
    path = write_workbook(tmp_path / "台账202606.xlsx", loans(贷款余额=lambda n: f"=H{n + 1}-50000"))
    assert FORMULA in str(refused(home, path))
    assert read_sheets(path)[0].head[1][8].startswith(FORMULA)


def test_a_third_of_the_rows_in_another_unit_is_a_block_and_a_single_one_a_doubt(home, tmp_path):
    def scaled(places):
        return lambda number: "30" if number in places else "300000"

    rows = loans(贷款金额=scaled((1, 2, 3, 4)), 贷款余额=scaled((1, 2, 3, 4)))
    assert "unit_mixed" in set(refused(home, write_csv(tmp_path / "台账202606.csv", rows)).failures["rule"])
    rows = loans(30, 贷款金额=scaled((1,)), 贷款余额=scaled((1,)))
    assert "amount_small" in set(load(home, write_csv(tmp_path / "台账202606.csv", rows))["rule"])


@pytest.mark.parametrize("amount", ["1e18", "5000000000000", "9e9999"])
def test_one_absurd_loan_is_refused(home, tmp_path, amount):
    rows = loans(贷款金额=lambda number: amount if number == 3 else "300000")
    failures = refused(home, write_csv(tmp_path / "台账202606.csv", rows)).failures
    assert set(failures.loc[failures["severity"] == "block", "row"]) == {4}


def test_a_month_in_another_unit_than_the_month_before_is_refused(home, tmp_path):
    load(home, write_csv(tmp_path / "台账202605.csv", loans()))
    rows = loans(贷款金额=lambda _: "400", 贷款余额=lambda _: "378")
    assert "unit_jumps" in set(refused(home, write_csv(tmp_path / "台账202606.csv", rows)).failures["rule"])


def test_a_code_that_lost_its_zeros_is_refused(home, tmp_path):
    load(home, write_csv(tmp_path / "台账202605.csv", loans()))
    path = write_workbook(tmp_path / "台账202606.xlsx", loans(机构号=lambda _: 755))
    assert "zeros_lost" in set(refused(home, path).failures["rule"])


@pytest.mark.parametrize(
    ("changed", "rule"),
    [({"贷款状态": "结清"}, "settled_with_balance"), ({"贷款状态": "逾期"}, "arrears_without_days"),
     ({"发放日期": "2025-01-15", "到期日期": "2026-01-15"}, "matured_without_days"),
     ({"到期日期": "2099-01-15"}, "maturity_far"), ({"到期日期": "2062-01-15"}, "maturity_far"),
     ({"年利率": "0"}, "rate_scale")],
)  # fmt: skip
def test_a_row_that_contradicts_itself_is_named(home, tmp_path, changed, rule):
    usual = dict(zip(HEADS, loans(1)[0], strict=True))
    told = {
        name: partial(lambda number, word, other: word if number == 5 else other, word=word, other=usual[name])
        for name, word in changed.items()
    }
    found = load(home, write_csv(tmp_path / "台账202606.csv", loans(**told)))
    assert found.loc[found["rule"] == rule, "row"].tolist() == [6]


def test_more_days_overdue_than_the_loan_is_old_are_refused(home, tmp_path):
    rows = loans(逾期天数=lambda number: "46201" if number == 2 else "0")
    failures = refused(home, write_csv(tmp_path / "台账202606.csv", rows)).failures
    assert failures.loc[failures["rule"] == "overdue_before_disbursement", "row"].tolist() == [3]


@pytest.mark.parametrize("second", ["利息逾期天数", "欠息天数"])
def test_the_longer_of_two_arrears_counts(home, tmp_path, second):
    headers = ["本金逾期天数" if name == "逾期天数" else name for name in HEADS] + [second]
    load(home, write_csv(tmp_path / "台账202606.csv", [[*row, "95"] for row in loans()], headers))
    assert kept(home, "SELECT max(overdue_days) FROM loans") == [(95,)]


def test_totals_and_headers_within_the_rows_are_left_out_and_counted(home, tmp_path):
    rows = [
        *loans(),
        ["0755 汇总", *[""] * 6, "3600000", "3000000", "", "", ""],
        HEADS,
        *loans(1, 借据号=lambda _: "L9"),
    ]
    found = load(home, write_csv(tmp_path / "台账202606.csv", rows))
    assert kept(home, "SELECT count(*) FROM loans") == [(13,)]
    assert {"left out: totals", "left out: header again"} <= set(found["rule"])


def test_an_unreadable_cell_is_told_once_and_as_what_it_is(home, tmp_path):
    rows = loans(贷款金额=lambda number: "12万" if number == 4 else "300000")
    failures = refused(home, write_csv(tmp_path / "台账202606.csv", rows)).failures
    assert failures.loc[failures["severity"] == "block", ["row", "value", "rule"]].to_numpy().tolist() == [
        [5, "12万", "unreadable value"]
    ]


def test_balances_in_another_unit_than_the_amounts_are_refused(home, tmp_path):
    error = refused(home, write_csv(tmp_path / "台账202606.csv", loans(贷款余额=lambda _: "250")))
    assert "unit_of_two_columns" in set(error.failures["rule"])


def test_rates_of_nought_and_keys_that_are_nearly_one_are_told(home, tmp_path):
    rows = loans(2, 年利率=lambda _: "0", 客户号=lambda number: ("C-01", "c01")[number - 1])
    assert {"rate_nought", "keys_alike"} <= set(load(home, write_csv(tmp_path / "台账202606.csv", rows))["rule"])


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"贷款金额": "300", "贷款余额": "250"}, "unit_doubt"),
        ({"贷款金额": "30000000", "贷款余额": "25000000"}, "unit_doubt"),
        ({"年利率": "0.35"}, "rate_high"),
    ],
)
def test_a_book_of_odd_size_or_price_is_doubted(home, tmp_path, changed, rule):
    rows = loans(**{name: lambda _, word=word: word for name, word in changed.items()})
    found = load(home, write_csv(tmp_path / "台账202606.csv", rows))
    assert set(found["rule"]) == {rule} and set(found["severity"]) == {"warn"}


def struck(path, cells):
    book = openpyxl.Workbook()
    for row in (HEADS, *loans()):
        book.active.append(list(row))
    for cell in cells:
        book.active[cell].font = Font(strike=True)
    book.save(path)
    return path


def test_a_row_that_is_struck_through_is_asked_about_and_a_single_cell_told(home, tmp_path):
    row = [f"{letter}9" for letter in "ABCDEFGHIJKL"]
    error = refused(home, struck(tmp_path / "台账202606.xlsx", row))
    assert "struck through" in error.what and error.failures["row"].dropna().tolist()[0] == 9
    found = load(home, struck(tmp_path / "台账202605.xlsx", ["D9"]))
    assert found.loc[found["rule"].str.contains("struck through"), "value"].tolist() == ["1 cells"]


def test_a_home_judges_units_by_its_own_cuts(home, tmp_path):
    rows = loans(贷款金额=lambda _: "90", 贷款余额=lambda _: "80")
    path = write_csv(tmp_path / "台账202606.csv", rows)
    assert "unit_slip" in set(refused(home, path).failures["rule"])
    own = home / "data" / "policies" / "intake.toml"
    own.parent.mkdir(parents=True)
    shipped = (shipped_data() / "policies" / "intake.toml").read_text(encoding="utf-8")
    own.write_text(shipped.replace("value = 100,", "value = 10,").replace("value = 2_000,", "value = 10,"), "utf-8")
    assert load(home, path).empty


def know_customer(home, folder):
    (folder / "branches.csv").write_text("branch_id,name\n0755,x", encoding="utf-8")
    (folder / "customers.csv").write_text("customer_id,branch_id,kind\nC1,0755,company", encoding="utf-8")
    load_files(home, [folder / "branches.csv", folder / "customers.csv"], mapping="own_tables", as_of=JUNE)


INVOICE_HEADS = ("客户号", "方向", "发票号码", "开票日期", "交易对方", "金额", "税额", "价税合计", "发票状态")


@pytest.mark.parametrize(
    ("head", "word", "sign", "is_refused"),
    [
        ("是否正数发票", "否", "", True),
        ("是否正数发票", "否", "-", False),
        ("是否正数发票", "是", "-", True),
        ("是否红字发票", "是", "", True),
        ("是否红字发票", "否", "", False),
    ],
)
def test_an_invoice_that_says_it_is_red_bears_a_minus(home, tmp_path, head, word, sign, is_refused):
    know_customer(home, tmp_path)
    row = ["C1", "进项", "1", "2026-06-01", "甲", f"{sign}1000", f"{sign}130", f"{sign}1130", "正常", word]
    path = write_csv(tmp_path / "发票明细202606.csv", [row], (*INVOICE_HEADS, head))
    if is_refused:
        assert head in refused(home, path, "vat_invoices").failures["value"].iloc[0]
    else:
        load(home, path, "vat_invoices")
        assert kept(home, "SELECT gross_yuan FROM invoices") == [(float(f"{sign}1130"),)]


@pytest.mark.parametrize(("short", "is_told"), [("11", True), ("00000011", False), ("25512000000012345678", False)])
def test_an_invoice_number_shorter_than_all_others_is_doubted(home, tmp_path, short, is_told):
    know_customer(home, tmp_path)
    numbers = [*(f"{number:08d}" for number in range(12, 32)), short]
    rows = [
        ["C1", "进项", number, "2026-06-01", f"甲{at}", "1000", "130", "1130", "正常"]
        for at, number in enumerate(numbers)
    ]
    found = load(home, write_csv(tmp_path / "发票明细202606.csv", rows, INVOICE_HEADS), "vat_invoices")
    assert found.loc[found["rule"] == "zeros_doubted", "row"].tolist() == [22] * is_told


@pytest.mark.parametrize("encoding", ["shift_jis", "EUC-JP", "big5", "cp949", "utf-32", "utf-8-sig"])
def test_any_encoding_that_python_knows_may_be_said(home, tmp_path, encoding):
    text = "branch_id,name\n0755,支行\n0756,本店\n"
    (tmp_path / "branches.csv").write_bytes(text.encode(encoding))
    own = tmp_path / "own.toml"
    own.write_text(f'title = "x"\nsource = "x"\nencoding = "{encoding}"\nown_tables = true\n', encoding="utf-8")
    load_files(home, [tmp_path / "branches.csv"], mapping=own, as_of=JUNE)
    assert kept(home, "SELECT name FROM branches ORDER BY branch_id") == [("支行",), ("本店",)]


@pytest.mark.parametrize("encoding", ["klingon", "base64", "idna"])
def test_what_is_no_encoding_is_refused_in_a_sentence(home, tmp_path, encoding):
    own = tmp_path / "own.toml"
    own.write_text(f'title = "x"\nsource = "x"\nencoding = "{encoding}"\nown_tables = true\n', encoding="utf-8")
    with pytest.raises(BadConfig, match="no encoding of text"):
        load_files(home, [tmp_path / "branches.csv"], mapping=own, as_of=JUNE)


def gaps(**cells):
    return [cells.get(head, "") for head in HEADS]


#: a row of no loan between loans, and what it is counted as
FURNITURE = [
    (gaps(客户名称="甲支行小计", 贷款金额="1800000"), "totals"),
    (gaps(机构号="0755", 机构名称="甲支行", 借据号="小计", 贷款金额="1800000", 贷款余额="1500000"), "totals"),
    (gaps(机构号="0755", 客户号="C0001", 客户名称="商行1 小计", 贷款金额="300000"), "totals"),
    (gaps(机构号="共12笔", 贷款金额="3600000", 贷款余额="3000000"), "remarks"),
    (gaps(机构号="第2页 共3页"), "remarks"),
    (["--------"] * len(HEADS), "drawn lines"),
]


@pytest.mark.parametrize(
    ("row", "kind"), FURNITURE, ids=[f"{kind} {place}" for place, (_, kind) in enumerate(FURNITURE)]
)
def test_what_a_print_puts_between_loans_is_left_out_and_counted(home, tmp_path, row, kind):
    rows = loans()
    rows.insert(6, row)
    found = load(home, write_csv(tmp_path / "台账202606.csv", rows))
    assert set(found.loc[found["rule"] == f"left out: {kind}", "value"]) == {"1 rows in all"}
    assert kept(home, "SELECT count(*), sum(amount_yuan) FROM loans") == [(12, 3_600_000)]


def test_an_invisible_mark_before_the_first_header_hides_no_column(home, tmp_path):
    path = write_csv(tmp_path / "台账202606.csv", loans())
    path.write_bytes(("\ufeff" + path.read_text(encoding="utf-8")).encode("gb18030"))
    load(home, path)
    assert kept(home, "SELECT count(*) FROM loans") == [(12,)]


def test_a_cell_over_several_rows_of_a_page_moves_no_other(tmp_path):
    rows = "<tr><td rowspan=2>0755<td>1<td rowspan=2 colspan=2>a<td>2<tr><td>3<td>4<tr><td>5<td>6<td>7<td>8<td>9"
    (tmp_path / "a.xls").write_text(f"<html><table>{rows}</table></html>", encoding="utf-8")
    (sheet,) = read_sheets(tmp_path / "a.xls")
    assert [[cell or "" for cell in row] for row in sheet.head] == [
        ["0755", "1", "a", "", "2"],
        ["", "3", "", "", "4"],
        ["5", "6", "7", "8", "9"],
    ]


@pytest.mark.parametrize(
    ("column", "words", "rule"),
    [
        (9, ["", ""], "column_lacking"),
        (2, ["C000O", "C0000"], "keys_alike"),
        (2, ["C\u20100001", "C-0001"], "keys_alike"),
    ],
)
def test_a_blank_column_and_keys_that_look_alike_are_told(home, tmp_path, column, words, rule):
    heads = "机构号,机构名称,客户号,借据号,发放日期,到期日期,贷款金额,贷款余额,年利率,逾期天数,贷款状态"
    rows = []
    for number in range(1, 4):
        cells = f"0755,甲支行,C1,L{number},2026-01-15,2027-01-15,300000,250000,0.0485,0,正常".split(",")
        cells[column] = words[number % 2]
        rows.append(",".join(cells))
    path = tmp_path / "台账202606.csv"
    path.write_text("\n".join([heads, *rows]), encoding="utf-8")
    assert rule in set(load(home, path)["rule"])

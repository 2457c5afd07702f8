"""Relatives of what went wrong in files that banks have: each value is read right, refused, or told."""

import datetime
import decimal
import os
import zipfile

import duckdb
import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from microlib.bank.ingest.convert import ConversionContext, DayCount, value_sql
from microlib.bank.ingest.files import Reading, file_date, read_sheets
from microlib.bank.ingest.headers import read_source
from microlib.bank.ingest.intake import load_files, receive_file
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.contracts.columns import code, count, day, key, share, yuan
from microlib.contracts.mapping import SourceMapping
from microlib.errors import BadConfig, BadData
from microlib.files import Limits

USUAL = {
    "机构号": "0755",
    "机构名称": "甲支行",
    "客户号": "C0001",
    "客户名称": "商行",
    "借据号": "L0001",
    "发放日期": "2026-01-15",
    "到期日期": "2027-01-15",
    "贷款金额": "300000",
    "贷款余额": "250000",
    "年利率": "0.0485",
    "逾期天数": "0",
    "贷款状态": "正常",
}
HEADS = list(USUAL)
WHOLE = read_source(".", "ledger_excel").mapping
LEDGER = WHOLE.model_copy(update={"tables": tuple(entry for entry in WHOLE.tables if entry.table == "loans")})
TAKEN_OFF = "invisible, full-width or text signs in the value: taken without them"


def rows(rows_count=3, **changed):
    whole = []
    for number in range(1, rows_count + 1):
        row = USUAL | {"借据号": f"L{number:04d}", "客户号": f"C{number:04d}"}
        whole.append([*(row | {name: told(number) for name, told in changed.items()}).values()])
    return whole


def renamed(**heads):
    return [heads.get(name, name) for name in HEADS]


def text(path, grid, *, mark=",", end="\n", encoding="utf-8"):
    path.write_bytes((end.join(mark.join(row) for row in grid) + end).encode(encoding))
    return path


def workbook(path, grid, *, change=None, counts_from_1904=False):
    book = openpyxl.Workbook()
    if counts_from_1904:
        book.epoch = CALENDAR_MAC_1904
    for row in grid:
        book.active.append(list(row))
    if change:
        change(book.active)
    book.save(path)
    return path


class Received:
    """What came of one file: its loans, and what was told."""

    def __init__(self, path, mapping=LEDGER, **how):
        con = duckdb.connect()
        context = ConversionContext(datetime.date(2026, 6, 30), b"key", mapping)
        found = receive_file(con, path, intake=context, name="raw", **how)
        self.problems = [problem for each in found for problem in each.problems]
        self.rules = {problem["rule"] for problem in self.problems}
        self.blocks = {problem["rule"] for problem in self.problems if problem["severity"] == "block"}
        self.loans = next((each for each in found if each.table == "loans"), found[0])
        self.frame = con.execute(f"FROM {self.loans.relation}").df() if self.loans.relation else pd.DataFrame()

    def first(self, column):
        return self.frame[column].iloc[0]

    def column(self, name):
        return next(each for each in self.loans.reading["columns"] if each["column"] == name)


def received(tmp_path, grid, name="台账202606.csv", **how):
    return Received(text(tmp_path / name, grid, **how))


def value(word, column, **how):
    told = value_sql("t", column, **how)
    found = duckdb.execute(f"SELECT {told} FROM (SELECT ?::VARCHAR AS t)", [word]).fetchone()[0]
    return found if isinstance(found, bool | int | float | None) else str(found)


@pytest.mark.parametrize(
    ("head", "amount"),
    [
        ("贷款余额（元）", "250000"),
        ("贷款余额（角）", "2500000"),
        ("贷款余额（分）", "25000000"),
        ("贷款余额(千元)", "250"),
        ("贷款余额[人民币：千元]", "250"),
        ("贷款余额（单位：百万元）", "0.25"),
        ("贷款余额（千万元）", "0.025"),
        ("贷款余额【亿】", "0.0025"),
        ("贷款余额\n（万元）", "25"),
        ("贷款余额 (RMB)", "250000"),
        ("贷款余额_万元", "25"),
        ("贷款余额千元", "250"),
        ("贷款余额/元", "250000"),
        ("贷款余额（折人民币万元）", "25"),
        ("贷款余额（百元）", "2500"),
    ],
)
def test_a_unit_of_money_in_a_head_is_applied(tmp_path, head, amount):
    found = received(tmp_path, [renamed(贷款余额=f'"{head}"'), *rows(贷款余额=lambda _: amount)])
    assert found.first("balance_yuan") == pytest.approx(250_000)


@pytest.mark.parametrize("head", ["贷款余额（美元）", "贷款余额（万元/月）", "贷款余额（十万元）", "贷款余额1000万元"])
def test_a_unit_without_a_factor_is_not_read_off(tmp_path, head):
    assert received(tmp_path, [renamed(贷款余额=head), *rows()]).blocks


@pytest.mark.parametrize(
    ("head", "said", "rate"),
    [
        ("年利率(%)", "4.86", 0.0486),
        ("执行利率(‰)", "4.05", 0.0486),
        ("执行利率（月‰）", "4.05", 0.0486),
        ("执行利率(‱)", "1.35", 0.0486),
        ("执行利率(BP)", "486", 0.0486),
        ("年利率(‰)", "48.6", 0.0486),
        ("利率（%/月）", "0.405", 0.0486),
        ("执行利率（日‱）", "1.35", 0.0486),
        ("年利率(‱)", "486", 0.0486),
    ],
)
def test_a_rate_s_unit_and_period_are_applied(tmp_path, head, said, rate):
    found = received(tmp_path, [renamed(年利率=head), *rows(年利率=lambda _: said)])
    assert found.first("yearly_rate") == pytest.approx(rate)


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("月利率(%)", "percent_per_month"),
        ("日利率(‱)", "basis_point_per_day"),
        ("月利率（‰）", "permille_per_month"),
        ("日利率(%)", "percent_per_day"),
    ],
)
def test_a_rate_by_month_or_day_is_a_year_s_by_its_head(tmp_path, head, unit):
    entry = {"table": "loans", "partial": True, "columns": {"loan_id": "借据号", "yearly_rate": head[:3]}}
    mapping = SourceMapping(title="t", source="s", tables=[entry])
    found = Received(text(tmp_path / "a.csv", [renamed(年利率=head), *rows()]), mapping)
    assert found.column("yearly_rate")["unit"] == unit
    bare = Received(text(tmp_path / "b.csv", [renamed(年利率=head[:3]), *rows()]), mapping)
    assert "the header says a rate by the month or day, and its unit says by the year" in bare.blocks


@pytest.mark.parametrize("title", ["单位：千元", "（金额单位：人民币千元）", "贷款台账（千元）", "金额单位为千元"])
def test_a_unit_in_a_title_a_sheet_s_or_a_file_s_name_is_applied(tmp_path, title):
    grid = rows(贷款金额=lambda _: "300", 贷款余额=lambda _: "250")
    above = received(tmp_path, [[title, *[""] * 11], HEADS, *grid])
    below = received(tmp_path, [HEADS, *grid], name="台账（千元）202606.csv")
    units = received(tmp_path, [HEADS, [*[""] * 7, "千元", "千元", "", "天", ""], *grid])
    assert [each.first("balance_yuan") for each in (above, below, units)] == [250_000] * 3


@pytest.mark.parametrize("above", ["币种：美元", "单位：美元", "单位：港元", "币种：USD 单位：元"])
def test_another_currency_in_a_title_is_refused(tmp_path, above):
    assert (
        "the header's unit is none of this column's" in received(tmp_path, [[above, *[""] * 11], HEADS, *rows()]).blocks
    )


@pytest.mark.parametrize("remark", ["注：金额单位为千元", "备注：单位：万元", "说明：本表金额（万元）"])
def test_a_unit_said_below_the_rows_is_refused(tmp_path, remark):
    found = received(tmp_path, [HEADS, *rows(), [remark, *[""] * 11]])
    assert "a remark below the rows says a unit" in found.blocks


@pytest.mark.parametrize("name", ["100万元以下台账202606.csv", "台账202606_单户500万元及以下.csv"])
def test_an_amount_in_a_name_is_no_unit(tmp_path, name):
    assert received(tmp_path, [HEADS, *rows()], name=name).first("balance_yuan") == 250_000


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("２５０，０００．００", 250_000.0),
        ("(1,234.00)", -1234.0),
        ("（1,234.00）", -1234.0),
        ("1,234.00-", -1234.0),
        ("－１２", -12.0),
        ("￥1,234", 1234.0),
        ("CNY 1,234", 1234.0),
        ("1,234元", 1234.0),
        ("+5", 5.0),
        ("1.5E3", 1500.0),
        ("1.234,56", None),
        ("12万", None),
        ("贰拾伍万元整", None),
        ("二十五万", None),
        ("$250", None),
        ("€250", None),
        ("TRUE", None),
        ("1 2", None),
        ("12,34,567", None),
        ("0x1F", None),
        ("1/2", None),
        ("约25万", None),
        ("25~30", None),
        ("１２．５．６", None),
        ("inf", None),
    ],
)
def test_an_amount_is_what_it_says_or_none(word, said):
    assert value(word, yuan("a", "金额", low=None)) == said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("4.85%", 0.0485),
        ("４．８５％", 0.0485),
        ("0.0485", 0.0485),
        ("48.5‰", 0.0485),
        ("4.85 %", 0.0485),
        ("百分之五", None),
        ("5厘", None),
    ],
)
def test_a_rate_is_what_it_says_or_none(word, said):
    assert value(word, share("r", "利率")) == (None if said is None else pytest.approx(said))


@pytest.mark.parametrize("amounts", [("310.000", "285.500"), ("1.000", "12.500"), ("999.999", "310.000")])
def test_dots_before_three_digits_are_asked_about(tmp_path, amounts):
    odd = received(tmp_path, [HEADS, *rows(2, 贷款余额=lambda n: amounts[n - 1])])
    assert "dots before three digits: thousands or decimals?" in odd.blocks
    plain = received(tmp_path, [HEADS, *rows(2, 贷款余额=lambda n: (amounts[0], "285.5")[n - 1])])
    assert not plain.blocks


@pytest.mark.parametrize(
    ("word", "form", "said"),
    [
        ("24-Jun-91", "DD-MON-YY", "1991-06-24"),
        ("4-JUN-2026", "D-MON-YYYY", "2026-06-04"),
        ("Mar-2018", "MON-YYYY", "2018-03-01"),
        ("2/28/1999", "M/D/YYYY", "1999-02-28"),
        ("930705", "YYMMDD", "1993-07-05"),
        ("50103", "YYMMDD", "2005-01-03"),
        ("28.02.1999", "DD.MM.YYYY", "1999-02-28"),
        ("24121", "SAS", "2026-01-15"),
        ("44575", "EXCEL1904", "2026-01-15"),
        ("20468", "UNIX", "2026-01-15"),
        ("19930705", "YYMMDD", None),
        ("13/13/1999", "M/D/YYYY", None),
        ("2026-01-15", "SAS", None),
    ],
)
def test_a_date_is_read_in_the_form_that_a_mapping_says(word, form, said):
    assert value(word, day("d", "日"), days=DayCount(form=form)) == (said if said is None else said)


@pytest.mark.parametrize(
    "word", ["01/02/2026", "24-Jun-91", "Mar-2018", "930705", "24121", "20468", "2026-02-30", "二〇二六年"]
)
def test_a_date_that_could_be_two_is_none(word):
    assert value(word, day("d", "日")) is None


def test_a_form_of_dates_that_is_none_is_refused():
    for form in ("DD", "YYYY-YY", "day first", "%d-%m-%Y"):
        with pytest.raises(ValueError, match="no form of dates"):
            SourceMapping(title="t", source="s", tables=[{"table": "loans", "formats": {"disbursed_date": form}}])


@pytest.mark.parametrize(
    ("stem", "said"),
    [
        ("流水_20260601-20260630", "2026-06-30"),
        ("流水20260101至20260630", "2026-06-30"),
        ("台账_20260601_20260630", "2026-06-30"),
        ("台账2026-06-01~2026-06-30", "2026-06-30"),
        ("台账202601-202606", "2026-06-30"),
        ("2026年1-6月台账", "2026-06-30"),
        ("台账_20260630_20260705", "None"),
        ("台账20260630-20260601", "None"),
        ("台账20260631", "None"),
        ("台账202606_202607", "None"),
    ],
)
def test_a_span_in_a_name_ends_with_its_last_day_and_two_days_are_asked_about(stem, said):
    assert str(file_date(stem)) == said


@pytest.mark.parametrize(
    "written",
    [
        "C0001",
        "'C0001'",
        "“C0001”",
        "‘C0001",
        "`C0001",
        '"""C0001"""',
        '"=""C0001"""',
        "C0001\u2060",
        "\u202aC0001",
        "C0001\u00ad",
        "C00\ufe0f01",
        "\tC0001",
    ],
)
def test_a_key_is_the_same_in_any_disguise(tmp_path, written):
    found = received(tmp_path, [HEADS, *rows(1, 客户号=lambda _: written)])
    assert found.first("customer_id") == "C0001"
    assert written == "C0001" or TAKEN_OFF in found.rules or found.column("customer_id")["padded"]


@pytest.mark.parametrize("written", ["1001.0", "1001.00", "１００１"])
def test_a_key_of_a_float_is_a_whole_number(tmp_path, written):
    assert received(tmp_path, [HEADS, *rows(1, 客户号=lambda _: written)]).first("customer_id") == "1001"


@pytest.mark.parametrize("written", ["4.40300E+17", "4.403e17", '"1,234,567"', "=T(A1)", "#N/A!", "#SPILL!"])
def test_a_key_that_a_program_has_changed_is_refused(tmp_path, written):
    assert received(tmp_path, [HEADS, *rows(1, 客户号=lambda _: written)]).blocks


@pytest.mark.parametrize(
    ("shown", "number", "said"), [("0000", 755, "0755"), ("000000", 42, "000042"), ("0", 755, "755")]
)
def test_a_code_keeps_the_noughts_that_its_cell_shows(tmp_path, shown, number, said):
    def change(sheet):
        for place in (2, 3, 4):
            sheet.cell(place, 1, number).number_format = shown

    path = workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=change)
    assert Received(path).first("branch_id") == said


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ("D3:D4", "cells merged over several rows: only the first row holds the value"),
        ("C3:D3", "cells merged over several columns: only the first holds the value"),
    ],
)
def test_merged_cells_are_told(tmp_path, cells, rule):
    path = workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=lambda sheet: sheet.merge_cells(cells))
    assert rule in Received(path).rules


@pytest.mark.parametrize(
    "said", ["單位：萬元", "金額單位：人民幣萬元", "单位：萬元", "货币单位：万", "单位：万 数据日期：6月"]
)
def test_a_unit_in_traditional_writing_is_applied(tmp_path, said):
    grid = [[said, *[""] * 11], HEADS, *rows(**{"贷款余额": lambda _: "25", "贷款金额": lambda _: "30"})]
    assert received(tmp_path, grid).first("balance_yuan") == 250_000.0


def test_a_unit_as_on_a_cheque_is_applied(tmp_path):
    heads = renamed(贷款余额="贷款余额（仟元）")
    assert received(tmp_path, [heads, *rows(**{"贷款余额": lambda _: "250"})]).first("balance_yuan") == 250_000.0


def refusal(tmp_path, monkeypatch, grid):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key"))
    with pytest.raises(BadData) as caught:
        load_files(tmp_path, [text(tmp_path / "台账202606.csv", grid)], mapping="ledger_excel")
    return caught.value


def test_a_day_that_stands_for_none_where_one_is_needed_is_shown_and_said_once(tmp_path, monkeypatch):
    grid = [HEADS, *rows(**{"到期日期": lambda number: "9999-12-31" if number == 2 else "2027-01-15"})]
    blocks = refusal(tmp_path, monkeypatch, grid).failures.query("severity == 'block'")
    told = blocks[["row", "column", "value", "rule"]].values.tolist()
    assert told == [[3, "maturity_date", "9999-12-31", "a day that stands for none where one is needed"]]


@pytest.mark.parametrize(("ends", "is_told"), [(("000", "000", "000"), True), (("000", "010", "003"), False)])
def test_long_keys_that_a_spreadsheet_rounded_are_told(tmp_path, monkeypatch, ends, is_told):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key"))
    changed = {
        "客户号": lambda number: f"C000{number}",
        "借据号": lambda number: f"44030012345678{number}{ends[number - 1]}",
    }
    path = text(tmp_path / "台账202606.csv", [HEADS, *rows(**changed)])
    found = load_files(tmp_path, [path], mapping="ledger_excel").findings
    assert ("keys_rounded" in {*found["rule"]}) is is_told


def test_keys_that_only_look_alike_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key"))
    other = {1: "C0001", 2: "\u04210001", 3: "C0003"}
    path = text(tmp_path / "台账202606.csv", [HEADS, *rows(**{"客户号": other.get})])
    found = load_files(tmp_path, [path], mapping="ledger_excel").findings
    assert "keys_alike" in {*found["rule"]}


MERGED = "cells merged over several rows: only the first row holds the value"


@pytest.mark.parametrize(
    ("cells", "column", "lost"),
    [
        ("A2:A4", "branch_id", [3, 4]),
        ("F2:F3", "disbursed_date", [3]),
        ("E3:E4", "loan_id", [4]),
        ("L2:L4", "status", [3, 4]),
    ],
)
def test_a_needed_value_lost_in_merged_cells_is_refused_by_that_name_alone(tmp_path, monkeypatch, cells, column, lost):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key"))
    path = workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=lambda sheet: sheet.merge_cells(cells))
    with pytest.raises(BadData) as caught:
        load_files(tmp_path, [path], mapping="ledger_excel")
    found = caught.value.failures.query("severity == 'block'")
    assert {*found["rule"]} == {MERGED} and {*found["value"]} == {cells}
    assert found.loc[(found["table"] == "loans") & (found["column"] == column), "row"].tolist() == lost
    assert MERGED in str(caught.value) and "unmerge" in caught.value.fix


def test_merged_cells_of_a_title_a_head_of_two_rows_and_a_total_lose_nothing(tmp_path):
    grid = [["台账"], [*HEADS[:7], "金额", "", *HEADS[9:]], HEADS, *rows(), ["合计", *[""] * 7, "750000"]]

    def change(sheet):
        for cells in ("A1:L1", "H2:I2", "A2:A3", "A7:H7"):
            sheet.merge_cells(cells)

    found = Received(workbook(tmp_path / "台账202606.xlsx", grid, change=change))
    assert not any("merged" in rule for rule in found.rules) and len(found.frame) == 3


def test_a_head_merged_over_two_columns_with_values_is_told_first(tmp_path):
    path = workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=lambda sheet: sheet.merge_cells("H1:I1"))
    first = Received(path).problems[0]
    assert (first["severity"], first["value"]) == ("block", "H1:I1") and first["rule"].startswith("a head is merged")


SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("o", "office"), ("t", "table"), ("x", "text"))
)
SPAN = {
    "html": ("<html><table>{}</table></html>", "<tr>{}</tr>", "<td>{}</td>", '<td rowspan="2">{}</td>'),
    "xml": (
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:'
        'spreadsheet"><Worksheet ss:Name="a"><Table>{}</Table></Worksheet></Workbook>',
        "<Row>{}</Row>",
        '<Cell><Data ss:Type="String">{}</Data></Cell>',
        '<Cell ss:MergeDown="1"><Data ss:Type="String">{}</Data></Cell>',
    ),
    "ods": (
        f"<o:c {SPACES}><o:body><t:table t:name='a'>{{}}</t:table></o:body></o:c>",
        "<t:table-row>{}</t:table-row>",
        '<t:table-cell o:value-type="string"><x:p>{}</x:p></t:table-cell>',
        '<t:table-cell o:value-type="string" t:number-rows-spanned="2"><x:p>{}</x:p></t:table-cell>',
    ),
}


@pytest.mark.parametrize("kind", list(SPAN))
def test_merged_cells_of_every_kind_of_workbook_are_known(tmp_path, kind):
    whole, line, cell, spanned = SPAN[kind]
    rows_written = [(cell, "借据号"), (spanned, "L1"), (cell, "L2")]
    written = whole.format("".join(line.format(form.format(word)) for form, word in rows_written))
    path = tmp_path / f"a.{'ods' if kind == 'ods' else 'xls'}"
    if kind == "ods":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("content.xml", written)
    else:
        path.write_text(written, encoding="utf-8")
    (sheet,) = read_sheets(path)
    assert [merge.cells for merge in sheet.merged] == ["A2:A3"]


@pytest.mark.parametrize("what", ["row", "column", "group"])
def test_hidden_rows_and_columns_are_read_and_told(tmp_path, what):
    def change(sheet):
        if what == "row":
            sheet.row_dimensions[3].hidden = True
        elif what == "column":
            sheet.column_dimensions["I"].hidden = True
        else:
            sheet.row_dimensions.group(2, 3, hidden=True)

    found = Received(workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=change))
    assert "rows or columns that Excel hides: they were read like the others" in found.rules
    assert len(found.frame) == 3


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_told(tmp_path, state):
    def change(sheet):
        other = sheet.parent.create_sheet("个人")
        other.sheet_state = state
        for row in (HEADS, *rows()):
            other.append(row)

    found = Received(workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=change))
    assert "a hidden sheet holds rows: it was not read" in found.rules


@pytest.mark.parametrize("formula", ["=H2-50000", "=SUM(H2:H3)", '=IF(1,"250000","")'])
def test_a_formula_without_a_value_is_refused(tmp_path, formula):
    assert Received(workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows(贷款余额=lambda _: formula)])).blocks


@pytest.mark.parametrize("is_bare", [True, False])
def test_a_workbook_that_counts_from_1904_is_read_so(tmp_path, is_bare):
    days = (44575, 44940) if is_bare else (datetime.date(2026, 1, 15), datetime.date(2027, 1, 15))
    grid = [[*row[:5], *days, *row[7:]] for row in rows()]
    found = Received(workbook(tmp_path / "台账202606.xlsx", [HEADS, *grid], counts_from_1904=True))
    assert (str(found.first("disbursed_date"))[:10], str(found.first("maturity_date"))[:10]) == (
        "2026-01-15",
        "2027-01-15",
    )


@pytest.mark.parametrize("word", ["小计", "合计", "总计", "汇总", "Total", "SUBTOTAL", "0755 小计", "本页合计："])
@pytest.mark.parametrize("place", [0, 2])
def test_totals_within_the_rows_are_left_out_and_counted(tmp_path, word, place):
    total = [""] * 12
    total[place], total[7], total[8] = word, "900000", "750000"
    found = received(tmp_path, [HEADS, *rows(2), total, *rows(3)[2:]])
    assert len(found.frame) == 3 and "left out: totals" in found.rules


@pytest.mark.parametrize("name", ["鸿运总计", "汇通合计", "Sum Total"])
def test_a_firm_that_is_called_like_a_total_is_none(tmp_path, name):
    order = [2, 0, 3, *(place for place in range(12) if place not in (0, 2, 3))]
    grid = [[row[place] for place in order] for row in [HEADS, *rows(客户名称=lambda _: name)]]
    assert len(received(tmp_path, grid).frame) == 3


def test_a_repeated_header_is_left_out_and_another_one_is_refused(tmp_path):
    assert "left out: header again" in received(tmp_path, [HEADS, *rows(), HEADS, *rows()]).rules
    assert received(tmp_path, [HEADS, *rows(), renamed(贷款余额="余额", 借据号="编号"), *rows()]).blocks


@pytest.mark.parametrize(
    ("head", "usual"), [("余额", "250000"), ("终止日", "2027-01-15"), ("执行利率", "0.0485"), ("本金余额", "250000")]
)
def test_two_candidates_for_one_column_are_an_error_where_they_differ(tmp_path, head, usual):
    same = received(tmp_path, [[*HEADS, head], *([*row, usual] for row in rows())])
    assert not same.blocks and not same.frame.empty
    other = "2027-02-15" if "-" in usual else "0.05"
    differing = received(
        tmp_path, [[*HEADS, head], *([*row, other if place else usual] for place, row in enumerate(rows()))]
    )
    assert differing.blocks == {"two columns may be this one, and they differ"}


def test_the_larger_contract_beside_the_loan_is_passed_over(tmp_path):
    found = received(tmp_path, [[*HEADS, "合同金额"], *([*row, "900000"] for row in rows())])
    assert not found.blocks and found.first("amount_yuan") == 300_000 and "columns not read" in found.rules


def test_two_numbers_that_are_both_filled_and_differ_are_told(tmp_path):
    heads = ["客户号", "发票号码", "数电发票号码", "开票日期", "购方名称", "金额", "税额", "价税合计", "发票状态"]
    row = ["C1", "00112233", "26440000000000000001", "2026-05-01", "乙", "100", "13", "113", "正常"]
    found = Received(text(tmp_path / "销项202605.csv", [heads, row]), read_source(".", "vat_invoices").mapping)
    assert "two columns are filled and differ: the first was taken" in found.rules


@pytest.mark.parametrize("word", ["N/A", "—", "无", "-", "NULL", "#N/A"])
def test_words_that_mean_no_value_are_counted(tmp_path, word):
    found = received(tmp_path, [[*HEADS, "结清日期"], *([*row, word] for row in rows())])
    column = found.column("closed_date")
    assert (column["void"], column["empty"], column["converted"]) == (3, 3, 0)
    assert "words that mean no value: taken as none" in found.rules


def test_a_column_without_a_header_is_told(tmp_path):
    found = received(tmp_path, [[*HEADS, ""], *([*row, "9"] for row in rows())])
    told = next(problem for problem in found.problems if problem["rule"] == "columns not read")
    assert "(column 13, no header)" in told["value"]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_any_encoding_and_separator_is_read(tmp_path, encoding, mark):
    found = received(tmp_path, [HEADS, *rows()], encoding=encoding, mark=mark)
    assert found.first("balance_yuan") == 250_000 and len(found.frame) == 3


def test_a_file_of_two_encodings_is_refused(tmp_path):
    path = text(tmp_path / "台账202606.csv", [HEADS, *rows(40)])
    path.write_bytes(path.read_bytes() + ",".join(rows(客户名称=lambda _: "商")[0]).encode("gbk") + b"\n")
    with pytest.raises(BadData, match="UTF-8"):
        Received(path)


@pytest.mark.parametrize("cut", [1, 3, 1001])
def test_a_text_of_two_bytes_a_sign_that_is_cut_is_refused(tmp_path, cut):
    path = text(tmp_path / "台账202606.csv", [HEADS, *rows(30)], encoding="utf-16")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(BadData):
        Received(path)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", "\r\r\n"])
def test_any_line_end_is_read(tmp_path, end):
    assert len(received(tmp_path, [HEADS, *rows()], end=end).frame) == 3


def test_a_line_that_says_the_separator_is_no_row(tmp_path):
    path = text(tmp_path / "台账202606.csv", [HEADS, *rows()], mark=";")
    path.write_text("sep=;\n" + path.read_text())
    assert len(Received(path).frame) == 3


def parquet(path, **made):
    frame = pd.DataFrame(rows(), columns=HEADS)
    frame.assign(**{name: frame[name].map(make) for name, make in made.items()}).to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("column", "make", "ours", "said"),
    [
        ("发放日期", datetime.date.fromisoformat, "disbursed_date", "2026-01-15"),
        ("发放日期", pd.Timestamp, "disbursed_date", "2026-01-15"),
        ("贷款余额", decimal.Decimal, "balance_yuan", "250000.0"),
        ("贷款余额", float, "balance_yuan", "250000.0"),
        ("客户号", str.encode, "customer_id", "C0001"),
        ("逾期天数", int, "overdue_days", "0"),
    ],
)
def test_types_of_parquet_are_read(tmp_path, column, make, ours, said):
    assert str(Received(parquet(tmp_path / "台账202606.parquet", **{column: make})).first(ours)).startswith(said)


@pytest.mark.parametrize("make", [lambda word: [word], lambda word: {"a": word}])
def test_columns_of_lists_and_records_are_told(tmp_path, make):
    found = Received(parquet(tmp_path / "台账202606.parquet", 客户名称=make))
    assert "columns of lists or records are not read" in found.rules


@pytest.mark.parametrize(
    "content",
    [
        b"PAR1",
        b"PAR1" + b"\x00" * 100,
        b"PK\x03\x04" + b"\x00" * 50,
        b"\xff\xfe\x00",
        b"\xd0\xcf\x11\xe0",
        b"\x80\x81\x82",
        b"a,b\n" + b'"' + b"x" * 200_000,
    ],
)
def test_a_damaged_file_is_refused_in_words(tmp_path, content):
    for ending in (".csv", ".xlsx", ".parquet"):
        path = tmp_path / f"台账202606{ending}"
        path.write_bytes(content)
        with pytest.raises((BadData, BadConfig)):
            Received(path)


@pytest.mark.parametrize(("cell", "limit"), [("XFD3", "columns"), ("ALM2", "columns"), ("A30", "rows")])
def test_a_stray_cell_is_refused_with_the_limit_and_may_be_allowed(tmp_path, cell, limit):
    def change(sheet):
        sheet[cell] = "x"

    path = workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=change)
    limits = Limits(rows=20)
    with pytest.raises(BadData, match=f"--limit {limit}="):
        Received(path, limits=limits)
    assert read_sheets(path, Reading(limits.raised(["rows=100", "columns=20000"])))


def test_a_row_beyond_any_sheet_is_refused_soon(tmp_path):
    path, odd = workbook(tmp_path / "a.xlsx", [HEADS, *rows()]), tmp_path / "台账202606.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(odd, "w") as new:
        for item in old.infolist():
            new.writestr(item, old.read(item).replace(b'<row r="4"', b'<row r="1000000000"'))
    with pytest.raises(BadData, match="--limit rows="):
        Received(odd, limits=Limits(rows=1_000))


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "台账202606.csv")
    with pytest.raises(BadData, match="no file"):
        Received(tmp_path / "台账202606.csv")


def test_a_limit_that_is_none_is_refused():
    for said in ("rows", "rows=0", "rows=x", "minutes=5", "rows=-1"):
        with pytest.raises(BadConfig, match="no limit"):
            Limits().raised([said])


def test_a_blank_may_be_a_code(tmp_path):
    assert value(None, code("s", "状态", "normal unknown"), codes={"": "unknown", "在": "normal"}) == "unknown"


@pytest.mark.parametrize(
    ("head", "term", "said"),
    [("期限", "12", "2027-01-15"), ("期限(年)", "1", "2027-01-15"), ("期限（天）", "30", "2026-02-14")],
)
def test_a_term_stands_for_a_maturity(tmp_path, head, term, said):
    entry = {
        "table": "loans",
        "partial": True,
        "columns": {"loan_id": "借据号"},
        "months_after": {"maturity_date": ["发放日期", "期限"]},
    }
    mapping = SourceMapping(title="t", source="s", tables=[entry])
    path = text(tmp_path / "a.csv", [renamed(到期日期=head), *rows(到期日期=lambda _: term)])
    assert str(Received(path, mapping).first("maturity_date"))[:10] == said


def test_a_key_keeps_what_belongs_to_it():
    assert [value(word, key("k", "号")) for word in ("0755", "A-1", "12E05", "1.5")] == ["0755", "A-1", "12E05", "1.5"]


def test_whole_numbers_are_whole():
    assert [value(word, count("n", "数")) for word in ("12", "12.0", "12.5", "1e2", "十二")] == [
        12,
        12,
        None,
        100,
        None,
    ]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-14T16:00:00Z", "2026-01-15"),
        ("2026-01-15T00:00:00Z", "2026-01-15"),
        ("2026-01-15 00:00:00+08:00", "2026-01-15"),
        ("2026-01-14T23:30:00+0530", "2026-01-15"),
        ("2026-01-15T09:00:00+08:00", "2026-01-15"),
        ("2026/01/14 16:00:00.000Z", "2026-01-15"),
    ],
)
def test_a_moment_that_says_its_distance_from_greenwich_is_a_day_of_china(moment, day):
    assert value(moment, globals()["day"]("paid_date", "日期")) == day


@pytest.mark.parametrize(
    ("head", "cell", "rate"),
    [("利率", "6‰", 0.072), ("执行利率", "4.04‰", 0.04848), ("利率", "7.2%", 0.072)],
)
def test_a_permille_of_a_loan_is_a_months_in_its_cells_too(tmp_path, head, cell, rate):
    found = received(tmp_path, [renamed(年利率=head), *rows(年利率=lambda _: cell)])
    assert found.first("yearly_rate") == pytest.approx(rate)
    assert ("cells bear ‰ of their own, which the trade quotes by the month" in found.rules) is ("‰" in cell)


def test_a_permille_under_a_yearly_rate_is_asked_about(tmp_path):
    found = received(tmp_path, [HEADS, *rows(年利率=lambda _: "6‰")])
    assert "cells bear ‰ of their own, which the trade quotes by the month" in found.blocks


@pytest.mark.parametrize("head", ["数据日期", "统计月份", "AS_OF_DATE"])
def test_rows_of_two_month_ends_are_not_one_book(tmp_path, head):
    june = [[*row, "2026-06-30"] for row in rows()]
    may = [[*row, "20260531"] for row in rows()]
    whole = received(tmp_path, [[*HEADS, head], *june], name="a_202606.csv")
    assert not whole.blocks
    both = received(tmp_path, [[*HEADS, head], *june, *may], name="b_202606.csv")
    assert both.blocks == {"rows are of another month than the file"}


@pytest.mark.parametrize(
    "word", ["全行合计数", "Sum", "总计：3笔", "合计 3 户", "以上数据来源于核心系统", "*** END OF REPORT ***"]
)
def test_totals_and_remarks_in_other_words_are_no_loans(tmp_path, word):
    last = [
        word,
        *[""] * 6,
        *(["900000", "750000"] if "数据" not in word and "*" not in word else ["", ""]),
        "",
        "",
        "",
    ]
    found = received(tmp_path, [HEADS, *rows(), last])
    assert len(found.frame) == 3
    assert not found.blocks


def test_branch_codes_of_three_digits_are_asked_about(tmp_path):
    rule = "branch codes of fewer than four digits: were noughts before them lost?"
    assert rule in received(tmp_path, [HEADS, *rows(机构号=lambda _: "755")]).rules
    assert rule not in received(tmp_path, [HEADS, *rows()]).rules


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Unit: RMB'000", 310_000),
        ("Amounts in thousands of RMB", 310_000),
        ("(RMB 10k)", 3_100_000),
        ("Unit：10,000 yuan", 3_100_000),
        ("in RMB millions", 310_000_000),
        ("Loans under 1 million", 310),
    ],
)
def test_a_unit_in_an_english_title_is_applied(tmp_path, title, said):
    found = received(tmp_path, [[title, *[""] * 11], HEADS, *rows(贷款金额=lambda _: "310")])
    assert found.first("amount_yuan") == said


@pytest.mark.parametrize("head", ["贷款金额（萬元）", "贷款金额（万）", "贷款金额（万元人民币）"])
def test_further_words_of_a_unit_are_known(tmp_path, head):
    found = received(tmp_path, [renamed(贷款金额=head), *rows(贷款金额=lambda _: "31")])
    assert found.first("amount_yuan") == 310_000


@pytest.mark.parametrize(
    ("name", "text_said", "said"),
    [
        ("overdue_days", "3个月", None),
        ("overdue_days", "3期", None),
        ("overdue_days", "3户", None),
        ("overdue_days", "15天", 15),
        ("term_months", "36期", 36),
        ("term_months", "18天", None),
        ("extensions_count", "2次", 2),
        ("extensions_count", "2天", None),
    ],
)
def test_a_number_with_the_word_of_another_unit_is_none(name, text_said, said):
    assert value(text_said, count(name, "数")) == said


@pytest.mark.parametrize(
    ("head", "word", "is_other"),
    [("币种", "USD", True), ("币别", "港币", True), ("Currency", "EUR", True), ("币种代码", "14", True),
     ("币种", "人民币", False), ("币种", "01", False), ("货币", "CNY-人民币", False), ("Currency", "rmb", False)],
)  # fmt: skip
def test_rows_of_another_currency_are_refused(tmp_path, head, word, is_other):
    grid = [[*HEADS, head], *([*row, word if at else "CNY"] for at, row in enumerate(rows()))]
    told = "rows are in another currency than yuan"
    assert received(tmp_path, grid).blocks == ({told} if is_other else set())


def test_a_currency_is_no_matter_where_the_mapping_chooses_rows(tmp_path):
    grid = [[*HEADS, "币种"], *([*row, word] for row, word in zip(rows(), ("CNY", "USD", "CNY"), strict=True))]
    entry = LEDGER.tables[0].model_copy(update={"keep": {"币种": ("CNY",)}})
    found = Received(text(tmp_path / "台账202606.csv", grid), LEDGER.model_copy(update={"tables": (entry,)}))
    assert (len(found.frame), found.blocks) == (2, set())


@pytest.mark.parametrize(
    ("title", "severity"),
    [
        ("截止日期：2026年5月31日", "block"),
        ("数据日期 20260531", "block"),
        ("某行贷款台账（2026年5月）", "warn"),
        ("截至2026-06-30，打印日期：2026-07-02", ""),
        ("打印时间：2026/07/02 09:00", ""),
        ("2026年1月-2026年6月", ""),
    ],
)
def test_a_title_of_another_month_is_told(tmp_path, title, severity):
    found = received(tmp_path, [[title, *[""] * 11], HEADS, *rows()])
    rule = "the title says another month than the file"
    assert [each["severity"] for each in found.problems if each["rule"] == rule] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("shown", "is_other"),
    [('"$"#,##0.00', True), ("[$€-2] #,##0.00", True), ("[$$-409]#,##0.00", True), ('"US$"0', True),
     ('"¥"#,##0.00;[Red]-"¥"#,##0.00', False), ("_ [$￥-804]* #,##0.00_ ", False), ("[$-804]0.00", False)],
)  # fmt: skip
def test_an_amount_shown_in_another_currency_is_refused(tmp_path, shown, is_other):
    def change(sheet):
        for row in (2, 3, 4):
            sheet.cell(row, 9).value = 250_000
            sheet.cell(row, 9).number_format = shown

    found = Received(workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=change))
    assert found.blocks == ({"unreadable value"} if is_other else set())


@pytest.mark.parametrize("place", ["comment", "head", "foot"])
@pytest.mark.parametrize(("word", "told"), [("单位：万元", "万元"), ("单位：元", "")])
def test_a_unit_beside_the_cells_is_told(tmp_path, place, word, told):
    def change(sheet):
        if place == "comment":
            sheet["H1"].comment = Comment(word, "制表人")
        else:
            part = sheet.oddHeader if place == "head" else sheet.oddFooter
            part.right.text = word

    found = Received(workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=change))
    rule = "a comment or a page's head or foot says a unit: it was not applied"
    assert [each["value"] for each in found.problems if each["rule"] == rule] == ([told] if told else [])


@pytest.mark.parametrize(
    ("word", "encoding"), [("臺北分行營業部", "big5"), ("東京支店", "shift_jis"), ("Zürich Süd", "latin-1")]
)
def test_a_text_that_makes_no_sense_as_gbk_is_refused(tmp_path, word, encoding):
    path = text(tmp_path / "a.csv", [["branch_id", "branch_name"], ["0755", word]], encoding=encoding)
    with pytest.raises(BadData, match="another encoding"):
        read_sheets(path)
    said = encoding if encoding != "shift_jis" else "gb18030"
    assert read_sheets(path, Reading(encoding=said))


@pytest.mark.parametrize("rows_count", [65_535, 65_534])
def test_a_table_as_long_as_a_sheet_of_excel_is_doubted(tmp_path, rows_count):
    found = received(tmp_path, [HEADS, *rows(rows_count)])
    rule = "the table ends at the last row of an Excel sheet: the rest may be cut off"
    assert (rule in found.rules) == (rows_count == 65_535)


@pytest.mark.parametrize("title", ["单位：RMB万元", "单位：w元", "单位：10,000元", "单位：万圆", "金额单位：W"])
def test_a_unit_in_a_title_in_other_words_is_applied(tmp_path, title):
    money = {"贷款金额": lambda _: "30", "贷款余额": lambda _: "25"}
    found = received(tmp_path, [[f'"{title}"', *[""] * 11], HEADS, *rows(**money)])
    assert (found.first("balance_yuan"), found.blocks) == (250_000, set())


@pytest.mark.parametrize("remark", ["单位：万元", "*以上金额均以万元计", "（单位：万元）", "说明 金额为万元"])
def test_a_remark_that_stands_alone_below_the_rows_says_its_unit_first(tmp_path, remark):
    found = received(tmp_path, [HEADS, *rows(), [remark, *[""] * 11]])
    assert found.blocks == {"a remark below the rows says a unit"}


def test_words_under_a_rate_are_no_permille(tmp_path):
    found = received(tmp_path, [HEADS, *rows(年利率=lambda number: "小数、参数" if number == 1 else "0.0485")])
    assert found.blocks == {"unreadable value"}


@pytest.mark.parametrize("word", ["承前页", "过次页", "转下页"])
def test_a_sum_carried_over_a_page_is_no_loan(tmp_path, word):
    carried = [word, *[""] * 6, "900000", "750000", "", "", ""]
    assert len(received(tmp_path, [HEADS, *rows(), carried]).frame) == 3


def test_a_header_wider_than_its_rows_is_refused(tmp_path):
    with pytest.raises(BadData, match="the header names 13 columns, most rows have 12 cells"):
        received(tmp_path, [[*HEADS[:7], "合同金额", *HEADS[7:]], *rows()])


def two_sheets(path, second):
    book = openpyxl.Workbook()
    for row in [HEADS, *rows()]:
        book.active.append(row)
    for row in second:
        book.create_sheet("续") if len(book.sheetnames) == 1 else None
        book["续"].append(row)
    book.save(path)
    return path


def test_a_list_that_goes_on_in_a_sheet_without_header_is_refused(tmp_path):
    found = Received(two_sheets(tmp_path / "台账202606.xlsx", rows(5)[3:]))
    assert found.blocks == {"a sheet without a header holds rows as wide as the list: none was read"}


def test_a_summary_beside_the_list_is_passed_over(tmp_path):
    found = Received(two_sheets(tmp_path / "台账202606.xlsx", [["机构号", "贷款余额"], ["0755", "750000"]]), WHOLE)
    assert (len(found.frame), found.blocks) == (3, set())


def test_a_cell_with_its_own_percent_is_of_its_columns_month(tmp_path):
    (loans,) = LEDGER.tables
    mapping = LEDGER.model_copy(
        update={"tables": (loans.model_copy(update={"units": {"yearly_rate": "percent_per_month"}}),)}
    )
    path = text(tmp_path / "台账202606.csv", [HEADS, *rows(年利率=lambda _: "0.4%")])
    assert Received(path, mapping).first("yearly_rate") == pytest.approx(0.048)


def test_what_is_owed_may_be_written_below_zero(tmp_path):
    (loans,) = LEDGER.tables
    mapping = SourceMapping.model_validate(
        {
            **LEDGER.model_dump(exclude_unset=True),
            "tables": [{**loans.model_dump(exclude_unset=True), "units": {"balance_yuan": -1}}],
        }
    )
    path = text(tmp_path / "台账202606.csv", [HEADS, *rows(贷款余额=lambda _: "250000.00-")])
    assert Received(path, mapping).first("balance_yuan") == 250_000


@pytest.mark.parametrize("word", ["1-Mar", "3月1日"])
def test_a_key_that_became_a_day_is_refused(tmp_path, word):
    found = received(tmp_path, [HEADS, *rows(借据号=lambda number: word if number == 1 else f"L{number}")])
    assert found.blocks == {"unreadable value"}


def test_a_mark_behind_a_key_is_taken_off_and_told(tmp_path):
    found = received(tmp_path, [HEADS, *rows(客户号=lambda number: f"C{number}\u2019")])
    assert (found.first("customer_id"), TAKEN_OFF in found.rules) == ("C1", True)


@pytest.mark.parametrize("mark", ["^", "~", "\x1b"])
def test_further_separators_are_found(tmp_path, mark):
    assert len(received(tmp_path, [HEADS, *rows()], mark=mark).frame) == 3


def test_rows_of_one_cell_are_said_to_lack_a_separator(tmp_path):
    with pytest.raises(BadData) as caught:
        received(tmp_path, [HEADS, *rows()], mark="@#@")
    assert "delimiter" in caught.value.fix

"""Workbooks of other kinds: .xls, .ods, strict ones, pages and XML that only bear the name, broken styles, bombs."""

import io
import re
import resource
import shutil
import signal
import time
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from microlib.bank.ingest import workbooks
from microlib.bank.ingest.files import Reading, foreign, read_sheets, timely
from microlib.bank.ingest.workbooks import STYLELESS, iterparse, read_grids
from microlib.errors import BadData
from microlib.files import LIMITS, Limits
from tests.bank.ingest.test_relatives import HEADS, Received, rows, workbook

OLD = Path(__file__).parent / "files" / "ledger202606.xls"


def test_an_old_workbook_keeps_noughts_percentages_dates_and_tells_what_is_hidden():
    found = Received(OLD)
    assert found.frame["branch_id"].tolist() == ["0755"] * 3
    assert found.frame["balance_yuan"].tolist() == [260_000.0, 270_000.0, 280_000.0]
    assert found.first("yearly_rate") == pytest.approx(0.0485)
    assert str(found.first("maturity_date"))[:10] == "2027-01-15"
    hidden = {
        "a hidden sheet holds rows: it was not read",
        "rows or columns that Excel hides: they were read like the others",
    }
    assert hidden <= found.rules


def test_an_old_workbook_that_is_cut_is_refused_in_words(tmp_path):
    path = tmp_path / "台账202606.xls"
    for length in (600, 2_000, 4_000):
        path.write_bytes(OLD.read_bytes()[:length])
        with pytest.raises(BadData, match="workbook"):
            read_sheets(path)


def open_document(path, body, *, styles=""):
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style")
    )
    text = f"<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles>"
    text += f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", text)
    return path


def cell(text, kind="string", value="", **more):
    said = f' office:value-type="{kind}"' + (f' office:value="{value}"' if value else "")
    said += "".join(f' {name.replace("_", ":", 1).replace("_", "-")}="{told}"' for name, told in more.items())
    return f"<table:table-cell{said}><text:p>{text}</text:p></table:table-cell>"


def test_an_open_document_is_read_whole(tmp_path):
    header = "".join(map(cell, HEADS))
    usual = rows(1)[0]
    cells = dict(zip(HEADS, map(cell, usual), strict=True))
    cells["机构号"] = cell("0755", "float", "755")
    cells["年利率"] = cell("4.85%", "percentage", "0.0485")
    cells["贷款金额"] = cell("￥300,000", "currency", "300000")
    cells["到期日期"] = cell("27/1/15", "date", office_date_value="2027-01-15")
    blank = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
    blank += 'table:number-columns-repeated="16000"/></table:table-row>'
    body = f'<table:table table:name="台账"><table:table-row>{header}</table:table-row>'
    body += (
        f'<table:table-row table:visibility="collapse">{"".join(cells.values())}</table:table-row>{blank}</table:table>'
    )
    body += (
        f'<table:table table:name="个人" table:style-name="h"><table:table-row>{header}</table:table-row></table:table>'
    )
    styles = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    found = Received(open_document(tmp_path / "台账202606.ods", body, styles=styles))
    assert found.first("branch_id") == "0755"
    assert found.first("yearly_rate") == pytest.approx(0.0485)
    assert found.first("amount_yuan") == 300_000
    assert str(found.first("maturity_date"))[:10] == "2027-01-15"
    assert "a hidden sheet holds rows: it was not read" in found.rules


def test_repeated_cells_of_an_open_document_are_bounded(tmp_path):
    body = '<table:table table:name="a"><table:table-row table:number-rows-repeated="99999999">'
    body += f"{cell('1')}</table:table-row></table:table>"
    with pytest.raises(BadData, match="rows, more than"):
        read_grids(open_document(tmp_path / "a.ods", body), LIMITS)


def strict(path):
    pairs = {
        b"http://schemas.openxmlformats.org/officeDocument/2006/": b"http://purl.oclc.org/ooxml/officeDocument/",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
    return rewritten(path, lambda name, content: _replaced(content, pairs))


def _replaced(content, pairs):
    for old, new in pairs.items():
        content = content.replace(old, new)
    return content


def rewritten(path, change):
    made = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            target.writestr(item.filename, change(item.filename, source.read(item)))
    path.write_bytes(made.getvalue())
    return path


def shown(sheet):
    for row in sheet.iter_rows(min_row=2):
        row[9].value, row[9].number_format = 0.0485, "0.00%"
        row[0].value, row[0].number_format = 755, "0000"


def test_a_strict_workbook_is_read_with_its_formats(tmp_path):
    found = Received(strict(workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=shown)))
    assert (found.first("branch_id"), found.first("yearly_rate")) == ("0755", pytest.approx(0.0485))


def test_broken_styles_are_read_without_them_and_told(tmp_path):
    path = workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()])
    broken = b"<styleSheet><fonts><font><sz val='x'/></fonts></styleSheet>"
    rewritten(path, lambda name, content: broken if name == "xl/styles.xml" else content)
    found = Received(path)
    assert STYLELESS in found.rules
    assert found.frame["balance_yuan"].tolist() == [250_000.0] * 3


def test_broken_styles_and_formulas_without_values_are_refused(tmp_path):
    def bare(sheet):
        sheet["I2"] = "=1+1"

    path = workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows()], change=bare)
    rewritten(path, lambda name, content: b"<a/" if name == "xl/styles.xml" else content)
    with pytest.raises(BadData, match="workbook"):
        read_sheets(path)


PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="gb2312"></head><body>
<table><tr><td colspan=12>台账（单位：万元）</td></tr>{}</table></body></html>"""


def page_rows(grid):
    return "".join("<tr>" + "".join(f"<td>{each}</td>" for each in row) + "</tr>" for row in grid)


def test_a_page_that_is_called_a_workbook_is_read(tmp_path):
    path = tmp_path / "台账202606.xls"
    grid = [HEADS, *rows(贷款金额=lambda _: "30", 贷款余额=lambda _: "25")]
    path.write_bytes(PAGE.format(page_rows(grid)).encode("gb18030"))
    found = Received(path)
    assert found.frame["balance_yuan"].tolist() == [250_000.0] * 3
    assert found.frame["branch_id"].tolist() == ["0755"] * 3


def test_a_text_that_is_called_a_workbook_is_read(tmp_path):
    path = tmp_path / "台账202606.xls"
    path.write_bytes("\n".join("\t".join(row) for row in [HEADS, *rows()]).encode("gb18030"))
    assert Received(path).frame["balance_yuan"].tolist() == [250_000.0] * 3


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style></Styles>
<Worksheet ss:Name="a"><Table>{}</Table></Worksheet></Workbook>"""


def test_a_table_in_xml_that_is_called_a_workbook_is_read(tmp_path):
    def told(value):
        is_rate = value == "0.0485"
        style, kind = (' ss:StyleID="p"', "Number") if is_rate else ("", "String")
        return f'<Cell{style}><Data ss:Type="{kind}">{value}</Data></Cell>'

    body = "".join("<Row>" + "".join(map(told, row)) + "</Row>" for row in [HEADS, *rows()])
    path = tmp_path / "台账202606.xls"
    path.write_text(XML.format(body), encoding="utf-8")
    found = Received(path)
    assert found.first("yearly_rate") == pytest.approx(0.0485)
    path.write_text(XML.format(body).replace("<Workbook", "<!DOCTYPE a [<!ENTITY b 'c'>]><Workbook"), encoding="utf-8")
    with pytest.raises(BadData, match="entities"):
        read_sheets(path)


def test_what_unpacks_to_more_than_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    shutil.copy(workbook(tmp_path / "b.xlsx", [HEADS, *rows()]), path)
    rewritten(path, lambda name, content: content + b" " * (3 << 20) if name.endswith("sheet1.xml") else content)
    with pytest.raises(BadData, match="megabytes, more than"):
        read_sheets(path, Reading(Limits(megabytes=2)))


def test_a_workbook_with_an_empty_chart_sheet_is_read(tmp_path):
    book = openpyxl.Workbook()
    for row in [HEADS, *rows()]:
        book.active.append(row)
    book.create_chartsheet("图")
    book.save(tmp_path / "台账202606.xlsx")
    assert len(Received(tmp_path / "台账202606.xlsx").frame) == 3


TABLE = '<table:table table:name="a">{}</table:table>'
ROW = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
TEXT = '<table:table-cell table:number-columns-repeated="{}" office:value-type="string">'
CELL = f"{TEXT}<text:p>a</text:p></table:table-cell>"
BLOWN_UP = {
    "a row that stands a million times": TABLE.format(ROW.format(1_048_576, CELL.format(1_000))),
    "many sheets that begin far below": TABLE.format(ROW.format(1_000_000, "") + ROW.format(1, CELL.format(1))) * 99,
    "a row of more cells than columns": TABLE.format(ROW.format(1, "<table:table-cell/>" * 1_001)),
}


@pytest.mark.parametrize("body", BLOWN_UP.values(), ids=list(BLOWN_UP))
def test_few_bytes_of_an_open_document_do_not_become_many_cells(tmp_path, body):
    with pytest.raises(BadData, match="--limit (cells|columns)="):
        read_sheets(open_document(tmp_path / "a.ods", body), Reading(Limits(cells=3_000_000)))


def test_two_stray_cells_do_not_become_a_sheet_of_a_thousand_million(tmp_path):
    def change(sheet):
        sheet["ALL1"] = sheet["A600000"] = "x"

    path = workbook(tmp_path / "a.xlsx", [HEADS, *rows()], change=change)
    with pytest.raises(BadData, match="--limit cells="):
        read_sheets(path)


def test_few_bytes_of_a_page_or_of_xml_do_not_become_many_cells(tmp_path):
    path = tmp_path / "台账202606.xls"
    path.write_text(XML.format('<Row><Cell ss:MergeAcross="999999999"><Data ss:Type="String">a</Data></Cell></Row>'))
    with pytest.raises(BadData, match="--limit columns="):
        read_sheets(path)
    path.write_text("<html><table>" + '<tr><td colspan="1000">a</td></tr>' * 40 + "</table></html>")
    with pytest.raises(BadData, match="--limit cells="):
        read_sheets(path, Reading(Limits(cells=30_000)))
    path.write_text("<html><table>" + "<tr><td>a</td></tr>" * 40 + "</table></html>")
    with pytest.raises(BadData, match="--limit rows="):
        read_sheets(path, Reading(Limits(rows=30)))


def test_entities_behind_a_long_remark_are_not_read_either(tmp_path):
    path = tmp_path / "台账202606.xls"
    told = XML.format("<Row/>").replace("<Workbook", f"<!--{'-x' * 4_000}--><!DOCTYPE a [<!ENTITY b 'c'>]><Workbook")
    path.write_text(told.replace("<!--", "<!-- urn:schemas-microsoft-com:office:spreadsheet", 1))
    with pytest.raises(BadData, match="entities"):
        read_sheets(path)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_cell_longer_than_excel_holds_is_refused_with_the_limit_and_may_be_allowed(tmp_path, ending):
    grid = [HEADS, *rows(3, 机构名称=lambda number: "甲" * 32_700 if number < 3 else "甲" * 32_768)]
    path = tmp_path / f"台账202606.{ending}"
    if ending == "csv":
        path.write_text("\n".join(",".join(row) for row in grid), encoding="utf-8")
    else:
        frame = pd.DataFrame(grid[1:], columns=grid[0])
        with pd.ExcelWriter(path, engine="xlsxwriter") as book:
            frame.assign(机构名称="甲").to_excel(book, index=False)
        rewritten(path, lambda name, content: content.replace("甲</t>".encode(), ("甲" * 32_768 + "</t>").encode()))
    with pytest.raises(BadData, match="32,768 signs, more than 32,767"):
        Received(path)
    assert len(Received(path, limits=Limits(signs=40_000)).frame) == 3


def test_cells_longer_than_the_reader_of_rows_takes_are_refused_with_the_limit_and_may_be_allowed(tmp_path):
    path = tmp_path / "台账202606.csv"
    grid = [HEADS, *rows(3, 机构名称=lambda _: "a" * 200_000)]
    path.write_text("\n\n".join(",".join(row) for row in grid), encoding="utf-8")
    with pytest.raises(BadData, match="--limit signs="):
        Received(path)
    assert len(Received(path, limits=Limits(signs=1_000_000)).frame) == 3


def test_reading_that_takes_too_long_is_refused_with_the_limit(tmp_path):
    path = workbook(tmp_path / "台账202606.xlsx", [HEADS, *rows(3_000)])
    before = signal.getitimer(signal.ITIMER_REAL)[0]
    with pytest.raises(BadData, match=r"longer than 0\.05 seconds"), timely(path, Limits(seconds=0.05)):
        read_grids(path, LIMITS)
    with pytest.raises(BadData, match="longer than"):
        read_sheets(path, Reading(Limits(seconds=0.05)))
    assert signal.getitimer(signal.ITIMER_REAL)[0] == pytest.approx(before, abs=60)
    assert len(read_sheets(path)) == 1


def test_what_the_engine_reads_too_long_is_interrupted(tmp_path):
    con = duckdb.connect()
    for _ in range(5):  # whichever of the engine's threads is at work
        with pytest.raises(BadData, match="longer than"), foreign(tmp_path / "a.csv", Limits(seconds=0.3), con):
            con.execute("SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(100000) b").fetchall()
        assert con.execute("SELECT 1").fetchone() == (1,)


#: what stands above the first element of a part of a workbook, and what is put in the place of a cell
ENTITIES = {
    "laughs": ("".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol" * 10}">' for n in range(10)), "&l9;"),
    "another file": ('<!ENTITY l9 SYSTEM "file://{canary}">', "&l9;"),
    "one long one": (f'<!ENTITY l9 "{"A" * 100_000}">', "&l9;" * 20_000),
    "a parameter": ('<!ENTITY % p SYSTEM "file://{canary}"> %p; <!ENTITY l9 "x">', "&l9;"),
}
PARTS = ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "content.xml")


@pytest.mark.parametrize("kind", ENTITIES)
@pytest.mark.parametrize("part", PARTS)
def test_no_entity_of_a_workbook_is_followed_or_unfolded(tmp_path, part, kind):
    (tmp_path / "canary").write_text("CANARY")
    told, put = (said.replace("{canary}", str(tmp_path / "canary")) for said in ENTITIES[kind])
    grid = [HEADS, *rows(机构名称=lambda _: "支行Q")]
    if part == "content.xml":
        lines = ("".join(map(cell, row)) for row in grid)
        body = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
        body = f'<table:table table:name="a">{body}</table:table>'
        path = open_document(tmp_path / "台账202606.ods", body)
    else:
        path = tmp_path / "台账202606.xlsx"
        with pd.ExcelWriter(path, engine="xlsxwriter") as book:
            pd.DataFrame(grid[1:], columns=grid[0]).to_excel(book, index=False)

    def spoilt(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        above, mark, below = content.decode().rpartition("?>")
        return f"{above}{mark}<!DOCTYPE a [{told}]>{below.replace('支行Q', put)}".encode()

    before, clock = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        found = Received(rewritten(path, spoilt))
    except BadData as refused:
        said = str(refused)
    else:
        said = found.frame.to_csv() + str(found.problems)
        assert len(found.frame) == 3
    assert "CANARY" not in said and "lollol" not in said and "AAAA" not in said
    assert time.monotonic() - clock < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20


def test_of_a_large_workbook_only_what_is_looked_at_is_read(tmp_path, monkeypatch):
    """Neither all shared texts, nor all rows to learn the size of a sheet that does not say one."""
    made, path, parts = tmp_path / "a.xlsx", tmp_path / "b.xlsx", {}
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for row in range(3000):
            sheet.write_row(row, 0, [f"L{row}", f"C{row}"])
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            parts[name] = source.read(name)
            target.writestr(name, re.sub(rb"<dimension[^>]*/>", b"", parts[name]))
    assert b"<dimension" in parts["xl/worksheets/sheet1.xml"]
    told = []
    monkeypatch.setattr(workbooks, "iterparse", lambda source: (told.append(1) or each for each in iterparse(source)))
    (grid,) = read_grids(path, LIMITS, most_rows=20)
    assert grid.cells[19] == ["L19", "C19"] and len(grid.cells) == 20 and 0 < len(told) < 200
    assert len(read_grids(path, LIMITS)[0].cells) == 3000


def test_an_amount_in_another_currency_s_cells_is_not_read_as_yuan(tmp_path):
    spaces = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0".format
    cell = '<t:table-cell o:value-type="currency" o:currency="{}" o:value="1800000"><x:p>1,800,000</x:p></t:table-cell>'
    cells = "".join(cell.format(code) for code in ("USD", "CNY"))
    body = f"<o:body><t:table t:name='a'><t:table-row>{cells}</t:table-row></t:table></o:body>"
    names = f'xmlns:o="{spaces("office")}" xmlns:t="{spaces("table")}" xmlns:x="{spaces("text")}"'
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("content.xml", f"<o:document {names}>{body}</o:document>")
    assert read_grids(tmp_path / "a.ods", LIMITS)[0].cells == [["1800000 USD", "1800000"]]


def test_a_unit_outside_the_tables_of_a_page_is_told(tmp_path):
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in [HEADS, *rows()])
    path = tmp_path / "台账202606.xls"
    path.write_text(f"<p>单位：万元</p><table>{cells}</table>", encoding="utf-8")
    assert "a comment or a page's head or foot says a unit: it was not applied" in Received(path).rules


@pytest.mark.parametrize(("cover", "is_told"), [("单位：万元", True), ("单位：元", False), ("某行", False)])
def test_a_unit_on_a_cover_is_told(tmp_path, cover, is_told):
    path = workbook(
        tmp_path / "台账202606.xlsx",
        [HEADS, *rows()],
        change=lambda sheet: sheet.parent.create_sheet("封面", 0).append([cover]),
    )
    assert ("a sheet that was passed over says a unit: it was not applied" in Received(path).rules) is is_told


@pytest.mark.parametrize(("titles", "is_refused"), [("万-", True), ("--", False), ("万万", False), ("元-", False)])
def test_a_list_that_goes_on_without_its_unit_is_refused(tmp_path, titles, is_refused):
    says = {"万": [["单位：万元"]], "元": [["单位：元"]], "-": []}
    first, second = (says[title] for title in titles)

    def go_on(sheet):
        more = sheet.parent.create_sheet("续")
        for row in [*second, HEADS, *rows()]:
            more.append([f"9{cell}" if HEADS[place] == "借据号" else cell for place, cell in enumerate(row)])

    path = workbook(tmp_path / "台账202606.xlsx", [*first, HEADS, *rows()], change=go_on)
    if is_refused:
        with pytest.raises(BadData, match="says no unit of money"):
            Received(path)
    else:
        Received(path)

"""The inventory names every table there is a contract for, and what it would unlock.

The templates show every table's columns and units, and go in when filled.
"""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from microlib.bank.bookkeeping import bank_inventory
from microlib.bank.ingest.drafts import UNIT_MARK, USES_SHEET, write_templates
from microlib.bank.ingest.intake import ingest_files
from microlib.bank.ingest.load import load_frames
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.contracts.checks import UNLOCKS
from microlib.contracts.tables import TABLES
from microlib.face.needs import column_uses

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


def test_every_table_has_a_sentence_in_both_languages():
    assert set(UNLOCKS) == set(TABLES)
    assert all(zh and en for zh, en in UNLOCKS.values())


def test_held_tables_show_rows_dates_and_files(bank, frames):
    load_frames(bank, {"loans": frames["loans"].head(4)}, as_of=JULY, name="july")
    loans = bank_inventory(bank, as_of=JULY).set_index("table").loc["loans"]
    assert (loans["is_held"], loans["rows_count"], loans["files_count"]) == (True, 9, 2)
    assert (loans["first_as_of"].date(), loans["last_as_of"].date()) == (JUNE, JULY)


def test_missing_tables_say_what_they_would_unlock(bank):
    missing = bank_inventory(bank, as_of=JUNE).query("not is_held").set_index("table")
    assert "vintage curves" in missing.loc["loan_months", "unlocks_en"]
    assert missing["rows_count"].eq(0).all() and missing["first_as_of"].isna().all()


def test_files_of_later_dates_do_not_count(bank):
    assert not bank_inventory(bank, as_of=date(2026, 5, 31))["is_held"].any()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("templates")
    write_templates(place, column_uses())
    return place


def test_there_is_a_template_for_every_table(folder):
    assert {path.stem for path in folder.glob("*.xlsx")} == set(TABLES)


@pytest.mark.parametrize("name", ["loans", "invoices"])
def test_a_template_has_headers_units_and_an_example(folder, name):
    sheet = openpyxl.load_workbook(folder / f"{name}.xlsx").active
    header, units, example = sheet.iter_rows(values_only=True)
    assert list(header) == TABLES[name].names
    assert units[0] == UNIT_MARK and all(units)
    assert all(value for value, column in zip(example, TABLES[name].columns, strict=True) if column.required)
    assert TABLES[name].columns[0].zh in sheet["A1"].comment.text


def test_a_template_says_which_measures_need_a_column(folder):
    book = openpyxl.load_workbook(folder / "loans.xlsx")
    told = {row[0]: row[1:] for row in book[USES_SHEET].iter_rows(min_row=2, values_only=True)}
    assert list(told) == TABLES["loans"].names
    _, need, measures = told["overdue_days"]
    assert need.startswith("可缺") and {"ml.par", "arrears.warnings"} <= {*measures.split(", ")}
    assert told["loan_id"][1].startswith("必填") and told["purpose"][1].startswith("可选")
    place = TABLES["loans"].names.index("overdue_days") + 1
    assert "ml.par" in book.worksheets[0].cell(1, place).comment.text


def test_filled_templates_go_in_together_with_their_row_of_units(folder, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    names = ["branches", "rms", "customers", "facilities", "invoices", "venue_rosters", "control_totals"]
    files = [folder / f"{name}.xlsx" for name in names]
    ingest_files(tmp_path / "home", files, mapping="own_tables", as_of=date(2026, 6, 30))
    with open_store(tmp_path / "home") as store:
        assert store.tables == [name for name in TABLES if name in names]
        assert store.rows("SELECT branch_id, kind FROM customers") == [("0755", "company")]

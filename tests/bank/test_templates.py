"""The templates show every table's columns and units, and go in when filled."""

from datetime import date

import openpyxl
import pytest

from microlib.bank import ingest, privacy, templates
from microlib.bank.stores import open_store
from microlib.contracts.tables.registry import TABLES


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("templates")
    templates.write_templates(place)
    return place


def test_there_is_a_template_for_every_table(folder):
    assert {path.stem for path in folder.glob("*.xlsx")} == set(TABLES)


@pytest.mark.parametrize("name", ["loans", "invoices"])
def test_a_template_has_headers_units_and_an_example(folder, name):
    sheet = openpyxl.load_workbook(folder / f"{name}.xlsx").active
    header, units, example = sheet.iter_rows(values_only=True)
    assert list(header) == TABLES[name].names
    assert units[0] == templates.UNIT_MARK and all(units)
    assert all(value for value, column in zip(example, TABLES[name].columns, strict=True) if column.required)
    assert TABLES[name].columns[0].zh in sheet["A1"].comment.text


def test_filled_templates_go_in_together_with_their_row_of_units(folder, tmp_path, monkeypatch):
    monkeypatch.setenv(privacy.KEY_VARIABLE, str(tmp_path / "bank.key"))
    names = ["branches", "rms", "customers", "facilities", "invoices", "venue_rosters", "control_totals"]
    files = [folder / f"{name}.xlsx" for name in names]
    ingest.ingest_files(tmp_path / "home", files, mapping="own_tables", as_of=date(2026, 6, 30))
    with open_store(tmp_path / "home") as store:
        assert store.tables == [name for name in TABLES if name in names]
        assert store.rows("SELECT branch_id, kind FROM customers") == [("0755", "company")]

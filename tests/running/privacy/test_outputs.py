"""The text of every kind of output is read; typed numbers, pictures and fonts are none."""

import io
import json
import zipfile

import pandas as pd
import pytest
from nbformat import writes
from nbformat.v4 import new_code_cell, new_notebook, new_output

from microlib.running.privacy.identifiers import find_identifiers
from microlib.running.privacy.outputs import passages_of

PHONE = "13800138000"


def found(name, data):
    return [each.kind for _, text in passages_of(name, data) for each in find_identifiers(text)]


def parquet(**columns):
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{PHONE}</p>",
        "<p>138<b>0013</b>8000</p>",
        "<p>&#49;3800138000</p>",
        f'<img alt="{PHONE}" src="data:image/png;base64,AA">',
        f'<a href="{PHONE}.html">x</a>',
    ],
)
def test_a_page_is_read_with_titles_and_addresses(page):
    assert found("a.html", page.encode()) == ["mobile"]


def test_cells_side_by_side_are_no_number():
    assert found("a.html", b"<td>138001</td><td>38000</td>") == []


def test_pictures_and_fonts_are_no_text():
    assert found("a.html", f'<img src="data:image/png;base64,{PHONE * 9}">'.encode()) == []


def test_a_notebook_is_read_sources_outputs_and_errors():
    shown = new_output("display_data", data={"text/html": f"<b>{PHONE}</b>", "image/png": PHONE})
    failed = new_output("error", ename="KeyError", evalue=PHONE, traceback=[PHONE])
    cell = new_code_cell(f"x = '{PHONE}'", outputs=[shown, failed])
    assert len(found("a.ipynb", writes(new_notebook(cells=[cell])).encode())) == 4


def test_a_table_is_read_where_it_holds_text():
    assert found("a.parquet", parquet(loan_id=[PHONE, "L1"])) == ["mobile"]
    assert found("a.parquet", parquet(balance_yuan=[13_800_138_000.0], count=[13_800_138_000])) == []


def test_numbers_of_a_document_are_typed():
    assert found("facts.json", json.dumps({"balance_yuan": 13_800_138_000}).encode()) == []
    assert found("facts.json", json.dumps({"said": [PHONE], PHONE: 1}).encode()) == ["mobile", "mobile"]


def test_archives_are_opened():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("list.csv", f"name,phone\n甲,{PHONE}")
    assert found("pack.zip", buffer.getvalue()) == ["mobile"]

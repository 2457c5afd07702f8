"""Typed cells: what a spreadsheet writes is what the page says.

A toolkit is an archive of lists in words, the same for the same tables, and nothing in it computes.
"""

from __future__ import annotations

import random
import zipfile

import pandas as pd
import pytest

from microlib.report.tables import cell, cell_of, grid
from microlib.report.toolkit import NAME, csv_text, header, spread, typed, write_toolkit, written
from microlib.report.words import BLANK, Rate, Words

WORDS = Words("zh")
COLUMNS = ("balance_yuan", "npl_share", "yearly_rate", "loans_count", "hhi", "index_ratio")


@pytest.mark.parametrize("name", COLUMNS)
def test_every_number_reads_as_on_the_page(name):
    draw = random.Random(7)
    for _ in range(2000):
        value = round(draw.choice([1, 1e3, 1e7]) * draw.uniform(-1, 1), draw.choice([0, 1, 2, 3, 4]))
        text = cell(value, name, WORDS)
        made = typed(value, text, unit=WORDS.unit(name))
        decimals = len(made.pattern.rstrip("%").partition(".")[2])
        assert written(made.number, decimals, is_percent="%" in made.pattern) == text, value


def test_an_exact_number_is_kept_where_it_can_be():
    assert typed(12_345_678.0, "1,234.6", unit="万元").number == 1234.5678


def test_a_number_with_its_unit_keeps_the_unit_in_its_pattern():
    made = typed(12_345_678.0, "1,234.6 万元")
    assert (made.number, made.pattern) == (1234.5678, '#,##0.0" 万元"')


def test_codes_and_keys_are_text():
    made = spread(pd.DataFrame({"loan_id": ["00123", "=1+1"]}), WORDS)
    assert [(row[0].text, row[0].number) for row in made.rows] == [("00123", None), ("=1+1", None)]


def test_what_is_missing_is_a_dash():
    made = spread(pd.DataFrame({"balance_yuan": [None, 1.0]}, dtype="float64"), WORDS)
    assert (made.rows[0][0].text, made.rows[0][0].number) == (BLANK, None)


def test_a_column_without_words_keeps_its_name():
    assert header("no_such_column_anywhere", WORDS) == "no_such_column_anywhere"


class Desk:
    words = Words("zh")


def cards():
    return pd.DataFrame({"customer_id": ["C1", '=HYPERLINK("x")'], "benefit_yuan": [1234.5, -3.0]})


def test_lists_are_written_in_words_with_units(tmp_path):
    write_toolkit(Desk(), tmp_path, benefit_cards=cards())
    with zipfile.ZipFile(tmp_path / NAME) as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    assert text.splitlines()[0] == "客户号,一年至少省（元）"
    assert '"1,234.50"' in text


def test_no_cell_is_a_formula_and_numbers_stay_numbers():
    lines = csv_text(cards(), Words("en")).splitlines()
    assert lines[2].startswith("\"'=HYPERLINK")
    assert lines[2].endswith("-3.00")


def test_the_same_tables_make_the_same_archive(tmp_path):
    for name in ("one", "two"):
        write_toolkit(Desk(), tmp_path / name, benefit_cards=cards())
    assert (tmp_path / "one" / NAME).read_bytes() == (tmp_path / "two" / NAME).read_bytes()


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_toolkit(Desk(), "", benefit_cards=cards())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_none_of_n_is_told_by_its_upper_bound_and_never_as_a_zero(lang):
    """On the page, in a sheet and in a sentence, of a share and of a rate; a measured zero of a ledger stays one."""
    row = {"bad_share": [0.0, 0.01], "bad_share_low": [0.0, 0.002], "bad_share_high": [0.066, 0.04]}
    frame = pd.DataFrame({**row, "bad_share_count": [73.0, 300.0], "npl_share": [0.0, 0.0]})
    words = Words(lang)
    first, second = grid(frame, words).rows
    assert "≤6.6" in first[0] and "0/73" in first[0] and "0.0" not in first[0] and first[1] == "0.0"
    assert second[0].startswith("1.0") and "≤" not in second[0]
    top, below = spread(frame, words).rows
    assert [each.text for each in top[:4]] == ["≤6.6", BLANK, "6.6", "73"] and top[0].number is None
    assert [each.text for each in below[:4]] == ["1.0", "0.2", "4.0", "300"]
    for name in ("default_rate", "bad_share"):
        assert cell_of(Rate(0.0, 0.0, 0.066, 73), name, words).startswith("≤6.6")

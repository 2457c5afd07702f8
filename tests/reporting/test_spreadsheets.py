"""Typed cells: what a spreadsheet writes is what the page says."""

import random

import pandas as pd
import pytest

from microlib.reporting import cells, formats, spreadsheets
from microlib.reporting.catalogues import Words

WORDS = Words("zh")
COLUMNS = ("balance_yuan", "npl_share", "yearly_rate", "loans_count", "hhi", "index_ratio")


@pytest.mark.parametrize("name", COLUMNS)
def test_every_number_reads_as_on_the_page(name):
    draw = random.Random(7)
    for _ in range(2000):
        value = round(draw.choice([1, 1e3, 1e7]) * draw.uniform(-1, 1), draw.choice([0, 1, 2, 3, 4]))
        text = cells.cell(value, name, WORDS)
        made = spreadsheets.typed(value, text, unit=WORDS.unit(name))
        decimals = len(made.pattern.rstrip("%").partition(".")[2])
        assert spreadsheets.written(made.number, decimals, is_percent="%" in made.pattern) == text, value


def test_an_exact_number_is_kept_where_it_can_be():
    assert spreadsheets.typed(12_345_678.0, "1,234.6", unit="万元").number == 1234.5678


def test_a_number_with_its_unit_keeps_the_unit_in_its_pattern():
    made = spreadsheets.typed(12_345_678.0, "1,234.6 万元")
    assert (made.number, made.pattern) == (1234.5678, '#,##0.0" 万元"')


def test_codes_and_keys_are_text():
    made = spreadsheets.spread(pd.DataFrame({"loan_id": ["00123", "=1+1"]}), WORDS)
    assert [(row[0].text, row[0].number) for row in made.rows] == [("00123", None), ("=1+1", None)]


def test_what_is_missing_is_a_dash():
    made = spreadsheets.spread(pd.DataFrame({"balance_yuan": [None, 1.0]}, dtype="float64"), WORDS)
    assert (made.rows[0][0].text, made.rows[0][0].number) == (formats.BLANK, None)


def test_a_column_without_words_keeps_its_name():
    assert spreadsheets.header("no_such_column_anywhere", WORDS) == "no_such_column_anywhere"

"""A toolkit is an archive of lists in words, the same for the same tables, and nothing in it computes."""

import zipfile

import pandas as pd

from microlib.reporting.catalogues import Words
from microlib.reporting.toolkits import NAME, listed, write_toolkit


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
    lines = listed(cards(), Words("en")).splitlines()
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

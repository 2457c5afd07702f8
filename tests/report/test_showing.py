"""Any frame as the house shows it: words and units where the catalogue has them, own names where not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import microlib as ml
from microlib.errors import BadConfig
from microlib.metrics.quality import monthly_ratios
from microlib.report.report import open_report
from microlib.report.showing import IN_LAB

FRAME = pd.DataFrame(
    {
        "product_id": ["P1", "P2"],
        "guarantee": ["credit", "mortgage"],
        "balance_yuan": [25_000.0, 1_250_000.0],
        "npl_share": [0.022, None],
        "lunch": [1.25, 2.5],
        "is_active": [True, False],
        "disbursed_date": pd.to_datetime(["2026-01-05", None]),
    }
)


def test_heads_say_units_and_codes_their_words_in_both_languages() -> None:
    assert "贷款余额（万元）" in repr(ml.show(FRAME, "余额")) and "抵押" in repr(ml.show(FRAME))
    told = repr(ml.show(FRAME, "Book", lang="en"))
    assert told.startswith("Book\n") and "balance (wan yuan)" in told and "mortgage" in told and "125.0" in told


def test_a_column_that_nobody_knows_keeps_its_name_or_takes_the_callers() -> None:
    assert "lunch" in repr(ml.show(FRAME)) and "午饭" in repr(ml.show(FRAME, labels={"lunch": "午饭"}))


def test_the_frame_as_told_holds_numbers_in_the_units_of_its_heads() -> None:
    told = ml.show(FRAME, lang="en").told
    assert told["balance (wan yuan)"].tolist() == [2.5, 125.0]
    assert told["non-performing share (%)"].iloc[0] == 2.2 and told["non-performing share (%)"].isna().iloc[1]
    assert told["disbursed"].iloc[0] == "2026-01-05"


def test_what_is_saved_is_what_is_shown(tmp_path: Path) -> None:
    table = ml.show(FRAME)
    assert table.save(tmp_path / "a.csv").read_bytes().startswith("\ufeff产品编号".encode())
    read = pd.read_excel(table.save(tmp_path / "a.xlsx"))
    assert read["贷款余额（万元）"].tolist() == [2.5, 125.0]
    with pytest.raises(BadConfig, match=r"neither a CSV nor an Excel"):
        table.save(tmp_path / "a.doc")


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(BadConfig, match="int is no table"):
        ml.show(3)


def test_a_page_is_static_and_a_notebook_in_the_lab_sorts(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("itables")
    static = ml.show(FRAME, "余额")._repr_html_()
    assert "<script" not in static and "wb-table" in static
    monkeypatch.setenv(IN_LAB, "a.ipynb")
    live = ml.show(FRAME, "余额")._repr_html_()
    assert "excelHtml5" in live and r"\u67e5\u627e" in live
    assert not re.search(r"""(src|import|from)\s*=?\s*["']https?:""", live), "a script is fetched from elsewhere"


def test_a_figure_is_matplotlibs_and_can_be_restyled_and_saved(demo_home: Path, tmp_path: Path) -> None:
    branch = ml.open_bank(demo_home).branch("0995")
    monthly = monthly_ratios(branch["loans"], branch["loan_months"], as_of=branch.as_of)
    picture = open_report(branch, lang="zh", out=tmp_path).draw("monthly_ratios", monthly)
    before = picture.png
    picture.figure.axes[0].set_facecolor("#ffeeee")
    assert picture.again().png != before
    assert b"<svg" in picture.save(tmp_path / "due.svg").read_bytes()
    assert picture.save(tmp_path / "due.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(BadConfig, match="is no picture"):
        picture.save(tmp_path / "due.gif")


def test_a_table_needs_no_script_package_to_be_shown() -> None:
    code = "import sys; sys.modules['itables'] = None; import microlib as ml; print(ml.show(ml.sample_loans().head(1)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "borrower" in run.stdout

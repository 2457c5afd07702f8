"""What goes to head office only: nothing of it, not even its length, is in what the report shows or records."""

import json

import pandas as pd
import pytest

from microlib.reporting.charts import bars

COLUMNS = ["loan_id", "balance_yuan"]


@pytest.fixture
def listed():
    return pd.DataFrame({"loan_id": ["L-secret-1", "L-secret-2"], "balance_yuan": [123_450_000.0, 5.0]})


def parts(folder):
    return json.loads((folder / "head-office" / "parts.json").read_text("utf-8"))["parts"]


def test_the_report_shows_only_that_there_is_something(opened, listed, tmp_path):
    shown = opened(out=tmp_path).head_office.table("crossing_loans", listed, columns=COLUMNS)
    assert "仅供总行" in repr(shown)
    assert not {"L-secret-1", "12,345", "2"} & set(repr(shown).replace("：", " ").split())


def test_nothing_of_it_is_in_the_report_s_own_folder(opened, listed, tmp_path):
    report = opened(out=tmp_path)
    report.head_office.table("crossing_loans", listed, columns=COLUMNS)
    report.head_office.fact("secret_yuan", listed, column="balance_yuan")
    report.table("loans", report.compute(lambda loans: loans, "loans"))
    held = b"".join(path.read_bytes() for path in (tmp_path / "results").iterdir())
    assert b"secret" not in held and report.results.listing["shown"][0]["name"] == "loans"
    assert (tmp_path / "head-office" / "results" / "crossing_loans.parquet").is_file()


def test_head_office_gets_tables_figures_and_sentences_in_order(opened, listed, tmp_path):
    office = opened(out=tmp_path).head_office
    office.table("crossing_loans", listed, columns=COLUMNS)
    office.chart("loss_if_stopped", bars.ranked_bars, listed, label="loan_id", values=["balance_yuan"])
    kept = parts(tmp_path)
    assert "L-secret-1" in kept[0]["text/html"] and set(kept[1]) == {"text/plain", "image/png"}


def test_names_taught_to_the_report_are_known_there(opened, tmp_path):
    report = opened(out=tmp_path)
    office = report.head_office
    report.names("segment", {"x": {"zh": "甲客群", "en": "group A"}})
    office.table("segment_quality", pd.DataFrame({"segment": ["x"]}))
    assert "甲客群" in parts(tmp_path)[0]["text/plain"]


def test_what_is_not_computed_is_said_there_too(opened, tmp_path):
    report = opened(out=tmp_path)
    shown = report.head_office.table("loans", report.compute(lambda loan_months: loan_months, "loan_months"))
    assert "仅供总行" in repr(shown) and "未计算" in parts(tmp_path)[0]["text/plain"]


def test_without_a_folder_nothing_is_written(opened, listed):
    assert "仅供总行" in repr(opened().head_office.table("crossing_loans", listed, columns=COLUMNS))

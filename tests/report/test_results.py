"""Earlier results: older dates only, one branch only, each report once.

What is kept: codes and numbers, rounded, whole or not at all.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from microlib.errors import BadConfig
from microlib.home import Home
from microlib.report.results import Results, earlier_results, recorded
from microlib.report.words import Rate, Words


def test_only_older_reports_of_the_branch_are_read(tmp_path) -> None:
    march = [("2026-03-31", "0755", "zh"), ("2026-03-31", "0755", "en")]
    others = [("2026-05-31", "0755", "zh"), ("2026-06-30", "0755", "zh"), ("2026-05-31", "0021", "zh")]
    for day, branch, lang in [*march, *others, ("drafts", "0755", "zh")]:
        folder = tmp_path / "reports" / day / branch / "8_campaign_effect" / lang / "results"
        folder.mkdir(parents=True)
        pd.DataFrame({"where": [f"{day} {branch}"]}).to_parquet(folder / "forecasts.parquet")
    found = earlier_results(Home(tmp_path), "forecasts", branch="0755", before=date(2026, 6, 30))
    assert found["where"].to_list() == ["2026-03-31 0755", "2026-05-31 0755"]
    everybody = earlier_results(Home(tmp_path), "forecasts", branch="*", before=date(2026, 6, 30))
    assert set(everybody["where"]) == {"2026-03-31 0755", "2026-05-31 0755", "2026-05-31 0021"}
    assert earlier_results(Home(tmp_path), "nothing", branch="0755", before=date(2026, 6, 30)).empty


def test_money_is_kept_to_the_fen_halves_away_from_zero():
    assert recorded(pd.DataFrame({"x_yuan": [0.125, -0.125, 2.675]}))["x_yuan"].tolist() == [0.13, -0.13, 2.68]


def test_other_floats_are_kept_to_ten_digits():
    assert recorded(pd.DataFrame({"x_share": [2 / 3e7]}))["x_share"].tolist() == [6.666666667e-08]


def test_a_last_digit_that_machines_disagree_on_is_lost():
    one, other = recorded(pd.DataFrame({"x": [0.1 + 0.2]})), recorded(pd.DataFrame({"x": [0.3]}))
    pd.testing.assert_frame_equal(one, other)


def test_rows_keep_their_order_and_a_named_index_becomes_a_column():
    frame = pd.DataFrame({"x": [2, 1]}, index=pd.Index(["b", "a"], name="segment"))
    assert recorded(frame)["segment"].tolist() == ["b", "a"]


def test_exact_decimals_become_floats():
    assert recorded(pd.DataFrame({"x_rate": [Decimal("0.0685")]}))["x_rate"].dtype == "float64"


def test_missing_values_stay_missing():
    assert recorded(pd.DataFrame({"x_yuan": [None, 1.0], "y": pd.array([None, 1], "Int64")})).isna().sum().tolist() == [
        1,
        1,
    ]


def test_the_frame_given_is_not_altered(unchanged):
    frame = pd.DataFrame({"x_yuan": [0.125], "y": [1 / 3]})
    with unchanged(frame):
        Results("").record("x", frame)


def test_a_table_is_read_back_as_it_was_kept(tmp_path):
    kept = Results(tmp_path).record("sizes", pd.DataFrame({"segment": ["a"], "balance_yuan": [1.005]}))
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "results" / "sizes.parquet"), kept)


def test_a_fact_carries_its_interval_unit_and_source(tmp_path):
    results, frame = Results(tmp_path), pd.DataFrame({"npl_share": [0.05]})
    results.record("quality", frame)
    results.tell("npl_share", Rate(0.05, 0.01, 0.1, 60), source=results.source_of(frame))
    fact = {"value": 0.05, "low": 0.01, "high": 0.1, "count": 60, "unit": "share", "source": "quality"}
    assert json.loads((tmp_path / "results" / "facts.json").read_text())["npl_share"] == fact


def test_an_empty_out_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Results("").record("x", pd.DataFrame({"a": [1]}))
    Results("").tell("x", 1)
    assert not list(tmp_path.iterdir())


def test_a_new_run_leaves_no_table_of_the_old_one(tmp_path):
    Results(tmp_path).record("old", pd.DataFrame({"a": [1]}))
    Results(tmp_path)
    assert not list((tmp_path / "results").glob("*"))


def test_a_failed_write_leaves_the_earlier_table(tmp_path, monkeypatch):
    results = Results(tmp_path)
    kept = results.record("x", pd.DataFrame({"a": [1]}))
    monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(BadConfig, match="No space left"):
        results.record("x", pd.DataFrame({"a": [2]}))
    assert [file.name for file in (tmp_path / "results").iterdir()] == ["x.parquet"]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "results" / "x.parquet"), kept)


def _full(*_):
    raise OSError(28, "No space left on device")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="cannot be written") as caught:
        Results(tmp_path / "file")
    assert Path(caught.value.where).parent.name == "file"


def test_a_name_that_leaves_the_folder_is_refused():
    with pytest.raises(BadConfig, match="no name for a result"):
        Results("").record("../x", pd.DataFrame())


def test_a_nested_cell_is_refused():
    with pytest.raises(BadConfig, match="cannot keep a list"):
        recorded(pd.DataFrame({"a": [[1]]}))


def test_names_are_kept_in_the_order_in_which_they_were_learnt(tmp_path):
    """Of two columns that name the same code, other formats hear the one that the page heard."""
    names = {"source_id": {"H01": {"zh": "医院", "en": "hospital"}}, "id": {"H01": {"zh": "H01", "en": "H01"}}}
    Results(tmp_path).show("table", "caps", words=Words("zh", names=names))
    assert list(json.loads((tmp_path / "results" / "shown.json").read_text())["names"]) == ["source_id", "id"]

"""What changed between two runs, and whether reports come out the same when made again.

The figures of the index come from facts, with interval and count.
"""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from lxml import html

from microlib.errors import BadConfig, BadData
from microlib.run.compare import (
    OTHERS,
    Verified,
    cell_lines,
    check_equal,
    chosen_jobs,
    compare_results,
    difference_lines,
    figures_of,
    find_run,
    label,
    read_facts,
    recent_changes,
    run_differences,
    verified_line,
    verify_jobs,
)
from microlib.run.jobs import RunOptions
from microlib.run.overview import write_index

COLD = RunOptions(workers=1, is_warm=False)


@pytest.fixture
def reports(ran, tmp_path):
    """The reports of a run, and of a later date at which one share has risen beyond noise and another hardly."""
    shutil.copytree(ran, tmp_path / ran.name)
    later = shutil.copytree(ran, tmp_path / "2026-07-31")
    text = (later / "manifest.json").read_text().replace('"inputs_sha256": "', '"inputs_sha256": "0')
    (later / "manifest.json").write_text(text)
    for path in later.rglob("facts.json"):
        facts = json.loads(path.read_text())
        facts["quality.npl_share"] |= {"value": 0.2, "low": 0.15, "high": 0.3}
        facts["new_count"] = {"value": 1, "low": None, "high": None}
        facts["customers_count"]["value"] = 61
        path.write_text(json.dumps(facts))
    return tmp_path


def test_what_moved_beyond_noise_is_listed_and_what_did_not_is_not(reports):
    sides = [find_run(reports, name) for name in ("2026-06-30", "2026-07-31")]
    found = run_differences(*sides)
    kinds = found[found["branch_id"] == "0755"].set_index("fact")["kind"].to_dict()
    assert kinds == {"quality.npl_share": "changed", "new_count": "appeared"}


def test_the_other_way_round_what_appeared_is_gone(reports):
    sides = [find_run(reports, name) for name in ("2026-07-31", "2026-06-30")]
    assert set(run_differences(*sides)["kind"]) == {"changed", "gone"}


def test_runs_of_the_same_bank_have_no_noise(reports):
    path = reports / "2026-07-31" / "manifest.json"
    path.write_text(path.read_text().replace('"inputs_sha256": "0', '"inputs_sha256": "'))
    sides = [find_run(reports, name) for name in ("2026-06-30", "2026-07-31")]
    found = run_differences(*sides).set_index("fact")
    assert "customers_count" in found.index and found["strength"].isna().all()


def test_a_run_does_not_differ_from_itself(reports):
    past = find_run(reports, "2026-06-30")
    assert run_differences(past, past).empty


def test_differences_are_lines_with_headings(reports):
    sides = [find_run(reports, name) for name in ("2026-06-30", "2026-07-31")]
    lines = [line.split("\t") for line in difference_lines(run_differences(*sides))]
    assert lines[0][:4] == ["branch_id", "report", "fact", "kind"]
    assert {len(line) for line in lines} == {len(lines[0])}


def test_a_run_is_found_by_its_id_even_shortened(reports, ran):
    run_id = json.loads((ran / "manifest.json").read_text())["runs"][0]["run_id"]
    shutil.rmtree(reports / "2026-07-31")
    assert find_run(reports, run_id[:12]).folder == reports / "2026-06-30"
    with pytest.raises(BadConfig, match=rf"no run 1999(.|\n)*{run_id}"):
        find_run(reports, "1999")


def test_the_index_says_what_changed_since_the_date_before(reports):
    page = write_index(reports / "2026-07-31").read_text()
    assert "自 2026-06-30 以来的变化" in page
    assert "20.0" in page[page.index("自 2026-06-30 以来的变化") :]
    assert "以来的变化" not in write_index(reports / "2026-06-30").read_text()


def test_a_page_lists_every_change_with_its_kind_and_strength(reports):
    folder = reports / "2026-07-31"
    assert 'href="changes.html"' in write_index(folder).read_text()
    page = html.fromstring((folder / "changes.html").read_text())
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//tbody/tr")]
    names = {(row[2].rpartition("）")[2], row[3][:2]) for row in rows}
    assert names == {("quality.npl_share", "变动"), ("new_count", "新增")}
    assert any("2.2 %" in row[4] and "20.0 %" in row[5] and float(row[6]) > 1 for row in rows)


def test_a_small_count_without_an_interval_has_the_one_that_chance_leaves_it(reports):
    for path in reports.rglob("facts.json"):
        was = path.is_relative_to(reports / "2026-06-30")
        told = {"few_count": 3 if was else 6, "more_count": 3 if was else 40, "many_count": 200 if was else 260}
        path.write_text(json.dumps({name: {"value": value} for name, value in told.items()}))
    sides = [find_run(reports, name) for name in ("2026-06-30", "2026-07-31")]
    assert set(run_differences(*sides)["fact"]) == {"more_count", "many_count"}


def test_what_is_proved_stands_first_and_each_figure_says_of_what_it_is(reports):
    for path in reports.rglob("facts.json"):
        facts = json.loads(path.read_text())
        value = 10.0 if path.is_relative_to(reports / "2026-06-30") else 1000.0
        facts["maturing.lost_yuan"] = {"value": value, "low": None, "high": None}
        path.write_text(json.dumps(facts))
    rows = recent_changes(reports / "2026-07-31")["rows"]
    assert [row["name"] for row in rows if row["branch"] == "0755"][:2] == ["quality.npl_share", "maturing.lost_yuan"]
    lost = next(row for row in rows if row["name"] == "maturing.lost_yuan")
    assert (lost["subject"]["en"], lost["en"]) == (
        "What matures, and from what it will be repaid", "lost amount (wan yuan)")  # fmt: skip
    assert lost["title"] and "：" not in lost["title"]


def test_reports_made_again_are_equal(ran):
    past = find_run(ran.parent, ran.name)
    jobs = chosen_jobs(past, home=ran.parents[1], branches=("0755",), names=("tiny_report",))
    (done,) = verify_jobs(jobs, past, options=COLD)
    assert verified_line(done) == "equal\t0755/tiny_report/zh\t2 results"
    check_equal([done])


def test_a_cell_that_differs_is_named(tmp_path):
    for name, cell in (("one", 1.0), ("two", 1.5)):
        (tmp_path / name).mkdir()
        pd.DataFrame({"code": ["a", None], "rate": [cell, None]}).to_parquet(tmp_path / name / "t.parquet")
    found = compare_results(tmp_path / "one", tmp_path / "two", report="r")
    assert found.to_numpy().tolist() == [["r", "t.parquet", 0, "rate", 1.0, 1.5]]
    with pytest.raises(BadData, match="1 of 1 reports came out otherwise") as refused:
        check_equal([Verified("r", 1, found)])
    assert len(refused.value.failures) == 1


def test_a_fact_that_differs_is_named_with_the_part_of_it(tmp_path):
    for name, value in (("one", 1.0), ("two", 1.5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "facts.json").write_text(json.dumps({"npl_share": {"value": value, "count": None}}))
    found = compare_results(tmp_path / "one", tmp_path / "two", report="r")
    assert found.to_numpy().tolist() == [["r", "facts.json", 0, "npl_share value", 1.0, 1.5]]
    assert cell_lines(Verified("r", 1, found)) == ["cell\tr\tfacts.json\t0\tnpl_share value\t1.0\t1.5"]


def test_a_result_that_cannot_be_read_and_columns_that_came_are_said(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "facts.json").write_text('{"x"' if name == "one" else "{}")
        pd.DataFrame({"a": [1], **({"b": [2]} if name == "two" else {})}).to_parquet(tmp_path / name / "t.parquet")
    found = compare_results(tmp_path / "one", tmp_path / "two", report="r")
    assert found["recorded"].tolist() == ["one of the two cannot be read", "1 rows of 1 columns"]
    assert found["made"].tolist()[1] == "1 rows of 2 columns, alone b"


def test_recorded_results_that_are_gone_are_a_failure_and_no_crash(ran, tmp_path):
    home = shutil.copytree(ran.parents[1], tmp_path / "bank")
    for path in [*home.rglob("results")]:
        shutil.rmtree(path)
    past = find_run(home / "reports", ran.name)
    jobs = chosen_jobs(past, home=home, branches=("0755",), names=("tiny_report",))
    (done,) = verify_jobs(jobs, past, options=COLD)
    assert verified_line(done).startswith("failed\t0755/tiny_report/zh\tthe recorded results are gone")


def test_a_table_that_only_one_side_has_differs(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "facts.json").write_text("{}")
    assert len(compare_results(tmp_path / "one", tmp_path / "two", report="r")) == 1


def test_a_report_that_was_not_made_cannot_be_verified(ran):
    past = find_run(ran.parent, ran.name)
    with pytest.raises(BadConfig, match="no such report"):
        chosen_jobs(past, home=ran.parents[1], branches=("0021",), names=("tiny_failure",))


RATE = {"value": 0.022, "low": 0.014, "high": 0.127, "count": 60}


def test_figures_stand_in_the_order_of_a_committee():
    facts = {"a.par30_share": RATE, "balance_yuan": {"value": 12_000_000}, "b.npl_share": RATE}
    assert list(figures_of(facts)) == ["balance_yuan", "npl_share", "par30_share"]


def test_the_size_of_a_list_is_not_that_of_the_branch():
    facts = {
        "assignment_loads.customers_count": {"value": 57},
        "ratio_changes.customers_count": {"value": 2729},
        "product_tree.balance_yuan": {"value": 5e8},
    }
    assert {name: figure.value for name, figure in figures_of(facts).items()} == {"customers_count": 2729}


def test_a_rate_of_too_few_cases_shows_its_count_only():
    figure = figures_of({"npl_share": {**RATE, "count": 2}})["npl_share"]
    assert (figure.main, figure.detail) == ("—", "n=2，过少")


def test_money_is_written_in_wan_and_counts_whole():
    facts = {"balance_yuan": {"value": 12_345_678}, "customers_count": {"value": 1200}}
    assert [figure.main for figure in figures_of(facts).values()] == ["1,200", "1,234.6"]


def test_a_report_without_known_figures_shows_its_first_rates():
    facts = {f"x{number}_share": RATE for number in range(9)}
    assert len(figures_of(facts)) == OTHERS


def test_what_is_no_number_is_left_out():
    assert figures_of({"npl_share": {"value": None}, "balance_yuan": {"value": "x"}}) == {}


def test_damaged_facts_are_no_facts(tmp_path):
    assert read_facts(tmp_path) == {}
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "facts.json").write_text("[1]")
    assert read_facts(tmp_path) == {}


def test_a_figure_without_words_keeps_its_name():
    assert label("nobody_share", "zh") == "nobody_share"
    assert label("balance_yuan", "zh") == "贷款余额（万元）"

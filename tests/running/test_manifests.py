"""The record of runs: what stands in it, and what a second run does to it."""

from datetime import date

import pytest

from microlib.errors import BadConfig
from microlib.homes import Home
from microlib.running import manifests
from microlib.running.jobs import Job, Outcome
from microlib.running.plan import Inputs

RUN = {"run_id": "r1", "started": "a", "ended": "b", "status": "ok", "workers": 1}


@pytest.fixture
def merged(tmp_path, notebooks):
    """Merge outcomes into a manifest."""
    files = [{"name": "b.csv", "sha256": "abc", "table": "branches", "as_of": "2026-06-30", "rows_count": 2}]
    found = Inputs(Home(tmp_path), date(2026, 6, 30), {"0755": "示例支行"}, True, files, [])

    def merge(earlier, *errors, run=RUN, branch="0755"):
        job = Job(notebooks / "tiny_report.ipynb", home=tmp_path, as_of="2026-06-30", branch=branch)
        outcomes = [Outcome(job, error=error, seconds={"total": 1.0}, warnings=("w",)) for error in errors]
        entries = {each.job.key: manifests.report_entry(each, run_id=run["run_id"]) for each in outcomes}
        return manifests.merged_manifest(earlier, head=manifests.head_of(found), run=run, entries=entries)

    return merge


EMPTY = {"runs": [], "reports": {}}


def test_a_run_is_recorded_with_inputs_and_counts(merged):
    manifest = merged(EMPTY, "")
    assert manifest["inputs"][0]["sha256"] == "abc"
    assert (manifest["runs"][0]["reports_count"], manifest["runs"][0]["failed_count"]) == (1, 0)


def test_a_report_is_recorded_with_parameters_seconds_and_warnings(merged):
    entry = merged(EMPTY, "")["reports"]["0755/tiny_report/zh"]
    assert entry["parameters"]["branch"] == "0755"
    assert entry["seconds"] == {"total": 1.0}
    assert (entry["status"], entry["warnings"], entry["title"]) == ("ok", ["w"], "这家支行的客群在哪里？")


def test_a_later_run_takes_the_place_of_a_reports_entry_and_keeps_the_others(merged):
    first = merged(merged(EMPTY, ""), "", branch="0021")
    second = merged(first, "boom", run={**RUN, "run_id": "r2"})
    assert {key: (entry["run_id"], entry["status"]) for key, entry in second["reports"].items()} == {
        "0021/tiny_report/zh": ("r1", "ok"),
        "0755/tiny_report/zh": ("r2", "failed"),
    }


def test_what_is_written_is_read_again(merged, tmp_path):
    manifest = merged(EMPTY, "")
    manifests.write_manifest(tmp_path, manifest)
    assert manifests.read_manifest(tmp_path) == manifest


def test_a_folder_without_a_manifest_has_an_empty_one(tmp_path):
    assert manifests.read_manifest(tmp_path)["runs"] == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runs": 1}'])
def test_a_file_that_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BadConfig, match="not a manifest"):
        manifests.read_manifest(tmp_path)


def test_a_run_keeps_its_own_copy_of_the_manifest(merged, tmp_path):
    manifests.write_manifest(tmp_path, merged(EMPTY, ""))
    assert manifests.read_manifest(tmp_path / ".runs" / "r1") == manifests.read_manifest(tmp_path)

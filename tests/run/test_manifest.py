"""docs/manifest.md says what manifest.json holds: every key, its type, and no other.

The record of runs: what stands in it, and what a second run does to it.
"""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from microlib.errors import BadConfig
from microlib.home import Home
from microlib.run.jobs import Job, Outcome
from microlib.run.manifest import head_of, merged_manifest, read_manifest, report_entry, write_manifest
from microlib.run.plan import Inputs

TYPES = {
    "number": int,
    "text": str,
    "true/false": bool,
    "object": dict,
    "list": list,
    "text or null": (str, type(None)),
}


@pytest.fixture(scope="module")
def written(root):
    """Section of the page -> key -> type."""
    parts = re.split(r"^## ", (root / "docs" / "manifest.md").read_text(encoding="utf8"), flags=re.M)[1:]
    rows = {part.splitlines()[0].strip("`"): re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part, re.M) for part in parts}
    return {name: dict(found) for name, found in rows.items() if found}


@pytest.fixture(scope="module")
def manifest(ran):
    """The manifest of a run in which a report failed."""
    return json.loads((ran / "manifest.json").read_text(encoding="utf8"))


@pytest.mark.parametrize("section", ["The file", "inputs", "runs", "reports"])
def test_each_key_is_written_down_with_its_type_and_no_other(written, manifest, section):
    held = manifest if section == "The file" else manifest[section]
    things = [held] if section == "The file" else list(held.values()) if isinstance(held, dict) else held
    assert things
    for thing in things:
        assert set(thing) == set(written[section])
        wrong = [key for key, kind in written[section].items() if not isinstance(thing[key], TYPES[kind])]
        assert wrong == []


def test_the_written_schema_number_is_the_files(root, manifest):
    assert f"| `schema` | number | {manifest['schema']} |" in (root / "docs" / "manifest.md").read_text()


RUN = {"run_id": "r1", "started": "a", "ended": "b", "status": "ok", "workers": 1}


@pytest.fixture
def merged(tmp_path, notebooks):
    """Merge outcomes into a manifest."""
    files = [{"name": "b.csv", "sha256": "abc", "table": "branches", "as_of": "2026-06-30", "rows_count": 2}]
    found = Inputs(Home(tmp_path), date(2026, 6, 30), {"0755": "示例支行"}, True, files, [])

    def merge(earlier, *errors, run=RUN, branch="0755"):
        job = Job(notebooks / "tiny_report.ipynb", home=tmp_path, as_of="2026-06-30", branch=branch)
        outcomes = [Outcome(job, error=error, seconds={"total": 1.0}, warnings=("w",)) for error in errors]
        entries = {each.job.key: report_entry(each, run_id=run["run_id"]) for each in outcomes}
        return merged_manifest(earlier, head=head_of(found), run=run, entries=entries)

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


def test_a_report_that_fails_keeps_the_list_of_the_last_good_one_s_files(merged, tmp_path):
    key, files = "0755/tiny_report/zh", {"tiny_report.html": "abc"}
    first = merged(EMPTY, "")
    first["reports"][key]["files"] = files
    second = {**RUN, "run_id": "r2"}
    assert merged(first, "boom", run=second)["reports"][key]["files"] == {}  # nothing stands there
    page = tmp_path / "reports" / "2026-06-30" / "0755" / "tiny_report" / "zh" / "tiny_report.html"
    page.parent.mkdir(parents=True)
    page.touch()
    assert merged(first, "boom", run=second)["reports"][key]["files"] == files
    assert merged(first, "", run=second)["reports"][key]["files"] == {}  # what this one made


def test_what_is_written_is_read_again(merged, tmp_path):
    manifest = merged(EMPTY, "")
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest


def test_a_folder_without_a_manifest_has_an_empty_one(tmp_path):
    assert read_manifest(tmp_path)["runs"] == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runs": 1}'])
def test_a_file_that_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BadConfig, match="not a manifest"):
        read_manifest(tmp_path)


def test_a_run_keeps_its_own_copy_of_the_manifest(merged, tmp_path):
    write_manifest(tmp_path, merged(EMPTY, ""))
    assert read_manifest(tmp_path / ".runs" / "r1") == read_manifest(tmp_path)

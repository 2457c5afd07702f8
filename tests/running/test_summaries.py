"""The line for monitors: written however a run ends, and never in its way."""

import json

import pytest

from microlib.errors import BadConfig, NotebookFailed
from microlib.running import summaries
from microlib.running.run import check_complete, run_reports

COLD = {"workers": 1, "is_warm": False}


def told(path) -> dict:
    (line,) = path.read_text(encoding="utf-8").splitlines()
    return json.loads(line)


def test_a_run_is_summed_up_in_one_line(planned, tmp_path):
    with summaries.summarised(tmp_path / "s.json") as summary:
        run = run_reports(planned("tiny_report", **COLD))
        summary.tell(run)
    found = told(tmp_path / "s.json")
    assert (found["status"], found["exit_code"], found["made_count"], found["failed_count"]) == ("ok", 0, 2, 0)
    assert (found["run_id"], found["as_of"]) == (run.run_id, "2026-06-30")


def test_a_failed_notebook_is_failed_with_the_codes_of_the_command(planned, tmp_path):
    with pytest.raises(NotebookFailed), summaries.summarised(tmp_path / "s.json") as summary:
        run = run_reports(planned("tiny_failure", **COLD))
        summary.tell(run)
        check_complete(run)
    found = told(tmp_path / "s.json")
    assert [found[key] for key in ("status", "exit_code", "made_count", "failed_count")] == ["failed", 5, 1, 1]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(BadConfig("no bank"), "refused", 3), (KeyboardInterrupt(), "interrupted", 130), (KeyError(1), "broken", 1)],
)
def test_what_stops_a_run_is_told_and_goes_on_as_it_was(tmp_path, error, status, code):
    with pytest.raises(type(error)), summaries.summarised(tmp_path / "s.json"):
        raise error
    assert (told(tmp_path / "s.json")["status"], told(tmp_path / "s.json")["exit_code"]) == (status, code)


def test_a_summary_that_cannot_be_written_is_logged_and_stops_nothing(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with summaries.summarised(tmp_path / "file" / "s.json"):
        pass
    assert "level=error event=summary" in capsys.readouterr().err


def test_a_dash_is_the_error_stream(capsys):
    with summaries.summarised(summaries.STREAM):
        pass
    assert json.loads(capsys.readouterr().err)["status"] == "ok"

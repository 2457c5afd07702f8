"""Progress where nobody watches: lines of name=value, one for each failure, with the time that is left."""

import json
import re
import sys
import time
from dataclasses import replace

import pytest

from microlib.run.jobs import Outcome
from microlib.run.progress import shown_progress

#: as docs/running.md gives it
LINE = re.compile(r'time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ level=(info|warning|error) event=\w+( \w+=([\w./:+-]+|".*"))*')


@pytest.fixture
def outcome(planned) -> Outcome:
    """A report that was made."""
    return Outcome(planned("tiny_report").jobs[0])


def test_every_line_is_of_the_documented_form(outcome, capsys):
    with shown_progress(3) as progress:
        for each in (outcome, replace(outcome, error='KeyError: "a"\n  where'), replace(outcome, attempts=2)):
            progress.note(each)
    lines = capsys.readouterr().err.splitlines()
    assert [re.search(r"event=(\w+)", line)[1] for line in lines] == ["report", "retried", "progress"]
    assert all(LINE.fullmatch(line) for line in lines)
    assert json.loads(lines[0].split("error=", 1)[1].replace("error ", "")) == 'KeyError: "a"'


def test_the_time_left_is_that_of_the_reports_to_come(outcome, capsys, monkeypatch):
    clock = iter([100.0, 120.0, 120.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with shown_progress(4) as progress:
        progress.note(outcome)
    assert "done=1 total=4 failed=0 spent_seconds=20 left_seconds=60" in capsys.readouterr().err


def test_somebody_who_watches_sees_a_bar(outcome, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with shown_progress(1) as progress:
        progress.note(outcome)
    assert "1/1" in capsys.readouterr().err

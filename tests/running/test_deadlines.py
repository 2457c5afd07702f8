"""When a report has taken too long: an answer that no client takes for "no limit"."""

import time

from microlib.running.jobs import Deadline


def test_what_is_left_shrinks_to_a_moment_and_never_to_nothing():
    deadline = Deadline(0.0)
    assert deadline.is_over
    assert deadline.left() == 0.1


def test_time_goes_on_whatever_the_clock_on_the_wall_says(monkeypatch):
    deadline = Deadline(50.0)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert not deadline.is_over
    assert 49.0 < deadline.left() <= 50.0

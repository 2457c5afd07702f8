"""What `report` does: is anything due, then the run, and a line about it for whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from microlib.cli import makings, months


def made_pages(home: Callable[[], Any], wanted: dict[str, Any], course: dict[str, Any]) -> Iterator[Path]:
    """Run the reports wanted and give their pages; a failure is raised after the last.

    Parameters
    ----------
    home : callable
        Finds the home; that there is none is summed up like any other refusal.
    wanted : dict
        What a request knows, and ``summary``, ``due_after``, ``is_bundled`` (pack for branches and head office once
        every report is there).
    course : dict
        What a course knows.
    """
    from microlib.running import summaries

    with summaries.summarised(wanted.pop("summary")) as told:
        place, after, is_bundled = home(), wanted.pop("due_after"), wanted.pop("is_bundled")
        if after is None or months.is_due(place, wanted, after=after):
            yield from _pages(place, wanted, course, told)
            if is_bundled:
                months.pack(told)
        else:
            months.make_up(place, told, after=after, is_bundled=is_bundled)


def _pages(home: Any, wanted: dict[str, Any], course: dict[str, Any], told: Any) -> Iterator[Path]:
    run = makings.made_run(home, wanted, course)

    from microlib.running import runs  # a run is made ready before anything imports it

    told.tell(run)
    yield from run.pages
    runs.check_complete(run)

"""What a team presents: the design report of its own terms as pages, and the folder that a committee signs from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from microlib.design.teams import rooms
from microlib.homes import Home
from microlib.running import sheets
from microlib.running.jobs import RunOptions
from microlib.running.plan import plan_reports
from microlib.running.run import check_complete, run_reports

REPORT = "6_product_design"


def present_team(
    home: Home, *, team: str, branch: str, langs: Sequence[str], formats: Sequence[str] = ()
) -> list[Path]:
    """Write a team's report in its languages and formats, and its committee's folder; return the files.

    Parameters
    ----------
    home : Home
        The bank's home, in which the team has its room.
    team, branch : str
    langs, formats : sequence of str
        As for reports.

    Raises
    ------
    BadConfig
        If the team has no room or its terms cannot be followed.
    NotebookFailed
        If the report could not be made.
    """
    room = rooms.find_room(home, team)
    product = rooms.product_of(room)
    options = RunOptions(
        notebooks=(REPORT,), branches=(branch,), products=(product,), langs=tuple(langs), formats=tuple(formats)
    )
    run = run_reports(plan_reports(room, options))
    check_complete(run)
    papers, _ = sheets.write_sheet(room.root, product=product, branch=branch, as_of=None)
    return [*(paper for outcome in run.outcomes for paper in outcome.job.papers), *papers]

"""The command that proves a run: `verify`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from microlib.cli import options


@click.command()
@click.argument("names", nargs=-1, metavar="[REPORT]...")
@options.as_of_option
@click.option("--branch", "branches", multiple=True, metavar="B", help="Branch code, as text; repeat for more.")
@click.option("--jobs", type=click.IntRange(1), default=None, metavar="N", help="Processes.  [default: cores]")
@click.option("--cells", "is_listed", is_flag=True, help="Print a line per cell that differs, too.")
@options.cold_option
@options.timeout_option
@options.home_option
def verify(home: Path, names: tuple[str, ...], branches: tuple[str, ...], as_of: date | None, **wanted: object) -> None:
    """Make reports again and compare every result cell by cell.

    The reports themselves are not touched. A line per report: equal, differs or failed. Exit code 4 unless all are
    equal.

    \b
    Examples:
      microlib verify
      microlib verify --branch 0755 2_segment_analysis
      microlib verify --cells > cells.tsv
    """
    from microlib.running import histories, indexes, verifications

    place = options.find_home(home)
    past = histories.find_run(place.reports, indexes.reports_folder(place.reports, as_of=as_of).name)
    jobs = verifications.chosen_jobs(past, home=place.root, branches=branches, names=names)
    is_listed, course = wanted.pop("is_listed"), verifications.Course(**options.course_of(wanted))
    done = [_said(each, is_listed=is_listed) for each in verifications.verify_jobs(jobs, past, course=course)]
    verifications.check_equal(done)


def _said(verified: object, *, is_listed: object) -> object:
    from microlib.running import verifications

    lines = verifications.cell_lines(verified) if is_listed else []
    for line in [verifications.verified_line(verified), *lines]:
        click.echo(line)
    return verified

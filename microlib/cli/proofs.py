"""Commands that prove and compare runs, and the kernel they run in: `verify`, `diff`, `kernels`."""

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
@options.cold_option
@options.timeout_option
@options.home_option
def verify(home: Path, names: tuple[str, ...], branches: tuple[str, ...], as_of: date | None, **wanted: object) -> None:
    """Make reports again and compare every result cell by cell.

    The reports themselves are not touched. A line per report: equal, differs or failed. Exit code 4 unless all are
    equal.

    \\b
    Examples:
      microlib verify
      microlib verify --branch 0755 2_segment_analysis
    """
    from microlib.running import histories, indexes, verifications

    place = options.find_home(home)
    past = histories.find_run(place.reports, indexes.reports_folder(place.reports, as_of=as_of).name)
    jobs = verifications.chosen_jobs(past, home=place.root, branches=branches, names=names)
    course = verifications.Course(**options.course_of(wanted))
    done = [_said(each) for each in verifications.verify_jobs(jobs, past, course=course)]
    verifications.check_equal(done)


def _said(verified: object) -> object:
    from microlib.running import verifications

    click.echo(verifications.verified_line(verified))
    return verified


@click.command()
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN")
@click.option(
    "--tolerance", type=click.FloatRange(0), default=0.05, show_default=True, help="For figures without an interval."
)
@options.home_option
def diff(before: str, after: str, tolerance: float, home: Path) -> None:
    """Say what changed between two runs, beyond noise.

    RUN is a date (its last run) or a run's id as the index shows it. A figure with an interval has changed when
    the interval of its difference leaves out zero; one without, when it moved by more than the tolerance. Two runs
    of the same bank have no noise: whatever differs is listed.

    \\b
    Example: microlib diff 2026-05-31 2026-06-30
    """
    from microlib.running import differences, histories

    reports = options.find_home(home).reports
    sides = [histories.find_run(reports, name) for name in (before, after)]
    for line in differences.difference_lines(differences.run_differences(*sides, tolerance_share=tolerance)):
        click.echo(line)


@click.group()
def kernels() -> None:
    """Install the warm kernel for papermill, nbval and JupyterLab."""


@kernels.command()
@click.option("--prefix", type=click.Path(file_okay=False, path_type=Path), help="[default: this environment]")
def install(prefix: Path | None) -> None:
    """Write the kernelspec `microlib`.

    \\b
    Example: microlib kernels install, then papermill -k microlib IN.ipynb OUT.ipynb
    """
    from microlib.running.warm import specs

    click.echo(options.shown(specs.install_kernel(prefix)))

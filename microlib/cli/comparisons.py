"""The commands that hold one run against another: `diff`, and `verify` beside it."""

from __future__ import annotations

from pathlib import Path

import click

from microlib.cli import options, proofs


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

    \b
    Example: microlib diff 2026-05-31 2026-06-30
    """
    from microlib.running import differences, histories

    reports = options.find_home(home).reports
    sides = [histories.find_run(reports, name) for name in (before, after)]
    for line in differences.difference_lines(differences.run_differences(*sides, tolerance_share=tolerance)):
        click.echo(line)


COMMANDS = [proofs.verify, diff]

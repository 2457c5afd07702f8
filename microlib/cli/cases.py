"""The command of the teaching cases: `case`."""

from __future__ import annotations

from pathlib import Path

import click

from microlib.cli import options


@click.command()
@click.argument("names", nargs=-1, metavar="[CASE]...")
@click.option("--branch", default="", metavar="B", help="For cases that read a bank: another branch, as text.")
@click.option("--lang", "langs", multiple=True, type=click.Choice(["zh", "en"]), default=["zh"], help="Language.")
@options.format_option
@options.home_option
def case(names: tuple[str, ...], home: Path, **wanted: object) -> None:
    """Work through teaching cases, as pages.

    All of them, unless named. A path per page goes to standard output. Exit code 5: a notebook failed.

    \b
    Examples:
      microlib case hotel_renovation
      microlib case --lang zh --lang en --format pdf
    """
    from microlib.homes import Home
    from microlib.running import cases, runs

    done = cases.run_cases(cases.plan_cases(home, names=names, **wanted))
    for outcome in done:
        if outcome.is_ok:
            click.echo(options.shown(outcome.job.page))
    runs.check_complete(runs.Run(Home(home).reports / "cases", tuple(done)))

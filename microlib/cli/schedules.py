"""The command that has reports made every month: `schedule`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from microlib.cli import options


@click.command()
@click.argument("words", nargs=-1, metavar="[-- WORD...]")
@click.option("--cron", "kind", flag_value="cron", help="A line for crontab -e.")
@click.option("--systemd", "kind", flag_value="systemd", help="A service and its timer.")
@click.option("--airflow", "kind", flag_value="airflow", help="A file for Airflow's folder of DAGs.")
@click.option("--at", type=click.DateTime(["%H:%M"]), default="06:30", metavar="HH:MM", help="[default: 06:30]")
@click.option("--after", type=click.IntRange(0), default=3, metavar="N", help="Working days.  [default: 3]")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Write files into this folder.")
@options.home_option
def schedule(home: Path, kind: str | None, at: datetime, into: Path | None, **wanted: Any) -> None:
    """Print what has this computer report every month by itself.

    Every morning from so many working days after the month's end until the reports are complete; working days as on
    the Chinese calendar, with the weekends that are worked in exchange. Words after -- are handed to report.

    \b
    Examples:
      microlib schedule --cron -- --format all
      microlib schedule --systemd --into ~/.config/systemd/user
    """
    from microlib.running import schedules

    if kind is None:
        raise click.UsageError("name one of --cron, --systemd, --airflow")
    root = options.find_home(home).root.resolve()
    texts = schedules.TEXTS[kind](schedules.Order(root, at.hour, at.minute, **wanted))
    for line in schedules.handed_out(texts, into):
        click.echo(line, nl=False)

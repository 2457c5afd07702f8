"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import click

from microlib.homes import find_home

__all__ = [
    "DAY",
    "as_date",
    "as_of_option",
    "cold_option",
    "course_of",
    "due_option",
    "find_home",
    "home_option",
    "shown",
    "summary_option",
    "timeout_option",
]

#: a date as the command line takes it
DAY = click.DateTime(["%Y-%m-%d"])
#: what reports are written as
FORMATS = ("html", "xlsx", "docx", "pdf")


def as_date(context: click.Context, option: click.Parameter, value: datetime | None) -> date | None:
    """Turn the moment that click reads into a date."""
    return value.date() if value else None


def home_option(command: Callable) -> Callable:
    """Add ``--home``."""
    text = "Folder that holds data/ and reports/; a demo bank below it (data/demo) is found too."
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--home", type=kind, default=Path(), help=text + "  [default: here]")(command)


def as_of_option(command: Callable) -> Callable:
    """Add ``--as-of``."""
    text = "Date of the data, YYYY-MM-DD."
    return click.option("--as-of", type=DAY, callback=as_date, metavar="DATE", help=text)(command)


def as_formats(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Return the formats wanted beside the page, each once."""
    wanted = FORMATS if "all" in value else value
    return tuple(name for name in FORMATS if name in wanted and name != "html")


def format_option(command: Callable) -> Callable:
    """Add ``--format``."""
    text = "Format; repeat for more. The HTML page is always made.  [default: html]"
    kind = click.Choice([*FORMATS, "all"])
    return click.option("--format", "formats", type=kind, multiple=True, callback=as_formats, help=text)(command)


def cold_option(command: Callable) -> Callable:
    """Add ``--cold``."""
    return click.option("--cold", is_flag=True, help="Start every kernel from nothing instead of forking it.")(command)


def timeout_option(command: Callable) -> Callable:
    """Add ``--timeout``."""
    kind = click.FloatRange(0, min_open=True)
    text = "Most that one report may take."
    return click.option("--timeout", type=kind, default=1800, show_default=True, metavar="SECONDS", help=text)(command)


def due_option(command: Callable) -> Callable:
    """Add ``--due-after``."""
    text = "Do nothing unless N working days have passed since the month's end and its reports are not complete."
    return click.option("--due-after", type=click.IntRange(0), metavar="N", help=text)(command)


def bundle_option(command: Callable) -> Callable:
    """Add ``--bundle``."""
    text = "Pack the bundles for branches and head office once every report is there."
    return click.option("--bundle", "is_bundled", is_flag=True, help=text)(command)


def summary_option(command: Callable) -> Callable:
    """Add ``--summary``."""
    kind = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
    text = "Write one line of JSON about the run there; - is the error stream."
    return click.option("--summary", type=kind, metavar="FILE", help=text)(command)


def course_of(wanted: dict) -> dict:
    """Take what says how a run is made out of the options, and return it by the names that a course knows."""
    taken = {name: wanted.pop(name) for name in ("jobs", "cold", "timeout", "resume") if name in wanted}
    return {
        "workers": taken["jobs"] or 0,
        "is_warm": not taken["cold"],
        "seconds": taken["timeout"],
        "is_resumed": taken.get("resume", False),
    }


def shown(path: Path) -> str:
    """Return a path as it is printed: from the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)

"""Options of the commands: those that several share, and a dataclass for each command that has many.

A field of such a dataclass is annotated with how it is written on the command line. `filled` gives a command all of
them, and calls it with one typed object.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, TypeVar, get_type_hints

import click

from microlib.errors import BadConfig
from microlib.home import EXTRAS, Home, find_home, install_hint

Wanted = TypeVar("Wanted")
Command = TypeVar("Command", bound=Callable[..., object])
#: makes click's parameter for a field of a dataclass
Parameter = Callable[[Field], Callable[[Command], Command]]
#: a date as the command line takes it
DAY = click.DateTime(["%Y-%m-%d"])
#: a folder, there or not
FOLDER = click.Path(file_okay=False, path_type=Path)
#: what reports are written as
FORMATS = ("html", "xlsx", "docx", "pdf", "pptx")
LANG = click.Choice(["zh", "en"])

#: of every command, however it is called: click keeps the first names of the help option that it sees
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def filled(kind: type[Wanted]) -> Callable[[Callable[[Wanted], None]], Callable[..., None]]:
    """Give a command the options and arguments of a dataclass, and call it with an object of that class.

    Parameters
    ----------
    kind : type
        A dataclass; each field is annotated with `option` or `argument`, and its default is the command line's.
        ``--help`` lists them in their order.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Counted:
    ...     branches: Annotated[tuple[str, ...], option("--branch", multiple=True)] = ()
    >>> @click.command()
    ... @filled(Counted)
    ... def count(wanted):
    ...     click.echo(len(wanted.branches))
    >>> count(["--branch", "0755", "--branch", "0021"], standalone_mode=False)
    2
    """
    hints = get_type_hints(kind, include_extras=True)

    def decorate(command: Callable[[Wanted], None]) -> Callable[..., None]:
        @wraps(command)
        def call(**given: object) -> None:
            command(kind(**given))

        decorated: Callable[..., None] = call
        for each in reversed(fields(kind)):
            decorated = hints[each.name].__metadata__[0](each)(decorated)
        return decorated

    return decorate


def option(*names: str, **how: object) -> Parameter:
    """Return what makes a field an option of the command line.

    Parameters
    ----------
    *names : str
        As they are written there.
    **how
        As `click.option` takes it.
    """
    return lambda each: click.option(*names, each.name, **_default(each), **how)


def argument(**how: object) -> Parameter:
    """Return what makes a field an argument of the command line; it takes what `click.argument` does."""
    return lambda each: click.argument(each.name, **how)


def _default(each: Field) -> dict[str, object]:
    return {"required": True} if each.default is MISSING else {"default": each.default}


def as_date(context: click.Context, option: click.Parameter, value: datetime | None) -> date | None:
    """Turn the moment that click reads into a date."""
    return value.date() if value else None


def as_formats(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Return the formats wanted beside the page, each once; those of one report after those of all."""
    wanted = FORMATS if "all" in value else value
    whole = tuple(name for name in FORMATS if name in wanted and name != "html")
    return (*whole, *dict.fromkeys(name for name in value if ":" in name))


class FormatOf(click.Choice):
    """A format, or one of a single report: ``0_branch_brief:docx``."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return what was written, its format checked."""
        report, mark, name = value.rpartition(":")
        return f"{report}{mark}{super().convert(name, param, ctx)}"


def _completed(find: Callable[[Home], Iterable[str]]) -> Callable[..., list[str]]:
    """Return what completes a word by what the home holds; where there is no bank, or none can be read, by nothing."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        try:
            names = list(find(find_home(context.params.get("home") or Path())))
        except Exception:  # the Tab key has nowhere to say what is wrong; the command itself will
            return []
        return [name for name in names if name.startswith(incomplete)]

    return complete


def _branches_of(home: Home) -> list[str]:
    import duckdb  # the store's own way in takes a second, in which a Tab key seems dead

    with duckdb.connect(str(home.bank), read_only=True) as store:
        return [code for (code,) in store.execute("SELECT DISTINCT branch_id FROM branches ORDER BY 1").fetchall()]


def _products_of(home: Home) -> list[str]:
    return [path.stem for path in home.config("products").glob("*.toml") if not path.stem.startswith("_")]


def _reports_of(home: Home) -> list[str]:
    return [path.stem for path in home.notebooks("reports").glob("*.ipynb")]


# what the Tab key offers
complete_branch, complete_product, complete_report = map(_completed, (_branches_of, _products_of, _reports_of))
HOME_HELP = "Folder that holds data/ and reports/; a demo bank below it (data/demo) is found too.  [default: here]"
AS_OF_HELP = "Date of the data, YYYY-MM-DD."
BRANCH_HELP = "Branch code, as text."
# what several commands are asked for
HomeFolder = Annotated[Path, option("--home", type=FOLDER, help=HOME_HELP)]
AsOf = Annotated[date | None, option("--as-of", type=DAY, callback=as_date, metavar="DATE", help=AS_OF_HELP)]
Branch = Annotated[str, option("--branch", metavar="B", help=BRANCH_HELP, shell_complete=complete_branch)]
Branches = Annotated[
    tuple[str, ...],
    option(
        "--branch",
        multiple=True,
        metavar="B",
        help="Branch code, as text; repeat for more.",
        shell_complete=complete_branch,
    ),
]
Langs = Annotated[tuple[str, ...], option("--lang", multiple=True, type=LANG, help="Language.")]
Formats = Annotated[
    tuple[str, ...],
    option(
        "--format",
        type=FormatOf([*FORMATS, "all"]),
        multiple=True,
        callback=as_formats,
        help="Format, or REPORT:FORMAT for one report; repeat for more. The HTML page is always made; slides (pptx) are"
        " made of reports shown in a meeting.  [default: html]",
    ),
]
Workers = Annotated[
    int | None, option("--jobs", type=click.IntRange(1), metavar="N", help="Processes.  [default: cores]")
]
Cold = Annotated[bool, option("--cold", is_flag=True, help="Start every kernel from nothing instead of forking it.")]
Timeout = Annotated[
    float,
    option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        show_default=True,
        metavar="SECONDS",
        help="Most that one report may take.",
    ),
]


def home_option(command: Command) -> Command:
    """Add ``--home``."""
    return click.option("--home", type=FOLDER, default=Path(), help=HOME_HELP)(command)


def as_of_option(command: Command) -> Command:
    """Add ``--as-of``."""
    return click.option("--as-of", type=DAY, callback=as_date, metavar="DATE", help=AS_OF_HELP)(command)


def branch_option(command: Command) -> Command:
    """Add ``--branch``, which must be given."""
    how = {"required": True, "metavar": "B", "help": BRANCH_HELP, "shell_complete": complete_branch}
    return click.option("--branch", **how)(command)


def lacking(error: ModuleNotFoundError) -> BadConfig | None:
    """Return the refusal of a command that needs an extra which is not installed; None where no extra brings it.

    Examples
    --------
    >>> print(lacking(ModuleNotFoundError("No module named 'papermill'", name="papermill")))
    papermill is not installed, which this command needs
      where: ...
      fix: pip install 'microlib-credit[server]' from the wheel or the index that this one came from
    >>> lacking(ModuleNotFoundError("No module named 'microlib.odd'", name="microlib.odd"))
    """
    name = (error.name or "").partition(".")[0]
    extra = next((extra for extra, modules in EXTRAS.items() if name in modules), None)
    if extra is None:
        return None
    what, fix = f"{name} is not installed, which this command needs", install_hint(extra)
    return BadConfig(what, where=sys.prefix, fix=fix)


#: what is taken from the rights of all that is written: others', or the group's right to write and all of others'
OWN, SHARED = 0o077, 0o027


@contextmanager
def limited_rights(is_shared: bool) -> Iterator[None]:
    """Have everything written inside be the owner's alone, or the group's to read, whatever the umask was."""
    former = os.umask(SHARED if is_shared else OWN)
    try:
        yield
    finally:
        os.umask(former)


def is_shared() -> bool:
    """Return whether ``--group`` was given before the command."""
    return bool(click.get_current_context().find_root().params.get("is_shared"))


def share_bank(home: Home) -> None:
    """Let the group read a bank where ``--group`` was given; a bank is made for its owner alone."""
    if is_shared() and home.bank.is_file():
        home.bank.chmod(stat.S_IMODE(home.bank.stat().st_mode) | stat.S_IRGRP)


def shown(path: Path) -> str:
    """Return a path as it is printed: from the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)

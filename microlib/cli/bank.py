"""Commands around the bank: `init` makes its home, `doctor` looks the computer over, `demo` and `ingest` bring tables.

`check` tells what is there, `lookup` who it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from microlib.cli.options import (
    FOLDER,
    SETTINGS,
    AsOf,
    HomeFolder,
    argument,
    as_of_option,
    filled,
    home_option,
    option,
    share_bank,
    shown,
)
from microlib.files import LIMITS
from microlib.home import Home, find_home

if TYPE_CHECKING:
    from microlib.bank.ingest.load import LoadSummary


@click.command(context_settings=SETTINGS)
@click.argument("folder", metavar="DIR", type=FOLDER)
def init(folder: Path) -> None:
    """Make a home for a bank: folders, commented templates (bank.toml, a mapping, a branch), a README.

    What is there already stays as it is. A path per file written goes to standard output.

    \b
    Example: microlib init mybank
    """
    from microlib.run.outfit import make_home

    for path in make_home(folder):
        click.echo(shown(path.absolute()))


@click.command(context_settings=SETTINGS)
@home_option
@click.pass_obj
def doctor(lang: str | None, home: Path) -> None:
    """Look this computer over: what is missing, and what that costs.

    Versions, packages, fonts, kernels, rights, disk, browser, clock. A line per thing: state, name, what was found or
    the remedy, and the cost. Exit code 3: something is missing that is needed.

    \b
    Example: microlib doctor --home mybank
    """
    from microlib.run.outfit import check_fit, examine, examined_lines

    found = examine(Home(home))
    for line in examined_lines(found, lang or "en"):
        click.echo(line)
    check_fit(found)


@click.command(context_settings=SETTINGS)
@click.option("--branches", type=click.IntRange(1), default=12, show_default=True, help="How many branches.")
@click.option("--seed", type=int, default=20260630, show_default=True, help="The same seed makes the same bank.")
@home_option
def demo(branches: int, seed: int, home: Path) -> None:
    """Make the demo bank (synthetic data).

    It is made in data/demo of the home, and made again only when its generator, size or seed changed.

    \b
    Example: microlib demo --branches 12
    """
    from microlib.demo.build import keep_demo

    made = keep_demo(home / "data" / "demo", branches=branches, seed=seed)
    share_bank(Home(made))
    click.echo(shown(made))


@dataclass(frozen=True)
class IngestWanted:
    """What `ingest` is asked for: files, or one of ledgers, a file to take out or to explain, empty tables."""

    files: Annotated[tuple[Path, ...], argument(nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")] = ()
    mapping: Annotated[
        str | None,
        option("--mapping", metavar="M", help="A mapping file, or the name of one in data/mappings."),
    ] = None
    as_of: AsOf = None
    replace: Annotated[bool, option("--replace", is_flag=True, help="Let each file supersede the one it corrects.")] = (
        False
    )
    ledgers: Annotated[
        Path | None,
        option(
            "--ledgers",
            type=click.Path(path_type=Path),
            metavar="FOLDER",
            help="Build history from month-end 台账.",
        ),
    ] = None
    undo: Annotated[
        str | None,
        option("--undo", metavar="FILE", help="Take a file's rows out again: its name, or the start of its hash."),
    ] = None
    template: Annotated[
        Path | None,
        option("--template", type=click.Path(path_type=Path), metavar="DIR", help="Write each table's empty Excel."),
    ] = None
    draft: Annotated[
        bool, option("--draft", is_flag=True, help="Propose a mapping for files never seen; nothing is loaded.")
    ] = False
    preview: Annotated[
        bool, option("--preview", is_flag=True, help="Show the first rows as they would be kept; nothing is loaded.")
    ] = False
    explain: Annotated[
        str | None,
        option("--explain", metavar="FILE[!CELL]", help="Say how a file that was loaded, or one cell of it, was read."),
    ] = None
    limit: Annotated[
        tuple[str, ...],
        option(
            "--limit",
            multiple=True,
            metavar="NAME=N",
            help="Read more of a file: rows, columns, cells, signs of a cell, records, megabytes, seconds.",
        ),
    ] = ()
    home: HomeFolder = Path()


@click.command(context_settings=SETTINGS)
@filled(IngestWanted)
def ingest(wanted: IngestWanted) -> None:
    """Take tables into the bank.

    Everything in the files is checked and kept, or nothing is; a table of failures is left beside the bank.

    \b
    Examples:
      microlib ingest --template templates
      microlib ingest loans.csv --mapping own_tables --as-of 2026-06-30
      microlib ingest --ledgers 台账/ --mapping ledger_excel
      microlib ingest --draft tape.csv > tape.toml
      microlib ingest --preview tape.csv --mapping tape.toml
      microlib ingest --explain 台账202606.xlsx!K17
      microlib ingest --undo loans.csv
    """
    if sum(map(bool, (wanted.files, wanted.ledgers, wanted.undo, wanted.template, wanted.explain))) != 1:
        raise click.UsageError("give files, or one of --ledgers, --undo, --template, --explain")
    if (wanted.draft or wanted.preview) and not wanted.files:
        raise click.UsageError("name the files to look at")
    if (wanted.files or wanted.ledgers) and not wanted.mapping and not wanted.draft:
        raise click.UsageError("say how to read them: --mapping")
    for line in _ingested(wanted):
        click.echo(line)
    share_bank(Home(wanted.home))


def _ingested(wanted: IngestWanted) -> list[str]:
    """Do the one thing asked for and return its lines."""
    from microlib.bank.bookkeeping import explained_lines, undo_file
    from microlib.bank.ingest.drafts import draft_lines, preview_lines, write_templates
    from microlib.bank.ingest.intake import IngestOptions, load_files
    from microlib.bank.ingest.ledgers import ingest_ledgers

    if wanted.undo:
        return [f"removed\t{table}\t{rows} rows" for table, rows in undo_file(wanted.home, wanted.undo).items()]
    if wanted.explain:
        return explained_lines(find_home(wanted.home), wanted.explain)
    if wanted.template:
        from microlib.face.needs import column_uses

        return [str(path) for path in write_templates(wanted.template, column_uses())]
    limits = LIMITS.raised(wanted.limit)
    if wanted.draft:
        return draft_lines(Home(wanted.home), wanted.files, limits=limits)
    if wanted.preview:
        day = wanted.as_of or date.today()
        return preview_lines(Home(wanted.home), wanted.files, mapping=wanted.mapping, as_of=day, limits=limits)
    options = IngestOptions(replace=wanted.replace, limits=limits)
    how = {"mapping": wanted.mapping, "as_of": wanted.as_of, "options": options}
    if wanted.files:
        return _load_lines(load_files(wanted.home, wanted.files, **how))
    done = ingest_ledgers(wanted.home, wanted.ledgers, **how)
    left = f"left\t{len(done.exits)} loans\t{done.unknown_count} of them unknown, not assumed settled"
    return [*_load_lines(done.load), left]


def _load_lines(done: LoadSummary) -> list[str]:
    """Return what was loaded, tab-separated; what was noticed and how files were read goes to standard error."""
    from microlib.bank.bookkeeping import reading_summary
    from microlib.contracts.failures import failure_lines

    for line in (*failure_lines(done.findings), *map(reading_summary, done.readings)):
        click.echo(line, err=True)
    return [
        f"{'known' if line.is_known else 'loaded'}\t{line.file}\t{line.table}\t{line.as_of}\t{line.rows_count} rows"
        for line in done.loaded
    ]


@click.command(context_settings=SETTINGS)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--bank", is_flag=True, help="List the bank's tables, and what each missing one would unlock.")
@as_of_option
@home_option
def check(files: tuple[Path, ...], bank: bool, as_of: date | None, home: Path) -> None:
    """Check written terms, or list the bank.

    Terms are files of data/products, policies, segments, branches and mappings. With --bank also whether bank,
    reports, key and look-up are closed to other users, and the log of look-ups unaltered: exit code 3 where not.

    \b
    Examples:
      microlib check data/products/*.toml
      microlib check --bank
    """
    if not files and not bank:
        raise click.UsageError("give files of written terms, or --bank")
    for line in chain(_file_lines(files), _bank_lines(home, as_of) if bank else ()):
        click.echo(line)


def _file_lines(files: tuple[Path, ...]) -> Iterator[str]:
    """Give a line for each file that can be followed; refuse at the end if any cannot."""
    from microlib.run.check import check_files, joined

    passed, refused = check_files(files)
    yield from (f"ok\t{each.code}\t{each.state}\t{shown(each.path)}" for each in passed)
    if refused:
        raise joined(refused)


def _bank_lines(home: Path, as_of: date | None) -> Iterator[str]:
    from microlib.bank.bookkeeping import bank_inventory
    from microlib.run.check import check_closed, overridden_files

    for row in bank_inventory(home, as_of=as_of or date.max).itertuples():
        if row.is_held:
            yield f"held\t{row.table}\t{row.table_zh}\t{row.rows_count} rows\t{row.last_as_of:%Y-%m-%d}"
        else:
            yield f"missing\t{row.table}\t{row.table_zh}\twould unlock: {row.unlocks_en}"
    for file in overridden_files(find_home(home)):
        yield f"{file.state}\t{file.name}\t{shown(file.path)}"
    for path in check_closed(find_home(home)):
        yield f"closed\t{shown(Path(path))}"


@click.command(context_settings=SETTINGS)
@click.argument("key", metavar="KEY")
@home_option
def lookup(key: str, home: Path) -> None:
    """Say who stands behind a customer's or a loan's key.

    Reports carry keys only. The look-up is kept where a mapping says keep_lookup = true: below the user's settings,
    readable by its owner alone; every question is logged there. A loan's key leads to its customer.

    \b
    Example: microlib lookup C000001
    """
    from microlib.bank.lookup import lookup_lines

    for line in lookup_lines(find_home(home), key):
        click.echo(line)

"""The command `check`: written terms, or what the bank holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain
from pathlib import Path

import click

from microlib.cli import options


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--bank", is_flag=True, help="List the bank's tables, and what each missing one would unlock.")
@options.as_of_option
@options.home_option
def check(files: tuple[Path, ...], bank: bool, as_of: date | None, home: Path) -> None:
    """Check written terms, or list the bank.

    Terms are files of data/products, policies, segments, branches and mappings.

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
    from microlib.running import checks

    passed, refused = checks.check_files(files)
    yield from (f"ok\t{each.code}\t{each.state}\t{options.shown(each.path)}" for each in passed)
    if refused:
        raise checks.joined(refused)


def _bank_lines(home: Path, as_of: date | None) -> Iterator[str]:
    from microlib.bank.inventories import bank_inventory
    from microlib.running.checks import overridden_files

    for row in bank_inventory(home, as_of=as_of or date.max).itertuples():
        if row.is_held:
            yield f"held\t{row.table}\t{row.table_zh}\t{row.rows_count} rows\t{row.last_as_of:%Y-%m-%d}"
        else:
            yield f"missing\t{row.table}\t{row.table_zh}\twould unlock: {row.unlocks_en}"
    for file in overridden_files(options.find_home(home)):
        yield f"{file.state}\t{file.name}\t{options.shown(file.path)}"

"""Commands around the bank: `demo` and `ingest` bring tables in, `lookup` says who stands behind a key."""

from __future__ import annotations

from pathlib import Path

import click

from microlib.cli import options


@click.command()
@click.option("--branches", type=click.IntRange(1), default=12, show_default=True, help="How many branches.")
@click.option("--seed", type=int, default=20260630, show_default=True, help="The same seed makes the same bank.")
@options.home_option
def demo(branches: int, seed: int, home: Path) -> None:
    """Make the demo bank (synthetic data).

    It is made in data/demo of the home, and made again only when its generator, size or seed changed.

    \b
    Example: microlib demo --branches 12
    """
    from microlib.bank.demo.makers import keep_demo

    click.echo(options.shown(keep_demo(home / "data" / "demo", branches=branches, seed=seed)))


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--mapping", metavar="M", help="A mapping file, or the name of one in data/mappings.")
@options.as_of_option
@click.option("--replace", is_flag=True, help="Let each file supersede the one it corrects.")
@click.option("--ledgers", type=click.Path(path_type=Path), metavar="FOLDER", help="Build history from month-end 台账.")
@click.option("--undo", metavar="FILE", help="Take a file's rows out again: its name, or the start of its hash.")
@click.option("--template", type=click.Path(path_type=Path), metavar="DIR", help="Write each table's empty Excel.")
@options.home_option
def ingest(files: tuple[Path, ...], **wanted: object) -> None:
    """Take tables into the bank.

    Everything in the files is checked and kept, or nothing is; a table of failures is left beside the bank.

    \b
    Examples:
      microlib ingest --template templates
      microlib ingest loans.csv --mapping own_tables --as-of 2026-06-30
      microlib ingest --ledgers 台账/ --mapping ledger_excel
      microlib ingest --undo loans.csv
    """
    for line in _ingested(files, **wanted):
        click.echo(line)


def _ingested(files: tuple[Path, ...], *, home: Path, **wanted: object) -> list[str]:
    """Do the one thing asked for and return its lines."""
    asked = [name for name in ("ledgers", "undo", "template") if wanted[name]] + ["files"] * bool(files)
    if len(asked) != 1:
        raise click.UsageError("give files, or one of --ledgers, --undo, --template")
    if asked[0] in ("files", "ledgers") and not wanted["mapping"]:
        raise click.UsageError("say how to read them: --mapping")
    from microlib.cli import ways

    return ways.WAYS[asked[0]](home, files, wanted)


@click.command()
@click.argument("key", metavar="KEY")
@options.home_option
def lookup(key: str, home: Path) -> None:
    """Say who stands behind a customer's or a loan's key.

    Reports carry keys only. The look-up is kept where a mapping says keep_lookup = true: below the user's settings,
    readable by its owner alone; every question is logged there. A loan's key leads to its customer.

    \b
    Example: microlib lookup C000001
    """
    from microlib.bank import lookups

    for line in lookups.told_lines(options.find_home(home), key):
        click.echo(line)

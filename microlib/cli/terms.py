"""Commands of a product's terms through time: `design diff` and `design restore`; with those of teams beside them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from microlib.cli import options, papers, teams


@click.command()
@click.argument("name")
@click.option("--since", type=options.DAY, callback=options.as_date, metavar="DATE", help="Compare with that day.")
@click.option("--proposal", is_flag=True, help="NAME is a file of data/products/proposals.")
@options.as_of_option
@options.home_option
def diff(name: str, since: date | None, proposal: bool, as_of: date | None, home: Path) -> None:
    """Tell what changed in a product.

    By default against the version before; a line per term: place, old -> new, unit, whether it widens or narrows,
    reason, evidence.

    \b
    Examples:
      microlib design diff hospital_supplier
      microlib design diff market_stall --since 2025-12-31
      microlib design diff hospital_supplier_18_months --proposal
    """
    for line in papers.diff_lines(home, name, as_of=as_of, since=since, proposal=proposal):
        click.echo(line)


@click.command()
@click.argument("product")
@click.option("--version", "number", required=True, type=click.IntRange(1), help="A version that is kept.")
@options.home_option
def restore(product: str, number: int, home: Path) -> None:
    """Print an earlier version as the product's next.

    Nothing is written: keep the present version in data/products/versions first, then let the output replace the file.

    \b
    Example: microlib design restore hospital_supplier --version 1 > hospital_supplier.toml
    """
    from microlib.design.versions import histories

    click.echo(histories.restored_text(home, product=product, version=number), nl=False)


COMMANDS = [diff, restore, *teams.COMMANDS]

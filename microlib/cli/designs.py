"""Commands of a product's design: `design sheet`, `design diff`, `design compare` and `design restore`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from microlib.cli import options, papers, steps


@click.group(commands=steps.COMMANDS)
def design() -> None:
    """Write a product's term sheet, tell its changes, compare it with peers.

    \b
    Start: microlib design sheet hospital_supplier --branch 0755
    """


@design.command()
@click.argument("product")
@click.option("--branch", required=True, metavar="B", help="Branch code, as text.")
@options.as_of_option
@options.home_option
def sheet(product: str, branch: str, as_of: date | None, home: Path) -> None:
    """Write the folder a committee signs from.

    Term sheet, changes since the last version, approval checklist (who does what, what is answered by computation,
    what is open and blocks), rules, failure modes, cost statement, and the evidence they rest on. A path per line
    goes to standard output; what blocks is told on standard error. An open item is no error: the exit code is 0.

    \b
    Example: microlib design sheet hospital_supplier --branch 0755 --as-of 2026-06-30
    """
    from microlib.running import sheets

    paths, blocking = sheets.write_sheet(home, product=product, branch=branch, as_of=as_of)
    for path in paths:
        click.echo(options.shown(path))
    click.echo(f"{len(blocking)} open items block: {', '.join(blocking)}", err=True)


@design.command()
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


@design.command()
@click.argument("product")
@click.option("--amount", type=click.IntRange(1), default=300_000, show_default=True, help="Yuan that are needed.")
@options.as_of_option
@options.home_option
def compare(product: str, amount: int, as_of: date | None, home: Path) -> None:
    """Compare a product with peers' products.

    A line per pattern of use and offer: cost in yuan, yearly rate of what is needed and at hand, part of the need
    that is covered. Peers are read from data/peers; a row without source and date seen is refused.

    \b
    Example: microlib design compare online_invoice_credit --amount 500000
    """
    for line in papers.compare_lines(home, product, amount_yuan=amount, as_of=as_of):
        click.echo(line)

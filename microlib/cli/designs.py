"""Commands of a product's design: `design sheet` and `design compare`, beside those of its terms and of teams."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from microlib.cli import contests, options, terms


@click.group(commands=terms.COMMANDS)
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

    A page in each language to print and sign; then term sheet, changes since the last version, approval checklist (who
    does what, what is answered by computation, what is open and blocks), rules, failure modes, cost statement, and the
    evidence they rest on. A path per line goes to standard output; what blocks is told on standard error. An open item
    is no error: the exit code is 0.

    \b
    Example: microlib design sheet hospital_supplier --branch 0755 --as-of 2026-06-30
    """
    from microlib.running import sheets

    paths, blocking = sheets.write_sheet(home, product=product, branch=branch, as_of=as_of)
    for path in paths:
        click.echo(options.shown(path))
    click.echo(f"{len(blocking)} open items block: {', '.join(blocking)}", err=True)


@design.command()
@click.argument("names", nargs=-1, required=True, metavar="PRODUCT | TEAM...")
@click.option("--amount", type=click.IntRange(1), default=300_000, show_default=True, help="Yuan that are needed.")
@click.option("--branch", default="", metavar="B", help="Branch on which teams are compared, as text.")
@options.as_of_option
@options.home_option
def compare(names: tuple[str, ...], amount: int, branch: str, as_of: date | None, home: Path) -> None:
    """Compare a product with peers', or teams with each other.

    One product: a line per pattern of use and offer: cost in yuan, yearly rate of what is needed and at hand, part of
    the need that is covered. Peers are read from data/peers; a row without source and date seen is refused.

    Teams, with --branch: a line per measure (rules broken, need served, loss under stress, borrower's cost, part of
    those not served whom the terms name), and who leads in it. There is no overall winner.

    \b
    Examples:
      microlib design compare online_invoice_credit --amount 500000
      microlib design compare red blue --branch 0755
    """
    if branch:
        lines = contests.team_lines(options.find_home(home), names, branch=branch, as_of=as_of)
    else:
        lines = contests.compare_lines(home, contests.only_product(names), amount_yuan=amount, as_of=as_of)
    for line in lines:
        click.echo(line)

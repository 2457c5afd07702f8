"""Commands of teams that design one product on the same data: `design team` and `design present`."""

from __future__ import annotations

from pathlib import Path

import click

from microlib.cli import options, steps


@click.command()
@click.argument("name")
@click.option("--product", required=True, metavar="P", help="Product whose terms the team starts from.")
@options.home_option
def team(name: str, product: str, home: Path) -> None:
    """Give a team a copy of a product's terms.

    Prints the file that the team edits. The bank's tables are read from where they are; the product itself and other
    teams stay as they are.

    \b
    Example: microlib design team red --product market_stall
    """
    from microlib.design.teams import rooms

    click.echo(options.shown(rooms.make_room(options.find_home(home), team=name, product=product).absolute()))


@click.command()
@click.argument("name")
@click.option("--branch", required=True, metavar="B", help="Branch code, as text.")
@click.option("--lang", "langs", multiple=True, type=click.Choice(["zh", "en"]), default=["zh"], help="Language.")
@options.format_option
@options.home_option
def present(name: str, branch: str, langs: tuple[str, ...], formats: tuple[str, ...], home: Path) -> None:
    """Write what a team presents.

    The design report as a page (and Word, PDF, Excel), and the folder that a committee signs from; a path per line.

    \b
    Example: microlib design present red --branch 0755 --format docx
    """
    from microlib.running import presentations

    for path in presentations.present_team(
        options.find_home(home), team=name, branch=branch, langs=langs, formats=formats
    ):
        click.echo(options.shown(path))


COMMANDS = [team, present, *steps.COMMANDS]

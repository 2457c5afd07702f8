"""`design restore`: an earlier version of a product as its next."""

from __future__ import annotations

from pathlib import Path

import click

from microlib.cli import options


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

"""The commands about the warm kernel: `kernels`."""

from __future__ import annotations

from pathlib import Path

import click

from microlib.cli import options


@click.group()
def kernels() -> None:
    """Install the warm kernel for papermill, nbval and JupyterLab."""


@kernels.command()
@click.option("--prefix", type=click.Path(file_okay=False, path_type=Path), help="[default: this environment]")
def install(prefix: Path | None) -> None:
    """Write the kernelspec `microlib`.

    \b
    Example: microlib kernels install, then papermill -k microlib IN.ipynb OUT.ipynb
    """
    from microlib.running.warm import specs

    click.echo(options.shown(specs.install_kernel(prefix)))

"""The commands of the exercises: `exercise list`, `new`, `check` and `solve`."""

from __future__ import annotations

from pathlib import Path

import click

from microlib.cli import options

seed_option = click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Numbers of their own.")
lang_option = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language.")
to_option = click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(),
                         help="Folder to write into.  [default: here]")  # fmt: skip


@click.group()
def exercise() -> None:
    """Give out exercises, check answers, write solutions."""


@exercise.command("list")
def listed() -> None:
    """List the exercises.

    \b
    Example: microlib exercise list
    """
    from microlib.exercises import copies, registry

    for code in registry.tasks():
        click.echo(f"{code}\t{copies.shipped_notebook(code).stem}")


@exercise.command()
@click.argument("name", metavar="X")
@seed_option
@lang_option
@to_option
def new(name: str, seed: int, lang: str, folder: Path) -> None:
    """Write a notebook to work in.

    Another seed gives other numbers and other keys. Nothing is written over.

    \b
    Example: microlib exercise new x08 --seed 7 --to class
    """
    from microlib.exercises import copies

    stem = copies.shipped_notebook(name).stem
    notebook = copies.new_copy(name, seed=seed, lang=lang)
    click.echo(options.shown(copies.written_copy(notebook, folder / f"{stem}_{seed}.ipynb")))


@exercise.command()
@click.argument("name", metavar="X")
@seed_option
@lang_option
@to_option
def solve(name: str, seed: int, lang: str, folder: Path) -> None:
    """Write a notebook with its solution.

    \b
    Example: microlib exercise solve x08 --seed 7 --to answers
    """
    from microlib.exercises import copies

    stem = copies.shipped_notebook(name).stem
    notebook = copies.new_copy(name, seed=seed, lang=lang, is_solved=True)
    click.echo(options.shown(copies.written_copy(notebook, folder / f"{stem}_{seed}_solved.ipynb")))


@exercise.command()
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(notebooks: tuple[Path, ...]) -> None:
    """Check learners' notebooks.

    Runs each up to its answer, in this process: only notebooks that you trust. One line per answer: file, exercise,
    seed, answer, right, close, wrong or blank, and the mistake it looks like.

    \b
    Example: microlib exercise check class/x08_small_samples_7.ipynb
    """
    from microlib.exercises import rehearsals

    for path in notebooks:
        code, seed, found = rehearsals.mark_notebook(path)
        for each in found:
            click.echo("\t".join([options.shown(path), code, str(seed), each.name, each.status, each.reason]))

"""Commands for learning and exploring: `case` and `exercise` give out work, `lab` opens the notebooks."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import click

from microlib.cli.options import (
    LANG,
    SETTINGS,
    Formats,
    HomeFolder,
    Langs,
    argument,
    filled,
    home_option,
    option,
    shown,
)
from microlib.home import Home

seed_option = click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Numbers of their own.")
lang_option = click.option("--lang", type=LANG, default="zh", show_default=True, help="Language.")
to_option = click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to write into.  [default: here]",
)


@dataclass(frozen=True)
class CaseWanted:
    """What `case` is asked for."""

    names: Annotated[tuple[str, ...], argument(nargs=-1, metavar="[CASE]...")] = ()
    branch: Annotated[
        str, option("--branch", metavar="B", help="For cases that read a bank: another branch, as text.")
    ] = ""
    langs: Langs = ("zh",)
    formats: Formats = ()
    home: HomeFolder = Path()


@click.command(context_settings=SETTINGS)
@filled(CaseWanted)
def case(wanted: CaseWanted) -> None:
    """Work through teaching cases, as pages.

    All of them, unless named. A path per page goes to standard output. Exit code 5: a notebook failed.

    \b
    Examples:
      microlib case hotel_renovation
      microlib case --lang zh --lang en --format pdf
    """
    from microlib.run.design_pages import plan_cases, run_cases
    from microlib.run.jobs import Run
    from microlib.run.run import check_complete

    done = run_cases(
        plan_cases(wanted.home, names=wanted.names, langs=wanted.langs, branch=wanted.branch, formats=wanted.formats)
    )
    for outcome in done:
        if outcome.is_ok:
            click.echo(shown(outcome.job.page))
    check_complete(Run(Home(wanted.home).reports / "cases", tuple(done)))


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- WORD...]")
@home_option
@lang_option
@click.pass_context
def lab(context: click.Context, arguments: tuple[str, ...], home: Path, lang: str) -> None:
    """Open JupyterLab on the notebooks, at a start page.

    The shipped notebooks are copied into notebooks/ of the home, in one language, where none of that name stands; what
    is there already stays as it is. Those of production are kept as shipped: a change goes to notebooks/drafts. Saved
    notebooks hold no outputs, unless the bank is synthetic. Words after -- are handed to jupyter lab.

    \b
    Example: microlib lab --home mybank -- --no-browser
    """
    if importlib.util.find_spec("jupyterlab") is None:  # it is run as a process of its own, which would say it badly
        raise ModuleNotFoundError("JupyterLab is not installed", name="jupyterlab")
    from microlib.run.lab import open_lab

    context.exit(open_lab(Home(home), arguments, lang=lang))


@click.command("what-if", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- WORD...]")
@home_option
@lang_option
@click.pass_context
def what_if(context: click.Context, arguments: tuple[str, ...], home: Path, lang: str) -> None:
    """Serve the what-if page: branch and product to choose, two trials beside today, no code to see.

    Trials are private drafts until they are submitted with a reason. Words after -- are handed to voila.

    \b
    Example: microlib what-if --home mybank -- --no-browser --port 8866
    """
    from microlib.run.lab import open_what_if

    context.exit(open_what_if(Home(home), arguments, lang=lang))


@click.group()
def exercise() -> None:
    """Give out exercises, check answers, write solutions."""


@exercise.command("list")
def listed() -> None:
    """List the exercises.

    \b
    Example: microlib exercise list
    """
    from microlib.exercises.exercise import tasks
    from microlib.exercises.notebooks import shipped_notebook

    for code in tasks():
        click.echo(f"{code}\t{shipped_notebook(code).stem}")


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
    from microlib.exercises.notebooks import new_copy, shipped_notebook, written_copy

    stem = shipped_notebook(name).stem
    notebook = new_copy(name, seed=seed, lang=lang)
    click.echo(shown(written_copy(notebook, folder / f"{stem}_{seed}.ipynb")))


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
    from microlib.exercises.notebooks import new_copy, shipped_notebook, written_copy

    stem = shipped_notebook(name).stem
    notebook = new_copy(name, seed=seed, lang=lang, is_solved=True)
    click.echo(shown(written_copy(notebook, folder / f"{stem}_{seed}_solved.ipynb")))


@exercise.command()
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(notebooks: tuple[Path, ...]) -> None:
    """Check learners' notebooks.

    Runs each up to its answer, in this process: only notebooks that you trust. One line per answer: file, exercise,
    seed, answer, right, close, wrong or blank, and the mistake it looks like.

    \b
    Example: microlib exercise check class/x08_small_samples_7.ipynb
    """
    from microlib.exercises.notebooks import mark_notebook

    for path in notebooks:
        code, seed, found = mark_notebook(path)
        for each in found:
            click.echo("\t".join([shown(path), code, str(seed), each.name, each.status, each.reason]))

"""Commands of a design's order: `step` records a decision with its evidence, `log` tells them, `restore` goes back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from microlib.cli import options, restorals


@click.command()
@click.argument("product")
@click.argument("step")
@click.option("--branch", required=True, metavar="B", help="Branch code, as text.")
@click.option("--decision", "action", required=True, type=click.Choice(["do", "stop", "wait"]), help="What is decided.")
@click.option("--reason", required=True, help="Why, in a sentence.")
@options.as_of_option
@options.home_option
def step(product: str, step: str, branch: str, home: Path, **told: str | date | None) -> None:
    """Record the decision of one STEP of a product's design, with the result it rests on.

    Steps stand in data/policies/design_steps.toml. A step is refused while one before it has no result, was decided
    against, or rests on a result that has changed since; and while its own report was not run. Each line of the log,
    oldest first, goes to standard output.

    \b
    Example: microlib design step hospital_supplier opportunity --branch 0755 --as-of 2026-06-30
               --decision do --reason "the whole range lies above its cost"
    """
    from microlib.design.steps import logs
    from microlib.running import inputs

    decision = logs.Decision(product, branch, step, str(told["action"]), str(told["reason"]))
    found = inputs.read_inputs(options.find_home(home), as_of=told["as_of"])
    _tell(logs.record_decision(found.home, decision, as_of=found.as_of.isoformat()))


@click.command()
@click.argument("product")
@click.option("--branch", required=True, metavar="B", help="Branch code, as text.")
@options.home_option
def log(product: str, branch: str, home: Path) -> None:
    """Print a product's design log in a branch: number, step, decision, date, evidence and its state, reason.

    \b
    Example: microlib design log hospital_supplier --branch 0755
    """
    from microlib.design.steps import logs

    _tell(logs.read_log(options.find_home(home), product=product, branch=branch))


def _tell(entries: object) -> None:
    columns = ["number", "step", "action", "as_of", "evidence_path", "sha256", "evidence_state", "reason"]
    for row in entries[columns].astype(str).to_numpy().tolist():
        click.echo("\t".join(row))


COMMANDS = [step, log, restorals.restore]

"""Commands of a product's design: its papers, its changes, its decisions, comparison with peers, and teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from microlib.cli.options import (
    DAY,
    AsOf,
    Branch,
    Formats,
    HomeFolder,
    Langs,
    argument,
    as_date,
    as_of_option,
    branch_option,
    complete_product,
    filled,
    home_option,
    option,
    shown,
)
from microlib.errors import BadConfig
from microlib.home import Home, find_home

if TYPE_CHECKING:
    import pandas as pd


#: what a comparison with peers shows
COMPARED = ["usage", "offer_id", "lender", "cost_yuan", "used_rate", "covered_share", "seen_date", "source"]
#: what a log of decisions shows
LOGGED = ["number", "step", "action", "as_of", "evidence_path", "sha256", "evidence_state", "reason"]


@click.group()
def design() -> None:
    """Write a product's term sheet, tell its changes, compare it with peers.

    \b
    Start: microlib design sheet hospital_supplier --branch 0755
    """


@design.command()
@click.argument("product", shell_complete=complete_product)
@branch_option
@as_of_option
@home_option
def sheet(product: str, branch: str, as_of: date | None, home: Path) -> None:
    """Write the folder a committee signs from.

    A page in each language to print and sign; then term sheet, changes since the last version, approval checklist (who
    does what, what is answered by computation, what is open and blocks), rules, failure modes, cost statement, and the
    evidence they rest on. A path per line goes to standard output; what blocks is told on standard error. An open item
    is no error: the exit code is 0.

    \b
    Example: microlib design sheet hospital_supplier --branch 0755 --as-of 2026-06-30
    """
    from microlib.run.design_pages import write_sheet

    paths, blocking = write_sheet(home, product=product, branch=branch, as_of=as_of)
    for path in paths:
        click.echo(shown(path))
    click.echo(f"{len(blocking)} open items block: {', '.join(blocking)}", err=True)


@design.command()
@click.argument("name")
@click.option("--since", type=DAY, callback=as_date, metavar="DATE", help="Compare with that day.")
@click.option("--proposal", is_flag=True, help="NAME is a file of data/products/proposals.")
@as_of_option
@home_option
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
    from microlib.design.versions import change_lines, day_changes, last_changes, proposal_changes

    day = as_of or date.today()
    if proposal:
        found = proposal_changes(home, proposal=name)
    elif since is not None:
        found = day_changes(home, product=name, since=since, until=day)
    else:
        found = last_changes(home, product=name, as_of=day)
    for line in change_lines(found):
        click.echo(line)


@design.command()
@click.argument("product", shell_complete=complete_product)
@click.option("--version", "number", required=True, type=click.IntRange(1), help="A version that is kept.")
@home_option
def restore(product: str, number: int, home: Path) -> None:
    """Print an earlier version as the product's next.

    Nothing is written: keep the present version in data/products/versions first, then let the output replace the file.

    \b
    Example: microlib design restore hospital_supplier --version 1 > hospital_supplier.toml
    """
    from microlib.design.versions import restored_text

    click.echo(restored_text(home, product=product, version=number), nl=False)


@dataclass(frozen=True)
class StepWanted:
    """What `design step` is told: a decision on one step of a product's design."""

    product: Annotated[str, argument(shell_complete=complete_product)]
    step: Annotated[str, argument()]
    branch: Branch
    action: Annotated[str, option("--decision", type=click.Choice(["do", "stop", "wait"]), help="What is decided.")]
    reason: Annotated[str, option("--reason", help="Why, in a sentence.")]
    as_of: AsOf = None
    home: HomeFolder = Path()


@design.command()
@filled(StepWanted)
def step(wanted: StepWanted) -> None:
    """Record the decision of one STEP of a product's design, with the result it rests on.

    Steps stand in data/policies/design_steps.toml. A step is refused while one before it has no result, was decided
    against, or rests on a result that has changed since; and while its own report was not run. Each line of the log,
    oldest first, goes to standard output.

    \b
    Example: microlib design step hospital_supplier opportunity --branch 0755 --as-of 2026-06-30
               --decision do --reason "the whole range lies above its cost"
    """
    from microlib.design.steps import Decision, record_decision
    from microlib.run.plan import read_inputs

    decision = Decision(wanted.product, wanted.branch, wanted.step, wanted.action, wanted.reason)
    found = read_inputs(find_home(wanted.home), as_of=wanted.as_of)
    _tell(record_decision(found.home, decision, as_of=found.as_of.isoformat()))


@design.command()
@click.argument("product", shell_complete=complete_product)
@branch_option
@home_option
def log(product: str, branch: str, home: Path) -> None:
    """Print a product's design log in a branch: number, step, decision, date, evidence and its state, reason.

    \b
    Example: microlib design log hospital_supplier --branch 0755
    """
    from microlib.design.steps import read_log

    _tell(read_log(find_home(home), product=product, branch=branch))


def _tell(entries: pd.DataFrame) -> None:
    for row in entries[LOGGED].astype(str).to_numpy().tolist():
        click.echo("\t".join(row))


@design.command()
@click.argument("names", nargs=-1, required=True, metavar="PRODUCT | TEAM...")
@click.option("--amount", type=click.IntRange(1), default=300_000, show_default=True, help="Yuan that are needed.")
@click.option("--branch", default="", metavar="B", help="Branch on which teams are compared, as text.")
@as_of_option
@home_option
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
        lines = _team_lines(find_home(home), names, branch=branch, as_of=as_of)
    elif len(names) > 1:
        raise BadConfig("several names are teams", where=" ".join(names), fix="say on which branch: --branch B")
    else:
        lines = _peer_lines(home, names[0], amount_yuan=amount, as_of=as_of)
    for line in lines:
        click.echo(line)


def _peer_lines(home: Path, product: str, *, amount_yuan: int, as_of: date | None) -> list[str]:
    """Return the comparison with peers as lines; none where there is nothing to compare with."""
    from microlib.design.peers import peer_results
    from microlib.design.terms import read_product

    day = as_of or date.today()
    offer = read_product(home, product=product, as_of=day)
    found = peer_results(home, product=offer, amount_yuan=amount_yuan, as_of=day)
    rows = found["comparison"] if found else None
    if rows is None:
        return []
    shown_rows = rows.loc[rows["is_available"], COMPARED]
    return ["\t".join(COMPARED), *("\t".join(map(_cell, row)) for row in shown_rows.itertuples(index=False))]


def _team_lines(home: Home, names: Sequence[str], *, branch: str, as_of: date | None) -> list[str]:
    """Return teams side by side as lines."""
    from microlib.design.teams import compare_teams, score_lines
    from microlib.run.plan import checked_branches, read_inputs

    found = read_inputs(home, as_of=as_of)
    checked_branches(found, [branch])
    return score_lines(compare_teams(home, teams=names, branch=branch, as_of=found.as_of))


def _cell(value: object) -> str:
    if hasattr(value, "date"):
        return value.date().isoformat()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@design.command()
@click.argument("name")
@click.option("--product", required=True, metavar="P", help="Product whose terms the team starts from.")
@home_option
def team(name: str, product: str, home: Path) -> None:
    """Give a team a copy of a product's terms.

    Prints the file that the team edits. The bank's tables are read from where they are; the product itself and other
    teams stay as they are.

    \b
    Example: microlib design team red --product market_stall
    """
    from microlib.design.teams import make_room

    click.echo(shown(make_room(find_home(home), team=name, product=product).absolute()))


@dataclass(frozen=True)
class PresentWanted:
    """What `design present` is asked for."""

    name: Annotated[str, argument()]
    branch: Branch
    langs: Langs = ("zh",)
    formats: Formats = ()
    home: HomeFolder = Path()


@design.command()
@filled(PresentWanted)
def present(wanted: PresentWanted) -> None:
    """Write what a team presents.

    The design report as a page (and Word, PDF, Excel), and the folder that a committee signs from; a path per line.

    \b
    Example: microlib design present red --branch 0755 --format docx
    """
    from microlib.run.design_pages import present_team

    for path in present_team(
        find_home(wanted.home), team=wanted.name, branch=wanted.branch, langs=wanted.langs, formats=wanted.formats
    ):
        click.echo(shown(path))

"""Commands that print reports and hand them out: `report`, `index`, `bundle`; and `schedule`, which does it monthly."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from microlib.cli import mornings, options, schedules

ROLES = ["branch", "manager", "head-office"]
#: managers' sheets are made anew for each of them, which takes a while
USUAL = ["branch", "head-office"]


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@options.as_of_option
@click.option("--branch", "branches", multiple=True, metavar="B", help="Branch code, as text; repeat for more.")
@click.option("--product", "products", multiple=True, metavar="P", help="Product code; repeat for more.")
@click.option("--lang", "langs", multiple=True, type=click.Choice(["zh", "en"]), default=["zh"], help="Language.")
@options.format_option
@click.option("--jobs", type=click.IntRange(1), default=None, metavar="N", help="Processes.  [default: cores]")
@options.cold_option
@options.timeout_option
@click.option("--resume", is_flag=True, help="Make only what is missing, failed, or rests on something that changed.")
@options.due_option
@options.bundle_option
@options.summary_option
@options.home_option
def report(home: Path, **wanted: object) -> None:
    """Make reports, by branch.

    Every notebook x every branch, unless named. A path per report goes to standard output, everything else to
    standard error. Without --product a branch gets the products whose customer group lives there. Exit code 5: a
    notebook failed; the others were made.

    \b
    Examples:
      microlib report
      microlib report --branch 0755 --as-of 2026-06-30 --lang zh --lang en 2_segment_analysis
      microlib report --format html --format xlsx
      microlib report --resume
      microlib report --due-after 3 --resume --bundle --summary reports/summary.json
    """
    course = options.course_of(wanted)
    for page in mornings.made_pages(lambda: options.find_home(home), wanted, course):
        click.echo(options.shown(page))


@click.command()
@options.as_of_option
@options.home_option
def index(as_of: date | None, home: Path) -> None:
    """Rebuild the index above the reports.

    Of one date, by default the latest.

    \b
    Example: microlib index --as-of 2026-06-30
    """
    from microlib.running.bundles import indexes

    click.echo(options.shown(indexes.write_index(indexes.reports_folder(options.find_home(home).reports, as_of=as_of))))


@click.command()
@options.as_of_option
@click.option("--branch", "branches", multiple=True, metavar="B", help="Branch code; repeat for more.  [default: all]")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(ROLES), default=USUAL, show_default=True, help="For whom."
)
@options.home_option
def bundle(as_of: date | None, branches: tuple[str, ...], roles: tuple[str, ...], home: Path) -> None:
    """Pack the reports of a date, a zip for each who gets one.

    A branch's bundle holds that branch alone, without what is for head office only; a manager's holds his own
    customers. Checksums stand in bundles/SHA256SUMS and in the index.

    \b
    Example: microlib bundle --role branch --branch 0755
    """
    from microlib.running import bundles

    folder = bundles.indexes.reports_folder(options.find_home(home).reports, as_of=as_of)
    wanted = [role.replace("-", "_") for role in roles]
    for path in bundles.write_bundles(folder, roles=wanted, branches=branches):
        click.echo(options.shown(path))


COMMANDS = [report, index, bundle, schedules.schedule]

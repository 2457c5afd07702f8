"""Commands about reports: made, indexed, packed, scheduled; proved and compared; and the kernels that they run in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from microlib.cli.options import (
    FOLDER,
    SETTINGS,
    AsOf,
    Branches,
    Cold,
    Formats,
    HomeFolder,
    Langs,
    Timeout,
    Workers,
    argument,
    as_of_option,
    complete_branch,
    complete_product,
    complete_report,
    filled,
    home_option,
    is_shared,
    option,
    shown,
)
from microlib.home import Home, find_home

if TYPE_CHECKING:
    from microlib.run.jobs import RunOptions
    from microlib.run.schedule import Summary


ROLES = ["branch", "manager", "head-office"]
#: managers' sheets are made anew for each of them, which takes a while
USUAL = ["branch", "head-office"]


@dataclass(frozen=True)
class ReportWanted:
    """What `report` is asked for: which reports, how they are made, when they are due, what follows."""

    notebooks: Annotated[
        tuple[str, ...], argument(nargs=-1, metavar="[NOTEBOOK]...", shell_complete=complete_report)
    ] = ()
    as_of: AsOf = None
    branches: Branches = ()
    products: Annotated[
        tuple[str, ...],
        option(
            "--product",
            multiple=True,
            metavar="P",
            help="Product code; repeat for more.",
            shell_complete=complete_product,
        ),
    ] = ()
    langs: Langs = ("zh",)
    formats: Formats = ()
    jobs: Workers = None
    is_cold: Cold = False
    seconds: Timeout = 1800
    is_resumed: Annotated[
        bool,
        option("--resume", is_flag=True, help="Make only what is missing, failed, or rests on something that changed."),
    ] = False
    due_after: Annotated[
        int | None,
        option(
            "--due-after",
            type=click.IntRange(0),
            metavar="N",
            help="Do nothing unless N working days have passed since the month's end and its reports are not complete.",
        ),
    ] = None
    is_bundled: Annotated[
        bool,
        option(
            "--bundle", is_flag=True, help="Pack the bundles for branches and head office once every report is there."
        ),
    ] = False
    summary: Annotated[
        Path | None,
        option(
            "--summary",
            type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
            metavar="FILE",
            help="Write one line of JSON about the run there; - is the error stream.",
        ),
    ] = None
    home: HomeFolder = Path()

    def run_options(self) -> RunOptions:
        """Return what a run is told."""
        from microlib.run.jobs import RunOptions

        return RunOptions(
            as_of=self.as_of,
            notebooks=self.notebooks,
            branches=self.branches,
            products=self.products,
            langs=self.langs,
            formats=self.formats,
            workers=self.jobs or 0,
            is_warm=not self.is_cold,
            seconds=self.seconds,
            is_resumed=self.is_resumed,
        )


@click.command(context_settings=SETTINGS)
@filled(ReportWanted)
def report(wanted: ReportWanted) -> None:
    """Make reports, by branch.

    Every notebook x every branch, unless named. A path per report goes to standard output, everything else to
    standard error. Without --product a branch gets the products whose customer group lives there; a report left out
    for want of one is named on the error stream and in the index. Exit code 5: a notebook failed; the others were
    made.

    \b
    Examples:
      microlib report
      microlib report --branch 0755 --as-of 2026-06-30 --lang zh --lang en 2_segment_analysis
      microlib report --format html --format xlsx
      microlib report --resume
      microlib report --due-after 3 --resume --bundle --summary reports/summary.json
    """
    from microlib.run.notebooks import find_notebooks
    from microlib.run.schedule import summarised
    from microlib.run.warmup import begun

    with summarised(wanted.summary, tell=partial(_notify, wanted.home)) as told:
        home, options = find_home(wanted.home), wanted.run_options()
        if wanted.due_after is not None:
            options = replace(options, as_of=_date_due(home, options, after=wanted.due_after))
            if options.as_of is None:
                _make_up(home, told, after=wanted.due_after, is_bundled=wanted.is_bundled)
                return
        with begun(options, notebooks=find_notebooks(home, options.notebooks)) as folder:
            from microlib.run.plan import plan_reports  # what they import comes in while kernels get ready
            from microlib.run.run import check_complete, run_reports

            run = run_reports(plan_reports(home, options), private_folder=folder)
        told.tell(run)
        for page in run.pages:
            click.echo(shown(page))
        check_complete(run)
        if wanted.is_bundled:
            _pack(told)


def _notify(root: Path, facts: Mapping[str, object]) -> None:
    """Tell whoever the home's bank.toml names that a run is done."""
    homes = [
        home for home in (Home(root), Home(root / "data" / "demo")) if (home.root / "data" / "bank.toml").is_file()
    ]
    if homes:
        from microlib.run.notice import send_notices

        send_notices(homes[0], facts)


def _date_due(home: Home, options: RunOptions, *, after: int) -> date | None:
    """Return the date whose reports are due today; None where there is none."""
    from microlib.run.schedule import date_due

    return date_due(home, today=date.today(), after=after, asked=options.asked)


def _make_up(home: Home, told: Summary, *, after: int, is_bundled: bool) -> None:
    """Pack what an earlier run left unpacked, where bundles are wanted; else note that nothing is due.

    What a run left that was killed when all was made is removed: no other follows it before the next month.
    """
    from microlib.bank.state import sweep_states
    from microlib.run.progress import log
    from microlib.run.schedule import packing_due

    sweep_states(home)
    folder = packing_due(home, today=date.today(), after=after) if is_bundled else None
    if folder is None:
        log("info", "not_due", after_working_days=after)
        told.end("not_due")
        return
    told.facts |= {"as_of": folder.name, "folder": str(folder.resolve()), "made_count": 0, "failed_count": 0}
    _pack(told)


def _pack(told: Summary) -> None:
    """Pack the bundles of a run that is complete."""
    from microlib.run.bundles import write_bundles

    told.facts["bundles_count"] = len(write_bundles(Path(told.facts["folder"])))


@click.command(context_settings=SETTINGS)
@as_of_option
@home_option
def index(as_of: date | None, home: Path) -> None:
    """Rebuild the index above the reports.

    Of one date, by default the latest.

    \b
    Example: microlib index --as-of 2026-06-30
    """
    from microlib.run.overview import reports_folder, write_index

    click.echo(shown(write_index(reports_folder(find_home(home).reports, as_of=as_of))))


@click.command(context_settings=SETTINGS)
@as_of_option
@click.option(
    "--branch",
    "branches",
    multiple=True,
    metavar="B",
    help="Branch code; repeat for more.  [default: all]",
    shell_complete=complete_branch,
)
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(ROLES), default=USUAL, show_default=True, help="For whom."
)
@home_option
def bundle(as_of: date | None, branches: tuple[str, ...], roles: tuple[str, ...], home: Path) -> None:
    """Pack the reports of a date, a zip for each who gets one.

    A branch's bundle holds that branch alone, without what is for head office only; a manager's holds his own
    customers. Checksums stand in bundles/SHA256SUMS and in the index.

    \b
    Example: microlib bundle --role branch --branch 0755
    """
    from microlib.run.bundles import write_bundles
    from microlib.run.overview import reports_folder

    folder = reports_folder(find_home(home).reports, as_of=as_of)
    for path in write_bundles(folder, roles=[role.replace("-", "_") for role in roles], branches=branches):
        click.echo(shown(path))


@click.command(context_settings=SETTINGS)
@click.argument("words", nargs=-1, metavar="[-- WORD...]")
@click.option("--cron", "kind", flag_value="cron", help="A line for crontab -e.")
@click.option("--systemd", "kind", flag_value="systemd", help="A service and its timer.")
@click.option("--airflow", "kind", flag_value="airflow", help="A file for Airflow's folder of DAGs.")
@click.option("--at", type=click.DateTime(["%H:%M"]), default="06:30", metavar="HH:MM", help="[default: 06:30]")
@click.option("--after", type=click.IntRange(0), default=3, metavar="N", help="Working days.  [default: 3]")
@click.option("--into", type=FOLDER, help="Write files into this folder.")
@home_option
def schedule(home: Path, kind: str | None, at: datetime, after: int, into: Path | None, words: tuple[str, ...]) -> None:
    """Print what has this computer report every month by itself.

    Every morning from so many working days after the month's end until the reports are complete; working days as on
    the Chinese calendar, with the weekends that are worked in exchange. Words after -- are handed to report.

    \b
    Examples:
      microlib schedule --cron -- --format all
      microlib schedule --systemd --into ~/.config/systemd/user
    """
    from microlib.run.schedule import TEXTS, Order, handed_out

    if kind is None:
        raise click.UsageError("name one of --cron, --systemd, --airflow")
    root = find_home(home).root.resolve()
    order = Order(root, at.hour, at.minute, after=after, words=words, is_shared=is_shared())
    for line in handed_out(TEXTS[kind](order), into):
        click.echo(line, nl=False)


@dataclass(frozen=True)
class VerifyWanted:
    """What `verify` is asked for: which reports are made again, and how."""

    names: Annotated[tuple[str, ...], argument(nargs=-1, metavar="[REPORT]...", shell_complete=complete_report)] = ()
    as_of: AsOf = None
    branches: Branches = ()
    jobs: Workers = None
    is_listed: Annotated[bool, option("--cells", is_flag=True, help="Print a line per cell that differs, too.")] = False
    is_cold: Cold = False
    seconds: Timeout = 1800
    home: HomeFolder = Path()


@click.command(context_settings=SETTINGS)
@filled(VerifyWanted)
def verify(wanted: VerifyWanted) -> None:
    """Make reports again and compare every result cell by cell.

    The reports themselves are not touched. A line per report: equal, differs or failed. Exit code 4 unless all are
    equal.

    \b
    Examples:
      microlib verify
      microlib verify --branch 0755 2_segment_analysis
      microlib verify --cells > cells.tsv
    """
    from microlib.run.compare import cell_lines, check_equal, chosen_jobs, find_run, verified_line, verify_jobs
    from microlib.run.jobs import RunOptions
    from microlib.run.overview import reports_folder

    home = find_home(wanted.home)
    past = find_run(home.reports, reports_folder(home.reports, as_of=wanted.as_of).name)
    jobs = chosen_jobs(past, home=home.root, branches=wanted.branches, names=wanted.names)
    options = RunOptions(workers=wanted.jobs or 0, is_warm=not wanted.is_cold, seconds=wanted.seconds)
    done = []
    for verified in verify_jobs(jobs, past, options=options):
        click.echo(verified_line(verified))
        for line in cell_lines(verified) if wanted.is_listed else ():
            click.echo(line)
        done.append(verified)
    check_equal(done)


@click.command(context_settings=SETTINGS)
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN")
@click.option(
    "--tolerance", type=click.FloatRange(0), default=0.05, show_default=True, help="For figures without an interval."
)
@home_option
def diff(before: str, after: str, tolerance: float, home: Path) -> None:
    """Say what changed between two runs, beyond noise.

    RUN is a date (its last run) or a run's id as the index shows it. A figure with an interval has changed when
    the interval of its difference leaves out zero; one without, when it moved by more than the tolerance. Two runs
    of the same bank have no noise: whatever differs is listed.

    \b
    Example: microlib diff 2026-05-31 2026-06-30
    """
    from microlib.run.compare import difference_lines, find_run, run_differences

    reports = find_home(home).reports
    sides = [find_run(reports, name) for name in (before, after)]
    for line in difference_lines(run_differences(*sides, tolerance_share=tolerance)):
        click.echo(line)


@click.group()
def new() -> None:
    """Begin something of your own."""


@new.command("report")
@click.argument("name", metavar="NAME")
@home_option
def own_report(name: str, home: Path) -> None:
    """Write a report of your own that runs as it is: a notebook and its words in two languages.

    Both stand in the home: notebooks/reports/NAME.ipynb and data/words/NAME.toml. `microlib report NAME` makes it for
    every branch, in each language and format.

    \b
    Example: microlib new report 9_green_loans
    """
    from microlib.run.notebooks import write_own_report

    root = (
        Home(home) if Home(home).bank.is_file() or not Home(home / "data" / "demo").bank.is_file() else find_home(home)
    )
    for path in write_own_report(root, name):
        click.echo(shown(path.absolute()))


@click.group()
def kernels() -> None:
    """Install the warm kernel for papermill, nbval and JupyterLab."""


@kernels.command()
@click.option("--prefix", type=FOLDER, help="[default: this environment]")
def install(prefix: Path | None) -> None:
    """Write the kernelspec `microlib`.

    \b
    Example: microlib kernels install, then papermill -k microlib IN.ipynb OUT.ipynb
    """
    from microlib.run.warm.provisioner import install_kernel

    click.echo(shown(install_kernel(prefix)))

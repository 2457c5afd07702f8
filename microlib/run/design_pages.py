"""Pages that are no branch report: teaching cases, a team's presentation, a product's papers for a committee."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from markupsafe import Markup

from microlib.bank.branch import read_branch
from microlib.design.approval import Approval, design_names, signing_view
from microlib.design.product_design import ProductDesign, design_product
from microlib.design.teams import find_room, product_of
from microlib.design.term_sheet import design_folder, open_items, write_design
from microlib.errors import BadConfig
from microlib.files import write_text
from microlib.home import Home, find_home
from microlib.report.display import Shown
from microlib.report.report import Report, open_report
from microlib.run.execute import run_job
from microlib.run.export.html import frame_words, rendered
from microlib.run.jobs import Job, Outcome, RunOptions, offered
from microlib.run.notebooks import choice, read_parameters, title_of
from microlib.run.plan import checked_branches, plan_reports, read_inputs
from microlib.run.run import check_complete, run_reports


@dataclass(frozen=True)
class CaseJob(Job):
    """One case in one language; it is given those parameters that its notebook declares."""

    @property
    def folder(self) -> Path:
        """``reports/cases/<case>/<language>`` of the home."""
        return Home(self.home).reports / "cases" / self.report / self.lang

    def parameters(self, out: Path) -> dict[str, str]:
        """Return home, language and `out`; branch and date where declared, at the notebook's own unless given."""
        declared = read_parameters(self.notebook)
        given = {"home": str(self.home), "branch": self.branch, "as_of": self.as_of, "lang": self.lang, "out": str(out)}
        return {name: value for name, value in given.items() if name in declared and value}


def list_cases(home: Path, names: Iterable[str] = ()) -> list[Path]:
    """Return the case notebooks called `names`, by default all: the home's own and the shipped of other names.

    Raises
    ------
    BadConfig
        If there is none of that name.

    Examples
    --------
    >>> [path.stem for path in list_cases(Path("."), ["hotel_renovation"])]
    ['hotel_renovation']
    """
    known = Home(home).notebooks("cases")
    shelf = {path.stem: path.resolve() for path in known.glob("*.ipynb")}
    for name in names:
        if name not in shelf:
            raise BadConfig(f"there is no case {name}", where=str(known), fix=choice(name, shelf))
    return [shelf[name] for name in dict.fromkeys(names)] if names else list(shelf.values())


def plan_cases(
    home: Path,
    *,
    names: Sequence[str] = (),
    langs: Sequence[str] = ("zh",),
    branch: str = "",
    formats: Sequence[str] = (),
) -> list[CaseJob]:
    """Plan cases x languages.

    Parameters
    ----------
    home : Path
        Where ``reports/`` stands; the bank of a case that reads one.
    names : sequence of str
        Names of cases; none means all.
    langs, formats : sequence of str
        As for reports.
    branch : str
        For cases that read a bank: another branch than the notebook's own.
    """
    jobs = [
        CaseJob(
            path, home=home.resolve(), as_of=_day(path), branch=branch, lang=lang, formats=offered(path.stem, formats)
        )
        for path in list_cases(home, names)
        for lang in langs
    ]
    return [replace(job, branch_name=title_of(job.notebook, job.lang), is_synthetic=True) for job in jobs]


def run_cases(jobs: Iterable[CaseJob]) -> list[Outcome]:
    """Run cases one after another and publish their folders; a failure is an outcome."""
    return [run_job(job) for job in jobs]


def _day(notebook: Path) -> str:
    return str(read_parameters(notebook).get("as_of", ""))


CHANGE = [
    "place",
    "old_value",
    "new_value",
    "unit",
    "old_code",
    "new_code",
    "effect",
    "reason_zh",
    "reason_en",
    "evidence",
]
ITEM = [
    "title_zh",
    "title_en",
    "measure",
    "value",
    "test",
    "trigger_value",
    "answer",
    "responsible",
    "accountable",
    "consulted",
    "informed",
    "blocks",
]
MODE = ["title_zh", "title_en", "sign_zh", "sign_en", "owner_zh", "owner_en", "state", "loss_yuan"]
RULE = ["id", "said_zh", "said_en", "unit", "limit_value", "value", "state"]
STOP = ["rule", "watched", "value", "test", "trigger_value", "state", "action"]


def sheet_page(approval: Approval, *, lang: str) -> str:
    """Return one design as a page that can be printed and signed; nothing on it bears a customer.

    Parameters
    ----------
    approval : Approval
        A design as the committee sees it.
    lang : str
        ``zh`` or ``en``.
    """
    design, book = approval.design, approval.design.branch
    report = open_report(book, lang=lang, out="")
    _name(report, design)
    shown = [report.title("checklist", approval.checklist), *_front(report, approval)]
    shown += [*_history(report, design), *_tables(report, approval)]
    words = {key: entry[lang] for key, entry in frame_words().items()}
    job = SimpleNamespace(
        lang=lang,
        branch=book.branch_id,
        branch_name=book.name,
        as_of=book.as_of.isoformat(),
        is_synthetic=book.is_synthetic,
    )
    title = report.words.mark("sheet_title", product=report.words.code("product", design.product.code))
    body = Markup("\n".join(each.page for each in shown))
    return rendered("sheet.html.j2", job=job, title=title, words=words, body=body)


def _name(report: Report, design: ProductDesign) -> None:
    """Teach the report the names of the terms' own codes."""
    book, offer = design.branch, design.product
    report.names_from("source_id", "core_enterprises", key="core_id", name="name")
    report.names_from("source_id", "venue_rosters", key="venue_id", name="venue_name")
    for column, items in design_names(book.home, product=offer, as_of=book.as_of).items():
        report.names(column, items)
    report.names("exclusion", offer.access, told="not_met")
    report.names("exclusion", offer.not_served)


def _front(report: Report, approval: Approval) -> list[Shown]:
    """Show the terms in short, and what they come to here."""
    design, offer = approval.design, approval.design.product
    [stress] = report.parts(design, "scenarios")
    lines = [
        report.line("product_terms", offer),
        report.line("product_need", offer),
        report.line("product_group", design.screened),
        report.line("own_limits", design.limits),
        report.line("design_price", design.floors_typical),
        report.line("design_cost", design.cost, used_months=offer.repayment.used_months),
        report.line("expected_volume", design.volume),
        report.line("not_served", design.not_served),
        report.line("stop_rules", design.stop_rules),
        report.line("scenarios", stress),
    ]
    return [report.say("checklist_open", approval.checklist), report.sheet(*lines)]


def _history(report: Report, design: ProductDesign) -> list[Shown]:
    """Show what changed since the last version, and what is proposed."""
    changes, waiting = design.changes, design.proposals
    shown = [report.title("versions", design.versions, changes=changes)]
    shown += [report.table("changes", changes, columns=CHANGE)] if len(changes) else []
    shown += [report.say("proposals", waiting)]
    return [*shown, report.table("proposals", waiting, columns=["proposal", *CHANGE[:7]])] if len(waiting) else shown


def _tables(report: Report, approval: Approval) -> list[Shown]:
    """Show checklist and signatures, then what they rest on."""
    design = approval.design
    return [
        report.table("checklist", approval.checklist, columns=ITEM),
        report.table("signatures", signing_view(approval.signatures)),
        report.table("stop_rules", design.stop_rules, columns=STOP),
        report.table("disclosure", design.disclosure),
        report.title("rules", approval.asked_rules),
        report.table("rules", approval.asked_rules, columns=RULE),
        report.say("failure_modes", design.failure_modes),
        report.table("failure_modes", design.failure_modes, columns=MODE),
    ]


LANGS = ("zh", "en")


def write_papers(design: ProductDesign) -> tuple[list[Path], list[str]]:
    """Write a design's folder, the page in each language first.

    Parameters
    ----------
    design : ProductDesign
        Result of `product_design.design_product`.

    Returns
    -------
    list of Path, list of str
        Files written, and codes of the checklist's items that block.
    """
    written, folder = write_design(design), design_folder(design)
    told = [write_text(folder / f"design_sheet.{lang}.html", sheet_page(written.approval, lang=lang)) for lang in LANGS]
    return [*told, *written.paths], open_items(written.approval.checklist)["item"].to_list()


def write_sheet(home: Path, *, product: str, branch: str, as_of: date | None) -> tuple[list[Path], list[str]]:
    """Design a product for a branch and write its folder below the home's reports.

    Parameters
    ----------
    home : Path
        A home, or the folder above the demo home.
    product, branch : str
        Codes.
    as_of : date, optional
        By default the last complete month end of the bank's data.

    Returns
    -------
    list of Path, list of str
        Files written, the page in each language first, and codes of the checklist's items that block.

    Raises
    ------
    BadConfig
        If there is no bank, no such product, or its terms cannot be followed.
    UnknownBranch, BadData
        If the branch is not the bank's, the date lies before its data, or nobody there belongs to the product's groups.
    """
    found = read_inputs(find_home(home), as_of=as_of)
    checked_branches(found, [branch])
    book = read_branch(found.home, branch=branch, as_of=found.as_of)
    return write_papers(design_product(book, product=product))


REPORT = "6_product_design"


def present_team(
    home: Home, *, team: str, branch: str, langs: Sequence[str], formats: Sequence[str] = ()
) -> list[Path]:
    """Write a team's report in its languages and formats, and its committee's folder; return the files.

    Parameters
    ----------
    home : Home
        The bank's home, in which the team has its room.
    team, branch : str
    langs, formats : sequence of str
        As for reports.

    Raises
    ------
    BadConfig
        If the team has no room or its terms cannot be followed.
    NotebookFailed
        If the report could not be made.
    """
    room = find_room(home, team)
    product = product_of(room)
    options = RunOptions(
        notebooks=(REPORT,), branches=(branch,), products=(product,), langs=tuple(langs), formats=tuple(formats)
    )
    run = run_reports(plan_reports(room, options))
    check_complete(run)
    papers, _ = write_sheet(room.root, product=product, branch=branch, as_of=None)
    return [*(paper for outcome in run.outcomes for paper in outcome.job.papers), *papers]

"""What is asked of a run and what comes of it: its options, its jobs, and the outcome of each."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from microlib.contracts.checks import FOLDER_CODE
from microlib.home import Home

#: what may name a folder
CODE = re.compile(FOLDER_CODE)
#: a report that takes longer has hung
REPORT_SECONDS = 1800.0
#: what stops for a fault of its surroundings (a kernel or worker that was killed) is tried so often in all
MOST_ATTEMPTS = 2
#: reports that are shown in a meeting, and so have slides (``templates/decks.toml``)
SLIDED = ("0_branch_brief", "6_product_design")


def offered(notebook: str, formats: Iterable[str]) -> tuple[str, ...]:
    """Return those of some formats that a report comes in: ``0_branch_brief:docx`` is asked of that report alone.

    Slides are made only of reports shown in a meeting.

    Examples
    --------
    >>> offered("3_risk_review", ("xlsx", "pptx", "0_branch_brief:docx"))
    ('xlsx',)
    >>> offered("0_branch_brief", ("xlsx", "0_branch_brief:docx", "pptx"))
    ('xlsx', 'docx', 'pptx')
    """
    asked = (name.rpartition(":") for name in formats)
    own = dict.fromkeys(name for report, _, name in asked if report in ("", notebook))
    return tuple(name for name in own if name != "pptx" or notebook in SLIDED)


@dataclass(frozen=True)
class RunOptions:
    """What somebody wants reported, and how it is made; what is left empty means all, or what is usual.

    Parameters
    ----------
    as_of : date, optional
        By default the last complete month end of the bank's data.
    notebooks : tuple of str
        Names of report notebooks, or paths of ``.ipynb`` files.
    branches, products : tuple of str
        Codes. Without products, each branch gets those whose customer group lives there.
    langs : tuple of str
        ``zh``, ``en``.
    formats : tuple of str
        ``xlsx``, ``docx``, ``pdf``, ``pptx`` (of reports that have slides) beside the page, which is always made; with
        a report's name and a colon before it, of that report alone.
    workers : int
        Processes; 0 takes one per core, 1 runs in this process. With an executor: how many jobs it is given at a time.
    is_warm : bool
        Fork kernels from a process that has imported the library already, where that is to be had.
    seconds : float
        Most that one report may take.
    is_resumed : bool
        Make only what is missing, failed, or rests on something that changed.
    executor : callable, optional
        Makes a ``concurrent.futures`` executor to run the jobs in, instead of worker processes; it is called again
        when one breaks.

    Examples
    --------
    >>> RunOptions(branches=("0755",), formats=("pdf",)).asked["branches"]
    ['0755']
    """

    as_of: date | None = None
    notebooks: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    langs: tuple[str, ...] = ("zh",)
    formats: tuple[str, ...] = ()
    workers: int = 0
    is_warm: bool = True
    seconds: float = REPORT_SECONDS
    is_resumed: bool = False
    executor: Callable[[], Executor] | None = None

    @property
    def asked(self) -> dict[str, list[str]]:
        """What is to be reported whatever the date, for the manifest: the same words every month say the same."""
        names = ("notebooks", "branches", "products", "langs", "formats")
        return {name: list(getattr(self, name)) for name in names}


@dataclass(frozen=True)
class Job:
    """One report to make.

    Parameters
    ----------
    notebook : Path
        The notebook, absolute.
    home : Path
        The bank's home, absolute.
    as_of : str
        ISO date.
    branch, lang, product : str
        ``product`` is empty where the notebook designs nothing.
    branch_name : str
        What the branch is called.
    is_synthetic : bool
        Whether the bank is a made-up one, which every page must say.
    formats : tuple of str
        What is written beside the page: ``xlsx``, ``docx``, ``pdf``, ``pptx``.
    report_name, product_name : str
        What report and product are called in the job's language, where that is known.
    beside : tuple of pairs
        Name and title of the other reports that are made of the branch in the same run and language, of no product:
        those to which a page may lead.

    Examples
    --------
    >>> job = Job(Path("6_product_design.ipynb"), home=Path("b"), as_of="2026-06-30", branch="0755", product="stall")
    >>> job.folder.as_posix()
    'b/reports/2026-06-30/0755/6_product_design--stall/zh'
    """

    notebook: Path
    home: Path
    as_of: str
    branch: str
    lang: str = "zh"
    product: str = ""
    branch_name: str = ""
    is_synthetic: bool = False
    formats: tuple[str, ...] = ()
    report_name: str = ""
    product_name: str = ""
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def report(self) -> str:
        """The report's name: the notebook's, and the product's where it designs one."""
        return f"{self.notebook.stem}--{self.product}" if self.product else self.notebook.stem

    @property
    def report_title(self) -> str:
        """What a page calls the report."""
        return self.report_name or self.report

    @property
    def product_title(self) -> str:
        """What a page calls the product."""
        return self.product_name or self.product

    @property
    def folder(self) -> Path:
        """The folder that this job owns."""
        return Home(self.home).reports / self.as_of / self.branch / self.report / self.lang

    @property
    def page(self) -> Path:
        """The report itself."""
        return self.folder / f"{self.notebook.stem}.html"

    @property
    def papers(self) -> list[Path]:
        """The page and the formats beside it."""
        return [self.page, *(self.page.with_suffix(f".{name}") for name in self.formats)]

    @property
    def key(self) -> str:
        """What names the job within its as-of date."""
        return f"{self.branch}/{self.report}/{self.lang}"

    def parameters(self, out: Path) -> dict[str, str]:
        """Return the notebook's parameters, all text; `out` is the folder to write into."""
        given = {"home": str(self.home), "branch": self.branch, "as_of": self.as_of, "lang": self.lang, "out": str(out)}
        return {**given, "product": self.product} if self.product else given


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Parameters
    ----------
    job : Job
    error : str
        Why it failed; empty when it did not.
    kept : Path, optional
        The report's page, or the half-run notebook of a failed one.
    started, ended : str
        ISO moments, UTC.
    seconds : dict
        ``total`` and, where measured, ``kernel_start, imports, cells, export``.
    warnings : tuple of str
        What the notebook said on its error stream.
    attempts : int
        2 where a fault of the surroundings made it necessary to try again.
    files : dict
        Name -> SHA-256 of each file in the report's folder.
    """

    job: Job
    error: str = ""
    kept: Path | None = None
    started: str = ""
    ended: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    attempts: int = 1
    files: dict[str, str] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Whether the report was made."""
        return not self.error


@dataclass(frozen=True)
class Run:
    """What a run made.

    Parameters
    ----------
    folder : Path
        The folder of its date, with ``manifest.json`` and ``index.html``.
    outcomes : tuple of Outcome
        In the order of the plan.
    standing : tuple of Job
        Those that a resumed run found made already, of the same inputs, notebook, library and terms.
    run_id : str
    """

    folder: Path
    outcomes: tuple[Outcome, ...]
    standing: tuple[Job, ...] = ()
    run_id: str = ""

    @property
    def pages(self) -> list[Path]:
        """The reports that were made, after those that stood already."""
        return [job.page for job in self.standing] + [outcome.job.page for outcome in self.outcomes if outcome.is_ok]

    @property
    def failed(self) -> list[Outcome]:
        """The jobs that failed."""
        return [outcome for outcome in self.outcomes if not outcome.is_ok]


@dataclass(frozen=True)
class RunContext:
    """What a run gives each of its jobs; it travels to the worker with the job.

    Parameters
    ----------
    is_warm : bool
        Fork kernels from the run's zygote.
    seconds : float
        Most that a report may take.
    kept : Path, optional
        Folder of the run below which its results stay when a later run supersedes them.
    scratch : Path, optional
        Put the results there instead of publishing a report.
    private_folder : Path, optional
        The run's private folder, with the zygote that its kernels are forked from.
    bank_state : str
        What tells the state of the bank that the run holds (`state.HELD_STATE`); empty where it holds none.
    """

    is_warm: bool = False
    seconds: float = REPORT_SECONDS
    kept: Path | None = None
    scratch: Path | None = None
    private_folder: Path | None = None
    bank_state: str = ""

    def place(self, job: Job) -> Path:
        """Return the folder that a job's results go to."""
        return self.scratch / job.key if self.scratch else job.folder


class Deadline:
    """What is left of a report's time; asked before each cell.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.end = seconds, time.monotonic() + seconds

    def left(self, cell: object = None) -> float:
        """Return the seconds left, a moment at least: a client takes nothing for no limit."""
        return max(self.end - time.monotonic(), 0.1)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return time.monotonic() >= self.end


def now() -> str:
    """Return the moment, UTC, to the second, as an ISO text."""
    return datetime.now(UTC).isoformat(timespec="seconds")

"""A job is one notebook for one branch, product and language; an outcome is what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from microlib.homes import Home

#: what may name a folder
CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


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
        What is written beside the page: ``xlsx``, ``docx``, ``pdf``.
    report_name, product_name : str
        What report and product are called in the job's language, where that is known.

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

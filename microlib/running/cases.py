"""Teaching cases as pages: each notebook of `notebooks/cases` run with what it declares, on no run's index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from microlib.errors import BadConfig
from microlib.homes import Home
from microlib.running import notebooks, parameters
from microlib.running.execute import run_job
from microlib.running.jobs import Job, Outcome


@dataclass(frozen=True)
class CaseJob(Job):
    """One case in one language; it is given those parameters that its notebook declares."""

    @property
    def folder(self) -> Path:
        """``reports/cases/<case>/<language>`` of the home."""
        return Home(self.home).reports / "cases" / self.report / self.lang

    def parameters(self, out: Path) -> dict[str, str]:
        """Return home, language and `out`; branch and date where declared, at the notebook's own unless given."""
        declared = parameters.read_parameters(self.notebook)
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
            raise BadConfig(f"there is no case {name}", where=str(known), fix=parameters.choice(name, shelf))
    return [shelf[name] for name in dict.fromkeys(names)] if names else list(shelf.values())


def plan_cases(home: Path, *, names: Sequence[str] = (), langs: Sequence[str] = ("zh",),
               branch: str = "", formats: Sequence[str] = ()) -> list[CaseJob]:  # fmt: skip
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
        CaseJob(path, home=home.resolve(), as_of=_day(path), branch=branch, lang=lang, formats=tuple(formats))
        for path in list_cases(home, names)
        for lang in langs
    ]
    return [replace(job, branch_name=notebooks.title_of(job.notebook, job.lang), is_synthetic=True) for job in jobs]


def run_cases(jobs: Iterable[CaseJob]) -> list[Outcome]:
    """Run cases one after another and publish their folders; a failure is an outcome."""
    return [run_job(job) for job in jobs]


def _day(notebook: Path) -> str:
    return str(parameters.read_parameters(notebook).get("as_of", ""))

"""From a request to jobs: every name in it checked before the first kernel starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from microlib.errors import BadConfig
from microlib.running import inputs, notebooks, offers
from microlib.running.jobs import Home, Job, Outcome, Run

__all__ = ["Home", "Job", "Outcome", "Plan", "Request", "Run", "plan_reports"]


@dataclass(frozen=True)
class Request:
    """What somebody asks to be reported; what is left empty means all.

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
        ``xlsx``, ``docx``, ``pdf`` beside the page, which is always made.
    """

    as_of: date | None = None
    notebooks: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    langs: tuple[str, ...] = ("zh",)
    formats: tuple[str, ...] = ()

    @property
    def asked(self) -> dict[str, list[str]]:
        """What was asked for whatever the date, for the manifest: the same words every month say the same."""
        names = ("notebooks", "branches", "products", "langs", "formats")
        return {name: list(getattr(self, name)) for name in names}


@dataclass(frozen=True)
class Plan:
    """Jobs, what they will read, and what was asked for."""

    jobs: tuple[Job, ...]
    inputs: inputs.Inputs
    asked: dict[str, list[str]]


def plan_reports(home: Home, request: Request) -> Plan:
    """Turn a request into jobs: notebooks x branches x products x languages.

    Parameters
    ----------
    home : Home
    request : Request

    Returns
    -------
    Plan
        Jobs by branch, notebook, product and language.

    Raises
    ------
    BadConfig
        If a notebook or product is unknown, no product is made for any group of the branches, or a notebook's
        parameters are not those of a report.
    UnknownBranch, BadData
        If a branch is not the bank's, or the date lies before its data.
    """
    designing = {path: notebooks.is_designing(path) for path in notebooks.find_notebooks(home, request.notebooks)}
    found = inputs.read_inputs(home, as_of=request.as_of)
    branches = inputs.checked_branches(found, request.branches)
    offers.check_products(found, request.products)
    jobs, products = [], _products(found, request, branches) if any(designing.values()) else {}
    for branch in branches:
        wanted = [
            (path, product)
            for path, designs in designing.items()
            for product in (products[branch] if designs else [""])
        ]
        jobs += [
            _job(found, path, branch=branch, product=code, lang=lang) for path, code in wanted for lang in request.langs
        ]
    if not jobs:
        fix = "name one with --product, or another branch"
        raise BadConfig("no product is made for a group that lives there", where=", ".join(branches), fix=fix)
    checked = [replace(notebooks.check_job(job), formats=request.formats) for job in jobs]
    return Plan(tuple(_named(checked, found)), found, request.asked)


def _named(jobs: list[Job], found: inputs.Inputs) -> list[Job]:
    """Return jobs with what their pages call report and product."""
    reports = {pair: notebooks.name_of(*pair) for pair in {(job.notebook, job.lang) for job in jobs}}
    titles = offers.product_titles(found, {job.product for job in jobs if job.product})
    return [
        replace(
            job,
            report_name=reports[job.notebook, job.lang],
            product_name=getattr(titles.get(job.product), job.lang, job.product),
        )
        for job in jobs
    ]


def _products(found: inputs.Inputs, request: Request, branches: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    if request.products:
        return dict.fromkeys(branches, tuple(dict.fromkeys(request.products)))
    return offers.products_of(found, branches=branches)


def _job(found: inputs.Inputs, notebook: Path, *, branch: str, product: str, lang: str) -> Job:
    return Job(
        notebook,
        home=found.home.root.resolve(),
        as_of=found.as_of.isoformat(),
        branch=branch,
        lang=lang,
        product=product,
        branch_name=found.branches[branch],
        is_synthetic=found.is_synthetic,
    )

"""From what is asked to jobs: every name in it is checked against the bank and the terms before a kernel starts.

A plan is notebooks x branches x products x languages. Without named products a branch gets those that are made for a
customer group (客群) that lives there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from microlib.bank.branch import branch_names
from microlib.bank.store import Store, default_as_of, open_store, stamp
from microlib.bank.sums.books import live_loans, read_census
from microlib.contracts.checks import UNLOCKS, names_folder
from microlib.contracts.documents import Bilingual
from microlib.contracts.product import Product
from microlib.contracts.segment import read_segments
from microlib.design.terms import is_offered, list_products, products_at, read_policy, read_product
from microlib.errors import BadConfig, BadData, UnknownBranch, WorkbenchError
from microlib.home import Home
from microlib.identifiers import masked_text
from microlib.metrics.segments import census_start, resident_segments
from microlib.run.jobs import Job, RunOptions, offered
from microlib.run.notebooks import check_job, find_notebooks, is_designing, name_of

#: so many branches' customers are held in memory at a time
BRANCHES_AT_ONCE = 100


@dataclass(frozen=True)
class Inputs:
    """One bank at one date, as far as a run needs to know it before it starts.

    Parameters
    ----------
    home : Home
    as_of : date
    branches : dict
        Branch code to name, in the order of the codes.
    is_synthetic : bool
    files : list of dict
        ``name, sha256, table, as_of, rows_count, mapping, loaded_at`` of each file that is in force.
    missing : list of dict
        ``name, zh, unlocks_zh, unlocks_en`` of each table of which the bank holds no row.
    stamp : int
        The state of the bank they were read from (`store.stamp`).
    """

    home: Home
    as_of: date
    branches: dict[str, str]
    is_synthetic: bool
    files: list[dict[str, Any]]
    missing: list[dict[str, str]]
    stamp: int = 0


@dataclass(frozen=True)
class Plan:
    """Jobs, what they will read, and what was asked for.

    Parameters
    ----------
    jobs : tuple of Job
    inputs : Inputs
    options : RunOptions
    left_out : tuple of (branch, notebook)
        Reports that are made by product, of branches in which no product is made for a group that lives there.
    too_small : tuple of (branch, notebook)
        Reports that nobody named, of branches with fewer loans than policy asks for them (`too_small_for`).
    """

    jobs: tuple[Job, ...]
    inputs: Inputs
    options: RunOptions
    left_out: tuple[tuple[str, str], ...] = ()
    too_small: tuple[tuple[str, str], ...] = ()


def plan_reports(home: Home, options: RunOptions) -> Plan:
    """Turn what is asked into jobs: notebooks x branches x products x languages.

    Parameters
    ----------
    home : Home
    options : RunOptions

    Returns
    -------
    Plan
        Jobs by branch, notebook, product and language, and what is left out of them for want of a product or of loans.

    Raises
    ------
    BadConfig
        If a notebook or product is unknown, no product is made for any group of the branches and nothing else is asked
        for, or a notebook's parameters are not those of a report.
    UnknownBranch, BadData
        If a branch is not the bank's, or the date lies before its data.
    """
    designing = {path: is_designing(path) for path in find_notebooks(home, options.notebooks)}
    found = read_inputs(home, as_of=options.as_of)
    branches = checked_branches(found, options.branches)
    check_products(found, options.products)
    products = _products(found, options, branches) if any(designing.values()) else {}
    small = {} if options.notebooks else too_small_for(found, branches=branches)
    jobs = [
        _job(found, path, branch=branch, product=product, lang=lang)
        for branch in branches
        for path, designs in designing.items()
        if path.stem not in small.get(branch, ())
        for product in (products[branch] if designs else [""])
        for lang in options.langs
    ]
    if not jobs:
        fix = "name one with --product, or another branch"
        raise BadConfig("no product is made for a group that lives there", where=", ".join(branches), fix=fix)
    checked = [replace(check_job(job), formats=offered(job.notebook.stem, options.formats)) for job in jobs]
    bare = [branch for branch in branches if any(designing.values()) and not products[branch]]
    left_out = tuple(
        (branch, path.stem)
        for branch in bare
        for path, designs in designing.items()
        if designs and path.stem not in small.get(branch, ())
    )
    too_small = tuple((branch, path.stem) for branch in small for path in designing if path.stem in small[branch])
    return Plan(tuple(_named(checked, found)), found, options, left_out, too_small)


def too_small_for(found: Inputs, *, branches: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return, by branch, the reports that it does not get because it has fewer loans than they speak of.

    How many are few, and which reports, say ``decisions.full_reports_count`` and ``decisions.long_reports`` of policy.
    A branch without a loan is none of these: what it has, firms and their invoices, is read by them.
    """
    with open_store(found.home) as store:
        if not store.has("loans"):
            return {}
        loans = live_loans(store, as_of=found.as_of)
        counts = store.frame(loans.group_by("branch_id").agg(loans_count=loans.count()))
    decided = read_policy(found.home, as_of=found.as_of).decisions
    few = counts.loc[counts["loans_count"] < decided.full_reports_count, "branch_id"].astype("str")
    return {branch: decided.long_reports for branch in branches if branch in set(few)}


def _products(found: Inputs, options: RunOptions, branches: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    if options.products:
        return dict.fromkeys(branches, tuple(dict.fromkeys(options.products)))
    return products_of(found, branches=branches)


def _job(found: Inputs, notebook: Path, *, branch: str, product: str, lang: str) -> Job:
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


def _named(jobs: list[Job], found: Inputs) -> list[Job]:
    """Return jobs with what their pages call report and product, and the reports beside them."""
    reports = {pair: name_of(*pair) for pair in {(job.notebook, job.lang) for job in jobs}}
    titles = product_titles(found, {job.product for job in jobs if job.product})
    beside: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for job in jobs:
        if not job.product:
            told = (job.notebook.stem, reports[job.notebook, job.lang])
            beside.setdefault((job.branch, job.lang), []).append(told)
    return [
        replace(
            job,
            report_name=reports[job.notebook, job.lang],
            product_name=getattr(titles.get(job.product), job.lang, job.product),
            beside=tuple(each for each in beside.get((job.branch, job.lang), ()) if each[0] != job.notebook.stem),
        )
        for job in jobs
    ]


def read_inputs(home: Home, *, as_of: date | None = None) -> Inputs:
    """Read a bank's branches and files at `as_of`, by default the last complete month end of its data.

    Raises
    ------
    BadData
        If the bank is empty, `as_of` lies before its data, or a branch code could not name a folder.
    """
    before = stamp(home) if home.bank.is_file() else 0  # a state published while it is read is noticed by the run
    with open_store(home) as store:
        day = as_of or default_as_of(store)
        names = branch_names(store, as_of=day)
        named = {_checked_code(branch, home): name for branch, name in names.items()}
        missing = [_missing(store, name) for name in store.names if not store.has(name)]
        return Inputs(home, day, named, store.is_synthetic, _files(store), missing, before)


def standing_plan(plan: Plan) -> Plan:
    """Return a plan as of the bank's state that is held now: its own, unless another was published since it was made.

    Its jobs stay those that were asked for; a branch that is gone fails in its report.

    Raises
    ------
    BadData
        As `read_inputs`.
    """
    home, former = plan.inputs.home, plan.inputs
    if former.stamp in (0, stamp(home)):
        return plan
    found = read_inputs(home, as_of=former.as_of)
    jobs = [
        replace(job, branch_name=found.branches.get(job.branch, job.branch_name), is_synthetic=found.is_synthetic)
        for job in plan.jobs
    ]
    return replace(plan, jobs=tuple(jobs), inputs=found)


def checked_branches(found: Inputs, asked: Iterable[str]) -> tuple[str, ...]:
    """Return the branches asked for, each once, or all; one that the bank does not have is refused.

    Raises
    ------
    UnknownBranch
        With the branches there are.
    """
    for branch in asked:
        if branch not in found.branches:
            listed = ", ".join(list(found.branches)[:12])
            what = f"the bank has no branch {branch!r} at {found.as_of}"
            raise UnknownBranch(what, where=str(found.home.bank), fix=f"choose from {listed}; codes are text")
    return tuple(dict.fromkeys(asked)) or tuple(found.branches)


def _missing(store: Store, name: str) -> dict[str, str]:
    zh, en = UNLOCKS[name]
    return {"name": name, "zh": store.contract(name).zh, "unlocks_zh": zh, "unlocks_en": en}


def _files(store: Store) -> list[dict[str, Any]]:
    columns = ("name", "sha256", "table", "as_of", "rows_count", "mapping", "loaded_at")
    rows = store.rows(
        "SELECT name, sha256, table_name, CAST(as_of AS VARCHAR), rows_count, mapping, CAST(loaded_at AS VARCHAR)"
        " FROM files"
        " WHERE superseded_by IS NULL ORDER BY file_id, table_name"
    )
    return [dict(zip(columns, (masked_text(row[0]), *row[1:]), strict=True)) for row in rows]


def _checked_code(branch: str, home: Home) -> str:
    if names_folder(branch):
        return branch
    raise BadData(
        f"branch code {branch!r} cannot name a folder",
        where=str(home.bank),
        fix="use letters, digits, _ and - in branch_id (no reserved word such as bundles) and ingest its files again",
    )


def check_products(found: Inputs, products: Iterable[str]) -> None:
    """Refuse a product that the home has not written down.

    Raises
    ------
    BadConfig
        With the nearest name.
    """
    known = list_products(found.home)
    for product in products:
        if product not in known:
            raise BadConfig(
                f"there is no product {product}",
                where=str(found.home.config("products")),
                fix=f"choose from {', '.join(known)}",
            )


def products_of(found: Inputs, *, branches: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return, by branch, the codes of products whose customer group has a member there, and which it offers.

    Each product is read once; for one branch `terms.products_for` gives the same.
    """
    home, day = found.home, found.as_of
    written = [read_product(home, product=code, as_of=day) for code in products_at(home, as_of=day)]
    made = [product for product in written if product.status != "retired"]
    living = living_segments(home, branches=branches, as_of=day)
    return {branch: tuple(_offered(made, home, branch, codes)) for branch, codes in living.items()}


def product_titles(found: Inputs, products: Iterable[str]) -> dict[str, Bilingual]:
    """Return the titles of products by code; one that cannot be followed on that day has none.

    Returns
    -------
    dict
        Code -> what has ``zh`` and ``en``.
    """
    titles = {}
    for code in products:
        with suppress(WorkbenchError):
            titles[code] = read_product(found.home, product=code, as_of=found.as_of).title
    return titles


def living_segments(home: Home, *, branches: Sequence[str], as_of: date) -> dict[str, tuple[str, ...]]:
    """Return, by branch, the codes of customer groups with at least one member there, ascending.

    The bank is read once for many branches, its events summed by customer and month in the engine.

    Parameters
    ----------
    home : Home
    branches : sequence of str
    as_of : date
    """
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(branches), BRANCHES_AT_ONCE):
        found |= _living_in(home, branches[start : start + BRANCHES_AT_ONCE], as_of)
    return found


def _living_in(home: Home, branches: Sequence[str], as_of: date) -> dict[str, tuple[str, ...]]:
    census = read_census(home, branches=branches, since=census_start(as_of), as_of=as_of)
    rules = read_segments(home.config("segments"))
    return resident_segments(census, branches=branches, rules=rules, as_of=as_of)


def _offered(made: Iterable[Product], home: Home, branch: str, living: tuple[str, ...]) -> Iterator[str]:
    for product in made:
        if set(living) & set(product.segments) and is_offered(home, product=product.code, branch=branch):
            yield product.code

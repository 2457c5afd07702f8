"""The folder that a committee signs from: term sheet, changes, checklist and the evidence they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from microlib.design import sheets
from microlib.design.packs.approvals import approval_results
from microlib.design.packs.designs import Design
from microlib.design.toml_texts import toml_text
from microlib.errors import BadConfig
from microlib.files import file_hash, write_text

#: what goes beside the term sheet, and what goes below as evidence; nothing with a row per customer
PAGES = (
    "changes",
    "checklist",
    "signatures",
    "rules",
    "failure_modes",
    "protections",
    "cost_statement",
    "comparison",
    "selling_points",
)
EVIDENCE = (
    "waterfall",
    "not_served",
    "bound",
    "rates",
    "floors",
    "cost",
    "volume",
    "sources",
    "stop_rules",
    "dominated",
    "versions",
    "proposals",
    "replay",
    "overlap",
    "methods",
    "corridor",
    "rate_steps",
    "best_rates",
    "scenarios",
    "tornado",
    "breaking_points",
    "cap_frontier",
    "programme_rules",
    "programme_totals",
    "ways",
    "wish",
    "precision",
)
#: columns that may hold the number of a customer who heads a linked group
UNTOLD = {"scenarios": ["source_id"], "programme_rules": ["key"]}
DIGITS = 10


class Papers(NamedTuple):
    """What was written.

    Parameters
    ----------
    paths : list of Path
        The pages; the evidence lies below them.
    checklist : DataFrame
        Result of `checklists.approval_checklist`.
    results : dict
        All results of the design and of its approval.
    """

    paths: list[Path]
    checklist: pd.DataFrame
    results: dict[str, Any]


def design_folder(design: Design) -> Path:
    """Return the folder of a design: ``reports/<as-of>/<branch>/design_sheet--<product>`` of its home."""
    book = design.book
    return book.home.reports / book.as_of.isoformat() / book.branch_id / f"design_sheet--{design.product.code}"


def write_design(design: Design) -> Papers:
    """Write a design's folder; equal inputs give equal bytes.

    Parameters
    ----------
    design : Design
        Result of `designs.design_product`.

    Returns
    -------
    Papers
        ``term_sheet.toml``, then a CSV (UTF-8 with signature, as Excel wants it) per page: ``changes, checklist,
        signatures, rules, failure_modes, protections, cost_statement, comparison, selling_points``, and
        ``evidence.toml`` with the hashes of all files read and written. Below, ``results/`` holds the evidence.

    Raises
    ------
    BadConfig
        If the folder cannot be written to.
    """
    book, folder = design.book, design_folder(design)
    results = {**design.results, **approval_results(design)}
    marks = sheets.evidence_marks(book.home, product=design.product.code, branch=book.branch_id)
    peers = [path for path in [book.home.config("peers") / "peers.csv"] if path.is_file()]
    marks = {**marks, "files": {**marks["files"], **{f"peers/{path.name}": file_hash(path) for path in peers}}}
    run = {"branch": book.branch_id, "as_of": book.as_of, "is_synthetic": book.is_synthetic, **marks}
    sheet = sheets.write_term_sheet(folder, product=design.product, results=results, evidence=run)
    pages = _write_frames(folder, results, names=PAGES)
    below = _write_frames(folder / "results", results, names=EVIDENCE)
    written = {path.relative_to(folder).as_posix(): file_hash(path) for path in (sheet, *pages, *below)}
    evidence = folder / "evidence.toml"
    write_text(evidence, toml_text({**run, "written": written}))
    return Papers([sheet, *pages, evidence], results["checklist"], results)


def open_items(checklist: pd.DataFrame) -> pd.DataFrame:
    """Return the items of a checklist that block: not answered by yes, and the pilot waits for them."""
    return checklist[checklist["blocks"]].reset_index(drop=True)


def _write_frames(folder: Path, results: Mapping[str, Any], *, names: tuple[str, ...]) -> list[Path]:
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            if isinstance(results.get(name), pd.DataFrame):
                path = folder / f"{name}.csv"
                told = results[name].drop(columns=UNTOLD.get(name, []))
                told.to_csv(path, index=False, encoding="utf-8-sig", float_format=f"%.{DIGITS}g")
                paths.append(path)
    except OSError as error:
        what = f"the design cannot be written: {error.strerror}"
        raise BadConfig(what, where=str(folder), fix="free space there, or choose another home") from None
    return paths

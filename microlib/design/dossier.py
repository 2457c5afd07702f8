"""The folder that a committee signs from: term sheet, changes, checklist and the evidence they rest on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from microlib.design import sheets
from microlib.design.approval import Approval
from microlib.design.product_design import ProductDesign
from microlib.design.toml_texts import toml_text
from microlib.errors import BadConfig

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
    approval : Approval
        The design as the committee sees it.
    """

    paths: list[Path]
    approval: Approval


def design_folder(design: ProductDesign) -> Path:
    """Return the folder of a design: ``reports/<as-of>/<branch>/design_sheet--<product>`` of its home."""
    branch = design.branch
    return branch.home.reports / branch.as_of.isoformat() / branch.branch_id / f"design_sheet--{design.product.code}"


def write_design(design: ProductDesign) -> Papers:
    """Write a design's folder; equal inputs give equal bytes.

    Everything is computed before anything is written.

    Parameters
    ----------
    design : ProductDesign
        Result of `product_design.design_product`.

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
    branch, folder, approval = design.branch, design_folder(design), Approval(design)
    held = {name: part for part in (design, approval) for name in part.result_names()}
    results = {name: held[name].part(name) for name in dict.fromkeys([*PAGES, *EVIDENCE, *sheets.EXPECTED])}
    marks = sheets.evidence_marks(branch.home, product=design.product.code, branch=branch.branch_id)
    peers = [path for path in [branch.home.config("peers") / "peers.csv"] if path.is_file()]
    marks = {**marks, "files": {**marks["files"], **{f"peers/{path.name}": _hash(path) for path in peers}}}
    run = {"branch": branch.branch_id, "as_of": branch.as_of, "is_synthetic": branch.is_synthetic, **marks}
    sheet = sheets.write_term_sheet(folder, product=design.product, results=results, evidence=run)
    pages = _write_frames(folder, results, names=PAGES)
    below = _write_frames(folder / "results", results, names=EVIDENCE)
    written = {path.relative_to(folder).as_posix(): _hash(path) for path in (sheet, *pages, *below)}
    evidence = folder / "evidence.toml"
    evidence.write_text(toml_text({**run, "written": written}), encoding="utf-8")
    return Papers([sheet, *pages, evidence], approval)


def open_items(checklist: pd.DataFrame) -> pd.DataFrame:
    """Return the items of a checklist that block: not answered by yes, and the pilot waits for them."""
    return checklist[checklist["blocks"]].reset_index(drop=True)


def _write_frames(folder: Path, results: Mapping[str, object], *, names: tuple[str, ...]) -> list[Path]:
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            if isinstance(frame := results[name], pd.DataFrame):
                path = folder / f"{name}.csv"
                told = frame.drop(columns=UNTOLD.get(name, []))
                told.to_csv(path, index=False, encoding="utf-8-sig", float_format=f"%.{DIGITS}g")
                paths.append(path)
    except OSError as error:
        what = f"the design cannot be written: {error.strerror}"
        raise BadConfig(what, where=str(folder), fix="free space there, or choose another home") from None
    return paths


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""The one-page term sheet: terms, who is served and who is not, limits, price, cost, volume, stop rules, evidence.

The folder that a committee signs from: term sheet, changes, checklist and the evidence they rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from microlib.contracts.product import Product
from microlib.design.approval import Approval
from microlib.design.limits import binding_counts, limit_quantiles
from microlib.design.product_design import ProductDesign
from microlib.design.terms import Place, home_at, records, toml_text
from microlib.errors import BadConfig
from microlib.files import file_hash, write_text
from microlib.home import VERSION

NAME = "term_sheet.toml"
#: results that a complete sheet rests on; one that was not computed is named in the sheet
EXPECTED = ("waterfall", "screened", "not_served", "limits", "floors", "cost", "volume", "sources", "stop_rules")
COLUMNS = ["section", "item", "case", "value", "unit", "code"]


def sheet_frame(product: Product, *, results: Mapping[str, Any]) -> pd.DataFrame:
    """Put a product's terms and what they imply on one page, as codes and numbers.

    Answers "should this pilot be approved?" in one table that the report words in either language.

    Parameters
    ----------
    product : Product
        The terms.
    results : mapping
        Frames by name: ``waterfall`` (`access_waterfall`), ``screened`` (`screen_applicants`), ``not_served``
        (`not_served_list`), ``limits`` (`size_limits`), ``floors`` (`price_floors`), ``cost`` (`product_cost`),
        ``volume`` (`expected_volume`), ``sources`` (`worst_sources`), ``stop_rules`` (`evaluate_stop_rules`).
        Anything that is not a frame counts as not computed. Not modified.

    Returns
    -------
    DataFrame
        ``section`` (terms, served, limits, bound_by, price, cost, volume, sources, not_served, stop_rules, open),
        ``item`` and ``case`` (codes), ``value`` (number, missing where the row is a code), ``unit`` (yuan, fraction,
        months, count, points), ``code`` (text, empty where the row is a number)
    """
    frames = {name: frame for name, frame in results.items() if isinstance(frame, pd.DataFrame)}
    rows = _term_rows(product)
    makers = {
        "screened": _served_rows,
        "limits": _limit_rows,
        "floors": _price_rows,
        "cost": _cost_rows,
        "volume": _volume_rows,
        "sources": _source_rows,
        "not_served": _not_served_rows,
        "stop_rules": _stop_rows,
    }
    for name, maker in makers.items():
        rows += maker(frames[name]) if name in frames else []
    rows += [("open", "not_computed", name, None, "", name) for name in EXPECTED if name not in frames]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": "float64", "code": "str"})


def write_term_sheet(
    out: str | Path, *, product: Product, results: Mapping[str, Any], evidence: Mapping[str, Any]
) -> Path | None:
    """Write ``term_sheet.toml``: the terms in full, what they imply, and the run it rests on.

    Parameters
    ----------
    out : path
        Folder of the report; empty writes nothing.
    product, results
        As `sheet_frame`.
    evidence : mapping
        ``branch``, ``as_of``, ``is_synthetic`` and the like; see `evidence_marks` for the file hashes.

    Returns
    -------
    Path or None
        The file, or None when nothing is written. Equal inputs give equal bytes.

    Raises
    ------
    BadConfig
        If the folder cannot be written to; no half-written file is left.
    """
    if not str(out):
        return None
    frame = sheet_frame(product, results=results)
    sections = {name: records(rows.drop(columns="section")) for name, rows in frame.groupby("section", sort=False)}
    document = {
        "evidence": dict(evidence),
        "product": product.model_dump(exclude_none=True),
        "sheet": {name: [_named(row) for row in rows] for name, rows in sections.items()},
    }
    folder = Path(out)
    try:
        return write_text(folder / NAME, toml_text(document))
    except OSError as error:
        what = f"{NAME} cannot be written: {error.strerror}"
        raise BadConfig(what, where=str(folder), fix="free space there, or choose another folder") from None


def write_own_sheet(design: ProductDesign, *, out: str | Path) -> Path | None:
    """Write ``term_sheet.toml`` of a design: `write_term_sheet` with the design's own terms, results and evidence."""
    branch, product = design.branch, design.product
    run = {"branch": branch.branch_id, "as_of": branch.as_of.isoformat(), "is_synthetic": branch.is_synthetic}
    marks = evidence_marks(branch.home, product=product.code, branch=branch.branch_id)
    results = {name: design.part(name) for name in EXPECTED}
    return write_term_sheet(out, product=product, results=results, evidence={**run, **marks})


def evidence_marks(home: Place, *, product: str, branch: str = "") -> dict[str, str]:
    """Return what a sheet rests on: library version, and SHA-256 of the product, policy and branch files read."""
    folder = home_at(home)
    files = [folder.config("products") / f"{product}.toml", *folder.config("policies").glob("[!_]*.toml")]
    own = f"{branch}.toml"
    files += [folder.config("branches") / own] if branch and folder.config("branches").has(own) else []
    hashes = {f"{path.parent.name}/{path.name}": file_hash(path) for path in files}
    return {"library_version": VERSION, "files": hashes}


def _named(row: dict) -> dict:
    """Give a value the key that says its unit, so that money is written to the fen."""
    unit = row.pop("unit", "")
    value = row.pop("value", None)
    kept = {key: text for key, text in row.items() if text != ""}
    return (
        kept
        if value is None
        else {**kept, f"value_{unit}".rstrip("_"): int(value) if unit in ("count", "points") else value}
    )


def _term_rows(product: Product) -> list[tuple]:
    rule = product.limit
    numbers = [
        ("yearly_rate", float(product.yearly_rate), "fraction"),
        ("min_term", product.min_term_months, "months"),
        ("max_term", product.max_term_months, "months"),
        ("floor", rule.floor_yuan, "yuan"),
        ("cap", rule.cap_yuan, "yuan"),
        ("pilot", product.volumes.pilot_yuan, "yuan"),
        ("pilot_customers", product.volumes.pilot_customers_count, "count"),
    ]
    codes = [
        ("status", product.status),
        ("need_method", product.size.method),
        ("repayment", product.repayment.method),
        ("secured", product.secured),
        ("collateral", rule.collateral),
        ("source", rule.source),
    ]
    rows = [("terms", item, "", value, unit, "") for item, value, unit in numbers]
    return rows + [("terms", item, "", None, "", code) for item, code in codes]


def _served_rows(screened: pd.DataFrame) -> list[tuple]:
    counts = screened["outcome"].value_counts()
    rows = [("served", "members", "", len(screened), "count", "")]
    outcomes = ("eligible", "to_be_verified", "not_served")
    return rows + [("served", name, "", int(counts.get(name, 0)), "count", "") for name in outcomes]


def _limit_rows(found: pd.DataFrame) -> list[tuple]:
    summary = limit_quantiles(found).iloc[0]
    units = {"sized_count": "count"}
    rows = [("limits", item, "", value, units.get(item, "yuan"), "") for item, value in summary.items()]
    reasons = found["reason"].value_counts()
    rows += [("limits", name, "", int(reasons.get(name, 0)), "count", "") for name in ("below_floor", "to_be_verified")]
    counts = binding_counts(found)
    return rows + [
        ("bound_by", row.bound_by, row.reason, row.customers_count, "count", "") for row in counts.itertuples()
    ]


def _price_rows(floors: pd.DataFrame) -> list[tuple]:
    items = {
        "floor_taxed_rate": "fraction",
        "floor_points": "points",
        "margin_rate": "fraction",
        "raroc_rate": "fraction",
    }
    return [
        ("price", item, f"{row['pd_case']} {row['amount_yuan']:.0f}", row[item], unit, "")
        for _, row in floors.iterrows()
        for item, unit in items.items()
    ]


def _cost_rows(cost: pd.DataFrame) -> list[tuple]:
    items = {"apr_rate": "fraction", "eir_rate": "fraction", "fees_yuan": "yuan", "total_cost_yuan": "yuan"}
    return [
        ("cost", item, row["scope"], row[item], unit, "") for _, row in cost.iterrows() for item, unit in items.items()
    ]


def _volume_rows(volume: pd.DataFrame) -> list[tuple]:
    items = {"customers_count": "count", "volume_yuan": "yuan", "loss_yuan": "yuan", "loss_share": "fraction"}
    return [
        ("volume", item, row["case"], row[item], unit, row["bound_by"] if item == "volume_yuan" else "")
        for _, row in volume.iterrows()
        for item, unit in items.items()
    ]


def _source_rows(sources: pd.DataFrame) -> list[tuple]:
    items = {"limit_yuan": "yuan", "limit_share": "fraction", "loss_high_yuan": "yuan"}
    return [
        ("sources", item, "worst", row[item], unit, row["source_id"])
        for _, row in sources.head(1).iterrows()
        for item, unit in items.items()
    ]


def _not_served_rows(listed: pd.DataFrame) -> list[tuple]:
    return [
        ("not_served", row.exclusion, "", None if pd.isna(row.customers_count) else row.customers_count, "count", "")
        for row in listed.itertuples()
    ]


def _stop_rows(rules: pd.DataFrame) -> list[tuple]:
    return [("stop_rules", row.rule, row.state, row.value, "", row.action) for row in rules.itertuples()]


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
    results = {name: held[name].part(name) for name in dict.fromkeys([*PAGES, *EVIDENCE, *EXPECTED])}
    marks = evidence_marks(branch.home, product=design.product.code, branch=branch.branch_id)
    peers = [known / "peers.csv"] if (known := branch.home.config("peers")).has("peers.csv") else []
    marks = {**marks, "files": {**marks["files"], **{f"peers/{path.name}": file_hash(path) for path in peers}}}
    run = {"branch": branch.branch_id, "as_of": branch.as_of, "is_synthetic": branch.is_synthetic, **marks}
    sheet = write_term_sheet(folder, product=design.product, results=results, evidence=run)
    pages = _write_frames(folder, results, names=PAGES)
    below = _write_frames(folder / "results", results, names=EVIDENCE)
    written = {path.relative_to(folder).as_posix(): file_hash(path) for path in (sheet, *pages, *below)}
    evidence = folder / "evidence.toml"
    write_text(evidence, toml_text({**run, "written": written}))
    return Papers([sheet, *pages, evidence], approval)


def open_items(checklist: pd.DataFrame) -> pd.DataFrame:
    """Return the items of a checklist that block, or may: not answered by yes, and the pilot waits for them."""
    return checklist[checklist["blocks"].astype("boolean").fillna(True)].reset_index(drop=True)


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

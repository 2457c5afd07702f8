"""A report ready for any format: its title, whose it is, its blocks, and the result tables that it showed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from nbformat import NotebookNode

from microlib.running import exports, pages
from microlib.running.exporting.blocks import Block, inert, read_blocks
from microlib.running.jobs import Job

__all__ = ["Document", "inert", "read_document", "read_leaflet", "read_listing", "read_result"]


@dataclass(frozen=True)
class Document:
    """One report in one language.

    Parameters
    ----------
    title, lang, as_of : str
    strip : tuple of str
        Branch, product, date and report: what stands above every page.
    banner : str
        That the data are made up; empty for a real bank.
    footer : str
    words : mapping
        The words around reports in the report's language.
    blocks : tuple of Block
    results : Path
        The folder of result tables.
    """

    title: str
    lang: str
    as_of: str
    strip: tuple[str, ...]
    banner: str
    footer: str
    words: dict[str, str] = field(repr=False)
    blocks: tuple[Block, ...] = field(repr=False)
    results: Path = field(repr=False)

    @property
    def text(self) -> str:
        """All that the report says in words, a line a block or a row."""
        lines = [self.title, *self.strip, self.banner, self.footer]
        for block in self.blocks:
            lines += [block.text, *("  ".join(row) for row in block.rows)]
        return "\n".join(lines)


def read_document(notebook: NotebookNode, *, job: Job, results: Path) -> Document:
    """Read an executed notebook and its results into a document.

    Parameters
    ----------
    notebook : NotebookNode
        Executed.
    job : Job
        Says language, branch, date and whether the bank is made up.
    results : Path
        The folder that the notebook wrote its result tables to.
    """
    title, body, _ = exports.report_body(notebook, job=job)
    words = {key: entry[job.lang] for key, entry in pages.frame_words().items()}
    named = f"{job.branch_name} {job.branch}".strip()
    product = f"{words['product']} {job.product_title}" if job.product else ""
    told = (named, product, f"{words['as_of']} {job.as_of}", job.report_title)
    return Document(
        title=inert(title),
        lang=job.lang,
        as_of=job.as_of,
        strip=tuple(inert(part) for part in told if part),
        banner=words["synthetic"] if job.is_synthetic else "",
        footer=words["footer"],
        words=words,
        blocks=tuple(read_blocks(body)),
        results=results,
    )


def read_leaflet(notebook: NotebookNode, *, job: Job, title: str) -> Document:
    """Read a sheet that leaves the bank into a document: of the branch only its name stands on it."""
    _, body, _ = exports.report_body(notebook, job=job)
    words = {key: entry[job.lang] for key, entry in pages.frame_words().items()}
    return Document(
        title=inert(title),
        lang=job.lang,
        as_of=job.as_of,
        strip=(inert(job.branch_name or job.branch), job.as_of),
        banner=words["synthetic"] if job.is_synthetic else "",
        footer=words["leaflet_footer"],
        words=words,
        blocks=tuple(read_blocks(body)),
        results=Path(),
    )


def read_listing(results: Path) -> dict[str, Any]:
    """Return what the report noted of the tables it showed; nothing where it noted nothing."""
    path = results / "shown.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {"names": {}, "shown": []}


def read_result(results: Path, name: str) -> pd.DataFrame:
    """Return one result table as it was recorded."""
    return pd.read_parquet(results / f"{name}.parquet")

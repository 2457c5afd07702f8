"""An executed notebook as one page: code hidden, one language, nothing fetched from anywhere."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from markupsafe import Markup
from nbformat import NotebookNode

from microlib.reporting.catalogues import LANGS
from microlib.running import markups, pages
from microlib.running.jobs import Job

HIDDEN_TAGS = frozenset({"parameters", "injected-parameters", "hidden"})


class Heading(NamedTuple):
    """A line of the table of contents."""

    level: int
    anchor: str
    text: str


def report_page(notebook: NotebookNode, *, job: Job) -> str:
    """Return the notebook as a self-contained HTML page in the job's language.

    Parameters
    ----------
    notebook : NotebookNode
        Executed; cells tagged with the other language only are left out.
    job : Job
        Says language, branch, date and whether the bank is made up.

    Returns
    -------
    str
        HTML with its own style sheet, its pictures and the Chinese glyphs it uses inside.
    """
    title, body, listed = report_body(notebook, job=job)
    words = {key: entry[job.lang] for key, entry in pages.frame_words().items()}
    contents = [heading for heading in listed if heading.level == 2]
    return pages.rendered("report.html.j2", job=job, title=title, contents=contents, words=words, body=Markup(body))


def leaflet_page(notebook: NotebookNode, *, job: Job, title: str) -> str:
    """Return a sheet that leaves the bank as a page: the branch's name and the date, no code, no source, no file."""
    _, body, _ = report_body(notebook, job=job)
    words = {key: entry[job.lang] for key, entry in pages.frame_words().items()}
    return pages.rendered("leaflet.html.j2", job=job, title=title, words=words, body=Markup(body))


def report_body(notebook: NotebookNode, *, job: Job) -> tuple[str, str, list[Heading]]:
    """Return what every format of the report is made of: its title, the safe HTML below it, and its headings."""
    parts = [part for cell in notebook.cells if _is_shown(cell, job.lang) for part in cell_parts(cell)]
    body, headings = markups.numbered_headings(markups.bound_units("\n".join(parts)))
    title, rest = _title_and_rest(body, default=job.report_title)
    return title, rest, [Heading(*heading) for heading in headings]


def _title_and_rest(body: str, *, default: str) -> tuple[str, str]:
    """Take the first heading of level 1 out of the page: it stands above the table of contents."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>\s*", body, re.DOTALL)
    if found is None:
        return default, body
    return markups.plain_text(found[1]), body[: found.start()] + body[found.end() :]


def cell_parts(cell: NotebookNode) -> list[str]:
    """Return what a cell shows, as safe HTML: prose for prose, outputs (never source) for code."""
    if cell.cell_type == "markdown":
        return [f'<section class="prose">{markups.html_of_markdown(cell.source)}</section>']
    if cell.cell_type != "code":
        return []
    shown = [_output(output) for output in cell.outputs]
    return [f'<div class="output">{part}</div>' for part in shown if part]


def _is_shown(cell: NotebookNode, lang: str) -> bool:
    tags = set(cell.metadata.get("tags", []))
    spoken = tags & set(LANGS)
    return not tags & HIDDEN_TAGS and (not spoken or lang in spoken)


def _output(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return _preformatted(output.text) if output.name == "stdout" else ""
    if output.output_type == "error":
        return _preformatted(f"{output.ename}: {output.evalue}")
    return _data(output.data)


def _data(data: dict[str, str]) -> str:
    alt = html.escape(_joined(data.get("text/plain", "")))
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            source = f'<img alt="{alt}" src="data:{kind};base64,{_joined(data[kind]).strip()}">'
            return f"<figure>{markups.safe_html(source)}</figure>"
    if "text/html" in data:
        return markups.safe_html(_joined(data["text/html"]))
    if "text/markdown" in data:
        return markups.html_of_markdown(_joined(data["text/markdown"]))
    return _preformatted(_joined(data.get("text/plain", "")))


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _preformatted(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>" if text.strip() else ""

"""What a report shows as blocks and sheets: the one record from which HTML, Word, Excel, PDF and slides are written."""

from __future__ import annotations

import base64
import importlib
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from nbformat import NotebookNode, v4

from microlib.report.leaflets import HEAD_OFFICE_FOLDER, LEAFLET_FOLDER, PARTS
from microlib.report.toolkit import Spread, Typed, header, spread, typed
from microlib.report.words import Words
from microlib.run.export.html import frame_words, leaflet_page, report_body, report_page
from microlib.run.jobs import Job

TEXTS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "div", "section", "blockquote", "summary"})
LISTS = frozenset({"ul", "ol"})
MARKS = {"strong": "strong", "b": "strong", "th": "strong", "em": "soft", "i": "soft", "code": "code"}
#: that every file in an Office file bears
MOMENT = (1980, 1, 1, 0, 0, 0)
#: class of the page -> style of a block
STYLES = ("note", "more", "missing", "warning", "do", "stop", "wait", "say", "appendix")


@dataclass(frozen=True)
class Run:
    """A piece of text in one look: ``plain``, ``strong``, ``soft`` or ``code``."""

    text: str
    look: str = "plain"


@dataclass(frozen=True)
class Block:
    """One thing that the report shows.

    Parameters
    ----------
    kind : str
        ``heading``, ``paragraph``, ``item``, ``table``, ``facts``, ``figure``.
    runs : tuple of Run
        Its text; a table's caption, a figure's words.
    level : int
        Of a heading, or of an item within lists.
    style : str
        What the page calls it: note, missing, warning, do, stop, wait, quote; ``appendix`` is the heading that begins
        it; empty for plain text.
    rows : tuple of tuple of str
        A table's cells, its head first; a pair of name and text each in ``facts``.
    right : tuple of bool
        Which columns hold numbers.
    png : bytes
        A figure.
    """

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 0
    style: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    right: tuple[bool, ...] = ()
    png: bytes = b""

    @property
    def text(self) -> str:
        """Its text without looks."""
        return "".join(run.text for run in self.runs)


def read_blocks(page: str) -> list[Block]:
    """Read the blocks of a report's body.

    Parameters
    ----------
    page : str
        Safe HTML, as ``html.report_body`` returns it.

    Examples
    --------
    >>> [(block.kind, block.text) for block in read_blocks("<h2>How <b>many</b>?</h2><ul><li>two</li></ul>")]
    [('heading', 'How many?'), ('item', '• two')]
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    reader.flush()
    return reader.blocks


def inert(text: str) -> str:
    r"""Return text that any document can hold: no control signs, no half characters.

    Examples
    --------
    >>> inert("a\x00b\ud800\n")
    'a b '
    """
    return "".join(_kept(sign) for sign in text)


def packed_file(parts: Mapping[str, bytes]) -> bytes:
    """Return the parts of an Office file as one file, bearing no moment of its making."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return buffer.getvalue()


def _kept(sign: str) -> str:
    if ord(sign) & 0xFFFE == 0xFFFE or unicodedata.category(sign) == "Cs":
        return ""
    return " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign


class _Reader(HTMLParser):
    """Walk the page and collect a block at a time."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.open: list[tuple[str, str]] = []
        self.lists: list[int] = []
        self.table: _Table | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._picture(given)
        elif tag == "br":
            self.handle_data(" ")
        else:
            self._enter(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self.table is not None:
            self.blocks.append(self.table.block())
            self.table = None
        elif self.table is None and (tag in TEXTS or tag == "pre"):
            self.flush()
        if tag in LISTS and self.lists:
            self.lists.pop()
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self.open]
        if "pre" in tags and "\n" in data:
            first, _, rest = data.partition("\n")
            self.handle_data(first)
            self.flush()
            self.handle_data(rest)
            return
        look = next((MARKS[tag] for tag in reversed(tags) if tag in MARKS), "plain")
        text = inert(data if "pre" in tags else " ".join([data]).replace("\n", " "))
        if self.table is not None:
            self.table.say(text, tags)
        elif text.strip() or self.runs:
            self.runs.append(Run(text, look))

    def flush(self) -> None:
        """End the text that was being read."""
        runs, self.runs = _trimmed(self.runs), []
        if not runs:
            return
        tags, style = [tag for tag, _ in self.open], self._style()
        heading = next((tag for tag in reversed(tags) if tag[0] == "h" and tag[1:].isdigit()), "")
        if heading:
            self.blocks.append(Block("heading", runs, level=int(heading[1]), style=style))
        elif "li" in tags and self.lists:
            self.blocks.append(Block("item", (Run(self._bullet()), *runs), level=len(self.lists)))
        else:
            self.blocks.append(Block("paragraph", runs, style=style or ("quote" if "blockquote" in tags else "")))

    def _enter(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table":
            self.flush()
            self.table = _Table(is_facts="wb-facts" in given.get("class", ""))
        elif self.table is not None:
            self.table.enter(tag, given)
        elif tag in TEXTS or tag in LISTS or tag == "pre":
            self.flush()
        if tag in LISTS:
            self.lists.append(0 if tag == "ol" else -1)
        self.open.append((tag, given.get("class", "")))

    def _style(self) -> str:
        said = [name.removeprefix("wb-") for _, names in self.open for name in names.split()]
        return next((name for name in reversed(said) if name in STYLES), "")

    def _bullet(self) -> str:
        if self.lists[-1] < 0:
            return "• "
        self.lists[-1] += 1
        return f"{self.lists[-1]}. "

    def _picture(self, given: dict[str, str]) -> None:
        self.flush()
        data = given.get("src", "").partition("base64,")[2]
        lines = inert(given.get("alt", ""))
        self.blocks.append(Block("figure", (Run(lines),), png=base64.b64decode(data)))


class _Table:
    """A table being read."""

    def __init__(self, *, is_facts: bool) -> None:
        self.is_facts = is_facts
        self.caption: list[str] = []
        self.rows: list[list[str]] = []
        self.right: list[bool] = []

    def enter(self, tag: str, given: dict[str, str]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            if len(self.rows) == 1:
                self.right.append("right" in given.get("style", ""))

    def say(self, text: str, tags: list[str]) -> None:
        if "caption" in tags:
            self.caption.append(text)
        elif self.rows and self.rows[-1] and ("td" in tags or "th" in tags):
            self.rows[-1][-1] += text

    def block(self) -> Block:
        width = max((len(row) for row in self.rows), default=0)
        rows = tuple((*(" ".join(cell.split()) for cell in row), *[""] * (width - len(row))) for row in self.rows)
        kind = "facts" if self.is_facts else "table"
        right = (*self.right, *[False] * (width - len(self.right)))
        return Block(kind, (Run("".join(self.caption).strip()),), rows=rows, right=right)


def _trimmed(runs: list[Run]) -> tuple[Run, ...]:
    """Return runs without blanks at either end."""
    kept = [run for run in runs if run.text]
    while kept and not kept[0].text.strip():
        kept = kept[1:]
    while kept and not kept[-1].text.strip():
        kept = kept[:-1]
    if kept:
        kept[0] = Run(kept[0].text.lstrip(), kept[0].look)
        kept[-1] = Run(kept[-1].text.rstrip(), kept[-1].look)
    return tuple(kept)


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
    report : str
        Name of the report's notebook; empty for a sheet that leaves the bank.
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
    report: str = ""

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
    title, body, _ = report_body(notebook, job=job)
    words = {key: entry[job.lang] for key, entry in frame_words().items()}
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
        report=job.notebook.stem,
    )


def read_leaflet(notebook: NotebookNode, *, job: Job, title: str) -> Document:
    """Read a sheet that leaves the bank into a document: of the branch only its name stands on it."""
    _, body, _ = report_body(notebook, job=job)
    words = {key: entry[job.lang] for key, entry in frame_words().items()}
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


#: signs that a sheet's name may not hold, and how long it may be
FORBIDDEN, LONGEST = re.compile(r"[\[\]:*?/\\']"), 31
NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?")


@dataclass(frozen=True)
class Chart:
    """A native chart of a leaf's own cells.

    Parameters
    ----------
    draw : str
        The function that draws the figure on the page.
    title : str
    label : int
        Place of the column that names the points.
    values : tuple of int
        Places of the columns drawn.
    """

    draw: str
    title: str
    label: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class WorkbookSheet:
    """One sheet: its name, the caption above its table, the table, and its charts."""

    sheet: str
    caption: str
    table: Spread
    charts: tuple[Chart, ...] = ()


def workbook_sheets(document: Document) -> list[WorkbookSheet]:
    """Return a leaf for each recorded table that was shown or drawn, and for each table the page alone holds.

    A table shown twice has one leaf; the figures drawn of it stand on it.
    """
    listing = read_listing(document.results)
    found: dict[str, dict[str, Any]] = {}
    for entry in listing["shown"]:
        if entry["kind"] == "table" or entry["table"] not in found:
            found[entry.get("table", entry["name"])] = {"columns": None, **entry}
    drawn = [entry for entry in listing["shown"] if entry["kind"] == "chart"]
    words = Words(document.lang, names=listing["names"], own=listing.get("words", {}))
    parts = [_recorded(document, words.of(name), entry, drawn) for name, entry in found.items()]
    captions = {caption for caption, _, _ in parts}
    parts += [
        (block.text, _told(block), ())
        for block in document.blocks
        if block.kind == "table" and block.text not in captions
    ]
    return [
        WorkbookSheet(_sheet(number, caption), caption, *rest) for number, (caption, *rest) in enumerate(parts, start=1)
    ]


def _recorded(document: Document, words: Words, entry: dict[str, Any], drawn: list[dict[str, Any]]) -> tuple:
    """Return caption, typed table and charts of one recorded table."""
    frame = read_result(document.results, words.table)
    kept = frame[entry["columns"]] if entry["columns"] else frame
    table = spread(kept, words)
    charts = [_chart(each, table, words) for each in drawn if each["table"] == words.table]
    return words.entry("captions", entry["name"]), table, tuple(chart for chart in charts if chart)


def _chart(entry: dict[str, Any], table: Spread, words: Words) -> Chart | None:
    """Return the native chart of what was drawn; None where its columns are not on the leaf, or another way is none."""
    options = entry["options"]
    label, values = options.get("label", options.get("age")), options.get("values")
    heads = dict(zip(table.head, range(len(table.head)), strict=True))
    if not isinstance(label, str) or not values:
        return None
    places = [heads.get(header(name, words)) for name in (label, *values)]
    if None in places:
        return None
    return Chart(entry["draw"], words.entry("captions", entry["name"]), places[0], tuple(places[1:]))


def _told(block: Block) -> Spread:
    """Return a table that only the page holds: a cell that is a number and nothing else becomes one."""
    head, *rows = block.rows or ((),)
    return Spread(list(head), [[_cell(text) for text in row] for row in rows])


def _cell(text: str) -> Typed:
    is_number = NUMBER.fullmatch(text) is not None
    return typed(float(text.replace(",", "")), text) if is_number else Typed(text)


def _sheet(number: int, caption: str) -> str:
    """Return a sheet's name: its number, and as much of the caption as may stand there.

    Examples
    --------
    >>> _sheet(3, "本行[全部]/客群")
    '3 本行 全部 客群'
    """
    plain = " ".join(FORBIDDEN.sub(" ", caption).split())
    return f"{number} {plain}"[:LONGEST].strip()


#: format -> module and function that write it; loaded only when it is asked for
WRITERS = {
    "xlsx": ("xlsx", "write_workbook"),
    "docx": ("docx", "write_docx"),
    "pdf": ("pdf", "write_print"),
    "pptx": ("pptx", "write_slides"),
}
#: formats of sheets that leave the bank
LEAFLETS = ("docx", "pdf")


def write_papers(notebook: NotebookNode, *, job: Job, staged: Path) -> list[Path]:
    """Write the formats that a job wants beside its page.

    Parameters
    ----------
    notebook : NotebookNode
        Executed.
    job : Job
        Names the formats.
    staged : Path
        The folder that holds ``results/`` and will hold the files.

    Returns
    -------
    list of Path
    """
    if not job.formats:
        return []
    document = read_document(notebook, job=job, results=staged / "results")
    return [_writer(name)(document, staged / f"{job.notebook.stem}.{name}") for name in job.formats]


def write_leaflet(notebook: NotebookNode, *, job: Job, title: str, path: Path) -> list[Path]:
    """Write a sheet that leaves the bank as Word and PDF, where the job wants them; never as a workbook."""
    wanted = [name for name in job.formats if name in LEAFLETS]
    if not wanted:
        return []
    document = read_leaflet(notebook, job=job, title=title)
    return [_writer(name)(document, path.with_suffix(f".{name}")) for name in wanted]


def _writer(name: str) -> Callable[[Document, Path], Path]:
    module, function = WRITERS[name]
    return getattr(importlib.import_module(f"microlib.run.export.{module}"), function)


def write_supplements(job: Job, staged: Path) -> list[Path]:
    """Set what a notebook kept for head office and for people outside the bank, in the job's formats.

    Parameters
    ----------
    job : Job
    staged : Path
        The report's folder; ``head-office/`` and ``leaflets/`` below it hold the parts as the notebook kept them,
        which are removed once they are set.

    Returns
    -------
    list of Path
        The pages.
    """
    own = staged / HEAD_OFFICE_FOLDER
    written = [_set_supplement(job, own)] if (own / PARTS).is_file() else []
    return written + [_set_leaflet(job, path) for path in sorted((staged / LEAFLET_FOLDER).glob("*.json"))]


def _set_supplement(job: Job, folder: Path) -> Path:
    kept = _taken(folder / PARTS)
    notebook = _notebook(f"<h1>{Markup.escape(kept['title'])}</h1>", kept["parts"])
    page = folder / job.page.name
    own = replace(
        job, formats=tuple(name for name in job.formats if name != "pptx"), beside=()
    )  # slides are of the whole
    page.write_text(report_page(notebook, job=own), "utf-8")
    write_papers(notebook, job=own, staged=folder)
    return page


def _set_leaflet(job: Job, path: Path) -> Path:
    kept = _taken(path)
    notebook = _notebook("", kept["parts"])
    page = path.with_suffix(".html")
    page.write_text(leaflet_page(notebook, job=job, title=kept["title"]), "utf-8")
    write_leaflet(notebook, job=job, title=kept["title"], path=path)
    return page


def _taken(path: Path) -> dict[str, Any]:
    kept = json.loads(path.read_text("utf-8"))
    path.unlink()
    return kept


def _notebook(top: str, parts: list[dict[str, str]]) -> NotebookNode:
    """Return parts as the outputs of a notebook, which every format is made of."""
    data = [*([{"text/html": top}] if top else []), *parts]
    cells = [v4.new_code_cell(outputs=[v4.new_output("display_data", data=each)]) for each in data]
    return v4.new_notebook(cells=cells)

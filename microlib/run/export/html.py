"""An executed notebook as one page: code hidden, safe HTML only, style and Chinese glyphs inside, works offline."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import mistune
from markupsafe import Markup
from nbformat import NotebookNode

from microlib.contracts.documents import read_toml
from microlib.files import text_hash
from microlib.report.fonts import font_face
from microlib.report.words import LANGS, Words, entries
from microlib.run.jobs import Job

VOID = frozenset({"br", "hr", "img", "col"})
PROSE = re.compile(
    "h[1-6]|a|abbr|b|blockquote|code|del|div|em|i|kbd|p|pre|s|section|small|span|strong|su[bp]|u|summary"
)
BLOCKS = re.compile("caption|colgroup|dd|dl|dt|figcaption|figure|li|ol|table|tbody|t[dhr]|tfoot|thead|ul|br|hr|img|col")
#: of these not even the text is kept; an aside is for those who read the notebook itself
SILENT = re.compile("aside|script|style|template|noscript|iframe|object|svg|math|title|textarea|select|head|xmp")
#: attribute -> what its whole value must look like
ATTRIBUTES = {
    "alt": r".*",
    "class": r"[\w\- ]*",
    "colspan": r"\d{1,3}",
    "href": r"#[\w\-.]*|(?!//|[./]*/)[\w\-./%]+|\.\./\.\./[\w\-]+/(zh|en)/[\w\-]+\.html(#[\w\-.]+)?",
    "id": r"[\w\-.]+",
    "lang": r"[\w\-]+",
    "rowspan": r"\d{1,4}",
    "scope": r"col|row|colgroup|rowgroup",
    "src": r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+",
    "style": r"text-align:\s*(left|right|center);?",
    "title": r".*",
}
_UNIT = re.compile("(?<=[0-9]) (?=%|万元|亿元)")
_DAY = re.compile(r'<td (?=style="text-align:left">\d{4}-(?:\d\d-\d\d|W?\d\d)</td>)')
CAPTION = re.compile("<caption>(.*?)</caption>", re.DOTALL)
#: a report's title before the question that it answers
SUBTITLE = re.compile("[：:]")
_HEADING = re.compile(r"<(h[123])( class=\"[^\"]*\")?(?: [^>]*)?>(.*?)</\1>", re.DOTALL)
#: what the heading is called that begins the appendix
APPENDIX = "wb-appendix"


class _Rewriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if SILENT.fullmatch(tag):
            self.silent.append(tag)
        if self.silent or not (PROSE.fullmatch(tag) or BLOCKS.fullmatch(tag)):
            return
        kept = _kept_attributes(dict(attrs))
        if tag == "img" and not kept.get("src"):
            self.parts.append(html.escape(kept.get("alt", "")))
            return
        written = "".join(f' {name}="{html.escape(value)}"' for name, value in kept.items())
        self.parts.append(f"<{tag}{written}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not SILENT.fullmatch(tag):
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag == self.silent[-1]:
                self.silent.pop()
            return
        if tag in self.open:
            while self.open:
                last = self.open.pop()
                self.parts.append(f"</{last}>")
                if last == tag:
                    return

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(html.escape(data, quote=False))

    def text(self) -> str:
        self.close()
        return "".join([*self.parts, *(f"</{tag}>" for tag in reversed(self.open))])


def safe_html(source: str) -> str:
    """Return `source` with nothing in it that runs, loads or links outwards; text is kept, tags are balanced.

    Examples
    --------
    >>> safe_html('<b onclick="x()">A<script>alert(1)</script></b><img src="http://x/y.png" alt="map">')
    '<b>A</b>map'
    """
    rewriter = _Rewriter()
    rewriter.feed(source)
    return rewriter.text()


def html_of_markdown(source: str) -> str:
    r"""Return Markdown as safe HTML; HTML written inside it is shown as text.

    Examples
    --------
    >>> html_of_markdown("**12** <script>")
    '<p><strong>12</strong> &lt;script&gt;</p>\n'
    """
    render = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])
    return safe_html(render(source))


def bound_units(page: str) -> str:
    r"""Return a page in which no line breaks between a number and the sign of its unit, nor within a cell's date.

    Examples
    --------
    >>> bound_units("<p>1.6 % of 12.5 万元</p>")
    '<p>1.6\xa0% of 12.5\xa0万元</p>'
    >>> bound_units('<td style="text-align:left">2026-10-18</td>')
    '<td class="when" style="text-align:left">2026-10-18</td>'
    """
    return _DAY.sub('<td class="when" ', _UNIT.sub("\u00a0", page))


def plain_text(fragment: str) -> str:
    """Return the text of a piece of HTML.

    Examples
    --------
    >>> plain_text("a <b>&lt; b</b>")
    'a < b'
    """
    return html.unescape(re.sub(r"<[^>]+>", "", fragment)).strip()


def numbered_headings(page: str) -> tuple[str, list[tuple[int, str, str]]]:
    """Give every heading an anchor; return the page and its headings as (level, anchor, text).

    Examples
    --------
    >>> numbered_headings("<h1>Stalls</h1><h2>How <b>many</b>?</h2>")
    ('<h1 id="s1">Stalls</h1><h2 id="s2">How <b>many</b>?</h2>', [(1, 's1', 'Stalls'), (2, 's2', 'How many?')])
    """
    found: list[tuple[int, str, str]] = []

    def anchored(match: re.Match) -> str:
        tag, name, inner = match.groups()
        found.append((int(tag[1]), f"s{len(found) + 1}", plain_text(inner)))
        kept = name if name and APPENDIX in name else ""
        return f'<{tag} id="s{len(found)}"{kept}>{inner}</{tag}>'

    return _HEADING.sub(anchored, page), found


def _kept_attributes(given: Mapping[str, str | None]) -> dict[str, str]:
    pairs = {name: value or "" for name, value in given.items() if name in ATTRIBUTES}
    return {name: value for name, value in pairs.items() if re.fullmatch(ATTRIBUTES[name], value, re.DOTALL)}


TEMPLATES = Path(__file__).parent.parent / "templates"


def rendered(template: str, **values: object) -> str:
    """Fill a template of this package; every value but ``Markup`` is escaped; font and script are inside."""
    return next(rendered_all(template, [values]))


def rendered_all(template: str, many: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Fill a template many times; all pages carry the same font, cut to what any of them says, and cut once."""
    style = Markup((TEMPLATES / "page.css").read_text("utf-8"))
    filled = [_templates().get_template(template).render({**values, "style": style, **_script()}) for values in many]
    face = font_face("".join(sorted({sign for page in filled for sign in set(page)})))
    for page in filled:
        yield page.replace("/*typeface*/", face, 1)


def frame_words() -> dict[str, dict[str, str]]:
    """Return the words around reports and in the index: key -> {zh, en}."""
    return {**entries("marks"), **entries("running")}


@lru_cache
def _script() -> dict[str, Markup]:
    """Return the one script that pages carry, and its hash: their policy lets that text run and no other."""
    text = (TEMPLATES / "tables.js").read_text("utf-8")
    mark = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return {"script": Markup(text), "script_hash": Markup(f"'sha256-{mark}'")}


@lru_cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


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
    words = {key: entry[job.lang] for key, entry in frame_words().items()}
    body = with_links(anchored_captions(body), job=job)
    found = re.search(rf'id="([^"]*)" class="[^"]*{APPENDIX}', body)
    contents = [heading for heading in listed if heading.level == 2]
    cut = found[1] if found else ""
    return rendered("report.html.j2", job=job, title=title, contents=contents, cut=cut, words=words, body=Markup(body))


def anchored_captions(page: str) -> str:
    """Give every caption of a table an anchor that follows from its words, for other pages to lead to.

    Examples
    --------
    >>> anchored_captions("<caption>Arrears</caption>")
    '<caption id="c-d71eab0b">Arrears</caption>'
    """
    return CAPTION.sub(lambda found: f'<caption id="{_anchor(plain_text(found[1]))}">{found[1]}</caption>', page)


def _anchor(caption: str) -> str:
    return f"c-{text_hash(caption)[:8]}"


def with_links(page: str, *, job: Job) -> str:
    """Return a report's body in which a table that tells an answer leads to the page behind it (``links.toml``).

    A link leads only to a report of the branch that is made in the same run; it counts from the report's own folder,
    and so holds in the branch's bundle too.

    Parameters
    ----------
    page : str
        The body, its captions with their anchors.
    job : Job
    """
    words, made = Words(job.lang), dict(job.beside)
    for name, (report, shown) in _links().get(job.notebook.stem, {}).items():
        end = _end_of(page, name, words) if report in made else -1
        if end >= 0:
            mark = f"#{_anchor(words.entry('captions', shown))}" if shown else ""
            place = f"../../{report}/{job.lang}/{report}.html{mark}"
            told = html.escape(frame_words()["behind"][job.lang].format(title=SUBTITLE.split(made[report])[0]))
            page = f'{page[:end]}<p class="behind"><a href="{place}">{told}</a></p>{page[end:]}'
    return page


def _end_of(page: str, name: str, words: Words) -> int:
    """Return where a result ends on a page: its table, or the last card of the decisions; -1 where it is not there."""
    if name == "decisions":
        place = page.rfind('<div class="wb-decision')
        return page.find("</div></div>", place) + len("</div></div>") if place >= 0 else -1
    start = page.find(f'<caption id="{_anchor(words.entry("captions", name))}">')
    place = page.find("</table>", start) if start >= 0 else -1
    return place + len("</table>") if place >= 0 else -1


@lru_cache
def _links() -> Mapping[str, Any]:
    return read_toml(TEMPLATES / "links.toml")


def leaflet_page(notebook: NotebookNode, *, job: Job, title: str) -> str:
    """Return a sheet that leaves the bank as a page: the branch's name and the date, no code, no source, no file."""
    _, body, _ = report_body(notebook, job=job)
    words = {key: entry[job.lang] for key, entry in frame_words().items()}
    return rendered("leaflet.html.j2", job=job, title=title, words=words, body=Markup(body))


def report_body(notebook: NotebookNode, *, job: Job) -> tuple[str, str, list[Heading]]:
    """Return what every format of the report is made of: its title, the safe HTML below it, and its headings."""
    parts = list(_shown_parts([cell for cell in notebook.cells if _is_shown(cell, job.lang)], job.lang))
    body, headings = numbered_headings(bound_units("\n".join(parts)))
    title, rest = _title_and_rest(body, default=job.report_title)
    return title, rest, [Heading(*heading) for heading in headings]


def _shown_parts(cells: Iterable[NotebookNode], lang: str) -> Iterator[str]:
    """Yield what cells show; prose on a page that could not be computed is left out with it, but for whole sections."""
    is_absent = False
    for cell in cells:
        parts = cell_parts(cell, lang)
        if cell.cell_type == "code" and (parts or "<aside>" in str(cell.outputs)):
            is_absent = not parts
        if parts and not (is_absent and cell.cell_type == "markdown" and not cell.source.startswith("#")):
            yield from parts


def _title_and_rest(body: str, *, default: str) -> tuple[str, str]:
    """Take the first heading of level 1 out of the page: it stands above the table of contents."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>\s*", body, re.DOTALL)
    if found is None:
        return default, body
    return plain_text(found[1]), body[: found.start()] + body[found.end() :]


def cell_parts(cell: NotebookNode, lang: str = "zh") -> list[str]:
    """Return what a cell shows, as safe HTML: prose for prose, outputs (never source) for code."""
    if cell.cell_type == "markdown":
        return [f'<section class="prose">{html_of_markdown(cell.source)}</section>']
    if cell.cell_type != "code":
        return []
    shown = [_output(output, lang) for output in cell.outputs]
    return [f'<div class="output">{part}</div>' for part in shown if part]


def _is_shown(cell: NotebookNode, lang: str) -> bool:
    tags = set(cell.metadata.get("tags", []))
    spoken = tags & set(LANGS)
    return not tags & HIDDEN_TAGS and (not spoken or lang in spoken)


def _output(output: NotebookNode, lang: str) -> str:
    if output.output_type == "stream":
        return _preformatted(output.text) if output.name == "stdout" else ""
    if output.output_type == "error":
        return _preformatted(f"{output.ename}: {output.evalue}")
    return _data(output.data, lang)


#: kinds of output that only a script can show -> what people call them
LIVE = {
    "application/vnd.jupyter.widget-view+json": "ipywidgets",
    "application/vnd.vegalite": "Altair",
    "application/vnd.plotly": "Plotly",
    "application/javascript": "JavaScript",
    "application/vnd.bokehjs": "Bokeh",
}
_RUNS = re.compile(r"<(?:script|iframe|canvas|object|embed)\b", re.IGNORECASE)


def _stripped(data: dict[str, str], lang: str) -> str:
    """Return the sentence that says what a page leaves out of an output; empty where it leaves nothing out."""
    kinds = [said for start, said in LIVE.items() if any(kind.startswith(start) for kind in data)]
    if not kinds and _RUNS.search(_joined(data.get("text/html", ""))):
        kinds = ["script"]
    if not kinds:
        return ""
    said = frame_words()["stripped"][lang].format(kinds=", ".join(kinds))
    return f'<div class="wb-missing">{html.escape(said)}</div>'


def _data(data: dict[str, str], lang: str) -> str:
    alt = html.escape(_joined(data.get("text/plain", "")))
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            source = f'<img alt="{alt}" src="data:{kind};base64,{_joined(data[kind]).strip()}">'
            return f"<figure>{safe_html(source)}</figure>"
    said = _stripped(data, lang)
    if said:
        return f"{safe_html(_joined(data.get('text/html', '')))}{said}"
    if "text/html" in data:
        return safe_html(_joined(data["text/html"]))
    if "text/markdown" in data:
        return html_of_markdown(_joined(data["text/markdown"]))
    return _preformatted(_joined(data.get("text/plain", "")))


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _preformatted(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>" if text.strip() else ""

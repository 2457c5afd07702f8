"""What a report shows as blocks: headings, paragraphs, tables, figures; read from the page's own safe HTML."""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser

TEXTS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "div", "section", "blockquote", "summary"})
LISTS = frozenset({"ul", "ol"})
MARKS = {"strong": "strong", "b": "strong", "th": "strong", "em": "soft", "i": "soft", "code": "code"}
#: class of the page -> style of a block
STYLES = ("note", "more", "missing", "warning", "do", "stop", "wait", "say")


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
        What the page calls it: note, missing, warning, do, stop, wait, quote; empty for plain text.
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
        Safe HTML, as ``exports.report_body`` returns it.

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

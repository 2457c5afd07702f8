"""The text of anything that a report writes: pages, notebooks, tables, workbooks, Word files, archives."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pyarrow import parquet

#: pictures and fonts inside a page
_CARRIED = re.compile(r"base64,[A-Za-z0-9+/=\s]+")
#: tags that stand within a word; any other ends it
_WITHIN = re.compile(r"</?(?:b|strong|em|i|code|span|u|s|su[bp]|small)>")
_TAG = re.compile(r"</?[A-Za-z][^>]*>")
#: parts of an Office file that hold what a reader sees or may open
_SHEETS = r"xl/(?:sharedStrings|workbook|worksheets/|charts/|comments)"
_OFFICE = re.compile(rf"(?:{_SHEETS}|word/(?:document|header|footer|footnotes|comments)|docProps/).*", re.DOTALL)
_BREAK = re.compile(r"</(?:w:p|w:tc|si|a:p|c:pt|row)>")
#: what an output says outside its pictures and pages
_SAID = ("text", "ename", "evalue", "traceback")
#: types of columns that hold text
WORDS = ("string", "large_string", "string_view")
#: outputs of a notebook that are pictures
_PICTURES = ("image/png", "image/jpeg", "image/gif")


class Passage(NamedTuple):
    """Some text of an output, and where it stands."""

    place: str
    text: str


def passages_of(name: str, data: bytes) -> Iterator[Passage]:
    """Yield the text of one file.

    Typed numbers (of a workbook's cells, a table's columns, a JSON document) are no text: only what was written as
    text can be a number of a person.

    Parameters
    ----------
    name : str
        Its name; the ending says how it is read, and what is unknown is read as plain text.
    data : bytes

    Examples
    --------
    >>> list(passages_of("a.html", b"<p>12<b>34</b></p><img src='data:image/png;base64,AAAA'>"))
    [Passage(place='a.html', text=" 1234  <img src='data:image/png;'>")]
    """
    yield from READERS.get(name.rpartition(".")[2].lower(), _plain)(name, data)


def _plain(name: str, data: bytes) -> Iterator[Passage]:
    yield Passage(name, data.decode("utf-8", "ignore"))


def _page(name: str, data: bytes) -> Iterator[Passage]:
    yield Passage(name, _of_markup(data.decode("utf-8", "ignore")))


def _of_markup(source: str) -> str:
    """Return a page's text; a tag that carries values is kept, since a title or an address is read too."""
    bare = _WITHIN.sub("", _CARRIED.sub("", source))
    return html.unescape(_TAG.sub(lambda tag: f" {tag[0]}" if "=" in tag[0] else " ", bare))


def _document(name: str, data: bytes) -> Iterator[Passage]:
    for path, text in _strings(json.loads(data)):
        yield Passage(f"{name} {path}", text)


def _strings(thing: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(thing, str):
        yield path, thing
    elif isinstance(thing, dict):
        for key, value in thing.items():
            yield path, str(key)
            yield from _strings(value, f"{path}.{key}" if path else str(key))
    elif isinstance(thing, list):
        for place, value in enumerate(thing):
            yield from _strings(value, f"{path}[{place}]")


def _notebook(name: str, data: bytes) -> Iterator[Passage]:
    """Yield each cell's source and outputs; pages among them are read as pages."""
    for number, cell in enumerate(json.loads(data)["cells"]):
        place = f"{name} cell {number}"
        yield Passage(place, _CARRIED.sub("", _joined(cell["source"])))
        for output in cell.get("outputs", []):
            yield Passage(
                place, "\n".join(_joined(output.get(key, "")) for key in ("text", "ename", "evalue", "traceback"))
            )
            shown = {kind: _joined(text) for kind, text in output.get("data", {}).items() if kind not in _PICTURES}
            yield from (Passage(place, _of_markup(text)) for text in shown.values())


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text) if isinstance(text, list) else json.dumps(text)


def _table(name: str, data: bytes) -> Iterator[Passage]:
    """Yield the columns of text of a result table."""
    file = parquet.ParquetFile(io.BytesIO(data))
    yield Passage(name, "\n".join(file.schema_arrow.names))
    words = [field.name for field in file.schema_arrow if str(field.type) in WORDS]
    for column, values in zip(words, file.read(columns=words).columns, strict=True):
        yield Passage(f"{name} {column}", "\n".join(filter(None, values.unique().to_pylist())))


def _office(name: str, data: bytes) -> Iterator[Passage]:
    """Yield the text parts of a workbook or a Word file; numbers of a sheet's cells are typed."""
    for part, content in _members(data):
        if _OFFICE.fullmatch(part):
            source = content.decode("utf-8", "ignore")
            source = re.sub(r"<(v|c:v)>[^<]*</\1>", " ", source) if part.startswith("xl/") else source
            yield Passage(f"{name} {part}", html.unescape(_TAG.sub("", _BREAK.sub("\n", source))))


def _archive(name: str, data: bytes) -> Iterator[Passage]:
    for part, content in _members(data):
        yield Passage(name, part)
        yield from passages_of(f"{name}/{part}", content)


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        yield from ((part, source.read(part)) for part in source.namelist() if not part.endswith("/"))


def _none(name: str, data: bytes) -> Iterator[Passage]:
    """Yield nothing of a picture; a PDF is set from words that its makers scanned."""
    yield from ()


#: ending -> how its text is read
READERS: dict[str, Callable[[str, bytes], Iterator[Passage]]] = {
    "html": _page,
    "svg": _page,
    "json": _document,
    "ipynb": _notebook,
    "parquet": _table,
    "xlsx": _office,
    "docx": _office,
    "zip": _archive,
    "pdf": _none,
    "png": _none,
}

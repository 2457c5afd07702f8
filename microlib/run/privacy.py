"""The scan before anything is published: identity numbers, phones, cards, mail, chat ids and names in any output.

`check_private` blocks a report's folder and `check_texts` what is written beside it; both say where. `passages_of`
reads pages, tables, workbooks, Word files, slides and archives; `exempt_words` are numbers that look like a person's
and are none. `masked_page` and `masked_record` are for overviews and records, which must be written whatever they
tell of.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pyarrow import parquet

from microlib.bank.lookup import lookup_names
from microlib.bank.store import Store, open_store
from microlib.contracts.documents import texts_of
from microlib.contracts.tables import TABLES
from microlib.errors import BadData, WorkbenchError
from microlib.files import file_hash
from microlib.home import Home
from microlib.identifiers import KIND_NAMES, Found, find_identifiers, key_kind, masked_text

#: pictures and fonts inside a page
_CARRIED = re.compile(r"base64,[A-Za-z0-9+/=\s]+")
#: tags that stand within a word; any other ends it
_WITHIN = re.compile(r"</?(?:b|strong|em|i|code|span|u|s|su[bp]|small)>")
_TAG = re.compile(r"</?[A-Za-z][^>]*>")
#: parts of an Office file that hold what a reader sees or may open
_SHEETS = r"xl/(?:sharedStrings|workbook|worksheets/|charts/|comments)"
_PAPERS = r"word/(?:document|header|footer|footnotes|comments)|ppt/(?:slides|notesSlides|charts|comments)"
_OFFICE = re.compile(rf"(?:{_SHEETS}|{_PAPERS}|docProps/).*", re.DOTALL)
_BREAK = re.compile(r"</(?:w:p|w:tc|si|a:p|c:pt|row)>")
#: what a chart draws
_NUMBERS = re.compile(r"<c:numCache>.*?</c:numCache>", re.DOTALL)
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
    for path, text in texts_of(json.loads(data)):
        yield Passage(f"{name} {path}", text)


def _notebook(name: str, data: bytes) -> Iterator[Passage]:
    """Yield source, outputs and metadata of each cell, and those of all; pages among outputs are read as pages."""
    whole = json.loads(data)
    yield from (Passage(f"{name} {path}", text) for path, text in texts_of(whole.get("metadata", {})))
    for number, cell in enumerate(whole["cells"]):
        place = f"{name} cell {number}"
        yield Passage(place, _CARRIED.sub("", _joined(cell["source"])))
        noted = [cell.get("metadata", {}), list(cell.get("attachments", {}))]
        yield from (Passage(place, text) for _, text in texts_of(noted))
        for output in cell.get("outputs", []):
            yield from (Passage(place, text) for _, text in texts_of(output.get("metadata", {})))
            yield Passage(
                place, "\n".join(_joined(output.get(key, "")) for key in ("text", "ename", "evalue", "traceback"))
            )
            shown = {kind: _joined(text) for kind, text in output.get("data", {}).items() if kind not in _PICTURES}
            yield from (Passage(place, _of_markup(text)) for text in shown.values())


def _joined(text: object) -> str:
    return text if isinstance(text, str) else "".join(text) if isinstance(text, list) else json.dumps(text)


def _table(name: str, data: bytes) -> Iterator[Passage]:
    """Yield the columns of text of a result table."""
    file = parquet.ParquetFile(io.BytesIO(data))
    yield Passage(name, "\n".join(file.schema_arrow.names))
    words = [field.name for field in file.schema_arrow if str(field.type) in WORDS]
    for column, values in zip(words, file.read(columns=words).columns, strict=True):
        yield Passage(f"{name} {column}", "\n".join(filter(None, values.unique().to_pylist())))


def _office(name: str, data: bytes) -> Iterator[Passage]:
    """Yield the text parts of a workbook, a Word file or slides; numbers of a sheet's cells and of charts are typed."""
    for part, content in _members(data):
        if part.startswith("ppt/embeddings/"):
            yield from passages_of(f"{name} {part}", content)
        elif _OFFICE.fullmatch(part):
            source = _NUMBERS.sub(" ", content.decode("utf-8", "ignore"))
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
    "pptx": _office,
    "zip": _archive,
    "pdf": _none,
    "png": _none,
}
#: places that a message names at most
MOST = 5
#: a name of two signs may be a word of a page, but hardly a cell of its own in a table of keys and codes
SHORT, TABLE = 2, ".parquet"
FIX = "take the column out of the notebook or the terms; lists carry keys, never names or numbers of persons"
FIX_KEYS = (
    "customers' keys, names of branches, titles and names of files may hold no such number: ingest their files again"
    " (keys become pseudonyms), rename the rest"
)


class PersonalData(BadData):
    """An output holds a personal identifier; nothing of the report may be published or kept."""


class _Hit(NamedTuple):
    """An identifier, and where it stands."""

    place: str
    found: Found


def check_private(folder: Path, *, home: Home) -> None:
    """Refuse a report's folder in which any file holds a personal identifier.

    Typed numbers of the recorded tables are exempt. A key that the bank declares is exempt only where it has not the
    form of an identifier itself, so that what came in unnoticed is noticed here; such keys are pseudonyms since their
    ingest. Where the bank keeps a look-up, its names are searched for too, as whole cells and words; one that the bank
    declares as the name of a core enterprise, a venue, a branch or a product is exempt.

    Parameters
    ----------
    folder : Path
        All that is about to be published, ``results/`` included.
    home : Home
        Whose bank it is.

    Raises
    ------
    PersonalData
        Naming kinds and places; the identifiers themselves are masked.
    """
    files = (
        (path.relative_to(folder).as_posix(), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()
    )
    check_files(files, home=home, results=folder / "results")


def check_files(
    files: Iterable[tuple[str, bytes]], *, home: Home, results: Path | None = None, what: str = "report"
) -> None:
    """Refuse files any of which holds a personal identifier, in its name or inside, as `check_private` does a folder.

    Parameters
    ----------
    files : iterable of (str, bytes)
        Name and content of each.
    home : Home
        Whose bank it is.
    results : Path, optional
        The folder of result tables, whose typed numbers are exempt.
    what : str
        What the refusal calls them together.

    Raises
    ------
    PersonalData
        Naming kinds and places; the identifiers themselves are masked.
    """
    names = lookup_names(home)
    hits = [hit for name, data in files for hit in _hits(name, data, names)]
    if not hits:
        return
    exempt = exempt_words({piece for hit in hits for piece in hit.found.pieces}, results=results, home=home)
    left = [hit for hit in hits if not exempt.intersection(hit.found.pieces)]
    if left:
        fix = f"{FIX}; {FIX_KEYS}" if any(hit.found.kind != "name" for hit in left) else FIX
        raise PersonalData(_summary(left, what), where="; ".join(_places(left)), fix=fix)


def is_private(name: str, text: str) -> bool:
    """Return whether a file of that name and text holds no identifier at all; nothing is exempt."""
    return not any(find_identifiers(passage.text) for passage in passages_of(name, text.encode("utf-8", "replace")))


def masked_page(page: str) -> str:
    """Return a page with the identifiers in it masked; what is carried in it (pictures, fonts) stays as it is.

    Raises
    ------
    PersonalData
        If one is spread over tags, so that it cannot be masked.

    Examples
    --------
    >>> masked_page("<td title='138-0013-8000'>示例支行 13800138000</td>")
    "<td title='138******00'>示例支行 138******00</td>"
    """
    pieces, left = [], 0
    for carried in _CARRIED.finditer(page):
        pieces += [masked_text(page[left : carried.start()]), carried[0]]
        left = carried.end()
    masked = "".join([*pieces, masked_text(page[left:])])
    spread = [_Hit("page", found) for found in find_identifiers(_of_markup(masked))]
    if spread:
        raise PersonalData(_summary(spread, "page"), where="page", fix=FIX_KEYS)
    return masked


def masked_record(thing: object, *, kept: Collection[str] = ()) -> object:
    """Return a JSON document with the identifiers in its texts masked; what stands under names of `kept` stays.

    Examples
    --------
    >>> masked_record({"title": "tel. 138-0013-8000", "rows": [13800138000], "page": "a"}, kept=["page"])
    {'title': 'tel. 138******00', 'rows': [13800138000], 'page': 'a'}
    """
    if isinstance(thing, str):
        return masked_text(thing)
    if isinstance(thing, Mapping):
        return {name: each if name in kept else masked_record(each, kept=kept) for name, each in thing.items()}
    return [masked_record(each, kept=kept) for each in thing] if isinstance(thing, list | tuple) else thing


def _hits(name: str, data: bytes, names: frozenset[str]) -> Iterator[_Hit]:
    """Yield what a file holds; a place that is itself an identifier is masked where it is told."""
    yield from (_Hit(masked_text(name), found) for found in find_identifiers(name))
    for place, text in passages_of(name, data):
        yield from (_Hit(masked_text(place), found) for found in find_identifiers(text))
        said = names.intersection(text.split()) if names else ()
        known = [each for each in sorted(said) if len(each) > SHORT or TABLE in place]
        yield from (_Hit(masked_text(place), Found("name", each, each)) for each in known)


def _summary(hits: list[_Hit], what: str) -> str:
    kinds = {found.kind: found for _, found in hits}
    told = [f"{KIND_NAMES[kind]} ({found.masked})" for kind, found in kinds.items()]
    return f"the {what} holds personal identifiers: {', '.join(told)}"


def _places(hits: list[_Hit]) -> list[str]:
    places = list(dict.fromkeys(hit.place for hit in hits))
    more = [f"{len(places) - MOST} more places"] if len(places) > MOST else []
    return places[:MOST] + more


#: numbers of fewer digits are never taken for a person's
FEWEST_DIGITS = 11
#: names of branches, products, core enterprises, campaigns and venues, which reports tell
NAMED = ("name", "venue_name")


#: the beginning of a file's hash, as reports tell it: it may look like a letter and a phone
_MARK = re.compile(r"[0-9a-f]{12}")


def exempt_words(words: Collection[str], *, results: Path | None, home: Home) -> set[str]:
    """Return those of `words` that are exactly a recorded number, a key or public name of the bank, a file's hash.

    Parameters
    ----------
    words : collection of str
    results : Path, optional
        The folder of result tables.
    home : Home
        Whose bank it is; a bank that cannot be read exempts nothing.
    """
    wanted = set(words)
    tables = results.glob("*.parquet") if results else ()
    typed = {text for path in tables for text in _typed_numbers(pd.read_parquet(path))}
    left = wanted - typed
    return (wanted & typed) | (_keys(left, home) | _marks(left, home) if left else set())


def _typed_numbers(frame: pd.DataFrame) -> set[str]:
    """Return the long whole numbers in a table's columns of numbers, as text."""
    columns = [frame[name].dropna() for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    values = {value for column in columns for value in column[column.abs() >= 10 ** (FEWEST_DIGITS - 1)]}
    return {f"{value:.0f}" for value in values}


def _keys(words: set[str], home: Home) -> set[str]:
    try:
        with open_store(home) as store:
            return {word for table in store.tables for word in _keys_of(store, table, words)}
    except WorkbenchError:
        return set()


def _keys_of(store: Store, table: str, words: set[str]) -> set[str]:
    """Return the words that stand in a declared column of keys or of public names and have not an identifier's form."""
    columns = TABLES[table].columns
    names = [column.name for column in columns if column.kind == "key" or column.name in NAMED]
    found = set()
    for name in names:
        harmless = sorted(word for word in words if not key_kind(word, column=name))
        sql = f"SELECT DISTINCT {name} FROM {table} WHERE list_contains(?, {name})"
        found |= {key for (key,) in store.rows(sql, [harmless])} if harmless else set()
    return found


def _marks(words: set[str], home: Home) -> set[str]:
    """Return the words that are the beginning of the hash of a file of the bank or of its written terms."""
    wanted = {word for word in words if _MARK.fullmatch(word)}
    if not wanted:
        return set()
    known = {file_hash(path)[:12] for path in (home.root / "data").rglob("*.toml")}
    try:
        with open_store(home) as store:
            known |= {mark[:12] for (mark,) in store.rows("SELECT sha256 FROM files WHERE sha256 IS NOT NULL")}
    except WorkbenchError:
        pass
    return wanted & known

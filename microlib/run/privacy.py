"""The scan before anything is published: identity numbers, phones, bank cards and names in any output.

`check_private` blocks a report and says where; `passages_of` reads pages, tables, workbooks, Word files and
archives; `exempt_words` are numbers that look like a person's and are none.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Collection, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pyarrow import parquet

from microlib.bank.lookup import lookup_names
from microlib.bank.store import Store, open_store
from microlib.contracts.tables import TABLES
from microlib.errors import BadData, WorkbenchError
from microlib.home import Home

#: before and after a number: no digit, and not the other side of a decimal point
_BEFORE, _AFTER = r"(?<!\d)(?<!\d\.)", r"(?!\d)(?!\.\d)"
_IDENTITY = re.compile(rf"{_BEFORE}\d{{6}}[ -]?\d{{8}}[ -]?\d{{3}}[\dXx](?![\dXx])")
_MOBILE = re.compile(rf"{_BEFORE}(?:(?:\+|00)?86[ -]?)?(1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}){_AFTER}")
_CARD = re.compile(rf"{_BEFORE}(?:\d{{16,19}}|\d{{4}}(?:[ -]\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?){_AFTER}")
#: what any of them begins with, in digits of any width: most texts hold nothing like it
_LONG = re.compile(r"\d(?:[ \-\u200b-\u200d\u2060\ufeff]?\d){10}")
#: a digest is no number, though a run of its signs may look like one
_DIGEST = re.compile(r"(?=.*[a-f])[0-9a-f]{12,}|(?=.*[A-F])P?[0-9A-F]{16,}")
#: the first two digits of a region (GB/T 2260)
REGIONS = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            *range(81, 84),
        ),
    )
)
#: what a card's number begins with, and how long such numbers are (ISO/IEC 7812; UnionPay 62, older debit cards 9558)
CARDS = (
    ("62", range(16, 20)),
    ("9558", range(19, 20)),
    ("4", range(16, 17)),
    ("35", range(16, 17)),
    *((str(first), range(16, 17)) for first in range(51, 56)),
)
_HALF_WIDTH = str.maketrans("０１２３４５６７８９ＸX", "0123456789XX", "\u200b\u200c\u200d\u2060\ufeff")
#: of the check sign of an identity number (GB 11643-1999); the bank's own, which its engine computes with, are equal
WEIGHTS, CHECK_SIGNS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
OLDEST = 1900


class Found(NamedTuple):
    """One identifier.

    Parameters
    ----------
    kind : str
        ``identity``, ``mobile``, ``card`` or ``name``.
    digits : str
        The number itself, without blanks, or the name. Never printed: see `masked`.
    word : str
        The whole word that it stands in, hyphens included.
    """

    kind: str
    digits: str
    word: str

    @property
    def pieces(self) -> tuple[str, ...]:
        """The word, and the part between its hyphens that holds the number."""
        return (self.word, *(part for part in re.split("[_-]", self.word) if self.digits in part))

    @property
    def masked(self) -> str:
        """The identifier as it may be told: its ends only, of a name its first sign."""
        if self.kind == "name":
            return f"{self.digits[0]}{'*' * (len(self.digits) - 1)}"
        return f"{self.digits[:3]}{'*' * (len(self.digits) - 5)}{self.digits[-2:]}"


def find_identifiers(text: str) -> list[Found]:
    """Find the personal identifiers that a text holds.

    Examples
    --------
    >>> [(each.kind, each.masked) for each in find_identifiers("id 11010519491231002X, tel. 138-0013-8000")]
    [('identity', '110*************2X'), ('mobile', '138******00')]
    >>> find_identifiers("loan 4403002024011500123, 0.13800138000, 13,800,138,000")
    []
    """
    if not _LONG.search(text):
        return []
    plain = text.translate(_HALF_WIDTH)
    return [found for found in _proved(plain) if not any(map(_DIGEST.fullmatch, found.pieces))]


def masked_text(text: str) -> str:
    """Return a text with the identifiers in it masked, for messages and logs.

    Examples
    --------
    >>> masked_text("KeyError: '13800138000'")
    "KeyError: '138******00'"
    """
    for found in find_identifiers(text):
        text = text.replace(found.digits, found.masked)
    return text


def is_identity(digits: str) -> bool:
    """Return whether 18 signs are an identity number: region, birth date and check sign (GB 11643-1999) hold.

    Examples
    --------
    >>> is_identity("11010519491231002X"), is_identity("110105194912310021")
    (True, False)
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], WEIGHTS, strict=True))
    return digits[:2] in REGIONS and _is_birth(digits[6:14]) and CHECK_SIGNS[total % 11] == digits[17].upper()


def is_card(digits: str) -> bool:
    """Return whether digits are a bank card's number: a known beginning of its length, and Luhn's check.

    Examples
    --------
    >>> is_card("6222021234567890128"), is_card("7222021234567890128")
    (True, False)
    """
    if not any(digits.startswith(first) and len(digits) in lengths for first, lengths in CARDS):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _proved(text: str) -> Iterator[Found]:
    """Yield what looks like an identifier and proves to be one."""
    for kind, pattern, proof in KINDS:
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            digits = re.sub(r"[ -]", "", match[group])
            if proof(digits):
                yield Found(kind, digits, _word(text, *match.span(group)))


def _word(text: str, start: int, end: int) -> str:
    """Return the word of letters, digits and hyphens around a span."""
    before = re.search(r"[\w-]*\Z", text[max(0, start - 80) : start], re.ASCII)[0]
    return before + text[start:end] + re.match(r"[\w-]*", text[end : end + 80], re.ASCII)[0]


def _is_birth(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return born.year >= OLDEST and born <= date.today()


#: kind, what it looks like, what proves it
KINDS = (
    ("identity", _IDENTITY, is_identity),
    ("mobile", _MOBILE, lambda digits: True),
    ("card", _CARD, is_card),
)
#: pictures and fonts inside a page
_CARRIED = re.compile(r"base64,[A-Za-z0-9+/=\s]+")
#: tags that stand within a word; any other ends it
_WITHIN = re.compile(r"</?(?:b|strong|em|i|code|span|u|s|su[bp]|small)>")
_TAG = re.compile(r"</?[A-Za-z][^>]*>")
#: parts of an Office file that hold what a reader sees or may open
_SHEETS = r"xl/(?:sharedStrings|workbook|worksheets/|charts/|comments)"
_OFFICE = re.compile(rf"(?:{_SHEETS}|word/(?:document|header|footer|footnotes|comments)|docProps/).*", re.DOTALL)
_BREAK = re.compile(r"</(?:w:p|w:tc|si|a:p|c:pt|row)>")
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


def _strings(thing: object, path: str = "") -> Iterator[tuple[str, str]]:
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
#: places that a message names at most
MOST = 5
NAMES = {"identity": "identity number", "mobile": "mobile phone", "card": "bank card", "name": "name of a customer"}
#: a name of two signs may be a word of a page, but hardly a cell of its own in a table of keys and codes
SHORT, TABLE = 2, ".parquet"
FIX = "take the column out of the notebook or the terms; lists carry keys, never names or numbers of persons"


class PersonalData(BadData):
    """An output holds a personal identifier; nothing of the report may be published or kept."""


def check_private(folder: Path, *, home: Home) -> None:
    """Refuse a report's folder in which any file holds a personal identifier.

    Typed numbers of the recorded tables are exempt, and so is a value that is exactly a key in a declared key column
    of the bank: one in ten loan numbers of nineteen digits passes a card's check. Where the bank keeps a look-up, its
    names are searched for too, as whole cells and words; one that the bank declares as the name of a core enterprise,
    a venue, a branch or a product is exempt.

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
    hits = list(_hits(folder, lookup_names(home)))
    if not hits:
        return
    exempt = exempt_words({piece for _, found in hits for piece in found.pieces}, results=folder / "results", home=home)
    left = [(place, found) for place, found in hits if not exempt.intersection(found.pieces)]
    if left:
        raise PersonalData(_summary(left), where="; ".join(_places(left)), fix=FIX)


def is_private(name: str, text: str) -> bool:
    """Return whether a file of that name and text holds no identifier at all; nothing is exempt."""
    return not any(find_identifiers(passage.text) for passage in passages_of(name, text.encode("utf-8", "replace")))


def _hits(folder: Path, names: frozenset[str] = frozenset()) -> Iterator[tuple[str, Found]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        yield from ((name, found) for found in find_identifiers(name))
        for place, text in passages_of(name, path.read_bytes()):
            yield from ((place, found) for found in find_identifiers(text))
            said = names.intersection(text.split()) if names else ()
            known = [each for each in sorted(said) if len(each) > SHORT or TABLE in place]
            yield from ((place, Found("name", each, each)) for each in known)


def _summary(hits: list[tuple[str, Found]]) -> str:
    kinds = {found.kind: found for _, found in hits}
    told = [f"{NAMES[kind]} ({found.masked})" for kind, found in kinds.items()]
    return f"the report holds personal identifiers: {', '.join(told)}"


def _places(hits: list[tuple[str, Found]]) -> list[str]:
    places = list(dict.fromkeys(place for place, _ in hits))
    more = [f"{len(places) - MOST} more places"] if len(places) > MOST else []
    return places[:MOST] + more


#: numbers of fewer digits are never taken for a person's
FEWEST_DIGITS = 11
#: names of branches, products, core enterprises, campaigns and venues, which reports tell
NAMED = ("name", "venue_name")


def exempt_words(words: Collection[str], *, results: Path, home: Home) -> set[str]:
    """Return those of `words` that are exactly a recorded number, a key of the bank or a public name of it.

    Parameters
    ----------
    words : collection of str
    results : Path
        The folder of result tables.
    home : Home
        Whose bank it is; a bank that cannot be read exempts nothing.
    """
    wanted = set(words)
    typed = {text for path in results.glob("*.parquet") for text in _typed_numbers(pd.read_parquet(path))}
    left = wanted - typed
    return (wanted & typed) | (_keys(left, home) if left else set())


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
    """Return the words that stand in a declared column of keys or of public names of one table."""
    columns = TABLES[table].columns
    names = [column.name for column in columns if column.kind == "key" or column.name in NAMED]
    found = set()
    for name in names:
        sql = f"SELECT DISTINCT {name} FROM {table} WHERE list_contains(?, {name})"
        found |= {key for (key,) in store.rows(sql, [sorted(words)])}
    return found

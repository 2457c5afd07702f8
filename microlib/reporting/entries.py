"""The files of ``words/``: every text in Chinese and English side by side, what a page shows in one place.

``words/reports/<report>.toml`` holds the pages of one report, ``words/common.toml`` those that several reports share; a
page is one table::

    [maturing]
    caption = { zh = "到期与还款来源", en = "What matures, and from what it will be repaid" }
    columns = ["horizon_days", "customers_count", "balance_yuan"]   # those shown, or "all"; without it no table
    rows = 12                                                       # shown at most; 40 without it
    figure = { draw = "ranked_bars", label = "horizon_days", values = ["balance_yuan"] }
    read = { zh = "…", en = "…" }                                   # the notes below the table
    misread = { zh = "…", en = "…" }

    [maturing.heads]                                                # columns that this table calls in its own way
    unknown_yuan = { zh = "…", en = "…" }

    [maturing.sentences]                                            # what its verdict may say
    maturing_some = { zh = "…", en = "…" }

Sentences that pages share stand in ``[sentences]`` of the file. What belongs to no page stands by kind: labels of
columns in ``columns.toml``, and so ``codes``, ``units``, ``marks``, ``leaflets``, ``running``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from microlib.errors import BadConfig

LANGS = ("zh", "en")
FOLDER = Path(__file__).parent / "words"
#: kinds of words that stand in files of their own, and those that stand with the pages
KINDS = ("columns", "codes", "units", "marks", "leaflets", "running")
PAGED = ("captions", "notes", "sentences")
NOTES = ("read", "misread")
#: what a report may say otherwise of a page that it shares with others
SHOWN = ("columns", "rows", "figure")
HEADS, SENTENCES = TEXTS = ("heads", "sentences")

Entry: TypeAlias = Mapping[str, str]
Tree: TypeAlias = Mapping[str, object]


@dataclass(frozen=True)
class FigureWords:
    """How a page's figure is drawn.

    Parameters
    ----------
    draw : str
        A function of ``reporting.charts``.
    options : dict
        Its arguments: columns of the result.
    """

    draw: str
    options: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class PageWords:
    """What one page shows and says.

    Parameters
    ----------
    name, file : str
        Its name, and the file in which it stands.
    caption : dict
        ``zh`` and ``en``.
    is_table : bool
        Whether it shows its result as a table.
    columns : tuple of str
        Columns shown; empty shows all.
    rows : int, optional
        Rows shown at most.
    figure : FigureWords, optional
    notes, heads, sentences : dict
        Key -> text in both languages: ``read`` and ``misread``; columns that this table calls in its own way; what its
        verdict may say.
    """

    name: str
    file: str
    caption: Entry
    is_table: bool = False
    columns: tuple[str, ...] = ()
    rows: int | None = None
    figure: FigureWords | None = None
    notes: dict[str, Entry] = field(default_factory=dict)
    heads: dict[str, Entry] = field(default_factory=dict)
    sentences: dict[str, Entry] = field(default_factory=dict)

    def columns_of(self, frame: pd.DataFrame) -> list[str] | None:
        """Return the columns of `frame` that are shown, None for all; one that it has not is refused by name."""
        absent = [name for name in self.columns if name not in frame.columns]
        if absent:
            fix = f"mend columns of [{self.name}], or pass columns=[...] of {', '.join(frame.columns)}"
            raise BadConfig(f"the table has no column {', '.join(absent)}", where=self.file, fix=fix)
        return list(self.columns) or None

    def drawn(self) -> FigureWords:
        """Return how the page is drawn; one without a figure is refused."""
        if self.figure is None:
            fix = f'write figure = {{ draw = "…" }} below [{self.name}], or call chart with a function'
            raise BadConfig(f"the words give {self.name} no figure", where=self.file, fix=fix)
        return self.figure


@lru_cache
def entries(kind: str) -> dict[str, Entry]:
    """Return the texts of one kind: dotted key -> {zh, en}.

    Parameters
    ----------
    kind : str
        ``captions``, ``notes`` or ``sentences`` of all pages; or ``columns``, ``codes``, ``units``, ``marks`` …: the
        file of that name, and for columns what single tables call them.

    Raises
    ------
    BadConfig
        If an entry lacks a language or stands twice.
    """
    if kind == "captions":
        return {name: page.caption for name, page in _pages()[0].items()}
    if kind == "notes":
        return {f"{name}.{note}": entry for name, page in _pages()[0].items() for note, entry in page.notes.items()}
    if kind == SENTENCES:
        return _pages()[2]
    file = FOLDER / f"{kind}.toml"
    found = dict(_leaves(read(file), file))
    if kind == "columns":
        heads = ((name, page.heads) for name, page in _pages()[0].items())
        _add(found, {f"{name}.{key}": head for name, own in heads for key, head in own.items()}, file)
    return found


def page_words(name: str, *, report: str = "") -> PageWords:
    """Return what the page `name` shows and says, in a report that may show it in a way of its own.

    Raises
    ------
    BadConfig
        If there are no words for the page.
    """
    pages, own, _ = _pages()
    if name not in pages:
        fix = "add it to the report's file, with a caption in zh and en"
        raise BadConfig(f"there are no words for {name}", where="microlib/reporting/words/reports", fix=fix)
    return replace(pages[name], **own.get((report, name), {}))


@lru_cache
def page_files() -> tuple[Path, ...]:
    """Return the files that hold pages: those of the reports, and what they share."""
    return (FOLDER / "common.toml", *sorted((FOLDER / "reports").glob("*.toml")))


@lru_cache
def same_codes() -> dict[str, str]:
    """Return the columns that hold the codes of another: column -> that column (``words/same.toml``)."""
    return read(FOLDER / "same.toml")


@lru_cache
def read(file: Path) -> dict[str, object]:
    """Return one file as it is written; each is parsed once.

    Raises
    ------
    BadConfig
        If it is no TOML, which includes a key that stands twice.
    """
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        fix = "mend that line; every key stands once"
        raise BadConfig(f"the catalogue is not TOML: {error}", where=str(file), fix=fix) from error


@lru_cache
def _pages() -> tuple[dict[str, PageWords], dict[tuple[str, str], dict[str, object]], dict[str, Entry]]:
    """Return all pages, what single reports show otherwise of a shared one, and all sentences."""
    pages: dict[str, PageWords] = {}
    own: dict[tuple[str, str], dict[str, object]] = {}
    sentences: dict[str, Entry] = {}
    for file in page_files():
        for name, tree in read(file).items():
            if name == SENTENCES:
                _add(sentences, dict(_leaves(tree, file)), file)
            elif name in pages and set(tree) <= set(SHOWN):
                own[file.stem, name] = _shown(name, tree, file)
            else:
                page = _page(name, tree, file)
                _add(pages, {name: page}, file)
                _add(sentences, page.sentences, file)
    return pages, own, sentences


def _add(found: dict[str, object], more: Mapping[str, object], file: Path) -> None:
    twice = sorted(set(found) & set(more))
    if twice:
        raise BadConfig(f"the words for {twice[0]} stand twice", where=file.name, fix="keep one of them")
    found.update(more)


def _page(name: str, tree: Tree, file: Path) -> PageWords:
    odd = sorted(set(tree) - {"caption", *SHOWN, *NOTES, *TEXTS})
    if odd or "caption" not in tree:
        what = f"[{name}] holds {odd[0]}, which no page has" if odd else f"[{name}] has no caption"
        raise BadConfig(what, where=file.name, fix="see the head of microlib/reporting/entries.py")
    caption = dict(_leaves({name: tree["caption"]}, file))[name]
    notes = dict(_leaves({note: tree[note] for note in NOTES if note in tree}, file))
    heads, said = (dict(_leaves(tree.get(part, {}), file)) for part in TEXTS)
    shown = _shown(name, tree, file)
    return PageWords(name, file.name, caption, notes=notes, heads=heads, sentences=said, **shown)


def _shown(name: str, tree: Tree, file: Path) -> dict[str, object]:
    """Return what a page shows beside its words, of that what is written."""
    found: dict[str, object] = {}
    if "columns" in tree:
        listed = tree["columns"]
        if listed != "all" and not (isinstance(listed, list) and listed):
            raise BadConfig(f"the columns of [{name}] are no list", where=file.name, fix='list them, or write "all"')
        found |= {"is_table": True, "columns": () if listed == "all" else tuple(listed)}
    if "rows" in tree:
        if not isinstance(tree["rows"], int):
            raise BadConfig(f"the rows of [{name}] are no number", where=file.name, fix="write a whole number")
        found["rows"] = tree["rows"]
    if "figure" in tree:
        options = dict(tree["figure"])
        if "draw" not in options:
            raise BadConfig(f"the figure of [{name}] does not say what draws it", where=file.name, fix="write draw")
        found["figure"] = FigureWords(options.pop("draw"), options)
    return found


def _leaves(tree: Tree, file: Path, path: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in tree.items():
        key = f"{path}.{name}" if path else name
        if not isinstance(value, dict):
            raise BadConfig(f"{key} is not an entry with zh and en", where=file.name, fix="write { zh = …, en = … }")
        if set(value) == set(LANGS) and all(isinstance(text, str) and text for text in value.values()):
            yield key, value
        elif set(value) & set(LANGS):
            raise BadConfig(f"{key} lacks a language", where=file.name, fix="write zh and en side by side")
        else:
            yield from _leaves(value, file, key)


def placeholders(text: str) -> set[str]:
    """Return the names (with formats) that a sentence wants; which form a word takes is no value of its own.

    Examples
    --------
    >>> sorted(placeholders("{a:wan} of {b} {b:loan|loans}"))
    ['a:wan', 'b']
    """
    return set(re.findall(r"\{([a-z0-9_]+(?::[a-z_]+)?)\}", text))

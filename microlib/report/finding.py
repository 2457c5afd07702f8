"""Find by words, in English or Chinese: names of the face, tables and columns, results of a branch, terms, methods."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

import pandas as pd

from microlib.contracts.policy import Policy
from microlib.contracts.product import Product
from microlib.contracts.segment import read_segments
from microlib.contracts.tables import TABLES
from microlib.errors import EmptyBook
from microlib.face.bank import Branch, Design
from microlib.face.index import call_signature, face_of
from microlib.face.places import GROUPS
from microlib.home import Overlay, shipped_data, shipped_methods
from microlib.report.showing import column_words
from microlib.report.words import entries

COLUMNS = ["name", "group", "answers", "call"]
#: results of a branch that are no `result` attributes
ASKED = ("customers", "designs", "history", "there")


def find(words: str = "") -> pd.DataFrame:
    """Find what speaks of something, in English or Chinese: names, results, tables, columns, terms, pages of methods.

    Answers "what is there for arrears, and how do I call it?"

    Parameters
    ----------
    words : str
        Words that must all stand in a name, its Chinese or English words or its description, in any case; without, all
        names of the face.

    Returns
    -------
    DataFrame
        One row per thing found, what bears the words in its name first: ``name``; ``group``, the face's own or
        ``results`` of a branch or design, ``tables``, ``columns``, ``terms`` of a product or policy, ``methods``;
        ``answers``, its first sentence; ``call``, what to write, or the page to read.

    Raises
    ------
    EmptyBook
        If nothing speaks of it; the nearest words are named.

    References
    ----------
    .. [1] The pages of all names and all tables: docs/api.md, docs/tables.md.

    Examples
    --------
    >>> find("Benford")[["name", "group"]].values.tolist()
    [['first_digits', 'rates'], ['first_digits.md', 'methods']]
    >>> find("逾期天数")["call"].tolist()[0]
    'branch.loans["overdue_days"]'
    """
    table = _catalogue()
    if not words.strip():
        return table.loc[table["part"] == "names", COLUMNS].reset_index(drop=True)
    wanted = words.casefold().split()
    is_found = [all(word in text for word in wanted) for text in table["text"]]
    if not any(is_found):
        near = get_close_matches(words.casefold(), _vocabulary(), n=3, cutoff=0.7)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        raise EmptyBook(f"no name speaks of {words!r}", where="find", fix=f"{meant}try one other word, or ml.find()")
    found = table[is_found]
    ranks = [_rank(row, wanted) for row in found.itertuples()]
    order = found.assign(_rank=ranks).sort_values("_rank", kind="stable")
    return order[COLUMNS].reset_index(drop=True)


def _rank(row: object, wanted: list[str]) -> int:
    """Names of the face that bear the words or say them at once, then whatever bears them, then the rest."""
    bears = all(word in row.head for word in wanted)
    says = all(word in f"{row.head} {row.answers.casefold()}" for word in wanted)
    return 0 if row.part == "names" and says else 1 if bears else 2


@cache
def _vocabulary() -> list[str]:
    table = _catalogue()
    return sorted({*table["name"].str.casefold(), *re.findall(r"[a-z0-9]{4,}", " ".join(table["head"]))})


@cache
def _catalogue() -> pd.DataFrame:
    rows = [*_names(), *_results(), *_tables(), *_terms(), *_methods()]
    found = pd.DataFrame(rows, columns=["part", *COLUMNS, "head", "text"])
    return found.assign(head=found["head"].str.casefold(), text=(found["head"] + " " + found["text"]).str.casefold())


def _names() -> Iterator[tuple[str, ...]]:
    for group, names in GROUPS.items():
        for name in names:
            found = face_of(name)
            told = inspect.getdoc(found) or ""
            call = "" if isinstance(found, type) else str(call_signature(found))
            told_columns = re.findall(r"[a-z]\w+_(?:share|rate|yuan|count|days)", told)
            about = " ".join([told.split("Examples", 1)[0], *map(column_words, sorted({*told_columns}))])
            yield "names", name, group, told.split("\n", 1)[0], f"ml.{name}{call}", name, f"{about} {_caption(name)}"


def _results() -> Iterator[tuple[str, ...]]:
    for kind, call, extra in ((Branch, "branch", ASKED), (Design, 'branch.design("…")', ())):
        for name in (*kind.result_names(), *extra):
            made = getattr(kind, name)
            told = inspect.getdoc(getattr(made, "func", made)) or ""
            measured = re.findall(r"`[\w.]*?(\w+)`", told)
            said = " ".join(filter(None, (_caption(each) for each in (name, *measured))))
            ends = '("par30")' if name == "history" else ""
            yield "results", name, "results", told.split("\n", 1)[0], f"{call}.{name}{ends}", f"{name} {said}", told


def _tables() -> Iterator[tuple[str, ...]]:
    for name, table in TABLES.items():
        key = ", ".join(table.key)
        call = f'branch["{name}"]' if name in ASKED else f"branch.{name}"
        yield "tables", name, "tables", f"{table.zh}: one row per {key}", call, f"{name} {table.zh}", ""
    for name, table in TABLES.items():
        call = f'branch["{name}"]' if name in ASKED else f"branch.{name}"
        for column in table.columns:
            words = f"{column.zh} {column_words(column.name)}"
            told = f"{column.zh}, {column.unit}, of {name}" + (f": {', '.join(column.codes)}" if column.codes else "")
            yield (
                *("columns", column.name, "columns", told, f'{call}["{column.name}"]'),
                *(f"{column.name} {words}", told),
            )


def _terms() -> Iterator[tuple[str, ...]]:
    kinds = {"data/products/*.toml": Product}
    kinds |= {f"data/policies/{name}.toml": field.annotation for name, field in Policy.model_fields.items()}
    for file, model in kinds.items():
        for place, description in _fields(model):
            name = place.rsplit(".", 1)[-1]
            said = (description or name.replace("_", " ")).split("\n", 1)[0]
            yield "terms", name, "terms", said, f"{file}: {place}", f"{name} {column_words(name)}", said

    folder = shipped_data() / "segments"
    for segment in read_segments(Overlay(folder, folder)):
        said, call = (
            f"{segment.title.zh} {segment.title.en}",
            f"branch.customers.query(\"segment == '{segment.code}'\")",
        )
        yield "terms", segment.code, "terms", said, call, f"{segment.code} {said}", "segment 客群"


def _fields(model: object) -> Iterator[tuple[str, str]]:
    """Fields of written terms by their place, those of their parts too."""
    for name, field in getattr(model, "model_fields", {}).items():
        yield name, field.description or ""
        yield from ((f"{name}.{inner}", said) for inner, said in _fields(field.annotation))


def _methods() -> Iterator[tuple[str, ...]]:
    for page in sorted(shipped_methods().glob("*.md")):
        if page.name == "README.md":
            continue
        text = page.read_text(encoding="utf8")
        title = text.split("\n", 1)[0].removeprefix("# ")
        question = re.search(r"\*\*Question\.\*\* (.+?)(?:\n\n|\Z)", text, re.S)
        told = " ".join(question[1].split()) if question else title
        yield "methods", page.name, "methods", told, f"docs/methods/{page.name}", f"{page.stem} {title}", text


def _caption(name: str) -> str:
    entry = entries("captions").get(name)
    return f"{entry['zh']} {entry['en']}" if entry else ""

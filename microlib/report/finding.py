"""Find by words, in English or Chinese: names of the face, tables and columns, results of a branch, terms, methods."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

import numpy as np
import pandas as pd

from microlib.contracts.policy import Policy
from microlib.contracts.product import Product
from microlib.contracts.segment import read_segments
from microlib.contracts.tables import TABLES
from microlib.errors import EmptyBook
from microlib.face.asking import COLUMNS as CUSTOMER_COLUMNS
from microlib.face.bank import TOPICS, Branch, Design, own_results, topic_class
from microlib.face.index import call_signature, face_of
from microlib.face.places import GROUPS
from microlib.home import Overlay, shipped_data, shipped_methods
from microlib.report.showing import column_words
from microlib.report.words import entries

COLUMNS = ["name", "group", "answers", "call"]
#: results of a branch that are no `result` attributes
ASKED = ("customers", "designs", "history", "there")
#: words of a question that say nothing of what is asked
IDLE = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "by",
        "do",
        "does",
        "for",
        "from",
        "have",
        "how",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "our",
        "the",
        "to",
        "what",
        "which",
        "who",
        "with",
    ]
)
#: what is called, and with what to begin
ENDS = {
    "history": '("par30")',
    "what_if": "(cap_yuan=800_000)",
    "price_if": "(ftp_rate=0.0164)",
    "strike": '("core_pays_late", months=2)',
}
#: rows at most where nothing bears all the words
MOST_NEAR = 20


def find(words: str = "") -> pd.DataFrame:
    """Find what speaks of something, in English or Chinese: names, results, tables, columns, terms, pages of methods.

    Answers "what is there for arrears, and how do I call it?"

    Parameters
    ----------
    words : str
        Words that must all stand in a name, its Chinese or English words or its description, in any case; without, all
        names of the face. Where nothing bears them all, other forms of a word count (``slower`` for ``slow``), words
        of like meaning in either language (``report/words/finding.toml``), parts of a Chinese one; and where nothing
        has all of those, what has the most and the rarest.

    Returns
    -------
    DataFrame
        One row per thing found, what bears the words in its name first: ``name``; ``group``, the face's own or
        ``results`` of a branch, one of its topics or a design, ``tables``, ``columns``, ``terms`` of a product or
        policy, ``methods``; ``answers``, its first sentence; ``call``, what to write, or the page to read.

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
    wanted = [word for word in words.casefold().split() if word not in IDLE] or words.casefold().split()
    is_found = [all(word in text for word in wanted) for text in table["text"]]
    if not any(is_found):
        near = _nearest(table, wanted)
        if len(near):
            return near
        near = get_close_matches(words.casefold(), _vocabulary(), n=3, cutoff=0.7)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        raise EmptyBook(f"no name speaks of {words!r}", where="find", fix=f"{meant}try one other word, or ml.find()")
    found = table[is_found]
    ranks = [_rank(row, wanted) for row in found.itertuples()]
    order = found.assign(_rank=ranks).sort_values("_rank", kind="stable")
    return order[COLUMNS].reset_index(drop=True)


def _nearest(table: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Return what speaks of the same in other words: rows that have all of it, else the most and the rarest of it."""
    alike = [each for word in wanted for each in _alike(word)]
    has = np.array([[any(other in text for other in others) for others in alike] for text in table["text"]])
    held = has.sum(axis=0)
    weights = np.where(held > 0, np.log(len(table) / np.maximum(held, 1)), 0.0)
    scores = has @ weights
    best = scores >= (weights.sum() if has.all(axis=1).any() else scores.max() / 2) - 1e-9
    best &= scores > 0
    heads = [sum(any(other in head for other in others) for others in alike) for head in table["head"]]
    order = table.assign(_score=scores, _head=heads)[best]
    return (
        order.sort_values(["_score", "_head"], ascending=False, kind="stable")[COLUMNS]
        .head(MOST_NEAR)
        .reset_index(drop=True)
    )


def _alike(word: str) -> list[set[str]]:
    """Return the ideas of one word asked, each as the set of words that tell of it."""
    families = _families()
    known = [each for each in families if each in word and (each == word or _is_chinese(each))]
    known = [each for each in known if not any(each != other and each in other for other in known)]
    stem = _stem(word)
    if known:
        return [families[each] | {each} for each in known]
    if _is_chinese(word) and len(word) > 2:
        return [{word[place : place + 2]} for place in range(len(word) - 1)]
    ideas = [told for each, told in families.items() if not _is_chinese(each) and _stem(each) == stem]
    return [{word, stem}.union(*ideas)]


def _stem(word: str) -> str:
    """Return an English word without the ending that its form gave it."""
    return re.sub(r"(?<=[a-z]{4})(?:ings?|ers?|ed|es|ly|s)$", "", word)


def _is_chinese(word: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", word))


@cache
def _families() -> dict[str, set[str]]:
    """Each word of like meanings -> all of them, and what its English forms begin with."""
    found: dict[str, set[str]] = {}
    for entry in entries("finding").values():
        family = {*entry["zh"].split(), *entry["en"].split()}
        for word in family:
            found.setdefault(word, set()).update(family)
    return found


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
    kinds = [(Branch, "branch", (*Branch.result_names(), *ASKED))]
    kinds += [(topic_class(topic), f"branch.{topic}", own_results(topic)) for topic in TOPICS]
    kinds += [(Design, 'branch.design("…")', (*Design.result_names(), "what_if", "price_if", "strike"))]
    for kind, call, names in kinds:
        for name in names:
            made = getattr(kind, name)
            told = inspect.getdoc(getattr(made, "func", made)) or ""
            measured = re.findall(r"`[\w.]*?(\w+)`", told)
            said = " ".join(filter(None, (_caption(each) for each in (name, *measured))))
            ends = ENDS.get(name, "")
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
    for name in CUSTOMER_COLUMNS:
        words = column_words(name)
        said = f"{words}, of each customer"
        yield "columns", name, "columns", said, f'branch.customers["{name}"]', f"{name} {words}", said


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

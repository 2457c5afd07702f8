"""What every part of a report works with: the branch's book, the words, the results, and what could not be computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from microlib.contracts.tables.registry import TABLES
from microlib.reporting.catalogues import Words
from microlib.reporting.computations import Book, NotComputed
from microlib.reporting.results import Results


@dataclass(repr=False)
class Desk:
    """The desk at which one report of one branch is written.

    Parameters
    ----------
    book : Book
        The branch's slice of the bank.
    words : Words
    results : Results
    waiting : dict
        Page -> why it was not computed, in the order met.
    """

    book: Book
    words: Words
    results: Results
    waiting: dict[str, NotComputed] = field(default_factory=dict)

    @classmethod
    def opened(cls, book: Book, *, lang: str, out: str | Path) -> Self:
        """Return a desk with empty results."""
        return cls(book, Words(lang), Results(out))

    def blocked(self, page: str, inputs: Iterable[Any]) -> NotComputed | None:
        """Return the first of `inputs` that was not computed, and remember that `page` waits for it."""
        found = next((item for item in inputs if isinstance(item, NotComputed)), None)
        if found is not None:
            self.waiting.setdefault(page, found)
        return found

    def reach(self) -> tuple[tuple[str, ...], int]:
        """Return the tables without a row of this branch, and the highest data level of those with one."""
        held = {name: table.level for name, table in TABLES.items() if self.book.has(name)}
        return tuple(name for name in TABLES if name not in held), max(held.values(), default=0)

    def is_waiting(self, result: Any) -> bool:
        """Return whether `result` was not computed."""
        return isinstance(result, NotComputed)

    def names(self, column: str, items: Any, *, told: str = "") -> None:
        """Teach the words the names of one column's codes.

        Parameters
        ----------
        column : str
            The column that holds the codes, e.g. ``"segment"``.
        items : mapping or iterable
            Code -> words in both languages, or written terms that carry a code and a title: segments (with their
            rules' reason codes), products, access rules, stop rules, fees.
        told : str
            A mark with ``{text}`` in which the words are put, e.g. that a rule is not met.
        """
        listed = items.items() if isinstance(items, Mapping) else [(_code(item), item) for item in items]
        spoken = {code: _spoken(item) for code, item in listed}
        if told:
            spoken = {code: {lang: Words(lang).mark(told, text=text) for lang, text in said.items()}
                      for code, said in spoken.items()}  # fmt: skip
        self.words = self.words.naming(column, spoken)
        rules = {_code(rule): _spoken(rule) for _, item in listed for rule in getattr(item, "rules", ())}
        self.words = self.words.naming("reason_code", rules)

    def names_from(self, column: str, table: str, *, key: str, name: str) -> None:
        """Teach the words the names that a table of the bank gives to the keys of `column`; absent, keys stay.

        Parameters
        ----------
        column : str
            The column that will hold the keys, e.g. ``"source_id"``.
        table, key, name : str
            The table, its column of keys and its column of names.
        """
        rows = self.book[table].drop_duplicates(key) if self.book.has(table) else []
        if len(rows):
            pairs = zip(rows[key].astype("str"), rows[name].astype("str"), strict=True)
            self.words = self.words.naming(column, {code: {"zh": said, "en": said} for code, said in pairs})


def _code(item: Any) -> str:
    return item.reason_code if hasattr(item, "reason_code") else item.code


def _spoken(item: Any) -> dict[str, str]:
    if isinstance(item, Mapping):
        return dict(item)
    said = next((getattr(item, name) for name in ("title", "meaning", "said") if hasattr(item, name)), item)
    return {"zh": said.zh, "en": said.en}

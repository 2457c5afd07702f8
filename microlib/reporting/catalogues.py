"""The words of the reports in one language: labels, units, codes, sentences; an unknown key is refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from microlib.errors import BadConfig
from microlib.reporting import formats
from microlib.reporting.entries import LANGS, entries, same_codes
from microlib.reporting.fillings import close_set, filled

SUFFIXES = ("low", "high", "count")


@dataclass(frozen=True)
class Words:
    """The catalogue in one language.

    Parameters
    ----------
    lang : str
        ``zh`` or ``en``.
    names : mapping, optional
        Names that come with the data's own terms: column -> code -> {zh, en}, such as titles of segments and products.
    table : str
        The result table spoken of; its own labels (``[table]`` in ``columns.toml``) go before the general ones.

    Raises
    ------
    BadConfig
        If the language is neither, or (any method) if a key has no entry.

    Examples
    --------
    >>> words = Words("zh")
    >>> words.header("balance_yuan"), words.code("class5", "special_mention")
    ('贷款余额（万元）', '关注')
    """

    lang: str
    names: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    table: str = ""

    def __post_init__(self) -> None:
        if self.lang not in LANGS:
            raise BadConfig(f"the language {self.lang!r} is not spoken here", where="lang", fix="write zh or en")

    def naming(self, column: str, titles: Mapping[str, Mapping[str, str]]) -> Words:
        """Return words that also know the names of one column's codes."""
        known = {code: dict(title) for code, title in titles.items()}
        return replace(self, names={**self.names, column: {**self.names.get(column, {}), **known}})

    def of(self, table: str) -> Words:
        """Return words that speak of one result table."""
        return replace(self, table=table)

    def has(self, kind: str, key: str) -> bool:
        """Return whether the catalogue `kind` has an entry for `key`."""
        return key in entries(kind)

    def entry(self, kind: str, key: str) -> str:
        """Return the words of one entry; an unknown key is a `BadConfig` that names it."""
        if key not in entries(kind):
            raise BadConfig(
                f"there are no words for {key}",
                where=f"microlib/reporting/words/{kind}",
                fix="add an entry with zh and en side by side",
            )
        return entries(kind)[key][self.lang]

    def mark(self, key: str, **values: Any) -> str:
        """Return a fixed phrase of the page's furniture (a banner, a box, a heading)."""
        return filled(self.entry("marks", key), values, self)

    def filled(self, kind: str, key: str, **values: Any) -> str:
        """Return the entry `key` of the catalogue `kind` with its numbers written in."""
        return filled(self.entry(kind, key), values, self)

    def sentence(self, key: str, **values: Any) -> str:
        """Return the sentence `key` with its numbers written in.

        A placeholder's format says how its value is written: ``wan``, ``percent``, ``rate``, ``interval``,
        ``pp_interval``, ``rate_interval``, ``count``, ``whole``, ``figure``, ``day``, ``month``, ``code``,
        ``codes``; none writes text as it is.
        """
        return close_set(filled(self.entry("sentences", key), values, self), self.lang)

    def column(self, name: str) -> str:
        """Return a column's label without its unit.

        Bounds and counts of a labelled rate need no entry of their own; a column that stands for a named code (one
        segment of a matrix) has that code's name.
        """
        titles = next((titles[name] for titles in self.names.values() if name in titles), None)
        if titles:
            return titles[self.lang]
        if f"{self.table}.{name}" in entries("columns"):
            return self.entry("columns", f"{self.table}.{name}")
        stem, _, suffix = name.rpartition("_")
        if name in entries("columns") or suffix not in SUFFIXES:
            return self.entry("columns", name)
        stems = [f"{stem}{unit}" for unit in ("", "_share", "_rate", "_yuan")]
        label = next((found for found in stems if self.has("columns", found)), name)
        return self.mark(f"of_{suffix}", label=self.entry("columns", label))

    def unit(self, name: str) -> str:
        """Return the unit of a column as its header says it; empty where it has none."""
        units, own = entries("units"), f"{self.table}.{name}"
        whole, last = name.removesuffix("_low").removesuffix("_high"), name.rsplit("_", 1)[-1]
        found = next((key for key in (own, name, whole, whole.rsplit("_", 1)[-1], last) if key in units), None)
        return units[found][self.lang] if found else ""

    def header(self, name: str) -> str:
        """Return a column's label with its unit in brackets."""
        label, unit = self.column(name), self.unit(name)
        return label if unit in ("", label) else f"{label}（{unit}）" if self.lang == "zh" else f"{label} ({unit})"

    def code(self, column: str, value: Any) -> str:
        """Return the words for a code of `column`, or for codes with blanks between them.

        A value that is no code (a key, a name) stays as it is.
        """
        text = str(value)
        known = self._known(column, text)
        if known or " " not in text:
            return known or text
        parts = [self._known(column, part) or self._amount(part) for part in text.split()]
        return self.join(parts) if all(parts) else text

    def _amount(self, text: str) -> str:
        """Return the words for an amount of yuan inside a code; empty where it is none."""
        return f"{formats.wan(float(text))} {self.unit('yuan')}" if text.isdigit() else ""

    def _known(self, column: str, text: str) -> str:
        """Return the words for one code; empty where it is none: terms' own names first, then codes, then columns."""
        maps = [self.names.get(column, {}), *self.names.values()]
        entry = next((titles[text] for titles in maps if text in titles), None)
        codes, own = entries("codes"), same_codes().get(column, column)
        mine = f"{self.table}.{column}.{text}"
        keys = [key for key in (mine, f"{own}.{text}", f"any.{text}") if key in codes]
        found = entry or (codes[keys[0]] if keys else entries("columns").get(text))
        return found[self.lang] if found else ""

    def join(self, texts: Iterable[str]) -> str:
        """Return texts as one list in the language's punctuation."""
        return ("、" if self.lang == "zh" else ", ").join(texts)

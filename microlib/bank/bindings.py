"""Bindings: for each of our columns, the text it comes from in a sheet and the value that becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from microlib.bank import conversions, pseudonyms
from microlib.bank.raws import Raw, quoted
from microlib.contracts.mappings import Mapping, TableMapping, plain_header

ALREADY = "'^[0-9a-fA-F]{32,128}$'"


@dataclass(frozen=True)
class Intake:
    """What one conversion needs to know beside the sheet.

    Parameters
    ----------
    as_of : date
        The date of the file.
    key : bytes
        The bank's pseudonym key.
    mapping : Mapping
        How the source writes.
    """

    as_of: date
    key: bytes = field(repr=False)
    mapping: Mapping = field(repr=False)


@dataclass(frozen=True)
class Binding:
    """One of our columns, bound to a sheet; every pattern is an expression over its text, named ``{t}``.

    Parameters
    ----------
    column, kind : str
        Name and kind of the column.
    text : str
        Expression of its text over the raw relation.
    value : str
        Pattern of its value.
    bad : str
        Pattern of the condition under which it cannot become a value.
    fix : str
        What to do about such a value.
    place : int, optional
        The cell column it comes from, where it is one.
    """

    column: str
    kind: str
    text: str
    value: str
    bad: str = "FALSE"
    fix: str = ""
    place: int | None = None

    @property
    def name(self) -> str:
        """The name under which its text stands in the view."""
        return f"t_{self.column}"

    @property
    def is_hashed_here(self) -> bool:
        """Whether its values become pseudonyms on the way in, each distinct one once."""
        return self.kind == "hash" and "sha256" in self.value

    @property
    def embeds(self) -> str:
        """Pattern of the condition that a key holds a person's number."""
        return pseudonyms.embeds_person_sql("{t}", name=self.column)

    def hidden(self, key: bytes) -> str:
        """Return the pattern of what stands for such a key."""
        return pseudonyms.key_pseudonym_sql("{t}", key=key)

    def over(self, pattern: str, *, word: str = "") -> str:
        """Return a pattern as an expression over the view, or over another name for the text."""
        return pattern.replace("{t}", word or self.name)


def bind_columns(raw: Raw, entry: TableMapping, *, found: dict[str, int], intake: Intake) -> list[Binding]:
    """Bind every column that the sheet, the file's name or the mapping can fill, in the contract's order."""
    bound = {name: binding for name, binding in _stated(raw, entry)}
    bound |= {name: _counted_days(raw, entry, name, intake) for name in entry.days_since}
    bound |= {name: _summed(raw, entry, name) for name in entry.sums}
    for name in found.keys() - bound.keys():
        text = raw.text_sql(found[name], missing=_missing(entry, name))
        bound[name] = _bound(entry, name, text, unit=unit_of(raw, entry, name, found[name]), place=found[name])
    return [_private(bound[name], entry, intake) for name in entry.contract.names if name in bound]


def unit_of(raw: Raw, entry: TableMapping, name: str, place: int) -> str:
    """Return the unit of a column: as the mapping says, else as its header does, else ours."""
    kind = entry.contract.column(name).kind
    if kind not in ("yuan", "share"):
        return entry.units.get(name, "")
    return entry.units.get(name) or raw.header.unit(place, is_money=kind == "yuan")


def filter_sql(raw: Raw, entry: TableMapping) -> str:
    """Return the condition under which a mapping takes a row."""
    kept = [f"{_cell(raw, word)} IN ({quoted(*values)})" for word, values in entry.keep.items()]
    left = [f"coalesce({_cell(raw, word)}, '') NOT IN ({quoted(*values)})" for word, values in entry.drop.items()]
    return " AND ".join([*kept, *left]) or "TRUE"


def _bound(entry: TableMapping, name: str, text: str, *, unit: str = "", place: int | None = None) -> Binding:
    column, codes = entry.contract.column(name), entry.codes.get(name, {})
    value = conversions.value_sql("{t}", column, unit=unit, codes=codes)
    bad = "FALSE" if value == "{t}" else f"{{t}} IS NOT NULL AND ({value}) IS NULL"
    bad += f" AND NOT {conversions.is_open_sql('{t}', column)}" if column.kind in ("date", "moment") else ""
    fix = f"map it under codes.{name} to one of {', '.join(column.codes)}" if column.kind == "code" else ""
    return Binding(name, column.kind, text, value, bad, fix or conversions.EXPECTED.get(column.kind, ""), place)


def _private(binding: Binding, entry: TableMapping, intake: Intake) -> Binding:
    """Turn the text of a personal identifier into the value that may be kept."""
    if binding.kind != "hash":
        return binding
    if binding.column in entry.already_hashed:
        bad = f"{{t}} IS NOT NULL AND NOT regexp_matches({{t}}, {ALREADY})"
        fix = "take it out of already_hashed, or have the source pseudonymise it"
        return replace(binding, value="lower({t})", bad=bad, fix=fix)
    return replace(binding, value=pseudonyms.pseudonym_sql("{t}", key=intake.key), bad="FALSE")


def _stated(raw: Raw, entry: TableMapping) -> Iterator[tuple[str, Binding]]:
    """Yield the columns whose one value the mapping or the file's name says."""
    said = {name: _literal(value) for name, value in entry.constants.items()}
    matches = {name: re.search(pattern, raw.sheet.path.stem) for name, pattern in entry.from_file_name.items()}
    said |= {name: _literal(match.group(1)) if match else "NULL" for name, match in matches.items()}
    for name, text in said.items():
        yield name, _bound(entry, name, f"{text}::VARCHAR")


def _literal(value: object) -> str:
    return quoted(str(int(value)) if isinstance(value, bool) else str(value))


def _counted_days(raw: Raw, entry: TableMapping, name: str, intake: Intake) -> Binding:
    cells = [_cell(raw, word, entry) for word in entry.days_since[name]]
    days = [conversions.date_sql(cell) for cell in cells]
    first = f"least({', '.join(days)})" if len(days) > 1 else days[0]
    since = f"coalesce(greatest(0, DATE '{intake.as_of}' - {first}), 0)"
    ended = [f"({day} IS NOT NULL OR starts_with({cell}, '{conversions.OPEN_END}'))"
             for day, cell in zip(days, cells, strict=True)]  # fmt: skip
    return _joined(entry, name, since, cells=cells, read=ended)


def _summed(raw: Raw, entry: TableMapping, name: str) -> Binding:
    unit, kind = entry.units.get(name, ""), entry.contract.column(name).kind
    cells = [_cell(raw, word, entry) for word in entry.sums[name]]
    parts = [conversions.number_sql(cell, unit=unit, kind=kind) for cell in cells]
    total = " + ".join(f"coalesce({part}, 0)" for part in parts)
    return _joined(entry, name, total, cells=cells, read=[f"{part} IS NOT NULL" for part in parts])


def _joined(entry: TableMapping, name: str, value: str, *, cells: list[str], read: list[str]) -> Binding:
    """Bind a column to several cells; a cell that cannot be read stands in the text, so that it is told."""
    column = entry.contract.column(name)
    refused = " ".join(
        f"WHEN {cell} IS NOT NULL AND NOT {is_read} THEN '? ' || {cell}"
        for cell, is_read in zip(cells, read, strict=True)
    )
    text = f"CASE {refused} ELSE ({value})::VARCHAR END"
    fix = "write dates and numbers in the columns that are counted or added up"
    cast = f"try_cast({{t}} AS {'BIGINT' if column.kind == 'count' else 'DOUBLE'})"
    return Binding(name, column.kind, text, cast, f"{{t}} IS NOT NULL AND {cast} IS NULL", fix)


def _missing(entry: TableMapping, name: str) -> tuple[str, ...]:
    kept = conversions.meaningful(entry.contract.column(name), entry.codes.get(name, {}))
    return tuple(word for word in entry.missing if word not in kept)


def _cell(raw: Raw, word: str, entry: TableMapping | None = None) -> str:
    place = raw.header.place([plain_header(word)])
    return raw.text_sql(place, missing=entry.missing if entry else ())

"""Intakes: what is read through which mapping, of which date, under which key, standing ready to be loaded."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from microlib.bank import files, privacy, receipts
from microlib.bank.bindings import Intake
from microlib.bank.filenames import file_date
from microlib.bank.receipts import Receipt
from microlib.bank.staged import FileMark, Staged
from microlib.bank.stores import Store
from microlib.contracts.documents import read_document
from microlib.contracts.failures import failure_frame, joined_failures
from microlib.contracts.mappings import Mapping
from microlib.errors import BadConfig, BadData
from microlib.homes import SHIPPED, Home


@dataclass(frozen=True)
class Source:
    """A mapping, and by what its revision is known.

    Parameters
    ----------
    mapping : Mapping
        How the source writes.
    name : str
        The file's stem.
    revision : str
        First digits of the hash of its text.
    """

    mapping: Mapping = field(repr=False)
    name: str
    revision: str

    @property
    def mark(self) -> str:
        """What the store remembers of it."""
        return f"{self.name}@{self.revision}"


def read_source(home: Home, mapping: str | Path) -> Source:
    """Read a mapping: a path, or a name in the home's own folder of mappings or among those shipped.

    Raises
    ------
    BadConfig
        If there is no such mapping, or if it breaks its model.
    """
    name = Path(mapping).name if Path(mapping).suffix == ".toml" else f"{mapping}.toml"
    tried = [Path(mapping), home.config("mappings") / name, SHIPPED / "mappings" / name]
    path = next((each for each in tried if each.is_file()), tried[-1])
    content = read_document(path, Mapping)
    return Source(content, path.stem, hashlib.sha256(path.read_bytes()).hexdigest()[:12])


def dated_files(paths: Sequence[Path], *, as_of: date | None) -> list[tuple[Path, date]]:
    """Return each file with its date: the one said, else the one its name bears.

    Raises
    ------
    BadConfig
        If nothing says the date.
    BadData
        If there is no file, or if two files have one name, by which the bank would mix them up.
    """
    if not paths:
        raise BadData("no file was given", fix="name at least one file")
    twice = [name for name, count in Counter(path.name for path in paths).items() if count > 1]
    if twice:
        raise BadData(f"several files are called {twice[0]}", where=twice[0], fix="rename one, or ingest one by one")
    dated = [(path, as_of or file_date(path.stem)) for path in paths]
    undated = [path.name for path, day in dated if day is None]
    if undated:
        fix = "say it: --as-of 2026-06-30, or write it in the file's name (ledger_202606.xlsx)"
        raise BadConfig("nothing says of which date the file is", where=", ".join(undated), fix=fix)
    return dated


def staged_files(
    store: Store, dated: Sequence[tuple[Path, date]], *, source: Source
) -> tuple[list[Staged], list[FileMark]]:
    """Read files and stand their tables ready in the store's session.

    Returns
    -------
    tuple of list of Staged and list of FileMark
        One part per sheet and table, one mark per file.

    Raises
    ------
    BadConfig
        If the key cannot be used, or if the mapping is not for a file.
    BadData
        If a file cannot be read, or if columns are missing: then nothing else can be checked.
    """
    key, found = privacy.settled_key(store), []
    for place, (path, day) in enumerate(dated):
        intake = Intake(day, key, source.mapping)
        sheets = files.read_sheets(path)
        found += [(each, day) for each in received(store, sheets, intake=intake, name=f"raw_{place}", source=source)]
    refuse_unshaped([receipt for receipt, _ in found])
    staged = [staged_receipt(receipt, as_of=day) for receipt, day in found]
    return staged, [file_mark(path, source) for path, _ in dated]


def received(store: Store, sheets: list, *, intake: Intake, name: str, source: Source) -> list[Receipt]:
    """Cast a file's sheets, and leave out tables whose keys the bank knows better from another source."""
    found = receipts.receive_sheets(store.con.con, sheets, intake=intake, name=name)
    return [each for each in found if not (each.entry.unless_known and _is_known(store, each, source))]


def refuse_unshaped(found: Sequence[Receipt]) -> None:
    """Refuse files in which a column that must be there is missing.

    Raises
    ------
    BadData
        With all failures found so far.
    """
    broken = [each for each in found if not each.relation]
    if not broken:
        return
    failures = joined_failures([failure_frame(each.problems) for each in found])
    first = next(fault for fault in broken[0].problems if fault["severity"] == "block")
    what = f"{first['rule']}: {first['table']}.{first['column']} ({first['value']})"
    raise BadData(what, where=broken[0].sheet.origin, fix=first["fix"], failures=failures)


def staged_receipt(receipt: Receipt, *, as_of: date) -> Staged:
    """Return a receipt as the loader takes it."""
    problems = failure_frame(receipt.problems)
    return Staged(receipt.table, receipt.relation, receipt.sheet.path.name, as_of, problems)


def file_mark(path: Path, source: Source) -> FileMark:
    """Return what the store remembers of a file."""
    return FileMark(path.name, files.file_hash(path), source.mark)


def note_source(store: Store) -> None:
    """Note by which key the store's pseudonyms were made, once they are in it."""
    privacy.note_key(store, privacy.settled_key(store))


def _is_known(store: Store, receipt: Receipt, source: Source) -> bool:
    """Say whether another source has told the bank of every key of a staged table."""
    table, key = receipt.table, ", ".join(receipt.entry.contract.key)
    if not receipt.relation or not store.has(table):
        return False
    others = f"SELECT file_id FROM files WHERE NOT starts_with(mapping, '{source.name}@')"
    told = f"SELECT {key} FROM {table} WHERE file_id IN ({others})"
    unknown = f"SELECT count(*) FROM {receipt.relation} ANTI JOIN ({told}) USING ({key})"
    return store.rows(unknown)[0][0] == 0

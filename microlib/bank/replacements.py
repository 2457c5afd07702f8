"""Superseding and undoing: whose rows go, and when they must not go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from microlib.bank.keys import clashing_rows, kept_rows
from microlib.bank.staged import Arrival, Staged
from microlib.bank.stores import Store
from microlib.errors import BadData


def superseded_files(store: Store, arriving: Sequence[Arrival], *, parts: Mapping[int, Staged]) -> dict[int, int]:
    """Return the kept file that each arriving file supersedes, old to new.

    The old file is the one of the same name, table and date, or else the one whose rows the
    new file contradicts.

    Raises
    ------
    BadData
        If a new file would supersede more than one, or one whose rows a third file shares.
    """
    rivals: dict[int, set[int]] = {file_id: _namesakes(store, part) for file_id, part in parts.items()}
    for arrival in arriving:
        clashing = clashing_rows(arrival, kept_rows(store, arrival.table))
        pairs = clashing.select("file_id", "other_file_id").distinct()
        for new, old in store.rows(store.con.compile(pairs)):
            rivals[new].add(old)
    crowded = {new: old for new, old in rivals.items() if len(old) > 1}
    if crowded:
        new, old = next(iter(crowded.items()))
        raise _too_many(parts[new].origin, file_names(store, old))
    replaced = {next(iter(old)): new for new, old in rivals.items() if old}
    refuse_shared(store, replaced)
    return replaced


def refuse_shared(store: Store, gone: Collection[int]) -> None:
    """Refuse to remove files whose rows a later file shares.

    Raises
    ------
    BadData
        If there is such a file: its rows would go too.
    """
    links = store.rows("SELECT owner_id, file_id FROM shares")
    held = {sharer for owner, sharer in links if owner in gone and sharer not in gone}
    if held:
        raise BadData(
            f"{', '.join(file_names(store, gone))} shares rows with {', '.join(file_names(store, held))}",
            where=str(store.home.bank),
            fix=f"undo {', '.join(file_names(store, held))} first",
        )


def file_names(store: Store, file_ids: Collection[int]) -> list[str]:
    """Return the names of files, each once, in the order in which they came."""
    found = store.rows("SELECT name FROM files WHERE list_contains(?, file_id) ORDER BY file_id", [list(file_ids)])
    return list(dict.fromkeys(name for (name,) in found))


def _namesakes(store: Store, part: Staged) -> set[int]:
    found = store.rows(
        "SELECT max(file_id) FROM files WHERE superseded_by IS NULL AND name = ? AND table_name = ? AND as_of = ?",
        [part.origin, part.table, part.as_of],
    )
    return {file_id for (file_id,) in found if file_id is not None}


def _too_many(origin: str, names: list[str]) -> BadData:
    return BadData(
        f"{origin} would supersede more than one file: {', '.join(names)}",
        where=origin,
        fix="undo those that are wrong with `microlib ingest --undo`, then ingest without --replace",
    )


def no_such_file(store: Store, name: str) -> BadData:
    """Return the refusal of a file that the bank does not hold."""
    known = store.rows("SELECT DISTINCT name FROM files WHERE superseded_by IS NULL ORDER BY name LIMIT 12")
    listed = ", ".join(name for (name,) in known) or "none yet"
    return BadData(f"the bank holds no file {name!r}", where=str(store.home.bank), fix=f"it holds {listed}")

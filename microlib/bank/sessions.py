"""A session of ingest: the source, the open store and its key; what is wrong is left in a table of failures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from microlib.bank.lookups import keep_told, note_key, settled_key
from microlib.bank.sources import Source, read_source
from microlib.bank.staged import FileMark
from microlib.bank.stores import Store, open_store
from microlib.errors import BadData
from microlib.files import file_hash


@dataclass(frozen=True)
class IngestOptions:
    """How an ingest goes about what is there already.

    Parameters
    ----------
    replace : bool
        Let each file supersede the rows of the file that it corrects.
    """

    replace: bool = False


@dataclass(frozen=True)
class Session:
    """What an ingest works with.

    Parameters
    ----------
    store : Store
        Open to write.
    source : Source
        The mapping.
    key : bytes
        The bank's pseudonym key.
    """

    store: Store
    source: Source
    key: bytes = field(repr=False)

    def file_mark(self, path: Path) -> FileMark:
        """Return what the store remembers of a file."""
        return FileMark(path.name, file_hash(path), self.source.mark)


@contextmanager
def open_session(home: str | Path, *, mapping: str | Path, name: str) -> Iterator[Session]:
    """Open a home's bank for an ingest; note the key's fingerprint when it has gone well.

    What the mapping wants kept of who stands behind a key goes into the home's look-up then.

    Parameters
    ----------
    home : path
        The folder that holds, or will hold, ``data/bank.duckdb``.
    mapping : str or path
        A mapping's path or name.
    name : str
        What the table of failures is named after.

    Raises
    ------
    BadConfig
        If the mapping, the key or the bank cannot be used.
    BadData
        What the ingest raises, with the place of the table of failures in its remedy.
    """
    source = read_source(home, mapping)
    try:
        with open_store(home, writable=True) as store:
            key = settled_key(store)
            yield Session(store, source, key)
            note_key(store, key)
            keep_told(store)
    except BadData as error:
        if len(error.failures):
            error.fix = "; ".join(filter(None, [error.fix, _written(error, _failures_path(home, name))]))
        raise


def _failures_path(home: str | Path, name: str) -> Path:
    return Path(home) / "data" / f"failures-{name}.csv"


def _written(error: BadData, path: Path) -> str:
    """Write the table of failures beside the bank, and say where it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        error.failures.to_csv(path, index=False, encoding="utf-8-sig")
    except OSError as cause:
        return f"the table of failures could not be written ({cause.strerror})"
    return f"all {len(error.failures)} failures and notes: {path}"

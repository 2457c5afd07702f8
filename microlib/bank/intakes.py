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

"""Sources: a mapping file found by its path or its name, and by what its revision is known again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from microlib.contracts.documents import read_document
from microlib.contracts.mappings import Mapping
from microlib.files import file_hash
from microlib.homes import Home


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


def read_source(home: str | Path, mapping: str | Path) -> Source:
    """Read a mapping: a path, or a name in the home's own folder of mappings or among those shipped.

    Raises
    ------
    BadConfig
        If there is no such mapping, or if it breaks its model.

    Examples
    --------
    >>> read_source(".", "vat_invoices").mapping.title
    'VAT invoice lists'
    """
    name = Path(mapping).name if Path(mapping).suffix == ".toml" else f"{mapping}.toml"
    known = Home(Path(home)).config("mappings") / name
    is_path = Path(mapping).is_file() or (len(Path(mapping).parts) > 1 and not known.is_file())
    path = Path(mapping) if is_path else known
    content = read_document(path, Mapping)
    return Source(content, path.stem, file_hash(path)[:12])

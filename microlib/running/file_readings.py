"""How written terms that stand for themselves are read: mappings, patterns of use, teaching cases."""

from __future__ import annotations

from pathlib import Path

from microlib.contracts.documents import read_document
from microlib.contracts.mappings import Mapping
from microlib.contracts.usages import read_usages
from microlib.running.case_readings import read_case


def read_mapping(path: Path) -> str:
    """Read a mapping; return how many tables it makes."""
    return f"{len(read_document(path, Mapping).entries)} tables"


def read_uses(path: Path) -> str:
    """Read the patterns of use that peers are compared under; return how many there are."""
    return f"{len(read_usages(path))} patterns"


#: folder that holds a file -> how it is read
READERS = {"mappings": read_mapping, "peers": read_uses, "cases": read_case}

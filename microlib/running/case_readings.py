"""How the files of teaching cases are read: of a project, or of selling."""

from __future__ import annotations

from pathlib import Path

from microlib.contracts.documents import read_document, read_toml
from microlib.contracts.outreach_cases import OutreachCase
from microlib.contracts.project_cases import ProjectCase


def read_case(path: Path) -> str:
    """Read a teaching case, of a project or of selling; return which."""
    if "project" in read_toml(path):
        read_document(path, ProjectCase)
        return "project"
    read_document(path, OutreachCase)
    return "outreach"

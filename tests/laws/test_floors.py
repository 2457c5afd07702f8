"""Imports go down only, without cycles; the tree is the one that ARCHITECTURE.md draws."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path


def test_imports_go_down_only(root: Path) -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def _packages(root: Path) -> dict[str, str]:
    """Return what each package of the tree says of itself, by its path."""
    files = sorted((root / "microlib").rglob("__init__.py"))
    return {
        file.parent.relative_to(root).as_posix(): ast.get_docstring(ast.parse(file.read_text(encoding="utf8"))).split(
            "\n"
        )[0]
        for file in files
    }


def test_architecture_page_maps_the_tree_as_it_is(root: Path) -> None:
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf8")
    named = dict(re.findall(r"^\| `(microlib[^`]*?)/` \| (.*?) \|$", page, re.M))
    assert named == _packages(root), "run `.venv/bin/python tests/laws/maps.py`"


def test_architecture_page_stays_short(root: Path) -> None:
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf8")
    assert len(page.splitlines()) <= 120

"""Imports go down only, without cycles; the tree is the one that ARCHITECTURE.md draws."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_imports_go_down_only(root: Path) -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_architecture_page_names_every_module_and_no_other(root: Path) -> None:
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf8")
    named = set(re.findall(r"^\| `(microlib/[^`]+)` \|", page, re.M))
    modules = {path.relative_to(root).as_posix() for path in (root / "microlib").rglob("*.py")}
    assert named == {module for module in modules if not module.endswith("__init__.py")}


def test_architecture_page_stays_short(root: Path) -> None:
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf8")
    assert len([line for line in page.splitlines() if not line.startswith("| `microlib/")]) <= 120

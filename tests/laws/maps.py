"""The module map of ARCHITECTURE.md, from what each package says of itself; run as a module, this rewrites it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "ARCHITECTURE.md"


def rows() -> str:
    """Return the table's rows, a package each."""
    lines = []
    for file in sorted((ROOT / "microlib").rglob("__init__.py")):
        said = ast.get_docstring(ast.parse(file.read_text(encoding="utf8"))).split("\n")[0]
        lines.append(f"| `{file.parent.relative_to(ROOT).as_posix()}/` | {said} |")
    return "\n".join(lines)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf8")
    PAGE.write_text(re.sub(r"(?m)(^\| `microlib.*\n)+", rows() + "\n", text, count=1), encoding="utf8")

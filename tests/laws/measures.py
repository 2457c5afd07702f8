"""`docs/methods/README.md` lists every measure with its page; run as a module, this rewrites it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS, PAGES = ("stats", "metrics"), ROOT / "docs" / "methods"
HEAD = """# All measures

Made from the docstrings of `microlib.stats` and `microlib.metrics` by `python tests/laws/measures.py`; a test compares
the two. Each page says the question, the formula, how to read it, how it misleads, and the sources.
"""


def measures() -> dict[str, str]:
    """Return the first docstring line of every public function of the two floors, by ``module.function``."""
    found: dict[str, str] = {}
    for path in sorted(path for floor in FLOORS for path in (ROOT / "microlib" / floor).glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found[f"{path.stem}.{node.name}"] = (ast.get_docstring(node) or "").partition("\n")[0]
    return found


def pages() -> dict[str, list[str]]:
    """Return the measures that each page names after ``Measures:``, by page; empty where it names none."""
    texts = {page.name: page.read_text(encoding="utf8") for page in sorted(PAGES.glob("*.md"))}
    texts.pop("README.md", None)
    named = {page: re.search(r"^Measures:(.+?)\n\n", text, re.M | re.S) for page, text in texts.items()}
    return {page: re.findall(r"`([\w.]+)`", line[1]) if line else [] for page, line in named.items()}


def title(page: str) -> str:
    """Return a page's heading."""
    return (PAGES / page).read_text(encoding="utf8").partition("\n")[0].removeprefix("# ")


def rendered() -> str:
    """Return the text of the index that docstrings and pages imply."""
    known, parts = measures(), [HEAD]
    for page, names in pages().items():
        rows = [f"- [`{name}`]({page}): {known[name]}" for name in names if name in known]
        if rows:
            parts.append("\n".join([f"## {title(page)}", "", *rows]) + "\n")
    others = [f"- [{title(page)}]({page})" for page, names in pages().items() if not names]
    return "\n".join([*parts, "\n".join(["## Designs and decisions", "", *others]) + "\n"])


if __name__ == "__main__":
    (PAGES / "README.md").write_text(rendered(), encoding="utf8")

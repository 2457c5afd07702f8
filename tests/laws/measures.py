"""`docs/methods/README.md` lists every measure with its page; run as a module, this rewrites it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
METRICS, PAGES = ROOT / "microlib" / "metrics", ROOT / "docs" / "methods"
HEAD = """# All measures

Made from the docstrings of `microlib.metrics` by `python tests/laws/measures.py`; a test compares the two. Each page
says the question, the formula, how to read it, how it misleads, and the sources.
"""


def modules() -> dict[str, Path]:
    """Return every module of the metrics floor by its name below it."""
    paths = sorted(path for path in METRICS.rglob("*.py") if path.name != "__init__.py")
    return {".".join(path.relative_to(METRICS).with_suffix("").parts): path for path in paths}


def pages() -> dict[str, list[str]]:
    """Return the modules that each page's line ``Modules:`` names, by page; empty where it has none."""
    texts = {page.name: page.read_text(encoding="utf8") for page in sorted(PAGES.glob("*.md"))}
    texts.pop("README.md", None)
    lines = {page: re.search(r"^Modules: (.+)$", text, re.M) for page, text in texts.items()}
    return {page: re.findall(r"`([\w.]+)`", line[1]) if line else [] for page, line in lines.items()}


def measures(path: Path) -> list[tuple[str, str]]:
    """Return name and first docstring line of each public function of a module, in its order."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    return [(node.name, (ast.get_docstring(node) or "").partition("\n")[0]) for node in found]


def title(page: str) -> str:
    """Return a page's heading."""
    return (PAGES / page).read_text(encoding="utf8").partition("\n")[0].removeprefix("# ")


def rendered() -> str:
    """Return the text of the index that docstrings and pages imply."""
    known, parts = modules(), [HEAD]
    for page, names in pages().items():
        rows = [
            f"- [`{name}.{measure}`]({page}): {said}"
            for name in names
            if name in known
            for measure, said in measures(known[name])
        ]
        if rows:
            parts.append("\n".join([f"## {title(page)}", "", *rows]) + "\n")
    others = [f"- [{title(page)}]({page})" for page, names in pages().items() if not names]
    return "\n".join([*parts, "\n".join(["## Designs and decisions", "", *others]) + "\n"])


if __name__ == "__main__":
    (PAGES / "README.md").write_text(rendered(), encoding="utf8")

"""The page of all names of the face, made from their docstrings; run by hand, this rewrites the page."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from microlib.face.index import TITLES, call_signature, face_of
from microlib.face.places import GROUPS, PLACES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api.md"
HEAD = """\
# `import microlib as ml`

分析人员要学的全部名字：普通的 pandas 表进，表出，不需要任何库文件。每个名字先查表再算：缺列、钱写成文字、缺键、重复的借据、空表，都用一句话说明在哪一列、哪一行、什么值、怎么改；给进来的表不会被改动。完整说明用 `help(ml.par)`，按词查找用 `ml.find("逾期")`。

All the names an analyst learns: plain pandas frames in and out, no store needed. Each name checks before it computes: a column that is missing, text for money, a missing key, a loan that stands twice, an empty frame are refused in one sentence with column, row, value and remedy; the frame given is never altered. The whole text is `help(ml.par)`; `ml.find("arrears")` finds by words. This page is made from the docstrings by `tests/laws/faces.py`.
"""  # noqa: E501
ROLE = re.compile(r":math:`([^`]*)`")


def rendered() -> str:
    """Return the page's text."""
    lines = [HEAD]
    for group, names in GROUPS.items():
        lines += [f"## {TITLES[group]}", "", ", ".join(f"[`{name}`](#{name.lower()})" for name in names), ""]
        for name in names:
            lines += _entry(name)
    return "\n".join(lines).rstrip() + "\n"


def _entry(name: str) -> list[str]:
    """One name: how it is called, what it answers, its example."""
    found = face_of(name)
    told = inspect.getdoc(found)
    first, _, rest = told.partition("\n")
    lines = [f"### {name}", "", ROLE.sub(r"\1", first).replace("``", "`"), ""]
    question = re.search(r"^Answers (.*?)(?:\n\n|\Z)", rest, re.M | re.S)
    if question:
        lines += ["*Answers " + " ".join(question[1].split()).replace("``", "`").replace("*", r"\*") + "*", ""]
    if not isinstance(found, type):
        lines += [f"`ml.{name}{call_signature(found)}`", ""]
    return [*lines, "```python", *_example(told, name, found.__name__), "```", ""]


def _example(told: str, name: str, own: str) -> list[str]:
    """The docstring's example as it stands, calls of the face written as one writes them."""
    text = told.split("Examples\n--------\n", 1)[1]
    shown = re.split(r"\n\n(?!>>>)", text.strip())[0]
    faces = {named: named for named, place in PLACES.items() if ".face." in place}
    for called, written in (faces | {own: name}).items():
        shown = re.sub(rf"(?<![\w.\"]){called}(?=\()", f"ml.{written}", shown)
    return [line for line in shown.splitlines() if not line.startswith(">>> from microlib.face")]


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(rendered(), encoding="utf8")


if __name__ == "__main__":
    main()

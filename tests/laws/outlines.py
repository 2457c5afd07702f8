"""Which page serves which topic of the outline, from the tags of cells; run as a module, this rewrites the page."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "outline.md"
MARK = "topic-"
SAME = {"①": "-1", "②": "-2", "③": "-3"}
HEAD = """\
# 大纲对照 · the outline, topic by topic

每个主题由哪个笔记本里的哪一页回答：报告用 `microlib report` 为每家支行生成，案例和练习在 JupyterLab 里打开。软性主题（能力、沟通）只提供能算出来的那一部分，不给人打分。

Which notebook answers a topic: reports are made for every branch by `microlib report`; cases and exercises are opened in JupyterLab. Of soft topics only the computable part is offered, and nobody is scored.
"""  # noqa: E501


def outline() -> dict:
    """Return the outline's parts and topics."""
    return tomllib.loads((ROOT / "docs" / "outline.toml").read_text(encoding="utf8"))


def notebooks() -> list[Path]:
    """Return the notebooks, in order of folder and name."""
    return sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def topics_of(notebook: Path) -> set[str]:
    """Return the topics that the cells of a notebook claim."""
    cells = json.loads(notebook.read_text(encoding="utf8"))["cells"]
    tags = {tag for cell in cells for tag in cell["metadata"].get("tags", []) if tag.startswith(MARK)}
    return {tag.removeprefix(MARK).translate(str.maketrans(SAME)) for tag in tags}


def claims() -> dict[str, list[Path]]:
    """Return, by topic, the notebooks that claim it."""
    claimed: dict[str, list[Path]] = {}
    for path in notebooks():
        for topic in topics_of(path):
            claimed.setdefault(topic, []).append(path)
    return claimed


def rendered() -> str:
    """Return the page's text."""
    known, claimed, lines = outline(), claims(), [HEAD]
    for part, title in known["parts"].items():
        lines += [
            f"## {part} {title['zh']} · {title['en']}",
            "",
            "| | 主题 | topic | 在哪里 · where |",
            "|---|---|---|---|",
        ]
        own = {topic: said for topic, said in known["topics"].items() if topic.startswith(part)}
        for topic, said in own.items():
            where = ", ".join(_link(path) for path in claimed.get(topic, []))
            lines.append(f"| {topic} | {said['zh']} | {said['en']} | {where} |")
        lines.append("")
    return "\n".join(lines)


def _link(path: Path) -> str:
    return f"[{path.stem}](../{path.relative_to(ROOT).as_posix()})"


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf8")

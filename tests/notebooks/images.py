"""Drop image data and run times from notebooks; text outputs and execution counts stay for nbval to compare."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

#: kinds of output that are pictures, or views of widgets that live only while a kernel runs
DROPPED = ("image/", "application/vnd.jupyter.widget-view")


def without_images(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook with no pictures, no views of widgets and no run-time metadata."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell.metadata.pop("papermill", None)
        for output in cell.get("outputs", []):
            for kind in [kind for kind in output.get("data", {}) if kind.startswith(DROPPED)]:
                del output["data"][kind]
                output.get("metadata", {}).pop(kind, None)
    for part in ("papermill", "widgets"):
        notebook.metadata.pop(part, None)
    return notebook


def main(paths: list[str]) -> int:
    """Rewrite each file that changes; say 1 if any did, as a commit hook must."""
    changed = 0
    for path in map(Path, paths):
        before = path.read_text(encoding="utf8")
        after = nbformat.writes(without_images(nbformat.reads(before, as_version=4))) + "\n"
        if after != before:
            path.write_text(after, encoding="utf8")
            changed = 1
    return changed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Run every notebook on the demo bank, in place, and keep what nbval compares."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from images import without_images
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def refreshed(path: Path) -> nbformat.NotebookNode:
    """Return the notebook at `path` freshly run in its own folder, without images."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    return without_images(client.execute())


def main(names: list[str]) -> None:
    """Refresh the notebooks named, or all."""
    for path in sorted(NOTEBOOKS.rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts and (not names or path.stem in names):
            notebook = refreshed(path)
            path.write_text(nbformat.writes(notebook) + "\n", encoding="utf8")


if __name__ == "__main__":
    main(sys.argv[1:])

"""What an executed notebook says about its own run: where the seconds went, and what it warned of."""

from __future__ import annotations

from datetime import datetime

from nbformat import NotebookNode

LONGEST_WARNING = 500


def split_seconds(notebook: NotebookNode | None) -> dict[str, float]:
    """Split a notebook's run into kernel start, imports and the other cells, from the moments papermill wrote.

    Parameters
    ----------
    notebook : NotebookNode, optional
        An executed notebook.

    Returns
    -------
    dict
        ``kernel_start, imports, cells`` in seconds; empty where no cell ran.
    """
    ran = [cell for cell in _code_cells(notebook) if _of_papermill(cell).get("start_time")]
    if notebook is None or not ran or not _of_papermill(notebook).get("start_time"):
        return {}
    started = datetime.fromisoformat(_of_papermill(notebook)["start_time"])
    first = datetime.fromisoformat(_of_papermill(ran[0])["start_time"])
    imports = sum(_of_papermill(cell).get("duration") or 0 for cell in ran if _is_import(cell))
    everything = sum(_of_papermill(cell).get("duration") or 0 for cell in ran)
    split = {
        "kernel_start": (first - started).total_seconds(),
        "imports": imports,
        "cells": everything - imports,
    }
    return {name: round(seconds, 3) for name, seconds in split.items()}


def has_run(notebook: NotebookNode | None) -> bool:
    """Return whether the kernel took up any cell of a notebook."""
    return any(cell.get("execution_count") for cell in _code_cells(notebook))


def warning_lines(notebook: NotebookNode | None) -> tuple[str, ...]:
    """Return what the notebook's cells wrote on the error stream, one text per cell, shortened."""
    outputs = [output for cell in _code_cells(notebook) for output in cell.outputs]
    texts = [output.text.strip() for output in outputs if output.get("name") == "stderr"]
    return tuple(text[:LONGEST_WARNING] for text in texts if text)


def _code_cells(notebook: NotebookNode | None) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"] if notebook is not None else []


def _of_papermill(node: NotebookNode) -> dict:
    return node.metadata.get("papermill", {})


def _is_import(cell: NotebookNode) -> bool:
    return cell.source.lstrip().startswith(("import ", "from "))

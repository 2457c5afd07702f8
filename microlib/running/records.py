"""What stays of a run beside its reports: the manifest and the index, written even when the run was cut short."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from microlib.running import indexes, manifests, publications
from microlib.running.inputs import Inputs


def check_folder(folder: Path) -> None:
    """Refuse a reports folder that cannot be written, is full, or whose manifest cannot be added to.

    Raises
    ------
    BadConfig
        With the system's reason.
    """
    publications.check_writable(folder)
    manifests.read_manifest(folder)


def record_run(folder: Path, *, inputs: Inputs, run: dict[str, Any], outcomes: Iterable[Any]) -> None:
    """Add a run to the manifest of `folder` and rebuild the index.

    Raises
    ------
    BadConfig
        If they cannot be written, as when the disk has filled up meanwhile; the former ones stay.
    """
    earlier = manifests.read_manifest(folder)
    manifest = manifests.merged_manifest(earlier, inputs=inputs, run=run, outcomes=outcomes)
    try:
        manifests.write_manifest(folder, manifest)
        indexes.write_index(folder)
    except OSError as error:
        raise publications.unwritable(folder, error) from error

"""A run's turn at a reports folder: checked, locked, and tidied of what a killed run left there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from microlib.running import journals, locks, manifests, publications


def check_folder(folder: Path) -> None:
    """Refuse a reports folder that cannot be written, is full, or whose manifest cannot be added to.

    Raises
    ------
    BadConfig
        With the system's reason.
    """
    publications.check_writable(folder)
    manifests.read_manifest(folder)


@contextmanager
def taken_turn(folder: Path, *, run_id: str) -> Iterator[None]:
    """Take the folder for one run: nobody else writes it, and what a killed run left is taken up or removed.

    Raises
    ------
    BadConfig
        If another run holds it, or it cannot be written, as when the disk has filled up meanwhile.
    """
    check_folder(folder)
    with locks.only_run(folder, run_id=run_id):
        publications.sweep_staged(folder)
        journals.recover(folder)
        try:
            yield
        except OSError as error:
            raise publications.unwritable(folder, error) from error

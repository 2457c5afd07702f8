"""Publishing a folder at once: written beside its place, then exchanged, so that nobody reads half of one."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from microlib.errors import BadConfig

PROBE_BYTES = 1 << 20
#: a folder that is being written, or was moved aside for one
STAGED = re.compile(r"\.[^.]+\.[0-9a-f]{12}(\.former)?")
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be made, cannot be written, or has no room left.

    Raises
    ------
    BadConfig
        With the system's reason.
    """
    probe = folder / f".probe.{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(bytes(PROBE_BYTES))
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        with suppress(OSError):
            probe.unlink()


def unwritable(folder: Path, error: OSError, *, what: str = "reports") -> BadConfig:
    """Return the refusal of a folder that could not be written, in the system's words."""
    return BadConfig(
        f"{what} cannot be written: {error.strerror or error}",
        where=str(folder),
        fix="make the folder writable, free some space, or choose another --home",
    )


@contextmanager
def staged_folder(final: Path) -> Iterator[Path]:
    """Give an empty folder beside `final` to write into; whatever is left in it at the end is removed."""
    staged = final.parent / f".{final.name}.{uuid.uuid4().hex[:12]}"
    staged.mkdir(parents=True)
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def publish_folder(staged: Path, final: Path) -> None:
    """Put `staged` in the place of `final` in one step; the former content ends up at `staged`."""
    if not final.exists():
        staged.rename(final)
    elif not _exchanged(staged, final):
        former = staged.with_name(f"{staged.name}.former")
        final.rename(former)
        staged.rename(final)
        former.rename(staged)


def link_files(source: Path, target: Path) -> None:
    """Let `target` hold the files of `source` as well: linked where the file system can, else copied."""
    if not source.is_dir():
        return
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in source.iterdir():
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copy2(file, target / file.name)


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def sweep_staged(folder: Path) -> None:
    """Remove what a run that was killed left half-written below a folder, and put back what it had moved aside.

    Only the holder of the folder's lock may do it.
    """
    for left in [path for path in folder.glob("*/*/.*") if STAGED.fullmatch(path.name)]:
        final = left.with_name(left.name.split(".")[1])
        if left.suffix == ".former" and not final.exists():
            left.rename(final)
        elif left.is_dir():
            shutil.rmtree(left, ignore_errors=True)


def write_text(path: Path, text: str) -> Path:
    """Write a file at once, beside its place and then renamed, and return its path."""
    staged = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        staged.write_text(text, encoding="utf-8")
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)
    return path


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system could exchange two folders atomically (Linux, on file systems that know how)."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    return rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0

"""Private folders for sockets: closed to others, short enough for a socket's path, swept when their owner is gone."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from microlib.files import hold

PREFIX = "microlib-"
#: says where the private folder of the run is to which a process belongs
RUN_FOLDER = "MICROLIB_RUN_FOLDER"
#: a socket's path may hold so many bytes: 107 on Linux, 103 elsewhere
LONGEST_SOCKET = 103
#: the longest that stand below a temporary folder: a kernel's within its run's folder, the zygote's of all commands
SOCKETS = ("/microlib-12345678/k-12345678/socket-5", "/microlib-warm-4294967295-0123456789abcdef/zygote")
#: so a temporary folder with a longer path is passed over
LONGEST_FOLDER = LONGEST_SOCKET - max(map(len, SOCKETS))


def short_folder() -> Path:
    """Return the temporary folder, or ``/tmp`` where its path is too long for the sockets below it."""
    found = tempfile.gettempdir()
    return Path(found if _is_short(found) else "/tmp")


@contextmanager
def short_folder_taken() -> Iterator[None]:
    """Have what is started inside put its sockets into a temporary folder of a short path, as ours are."""
    former, tempfile.tempdir = tempfile.tempdir, str(short_folder())
    try:
        yield
    finally:
        tempfile.tempdir = former


def new_folder() -> Path:
    """Make a folder of our own, inside the run's where this process belongs to one."""
    within = os.environ.get(RUN_FOLDER, "")
    place = within if within and os.path.isdir(within) else short_folder()
    return Path(tempfile.mkdtemp(prefix=PREFIX if place != within else "k-", dir=place))


@contextmanager
def run_folder() -> Iterator[Path]:
    """Give a run its folder, known to its workers by the environment; it is removed at the end.

    What runs left that could not end themselves is removed first.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=short_folder()))
    former = os.environ.get(RUN_FOLDER)
    with (folder / "alive").open("w") as mark:
        hold(mark)
        os.environ[RUN_FOLDER] = str(folder)
        try:
            yield folder
        finally:
            os.environ.pop(RUN_FOLDER)
            if former is not None:
                os.environ[RUN_FOLDER] = former
            shutil.rmtree(folder, ignore_errors=True)


def sweep() -> list[Path]:
    """Remove folders of runs whose process is gone, and return them."""
    gone = []
    for mark in short_folder().glob(f"{PREFIX}*/alive"):
        with suppress(OSError), mark.open("r+") as held:
            if hold(held):
                shutil.rmtree(mark.parent, ignore_errors=True)
                gone.append(mark.parent)
    return gone


def shared_folder(key: str) -> Path:
    """Return this user's folder for the zygote of a key, made where it is not there yet.

    Raises
    ------
    PermissionError
        If what stands there is not a folder of ours that is closed to others.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    above = Path(runtime) if _is_short(runtime) and os.path.isdir(runtime) else short_folder()
    folder = above / f"microlib-warm-{os.geteuid()}-{key}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(f"{folder} is not a private folder of this user")
    return folder


def _is_short(folder: str) -> bool:
    """Whether there is a path, short enough for the sockets below it."""
    return 0 < len(os.fsencode(folder)) <= LONGEST_FOLDER

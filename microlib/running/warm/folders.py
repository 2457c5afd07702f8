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
#: a socket's path may hold 107 bytes, so a long temporary folder is passed over
LONGEST_FOLDER = 70


def short_folder() -> Path:
    """Return the temporary folder, or ``/tmp`` where its path is too long for a socket."""
    found = tempfile.gettempdir()
    return Path(found if len(os.fsencode(found)) <= LONGEST_FOLDER else "/tmp")


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
    above = Path(runtime) if runtime and os.path.isdir(runtime) else short_folder()
    folder = above / f"microlib-warm-{os.geteuid()}-{key}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(f"{folder} is not a private folder of this user")
    return folder

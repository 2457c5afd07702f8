"""Files written whole or not at all, folders exchanged in one step, locks, and hashes by which content is known again.

Readers never see half of anything: a file is written beside its place and renamed, a folder is written beside its
place and exchanged with what stood there.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import signal
import stat
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from microlib.errors import BadConfig

PROBE_BYTES = 1 << 20
#: how the system says that there is no room left
FULL = tuple(os.strerror(getattr(errno, name)) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name))
#: how it says that a disk, as one of a network may, knows no locks
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
#: a folder that is being written, or was moved aside for one
STAGED = re.compile(r"\.[^.]+\.[0-9a-f]{12}(\.former)?")
#: a file that is being written
DRAFT = re.compile(r"\..+\.[a-f]{12}")
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def _token() -> str:
    """Return twelve letters that nobody else draws; without digits, which a page that tells its folder shows."""
    return "".join(secrets.choice("abcdef") for _ in range(12))


@dataclass(frozen=True)
class Limits:
    """How much of a file that others made is read before it is refused.

    Parameters
    ----------
    rows : int
        Of a workbook's sheet: what Excel itself can hold.
    columns : int
        Of any sheet.
    megabytes : int
        Of what a workbook unpacks to.
    records : int
        Of a Parquet file, which may hold any number of equal ones in a few bytes.
    cells : int
        Of a workbook's sheet, empty ones among them: a few bytes may say that one stands a thousand million times.
    signs : int
        Of a cell: what Excel itself can hold.
    seconds : int
        That reading a file may take, where the system can interrupt it.

    Examples
    --------
    >>> Limits().raised(["columns=2000"]).columns
    2000
    """

    rows: int = 1_048_576
    columns: int = 1_000
    megabytes: int = 1_024
    records: int = 20_000_000
    cells: int = 50_000_000
    signs: int = 32_767
    seconds: int = 900

    def raised(self, said: Sequence[str]) -> Limits:
        """Return the limits with some set anew, each as ``name=number``.

        Raises
        ------
        BadConfig
            If there is no such limit, or no number.
        """
        pairs = [each.partition("=")[::2] for each in said]
        names = [each.name for each in fields(self)]
        wrong = [
            each for each, (name, number) in zip(said, pairs, strict=True) if name not in names or not _is_count(number)
        ]
        if wrong:
            fix = f"write one of {', '.join(names)} and a number, e.g. columns=2000"
            raise BadConfig(f"{wrong[0]!r} is no limit", fix=fix)
        return replace(self, **{name: int(number) for name, number in pairs})


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) > 0


LIMITS = Limits()


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text.

    Examples
    --------
    >>> text_hash("0755")[:12]
    '64a51d22e7aa'
    """
    return hashlib.sha256(text.encode()).hexdigest()


def json_hash(thing: object) -> str:
    """Return the SHA-256 of something that JSON can hold; what it cannot is taken by its text.

    Examples
    --------
    >>> json_hash({"a": 1, "b": 2}) == json_hash({"b": 2, "a": 1})
    True
    """
    return text_hash(json.dumps(thing, sort_keys=True, default=str))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, by which the same file is known again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in files}


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """Give a draft beside `path` to write to; it takes the place of `path` at the end, or is removed on an error.

    Parameters
    ----------
    path : Path
        Its folder is made where it is not there yet.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "limits.csv"
    >>> with replaced_file(path) as draft:
    ...     _ = draft.write_text("branch_id")
    >>> path.read_text(), [each.name for each in path.parent.iterdir()]
    ('branch_id', ['limits.csv'])
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{_token()}")
    try:
        yield draft
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """Write a text file at once and return its path."""
    with replaced_file(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Make SIGTERM end the work inside as Ctrl-C does, so that nothing half-written stays; in a main thread alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put Ctrl-C and SIGTERM off until the short work inside is done; in a main thread alone."""
    told: list[int] = []
    former = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not None]
        former = {number: signal.signal(number, lambda number, _: told.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        for number in told:
            signal.raise_signal(number)


@contextmanager
def private_file(path: Path) -> Iterator[Path]:
    """Give a draft that only its owner can read; it takes the place of `path` at the end, or is removed on an error."""
    with replaced_file(path) as draft:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield draft


@contextmanager
def staged_folder(final: Path) -> Iterator[Path]:
    """Give an empty folder beside `final` to write into; whatever is left in it at the end is removed."""
    staged = final.parent / f".{final.name}.{_token()}"
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
    for pattern in (".*", "*/.*", "*/*/.*"):
        for left in [path for path in folder.glob(pattern) if DRAFT.fullmatch(path.name) and path.is_file()]:
            left.unlink(missing_ok=True)


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


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system could exchange two folders atomically (Linux, on file systems that know how)."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    return rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be made, cannot be written, or has no room left.

    Raises
    ------
    BadConfig
        With the system's reason.
    """
    probe = folder / f".probe.{_token()}"
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


def hold(file: IO[str]) -> bool | None:
    """Lock an open file and return whether that could be done; nothing where the system has no such locks.

    The system lets the lock go when its holder ends, however it ends.

    Parameters
    ----------
    file : file
        Open for writing; the lock goes when it is closed.

    Raises
    ------
    BadConfig
        If its disk knows no locks: two at once would write over each other.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        fix = "choose a --home on a disk of this computer, or mount its disk with locks"
        raise BadConfig(f"this disk knows no locks: {error.strerror}", where=str(file.name), fix=fix) from error
    return True


#: within a folder of somebody at work: held by a lock that goes with its maker, however that ends
ALIVE = "alive"
#: what folders of ours below a temporary folder begin with
PREFIX = "microlib-"
#: what folders of kernels within it begin with
KERNEL = "k-"
#: after so long a folder that is still empty, or holds nothing but folders of kernels, was left so
SETTLED_SECONDS = 60


def held_mark(path: Path) -> IO[str] | None:
    """Make a file and lock it; nothing where another holds it, or took it away meanwhile.

    Parameters
    ----------
    path : Path
        In a folder that is there.
    """
    try:
        mark = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        if hold(mark) is not False and os.path.samestat(os.fstat(mark.fileno()), path.stat()):
            return mark
    except FileNotFoundError:
        return None
    mark.close()
    return None


@contextmanager
def owned_folder(place: Path, prefix: str = PREFIX) -> Iterator[Path]:
    """Give a new folder that only this user may enter; it is removed at the end, or by `sweep_owned` after a kill.

    Parameters
    ----------
    place : Path
        The folder to make it in.
    prefix : str
        What its name begins with.

    Examples
    --------
    >>> place = Path(tempfile.mkdtemp())
    >>> with owned_folder(place) as folder:
    ...     sweep_owned(place), folder.is_dir(), oct(folder.stat().st_mode)[-3:]
    ([], True, '700')
    >>> folder.exists()
    False
    """
    while True:  # a sweep may take a new folder for one that was left, until its mark is held
        with undisturbed():
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place.absolute()))
            mark = held_mark(folder / ALIVE)
        if mark is not None:
            break
    with mark:
        try:
            yield folder
        finally:
            with undisturbed():
                _removed(folder)


def _removed(folder: Path) -> None:
    """Remove a folder of ours, its mark last: what another process of ours puts in meanwhile is left to a sweep."""
    with suppress(OSError):
        for each in [each for each in folder.iterdir() if each.name != ALIVE]:
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)
        (folder / ALIVE).unlink(missing_ok=True)
        try:
            folder.rmdir()
        except OSError:
            (folder / ALIVE).touch(0o600)


def sweep_owned(place: Path, prefix: str = PREFIX) -> list[Path]:
    """Remove folders of `owned_folder` whose makers are gone, and return them."""
    gone = []
    for folder in left_owned(place, prefix):
        _removed(folder)
        gone.append(folder)
    return gone


def left_owned(place: Path, prefix: str = PREFIX) -> Iterator[Path]:
    """Yield the folders of `owned_folder` whose makers are gone, each held while it is looked at.

    Examples
    --------
    >>> place = Path(tempfile.mkdtemp())
    >>> with owned_folder(place):
    ...     list(left_owned(place))
    []
    """
    try:
        found = [each for each in place.iterdir() if each.name.startswith(prefix)]
    except OSError:
        return
    for folder in found:
        with suppress(OSError):
            if not _is_own(folder):
                continue
            if _is_unmarked(folder):
                yield folder
                continue
            with (folder / ALIVE).open("r+") as held:
                if hold(held):
                    yield folder


def _is_own(folder: Path) -> bool:
    """Whether a folder is this user's: what others put into a shared place may be exchanged for a link meanwhile."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == getattr(os, "geteuid", lambda: 0)()


def _is_unmarked(folder: Path) -> bool:
    """Whether a folder was left without a mark.

    Its maker was killed before it made one, or a kernel that came up late made its place anew after a sweep.
    """
    is_settled = time.time() - folder.stat().st_mtime > SETTLED_SECONDS
    return is_settled and all(each.name.startswith(KERNEL) and each.is_dir() for each in folder.iterdir())


def temporary_folders() -> list[Path]:
    """Return the folders in which a run or an ingest may have made one of its own."""
    return list(dict.fromkeys([Path(tempfile.gettempdir()), Path("/tmp")]))


#: signs by which an engine takes a path for a pattern of several
PATTERN_SIGNS = frozenset("*?[]{}")


@contextmanager
def plain_path(path: Path) -> Iterator[str]:
    """Give a path to a file for an engine that would take signs of the file's own name or folders for more than text.

    On Linux it names the open file itself. Elsewhere it is a link, or a copy where links cannot be made, in a folder
    of our own.

    Raises
    ------
    OSError
        If the file cannot be opened.
    BadConfig
        If the temporary folder's own path reads as a pattern.

    Examples
    --------
    >>> odd = Path(tempfile.mkdtemp()) / "a[1]*.csv"
    >>> _ = odd.write_text("0755")
    >>> with plain_path(odd) as told:
    ...     PATTERN_SIGNS & set(told), Path(told).read_text()
    (frozenset(), '0755')
    """
    with path.open("rb") as file:
        told = handle_path(file.fileno())
        if told:
            yield told
            return
    with owned_folder(_plain_place()) as folder:
        link = folder / "source"
        try:
            link.symlink_to(path.resolve())
        except OSError:
            shutil.copyfile(path, link)
        yield str(link)


@contextmanager
def unnamed_text() -> Iterator[tuple[IO[str], str]]:
    """Give a text file to write (UTF-8, line ends as they come), and a path to read it by while it is open.

    On Linux it has no name, so that the system forgets it with this process. Elsewhere it stands in a folder of our
    own, which the next run or ingest removes after a kill.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as file:
        told = handle_path(file.fileno())
        if told:
            yield file, told
            return
    with owned_folder(_plain_place()) as folder, (folder / "text").open("x", encoding="utf-8", newline="") as file:
        yield file, str(folder / "text")


def handle_path(descriptor: int) -> str:
    """Return a path that opens an open file anew, whatever it is called; empty where the system has none."""
    told = f"/proc/self/fd/{descriptor}"
    try:
        return told if os.path.samestat(os.stat(told), os.fstat(descriptor)) else ""
    except OSError:
        return ""


def _plain_place() -> Path:
    for place in temporary_folders():
        if place.is_dir() and not PATTERN_SIGNS & set(str(place)):
            return place
    where = tempfile.gettempdir()
    raise BadConfig("the temporary folder's path reads as a pattern", where=where, fix="name another one in TMPDIR")


COPY_BYTES = 1 << 30


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file's bytes: without taking up room where the file system can share them, else as the system does best.

    Parameters
    ----------
    source : Path
    target : Path
        Not there yet; only its owner may read it.
    """
    with source.open("rb") as old, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        try:
            while os.copy_file_range(old.fileno(), new.fileno(), COPY_BYTES):
                pass
        except (AttributeError, OSError):  # not on this system, or not between these file systems
            old.seek(0)
            new.seek(0)
            shutil.copyfileobj(old, new, PROBE_BYTES)
        new.truncate(os.fstat(old.fileno()).st_size)


@contextmanager
def only_run(folder: Path, *, run_id: str) -> Iterator[bool]:
    """Hold a reports folder's lock; give whether a former holder ended without letting go, so that it was stale.

    Raises
    ------
    BadConfig
        If another run holds it, with its process and since when.
    """
    with (folder / ".lock").open("a+", encoding="utf-8") as held:
        if hold(held) is False:
            raise _held_by_another(folder, _holder(held))
        was_stale = bool(_holder(held))
        since = datetime.now(UTC).isoformat(timespec="seconds")
        _name_holder(held, {"pid": os.getpid(), "host": platform.node(), "run_id": run_id, "since": since})
        try:
            yield was_stale
        finally:
            _name_holder(held, {})


def _holder(held: IO[str]) -> dict[str, str | int]:
    held.seek(0)
    try:
        return json.loads(held.read() or "{}")
    except ValueError:
        return {}


def _name_holder(held: IO[str], holder: dict[str, str | int]) -> None:
    held.seek(0)
    held.truncate()
    held.write(json.dumps(holder) if holder else "")
    held.flush()


def _held_by_another(folder: Path, holder: dict[str, str | int]) -> BadConfig:
    said = "".join(f", {name} {holder[name]}" for name in ("pid", "host", "since") if name in holder)
    what = f"another run is writing these reports{said}"
    return BadConfig(what, where=str(folder), fix="wait until it ends; a lock whose run is gone is no hindrance")

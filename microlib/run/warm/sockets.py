"""Private sockets between a zygote and its callers: folders, messages with open files, the key of its imports."""

from __future__ import annotations

import ast
import importlib
import json
import os
import select
import shutil
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from microlib.files import KERNEL, owned_folder, sweep_owned, text_hash
from microlib.home import package_folder

#: a letter carries a whole environment
LONGEST = 1 << 20
FILES = 4


def new_socket() -> socket.socket:
    """Return a socket that keeps letters apart and can hold a long one."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
    return made


def send(line: socket.socket, letter: dict[str, Any], files: Sequence[int] = ()) -> None:
    """Send a letter, and with it open files by their descriptors.

    Raises
    ------
    OSError
        If the other side is gone or the letter is too long.
    """
    socket.send_fds(line, [json.dumps(letter).encode()], list(files))


def receive(line: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Wait for a letter; return it with the descriptors of the files that came along.

    Raises
    ------
    EOFError
        If the other side is gone.
    OSError
        If nothing comes within the socket's time-out.
    """
    text, files, _, _ = socket.recv_fds(line, LONGEST, FILES)
    if not text:
        raise EOFError("the other side is gone")
    return json.loads(text), list(files)


def has_hung_up(line: socket.socket) -> bool:
    """Return whether the process at the other end has closed, though letters that it sent before may still wait."""
    asked = select.poll()
    asked.register(line, select.POLLRDHUP)
    return bool(asked.poll(0))


def user_of(line: socket.socket) -> int:
    """Return the user number of the process at the other end, as the system knows it."""
    size = struct.calcsize("3i")
    return struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[1]


#: says where the private folder of the run is to which a process belongs
RUN_FOLDER = "MICROLIB_RUN_FOLDER"
#: a socket's path may hold so many bytes: 107 on Linux, 103 elsewhere
LONGEST_SOCKET = 103
#: the longest that stand below a temporary folder: a kernel's and the workers' within a run's, the zygote's of all
SOCKETS = (
    "/microlib-12345678/k-12345678/socket-5",
    "/microlib-12345678/pymp-12345678/listener-12345678",
    "/microlib-warm-4294967295-0123456789abcdef/zygote",
)
#: so a temporary folder with a longer path is passed over
LONGEST_FOLDER = LONGEST_SOCKET - max(map(len, SOCKETS))


def short_folder() -> Path:
    """Return the temporary folder, or ``/tmp`` where its path is too long for the sockets below it."""
    found = tempfile.gettempdir()
    return Path(found if _is_short(found) else "/tmp")


@contextmanager
def folder_taken(place: Path) -> Iterator[None]:
    """Have what is started inside put its sockets and other files into a folder: it says no other way where."""
    former, tempfile.tempdir = tempfile.tempdir, str(place)
    try:
        yield
    finally:
        tempfile.tempdir = former


@contextmanager
def kernel_folder() -> Iterator[Path]:
    """Give a kernel its folder: inside the run's where this process belongs to one, else one of its own."""
    within = os.environ.get(RUN_FOLDER, "")
    if not (within and os.path.isdir(within)):
        with owned_folder(short_folder()) as folder:
            yield folder
        return
    folder = Path(tempfile.mkdtemp(prefix=KERNEL, dir=within))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def run_folder() -> Iterator[Path]:
    """Give a run its folder, known to its workers by the environment; it is removed at the end.

    What runs left that could not end themselves is removed first, and at the end what their processes still held then.
    """
    sweep()
    former = os.environ.get(RUN_FOLDER)
    with owned_folder(short_folder()) as folder:
        os.environ[RUN_FOLDER] = str(folder)
        try:
            yield folder
        finally:
            os.environ.pop(RUN_FOLDER)
            if former is not None:
                os.environ[RUN_FOLDER] = former
            sweep()


def sweep() -> list[Path]:
    """Remove folders of runs whose process is gone, and return them."""
    return sweep_owned(short_folder())


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


PACKAGE = "microlib"
#: what the library imports only when a function needs it; a fork that did so would pay for it in every report
DEFERRED = (
    "holidays.countries",
    "matplotlib.font_manager",
    "microlib.report.figures",
    "microlib.report.sentences",
    "pandera.backends.pandas.builtin_checks",
    "pandera.backends.pandas.builtin_hypotheses",
    "pandera.backends.pandas.register",
    "pandera.strategies.pandas_strategies",
    "statsmodels.tsa.seasonal",
)
#: the same of other libraries: parts that they import at the first use
LATE_PARTS = (
    "IPython.core.logger",
    *(f"PIL.{name}ImagePlugin" for name in ("Bmp", "Gif", "Jpeg", "Png", "Ppm")),
    "encodings.utf_8_sig",
    "itables.javascript",
    "itables",
    "pandas.core.arrays.arrow.extension_types",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pyarrow.dataset",
    "pyarrow.pandas_compat",
)
#: what any kernel and nearly any report imports; modules only, nothing is opened or started. Not the inline backend of
#: matplotlib: it ties itself to the shell that is there when it is imported, and in a zygote there is none
ALWAYS = (
    "IPython.display",
    "IPython.core.completerlib",
    "IPython.core.guarded_eval",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "sqlite3",
    "pwd",
    "stringprep",
    "syslog",
    "encodings.idna",
    "matplotlib",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "pandas",
    "pyarrow.parquet",
    "duckdb",
    "ibis.backends.duckdb",
    *DEFERRED,
    *LATE_PARTS,
)
#: variables that decide how Python and the numeric libraries load: zygotes of different values are different
DECISIVE = ("PYTHON", "OMP_", "OPENBLAS_", "MKL_", "ARROW_", "LANG", "LC_", "MPL")


def imported_by(notebooks: Iterable[Path]) -> tuple[str, ...]:
    """Return the modules of this package that the notebooks import, ascending; what is no notebook imports nothing.

    Parameters
    ----------
    notebooks : iterable of Path
        ``.ipynb`` files; nothing of them is run.
    """
    found: set[str] = set()
    for path in notebooks:
        with suppress(OSError, ValueError, KeyError, TypeError):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            found.update(name for source in sources for name in _imported(source))
    return tuple(sorted(found))


def import_all(names: Iterable[str]) -> None:
    """Import modules; one that is not installed is left to the notebook that asks for it."""
    for name in (*ALWAYS, *names):
        with suppress(ImportError):
            importlib.import_module(name)


@contextmanager
def left_out(*names: str) -> Iterator[None]:
    """Let modules be missing while others are imported that would use them if they were there.

    Examples
    --------
    >>> with left_out("this"):
    ...     import this
    Traceback (most recent call last):
    ModuleNotFoundError: import of this halted; None in sys.modules
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name)


def code_key(names: Iterable[str]) -> str:
    """Return a key of everything a zygote would hold: interpreter, this package's files, modules, environment.

    A zygote of another key would run code that is no longer on disk.
    """
    files = sorted(path for kind in ("*.py", "*.toml") for path in package_folder().rglob(kind))
    stamps = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files]
    set_here = sorted(pair for pair in os.environ.items() if pair[0].startswith(DECISIVE))
    text = json.dumps([sys.executable, sys.version, sys.prefix, stamps, list(names), set_here])
    return text_hash(text)[:16]


def _imported(source: str) -> list[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return []
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    parts = [node.module for node in froms] + [f"{node.module}.{alias.name}" for node in froms for alias in node.names]
    return [name for name in (*plain, *parts) if name.split(".")[0] == PACKAGE]

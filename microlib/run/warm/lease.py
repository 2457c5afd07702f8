"""The caller's side of the zygote: find or start one, hold a lease on it, and handle the kernels it forks."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from microlib.files import hold
from microlib.home import shipped_notebooks
from microlib.run.warm.sockets import RUN_FOLDER, code_key, imported_by, new_socket, receive, send, shared_folder

POLL_SECONDS = 0.002


class ForkedProcess:
    """Looks like ``subprocess.Popen`` to a kernel manager.

    Parameters
    ----------
    pid : int
    handle : int
        A descriptor that the system ties to this very process, so that no later one of the same number is meant.
    status : callable
        Asks how it ended.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int, status: Callable[[int], int]) -> None:
        self.pid, self.returncode = pid, None
        self._handle, self._status = handle, status

    def poll(self) -> int | None:
        """Return how it ended, `None` while it runs."""
        if self.returncode is None and _is_closed(self._handle):
            self.returncode = self._status(self.pid)
            os.close(self._handle)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end.

        Raises
        ------
        subprocess.TimeoutExpired
            If it has not ended in so many seconds.
        """
        end = time.monotonic() + timeout if timeout is not None else None
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout)
            time.sleep(POLL_SECONDS)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it and to what it started; one that has ended gets none."""
        if self.poll() is not None:
            return
        try:
            os.killpg(self.pid, number)
        except OSError:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def _is_closed(line: int | socket.socket) -> bool:
    """Whether a process has ended, or the other side has closed: nothing else waits on a line between two questions."""
    waiting = select.poll()
    waiting.register(line, select.POLLIN)
    return bool(waiting.poll(0))


#: how long a caller waits for an answer; the first one comes after the imports
ANSWER_SECONDS = 60.0
#: how long a zygote that was told to end may take
END_SECONDS = 5.0
#: how long a zygote outlives its last lease: one of a run hardly, one that commands share until the next command
RUN_IDLE_SECONDS = 2.0
SHARED_IDLE_SECONDS = 60.0
#: one notebook, one thread: reports already run side by side, and one thread gives the same last digit everywhere
THREADS = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
#: what a large frame took goes back to the system when it is dropped: kernels and workers stand side by side
FRUGAL = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 18),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
}
#: so that a report's figures are made by the same backend in a forked kernel as in an ordinary one
LOADING = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", **FRUGAL}
_LOCK = threading.Lock()
_HELD: dict[Path, Caller] = {}


class Caller:
    """A lease on a zygote: asks it for kernels; when this process ends, so do they.

    Parameters
    ----------
    line : socket
        Connected.
    process : Popen, optional
        The zygote, where this process started it.
    """

    def __init__(self, line: socket.socket, process: subprocess.Popen | None = None) -> None:
        self.process = process
        self.line, self.owner, self._lock = line, os.getpid(), threading.Lock()
        line.settimeout(ANSWER_SECONDS)

    def launch(self, arguments: Sequence[str], *, env: dict[str, str], cwd: str, files: Sequence[int]) -> ForkedProcess:
        """Ask for a kernel.

        Raises
        ------
        OSError, EOFError
            If the zygote is gone or does not answer.
        """
        letter = {"arguments": list(arguments), "env": env, "cwd": cwd, "umask": _umask()}
        answer, handles = self._answer(letter, files)
        return ForkedProcess(answer["pid"], handles[0], self.status_of)

    def _answer(self, letter: dict[str, Any], files: Sequence[int] = ()) -> tuple[dict[str, Any], list[int]]:
        """Ask, and wait for the answer; a line on which none came is given up, or the next would get this one's."""
        with self._lock:
            try:
                send(self.line, letter, files)
                return receive(self.line)
            except (OSError, EOFError):
                self.line.close()
                raise

    def status_of(self, pid: int) -> int:
        """Ask how a kernel ended: minus the signal's number, or its exit code; gone with its zygote is killed."""
        try:
            return self._answer({"ended": pid})[0]["status"]
        except (OSError, EOFError, ValueError):
            return -9

    def is_answering(self) -> bool:
        """Return whether the zygote is there."""
        return self.owner == os.getpid() and self.line.fileno() >= 0 and not _is_closed(self.line)


def _umask() -> int | None:
    """Return this process's umask, where the system tells it: asking the usual way changes it, for all threads."""
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1], 8) for line in lines if line.startswith("Umask:")), None)


def caller_of(folder: Path, *, modules: Sequence[str], idle_seconds: float) -> Caller:
    """Return this process's lease on the zygote of a folder, starting the zygote where none answers.

    Parameters
    ----------
    folder : Path
        Private.
    modules : sequence of str
        What a new zygote imports.
    idle_seconds : float
        How long a new zygote outlives its last lease.

    Raises
    ------
    OSError
        If there is none and none can be started.
    """
    with _LOCK:
        held = _HELD.get(folder)
        if held is None or not held.is_answering():
            former, held = held, _connected(folder, modules, idle_seconds)
            if held.process is None and former is not None:
                held.process = former.process
            _HELD[folder] = held
        return held


def shared_caller() -> Caller:
    """Return this process's lease on the zygote that this user's commands share."""
    modules = imported_by(sorted((shipped_notebooks() / "reports").glob("*.ipynb")))
    seconds = float(os.environ.get("MICROLIB_WARM_SECONDS", SHARED_IDLE_SECONDS))
    return caller_of(shared_folder(code_key(modules)), modules=modules, idle_seconds=seconds)


def run_caller(modules: Sequence[str] = ()) -> Caller:
    """Return this process's lease on the zygote of the run it belongs to."""
    folder = Path(os.environ[RUN_FOLDER]) / "zygote"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    known = folder.parent / "modules"
    if modules:
        known.write_text("\n".join(modules), encoding="utf-8")
    listed = known.read_text(encoding="utf-8").split() if known.is_file() else []
    return caller_of(folder, modules=listed, idle_seconds=RUN_IDLE_SECONDS)


def stop(folder: Path, *, is_told: bool = True) -> None:
    """End the zygote of a folder, if this process has a lease on it, and wait until it is gone.

    Parameters
    ----------
    folder : Path
    is_told : bool
        Let it end by itself; else it is killed, whatever it is doing.
    """
    with _LOCK:
        held = _HELD.pop(folder, None)
    if held is None:
        return
    with suppress(OSError, EOFError):
        if is_told and held.is_answering():
            send(held.line, {"stop": True})
            receive(held.line)
    held.line.close()
    if held.process is not None:
        _end(held.process, patience=END_SECONDS if is_told else 0.0)


def stop_run() -> None:
    """End the zygote of the run that this process leads."""
    stop(Path(os.environ[RUN_FOLDER]) / "zygote")


def abandon_run() -> None:
    """Kill the zygote of the run that this process leads, if it still has one."""
    stop(Path(os.environ[RUN_FOLDER]) / "zygote", is_told=False)


def is_possible() -> bool:
    """Return whether this system can fork kernels: Linux, with handles on processes."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and hasattr(socket, "send_fds")


def _end(started: subprocess.Popen, *, patience: float) -> None:
    """Wait until a zygote is gone; one that takes longer is killed."""
    try:
        started.wait(patience)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()


def _connected(folder: Path, modules: Sequence[str], idle_seconds: float) -> Caller:
    with _alone(folder):
        line, path = new_socket(), str(folder / "zygote")
        line.settimeout(ANSWER_SECONDS)
        with suppress(ConnectionError, FileNotFoundError):
            line.connect(path)
            return Caller(line)
        with new_socket() as listener:
            Path(path).unlink(missing_ok=True)
            listener.bind(path)
            listener.listen(64)
            line.connect(path)
            return Caller(line, _start(listener, folder, modules=modules, idle_seconds=idle_seconds))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time look for a zygote and start one.

    Raises
    ------
    OSError
        If another is at it for too long.
    """
    end = time.monotonic() + ANSWER_SECONDS
    with (folder / "lock").open("w") as lock:
        while hold(lock) is False:
            if time.monotonic() > end:
                raise TimeoutError("another process has been starting a zygote for too long")
            time.sleep(POLL_SECONDS)
        yield


def _whole_paths() -> dict[str, str]:
    """Return the folders of modules that the environment names, as they are meant from here."""
    named = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, named.split(os.pathsep)))} if named else {}


def _start(listener: socket.socket, folder: Path, *, modules: Sequence[str], idle_seconds: float) -> subprocess.Popen:
    command = [sys.executable, "-P", "-m", "microlib.run.warm.zygote", str(listener.fileno()), str(idle_seconds)]
    with (folder / "zygote.log").open("ab") as log:
        return subprocess.Popen(
            [*command, str(folder), *modules],
            cwd=folder,  # where nobody's settings lie that a library would take
            env={**LOADING, **THREADS, **os.environ, **_whole_paths()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )

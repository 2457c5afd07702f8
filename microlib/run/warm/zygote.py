"""The zygote: imports what notebooks import, then forks a kernel for each caller, and outlives none of them.

Callers hold a connection open, their lease. When a lease ends, however its holder ended, the kernels asked
for over it are killed; when no lease is left for a while, the zygote removes its folder and ends.
"""

from __future__ import annotations

import ctypes
import gc
import os
import random
import selectors
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from microlib.files import ALIVE, sweep_owned
from microlib.run.warm.sockets import LONGEST, has_hung_up, import_all, receive, send, user_of

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Request:
    """A kernel asked for.

    Parameters
    ----------
    arguments : list of str
        Of ``ipykernel_launcher``.
    env : dict
        The whole environment.
    cwd : str
        The working folder.
    umask : int, optional
        The caller's: what a kernel writes has the rights that a kernel of the caller's own would give it.
    files : list of int
        Descriptors for the standard output and error.
    parent : int
        The zygote's process number.
    """

    arguments: list[str]
    env: dict[str, str]
    cwd: str
    umask: int | None
    files: list[int]
    parent: int


def become_kernel(request: Request) -> None:
    """Turn this process into the kernel asked for; returns when the kernel has ended."""
    die_with(request.parent)
    os.setsid()
    _take_files(request.files)
    _forget_signals()
    _take_surroundings(request)
    _reseed()
    fonts: Any = sys.modules.get("microlib.report.fonts")
    if fonts is not None:
        fonts.plots_with_chinese()
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance([*request.arguments, f"--IPKernelApp.parent_handle={request.parent}"])


def die_with(parent: int, number: int = signal.SIGKILL) -> None:
    """Have the system kill this process, or send it another signal, as soon as its parent is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _take_files(files: list[int]) -> None:
    """Make the files given the standard ones, and close every other that the zygote had open."""
    source = os.open(os.devnull, os.O_RDONLY)
    for target, file in enumerate([source, *files]):
        os.dup2(file, target)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            with suppress(OSError):
                os.close(int(name))


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_surroundings(request: Request) -> None:
    os.environ.clear()
    os.environ.update(request.env)
    time.tzset()
    os.chdir(request.cwd)
    if request.umask is not None:
        os.umask(request.umask)
    sys.argv = ["ipykernel_launcher", *request.arguments]


def _reseed() -> None:
    """Give every child random numbers of its own."""
    random.seed()
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def idle_tasks() -> Iterator[Callable[[], object]]:
    """Yield small pieces of work whose results stay in memory; none opens a bank.

    What the modules imported so far do not hold is left out: a notebook of another kind is not made to wait.

    Examples
    --------
    >>> all(callable(chore) for chore in idle_tasks())
    True
    """
    names = ("bank.cuts", "report.words", "report.fonts", "report.sentences")
    bank, words, fonts, verdicts = (sys.modules.get(f"microlib.{name}") for name in names)
    if bank is not None:
        yield from (partial(bank.branch_statement, table) for table in bank.TABLES)
    if words is not None:
        yield from (partial(words.read, file) for file in words.page_files())
        yield from (partial(words.entries, kind) for kind in (*words.PAGED, *words.KINDS))
        yield words.same_codes
    if verdicts is not None:
        yield verdicts.verdicts
    if fonts is not None and "matplotlib.font_manager" in sys.modules:
        yield fonts.figure_family
    yield settled


def settled() -> None:
    """Put everything there is out of the collector's sight: a collection in a kernel would copy the shared pages."""
    gc.collect()
    gc.freeze()


#: how often a zygote looks whether it is still needed
TICK_SECONDS = 0.5


@dataclass(eq=False)
class Lease:
    """A caller's connection, and the kernels it asked for: process number -> handle."""

    line: socket.socket
    kernels: dict[int, int] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)


class Zygote:
    """The loop that answers callers.

    Parameters
    ----------
    listener : socket
        Bound and listening already, so that callers may ask before the imports are done.
    idle_seconds : float
        How long to live without any lease.
    """

    def __init__(self, listener: socket.socket, *, idle_seconds: float) -> None:
        self.listener, self.idle_seconds = listener, idle_seconds
        self.leases: list[Lease] = []
        self.chores = idle_tasks()
        self.needed_at = time.monotonic()
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, self._accept)

    def serve(self) -> Request | None:
        """Answer callers until nobody is left; in a forked child, return at once with what was asked."""
        while time.monotonic() - self.needed_at < self.idle_seconds:
            chore = next(self.chores, None)
            for key, _ in self.selector.select(0 if chore else TICK_SECONDS):
                request = key.data()
                if request is not None:
                    return request
            with suppress(Exception):  # what fails here is left to the kernel that needs it, and is said there
                if chore:
                    chore()
            if self.leases:
                self.needed_at = time.monotonic()
        for lease in list(self.leases):
            self._end(lease)
        return None

    def _accept(self) -> None:
        line, _ = self.listener.accept()
        if user_of(line) != os.geteuid():
            line.close()
            return
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
        lease = Lease(line)
        self.leases.append(lease)
        self.selector.register(line, selectors.EVENT_READ, lambda: self._answer(lease))

    def _answer(self, lease: Lease) -> Request | None:
        try:
            letter, files = receive(lease.line)
            if "stop" in letter:
                self.idle_seconds = 0.0
                return None
            if "arguments" not in letter:
                return self._tell(lease, letter)
            if has_hung_up(lease.line):  # a kernel would only make anew the folder that a sweep has removed
                for file in files:
                    os.close(file)
                raise EOFError("the caller is gone")
            return self._fork(lease, letter, files)
        except (EOFError, OSError, ValueError):
            self._end(lease)
            return None

    def _fork(self, lease: Lease, letter: dict[str, Any], files: list[int]) -> Request | None:
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            return Request(letter["arguments"], letter["env"], letter["cwd"], letter["umask"], files, parent)
        for file in files:
            os.close(file)
        lease.kernels[pid] = os.pidfd_open(pid)
        self.selector.register(lease.kernels[pid], selectors.EVENT_READ, lambda: self._reap(lease, pid))
        send(lease.line, {"pid": pid}, [lease.kernels[pid]])
        return None

    def _tell(self, lease: Lease, letter: dict[str, Any]) -> None:
        """Say how a kernel ended; the caller asks once, when it has seen that it did."""
        if letter["ended"] in lease.kernels:
            self._reap(lease, letter["ended"])
        send(lease.line, {"status": lease.ended.pop(letter["ended"], -signal.SIGKILL)})

    def _reap(self, lease: Lease, pid: int) -> None:
        handle = lease.kernels.pop(pid)
        self.selector.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(pid, 0)
        lease.ended[pid] = os.waitstatus_to_exitcode(status)

    def _end(self, lease: Lease) -> None:
        """Kill the kernels of a caller that is gone."""
        self.selector.unregister(lease.line)
        lease.line.close()
        self.leases.remove(lease)
        self.needed_at = time.monotonic()
        for pid in list(lease.kernels):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            self._reap(lease, pid)


def main() -> None:
    """Live as a zygote: descriptor of the listening socket, idle seconds, folder to remove, modules."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    folder = Path(sys.argv[3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import_all(sys.argv[4:])
    settled()
    zygote = Zygote(listener, idle_seconds=float(sys.argv[2]))  # stays held: its files, dropped in a kernel, would
    request = zygote.serve()  # close whatever the kernel has opened under the same numbers
    if request is None:
        shutil.rmtree(folder, ignore_errors=True)
        if (folder.parent / ALIVE).is_file():  # the folder of a run, which stays only when the run was killed
            sweep_owned(folder.parent.parent)
    else:
        gc.freeze()
        become_kernel(request)


if __name__ == "__main__":
    main()

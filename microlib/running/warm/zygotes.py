"""The zygote: imports what notebooks import, then forks a kernel for each caller that asks, and outlives none of them.

Callers hold a connection open, their lease. When a lease ends, however its holder ended, the kernels asked for over it
are killed; when no lease is left for a while, the zygote removes its folder and ends.
"""

from __future__ import annotations

import gc
import os
import selectors
import shutil
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from microlib.running.warm import children, chores, imports, letters
from microlib.running.warm.children import Request

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
        self.chores = chores.chores()
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
        if letters.user_of(line) != os.geteuid():
            line.close()
            return
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, letters.LONGEST)
        lease = Lease(line)
        self.leases.append(lease)
        self.selector.register(line, selectors.EVENT_READ, lambda: self._answer(lease))

    def _answer(self, lease: Lease) -> Request | None:
        try:
            letter, files = letters.receive(lease.line)
            if "stop" in letter:
                self.idle_seconds = 0.0
                return None
            return self._fork(lease, letter, files) if "arguments" in letter else self._tell(lease, letter)
        except (EOFError, OSError, ValueError):
            self._end(lease)
            return None

    def _fork(self, lease: Lease, letter: dict[str, Any], files: list[int]) -> Request | None:
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            return Request(letter["arguments"], letter["env"], letter["cwd"], files, parent)
        for file in files:
            os.close(file)
        lease.kernels[pid] = os.pidfd_open(pid)
        self.selector.register(lease.kernels[pid], selectors.EVENT_READ, lambda: self._reap(lease, pid))
        letters.send(lease.line, {"pid": pid}, [lease.kernels[pid]])
        return None

    def _tell(self, lease: Lease, letter: dict[str, Any]) -> None:
        """Say how a kernel ended; the caller asks once, when it has seen that it did."""
        if letter["ended"] in lease.kernels:
            self._reap(lease, letter["ended"])
        letters.send(lease.line, {"status": lease.ended.pop(letter["ended"], -signal.SIGKILL)})

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
    imports.import_all(sys.argv[4:])
    chores.settled()
    zygote = Zygote(listener, idle_seconds=float(sys.argv[2]))  # stays held: its files, dropped in a kernel, would
    request = zygote.serve()  # close whatever the kernel has opened under the same numbers
    if request is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        gc.freeze()
        children.become_kernel(request)


if __name__ == "__main__":
    main()

"""Kernels that speak over private sockets: no ports to clash, nothing another user can read, nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager

#: a socket's path may hold 107 bytes, so a long temporary folder is passed over
LONGEST_FOLDER = 80
#: one notebook, one thread: reports already run side by side, and one thread gives the same last digit everywhere
THREADS = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}

_LIVE: list[PrivateKernelManager] = []


class PrivateKernelManager(AsyncKernelManager):
    """A kernel manager whose sockets, connection file and working folder are in one private folder."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.folder = Path(tempfile.mkdtemp(prefix="microlib-", dir=_short_folder()))
        self.transport = "ipc"
        self.connection_file = str(self.folder / "connection.json")
        self.ip = str(self.folder / "socket")
        _LIVE.append(self)

    async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:
        env = {**THREADS, **os.environ, **options.pop("env", {})}
        return await super()._async_pre_start_kernel(**{"cwd": str(self.folder), **options, "env": env})


def end_kernels() -> None:
    """End every kernel that this process still has, and remove their private folders."""
    while _LIVE:
        manager = _LIVE.pop()
        process = getattr(manager.provisioner, "process", None)
        if process is not None and process.poll() is None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(manager.folder, ignore_errors=True)


def _short_folder() -> str | None:
    return None if len(tempfile.gettempdir().encode()) <= LONGEST_FOLDER else "/tmp"

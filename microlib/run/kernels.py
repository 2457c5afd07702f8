"""Kernels that speak over private sockets: no ports to clash, nothing another user can read, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import ExitStack, suppress
from queue import Empty
from typing import Any

import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from microlib.home import FRAMES_FOLDER
from microlib.run.warm.lease import END_SECONDS, THREADS
from microlib.run.warm.provisioner import warm_spec
from microlib.run.warm.sockets import RUN_FOLDER, kernel_folder

#: how long to wait for the kernel's own word that it is idle before it is asked again
IDLE_SECONDS = 1.0
#: a socket that its kernel has not made yet is tried again after so long; the system's own 100 would be slept through
RETRY_MILLISECONDS = 3
_LIVE: dict[int, list[PrivateKernelManager]] = {}


class PromptClient(AsyncKernelClient):
    """A client that is ready when the kernel says so, instead of when it has been silent for a while."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.context.setsockopt(zmq.RECONNECT_IVL, RETRY_MILLISECONDS)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (timeout or 60.0)
        await self._welcomed()
        while not await self._is_idle(self.kernel_info()):
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > end:
                raise RuntimeError(f"Kernel didn't respond in {timeout:.0f} seconds")

    wait_for_ready = _async_wait_for_ready

    async def _welcomed(self) -> None:
        """Wait for the word that the channel of outputs stands: what a kernel says before that is lost."""
        with suppress(Empty):
            await self.iopub_channel.get_msg(timeout=IDLE_SECONDS)

    async def _is_idle(self, asked: str) -> bool:
        """Whether the kernel answered, on the channel of outputs too: then nothing of what follows can be lost."""
        try:
            while True:
                reply = await self.shell_channel.get_msg(timeout=IDLE_SECONDS)
                if reply["msg_type"] == "kernel_info_reply":
                    self._handle_kernel_info_reply(reply)
                    break
            while True:
                said = await self.iopub_channel.get_msg(timeout=IDLE_SECONDS / 5)
                if said["parent_header"].get("msg_id") == asked and said["content"].get("execution_state") == "idle":
                    return True
        except Empty:
            return False


class PrivateKernelManager(AsyncKernelManager):
    """A kernel manager whose sockets, connection file and working folder are in one private folder."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.client_class = "microlib.run.kernels.PromptClient"
        self.held = ExitStack()
        self.folder = self.held.enter_context(kernel_folder())
        self.connection_file = str(self.folder / "connection.json")
        if os.name == "posix" and zmq.has("ipc"):
            self.transport, self.ip = "ipc", str(self.folder / "socket")
        elif zmq.has("curve"):  # ports of this computer alone, encrypted where the kernel can
            self.transport_encryption = "auto"
        _LIVE.setdefault(threading.get_ident(), []).append(self)

    async def _async_pre_start_kernel(self, **options: object) -> tuple[list[str], dict[str, Any]]:
        env = {**THREADS, **_frames_folder(), **os.environ, **options.pop("env", {})}
        return await super()._async_pre_start_kernel(**{"cwd": str(self.folder), **options, "env": env})


class WarmKernelManager(PrivateKernelManager):
    """A private kernel that is forked, whatever kernelspecs are installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The kernelspec of warm kernels."""
        return warm_spec()


def _frames_folder() -> dict[str, str]:
    """Return where the kernels of a run keep what they read of a branch, so that its next report need not read it."""
    folder = os.environ.get(RUN_FOLDER, "")
    return {FRAMES_FOLDER: os.path.join(folder, "frames")} if folder else {}


def end_kernels() -> None:
    """End every kernel that this thread still has, and remove their private folders."""
    for manager in _LIVE.pop(threading.get_ident(), []):
        _end(manager)


def end_all_kernels() -> None:
    """End the kernels of all threads of this process."""
    for thread in list(_LIVE):
        for manager in _LIVE.pop(thread, []):
            _end(manager)


def last_status() -> int | None:
    """Return how this thread's kernel ended: minus a signal's number, or an exit code; `None` if it did not."""
    managers = _LIVE.get(threading.get_ident(), [])
    process = getattr(managers[-1].provisioner, "process", None) if managers else None
    return process.poll() if process is not None else None


def _end(manager: PrivateKernelManager) -> None:
    process = getattr(manager.provisioner, "process", None)
    if process is not None and process.poll() is None:
        with suppress(OSError):  # a forked one may be none of its group's yet, and is then killed alone
            is_group = isinstance(process, subprocess.Popen) and hasattr(os, "killpg")
            os.killpg(process.pid, signal.SIGKILL) if is_group else process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
    manager.held.close()

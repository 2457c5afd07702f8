"""The kernel provisioner ``microlib-warm`` and its kernelspec: how any Jupyter tool gets a forked kernel."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import LocalProvisioner

from microlib.errors import BadConfig
from microlib.run.jobs import MOST_ATTEMPTS
from microlib.run.warm.lease import is_possible, run_caller, shared_caller
from microlib.run.warm.sockets import RUN_FOLDER, kernel_folder

#: what a forked kernel can be given; anything else asked for takes an ordinary kernel
KNOWN = {"env", "cwd", "stdin", "stdout", "stderr", "independent", "extra_arguments", "kernel_id"}
POLL_SECONDS = 0.003
LONGEST_END_SECONDS = 2.0
_SAID: list[str] = []


class WarmProvisioner(LocalProvisioner):
    """Asks a zygote for the kernel, and speaks with it over private sockets; else starts an ordinary one.

    A kernel whose manager asked for network ports is given sockets in a private folder instead: no ports to
    clash, nothing another user could connect to.
    """

    held: ExitStack | None = None

    async def pre_launch(self, **kwargs: object) -> dict[str, Any]:
        """Put the kernel's sockets into a private folder, unless its manager did so already."""
        manager = self.parent
        if is_possible() and manager is not None and manager.transport == "tcp" and not manager.shell_port:
            self.held = ExitStack()
            manager.cache_ports = False
            manager.transport, manager.ip = "ipc", str(self.held.enter_context(kernel_folder()) / "socket")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: object) -> dict[str, Any]:
        """Fork a kernel; where that cannot be had, say so once and start an ordinary one."""
        try:
            ask = asyncio.get_running_loop().run_in_executor
            self.process = await ask(None, lambda: forked(cmd, **kwargs))
        except (OSError, EOFError, ValueError) as error:
            self._say_once(str(error) or type(error).__name__)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and what it started."""
        if isinstance(self.process, subprocess.Popen):
            await super().send_signal(signum)
        elif self.process:
            self.process.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and wait the moment that this takes."""
        await super().kill(restart=restart)
        for _ in range(int(LONGEST_END_SECONDS / POLL_SECONDS)):
            if await self.poll() is not None:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the private folder."""
        await super().cleanup(restart=restart)
        if self.held is not None and not restart:
            self.held.close()

    def _say_once(self, reason: str) -> None:
        _SAID.append(reason)
        if len(_SAID) == 1:
            self.log.warning("microlib: ordinary kernels are used, none can be forked here: %s", reason)


def forked(cmd: list[str], **options: object) -> Any:
    """Return a forked kernel's process for a launch command.

    Raises
    ------
    OSError, EOFError
        If no zygote answers.
    ValueError
        If the command is not that of a Python kernel, or asks for what a forked kernel cannot be given.
    """
    if not is_possible():
        raise OSError(f"{sys.platform} has no handles on forked processes")
    if len(_SAID) >= MOST_ATTEMPTS:  # a process that asked in vain so often asks no more
        raise OSError(_SAID[0])
    if "ipykernel_launcher" not in cmd or set(options) - KNOWN:
        raise ValueError(f"a kernel is asked for with {sorted(set(options) - KNOWN) or cmd}")
    caller = run_caller() if os.environ.get(RUN_FOLDER) else shared_caller()
    arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
    with open(os.devnull, "wb") as nothing:
        files = [_descriptor(options.get(name), own, nothing.fileno()) for name, own in (("stdout", 1), ("stderr", 2))]
        env, cwd = dict(options.get("env") or os.environ), str(options.get("cwd") or Path.cwd())
        return caller.launch(arguments, env=env, cwd=cwd, files=files)


def _descriptor(asked: int | IO[bytes] | None, own: int, nothing: int) -> int:
    """Return the descriptor that a launch option means; a pipe cannot be handed to a zygote."""
    if asked == subprocess.PIPE or (asked == subprocess.STDOUT and own == 1):
        raise ValueError("a kernel is asked for with a pipe")
    if asked == subprocess.DEVNULL:
        return nothing
    if asked is None or asked == subprocess.STDOUT:
        return own if _is_open(own) else nothing
    return asked if isinstance(asked, int) else asked.fileno()


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


NAME = "microlib"
SPEC = {
    "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "microlib (warm)",
    "language": "python",
    "metadata": {"kernel_provisioner": {"provisioner_name": "microlib-warm"}, "debugger": True},
}


def install_kernel(prefix: Path | None = None) -> Path:
    """Write the kernelspec below a prefix, by default this environment's, and return its folder.

    Raises
    ------
    BadConfig
        If the folder cannot be written.
    """
    folder = (prefix or Path(sys.prefix)) / "share" / "jupyter" / "kernels" / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kernel.json").write_text(json.dumps(SPEC, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        what = f"the kernelspec cannot be written: {error.strerror or error}"
        raise BadConfig(what, where=str(folder), fix="install into an environment of your own") from error
    return folder


def warm_spec() -> KernelSpec:
    """Return the kernelspec without reading it from disk: a run needs no installed one."""
    return KernelSpec(**{**SPEC, "argv": [sys.executable, *SPEC["argv"][1:]]})

"""A run's zygote for the whole file, and kernels forked from it that answer a line of code."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager

from microlib.run.kernels import WarmKernelManager, end_all_kernels
from microlib.run.warm.lease import run_caller, stop_run
from microlib.run.warm.sockets import run_folder

#: a loaded machine may be slow; only what never comes takes so long
MOST_SECONDS = 240


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """The folder of a run with a zygote."""
    with run_folder() as made:
        run_caller(("microlib.report.results",))
        yield made
        end_all_kernels()
        stop_run()


class Kernel:
    """A kernel in which code can be run; a forked one, unless another manager starts it."""

    def __init__(self, manager: type[AsyncKernelManager] = WarmKernelManager) -> None:
        self.loop = asyncio.new_event_loop()
        self.manager = manager(kernel_name="python3")
        self.loop.run_until_complete(self.manager._async_start_kernel())
        self.client = self.manager.client()
        self.client.start_channels()
        self.loop.run_until_complete(self.client.wait_for_ready(timeout=MOST_SECONDS))

    def says(self, code: str) -> str:
        """Run code and return what it printed, or its error."""
        return self.loop.run_until_complete(self._said(code))

    def hears(self, asked: str, kind: str) -> dict[str, str]:
        """Return the first message of a kind that answers what was asked."""
        return self.loop.run_until_complete(self._heard(asked, kind))

    def shows(self, code: str) -> list[tuple[str, ...]]:
        """Run code and return what came of it: each message's type, with the kinds of output that it carries."""
        return self.loop.run_until_complete(self._shown(code))

    async def _shown(self, code: str) -> list[tuple[str, ...]]:
        asked, found = self.client.execute(code, stop_on_error=False), []
        while True:
            message = await self.client.get_iopub_msg(timeout=MOST_SECONDS)
            content, kind = message["content"], message["msg_type"]
            if message["parent_header"].get("msg_id") != asked:
                continue
            if content.get("execution_state") == "idle":
                return found
            if kind in ("display_data", "execute_result", "stream", "error", "clear_output", "update_display_data"):
                found.append(
                    (kind, *sorted(content.get("data", {})), content.get("ename") or content.get("name") or "")
                )

    async def _heard(self, asked: str, kind: str) -> dict[str, str]:
        while True:
            message = await self.client.get_iopub_msg(timeout=MOST_SECONDS)
            if message["parent_header"].get("msg_id") == asked and message["msg_type"] == kind:
                return message["content"]

    async def _said(self, code: str) -> str:
        asked, said = self.client.execute(code), ""
        while True:
            message = await self.client.get_iopub_msg(timeout=MOST_SECONDS)
            content = message["content"]
            said += content.get("text", "") + content.get("evalue", "")
            if message["parent_header"].get("msg_id") == asked and content.get("execution_state") == "idle":
                return said.strip()

    @property
    def process(self):
        """The kernel's process."""
        return self.manager.provisioner.process

    def close(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.loop.run_until_complete(self.manager._async_shutdown_kernel(now=True))
        self.loop.close()


@pytest.fixture
def kernel(folder: Path):
    """Start kernels; they are ended with the test."""
    with contextlib.ExitStack() as stack:

        def start(manager: type[AsyncKernelManager] = WarmKernelManager) -> Kernel:
            return stack.enter_context(contextlib.closing(Kernel(manager)))

        yield start

"""A kernel's sockets and files are in one private folder, and none is left."""

import asyncio
import os
import signal
import stat
import subprocess
import sys

import pytest
import zmq

from microlib.run.kernels import RETRY_MILLISECONDS, PrivateKernelManager, end_kernels
from microlib.run.warm.lease import ForkedProcess


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """A kernel manager that makes its folder below a temporary one."""
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    made = PrivateKernelManager(kernel_name="python3")
    yield made
    end_kernels()


def test_the_folder_is_closed_to_others(manager):
    assert stat.S_IMODE(manager.folder.stat().st_mode) == 0o700
    assert manager.transport == "ipc"
    assert manager.ip.startswith(str(manager.folder))


def test_a_kernel_that_is_left_running_is_ended(manager):
    asyncio.run(manager._async_start_kernel())
    process = manager.provisioner.process
    end_kernels()
    assert process.poll() is not None
    assert not manager.folder.exists()


def test_a_kernel_that_has_no_group_of_its_own_yet_is_ended_all_the_same(manager):
    asyncio.run(manager._async_start_kernel())
    first, second = manager.provisioner.process, subprocess.Popen(["sleep", "1000"])
    handle = os.pidfd_open(second.pid)
    manager.provisioner.process = ForkedProcess(second.pid, handle, lambda _: second.wait(60))
    end_kernels()
    assert second.returncode == -signal.SIGKILL
    first.kill()
    first.wait(60)


def test_a_worker_that_is_told_to_end_does_so_where_the_interruption_is_lost():
    code = """
import os, signal, time
from microlib.run import worker
class Gone:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)
worker.STOPPING_SECONDS, worker._WORKER["is_busy"] = 0.5, True
signal.signal(signal.SIGTERM, worker._stop)
Gone()
print("lost", flush=True)
time.sleep(1000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "lost\n"), done.stderr


def test_a_kernel_runs_one_thread_unless_told_otherwise(manager, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    _, options = asyncio.run(manager._async_pre_start_kernel())
    assert (options["env"]["OMP_NUM_THREADS"], options["env"]["OPENBLAS_NUM_THREADS"]) == ("2", "1")
    assert options["cwd"] == str(manager.folder)


def test_a_long_temporary_folder_is_passed_over(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/" + "x" * 120)
    made = PrivateKernelManager(kernel_name="python3")
    assert len(os.fsencode(f"{made.ip}-5")) < 107
    end_kernels()


def test_a_socket_that_stands_late_is_tried_again_soon(manager):
    """The system's own pause of 100 ms would be slept through by every report."""
    client = manager.client()
    assert client.context.getsockopt(zmq.RECONNECT_IVL) == RETRY_MILLISECONDS


def test_once_a_kernel_is_ready_nothing_of_what_it_says_is_lost(manager):
    async def first_word() -> tuple[bool, str, str]:
        await manager._async_start_kernel()
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=240)
        asked = client.execute("1")
        said = await client.iopub_channel.get_msg(timeout=240)
        client.stop_channels()
        return said["parent_header"]["msg_id"] == asked, said["msg_type"], said["content"]["execution_state"]

    assert asyncio.run(first_word()) == (True, "status", "busy")

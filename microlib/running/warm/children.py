"""What a forked child does before it is a kernel: nothing of the zygote, or of an earlier report, may stay."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

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
    files : list of int
        Descriptors for the standard output and error.
    parent : int
        The zygote's process number.
    """

    arguments: list[str]
    env: dict[str, str]
    cwd: str
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
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance([*request.arguments, f"--IPKernelApp.parent_handle={request.parent}"])


def die_with(parent: int) -> None:
    """Have the system kill this process as soon as its parent is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
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
    sys.argv = ["ipykernel_launcher", *request.arguments]


def _reseed() -> None:
    """Give every child random numbers of its own."""
    random.seed()
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()

"""Clocks: seconds and peak memory of a piece of work in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

CHILD = """
import json, resource, sys, time
from bench import {module}
start = time.perf_counter()
told = {module}.{function}(*{arguments!r})
seconds = told if isinstance(told, float) else time.perf_counter() - start
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def in_child(module: str, function: str, *arguments: str) -> tuple[float, float]:
    """Return seconds and peak MiB of one call in a fresh process; imports of the module are not counted.

    A function that returns a float has read a clock itself, to leave the making or reading of its input out.
    """
    code = CHILD.format(module=module, function=function, arguments=arguments)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(run.stderr)
    seconds, memory = json.loads(run.stdout.strip().splitlines()[-1])
    return seconds, memory


def median_of(work: Callable[[], object], *, times: int = 5) -> float:
    """Return the median seconds of several calls, one not counted before them."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def row(name: str, ours: float, peer: float, *, bound: float, slack: float = 0.0) -> dict:
    """Return one row of the table; it holds when the ratio does, or when ours is less than a `slack` more."""
    ratio = ours / peer
    holds = ratio <= bound or (slack > 0 and ours - peer <= slack)
    return {
        "name": name,
        "ours": round(ours, 4),
        "peer": round(peer, 4),
        "ratio": round(ratio, 2),
        "bound": bound,
        "holds": holds,
    }

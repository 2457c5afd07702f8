"""Whether a report costs the same at 500 branches as at 20: small reports, so that what the run itself does shows.

``BENCH_GROWTH`` makes it smaller: branches of the large run, more than 100.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import pandas as pd

from bench import clocks

NOTEBOOK = Path("tests/run/notebooks/tiny_report.ipynb")
SMALL, MIDDLE, LARGE = 20, 100, 500
PAIRS = 3


def rows() -> list[dict]:
    """Return the rows of the bench table: medians of runs in turns; start-up is in the first, and not in the second."""
    counts = (SMALL, MIDDLE, int(os.environ.get("BENCH_GROWTH", LARGE)))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        homes = {count: _bank(Path(folder) / str(count), count) for count in counts}
        taken = {count: [] for count in counts}
        for _ in range(PAIRS):
            for count, home in homes.items():
                taken[count].append(_seconds(home))
    few, some, many = (statistics.median(each) for each in taken.values())
    large = counts[-1]
    early, late = (some - few) / (MIDDLE - SMALL), (many - some) / (large - MIDDLE)
    return [
        clocks.row(f"a small report at {large} branches / at {SMALL} (s)", many / large, few / SMALL, bound=1.15),
        clocks.row(f"one more of {large} branches / one more of {MIDDLE} (s)", late, early, bound=1.15),
    ]


def _bank(root: Path, branches: int) -> Path:
    from microlib.bank.ingest.load import load_frames

    names = pd.DataFrame({"branch_id": [f"{number:04}" for number in range(branches)], "name": "示例支行"})
    load_frames(root, {"branches": names}, as_of=date(2026, 6, 30), name="branches.csv", synthetic=True)
    return root


def _seconds(home: Path) -> float:
    program = Path(sys.executable).parent / "microlib"
    command = [program, "report", "--home", home, "--jobs", "2", NOTEBOOK.resolve()]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start

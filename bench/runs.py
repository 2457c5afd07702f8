"""What a run costs beyond the notebooks' own cells: against papermill in a pool, and against a loop of commands.

Overhead per report is wall time less the same cells in warm processes on the same cores, less one HTML export.
Starting up is in it. What reports of a run share makes their cells cheaper; a row beside says it without that gain.
``BENCH_BRANCHES`` and ``BENCH_NOTEBOOKS`` make it smaller.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import nbformat

from bench import clocks
from microlib.home import FRAMES_FOLDER, shipped_notebooks

HOME = Path("data/demo")
WORKERS = 2
#: ours and its peers in turns, so often
ROUNDS = 3
#: commands take long: so few of them
COMMANDS = 2


NOTEBOOKS = ("2_segment_analysis", "6_product_design")


def rows() -> list[dict]:
    """Return the rows of the bench table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder) / "home"
        (home / "data").mkdir(parents=True)
        shutil.copy2(HOME / "data" / "bank.duckdb", home / "data")
        count = len(jobs_of(str(home)))
        taken, memory = _measured(home, count)
        loop, export = _timed(lambda: commands(home)), _export_seconds(home)
    wall, cells, sharing, alone, pool = (statistics.median(each) for each in taken.values())
    mine, theirs = (wall - cells) / count - export / WORKERS, (pool - cells) / count
    looped = loop / COMMANDS - alone / count - export
    return [
        clocks.row(f"overhead per report of {count} / 0.3 s", mine, 0.3, bound=1.0),
        _stated("the same, against cells that share frames as kernels do (s)", mine + (cells - sharing) / count, 0.3),
        clocks.row("overhead per report / papermill in a pool (s)", mine, theirs, bound=1 / 5),
        clocks.row("overhead per report / papermill and nbconvert commands (s)", mine, looped, bound=1 / 10),
        _stated("whole report / papermill in a pool (s)", wall / count, pool / count),
        _stated("whole report / papermill and nbconvert commands (s)", wall / count, loop / COMMANDS),
        clocks.row("zygote ready / plain import (s)", *_readiness(), bound=1.3),
        clocks.row("private memory per worker with its kernel / 150 MiB", memory, 150.0, bound=1.0),
    ]


def _measured(home: Path, count: int) -> tuple[dict[str, list[float]], float]:
    """Return the seconds of each way, measured in turns so that a busy computer is as busy for all; and private MiB."""
    taken: dict[str, list[float]] = {name: [] for name in ("ours", "cells", "sharing", "alone", "pool")}
    memory = 0.0
    for _ in range(int(os.environ.get("BENCH_ROUNDS", ROUNDS))):
        wall, private = _with_memory(lambda: ours(home, count))
        memory = max(memory, private)
        taken["ours"].append(wall)
        taken["cells"].append(clocks.in_child("runs", "cells", str(home), str(WORKERS))[0])
        taken["sharing"].append(clocks.in_child("runs", "cells", str(home), str(WORKERS), "sharing")[0])
        taken["pool"].append(clocks.in_child("runs", "papermill_in_a_pool", str(home))[0])
        taken["alone"].append(clocks.in_child("runs", "cells", str(home), "1")[0])
    return taken, memory


def jobs_of(home: str) -> list:
    """Return the jobs of the branches that ``BENCH_BRANCHES`` names (parted by commas), by default of all."""
    from microlib.home import Home
    from microlib.run.jobs import RunOptions
    from microlib.run.plan import plan_reports

    branches = tuple(filter(None, os.environ.get("BENCH_BRANCHES", "").split(",")))
    names = tuple(filter(None, os.environ.get("BENCH_NOTEBOOKS", "").split(","))) or NOTEBOOKS
    return list(plan_reports(Home(Path(home)), RunOptions(notebooks=names, branches=branches)).jobs)


def ours(home: Path, count: int) -> None:
    """Make the reports with the command."""
    jobs = jobs_of(str(home))
    branches = [word for code in dict.fromkeys(job.branch for job in jobs) for word in ("--branch", code)]
    names = list(dict.fromkeys(job.notebook.stem for job in jobs))
    command = [str(_program("microlib")), "report", "--home", str(home), "--jobs", str(WORKERS), *branches, *names]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    if len(made) != count:
        raise RuntimeError(f"{len(made)} of {count} reports were made")


def cells(home: str, workers: str, sharing: str = "") -> float:
    """Return the seconds of the notebooks' cells, without Jupyter, in processes forked from one that has imported all.

    With `sharing`, they also share what kernels of a run share: frames, statements, words.
    """
    from microlib.run.warm.sockets import import_all, imported_by
    from microlib.run.warm.zygote import idle_tasks

    jobs = jobs_of(home)
    import_all(imported_by({job.notebook for job in jobs}))
    with tempfile.TemporaryDirectory() as folder:
        if sharing:
            os.environ[FRAMES_FOLDER] = folder
            for chore in idle_tasks():
                chore()
        with multiprocessing.get_context("fork").Pool(int(workers), maxtasksperchild=1) as pool:
            return _timed(lambda: pool.map(_run_cells, jobs, chunksize=1))


def _run_cells(job: object) -> None:
    """Run one notebook's cells, outputs formatted as a kernel would."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    with tempfile.TemporaryDirectory() as out, capture_output():
        given = "\n".join(f"{name} = {value!r}" for name, value in job.parameters(Path(out)).items())
        for cell in nbformat.read(job.notebook, as_version=4).cells:
            if cell.cell_type == "code":
                is_default = "parameters" in cell.metadata.get("tags", [])
                shell.run_cell(given if is_default else cell.source).raise_error()


def papermill_in_a_pool(home: str) -> None:
    """Run the notebooks with ``papermill.execute_notebook`` in a pool of the same size."""
    jobs = jobs_of(home)
    context = multiprocessing.get_context("forkserver")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        places = [Path(folder) / str(number) for number in range(len(jobs))]
        list(pool.map(_papermill, jobs, places))


def _papermill(job: object, place: Path) -> None:
    import papermill

    place.mkdir()
    options = {"kernel_name": "python3", "progress_bar": False, "parameters": job.parameters(place)}
    papermill.execute_notebook(str(job.notebook), str(place / "out.ipynb"), **options)


def commands(home: Path) -> None:
    """Run a few notebooks with the commands, one after the other."""
    for job in jobs_of(str(home))[:COMMANDS]:
        with tempfile.TemporaryDirectory() as out:
            given = [word for name, value in job.parameters(Path(out)).items() for word in ("-r", name, value)]
            made = f"{out}/out.ipynb"
            papermill = [_program("papermill"), "-k", "python3", "--no-progress-bar", *given, job.notebook, made]
            convert = [_program("jupyter"), "nbconvert", "--to", "html", "--no-input", made]
            for command in (papermill, convert):
                subprocess.run(command, check=True, capture_output=True)


def _export_seconds(home: Path) -> float:
    """Return the median seconds of one HTML export in a warm process."""
    from microlib.run.export.html import report_page

    made = [(job, nbformat.read(job.page.with_suffix(".ipynb"), as_version=4)) for job in jobs_of(str(home))[:4]]
    report_page(made[0][1], job=made[0][0])
    return statistics.median(_timed(lambda: report_page(notebook, job=job)) for job, notebook in made)  # noqa: B023


def _readiness() -> tuple[float, float]:
    """Return the median seconds until a zygote answers, and of a plain import of the same modules."""
    from microlib.run.warm.sockets import imported_by

    names = imported_by((shipped_notebooks() / "reports").glob("*.ipynb"))
    plain = f"from microlib.run.warm.sockets import import_all; import_all({names!r})"
    ready, imported = [], []
    for _ in range(3):
        ready.append(_timed(lambda: clocks.in_child("runs", "zygote_answers", ",".join(names))))
        imported.append(_timed(lambda: subprocess.run([sys.executable, "-c", plain], check=True)))
    start = min(_timed(lambda: clocks.in_child("runs", "nothing")) for _ in range(2))
    return statistics.median(ready) - start, statistics.median(imported)


def nothing() -> None:
    """Do nothing: what starting a child costs."""


def zygote_answers(names: str) -> None:
    """Start a zygote and wait for its first answer."""
    from microlib.run.warm.lease import run_caller, stop_run
    from microlib.run.warm.sockets import run_folder

    with run_folder():
        run_caller(names.split(",")).status_of(0)
        stop_run()


def _with_memory(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of some work, and the most private MiB that all had at one moment, per worker."""
    peaks, done = [0.0], threading.Event()
    thread = threading.Thread(target=_watch, args=(peaks, done))
    thread.start()
    try:
        return _timed(work), max(peaks)
    finally:
        done.set()
        thread.join()


def _watch(peaks: list[float], done: threading.Event) -> None:
    while not done.wait(0.2):
        held = 0.0
        for process in _descendants("self"):
            with suppress(OSError, IndexError):
                held += _private(process / "smaps") if _is_forked(process) else 0.0
        peaks.append(held / WORKERS)


def _descendants(pid: str) -> Iterator[Path]:
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in thread.read_text().split():
                yield Path("/proc") / child
                yield from _descendants(child)


def _is_forked(process: Path) -> bool:
    """Whether a process is a worker or a kernel: each has a parent of its own command line."""
    line = (process / "cmdline").read_bytes()
    parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
    is_forked = line == Path(f"/proc/{parent}/cmdline").read_bytes()
    return is_forked and any(mark in line for mark in (b"warm.zygote", b"forkserver"))


def _private(path: Path) -> float:
    """Return MiB that a process neither shares nor can drop: pages of the frames' files are the files'."""
    kilobytes, is_file = 0, False
    for line in path.read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            kilobytes += 0 if is_file else int(line.split()[1])
        elif "-" in line.split(" ", 1)[0]:
            is_file = line.endswith((".arrow", "(deleted)"))
    return kilobytes / 1024


def _program(name: str) -> Path:
    return Path(sys.executable).parent / name


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _stated(name: str, ours: float, peer: float) -> dict:
    ratio = round(ours / peer, 2)
    return {"name": name, "ours": round(ours, 3), "peer": round(peer, 3), "ratio": ratio, "bound": None, "holds": None}

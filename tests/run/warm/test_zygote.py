"""Chores leave results in memory that any report would work out, and nothing else.

A zygote outlives nobody, and nobody outlives it; where there is none, kernels are ordinary.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from microlib.bank.cuts import branch_statement
from microlib.contracts.tables import TABLES
from microlib.files import PREFIX
from microlib.report.sentences import verdicts
from microlib.report.words import entries
from microlib.run.jobs import RunOptions
from microlib.run.warm import lease, provisioner, sockets
from microlib.run.warm.lease import run_caller
from microlib.run.warm.provisioner import forked, install_kernel
from microlib.run.warm.sockets import RUN_FOLDER, run_folder, shared_folder, sweep
from microlib.run.warm.zygote import Zygote, idle_tasks
from microlib.run.warmup import begun, opened_context


def test_chores_prepare_every_statement_catalogue_and_verdict():
    branch_statement.cache_clear()
    entries.cache_clear()
    verdicts.cache_clear()
    for chore in list(idle_tasks())[:-1]:
        chore()
    assert branch_statement.cache_info().currsize == len(TABLES)
    assert verdicts.cache_info().currsize == 1
    before = entries.cache_info().misses
    for kind in ("columns", "codes", "sentences", "marks", "captions", "notes", "units"):
        entries(kind)
    assert entries.cache_info().misses == before


CALLER = """
import sys, time
sys.path.insert(0, {tests!r})
from microlib.run.warm.lease import run_caller
from microlib.run.warm.sockets import run_folder
import conftest
with run_folder() as folder:
    run_caller()
    kernel = conftest.Kernel()
    print(folder, kernel.process.pid, flush=True)
    time.sleep(1000)
"""


def zygotes_of(folder: Path) -> list[int]:
    found = subprocess.run(["pgrep", "-f", f"warm.zygote .*{folder}"], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


#: a loaded machine may be slow; only what never comes takes so long
MOST_SECONDS = 240


def wait_until(condition):
    end = time.monotonic() + MOST_SECONDS
    while not condition():
        assert time.monotonic() < end, condition
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_when_a_caller_is_killed_its_kernels_its_zygote_and_its_folder_go(number):
    code = CALLER.format(tests=str(Path(__file__).parent))
    caller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    folder, pid = caller.stdout.readline().split()
    born = zygotes_of(Path(folder))
    caller.send_signal(number)
    caller.wait(MOST_SECONDS)
    wait_until(lambda: is_gone(int(pid)) and all(map(is_gone, born)))
    sweep()
    assert not Path(folder).exists()


def test_when_the_zygote_is_killed_its_kernels_die_and_the_next_kernel_has_a_new_one(kernel, folder):
    made = kernel()
    zygote = next(pid for pid in zygotes_of(folder) if pid != made.process.pid)
    os.kill(zygote, signal.SIGKILL)
    assert made.process.wait(MOST_SECONDS) == -9
    again = kernel()
    assert again.says("print('again')") == "again"
    assert type(again.process).__name__ == "ForkedProcess"


def test_at_the_end_of_a_run_nothing_is_left_though_the_zygote_was_silent_for_a_while(tmp_path):
    with opened_context(RunOptions(), kept=tmp_path, notebooks=[]) as context:
        folder, asked = Path(os.environ[RUN_FOLDER]), {"env": dict(os.environ), "cwd": "/", "files": [1, 2]}
        run_caller().launch(["--version"], **asked).wait(MOST_SECONDS)
        born, first = zygotes_of(folder), run_caller()
        os.kill(born[0], signal.SIGSTOP)
        first.line.settimeout(0.2)
        with pytest.raises(TimeoutError):
            first.launch(["--version"], **asked)
        assert not first.is_answering()  # or its late answer would be taken for that to the next question
        os.kill(born[0], signal.SIGCONT)
        second = run_caller()
        assert second.launch(["--version"], **asked).wait(MOST_SECONDS) == 0 and zygotes_of(folder) == born
        assert second.process is first.process
    assert context.is_warm and born
    wait_until(lambda: all(map(is_gone, born)))
    assert not folder.exists()


def test_a_run_goes_on_with_the_zygote_that_was_begun_for_it(tmp_path):
    with begun(RunOptions(), notebooks=[]) as begun_folder:
        born = zygotes_of(begun_folder)
        with opened_context(RunOptions(), kept=tmp_path, notebooks=[], private_folder=begun_folder) as context:
            assert context.is_warm and context.private_folder == begun_folder and zygotes_of(begun_folder) == born
        assert born and all(map(is_gone, born))
    assert not begun_folder.exists()


def test_a_refused_plan_ends_the_zygote_begun_for_it_at_once():
    with pytest.raises(LookupError), begun(RunOptions(), notebooks=[]) as begun_folder:
        born = zygotes_of(begun_folder)
        raise LookupError
    assert born and all(map(is_gone, born)) and not begun_folder.exists()


def test_a_zygote_that_does_not_end_when_told_is_killed(tmp_path, monkeypatch):
    for name in ("END_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(lease, name, 0.2)
    with opened_context(RunOptions(), kept=tmp_path, notebooks=[]) as context:
        (born,) = zygotes_of(context.private_folder)
        os.kill(born, signal.SIGSTOP)
    assert is_gone(born)


def test_ordinary_kernels_begin_nothing():
    with begun(RunOptions(is_warm=False), notebooks=[]) as begun_folder:
        assert not zygotes_of(begun_folder)


def test_where_forking_is_not_to_be_had_it_is_said_once_and_ordinary_kernels_are_used(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("microlib.run.warmup.is_possible", lambda: False)
    with opened_context(RunOptions(), kept=tmp_path, notebooks=[]) as context:
        assert not context.is_warm
    assert capsys.readouterr().err.count("ordinary kernels are used") == 1


def test_a_zygote_that_cannot_start_gives_ordinary_kernels(tmp_path, monkeypatch, caplog, kernel):
    monkeypatch.setattr(provisioner, "run_caller", lambda: (_ for _ in ()).throw(ConnectionError("no zygote")))
    monkeypatch.setattr(provisioner, "_SAID", [])
    made = kernel()
    assert isinstance(made.process, subprocess.Popen)
    assert made.says("print(2)") == "2"


@pytest.mark.parametrize("option", [{"stdout": subprocess.PIPE}, {"preexec_fn": print}])
def test_what_a_forked_kernel_cannot_be_given_is_refused(option):
    with pytest.raises(ValueError, match="a kernel is asked for with"):
        forked([sys.executable, "-m", "ipykernel_launcher", "-f", "x"], **option)


def test_a_shared_folder_of_somebody_else_is_refused(short_folder, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    shared_folder("a").chmod(0o755)
    with pytest.raises(PermissionError, match="not a private folder"):
        shared_folder("a")


def test_folders_of_runs_that_are_gone_are_swept_and_living_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    with run_folder() as living:
        gone = Path(sockets.tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
        (gone / "alive").touch()
        sweep()
        assert living.exists() and not gone.exists()


@pytest.fixture
def jupyter(tmp_path, short_folder):
    """An environment in which the kernelspec is installed and shared zygotes live a second."""
    install_kernel(tmp_path)
    known = {"JUPYTER_PATH": f"{tmp_path}/share/jupyter", "XDG_RUNTIME_DIR": str(short_folder)}
    return {**os.environ, **known, "MICROLIB_WARM_SECONDS": "1.5"}


PARENT = "import os; assert 'warm.zygote' in open(f'/proc/{os.getppid()}/cmdline').read()"


def test_bare_papermill_and_nbval_use_it_and_leave_nothing(jupyter, tmp_path, short_folder, written_notebook):
    path = written_notebook('branch = ""', PARENT)
    papermill = ["papermill", "-k", "microlib", "--no-progress-bar", path, tmp_path / "out.ipynb"]
    nbval = ["pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-kernel-name=microlib", path]
    for command in (papermill, nbval):
        run = subprocess.run([sys.executable, "-m", *command], env=jupyter, capture_output=True, cwd=tmp_path)
        assert run.returncode == 0, (run.stdout + run.stderr).decode()
    wait_until(lambda: not list(short_folder.glob("*")) and not zygotes_of(short_folder))


def test_a_kernel_that_a_caller_asked_for_before_it_was_killed_is_not_forked(tmp_path, monkeypatch):
    """The zygote was still importing; the kernel would make anew the folder that the next run has removed."""
    forks: list[int] = []

    def forked_now() -> int:
        forks.append(1)
        raise BlockingIOError

    monkeypatch.setattr("os.fork", forked_now)
    with sockets.new_socket() as listener:
        listener.bind(str(tmp_path / "zygote"))
        listener.listen()
        served = Zygote(listener, idle_seconds=0.1)
        served.chores = iter(())
        with sockets.new_socket() as line, (tmp_path / "said").open("wb") as file:
            line.connect(str(tmp_path / "zygote"))
            letter = {"arguments": ["--version"], "env": {}, "cwd": "/", "umask": None}
            sockets.send(line, letter, [file.fileno(), file.fileno()])
        assert served.serve() is None
    assert (forks, served.leases) == ([], [])

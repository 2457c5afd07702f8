"""What a month end meets: kernels, workers and zygotes killed, notebooks that misbehave, a bank that is held."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from microlib.errors import BadConfig
from microlib.run import execute
from microlib.run.run import run_reports
from microlib.run.warm.sockets import RUN_FOLDER

pytestmark = pytest.mark.usefixtures("shared_zygote")
COLD, WARM = {"workers": 1, "is_warm": False}, {"workers": 1}
#: a loaded machine may be slow; only what never comes takes so long
MOST_SECONDS = 240


def wait_for(folder: Path, pattern: str, *, count: int = 1) -> None:
    """Wait until so many files are there."""
    end = time.monotonic() + MOST_SECONDS
    while len(list(folder.glob(pattern))) < count:
        assert time.monotonic() < end, pattern
        time.sleep(0.02)


#: code that goes on only when somebody was killed: a pool may see that one worker died when another has ended its job
UNTIL_KILLED = "while first and not pathlib.Path(home, 'killed').exists(): time.sleep(0.05)"


def when_begun(folder: Path, act, *, count: int = 1) -> threading.Thread:
    """Do something in the background as soon as so many notebooks have begun."""

    def watch() -> None:
        wait_for(folder, "seen-*", count=count)
        act()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("options", [COLD, WARM])
def test_a_kernel_that_is_killed_is_tried_again_once(faulty, options):
    (outcome,) = run_reports(faulty("if first: os.kill(os.getpid(), signal.SIGKILL)", **options)).outcomes
    assert (outcome.error, outcome.attempts) == ("", 2)


def test_a_kernel_that_is_killed_twice_has_failed(faulty):
    (outcome,) = run_reports(faulty("os.kill(os.getpid(), signal.SIGKILL)", **WARM)).outcomes
    assert "DeadKernelError" in outcome.error
    assert outcome.attempts == 2


@pytest.mark.parametrize("code", ["os._exit(3)", "raise KeyError(1)", "sys.exit(1)", "os.abort()"])
def test_a_notebook_that_fails_is_not_tried_again(faulty, code):
    (outcome,) = run_reports(faulty(code, **WARM)).outcomes
    assert outcome.error
    assert outcome.attempts == 1
    assert outcome.kept.is_file()


def test_a_kernel_that_never_comes_up_is_tried_again(faulty, monkeypatch):
    calls = []

    def launch(*_: object, **options: object):
        calls.append(1)
        command = ["sleep", "60"] if len(calls) > 1 else ["false"]
        return subprocess.Popen(command, start_new_session=True)

    monkeypatch.setattr("jupyter_client.provisioning.local_provisioner.launch_kernel", launch)
    (outcome,) = run_reports(faulty("1", **COLD, seconds=3)).outcomes
    assert (len(calls), outcome.attempts) == (2, 2)
    assert "Kernel didn't respond" in outcome.error


def test_a_worker_that_is_killed_loses_no_report(faulty, home):
    def kill() -> None:
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        (home.root / "killed").touch()

    plan = faulty(UNTIL_KILLED, branches=("0755", "0021"), workers=2)
    when_begun(home.root, kill, count=2)
    run = run_reports(plan)
    assert [outcome.error for outcome in run.outcomes] == ["", ""]
    assert 2 in {outcome.attempts for outcome in run.outcomes}


def test_workers_that_wait_for_work_end_with_a_broken_pool(faulty, home):
    plan = faulty("time.sleep(100 if first and branch == '0755' else 0)", branches=("0755", "0021"), workers=2)

    def kill() -> None:
        (other,) = (job for job in plan.jobs if job.branch == "0021")
        wait_for(other.folder, other.page.name)
        time.sleep(0.5)
        os.kill(max(multiprocessing.active_children(), key=_sockets_of).pid, signal.SIGKILL)

    when_begun(home.root, kill, count=2)
    run = run_reports(plan)
    assert [outcome.error for outcome in run.outcomes] == ["", ""]


def _sockets_of(worker: multiprocessing.Process) -> int:
    """Count a worker's sockets: one that waits for its kernel has the most."""
    sockets = [path for path in Path(f"/proc/{worker.pid}/fd").iterdir() if "socket" in os.readlink(path)]
    return len(sockets)


def test_a_zygote_that_is_killed_loses_no_report(faulty, home):
    def kill() -> None:
        found = subprocess.run(["pgrep", "-f", f"warm.zygote .*{os.environ[RUN_FOLDER]}"], capture_output=True)
        os.kill(min(map(int, found.stdout.split())), signal.SIGKILL)

    when_begun(home.root, kill)
    (outcome,) = run_reports(faulty("time.sleep(100 if first else 0)", **WARM)).outcomes
    assert (outcome.error, outcome.attempts) == ("", 2)


def ended_in_time(faulty, home, code: str) -> tuple[str, int]:
    """Run a report that hangs; give its error, and the seconds it had: at least as many as it took to begin."""
    for seconds in (4, 16, 64):
        clock = time.monotonic()
        (outcome,) = run_reports(faulty(code, workers=1, seconds=seconds)).outcomes
        if list(home.root.glob("seen-*")):
            break
    assert time.monotonic() - clock < seconds + MOST_SECONDS
    return outcome.error, seconds


def test_a_notebook_that_hangs_is_ended_in_its_time(faulty, home):
    error, seconds = ended_in_time(faulty, home, "while True: pass")
    assert error == f"TooLong: the report took longer than {seconds} seconds (--timeout)"


def test_a_kernel_that_is_stopped_is_ended_in_its_time(faulty, home):
    error, _ = ended_in_time(faulty, home, "os.kill(os.getpid(), signal.SIGSTOP)")
    assert error.startswith("TooLong")


def test_a_notebook_that_writes_without_end_is_refused_and_its_page_stays_small(faulty, monkeypatch):
    monkeypatch.setattr(execute, "MOST_CHARACTERS", 1 << 20)
    (outcome,) = run_reports(faulty("for _ in range(80): print('x' * 50_000, flush=True)", **WARM)).outcomes
    assert "TooMuchOutput: the notebook wrote more than 1 MB of output" in outcome.error
    assert outcome.kept.stat().st_size < 3 << 20


def test_a_notebook_that_exhausts_its_memory_fails_with_that_reason(faulty):
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)); x = bytearray(8 << 30)"
    (outcome,) = run_reports(faulty(code, **WARM)).outcomes
    assert outcome.error.startswith("MemoryError")


@pytest.mark.parametrize("code", ["os.close(1); os.close(2)", "sys.stdout.close()", "sys.__stdout__ = None"])
def test_a_notebook_that_closes_its_output_hangs_nothing(faulty, code):
    run = run_reports(faulty(f"{code}\n1 + 1", workers=1, seconds=MOST_SECONDS))
    assert "TooLong" not in run.outcomes[0].error


def test_two_runs_at_once_the_second_is_refused(faulty, home):
    plan = faulty("while not pathlib.Path(home, 'refused').exists(): time.sleep(0.05)", **COLD)
    with ThreadPoolExecutor(1) as background:
        first = background.submit(run_reports, plan)
        try:
            wait_for(home.root, "seen-*")
            with pytest.raises(BadConfig, match=f"another run is writing these reports, pid {os.getpid()}"):
                run_reports(plan)
        finally:
            (home.root / "refused").touch()
    assert not first.result().failed


def test_a_bank_held_by_another_process_is_said(faulty, home):
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(1000)"
    holder = subprocess.Popen([sys.executable, "-c", code, home.bank], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BadConfig, match="another process is using the bank"):
            faulty("1")
    finally:
        holder.kill()
        holder.wait(MOST_SECONDS)


def test_any_executor_may_run_the_jobs(faulty):
    plan = faulty("1", branches=("0755", "0021"), workers=2, executor=lambda: ThreadPoolExecutor(2))
    run = run_reports(plan)
    assert [outcome.error for outcome in run.outcomes] == ["", ""]


def test_an_executor_of_others_that_breaks_is_made_again_and_its_jobs_tried_once_more(faulty, home):
    made = []

    def processes() -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["microlib.run.execute"])
        made.append(ProcessPoolExecutor(2, mp_context=context))
        return made[-1]

    def kill() -> None:
        os.kill(next(iter(made[0]._processes)), signal.SIGKILL)
        (home.root / "killed").touch()

    plan = faulty(UNTIL_KILLED, branches=("0755", "0021"), workers=2, executor=processes)
    when_begun(home.root, kill, count=2)
    run = run_reports(plan)
    assert ([outcome.error for outcome in run.outcomes], len(made)) == (["", ""], 2)


def test_a_bank_that_somebody_writes_while_a_notebook_reads_is_said(faulty, home):
    code = f"import duckdb; held = duckdb.connect({str(home.bank)!r})\n"
    code += "from microlib.bank import branch; import subprocess; said = subprocess.run([sys.executable, '-c', "
    code += '\'import sys; from microlib.bank.branch import read_branch; read_branch(sys.argv[1], branch="0755", '
    code += 'as_of="2026-06-30")\', home], capture_output=True, text=True).stderr; raise OSError(said[-300:])'
    (outcome,) = run_reports(faulty(code, **COLD)).outcomes
    assert "another process is using the bank" in outcome.error

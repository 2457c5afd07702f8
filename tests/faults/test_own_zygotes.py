"""A run's own zygote: there for every run of a process, gone after it."""

import os

from microlib.run.run import run_reports
from microlib.run.warm.lease import _HELD
from microlib.run.warm.sockets import RUN_FOLDER


def test_a_second_run_of_one_process_forks_its_kernels_too(faulty, home):
    code = "(pathlib.Path(home) / f'line-{branch}').write_text(pathlib.Path('/proc/self/cmdline').read_text())"
    for _ in range(2):
        run_reports(faulty(code, branches=("0755", "0021"), workers=2))
        lines = [path.read_text() for path in home.root.glob("line-*")]
        assert len(lines) == 2 and all("warm.zygote" in line for line in lines)


def test_after_all_of_it_no_kernel_and_no_folder_is_left(faulty):
    before = set(_HELD)
    run_reports(faulty("os._exit(3)", workers=1))
    assert RUN_FOLDER not in os.environ
    assert set(_HELD) == before

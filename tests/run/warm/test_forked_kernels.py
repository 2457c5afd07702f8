"""A forked kernel is a kernel like any other, and knows nothing of the one before it."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from microlib.run.warm.lease import ForkedProcess

#: a loaded machine may be slow; only what never comes takes so long
MOST_SECONDS = 240
SPOIL = """
import os, random, sys, warnings
import duckdb, matplotlib, numpy as np, pandas as pd
random.seed(1); np.random.seed(1)
pd.set_option("display.max_rows", 3)
os.environ["SPOILT"] = "yes"; os.chdir("/")
warnings.simplefilter("error"); matplotlib.rcParams["figure.dpi"] = 13
pd.DataFrame.spoilt = True
duckdb.sql("CREATE TABLE spoilt AS SELECT 1")
"""
LOOK = """
import os, warnings, duckdb, matplotlib, pandas as pd
found = [pd.get_option("display.max_rows"), os.environ.get("SPOILT"), os.getcwd() == "/"]
found += [hasattr(pd.DataFrame, "spoilt")]
found += [matplotlib.rcParams["figure.dpi"], "error" in {entry[0] for entry in warnings.filters[:1]}]
print(*found, len(duckdb.sql("SHOW TABLES").fetchall()))
"""


def test_it_is_forked_and_answers(kernel):
    made = kernel()
    assert isinstance(made.process, ForkedProcess)
    assert made.says("print(1 + 1)") == "2"


#: tries as another user to connect to sockets; says where it could
CONNECTING = """
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
for path in sys.argv[1:]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        try:
            socket.socket(socket.AF_UNIX, kind).connect(path)
            print(path)
        except OSError:
            pass
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_another_user_can_connect_to_no_socket_of_a_run(kernel, folder, short_folder):
    made = kernel()
    private, public = [path for path in folder.rglob("*") if path.is_socket()], short_folder / "open"
    assert len(private) >= 6 and made.says("print(1)") == "1"
    short_folder.chmod(0o755)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(public))
        public.chmod(0o777)
        listener.listen()
        command = [sys.executable, "-c", CONNECTING, *map(str, private), str(public)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == [str(public)]


def test_what_the_zygote_imported_is_there_at_once(kernel):
    names = "['microlib.report.results', 'pandas', 'ibis.backends.duckdb']"
    assert kernel().says(f"import sys; print(set({names}) <= set(sys.modules))") == "True"


def test_nothing_that_one_kernel_did_is_seen_by_the_next(kernel):
    clean = kernel().says(LOOK)
    kernel().says(SPOIL)
    assert kernel().says(LOOK) == clean == "60 None False False 100.0 False 0"


def test_what_it_writes_has_the_rights_its_caller_gives_and_not_those_of_whoever_began_the_zygote(kernel, tmp_path):
    """A zygote may serve several callers."""
    write = "import os; path = {!r}; open(path, 'w').close(); print(oct(os.stat(path).st_mode & 0o777))"
    former, said = os.umask(0o022), []
    try:
        for umask in (0o022, 0o077, 0o027):
            os.umask(umask)
            said.append(kernel().says(write.format(str(tmp_path / f"{umask}"))))
    finally:
        os.umask(former)
    assert said == ["0o644", "0o600", "0o640"]


def test_two_kernels_draw_different_random_numbers(kernel):
    draw = "import random, numpy; print(random.random(), numpy.random.random())"
    assert len({kernel().says(draw) for _ in range(3)}) == 3


def test_it_has_the_figures_backend_and_first_folder_of_path_of_an_ordinary_kernel(kernel):
    said = kernel().says("import sys, matplotlib; print(matplotlib.rcParams['backend'], repr(sys.path[0]))")
    assert "inline" in said
    assert "microlib/run" not in said


def test_it_queries_a_bank_and_reads_parquet_in_several_threads(kernel, tmp_path):
    path = tmp_path / "x.parquet"
    code = "import duckdb, pandas as pd; print(duckdb.sql('SELECT count(*) FROM range(3000000) WHERE range % 7 = 1')"
    assert kernel().says(f"{code}.fetchone()[0])") == "428572"
    written = kernel().says(f"import pandas as pd; pd.DataFrame({{'a': [1]}}).to_parquet({str(path)!r})")
    assert (written, path.is_file()) == ("", True)


def test_how_it_ended_is_known(kernel):
    exited, killed = kernel(), kernel()
    exited.client.execute("import os; os._exit(3)")
    os.kill(killed.process.pid, signal.SIGKILL)
    assert (exited.process.wait(MOST_SECONDS), killed.process.wait(MOST_SECONDS)) == (3, -9)


def test_an_interrupt_reaches_its_cell(kernel):
    made = kernel()
    asked = made.client.execute("import time; print('begun'); time.sleep(1000)", stop_on_error=False)
    assert made.hears(asked, "stream")["text"].strip() == "begun"
    made.loop.run_until_complete(made.manager._async_interrupt_kernel())
    assert made.hears(asked, "error")["ename"] == "KeyboardInterrupt"
    assert made.says("print('still here')") == "still here"


def test_its_sockets_are_closed_to_others(kernel):
    made = kernel()
    place = Path(made.manager.ip).parent
    assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert any(stat.S_ISSOCK(path.stat().st_mode) for path in place.iterdir())


def test_it_holds_no_file_of_the_zygote(kernel):
    listed = "import os; here = '/proc/self/fd'; links = [f'{here}/{name}' for name in os.listdir(here)]"
    assert kernel().says(f"{listed}; print(sum('zygote' in os.readlink(p) for p in links if os.path.islink(p)))") == "0"


def test_a_full_collection_closes_no_file_that_it_has_opened(kernel):
    drop = "import gc; gc.unfreeze(); gc.collect(); print(sum(type(o).__name__ == 'Zygote' for o in gc.get_objects()))"
    made = kernel()
    assert [made.says(drop), made.says("print(2)")] == ["1", "2"]

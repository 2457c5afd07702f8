"""The command line: what goes to which stream, and with which exit code."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from microlib.bank.ingest.load import load_frames
from microlib.cli import main, workbench
from microlib.errors import BadData
from microlib.home import Home

NOTEBOOKS = Path(__file__).parent.parent / "run" / "notebooks"


def banked(folder):
    branches = pd.DataFrame({"branch_id": ["0755", "0021"], "name": ["示例支行", "示例江畔支行"]})
    load_frames(folder, {"branches": branches}, as_of=date(2026, 6, 30), name="branches.csv", synthetic=True)
    return folder


@pytest.fixture
def home(once, tmp_path):
    """A home with a bank of two branches: a copy of one that was made once."""
    return shutil.copytree(once("command_bank", banked), tmp_path, dirs_exist_ok=True)


@pytest.fixture
def run(capsys):
    """Run a command in this process; give exit code, lines of output and the error stream."""

    def call(*words):
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out.splitlines(), err

    return call


def test_a_report_is_a_path_per_line_on_standard_output(run, home, shared_zygote, monkeypatch):
    monkeypatch.chdir(home)
    code, lines, err = run(
        "report", "--branch", "0755", "--lang", "zh", "--lang", "en", NOTEBOOKS / "tiny_report.ipynb"
    )
    assert (code, lines) == (
        0,
        [f"reports/2026-06-30/0755/tiny_report/{lang}/tiny_report.html" for lang in ("zh", "en")],
    )
    assert "event=progress done=2 total=2 failed=0" in err


def test_a_failed_notebook_is_exit_code_5_after_all_others(run, home, shared_zygote):
    code, lines, err = run("report", "--home", home, "--jobs", 1, NOTEBOOKS / "tiny_failure.ipynb")
    assert code == 5
    assert [Path(line).parts[-4] for line in lines] == ["0755"]
    assert "error: 1 of 2 reports failed\n  0021/tiny_failure/zh: KeyError: '0021'\n    kept: " in err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--branch", "755"], 4, "error: the bank has no branch '755'"),
        (["--as-of", "2019-12-31"], 4, "2019-12-31"),
        (["--product", "market_stal"], 3, "error: there is no product market_stal"),
        (["--as-of", "2026-06-31"], 2, "does not match the format"),
        (["--lang", "fr"], 2, "'fr' is not one of"),
        (["no_such_notebook"], 3, "error: there is no notebook no_such_notebook"),
    ],
)
def test_what_is_unknown_is_refused_before_anything_runs(run, home, words, code, message):
    got, lines, err = run("report", "--home", home, NOTEBOOKS / "tiny_report.ipynb", *words)
    assert (got, lines) == (code, [])
    assert message in err
    assert not (home / "reports").exists()


def test_a_misspelt_parameter_is_exit_code_3(run, home, tmp_path):
    path = tmp_path / "misspelt.ipynb"
    path.write_text((NOTEBOOKS / "tiny_report.ipynb").read_text().replace("branch = ", "brnach = "))
    code, _, err = run("report", "--home", home, path)
    assert code == 3
    assert "did you mean brnach?" in err


def test_no_bank_is_exit_code_3_with_the_command_to_run(run, tmp_path):
    code, _, err = run("report", "--home", tmp_path)
    assert code == 3
    assert "microlib ingest" in err


def test_the_index_is_rebuilt_for_the_latest_date(run, home, monkeypatch):
    monkeypatch.chdir(home)
    run("report", "--branch", "0755", NOTEBOOKS / "tiny_report.ipynb")
    assert run("index") == (0, ["reports/2026-06-30/index.html"], "")


def test_an_index_of_nothing_is_exit_code_3(run, home):
    assert run("index", "--home", home)[0] == 3


def test_check_prints_a_line_per_file_that_is_good(run, root, monkeypatch):
    monkeypatch.chdir(root)
    code, lines, _ = run("check", "data/products/market_stall.toml")
    assert (code, lines) == (0, ["ok\tmarket_stall\tpilot\tdata/products/market_stall.toml"])


def test_check_names_what_is_wrong_and_still_checks_the_rest(run, root, tmp_path):
    code, lines, err = run("check", tmp_path / "x.toml", root / "data" / "segments" / "hardware_market.toml")
    assert (code, len(lines)) == (3, 1)
    assert err.startswith("error: ")


def test_check_bank_lists_what_is_held_and_what_is_missing(run, home):
    code, lines, _ = run("check", "--bank", "--home", home)
    assert code == 0
    assert lines[0].startswith("held\tbranches\t机构\t2 rows")
    assert any(line.startswith("missing\tloans") and "would unlock" in line for line in lines)


@pytest.mark.parametrize("words", [[], ["check"], ["ingest"], ["ingest", "a.csv"], ["ingest", "a.csv", "--undo", "b"]])
def test_misuse_is_exit_code_2(run, words):
    assert run(*words)[0] == 2


@pytest.mark.parametrize("word", ["version", "--version"])
def test_version_names_both_versions(run, word):
    code, lines, _ = run(word)
    assert code == 0
    assert lines[0].startswith("microlib ") and "Python 3." in lines[0]


@pytest.mark.parametrize("command", ["demo", "ingest", "check", "report", "index", "version"])
def test_every_command_explains_itself_with_an_example(run, command):
    code, lines, _ = run(command, "-h")
    assert code == 0
    assert any("microlib " + command in line for line in lines)


def test_a_lab_is_handed_its_home_and_further_words_and_gives_its_exit_code(run, home, monkeypatch):
    asked = []
    labs = SimpleNamespace(open_lab=lambda *given, **named: asked.append((given, named)) or 7)
    monkeypatch.setitem(sys.modules, "microlib.run.lab", labs)
    assert run("lab", "--home", home, "--no-browser", "--", "--port", "8899")[0] == 7
    assert run("lab", "--home", home, "--lang", "en")[0] == 7
    further = ("--no-browser", "--port", "8899")
    assert asked == [((Home(home), further), {"lang": "zh"}), ((Home(home), ()), {"lang": "en"})]


def test_a_command_starts_without_what_only_its_work_needs():
    code = "import sys, microlib.cli; print({'pandas', 'ibis', 'duckdb', 'nbformat'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_a_file_is_ingested_and_undone(run, tmp_path):
    branches = tmp_path / "branches.csv"
    branches.write_text("branch_id,name\n0755,示例支行\n", encoding="utf-8")
    words = ("--mapping", "own_tables", "--as-of", "2026-06-30", "--home", tmp_path)
    assert run("ingest", branches, *words)[1] == ["loaded\tbranches.csv\tbranches\t2026-06-30\t1 rows"]
    assert run("ingest", branches, *words)[1] == ["known\tbranches.csv\tbranches\t2026-06-30\t0 rows"]
    assert run("ingest", "--undo", "branches.csv", "--home", tmp_path)[1] == ["removed\tbranches\t1 rows"]


def test_bad_data_are_exit_code_4(run, tmp_path):
    path = tmp_path / "branches.csv"
    path.write_text("branch_id,name\n0755,A\n0755,B\n", encoding="utf-8")
    code, lines, err = run("ingest", path, "--mapping", "own_tables", "--as-of", "2026-06-30", "--home", tmp_path)
    assert (code, lines) == (4, [])
    assert err.startswith("error: ")


def test_a_bug_keeps_its_traceback_and_is_exit_code_1(tmp_path):
    script = "from microlib import cli; cli.workbench.main = lambda *a, **k: 1 / 0; cli.main([])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_an_interrupt_is_exit_code_130(run, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(workbench, "main", stop)
    assert run() == (130, [], "error: interrupted\n")


def test_errors_are_printed_with_place_and_remedy(run, monkeypatch):
    def refuse(*_, **__):
        raise BadData("what", where="here", fix="this")

    monkeypatch.setattr(workbench, "main", refuse)
    assert run() == (4, [], "error: what\n  where: here\n  fix: this\n")


@pytest.mark.parametrize(
    ("words", "how", "file", "folder"), [((), (), 0o600, 0o700), (("--group",), ("--cold",), 0o640, 0o750)]
)
def test_what_is_written_is_its_owner_s_alone_or_the_group_s_to_read(run, home, words, how, file, folder):
    former = os.umask(0)
    try:
        said = ("--home", home, "--branch", "0755", "--format", "xlsx", *how, NOTEBOOKS / "tiny_report.ipynb")
        code, _, err = run(*words, "report", *said)
        assert os.umask(0) == 0, "it was given back"
    finally:
        os.umask(former)
    assert code == 0, err
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (home / "reports").rglob("*")}
    assert {mode for is_folder, mode in modes if not is_folder} <= {0o600, file}
    assert {mode for is_folder, mode in modes if is_folder} <= {0o700, folder}
    assert (False, file) in modes and (True, folder) in modes


def test_what_is_told_to_end_ends_as_an_interrupt_does_and_leaves_signals_as_they_were(run, monkeypatch):
    former = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(workbench, "main", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    code, lines, err = run()
    assert (code, lines) == (130, []) and "interrupted" in err
    assert signal.getsignal(signal.SIGTERM) is former


#: what another user can open below folders, said a line each
READING = """
import os, sys
os.setgroups([])
os.setgid(int(sys.argv[1]))
os.setuid(65534)
for path in (os.path.join(folder, name) for top in sys.argv[2:] for folder, _, names in os.walk(top) for name in names):
    if os.access(path, os.R_OK):
        print(path)
"""
HEADS = "借据号,客户号,客户名称,机构号,机构名称,发放日期,到期日期,贷款金额,贷款余额,利率(%),逾期天数,贷款状态"
LOAN = "L1,C1,示例商行,0755,甲支行,2025-01-10,2026-09-10,100000,{},4.35,0,正常"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
@pytest.mark.parametrize("words", [(), ("--group",)])
def test_another_user_can_open_nothing_and_the_group_no_secret(
    run, short_folder, root, shared_zygote, monkeypatch, words
):
    """Bank, key, look-up and its log, failures, reports, record, bundles; also where folders may be entered."""
    home, config = short_folder / "home", short_folder / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    shipped = (root / "data" / "mappings" / "ledger_excel.toml").read_text("utf-8")
    (short_folder / "m.toml").write_text(f"keep_lookup = true\n{shipped}", "utf-8")
    for name, balance in (("台账202606", "80000"), ("台账202605", "八万")):
        (short_folder / f"{name}.csv").write_text(f"{HEADS}\n{LOAN.format(balance)}\n", "utf-8")
    reading = ("--mapping", short_folder / "m.toml", "--home", home)
    former = os.umask(0)
    try:
        said = [
            run(*words, "ingest", short_folder / "台账202606.csv", *reading),
            run(*words, "ingest", short_folder / "台账202605.csv", *reading),
            run(*words, "lookup", "C1", "--home", home),
            run(*words, "report", NOTEBOOKS / "tiny_report.ipynb", "--bundle", "--home", home),
        ]
    finally:
        os.umask(former)
    assert [code for code, _, _ in said] == [0, 4, 0, 0], said
    made = [path for top in (home, config) for path in top.rglob("*")]
    assert {".duckdb", ".csv", ".html", ".zip", ".key", ".lookup", ".json", ".parquet"} <= {
        path.suffix for path in made
    }
    for folder in (short_folder, home, config, *(path for path in made if path.is_dir())):
        folder.chmod(0o755)

    def opened(group):
        command = [sys.executable, "-c", READING, str(group), str(home), str(config)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return {Path(line).suffix for line in done.stdout.splitlines()}

    assert opened(65534) == set()
    shared = {".duckdb", ".html", ".json", ".parquet", ".zip"}
    assert shared <= opened(os.getegid()) if words else opened(os.getegid()) == set()
    assert not {".key", ".lookup", ".log", ".csv"} & opened(os.getegid())


def test_the_end_of_a_stream_is_no_interrupt(monkeypatch):
    """Click takes it for the end of somebody's typing."""

    def ended(*_, **__):
        raise EOFError("unexpected EOF")

    monkeypatch.setattr("microlib.bank.bookkeeping.bank_inventory", ended)
    with pytest.raises(EOFError):
        main(["check", "--bank"])

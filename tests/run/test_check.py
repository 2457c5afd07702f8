"""Written terms are checked file by file; one that is wrong does not hide the others."""

import shutil
import subprocess

import pytest

from microlib.bank.lookup import log_file
from microlib.bank.pseudonyms import key_file
from microlib.errors import BadConfig
from microlib.run.check import check_closed, check_file, check_files, joined, open_files


def test_every_shipped_file_of_terms_passes(root):
    passed, refused = check_files(sorted(root.glob("data/*/*.toml")))
    assert refused == []
    assert {"market_stall", "hardware_market", "limits"} <= {each.code for each in passed}


def test_a_misspelt_key_is_named_with_its_remedy(root, tmp_path):
    shutil.copytree(root / "data" / "products", tmp_path / "data" / "products")
    path = tmp_path / "data" / "products" / "market_stall.toml"
    path.write_text(path.read_text().replace("segment", "segmnt", 1))
    passed, refused = check_files(sorted(path.parent.glob("*.toml")))
    assert len(passed) == len(list(path.parent.glob("*.toml"))) - 1
    assert "segmnt" in str(refused[0])


def test_a_file_of_no_known_kind_is_refused(tmp_path):
    (tmp_path / "x.toml").write_text("")
    with pytest.raises(BadConfig, match="no folder of written terms"):
        check_file(tmp_path / "x.toml")


def test_several_refusals_become_one_that_names_each():
    both = joined([BadConfig("one", where="a"), BadConfig("two", where="b")])
    assert str(both).splitlines() == ["2 faults", "one", "  where: a", "two", "  where: b"]


@pytest.fixture
def open_home(short_folder, monkeypatch, bank_in):
    """A home that others may enter, with a report, as versions before wrote it under a usual umask."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(short_folder / "config"))
    home = bank_in(short_folder / "bank")
    page = home.reports / "2026-06-30" / "0755" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>")
    for path in (short_folder, *(each for each in short_folder.rglob("*") if each.is_dir())):
        path.chmod(0o755)
    page.chmod(0o644)
    return home, page


def test_what_others_may_read_is_refused_with_the_command_that_closes_it(open_home):
    home, page = open_home
    with pytest.raises(BadConfig, match="other users may read or write 1 files") as caught:
        check_closed(home)
    assert caught.value.fix == f"run: chmod -R o-rwx {home.reports}"
    subprocess.run(caught.value.fix.removeprefix("run: "), shell=True, check=True)
    assert check_closed(home) == [str(home.bank), str(home.reports)]


@pytest.mark.parametrize(("name", "mode"), [("notebooks/reports/own.ipynb", 0o646), ("data/bank.toml", 0o666),
                                            ("data/words", 0o777)])  # fmt: skip
def test_what_others_may_write_of_what_runs_with_the_user_s_rights_is_refused(open_home, name, mode):
    home, _ = open_home
    for path in (home.bank, *home.reports.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    path = home.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch() if "." in path.name else path.mkdir()
    path.chmod(mode & ~0o002)
    check_closed(home)
    path.chmod(mode)
    with pytest.raises(BadConfig, match=f"may write 1 files or folders, such as .*{path.name}") as caught:
        check_closed(home)
    assert "chmod -R o-w" in str(caught.value)


def test_a_folder_that_others_may_not_enter_closes_all_below_it(open_home):
    home, page = open_home
    home.root.chmod(0o750)
    assert list(open_files(home.reports)) == [] and page.stat().st_mode & 0o004


@pytest.mark.parametrize("make", [key_file, log_file])
def test_key_and_log_are_looked_at_too(open_home, make):
    home, page = open_home
    page.chmod(0o600)
    path = make(home)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    path.parent.parent.chmod(0o755)
    path.touch()
    path.chmod(0o604)
    with pytest.raises(BadConfig, match="other users may read or write 1 files"):
        check_closed(home)


def test_an_altered_log_of_look_ups_is_refused(open_home):
    home, page = open_home
    page.chmod(0o600)
    path = log_file(home)
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_text('{"key": "C1", "mark": "0"}\n')
    with pytest.raises(BadConfig, match="line 1, or what stood before it, is not as it was written"):
        check_closed(home)

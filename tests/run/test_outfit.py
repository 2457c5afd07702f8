"""A home is set up with templates that are right once uncommented; a computer is looked over."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from microlib.cli import main
from microlib.contracts.documents import checked
from microlib.contracts.mapping import SourceMapping
from microlib.errors import BadConfig
from microlib.files import ALIVE, owned_folder, sweep_owned
from microlib.home import Home, install_hint
from microlib.run import outfit
from microlib.run.check import check_files
from microlib.run.notice import BankFile, read_bank_file
from microlib.run.outfit import check_fit, examine, examined_lines, make_home


@pytest.fixture
def made(tmp_path):
    """A home as it is begun."""
    make_home(tmp_path / "bank")
    return tmp_path / "bank"


def uncommented(text: str) -> dict:
    """A template's tables with those taken in that stand behind a ``#``."""
    lines = [re.sub(r"^# ?(?=\[|\w+ = |\"[^\"]+\" = )", "", line) for line in text.splitlines()]
    return tomllib.loads("\n".join(line for line in lines if not re.match(r"# ", line)))


def test_a_home_is_begun_once_and_what_is_there_stays(made):
    (made / "README.md").write_text("ours")
    (made / "data" / "bank.toml").unlink()
    assert make_home(made) == [made / "data" / "bank.toml"]
    assert (made / "README.md").read_text() == "ours"
    assert (made / "notebooks" / "reports").is_dir() and (made / ".gitignore").is_file()


def test_what_is_begun_passes_check_and_changes_nothing(made):
    passed, refused = check_files(sorted(made.glob("data/*/*.toml")))
    assert ({each.state for each in passed}, refused) == ({"template"}, [])
    assert read_bank_file(Home(made)) == BankFile()


def test_the_templates_are_right_once_uncommented(made):
    told = checked(uncommented((made / "data" / "bank.toml").read_text("utf8")), BankFile, where="bank.toml")
    assert told.mail.port == 465 and told.webhook.when == "trouble"
    mapping = uncommented((made / "data" / "mappings" / "_own_ledger.toml").read_text("utf8"))
    (loans,) = checked(mapping, SourceMapping, where="own_ledger").tables
    assert loans.units == {"balance_yuan": "wan_yuan"} and loans.codes["status"]["逾期"] == "overdue"
    branch = uncommented((made / "data" / "branches" / "_0000.toml").read_text("utf8"))
    (made / "data" / "branches" / "0000.toml").write_text(
        f'branch_id = "0000"\n[products.hospital_supplier]\nreason = "small"\n'
        f"cap_yuan = {branch['products']['hospital_supplier']['cap_yuan']}\n"
    )
    assert check_files([made / "data" / "branches" / "0000.toml"])[1] == []


def test_a_folder_that_cannot_be_one_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="the home cannot be written"):
        make_home(tmp_path / "file")


def test_the_doctor_says_what_is_there_and_what_lacks_with_its_cost_in_both_languages(made, kept_bank, monkeypatch):
    found = {each.code: each for each in examine(Home(kept_bank))}
    assert all(found[code].state == "ok" for code in ("python", "base", "server", "fonts", "home", "bank", "closed"))
    assert "2026-06-30" in found["bank"].found
    monkeypatch.setitem(outfit.EXTRAS, "lab", ("jupyterlab", "no_such_module"))
    monkeypatch.setattr(outfit.shutil, "disk_usage", lambda place: outfit.shutil._ntuple_diskusage(1, 1, 0))
    found = examine(Home(made))
    told = {lang: list(examined_lines(found, lang)) for lang in ("zh", "en")}
    assert f"note\tpackages of JupyterLab\tno_such_module; {install_hint('lab')}\tno JupyterLab" in "".join(told["en"])
    assert [line for line in told["zh"] if line.startswith("缺\thome 的剩余空间\t0.0 GB")]
    assert any(line.startswith("note\tbank\t") for line in told["en"])
    with pytest.raises(BadConfig, match="1 things are missing: disk"):
        check_fit(found)


def test_a_disk_that_knows_no_locks_is_told_with_its_remedy(home, monkeypatch):
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refused)
    found = {each.code: each for each in examine(home)}["home"]
    assert found.state == "missing" and "this disk knows no locks" in found.found and "choose a --home" in found.found


def test_what_killed_runs_left_is_told_with_its_size_and_how_it_goes(home, tmp_path, monkeypatch):
    monkeypatch.setattr(outfit, "temporary_folders", lambda: [tmp_path])
    with owned_folder(tmp_path):
        (tmp_path / "microlib-left").mkdir()
        (tmp_path / "microlib-left" / ALIVE).touch()
        (tmp_path / "microlib-left" / "frames").write_bytes(bytes(3 << 20))
        found = next(each for each in examine(home) if each.code == "left")
        assert found.state == "note" and "1, 3.0 MB" in found.found and str(tmp_path / "microlib-left") in found.found
        assert "the next report or ingest removes them" in next(examined_lines([found], "en"))
        assert sweep_owned(tmp_path) == [tmp_path / "microlib-left"]
        assert next(each for each in examine(home) if each.code == "left").state == "ok"


def test_a_bank_that_others_can_read_makes_the_doctor_fail_with_the_command_that_closes_it(home, short_folder, capsys):
    home = Home(Path(shutil.copytree(home.root, short_folder / "bank")))  # the folders of tests themselves are closed
    for place in (home.bank, *home.bank.parents[:3]):
        place.chmod(0o755 if place.is_dir() else 0o644)
    with pytest.raises(SystemExit) as stopped:
        main(["--lang", "zh", "doctor", "--home", str(home.root)])
    said = capsys.readouterr()
    assert stopped.value.code == 3
    assert "缺\t对别的用户关闭" in said.out and "chmod -R o-rwx" in said.out and "错误：" in said.err


def test_the_command_makes_a_home_that_is_its_owners_alone(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["init", str(tmp_path / "mine")])
    assert not stopped.value.code
    lines = capsys.readouterr().out.splitlines()
    assert any(line.endswith("data/bank.toml") for line in lines)
    assert not any(path.stat().st_mode & 0o077 for path in (tmp_path / "mine").rglob("*"))

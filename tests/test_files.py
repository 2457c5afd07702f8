"""A reader sees the old folder or the new one, never half of one."""

import errno
import os
import signal
from pathlib import Path

import pytest

from microlib import files
from microlib.bank.store import open_store
from microlib.errors import BadConfig
from microlib.files import (
    ALIVE,
    check_writable,
    only_run,
    owned_folder,
    publish_folder,
    staged_folder,
    sweep_owned,
    write_text,
)
from microlib.home import Home


def published(final, text):
    with staged_folder(final) as staged:
        (staged / "page").write_text(text)
        publish_folder(staged, final)


def test_a_folder_appears_whole(tmp_path):
    published(tmp_path / "a" / "zh", "one")
    assert (tmp_path / "a" / "zh" / "page").read_text() == "one"


@pytest.mark.parametrize("is_atomic", [True, False])
def test_a_second_one_takes_its_place_and_nothing_is_left(tmp_path, monkeypatch, is_atomic):
    if not is_atomic:
        monkeypatch.setattr(files, "_exchanged", lambda one, other: False)
    published(tmp_path / "zh", "one")
    (tmp_path / "zh" / "old").write_text("")
    published(tmp_path / "zh", "two")
    assert [(path.name, path.read_text()) for path in (tmp_path / "zh").iterdir()] == [("page", "two")]
    assert [path.name for path in tmp_path.iterdir()] == ["zh"]


def test_a_reader_never_finds_the_place_empty(tmp_path):
    published(tmp_path / "zh", "one")
    with staged_folder(tmp_path / "zh") as staged:
        assert (tmp_path / "zh" / "page").read_text() == "one"
        assert list(staged.iterdir()) == []


def test_an_error_leaves_the_old_folder_and_no_other(tmp_path):
    published(tmp_path / "zh", "one")
    with pytest.raises(ZeroDivisionError), staged_folder(tmp_path / "zh") as staged:
        (staged / "page").write_text(str(1 / 0))
    assert [path.name for path in tmp_path.iterdir()] == ["zh"]


def test_a_file_is_written_at_once(tmp_path):
    assert write_text(tmp_path / "a" / "b.txt", "x").read_text() == "x"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_folder_that_can_be_written_is_left_empty(tmp_path):
    check_writable(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_place_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="reports cannot be written: Not a directory"):
        check_writable(tmp_path / "file" / "reports")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(BadConfig, match="Permission denied"):
        check_writable(tmp_path)


def test_a_folder_whose_maker_was_killed_before_it_was_marked_is_swept_and_no_full_one(tmp_path):
    for name in ("microlib-empty", "microlib-new", "microlib-full", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "microlib-full" / "kept").touch()
    for name in ("microlib-empty", "microlib-full", "other"):
        os.utime(tmp_path / name, (0, 0))
    with files.owned_folder(tmp_path) as held:
        assert files.sweep_owned(tmp_path) == [tmp_path / "microlib-empty"]
        assert {path.name for path in tmp_path.iterdir()} == {held.name, "microlib-new", "microlib-full", "other"}


def test_a_kernel_s_folder_that_was_made_anew_after_a_sweep_is_swept(tmp_path):
    (tmp_path / "microlib-late" / "k-1").mkdir(parents=True)
    (tmp_path / "microlib-late" / "k-1" / "connection.json").touch()
    assert sweep_owned(tmp_path) == []
    os.utime(tmp_path / "microlib-late", (0, 0))
    assert sweep_owned(tmp_path) == [tmp_path / "microlib-late"] and list(tmp_path.iterdir()) == []


def test_a_sweep_removes_nothing_of_another_user_and_nothing_behind_a_link(tmp_path):
    (tmp_path / "kept").mkdir()
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "kept" / ALIVE).touch()
    (place / "microlib-link").symlink_to(tmp_path / "kept")
    if os.geteuid() == 0:
        (place / "microlib-other").mkdir()
        (place / "microlib-other" / ALIVE).touch()
        os.chown(place / "microlib-other", 65534, 65534)
    before = sorted(tmp_path.rglob("*"))
    assert sweep_owned(place) == [] and sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_folder_is_removed_whole_though_its_owner_is_told_to_end_meanwhile(tmp_path, monkeypatch, number):
    remove, done = files._removed, []

    def removed(folder: Path) -> None:
        signal.raise_signal(number)
        remove(folder)
        done.append(folder)

    monkeypatch.setattr(files, "_removed", removed)
    former = signal.signal(signal.SIGINT, signal.default_int_handler)  # in a background job a shell has it ignored
    try:
        with pytest.raises(KeyboardInterrupt), files.ended_by_signals(), owned_folder(tmp_path) as folder:
            (folder / "frames").mkdir()
    finally:
        signal.signal(signal.SIGINT, former)
    assert (done, list(tmp_path.iterdir())) == ([folder], [])


def test_a_disk_that_knows_no_locks_is_said_to_be_so_and_nothing_is_written(tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refused)
    with pytest.raises(BadConfig, match="this disk knows no locks: No locks available"):
        open_store(tmp_path, writable=True)
    with pytest.raises(BadConfig, match="this disk knows no locks: No locks available"):
        only_run(tmp_path, run_id="r1").__enter__()
    assert not Home(tmp_path).bank.exists() and (tmp_path / ".lock").read_text() == ""


def test_what_is_put_into_a_folder_while_it_is_removed_is_left_to_the_next_sweep(tmp_path, monkeypatch):
    def late(path: Path, **_: object) -> None:
        (path.parent / "late").touch()

    with owned_folder(tmp_path) as folder:
        (folder / "frames").mkdir()
        monkeypatch.setattr("shutil.rmtree", late)
    assert sorted(path.name for path in folder.iterdir()) == [ALIVE, "frames", "late"]
    monkeypatch.undo()
    assert sweep_owned(tmp_path) == [folder] and list(tmp_path.iterdir()) == []

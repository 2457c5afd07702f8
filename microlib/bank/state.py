"""A state of a bank: drafted beside it and published in one step, and held by a run while newer ones are published.

The bank's file is never written in place. Whoever writes works on a copy and puts it in the bank's place when it is
whole; whoever has the former state open goes on reading that. A run holds its state under a name of its own, which
all its processes know from the environment.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from microlib.errors import BadConfig
from microlib.files import copy_whole, held_mark, owned_folder, sweep_owned, temporary_folders
from microlib.home import Home

#: names the bank of a run, where its state is held and that state's stamp
HELD_STATE = "MICROLIB_BANK_STATE"
#: what folders beside a bank begin with, in which a state is drafted or held
PREFIX = ".bank.duckdb."
#: beside a bank while it is written: one writer at a time
WRITING = ".bank.duckdb-writing"
BUSY, WAIT = "another process is using the bank", "wait until its ingest or notebook ends, then repeat"


def state_file(home: Home) -> Path:
    """Return the file to read a home's bank from: the state that this process's run holds, else the bank itself."""
    held = _held()
    return Path(held[1]) if held and held[0] == str(home.bank.resolve()) else home.bank


def state_stamp(home: Home) -> int:
    """Return a number that changes whenever another state of the bank is to be read.

    Raises
    ------
    BadConfig
        If the state that a run holds was written by another program, which no program of ours does.
    """
    found, held = state_file(home), _held()
    number = found.stat().st_mtime_ns
    if held and str(found) == held[1] and number != held[2]:
        fix = "leave the file to `microlib ingest`, and run the reports again"
        raise BadConfig("another program wrote the bank while reports were made", where=str(home.bank), fix=fix)
    return number


@contextmanager
def held_state(home: Home) -> Iterator[Path]:
    """Hold the bank's present state for a run: its processes read no other, whatever is published meanwhile.

    The state gets a second name beside the bank, which takes no room; where the file system knows no such names, or
    others own the file, it is copied. Within a run that holds it already it is that state.

    Parameters
    ----------
    home : Home

    Raises
    ------
    BadConfig
        If there is no bank, or neither a name nor a copy can be made.
    """
    bank, former = home.bank.resolve(), os.environ.get(HELD_STATE)
    if former and state_file(home) != home.bank:
        yield state_file(home)
        return
    sweep_states(home)
    with ExitStack() as stack:
        held = _second_name(bank, stack)
        os.environ[HELD_STATE] = json.dumps([str(bank), str(held), held.stat().st_mtime_ns])
        try:
            yield held
        finally:
            os.environ.pop(HELD_STATE)
            if former is not None:
                os.environ[HELD_STATE] = former
            sweep_owned(bank.parent, PREFIX)  # what a run that was killed just before still held at the start


def take_state(told: str) -> None:
    """Read the state that a run holds, as its `HELD_STATE` tells it; with an empty text the bank itself."""
    os.environ.pop(HELD_STATE, None)
    if told:
        os.environ[HELD_STATE] = told


def sweep_states(home: Home) -> list[Path]:
    """Remove what runs and ingests left that were killed: beside the bank, and in the temporary folders."""
    beside = sweep_owned(home.bank.resolve().parent, PREFIX)
    return beside + [gone for place in temporary_folders() for gone in sweep_owned(place)]


def _held() -> tuple[str, str, int] | None:
    told = os.environ.get(HELD_STATE, "")
    return tuple(json.loads(told)) if told else None


def _second_name(bank: Path, stack: ExitStack) -> Path:
    with suppress(OSError):
        held = stack.enter_context(owned_folder(bank.parent, PREFIX)) / bank.name
        os.link(bank, held)
        return held
    for place in (bank.parent, *temporary_folders()):
        with suppress(OSError):
            held = stack.enter_context(owned_folder(place, PREFIX if place == bank.parent else "microlib-")) / bank.name
            copy_whole(bank, held)
            shutil.copystat(bank, held)
            return held
    what, fix = "the bank's state cannot be held for the run", "free space beside the bank or in the temporary folder"
    raise BadConfig(what, where=str(bank), fix=fix)


@dataclass(frozen=True)
class Draft:
    """A state being written.

    Parameters
    ----------
    bank : Path
        The file whose place it takes, links followed.
    path : Path
        The draft, in a folder that only this user may enter.
    before : tuple of int, optional
        Moment and size of the draft before anything was written; none where there was no bank.
    held : ExitStack
        Lets the bank go for the next writer, and removes what is left of the draft.
    """

    bank: Path
    path: Path
    before: tuple[int, int] | None
    held: ExitStack

    def publish(self) -> None:
        """Put the draft in the bank's place in one step; a draft that nobody wrote to is dropped.

        Raises
        ------
        BadConfig
            If the system refuses, as Windows does while somebody reads the bank.
        """
        with self.held:
            if self.before == _mark(self.path):
                return
            try:
                if self.before is None:
                    self.path.chmod(0o600)
                self.path.replace(self.bank)
                _settle(self.bank.parent)
            except OSError as error:
                raise BadConfig(f"{BUSY}: {error.strerror}", where=str(self.bank), fix=WAIT) from error

    def drop(self) -> None:
        """Leave the bank as it was."""
        self.held.close()


def begun_draft(home: Home) -> Draft:
    """Begin a new state of a home's bank: a copy of the present one, or nothing where there is none.

    Readers are not kept waiting, and do not keep it waiting.

    Parameters
    ----------
    home : Home

    Raises
    ------
    BadConfig
        If another writer is at it.
    duckdb.Error
        If the bank cannot be opened.
    OSError
        If there is no room for the copy, or the folder cannot be written.
    """
    bank = home.bank.resolve()
    bank.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        _only_writer(bank, stack)
        sweep_states(home)
        path = stack.enter_context(owned_folder(bank.parent, PREFIX)) / bank.name
        if bank.is_file():
            _copy_bank(bank, path)
        return Draft(bank, path, _mark(path) if path.is_file() else None, stack.pop_all())


def _only_writer(bank: Path, stack: ExitStack) -> None:
    path = bank.with_name(WRITING)
    mark = held_mark(path)
    if mark is None:
        raise BadConfig(BUSY, where=str(bank), fix=WAIT)
    stack.callback(_let_go, mark, path)


def _let_go(mark: IO[str], path: Path) -> None:
    with mark, suppress(OSError):
        path.unlink()


def _copy_bank(bank: Path, path: Path) -> None:
    """Copy the bank while no other program can write it; what one left unsettled beside it is taken in first."""
    if bank.with_name(f"{bank.name}.wal").exists():
        duckdb.connect(str(bank)).close()
    with duckdb.connect(str(bank), read_only=True):
        copy_whole(bank, path)
    found = bank.stat()
    with suppress(OSError):
        os.chown(path, -1, found.st_gid)
    path.chmod(stat.S_IMODE(found.st_mode))


def _mark(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def _settle(folder: Path) -> None:
    """Have the system keep the new name even if the power goes now."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Making the demo bank: built in memory, loaded through the checks of any file, put in place when it is whole."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from microlib.bank.demo.recipes import build_world
from microlib.bank.loads import load_frames
from microlib.bank.stores import open_store, read_meta, write_meta
from microlib.homes import Home, package_folder

SEED = 20260630
NAME = "demo bank (synthetic)"
SOURCES = (
    "bank/demo/**/*.py",
    "bank/demo/**/*.toml",
    "contracts/columns.py",
    "contracts/tables/*.py",
    "bank/stores.py",
)


def make_demo(home: str | Path, *, branches: int = 12, seed: int = SEED) -> Path:
    """Make the demo bank anew and return the path of its store.

    All of it is synthetic and says so; ``truth.json`` in the home holds what was planted, for tests alone.

    Parameters
    ----------
    home : path
        The demo bank's home, by custom ``data/demo``.
    branches : int
        How many branches; twelve are written, more are made after their pattern.
    seed : int
        The same seed makes the same bank.

    Raises
    ------
    BadData
        If the generator breaks a contract: nothing is replaced then.
    """
    place = Home(Path(home))
    place.bank.parent.mkdir(parents=True, exist_ok=True)
    world = build_world(branches=branches, seed=seed)
    with tempfile.TemporaryDirectory(dir=place.bank.parent) as folder:
        load_frames(folder, world.frames, as_of=world.as_of, name=NAME, synthetic=True)
        with open_store(folder, writable=True) as store:
            write_meta(store, made_by=_maker(branches, seed), is_synthetic="true")
        world.write_truth(place.root / "truth.json")
        os.replace(Home(Path(folder)).bank, place.bank)
    return place.bank


def keep_demo(home: str | Path, *, branches: int = 12, seed: int = SEED) -> Path:
    """Return the demo bank's store; make it only when there is none that this generator made from this seed."""
    bank = Home(Path(home)).bank
    if bank.is_file() and _made_by(home) == _maker(branches, seed):
        return bank
    return make_demo(home, branches=branches, seed=seed)


def _maker(branches: int, seed: int) -> str:
    """Fingerprint of the generator's sources and what it was asked for."""
    package = package_folder()
    digest = hashlib.sha256(f"{branches} {seed}".encode())
    for pattern in SOURCES:
        for path in sorted(package.glob(pattern)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _made_by(home: str | Path) -> str:
    with open_store(home) as store:
        return read_meta(store, "made_by")

"""Fixtures that every test may use: the demo bank's home, a browser, and the law that no frame is altered.

The good calls beside the tests are imported by path: a folder of tests is no package.
"""

from __future__ import annotations

import fcntl
import gc
import importlib.util
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pandas as pd
import pytest

#: how long an example takes says how busy the machine is, not whether the law holds
hypothesis.settings.register_profile("suite", deadline=None)


hypothesis.settings.load_profile("suite")


ROOT = Path(__file__).resolve().parent.parent

#: what takes longest, by its path below this folder
LONGEST = ("real/", "laws/test_wheel", "run/export/test_demo", "test_readme", "run/", "faults/", "bank/", "cli/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left alone with one at the end."""
    own = Path(__file__).parent.as_posix()

    def rank(item: pytest.Item) -> int:
        place = item.path.as_posix().removeprefix(f"{own}/")
        return next((number for number, name in enumerate(LONGEST) if place.startswith(name)), len(LONGEST))

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_keys_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys that tests make for their banks stay out of the user's own folder of keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], Any]], Any]:
    """Make what many files read once for all workers: the first to ask makes it in a folder, the others read it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, make: Callable[[Path], Any]) -> Any:
        folder, kept = shared / f"once-{name}", shared / f"once-{name}.pickle"
        with (shared / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                whole = pickle.dumps(make(folder))
                kept.write_bytes(whole)
            return pickle.loads(kept.read_bytes())

    return made


@pytest.fixture(scope="session")
def demo_home(once: Callable[[str, Callable[[Path], Any]], Any]) -> Path:
    """The home of the demo bank, made once and kept until its generator changes."""
    from microlib.demo.build import keep_demo

    home = ROOT / "data" / "demo"
    once("demo", lambda _: keep_demo(home))
    return home


@pytest.fixture(scope="session")
def smallest_run(demo_home: Path, script: Any, once: Any) -> Any:
    """The run of all reports of the smallest demo branch, in Chinese and in every format; to be read only."""
    goldens = script("golden/goldens.py")
    return once("smallest", lambda folder: goldens.run_golden(folder, formats=("xlsx", "docx", "pdf", "pptx")))


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a path short enough for sockets, which that of a test's own folder is not."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def zygote_folder() -> Iterator[Path]:
    """The folder of a zygote that outlives a single run."""
    from microlib.run.warm.lease import stop
    from microlib.run.warm.sockets import short_folder

    folder = Path(tempfile.mkdtemp(prefix="k-", dir=short_folder()))
    yield folder
    stop(folder / "zygote")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shared_zygote(zygote_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a test fork from one zygote, which imports once a session and not once a run."""
    from microlib.run import warmup
    from microlib.run.warm.sockets import RUN_FOLDER

    monkeypatch.setenv(RUN_FOLDER, str(zygote_folder))
    monkeypatch.setattr(warmup, "run_folder", lambda: nullcontext(zygote_folder))
    for name in ("stop_run", "abandon_run"):
        monkeypatch.setattr(warmup, name, lambda: None)


@pytest.fixture
def unchanged() -> Callable[..., AbstractContextManager[None]]:
    """A context in which the frames given must not be altered."""

    @contextmanager
    def guard(*frames: pd.DataFrame) -> Iterator[None]:
        copies = [frame.copy(deep=True) for frame in frames]
        yield
        for before, after in zip(copies, frames, strict=True):
            pd.testing.assert_frame_equal(before, after)

    return guard


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """Return a module of the tests by its path below ``tests/``: what can also be run by hand is no package."""

    def loaded(path: str) -> ModuleType:
        place = Path(__file__).parent / path
        spec = importlib.util.spec_from_file_location(place.stem, place)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


@pytest.fixture(scope="session")
def browser(script: Callable[[str], ModuleType], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running chromium; where `make system` was not run, CI fails and others skip. See ``tests/browsers.py``."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sentence = "chromium is not installed: run `make system`"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    running = script("browsers.py").Browser(program, tmp_path_factory.mktemp("profile"))
    yield running
    running.close()


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A fresh page of the browser, of the size of a small screen."""
    with browser.tab() as page:
        page.resize(1100)
        yield page


@pytest.fixture(scope="session")
def faint_texts(script: Callable[[str], ModuleType]) -> Callable[[Any], list[str]]:
    """Return the texts of a tab's page that are under WCAG AA."""
    return script("contrasts.py").faint_texts


@pytest.fixture(scope="session")
def calls(script: Callable[[str], ModuleType]) -> ModuleType:
    """One good call of every function of the face."""
    return script("face/calls.py")

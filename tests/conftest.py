"""Fixtures that every test may use: the demo bank's home, and the law that no frame is altered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent


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
def demo_home() -> Path:
    """The home of the demo bank, made once and kept until its generator changes."""
    from microlib.bank.demo import makers

    home = ROOT / "data" / "demo"
    makers.keep_demo(home)
    return home


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

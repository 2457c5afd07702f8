"""The three lists of dependencies agree, and none names a host."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


def test_environment_yml_says_what_pyproject_says(root: Path, script: Callable[[str], ModuleType]) -> None:
    rendered = script("laws/environments.py").rendered()
    assert (root / "environment.yml").read_text(encoding="utf8") == rendered, "run `make lock`"


LOCKS = ("requirements.lock", "requirements-dev.lock")


def _pins(path: Path) -> dict[str, str]:
    """Package -> version that a lock pins it to."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", path.read_text(encoding="utf8"), re.M))


def test_locks_pin_every_dependency_of_pyproject_and_what_runs_holds_nothing_for_tests(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))["project"]
    extras = project["optional-dependencies"]

    def names(wanted: list[str]) -> set[str]:
        return {re.match(r"[A-Za-z0-9-]+", requirement)[0].lower() for requirement in wanted}

    run, dev = (_pins(root / name).keys() for name in LOCKS)
    assert names([*project["dependencies"], *extras["build"]]) <= run
    assert names(extras["dev"]) <= dev and not {"pytest", "hypothesis", "ruff", "nbval"} & run


def test_both_locks_pin_the_same_versions(root: Path) -> None:
    run, dev = (_pins(root / name) for name in LOCKS)
    assert len(run) > 50 and run.items() <= dev.items()


@pytest.mark.parametrize("file", [*LOCKS, "environment.yml"])
def test_pins_name_no_host(root: Path, file: str) -> None:
    assert not re.search(r"https?://|--index|--find-links|file:", (root / file).read_text(encoding="utf8"))


@pytest.mark.parametrize("file", LOCKS)
def test_every_pin_carries_a_hash(root: Path, file: str) -> None:
    pins = re.split(r"\n(?=[a-z0-9])", (root / file).read_text(encoding="utf8").strip())
    assert all("--hash=sha256:" in pin for pin in pins)

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


def test_lock_pins_every_dependency_of_pyproject(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.match(r"[A-Za-z0-9-]+", requirement)[0].lower() for requirement in wanted}
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", (root / "requirements.lock").read_text(encoding="utf8"), re.M))
    assert names <= pinned


@pytest.mark.parametrize("file", ["requirements.lock", "environment.yml"])
def test_pins_name_no_host(root: Path, file: str) -> None:
    assert not re.search(r"https?://|--index|--find-links|file:", (root / file).read_text(encoding="utf8"))


def test_every_pin_carries_a_hash(root: Path) -> None:
    pins = re.split(r"\n(?=[a-z0-9])", (root / "requirements.lock").read_text(encoding="utf8").strip())
    assert all("--hash=sha256:" in pin for pin in pins)

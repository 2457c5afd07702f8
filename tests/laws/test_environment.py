"""The three lists of dependencies agree, and none names a host."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest


def _rendered(root: Path) -> str:
    spec = importlib.util.spec_from_file_location("environments", root / "tests/laws/environments.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.rendered()


def test_environment_yml_says_what_pyproject_says(root: Path) -> None:
    assert (root / "environment.yml").read_text(encoding="utf8") == _rendered(root), "run `make lock`"


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

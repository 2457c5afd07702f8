"""The three lists of dependencies agree, and none names a host."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement


def test_environment_yml_says_what_pyproject_says(root: Path, script: Callable[[str], ModuleType]) -> None:
    rendered = script("laws/environments.py").rendered()
    assert (root / "environment.yml").read_text(encoding="utf8") == rendered, "run `make lock`"


LOCKS = ("requirements.lock", "requirements-dev.lock")
#: what explores and tests, which a computer that only reports does without
DESK = {"pytest", "hypothesis", "ruff", "nbval", "jupyterlab", "ipywidgets"}


@pytest.fixture(scope="module")
def environments(script: Callable[[str], ModuleType]) -> ModuleType:
    """What reads and writes the lists."""
    return script("laws/environments.py")


def _pins(path: Path) -> dict[str, str]:
    """Package -> version that a lock pins it to."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", path.read_text(encoding="utf8"), re.M))


def test_locks_pin_every_dependency_of_pyproject_and_what_runs_holds_nothing_for_tests(
    root: Path, environments: ModuleType
) -> None:
    run, dev = (_pins(root / name).keys() for name in LOCKS)
    asked = [
        {environments.name_of(each).lower() for each in environments.wanted("build", extra)}
        for extra in ("server", "dev")
    ]
    assert asked[0] <= run and asked[1] <= dev and not DESK & run


def test_every_requirement_is_pinned_once_for_conda_or_pip_within_what_pyproject_allows(
    root: Path, environments: ModuleType
) -> None:
    text = (root / "environment.yml").read_text(encoding="utf8")
    conda, _, pip = text.partition("  - pip:\n")
    pinned = re.findall(r"^  - ([a-z0-9-]+)=([0-9.]+)$", conda, re.M) + re.findall(r"^ +- ([\w-]+)==(\S+)$", pip, re.M)
    known = tomllib.loads((root / "tests/laws/conda.toml").read_text(encoding="utf8"))
    names = {name: known["names"].get(name, name) for name in known["names"]}
    for requirement in map(Requirement, environments.wanted("build", "dev")):
        whole = f"{requirement.name}[{','.join(requirement.extras)}]" if requirement.extras else requirement.name
        wanted = {names.get(whole, requirement.name.lower()), requirement.name}
        (version,) = [version for name, version in pinned if name in wanted]
        assert requirement.specifier.contains(version), requirement
    assert len(pinned) == len(environments.wanted("build", "dev")) + 1  # and Python


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


def test_the_licence_of_every_pinned_package_is_told_and_none_binds(
    root: Path, script: Callable[[str], ModuleType]
) -> None:
    licences = script("laws/licences.py")
    page = licences.PAGE.read_text(encoding="utf8")
    told = re.findall(r"(?m)^\| ([a-z0-9._-]+) \| [^|]+ \| (runs|tests) \|$", page)
    assert dict(told) == licences.pinned(), "run `make lock`"
    assert licences.refused(page) == [] == licences.refused(licences.rendered())


@pytest.mark.parametrize(
    ("licence", "is_refused"),
    [
        ("GPL-3.0-only", True),
        ("GNU Affero General Public License v3", True),
        ("MIT License, GNU General Public License v2 (GPLv2)", True),
        ("?", True),
        ("GPL-2.0-or-later OR MIT", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MPL-2.0 AND MIT", False),
    ],
)
def test_a_licence_that_binds_whoever_passes_it_on_is_refused(script, licence: str, is_refused: bool) -> None:
    assert bool(script("laws/licences.py").refused(f"| x | {licence} | runs |")) == is_refused


def test_every_hint_names_a_package_of_ours_or_one_that_is_pinned(root: Path) -> None:
    """What another could publish under a name that a hint tells would be run with the user's rights."""
    known = {re.sub(r"[._]", "-", name) for lock in LOCKS for name in _pins(root / lock)} | {"microlib-credit"}
    known |= {"microlib-credit-*-whl", "pip-audit"}  # a file; a tool that `make audit` pins
    kinds = ("microlib/**/*.py", "microlib/**/*.toml", "docs/**/*.md", "notebooks/**/*.ipynb", "*.md", "Makefile")
    found = []
    for path in (path for kind in kinds for path in root.glob(kind) if path.name != "0010-a-name-of-its-own.md"):
        for said in re.findall(r"(?:pip|uv|conda|pipx)3? (?:install|add) ([^`\n]*)", path.read_text(encoding="utf8")):
            words = [word.strip("'\"") for word in said.split()]
            name = next((word for word in words if re.match(r"[A-Za-z{]", word)), "{")
            found += [(path.name, re.sub(r"[._]", "-", re.split(r"[\['=<>,;)]", name)[0]))] if name[0] != "{" else []
    assert len(found) > 8
    strange = {(place, name) for place, name in found if name not in known}
    assert strange == {("running.md", "microlib")}, "one sentence says whose that is"

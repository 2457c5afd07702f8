"""`environment.yml` says what `pyproject.toml` says, pinned as the lock pins it; run as a module, this rewrites it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: the newest Python that every pin is for
PYTHON = "3.12"


def project() -> dict:
    """Return what pyproject.toml says of the project."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]


def wanted(*extras: str) -> list[str]:
    """Return the requirements of the project and of extras, of an extra within an extra too."""
    found = project()
    listed = [*found["dependencies"], *(each for extra in extras for each in found["optional-dependencies"][extra])]
    inner = [re.fullmatch(rf"{found['name']}\[(\w+)\]", each) for each in listed]
    whole = [each for each, own in zip(listed, inner, strict=True) if own is None]
    more = [each for own in inner if own for each in wanted(own[1])]
    return list(dict.fromkeys([*whole, *more]))


def name_of(requirement: str) -> str:
    """Return what a requirement is called, without its version."""
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0]


def pins(path: Path) -> dict[str, list[str]]:
    """Return the versions that a lock pins a package to: an older Python may have one of its own."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", path.read_text(encoding="utf8"), re.M):
        found.setdefault(name, []).append(version)
    return found


def rendered() -> str:
    """Return the text of environment.yml that pyproject.toml and the lock imply."""
    known = tomllib.loads((Path(__file__).parent / "conda.toml").read_text(encoding="utf8"))
    locked = pins(ROOT / "requirements-dev.lock")
    everything, missing = wanted("build", "dev"), known["missing"]["pip"]
    conda = [
        f"  - {known['names'].get(re.split('[>=<]', each)[0], name_of(each).lower())}={_pin(locked, each)}"
        for each in everything
        if name_of(each) not in missing
    ]
    pip = [f"      - {name_of(each)}=={_pin(locked, each)}" for each in everything if name_of(each) in missing]
    lines = [
        "# Made from pyproject.toml and requirements-dev.lock by `make lock`; a test compares them.",
        "# What conda-forge has comes from there, under the names of tests/laws/conda.toml.",
        "name: microlib",
        *["channels:", "  - conda-forge", "dependencies:", f"  - python={PYTHON}", *conda, "  - pip", "  - pip:", *pip],
        "      - -e .",
    ]
    return "\n".join(lines) + "\n"


def _pin(locked: dict[str, list[str]], requirement: str) -> str:
    """Return the version that is pinned for `PYTHON`: the newest, where an older Python has another."""
    found = locked[name_of(requirement).lower()]
    return max(found, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(rendered(), encoding="utf8")

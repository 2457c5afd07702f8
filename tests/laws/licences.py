"""`docs/licences.md` says under which licence each pinned package comes; run as a module, this rewrites it.

Licences are read from what is installed, and from the wheels of a folder where one is named (`make wheelhouse`); of a
package that this Python or system has no use for the page keeps what it said.
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "licences.md"
LOCKS = {"requirements.lock": "runs", "requirements-dev.lock": "tests"}
#: licences that would bind whoever passes the workbench on; the lesser one does not
BINDING = re.compile(r"\bA?GPL|GNU (?:Affero )?General Public|Affero", re.IGNORECASE)
HEAD = """# Licences of what the workbench stands on

Made by `make lock` from the packages' own metadata; a test refuses what is under the GPL or AGPL. *runs* is installed
with the workbench, what *tests* only to test it.

| package | licence | for |
|---|---|---|
"""


def pinned() -> dict[str, str]:
    """Return each pinned package and what it is for."""
    found: dict[str, str] = {}
    for lock, use in LOCKS.items():
        for name in re.findall(r"(?m)^([a-z0-9._-]+)==", (ROOT / lock).read_text(encoding="utf8")):
            found.setdefault(name, use)
    return dict(sorted(found.items()))


def licence(about: Message) -> str:
    """Return what a package's metadata says of its licence: the expression, else the classifiers, else the text."""
    words = [each.split(" :: ")[-1] for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
    words = sorted({each for each in words if each not in ("OSI Approved", "DFSG approved")})
    said = about.get("License-Expression") or ", ".join(words) or (about.get("License") or "").strip()
    return said.splitlines()[0][:80] if said else ""


def known(wheels: Path | None = None) -> Iterator[tuple[str, str]]:
    """Yield package and licence: what the page says, what wheels say, and what is installed, which counts most."""
    if PAGE.is_file():
        yield from re.findall(r"(?m)^\| ([a-z0-9._-]+) \| ([^|]+) \| ", PAGE.read_text(encoding="utf8"))
    for path in sorted(wheels.glob("*.whl")) if wheels else ():
        with zipfile.ZipFile(path) as wheel:
            inner = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            about = HeaderParser().parsestr(wheel.read(inner).decode("utf8"))
        yield plain(about["Name"]), licence(about)
    for each in metadata.distributions():
        yield plain(each.metadata["Name"] or ""), licence(each.metadata)


def plain(name: str) -> str:
    """Return a package's name as locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def rendered(wheels: Path | None = None) -> str:
    """Return the page."""
    said = {name: told for name, told in known(wheels) if told}
    return HEAD + "".join(f"| {name} | {said.get(plain(name), '?')} | {use} |\n" for name, use in pinned().items())


def refused(page: str) -> list[str]:
    """Return the lines of a page whose package binds whoever passes it on, or says nothing of its licence."""
    lines = [line.split(" | ") for line in page.splitlines() if line.startswith("| ") and "| licence |" not in line]
    return [
        name.removeprefix("| ")
        for name, told, _ in lines
        if told == "?" or all(BINDING.search(each) for each in told.split(" OR "))
    ]


if __name__ == "__main__":
    PAGE.write_text(rendered(Path(sys.argv[1]) if len(sys.argv) > 1 else None), encoding="utf8")

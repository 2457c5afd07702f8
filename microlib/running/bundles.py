"""Bundles to hand out: a branch its own papers, a manager his sheets, head office its view; each with a checksum."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from microlib.errors import BadConfig
from microlib.files import file_hash, only_run, replaced_file, unwritable, write_text
from microlib.homes import home_of_reports
from microlib.running import indexes, packings

ROLES = ("branch", "manager", "head_office")
#: managers' sheets are made anew for each of them, which takes a while, so they are packed when they are asked for
USUAL = ("branch", "head_office")
#: what people open; results and notebooks stay in the bank's own folder
OPENED = (".html", ".xlsx", ".docx", ".pdf")
WITHHELD, LEAFLETS = "head-office", "leaflets"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
NOTHING: Mapping[str, str] = {}
MOMENT = (1980, 1, 1, 0, 0, 0)


def write_bundles(folder: Path, *, roles: Iterable[str] = USUAL, branches: Iterable[str] = ()) -> list[Path]:
    """Pack the bundles of one date's reports and list their checksums in ``bundles/SHA256SUMS``.

    A bundle is made of the files that stand in the reports' folders now; the same files give the same bytes. Bundles of
    other branches or roles that were packed before stay.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.
    roles : iterable of str
        Of `ROLES`.
    branches : iterable of str
        Codes; all by default. Head office's bundle always holds all.

    Returns
    -------
    list of Path
        The bundles, head office's last.

    Raises
    ------
    BadConfig
        If no reports were run there, a branch has none, another run is writing them, or the disk is full.
    """
    manifest = indexes.manifests.read_manifest(folder)
    known = sorted({entry["branch"] for entry in manifest["reports"].values() if entry["page"]})
    wanted, asked = set(roles), tuple(branches)
    strange = [code for code in asked if code not in known]
    if strange or not known:
        what = f"branch {strange[0]!r} has no report" if strange else "no reports were run here"
        fix = f"choose from {', '.join(known[:12])}" if known else "run `microlib report`"
        raise BadConfig(what, where=str(folder), fix=fix)
    try:
        with only_run(folder, run_id="bundle"):
            return _written(folder, asked or known, wanted)
    except OSError as error:
        raise unwritable(folder / packings.downloads.FOLDER, error, what="bundles") from error


def branch_files(folder: Path, code: str) -> Iterator[Path]:
    """Yield what a branch's bundle holds: its own page, its reports' papers, its sheets for outside; nothing else."""
    yield folder / code / "index.html"
    for path in sorted((folder / code).rglob("*")):
        inner = path.relative_to(folder / code).parts
        is_hidden = any(part.startswith(".") for part in inner)
        if len(inner) > 2 and path.is_file() and path.suffix in OPENED and not is_hidden and WITHHELD not in inner:
            yield path


def _written(folder: Path, codes: Iterable[str], wanted: set[str]) -> list[Path]:
    indexes.write_index(folder)
    made = [path for code in codes for path in _of_branch(folder, code, wanted)]
    if "head_office" in wanted:
        texts = {"index.html": indexes.packed_index(folder)}
        made.append(_packed(folder, packings.HEAD_OFFICE, _head_office(folder), texts=texts))
    _list(folder)
    indexes.write_index(folder)
    packings.note_packed(folder, names=[path.name for path in made])
    return made


def _of_branch(folder: Path, code: str, roles: set[str]) -> Iterator[Path]:
    if "branch" in roles:
        yield _packed(folder, packings.branch_bundle(code), branch_files(folder, code))
    if "manager" in roles:
        from microlib.running import managers  # measures and engine are loaded only for them

        home, day = home_of_reports(folder).root, date.fromisoformat(folder.name)
        sheets = [path for path in branch_files(folder, code) if path.parent.name == LEAFLETS]
        for key, page in managers.manager_pages(home, branch=code, as_of=day):
            if NAME.fullmatch(key):
                yield _packed(folder, f"managers/{code}-{key}.zip", sheets, texts={"my_customers.html": page})


def _head_office(folder: Path) -> Iterator[Path]:
    """Yield the overview, what changed, the record, and the supplements of all reports in all formats."""
    yield from (path for name in ("index.html", "changes.html", "manifest.json") if (path := folder / name).is_file())
    for path in sorted(folder.glob(f"*/*/*/{WITHHELD}/*")):
        if path.suffix in OPENED:
            yield path


def _packed(folder: Path, name: str, files: Iterable[Path], *, texts: Mapping[str, str] = NOTHING) -> Path:
    """Write a bundle beside its place and then put it there; files bear no moment, `texts` stand in their place."""
    path = folder / packings.downloads.FOLDER / name
    with replaced_file(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as target:
        for inner, text in texts.items():
            target.writestr(_entry(inner), text)
        for file in files:
            inner = file.relative_to(folder).as_posix()
            if inner not in texts:
                target.writestr(_entry(inner), file.read_bytes())
    return path


def _entry(inner: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(inner, MOMENT)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


def _list(folder: Path) -> None:
    own = folder / packings.downloads.FOLDER
    names = sorted(path.relative_to(own).as_posix() for path in own.rglob("*.zip"))
    lines = [f"{file_hash(own / name)}  {name}" for name in names]
    write_text(own / packings.downloads.SUMS, "".join(f"{line}\n" for line in lines))

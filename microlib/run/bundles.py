"""Bundles to hand out: a branch its papers, a manager his sheets, head office its view; each with a checksum."""

from __future__ import annotations

import html
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
from nbformat import v4

from microlib.bank.branch import read_branch
from microlib.errors import BadConfig
from microlib.files import (
    file_hash,
    json_hash,
    only_run,
    replaced_file,
    sweep_staged,
    text_hash,
    unwritable,
    write_text,
)
from microlib.home import home_of_reports
from microlib.identifiers import told
from microlib.metrics.arrears import loans_turning_bad, maturing, warnings
from microlib.report.report import open_report
from microlib.run.export.html import report_page
from microlib.run.jobs import Job
from microlib.run.manifest import read_manifest, travelling_manifest
from microlib.run.overview import CHANGES, FOLDER, INDEX, SUMS, listed_bundles, packed_pages, write_index
from microlib.run.privacy import check_files
from microlib.run.progress import log

#: beside the bundles: bundle's name -> what it was packed from
NOTE = ".packed.json"
HEAD_OFFICE = "head-office.zip"


def branch_bundle(code: str) -> str:
    """Return the name of a branch's bundle."""
    return f"branch-{code}.zip"


def sources_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return, by the name of each bundle that branches and head office get, a hash of the reports it is packed from.

    Head office's also changes with every run, since it holds the log of runs.
    """
    made: dict[str, list[Any]] = {}
    for key, entry in sorted(manifest["reports"].items()):
        made.setdefault(entry["branch"], []).append([key, entry["status"], entry["page"], entry.get("files", {})])
    told = {branch_bundle(code): json_hash(rows) for code, rows in made.items() if any(row[2] for row in rows)}
    return {**told, HEAD_OFFICE: json_hash([made, [run["run_id"] for run in manifest["runs"]]])}


def note_packed(folder: Path, *, names: Iterable[str]) -> None:
    """Note that bundles of a date's folder were packed from the reports that stand there now."""
    now = sources_of(read_manifest(folder))
    noted = {**_noted(folder), **{name: now[name] for name in names if name in now}}
    path = folder / FOLDER / NOTE
    write_text(path, json.dumps(noted, indent=0, sort_keys=True) + "\n")


def is_packed(folder: Path) -> bool:
    """Return whether branches and head office have their bundles, each of the reports as they stand now."""
    noted, listed = _noted(folder), {each["name"] for each in listed_bundles(folder)}
    wanted = sources_of(read_manifest(folder))
    return all(noted.get(name) == source and name in listed for name, source in wanted.items())


def _noted(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / FOLDER / NOTE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


ROLES = ("branch", "manager", "head_office")
#: managers' sheets are made anew for each of them, which takes a while, so they are packed when they are asked for
USUAL = ("branch", "head_office")
#: what people open; results and notebooks stay in the bank's own folder
OPENED = (".html", ".xlsx", ".docx", ".pdf", ".pptx")
WITHHELD, LEAFLETS = "head-office", "leaflets"
NAME = re.compile(r"(?!H_)[A-Za-z0-9_-]{1,64}")
HANDLE = "H_"
NOTHING: Mapping[str, str] = {}
MOMENT = (1980, 1, 1, 0, 0, 0)


def write_bundles(folder: Path, *, roles: Iterable[str] = USUAL, branches: Iterable[str] = ()) -> list[Path]:
    """Pack the bundles of one date's reports and list their checksums in ``bundles/SHA256SUMS``.

    A bundle is made of the files that the manifest lists, as it lists them; what else lies in the reports' folders
    stays out. The same files give the same bytes. Bundles of other branches or roles that were packed before stay. A
    manager whose key cannot name a file gets his bundle under a handle, which the log tells.

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
        If no reports were run there, a branch has none, another run is writing them, or the disk is full; if a file is
        not there any more, is a link, or was changed after it was published.
    PersonalData
        If anything that would be packed and was not scanned with its report holds a personal identifier.
    """
    manifest = read_manifest(folder)
    known = sorted({entry["branch"] for entry in manifest["reports"].values() if entry["page"]})
    wanted, asked = set(roles), tuple(branches)
    strange = [code for code in asked if code not in known]
    if strange or not known:
        what = f"branch {strange[0]!r} has no report" if strange else "no reports were run here"
        fix = f"choose from {', '.join(known[:12])}" if known else "run `microlib report`"
        raise BadConfig(what, where=str(folder), fix=fix)
    try:
        with only_run(folder, run_id="bundle"):
            sweep_staged(folder)
            return _written(folder, asked or known, wanted)
    except OSError as error:
        raise unwritable(folder / FOLDER, error, what="bundles") from error


def branch_files(folder: Path, code: str, *, listed: Mapping[str, str]) -> Iterator[Path]:
    """Yield what a branch's bundle holds: its own page, its reports' papers, its sheets for outside; nothing else.

    Parameters
    ----------
    folder : Path
        Of the date.
    code : str
    listed : mapping
        What was published, as `seen_files` returns it.
    """
    yield from (folder / code / name for name in INDEX.values())
    for name in sorted(listed):
        parts = name.split("/")
        is_hidden = any(part.startswith(".") for part in parts)
        is_own = parts[0] == code and len(parts) > 3 and WITHHELD not in parts
        if is_own and not is_hidden and Path(name).suffix in OPENED:
            yield folder / name


def _written(folder: Path, codes: Iterable[str], wanted: set[str]) -> list[Path]:
    write_index(folder)
    seen = seen_files(folder)
    made = [path for code in codes for path in _of_branch(folder, code, wanted, seen)]
    if "head_office" in wanted:
        texts = {**packed_pages(folder), "manifest.json": travelling_manifest(folder)}
        made.append(_packed(folder, HEAD_OFFICE, _head_office(folder, seen), seen=seen, texts=texts))
    _list(folder)
    write_index(folder)
    note_packed(folder, names=[path.name for path in made])
    return made


def _of_branch(folder: Path, code: str, roles: set[str], seen: Mapping[str, str]) -> Iterator[Path]:
    if "branch" in roles:
        yield _packed(folder, branch_bundle(code), branch_files(folder, code, listed=seen), seen=seen)
    if "manager" in roles:
        home, day = home_of_reports(folder).root, date.fromisoformat(folder.name)
        sheets = [path for path in branch_files(folder, code, listed=seen) if path.parent.name == LEAFLETS]
        for key, page in manager_pages(home, branch=code, as_of=day):
            name = f"managers/{code}-{file_key(key)}.zip"
            if file_key(key) != key:
                log("warning", "handle", manager=key, bundle=name)
            yield _packed(folder, name, sheets, seen=seen, texts={"my_customers.html": page})


def file_key(key: str) -> str:
    """Return a manager's key where it can name a file, else a handle that does not tell it.

    Examples
    --------
    >>> file_key("R0996-001"), file_key("李 01")
    ('R0996-001', 'H_6e1adbb0a0a8')
    """
    return key if NAME.fullmatch(key) else f"{HANDLE}{text_hash(key)[:12]}"


def _head_office(folder: Path, seen: Mapping[str, str]) -> Iterator[Path]:
    """Yield what changed, and the supplements of all reports in all formats."""
    yield from (path for name in CHANGES.values() if (path := folder / name).is_file())
    for name in sorted(seen):
        if name.split("/")[3:4] == [WITHHELD] and name.count("/") == 4 and Path(name).suffix in OPENED:
            yield folder / name


def _packed(
    folder: Path, name: str, files: Iterable[Path], *, seen: Mapping[str, str], texts: Mapping[str, str] = NOTHING
) -> Path:
    """Write a bundle beside its place and then put it there; files bear no moment, `texts` stand in their place.

    What was not published with a report, and so not scanned then, is scanned now.
    """
    path, held = folder / FOLDER / name, {file.relative_to(folder).as_posix(): file for file in files}
    for inner, file in held.items():
        _check_listed(folder, file, inner=inner, mark=seen.get(inner, ""))
    made = ((inner, text.encode("utf-8")) for inner, text in texts.items())
    strange = ((inner, file.read_bytes()) for inner, file in held.items() if inner not in seen)
    check_files(chain(made, strange), home=home_of_reports(folder), what=f"bundle {told(name)}")
    with replaced_file(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as target:
        for inner, text in texts.items():
            target.writestr(_entry(inner), text)
        for inner, file in held.items():
            if inner not in texts:
                target.writestr(_entry(inner), file.read_bytes())
    return path


def _check_listed(folder: Path, file: Path, *, inner: str, mark: str) -> None:
    """Refuse a file that does not lie there itself, or that is not the one that was published."""
    if not file.is_file() or file.resolve() != folder.resolve() / inner:
        what = "a file of a report is not there, or is a link"
    elif mark and mark != file_hash(file):
        what = "a file of a report was changed after it was published"
    else:
        return
    raise BadConfig(what, where=str(file), fix="make that report again: the record then lists what stands there")


def seen_files(folder: Path) -> dict[str, str]:
    """Return the hash of each file that was scanned when its report was published, by its path below `folder`."""
    entries = read_manifest(folder)["reports"].items()
    return {f"{key}/{name}": mark for key, entry in entries for name, mark in entry.get("files", {}).items()}


def _entry(inner: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(inner, MOMENT)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


def _list(folder: Path) -> None:
    own = folder / FOLDER
    names = sorted(path.relative_to(own).as_posix() for path in own.rglob("*.zip"))
    lines = [f"{file_hash(own / name)}  {name}" for name in names]
    write_text(own / SUMS, "".join(f"{line}\n" for line in lines))


#: loans listed: those that mature within so many days
DUE_DAYS = 30
DUE = ["loan_id", "customer_id", "maturity_date", "balance_yuan", "overdue_days", "repayment_source_confirmed"]


@dataclass(frozen=True)
class OwnBook:
    """What one manager's customers owe: the branch's book as he may see it."""

    branch_id: str
    name: str
    as_of: date
    is_synthetic: bool
    loans: pd.DataFrame
    schedules: pd.DataFrame

    def has(self, table: str) -> bool:
        """Return whether he has rows of a table."""
        return table in ("loans", "schedules") and len(self[table]) > 0

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return his rows of a table."""
        return {"loans": self.loans, "schedules": self.schedules}[table]


def manager_pages(home: Path, *, branch: str, as_of: date, lang: str = "zh") -> Iterator[tuple[str, str]]:
    """Yield the key of each manager of a branch with a live loan, and his sheet as an offline page.

    Parameters
    ----------
    home : Path
    branch : str
    as_of : date
    lang : str
    """
    book = read_branch(home, branch=branch, as_of=as_of)
    loans, schedules = book["loans"], book["schedules"]
    live = loans[(loans["balance_yuan"] > 0) & loans["rm_id"].notna()]
    job = Job(
        Path("my_customers.ipynb"),
        home=Path(home),
        as_of=as_of.isoformat(),
        branch=branch,
        lang=lang,
        branch_name=book.name,
        is_synthetic=book.is_synthetic,
    )
    for key, own in live.groupby(live["rm_id"].astype("str"), sort=True):
        dues = schedules[schedules["loan_id"].isin(own["loan_id"])]
        mine = OwnBook(branch, book.name, as_of, book.is_synthetic, own.reset_index(drop=True), dues)
        yield str(key), report_page(_sheet(mine, str(key), lang), job=job)


def _sheet(book: OwnBook, key: str, lang: str):
    """Return the sheet as an executed notebook, which any format is made of."""
    report = open_report(book, lang=lang, out="")
    left = (pd.to_datetime(book.loans["maturity_date"]) - pd.Timestamp(book.as_of)).dt.days
    due = book.loans[left.between(1, DUE_DAYS)].sort_values("maturity_date")[DUE]
    crossing = report.compute(loans_turning_bad, "loans", as_of=book.as_of)
    alerts = report.compute(warnings, "loans", "schedules", optional=["schedules"], as_of=book.as_of)
    title = html.escape(f"{report.words.entry('captions', 'my_title')} {key}")
    shown = [
        report.table("my_maturing", report.compute(maturing, "loans", as_of=book.as_of)),
        report.table("my_due", due, rows=100),
        report.table("my_crossing", crossing, rows=100),
        report.table("my_warnings", alerts),
    ]
    parts = [f"<h1>{title}</h1>", *(each.page for each in shown)]
    return v4.new_notebook(
        cells=[v4.new_code_cell(outputs=[v4.new_output("display_data", data={"text/html": part})]) for part in parts]
    )

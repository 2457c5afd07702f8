"""Where the result of a report stands on disk, with its hash and the run that made it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from microlib.errors import BadConfig
from microlib.files import file_hash
from microlib.homes import REPORTS, Home


@dataclass(frozen=True)
class Evidence:
    """One result of a report that was run.

    Parameters
    ----------
    path : str
        ``reports/<as-of>/...``, wherever the home keeps its reports.
    sha256 : str
        First sixteen signs of the file's hash.
    run_id : str
        The run that the reports' manifest names; empty where it names none.
    """

    path: str
    sha256: str
    run_id: str


def find_evidence(home: Home, *, day: str, branch: str, report: str, table: str) -> Evidence:
    """Return the result of a branch's report at a date.

    Raises
    ------
    BadConfig
        If the report was not run, or did not compute that result.
    """
    folder = home.reports / day / branch
    made = sorted(folder.glob(f"{report}*/**/results"))
    command = f"microlib report --branch {branch} --as-of {day} {report}"
    if not made:
        raise BadConfig(f"{report} was not run for branch {branch} at {day}", where=str(folder), fix=f"run `{command}`")
    files = sorted(path for one in made for path in one.glob(f"{table}.*") if path.suffix in (".parquet", ".csv"))
    if not files:
        what = f"{report} did not compute {table}"
        raise BadConfig(what, where=str(made[0]), fix="its last page says which table it waits for; load that first")
    path = PurePosixPath(REPORTS, files[0].relative_to(home.reports))
    return Evidence(str(path), hash_of(files[0]), _run_id(home.reports / day))


def evidence_place(home: Home, path: str) -> Path:
    """Return the file that a decision names by `Evidence.path`."""
    inner = PurePosixPath(path)
    return home.reports.joinpath(*inner.parts[1:]) if inner.parts[:1] == (REPORTS,) else home.root / inner


def hash_of(path: Path) -> str:
    """Return the first sixteen signs of a file's hash; ``missing`` where there is none."""
    return file_hash(path)[:16] if path.is_file() else "missing"


def _run_id(folder: Path) -> str:
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}
    except json.JSONDecodeError:
        return ""
    runs = manifest.get("runs") or [{}]
    return str(runs[-1].get("run_id", ""))

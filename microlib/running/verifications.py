"""Proof that reports can be made again: executed anew beside the old ones, every result compared cell by cell."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.errors import BadConfig, BadData
from microlib.running import comparisons, histories
from microlib.running.jobs import Job, RunOptions
from microlib.running.pool import made_jobs

GONE = "the recorded results are gone"


@dataclass(frozen=True)
class Verified:
    """What came of one report made again.

    Parameters
    ----------
    key : str
    tables_count : int
        Result files compared.
    differing : DataFrame
        A row per cell that differs.
    error : str
        Why it could not be made again.
    """

    key: str
    tables_count: int
    differing: pd.DataFrame
    error: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether it was made again with the same results."""
        return not self.error and self.differing.empty


def chosen_jobs(
    past: histories.Past, *, home: Path, branches: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> list[Job]:
    """Return the jobs of the reports that a run left whole, of these branches and notebooks or reports; empty is all.

    Raises
    ------
    BadConfig
        If there is none of them.
    """
    entries = past.manifest["reports"].values()
    wanted = [
        entry
        for entry in entries
        if entry["status"] == "ok"
        and (not branches or entry["branch"] in branches)
        and (not names or entry["report"] in names or entry["notebook"] in names)
    ]
    if not wanted:
        fix = "name a branch and report that were made, or none for all"
        raise BadConfig("no such report was made", where=str(past.folder / "manifest.json"), fix=fix)
    return [_job(entry, past, home) for entry in wanted]


def verify_jobs(jobs: list[Job], past: histories.Past, *, options: RunOptions) -> Iterator[Verified]:
    """Make reports again into a folder that is thrown away, and compare; the reports themselves are not touched."""
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        scratch = Path(folder).resolve()
        for outcome in made_jobs(jobs, options, kept=scratch / ".kept", scratch=scratch):
            key = outcome.job.key
            recorded, made = histories.results_of(past, key), scratch / key / "results"
            if outcome.error or not recorded.is_dir():
                yield Verified(key, 0, comparisons.NOTHING, outcome.error or f"{GONE}: {recorded}")
            else:
                count = len(list(recorded.iterdir()))
                yield Verified(key, count, comparisons.compare_results(recorded, made, report=key))


def verified_line(verified: Verified) -> str:
    """Return the line that says what came of a report: equal, differs or failed, and by how much."""
    if verified.error:
        return f"failed\t{verified.key}\t{verified.error.splitlines()[0]}"
    if verified.is_equal:
        return f"equal\t{verified.key}\t{verified.tables_count} results"
    first = verified.differing.iloc[0]
    row = "" if first["row"] == "" else f" row {first['row']}"
    place = f"{first['table']}{row} {first['column']}".rstrip()
    return f"differs\t{verified.key}\t{len(verified.differing)} cells, first {place}: {_change(first)}"


def cell_lines(verified: Verified) -> list[str]:
    """Return a tab-separated line per cell that differs: report, table, row, column, recorded and made."""
    rows = verified.differing.astype("str").to_numpy()
    return ["\t".join(["cell", *(" ".join(text.split()) for text in row)]) for row in rows]


def _change(cell: pd.Series) -> str:
    return f"{cell['recorded']} -> {cell['made']}"


def check_equal(done: list[Verified]) -> None:
    """Refuse a verification in which a report came out otherwise.

    Raises
    ------
    BadData
        With every cell that differs.
    """
    bad = [each for each in done if not each.is_equal]
    if bad:
        cells = pd.concat([each.differing for each in bad])
        fix = "compare inputs, versions and revision of manifest.json with today's; then run the reports again"
        raise BadData(f"{len(bad)} of {len(done)} reports came out otherwise", fix=fix, failures=cells)


def _job(entry: Mapping[str, Any], past: histories.Past, home: Path) -> Job:
    notebook = Path(entry["notebook_path"])
    if not notebook.is_file():
        raise BadConfig(f"the notebook of {entry['report']} is gone", where=str(notebook), fix="put it back")
    names = past.manifest["branches"]
    return Job(
        notebook,
        home=home.resolve(),
        as_of=past.manifest["as_of"],
        branch=entry["branch"],
        lang=entry["lang"],
        product=entry["product"],
        branch_name=names.get(entry["branch"], ""),
        is_synthetic=past.manifest["is_synthetic"],
    )

"""What a run reads of the bank before it starts: its date, its branches, its files with their hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from microlib.bank import branches, stores
from microlib.contracts.unlocks import UNLOCKS
from microlib.errors import BadData, UnknownBranch
from microlib.running.jobs import CODE

Home = stores.Home


@dataclass(frozen=True)
class Inputs:
    """One bank at one date, as far as a run needs to know it.

    Parameters
    ----------
    home : Home
    as_of : date
    branches : dict
        Branch code to name, in the order of the codes.
    is_synthetic : bool
    files : list of dict
        ``name, sha256, table, as_of, rows_count, mapping, loaded_at`` of each file that is in force.
    missing : list of dict
        ``name, zh, unlocks_zh, unlocks_en`` of each table of which the bank holds no row.
    """

    home: stores.Home
    as_of: date
    branches: dict[str, str]
    is_synthetic: bool
    files: list[dict[str, Any]]
    missing: list[dict[str, str]]


def read_inputs(home: stores.Home, *, as_of: date | None = None) -> Inputs:
    """Read a bank's branches and files at `as_of`, by default the last complete month end of its data.

    Raises
    ------
    BadData
        If the bank is empty, `as_of` lies before its data, or a branch code could not name a folder.
    """
    with stores.open_store(home) as store:
        day = as_of or branches.default_as_of(store)
        names = branches.branch_names(store, as_of=day)
        named = {_checked_code(branch, home): name for branch, name in names.items()}
        missing = [_missing(store, name) for name in store.names if not store.has(name)]
        return Inputs(home, day, named, store.is_synthetic, _files(store), missing)


def checked_branches(found: Inputs, asked: Iterable[str]) -> tuple[str, ...]:
    """Return the branches asked for, each once, or all; one that the bank does not have is refused.

    Raises
    ------
    UnknownBranch
        With the branches there are.
    """
    for branch in asked:
        if branch not in found.branches:
            listed = ", ".join(list(found.branches)[:12])
            what = f"the bank has no branch {branch!r} at {found.as_of}"
            raise UnknownBranch(what, where=str(found.home.bank), fix=f"choose from {listed}; codes are text")
    return tuple(dict.fromkeys(asked)) or tuple(found.branches)


def _missing(store: stores.Store, name: str) -> dict[str, str]:
    zh, en = UNLOCKS[name]
    return {"name": name, "zh": store.contract(name).zh, "unlocks_zh": zh, "unlocks_en": en}


def _files(store: stores.Store) -> list[dict[str, Any]]:
    columns = ("name", "sha256", "table", "as_of", "rows_count", "mapping", "loaded_at")
    rows = store.rows(
        "SELECT name, sha256, table_name, CAST(as_of AS VARCHAR), rows_count, mapping, CAST(loaded_at AS VARCHAR)"
        " FROM files"
        " WHERE superseded_by IS NULL ORDER BY file_id, table_name"
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _checked_code(branch: str, home: stores.Home) -> str:
    if CODE.fullmatch(branch):
        return branch
    raise BadData(
        f"branch code {branch!r} cannot name a folder",
        where=str(home.bank),
        fix="use letters, digits, _ and - in branch_id and ingest again",
    )

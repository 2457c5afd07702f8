"""The overview's frames kept beside the reports, so that an index is made again without the bank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.bank import stores
from microlib.bank.pieces.readings import due_readings
from microlib.errors import WorkbenchError
from microlib.files import write_text
from microlib.homes import home_of_reports
from microlib.running.overviews import gatherings

FOLDER, KEY = ".overview", "key.json"


def kept_overview(folder: Path, manifest: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the overview of one date's reports: as it was kept, or gathered anew where the bank's data are others.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.
    manifest : mapping
        Its last run says which data and which library the reports rest on.

    Returns
    -------
    dict
        As `gatherings.gathered`, and ``readings`` as `due_readings`; empty where neither a kept overview nor a bank
        that can be read is at hand.
    """
    key = {name: manifest["runs"][-1].get(name, "") for name in ("inputs_sha256", "library_sha256")}
    kept = folder / FOLDER
    if _key(kept) == key:
        return _read(kept)
    home = home_of_reports(folder)
    if not home.bank.is_file():
        return _read(kept)
    with suppress(WorkbenchError):
        with stores.open_store(home) as store:
            day = date.fromisoformat(manifest["as_of"])
            frames = {**gatherings.gathered(store, as_of=day), "readings": due_readings(store, as_of=day)}
        _keep(kept, frames, key)
        return frames
    return {}


def _key(kept: Path) -> dict[str, str] | None:
    try:
        return json.loads((kept / KEY).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _read(kept: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in sorted(kept.glob("*.parquet"))}


def _keep(kept: Path, frames: Mapping[str, pd.DataFrame], key: dict[str, str]) -> None:
    """Write frames and, last, what they rest on; another state's frames are gone first."""
    kept.mkdir(parents=True, exist_ok=True)
    for old in (kept / KEY, *kept.glob("*.parquet")):
        old.unlink(missing_ok=True)
    for name, frame in frames.items():
        frame.to_parquet(kept / f"{name}.parquet", index=False)
    write_text(kept / KEY, json.dumps(key) + "\n")

"""One run at a time in a reports folder: a lock that the system lets go when its holder ends, however it ends."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from microlib.errors import BadConfig
from microlib.running.warm.holds import hold


@contextmanager
def only_run(folder: Path, *, run_id: str) -> Iterator[bool]:
    """Hold the folder's lock; give whether a former holder ended without letting go, so that it was stale.

    Raises
    ------
    BadConfig
        If another run holds it, with its process and since when.
    """
    with (folder / ".lock").open("a+", encoding="utf-8") as held:
        if hold(held) is False:
            raise _refusal(folder, _holder(held))
        was_stale = bool(_holder(held))
        _write(held, {"pid": os.getpid(), "host": platform.node(), "run_id": run_id, "since": _now()})
        try:
            yield was_stale
        finally:
            _write(held, {})


def _holder(held: TextIO) -> dict[str, Any]:
    held.seek(0)
    try:
        return json.loads(held.read() or "{}")
    except ValueError:
        return {}


def _write(held: TextIO, holder: dict[str, Any]) -> None:
    held.seek(0)
    held.truncate()
    held.write(json.dumps(holder) if holder else "")
    held.flush()


def _refusal(folder: Path, holder: dict[str, Any]) -> BadConfig:
    said = "".join(f", {name} {holder[name]}" for name in ("pid", "host", "since") if name in holder)
    what = f"another run is writing these reports{said}"
    return BadConfig(what, where=str(folder), fix="wait until it ends; a lock whose run is gone is no hindrance")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

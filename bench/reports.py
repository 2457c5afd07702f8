"""Seconds per report and where they go: kernel start, imports, cells, export; stated, without a bound yet."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from microlib.home import Home

HOME = Home(Path("data/demo"))


def rows() -> list[dict]:
    """Return the rows of the bench table: no bound stands here yet."""
    start = time.perf_counter()
    program = str(Path(sys.executable).parent / "microlib")
    command = [program, "report", "--home", str(HOME.root), "--branch", "0755", "--jobs", "1", "2_segment_analysis"]
    subprocess.run(command, check=True, capture_output=True)
    whole = time.perf_counter() - start
    return [_stated("one report, whole command (s)", whole, whole), *_parts(whole)]


def _parts(whole: float) -> list[dict]:
    manifest = json.loads(sorted(HOME.reports.glob("*/manifest.json"))[-1].read_text(encoding="utf8"))
    reports = [report for report in manifest["reports"] if report["report"] == "2_segment_analysis"]
    seconds = next(report["seconds"] for report in reports if report["branch"] == "0755")
    return [_stated(f"  of it {key} (s)", value, whole) for key, value in seconds.items() if value is not None]


def _stated(name: str, ours: float, whole: float) -> dict:
    share = round(ours / whole, 2)
    return {"name": name, "ours": round(ours, 3), "peer": round(whole, 3), "ratio": share, "bound": None, "holds": None}

"""Golden reports: what the reports of the smallest demo branch say, table by table; run as a module, this accepts."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

from microlib.home import Home
from microlib.run.jobs import Run, RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import check_complete, run_reports

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).resolve().parent
BRANCH = "0995"


def run_golden(home: Path, *, formats: tuple[str, ...] = ()) -> Run:
    """Run the reports of the golden branch in a home of its own."""
    (home / "data").symlink_to(ROOT / "data" / "demo" / "data")
    names = tuple(path.stem for path in sorted((ROOT / "notebooks" / "reports").glob("*.ipynb")))
    options = RunOptions(notebooks=names, branches=(BRANCH,), formats=formats, workers=2)  # few loans: each is named
    run = run_reports(plan_reports(Home(home), options))
    check_complete(run)
    return run


def made(run: Run) -> dict[str, str]:
    """Return the text of every result of a run, by its place."""
    places = sorted(run.folder.glob(f"{BRANCH}/*/zh/results/*"))
    return {
        f"{path.parts[-4]}/{path.stem}.{'json' if path.suffix == '.json' else 'csv'}": _text(path) for path in places
    }


def stored() -> dict[str, str]:
    """Return the accepted results, by their place."""
    paths = sorted(path for path in GOLDEN.rglob("*") if path.suffix in (".csv", ".json"))
    return {path.relative_to(GOLDEN / BRANCH).as_posix(): path.read_text(encoding="utf8") for path in paths}


def _text(path: Path) -> str:
    if path.suffix == ".json":
        return (
            json.dumps(json.loads(path.read_text(encoding="utf8")), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        )
    return pd.read_parquet(path).to_csv(index=False, float_format="%.8g", lineterminator="\n")


def main() -> None:
    """Accept what the reports say now."""
    shutil.rmtree(GOLDEN / BRANCH, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        for place, text in made(run_golden(Path(folder))).items():
            target = GOLDEN / BRANCH / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf8")


if __name__ == "__main__":
    sys.exit(main())

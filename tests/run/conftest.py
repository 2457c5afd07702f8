"""A bank of two branches with nothing but names, and the tiny notebooks: enough to run reports for real.

The overview above a few reports of three demo branches, run for real: the flagship, a small one, the smallest.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from microlib.bank.ingest.load import load_frames
from microlib.home import Home
from microlib.run.bundles import ROLES, write_bundles
from microlib.run.jobs import RunOptions
from microlib.run.plan import Plan, plan_reports
from microlib.run.run import check_complete, run_reports

NOTEBOOKS = Path(__file__).parent / "notebooks"


@pytest.fixture
def notebooks() -> Path:
    """The folder of tiny notebooks."""
    return NOTEBOOKS


def small_bank(root: Path) -> Home:
    """Make a bank of two branches, one of them with a name that tries to do harm."""
    names = {"branch_id": ["0755", "0021"], "name": ["示例支行", '../<script>alert("x")</script>']}
    frames = {"branches": pd.DataFrame(names)}
    load_frames(root, frames, as_of=date(2026, 6, 30), name="branches.csv", synthetic=True)
    return Home(root)


@pytest.fixture(scope="session")
def bank_in():
    """Make the small bank in a folder."""
    return small_bank


@pytest.fixture(scope="session")
def kept_bank(once) -> Path:
    """The small bank, made once; copy it."""
    return once("small_bank", lambda folder: small_bank(folder).root)


@pytest.fixture
def home(kept_bank: Path, tmp_path: Path) -> Home:
    """A home with a small bank."""
    return Home(Path(shutil.copytree(kept_bank, tmp_path / "bank")))


@pytest.fixture(scope="session")
def ran(once) -> Path:
    """The reports folder of a run of two notebooks in two branches, of which one fails once; copy it to alter it."""
    paths = tuple(str(NOTEBOOKS / f"{name}.ipynb") for name in ("tiny_report", "tiny_failure"))
    wanted = RunOptions(notebooks=paths, workers=2)
    return once("ran", lambda folder: run_reports(plan_reports(small_bank(folder), wanted)).folder)


@pytest.fixture
def planned(home: Home):
    """Plan tiny notebooks of this home by name."""

    def plan(*names: str, **options: object) -> Plan:
        paths = tuple(str(NOTEBOOKS / f"{name}.ipynb") for name in names)
        limited = {"seconds": 240, **options}  # a loaded machine may be slow; only what never comes takes so long
        return plan_reports(home, RunOptions(as_of=date(2026, 6, 30), notebooks=paths, **limited))

    return plan


@pytest.fixture
def written_notebook(tmp_path: Path):
    """Write a notebook that consists of a parameters cell and perhaps one more."""

    def write(parameters: str, code: str = "", *, name: str = "written") -> Path:
        cells = [_cell(parameters, "parameters"), *([_cell(code)] if code else [])]
        path = tmp_path / f"{name}.ipynb"
        path.write_text(
            json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
        )
        return path

    return write


def _cell(source: str, *tags: str) -> dict:
    empty = {"execution_count": None, "outputs": [], "cell_type": "code", "id": f"c{len(source)}"}
    return {**empty, "source": source, "metadata": {"tags": list(tags)}}


NOTEBOOK = Path(__file__).parents[0] / "notebooks" / "tiny_figures.ipynb"
BRANCHES = ("0021", "0896", "0995")


@pytest.fixture(scope="session")
def overview(demo_home: Path, once) -> Path:
    """The folder of a date's reports, bundles packed; copy it to alter it."""
    return once("overview", lambda folder: _published(Home(folder), demo_home))


def _published(home: Home, demo_home: Path) -> Path:
    (home.root / "data").symlink_to(demo_home / "data")
    wanted = RunOptions(branches=BRANCHES, notebooks=(str(NOTEBOOK),), formats=("xlsx",), workers=2)
    run = run_reports(plan_reports(home, wanted))
    check_complete(run)
    write_bundles(run.folder, roles=ROLES, branches=("0995",))
    write_bundles(run.folder)
    return run.folder

"""A small bank, and notebooks that go wrong in one way each."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from microlib.bank.ingest.load import load_frames
from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import Plan, plan_reports

#: no report waits longer, whatever its notebook waits for; a loaded machine may be slow
LIMITED = {"seconds": 240}
PARAMETERS = 'home = ""\nbranch = ""\nas_of = ""\nlang = ""\nout = ""'
#: a notebook may go wrong the first time only; `first` says whether it is
FIRST = """import os, pathlib, signal, sys, time
seen = pathlib.Path(home) / f"seen-{branch}"
first = not seen.exists()
seen.touch()
"""


def _banked(folder: Path) -> Path:
    branches = pd.DataFrame({"branch_id": ["0755", "0021"], "name": ["示例支行", "示例江畔支行"]})
    load_frames(folder, {"branches": branches}, as_of=date(2026, 6, 30), name="b.csv", synthetic=True)
    return folder


@pytest.fixture
def home(once, tmp_path: Path) -> Home:
    """A home with a bank of two branches: a copy of one that was made once."""
    return Home(Path(shutil.copytree(once("faulty_bank", _banked), tmp_path / "bank")))


@pytest.fixture
def faulty(home: Home, tmp_path: Path):
    """Plan a report of one branch whose notebook runs the code given."""

    def plan(code: str, *, branches: tuple[str, ...] = ("0755",), name: str = "faulty", **options: object) -> Plan:
        cells = [_cell(PARAMETERS, "parameters"), _cell(FIRST), _cell(code)]
        path = tmp_path / f"{name}.ipynb"
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
        return plan_reports(home, RunOptions(notebooks=(str(path),), branches=branches, **{**LIMITED, **options}))

    return plan


def _cell(source: str, *tags: str) -> dict:
    empty = {"execution_count": None, "outputs": [], "cell_type": "code", "id": f"c{len(source)}"}
    return {**empty, "source": source, "metadata": {"tags": list(tags)}}

"""The overview above a few reports of three demo branches, run for real: the flagship, a small one, the smallest."""

from __future__ import annotations

from pathlib import Path

import pytest

from microlib.homes import Home
from microlib.running import bundles
from microlib.running.jobs import RunOptions
from microlib.running.plan import plan_reports
from microlib.running.run import check_complete, run_reports

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "tiny_figures.ipynb"
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
    bundles.write_bundles(run.folder, roles=bundles.ROLES, branches=("0995",))
    bundles.write_bundles(run.folder)
    return run.folder

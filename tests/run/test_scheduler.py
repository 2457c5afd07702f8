"""jupyter-scheduler runs a notebook of the desk with parameters: made through its own API, the page whole."""

import time
from pathlib import Path

import nbformat
import pytest

from microlib.home import Home
from microlib.run.lab import copy_notebooks, lab_variables

pytest.importorskip("jupyter_scheduler")
NOTEBOOK = "notebooks/explore/cookbook.ipynb"


@pytest.fixture
def scheduler(tmp_path, demo_home, monkeypatch):
    """The extension's own scheduler on a desk, under the variables that `microlib lab` gives its server."""
    from jupyter_scheduler.environments import CondaEnvironmentManager
    from jupyter_scheduler.orm import create_tables
    from jupyter_scheduler.scheduler import Scheduler

    (tmp_path / "data").symlink_to(demo_home / "data")
    copy_notebooks(Home(tmp_path), lang="en")
    for name, value in lab_variables(Home(tmp_path), lang="en").items():
        monkeypatch.setenv(name, value)
    store = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    create_tables(store)
    made = Scheduler(str(tmp_path), CondaEnvironmentManager(), db_url=store)
    made.staging_path = str(tmp_path / "staged")
    return made


def finished(scheduler, job_id, *, seconds=240):
    """Wait for a job's end and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = scheduler.get_job(job_id, job_files=False)
        if job.status in ("COMPLETED", "FAILED"):
            return job
        time.sleep(0.3)
    raise TimeoutError(f"the job is {job.status}")


@pytest.mark.timeout(300)
def test_a_job_with_parameters_makes_a_whole_page(scheduler):
    from jupyter_scheduler.models import CreateJob

    asked = {"branch_code": '"0755"', "few": "3", "bad_loans": "2", "looked_at": "50"}
    job_id = scheduler.create_job(
        CreateJob(
            name="cookbook",
            input_uri=NOTEBOOK,
            input_filename="cookbook.ipynb",
            runtime_environment_name="",
            parameters=asked,
            output_formats=["ipynb", "html"],
        )
    )
    job = finished(scheduler, job_id)
    assert job.status == "COMPLETED", job.status_message
    paths = scheduler.get_staging_paths(job)
    notebook = nbformat.read(paths["ipynb"], as_version=4)
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in ran)
    assert not [each for cell in ran for each in cell.outputs if each.output_type == "error" or "stderr" in str(each)]
    page = Path(paths["html"]).read_text(encoding="utf8")
    shown = [each for cell in ran for each in cell.outputs]
    assert len(shown) >= 15 and page.count('<div class="jp-OutputArea-child') == len(shown)
    assert all(cell.metadata.get("tags") != ["zh"] for cell in notebook.cells)
    sure = next(cell for cell in ran if "rate_interval" in cell.source).outputs[0].data["text/html"]
    assert "4.0 % (" in sure and "n=50" in sure and sure in page  # two of fifty, as asked, and not three of sixty
    assert page.rstrip().endswith("</html>") and "Traceback" not in page

"""The smallest branch's reports say what they said when a person last looked; a change of a number is a decision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from microlib.run.compare import label, read_facts
from microlib.run.export.document import read_document
from microlib.run.jobs import Run

HERE = Path(__file__).resolve().parent
ACCEPT = "look at git diff after `.venv/bin/python tests/golden/goldens.py`; a changed number belongs in CHANGELOG.md"


@pytest.fixture(scope="module")
def goldens(script: Callable[[str], ModuleType]) -> ModuleType:
    """The module that makes and accepts golden results."""
    return script("golden/goldens.py")


@pytest.fixture(scope="module")
def run(goldens: ModuleType, demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The reports in every format, made now."""
    return goldens.run_golden(tmp_path_factory.mktemp("golden"), formats=("xlsx", "docx", "pdf"))


@pytest.fixture(scope="module")
def made(goldens: ModuleType, run: Run) -> dict[str, str]:
    """The results as the reports make them now."""
    return goldens.made(run)


def test_the_same_tables_are_made(goldens: ModuleType, made: dict[str, str]) -> None:
    assert sorted(made) == sorted(goldens.stored()), ACCEPT


def test_every_table_says_the_same(goldens: ModuleType, made: dict[str, str]) -> None:
    stored = goldens.stored()
    assert not [place for place, text in made.items() if stored.get(place, text) != text], ACCEPT


def test_every_report_says_the_same_in_the_page_excel_word_and_pdf(
    run: Run, script: Callable[[str], ModuleType]
) -> None:
    equality = script("run/export/test_equality.py")
    read = script("run/export/conftest.py").READERS
    jobs = [outcome.job for outcome in run.outcomes]
    assert len({job.notebook.stem for job in jobs}) == 8
    for job in jobs:
        notebook = nbformat.read(job.folder / job.notebook.name, as_version=4)
        document = read_document(notebook, job=job, results=job.folder / "results")
        files = {path.suffix[1:]: path for path in job.papers}
        equality.check_equal(job.page.read_text("utf-8"), document, files, read)


def test_every_figure_that_runs_are_compared_by_has_words(run: Run) -> None:
    facts = {key: fact for outcome in run.outcomes for key, fact in read_facts(outcome.job.folder).items()}
    numbers = [key for key, fact in facts.items() if isinstance(fact["value"], float | int)]
    assert not [key for key in numbers if label(key, "zh") == key.rsplit(".", 1)[-1]]

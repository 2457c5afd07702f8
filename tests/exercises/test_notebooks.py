"""Copies for a class, and marking what comes back, from the command line.

Every exercise solved: its notebook runs in this process, its own solution is right, and another seed another key.
"""

from __future__ import annotations

import nbformat
import pytest
from click.testing import CliRunner

from microlib.cli import workbench
from microlib.errors import BadConfig
from microlib.exercises.exercise import find_task, judged, tasks
from microlib.exercises.notebooks import (
    ANSWER,
    is_tagged,
    mark_notebook,
    new_copy,
    run_cells,
    shipped_notebook,
    written_copy,
)


def run(*arguments):
    return CliRunner().invoke(workbench, ["exercise", *map(str, arguments)], catch_exceptions=False)


def test_a_copy_has_its_seed_and_one_language(tmp_path) -> None:
    path = run("new", "x17", "--seed", 7, "--lang", "en", "--to", tmp_path).output.strip()
    notebook = nbformat.read(tmp_path / "x17_hidden_arrears_7.ipynb", as_version=4)
    assert path.endswith("x17_hidden_arrears_7.ipynb")
    assert any("seed = 7" in cell.source and 'lang = "en"' in cell.source for cell in notebook.cells)
    assert not any("zh" in cell.metadata.get("tags", []) for cell in notebook.cells)


def test_a_solved_copy_checks_as_right(tmp_path) -> None:
    run("solve", "x19", "--seed", 4, "--to", tmp_path)
    lines = run("check", tmp_path / "x19_supplier_caps_4_solved.ipynb").output.splitlines()
    assert [line.split("\t")[1:] for line in lines] == [["x19", "4", "limits", "right", ""]]


def test_a_copy_that_was_not_touched_is_blank(tmp_path) -> None:
    run("new", "x09", "--to", tmp_path)
    assert run("check", tmp_path / "x09_capital_needs_0.ipynb").output.count("blank") == 2


def test_work_is_never_written_over(tmp_path) -> None:
    written_copy(new_copy("x09", seed=0, lang="zh"), tmp_path / "mine.ipynb")
    with pytest.raises(BadConfig, match="such a notebook already"):
        written_copy(new_copy("x09", seed=0, lang="zh"), tmp_path / "mine.ipynb")


def test_a_cell_that_stops_is_named(tmp_path) -> None:
    notebook = new_copy("x09", seed=0, lang="zh")
    answer = next(cell for cell in notebook.cells if is_tagged(cell, ANSWER))
    answer.source = "answer = dict(capital=1 / 0)"
    path = written_copy(notebook, tmp_path / "mine.ipynb")
    with pytest.raises(Exception, match="ZeroDivisionError") as caught:
        mark_notebook(path)
    assert "code cell 4" in str(caught.value)


def test_an_unknown_exercise_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadConfig, match="no exercise x99") as caught:
        find_task("x99")
    assert "x01" in str(caught.value)


def test_the_list_names_every_notebook() -> None:
    assert "x01\tx01_loan_reasons" in run("list").output


each = pytest.mark.parametrize("code", list(tasks()))


@each
@pytest.mark.parametrize("seed", [0, 1])
def test_the_solved_notebook_is_right_in_every_answer(code, seed) -> None:
    notebook = new_copy(code, seed=seed, lang="en" if seed else "zh", is_solved=True)
    shown, names = run_cells(notebook)
    found = judged(tasks()[code], names["answer"], seed)
    assert {(one.name, one.status) for one in found} == {(item.name, "right") for item in tasks()[code].items}
    assert shown[-1]


@each
def test_the_shipped_notebook_shows_what_it_showed(code) -> None:
    notebook = nbformat.read(shipped_notebook(code), as_version=4)
    kept = [cell.outputs[0]["data"]["text/plain"] if cell.outputs else ""
            for cell in notebook.cells if cell.cell_type == "code"]  # fmt: skip
    assert run_cells(notebook)[0] == kept, "run tests/notebooks/refresh.py on it"


@each
def test_an_untouched_answer_is_blank_and_gives_no_key_away(code) -> None:
    task = tasks()[code]
    assert {one.status for one in judged(task, {}, 0)} == {"blank"}


@each
def test_another_seed_changes_the_keys_and_the_same_seed_does_not(code) -> None:
    task = tasks()[code]
    keys = [task.solve(task.data(seed)) for seed in (1, 2, 1)]
    told = [str({name: list(value) if hasattr(value, "__iter__") else value for name, value in key.items()})
            for key in keys]  # fmt: skip
    assert told[0] == told[2] and told[0] != told[1]


@each
def test_no_solution_stands_in_the_shipped_notebook(code) -> None:
    notebook = nbformat.read(shipped_notebook(code), as_version=4)
    answer = next(cell.source for cell in notebook.cells if is_tagged(cell, ANSWER))
    asked = {item.name for item in tasks()[code].asked}
    assert "import" not in answer and "data" not in answer
    assert {line.split("=")[0].strip() for line in answer.splitlines()[1:-1]} == asked

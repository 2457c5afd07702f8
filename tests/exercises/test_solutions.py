"""Every exercise solved: its notebook runs in this process, its own solution is right, and another seed another key."""

from __future__ import annotations

import nbformat
import pytest

from microlib.exercises import copies, rehearsals
from microlib.exercises.marks import judged
from microlib.exercises.registry import tasks

each = pytest.mark.parametrize("code", list(tasks()))


@each
@pytest.mark.parametrize("seed", [0, 1])
def test_the_solved_notebook_is_right_in_every_answer(code, seed) -> None:
    notebook = copies.new_copy(code, seed=seed, lang="en" if seed else "zh", is_solved=True)
    shown, names = rehearsals.run_cells(notebook)
    found = judged(tasks()[code], names["answer"], seed)
    assert {(one.name, one.status) for one in found} == {(item.name, "right") for item in tasks()[code].items}
    assert shown[-1]


@each
def test_the_shipped_notebook_shows_what_it_showed(code) -> None:
    notebook = nbformat.read(copies.shipped_notebook(code), as_version=4)
    kept = [cell.outputs[0]["data"]["text/plain"] if cell.outputs else ""
            for cell in notebook.cells if cell.cell_type == "code"]  # fmt: skip
    assert rehearsals.run_cells(notebook)[0] == kept, "run tests/notebooks/refresh.py on it"


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
    notebook = nbformat.read(copies.shipped_notebook(code), as_version=4)
    answer = next(cell.source for cell in notebook.cells if copies.is_tagged(cell, copies.ANSWER))
    asked = {item.name for item in tasks()[code].asked}
    assert "import" not in answer and "data" not in answer
    assert {line.split("=")[0].strip() for line in answer.splitlines()[1:-1]} == asked
